"""How much of keras.applications is inferred exactly, without running any of it.

For each architecture a script of two lines, ``import keras`` and ``model = keras.applications.X(weights=None)``, is
read by kerascheck, which follows the call into the source of the installed Keras. Every layer of the live model,
built by Keras in a child process, is looked up by name and its output shape and parameter count compared:

    exact     both are those of the live layer
    unknown   the layer is missing, or its shape or count was not inferred
    wrong     the shape or the count is another than the live one

    python benchmarks/applications.py [NAME ...] [--list]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerascheck import ModelGraph, build_graph

NAMES = ("ResNet50", "VGG16", "MobileNetV2", "DenseNet121", "EfficientNetB0")

LIVE = """
import json, sys
import keras

for name in sys.argv[1:]:
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    layers = {layer.name: [list(layer.output.shape), layer.count_params()] for layer in model.layers}
    print(json.dumps({"name": name, "layers": layers, "params": model.count_params()}), flush=True)
"""


@dataclass
class Comparison:
    """One architecture: the layers by verdict, and both parameter counts."""

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
    parser.add_argument("names", nargs="*", default=NAMES, help=f"default: {' '.join(NAMES)}")
    parser.add_argument("--list", action="store_true", help="print the layers that are unknown or wrong")
    options = parser.parse_args()

    columns = (
        f"{'layers':>7} {'exact':>6} {'unknown':>8} {'wrong':>6} {'params static':>14} {'live':>12} {'seconds':>8}"
    )
    print(f"{'architecture':<16} {columns}")
    for live in live_models(options.names):
        found = compare(live)
        static = "unknown" if found.static_params is None else f"{found.static_params:,}"
        print(
            f"{found.name:<16} {found.layers:>7} {len(found.exact):>6} {len(found.unknown):>8} {len(found.wrong):>6} "
            f"{static:>14} {found.live_params:>12,} {found.seconds:>8.2f}"
        )
        if options.list:
            for verdict, lines in (("unknown", found.unknown), ("wrong", found.wrong)):
                for line in lines:
                    print(f"    {verdict}: {line}")


def live_models(names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The layers of each architecture as Keras builds them, in a process of its own."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-c", LIVE, *names]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"building the live models failed:\n{done.stderr}")
    yield from map(json.loads, done.stdout.splitlines())


def compare(live: dict[str, Any]) -> Comparison:
    """The static graph of an architecture against its live figures."""
    found = Comparison(live["name"], live["params"])
    start = time.perf_counter()
    model = static_model(live["name"])
    found.seconds = time.perf_counter() - start
    found.static_params = None if model is None else model.params
    nodes = {} if model is None else {node.name: node for node in model.nodes() if node.kind != "op"}
    for name, (shape, params) in live["layers"].items():
        node = nodes.get(name)
        if node is None:
            found.unknown.append(f"{name}: not found")
            continue
        inferred = node.shape.public()
        line = f"{name} ({node.op}): {inferred}, {node.params} parameters; live {shape}, {params}"
        if (inferred, node.params) == (shape, params):
            found.exact.append(line)
        elif agrees(inferred, shape) and node.params in (None, params):
            found.unknown.append(line)
        else:
            found.wrong.append(line)
    return found


def agrees(inferred: list[int | None] | None, live: list[int | None]) -> bool:
    """Whether what was inferred of a shape contradicts nothing of the live one."""
    if inferred is None:
        return True
    return len(inferred) == len(live) and all(size in (None, real) for size, real in zip(inferred, live, strict=True))


def static_model(name: str) -> ModelGraph | None:
    """The model that kerascheck sees in a script which builds the architecture, or None."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(f"import keras\n\nmodel = keras.applications.{name}(weights=None)\n", encoding="utf-8")
        models = [model for model in build_graph(script).models if model.kind in ("functional", "sequential")]
    return max(models, key=lambda model: len(model.graph), default=None)


if __name__ == "__main__":
    main()
