"""At least one call of every function that has a rule."""

# ruff: noqa: PLR0915 - the functions here are tables of calls, one line a call.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.semantics.ops_differential import Sample, V, each, ids, loose, mask, sample, t
from tests.semantics.ops_samples_domains import DOMAINS

MATH = "tf.math tf.compat.v1.math"


def random_numbers(shape: Any, dtype: Any) -> Any:
    import tensorflow as tf

    return tf.random.uniform(shape, dtype=dtype)


def elementwise() -> Iterator[Sample]:
    x, y, b = t(2, 3, 5), t(3, 1), mask(2, 3)
    whole = t(2, 3, dtype="int32")
    yield from each(
        "keras.ops",
        """abs absolute negative square sign stop_gradient relu relu6 round copy conj conjugate nan_to_num real
        reciprocal arccos arccosh arcsin arcsinh arctan arctanh cbrt cos cosh deg2rad erf erfc erfinv exp exp2 expm1
        log log10 log1p log2 rad2deg rsqrt sin sinc sinh sqrt tan tanh angle ceil celu elu fabs floor gelu hard_sigmoid
        hard_silu hard_swish hard_tanh i0 imag leaky_relu log_sigmoid selu sigmoid silu softplus softsign sparse_plus
        sparse_sigmoid squareplus swish tanh_shrink trunc hard_shrink soft_shrink isfinite isinf isnan isneginf isposinf
        isreal signbit""",
        x,
    )
    yield from each("keras.ops", "abs negative square sign exp sqrt log tanh relu isnan round", whole)
    yield from each("keras.ops", "bitwise_invert bitwise_not", whole)
    yield from each("keras.ops", "logical_not", b)
    yield from each("keras.ops", "abs exp sqrt log", t(2, 3, dtype="int64"))
    yield from each("keras.ops", "abs exp sqrt", t(2, 3, dtype="float16"))
    yield sample("keras.ops.threshold", x, 0.5, 0.0)
    yield from each(
        "keras.activations",
        """celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
        log_sigmoid mish relu relu6 selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid
        squareplus swish tanh tanh_shrink""",
        x,
    )
    yield sample("keras.activations.threshold", x, 0.5, 0.0)
    yield from each(
        "keras.backend",
        "abs cos elu exp hard_sigmoid log relu sigmoid sign sin softplus softsign sqrt square tanh round stop_gradient",
        x,
    )
    yield from each("keras.backend", "print_tensor", x)
    yield sample("keras.backend.clip", x, 0.0, 1.0)
    yield sample("keras.backend.pow", x, 2.0)
    yield sample("keras.backend.dropout", x, 0.5)
    yield from each(
        MATH,
        """abs acos acosh asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil conj cos cosh
        digamma erf erfc erfcinv erfinv exp expm1 floor lgamma log log1p log_sigmoid ndtri negative reciprocal
        reciprocal_no_nan rint round rsqrt sigmoid sign sin sinh softplus sqrt square tan tanh angle imag real
        is_finite is_inf is_nan""",
        x,
    )
    yield from each(MATH, "logical_not", b)
    yield from each(
        "tf.math.special tf.compat.v1.math.special",
        """bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e bessel_y0 bessel_y1 dawsn expint
        fresnel_cos fresnel_sin spence""",
        x,
    )
    yield from each("tf.nn", "elu gelu leaky_relu relu relu6 selu silu softsign", x)
    yield from each("tf", "guarantee_const identity stop_gradient", x)
    yield sample("tf.compat.v1.Print", x, [x])
    yield sample("tf.compat.v1.nn.dropout", x, rate=0.5)
    yield sample("tf.nn.dropout", x, 0.5)
    yield sample("keras.random.dropout", x, 0.5, seed=1)
    yield sample("tf.nn.experimental.stateless_dropout", x, 0.5, [1, 2])
    yield sample("tf.nn.experimental.general_dropout", x, 0.5, random_numbers)
    yield sample("tf.quantization.fake_quant_with_min_max_args", x)
    yield sample("tf.quantization.fake_quant_with_min_max_vars", x, 0.0, 1.0)
    yield sample("tf.quantization.fake_quant_with_min_max_vars_per_channel", x, t(5), t(5, fill=2))
    yield sample("tf.quantization.quantize_and_dequantize_v2", x, 0.0, 1.0)
    yield sample("keras.ops.convert_to_numpy", x)
    yield sample("tf.bitwise.invert", whole)
    yield from each("tf.linalg", "expm sqrtm", t(2, 3, 3))
    yield sample("tf.nn.local_response_normalization", t(2, 3, 5, 7))
    yield from each(
        "keras.ops",
        """add subtract multiply maximum minimum mod floor_divide power fmax fmin fmod heaviside divide_no_nan divide
        true_divide arctan2 hypot logaddexp logaddexp2 nextafter equal not_equal greater greater_equal less less_equal
        isclose""",
        x,
        y,
    )
    yield from each("keras.ops", "add multiply subtract maximum power mod", whole, t(3, dtype="float32"))
    yield from each("keras.ops", "add multiply divide true_divide maximum", whole, t(3, dtype="int64"))
    yield from each("keras.ops", "add multiply maximum", mask(3), whole)
    yield from each("keras.ops", "add multiply divide", whole, 2)
    yield from each("keras.ops", "add multiply divide", whole, 2.5)
    yield from each("keras.ops", "add multiply", t(2, 3, dtype="float16"), 2.5)
    yield from each("keras.ops", "add multiply", t(2, 3, dtype="float16"), t(3, dtype="bfloat16"))
    yield from each("keras.ops", "gcd lcm", whole, t(3, dtype="int32"))
    yield sample("keras.ops.ldexp", x, t(3, 1, dtype="int32"))
    yield from each("keras.ops", "logical_and logical_or logical_xor", b, mask(3))
    yield from each(
        "keras.ops",
        "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift",
        whole,
        t(3, dtype="int32"),
    )
    yield from each(
        MATH,
        """add subtract multiply maximum minimum floordiv floormod multiply_no_nan divide_no_nan pow squared_difference
        xdivy xlog1py xlogy divide truediv atan2 nextafter igamma igammac polygamma zeta equal not_equal greater
        greater_equal less less_equal""",
        x,
        y,
    )
    yield from each(MATH, "logical_and logical_or logical_xor", b, mask(3))
    yield from each(MATH, "add multiply", x, 2)
    yield from each(MATH, "divide truediv floordiv", whole, t(3, dtype="int32"))
    yield from each("tf.bitwise", "bitwise_and bitwise_or bitwise_xor left_shift right_shift", whole, whole)
    yield sample("tf.realdiv", x, y)
    yield from each("tf", "truncatediv truncatemod", whole, whole)
    yield sample("tf.dtypes.complex", x, y)
    yield from each(MATH, "scalar_mul", 2.0, x)
    yield from each("tf.compat.v1", "scalar_mul", 2.0, x)
    yield from each("tf.compat.v1.nn", "leaky_relu relu6 silu", x)
    yield from each("tf.compat.v1", "div floor_div", x, y)
    yield from each("keras.backend", "maximum minimum equal not_equal greater greater_equal less less_equal", x, y)
    yield sample("tf.clip_by_value", x, 0.0, t(3, 1))
    yield sample("keras.ops.clip", x, 0.0, 1.0)
    yield sample("keras.ops.clip", whole, 0, 1)
    yield sample("tf.math.betainc", x, x, x)
    yield sample("tf.nn.batch_normalization", x, t(5), t(5), None, t(5), 0.001)
    yield from each("tf.math", "add_n accumulate_n", [x, x])
    yield from each("keras.ops", "cast saturate_cast", x, "int32")
    yield sample("keras.backend.cast", x, "int32")
    yield sample("tf.cast", x, "int32")
    yield sample("tf.dtypes.saturate_cast", x, "uint8")
    yield loose("tf.bitcast", x, "int32")
    yield loose("keras.ops.view", x, "int32")
    for name in ("bfloat16", "complex128", "complex64", "double", "float", "int32", "int64"):
        yield sample(f"tf.compat.v1.to_{name}", x)
    yield sample("keras.backend.cast_to_floatx", x)
    yield from each("keras.ops", "convert_to_tensor array", x)
    yield sample("tf.convert_to_tensor", [x, x])
    yield sample("tf.compat.v1.convert_to_tensor", x)
    yield from each("keras.ops", "zeros_like ones_like empty_like", x)
    yield sample("keras.ops.full_like", x, 2, dtype="int32")
    yield from each("tf", "zeros_like ones_like", whole)
    yield from each("tf.compat.v1", "zeros_like ones_like", whole)
    yield from each("keras.backend", "zeros_like ones_like", x)


