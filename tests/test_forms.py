"""More programs for the silent rules, in the notation of the cards: the same mistake in other words, and what only
looks like it. Each gives exactly the findings it marks, and real Keras does with it what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from card_blocks import FORMS as FORMS_FOLDER
from card_blocks import Block, cards, check, forms
from oracle.running import Wanted, run_programs


@dataclass(frozen=True)
class Form:
    """A program and what it is called."""

    name: str
    block: Block
    static: bool


FORMS = [
    Form(f"{card.code}-{block.kind}{number}", block, "static" in card.front_ends and block.static)
    for card in cards()
    for number, block in enumerate(forms(card), start=1)
]
RUNS = [(form, keras) for form in FORMS for keras in form.block.keras]


def test_every_page_of_forms_belongs_to_a_rule() -> None:
    assert {path.stem for path in FORMS_FOLDER.glob("*.md")} <= {card.code for card in cards()}


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_a_form_gives_exactly_the_findings_it_marks(form: Form) -> None:
    if not form.static:
        pytest.skip("only the trace finds it")
    found = sorted((finding.code, finding.span.line) for finding in check(form.block, form.block.code))
    assert tuple(found) == form.block.expected


@pytest.fixture(scope="module")
def observed(request: pytest.FixtureRequest) -> Mapping[tuple[str, str], dict[str, object]]:
    """What each selected program did."""
    calls = [item.callspec for item in request.session.items if "observed" in item.fixturenames]
    selected = [(call.params["form"], call.params["keras"]) for call in calls if "form" in call.params]
    return run_programs(Wanted(keras, form.name, form.block.code, form.block.outcome) for form, keras in selected)


@pytest.mark.tensorflow
@pytest.mark.parametrize(("form", "keras"), RUNS, ids=[f"{form.name}-keras{keras}" for form, keras in RUNS])
def test_real_keras_does_what_the_form_says(
    form: Form, keras: str, observed: Mapping[tuple[str, str], dict[str, object]]
) -> None:
    result = observed[form.name, keras]
    assert result["agrees"], f"expected {form.block.outcome!r}, but it {result['observed']}"
