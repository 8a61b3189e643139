"""A program that makes things at each of its steps is traced without holding on to them."""

from __future__ import annotations

import pytest

from kerascheck.tracer.request import Ending

from .conftest import Run

pytestmark = pytest.mark.tensorflow


def test_what_each_step_makes_goes_away(traced: Run) -> None:
    outcome = traced("in_a_loop.py", keras="3")
    assert (outcome.ending, outcome.sentence) == (Ending.FINISHED, "")
    assert outcome.program is not None
    assert [model.name for model in outcome.program.models] == ["net"]
