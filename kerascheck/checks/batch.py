"""What the batch-axis rules share: where the batch is, and what of a tensor reaches a model's output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

from kerascheck.checks.api import Finding, expression, only_in_training, operand_trail
from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, ModelGraph, Node
from kerascheck.program import Program
from kerascheck.records import immutable
from kerascheck.semantics.api import Family, OpInfo, find_op
from kerascheck.semantics.axes import is_full_reduction, reduced_axes
from kerascheck.semantics.ops.arguments import axes_argument
from kerascheck.semantics.ops.axis_rules import AxisRule, Missing
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, depends_on

SIZE_ARGUMENTS = frozenset(
    {
        "depth",
        "length",
        "limit",
        "maxlen",
        "minlength",
        "maxlength",
        "multiples",
        "newshape",
        "num",
        "num_classes",
        "num_segments",
        "output_shape",
        "paddings",
        "pad_width",
        "repeats",
        "reps",
        "shape",
        "size",
    }
)
"""Parameters whose value only sizes the result: the longest length of a batch may well pad all of it."""

CHOICE_ARGUMENTS = frozenset({"pred"})
"""Parameters whose value only chooses a branch: whether any sample is masked decides what need not be computed."""

_WITHOUT_VALUES = SIZE_ARGUMENTS | CHOICE_ARGUMENTS

SIZE_FUNCTIONS = frozenset(
    {
        *(f"tf.{prefix}{name}" for prefix in ("", "compat.v1.") for name in ("shape", "size", "rank")),
        *(f"tf.{prefix}{name}" for prefix in ("", "compat.v1.") for name in ("zeros_like", "ones_like")),
        *(f"keras.ops.{name}" for name in ("shape", "size", "ndim", "zeros_like", "ones_like")),
        *(f"keras.backend.{name}" for name in ("shape", "int_shape", "ndim", "zeros_like", "ones_like")),
        "tf.shape_n",
    }
)
"""Functions of an operand's shape alone: of its values nothing goes on."""


