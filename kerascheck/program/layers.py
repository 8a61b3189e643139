"""How layers and models are made and connected."""

from __future__ import annotations

from kerascheck.diagnostic import Span
from kerascheck.records import immutable
from kerascheck.shapes import Shape


@immutable()
class ShapeArgument:
    """A number given for a shape, where the callable takes a tuple and certainly raises.

    Attributes:
        callee: ``keras.Input``, or the layer that was given an ``input_shape``.
        parameter: ``shape``, ``input_shape`` or ``batch_shape``.
        span: the call.
        text: the number as it is written; ``value`` its place, None where it is not an argument of that call.
        constant: whether it is a number whenever the call runs, and not only as it was called here.
        enclosed: whether it stands in parentheses of its own: ``Input((784))``.
    """

    callee: str
    parameter: str
    generation: int
    span: Span
    text: str = ""
    value: Span | None = None
    enclosed: bool = False
    constant: bool = False
    stack: tuple[Span, ...] = ()


@immutable()
class NoneUse:
    """The size of an open batch, which Python knows as None, used as a number: that certainly raises.

    ``use`` is what takes it for one: an operator, ``range`` or a function's canonical name; ``text`` the expression.
    """

    span: Span
    use: str
    text: str = ""
    stack: tuple[Span, ...] = ()


@immutable()
class Connection:
    """A functional model, by what its outputs depend on.

    Attributes:
        model: the model's name; ``span`` where it was made, ``stack`` the calls that led there.
        inputs: the nodes of the inputs it was given.
        used: those of them that an output depends on.
        missing: the nodes of other Inputs that an output depends on.
        whole: whether ``used`` is all there is: nothing that an output may depend on is unknown, and neither a method
            nor a loss that was added can use an input otherwise.
    """

    model: str
    generation: int
    span: Span
    stack: tuple[Span, ...]
    inputs: tuple[str, ...]
    used: tuple[str, ...]
    missing: tuple[str, ...]
    whole: bool


@immutable()
class WeightsGiven:
    """Arrays that a layer is given for its weights.

    Attributes:
        layer: the layer's name; ``made`` where it was made.
        argument: ``set_weights`` for a call of that method, ``weights`` for the constructor's argument.
        given: their shapes.
        expected: those of the layer's weights, in order; none where it has none yet.
        span: the call, or where the layer was made.
    """

    layer: str
    generation: int
    argument: str
    given: tuple[Shape, ...]
    expected: tuple[Shape, ...]
    span: Span
    stack: tuple[Span, ...] = ()
    made: Span | None = None


@immutable()
class PositionalNumbers:
    """A layer of Keras's own that was made with numbers by position.

    Attributes:
        op: the canonical name of its class; ``layer`` the identity of its calls' nodes.
        numbers: the parameters that were given an integer by position, with what; in order.
        literal: the parameters among ``numbers`` whose value is written in the call itself.
        span: the call; ``text`` is the user's own.
    """

    op: str
    layer: str
    generation: int
    numbers: tuple[tuple[str, int], ...]
    literal: tuple[str, ...]
    span: Span
    stack: tuple[Span, ...] = ()
    text: str = ""


@immutable()
class UnusedLayer:
    """A layer that the code makes and that nothing can use.

    Attributes:
        name: the layer's name; ``target`` the name or attribute it was given, None where it was dropped at once.
        attribute: whether that is an attribute of a layer or model of the user's.
        span: where it is made; ``text`` is the user's own.
    """

    name: str
    target: str | None
    attribute: bool
    span: Span
    stack: tuple[Span, ...] = ()
    text: str = ""
