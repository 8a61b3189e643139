"""What the code reads and calls of Keras and TensorFlow, and gives to it."""

from __future__ import annotations

from enum import StrEnum

from kerascheck.diagnostic import Span
from kerascheck.records import immutable

NUMPY_METHOD = ".numpy"
"""The use of a symbolic tensor by ``tensor.numpy()``."""


@immutable()
class SymbolUse:
    """A name of keras or tensorflow that the code read, by whatever alias.

    Attributes:
        name: the dotted name in its package's own terms: ``tf.placeholder``, ``keras.backend.learning_phase``.
        package: the top-level package it came from: ``keras``, ``tf_keras``, ``tf.keras`` or ``tf``.
        generation: 2 or 3 for a Keras name.
        called: whether it was called there.
        compat: whether it was reached through ``tf.compat.v1``.
        attribute: the span of the last attribute alone (``placeholder`` in ``tf.placeholder``), for fixes.
        root: what the first name stands for that is written there: ``tf.app.flags`` in ``flags.FLAGS``.
    """

    name: str
    package: str
    generation: int
    span: Span
    called: bool
    stack: tuple[Span, ...] = ()
    compat: bool = False
    attribute: Span | None = None
    root: str | None = None


@immutable()
class MemberUse:
    """An attribute read or called on a Keras object: ``layer.set_input``.

    ``owner`` is the canonical Keras class it was read from (``keras.layers.Dense``; for a user's class the nearest
    Keras base, ``keras.layers.Layer`` or ``keras.Model``), and ``own`` says that the class is the user's. ``old_form``
    where it still exists and is called in the way that only the older package took. Of what may be mended,
    ``positional`` are the positional arguments, empty where a ``*`` hides them, ``keywords`` the others by name, and
    ``attribute`` is the member's name alone. ``package`` is the one that the class was named by, where that is known.
    """

    owner: str
    member: str
    generation: int
    span: Span
    called: bool
    stack: tuple[Span, ...] = ()
    old_form: bool = False
    positional: tuple[Span, ...] = ()
    keywords: tuple[tuple[str, Span], ...] = ()
    attribute: Span | None = None
    own: bool = False
    package: str | None = None


@immutable()
class ArgumentUse:
    """An argument given to a Keras or TensorFlow callable that its signature does not have.

    ``old_form`` where the signature has it and what is given is what only the older package took.
    """

    callee: str
    argument: str
    generation: int
    span: Span
    keyword: Span | None = None
    stack: tuple[Span, ...] = ()
    old_form: bool = False


@immutable()
class SymbolicUse:
    """A symbolic tensor where Python or NumPy want a value.

    Attributes:
        use: what wants it: ``if``, ``while``, ``for``, ``len``, :data:`NUMPY_METHOD`, or a function of NumPy's:
            ``numpy.log``.
        tensor: the identifier of the node that gives it.
        in_call: whether a layer's ``call`` was running, so that it is a tensor of TensorFlow's graph, no KerasTensor.
    """

    use: str
    tensor: str
    generation: int
    in_call: bool
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


class ArgumentMistake(StrEnum):
    """What is wrong with an argument of a call."""

    UNEXPECTED = "unexpected"
    MISSING = "missing"
    DOUBLED = "doubled"
    TOO_MANY = "too many"


@immutable()
class WrongArguments:
    """An argument of a call that is certainly refused: in every version of the callable that is known, or ``former``.

    Attributes:
        callee: what is called: a name of keras or tensorflow, a class of the user's, or its ``call``.
        mistake: what is wrong; ``argument`` with which, empty where there are too many.
        keyword: the argument itself, where it is written by name.
        accepted: the names that the callable takes; empty where any.
        places, given: how many arguments it takes by position, and how many it is given; ``named`` those by name.
        defined: where the user defines it.
        former: whether Keras 2 takes it, so that only Keras 3 refuses it.
    """

    callee: str
    mistake: ArgumentMistake
    argument: str
    span: Span
    keyword: Span | None = None
    accepted: tuple[str, ...] = ()
    places: int = 0
    given: int = 0
    named: tuple[str, ...] = ()
    defined: Span | None = None
    stack: tuple[Span, ...] = ()
    former: bool = False


@immutable()
class ForeignPart:
    """An optimizer, metric or callback of keras that a model of tf_keras is given, or the reverse.

    ``kind`` is which of them, ``part`` its class as it was imported; ``generation`` is that of the model, ``made``
    where the part was made.
    """

    kind: str
    part: str
    model: str
    generation: int
    span: Span
    made: Span | None = None
    stack: tuple[Span, ...] = ()


@immutable()
class AddedLoss:
    """``add_loss`` called on a model or layer, outside of any ``call``.

    ``model`` is what it was called on by name, ``functional`` whether that was made of inputs and outputs; ``symbolic``
    whether the loss is a symbolic tensor.
    """

    model: str
    functional: bool
    symbolic: bool
    generation: int
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@immutable()
class RefusedValue:
    """A string that Keras does not know, given for an ``activation``, ``loss`` or another ``kind`` of object."""

    kind: str
    argument: str
    value: str
    generation: int
    span: Span
    stack: tuple[Span, ...] = ()


@immutable()
class RefusedName:
    """A name that the code gives a layer, model, input or weight, and that Keras refuses.

    ``op`` is what was named; ``model`` the model that has the name already, where it was given at ``other``.
    """

    name: str
    op: str
    generation: int
    span: Span
    model: str | None = None
    other: Span | None = None
    stack: tuple[Span, ...] = ()