@immutable()
class BatchOp:
    """An op of a model whose value the output depends on."""

    model: ModelGraph
    node: Node
    info: OpInfo
    operand: TensorSpec
    source: Node

    @property
    def is_full(self) -> bool:
        """Whether it works on every axis because none was named."""
        return is_full_reduction(self.info, self._arguments)

    @property
    def batch_axes(self) -> tuple[int, ...]:
        """The axes of the operand that certainly run over samples."""
        if self.operand.shape.dims is not None:
            return tuple(axis for axis, dim in enumerate(self.operand.shape.dims) if is_batch(dim))
        return (0,) if leads_with_batch(self.model, self.source) else ()

    @property
    def axes_over_batch(self) -> set[int]:
        """The axes that it works along and that certainly run over samples."""
        batch = self.batch_axes
        return set(self.axes).intersection(batch) if batch else set()

    @property
    def _arguments(self) -> Mapping[str, Any]:
        """The call's arguments, with the axes that a tensor gives: ``tf.reduce_mean(x, axis=tf.range(1, rank))``."""
        rule = self.info.function
        names = rule.axis if isinstance(rule, AxisRule) else (self.info.axis,)
        given = [(edge.argument.partition(".")[0], edge, source) for source, edge in self.model.operands(self.node)]
        axes = {
            name: source.outputs[edge.output]
            if edge.argument == name and edge.output < len(source.outputs)
            else UNKNOWN
            for name, edge, source in given
            if name in names
        }
        return {**self.node.config, **axes}

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes it works along, counted from the front, as far as they are known."""
        arguments = {**self._arguments, self.info.operand: self.operand}
        rank = self.operand.shape.rank
        if rank is not None:
            return reduced_axes(self.info, arguments, rank) or ()
        axes = reduced_axes(self.info, arguments, MANY_AXES) or ()
        return tuple(axis for axis in axes if axis < MANY_AXES // 2)


_Placed: TypeAlias = list[tuple[int, BatchOp]]
"""Ops, each with its place among all calls."""

MANY_AXES = 64
"""A rank that no tensor has: of an unknown rank, what is counted from the end lands behind the middle of this."""


def output_ops(program: Program, *families: Family) -> Iterator[BatchOp]:
    """Every op of ``families`` whose result reaches the output of a model, at inference as in training.

    A fragment has no output that is anyone's prediction, and a layer that nobody calls and that makes one number of
    several tensors is a loss.
    """
    return _in_order([program.shared(_OUTPUT_OPS[family]) for family in families])


def batched_ops(program: Program, *families: Family) -> Iterator[BatchOp]:
    """Those of :func:`output_ops` whose operand certainly has an axis that runs over samples."""
    return _in_order([program.shared(_BATCHED_OPS[family]) for family in families])


def _in_order(found: list[_Placed]) -> Iterator[BatchOp]:
    if len(found) > 1:
        found = [sorted(chain.from_iterable(found), key=itemgetter(0))]
    return (op for placed in found for _, op in placed)


def _calls_by_family(program: Program) -> dict[Family, list[tuple[int, ModelGraph, Node, OpInfo]]]:
    """The calls of functions in models whose outputs are predictions, each with its place among all."""
    calls: dict[Family, list[tuple[int, ModelGraph, Node, OpInfo]]] = {}
    place = 0
    for model in program.models:
        if model.kind == "fragment" or is_loss(model):
            continue
        for node in model.nodes():
            info = find_op(node.op) if node.kind == "op" and node.source is not None else None
            if info is not None:
                place += 1
                calls.setdefault(info.family, []).append((place, model, node, info))
    return calls


def _output_ops(program: Program, family: Family) -> _Placed:
    return [
        (place, op)
        for place, model, node, info in program.shared(_calls_by_family).get(family, ())
        if _reaches_output(model, node)
        for op in _batch_ops(model, node, info)
    ]


def _find_batched(program: Program, family: Family) -> _Placed:
    # Of most operands it is not known where the batch is: what reaches an output need not be found out for them.
    return [
        (place, op)
        for place, model, node, info in program.shared(_calls_by_family).get(family, ())
        for op in _batch_ops(model, node, info)
        if op.batch_axes and _reaches_output(model, node)
    ]


def _reaches_output(model: ModelGraph, node: Node) -> bool:
    return not only_in_training(node) and node.identifier in model.shared(value_ancestors)


_OUTPUT_OPS = {family: partial(_output_ops, family=family) for family in Family}
_BATCHED_OPS = {family: partial(_find_batched, family=family) for family in Family}
"""What finds the ops of a family: for most families no rule ever asks."""


def _batch_ops(model: ModelGraph, node: Node, info: OpInfo) -> Iterator[BatchOp]:
    """A call, once for each tensor that it may work on."""
    operands = [
        (source, edge)
        for source, edge in model.operands(node)
        if edge.argument.partition(".")[0] == info.operand and edge.output < len(source.outputs)
    ]
    if len(operands) > 1 and not _agree(operands):
        return
    for source, edge in operands:
        operand = _as_taken(info, edge.argument, source.outputs[edge.output], len(operands))
        if operand is not None and not _counts_parts(node, info, operand):
            yield BatchOp(model, node, info, operand, source)


def _counts_parts(node: Node, info: OpInfo, operand: TensorSpec) -> bool:
    """Whether a function may sum up how many parts the samples have, as the sizes of graphs or the lengths of texts.

    That lays out a batch whose samples are strung together or padded.
    """
    if info.family is not Family.REDUCTION and not node.op.endswith(".cumsum"):
        return False
    return operand.shape.rank == 1 and (operand.dtype or "").startswith(("int", "uint"))


def _agree(operands: Sequence[tuple[Node, Edge]]) -> bool:
    """Whether the tensors that may be one and the same argument, after a branch, all have the batch in one place."""
    places: dict[str, object] = {}
    for source, edge in operands:
        dims = source.outputs[edge.output].shape.dims
        place = None if dims is None else tuple(is_batch(dim) for dim in dims)
        if places.setdefault(edge.argument, place) != place:
            return False
    return True


def _as_taken(info: OpInfo, argument: str, spec: TensorSpec, count: int) -> TensorSpec | None:
    """What the function works on, None where its axes are not known.

    A list, where it wants one tensor, is stacked along a new axis in front of the others.
    """
    nested = argument.count(".")
    if not nested or info.family not in _STACKING:
        return spec
    if spec.shape.dims is None:
        return None
    return replace(spec, shape=Shape((count, *(UNKNOWN,) * (nested - 1), *spec.shape.dims)), content=None)


_STACKING = frozenset(
    {
        Family.REDUCTION,
        Family.RESHAPE,
        Family.SAMPLE_MIXING,
        Family.INDEXING,
        Family.SHUFFLE,
        Family.STATISTICS,
        Family.SQUEEZE,
    }
)
"""Families of functions of one tensor, which make one of a list: ``tf.reduce_mean([x, y], axis=0)`` is their mean."""


def call_finding(found: BatchOp, axis: int, does: str, help: str) -> Finding:
    """The finding about a call that works along the batch: "`tf.random.shuffle(x)` <does>", and on which axis it is."""
    node, shape = found.node, found.operand.shape
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` {does}",
        f"axis {axis} is the batch" + (f" of {shape}" if shape.rank is not None else ""),
        operand_trail(found.model, node),
        help,
    )


def once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for each place in the source, however many models or calls run it."""
    found = list(findings)
    if len(found) > 1:
        first: dict[Span, Finding] = {}
        for finding in found:
            first.setdefault(finding.span, finding)
        found = list(first.values())
    return iter(found)


