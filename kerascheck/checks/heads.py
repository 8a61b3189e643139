"""How a prediction is made: the activation that a model, or what is computed of it, ends in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Edge, Endpoint, Node
from kerascheck.program import LossFact, Objective, ObjectiveForm, Program
from kerascheck.records import immutable
from kerascheck.semantics.activations import WEIGHT_LAYERS, activation_of
from kerascheck.semantics.losses import CATEGORICAL, CROSS_ENTROPIES
from kerascheck.shapes import as_int

PASSING = frozenset(
    {
        *(
            f"keras.layers.{name}"
            for name in (
                "Reshape", "Flatten", "Permute", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
                "Identity", "Cropping1D", "Cropping2D", "Cropping3D", "UpSampling1D", "UpSampling2D", "UpSampling3D",
                "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "AveragePooling1D",
                "AveragePooling2D", "AveragePooling3D", "Resizing", "RepeatVector",
            )
        ),
        *(
            f"{module}.{name}"
            for module in ("keras.ops", "keras.backend", "tf", "tf.compat.v1")
            for name in ("reshape", "squeeze", "expand_dims", "transpose", "cast", "identity", "get_item")
        ),
        "tf.image.resize",
        "keras.ops.copy",
        "keras.ops.swapaxes",
        "keras.ops.moveaxis",
        "keras.ops.image.resize",
        "keras.backend.permute_dimensions",
        "keras.backend.batch_flatten",
    }
)  # fmt: skip
"""What moves numbers about or averages them: probabilities stay probabilities, and sums sums."""

LINEAR = frozenset({"keras.layers.BatchNormalization", "keras.layers.LayerNormalization"})
"""What gives any number, whatever goes in."""

FACTORS = frozenset({"keras.ops.multiply", "keras.ops.divide", "keras.ops.true_divide", "tf.math.multiply"})
MAXIMUM_STEPS = 200


@immutable()
class Head:
    """What a prediction ends in.

    Attributes:
        activation: ``linear`` for a weighted sum without one.
        node: the call that applies it.
        behind: what the numbers pass after it, in order, as far as it changes none.
    """

    activation: str
    node: Node
    behind: tuple[Node, ...] = ()

    @property
    def last(self) -> Node:
        """The call whose output the prediction is."""
        return self.behind[-1] if self.behind else self.node

    @property
    def units(self) -> int | None:
        """How many numbers it gives along its last axis."""
        return units_of(self.node)


def units_of(node: Node) -> int | None:
    """The size of the last axis of what a call gives; None where it is not known."""
    dims = node.shape.dims
    if dims:
        return as_int(dims[-1])
    channels_last = node.config.get("data_format") in (None, "channels_last")
    if node.op in WEIGHT_LAYERS and channels_last:
        for name in ("units", "filters"):
            if isinstance(node.config.get(name), int):
                return int(node.config[name])
    return None


def head_of(program: Program, outputs: Iterable[Endpoint]) -> Head | None:
    """What a prediction ends in; None where that is not known, or differs from path to path."""
    found = [_follow(program, each, 0) for each in dict.fromkeys(outputs)]
    first = found[0] if found else None
    if first is None or any(each is None or each.activation != first.activation for each in found):
        return None
    return first


def _follow(program: Program, end: Endpoint, steps: int) -> Head | None:
    node = program.recorder.nodes.get(end.node)
    if node is None or steps > MAXIMUM_STEPS:
        return None
    incoming = program.recorder.incoming.get(end.node, [])
    results = _results(incoming, end.output)
    if results is not None:
        return _agreed(program, results, steps)
    activation = activation_of(node.op, node.config)
    if node.op in LINEAR:
        activation = "linear"
    operands = [edge for edge in incoming if program.recorder.nodes[edge.source].kind != "variable"]
    if activation == "linear" and _only_names(node):
        return _agreed(program, operands, steps, node)
    if activation is not None:
        return Head(activation, node)
    if node.op in PASSING and operands:
        first = operands[0].argument
        return _agreed(program, [edge for edge in operands if edge.argument == first], steps, node)
    if len(operands) == 1 and _is_factor_of_one(node):
        return _agreed(program, operands, steps, node)
    return None


def _only_names(node: Node) -> bool:
    """Whether an activation that is none only names an output, or casts it."""
    return node.op.endswith((".Activation", ".linear"))


def _is_factor_of_one(node: Node) -> bool:
    return node.op in FACTORS and 1 in (node.config.get("x1"), node.config.get("x2"))


def _after(head: Head | None, node: Node) -> Head | None:
    """What a prediction ends in once an op that takes nothing else is applied to it."""
    activation = activation_of(node.op, node.config)
    if activation is not None and not (activation == "linear" and _only_names(node)):
        return Head(activation, node)
    if head is None or not (activation == "linear" or node.op in PASSING or _is_factor_of_one(node)):
        return None
    return replace(head, behind=(*head.behind, node))


def _results(incoming: list[Edge], output: int) -> list[Edge] | None:
    """Where a nested model's or own layer's output comes from; None for a call that was not looked into."""
    inner = [edge for edge in incoming if edge.argument.partition(".")[0] == "output"]
    if not inner:
        return None
    names = list(dict.fromkeys(edge.argument for edge in inner))
    return [edge for edge in inner if output < len(names) and edge.argument == names[output]]


def _agreed(program: Program, edges: list[Edge], steps: int, behind: Node | None = None) -> Head | None:
    """The one head that all of ``edges`` lead to."""
    found = [_follow(program, Endpoint(edge.source, edge.output), steps + 1) for edge in edges]
    first = found[0] if found else None
    if first is None or any(each is None or each.activation != first.activation for each in found):
        return None
    return first if behind is None else replace(first, behind=(*first.behind, behind))


def head_step(head: Head, note: str) -> tuple[TrailStep, ...]:
    """The line that makes the head, with what is said of it."""
    return (TrailStep(head.node.source.span, note),) if head.node.source is not None else ()


@immutable()
class Prediction:
    """A loss that meets a prediction, and what that ends in."""

    fact: LossFact
    loss: Objective
    head: Head

    @property
    def where(self) -> str:
        """What the prediction is, in a message."""
        return f"model `{self.fact.model}`" if self.fact.model is not None else "the prediction"

    @property
    def trail(self) -> tuple[TrailStep, ...]:
        """Where the loss was made, and the calls that led to it."""
        made = () if self.loss.made is None else (TrailStep(self.loss.made, "the loss"),)
        return (*made, *(TrailStep(span, "called from here") for span in reversed(self.fact.stack)))


def cross_entropies(program: Program) -> Iterator[Prediction]:
    """Every cross-entropy of Keras or TensorFlow that meets a prediction, where it is known what that ends in.

    A model that is only run is left out: what it was compiled with is not used.
    """
    told: set[tuple[object, ...]] = set()
    for fact in program.losses:
        if fact.loss is None or fact.loss.name not in CROSS_ENTROPIES or _only_predicts(fact):
            continue
        if fact.loss.form is ObjectiveForm.OWN:
            continue
        head = head_of(program, fact.outputs)
        for node in fact.passed:
            head = _after(head, node)
        if head is None:
            continue
        # The same loss of what the same layer gives, compiled or called again, is one mistake.
        key = (fact.loss.name, fact.loss.from_logits, head.node.source)
        if head.node.source is None or key not in told:
            told.add(key)
            yield Prediction(fact, fact.loss, head)


def single_unit_models(program: Program) -> set[str | None]:
    """The models with a cross-entropy on a head of one unit, which is a mistake of the head whatever the labels are."""
    return {
        found.fact.model
        for found in cross_entropies(program)
        if found.loss.name in CATEGORICAL and found.head.units == 1
    }


def _only_predicts(fact: LossFact) -> bool:
    return bool(fact.methods) and all(method.startswith("predict") for method in fact.methods)
