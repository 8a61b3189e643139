"""Shape functions of the layers that wrap another along its time axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import LayerCall, LayerResult, Structure, find_layer, layer
from kerascheck.semantics.layers.arguments import compute_dtype, invalid_value
from kerascheck.semantics.layers.weights import frozen, sublayer_class, unknown_output
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, compare

_MERGE_MODES = ("concat", "sum", "ave", "mul")
_RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})


def _config(sublayer: Any) -> Mapping[str, Any]:
    return {} if sublayer_class(sublayer) is None else sublayer.config


def _name(sublayer: Any) -> str:
    """The class's own name of one of Keras's layers; empty for anything else."""
    name = sublayer_class(sublayer) or ""
    prefix = "keras.layers."
    return name.removeprefix(prefix) if name.startswith(prefix) else ""


@immutable()
class Direction:
    """What one direction gives: the output and the states behind it."""

    output: TensorSpec
    states: tuple[Structure, ...]


@layer("Pipeline")
def pipeline(call: LayerCall) -> LayerResult:
    """Layers called one after the other, with the weights of all."""
    layers = call.config.get("layers")
    if call.call_layer is None or not isinstance(layers, list | tuple) or not layers:
        return LayerResult(TensorSpec(), (Weight("kernel", Shape(None)),))
    outputs: Structure = call.inputs
    weights: tuple[Weight, ...] = ()
    updates = 0
    for each in layers:
        if sublayer_class(each) is None:
            return LayerResult(TensorSpec(), (Weight("kernel", Shape(None)),))
        result = call.call_layer(each, outputs)
        outputs, weights, updates = result.outputs, (*weights, *result.weights), updates + result.updates
    return LayerResult(outputs, frozen(call, weights), updates)


@layer("Bidirectional")
def bidirectional(call: LayerCall) -> LayerResult:
    """A recurrent layer run forwards and backwards, the outputs merged; twice the weights."""
    mode = call.config.get("merge_mode")
    if mode is not None and isinstance(mode, str | int | float) and mode not in _MERGE_MODES:
        raise invalid_value(call, "merge_mode", ", ".join(f'"{one}"' for one in _MERGE_MODES) + " or None")
    forward, backward = call.config.get("layer"), call.config.get("backward_layer")
    _check_recurrent(forward)
    _check_pair(call, forward, backward)
    given = [forward] if backward is None else [forward, backward]
    if call.call_layer is None or any(sublayer_class(one) is None for one in given):
        return LayerResult(unknown_output(call), (Weight("kernel", Shape(None)),))
    there = call.call_layer(forward, call.inputs)
    back = there if backward is None else call.call_layer(backward, call.inputs)
    weights = frozen(call, (*there.weights, *back.weights))
    updates = there.updates + back.updates
    return_state = _config(forward).get("return_state", False)
    ends = _direction(there.outputs, return_state), _direction(back.outputs, return_state)
    if mode is UNKNOWN or ends[0] is None or ends[1] is None:
        return LayerResult(unknown_output(call), weights, updates)
    return LayerResult(_merged(call, mode, ends[0], ends[1]), weights, updates)


def _direction(outputs: Structure, return_state: object) -> Direction | None:
    """The parts of a recurrent layer's output; None where it is not known whether it has states."""
    match outputs:
        case TensorSpec() if return_state is False or return_state is None:
            return Direction(outputs, ())
        case [TensorSpec() as output, *states] if return_state is True:
            return Direction(output, tuple(states))
    return None


def _merged(call: LayerCall, mode: str | None, there: Direction, back: Direction) -> Structure:
    pair = (_cast(call, there.output), _cast(call, back.output))
    merged: list[Structure] = list(pair) if mode is None else [_merge(call, mode, *pair)]
    states = (*there.states, *back.states)
    if mode is not None and not states:
        return merged[0]
    everything = [*merged, *states]
    return tuple(everything) if call.generation == 3 else everything


def _cast(call: LayerCall, spec: TensorSpec) -> TensorSpec:
    return replace(spec, dtype=compute_dtype(call)) if call.generation == 3 else spec


def _merge(call: LayerCall, mode: str, there: TensorSpec, back: TensorSpec) -> TensorSpec:
    one, other = there.shape.dims, back.shape.dims
    if one is None or other is None or len(one) != len(other) or not one:
        return there.with_shape(Shape(None))
    same = compare(one[-1], other[-1])
    if mode == "concat":
        # With two sizes Keras 3 declares twice the first and computes their sum.
        last: Dim = one[-1] + other[-1] if same or call.generation == 2 else UNKNOWN
        return there.with_shape(there.shape.replace(-1, last))
    if same is False and isinstance(one[-1], int) and isinstance(other[-1], int) and 1 not in {one[-1], other[-1]}:
        raise ShapeProblem(
            ProblemKind.MERGE,
            f'Bidirectional with merge_mode="{mode}" cannot merge {there.shape} with {back.shape}',
            label=f"{one[-1]} units forwards, {other[-1]} backwards",
            help='merge_mode="concat", or as many units in both directions',
        )
    return there if same else there.with_shape(there.shape.replace(-1, UNKNOWN))