def leads_with_batch(model: ModelGraph, node: Node) -> bool:
    """Whether the first axis of a tensor of unknown rank is the batch.

    It is for a model's first input, and for what is made of that by element-wise functions, functions that work along
    an axis and keep it, and Keras's own layers.
    """
    return node.identifier in model.shared(_leading_with_batch)


def _leading_with_batch(model: ModelGraph) -> set[str]:
    leading: set[str] = set()
    for node in model.nodes():
        if node.kind == "input":
            leads = bool(model.inputs) and model.inputs[0].node == node.identifier
        else:
            operands = [source for source, _ in _operands_with_its_axes(model, node)]
            leads = bool(operands) and all(source.identifier in leading for source in operands)
        if leads:
            leading.add(node.identifier)
    return leading


def _operands_with_its_axes(model: ModelGraph, node: Node) -> Sequence[tuple[Node, Edge]]:
    """The operands whose first axis, if they have the same, is the first axis of what ``node`` makes."""
    operands = model.operands(node)
    if node.kind == "op":
        info = find_op(node.op)
        if info is None or info.family not in _KEEPING_AXES:
            return ()
        if info.family is Family.SAMPLE_MIXING:
            return [(source, edge) for source, edge in operands if edge.argument == info.operand]
        return [(source, edge) for source, edge in operands if source.shape.rank is None]
    if node.kind == "layer" and node.op.startswith("keras.layers."):
        return operands if len(operands) == 1 else ()
    # A model called inside another stands for what the call of it gave.
    return operands if node.kind == "model" and [edge.argument for _, edge in operands] == ["output"] else ()


_KEEPING_AXES = frozenset({Family.ELEMENTWISE, Family.SAMPLE_MIXING})


def value_ancestors(model: ModelGraph) -> set[str]:
    """The nodes whose values, used as more than a size or a choice, the model's outputs depend on."""
    return values_behind(model, (endpoint.node for endpoint in model.outputs))


def values_behind(model: ModelGraph, ends: Iterable[str]) -> set[str]:
    """The nodes ``ends``, and those whose values, used as more than a size or a choice, they depend on."""
    sources = model.shared(value_sources)
    seen: set[str] = set()
    pending = list(ends)
    while pending:
        current = pending.pop()
        if current in seen or current not in model.records:
            continue
        seen.add(current)
        pending.extend(sources.get(current, ()))
    return seen


def value_sources(model: ModelGraph) -> dict[str, list[str]]:
    """The nodes whose values each node's depend on."""
    return {
        name: [edge.source for edge in edges if _is_data(edge.argument) or _takes_values(model, target, edge)]
        for name, target in model.records.items()
        if (edges := model.incoming.get(name)) and _gives_values(target)
    }


def carries_values(model: ModelGraph, edge: Edge) -> bool:
    """Whether the values that come along ``edge``, used as more than a size or a choice, go on behind its target."""
    target = model.records[edge.target]
    return _gives_values(target) and (_is_data(edge.argument) or _takes_values(model, target, edge))


