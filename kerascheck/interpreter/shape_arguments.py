"""Numbers given for shapes, where Keras takes a tuple: ``Input(784)``."""

from __future__ import annotations

import ast

from kerascheck.diagnostic import Span
from kerascheck.graph import UNTOLD_GUARDS
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import SizeValue, Value
from kerascheck.program import ShapeArgument
from kerascheck.shapes import as_int

INPUT_LAYER = "keras.layers.InputLayer"

_PARAMETERS = {2: ("input_shape", "batch_input_shape"), 3: ("input_shape",)}
"""The parameters of a layer that are the shape of its input, by Keras's generation."""

_OWN_PARAMETERS = ("shape", "input_shape", "batch_shape")
"""Those of an InputLayer in Keras 3; tf_keras takes a number for one size there."""

_WRITABLE = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)


def is_number(value: Value) -> bool:
    """Whether a value given for a shape certainly is a number, and no tuple."""
    match value:
        case bool():
            return False
        case int():
            return True
        case SizeValue(parameter=False, dim=dim):
            return as_int(dim) is not None
    return False


def note_shape_number(interpreter: Interpreter, state: LayerState, bound: dict[str, Value], node: ast.AST) -> None:
    """Note an input shape that a layer is given and that is a number.

    tf_keras refuses it at once; Keras 3 does where the layer begins a Sequential, and never looks at it otherwise.
    """
    begins = state.base == INPUT_LAYER
    if not state.base.startswith("keras.layers.") or (begins and state.generation == 2):
        return
    for parameter in _OWN_PARAMETERS if begins else _PARAMETERS[state.generation]:
        if parameter not in bound or not is_number(bound[parameter]):
            continue
        position = 0 if begins else None
        fact = shape_argument(interpreter, state.base, parameter, state.generation, node, position)
        state.shape_argument = fact
        if fact is not None and (begins or state.generation == 2):
            interpreter.program.shape_arguments.append(fact)


def shape_argument(
    interpreter: Interpreter, callee: str, parameter: str, generation: int, node: ast.AST, position: int | None = None
) -> ShapeArgument | None:
    """The fact about the call at ``node``; None where the code expects it to fail, or only some version runs it."""
    source = source_of(interpreter, node)
    if source is None or not interpreter.module.is_user:
        return None
    if not UNTOLD_GUARDS.isdisjoint(interpreter.context.guards):
        return None
    written = _written(node, parameter, position)
    if written is None or interpreter.context.replay:
        return ShapeArgument(callee, parameter, generation, source.span, stack=source.stack)
    place = interpreter.span(written)
    text = interpreter.module.source.segment(written)
    enclosed = _is_enclosed(interpreter, node, written)
    constant = isinstance(written, ast.Constant) or not source.stack
    return ShapeArgument(callee, parameter, generation, source.span, text, place, enclosed, constant, source.stack)


def _written(node: ast.AST, parameter: str, position: int | None) -> ast.expr | None:
    """The expression of the argument, where it is one that a comma may follow."""
    if not isinstance(node, ast.Call):
        return None
    found = next((each.value for each in node.keywords if each.arg == parameter), None)
    if found is None and position is not None and position < len(node.args):
        found = node.args[position]
    return found if isinstance(found, _WRITABLE) else None


def _is_enclosed(interpreter: Interpreter, call: ast.AST, written: ast.expr) -> bool:
    """Whether the expression stands in parentheses of its own."""
    if not isinstance(call, ast.Call):
        return False
    keyword = next((each for each in call.keywords if each.value is written), None)
    before = interpreter.span(call.func if keyword is None else keyword)
    place = interpreter.span(written)
    if before is None or place is None:
        return False
    start = (before.end_line, before.end_column)
    if keyword is not None:
        start = (before.line, before.column + len(keyword.arg or ""))
    between = Span(place.file, *start, place.line, place.column, place.cell)
    return "".join(interpreter.module.source.segment_at(between).split()) in ("((", "=(")
