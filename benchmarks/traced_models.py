"""Whether the graphs of traced models are those of the live models, node for node.

Every constructor of keras.applications (or of tf_keras.applications, or a list of small keras_hub backbones) is built
by Keras alone in one process and traced by kerascheck in another. Every layer of the live model has to be a node of
that name, with the same output shapes, one for each call, and the same number of parameters.

    python benchmarks/traced_models.py keras.applications|tf_keras.applications|keras_hub [NAME ...]

keras_hub is not installed with kerascheck: `pip install keras-hub`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from oracle.tracing import trace_all

from kerascheck import ModelGraph
from kerascheck.tracer.request import Outcome, Request, TargetKind

TEXT = "vocabulary_size=64, num_layers=2, num_heads=2, hidden_dim=16, intermediate_dim=32"
GROUPED = (
    "vocabulary_size=64, num_layers=2, num_query_heads=2, num_key_value_heads=1, hidden_dim=16, intermediate_dim=32"
)
BACKBONES = {
    "AlbertBackbone": f"{TEXT}, embedding_dim=8",
    "BartBackbone": TEXT,
    "BertBackbone": TEXT,
    "BloomBackbone": TEXT,
    "DebertaV3Backbone": TEXT,
    "DenseNetBackbone": "stackwise_num_repeats=[2, 2], image_shape=(32, 32, 3)",
    "DistilBertBackbone": TEXT,
    "ElectraBackbone": TEXT.replace("vocabulary_size", "vocab_size") + ", embedding_dim=8",
    "FNetBackbone": "vocabulary_size=64, num_layers=2, hidden_dim=16, intermediate_dim=32",
    "FalconBackbone": TEXT.replace("num_heads", "num_attention_heads"),
    "GPT2Backbone": TEXT,
    "GPTNeoXBackbone": TEXT,
    "GemmaBackbone": f"{GROUPED}, head_dim=8",
    "Llama3Backbone": GROUPED,
    "LlamaBackbone": GROUPED,
    "MiTBackbone": (
        "layerwise_depths=[1, 1], num_layers=2, layerwise_num_heads=[1, 2], layerwise_sr_ratios=[4, 2], "
        "max_drop_path_rate=0.1, layerwise_patch_sizes=[7, 3], layerwise_strides=[4, 2], image_shape=(64, 64, 3), "
        "hidden_dims=[8, 16]"
    ),
    "MistralBackbone": GROUPED,
    "MixtralBackbone": f"{GROUPED}, num_experts=2",
    "OPTBackbone": TEXT,
    "Phi3Backbone": GROUPED,
    "Qwen3Backbone": f"{GROUPED}, head_dim=8",
    "QwenBackbone": GROUPED,
    "ResNetBackbone": (
        "input_conv_filters=[64], input_conv_kernel_sizes=[7], stackwise_num_filters=[64, 64], "
        "stackwise_num_blocks=[1, 1], stackwise_num_strides=[1, 2], block_type='basic_block', image_shape=(32, 32, 3)"
    ),
    "RobertaBackbone": TEXT,
    "T5Backbone": TEXT,
    "VGGBackbone": "stackwise_num_repeats=[1, 1], stackwise_num_filters=[8, 16], image_shape=(32, 32, 3)",
    "ViTBackbone": ("image_shape=(32, 32, 3), patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32"),
    "WhisperBackbone": TEXT,
    "XLMRobertaBackbone": TEXT,
    "XLNetBackbone": TEXT,
}
"""Calls of keras_hub's backbones, made as small as they come."""

