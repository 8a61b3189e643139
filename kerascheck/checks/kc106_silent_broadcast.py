"""Two tensors broadcast over an axis that was hardly meant, and nothing raises."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from kerascheck.checks.api import Finding, expression, operand_trail, shape_note
from kerascheck.checks.batch import is_batch, once, value_ancestors
from kerascheck.checks.operations import batch_effects
from kerascheck.checks.samples import inputs_behind, operands_by_argument
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.records import immutable
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.ops.elementwise import Binary, Several
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Dim, Expression, Shape, as_int
from kerascheck.shapes.dim import Symbol, symbols_of

CHOICES = frozenset({"tf.where", "keras.ops.where"})
"""Functions that broadcast a condition and what it chooses from."""

INSERTING = frozenset({"expand_dims", "get_item", "strided_slice", "reshape", "Reshape", "Lambda"})
"""What may make an axis of size one on purpose."""

OF_ONE_KIND = frozenset({f"keras.layers.{name}" for name in ("Average", "Maximum", "Minimum")})
"""Merge layers of tensors that say the same thing several times; a sum or product may well have a common term."""

MERGING = OF_ONE_KIND | {"keras.layers.Add"}


@immutable()
class Pair:
    """Two operands of different rank, and the axis of the longer that the batch of the shorter is set against."""

    longer: Shape
    shorter: Shape
    source: Node
    axis: int

    @property
    def against(self) -> Dim:
        """The size of that axis."""
        return list(self.longer)[self.axis]


def check(program: Program) -> Iterator[Finding]:
    """Every operation that sets the samples of one operand against another axis, and every merge of another size."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    # Where the ops of a live graph pair samples, that is told of every pairing.
    told = {found.source.span for found in batch_effects(program, Effect.PRODUCT) if found.source is not None}
    for model, node in program.nodes_like(_may_broadcast):
        if node.source is None or node.problem is not None or (told and node.source.span in told):
            continue
        if node.kind == "layer":
            yield from _merged(model, node) if node.op in MERGING else ()
        elif model.kind != "fragment" and node.kind == "op" and _is_of_several(node.op):
            yield from _misaligned(model, node)


def _may_broadcast(op: str) -> bool:
    return op in MERGING or _is_of_several(op)


@lru_cache(maxsize=1024)
def _is_of_several(op: str) -> bool:
    """Whether it is a function of several tensors, element by element."""
    info = find_op(op)
    if info is None or info.family is not Family.ELEMENTWISE:
        return False
    return isinstance(info.function, Binary | Several) or op in CHOICES


def _share_batch(model: ModelGraph, one: Node, other: Node) -> bool:
    """Whether both are of the same samples; what the code of a class takes besides may be no samples at all."""
    if model.kind in ("functional", "sequential") or len(model.inputs) == 1:
        return True
    return bool(inputs_behind(model, one) & inputs_behind(model, other))


def _misaligned(model: ModelGraph, node: Node) -> Iterator[Finding]:
    """Operands meet from the last axis: the samples of one with fewer axes against something that is no sample."""
    pairs = list(_pairs(model, node))
    if not pairs or node.identifier not in model.shared(value_ancestors) or operands_by_argument(model, node) is None:
        return
    for pair in pairs:
        single = as_int(pair.against) == 1
        if not single and not _is_other_axis(model, pair.against):
            continue
        if single and _is_inserted(model, pair.source):
            continue
        fits = "that size" if as_int(pair.against) is None else str(as_int(pair.against))
        label = f"shapes meet from the last axis, so only a batch of {fits} fits, or of 1"
        if single:
            label = f"every sample meets every other: the result is {shape_note(node)}"
        message = f"`{expression(node)}` sets the batch of {pair.shorter} against axis {pair.axis} of {pair.longer}"
        assert node.source is not None
        yield Finding(node.source.span, message, label, operand_trail(model, node), _advice(pair))
        return


