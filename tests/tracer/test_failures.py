"""However the user's code ends, that is told in one sentence, and what it built is kept."""

from __future__ import annotations

import pytest

from kerascheck.problems import ProblemKind
from kerascheck.tracer import Outcome

from .conftest import SCRIPTS, Run

pytestmark = pytest.mark.tensorflow


def _models(outcome: Outcome) -> list[str]:
    return [] if outcome.program is None else [model.name for model in outcome.program.models]


def test_sys_exit_is_a_good_end(traced: Run) -> None:
    outcome = traced("exits.py")
    assert (outcome.ending, outcome.sentence, _models(outcome)) == ("finished", "", ["net"])


def test_a_free_image_size_has_a_name_of_its_own(traced: Run) -> None:
    program = traced("exits.py").program
    assert program is not None
    assert [node.shape.texts() for node in program.models[0].nodes()] == [["B", "H", "W", 3], ["B", "H", "W", 2]]


def test_stop_at_model_ends_the_script_at_its_first_training_call(traced: Run) -> None:
    outcome = traced("exits.py", stop_at_model=True)
    assert outcome.ending == "stopped"
    assert outcome.sentence.endswith("exits.py:9, at its first predict()")


def test_a_crash_names_the_users_line_and_the_exception(traced: Run) -> None:
    outcome = traced("crashes.py")
    assert outcome.sentence.endswith("crashes.py:8: KeyError: 'no such thing'")
    assert (outcome.ending, outcome.span.line if outcome.span else 0, _models(outcome)) == ("crashed", 8, ["net"])


def test_a_missing_import_names_the_users_line(traced: Run) -> None:
    outcome = traced("no_import.py")
    assert outcome.sentence.endswith("no_import.py:2: ModuleNotFoundError: No module named 'no_such_module_anywhere'")


def test_a_time_limit_keeps_what_was_built(traced: Run) -> None:
    outcome = traced("loop.py", timeout=1.0)
    where = SCRIPTS / "loop.py"
    assert outcome.sentence == f"{where} was stopped after 1 s (--timeout), at {where}:5"
    assert (outcome.ending, _models(outcome)) == ("timeout", ["net"])


def test_a_process_that_dies_is_told(traced: Run) -> None:
    outcome = traced("dies.py")
    assert outcome.sentence.endswith("dies.py:3: the traced process died of SIGSEGV while it ran your code")
    assert (outcome.ending, outcome.program) == ("lost", None)


def test_what_a_process_built_before_it_died_is_reported(traced: Run) -> None:
    outcome = traced("dies_late.py")
    assert outcome.sentence.endswith("dies_late.py:7: the traced process died of SIGABRT while it ran your code")
    assert (outcome.ending, _models(outcome)) == ("lost", ["net"])


def test_a_call_that_fails_carries_the_problem_that_the_semantics_find(traced: Run) -> None:
    program = traced("mismatch.py").program
    assert program is not None
    problems = [(node.problem.kind, node.source) for _, node in program.nodes() if node.problem is not None]
    assert [(kind, source.span.line if source else 0) for kind, source in problems] == [
        (ProblemKind.NEGATIVE, 11),
        (ProblemKind.CONCATENATE, 22),
    ]


def test_the_operands_of_a_failed_call_keep_their_shapes(traced: Run) -> None:
    program = traced("mismatch.py").program
    assert program is not None
    model, node = next((model, node) for model, node in program.nodes() if node.op == "keras.layers.Concatenate")
    assert [spec.shape.public() for spec in model.operand_specs(node)] == [[None, 24, 24, 8], [None, 12, 12, 8]]
