"""What is told of a constructor's arguments from its text and its syntax."""

from __future__ import annotations

import ast

import pytest

from kerascheck.interpreter.parameter_use import uses_rest


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("super().__init__(**kwargs)", False),
        ("super().__init__(name=f'{units}', **kwargs)", False),
        ("super().__init__(\n            units,\n            **kwargs,\n        )", False),
        ("super().__init__(**kwargs)  # what kwargs holds", False),
        ("super().__init__(**{'units': units, **kwargs, 'name': None})", True),
        ("super().__init__(**kwargs.pop('more'))", True),
        ("super().__init__(**kwargs)\n        self.more = kwargs", True),
        ("super().__init__(*kwargs)", True),
    ],
)
def test_a_constructor_looks_into_what_it_gathers(body: str, expected: bool) -> None:
    text = f"class Layer:\n    def __init__(self, units, **kwargs):\n        {body}\n"
    cls = ast.parse(text).body[0]
    assert isinstance(cls, ast.ClassDef) and isinstance(cls.body[0], ast.FunctionDef)
    assert uses_rest(cls.body[0], ast.get_source_segment(text, cls.body[0]) or "") is expected


def test_a_constructor_without_further_arguments_looks_into_none() -> None:
    function = ast.parse("def __init__(self, units): self.units = units").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert not uses_rest(function, "def __init__(self, units): self.units = units")
