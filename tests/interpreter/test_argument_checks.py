"""What a call is certainly refused for: arguments that its function has no place for."""

from __future__ import annotations

import pytest

from kerascheck.config import Generation
from tests.interpreter.support import run


@pytest.mark.parametrize(
    ("package", "meant", "noted"),
    [
        ("keras", 3, [("keras.utils.to_categorical", 2, 3)]),
        ("tf_keras", 3, []),
        ("tensorflow.keras", 2, []),
    ],
)
def test_arguments_by_position_that_only_keras_2_took_are_noted_of_keras_3_alone(
    package: str, meant: Generation, noted: list[tuple[str, int, int]]
) -> None:
    program = run(
        f"""
        import keras as other
        import {package} as keras
        keras.utils.to_categorical([0, 1], 2, "float32")
        """,
        keras=meant,
    )
    assert [(each.callee, each.places, each.given) for each in program.wrong_arguments if each.former] == noted


@pytest.mark.parametrize(("package", "noted"), [("keras", [(0, 1)]), ("tf_keras", [])])
def test_a_layer_of_keras_3_hands_its_base_nothing_by_position(package: str, noted: list[tuple[int, int]]) -> None:
    program = run(
        f"""
        import {package} as keras
        class Block(keras.layers.Layer):
            def __init__(self):
                super().__init__(self)
        Block()
        """
    )
    assert [(each.places, each.given) for each in program.wrong_arguments if each.former] == noted
