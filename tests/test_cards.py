"""Every card is well formed, has its check, and its programs give exactly the findings they mark."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from card_blocks import Block, blocks, cards, check, fixed_program, prose
from make_rule_index import FAMILIES

from kerascheck.cards import Card
from kerascheck.registry import FILE_RULES, Rule, all_rules, check_rules

ROOT = Path(__file__).parent.parent
CARDS = cards()
HEADINGS = ["What it does", "Why is this bad", "Example", "Use instead", "Known limits", "References"]
BLOCKS = [
    pytest.param(card, block, id=f"{card.code}-{block.kind}{number}")
    for card in CARDS
    for number, block in enumerate(blocks(card), start=1)
]
_PROBES = (Path(__file__).parent / "oracle" / "probes.py").read_text(encoding="utf-8").partition("PROBES: ")[2]
OUTCOMES = {"raises", *re.findall(r'^    "([a-z-]+)":', _PROBES, re.MULTILINE)}
"""The oracle's words, read off its table: importing that would import TensorFlow."""


@pytest.mark.parametrize(("card", "block"), BLOCKS)
def test_a_program_gives_exactly_the_findings_it_marks(card: Card, block: Block) -> None:
    if "static" not in card.front_ends or not block.static:
        pytest.skip("only the trace finds it")
    found = sorted((finding.code, finding.span.line) for finding in check(block, block.code))
    assert tuple(found) == block.expected


@pytest.mark.parametrize(("card", "block"), BLOCKS)
def test_a_bad_program_is_marked_with_its_own_rule_and_a_good_one_with_none(card: Card, block: Block) -> None:
    codes = {code for code, _ in block.expected}
    assert card.code in codes if block.kind == "bad" else not codes


@pytest.mark.parametrize(("card", "block"), BLOCKS)
def test_an_outcome_is_a_word_of_the_oracle(card: Card, block: Block) -> None:
    assert re.split(r"[: ]", block.outcome)[0] in OUTCOMES


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.code)
def test_a_card_has_its_title_and_the_fixed_headings(card: Card) -> None:
    assert card.body.startswith(f"# {card.name} ({card.code})\n")
    assert re.findall("^## (.+)$", prose(card), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("rule", check_rules(), ids=lambda rule: rule.code)
def test_the_card_of_a_check_shows_both_kinds_of_program(rule: Rule) -> None:
    (card,) = [card for card in CARDS if card.code == rule.code]
    assert {block.kind for block in blocks(card)} == {"bad", "good"}


def test_a_card_lies_in_its_familys_folder_under_its_code_and_name() -> None:
    paths = [path.relative_to(ROOT / "rules").as_posix() for path in (ROOT / "rules").glob("*/*.md")]
    about_files = {rule.code for rule in FILE_RULES}
    expected = [
        f"file/{card.name}.md"
        if card.code in about_files
        else f"{FAMILIES[card.code[:3]][0]}/{card.code}-{card.name}.md"
        for card in CARDS
    ]
    assert sorted(paths) == sorted(expected)


@pytest.mark.parametrize(("card", "block"), BLOCKS)
def test_a_fix_removes_its_finding_and_brings_no_other(card: Card, block: Block) -> None:
    before = check(block, block.code)
    if any(each.fix for each in before):
        fixed = fixed_program(block)
        after = check(block, fixed.after.decode())
        assert [each.code for each in after] == [each.code for each in before if not each.fix]
        assert (fixed.settled, fixed.refused) == (True, ())


@pytest.mark.parametrize(("card", "block"), [each for each in BLOCKS if each.values[0].fix != "none"])
def test_fixing_a_second_time_changes_nothing(card: Card, block: Block) -> None:
    once = fixed_program(block).after.decode()
    assert fixed_program(replace(block, code=once)).after.decode() == once


@pytest.mark.parametrize(("card", "block"), BLOCKS)
def test_a_fix_is_as_safe_as_the_card_says(card: Card, block: Block) -> None:
    fixes = [finding.fix for finding in check(block, block.code) if finding.code == card.code and finding.fix]
    assert {"safe" if fix.safe else "unsafe" for fix in fixes} <= {card.fix}


@pytest.mark.parametrize("card", [card for card in CARDS if card.fix != "none"], ids=lambda card: card.code)
def test_a_card_that_promises_a_fix_shows_one(card: Card) -> None:
    found = [finding for block in blocks(card) for finding in check(block, block.code)]
    assert any(finding.fix for finding in found if finding.code == card.code)


def test_every_rule_has_a_card_and_every_card_a_rule() -> None:
    assert {(card.code, card.name) for card in CARDS} == {(rule.code, rule.name) for rule in all_rules()}


def test_the_index_of_the_rules_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_rule_index.py"), "--check"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
