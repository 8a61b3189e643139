"""Shape functions of the recurrent layers and their cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import LayerCall, LayerResult, Structure, layer
from kerascheck.semantics.layers.arguments import (
    demand_rank,
    flag,
    short_name,
    single_input,
    tensors,
    weight,
)
from kerascheck.semantics.layers.weights import (
    defined,
    derived,
    frozen,
    optional,
    sublayer_class,
    undefined,
    units,
    unknown_output,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, compare

GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
"""How many kernels each cell has side by side."""


@immutable()
class Cell:
    """What an RNN needs of its cell.

    Attributes:
        output: the number of its output features.
        states: the sizes of its states, in the nesting in which the RNN returns them.
        weights: its weights.
    """

    output: Dim
    states: tuple[Any, ...]
    weights: tuple[Weight, ...]


def _simple_cell(call: LayerCall, kind: str, features: Dim) -> Cell:
    """An LSTM, GRU or SimpleRNN cell on that many features."""
    size = units(call)
    gates = GATES[kind]
    reset_after = flag(call, "reset_after") if kind == "GRU" else False
    match reset_after:
        case True:
            bias = weight(call, "bias", 2, gates * size)
        case False:
            bias = weight(call, "bias", gates * size)
        case None:
            bias = replace(weight(call, "bias"), shape=Shape(None))
    weights = (
        weight(call, "kernel", features, gates * size),
        weight(call, "recurrent_kernel", size, gates * size),
        *optional(flag(call, "use_bias"), bias),
    )
    return Cell(size, (size, size) if kind == "LSTM" else (size,), weights)


def _cell(call: LayerCall, cell: Any, features: Dim) -> Cell | None:
    """The cell an RNN was given: a known one, a stack, or a list of cells; None for the user's own."""
    if isinstance(cell, list | tuple):
        return _stack(call, cell, features)
    name = sublayer_class(cell)
    if name is None:
        return None
    short = name.removeprefix("keras.layers.")
    if short == "StackedRNNCells":
        return _stack(call, cell.config.get("cells"), features)
    kind = short.removesuffix("Cell")
    if name != f"keras.layers.{kind}Cell" or kind not in GATES:
        return None
    return _simple_cell(LayerCall(name, call.generation, cell.config, None), kind, features)


def _stack(call: LayerCall, cells: Any, features: Dim) -> Cell | None:
    """Cells on top of one another: the output of each is the input of the next."""
    if not isinstance(cells, list | tuple) or not cells:
        return None
    weights: list[Weight] = []
    states: list[Any] = []
    for one in cells:
        found = _cell(call, one, features)
        if found is None:
            return None
        weights.extend(found.weights)
        states.append(found.states[0] if len(found.states) == 1 else list(found.states))
        features = found.output
    return Cell(features, tuple(states), tuple(weights))


# Layers


@layer("LSTM", "GRU", "SimpleRNN")
def recurrent(call: LayerCall) -> LayerResult:
    """``(batch, time, features)`` to ``(batch, units)``, or ``(batch, time, units)`` with ``return_sequences``.

    ``return_state`` adds the last states: two for an LSTM, one for the others.
    """
    spec = _sequence(call)
    units(call)
    dims = demand_sequence(call, spec)
    features = UNKNOWN if spec.shape.dims is None else defined(call, spec, 2)
    return _unrolled(call, spec, dims, _simple_cell(call, short_name(call), features))


@layer("RNN")
def rnn(call: LayerCall) -> LayerResult:
    """The same for any cell or stack of cells; nothing is known of a cell of the user's own."""
    spec = _sequence(call)
    rank = spec.shape.rank
    cell_given = call.config.get("cell")
    known = _cell(call, cell_given, UNKNOWN)
    _check_is_cell(cell_given)
    if known is None:
        return LayerResult(unknown_output(call), (Weight("kernel", Shape(None)),))
    if rank is not None and (rank < 3 or (rank > 3 and call.generation == 2)):
        demand_sequence(call, spec)
    if rank != 3 or spec.shape.dims is None:
        return LayerResult(unknown_output(call), _of_unknown_size(known.weights))
    found = _cell(call, cell_given, defined(call, spec, 2))
    return _unrolled(call, spec, spec.shape.dims, found or known)


