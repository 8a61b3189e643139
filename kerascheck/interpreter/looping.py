"""Functions of TensorFlow and Keras that run the user's own for each slice of a tensor, or again and again.

The function runs once, aside, on what it is given at its first turn: what a turn gives tells what all of them give.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import MAXIMUM_STEPS_ALONE, BudgetExceeded, ExternalHandler, Interpreter, UserRaise
from kerascheck.interpreter.inference import structure_of
from kerascheck.interpreter.tensors import call_op
from kerascheck.interpreter.trials import unrecorded
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    External,
    ListValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.semantics.api import Structure
from kerascheck.shapes import Shape, TensorSpec


def _mapped(interpreter: Interpreter, bound: Mapping[str, Value], node: ast.AST) -> Structure:
    """``tf.map_fn(fn, elems)``: what ``fn`` makes of a slice, stacked."""
    function = next((bound[name] for name in ("fn", "f", "function") if name in bound), NOTHING_KNOWN)
    elements = next((bound[name] for name in ("elems", "xs", "elements") if name in bound), NOTHING_KNOWN)
    return _stacked(_turn(interpreter, function, Arguments((_slice(interpreter, elements),)), node), elements)


def _folded(interpreter: Interpreter, bound: Mapping[str, Value], node: ast.AST) -> Structure:
    """``tf.foldl(fn, elems, initializer)``: the state behind the last slice."""
    elements, state = bound.get("elems", NOTHING_KNOWN), bound.get("initializer")
    first = _slice(interpreter, elements)
    state = first if state is None else state
    return _kept(state, _turn(interpreter, bound.get("fn", NOTHING_KNOWN), Arguments((state, first)), node))


def _scanned(interpreter: Interpreter, bound: Mapping[str, Value], node: ast.AST) -> Structure:
    """``tf.scan(fn, elems, initializer)``: the state behind each slice, stacked."""
    return _pile(_folded(interpreter, bound, node), bound.get("elems", NOTHING_KNOWN))


def _carried(interpreter: Interpreter, bound: Mapping[str, Value], node: ast.AST) -> Structure:
    """``keras.ops.scan(f, init, xs)``: the last state, and what each turn gives beside it."""
    state, elements = bound.get("init", NOTHING_KNOWN), bound.get("xs", NOTHING_KNOWN)
    given = _turn(interpreter, bound.get("f", NOTHING_KNOWN), Arguments((state, _slice(interpreter, elements))), node)
    if not isinstance(given, tuple) or len(given) != 2:
        return None
    last, beside = _kept(state, given[0]), _stacked(given[1], elements)
    return None if last is None or beside is None else (last, beside)


def _repeated(interpreter: Interpreter, bound: Mapping[str, Value], node: ast.AST) -> Structure:
    """``tf.while_loop(cond, body, loop_vars)``: the variables, where a turn keeps their shapes."""
    state = bound.get("loop_vars", NOTHING_KNOWN)
    parts = state if isinstance(state, tuple) else state.items if isinstance(state, ListValue) else None
    if bound.get("shape_invariants") is not None:
        return None
    given = _turn(interpreter, bound.get("body", NOTHING_KNOWN), Arguments(tuple(parts or (state,))), node)
    if parts is not None and len(parts) == 1 and isinstance(given, TensorValue):
        given = (given,)
    return _kept(state, given)


def _counted(interpreter: Interpreter, bound: Mapping[str, Value], node: ast.AST) -> Structure:
    """``keras.ops.fori_loop(lower, upper, body_fun, init_val)``: the value, where a turn keeps its shape."""
    state = bound.get("init_val", NOTHING_KNOWN)
    counter = TensorValue(TensorSpec(Shape(()), "int32"))
    return _kept(state, _turn(interpreter, bound.get("body_fun", NOTHING_KNOWN), Arguments((counter, state)), node))


def _turn(interpreter: Interpreter, function: Value, arguments: Arguments, node: ast.AST) -> Value:
    """What a call gives of which nothing else is kept; unknown where it raises or takes too long."""
    total = interpreter.limit
    interpreter.limit = min(total, interpreter.steps + MAXIMUM_STEPS_ALONE)
    context, scopes = interpreter.context, list(interpreter.context.scopes)
    try:
        with unrecorded(interpreter):
            interpreter.context.guards, interpreter.context.scopes = list(context.guards), scopes
            outputs, _ = interpreter.heap.branch(lambda: interpreter.call(function, arguments, node))
    except (UserRaise, RecursionError, BudgetExceeded):
        return NOTHING_KNOWN
    finally:
        interpreter.limit = total
    return map_tensors(outputs, lambda tensor: TensorValue(tensor.spec), interpreter.heap.new)


def _slice(interpreter: Interpreter, elements: Value) -> Value:
    """The first slice of every tensor in a nest."""

    def cut(tensor: TensorValue) -> Value:
        dims = tensor.spec.shape.dims
        if dims == ():
            return NOTHING_KNOWN
        return TensorValue(TensorSpec(Shape(None if dims is None else dims[1:]), tensor.spec.dtype))

    return map_tensors(elements, cut, interpreter.heap.new)


def _stacked(given: Value, elements: Value) -> Structure:
    """What each turn gives, over all slices of ``elements``."""
    return _pile(_specs(given), elements)


def _pile(structure: Structure, elements: Value) -> Structure:
    found = tensors_in(elements)
    dims = found[0][1].spec.shape.dims if found else None
    if structure is None or not dims:
        return None

    def stack(part: Structure) -> Structure:
        match part:
            case TensorSpec():
                inner = part.shape.dims
                return TensorSpec(Shape(None if inner is None else (dims[0], *inner)), part.dtype)
            case tuple():
                return tuple(stack(each) for each in part)
            case list():
                return [stack(each) for each in part]
            case dict():
                return {key: stack(each) for key, each in part.items()}
        return None

    return stack(structure)


def _kept(before: Value, after: Value) -> Structure:
    """A state that goes through the turns, in the nesting it began with; None where a turn changes that."""
    first, second = _specs(before), _specs(after)
    return None if first is None or second is None else _unchanged(first, second)


def _unchanged(first: Structure, second: Structure) -> Structure:
    match first, second:
        case TensorSpec(), TensorSpec():
            same = first.shape == second.shape
            return TensorSpec(first.shape if same else Shape(None), first.dtype)
        case (tuple() | list(), tuple() | list()) if len(first) == len(second):
            parts = [_unchanged(a, b) for a, b in zip(first, second, strict=True)]
            if any(part is None for part in parts):
                return None
            return tuple(parts) if isinstance(first, tuple) else parts
        case dict(), dict() if first.keys() == second.keys():
            named = {key: _unchanged(part, second[key]) for key, part in first.items()}
            return None if any(part is None for part in named.values()) else named
    return None


def _specs(value: Value) -> Structure:
    """The specs of a nest whose every part is a tensor or a number; else None."""
    match value:
        case bool():
            return TensorSpec(Shape(()), "bool")
        case int() | SizeValue():
            return TensorSpec(Shape(()), "int32")
        case float():
            return TensorSpec(Shape(()), "float32")
        case TensorValue():
            return TensorSpec(value.spec.shape, value.spec.dtype)
        case tuple() | ListValue(items=list()):
            parts = [_specs(part) for part in (value if isinstance(value, tuple) else value.items or ())]
            if any(part is None for part in parts):
                return None
            return tuple(parts) if isinstance(value, tuple) else parts
        case None | str() | UnknownValue():
            return None
    found: Any = structure_of(value)
    return found if isinstance(found, dict) and tensors_in(value) else None


def _loop(turn: Callable[[Interpreter, Mapping[str, Value], ast.AST], Structure]) -> ExternalHandler:
    def call(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
        if function.name.startswith("tensorflow.compat.v1."):
            return call_op(interpreter, function, arguments, node)
        bound = bind_arguments(interpreter, function.name, arguments, node)
        return call_op(interpreter, function, arguments, node, found=turn(interpreter, bound, node))

    return call


def repeat(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``while_loop(cond, body, loop_vars)``."""
    return _loop(_repeated)(interpreter, function, arguments, node)


HANDLERS: dict[str, ExternalHandler] = {
    "tf.map_fn": _loop(_mapped),
    "tf.vectorized_map": _loop(_mapped),
    "keras.backend.map_fn": _loop(_mapped),
    "keras.ops.map": _loop(_mapped),
    "keras.ops.vectorized_map": _loop(_mapped),
    "tf.scan": _loop(_scanned),
    "tf.foldl": _loop(_folded),
    "tf.foldr": _loop(_folded),
    "keras.backend.foldl": _loop(_folded),
    "keras.backend.foldr": _loop(_folded),
    "keras.ops.scan": _loop(_carried),
    "keras.ops.while_loop": repeat,
    "keras.ops.fori_loop": _loop(_counted),
}
"""The functions that run another over and over, by canonical name."""