LIVE = """
import importlib, json, os, sys
import tensorflow

for module, call in json.loads(sys.stdin.read()):
    child = os.fork()
    if not child:
        model = eval(f"module.{call}", {"module": importlib.import_module(module)})
        layers = {layer.name: [[], layer.count_params()] for layer in model.layers}
        for nodes in model._nodes_by_depth.values():
            for node in nodes:
                called = node.operation if "operation" in dir(node) else node.layer
                made = layers.get(called.name)
                if made is not None:
                    made[0].append([list(each.shape) for each in tensorflow.nest.flatten(node.outputs)])
        print(json.dumps({"layers": layers, "params": model.count_params(), "name": model.name}), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@dataclass(frozen=True)
class Target:
    """A model: where it comes from and the call that makes it."""

    module: str
    call: str

    @property
    def text(self) -> str:
        return f"{self.module}:{self.call}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", choices=["keras.applications", "tf_keras.applications", "keras_hub"])
    parser.add_argument("names", nargs="*", help="default: all of them")
    parser.add_argument("--list", action="store_true", help="print what differs")
    options = parser.parse_args()
    targets = [target for target in all_targets(options.package) if not options.names or name(target) in options.names]
    keras = "2" if options.package.startswith("tf_keras") else "3"
    started = time.perf_counter()
    live = list(live_models(targets, keras))
    built = time.perf_counter()
    requests = [Request(target.text, TargetKind.ATTRIBUTE, keras=keras, seconds=600) for target in targets]
    outcomes = list(trace_all(requests))
    traced = time.perf_counter()
    print(f"{'model':<22} {'layers':>7} {'same':>6} {'differ':>7} {'parameters':>14} {'traced':>14}")
    total = 0
    for target, reference, outcome in zip(targets, live, outcomes, strict=True):
        total += report(target, reference, outcome, details=options.list)
    seconds = f"built in {built - started:.0f} s, traced in {traced - built:.0f} s"
    print(f"{len(targets)} models, {total} differences; {seconds}")


def all_targets(package: str) -> Iterator[Target]:
    """The models of a package."""
    if package == "keras_hub":
        for backbone, arguments in BACKBONES.items():
            yield Target("keras_hub.models", f"{backbone}({arguments})")
        return
    listing = f"import {package} as p; print(*[n for n in dir(p) if n[0].isupper() and callable(getattr(p, n))])"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    for constructor in done.stdout.split():
        yield Target(package, f"{constructor}(weights=None)")


def name(target: Target) -> str:
    return target.call.partition("(")[0]


def live_models(targets: list[Target], keras: str) -> Iterator[dict[str, Any]]:
    """What Keras builds without kerascheck, each model in a fork of one process."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    environment["TF_USE_LEGACY_KERAS"] = "1" if keras == "2" else "0"
    done = subprocess.run(
        [sys.executable, "-c", f"import {targets[0].module}\n{LIVE}"],
        input=json.dumps([(target.module, target.call) for target in targets]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if len(lines) != len(targets):
        raise SystemExit(f"building the live models failed:\n{done.stderr}")
    yield from map(json.loads, lines)


def report(target: Target, live: dict[str, Any], outcome: Outcome, *, details: bool) -> int:
    """Print the line of one model; returns how many layers differ."""
    model = None if outcome.program is None else traced_model(outcome.program.models, live["name"])
    if model is None:
        print(f"{name(target):<22} not traced: {outcome.sentence}")
        return len(live["layers"])
    wrong = list(differences(live, model))
    params = "-" if model.params is None else f"{model.params:,}"
    count = len(live["layers"])
    print(
        f"{name(target):<22} {count:>7} {count - len(wrong):>6} {len(wrong):>7} {live['params']:>14,} {params:>14}"
        + ("" if model.params == live["params"] else "  TOTAL DIFFERS")
    )
    if details:
        for line in wrong:
            print(f"    {line}")
    return len(wrong) + (model.params != live["params"])


def traced_model(models: list[ModelGraph], live_name: str) -> ModelGraph | None:
    found = [model for model in models if model.kind != "fragment"]
    named = [model for model in found if model.name == live_name]
    return max(named or found, key=lambda model: len(model.records), default=None)


def differences(live: dict[str, Any], model: ModelGraph) -> Iterator[str]:
    """The layers that are no node, or one of another shape or number of parameters."""
    nodes: dict[str, list[Any]] = {}
    for node in model.nodes():
        nodes.setdefault(node.name, []).append(node)
    for layer, (shapes, params) in live["layers"].items():
        found = [node for node in nodes.get(layer, []) if node.kind in ("input", "layer", "model", "op")]
        made = [[spec.shape.public() for spec in node.outputs] for node in found]
        counted = sum(weight.shape.size for weight in found[0].weights) if found else None
        held = {node.layer: node.weights for other in nodes.values() for node in other if layer in node.scope}
        inside = sum(weight.shape.size for weights in held.values() for weight in weights)
        if sorted(map(str, made)) != sorted(map(str, shapes)):
            yield f"{layer}: live {shapes}, traced {made}"
        elif params not in (counted, (counted or 0) + inside):
            yield f"{layer}: live {params} parameters, traced {counted} and {inside} within"


if __name__ == "__main__":
    main()
