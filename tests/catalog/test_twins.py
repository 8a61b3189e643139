"""A TensorFlow function and its Keras 3 twin, run on the same arrays, give the same values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from kerascheck import catalog

X = np.linspace(-2.0, 2.0, 24).reshape(2, 3, 4).astype("float32")
POSITIVE = np.abs(X) + 0.5
UNIT = X / 4
INTEGERS = np.arange(24).reshape(2, 3, 4).astype("int32") % 7
SQUARE = (np.eye(3)[None] * 2 + 0.1).astype("float32") + np.zeros((2, 3, 3), "float32")
IMAGE = np.linspace(0.0, 1.0, 2 * 4 * 6 * 3).reshape(2, 4, 6, 3).astype("float32")
BOOLEANS = X > 0
COMPLEX = (X + 1j * X[::-1]).astype("complex64")
LABELS = np.array([0, 2, 1], "int32")
LOGITS = X[0, :, :3]
SEGMENTS = {"data": X[0], "segment_ids": LABELS, "num_segments": 3}
RAGGED_PAIR = {"x": INTEGERS, "y": INTEGERS[::-1].copy()}

UNARY = {
    **dict.fromkeys(
        [
            "abs",
            "exp",
            "expm1",
            "square",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "sign",
            "floor",
            "ceil",
            "negative",
            "sigmoid",
        ],
        X,
    ),
    **dict.fromkeys(
        ["log_sigmoid", "erf", "erfc", "asinh", "atan", "is_nan", "is_inf", "is_finite", "round", "cumsum", "cumprod"],
        X,
    ),
    **dict.fromkeys(["log", "log1p", "sqrt", "rsqrt", "reciprocal"], POSITIVE),
    **dict.fromkeys(["acos", "asin", "atanh", "erfinv"], UNIT),
    "acosh": POSITIVE + 1,
    "conj": COMPLEX,
    "logical_not": BOOLEANS,
}
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "truediv",
    "maximum",
    "minimum",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "floordiv",
    "floormod",
    "divide_no_nan",
    "atan2",
]
BACKEND_BINARY = "equal greater greater_equal less less_equal maximum minimum not_equal"
REDUCTIONS = "reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_std reduce_variance reduce_logsumexp"

SAMPLES: dict[str, dict[str, Any]] = {
    **{f"tf.math.{name}": {"x": value} for name, value in UNARY.items()},
    **{f"tf.math.{name}": {"x": POSITIVE, "y": POSITIVE[::-1].copy()} for name in BINARY},
    **{f"tf.math.{name}": {"input_tensor": X, "axis": 1, "keepdims": True} for name in REDUCTIONS.split()},
    **{f"tf.math.{name}": {"input": COMPLEX} for name in ("real", "imag", "angle")},
    **{f"tf.math.logical_{name}": {"x": BOOLEANS, "y": BOOLEANS[::-1].copy()} for name in ("and", "or", "xor")},
    **{f"tf.bitwise.{name}": RAGGED_PAIR for name in ("bitwise_and", "bitwise_or", "bitwise_xor")},
    **{f"tf.bitwise.{name}": RAGGED_PAIR for name in ("left_shift", "right_shift")},
    **{f"tf.nn.{name}": {"features": X} for name in ("relu", "relu6", "selu", "softsign", "elu", "silu")},
    **{f"tf.nn.{name}": {"features": X} for name in ("gelu", "leaky_relu")},
    **{f"tf.math.unsorted_segment_{name}": SEGMENTS for name in ("sum", "max", "min", "prod")},
    **{f"tf.linalg.{name}": {"input": SQUARE} for name in ("cholesky", "det", "inv", "diag_part")},
    "tf.math.pow": {"x": POSITIVE, "y": X},
    "tf.math.reduce_any": {"input_tensor": BOOLEANS, "axis": -1},
    "tf.math.reduce_all": {"input_tensor": BOOLEANS, "axis": [0, 1]},
    "tf.math.reduce_euclidean_norm": {"input_tensor": X, "axis": 1},
    "tf.math.argmax": {"input": X},
    "tf.math.argmin": {"input": X, "axis": 2},
    "tf.math.count_nonzero": {"input": INTEGERS, "axis": 1},
    "tf.math.top_k": {"input": X, "k": 2},
    "tf.math.in_top_k": {"targets": LABELS, "predictions": LOGITS, "k": 1},
    "tf.math.bincount": {"arr": LABELS},
    "tf.math.softplus": {"features": X},
    "tf.nn.softmax": {"logits": X, "axis": 1},
    "tf.nn.log_softmax": {"logits": X},
    "tf.nn.softmax_cross_entropy_with_logits": {"labels": np.eye(3, dtype="float32"), "logits": LOGITS},
    "tf.nn.sparse_softmax_cross_entropy_with_logits": {"labels": LABELS, "logits": LOGITS},
    "tf.nn.sigmoid_cross_entropy_with_logits": {"labels": np.eye(3, dtype="float32"), "logits": LOGITS},
    "tf.nn.moments": {"x": X, "axes": [0, 1]},
    "tf.nn.batch_normalization": {
        "x": X, "mean": X[0, 0], "variance": POSITIVE[0, 0], "offset": X[0, 1], "scale": X[0, 2],
        "variance_epsilon": 0.001,
    },
    "tf.nn.bias_add": {"value": X, "bias": X[0, 0]},
    "tf.nn.embedding_lookup": {"params": X[0], "ids": LABELS},
    "tf.linalg.matmul": {"a": SQUARE, "b": X},
    "tf.tensordot": {"a": X, "b": X[0, 0], "axes": 1},
    "tf.linalg.solve": {"matrix": SQUARE, "rhs": X},
    "tf.linalg.trace": {"x": SQUARE},
    "tf.linalg.matrix_transpose": {"a": X},
    "tf.linalg.cross": {"a": X[..., :3], "b": POSITIVE[..., :3]},
    "tf.concat": {"values": [X, POSITIVE], "axis": 1},
    "tf.stack": {"values": [X, POSITIVE]},
    "tf.unstack": {"value": X, "axis": 1},
    "tf.reshape": {"tensor": X, "shape": [4, 6]},
    "tf.transpose": {"a": X, "perm": [2, 0, 1]},
    "tf.expand_dims": {"input": X, "axis": 1},
    "tf.squeeze": {"input": X[:1]},
    "tf.tile": {"input": X, "multiples": [1, 2, 1]},
    "tf.repeat": {"input": X, "repeats": 2, "axis": 1},
    "tf.reverse": {"tensor": X, "axis": [1]},
    "tf.roll": {"input": X, "shift": 1, "axis": 2},
    "tf.broadcast_to": {"input": X, "shape": [5, 2, 3, 4]},
    "tf.gather": {"params": X, "indices": [1, 0, 1]},
    "tf.slice": {"input_": X, "begin": [0, 1, 0], "size": [2, 2, 3]},
    "tf.scatter_nd": {"indices": [[0], [2]], "updates": X[0, :2], "shape": [3, 4]},
    "tf.tensor_scatter_nd_update": {"tensor": X[0], "indices": [[0], [2]], "updates": POSITIVE[0, :2]},
    "tf.sort": {"values": X[::-1].copy(), "axis": 0},
    "tf.argsort": {"values": X[::-1].copy(), "axis": 0},
    "tf.searchsorted": {"sorted_sequence": X.ravel(), "values": UNIT.ravel()},
    "tf.where": {"condition": BOOLEANS, "x": X, "y": POSITIVE},
    "tf.clip_by_value": {"t": X, "clip_value_min": -1.0, "clip_value_max": 1.0},
    "tf.cast": {"x": X, "dtype": "int32"},
    "tf.one_hot": {"indices": LABELS, "depth": 4},
    "tf.zeros": {"shape": [2, 3]},
    "tf.ones": {"shape": [2, 3], "dtype": "int32"},
    "tf.zeros_like": {"input": INTEGERS},
    "tf.ones_like": {"input": X},
    "tf.fill": {"dims": [2, 3], "value": 7},
    "tf.eye": {"num_rows": 3, "num_columns": 4},
    "tf.range": {"start": 1, "limit": 9, "delta": 2},
    "tf.linspace": {"start": 0.0, "stop": 1.0, "num": 5},
    "tf.convert_to_tensor": {"value": X},
    "tf.size": {"input": X},
    "tf.stop_gradient": {"input": X},
    "tf.identity": {"input": X},
    "tf.cond": {"pred": True, "true_fn": lambda: X, "false_fn": lambda: POSITIVE},
    "tf.while_loop": {"cond": lambda i: i < 5, "body": lambda i: (i + 1,), "loop_vars": (0,)},
    "tf.vectorized_map": {"fn": lambda row: row * 2, "elems": X},
    "tf.image.resize": {"images": IMAGE, "size": [7, 5], "method": "nearest"},
    "tf.image.rgb_to_grayscale": {"images": IMAGE},
    "tf.image.rgb_to_hsv": {"images": IMAGE},
    "tf.image.hsv_to_rgb": {"images": IMAGE},
    "tf.image.flip_left_right": {"image": IMAGE},
    "tf.image.flip_up_down": {"image": IMAGE},
    **{f"tf.keras.backend.{name}": {"x": X} for name in ("argmax", "argmin", "cumprod", "cumsum", "expand_dims")},
    **{f"tf.keras.backend.{name}": {"x": X} for name in ("flatten", "ones_like", "relu", "zeros_like")},
    **{f"tf.keras.backend.{name}": {"x": X, "y": X[::-1].copy()} for name in BACKEND_BINARY.split()},
    "tf.keras.backend.concatenate": {"tensors": [X, POSITIVE], "axis": 1},
    "tf.keras.backend.gather": {"reference": X, "indices": [1, 0, 1]},
    "tf.keras.backend.permute_dimensions": {"x": X, "pattern": (2, 0, 1)},
    "tf.keras.backend.pow": {"x": POSITIVE, "a": 3.0},
    "tf.keras.backend.reshape": {"x": X, "shape": (4, 6)},
    "tf.keras.backend.reverse": {"x": X, "axes": 1},
    "tf.keras.backend.squeeze": {"x": X[:1], "axis": 0},
    "tf.keras.backend.tile": {"x": X, "n": [1, 2, 1]},
}  # fmt: skip

# Their operands are variadic, so that no keyword reaches them.
VARIADIC: dict[str, tuple[Any, ...]] = {"tf.einsum": ("bij,bkj->bik", X, POSITIVE), "tf.meshgrid": (X[0, 0], X[0, 1])}


def exact_twins() -> list[str]:
    return [name for name in catalog.twins() if (found := catalog.find_twin(name)) is not None and found.exact]


def resolve(name: str) -> Any:
    import keras
    import tensorflow as tf

    value: Any = {"tf": tf, "keras": keras}[name.split(".", maxsplit=1)[0]]
    for part in name.split(".")[1:]:
        value = getattr(value, part)
    return value


def flat_values(result: Any) -> list[np.ndarray]:
    import tensorflow as tf

    return [np.asarray(item) for item in tf.nest.flatten(tuple(result) if isinstance(result, list) else result)]


def keras_arguments(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    found = catalog.find_twin(name)
    assert found is not None
    return {**found.implied, **{found.arguments[key]: value for key, value in arguments.items()}}


def test_every_exact_twin_has_a_sample() -> None:
    assert sorted({*SAMPLES, *VARIADIC}) == sorted(exact_twins())


def test_an_alias_finds_its_twin() -> None:
    assert catalog.twin("tf.reduce_sum") == "keras.ops.sum"


def test_renamed_parameters_are_mapped() -> None:
    found = catalog.find_twin("tf.reduce_sum")
    assert found is not None
    assert found.arguments == {"input_tensor": "x", "axis": "axis", "keepdims": "keepdims"}


def test_a_default_that_differs_is_implied() -> None:
    found = catalog.find_twin("tf.argmax")
    assert found is not None
    assert found.implied == {"axis": 0}


def test_a_function_without_a_twin_has_none() -> None:
    assert catalog.twin("tf.boolean_mask") is None


@pytest.mark.parametrize("name", catalog.twins())
def test_mapped_parameters_exist_on_both_sides(name: str) -> None:
    found = catalog.find_twin(name)
    old = catalog.find(name)
    assert found is not None and old is not None and old.canonical == name
    new = catalog.find(found.name)
    assert new is not None and old.parameters is not None and new.parameters is not None
    theirs = {parameter.name for parameter in new.parameters}
    assert set(found.arguments) <= {parameter.name for parameter in old.parameters}
    assert {*found.arguments.values(), *found.implied} <= theirs


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_values_agree(name: str) -> None:
    found = catalog.find_twin(name)
    assert found is not None
    expected = flat_values(resolve(name)(**SAMPLES[name]))
    actual = flat_values(resolve(found.name)(**keras_arguments(name, SAMPLES[name])))
    assert [a.shape for a in actual] == [e.shape for e in expected]
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(ours.astype(theirs.dtype), theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", sorted(VARIADIC))
def test_values_agree_of_variadic_functions(name: str) -> None:
    found = catalog.find_twin(name)
    assert found is not None
    expected = flat_values(resolve(name)(*VARIADIC[name]))
    actual = flat_values(resolve(found.name)(*VARIADIC[name]))
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", sorted(name for name in SAMPLES if catalog.find_twin(name).implied))  # type: ignore[union-attr]
def test_an_implied_argument_is_needed(name: str) -> None:
    found = catalog.find_twin(name)
    assert found is not None
    bare = {found.arguments[key]: value for key, value in SAMPLES[name].items() if found.arguments[key] != "axis"}
    expected = flat_values(resolve(name)(**{k: v for k, v in SAMPLES[name].items() if k != "axis"}))
    try:
        actual = flat_values(resolve(found.name)(**bare))
    except (TypeError, ValueError):
        return
    same = [a.shape == e.shape and np.allclose(a, e, atol=1e-6) for a, e in zip(actual, expected, strict=True)]
    assert not all(same)
