"""``tf.TensorArray``: what is written into one and what is read from it, where that is part of a graph."""

from __future__ import annotations

import ast

from kerascheck.graph import JIT_GUARD
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.conversion import plain, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.recording import record
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    External,
    Instance,
    Origin,
    TensorValue,
    Value,
)
from kerascheck.shapes import TensorSpec

TENSOR_ARRAY = "tf.TensorArray"
MADE, HELD = "__made__", "__held__"
"""Where an array's object keeps the tensor that stands for its making, and those that were written."""

WRITING = frozenset({"write", "unstack", "scatter", "split"})
READING = frozenset({"stack", "concat", "gather", "read"})


def new_tensor_array(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.TensorArray(dtype, size, dynamic_size)``."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    array = interpreter.heap.new(Instance(function, native=TENSOR_ARRAY, span=interpreter.span(node)))
    if not interpreter.context.layer_calls and JIT_GUARD not in interpreter.context.guards:
        return array
    config = {name: plain(bound.get(name)) for name in ("size", "dynamic_size")}
    operands = tensors_in(bound.get("size"), "size")
    entry = record(interpreter, "op", TENSOR_ARRAY, "TensorArray", [TensorSpec()], operands, node=node, config=config)
    array.attributes[MADE] = TensorValue(TensorSpec(), (Origin(entry.identifier),))
    array.attributes[HELD] = ()
    return array


def tensor_array_method(
    interpreter: Interpreter, array: Instance, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """``array.write(...)``, ``array.stack()`` and the like."""
    made, held = array.attributes.get(MADE), array.attributes.get(HELD)
    if not isinstance(made, TensorValue):
        return NOTHING_KNOWN
    # Where the branches of a loop wrote different numbers of tensors, none is known to be there.
    before = held if isinstance(held, tuple) else ()
    values = arguments.given
    given = [tensor for value in values for _, tensor in tensors_in(value)]
    if name in WRITING:
        interpreter.heap.touch(array)
        array.attributes[HELD] = (*before, *(each for each in given if each not in before))
        return array
    if name in READING:
        operands = [(str(index), tensor) for index, tensor in enumerate((made, *before, *given))]
        op = f"{TENSOR_ARRAY}.{name}"
        entry = record(interpreter, "op", op, name, [TensorSpec()], operands, node=node)
        return TensorValue(TensorSpec(), (Origin(entry.identifier),))
    return NOTHING_KNOWN