def reductions() -> Iterator[Sample]:
    x, whole = t(2, 3, 5), t(2, 3, dtype="int32")
    names = """amax amin max min nanmax nanmin ptp nansum nanprod sum prod mean std var median nanmean nanmedian nanstd
    nanvar logsumexp all any argmax argmin nanargmax nanargmin average"""
    for options in ({}, {"axis": 1}, {"axis": -1}):
        yield from each("keras.ops", names, x, **options)
    yield from each("keras.ops", "norm", t(2, 3))
    yield from each("keras.ops", "sum mean max argmax norm std logsumexp all", x, axis=1, keepdims=True)
    yield from each("keras.ops", "sum mean max min std var prod any", x, axis=(0, 2))
    yield from each("keras.ops", "sum mean max std argmax norm any", whole, axis=0)
    yield from each("keras.ops", "sum mean max argmax", x, axis=None, keepdims=True)
    yield sample("keras.ops.average", x, axis=1, weights=t(3))
    yield from each("keras.ops", "count_nonzero", x, axis=1)
    yield sample("keras.ops.moments", x, [0, 1])
    yield sample("keras.ops.moments", x, (1,), keepdims=True)
    yield from each("keras.ops", "quantile nanquantile", x, t(2, fill=0.5), axis=1)
    yield from each("keras.ops", "percentile nanpercentile", x, 50.0, axis=1)
    yield sample("keras.ops.trapezoid", x, axis=1)
    yield sample("keras.ops.trace", t(2, 3, 3), axis1=1, axis2=2)
    tf_names = """reduce_sum reduce_prod reduce_max reduce_min reduce_mean reduce_std reduce_variance reduce_logsumexp
    reduce_euclidean_norm"""
    for options in ({}, {"axis": 1}, {"axis": [0, -1]}, {"axis": 1, "keepdims": True}, {"axis": []}):
        yield from each("tf.math tf.compat.v1.math", tf_names, x, **options)
    yield from each("tf.math", "reduce_sum reduce_mean reduce_max", whole, axis=V(0))
    yield from each("tf.math", "reduce_all reduce_any", mask(2, 3), axis=1)
    v1 = "reduce_sum reduce_prod reduce_max reduce_min reduce_mean reduce_logsumexp"
    yield from each("tf.compat.v1.math tf.compat.v1", v1, x, reduction_indices=1, keep_dims=True)
    yield from each("tf.compat.v1.math tf.compat.v1", v1, x, 1)
    yield from each("tf.compat.v1.math tf.compat.v1", "reduce_all reduce_any", mask(2, 3), axis=1)
    yield from each("tf.math", "count_nonzero", x, axis=1, keepdims=True)
    yield from each("tf.math", "argmax argmin", x)
    yield from each("tf.math", "argmax argmin", x, axis=-1, output_type="int32")
    yield from each("tf.compat.v1.math", "argmax argmin", x, dimension=1)
    for name in ("tf.norm", "tf.compat.v1.norm"):
        yield sample(name, x)
        yield sample(name, x, axis=1, keepdims=True)
        yield sample(name, x, ord="fro", axis=[-2, -1])
    yield sample("tf.math.zero_fraction", x)
    yield sample("tf.nn.l2_loss", x)
    yield sample("tf.math.lbeta", x)
    yield sample("tf.nn.moments", x, [0, 1], keepdims=True)
    yield sample("tf.compat.v1.nn.moments", x, [0, 1], keep_dims=True)
    yield sample("tf.nn.moments", x, [1])
    yield from each("tf.nn", "weighted_moments", x, [0, 1], t(2, 3, 5))
    yield sample("tf.compat.v1.nn.weighted_moments", x, [0, 1], t(5), keep_dims=True)
    yield sample("tf.linalg.global_norm", [x, whole and t(3)])
    yield from each("tf.linalg tf.compat.v1.linalg", "trace", t(2, 3, 3))
    for options in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}):
        yield from each("keras.backend", "sum prod max min mean std var", x, **options)
        yield from each("keras.backend", "all any", mask(2, 3), **options)
    yield from each("keras.backend", "argmax argmin", x)
    yield from each("keras.backend", "argmax argmin", x, axis=1)
    yield from each("keras.backend", "mean sum", whole, axis=1)


