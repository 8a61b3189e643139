from __future__ import annotations

import pytest

from kerascheck.tracer.input_shapes import GivenInput, parse_inputs
from kerascheck.tracer.request import TargetError


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("28,28,1", GivenInput(None, (28, 28, 1))),
        ("(28, 28, 1)", GivenInput(None, (28, 28, 1))),
        ("None,3", GivenInput(None, (None, 3))),
        ("7:int32", GivenInput(None, (7,), "int32")),
        ("ids=None:int64", GivenInput("ids", (None,), "int64")),
        ("user=:string", GivenInput("user", (), "string")),
    ],
)
def test_an_input_is_its_sizes_without_the_batch(text: str, given: GivenInput) -> None:
    assert parse_inputs([text]) == (given,)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["28x28"], "--input-shape '28x28': '28x28' is neither a positive size nor None"),
        (["0,3"], "--input-shape '0,3': '0' is neither a positive size nor None"),
        (["-1,3"], "--input-shape '-1,3': '-1' is neither a positive size nor None"),
        (["3:real"], "--input-shape '3:real': 'real' is no dtype"),
        (["a=b=3"], "--input-shape 'a=b=3': expected [NAME=]SIZE,SIZE,...[:DTYPE]"),
        (["a=3", "4"], "--input-shape: give either all inputs a name or none"),
        (["a=3", "a=4"], "--input-shape: two inputs have the same name"),
    ],
)
def test_what_is_of_another_form_is_told_in_one_sentence(texts: list[str], told: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_inputs(texts)
    assert str(caught.value).startswith(told)