def _gives_values(node: Node) -> bool:
    """Whether any values of its operands go on behind a node."""
    return node.op not in SIZE_FUNCTIONS and not multiplies_by_zero(node)


@lru_cache(maxsize=1024)
def _is_data(argument: str) -> bool:
    """Whether what is given for ``argument`` is more than a size or a choice, whatever takes it: true of nearly all."""
    name = argument.partition(".")[0]
    return name not in _WITHOUT_VALUES and name not in ("key", "value")


def _takes_values(model: ModelGraph, target: Node, edge: Edge) -> bool:
    """Whether the argument that ``edge`` is for is more than a size or a choice."""
    name, _, place = edge.argument.partition(".")
    if name in _WITHOUT_VALUES or (name == "key" and _bounds_a_slice(target, place)):
        return False
    return edge.argument != "value" or not _repeats_a_number(model, edge)


def _repeats_a_number(model: ModelGraph, edge: Edge) -> bool:
    """Whether one number is written out for each sample, as a loss is that a model returns."""
    source = model.node(edge.source)
    if not model.node(edge.target).op.endswith(".fill"):
        return False
    return edge.output < len(source.outputs) and source.outputs[edge.output].shape.rank == 0


def _bounds_a_slice(target: Node, place: str) -> bool:
    """Whether at that place of a key a slice begins or ends, as at the longest length in ``x[:, :most]``."""
    key = target.config.get("key")
    if target.op != "keras.ops.get_item":
        return False
    if isinstance(key, (list, tuple)) and place.isdigit():
        key = key[int(place)]
    return isinstance(key, slice)


def multiplies_by_zero(node: Node) -> bool:
    """Whether the node is a product with the number 0, which keeps a tensor in the graph and its values out of it."""
    return node.op == "keras.ops.multiply" and 0 in (node.config.get("x1"), node.config.get("x2"))


def is_loss(model: ModelGraph) -> bool:
    """Whether ``model`` turns several tensors into one number, as a loss does: predictions and targets are inputs."""
    if len(model.inputs) < 2:
        return False
    shapes = output_shapes(model)
    return bool(shapes) and all(shape.rank == 0 for shape in shapes)


def output_shapes(model: ModelGraph) -> list[Shape]:
    """The shapes of the model's outputs, as far as they are known."""
    ends = [(model.node(end.node), end.output) for end in model.outputs if end.node in model]
    return [node.outputs[output].shape for node, output in ends if output < len(node.outputs)]


def axis_is_default(found: BatchOp) -> bool:
    """Whether the call names no axis, so that the function's own default counts: ``tf.argmax(x)``, ``tf.stack(xs)``."""
    rule = found.info.function
    if isinstance(rule, AxisRule):
        if rule.axis and rule.missing is Missing.FIRST and rule.given(found.node.config) is None:
            return True
        return bool(rule.axis) and all(name in found.node.defaulted for name in rule.axis)
    return found.info.axis is not None and found.info.axis in found.node.defaulted


LAYERS_WITH_AXIS = frozenset(
    f"keras.layers.{name}"
    for name in (
        "Softmax", "UnitNormalization", "LayerNormalization", "RMSNormalization", "GroupNormalization",
        "BatchNormalization", "Normalization",
    )
)  # fmt: skip
"""Layers that are told which axis of their input to work along, or to keep apart."""


def given_batch_axis(model: ModelGraph, node: Node) -> int | None:
    """The axis that a layer of Keras was told to work along, where that is its input's batch: ``Softmax(axis=0)``."""
    if node.op not in LAYERS_WITH_AXIS:
        return None
    axes = axes_argument(node.config.get("axis", -1))
    if not isinstance(axes, tuple):
        return None
    for (source, _), spec in zip(model.operands(node), model.operand_specs(node), strict=False):
        dims = spec.shape.dims
        if dims is None:
            return 0 if 0 in axes and leads_with_batch(model, source) else None
        for axis in axes:
            if -len(dims) <= axis < len(dims) and is_batch(dims[axis]):
                return axis % len(dims)
    return None


def is_batch(dim: Dim) -> bool:
    """Whether an axis of this size runs over samples: its size depends on the batch's, which is not fixed to one."""
    return depends_on(dim) and as_int(dim) != 1
