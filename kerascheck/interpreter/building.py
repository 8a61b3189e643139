"""How Keras builds a layer of the user's: which shapes ``build`` is given, and what building it beforehand does."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.conversion import from_dim, tensors_in
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.inference import infer
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.phases import phase
from kerascheck.interpreter.shape_values import input_shape_value, shape_dims
from kerascheck.interpreter.unknowns import UnknownSize
from kerascheck.interpreter.values import (
    Arguments,
    FunctionValue,
    Instance,
    ListValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.problems import ShapeProblem
from kerascheck.semantics.api import LayerResult, Structure, find_layer
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec
from kerascheck.shapes.dim import symbol

BUILT_BEFORE: Structure = {"built before its first call": None}
"""``built_for`` of a layer whose ``build`` the user's own code ran."""


def build_layer(
    interpreter: Interpreter, instance: Instance, inputs: Value, arguments: Arguments, node: ast.AST
) -> None:
    """Run the user's ``build`` as the first call does.

    Keras 3 gives a ``build`` of several parameters the shape of each argument of ``call`` by name: ``query_shape``
    that of ``query``, None where that is no tensor.
    """
    build = class_function(instance, "build")
    if build is None:
        build_known(interpreter, instance, Arguments((input_shape_value(interpreter, inputs),)))
        return
    from kerascheck.interpreter.calls import call_function

    names = _parameters(build)
    state: LayerState = instance.layer
    call = class_function(instance, "call")
    if state.generation == 2 or len(names) < 2 or call is None or not all(name.endswith("_shape") for name in names):
        given = Arguments((instance, input_shape_value(interpreter, inputs)))
    else:
        values = _call_arguments(call, arguments)
        shapes = {name: _shape(interpreter, values.get(name.removesuffix("_shape"))) for name in names}
        given = Arguments((instance,), shapes)
    context = interpreter.context
    context.building += 1
    try:
        with phase(interpreter, "build", instance):
            call_function(interpreter, build, given, node, instance)
    finally:
        context.building -= 1


def _call_arguments(call: FunctionValue, arguments: Arguments) -> dict[str, Value]:
    names = [each.arg for each in (*call.node.args.posonlyargs, *call.node.args.args)][1:]
    return {**dict(zip(names, arguments.positional, strict=False)), **arguments.keywords}


def _shape(interpreter: Interpreter, value: Value) -> Value:
    if isinstance(value, UnknownValue):
        return UnknownSize("input shape")
    return input_shape_value(interpreter, value) if tensors_in(value) else None


def symbolic_outputs(
    interpreter: Interpreter, instance: Instance, arguments: Arguments, inferred: Structure, node: ast.AST
) -> Structure:
    """What a call on KerasTensors gives where Keras 3 asks the class's own ``compute_output_shape``, not ``call``.

    A size that it leaves None stays open; ``inferred`` is what ``call`` gives. Where the declaration itself raises, so
    does the call: what comes of it has no shape.
    """
    state: LayerState = instance.layer
    declare, call = class_function(instance, "compute_output_shape"), class_function(instance, "call")
    if state.generation != 3 or state.is_model or declare is None or call is None:
        return inferred
    names = _parameters(declare)
    values = _call_arguments(call, arguments)
    if len(names) == 1:
        tensors = (value for value in values.values() if isinstance(value, UnknownValue) or tensors_in(value))
        given = {names[0]: _shape(interpreter, next(tensors, None))}
    elif names and all(name.endswith("_shape") for name in names):
        given = {name: _shape(interpreter, values.get(name.removesuffix("_shape"))) for name in names}
    else:
        return inferred
    from kerascheck.interpreter.calls import call_function

    try:
        shape = call_function(interpreter, declare, Arguments((instance,), given), node, instance)
    except UserRaise:
        return TensorSpec()
    return _declared(shape, inferred)


