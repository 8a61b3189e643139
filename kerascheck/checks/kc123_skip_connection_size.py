"""A merge of two branches that fit not for every size of an input with an open size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kerascheck.checks.api import Finding, call_trail, expression, operand_trail, step_for
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.semantics.api import Family, find_op
from kerascheck.shapes import Dim, Shape, as_int, depends_on
from kerascheck.shapes.fitting_sizes import FittingSizes, fitting_sizes

MERGE_LAYERS = frozenset(
    f"keras.layers.{name}" for name in ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
)


@dataclass(slots=True)
class Demand:
    """What the merges of one model demand of one open size, and the first that does."""

    sizes: FittingSizes
    merge: Node
    merges: set[str] = field(default_factory=set)


def check(program: Program) -> Iterator[Finding]:
    """A finding for every model with such merges, at the first of them, with what all of them demand."""
    for model in program.models:
        if model.kind in ("functional", "sequential", "subclassed"):
            yield from _model_findings(model)


def _model_findings(model: ModelGraph) -> Iterator[Finding]:
    named = _input_axes(model)
    demands: dict[str, Demand] = {}
    for node in model.nodes():
        for left, right in _equal_axes(model, node):
            found = fitting_sizes(left, right)
            if found is None or found.name not in named:
                continue
            demand = demands.setdefault(found.name, Demand(found, node))
            demand.sizes = demand.sizes.both(found) or demand.sizes
            demand.merges.add(node.identifier)
    groups: dict[tuple[str, int, int], list[str]] = {}
    for name, demand in demands.items():
        if demand.merge.source is not None:
            groups.setdefault((demand.merge.identifier, *demand.sizes.progression), []).append(name)
    for (_, step, rest), names in groups.items():
        yield _finding(model, demands[names[0]], (step, rest), [named[name] for name in names])


def _finding(model: ModelGraph, demand: Demand, fits: tuple[int, int], places: list[tuple[Node, int]]) -> Finding:
    merge, (step, rest) = demand.merge, fits
    assert merge.source is not None
    source = places[0][0]
    numbers = " and ".join(str(axis) for axis in sorted(axis for _, axis in places))
    axes = f"{'axes' if len(places) > 1 else 'axis'} {numbers}"
    wanted = f"divisible by {step}" if not rest else f"of the form {step}*n + {rest}"
    trail = operand_trail(model, merge) or call_trail(merge)
    start = step_for(source)
    if start is not None and start.span not in {each.span for each in trail}:
        trail = (start, *trail)
    others = len(demand.merges) - 1
    return Finding(
        merge.source.span,
        f"`{expression(merge)}` does not fit every size of `{source.name}` on {axes}: those {wanted} do",
        f"merges {_operands(model, merge)}" + (f", the first of {others + 1} such merges" if others else ""),
        trail,
        f"pad the input to sizes {wanted}, or pad or crop one branch before the merge",
    )


def _operands(model: ModelGraph, merge: Node) -> str:
    shapes = [source.outputs[edge.output].shape for source, edge in model.operands(merge)]
    texts = ([str(size) for size in shape.texts() or ()] for shape in shapes)
    return " with ".join(dict.fromkeys(f"({', '.join(sizes)})" for sizes in texts))


def _input_axes(model: ModelGraph) -> dict[str, tuple[Node, int]]:
    """Which axis of which input each open size is, the batch aside."""
    found: dict[str, tuple[Node, int]] = {}
    for node in model.nodes():
        if node.kind != "input":
            continue
        for axis, dim in enumerate(node.outputs[0].shape.dims or ()):
            if as_int(dim) is None and not depends_on(dim):
                found.setdefault(str(dim), (node, axis))
    return found


def _equal_axes(model: ModelGraph, node: Node) -> Iterator[tuple[Dim, Dim]]:
    """The pairs of sizes that ``node`` takes to be equal."""
    info = None if node.op in MERGE_LAYERS else find_op(node.op)
    join = node.op == "keras.layers.Concatenate" or (info is not None and info.family is Family.JOIN)
    if not join and node.op not in MERGE_LAYERS and (info is None or info.family is not Family.ELEMENTWISE):
        return
    shapes = [source.outputs[edge.output].shape for source, edge in model.operands(node) if source.kind != "constant"]
    if len(shapes) < 2 or any(shape.dims is None for shape in shapes):
        return
    axis = node.config.get("axis", -1)
    first, *rest = shapes
    for other in rest:
        yield from _pairs(first, other, axis if join and isinstance(axis, int) else None, join=join)


def _pairs(left: Shape, right: Shape, axis: int | None, *, join: bool) -> Iterator[tuple[Dim, Dim]]:
    assert left.dims is not None and right.dims is not None
    if join and (axis is None or len(left.dims) != len(right.dims)):
        return
    for place, pair in enumerate(zip(reversed(left.dims), reversed(right.dims), strict=False)):
        if not join or len(left.dims) - 1 - place != (axis or 0) % len(left.dims):
            yield pair
