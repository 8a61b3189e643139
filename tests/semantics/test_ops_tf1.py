"""What TensorFlow 1 does in a graph alone, and what writes variables, against the real functions."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.semantics.api import OpCall, find_op
from kerascheck.shapes import Shape, TensorSpec
from tests.semantics.ops_differential import flattened, real_function
from tests.semantics.ops_samples import GRADIENTS, OF_VARIABLES, TF1_METRICS

pytestmark = pytest.mark.tensorflow

MATRIX = TensorSpec(Shape.of(4, 3), "float32")


def ours(name: str, **arguments: Any) -> list[tuple[list[int | None] | None, str | None]]:
    info = find_op(name)
    assert info is not None
    return [(each.shape.public(), each.dtype) for each in flattened(info.function(OpCall(name, 2, arguments)))]


def as_told(tensors: Any) -> list[tuple[list[int | None] | None, str | None]]:
    return [(each.shape.as_list(), each.dtype.name.removesuffix("_ref")) for each in flattened(tensors)]


@pytest.mark.parametrize("name", sorted(OF_VARIABLES))
def test_what_writes_a_variable_gives_it(name: str) -> None:
    import tensorflow as tf

    with tf.Graph().as_default():
        variable = tf.compat.v1.get_variable("v", (4, 3), use_resource="assign" not in name)
        rows, matrix = tf.ones((1, 3)), tf.ones((4, 3))
        if "scatter_nd" in name:
            given: tuple[Any, ...] = ([[0]], rows)
        else:
            given = ([0], rows) if "scatter" in name else (matrix,)
        written = as_told([real_function(name)(variable, *given)])
    assert ours(name, **{"x" if "backend" in name else "ref": MATRIX}) == written == [([4, 3], "float32")]


@pytest.mark.parametrize("name", sorted(TF1_METRICS))
def test_a_metric_is_a_value_and_its_update(name: str) -> None:
    import tensorflow as tf

    with tf.Graph().as_default():
        x = tf.zeros((4, 3))
        given = {"mean": (x,), "percentage_below": (x, 1.0)}.get(name.rpartition(".")[2], (x, x))
        assert as_told(real_function(name)(*given)) == ours(name, labels=MATRIX) == [([], "float32")] * 2


@pytest.mark.parametrize("name", sorted(GRADIENTS))
def test_gradients_have_the_shapes_of_what_they_are_by(name: str) -> None:
    import tensorflow as tf

    parameter = "variables" if "backend" in name else "xs"
    with tf.Graph().as_default():
        variables = [tf.compat.v1.get_variable(str(size), (size, 3)) for size in (4, 5)]
        loss = sum(tf.reduce_sum(each) for each in variables)
        several, one = real_function(name)(loss, variables), real_function(name)(loss, variables[0])
        assert isinstance(several, list) and isinstance(one, list)
        real = as_told(several), as_told(one)
    other = TensorSpec(Shape.of(5, 3), "float32")
    assert (ours(name, **{parameter: [MATRIX, other]}), ours(name, **{parameter: MATRIX})) == real


def test_the_total_loss_is_one_number() -> None:
    import tensorflow as tf

    with tf.Graph().as_default():
        tf.compat.v1.losses.mean_squared_error(tf.ones((4, 3)), tf.ones((4, 3)))
        real = tf.compat.v1.losses.get_total_loss().shape.as_list()
    assert ours("tf.compat.v1.losses.get_total_loss") == [(real, None)] == [([], None)]
