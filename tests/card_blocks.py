"""The programs in a card.

The info string of a block says what the program shows and what real Keras does with it::

    ```python bad keras=3 outcome="raises ValueError: expected ndim=4"

``bad`` or ``good``; ``keras`` lists what to run it with (``2`` is tf_keras, ``3``, and ``tf1`` for graphs of
``tf.compat.v1``); ``device`` may be ``tpu``; ``probe="yes"`` asks the trace to execute the model;
``front-ends="static"`` says that the live graph does not show it, ``"trace"`` that nothing else does; ``outcome`` is
one of the oracle's words and defaults to ``runs`` for a good block.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import kerascheck
from kerascheck.cards import Card, CardIndex
from kerascheck.edits import made_in
from kerascheck.engine import Tools
from kerascheck.fixing import FixedFile, fix_text

FORMS = Path(__file__).parent / "forms"

_BLOCK = re.compile(r"^```python (?P<info>[^\n]+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"# error: (KC\d{3}(?:, ?KC\d{3})*)\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One program of a card."""

    kind: str
    keras: tuple[str, ...]
    device: Any
    outcome: str
    code: str
    probe: bool = False
    traced: bool = True
    static: bool = True
    select: tuple[str, ...] = ()

    @property
    def expected(self) -> tuple[tuple[str, int], ...]:
        """The findings it marks with ``# error: KC104``, each as its code and the line of the program."""
        found: list[tuple[str, int]] = []
        for number, line in enumerate(self.code.splitlines(), start=1):
            if mark := _MARK.search(line):
                found += [(code.strip(), number) for code in mark[1].split(",")]
        return tuple(sorted(found))

    @property
    def settings(self) -> kerascheck.Settings:
        """How to check it: for the newest Keras of those it is run with."""
        return kerascheck.Settings(keras=3 if "3" in self.keras else 2, device=self.device, extend_select=self.select)


def cards() -> list[Card]:
    """Every card of a rule, in the order of the codes."""
    index = CardIndex()
    found = (index.get(code) for code in index.codes())
    return [card for card in found if card is not None]


def blocks(card: Card) -> list[Block]:
    """The programs of a card, in order. Those of a rule that is off select it."""
    select = () if card.default or card.code.startswith("KC0") else (card.code,)
    return [replace(_block(match["info"], match["code"]), select=select) for match in _BLOCK.finditer(card.body)]


def forms(card: Card) -> list[Block]:
    """More programs for a rule, from its page in ``tests/forms``, in order."""
    path = FORMS / f"{card.code}.md"
    return blocks(replace(card, body=path.read_text(encoding="utf-8"))) if path.exists() else []


def prose(card: Card) -> str:
    """A card without its programs."""
    return _BLOCK.sub("", card.body)


def _block(info: str, code: str) -> Block:
    kind, *pairs = shlex.split(info)
    options = dict(pair.split("=", 1) for pair in pairs)
    assert kind in {"bad", "good"}, info
    assert set(options) <= {"keras", "device", "outcome", "probe", "front-ends"}, info
    outcome = options["outcome"] if kind == "bad" else options.get("outcome", "runs")
    keras = tuple(options["keras"].split(","))
    return Block(
        kind,
        keras,
        options.get("device", "auto"),
        outcome,
        code,
        probe=options.get("probe") == "yes",
        traced="trace" in options.get("front-ends", "static,trace").split(","),
        static="static" in options.get("front-ends", "static,trace").split(","),
    )


def check(block: Block, code: str) -> list[kerascheck.Diagnostic]:
    """What kerascheck says of ``code``, checked as the block is."""
    return kerascheck.check_source(code, settings=block.settings)


def apply_fixes(code: str, findings: Iterable[kerascheck.Diagnostic]) -> str:
    """``code`` with the fixes of ``findings`` made, those apart that are in the way of another."""
    fixes = [finding.fix for finding in findings if finding.fix]
    written, _, broken = (
        made_in(code.encode(), fixes[0].edits[0].span.file, fixes) if fixes else (code.encode(), [], [])
    )
    assert not broken, "a fix leaves a syntax error"
    return written.decode()


def fixed_program(block: Block) -> FixedFile:
    """The program with every fix made, and those that are offered then, as ``--fix --unsafe-fixes`` does."""
    found = check(block, block.code)
    return fix_text(block.code.encode(), "<string>", found, block.settings, Tools(), unsafe=True)
