"""What the rules about rows and samples share: where the first axis is not the batch, and which values predict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kerascheck.checks.api import Finding, expression, only_in_training, operand_trail, shape_note
from kerascheck.checks.batch import BatchOp, is_batch, is_loss, value_sources, values_behind
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Endpoint, ModelGraph, Node
from kerascheck.program import Program
from kerascheck.records import immutable
from kerascheck.semantics.api import Family
from kerascheck.shapes import Dim, Shape, TensorSpec, Unknown, compare, depends_on
from kerascheck.shapes.dim import batch


def is_predicting(found: BatchOp) -> bool:
    """Whether an op works on values of the samples and reaches an output with more than one number for all of them.

    A model whose output is a single number is a loss, wherever it is written.
    """
    model, family = found.model, found.info.family
    if found.node.identifier not in model.shared(values_behind_predictions) or not holds_samples(model, found.source):
        return False
    if family is Family.SAMPLE_MIXING and _is_numbered(model, found.source):
        return False
    return len(found.batch_axes) < 2 or family not in _ALONG_AN_AXIS


def _is_numbered(model: ModelGraph, node: Node) -> bool:
    """Whether values hold the number of their sample, so that sorting them may well keep each sample's together."""
    ancestors = (model.node(name) for name in values_behind(model, [node.identifier]))
    return any(
        each.op.endswith((".range", ".arange")) and bool(each.shape.dims) and any(map(is_batch, each.shape))
        for each in ancestors
    )


_ALONG_AN_AXIS = frozenset({Family.SAMPLE_MIXING, Family.REDUCTION})
"""Families of which an op on a table of samples by samples only goes on with what the pairing began."""


def predictions(model: ModelGraph) -> list[Endpoint]:
    """The outputs of a model that are not known to be one number."""
    return [end for end in model.outputs if end.node in model and shape_at(model, end).rank != 0]


def values_behind_predictions(model: ModelGraph) -> set[str]:
    """The nodes whose values the predictions of a model depend on."""
    return values_behind(model, (end.node for end in predictions(model)))


def holds_samples(model: ModelGraph, node: Node) -> bool:
    """Whether a node's values depend on those of an input, as positions counted along an axis do not."""
    return node.identifier in model.shared(values_of_inputs)


def values_of_inputs(model: ModelGraph) -> set[str]:
    """Every node whose values depend on those of an input."""
    targets: dict[str, list[str]] = {}
    for target, sources in model.shared(value_sources).items():
        for source in sources:
            targets.setdefault(source, []).append(target)
    seen: set[str] = set()
    pending = [node.identifier for node in model.nodes() if node.kind == "input"]
    while pending:
        current = pending.pop()
        if current not in seen:
            seen.add(current)
            pending.extend(targets.get(current, ()))
    return seen


def inputs_behind(model: ModelGraph, node: Node) -> set[str]:
    """The inputs that a node's values depend on."""
    return {found for found in values_behind(model, [node.identifier]) if model.node(found).kind == "input"}


def moved_batch_axis(shape: Shape) -> int | None:
    """The axis of the batch, where axis 0 certainly is another; None where the batch is first or not known to be.

    A table of samples by samples has two such axes, and that is another matter.
    """
    dims = shape.dims
    if not dims or isinstance(dims[0], Unknown) or depends_on(dims[0]):
        return None
    axes = [axis for axis, dim in enumerate(dims) if is_batch(dim)]
    return axes[0] if len(axes) == 1 else None


def is_one_row_each(dim: Dim) -> bool:
    """Whether an axis of this size certainly has one row for each sample."""
    return is_batch(dim) and compare(dim, batch()) is not False


def behind_moves(model: ModelGraph, moved: Iterable[MovedBatch]) -> set[str]:
    """The nodes that work on a batch which is elsewhere by a mistake that is told where it was made."""
    seen: set[str] = set()
    pending = [each.node.identifier for each in moved if each.model is model]
    while pending:
        for following in model.successors(pending.pop()):
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return seen


WITHOUT_ROWS = "the output has no row for each sample"


@immutable()
class MovedBatch:
    """A tensor whose first axis is not the batch, where the first axis counts as the batch.

    Attributes:
        model: the model it is in.
        node: the call that put something else first.
        operand: what that was given, with the batch in front.
        axis: where the batch is behind it.
        taker: the layer call that takes axis 0 for the batch; None for the model's output.
    """

    model: ModelGraph
    node: Node
    operand: TensorSpec
    axis: int
    taker: Node | None

    def finding(self, does: str, help: str) -> Finding:
        """The finding about it: "`keras.ops.transpose(x)` <does>", and who takes axis 0 for the batch."""
        assert self.node.source is not None
        trail = operand_trail(self.model, self.node)
        what = WITHOUT_ROWS
        if self.taker is not None and self.taker.source is not None:
            what = f"`{expression(self.taker)}` takes axis 0 for the batch"
            trail = (*trail, TrailStep(self.taker.source.span, f"works along axis {self.axis}, the batch"))
        return Finding(
            self.node.source.span,
            f"`{expression(self.node)}` {does}, and {what}",
            f"{shape_note(self.node)}: axis {self.axis} is the batch",
            trail,
            help,
        )