def along_axis() -> Iterator[Sample]:
    x, whole = t(2, 3, 6), t(2, 3, dtype="int32")
    for options in ({}, {"axis": 1}):
        yield from each(
            "keras.ops", "softmax log_softmax sparsemax sort argsort normalize cumsum cumprod", x, **options
        )
        yield from each("keras.ops", "nancumsum nancumprod flip", x, **options)
        yield from each("keras.activations", "softmax log_softmax sparsemax", x, **options)
        yield from each("keras.backend", "softmax cumsum cumprod l2_normalize", x, **options)
        yield from each("tf.nn", "softmax log_softmax", x, **options)
        yield from each("tf.math", "cumsum cumprod cumulative_logsumexp l2_normalize", x, **options)
        yield from each("tf", "sort argsort", x, **options)
    yield from each("keras.ops", "cumsum sort", whole, axis=0)
    yield from each("keras.ops", "softmax log_softmax", x, axis=None)
    yield from each("keras.ops", "sort argsort", x, axis=None)
    yield from each("keras.ops", "softmax", x, axis=(1, 2))
    yield from each("keras.ops", "roll", x, 1)
    yield from each("keras.ops", "roll", x, 1, axis=1)
    yield from each("keras.ops", "fliplr flipud", x)
    yield from each("keras.ops", "rms_normalization layer_normalization", x)
    yield sample("keras.random.shuffle", x, axis=1, seed=1)
    yield sample("keras.backend.reverse", x, [1])
    yield from each("tf.compat.v1.nn", "softmax log_softmax", x, dim=1)
    yield sample("tf.reverse", x, [1])
    yield sample("tf.roll", x, 1, 1)
    yield sample("tf.random.shuffle", x)
    yield sample("tf.random.experimental.stateless_shuffle", x, V([1, 2]))
    yield sample("tf.clip_by_norm", x, 1.0, axes=[1])
    yield sample("tf.compat.v1.clip_by_average_norm", x, 1.0)
    yield sample("tf.reverse_sequence", x, ids(2), seq_axis=1)
    yield sample("keras.ops.top_k", x, 2)
    yield sample("tf.math.top_k", x, 2)
    yield sample("tf.math.top_k", x)
    yield from each("keras.ops", "glu", x)
    yield from each("keras.activations", "glu", x, axis=0)
    yield sample("tf.nn.crelu", x)
    yield sample("tf.compat.v1.nn.crelu", x, axis=1)
    yield sample("tf.linalg.normalize", x, axis=1)
    yield sample("tf.linalg.normalize", x)
    yield sample("keras.ops.diff", x, 2, axis=1)
    yield sample("keras.ops.argpartition", t(2, 3, 4), 1, axis=0)
    yield sample("keras.ops.argpartition", t(2, 3, 4), 1, axis=None)


def reshaping() -> Iterator[Sample]:
    x = t(2, 3, 5, 7)
    for target in ((6, 35), (-1, 7), (2, -1, 7), [30, 7], (5, 2, -1, 7)):
        yield sample("keras.ops.reshape", x, target)
        yield sample("tf.reshape", x, target)
        yield sample("keras.backend.reshape", x, target)
    yield from each("tf tf.compat.v1.manip", "reshape", x, V([-1, 15]))
    yield sample("tf.reshape", t(1, 1), [])
    yield sample("tf.ensure_shape", x, [2, None, 5, 7])
    yield from each("keras.ops", "ravel transpose", x)
    yield from each("keras.backend", "flatten batch_flatten transpose", x)
    yield sample("keras.ops.transpose", x, (0, 2, 3, 1))
    yield sample("keras.ops.transpose", x, (-1, 0, 1, 2))
    for name in ("tf.transpose", "tf.compat.v1.transpose"):
        yield sample(name, x)
        yield sample(name, x, [0, 2, 3, 1])
        yield sample(name, x, V([3, 0, 1, 2]))
    yield sample("keras.backend.permute_dimensions", x, (0, 3, 1, 2))
    yield sample("keras.ops.swapaxes", x, 1, -1)
    yield from each("tf.linalg tf.compat.v1.linalg", "matrix_transpose", x)
    yield sample("tf.linalg.adjoint", x)
    yield sample("tf.image.transpose", x)
    yield sample("keras.ops.moveaxis", x, 0, -1)
    yield sample("keras.ops.moveaxis", x, (0, 1), (2, 0))
    yield sample("keras.ops.rot90", x)
    for axis in (0, 1, -1, -2):
        yield sample("keras.ops.expand_dims", x, axis)
        yield sample("tf.expand_dims", x, axis)
        yield sample("keras.backend.expand_dims", x, axis)
    yield sample("keras.ops.expand_dims", x, (0, -1))
    yield sample("tf.compat.v1.expand_dims", x, dim=1)
    one = t(1, 3, 1, 5)
    yield from each("keras.ops", "squeeze", one)
    yield from each("keras.ops", "squeeze", one, axis=2)
    yield from each("keras.ops", "squeeze", one, axis=(0, -2))
    yield sample("keras.backend.squeeze", one, 0)
    yield sample("tf.squeeze", one)
    yield sample("tf.squeeze", one, [0, 2])
    yield sample("tf.squeeze", one, 2)
    yield sample("tf.compat.v1.squeeze", one, squeeze_dims=[0])
    pixels = t(2, 4, 6, 8)
    yield from each("tf.nn", "space_to_depth depth_to_space", pixels, 2)
    yield from each("tf.compat.v1.nn tf.compat.v1", "space_to_depth depth_to_space", pixels, 2)
    yield from each("keras.ops", "space_to_depth depth_to_space", pixels, 2)
    yield sample("keras.ops.broadcast_to", t(3, 1), (2, 3, 5))
    yield sample("tf.broadcast_to", t(3, 1), [2, 3, 5])
    yield sample("keras.ops.rearrange", x, "b h w c -> b (h w) c")
    yield sample("keras.ops.rearrange", t(2, 6, 5), "b (h x) c -> b h (x c)", x=2)


def joining() -> Iterator[Sample]:
    x = t(2, 3, 5)
    for axis in (0, 1, -1):
        yield sample("keras.ops.stack", [x, x], axis)
        yield sample("tf.stack", [x, x], axis)
        yield sample("keras.backend.stack", [x, x], axis)
    yield sample("keras.ops.concatenate", [x, t(2, 4, 5)], 1)
    yield sample("tf.concat", [x, t(2, 4, 5)], 1)
    yield sample("tf.concat", [V([1, 2]), [3]], 0)
    yield sample("keras.backend.concatenate", [x, t(2, 3, 4)])
    yield sample("keras.ops.concatenate", [x, t(2, 3, 5, dtype="int32")])
    yield sample("tf.concat", x, 0)
    yield sample("tf.stack", x)
    yield from each("keras.ops", "hstack vstack dstack", [x, x])
    yield from each("keras.ops", "hstack vstack dstack", [t(3), t(3)])
    yield from each("keras.ops", "hstack vstack dstack", [t(2, 3), t(2, 3)])
    yield sample("keras.ops.append", x, t(4))
    yield sample("keras.ops.append", x, t(2, 7, 5), axis=1)
    yield sample("keras.ops.unstack", x, axis=1)
    yield sample("tf.unstack", x, 3, 1)
    yield sample("keras.ops.split", t(2, 6), 3, axis=1)
    yield sample("keras.ops.split", t(2, 6), [1, 4], axis=1)
    yield sample("keras.ops.array_split", t(2, 7), 3, axis=1)
    yield from each("keras.ops", "hsplit vsplit dsplit", t(2, 4, 6), 2)
    yield sample("tf.split", t(2, 6), 3, 1)
    yield sample("tf.split", t(2, 6), [1, -1, 2], 1)
    yield sample("tf.split", t(2, 6), V([1, 5]), -1)
    yield sample("keras.ops.tile", x, (2, 1, 3))
    yield sample("keras.ops.tile", x, 2)
    yield sample("keras.ops.tile", x, (2, 1, 1, 4))
    yield sample("tf.tile", x, [2, 1, 3])
    yield sample("keras.backend.tile", x, [2, 1, 3])
    yield sample("keras.ops.repeat", x, 2)
    yield sample("keras.ops.repeat", x, 2, axis=1)
    yield sample("keras.ops.repeat", x, [1, 2, 3], axis=1)
    yield sample("tf.repeat", x, 2, axis=-1)
    yield sample("tf.repeat", x, [1, 2], axis=0)
    yield sample("tf.repeat", x, 2)
    yield sample("keras.backend.repeat_elements", x, 2, 1)
    yield sample("keras.backend.repeat", t(2, 3), 4)
    yield sample("keras.ops.pad", x, ((0, 0), (1, 2), (0, 3)))
    yield sample("keras.ops.pad", t(3, 5), ((1, 2), (3, 4)))
    yield sample("tf.pad", x, [[0, 0], [1, 2], [0, 3]])
    yield sample("tf.compat.v1.pad", x, V([[0, 0], [1, 2], [0, 3]]))
    yield sample("keras.backend.temporal_padding", x, (1, 2))
    yield sample("keras.backend.spatial_2d_padding", t(2, 3, 5, 7), ((1, 2), (0, 1)))
    yield sample("keras.backend.spatial_3d_padding", t(2, 3, 5, 7, 2))
    yield sample("tf.meshgrid", t(3), t(5))
    yield sample("tf.meshgrid", t(3), t(5), indexing="ij")
    yield sample("keras.ops.meshgrid", t(3), t(5), t(2))
    yield sample("keras.ops.meshgrid", t(3), t(5), indexing="ij")


