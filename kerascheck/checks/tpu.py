"""What the rules about XLA and TPU share: which ops will be compiled, and what the table of ops says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascheck.catalog import Verdict, XlaVerdict, tpu_only, xla, xla_kernel
from kerascheck.checks.api import operand_trail
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN

JIT_GUARD = "jit"
"""The guard of what runs inside a function compiled by XLA."""

HOST_GUARD = "host"
"""The guard of what runs on the host: the input pipeline, code outside the step."""

RUNS: Mapping[str, str] = {
    "keras.layers.HashedCrossing": "tf.raw_ops.SparseCross",
    "keras.layers.Hashing": "tf.raw_ops.StringToHashBucketFast",
    "keras.layers.IntegerLookup": "tf.raw_ops.LookupTableFindV2",
    "keras.layers.StringLookup": "tf.raw_ops.LookupTableFindV2",
    "keras.layers.TextVectorization": "tf.raw_ops.LookupTableFindV2",
    "keras.ops.ctc_decode": "tf.raw_ops.CTCGreedyDecoder",
    "keras.ops.det": "tf.raw_ops.MatrixDeterminant",
    "keras.ops.eig": "tf.raw_ops.Eig",
    "keras.ops.lu_factor": "tf.raw_ops.Lu",
    "keras.ops.nonzero": "tf.raw_ops.Where",
    "keras.ops.slogdet": "tf.raw_ops.LogMatrixDeterminant",
    "keras.ops.unique": "tf.raw_ops.Unique",
}
"""The op that a Keras layer or function comes down to where XLA does not take it, as compiling Keras 3.15 showed."""


@dataclass(frozen=True, slots=True)
class CompiledOp:
    """An op that XLA is to compile and does not take as it is."""

    model: ModelGraph
    node: Node
    verdict: XlaVerdict
    on_tpu: bool
    device_step: TrailStep | None

    @property
    def target(self) -> str:
        """What it is compiled for, in a message."""
        return "the TPU" if self.on_tpu else "XLA"

    @property
    def trail(self) -> tuple[TrailStep, ...]:
        """Where the TPU was asked for, and where the op's operands come from."""
        first = (self.device_step,) if self.device_step is not None else ()
        return first + operand_trail(self.model, self.node)


def compiled_ops(program: Program, verdict: Verdict) -> Iterator[CompiledOp]:
    """Every op with ``verdict`` that is compiled: in a model meant for a TPU, or in a jit-compiled function."""
    on_tpu = program.device == "tpu"
    span = program.device_span
    step = TrailStep(span, "the TPU is asked for here") if on_tpu and span is not None else None
    for model, node in program.nodes():
        if node.source is None or node.kind not in ("op", "layer") or HOST_GUARD in node.guards:
            continue
        if JIT_GUARD in node.guards or (on_tpu and _on_device(model, node)):
            found = _verdict(model, node)
            if found is not None and found.verdict is verdict and not (on_tpu and _is_taken_by_tpu(found)):
                yield CompiledOp(model, node, found, on_tpu, step)


def _verdict(model: ModelGraph, node: Node) -> XlaVerdict | None:
    arguments = _arguments(model, node)
    if node.op == "keras.ops.where":
        return xla("tf.raw_ops.Where") if arguments.get("x1", UNKNOWN) is None else None
    return xla(RUNS.get(node.op, node.op), arguments)


def _arguments(model: ModelGraph, node: Node) -> dict[str, Any]:
    """Every argument that was given, a tensor by its node, since ``tf.where(c, x, y)`` is not ``tf.where(c)``."""
    return {**node.config, **{edge.argument: source for source, edge in model.operands(node)}}


def _is_taken_by_tpu(verdict: XlaVerdict) -> bool:
    """Whether all that is missing are kernels that TPUs have though no other XLA device does."""
    missing = [op for op in verdict.ops if xla_kernel(op) is False]
    return bool(missing) and all(map(tpu_only, missing))


def _on_device(model: ModelGraph, node: Node) -> bool:
    """Whether the node is part of a step: eager code beside the models runs on the host, whatever the strategy."""
    if model.kind != "fragment":
        return True
    from networkx import ancestors, descendants

    related = ancestors(model.graph, node.identifier) | descendants(model.graph, node.identifier)
    return any(model.node(name).kind in ("input", "layer", "model") for name in related)
