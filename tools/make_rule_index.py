"""Write rules/README.md and the table in README.md from the cards: ``python tools/make_rule_index.py [--check]``."""

from __future__ import annotations

import sys
from pathlib import Path

from kerascheck import registry
from kerascheck.cards import Card, CardIndex

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "rules" / "README.md"
README = ROOT / "README.md"
START, END = "<!-- rules -->", "<!-- end of rules -->"
"""What the generated table in README.md stands between."""

TITLES = {
    "KC0": "Files",
    "KC1": "Shapes",
    "KC2": "The batch axis",
    "KC3": "Variables and what Keras tracks",
    "KC4": "State updates, training and inference",
    "KC5": "TPU and XLA",
    "KC6": "The API: Keras 2 to 3, TensorFlow 1 to 2",
    "KC7": "Gradients",
    "KC8": "Loss, head and compile",
    "KC9": "Saving and loading",
}

FAMILIES = {prefix: (folder, TITLES[prefix]) for prefix, folder in registry.FAMILIES.items()}
"""For the first digit of the codes: the folder of the family's cards, and the family's title."""

INTRODUCTION = """\
<!-- Written by tools/make_rule_index.py from the cards; edit those. -->

# The rules

Each rule has a card: what it finds, why that is bad, a program that shows it and one that does not. The tests run
both programs in real Keras, so a card says only what was seen to happen. `kerascheck explain CODE` prints a card.

"trace" says what `kerascheck trace` tells a rule from: the live model, the source of the files that it runs, or both.
"""


HEAD = "| code | name | severity | Keras | fix | trace | what it finds |\n| --- | --- | --- | --- | --- | --- | --- |"


def index(cards: list[Card]) -> str:
    """The text of the index."""
    parts = [INTRODUCTION]
    for prefix, (_, title) in FAMILIES.items():
        members = [card for card in cards if card.code.startswith(prefix)]
        if members:
            parts += [f"## {prefix}xx {title}\n", HEAD, *map(_row, members), ""]
    return "\n".join(parts)


def _row(card: Card) -> str:
    page = "/".join(card.url.split("/")[-2:])
    keras = ", ".join(map(str, card.keras))
    severity = card.severity if card.default else f"{card.severity}, off"
    summary = card.summary.replace("|", "\\|")
    return f"| [{card.code}]({page}) | {card.name} | {severity} | {keras} | {card.fix} | {_trace(card)} | {summary} |"


def _trace(card: Card) -> str:
    only = "" if "static" in card.front_ends else " only"
    return f"{card.trace}{only}" if "trace" in card.front_ends else "no"


def table(cards: list[Card]) -> str:
    """The rules in short: what README.md shows."""
    rows = [
        f"| [{card.code}](rules/{'/'.join(card.url.split('/')[-2:])}) | {card.name} | {_sentence(card)} |"
        for card in cards
        if not card.code.startswith("KC0")
    ]
    return "\n".join(["| code | name | what it finds |", "| --- | --- | --- |", *rows])


def _sentence(card: Card) -> str:
    return card.summary.removeprefix("Finds ").replace("|", "\\|")


def with_table(readme: str, cards: list[Card]) -> str:
    """README.md with the table between its markers made anew."""
    before, rest = readme.split(START, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{START}\n\n{table(cards)}\n\n{END}{after}"


def main() -> int:
    """Write both, or with ``--check`` say which is stale."""
    index_of_cards = CardIndex()
    cards = [card for code in index_of_cards.codes() if (card := index_of_cards.get(code)) is not None]
    wanted = {INDEX: index(cards), README: with_table(README.read_text(encoding="utf-8"), cards)}
    if "--check" in sys.argv[1:]:
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run python tools/make_rule_index.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
