"""Comparing values: what is certain, what is not, and which guard an undecided comparison is."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from kerascheck.graph import VERSION_GUARD
from kerascheck.interpreter import tensors
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.enumerations import is_enumeration
from kerascheck.interpreter.nests import is_constant
from kerascheck.interpreter.open_batch import note_number
from kerascheck.interpreter.unknowns import UNKNOWN_SIZE, UnknownSize
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Constant,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    RangeValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.versions import version_among
from kerascheck.shapes import compare

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


COMPARISON_TEXT: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def negated(guard: str | None) -> str | None:
    """The guard of the other branch."""
    if guard is None:
        return None
    return guard.removeprefix("not ") if guard.startswith("not ") else f"not {guard}"


def guards_of(condition: Value) -> tuple[str | None, str | None]:
    """What the branch of an undecided condition runs under, and the other one."""
    if not isinstance(condition, UnknownValue):
        return None, None
    return condition.guard, negated(condition.guard) or condition.unless


def compare_values(interpreter: Interpreter, symbol: ast.cmpop, left: Value, right: Value, node: ast.AST) -> Value:
    """``left symbol right`` for one comparison operator."""
    match symbol:
        case ast.Is() | ast.IsNot():
            same = _identical(left, right)
            if same is None:
                return _undecided(left, right, isinstance(symbol, ast.Is))
            return same if isinstance(symbol, ast.Is) else not same
        case ast.In() | ast.NotIn():
            found = _contains(right, left)
            return _undecided(left, right) if found is None else found is isinstance(symbol, ast.In)
    if isinstance(left, TensorValue) or isinstance(right, TensorValue):
        if left is None or right is None:
            return isinstance(symbol, ast.NotEq)
        if isinstance(symbol, ast.Eq) and _is_keras_3_tensor(interpreter, left, right):
            # A KerasTensor has no `==` of its own: Python compares which objects they are.
            return NOTHING_KNOWN
        return tensors.binary(interpreter, COMPARISON_TEXT[type(symbol)], left, right, node)
    if is_constant(left) and is_constant(right):
        try:
            return bool(COMPARISONS[type(symbol)](left, right))
        except TypeError:
            return NOTHING_KNOWN
    if isinstance(symbol, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        note_number(interpreter, COMPARISON_TEXT[type(symbol)], left, node)
        note_number(interpreter, COMPARISON_TEXT[type(symbol)], right, node)
    equality = _equal(left, right)
    match symbol, equality:
        case ast.Eq(), bool():
            return equality
        case ast.NotEq(), bool():
            return not equality
        case ((ast.Eq() | ast.NotEq()), None):
            return _undecided(left, right, isinstance(symbol, ast.Eq))
    return version_among(left, right) or _undecided(left, right)


def _is_keras_3_tensor(interpreter: Interpreter, *values: Value) -> bool:
    return interpreter.program.generation == 3 and any(
        isinstance(each, TensorValue) and each.spec.keras_tensor for each in values
    )


def _undecided(left: Value, right: Value, positive: bool | None = None) -> Value:
    """What an undecided comparison gives; ``positive`` tells whether it is one of equality or of its opposite."""
    if positive is not None:
        guard = _guard_of_comparison(left, right, positive)
        if guard is not None:
            return guard
    return UNKNOWN_SIZE if isinstance(left, UnknownSize) or isinstance(right, UnknownSize) else NOTHING_KNOWN


def _guard_of_comparison(left: Value, right: Value, positive: bool) -> UnknownValue | None:
    for value, other in ((left, right), (right, left)):
        if isinstance(value, UnknownValue) and value.guard is not None and isinstance(other, (bool, int)):
            guard = value.guard if bool(other) is positive else negated(value.guard)
            return UnknownValue(value.why, guard)
        if isinstance(value, UnknownValue) and value.guard == VERSION_GUARD:
            return value
    return None


def _identical(left: Value, right: Value) -> bool | None:
    for value, other in ((left, right), (right, left)):
        if other is None or isinstance(other, (bool, type(Ellipsis))):
            match value:
                case UnknownValue() | SizeValue(parameter=True):
                    return None
                case SizeValue(missing=missing):
                    return missing if other is None else False
                case _:
                    return value is other
    if isinstance(left, UnknownValue) or isinstance(right, UnknownValue):
        return None
    if is_constant(left) and is_constant(right):
        return left is right or (type(left) is type(right) and left == right)
    return left is right or (isinstance(left, External) and left == right)


def _equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Constant) and isinstance(right, Constant):
        return bool(left == right)
    match left, right:
        case (UnknownValue() | SizeValue(parameter=True), _) | (_, UnknownValue() | SizeValue(parameter=True)):
            return True if left is right and not isinstance(left, UnknownValue) else None
        case (SizeValue(missing=True), None) | (None, SizeValue(missing=True)):
            return True
        case (SizeValue(), int() | SizeValue()) | (int(), SizeValue()):
            first = left.dim if isinstance(left, SizeValue) else left
            second = right.dim if isinstance(right, SizeValue) else right
            return compare(first, second)
        case (Instance(), Instance()) if is_enumeration(left.cls) and is_enumeration(right.cls):
            return left is right
        case (External(), External()):
            return left == right or None
        case (tuple(), tuple()):
            return _equal_sequences(left, right)
        case (ListValue(), ListValue()):
            if left.items is None or right.items is None:
                return None
            return _equal_sequences(tuple(left.items), tuple(right.items))
        case (None | bool() | int() | float() | str(), _) | (_, None | bool() | int() | float() | str()):
            simple = (ListValue, DictValue, RangeValue, tuple, FunctionValue)
            return False if isinstance(left, simple) or isinstance(right, simple) else None
    return True if left is right else None


def _equal_sequences(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool | None:
    if len(left) != len(right):
        return False
    outcomes = [_equal(a, b) for a, b in zip(left, right, strict=True)]
    if any(outcome is False for outcome in outcomes):
        return False
    return True if all(outcome is True for outcome in outcomes) else None


def _contains(container: Value, item: Value) -> bool | None:
    match container:
        case str() if isinstance(item, str):
            return item in container
        case tuple():
            return _any_equal(container, item)
        case ListValue(items=list() as items):
            return _any_equal(tuple(items), item)
        case DictValue(items=dict() as entries):
            if isinstance(item, str) and (item in entries or all(type(key) is str for key in entries)):
                found: bool | None = item in entries
            else:
                found = _any_equal(tuple(entries), item)
            in_doubt = isinstance(item, str) and item in container.doubtful
            return None if in_doubt or (found is False and container.may_have_more) else found
        case RangeValue(values=values) if isinstance(item, int):
            return item in values
    return None


_CONSTANTS = frozenset(Constant)


def _any_equal(items: tuple[Value, ...], item: Value) -> bool | None:
    if type(item) in _CONSTANTS and _CONSTANTS.issuperset(map(type, items)):
        return item in items
    # Two values of which nothing is known are the same object here, and need not be equal.
    unknown, undecided = isinstance(item, UnknownValue), False
    for candidate in items:
        outcome = True if candidate is item and not unknown else _equal(candidate, item)
        if outcome:
            return True
        undecided = undecided or outcome is None
    return None if undecided else False
