"""Code that connects to a TPU goes on without one, and is checked as code for one."""

from __future__ import annotations

import pytest

from kerascheck.program import Program

from .conftest import Run

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def program(traced: Run) -> Program:
    outcome = traced("tpu.py", device="auto", keras="3")
    assert outcome.program is not None
    assert outcome.ending == "finished"
    return outcome.program


def test_the_device_is_a_tpu_from_the_line_that_asks_for_it(program: Program) -> None:
    assert program.device == "tpu"
    assert program.device_span is not None
    assert program.device_span.line == 6


def test_what_was_built_for_it_is_lowered(program: Program) -> None:
    assert [(step.name, step.lowers) for step in program.steps] == [("inference", True), ("training", True)]


def test_the_dataset_it_is_fitted_on_is_looked_at(program: Program) -> None:
    (fed,) = program.datasets
    assert (fed.shapes, fed.open_batch, fed.open_sizes, fed.whole) == (("(None, 4)", "(None, 2)"), True, False, False)
    assert fed.batched is not None
    assert fed.batched.line == 16


def test_another_device_that_was_asked_for_stays(traced: Run) -> None:
    outcome = traced("tpu.py", device="cpu", keras="3")
    assert outcome.program is not None
    assert outcome.program.device == "cpu"
