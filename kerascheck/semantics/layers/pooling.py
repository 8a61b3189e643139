"""Pooling layers: over a moving window, over all positions, and to a fixed output size."""

from __future__ import annotations

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerFunction, LayerResult, layer
from kerascheck.semantics.layers.arguments import (
    Layout,
    certainly_less,
    channels_first,
    choice,
    demand_rank,
    flag,
    layout,
    output_dtype,
    plain,
    single_input,
    sizes,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, ceil_div, floor_div


def _kept(call: LayerCall, spec: TensorSpec, shape: Shape) -> LayerResult:
    return LayerResult(TensorSpec(shape, output_dtype(call, spec), keras_tensor=spec.keras_tensor))


def _pooling(rank: int) -> LayerFunction:
    def pooling(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        pool = sizes(call, "pool_size", rank)
        strides = pool if call.config.get("strides") is None else sizes(call, "strides", rank)
        # Keras 3 takes the padding of a KerasTensor as it is spelled; tf_keras, and TensorFlow itself, in any case.
        any_case = call.generation == 2 or not spec.keras_tensor
        padding = choice(call, "padding", {"valid", "same"}, any_case=any_case)
        parts = layout(call, spec, rank)
        spatial: tuple[Dim, ...]
        match padding:
            case "same":
                spatial = tuple(ceil_div(size, stride) for size, stride in zip(parts.spatial, strides, strict=True))
            case "valid":
                if any(certainly_less(size, window) for size, window in zip(parts.spatial, pool, strict=True)):
                    raise _pool_too_large(spec.shape, pool)
                spatial = tuple(
                    floor_div(size - window, stride) + 1
                    for size, window, stride in zip(parts.spatial, pool, strides, strict=True)
                )
            case _:
                spatial = (UNKNOWN,) * rank
        return _kept(call, spec, parts.join(spatial, parts.channels))

    return pooling


def _pool_too_large(shape: Shape, pool: tuple[Dim, ...]) -> ShapeProblem:
    return ShapeProblem(
        ProblemKind.NEGATIVE,
        f"pool size {plain(pool)} is larger than its input {shape}",
        label="nothing is left",
        help='use `padding="same"`, a smaller pool, or fewer pooling layers before it',
        operands=(0,),
    )


def _global_pooling(rank: int) -> LayerFunction:
    def global_pooling(call: LayerCall) -> LayerResult:
        spec = single_input(call, list_of_one=call.generation == 3)
        parts = layout(call, spec, rank)
        match flag(call, "keepdims"):
            case True:
                shape = parts.join((1,) * rank, parts.channels)
            case False:
                shape = Shape((*parts.leading, parts.channels))
            case _:
                shape = Shape(None)
        return _kept(call, spec, shape)

    return global_pooling


def _adaptive_pooling(rank: int) -> LayerFunction:
    def adaptive_pooling(call: LayerCall) -> LayerResult:
        # Keras takes an input of any rank here, and reads no more than the batch and the channels off it.
        spec = single_input(call)
        output = sizes(call, "output_size", rank)
        first = channels_first(call, any_case=False)
        dims = spec.shape.dims
        if dims is not None and len(dims) < 2:
            demand_rank(call, spec, rank + 2)
        batch = dims[0] if dims else UNKNOWN
        channels = dims[1 if first else -1] if dims and first is not None else UNKNOWN
        return _kept(call, spec, Layout((batch,), output, channels, first).join(output, channels))

    return adaptive_pooling


for _rank in (1, 2, 3):
    layer(*(f"{_kind}{_rank}D" for _kind in ("MaxPooling", "MaxPool", "AveragePooling", "AvgPool")))(_pooling(_rank))
    layer(*(f"Global{_kind}{_rank}D" for _kind in ("MaxPooling", "MaxPool", "AveragePooling", "AvgPool")))(
        _global_pooling(_rank)
    )
    layer(f"AdaptiveMaxPooling{_rank}D", f"AdaptiveAveragePooling{_rank}D")(_adaptive_pooling(_rank))
