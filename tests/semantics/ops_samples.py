"""At least one call of every function that has a rule."""

# ruff: noqa: PLR0915 - the functions here are tables of calls, one line a call.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.semantics.ops_differential import Sample, V, each, ids, loose, mask, sample, t
from tests.semantics.ops_samples_domains import DOMAINS
from tests.semantics.ops_samples_places import PLACES
from tests.semantics.ops_samples_values import VALUES


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
        *VALUES,
        *PLACES,
        creation,
        shapes,
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
