"""The rules that read the live model find in every program of the cards and forms, traced, just what it marks.

Those that trace tells from the source are run on the source as anywhere: ``test_traced_source.py`` tries some of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from card_blocks import Block, blocks, cards, forms
from oracle.tracing import trace_all

from kerascheck.engine import Tools, check_program
from kerascheck.tracer.request import Outcome, Request, TargetKind

pytestmark = pytest.mark.tensorflow


CASES = [
    (block, keras, f"{card.code}-{kind}{number}-{block.kind}-keras{keras}")
    for card in cards()
    if card.is_traced_live
    for kind, programs in (("card", blocks(card)), ("form", forms(card)))
    for number, block in enumerate(programs, start=1)
    for keras in block.keras
    if block.traced
]
TRACED = {card.code for card in cards() if card.is_traced_live}


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """How tracing each program of the selected tests ended, by the case's name."""
    selected = " ".join(item.name for item in request.session.items)
    folder: Path = tmp_path_factory.mktemp("cards")
    requests: dict[str, Request] = {}
    for block, keras, name in CASES:
        if f"[{name}]" in selected:
            path = folder / f"{name}.py"
            path.write_text(block.code, encoding="utf-8")
            requests[name] = _request(path, block, keras)
    return dict(zip(requests, trace_all(requests.values()), strict=True))


def _request(path: Path, block: Block, keras: str) -> Request:
    generation = "3" if keras == "3" else "2"
    return Request(str(path), TargetKind.SCRIPT, keras=generation, device=block.device, probe=block.probe)


@pytest.mark.parametrize(("block", "name"), [pytest.param(block, name, id=name) for block, _, name in CASES])
def test_the_trace_finds_exactly_what_is_marked(block: Block, name: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[name]
    assert outcome.program is not None, outcome.sentence
    found = check_program(outcome.program, block.settings, Tools(kind="trace")).diagnostics
    lines = sorted({(finding.code, finding.span.line) for finding in found})
    assert lines == sorted({(code, line) for code, line in block.expected if code in TRACED})
