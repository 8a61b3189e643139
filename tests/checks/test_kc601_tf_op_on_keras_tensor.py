from __future__ import annotations

from dataclasses import replace

import pytest

from kerascheck.checks.kc601_tf_op_on_keras_tensor import check
from kerascheck.diagnostic import TrailStep


def symbolic(build, *shape):
    """An input that is a KerasTensor."""
    node = build.input(*shape)
    node.outputs = (replace(node.outputs[0], keras_tensor=True),)
    return node


def test_the_message_names_the_expression_and_the_help_the_twin(build, span):
    x = symbolic(build, 28, 28, 16)
    build.node("tf.math.reduce_mean", (16,), x, text="tf.reduce_mean(x, axis=[1, 2])", on_keras_tensor=True)
    (finding,) = check(build.finish())
    assert finding.span == span(2)
    assert finding.message == (
        "`tf.reduce_mean(x, axis=[1, 2])`: a KerasTensor cannot be used as input to a TensorFlow function"
    )
    assert finding.trail == (TrailStep(span(1), "KerasTensor of shape (None, 28, 28, 16)"),)
    assert finding.help == "write `keras.ops.mean(x, axis=[1, 2])`"


@pytest.mark.parametrize(
    ("function", "written", "help"),
    [
        ("tf.concat", "tf.concat([x, y], -1)", "write `keras.ops.concatenate([x, y], -1)`"),
        ("tf.concat", "tf.concat(values=[x, y], axis=1)", "write `keras.ops.concatenate(xs=[x, y], axis=1)`"),
        ("tf.math.reduce_sum", "tf.reduce_sum(x, *more)", "write `keras.ops.sum` instead of `tf.math.reduce_sum`"),
        ("tf.math.reduce_sum", "tf.reduce_sum(x, 1, name='s')", "write `keras.ops.sum(x, 1)`"),
    ],
)
def test_the_help_is_the_users_call_written_with_the_twin_where_every_argument_has_a_counterpart(
    function, written, help, build
):
    build.node(function, (4,), symbolic(build, 8), text=written, on_keras_tensor=True)
    (finding,) = check(build.finish())
    assert finding.help == help


def test_a_function_without_a_twin_belongs_in_a_layer(build):
    build.node("tf.signal.dct", (8,), symbolic(build, 8), on_keras_tensor=True)
    (finding,) = check(build.finish())
    assert finding.help == "call `tf.signal.dct` inside the `call` of a layer of your own, and that layer on the tensor"


def test_only_the_symbolic_operands_are_in_the_trail(build, span):
    weights = build.node("tf.ones", (8,))
    build.node("tf.math.multiply", (8,), symbolic(build, 8), weights, on_keras_tensor=True)
    (finding,) = check(build.finish())
    assert [step.span for step in finding.trail] == [span(2)]


def test_a_function_that_is_called_gives_the_call_after_the_tensors(build, span):
    x = symbolic(build, 8)
    node = build.node("tf.math.exp", (8,), x, on_keras_tensor=True)
    node.source = replace(node.source, stack=(span(9),))
    (finding,) = check(build.finish())
    assert finding.trail == (
        TrailStep(span(1), "KerasTensor of shape (None, 8)"),
        TrailStep(span(9), "called from here"),
    )


def test_a_branch_for_another_version_is_left_alone(build):
    build.node("tf.math.exp", (8,), symbolic(build, 8), on_keras_tensor=True, guards=("not version",))
    assert list(check(build.finish())) == []


def test_keras_2_wraps_the_function(build):
    build.node("tf.math.reduce_mean", (), symbolic(build, 8), on_keras_tensor=True, generation=2)
    assert list(check(build.finish())) == []


def test_inside_a_layers_call_the_tensor_is_a_tensorflow_one(build):
    build.node("tf.math.reduce_mean", (), build.input(8), on_keras_tensor=False)
    assert list(check(build.finish())) == []


@pytest.mark.parametrize("name", ["tf.print", "tf.is_tensor", "tf.nest.flatten", "tf.compat.v1.is_tensor"])
def test_a_function_that_takes_any_object_is_no_hazard(name, build):
    build.node(name, (), symbolic(build, 8), on_keras_tensor=True)
    assert list(check(build.finish())) == []


def test_an_operator_or_a_keras_op_is_no_tensorflow_function(build):
    build.node("keras.ops.add", (8,), symbolic(build, 8), on_keras_tensor=True)
    assert list(check(build.finish())) == []