def linear_algebra() -> Iterator[Sample]:
    yield sample("keras.ops.matmul", t(2, 3, 5), t(5, 7))
    yield sample("keras.ops.matmul", t(5), t(2, 5, 7))
    yield sample("keras.ops.matmul", t(2, 3, 5), t(5))
    yield sample("keras.ops.matmul", t(5), t(5))
    yield from each("tf.linalg tf.compat.v1.linalg", "matmul", t(2, 3, 5), t(1, 5, 7))
    yield sample("tf.linalg.matmul", t(2, 5, 3), t(2, 7, 5), transpose_a=True, transpose_b=True)
    yield sample("tf.linalg.matvec", t(2, 3, 5), t(2, 5))
    yield sample("tf.linalg.matvec", t(2, 5, 3), t(5), transpose_a=True)
    for left, right in ((t(3, 5), t(5, 7)), (t(2, 3, 5), t(7, 5, 2)), (t(2, 3, 5), t(5)), (t(5), t(5))):
        yield sample("keras.ops.dot", left, right)
    yield sample("keras.ops.dot", t(2, 3), 2.0)
    yield sample("keras.backend.dot", t(3, 5), t(5, 7))
    yield sample("keras.backend.dot", t(2, 3, 5), t(7, 5, 2))
    yield sample("keras.backend.batch_dot", t(2, 3, 5), t(2, 5, 7))
    yield sample("keras.backend.batch_dot", t(2, 3, 5), t(2, 7, 5), axes=(2, 2))
    yield sample("keras.backend.batch_dot", t(2, 5), t(2, 5), axes=1)
    yield sample("keras.backend.batch_dot", t(2, 5), t(2, 5, 7))
    for name in ("keras.ops.tensordot", "tf.tensordot"):
        yield sample(name, t(2, 3, 5), t(3, 5, 7), 2)
        yield sample(name, t(2, 3, 5), t(5, 7), 1)
        yield sample(name, t(2, 3, 5), t(5, 7, 3), [[1, 2], [2, 0]])
        yield sample(name, t(2, 3, 5), t(7, 3), [[1], [1]])
    for name in ("keras.ops.einsum", "tf.einsum"):
        yield sample(name, "bij,bjk->bik", t(2, 3, 5), t(2, 5, 7))
        yield sample(name, "bhid,bhjd->bhij", t(2, 3, 5, 7), t(2, 3, 11, 7))
        yield sample(name, "...ij,jk->...ik", t(2, 3, 5, 7), t(7, 11))
        yield sample(name, "bi,bj->ij", t(2, 3), t(2, 5))
        yield sample(name, "abc->ca", t(2, 3, 5))
        yield sample(name, "ij,jk", t(2, 3), t(3, 5))
        yield sample(name, "...d,...d->...", t(2, 3, 5), t(2, 3, 5))
        yield sample(name, "bqd,bkd,bkv->bqv", t(2, 3, 5), t(2, 7, 5), t(2, 7, 11))
    yield sample("keras.ops.inner", t(2, 5), t(3, 5))
    yield sample("keras.ops.outer", t(2, 5), t(3))
    yield sample("keras.ops.vdot", t(2, 5), t(2, 5))
    yield sample("keras.ops.kron", t(2, 3), t(5, 7))
    yield sample("keras.ops.cdist", t(2, 5), t(3, 5))
    yield sample("tf.linalg.cross", t(2, 3), t(2, 3))
    square = t(2, 3, 3)
    yield sample("tf.linalg.band_part", square, -1, 0)
    eye = V([[[2.0, 0.0], [0.0, 2.0]]] * 3, "float32")
    yield from each("tf.linalg", "cholesky inv det logdet eigh svd qr", eye)
    yield sample("tf.linalg.logm", V([[[2.0, 0.0], [0.0, 2.0]]] * 3, "complex64"))
    yield from each("keras.ops", "cholesky inv det logdet eigh svd qr", eye)
    yield sample("keras.ops.cholesky_inverse", V([[2.0, 0.0], [0.0, 2.0]], "float32"))
    yield from each("keras.ops", "tril triu", square)
    tall = t(3, 5, 2)
    yield sample("tf.linalg.svd", tall)
    yield sample("tf.linalg.svd", tall, compute_uv=False)
    yield sample("tf.linalg.svd", tall, full_matrices=True)
    yield sample("keras.ops.svd", tall)
    yield sample("keras.ops.svd", tall, full_matrices=False)
    yield sample("keras.ops.svd", tall, compute_uv=False)
    yield sample("tf.linalg.qr", tall, full_matrices=True)
    yield sample("keras.ops.qr", tall, mode="complete")
    yield sample("tf.linalg.solve", eye, t(3, 2, 5))
    yield sample("tf.linalg.triangular_solve", eye, t(3, 2, 5))
    yield from each("keras.ops", "solve solve_triangular", eye, t(3, 2, 5))
    yield sample("tf.linalg.pinv", tall)
    yield sample("keras.ops.diag", t(3))
    yield sample("keras.ops.diag", t(3), k=1)
    yield sample("keras.ops.diag", t(3, 5))
    yield sample("keras.ops.diagonal", t(2, 3, 5), axis1=1, axis2=2)
    yield from each("tf.linalg tf.compat.v1.linalg", "diag", t(2, 3))
    yield from each("tf.linalg tf.compat.v1.linalg", "diag_part", tall)
    yield sample("tf.linalg.set_diag", square, t(2, 3))
    yield sample("tf.linalg.tensor_diag", t(2, 3))
    yield sample("keras.ops.dot_product_attention", t(2, 3, 5, 7), t(2, 11, 5, 7), t(2, 11, 5, 7))