def _of_unknown_size(weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    return tuple(replace(one, shape=Shape(None)) if one.name == "kernel" else one for one in weights)


_NOT_CELLS = frozenset({"Dense", "LSTM", "GRU", "SimpleRNN", "Conv1D", "Embedding", "Dropout", "BatchNormalization"})


def _check_is_cell(cell: Any) -> None:
    name = sublayer_class(cell) or ""
    short = name.removeprefix("keras.layers.")
    if short in _NOT_CELLS and name == f"keras.layers.{short}":
        cell_name = f"{short}Cell" if short in GATES else None
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"RNN takes a cell and is given the layer {short}",
            label="not a cell",
            help=f"keras.layers.{cell_name}(...)" if cell_name else None,
        )


def demand_sequence(call: LayerCall, spec: TensorSpec) -> tuple[Dim, ...]:
    """The sizes (batch, time, features).

    Raises:
        ShapeProblem: the input has another rank.
    """
    dims = spec.shape.dims
    if dims is None or len(dims) == 3:
        return dims or (UNKNOWN,) * 3
    size = dims[-1] if dims else UNKNOWN
    add_time = f"add a time axis: `keras.layers.Reshape((1, {size}))`" if isinstance(size, int) else None
    merge = f"keep one axis of time: `keras.layers.Reshape((-1, {size}))`" if isinstance(size, int) else None
    raise ShapeProblem(
        ProblemKind.RANK,
        f"{short_name(call)} takes 3 axes (batch, time, features) and gets {spec.shape}",
        label=f"3 axes are expected, {len(dims)} given",
        help=add_time if len(dims) == 2 else merge if len(dims) > 3 else None,
        operands=(0,),
    )


def _sequence(call: LayerCall) -> TensorSpec:
    """The sequence; in tf_keras the initial states may stand after it in one list."""
    if call.generation == 2 and isinstance(call.inputs, list | tuple) and call.inputs:
        first = call.inputs[0]
        return first if isinstance(first, TensorSpec) else TensorSpec()
    return single_input(call)


def _initial_states(call: LayerCall) -> tuple[TensorSpec, ...]:
    given = call.arguments.get("initial_state")
    if isinstance(given, TensorSpec):
        return (given,)
    if isinstance(given, list | tuple):
        return tuple(tensors(given)) if all(isinstance(one, TensorSpec) for one in given) else ()
    if call.generation == 2 and isinstance(call.inputs, list | tuple):
        return tuple(tensors(call.inputs[1:]))
    return ()


def _unrolled(call: LayerCall, spec: TensorSpec, dims: tuple[Dim, ...], cell: Cell) -> LayerResult:
    """The outputs of a cell run along the time axis."""
    time_major = flag(call, "time_major") if "time_major" in call.config else False
    batch, time = (UNKNOWN, UNKNOWN) if time_major is None else (dims[1], dims[0]) if time_major else dims[:2]
    _check_states(call, cell)
    _check_stateful(call, spec, batch)
    if call.generation == 2 and flag(call, "unroll") and undefined(time) and spec.keras_tensor:
        raise ShapeProblem(
            ProblemKind.UNDEFINED,
            f"{short_name(call)} with unroll=True needs a fixed number of steps and gets {spec.shape}",
            label="the time axis is None",
            help="fix the number of steps in the Input's shape, or leave out unroll",
            operands=(0,),
        )
    sequences = flag(call, "return_sequences")
    weights = frozen(call, cell.weights)
    if time_major is None or sequences is None:
        output = unknown_output(call)
    else:
        steps = (time, batch) if time_major else (batch, time)
        output = derived(call, spec, Shape((*(steps if sequences else (batch,)), cell.output)))
    updates = sum(_count(state) for state in cell.states) if flag(call, "stateful") else 0
    match flag(call, "return_state"):
        case None:
            return LayerResult(unknown_output(call), weights, updates)
        case False:
            return LayerResult(output, weights, updates)
    states = [_state(call, spec, batch, state) for state in cell.states]
    return LayerResult(_several(call, [output, *states]), weights, updates)


