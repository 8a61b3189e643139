"""tf_keras: its functional models hold TensorFlow's own functions, which keep their names."""

from __future__ import annotations

import pytest

from kerascheck.graph import ModelGraph

from .conftest import Run

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def model(traced: Run) -> ModelGraph:
    program = traced("keras2.py").program
    assert program is not None
    assert program.generation == 2
    (model,) = program.models
    return model


def test_every_call_is_a_node_with_its_canonical_name_and_symbolic_shape(model: ModelGraph) -> None:
    assert [(node.op, node.shape.texts()) for node in model.nodes() if node.kind != "variable"] == [
        ("keras.Input", ["B", 28, 28, 1]),
        ("keras.layers.Conv2D", ["B", 26, 26, 32]),
        ("tf.math.reduce_mean", ["B", 32]),
        ("keras.ops.multiply", ["B", 32]),
        ("tf.nn.softmax", ["B", 32]),
        ("Scale", ["B", 32]),
        ("tf.math.reduce_sum", [32]),
        ("keras.ops.add", ["B", 32]),
        ("keras.ops.get_item", ["B", 4]),
        ("keras.layers.Dense", ["B", 2]),
    ]


def test_an_op_keeps_the_arguments_it_was_called_with(model: ModelGraph) -> None:
    (node,) = [node for node in model.nodes() if node.op == "tf.nn.softmax"]
    assert node.config["axis"] == 0


def test_a_plain_variable_that_is_an_attribute_is_tracked(model: ModelGraph) -> None:
    (variable,) = [node for node in model.nodes() if node.kind == "variable"]
    assert variable.tracked is True


def test_the_parameters_are_the_live_models(model: ModelGraph) -> None:
    assert (model.params, model.trainable) == (331, 331)
