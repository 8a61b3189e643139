"""Little sums about axes and sizes have the values that TensorFlow itself gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kerascheck.tracer.constants import Constants

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def tf() -> Any:
    """TensorFlow, in this process."""
    return pytest.importorskip("tensorflow")


def folded(tf: Any, function: Callable[..., Any], *shapes: tuple[int | None, ...]) -> Any:
    """The value found of what ``function`` makes of placeholders of ``shapes``."""
    graph = tf.__internal__.FuncGraph("constants")
    with graph.as_default():
        tensor = function(*(tf.compat.v1.placeholder(tf.float32, shape) for shape in shapes))
    constants = Constants()
    constants.take_captures(graph)
    value = constants.value(tensor)
    return None if value is None else value.tolist()


def permutation(tf: Any, softmax: Any) -> Any:
    """What the first transpose of a softmax permutes by."""
    while softmax.op.type != "Softmax":
        softmax = softmax.op.inputs[0]
    return softmax.op.inputs[0].op.inputs[1]


def test_the_permutation_of_a_softmax_over_the_first_axis(tf: Any) -> None:
    assert folded(tf, lambda x: permutation(tf, tf.nn.softmax(x, axis=0)), (7, 5, 4)) == [2, 1, 0]


CASES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "range": (lambda tf: tf.range(tf.constant(4)), [0, 1, 2, 3]),
    "concat": (lambda tf: tf.concat([tf.range(2), tf.stack([5, 4])], 0), [0, 1, 5, 4]),
    "arithmetic": (lambda tf: tf.maximum(tf.constant([7, -7]) // 2 + 1, 0) * 3 - 1, [11, -1]),
    "remainder": (lambda tf: tf.math.floormod(tf.constant([-1, 5]), 3), [2, 2]),
    "negative steps": (lambda tf: tf.range(5)[3:0:-2], [3, 1]),
    "one element": (lambda tf: tf.range(5)[-1], 4),
    "new axis": (lambda tf: tf.range(2)[None, ..., None], [[[0], [1]]]),
    "slice": (lambda tf: tf.slice(tf.range(5), [1], [-1]), [1, 2, 3, 4]),
    "gather": (lambda tf: tf.gather(tf.range(3, 9), [2, 0]), [5, 3]),
    "choice": (lambda tf: tf.where(tf.constant([-1, 2]) < 0, tf.constant([3, 3]), [0, 2]), [3, 2]),
    "inverse": (lambda tf: tf.math.invert_permutation(tf.constant([2, 0, 1])), [1, 2, 0]),
    "difference": (lambda tf: tf.raw_ops.ListDiff(x=tf.range(4), y=[1, 2]).out, [0, 3]),
    "product": (lambda tf: tf.reduce_prod(tf.constant([[2, 3], [4, 5]]), axis=1, keepdims=True), [[6], [20]]),
    "tile and fill": (lambda tf: tf.tile(tf.fill([2], 3), [2]), [3, 3, 3, 3]),
    "reverse": (lambda tf: tf.reverse(tf.range(3), [0]), [2, 1, 0]),
    "transpose": (lambda tf: tf.transpose(tf.reshape(tf.range(4), (2, 2))), [[0, 2], [1, 3]]),
    "cast": (lambda tf: tf.cast(tf.constant([1.9]), tf.int32), [1]),
}


@pytest.mark.parametrize("name", CASES)
def test_an_op_of_constants_is_a_constant(tf: Any, name: str) -> None:
    function, expected = CASES[name]
    assert function(tf).numpy().tolist() == expected
    assert folded(tf, lambda: function(tf)) == expected


def test_what_comes_of_a_tensors_values_is_none(tf: Any) -> None:
    assert folded(tf, lambda x: tf.cast(x[0, :2], tf.int32), (7, 4)) is None


def test_a_fixed_shape_is_a_constant_and_an_open_one_is_none(tf: Any) -> None:
    assert folded(tf, lambda x: tf.shape(tf.nn.relu(x))[:1] * 2, (7, 4)) == [14]
    assert folded(tf, tf.shape, (None, 4)) is None


def test_a_long_value_is_not_kept(tf: Any) -> None:
    assert folded(tf, lambda: tf.range(tf.constant(100))) is None


def test_a_constant_made_outside_the_graph_is_known(tf: Any) -> None:
    axes = tf.constant([1, 0])
    assert folded(tf, lambda x: tf.transpose(x, axes).op.inputs[1], (7, 4)) == [1, 0]