def indexing() -> Iterator[Sample]:
    x, at = t(2, 3, 5), ids(2, 7)
    for name in ("tf.gather", "tf.compat.v1.gather"):
        yield sample(name, x, at)
        yield sample(name, x, at, axis=1)
        yield sample(name, x, at, axis=2, batch_dims=1)
        yield sample(name, x, at, batch_dims=1)
        yield sample(name, x, 0, axis=1)
    yield sample("tf.gather", V([4, 5, 6]), V([0, 2]))
    yield sample("tf.compat.v1.batch_gather", x, at)
    yield sample("keras.backend.gather", x, at)
    yield sample("keras.ops.take", x, at)
    yield sample("keras.ops.take", x, at, axis=1)
    yield sample("keras.ops.take", x, 1, axis=-1)
    yield sample("keras.ops.take_along_axis", x, ids(2, 4, 5), axis=1)
    for name in ("tf.gather_nd", "tf.compat.v1.gather_nd"):
        yield sample(name, x, ids(7, 2))
        yield sample(name, x, ids(2, 4, 1), batch_dims=1)
    yield sample("tf.nn.embedding_lookup", t(11, 3), at)
    yield sample("tf.compat.v1.nn.embedding_lookup", t(11, 3), at)
    yield loose("tf.boolean_mask", x, mask(2, 3))
    yield loose("tf.compat.v1.boolean_mask", x, mask(3), axis=1)
    yield sample("tf.slice", x, [0, 1, 2], [2, -1, 2])
    yield sample("keras.ops.slice", x, (0, 1, 2), (2, 2, 2))
    yield sample("tf.strided_slice", x, [0, 1], [2, 3], [1, 2])
    yield sample("keras.ops.get_item", x, (slice(None), 0))
    yield sample("tf.one_hot", at, 4)
    yield sample("tf.one_hot", at, 4, axis=0)
    yield sample("keras.ops.one_hot", at, 4)
    yield sample("keras.ops.one_hot", at, 4, axis=1, dtype="int32")
    yield sample("keras.backend.one_hot", at, 4)
    yield sample("keras.ops.multi_hot", at, 4)
    condition = mask(3, 1)
    yield sample("tf.where", condition, x, t(5))
    yield loose("tf.where", condition)
    yield sample("keras.ops.where", condition, x, 0.0)
    yield loose("keras.ops.where", condition)
    yield sample("tf.compat.v1.where", mask(2), x, x)
    yield loose("tf.compat.v1.where", condition)
    yield sample("keras.backend.switch", mask(2, 3), t(2, 3), t(2, 3))
    yield loose("keras.ops.nonzero", x)
    yield sample("tf.scatter_nd", ids(4, 1), t(4, 5), V([7, 5]))
    yield sample("keras.ops.scatter", ids(4, 1), t(4, 5), (7, 5))
    yield from each("tf", "tensor_scatter_nd_update tensor_scatter_nd_add", t(7, 5), ids(4, 1), t(4, 5))
    yield from each("tf", "tensor_scatter_nd_sub tensor_scatter_nd_max", t(7, 5), ids(4, 1), t(4, 5))
    yield from each("tf", "tensor_scatter_nd_min", t(7, 5), ids(4, 1), t(4, 5))
    yield sample("keras.ops.scatter_update", t(7, 5), ids(4, 1), t(4, 5))
    yield sample("keras.ops.slice_update", t(7, 5), V([1, 0]), t(2, 5))
    yield from (loose(f"tf.{name}", ids(5)) for name in ("unique", "unique_with_counts"))
    yield loose("keras.ops.unique", ids(5))
    yield sample("tf.searchsorted", t(5), t(3))
    yield sample("keras.ops.searchsorted", t(5), t(3))
    yield sample("keras.ops.digitize", t(2, 3), t(5))
    yield loose("tf.dynamic_partition", x, ids(2), 3)
    yield sample("keras.ops.isin", x, t(4))
    yield sample("keras.ops.select", [mask(2, 3), mask(2, 3)], [t(2, 3), t(2, 3)], 0.0)
    yield sample("keras.ops.unravel_index", ids(2, 3), (4, 5))
    yield sample("keras.ops.unravel_index", ids(2, dtype="int64"), (4, 5, 6))


