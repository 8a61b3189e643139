"""Lambda layers: their function is followed, and what it made is marked."""

from __future__ import annotations

import pytest

from tests.interpreter.support import model_of, named, run


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        ("lambda x: x * 2", "(None, 4, 6)"),
        ("lambda x: x[:, 0]", "(None, 6)"),
        ("lambda x: ops.mean(x, axis=1)", "(None, 6)"),
        ("lambda x: ops.concatenate([x, x], axis=-1)", "(None, 4, 12)"),
        ("halve", "(None, 4, 3)"),
        ("lambda x: ops.expand_dims(x, -1)", "(None, 4, 6, 1)"),
    ],
)
def test_the_functions_shape_is_the_layers(function: str, shape: str) -> None:
    program = f"""
    from keras import Input, Model, layers, ops
    def halve(x):
        return x[..., : x.shape[-1] // 2]
    x = Input((4, 6))
    Model(x, layers.Lambda({function}, name="l")(x))
    """
    assert str(named(run(program), "l").shape) == shape


def test_a_lambda_gets_its_arguments() -> None:
    program = """
    from keras import Input, Model, layers, ops
    x = Input((4, 6))
    Model(x, layers.Lambda(lambda x, times: ops.tile(x, [1, 1, times]), arguments={"times": 3}, name="l")(x))
    """
    assert str(named(run(program), "l").shape) == "(None, 4, 18)"


def test_what_a_lambda_made_is_marked() -> None:
    program = """
    from keras import Input, Model, layers, ops
    x = Input((4,))
    y = ops.add(x, 1)
    Model(x, layers.Lambda(lambda x: ops.multiply(x, 2), name="l")(y))
    """
    model = model_of(run(program))
    assert {node.op: (node.in_lambda, node.scope) for node in model.nodes() if node.kind == "op"} == {
        "keras.ops.add": (False, ()),
        "keras.ops.multiply": (True, ("l",)),
    }


def test_a_layer_called_in_a_lambda_has_its_parameters_there() -> None:
    program = """
    from keras import Input, Model, layers
    dense = layers.Dense(3, name="inner")
    x = Input((4,))
    Model(x, layers.Lambda(lambda x: dense(x), name="l")(x))
    """
    inner = named(run(program), "inner")
    assert (inner.in_lambda, str(inner.shape)) == (True, "(None, 3)")


def test_a_function_that_is_not_known_gives_the_shape_the_layer_declares() -> None:
    program = """
    from keras import Input, Model, layers
    from elsewhere import function
    x = Input((4,))
    Model(x, layers.Lambda(function, output_shape=(7,), name="l")(x))
    """
    assert str(named(run(program), "l").shape) == "(None, 7)"


def test_a_function_that_is_not_known_gives_no_shape() -> None:
    program = """
    from keras import Input, Model, layers
    from elsewhere import function
    x = Input((4,))
    Model(x, layers.Lambda(function, name="l")(x))
    """
    assert str(named(run(program), "l").shape) == "?"
