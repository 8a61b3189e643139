"""Binding a library's arguments over its laid-out defaults gives what going through its parameters gives."""

from __future__ import annotations

import pytest

from kerascheck.catalog import find
from kerascheck.interpreter.binding import Signature, bind_to
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, UnknownValue, Value

CALLABLES = ("keras.layers.Dense", "keras.ops.reshape", "tf.concat", "tf.debugging.assert_equal", "keras.Model")


def written(bound: dict[str, Value]) -> list[tuple[str, object]]:
    """The arguments in order; two unknown values are alike where they say the same."""
    return [(name, value.why if isinstance(value, UnknownValue) else value) for name, value in bound.items()]


@pytest.mark.parametrize("name", CALLABLES)
@pytest.mark.parametrize(
    "arguments",
    [
        Arguments(),
        Arguments((1,)),
        Arguments((1, 2), {"axis": 3, "other": 4}),
        Arguments((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)),
        Arguments((1,), {"name": "given"}, open=True),
    ],
)
def test_a_signature_binds_as_going_through_the_parameters_does(name: str, arguments: Arguments) -> None:
    symbol = find(name)
    assert symbol is not None
    assert symbol.parameters is not None
    assert written(Signature.of(symbol.parameters).bind(arguments)) == written(bind_to(symbol.parameters, arguments))


def test_a_keyword_that_a_positional_argument_was_given_for_too_wins_in_its_place() -> None:
    symbol = find("keras.layers.Dense")
    assert symbol is not None
    assert symbol.parameters is not None
    bound = Signature.of(symbol.parameters).bind(Arguments((8,), {"units": 9}))
    assert next(iter(bound.items())) == ("units", 9)


def test_binding_one_call_leaves_the_defaults_of_the_next() -> None:
    symbol = find("keras.layers.Dense")
    assert symbol is not None
    assert symbol.parameters is not None
    signature = Signature.of(symbol.parameters)
    signature.bind(Arguments((8, "relu")))["use_bias"] = NOTHING_KNOWN
    assert signature.bind(Arguments((8,)))["activation"] is None
    assert signature.bind(Arguments((8,)))["use_bias"] is True