def windows() -> Iterator[Sample]:
    line, image, volume = t(2, 11, 3), t(2, 11, 13, 3), t(2, 7, 8, 9, 3)
    plane = t(3, 3, 3, 5)
    for strides, padding, rates in ((1, "VALID", None), (2, "SAME", None), (1, "SAME", 2), (1, "VALID", 2)):
        yield sample("tf.nn.conv1d", line, t(3, 3, 5), strides, padding, dilations=rates)
        yield sample("tf.nn.conv2d", image, plane, strides, padding, dilations=rates)
        yield sample("tf.nn.convolution", image, plane, strides, padding, dilations=rates)
        yield sample("tf.compat.v1.nn.convolution", image, plane, padding, strides=[strides] * 2)
        keras = {"padding": padding.lower(), "strides": strides, "dilation_rate": rates or 1}
        yield sample("keras.ops.conv", image, plane, **keras)
        yield sample("keras.ops.conv", line, t(3, 3, 5), **keras)
        yield sample("keras.ops.depthwise_conv", image, t(3, 3, 3, 2), **keras)
        yield sample("keras.ops.separable_conv", image, t(3, 3, 3, 2), t(1, 1, 6, 4), **keras)
        pair = {**keras, "strides": (strides, strides), "dilation_rate": (rates or 1,) * 2}
        yield sample("keras.backend.conv2d", image, plane, **pair)
        yield sample("keras.backend.depthwise_conv2d", image, t(3, 3, 3, 2), **pair)
        yield sample("keras.backend.separable_conv2d", image, t(3, 3, 3, 2), t(1, 1, 6, 4), **pair)
        yield sample("keras.backend.conv1d", line, t(3, 3, 5), **keras)
        yield sample("keras.ops.conv_transpose", image, t(3, 3, 5, 3), **{**keras, "dilation_rate": 1})
        pool = {"pool_size": 3, "strides": strides, "padding": padding.lower()}
        yield from each("keras.ops", "max_pool average_pool", image, **pool)
        yield from each("tf.nn", "max_pool avg_pool max_pool2d avg_pool2d", image, 3, strides, padding)
        yield from each("tf.nn", "max_pool1d avg_pool1d", line, 3, strides, padding)
        yield from each("tf.nn", "max_pool3d avg_pool3d", volume, 3, strides, padding)
        yield from each("tf.compat.v1.nn", "max_pool avg_pool", image, [1, 3, 2, 1], [1, strides, 1, 1], padding)
    yield sample("tf.nn.conv2d", image, plane, [1, 2, 1, 1], "VALID")
    yield loose("tf.nn.conv2d", image, plane, 1, [[0, 0], [1, 1], [1, 1], [0, 0]])
    yield sample("tf.nn.conv3d", volume, t(3, 3, 3, 3, 5), [1, 1, 2, 1, 1], "SAME")
    yield sample("tf.nn.depthwise_conv2d", image, t(3, 3, 3, 2), [1, 2, 2, 1], "VALID")
    yield sample("tf.nn.separable_conv2d", image, t(3, 3, 3, 2), t(1, 1, 6, 4), [1, 2, 2, 1], "SAME")
    yield sample("tf.nn.atrous_conv2d", image, plane, 2, "VALID")
    yield sample("tf.compat.v1.nn.conv1d", line, t(3, 3, 5), 2, "SAME")
    yield sample("tf.compat.v1.nn.conv2d", image, plane, [1, 2, 2, 1], "VALID")
    yield sample("tf.compat.v1.nn.conv3d", volume, t(3, 3, 3, 3, 5), [1, 2, 2, 2, 1], "VALID")
    yield from each(
        "tf.compat.v1.nn", "depthwise_conv2d depthwise_conv2d_native", image, t(3, 3, 3, 2), [1, 2, 2, 1], "SAME"
    )
    yield sample("tf.compat.v1.nn.separable_conv2d", image, t(3, 3, 3, 2), t(1, 1, 6, 4), [1, 1, 1, 1], "VALID")
    yield sample("keras.backend.conv3d", volume, t(3, 3, 3, 3, 5))
    yield sample("keras.ops.max_pool", line, 2)
    yield sample("tf.nn.max_pool_with_argmax", image, 2, 2, "VALID")
    yield sample("tf.nn.pool", image, [3, 2], "MAX", strides=[1, 2])
    yield sample("tf.compat.v1.nn.pool", image, [3, 2], "AVG", "SAME", strides=[2, 2])
    yield sample("keras.backend.pool2d", image, (3, 2), strides=(2, 1), padding="same")
    yield sample("keras.backend.pool3d", volume, (2, 2, 2))
    yield sample("tf.nn.conv1d_transpose", line, t(3, 5, 3), V([2, 22, 5]), 2)
    yield sample("tf.nn.conv2d_transpose", image, t(3, 3, 5, 3), [2, 22, 26, 5], 2)
    yield sample("tf.nn.conv3d_transpose", volume, t(3, 3, 3, 5, 3), [2, 14, 16, 18, 5], 2)
    yield sample("tf.nn.conv_transpose", image, t(3, 3, 5, 3), [2, 22, 26, 5], 2)
    yield sample("tf.compat.v1.nn.conv2d_transpose", image, t(3, 3, 5, 3), [2, 22, 26, 5], [1, 2, 2, 1])
    yield sample("tf.compat.v1.nn.conv3d_transpose", volume, t(3, 3, 3, 5, 3), [2, 14, 16, 18, 5], [1, 2, 2, 2, 1])
    yield sample("tf.nn.atrous_conv2d_transpose", image, t(3, 3, 5, 3), [2, 11, 13, 5], 2, "SAME")
    yield sample("keras.backend.conv2d_transpose", image, t(3, 3, 5, 3), (2, 22, 26, 5), (2, 2), "same")
    patches = (image, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
    yield from each("tf.image tf.compat.v1.image", "extract_patches", *patches)
    yield sample("tf.compat.v1.extract_image_patches", *patches)
    yield sample("tf.compat.v1.image.extract_image_patches", image, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    yield sample("tf.signal.frame", t(2, 11), 4, 3)
    yield sample("tf.signal.frame", t(2, 11), 4, 3, pad_end=True)


def neural() -> Iterator[Sample]:
    x, image, logits = t(2, 3, 5), t(2, 3, 5, 7), t(2, 3, 5)
    yield sample("tf.nn.bias_add", image, t(7))
    yield sample("keras.backend.bias_add", image, t(7))
    yield sample("keras.ops.batch_normalization", x, t(5), t(5), -1)
    yield sample("keras.backend.batch_normalization", image, t(7), t(7), t(7), t(7))
    yield from each("tf.nn", "batch_norm_with_global_normalization", image, t(7), t(7), t(7), t(7), 0.001, True)
    yield from each(
        "tf.compat.v1.nn", "batch_norm_with_global_normalization", image, t(7), t(7), t(7), t(7), 0.001, True
    )
    yield loose("tf.compat.v1.nn.fused_batch_norm", image, t(7), t(7))
    yield from each("tf.compat.v1.nn", "xw_plus_b relu_layer", t(2, 3), t(3, 5), t(5))
    yield from each("tf.nn", "sigmoid_cross_entropy_with_logits", labels=logits, logits=logits)
    yield from each("tf.compat.v1.nn", "sigmoid_cross_entropy_with_logits", labels=logits, logits=logits)
    yield sample("tf.nn.weighted_cross_entropy_with_logits", logits, logits, 2.0)
    yield sample("tf.compat.v1.nn.weighted_cross_entropy_with_logits", targets=logits, logits=logits, pos_weight=2.0)
    yield sample("tf.nn.log_poisson_loss", logits, logits)
    yield sample("tf.nn.softmax_cross_entropy_with_logits", logits, logits)
    yield sample("tf.nn.softmax_cross_entropy_with_logits", logits, logits, axis=1)
    yield sample("tf.compat.v1.nn.softmax_cross_entropy_with_logits", labels=logits, logits=logits)
    yield sample("tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2", logits, logits)
    yield sample("tf.nn.sparse_softmax_cross_entropy_with_logits", ids(2, 3), logits)
    yield sample("tf.compat.v1.nn.sparse_softmax_cross_entropy_with_logits", labels=ids(2, 3), logits=logits)
    for prefix in ("keras.ops", "keras.backend"):
        yield from each(prefix, "categorical_crossentropy binary_crossentropy", logits, logits)
        yield from each(prefix, "sparse_categorical_crossentropy", ids(2, 3), logits)
    yield sample("keras.ops.psnr", image, image, 1.0)
    yield sample("tf.math.in_top_k", ids(2), t(2, 5), 2)
    yield sample("keras.ops.in_top_k", ids(2), t(2, 5), 2)
    yield sample("tf.compat.v1.math.in_top_k", t(2, 5), ids(2), 2)
    yield sample("keras.backend.in_top_k", t(2, 5), ids(2), 2)
    yield sample("tf.math.confusion_matrix", ids(4), ids(4), 3)
    yield loose("tf.compat.v1.math.confusion_matrix", ids(4), ids(4))
    yield sample("keras.ops.ctc_decode", t(2, 5, 4), V([5, 5]))
    yield sample("keras.ops.ctc_decode", t(2, 5, 4), V([5, 5]), strategy="beam_search", top_paths=3)


def creation() -> Iterator[Sample]:
    shape = (2, 3, 5)
    yield from each("keras.ops", "zeros ones empty", shape)
    yield from each("tf", "zeros ones", shape, dtype="int32")
    yield from each("tf", "zeros ones", 3)
    yield from each("keras.backend", "zeros ones", shape)
    yield from each("keras.random", "normal uniform truncated_normal", shape, seed=1)
    yield sample("keras.random.beta", shape, 1.0, 2.0, seed=1)
    yield sample("keras.random.binomial", shape, 4.0, 0.5, seed=1)
    yield sample("keras.random.gamma", shape, 1.0, seed=1)
    yield sample("keras.random.randint", shape, 0, 9, seed=1)
    yield from each("tf.random", "normal uniform truncated_normal", shape)
    yield sample("tf.random.uniform", V([2, 3]), 0, 9, dtype="int32")
    yield from each("tf.random", "stateless_normal stateless_uniform stateless_truncated_normal", shape, V([1, 2]))
    yield sample("tf.random.stateless_parameterized_truncated_normal", V([2, 3]), V([1, 2]))
    yield sample("tf.random.stateless_gamma", shape, V([1, 2]), 2.0)
    yield sample("tf.random.split", V([1, 2]), 3)
    yield sample("tf.random.fold_in", V([1, 2]), 3)
    yield sample("tf.random.stateless_poisson", shape, V([1, 2]), 2.0)
    yield sample("tf.random.stateless_binomial", shape, V([1, 2]), 4.0, 0.5)
    yield from each("keras.backend", "random_normal random_uniform random_bernoulli random_binomial", shape)
    yield sample("keras.backend.truncated_normal", shape)
    yield sample("keras.backend.random_normal_variable", shape, 0.0, 1.0)
    yield sample("keras.backend.random_uniform_variable", shape, 0.0, 1.0)
    yield sample("keras.ops.full", shape, 2.0)
    yield sample("tf.fill", shape, 2)
    yield sample("tf.constant", [[1, 2], [3, 4]])
    yield sample("tf.constant", 1.5, shape=(2, 3))
    yield sample("tf.constant", [1, 2.5])
    yield sample("tf.compat.v1.constant", [1, 2], dtype="float32")
    yield sample("keras.backend.constant", [1, 2])
    yield sample("keras.backend.variable", [1, 2])
    yield sample("keras.ops.arange", 5)
    yield sample("keras.ops.arange", 1, 10, 3)
    yield sample("keras.ops.arange", 5.0)
    yield sample("keras.backend.arange", 5)
    yield sample("keras.backend.arange", 2, 9, 2)
    yield sample("tf.range", 5)
    yield sample("tf.range", 10, 1, -3)
    yield sample("tf.range", V(4))
    yield sample("tf.linspace", 0.0, 1.0, 7)
    yield sample("tf.linspace", t(3), t(3), 7, axis=-1)
    yield sample("keras.ops.linspace", 0.0, 1.0, 7)
    yield sample("keras.ops.linspace", 0, 1, retstep=False)
    yield loose("keras.ops.linspace", 0.0, 1.0, 7, retstep=True)
    yield from each("keras.ops", "logspace", 0.0, 1.0, 7)
    yield from each("keras.ops", "geomspace", 1.0, 2.0, 7)
    yield from each("keras.ops", "eye tri", 3)
    yield from each("keras.ops", "eye tri", 3, 5)
    yield sample("tf.eye", 3, 5)
    yield sample("tf.eye", 3, batch_shape=[2])
    yield sample("keras.backend.eye", 3)
    yield sample("keras.ops.identity", 3)
    yield from each("keras.ops", "bartlett blackman hamming hanning", 5)
    yield sample("keras.ops.kaiser", 5, 2.0)
    yield sample("tf.random.gamma", (2, 3), t(5))
    yield sample("tf.random.poisson", (2, 3), t(5))
    yield sample("tf.compat.v1.random.poisson", t(5), (2, 3))
    yield sample("tf.random.categorical", t(2, 3), 4)
    yield sample("tf.compat.v1.random.multinomial", t(2, 3), 4)
    yield sample("keras.random.categorical", t(2, 3), 4, seed=1)
    yield from each("tf.random", "stateless_categorical", t(2, 3), 4, V([1, 2]))
    yield from each("tf.compat.v1.random", "stateless_multinomial", t(2, 3), 4, V([1, 2]))
    yield sample("tf.sequence_mask", ids(2, 3), 7)
    yield loose("tf.sequence_mask", ids(2, 3))


def shapes() -> Iterator[Sample]:
    x = t(2, 3, 5)
    yield from each("tf", "shape rank size", x)
    yield from each("tf.compat.v1", "shape size", x)
    yield sample("keras.backend.shape", x)
    yield sample("tf.shape_n", [x, t(3)])
    yield from each("keras.ops", "shape ndim size", x)
    yield from each("keras.backend", "int_shape ndim count_params", x)
    yield sample("tf.broadcast_dynamic_shape", V([2, 1]), V([3]))


def segments() -> Iterator[Sample]:
    data, numbers = t(4, 3), ids(4)
    for name in ("sum", "mean", "max", "min", "prod"):
        yield loose(f"tf.math.segment_{name}", data, numbers)
        yield sample(f"tf.math.unsorted_segment_{name}", data, numbers, 2)
    yield sample("tf.math.unsorted_segment_sqrt_n", t(4, 3, 5), ids(4, 3), 2)
    for name in ("sum", "max", "min", "prod"):
        yield sample(f"keras.ops.segment_{name}", data, numbers, 2)
    for name in ("tf.math.bincount", "tf.compat.v1.math.bincount", "keras.ops.bincount"):
        yield loose(name, numbers)
    yield sample("tf.histogram_fixed_width", t(2, 3), [0.0, 2.0], 7)


def images() -> Iterator[Sample]:
    image, photos = t(6, 8, 3), t(2, 6, 8, 3)
    for x in (image, photos):
        yield sample("tf.image.resize", x, (12, 16))
        yield sample("tf.image.resize", x, V([3, 4]), method="nearest")
        yield sample("tf.compat.v1.image.resize_images", x, (12, 16))
        yield sample("tf.image.resize_with_crop_or_pad", x, 5, 20)
        yield sample("tf.image.pad_to_bounding_box", x, 1, 1, 9, 12)
        yield sample("tf.image.crop_to_bounding_box", x, 1, 1, 4, 5)
        yield sample("tf.image.resize_with_pad", x, 5, 20)
        yield sample("tf.compat.v1.image.resize_image_with_pad", x, 5, 20)
        yield from each("tf.image", "flip_left_right flip_up_down random_flip_left_right random_flip_up_down", x)
        yield from each("tf.image", "rot90 per_image_standardization adjust_gamma total_variation", x)
        yield from each("tf.image", "rgb_to_grayscale hsv_to_rgb rgb_to_hsv rgb_to_yiq rgb_to_yuv", x)
        yield from each("tf.image", "yiq_to_rgb yuv_to_rgb", x)
        yield from each("tf.image", "adjust_brightness adjust_hue adjust_saturation adjust_contrast", x, 0.1)
        yield from each("tf.image", "random_brightness random_hue", x, 0.1)
        yield from each("tf.image", "random_saturation random_contrast", x, 0.1, 0.2)
        yield from each("tf.image", "stateless_random_flip_left_right stateless_random_flip_up_down", x, V([1, 2]))
        yield from each("tf.image", "stateless_random_brightness stateless_random_hue", x, 0.1, V([1, 2]))
        yield from each("tf.image", "stateless_random_contrast stateless_random_saturation", x, 0.1, 0.2, V([1, 2]))
        yield sample("tf.image.convert_image_dtype", x, "float16")
        yield loose("tf.image.central_crop", x, 0.5)
        yield from each("tf.image", "psnr", x, x, 1.0)
    yield sample("tf.image.rot90", image, k=2)
    yield sample("tf.image.grayscale_to_rgb", t(2, 6, 8, 1))
    for name in ("area", "bicubic", "bilinear", "nearest_neighbor"):
        yield sample(f"tf.compat.v1.image.resize_{name}", photos, V([3, 4]))
    yield sample("keras.backend.resize_images", photos, 2, 3, "channels_last")
    yield sample("tf.image.random_crop", image, (4, 4, 3))
    yield sample("tf.image.stateless_random_crop", image, (4, 4, 3), V([1, 2]))
    yield sample("tf.image.crop_and_resize", photos, t(5, 4), ids(5), (7, 9))
    yield sample("tf.compat.v1.image.crop_and_resize", photos, t(5, 4), ids(5), (7, 9))
    yield sample("tf.image.ssim", t(2, 16, 16, 3), t(2, 16, 16, 3), 1.0)
    yield from each("tf.image", "image_gradients sobel_edges", photos)
    yield loose("tf.image.non_max_suppression", t(5, 4), t(5), 3)
    yield loose("tf.image.non_max_suppression_with_scores", t(5, 4), t(5), 3)
    yield sample("tf.image.combined_non_max_suppression", t(2, 10, 1, 4), t(2, 10, 3), 5, 7)
    yield loose("tf.image.combined_non_max_suppression", t(2, 10, 1, 4), t(2, 10, 3), 1, 7, pad_per_class=True)
    yield sample("tf.image.draw_bounding_boxes", photos, t(2, 5, 4), t(1, 4))
    yield sample("tf.image.adjust_jpeg_quality", image, 50)
    yield sample("tf.image.random_jpeg_quality", image, 50, 60)
    yield sample("tf.image.stateless_random_jpeg_quality", image, 50, 60, V([1, 2]))
    yield sample("tf.image.ssim_multiscale", t(2, 180, 180, 3), t(2, 180, 180, 3), 1.0)
    yield sample("tf.image.extract_glimpse", photos, [3, 4], t(2, 2))


def double(x: Any) -> Any:
    return x * 2


def add(x: Any, y: Any) -> Any:
    return x + y


def control() -> Iterator[Sample]:
    x, one = t(2, 3), t(dtype="int32")
    yield loose("tf.py_function", double, [x], "float32")
    yield loose("tf.numpy_function", double, [x], "float32")
    yield loose("tf.compat.v1.py_func", double, [x], "float32")
    for name in ("tf.map_fn", "tf.vectorized_map", "tf.compat.v1.map_fn", "keras.backend.map_fn"):
        yield loose(name, double, x)
    for name in ("scan", "foldl", "foldr"):
        yield loose(f"tf.{name}", add, x)
        yield loose(f"tf.compat.v1.{name}", add, x)
    yield from (loose(f"keras.backend.{name}", add, x) for name in ("foldl", "foldr"))
    yield loose("keras.ops.map", double, x)
    yield loose("keras.ops.vectorized_map", double, x)
    yield loose("keras.ops.associative_scan", add, x)
    yield loose("keras.ops.scan", lambda carry, y: (carry + y, carry), t(3), x)
    for name in ("tf.cond", "tf.compat.v1.cond", "keras.ops.cond"):
        yield loose(name, mask(), lambda: 1.0, lambda: 2.0)
    for name in ("tf.while_loop", "tf.compat.v1.while_loop", "keras.ops.while_loop"):
        yield loose(name, lambda i: i < 5, lambda i: (i + 1,), (one,))
    for name in ("tf.case", "tf.compat.v1.case"):
        yield loose(name, [(mask(), lambda: 1.0)], default=lambda: 2.0)
    yield loose("tf.switch_case", ids(), [lambda: 1.0, lambda: 2.0])
    yield loose("keras.ops.switch", ids(), [double, double], x)
    yield loose("keras.ops.fori_loop", 0, 3, lambda i, y: y * 2, x)
    yield sample("tf.identity_n", [x, t(5)])
    yield sample("tf.tuple", [x, t(5)])
    yield sample("tf.compat.v1.tuple", [x, t(5)])
    yield sample("tf.clip_by_global_norm", [x, t(5)], 1.0)
    yield sample("keras.backend.in_train_phase", x, x, training=True)
    yield sample("keras.backend.in_test_phase", x, x, training=False)
    yield sample("tf.compat.v1.placeholder_with_default", x, (2, 3))


GROUPS = {
    group.__name__: group
    for group in (
        elementwise,
        reductions,
        along_axis,
        reshaping,
        joining,
        linear_algebra,
        indexing,
        windows,
        neural,
        creation,
        shapes,
        segments,
        images,
        control,
        *DOMAINS,
    )
}

SAMPLES: list[Sample] = [example for group in GROUPS.values() for example in group()]

OF_VARIABLES = {
    *(f"keras.backend.{name}" for name in ("update", "update_add", "update_sub")),
    *(f"tf.compat.v1.{name}" for name in ("assign", "assign_add", "assign_sub", "scatter_update", "scatter_nd_update")),
    *(f"tf.compat.v1.scatter_{name}" for name in ["add", "div", "max", "min", "mul", "sub", "nd_add", "nd_sub"]),
}
"""What writes a variable."""

_METRICS = "accuracy auc false_negatives false_positives mean mean_absolute_error mean_squared_error percentage_below"
_MORE_METRICS = "precision recall root_mean_squared_error true_negatives true_positives"
TF1_METRICS = {f"tf.compat.v1.metrics.{name}" for name in (*_METRICS.split(), *_MORE_METRICS.split())}

GRADIENTS = {"tf.gradients", "tf.compat.v1.gradients", "keras.backend.gradients"}

GRAPH_ONLY = {
    *{"tf.compat.v1.placeholder", "tf.parallel_stack", "tf.compat.v1.losses.get_total_loss"},
    *OF_VARIABLES,
    *TF1_METRICS,
    *GRADIENTS,
}
"""What cannot be called outside a TensorFlow 1 graph, or takes variables; these are tested by themselves."""
