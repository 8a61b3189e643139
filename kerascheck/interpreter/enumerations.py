"""Enumerations: classes that extend ``enum.Enum``, whose constants are objects of theirs."""

from __future__ import annotations

from kerascheck.interpreter.classes import find_member, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.nests import is_constant
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    ClassValue,
    External,
    Instance,
    Scope,
    UnknownValue,
    Value,
)

BASES = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum"})

_DESCRIBED = "\0members"
"""The name, in the class's namespace, of the tuple of its members; no code can write it."""


def is_enumeration(cls: Value) -> bool:
    """Whether a class extends ``Enum``."""
    if not isinstance(cls, ClassValue):
        return False
    # A loop, as this is asked for each class and object: a generator takes longer to make than to run.
    for each in resolution_order(cls):  # noqa: SIM110
        if isinstance(each, External) and each.name in BASES:
            return True
    return False


def make_members(interpreter: Interpreter, cls: ClassValue, namespace: Scope) -> None:
    """Put an object in the place of each constant that the body of an enumeration assigns."""
    if not is_enumeration(cls):
        return
    members: list[Instance] = []
    for name, value in namespace.variables.items():
        if name.startswith("_") or not (is_constant(value) or isinstance(value, UnknownValue)):
            continue
        known = next((each for each in members if is_constant(value) and each.attributes["value"] == value), None)
        if known is None:
            known = interpreter.heap.new(Instance(cls))
            known.attributes.update(name=name, value=value, _name_=name, _value_=value)
            members.append(known)
        namespace.variables[name] = known
    namespace.variables[_DESCRIBED] = tuple(members)


def members_of(cls: Value) -> tuple[Instance, ...] | None:
    """The members of an enumeration, in their order; None for any other class."""
    if not is_enumeration(cls):
        return None
    found = find_member(cls, _DESCRIBED)
    return None if found is None else found[1]


def member_of_value(cls: ClassValue, members: tuple[Instance, ...], value: Value) -> Value:
    """``Kind("conv")``: the member that has the value."""
    if isinstance(value, Instance) and value.cls is cls:
        return value
    values = [each.attributes["value"] for each in members]
    if not is_constant(value) or not all(is_constant(each) for each in values):
        return NOTHING_KNOWN
    return next((each for each, own in zip(members, values, strict=True) if own == value), NOTHING_KNOWN)


def member_of_name(members: tuple[Instance, ...], name: Value) -> Value:
    """``Kind["CONV"]``: the member of that name."""
    return next((each for each in members if each.attributes["name"] == name), NOTHING_KNOWN)
