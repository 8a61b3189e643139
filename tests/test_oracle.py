"""Every program of every card does in real Keras what its card says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from card_blocks import blocks, cards, check, fixed_program
from oracle.running import Wanted, run_programs

pytestmark = pytest.mark.tensorflow

OPPOSITE = {
    "raises": "runs",
    "mixes-samples": "independent",
    "untrained": "trained",
    "unchanged": "changes",
    "does-not-lower": "lowers",
}
"""What a bad program does once it is fixed, by the first word of what it did before."""


@dataclass(frozen=True)
class Run:
    """A program, one of the Kerases it is to be run with, and what it is to do there."""

    identifier: str
    code: str
    keras: str
    outcome: str


RUNS = [
    Run(f"{card.code}-{block.kind}{number}-keras{keras}", block.code, keras, block.outcome)
    for card in cards()
    for number, block in enumerate(blocks(card), start=1)
    for keras in block.keras
]


def fixed_runs() -> Iterator[Run]:
    """The bad programs whose every finding has a fix, with the fixes made."""
    for card in cards():
        for number, block in enumerate(blocks(card), start=1):
            findings = check(block, block.code) if card.fix != "none" and block.kind == "bad" else []
            if findings and all(finding.fix for finding in findings):
                word, colon, expression = block.outcome.partition(":")
                outcome = OPPOSITE[word.split()[0]] + (colon + expression if word in ("untrained", "unchanged") else "")
                for keras in block.keras:
                    code = fixed_program(block).after.decode()
                    yield Run(f"{card.code}-fixed{number}-keras{keras}", code, keras, outcome)


FIXED = list(fixed_runs())


@pytest.fixture(scope="session")
def observed(request: pytest.FixtureRequest) -> Mapping[tuple[str, str], dict[str, object]]:
    """What each selected program did."""
    calls = [item.callspec for item in request.session.items if "observed" in item.fixturenames]
    selected = [call.params["run"] for call in calls if "run" in call.params]
    return run_programs(Wanted(run.keras, run.identifier, run.code, run.outcome) for run in selected)


@pytest.mark.parametrize("run", RUNS, ids=[run.identifier for run in RUNS])
def test_real_keras_does_what_the_card_says(run: Run, observed: Mapping[tuple[str, str], dict[str, object]]) -> None:
    result = observed[run.identifier, run.keras]
    assert result["agrees"], f"expected {run.outcome!r}, but it {result['observed']}"


@pytest.mark.parametrize("run", FIXED, ids=[run.identifier for run in FIXED])
def test_a_fix_cures_the_program_in_real_keras(run: Run, observed: Mapping[tuple[str, str], dict[str, object]]) -> None:
    result = observed[run.identifier, run.keras]
    assert result["agrees"], f"expected {run.outcome!r}, but it {result['observed']}\n{run.code}"
