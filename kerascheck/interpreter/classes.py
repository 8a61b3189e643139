"""Classes of the user's: method resolution, and which Keras class they extend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.pending_methods import DecoratedLater, PendingMethod, ReadLater, method_of
from kerascheck.interpreter.values import Builtin, ClassValue, External, UnknownValue, Value

LAYER = "keras.layers.Layer"
MODEL = "keras.Model"
SEQUENTIAL = "keras.Sequential"

INERT_BASES = frozenset({"abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
"""Classes that give those that extend them nothing that a program of models asks for."""

SOMETIMES_FALSE = ("collections.", "enum.Int", "enum.Str", "numpy.", "pandas.")
"""How the names begin of bases whose objects may be false."""


def resolution_order(cls: Value) -> tuple[Value, ...]:
    """Python's method resolution order over what is known of the bases; depth first where that is inconsistent."""
    if not isinstance(cls, ClassValue):
        return (cls,)
    if cls.order is None:
        cls.order = tuple(_merged(cls))
    return cls.order


def _merged(cls: ClassValue) -> list[Value]:
    if len(cls.bases) == 1:
        return [cls, *resolution_order(cls.bases[0])]
    sequences: list[Sequence[Value]] = [*(resolution_order(base) for base in cls.bases), cls.bases]
    order: list[Value] = [cls]
    while any(sequences):
        for sequence in sequences:
            if sequence and not any(_same_in(sequence[0], other[1:]) for other in sequences):
                head = sequence[0]
                break
        else:
            head = next(sequence[0] for sequence in sequences if sequence)
        order.append(head)
        sequences = [[each for each in sequence if not _same(each, head)] for sequence in sequences]
    return _plain_base_last(order)


def _plain_base_last(order: list[Value]) -> list[Value]:
    """``Layer`` itself after each of Keras's own layers, all of which extend it: a mixin's base is the last of all."""
    plain = [each for each in order if isinstance(each, External) and canonical(each.name, 3) == LAYER]
    last = max((place for place, each in enumerate(order) if _is_own_class(each)), default=-1)
    moved = [each for each in plain if order.index(each) < last]
    if not moved:
        return order
    return [
        *(each for each in order[: last + 1] if each not in moved),
        *moved,
        *(each for each in order[last + 1 :] if each not in moved),
    ]


def _is_own_class(value: Value) -> bool:
    if not isinstance(value, External):
        return False
    known = layer_class(value.name, 3) or layer_class(value.name, 2)
    return known is not None and known[0] != LAYER


def _same(left: Value, right: Value) -> bool:
    return left is right or (isinstance(left, External) and left == right)


def _same_in(value: Value, values: Sequence[Value]) -> bool:
    return any(_same(value, other) for other in values)


def find_member(cls: Value, name: str, after: Value = None) -> tuple[Value, Value] | None:
    """The class that defines ``name`` and its value there, going past ``after`` for ``super()``."""
    if not isinstance(cls, ClassValue):
        return None
    order = resolution_order(cls)
    if after is not None:
        index = next((i for i, each in enumerate(order) if each is after), None)
        order = order[index + 1 :] if index is not None else order
    for each in order:
        if isinstance(each, ClassValue) and name in each.namespace.variables:
            return each, own_member(each, name)
    return None


def own_member(cls: ClassValue, name: str) -> Value:
    """What a class itself has under a name, None where it has nothing."""
    value = cls.namespace.variables.get(name)
    if isinstance(value, ReadLater):
        return value.read()
    return method_of(cls, value) if isinstance(value, (PendingMethod, DecoratedLater)) else value


def inherited_fields(cls: ClassValue) -> tuple[str, ...] | None:
    """The fields that the constructor takes which a class has of a dataclass that it extends."""
    bases = (each for each in resolution_order(cls)[1:] if isinstance(each, ClassValue))
    return next((each.dataclass_fields for each in bases if each.dataclass_fields is not None), None)


def has_unknown_base(cls: Value) -> bool:
    """Whether some base was not followed, so that any member may exist."""
    # A loop, as this is asked for each attribute: a generator takes longer to make than to run.
    for each in resolution_order(cls):  # noqa: SIM110
        if isinstance(each, UnknownValue):
            return True
    return False


def is_always_true(cls: Value) -> bool:
    """Whether an object of a class of the user's certainly is true: it says nothing else, nor does a base."""
    if has_unknown_base(cls) or any(isinstance(each, Builtin) for each in resolution_order(cls)):
        return False
    if any(each.name.startswith(SOMETIMES_FALSE) for each in external_bases(cls)):
        return False
    return find_member(cls, "__bool__") is None and find_member(cls, "__len__") is None


def external_bases(cls: Value) -> list[External]:
    """The library classes it extends."""
    return [each for each in resolution_order(cls) if isinstance(each, External)]


def keras_base(cls: Value, generation: int) -> tuple[str, int] | None:
    """The canonical Keras class a class is or extends, and its generation; None for what is no layer."""
    for each in resolution_order(cls):
        if isinstance(each, External):
            found = layer_class(each.name, generation)
            if found is not None:
                return found
    return None


@lru_cache(maxsize=4096)
def layer_class(name: str, generation: int) -> tuple[str, int] | None:
    """The canonical name and generation of a Keras layer or model class, or None."""
    described = describe(name, generation)
    known = canonical(name, generation)
    if described is None or known is None:
        return None
    if known in (LAYER, MODEL, SEQUENTIAL):
        return known, described.generation
    if known.startswith("tf.compat.v1.layers.") and known.rsplit(".", maxsplit=1)[1][:1].isupper():
        base = f"keras.layers.{known.rsplit('.', maxsplit=1)[1]}"
        return (base, 2) if extends(base, {LAYER}) else None
    symbol = find_symbol(described) or (find_symbol(replace(described, name=known)) if described.internal else None)
    if symbol is None or symbol.kind != "class" or not known.startswith("keras."):
        return None
    return (known, described.generation) if extends(symbol.canonical, {LAYER, MODEL, SEQUENTIAL}) else None


def extends(name: str, wanted: set[str]) -> bool:
    """Whether a class of the catalogue is, or extends, one of the ``wanted`` canonical names."""
    from kerascheck import catalog
    from kerascheck.interpreter.names import PREFERRED

    pending, seen = [name], set()
    while pending:
        current = pending.pop()
        plain = "keras." + current.removeprefix("tf_keras.") if current.startswith("tf_keras.") else current
        if PREFERRED.get(plain, plain) in wanted:
            return True
        if current in seen:
            continue
        seen.add(current)
        symbol = catalog.find(current)
        pending.extend(symbol.bases if symbol is not None else ())
    return False
