from __future__ import annotations

import pytest
from hand_made import line

from kerascheck.checks.kc309_trainable_weights_edited import check
from kerascheck.program import Program, WeightListEdit


def edited(what: str, method: str) -> Program:
    edit = WeightListEdit("keras.layers.Dense", what, method, 3, line(7), (line(2),))
    return Program("model.py", weight_list_edits=[edit])


@pytest.mark.parametrize("method", ["extend", "append", "insert", "remove", "clear"])
@pytest.mark.parametrize("what", ["trainable_weights", "trainable_variables", "weights"])
def test_an_edit_of_the_returned_list_is_found(what: str, method: str) -> None:
    (finding,) = check(edited(what, method))
    assert finding.span == line(7)
    assert f"`{what}.{method}`" in finding.message


def test_the_trail_shows_the_variable_that_stays_untrained() -> None:
    (finding,) = check(edited("trainable_weights", "extend"))
    assert [step.span for step in finding.trail] == [line(2)]


def test_the_help_for_taking_weights_away_is_to_freeze_the_layer() -> None:
    (finding,) = check(edited("trainable_weights", "remove"))
    assert finding.help == "set `trainable = False` on the layer whose weights are to stay as they are"


def test_the_private_list_is_the_list_itself() -> None:
    assert list(check(edited("_trainable_weights", "append"))) == []
