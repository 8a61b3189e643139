"""How much of a package's models is inferred exactly, without running any of them.

For each model a script of two lines, ``import keras`` and ``model = keras.applications.X(weights=None)``, is read by
kerascheck, which follows the call into the source of the installed package. Every layer of the live model, built by
Keras in a process of its own, is looked up by name, and the output shapes of its calls and its parameters compared:

    exact     they are those of the live layer
    unknown   the layer is missing, or a shape or its count was not inferred
    wrong     a shape or the count is another than the live one

    python benchmarks/applications.py [keras.applications|tf_keras.applications|keras_hub] [NAME ...] [--list]

``--live FILE`` keeps the live figures in a file, and reads them from there the next time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traced_models import Target, all_targets, live_models, name

from kerascheck import ModelGraph, build_graph
from kerascheck.graph import Weight

Shapes = list[list[int | None] | None]


@dataclass
class Comparison:
    """One model: the layers by verdict, and both parameter counts."""

    name: str
    live_params: int
    static_params: int | None = None
    seconds: float = 0.0
    exact: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def layers(self) -> int:
        return len(self.exact) + len(self.unknown) + len(self.wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "package", nargs="?", default="keras.applications",
        choices=["keras.applications", "tf_keras.applications", "keras_hub"],
    )  # fmt: skip
    parser.add_argument("names", nargs="*", help="default: all of them")
    parser.add_argument("--list", action="store_true", help="print the layers that are unknown or wrong")
    parser.add_argument("--live", type=Path, help="the file that keeps the live figures")
    options = parser.parse_args()

    columns = (
        f"{'layers':>7} {'exact':>6} {'unknown':>8} {'wrong':>6} {'params static':>14} {'live':>14} {'seconds':>8}"
    )
    print(f"{'model':<20} {columns}")
    total = Comparison("total", 0)
    for target, live in live_figures(options.package, options.live):
        if options.names and name(target) not in options.names:
            continue
        found = compare(target, live)
        print_row(found)
        for verdict in ("exact", "unknown", "wrong"):
            getattr(total, verdict).extend(getattr(found, verdict))
            if options.list and verdict != "exact":
                for line in getattr(found, verdict):
                    print(f"    {verdict}: {line}")
        total.seconds += found.seconds
    print_row(total)


def print_row(found: Comparison) -> None:
    static = "unknown" if found.static_params is None else f"{found.static_params:,}"
    print(
        f"{found.name:<20} {found.layers:>7} {len(found.exact):>6} {len(found.unknown):>8} {len(found.wrong):>6} "
        f"{static:>14} {found.live_params:>14,} {found.seconds:>8.2f}",
        flush=True,
    )


def live_figures(package: str, kept: Path | None) -> Iterable[tuple[Target, dict[str, Any]]]:
    """The models of a package with their layers as Keras builds them."""
    if kept is not None and kept.is_file():
        return [(Target(*target), live) for target, live in json.loads(kept.read_text(encoding="utf-8"))]
    targets = list(all_targets(package))
    figures = list(live_models(targets, "2" if package.startswith("tf_keras") else "3"))
    if kept is not None:
        pairs = [((target.module, target.call), live) for target, live in zip(targets, figures, strict=True)]
        kept.write_text(json.dumps(pairs), encoding="utf-8")
    return zip(targets, figures, strict=True)


def compare(target: Target, live: dict[str, Any]) -> Comparison:
    """The static graph of a model against its live figures."""
    found = Comparison(name(target), live["params"])
    start = time.perf_counter()
    model = static_model(target, live["name"])
    found.seconds = time.perf_counter() - start
    found.static_params = None if model is None else model.params
    shapes: dict[str, list[Shapes]] = {}
    params: dict[str, int | None] = {}
    outer = model.name if model is not None else ""
    for node in () if model is None else model.nodes():
        if node.kind == "variable" or any(scope != outer for scope in node.scope):
            continue
        shapes.setdefault(node.name, []).append([spec.shape.public() for spec in node.outputs])
        params[node.name] = parameters(model, node.name)
    for layer, (calls, count) in live["layers"].items():
        if layer not in shapes:
            found.unknown.append(f"{layer}: not found")
            continue
        line = f"{layer}: {shapes[layer]}, {params[layer]} parameters; live {calls}, {count}"
        if sorted(map(str, shapes[layer])) == sorted(map(str, calls)) and params[layer] == count:
            found.exact.append(line)
        elif params[layer] in (None, count) and agree(shapes[layer], calls):
            found.unknown.append(line)
        else:
            found.wrong.append(line)
    if found.static_params not in (None, found.live_params):
        found.wrong.append(f"the model: {found.static_params} parameters; live {found.live_params}")
    return found


def parameters(model: ModelGraph | None, layer: str) -> int | None:
    """The number of parameters of a layer and of all within it, None where a size is unknown.

    A layer that was built before this model called it, such as those of a Sequential, made its weights in another.
    """
    held: dict[str, int | None] = {}
    for node in () if model is None else model.nodes():
        if (node.name == layer or layer in node.scope) and node.kind in ("layer", "model", "variable"):
            of_weights = weighed(node.weights) if node.weights else node.params
            held.setdefault(node.layer or node.identifier, of_weights)
    counts = [count for count in held.values() if count is not None]
    return sum(counts) if len(counts) == len(held) else None


def weighed(weights: tuple[Weight, ...]) -> int | None:
    """The number of parameters in ``weights``, None where a size is unknown."""
    sizes = [weight.shape.size for weight in weights]
    known = [size for size in sizes if isinstance(size, int)]
    return sum(known) if len(known) == len(sizes) else None


def agree(inferred: list[Shapes], live: list[Shapes]) -> bool:
    """Whether what was inferred of a layer's calls contradicts nothing of the live ones."""
    if len(inferred) > len(live):
        return False
    return all(any(agrees(one, other) for other in live) for one in inferred)


def agrees(inferred: Shapes, live: Shapes) -> bool:
    if len(inferred) != len(live):
        return inferred == [None]
    for one, other in zip(inferred, live, strict=True):
        if one is None or other is None:
            continue
        if len(one) != len(other) or any(size not in (None, real) for size, real in zip(one, other, strict=True)):
            return False
    return True


def static_model(target: Target, live_name: str) -> ModelGraph | None:
    """The model that kerascheck sees in a script which builds it, or None."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(f"import {target.module}\n\nmodel = {target.module}.{target.call}\n", encoding="utf-8")
        models = [model for model in build_graph(script).models if model.kind != "fragment"]
    named = [model for model in models if model.name == live_name]
    return max(named or models, key=lambda model: len(model.records), default=None)


if __name__ == "__main__":
    main()
