"""Where gradients are lost."""

from __future__ import annotations

from enum import StrEnum

from kerascheck.diagnostic import Span
from kerascheck.records import immutable


class TapeFaultKind(StrEnum):
    """What goes wrong with a GradientTape."""

    FORWARD_OUTSIDE = "forward outside"
    LOSS_OUTSIDE = "loss outside"
    USED_TWICE = "used twice"
    NOT_WATCHED = "not watched"
    NOT_TRAINABLE = "not trainable"
    NOT_FLOAT = "not float"
    REBOUND = "rebound"
    NUMPY = "numpy"
    PREDICTED = "predicted"
    METRIC = "metric"
    FLAT = "flat"


@immutable()
class TapeFault:
    """A gradient that is certainly None, or that a tape certainly refuses.

    Attributes:
        kind: why.
        span: what is at fault; ``text`` that expression.
        gradient: the call that takes the gradient; ``gradient_text`` its text.
        tape: where the tape was made.
        other: another place that belongs to it: the first use of the tape, where a source was made, the variable.
        name: what is at fault, by its name in the program or its library: ``keras.metrics.Mean``.
    """

    kind: TapeFaultKind
    span: Span
    text: str
    gradient: Span
    gradient_text: str
    generation: int
    tape: Span | None = None
    other: Span | None = None
    name: str = ""
    stack: tuple[Span, ...] = ()


@immutable()
class NanBranch:
    """A ``where`` that keeps zeros from a function whose gradient is infinite there, and not from its gradient.

    Attributes:
        span: that function's call or division; ``text`` its text.
        choice: the ``where``; ``choice_text`` its text.
        operands: the nodes of the tensors whose gradient is not a number there.
        certain: whether a gradient certainly goes back to one of them.
    """

    span: Span
    text: str
    choice: Span
    choice_text: str
    operands: tuple[str, ...]
    certain: bool
    stack: tuple[Span, ...] = ()


@immutable()
class FlatLoss:
    """A loss given to ``compile`` that has no gradient: a metric, or a function of the user's that stops it.

    Attributes:
        span: where it is: the argument of ``compile``, or the operation that stops the gradient.
        text: the text there; ``name`` the loss's name.
        metric: whether it is one of Keras's metrics.
        compiled: the call of ``compile``.
        numpy: whether it is NumPy, given a tensor of the graph that training is compiled to.
    """

    span: Span
    text: str
    name: str
    metric: bool
    model: str
    generation: int
    compiled: Span
    stack: tuple[Span, ...] = ()
    numpy: bool = False
