"""Values that are not known, and what is known of them all the same."""

from __future__ import annotations

from kerascheck.graph import TRAINING_GUARD
from kerascheck.interpreter.values import UnknownValue, Value
from kerascheck.records import immutable


@immutable(eq=False)
class UnknownSize(UnknownValue):
    """A size or rank that is not known, or the answer to a question about one: only for some shapes is it true."""


UNKNOWN_SIZE = UnknownSize("size")


@immutable(eq=False)
class UnknownShape(UnknownSize):
    """The shape of a tensor of unknown rank: what it is unpacked into tells the rank."""

    tensor: Value = None


@immutable(eq=False)
class UnknownObject(UnknownValue):
    """An object of which only the class in Keras is known: the optimizer that a model was compiled with."""

    kind: str = ""
    generation: int = 3


@immutable(eq=False)
class MissingAttribute(UnknownValue):
    """What an object gives for an attribute that it does not have, as far as is known."""


@immutable(eq=False)
class MissingArgument(UnknownValue):
    """A parameter's value where nobody gave one."""


TRAINING = UnknownValue("training", guard=TRAINING_GUARD)
"""The ``training`` argument of a ``call`` that nobody gave."""


@immutable(eq=False)
class UnionValue(UnknownValue):
    """Several types, any of which will do: ``list | tuple``. Only ``isinstance`` looks into it."""

    members: tuple[Value, ...] = ()
