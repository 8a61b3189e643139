"""Sample calls of the functions that compute: number by number, along an axis, of matrices, and as layers do."""

# ruff: noqa: PLR0915 - the functions here are tables of calls, one line a call.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.semantics.ops_differential import Sample, V, each, ids, loose, mask, sample, t

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


VALUES = (elementwise, reductions, along_axis, linear_algebra, neural, segments)