def _pairs(model: ModelGraph, node: Node) -> Iterator[Pair]:
    """The operands of different rank that both begin with the batch, that of the shorter one being open."""
    if len(model.incoming.get(node.identifier, ())) < 2:
        return
    operands = _operands(model, node)
    if len({len(dims) for _, dims in operands}) < 2:
        return
    for first, second in combinations(operands, 2):
        (source, longer), (short, shorter) = (first, second) if len(first[1]) > len(second[1]) else (second, first)
        if len(longer) == len(shorter) or not shorter or not is_batch(longer[0]):
            continue
        if is_batch(shorter[0]) and as_int(shorter[0]) is None and _share_batch(model, source, short):
            yield Pair(Shape(longer), Shape(shorter), source, len(longer) - len(shorter))


def _operands(model: ModelGraph, node: Node) -> list[tuple[Node, tuple[Dim, ...]]]:
    """The operands whose shape is known."""
    outputs = [(source, source.outputs[edge.output : edge.output + 1]) for source, edge in model.operands(node)]
    return [(source, spec.shape.dims) for source, specs in outputs for spec in specs if spec.shape.dims is not None]


def _is_other_axis(model: ModelGraph, dim: Dim) -> bool:
    """Whether an axis certainly is neither the batch nor of size one: of a fixed size, or open in one of the Inputs."""
    size = as_int(dim)
    if size is not None:
        return size > 1 and not is_batch(dim)
    if not isinstance(dim, Expression) or is_batch(dim) or model.kind not in ("functional", "sequential"):
        return False
    return symbols_of(dim) <= model.shared(_input_symbols)


def _input_symbols(model: ModelGraph) -> frozenset[Symbol]:
    ends = [model.node(end.node) for end in model.inputs if end.node in model]
    return frozenset(each for node in ends for spec in node.outputs for dim in spec.shape for each in symbols_of(dim))


def _is_inserted(model: ModelGraph, node: Node) -> bool:
    """Whether a tensor may have its axis of size one on purpose, by what made it but for element-wise functions."""
    made_by = model.behind([node.identifier], _is_elementwise)
    return any(each.op.rsplit(".", maxsplit=1)[-1] in INSERTING for each in made_by)


def _is_elementwise(node: Node) -> bool:
    info = find_op(node.op) if node.kind == "op" else None
    return info is not None and info.family is Family.ELEMENTWISE


def _advice(pair: Pair) -> str:
    if pair.shorter.rank == 1:
        return "keep the axis with `keepdims=True` where the shorter one is made, or give it one of size 1"
    wanted = Shape((*list(pair.shorter)[:1], *(1,) * pair.axis, *list(pair.shorter)[1:]))
    return f"give the one of {pair.shorter} the shape {wanted} first, with `expand_dims` or a Reshape layer"


def _merged(model: ModelGraph, node: Node) -> Iterator[Finding]:
    """A mean or an extreme of tensors of several sizes, or a sum of bare Inputs of several sizes."""
    bare = node.op == "keras.layers.Add" and all(source.kind == "input" for source, _ in model.operands(node))
    if node.op not in OF_ONE_KIND and not bare:
        return
    for (_, left), (_, right) in combinations(_operands(model, node), 2):
        sizes = [] if len(left) != len(right) else list(zip(map(as_int, left), map(as_int, right), strict=True))
        for axis, pair in enumerate(sizes):
            repeated = max(size or 0 for size in pair)
            if axis and None not in pair and 1 in pair and repeated > 1:
                name = node.op.removeprefix("keras.layers.")
                assert node.source is not None
                yield Finding(
                    node.source.span,
                    f"{name} merges {Shape(left)} with {Shape(right)}",
                    f"the one value on axis {axis} is taken {repeated} times",
                    operand_trail(model, node),
                    "give both the same size, or repeat the one on purpose: `keras.ops.repeat`",
                )
                return
