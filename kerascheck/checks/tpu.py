"""What the rules about XLA and TPU share: which ops will be compiled, and what the table of ops says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerascheck.catalog import (
    Verdict,
    XlaVerdict,
    documented_date,
    is_documented,
    is_structural,
    op_verdict,
    tpu_only,
    versions,
    xla,
    xla_kernel,
)
from kerascheck.checks.api import expression, operand_trail
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import HOST_GUARD, JIT_GUARD, ModelGraph, Node, is_within
from kerascheck.program import CompiledStep, Program
from kerascheck.records import immutable
from kerascheck.shapes import UNKNOWN

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


@immutable()
class CompiledOp:
    """An op that XLA is to compile and does not take as it is.

    ``proved`` says that the compiler refused the step here; what a table says is known, and not proved.
    """

    model: ModelGraph
    node: Node
    verdict: XlaVerdict
    on_tpu: bool
    device_step: TrailStep | None
    proved: bool = False
    refused: Span | None = None

    @property
    def span(self) -> Span:
        """Where it is: the line that the compiler refused within a layer of the user's, or else the call."""
        assert self.node.source is not None
        return self.refused or self.node.source.span

    @property
    def subject(self) -> str:
        """What does not compile, in a message."""
        return f"`{expression(self.node)}`" if self.refused is None else f"this line of `{self.node.op}`"

    @property
    def target(self) -> str:
        """What it is compiled for, in a message."""
        return "the TPU" if self.on_tpu else "XLA"

    @property
    def evidence(self) -> str:
        """How it is known, in a label."""
        if self.proved:
            return "lowered here, and refused"
        table = f"by the table of TensorFlow {versions()['tensorflow']}"
        missing = [op for op in self.verdict.ops if xla_kernel(op) is False]
        if self.on_tpu and missing and not any(map(is_documented, missing)):
            return f"{table}, and not on the TPUs' list of {documented_date()}"
        return table

    @property
    def trail(self) -> tuple[TrailStep, ...]:
        """Where the TPU was asked for, and where the op's operands come from."""
        first = (self.device_step,) if self.device_step is not None else ()
        return first + operand_trail(self.model, self.node)


def compiled_ops(program: Program, verdict: Verdict) -> Iterator[CompiledOp]:
    """Every op with ``verdict`` that is compiled: in a model meant for a TPU, or in a jit-compiled function."""
    on_tpu = program.device == "tpu"
    for model, node in compiled_nodes(program):
        lowered = [step for step in steps_of(program, model) if step.lowers is not None]
        inference = next((step.lowers for step in lowered if step.name != "training"), None)
        if verdict is not Verdict.DYNAMIC_SHAPE and inference:
            # The compiler took it: what the table knows no kernel for was not needed, or folded away.
            continue
        found = (
            _opened_verdict(model, node, on_tpu) if node.identifier in model.operations else named_verdict(model, node)
        )
        if found is not None and found.verdict is verdict and not (on_tpu and _is_taken_by_tpu(found)):
            proofs = [step for step in lowered if step.lowers is False and step.operation in found.ops]
            refused = next((step.refused for step in proofs if step.node == node.identifier), None)
            if node.source is not None and refused == node.source.span:
                refused = None
            yield CompiledOp(model, node, found, on_tpu, device_step(program), bool(proofs), refused)


def compiled_nodes(program: Program) -> Sequence[tuple[ModelGraph, Node]]:
    """Every call of a layer or function that is compiled: in a model meant for a TPU, or in a jit-compiled function."""
    return program.shared(_all_compiled)


def _all_compiled(program: Program) -> tuple[tuple[ModelGraph, Node], ...]:
    return tuple(_find_compiled(program))


def _find_compiled(program: Program) -> Iterator[tuple[ModelGraph, Node]]:
    on_tpu = program.device == "tpu"
    for model, node in program.nodes():
        if node.source is None or node.kind not in ("op", "layer") or HOST_GUARD in node.guards:
            continue
        if JIT_GUARD in node.guards or (on_tpu and is_on_device(program, model, node)):
            yield model, node


def device_step(program: Program) -> TrailStep | None:
    """Where the code asks for a TPU."""
    span = program.device_span
    return TrailStep(span, "the TPU is asked for here") if program.device == "tpu" and span is not None else None


def steps_of(program: Program, model: ModelGraph) -> list[CompiledStep]:
    """What the compiler made of a model."""
    index = next((place for place, each in enumerate(program.models) if each is model), None)
    return [step for step in program.steps if index is not None and step.model == index]


def _opened_verdict(model: ModelGraph, node: Node, on_tpu: bool) -> XlaVerdict | None:
    """What the ops that a call was opened into say, whatever made the call and whatever is inside it."""
    named = named_verdict(model, node)
    kinds = dict.fromkeys(op.type for op in model.operations[node.identifier] if not is_structural(op.type))
    path = (*node.scope, node.name)
    # An op that no recorded call made is a node of its own in the layer it is in.
    own = {inner.op for inner in model.nodes() if inner.scope[: len(path)] == path} if node.kind == "layer" else set()
    found = [each for kind in kinds if f"tf.raw_ops.{kind}" not in own and (each := op_verdict(kind)) is not None]
    for wanted in (Verdict.HOST_CALLBACK, Verdict.NO_KERNEL):
        those = [each for each in found if each.verdict is wanted]
        if wanted is Verdict.NO_KERNEL and on_tpu:
            those = [each for each in those if not _is_taken_by_tpu(each)]
        if those:
            if named is not None and named.verdict is wanted and set(those[0].ops) <= set(named.ops):
                return named
            ops = tuple(op for each in those for op in each.ops)
            note = f"XLA has no kernel for {', '.join(ops)}" if wanted is Verdict.NO_KERNEL else those[0].note
            return XlaVerdict(ops, wanted, note, those[0].version)
    if named is not None and named.verdict is Verdict.DYNAMIC_SHAPE:
        return named
    # Keras's own layers know the bounds of what they compute.
    if node.op.startswith("keras."):
        return None
    return next((each for each in found if each.verdict is Verdict.DYNAMIC_SHAPE), None)


def named_verdict(model: ModelGraph, node: Node) -> XlaVerdict | None:
    """What the table says of a call by the name of what is called; None where it has no entry."""
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


def is_on_device(program: Program, model: ModelGraph, node: Node) -> bool:
    """Whether the node is part of a step: eager code beside the models runs on the host, whatever the strategy."""
    if model.kind != "fragment":
        return True
    if is_within(node.scope, program.shared(_scopes_of_models)):
        return True
    from networkx import ancestors, descendants

    before = ancestors(model.graph, node.identifier)
    if before and all(model.node(name).kind == "constant" for name in before if not model.incoming.get(name)):
        return False
    related = before | descendants(model.graph, node.identifier)
    return any(model.node(name).kind in ("input", "layer", "model") for name in related)


def _scopes_of_models(program: Program) -> frozenset[tuple[str, ...]]:
    return frozenset(
        node.scope for model in program.models if model.kind != "fragment" for node in model.records.values()
    )
