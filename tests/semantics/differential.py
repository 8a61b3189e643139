"""Compares a shape function with the real Keras, layer by layer.

``assert_agrees(3, "Conv2D", {"filters": 8, "kernel_size": 3}, (None, 28, 28, 3))`` builds the layer in Keras 3, calls
it on symbolic inputs of these shapes (batch axis included, None for an unknown size), asks kerascheck for the same
call, and demands the same output shapes, dtypes and weights, or an error on both sides.

The nesting of ``shapes`` is the nesting of the inputs: a tuple (or a :class:`Tensor`, which also gives the dtype) is
one tensor, a list or dict of them several. A config value may be an :class:`Inner` (a layer given to a wrapper's
constructor), a call argument a :class:`Tensor`.

From one configuration that Keras accepts, two more things are checked, which cost no call of Keras:

* with any one fact withheld (a configuration value, a size, the rank) kerascheck raises no problem and contradicts
  nothing it said before;
* the symbolic output, with numbers put for its symbols, is what kerascheck says for an input of these numbers.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from kerascheck.problems import Problem, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, OpCall, find_layer, find_op
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, substitute
from kerascheck.shapes.dim import batch, symbol


@dataclass(frozen=True)
class Tensor:
    """A symbolic tensor to make on both sides; the first axis is the batch."""

    shape: tuple[int | None, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class Inner:
    """A layer given to another layer's constructor: ``Inner("LSTM", {"units": 8})``."""

    layer: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    generation: int = 3

    @property
    def name(self) -> str:
        return f"keras.layers.{self.layer}"

    @property
    def config(self) -> Mapping[str, Any]:
        return full_config(self.generation, self.layer, self.arguments)


@dataclass(frozen=True)
class Outcome:
    """What one side says: an error, or outputs as (shape, dtype) and weights as (name, shape, dtype, trainable)."""

    error: str | None = None
    outputs: tuple[tuple[tuple[int | None, ...] | None, str | None], ...] = ()
    weights: tuple[tuple[str, tuple[int | None, ...] | None, str | None, bool], ...] = ()


@cache
def keras_package(generation: int) -> ModuleType:
    """The installed Keras of that generation."""
    if generation == 3:
        import keras

        return keras  # type: ignore[no-any-return]
    import tf_keras

    return tf_keras  # type: ignore[no-any-return]


@cache
def _defaults(generation: int, layer: str) -> Mapping[str, Any]:
    parameters = inspect.signature(getattr(keras_package(generation).layers, layer).__init__).parameters
    return {
        name: parameter.default
        for name, parameter in parameters.items()
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
        and parameter.default is not parameter.empty
    }