def _declared(shape: Value, inferred: Structure) -> Structure:
    """A nest of declared shapes as specs, by what ``call`` gives in their places; ``inferred`` where it is unclear."""
    items = list(shape) if isinstance(shape, tuple) else shape.items if isinstance(shape, ListValue) else None
    if items is None:
        return inferred
    if _is_shape(items, inferred):
        before = inferred if isinstance(inferred, TensorSpec) else TensorSpec()
        if all(isinstance(each, UnknownValue) for each in items) and before.shape.rank != len(items):
            return TensorSpec(dtype=before.dtype)
        sizes = (_size(each, before, axis, len(items)) for axis, each in enumerate(items))
        return replace(before, shape=Shape(tuple(sizes)))
    known = list(inferred) if isinstance(inferred, (list, tuple)) and len(inferred) == len(items) else []
    if not known and all(isinstance(each, UnknownValue) for each in items):
        return inferred
    nested = [_declared(each, known[index] if known else TensorSpec()) for index, each in enumerate(items)]
    return tuple(nested) if isinstance(shape, tuple) else nested


def _is_shape(items: list[Value], inferred: Structure) -> bool:
    """Whether the items are sizes, and not shapes themselves: what is not known may be either, and ``call`` decides."""
    if not all(each is None or isinstance(each, (int, SizeValue, TensorValue, UnknownValue)) for each in items):
        return False
    if all(isinstance(each, (TensorValue, UnknownValue)) for each in items):
        return isinstance(inferred, TensorSpec) and inferred.shape.dims is not None
    return True


def _size(declared: Value, before: TensorSpec, axis: int, rank: int) -> Dim:
    dims = before.shape.dims
    found = dims[axis] if dims is not None and len(dims) == rank else UNKNOWN
    match declared:
        case None:
            return found if isinstance(found, Expression) else UNKNOWN
        case bool() | UnknownValue():
            return UNKNOWN
        case SizeValue(dim=dim):
            return dim
        case TensorValue(spec=TensorSpec(content=content)):
            # NumPy counted it: `mask.sum()`.
            return content if isinstance(content, int) else UNKNOWN
    return int(declared)


def _parameters(function: FunctionValue) -> list[str]:
    names = [each.arg for each in (*function.node.args.posonlyargs, *function.node.args.args)][1:]
    return names + [each.arg for each in function.node.args.kwonlyargs]


def note_explicit_build(instance: Instance) -> None:
    """The user's code is about to run ``layer.build(...)``: in Keras 3 its first call will not build it again."""
    state: LayerState = instance.layer
    if state.generation == 3 and state.kind == "user" and not state.built and not state.is_model:
        state.built, state.built_for = True, BUILT_BEFORE


def build_known(interpreter: Interpreter, instance: Instance, arguments: Arguments) -> None:
    """``layer.build(shape)`` of one of Keras's own layers: its weights are there before its first call.

    A class that extends one inherits it, or runs it from its own ``build``.
    """
    state: LayerState = instance.layer
    result = _inferred(interpreter, state, arguments)
    if result is not None and (not state.built or state.kind == "user") and not state.inherited:
        interpreter.heap.touch(instance)
        state.weights = (*state.weights, *result.weights)


def declared_output_shape(interpreter: Interpreter, instance: Instance, arguments: Arguments) -> Value:
    """``layer.compute_output_shape(shape)`` of one of Keras's own layers."""
    result = _inferred(interpreter, instance.layer, arguments)
    if result is None or not isinstance(result.outputs, TensorSpec) or result.outputs.shape.dims is None:
        return UnknownValue("output shape")
    return tuple(from_dim(dim, missing=True) for dim in result.outputs.shape.dims)


def _inferred(interpreter: Interpreter, state: LayerState, arguments: Arguments) -> LayerResult | None:
    """What calling a layer of Keras's own on a tensor of a given shape gives; None where that is not known."""
    function = find_layer(state.base)
    given = [*arguments.positional, *arguments.keywords.values()]
    dims = shape_dims(given[0]) if len(given) == 1 else None
    if function is None or dims is None or state.kind not in ("builtin", "user") or state.rejected or UNKNOWN in dims:
        return None
    shape = Shape(tuple(symbol(f"open{axis}") if dim is None else dim for axis, dim in enumerate(dims)))
    try:
        return infer(interpreter, state, function, TensorSpec(shape, "float32"), {})
    except ShapeProblem:
        return None
