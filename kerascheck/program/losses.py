"""The losses and metrics that predictions are given to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Endpoint, Node
from kerascheck.records import immutable
from kerascheck.shapes import Shape


class ObjectiveForm(StrEnum):
    """In what form a loss or metric was given."""

    TEXT = "text"
    OBJECT = "object"
    FUNCTION = "function"
    OWN = "own"


@immutable()
class Objective:
    """A loss or metric, as it was given to ``compile`` or called.

    Attributes:
        name: a loss by the name of its function, ``binary_crossentropy``, whatever it was written as; a metric by the
            last part of its own name, ``BinaryAccuracy``; a function of the user's by its name.
        form: a text, an object of Keras's, a function of Keras's or TensorFlow's, or one of the user's own.
        span: where it was given, with its ``text``.
        from_logits: whether it takes logits; None where that is not known.
        arguments: what it was made with, as far as these are constants.
        made: where the object was made, if elsewhere.
        called: the name of the function, where that is another than the loss's.
    """

    name: str
    form: ObjectiveForm
    span: Span
    text: str = ""
    from_logits: bool | None = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    made: Span | None = None
    called: str | None = None

    @property
    def shown(self) -> str:
        """What to call it in a message."""
        return self.called or self.name


@immutable()
class LossFact:
    """A loss that meets a prediction: that of one output of a compiled model, or a call in the user's code.

    Attributes:
        loss: the loss; None where it is not known, or no output has one.
        outputs: the node outputs that the prediction may be; empty where they are not known.
        shape: the prediction's shape.
        span: the call of ``compile``, or of the loss.
        model: the name of the compiled model; None for a call of the loss.
        metrics: what is measured of this output.
        methods: the methods with which the model is given data anywhere in the program.
        weighted: the calls that give it weights of samples or classes.
        scalar: for a loss of the user's, whether it certainly gives one number for a whole batch.
        passed: what the code computes of the outputs before the loss is given it, in order.
    """

    loss: Objective | None
    outputs: tuple[Endpoint, ...]
    shape: Shape
    generation: int
    span: Span
    model: str | None = None
    metrics: tuple[Objective, ...] = ()
    methods: tuple[str, ...] = ()
    weighted: tuple[Span, ...] = ()
    scalar: bool = False
    stack: tuple[Span, ...] = ()
    passed: tuple[Node, ...] = ()


@immutable()
class SymbolicLoss:
    """A loss or metric of the user's that gives a symbolic tensor, for it uses one of the model that is compiled.

    Attributes:
        name: what it is called; ``metric`` whether it is a metric; ``model`` the model it was given to.
        tensors: the symbolic tensors that it uses.
        uses: the nodes that it computes of them, in order; empty where it gives one of them as it is.
        compiled: the call of ``compile``.
    """

    name: str
    metric: bool
    model: str
    generation: int
    tensors: tuple[Endpoint, ...]
    uses: tuple[str, ...]
    compiled: Span
    stack: tuple[Span, ...] = ()


@immutable()
class OptimizerUse:
    """An optimizer of Keras's that the code makes, with the learning rate it is given, if that is a number."""

    name: str
    learning_rate: float
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@immutable()
class ShownMetric:
    """What one of Keras's metric functions gave, a number for each sample, printed or put into a text as it is.

    Attributes:
        name: the function's name; ``shape`` that of what it gave.
        span: the call, with its ``text``.
        shown: where the value is printed.
    """

    name: str
    shape: Shape
    span: Span
    shown: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@immutable()
class StretchedPrediction:
    """An operation that pairs every prediction of a batch with every target: one of them has an axis of one more.

    Attributes:
        span: the operation, with its ``text``.
        prediction, other, result: the shapes.
        trail: where the prediction and the other operand were made.
    """

    span: Span
    text: str
    prediction: Shape
    other: Shape
    result: Shape
    trail: tuple[TrailStep, ...] = ()
