"""The rules of functions against the real Keras and TensorFlow, on ones and zeros."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import find_op, known_ops
from kerascheck.shapes import Shape, TensorSpec
from tests.semantics.ops_differential import (
    Sample,
    assert_both_fail,
    assert_exact,
    assert_sound,
    assert_symbolic,
    bound_arguments,
    ids,
    mask,
    our_outcome,
    real_outcome,
    sample,
    t,
)
from tests.semantics.ops_samples import GRAPH_ONLY, GROUPS, SAMPLES

pytestmark = pytest.mark.tensorflow


def test_every_rule_has_a_sample_call() -> None:
    ours = {name for name in known_ops() if (info := find_op(name)) and "semantics.ops" in info.function.__module__}
    assert ours - {example.name for example in SAMPLES} == GRAPH_ONLY


@cache
def real_outcomes(group: str) -> list[tuple[Sample, Any]]:
    """Every sample of a group with the shapes and dtypes it really gives."""
    return [(example, real_outcome(example)) for example in GROUPS[group]()]


@pytest.mark.parametrize("group", GROUPS)
def test_shapes_and_dtypes_are_those_of_the_real_function(group: str) -> None:
    for example, real in real_outcomes(group):
        assert_exact(example, real)


@pytest.mark.parametrize("group", GROUPS)
def test_with_facts_withheld_nothing_false_is_said(group: str) -> None:
    for example, real in real_outcomes(group):
        assert_sound(example, real)


SYMBOLIC = ("keras.ops.", "keras.activations.", "keras.random.", "keras.losses.", "keras.metrics.")
"""Where functions take KerasTensors."""


def test_symbolic_shapes_are_not_contradicted_by_keras() -> None:
    for example in SAMPLES:
        # Keras infers a vector for ndim, which gives a number.
        if example.name.startswith(SYMBOLIC) and "ndim" not in example.name:
            assert_symbolic(example)


def test_losses_and_data_functions_of_keras_2() -> None:
    checked = set()
    for example in (*GROUPS["losses"](), *GROUPS["preparing"]()):
        older = replace(example, name=f"tf_{example.name}", loose=True)
        try:
            real = real_outcome(older)
        except Exception:
            # The two versions name and take some things differently.
            continue
        assert_exact(older, real)
        assert_sound(older, real)
        checked.add(example.name)
    assert len(checked) >= 20, checked


def test_a_loss_of_sizes_that_do_not_broadcast_fails_in_both_versions() -> None:
    names = {example.name for example in GROUPS["losses"]() if "correlation" not in example.name}
    reported = []
    for prefix in ("", "tf_"):
        for name in sorted(names):
            example = sample(prefix + name, t(4, 2), t(4, 3))
            try:
                our_outcome(example.name, bound_arguments(example))
            except ShapeProblem:
                assert_both_fail(example, ProblemKind.MERGE)
                reported.append(example.name)
            except (AttributeError, TypeError):
                continue
    assert {"keras.metrics.mean_squared_error", "tf_keras.metrics.mean_squared_error"} <= set(reported)


def test_functions_of_a_tensorflow_1_graph() -> None:
    import tensorflow as tf

    from kerascheck.semantics.api import OpCall

    with tf.Graph().as_default():
        fed = tf.compat.v1.placeholder(tf.float32, (None, 3))
        stacked = tf.parallel_stack([tf.ones(3), tf.ones(3)])
    rules = {name: find_op(name) for name in GRAPH_ONLY}
    placeholder, stack = rules["tf.compat.v1.placeholder"], rules["tf.parallel_stack"]
    assert placeholder is not None and stack is not None
    ours = placeholder.function(OpCall("", 2, {"dtype": "float32", "shape": (None, 3)}))
    assert isinstance(ours, TensorSpec) and ours.shape.public() == fed.shape.as_list() == [None, 3]
    three = TensorSpec(Shape.of(3), "float32")
    ours = stack.function(OpCall("", 2, {"values": [three, three]}))
    assert isinstance(ours, TensorSpec) and ours.shape.public() == stacked.shape.as_list() == [2, 3]


x, y = t(2, 3), t(2, 4)
FAILURES: dict[ProblemKind, list[Sample]] = {
    ProblemKind.MERGE: [
        sample("keras.ops.add", x, y),
        sample("tf.math.multiply", x, t(3, 3)),
        sample("keras.backend.equal", x, y),
        sample("tf.where", mask(2, 3), y, y),
        sample("tf.clip_by_value", x, y, y),
        sample("tf.nn.batch_normalization", x, t(4), t(4), None, None, 0.1),
        sample("tf.nn.bias_add", x, t(4)),
        sample("tf.broadcast_to", x, [3, 3]),
        sample("tf.nn.softmax_cross_entropy_with_logits", x, y),
        sample("tf.nn.sparse_softmax_cross_entropy_with_logits", ids(2, 1), x),
        sample("tf.nn.sigmoid_cross_entropy_with_logits", t(2, 1), x),
        sample("keras.ops.take_along_axis", x, ids(3, 3), axis=1),
        sample("keras.metrics.binary_crossentropy", t(4), t(4, 1)),
        sample("keras.metrics.binary_crossentropy", t(4, 1), x),
        sample("keras.metrics.binary_focal_crossentropy", t(2, 1), x),
        sample("keras.metrics.categorical_crossentropy", t(2, 1), x),
        sample("keras.metrics.binary_accuracy", x, y),
        sample("tf.strings.join", [t(2, 3, dtype="string"), t(2, 2, dtype="string")]),
    ],
    ProblemKind.MATMUL: [
        sample("keras.ops.matmul", x, x),
        sample("tf.linalg.matmul", x, x),
        sample("tf.linalg.matmul", t(2, 3, 4), t(3, 4, 5)),
        sample("tf.linalg.matmul", t(3), x),
        sample("keras.ops.dot", x, x),
        sample("keras.backend.dot", x, x),
        sample("keras.backend.batch_dot", t(2, 3, 5), t(2, 4, 7)),
        sample("tf.tensordot", x, y, 1),
        sample("keras.ops.tensordot", x, x, [[0], [1]]),
        sample("keras.ops.inner", x, y),
    ],
    ProblemKind.EINSUM: [
        sample("keras.ops.einsum", "bij,bjk->bik", t(2, 3, 5), t(2, 4, 7)),
        sample("tf.einsum", "bij,bjk->bik", t(2, 3, 5), t(2, 4, 7)),
        sample("tf.einsum", "ij,jk->ik", t(2, 1), t(3, 5)),
        sample("tf.einsum", "ij,jk->ik", t(2, 3, 4), t(4, 5)),
        sample("tf.einsum", "ij->ijk", x),
        sample("tf.einsum", "ij,jk->ik", x),
    ],
    ProblemKind.RESHAPE: [
        sample("tf.reshape", x, [4, 2]),
        sample("keras.ops.reshape", x, (-1, 4)),
        sample("keras.backend.reshape", x, (-1, -1)),
    ],
    ProblemKind.CONCATENATE: [
        sample("tf.concat", [x, y], 0),
        sample("keras.ops.concatenate", [x, t(2, 3, 1)], 0),
        sample("keras.backend.concatenate", [x, t(3, 3)]),
        sample("tf.stack", [x, y]),
        sample("keras.ops.stack", [x, y]),
        sample("keras.ops.vstack", [x, y]),
    ],
    ProblemKind.AXIS: [
        *(sample(f"keras.ops.{name}", x, axis=2) for name in ("sum", "argmax", "softmax", "cumsum", "sort", "flip")),
        *(sample(f"tf.math.{name}", x, axis=-3) for name in ("reduce_mean", "argmax", "cumsum", "l2_normalize")),
        sample("tf.nn.moments", x, [2]),
        sample("tf.roll", x, 1, 2),
        sample("tf.transpose", x, [0, 0]),
        sample("keras.ops.transpose", x, (0, 1, 2)),
        sample("tf.squeeze", x, 0),
        sample("keras.ops.squeeze", x, axis=1),
        sample("tf.expand_dims", x, 4),
        sample("tf.concat", [x, x], 2),
        sample("tf.math.top_k", x, 4),
        sample("tf.split", t(2, 7), 3, 1),
        sample("tf.split", t(2, 7), [3, 3], 1),
        sample("tf.unstack", x, 3),
        sample("tf.gather_nd", x, ids(2, 3)),
    ],
    ProblemKind.CROP: [sample("tf.slice", t(4), [2], [3])],
    ProblemKind.NEGATIVE: [
        sample("tf.nn.conv2d", t(1, 2, 2, 3), t(5, 5, 3, 1), 1, "VALID"),
        sample("tf.nn.max_pool2d", t(1, 2, 2, 3), 5, 1, "VALID"),
    ],
    ProblemKind.SIZE: [sample("tf.nn.conv2d", t(1, 4, 4, 4), t(1, 1, 3, 1), 1, "VALID")],
    ProblemKind.RANK: [
        sample("tf.tile", x, [2]),
        sample("tf.pad", x, [[1, 1]]),
        sample("tf.image.resize", x, (2, 2)),
        sample("keras.ops.image.resize", x, (2, 2)),
        sample("keras.ops.image.crop_images", x, 1, 1, 1, 2),
        sample("keras.ops.image.rgb_to_hsv", x),
    ],
    ProblemKind.VALUE: [
        sample("keras.ops.image.rgb_to_grayscale", t(6, 8, 2)),
        sample("tf.nn.space_to_depth", t(1, 3, 4, 1), 2),
        sample("tf.image.rgb_to_grayscale", t(4, 4, 2)),
        sample("tf.ensure_shape", x, [3, None]),
    ],
}


@pytest.mark.parametrize("kind", FAILURES)
def test_what_is_reported_really_fails(kind: ProblemKind) -> None:
    for example in FAILURES[kind]:
        assert_both_fail(example, kind)


def test_a_window_that_leaves_nothing_fails_on_keras_tensors_only() -> None:
    import keras

    with pytest.raises(ValueError, match="zero or negative"):
        keras.ops.conv(keras.KerasTensor((None, 2, 2, 3)), keras.KerasTensor((3, 3, 3, 1)))
    for symbolic_input in (True, False):
        operands = {
            "inputs": TensorSpec(Shape.of(1, 2, 2, 3), "float32", None, symbolic_input),
            "kernel": TensorSpec(Shape.of(3, 3, 3, 1), "float32"),
        }
        options = {"strides": 1, "padding": "valid", "data_format": None, "dilation_rate": 1}
        from kerascheck.semantics.api import OpCall

        rule = find_op("keras.ops.conv")
        assert rule is not None
        call = OpCall("keras.ops.conv", 3, operands | options)
        if symbolic_input:
            with pytest.raises(ShapeProblem):
                rule.function(call)
        else:
            made = rule.function(call)
            assert isinstance(made, TensorSpec) and made.shape.public() == [1, None, None, 1]


def test_values_of_shapes_are_those_of_the_real_tensors() -> None:
    import tensorflow as tf

    from kerascheck.semantics.api import OpCall

    def content(name: str, **arguments: Any) -> Any:
        rule = find_op(name)
        assert rule is not None
        made = rule.function(OpCall(name, 2, arguments))
        assert isinstance(made, TensorSpec)
        return made.content

    four = TensorSpec(Shape.of(4), "int32", (2, 3, 5, 7))
    real = tf.constant([2, 3, 5, 7])
    assert content("tf.math.reduce_prod", input_tensor=four, axis=None, keepdims=False) == int(tf.reduce_prod(real))
    assert content("tf.math.reduce_sum", input_tensor=four, axis=0, keepdims=False) == int(tf.reduce_sum(real))
    taken = tuple(tf.gather(real, [0, 2]).numpy())
    assert content("tf.gather", params=four, indices=[0, 2], axis=0, batch_dims=0) == taken
    assert content("tf.reverse", tensor=four, axis=[0]) == tuple(tf.reverse(real, [0]).numpy())
    assert content("tf.slice", input_=four, begin=[1], size=[2]) == tuple(tf.slice(real, [1], [2]).numpy())
    assert content("tf.range", start=1, limit=8, delta=3, dtype=None) == tuple(tf.range(1, 8, 3).numpy())
    assert content("tf.math.floordiv", x=four, y=2) == tuple((real // 2).numpy())
