"""Mistakes that people asked about: found in a program that makes them, and not in one that does not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from kerascheck import Settings, check_source

QUESTIONS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "data" / "questions.toml").read_text(encoding="utf-8")
)["question"]
ASKED = [
    pytest.param(question, keras, id=f"{question['rule']}-{number}-keras{keras}")
    for number, question in enumerate(QUESTIONS, start=1)
    for keras in question["keras"]
]
SILENT = ("KC2", "KC3", "KC4", "KC5", "KC8")
"""The families of which nine in ten are to be found."""


def codes(text: str, keras: int) -> set[str]:
    """The codes of what is found in a program."""
    settings = Settings(keras="2" if keras == 2 else "3")
    return {found.code for found in check_source(text, "model.py", settings)}


@pytest.mark.parametrize(("question", "keras"), ASKED)
def test_the_mistake_is_found(question: dict[str, Any], keras: int) -> None:
    assert (question["rule"] in codes(question["bad"], keras)) is question.get("found", True)


@pytest.mark.parametrize(("question", "keras"), ASKED)
def test_nothing_is_found_once_it_is_mended(question: dict[str, Any], keras: int) -> None:
    assert codes(question["good"], keras) == set()


def test_nine_in_ten_of_the_mistakes_that_nothing_tells_are_found() -> None:
    asked = [question for question in QUESTIONS if question["rule"].startswith(SILENT)]
    found = [question for question in asked if question.get("found", True)]
    assert len(asked) >= 60
    assert len(found) >= 0.9 * len(asked)