def _several(call: LayerCall, outputs: list[Structure]) -> Structure:
    """Several outputs: a tuple in Keras 3, a list in tf_keras."""
    return tuple(outputs) if call.generation == 3 else outputs


def _state(call: LayerCall, spec: TensorSpec, batch: Dim, size: Any) -> Structure:
    if isinstance(size, list):
        return [_state(call, spec, batch, one) for one in size]
    return derived(call, spec, Shape.of(batch, size))


def _count(state: Any) -> int:
    return len(state) if isinstance(state, list) else 1


def _check_states(call: LayerCall, cell: Cell) -> None:
    """Initial states must be as many and as large as the cell's; Keras 3 finds out when the model runs."""
    given = _initial_states(call)
    if not given or any(isinstance(size, list) for size in cell.states):
        return
    name = short_name(call)
    if len(given) != len(cell.states):
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"{name} has {_states(len(cell.states))} and gets {len(given)} as initial_state",
            label=f"{_states(len(cell.states))} expected",
        )
    for spec, size in zip(given, cell.states, strict=True):
        if spec.shape.dims and compare(spec.shape.dims[-1], size) is False:
            raise ShapeProblem(
                ProblemKind.SIZE,
                f"{name} with {size} units takes initial states of {size} features and gets {spec.shape}",
                label=f"the last axis must be {size}",
            )


def _states(count: int) -> str:
    return "1 state" if count == 1 else f"{count} states"


def _check_stateful(call: LayerCall, spec: TensorSpec, batch: Dim) -> None:
    if flag(call, "stateful") and undefined(batch) and spec.keras_tensor:
        raise ShapeProblem(
            ProblemKind.UNDEFINED,
            f"{short_name(call)} with stateful=True needs a fixed batch size and gets {spec.shape}",
            label="the batch axis is None",
            help="give the Input a batch_size",
            operands=(0,),
        )


# Cells called by hand


@layer("LSTMCell", "GRUCell", "SimpleRNNCell")
def cell(call: LayerCall) -> LayerResult:
    """``(batch, features)`` and the states to the output and the new states."""
    spec = single_input(call)
    dims = demand_rank(call, spec, 2, ("batch", "features"))
    features = UNKNOWN if spec.shape.dims is None else defined(call, spec, 1)
    found = _simple_cell(call, short_name(call).removesuffix("Cell"), features)
    output = derived(call, spec, Shape.of(dims[0], found.output))
    states: Structure = [output] * len(found.states)
    # A cell of one state gives it back bare if it came bare.
    if len(found.states) == 1 and isinstance(call.arguments.get("states"), TensorSpec):
        states = output
    return LayerResult((output, states), found.weights)


@layer("StackedRNNCells")
def stacked_cells(call: LayerCall) -> LayerResult:
    """Cells on top of one another."""
    spec = single_input(call)
    dims = demand_rank(call, spec, 2, ("batch", "features"))
    features = UNKNOWN if spec.shape.dims is None else defined(call, spec, 1)
    found = _stack(call, call.config.get("cells"), features)
    if found is None:
        return LayerResult(unknown_output(call), (Weight("kernel", Shape(None)),))
    states = [_state(call, spec, dims[0], state) for state in found.states]
    output = derived(call, spec, Shape.of(dims[0], found.output))
    return LayerResult((output, states if call.generation == 3 else tuple(states)), frozen(call, found.weights))