def moved_batches(program: Program) -> Sequence[MovedBatch]:
    """Every such tensor that a model returns, or gives to a layer that works on one sample after the other."""
    return program.shared(_all_moved)


def _all_moved(program: Program) -> tuple[MovedBatch, ...]:
    return tuple(_find_moved(program))


def _find_moved(program: Program) -> Iterator[MovedBatch]:
    nested = {
        node.name
        for model in program.models
        for node in model.nodes()
        if node.kind == "model" and node.name != model.name
    }
    for model in program.models:
        if model.kind in {"fragment", "layer"} or is_loss(model):
            continue
        ends = predictions(model)
        for layer, end in _fed_layers(model):
            yield from _moved(model, end, layer)
        if model.name not in nested and (model.kind != "subclassed" or len(model.outputs) == 1):
            for end in ends:
                yield from _moved(model, end, None)


def _fed_layers(model: ModelGraph) -> Iterator[tuple[Node, Endpoint]]:
    """The layers that work on one sample after the other, given something with another axis in front of the batch."""
    for node in model.nodes():
        if node.kind != "layer" or not _takes_first_axis(node) or _skipped(node):
            continue
        for edge in model.incoming.get(node.identifier, ())[:1]:
            end = Endpoint(edge.source, edge.output)
            is_moved = moved_batch_axis(shape_at(model, end)) is not None
            if is_moved and node.identifier in model.shared(values_behind_predictions):
                yield node, end


def _skipped(node: Node) -> bool:
    return node.source is None or only_in_training(node)


_ALONG_OTHER_AXES = (
    "Conv", "SeparableConv", "DepthwiseConv", "MaxPool", "AveragePooling", "AvgPool", "GlobalMaxPool",
    "GlobalAveragePooling", "GlobalAvgPool", "UpSampling", "ZeroPadding", "Cropping",
)  # fmt: skip
_TAKES_FIRST_AXIS = frozenset(
    {"LSTM", "GRU", "SimpleRNN", "Flatten", "Reshape", "RepeatVector", "Attention", "AdditiveAttention",
     "MultiHeadAttention"}
)  # fmt: skip
"""Layers that treat each element of axis 0 on its own, and work along the axes behind it."""


def _takes_first_axis(node: Node) -> bool:
    name = node.op.removeprefix("keras.layers.")
    if name == node.op or node.config.get("time_major") or node.config.get("attention_axes"):
        return False
    return name in _TAKES_FIRST_AXIS or name.startswith(_ALONG_OTHER_AXES)


def _moved(model: ModelGraph, end: Endpoint, taker: Node | None) -> Iterator[MovedBatch]:
    """The call that moved the batch away from the front of what arrives at ``end``."""
    axis = moved_batch_axis(shape_at(model, end))
    seen: set[Endpoint] = set()
    while axis is not None and end not in seen:
        seen.add(end)
        node = model.node(end.node)
        fed = {
            edge: source.outputs[edge.output].shape
            for source, edge in model.operands(node)
            if edge.output < len(source.outputs)
        }
        before = next((edge for edge, shape in fed.items() if moved_batch_axis(shape) is not None), None)
        if before is not None:
            end = Endpoint(before.source, before.output)
            continue
        first = next((edge for edge, shape in fed.items() if shape.dims and is_batch(shape.dims[0])), None)
        if first is not None and node.kind == "op" and not _skipped(node) and holds_samples(model, node):
            operand = model.node(first.source).outputs[first.output]
            place = moved_batch_axis(shape_at(model, end))
            yield MovedBatch(model, node, operand, axis if place is None else place, taker)
        return


def shape_at(model: ModelGraph, end: Endpoint) -> Shape:
    """The shape of one output of a node."""
    outputs = model.node(end.node).outputs
    return outputs[end.output].shape if end.output < len(outputs) else Shape(None)


def operands_in_order(model: ModelGraph, node: Node) -> tuple[tuple[Node, TensorSpec], ...]:
    """What flows into ``node``, in argument order."""
    return tuple(
        (source, source.outputs[edge.output])
        for source, edge in model.operands(node)
        if edge.output < len(source.outputs)
    )


def operands_by_argument(model: ModelGraph, node: Node) -> Mapping[str, tuple[Node, TensorSpec]] | None:
    """What flows into each argument of ``node``; None where one may be either of several tensors."""
    names = [edge.argument for _, edge in model.operands(node)]
    found = operands_in_order(model, node)
    return dict(zip(names, found, strict=True)) if len(set(names)) == len(names) == len(found) else None
