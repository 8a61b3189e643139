"""Asking a layer's shape function what a call gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascheck.graph import Weight
from kerascheck.interpreter.conversion import (
    LayerHandle,
    plain,
    plain_config,
    specs_in,
    to_values,
)
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.layer_state import UNKNOWN_SPEC, LayerState
from kerascheck.interpreter.values import (
    Arguments,
    Instance,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.problems import Problem, ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerFunction, LayerResult, Structure, find_layer
from kerascheck.shapes import UNKNOWN, Expression, Shape, TensorSpec, compare
from kerascheck.shapes.dim import substitute

_ABOUT_OPEN_SIZES = (ProblemKind.UNDEFINED, ProblemKind.EINSUM, ProblemKind.ATTENTION)
"""The problems that may be an open size's alone."""


def structure_of(value: Value) -> Any:
    """The inputs of a call as the semantics take them; a value nobody knows is a tensor nobody knows."""
    match value:
        case UnknownValue() | SizeValue():
            return UNKNOWN_SPEC
        case int() | float() | str() | bool():
            return None
    return plain(value)


def infer(
    interpreter: Interpreter,
    state: LayerState,
    function: LayerFunction,
    structure: Any,
    bound: dict[str, Any],
    config: dict[str, Any] | None = None,
) -> LayerResult:
    """Ask the layer's shape function; ``config`` is the layer's in the terms of the semantics, where that is at hand.

    Raises:
        ShapeProblem: the call certainly fails.
    """

    def call_sublayer(handle: Any, inputs: Structure) -> LayerResult:
        return infer_sublayer(interpreter, handle, inputs)

    config = plain_config(state.config) if config is None else config
    call = LayerCall(state.base, state.generation, config, structure, bound, call_sublayer)
    try:
        return function(call)
    except ShapeProblem as error:
        if error.problem.kind not in _ABOUT_OPEN_SIZES or not interpreter.facts.assumed:
            raise
        return _with_assumed_open(interpreter, function, call, error)


def _with_assumed_open(
    interpreter: Interpreter, function: LayerFunction, call: LayerCall, error: ShapeProblem
) -> LayerResult:
    """A size that only the analysis left open may be fixed in the real call: as few of them as can be are unknown."""
    for axes in ((-1,), (1,), None):
        inputs, arguments = (forget_assumed(interpreter, each, axes) for each in (call.inputs, dict(call.arguments)))
        try:
            return function(replace(call, inputs=inputs, arguments=arguments))
        except ShapeProblem as again:
            if again.problem.kind not in _ABOUT_OPEN_SIZES:
                raise
            # With its traceback it would hold this frame, which holds it.
            error = again.with_traceback(None)
    config = {name: forget_assumed(interpreter, value, None) for name, value in call.config.items()}
    try:
        return function(replace(call, config=config, inputs=inputs, arguments=arguments))
    except ShapeProblem as again:
        raise again from error


def forget_assumed(interpreter: Interpreter, structure: Any, axes: tuple[int, ...] | None) -> Any:
    """``structure`` with the sizes that the analysis made up unknown, on ``axes`` or on all."""
    sizes: dict[str, Any] = dict.fromkeys(interpreter.facts.assumed, UNKNOWN)
    match structure:
        case TensorSpec() if structure.shape.dims:
            rank = len(structure.shape.dims)
            chosen = set(range(rank)) if axes is None else {axis % rank for axis in axes}
            dims = [
                substitute(dim, sizes) if index in chosen else dim for index, dim in enumerate(structure.shape.dims)
            ]
            return structure.with_shape(Shape(tuple(dims)))
        case Expression():
            return substitute(structure, sizes)
        case list():
            return [forget_assumed(interpreter, part, axes) for part in structure]
        case tuple():
            return tuple(forget_assumed(interpreter, part, axes) for part in structure)
        case dict():
            return {key: forget_assumed(interpreter, part, axes) for key, part in structure.items()}
    return structure


def infer_sublayer(interpreter: Interpreter, handle: Any, inputs: Structure) -> LayerResult:
    """Call a layer that was given to another layer's constructor."""
    if not isinstance(handle, LayerHandle):
        return LayerResult(UNKNOWN_SPEC)
    instance = handle.instance
    state: LayerState = instance.layer
    function = find_layer(state.base)
    if state.kind == "builtin" and function is not None:
        return infer(interpreter, state, function, inputs, {})
    values = to_values(inputs, lambda spec, _: TensorValue(spec), interpreter.heap.new)
    outputs = interpreter.call(instance, Arguments((values,)), NOWHERE)
    return LayerResult(structure_of(outputs), all_weights(instance))


def all_weights(instance: Instance) -> tuple[Weight, ...]:
    """The weights of a layer and of every layer called in it, each layer once."""
    seen: set[int] = set()
    found: list[Weight] = []
    pending = [instance]
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        found += current.layer.weights
        pending += current.layer.sublayers
    return tuple(found)


def _against_built(state: LayerState, result: LayerResult, structure: Structure) -> Problem | None:
    """The problem of calling a layer on another size than it was built for."""
    if not state.built or state.built_for is None or len(state.inherited) != len(result.weights):
        return None
    for before, now in zip(state.inherited, result.weights, strict=True):
        old, new = before.shape.dims, now.shape.dims
        if old is None or new is None or len(old) != len(new):
            continue
        if any(compare(a, b) is False for a, b in zip(old, new, strict=True)):
            first, second = specs_in(state.built_for), specs_in(structure)
            built = str(first[0].shape) if first else "?"
            called = str(second[0].shape) if second else "?"
            return Problem(
                ProblemKind.SIZE,
                f"layer `{state.name}` was built for {built} and is called on {called}",
                label=f"its {now.name} would have shape {now.shape} instead of {before.shape}",
                help="use a second layer, or give both calls inputs of the same size",
            )
    return None
