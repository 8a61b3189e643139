"""Binary operators on values that are no tensors, and what is too large to compute."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from kerascheck.interpreter import tensors
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.flows import derived
from kerascheck.interpreter.nests import is_constant
from kerascheck.interpreter.open_batch import note_number
from kerascheck.interpreter.unknowns import UNKNOWN_SIZE, UnionValue, UnknownSize
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    ClassValue,
    ComputedValue,
    DictValue,
    External,
    Instance,
    ListValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)

MAXIMUM_CONSTANT = 1_000_000
"""Strings and numbers that arithmetic would make larger than this stay unknown."""


NUMBER_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.BitAnd: operator.and_,
    ast.MatMult: operator.matmul,
}


OPERATOR_TEXT: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


def has_long_number(text: str) -> bool:
    """Whether a format may ask for a text of many thousand characters."""
    return re.search(r"\d{5}", text) is not None


def binary_operation(interpreter: Interpreter, symbol: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    """``left symbol right``."""
    if isinstance(left, TensorValue) or isinstance(right, TensorValue):
        return tensors.binary(interpreter, OPERATOR_TEXT[type(symbol)], left, right, node)
    if is_constant(left) and is_constant(right):
        return _constant_operation(interpreter, symbol, left, right)
    match left, right:
        case (SizeValue() | int() | float(), SizeValue() | int() | float()):
            note_number(interpreter, OPERATOR_TEXT.get(type(symbol), ""), left, node)
            note_number(interpreter, OPERATOR_TEXT.get(type(symbol), ""), right, node)
            return _size_operation(symbol, left, right)
        case tuple(), tuple() if isinstance(symbol, ast.Add):
            return left + right if len(left) + len(right) < MAXIMUM_CONSTANT else NOTHING_KNOWN
        case (tuple(), int()) if isinstance(symbol, ast.Mult) and right * len(left) < MAXIMUM_CONSTANT:
            return left * right
        case (ListValue(), ListValue()) if isinstance(symbol, ast.Add) and left.kind == right.kind:
            both = together(left.items, right.items)
            return interpreter.heap.new(ListValue(both, copy_of=_weights_of(left, right)))
        case (ListValue(), int()) if isinstance(symbol, ast.Mult):
            small = left.items is not None and len(left.items) * right < MAXIMUM_CONSTANT
            return interpreter.heap.new(ListValue(left.items * right if small and left.items is not None else None))
        case (int(), ListValue()) if isinstance(symbol, ast.Mult):
            return binary_operation(interpreter, symbol, right, left, node)
        case (Builtin() | ClassValue() | External() | UnionValue(), Builtin() | ClassValue() | External() | None) if (
            isinstance(symbol, ast.BitOr)
        ):
            return UnionValue(members=(*(left.members if isinstance(left, UnionValue) else (left,)), right))
        case (DictValue(items=dict() as first), DictValue(items=dict() as second)) if isinstance(symbol, ast.BitOr):
            return interpreter.heap.new(DictValue({**first, **second}))
        case (Instance(), _) | (_, Instance()):
            return _user_operator(interpreter, symbol, left, right, node)
        case (ComputedValue(), _) | (_, ComputedValue()):
            return derived(interpreter, OPERATOR_TEXT.get(type(symbol), ""), (left, right), node)
        case str(), _ if isinstance(symbol, ast.Mod):
            return UnknownValue("text")
        case (UnknownSize(), _) | (_, UnknownSize()):
            return UNKNOWN_SIZE
    return NOTHING_KNOWN


def together(first: list[Value] | None, second: list[Value] | None) -> list[Value] | None:
    """Two lists, one after the other; None where one is unknown, or together they are too long."""
    if first is None or second is None or len(first) + len(second) > MAXIMUM_CONSTANT:
        return None
    return first + second


USER_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "@": "matmul", "//": "floordiv", "%": "mod"}


def _weights_of(left: ListValue, right: ListValue) -> tuple[str, Value] | None:
    """What marks a list made of lists of weights: weights of several layers, and a list of the user's own."""
    if left.copy_of is None and right.copy_of is None:
        return None
    owners = (*_owners(left), *_owners(right))
    return ("", None if None in owners else owners)


def _owners(weights: ListValue) -> tuple[Value, ...]:
    """The layers whose weights a list holds, and nothing else; None among them where that is not known."""
    match weights.copy_of:
        case (_, Instance() as owner):
            return (owner,)
        case (_, tuple() as owners):
            return owners
    return (None,)


def _user_operator(interpreter: Interpreter, symbol: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    from kerascheck.interpreter.attributes import get_attribute

    method = USER_OPERATORS.get(OPERATOR_TEXT[type(symbol)])
    for receiver, other, prefix in ((left, right, "__"), (right, left, "__r")):
        if method is not None and isinstance(receiver, Instance):
            function = get_attribute(interpreter, receiver, f"{prefix}{method}__", node)
            if not isinstance(function, UnknownValue):
                return interpreter.call(function, Arguments((other,)), node)
    return NOTHING_KNOWN


def _constant_operation(interpreter: Interpreter, symbol: ast.operator, left: Value, right: Value) -> Value:
    if isinstance(symbol, (ast.Pow, ast.LShift)):
        numbers = isinstance(left, (int, float, complex)) and isinstance(right, (int, float))
        if not numbers or (isinstance(left, int) and isinstance(right, int) and not 0 <= right <= 512):
            if not (isinstance(left, (int, float)) and isinstance(right, int) and -512 <= right < 0 and left):
                return NOTHING_KNOWN
        elif isinstance(left, int) and abs(left) > 1 << 64 and abs(right) > 16:
            return NOTHING_KNOWN
    if isinstance(symbol, ast.Mult):
        for text, count in ((left, right), (right, left)):
            if (
                isinstance(text, (str, bytes, tuple))
                and isinstance(count, int)
                and len(text) * count > MAXIMUM_CONSTANT
            ):
                return NOTHING_KNOWN
    texts = (str, bytes, tuple)
    both_texts = isinstance(left, texts) and isinstance(right, texts)
    if both_texts and isinstance(symbol, ast.Add) and len(left) + len(right) > MAXIMUM_CONSTANT:
        return NOTHING_KNOWN
    if isinstance(symbol, ast.Mod) and isinstance(left, (str, bytes)):
        if isinstance(left, bytes) or has_long_number(left):
            return NOTHING_KNOWN
        try:
            text = left % right
        except (TypeError, ValueError, KeyError, OverflowError, MemoryError):
            return NOTHING_KNOWN
        return text if len(text) < MAXIMUM_CONSTANT else NOTHING_KNOWN
    try:
        result = NUMBER_OPERATORS[type(symbol)](left, right)
    except (TypeError, ValueError, OverflowError):
        return NOTHING_KNOWN
    except ZeroDivisionError:
        raise UserRaise("ZeroDivisionError") from None
    if isinstance(result, int) and result.bit_length() > 4096:
        return NOTHING_KNOWN
    return result if is_constant(result) else NOTHING_KNOWN


def _size_operation(symbol: ast.operator, left: Value, right: Value) -> Value:
    first = left.dim if isinstance(left, SizeValue) else left
    second = right.dim if isinstance(right, SizeValue) else right
    if isinstance(first, float) or isinstance(second, float):
        return NOTHING_KNOWN
    match symbol:
        case ast.Add():
            result = first + second
        case ast.Sub():
            result = first - second
        case ast.Mult():
            result = first * second
        case ast.FloorDiv():
            result = first // second
        case ast.Mod():
            result = first % second
        case _:
            return NOTHING_KNOWN
    return result if isinstance(result, int) else SizeValue(result)
