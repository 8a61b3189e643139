"""The rules that read the live model find in every program of their cards, traced, just what the card marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from card_blocks import Block, blocks, cards
from oracle.tracing import trace_all

from kerascheck.cards import Card
from kerascheck.engine import Tools, check_program
from kerascheck.tracer.request import Outcome, Request, TargetKind

pytestmark = pytest.mark.tensorflow

CASES = [
    (card, block, keras, f"{card.code}-{block.kind}{number}-keras{keras}")
    for card in cards()
    if "trace" in card.front_ends
    for number, block in enumerate(blocks(card), start=1)
    for keras in block.keras
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """How tracing each program ended, by the case's name."""
    folder: Path = tmp_path_factory.mktemp("cards")
    requests = []
    for _, block, keras, name in CASES:
        path = folder / f"{name}.py"
        path.write_text(block.code, encoding="utf-8")
        requests.append(_request(path, block, keras))
    return dict(zip([name for *_, name in CASES], trace_all(requests), strict=True))


def _request(path: Path, block: Block, keras: str) -> Request:
    generation = "3" if keras == "3" else "2"
    device = "cpu" if block.device == "auto" else block.device
    return Request(str(path), TargetKind.SCRIPT, keras=generation, device=device, probe=block.probe)


@pytest.mark.parametrize(("card", "block", "keras", "name"), CASES, ids=[name for *_, name in CASES])
def test_the_trace_finds_exactly_what_the_card_marks(
    card: Card, block: Block, keras: str, name: str, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[name]
    assert outcome.program is not None, outcome.sentence
    found = check_program(outcome.program, block.settings, Tools(kind="trace")).diagnostics
    lines = sorted({(finding.code, finding.span.line) for finding in found})
    traced = {card.code for card in cards() if "trace" in card.front_ends}
    assert lines == sorted({(code, line) for code, line in block.expected if code in traced})