def full_config(generation: int, layer: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """``config`` with the defaults of the class."""
    return {**_defaults(generation, layer), **config}


# The real side


def real_outcome(
    generation: int, layer: str, config: Mapping[str, Any], shapes: Any, dtype: str = "float32", **arguments: Any
) -> Outcome:
    """What the installed Keras does."""
    keras = keras_package(generation)
    try:
        built = getattr(keras.layers, layer)(**{name: _real_value(keras, value) for name, value in config.items()})
        given = {name: _real_value(keras, value) for name, value in arguments.items()}
        outputs = built(_real_value(keras, _tensors(shapes, dtype)), **given)
    # Keras raises whatever it likes on a wrong call: ValueError, TypeError, InvalidArgumentError, AssertionError...
    except Exception as error:
        return Outcome(error=f"{type(error).__name__}: {error}")
    flat = _flatten(outputs)
    return Outcome(
        outputs=tuple((tuple(output.shape), _dtype_name(output.dtype)) for output in flat),
        weights=tuple(
            (
                weight.name.split("/")[-1].split(":")[0],
                tuple(weight.shape),
                _dtype_name(weight.dtype),
                any(weight is trained for trained in built.trainable_weights),
            )
            for weight in built.weights
        ),
    )


def run_outcome(generation: int, layer: str, config: Mapping[str, Any], shapes: Any, dtype: str = "float32") -> Outcome:
    """What the layer does with data: zeros, of size 4 where the shape says None."""
    keras = keras_package(generation)
    try:
        output = getattr(keras.layers, layer)(**config)(_zeros(_tensors(shapes, dtype)))
    except Exception as error:
        return Outcome(error=f"{type(error).__name__}: {error}")
    return Outcome(outputs=tuple((tuple(one.shape), _dtype_name(one.dtype)) for one in _flatten(output)))


def _zeros(value: Any) -> Any:
    import tensorflow as tf

    if isinstance(value, Tensor):
        return tf.zeros([4 if size is None else size for size in value.shape], value.dtype)
    return [_zeros(item) for item in value]


def _dtype_name(dtype: Any) -> str:
    return dtype if isinstance(dtype, str) else str(dtype.name)


def _real_value(keras: ModuleType, value: Any) -> Any:
    match value:
        case Tensor():
            return keras.Input(batch_shape=value.shape, dtype=value.dtype)
        case Inner():
            given = {name: _real_value(keras, inner) for name, inner in value.arguments.items()}
            return getattr(keras.layers, value.layer)(**given)
        case list():
            return [_real_value(keras, item) for item in value]
        case tuple():
            return tuple(_real_value(keras, item) for item in value)
        case dict():
            return {name: _real_value(keras, item) for name, item in value.items()}
        case _:
            return value


def _tensors(shapes: Any, dtype: str) -> Any:
    """``shapes`` with every tuple of sizes made a :class:`Tensor`."""
    match shapes:
        case tuple() if all(size is None or isinstance(size, int) for size in shapes):
            return Tensor(shapes, dtype)
        case tuple():
            return tuple(_tensors(item, dtype) for item in shapes)
        case list():
            return [_tensors(item, dtype) for item in shapes]
        case dict():
            return {name: _tensors(item, dtype) for name, item in shapes.items()}
        case _:
            return shapes


def _flatten(structure: Any) -> list[Any]:
    match structure:
        case None:
            return []
        case list() | tuple():
            return [leaf for item in structure for leaf in _flatten(item)]
        case dict():
            return [leaf for name in sorted(structure) for leaf in _flatten(structure[name])]
        case _:
            return [structure]


# Our side


def our_result(
    generation: int, layer: str, config: Mapping[str, Any], shapes: Any, dtype: str = "float32", **arguments: Any
) -> LayerResult | Problem:
    """What kerascheck says: the result, or the problem it raised.

    ``config`` is completed with the class's defaults, so it needs the installed Keras; :func:`call` does not.
    """
    counter = itertools.count()
    return call(
        generation,
        layer,
        full_config(
            generation, layer, {name: _our_value(generation, value, counter) for name, value in config.items()}
        ),
        _our_value(generation, _tensors(shapes, dtype), counter),
        **{name: _our_value(generation, value, counter) for name, value in arguments.items()},
    )


def call(
    generation: int, layer: str, config: Mapping[str, Any], inputs: Any, **arguments: Any
) -> LayerResult | Problem:
    """One call of a shape function on TensorSpecs, without Keras."""
    function = find_layer(f"keras.layers.{layer}")
    assert function is not None, f"no shape function for {layer}"

    def call_inner(inner: Any, inner_inputs: Any) -> LayerResult:
        inner_function = find_layer(inner.name)
        assert inner_function is not None, f"no shape function for {inner.name}"
        return inner_function(LayerCall(inner.name, generation, inner.config, inner_inputs, call_layer=call_inner))

    try:
        return function(
            LayerCall(f"keras.layers.{layer}", generation, config, inputs, arguments, call_layer=call_inner)
        )
    except ShapeProblem as problem:
        return problem.problem


def _our_value(generation: int, value: Any, counter: Iterator[int]) -> Any:
    match value:
        case list() if len({item.shape[:1] for item in value if isinstance(item, Tensor)}) > 1:
            # Different batch sizes in one call cannot all be the batch B.
            return [_our_value(generation, item, counter).with_shape(_plain_batch(item, counter)) for item in value]
        case Tensor():
            return TensorSpec(Shape(_dims(value.shape, next(counter))), value.dtype, keras_tensor=True)
        case Inner():
            return Inner(value.layer, value.arguments, generation)
        case list():
            return [_our_value(generation, item, counter) for item in value]
        case tuple():
            return tuple(_our_value(generation, item, counter) for item in value)
        case dict():
            return {name: _our_value(generation, item, counter) for name, item in value.items()}
        case _:
            return value


def _dims(shape: tuple[int | None, ...], number: int) -> tuple[Dim, ...]:
    """Sizes as the front end makes them of an Input: the batch is B, every other None a symbol of its own."""
    return tuple(
        batch(size) if axis == 0 else size if size is not None else symbol(f"S{number}_{axis}")
        for axis, size in enumerate(shape)
    )


def _plain_batch(tensor: Tensor, counter: Iterator[int]) -> Shape:
    dims = _dims(tensor.shape, next(counter))
    return Shape((*tensor.shape[:1], *dims[1:])) if tensor.shape and tensor.shape[0] is not None else Shape(dims)


def outcome_of(result: LayerResult | Problem) -> Outcome:
    """Our result in the form of the real one."""
    if isinstance(result, Problem):
        return Outcome(error=f"{result.kind}: {result.message}")
    return Outcome(
        outputs=tuple((_public(spec.shape), spec.dtype) for spec in _flatten(result.outputs)),
        weights=tuple(
            (weight.name, _public(weight.shape), weight.dtype, weight.trainable) for weight in result.weights
        ),
    )


def _public(shape: Shape) -> tuple[int | None, ...] | None:
    public = shape.public()
    return None if public is None else tuple(public)


# The comparison


def assert_agrees(
    generation: int,
    layer: str,
    config: Mapping[str, Any],
    shapes: Any,
    *,
    dtype: str = "float32",
    may_miss: bool = False,
    check_dtype: bool = True,
    check_names: bool = True,
    withhold: bool = True,
    fails_when_run: bool = False,
    on_data: bool = False,
    **arguments: Any,
) -> Outcome:
    """Demand that kerascheck says of this call what Keras of that generation does; give what Keras did.

    Args:
        generation: 2 for tf_keras, 3 for Keras 3.
        layer: the class's name in ``keras.layers``.
        config: the constructor's arguments.
        shapes: the inputs' shapes (see the module's docstring).
        dtype: the inputs' dtype.
        may_miss: accept that kerascheck does not see an error of Keras.
        check_dtype: compare the outputs' dtypes too.
        check_names: compare the weights' names too.
        withhold: also check that kerascheck stays right with less knowledge.
        fails_when_run: Keras accepts the call on symbolic inputs and raises on data; kerascheck has to raise.
        on_data: where kerascheck raises and Keras accepts the call on symbolic inputs, Keras has to raise on data.
        arguments: the other arguments of the call.
    """
    real = real_outcome(generation, layer, config, shapes, dtype, **arguments)
    result = our_result(generation, layer, config, shapes, dtype, **arguments)
    ours = outcome_of(result)
    what = f"{layer}({config}) of {shapes} ({dtype}, Keras {generation}) {arguments or ''}"
    if real.error is not None:
        assert ours.error is not None or may_miss, f"{what}\n Keras: {real.error}\n we say: {ours.outputs}"
        return real
    if fails_when_run or (on_data and ours.error is not None):
        assert ours.error is not None, f"{what}\n we say: {ours.outputs}"
        ran = run_outcome(generation, layer, config, shapes, dtype)
        assert ran.error is not None, f"{what}\n Keras computes {ran.outputs}\n we say: {ours.error}"
        return ran
    assert ours.error is None, f"{what}\n Keras: {real.outputs}\n we say: {ours.error}"
    assert [shape for shape, _ in ours.outputs] == [shape for shape, _ in real.outputs], what
    if check_dtype:
        assert [kind for _, kind in ours.outputs] == [kind for _, kind in real.outputs], what
    first = 0 if check_names else 1
    assert [weight[first:] for weight in ours.weights] == [weight[first:] for weight in real.weights], what
    if withhold:
        case = _Case(generation, layer, config, shapes, dtype, arguments, what)
        _assert_right_with_less_knowledge(case)
        _assert_symbols_mean_numbers(case)
    return real


@dataclass(frozen=True)
class _Case:
    """A call that both sides accept."""

    generation: int
    layer: str
    config: Mapping[str, Any]
    shapes: Any
    dtype: str
    arguments: Mapping[str, Any]
    what: str

    def ours(self) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """Configuration, inputs and call arguments on our side."""
        counter = itertools.count()
        config = {name: _our_value(self.generation, value, counter) for name, value in self.config.items()}
        inputs = _our_value(self.generation, _tensors(self.shapes, self.dtype), counter)
        arguments = {name: _our_value(self.generation, value, counter) for name, value in self.arguments.items()}
        return full_config(self.generation, self.layer, config), inputs, arguments


def _assert_right_with_less_knowledge(case: _Case) -> None:
    known, inputs, given = case.ours()
    full = call(case.generation, case.layer, known, inputs, **given)
    assert isinstance(full, LayerResult)
    for withheld, less_config, less_inputs in _with_less_knowledge(known, inputs):
        less = call(case.generation, case.layer, less_config, less_inputs, **given)
        note = f"{case.what} without {withheld}"
        assert isinstance(less, LayerResult), f"{note}: {less}"
        before, after = _flatten(full.outputs), _flatten(less.outputs)
        # With an unknown switch (return_sequences, return_state) even the number of outputs may be unknown.
        for one, other in zip(before, after, strict=False):
            _assert_no_contradiction(one.shape, other.shape, note)
        if len(less.weights) == len(full.weights):
            for weight, less_weight in zip(full.weights, less.weights, strict=True):
                _assert_no_contradiction(weight.shape, less_weight.shape, note)


def _with_less_knowledge(config: Mapping[str, Any], inputs: Any) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for name in config:
        yield name, {**config, name: UNKNOWN}, inputs
    yield "rank", dict(config), _map(inputs, lambda spec: spec.with_shape(Shape(None)))
    yield "sizes", dict(config), _map(inputs, lambda spec: spec.with_shape(Shape((UNKNOWN,) * len(spec.shape.dims))))
    ranks = {spec.shape.rank or 0 for spec in _flatten(inputs)}
    for axis in range(max(ranks, default=0)):
        yield f"axis {axis}", dict(config), _map(inputs, lambda spec, axis=axis: _without_axis(spec, axis))


def _without_axis(spec: TensorSpec, axis: int) -> TensorSpec:
    return spec.with_shape(spec.shape.replace(axis, UNKNOWN)) if axis < (spec.shape.rank or 0) else spec


def _map(inputs: Any, function: Callable[..., TensorSpec]) -> Any:
    match inputs:
        case TensorSpec():
            return function(inputs)
        case list():
            return [_map(item, function) for item in inputs]
        case tuple():
            return tuple(_map(item, function) for item in inputs)
        case dict():
            return {name: _map(item, function) for name, item in inputs.items()}
        case _:
            return inputs


def _assert_no_contradiction(truth: Shape, claim: Shape, note: str) -> None:
    if truth.dims is None or claim.dims is None:
        return
    assert len(truth.dims) == len(claim.dims), f"{note}: {truth} became {claim}"
    for known, less in zip(truth.dims, claim.dims, strict=True):
        known_int, less_int = as_int(known), as_int(less)
        if known_int is not None and less_int is not None:
            assert known_int == less_int, f"{note}: {truth} became {claim}"


def _assert_symbols_mean_numbers(case: _Case) -> None:
    known, inputs, given = case.ours()
    if given:
        return
    symbolic = call(case.generation, case.layer, known, inputs)
    assert isinstance(symbolic, LayerResult)
    names = sorted({found.name for spec in _flatten(inputs) for dim in spec.shape for found in _symbols(dim)})
    for start in (1, 6, 17):
        sizes: dict[str, Dim] = {name: start + 5 * index for index, name in enumerate(names)}
        numeric = call(case.generation, case.layer, known, _map(inputs, lambda spec, sizes=sizes: _put(spec, sizes)))
        if isinstance(numeric, Problem):
            continue
        for one, other in zip(_flatten(symbolic.outputs), _flatten(numeric.outputs), strict=True):
            _assert_no_contradiction(_put(one, sizes).shape, other.shape, f"{case.what} at {sizes}")


def _symbols(dim: Dim) -> frozenset[Any]:
    from kerascheck.shapes.dim import symbols_of

    return symbols_of(dim)


def _put(spec: TensorSpec, sizes: Mapping[str, Dim]) -> TensorSpec:
    if spec.shape.dims is None:
        return spec
    return spec.with_shape(Shape(tuple(substitute(dim, sizes) for dim in spec.shape.dims)))


def assert_function_agrees(
    generation: int, name: str, shapes: Any, *, dtype: str = "float32", parameter: str = "inputs", **arguments: Any
) -> Outcome:
    """The same for a function of ``keras.layers`` such as ``keras.layers.concatenate``."""
    keras = keras_package(generation)
    function = getattr(keras.layers, name.removeprefix("keras.layers."))
    tensors = _tensors(shapes, dtype)
    what = f"{name}({shapes}, {arguments})"
    info = find_op(name)
    assert info is not None, f"no shape rule for {name}"
    try:
        specs = _our_value(generation, tensors, itertools.count())
        given = {**_function_defaults(generation, name), parameter: specs, **arguments}
        ours = outcome_of(LayerResult(info.function(OpCall(name, generation, given))))
    except ShapeProblem as problem:
        ours = outcome_of(problem.problem)
    try:
        output = function(_real_value(keras, tensors), **arguments)
    except Exception as error:
        assert ours.error is not None, f"{what}\n Keras: {error}\n we say: {ours.outputs}"
        return Outcome(error=str(error))
    real = Outcome(outputs=tuple((tuple(one.shape), _dtype_name(one.dtype)) for one in _flatten(output)))
    assert ours == real, what
    return real


def _function_defaults(generation: int, name: str) -> dict[str, Any]:
    function = getattr(keras_package(generation).layers, name.removeprefix("keras.layers."))
    parameters = inspect.signature(function).parameters
    return {key: parameter.default for key, parameter in parameters.items() if parameter.default is not parameter.empty}