def _check_recurrent(sublayer: Any) -> None:
    name = _name(sublayer)
    if name and name not in _RECURRENT | {"Bidirectional"} and find_layer(f"keras.layers.{name}") is not None:
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"Bidirectional wraps a recurrent layer and is given {name}",
            label=f"{name} cannot run backwards",
        )


def _check_pair(call: LayerCall, forward: Any, backward: Any) -> None:
    """The two directions must differ in ``go_backwards`` and in nothing else that shows."""
    first = _config(forward)
    if backward is None:
        # Keras 3 copies the layer with go_backwards=True; tf_keras turns the flag around.
        if call.generation == 3 and first.get("go_backwards") is True:
            raise _pair_problem("go_backwards", "a layer with go_backwards=True, and no backward_layer")
        return
    second = _config(backward)
    if _same_flag(first, second, "go_backwards") is True:
        raise _pair_problem("go_backwards", f"the same go_backwards={first['go_backwards']} twice")
    for parameter in ("stateful", "return_sequences", "return_state"):
        if _same_flag(first, second, parameter) is False:
            raise _pair_problem(parameter, f"{parameter}={first[parameter]} forwards and {second[parameter]} backwards")


def _same_flag(first: Mapping[str, Any], second: Mapping[str, Any], parameter: str) -> bool | None:
    one, other = first.get(parameter), second.get(parameter)
    return one is other if isinstance(one, bool) and isinstance(other, bool) else None


def _pair_problem(parameter: str, what: str) -> ShapeProblem:
    rule = "differ in go_backwards" if parameter == "go_backwards" else f"agree in {parameter}"
    return ShapeProblem(
        ProblemKind.VALUE,
        f"the two layers of Bidirectional must {rule}, and it is given {what}",
        label=parameter,
        help="backward_layer with go_backwards=True" if parameter == "go_backwards" else None,
    )


# Layers whose own ``__call__`` would refuse a rank: TimeDistributed in Keras 3 goes past that check, and only what
# builds a weight from the missing axis still fails.
_FAILS_ON_RANK = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", "LSTM", "GRU", "SimpleRNN"})


@layer("TimeDistributed")
def time_distributed(call: LayerCall) -> LayerResult:
    """The wrapped layer on every step: ``(batch, time, ...)`` to ``(batch, time, ...)``."""
    sublayer = call.config.get("layer")
    spec = call.inputs if isinstance(call.inputs, TensorSpec) else TensorSpec()
    dims = spec.shape.dims
    if dims is not None and len(dims) < 3:
        size = dims[-1] if dims else UNKNOWN
        raise ShapeProblem(
            ProblemKind.RANK,
            f"TimeDistributed takes at least 3 axes (batch, time, ...) and gets {spec.shape}",
            label="at least 3 axes are expected",
            help=f"add an axis: `keras.layers.Reshape(({size}, 1))`" if isinstance(size, int) else None,
            operands=(0,),
        )
    if call.call_layer is None or sublayer_class(sublayer) is None:
        return LayerResult(unknown_output(call), (Weight("kernel", Shape(None)),))
    step = spec.with_shape(Shape(None) if dims is None else Shape((dims[0], *dims[2:])))
    try:
        inner = call.call_layer(sublayer, step)
    except ShapeProblem as problem:
        lenient = call.generation == 3 and problem.problem.kind is ProblemKind.RANK
        if lenient and _name(sublayer) not in _FAILS_ON_RANK:
            return LayerResult(unknown_output(call), (Weight("kernel", Shape(None)),))
        raise
    return LayerResult(_with_time(call, dims, inner.outputs), frozen(call, inner.weights), inner.updates)


def _with_time(call: LayerCall, dims: tuple[Dim, ...] | None, outputs: Structure) -> Structure:
    if not isinstance(outputs, TensorSpec):
        return unknown_output(call)
    dtype = compute_dtype(call) if call.generation == 3 else outputs.dtype
    if dims is None or not outputs.shape.dims:
        return replace(outputs, shape=Shape(None), dtype=dtype, content=None)
    shape = Shape((outputs.shape.dims[0], dims[1], *outputs.shape.dims[1:]))
    return replace(outputs, shape=shape, dtype=dtype, content=None)
