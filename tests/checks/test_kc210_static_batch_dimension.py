from __future__ import annotations

from hand_made import line

from kerascheck.checks.kc210_static_batch_dimension import check
from kerascheck.diagnostic import TrailStep
from kerascheck.program import NoneUse, Program


def test_the_message_names_the_expression_and_what_is_given_none() -> None:
    program = Program("model.py", none_uses=[NoneUse(line(3), "range", "range(x.shape[0])")])
    (finding,) = check(program)
    assert finding.message == "`range(x.shape[0])` uses the static size of the batch as a number, and that is None"
    assert finding.label == "`range` is given None"


def test_the_trail_leads_from_the_call_to_the_use() -> None:
    program = Program("model.py", none_uses=[NoneUse(line(3), "*", "n * 2", (line(5), line(9)))])
    (finding,) = check(program)
    assert finding.trail == (TrailStep(line(9), "called from here"), TrailStep(line(5), "called from here"))


def test_a_line_that_runs_twice_is_told_once() -> None:
    use = NoneUse(line(3), "*", "n * 2")
    assert len(list(check(Program("model.py", none_uses=[use, use])))) == 1
