"""A constant stands where the batch size must: the model takes batches of that size alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.graph import DECIDED_GUARDS, Edge, ModelGraph, Node
from kerascheck.program import Program
from kerascheck.records import immutable
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.ops.arguments import integer
from kerascheck.shapes import Dim, Shape, Unknown, as_int, compare, depends_on, exact_div, product
from kerascheck.shapes.dim import batch

MERGING_LAYERS = frozenset(
    f"keras.layers.{name}" for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
)
CONCATENATE = "keras.layers.Concatenate"
STATE = "initial_state"
CELL_STATE = "states"
"""The argument of a recurrent layer, and of a cell, that has a row for each sample."""

COMPUTED = frozenset({"op", "constant"})


@immutable()
class Operand:
    """What flows into a call: its sizes, and whether it is made of constants alone."""

    dims: tuple[Dim, ...]
    constant: bool


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call that fits one batch size only, in a model whose batch size is open."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for model, node in program.shared(_sized_calls):
        if node.source is None or node.problem is not None:
            continue
        size = _only_batch_size(model, node) if DECIDED_GUARDS.issuperset(node.guards) else None
        if size is not None and not _fed_whole(program, model, size):
            yield _finding(model, node, size)


def _sized_calls(program: Program) -> list[tuple[ModelGraph, Node]]:
    """The calls in which a constant may stand where the batch size must: reshapes, and what takes more than a batch."""
    return [(model, node) for model, node in program.nodes() if model.kind != "layer" and _may_be_sized(model, node)]


def _may_be_sized(model: ModelGraph, node: Node) -> bool:
    if node.op.endswith(".reshape"):
        return True
    if len(model.incoming.get(node.identifier, ())) < 2:
        return False
    return any(_is_open(dim) for spec in model.operand_specs(node) for dim in spec.shape)


def _fed_whole(program: Program, model: ModelGraph, size: int) -> bool:
    """Whether the model is fitted, and only on datasets of which every batch holds ``size`` samples."""
    fed = [each for each in program.datasets if each.model == model.name]
    return bool(fed) and all(
        not each.open_batch and all(shape.startswith(f"({size},") for shape in each.shapes) for each in fed
    )


def _only_batch_size(model: ModelGraph, node: Node) -> int | None:
    """The one batch size with which the call does not fail; None where that is not certain."""
    info = find_op(node.op) if node.kind == "op" else None
    given = model.operands(node)
    if info is not None and info.family is Family.RESHAPE and node.op.endswith(".reshape") and given:
        return _size_of_reshape(_operand(model, *given[0]).dims, node.shape)
    changing = model.shared(_of_more_than_constants)
    if all(source.identifier in changing for source, _ in given):
        return None
    operands = [_operand(model, source, edge) for source, edge in given]
    if node.op == CONCATENATE or (info is not None and info.family is Family.JOIN and info.axis is not None):
        return _size_beside(operands, integer(node.config.get("axis")))
    if node.op in MERGING_LAYERS or (info is not None and info.family is Family.ELEMENTWISE and len(node.outputs) == 1):
        return _size_beside(_aligned(operands), None)
    if node.kind == "layer":
        states = [each for each, (_, edge) in zip(operands, given, strict=True) if _is_state(node, edge)]
        return _size_beside([Operand(each.dims[:1], each.constant) for each in (operands[0], *states)], None)
    return None


def _operand(model: ModelGraph, source: Node, edge: Edge) -> Operand:
    dims = source.outputs[edge.output].shape.dims if edge.output < len(source.outputs) else None
    if model.kind == "fragment" and source.kind == "model" and not model.operands(source):
        # It is called on data, whose size is not the open one that its own graph has.
        dims = None
    return Operand(dims or (), source.identifier not in model.shared(_of_more_than_constants))


def _of_more_than_constants(model: ModelGraph) -> set[str]:
    """The nodes that are not computed from constants by nothing but ops and layers."""
    found = {
        node.identifier
        for node in model.nodes()
        if node.kind not in COMPUTED and not (node.kind == "layer" and model.incoming.get(node.identifier))
    }
    before = -1
    while len(found) > before:
        # In order of creation: only what an earlier node takes of a later one needs another round.
        before = len(found)
        for name, edges in model.incoming.items():
            if name not in found and not found.isdisjoint([edge.source for edge in edges]):
                found.add(name)
    return found


def _is_state(node: Node, edge: Edge) -> bool:
    argument = edge.argument.partition(".")[0]
    return argument == (CELL_STATE if node.op.endswith(("Cell", "Cells")) else STATE)


def _size_of_reshape(before: Sequence[Dim], after: Shape) -> int | None:
    """The batch size with which ``before`` has as many elements as ``after``, of which every size is fixed."""
    target = as_int(product(after.dims)) if after.dims else None
    if not target:
        return None
    elements = product(before)
    each = as_int(exact_div(elements, batch())) if _is_open(elements) else None
    return target // each if each and target % each == 0 else None


def _aligned(operands: Sequence[Operand]) -> list[Operand]:
    """The operands as broadcasting lines their axes up: from the last one, with axes of size 1 in front."""
    rank = max((len(each.dims) for each in operands), default=0)
    return [Operand((1,) * (rank - len(each.dims)) + each.dims, each.constant) for each in operands if each.dims]


def _size_beside(operands: Sequence[Operand], joined: int | None) -> int | None:
    """The size that a constant operand has where another has the batch, on an axis on which they must agree.

    An axis of size 1 is stretched, and ``joined`` is the axis on which sizes are free to differ.
    """
    if not any(each.constant for each in operands):
        return None
    for samples in operands:
        for axis, dim in enumerate(samples.dims):
            if joined is not None and axis == joined % len(samples.dims):
                continue
            if not _is_open(dim) or compare(dim, batch()) is not True:
                continue
            for other in operands:
                size = as_int(other.dims[axis]) if len(other.dims) == len(samples.dims) else None
                if other.constant and size is not None and size > 1:
                    return size
    return None


def _is_open(dim: Dim) -> bool:
    """Whether the size depends on a batch size that nobody fixed."""
    return not isinstance(dim, Unknown) and depends_on(dim) and as_int(dim) is None


def _finding(model: ModelGraph, node: Node, size: int) -> Finding:
    assert node.source is not None
    shapes = ", ".join(dict.fromkeys(str(spec.shape) for spec in model.operand_specs(node)))
    return Finding(
        node.source.span,
        f"`{expression(node)}` on {shapes} fits only batches of {size}, and the model's batch size is open",
        f"fails for every batch that does not hold {size}, such as the last one",
        operand_trail(model, node),
        "take the batch size from the data, `tf.shape(x)[0]`, or leave it to -1",
    )
