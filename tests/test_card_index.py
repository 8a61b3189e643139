"""Cards: found by code, read one at a time, refused when they are not as they should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kerascheck.cards import CardError, CardIndex, read_card
from kerascheck.config import Settings
from kerascheck.diagnostic import Severity
from kerascheck.engine import Tools, check_text
from kerascheck.program import Program
from kerascheck.registry import FILE_RULES, Rule

CARD = """+++
code = "KC201"
name = "batch-axis-reduction"
severity = "error"
since = "0.1.0"
fix = "safe"
default = false
front-ends = ["static"]
keras = [3]
+++

# batch-axis-reduction (KC201)

## What it does

Finds a sum
over the batch. And more.

## Why is this bad

It is.
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "batch" / "KC201-batch-axis-reduction.md"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_a_card_is_read_with_its_front_matter(tmp_path: Path) -> None:
    card = read_card(written(tmp_path, CARD))
    assert (card.code, card.name, card.severity) == ("KC201", "batch-axis-reduction", Severity.ERROR)
    assert (card.since, card.fix, card.default, card.front_ends, card.keras) == (
        "0.1.0",
        "safe",
        False,
        ("static",),
        (3,),
    )
    assert card.summary == "Finds a sum over the batch"
    assert card.url == "https://github.com/kerascheck/kerascheck/blob/main/rules/batch/KC201-batch-axis-reduction.md"
    assert card.body.startswith("# batch-axis-reduction (KC201)\n")


@pytest.mark.parametrize(
    "text",
    [
        "# no front matter\n",
        CARD.replace('"error"', '"fatal"'),
        CARD.replace('"safe"', '"maybe"'),
        CARD.replace('code = "KC201"\n', ""),
        CARD.replace('code = "KC201"', "code = "),
        CARD.replace("keras = [3]", 'trace = "source"'),
        CARD.replace('["static"]', '["static", "trace"]\ntrace = "file"'),
    ],
)
def test_a_card_that_is_not_as_it_should_be_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CardError, match=r"KC201-batch-axis-reduction\.md"):
        read_card(written(tmp_path, text))


@pytest.mark.parametrize(
    ("front_ends", "told", "live", "read"),
    [
        ('["static"]', "`kerascheck trace` does not tell it", False, False),
        ('["trace"]', "by `kerascheck trace` alone", True, False),
        ('["static", "trace"]', "in the live model", True, False),
        ('["static", "trace"]\ntrace = "source"', "which `kerascheck trace` reads", False, True),
    ],
)
def test_a_card_says_what_trace_tells_it_from(
    tmp_path: Path, front_ends: str, told: str, live: bool, read: bool
) -> None:
    card = read_card(written(tmp_path, CARD.replace('["static"]', front_ends)))
    assert told in card.found_by
    assert (card.is_traced_live, card.is_read_by_trace) == (live, read)


def test_a_rule_without_a_card_has_none(tmp_path: Path) -> None:
    assert CardIndex(tmp_path).get("KC201") is None


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.code)
def test_every_rule_about_files_has_a_card_of_its_name(rule: Rule) -> None:
    card = CardIndex().get(rule.code)
    assert card is not None
    assert card.name == rule.name


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.code)
def test_every_card_of_a_rule_about_files_has_the_fixed_headings(rule: Rule) -> None:
    card = CardIndex().get(rule.code)
    assert card is not None
    headings = ["What it does", "Why is this bad", "Example", "Use instead", "Known limits", "References"]
    assert re.findall(r"^## (.+)$", card.body, re.MULTILINE) == headings


@pytest.mark.parametrize("code", ["KC001", "KC004", "KC005", "KC614"])
def test_the_example_of_a_rule_about_files_has_its_finding_and_what_to_use_instead_has_none(code: str) -> None:
    card = CardIndex().get(code)
    assert card is not None
    example, _, instead = card.body.partition("## Use instead")
    assert findings(example, code) == [code]
    assert findings(instead, code) == []


def findings(markdown: str, rule: str) -> list[str]:
    """The codes of what one rule about files, and the parser, find in the Python of some Markdown."""
    code = "".join(re.findall(r"^```python\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL))
    settings = Settings(extend_select=("KC005",), ignore=() if rule == "KC004" else ("KC004",))
    silent = Tools(lambda source, settings: Program(source.path), load_check=lambda rule: lambda program: ())
    return [found.code for found in check_text(code, "card.py", settings, silent).diagnostics]
