"""Which rules a selection means."""

from __future__ import annotations

import pytest

from kerascheck.registry import Rule, Selection, all_rules

REDUCTION = Rule("KC201", "batch-axis-reduction")


@pytest.mark.parametrize(
    ("selection", "runs"),
    [
        (Selection(), True),
        (Selection(select=("KC201",)), True),
        (Selection(select=("batch-axis-reduction",)), True),
        (Selection(select=("KC2",)), True),
        (Selection(select=("ALL",)), True),
        (Selection(select=("KC1",)), False),
        (Selection(select=("KC1",), extend_select=("KC201",)), True),
        (Selection(select=()), False),
        (Selection(ignore=("KC201",)), False),
        (Selection(ignore=("KC2",)), False),
        (Selection(select=("KC2",), ignore=("KC201",)), False),
        (Selection(select=("KC201",), ignore=("KC2",)), True),
        (Selection(select=("KC201",), ignore=("batch-axis-reduction",)), False),
        (Selection(ignore=("ALL",), extend_select=("KC201",)), True),
    ],
)
def test_the_closer_of_select_and_ignore_decides(selection: Selection, runs: bool) -> None:
    assert selection.includes(REDUCTION) is runs


def test_no_code_or_name_is_used_twice() -> None:
    rules = all_rules()
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
