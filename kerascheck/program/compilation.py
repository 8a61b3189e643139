"""What is compiled, and for which device."""

from __future__ import annotations

from kerascheck.diagnostic import Span
from kerascheck.records import immutable


@immutable()
class Retrace:
    """A jit-compiled function that is called with one Python number after another.

    Attributes:
        function, parameter: the function's name and the parameter's.
        values: the numbers it was given, in order, each once.
        span: the first of the calls; ``text`` its text.
        made: where the function is.
    """

    function: str
    parameter: str
    values: tuple[float, ...]
    span: Span
    text: str
    made: Span
    stack: tuple[Span, ...] = ()


@immutable()
class OutsideStrategy:
    """A model that a distribution strategy distributes, and a part of it that was made outside of the scope.

    Attributes:
        model: the model's name.
        part: ``weights``, which are made before the scope that the model is compiled in, or the ``optimizer``.
        span: the call of ``compile``; ``text`` its text.
        made: where the first layer with such weights was made, or the optimizer.
        scope: where the scope was opened.
    """

    model: str
    generation: int
    part: str
    span: Span
    text: str
    made: Span
    scope: Span | None
    stack: tuple[Span, ...] = ()


@immutable()
class CompiledStep:
    """A model or its train step as XLA lowers it, from shapes alone.

    Attributes:
        name: ``inference``, ``training`` or a jit-compiled function's name.
        model: the model's place in :attr:`Program.models`; None for a function.
        span: where the model or function was made.
        lowers: whether the compiler takes it; None where it was not asked.
        message: the compiler's error, in one line.
        operation: the type of the op it refused, where it names one.
        node: the call that the op belongs to; ``refused`` is the user's line of it.
        dynamic: results of a size that depends on values, as the compiler bounds them: ``f32[<=4,3]``.
        dtypes: the element types in the lowered program.
        instructions: how many HLO instructions it has.
        flops: floating-point operations of one step; None where unknown.
        padded, bytes: the size of the step's arrays with and without what a TPU's tiles (8 by 128) add.
    """

    name: str
    model: int | None = None
    span: Span | None = None
    lowers: bool | None = None
    message: str = ""
    operation: str | None = None
    node: str | None = None
    refused: Span | None = None
    dynamic: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    instructions: int | None = None
    flops: float | None = None
    padded: int | None = None
    bytes: int | None = None
