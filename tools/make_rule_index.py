"""Write rules/README.md, the index of the cards: ``python tools/make_rule_index.py [--check]``."""

from __future__ import annotations

import sys
from pathlib import Path

from kerascheck.cards import Card, CardIndex

INDEX = Path(__file__).resolve().parent.parent / "rules" / "README.md"

FAMILIES = {
    "KC0": ("file", "Files"),
    "KC1": ("shapes", "Shapes"),
    "KC2": ("batch-axis", "The batch axis"),
    "KC3": ("variables", "Variables and what Keras tracks"),
    "KC4": ("updates", "State updates, training and inference"),
    "KC5": ("tpu", "TPU and XLA"),
    "KC6": ("api", "The API: Keras 2 to 3, TensorFlow 1 to 2"),
    "KC7": ("gradients", "Gradients"),
    "KC8": ("loss", "Loss, head and compile"),
    "KC9": ("saving", "Saving and loading"),
}
"""For the first digit of the codes: the folder of the family's cards, and the family's title."""

INTRODUCTION = """\
<!-- Written by tools/make_rule_index.py from the cards; edit those. -->

# The rules

Each rule has a card: what it finds, why that is bad, a program that shows it and one that does not. The tests run
both programs in real Keras, so a card says only what was seen to happen. `kerascheck explain CODE` prints a card.
"""


HEAD = "| code | name | severity | Keras | fix | what it finds |\n| --- | --- | --- | --- | --- | --- |"


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
    return f"| [{card.code}]({page}) | {card.name} | {severity} | {keras} | {card.fix} | {summary} |"


def main() -> int:
    """Write the index, or with ``--check`` say whether it is stale."""
    cards = CardIndex()
    text = index([card for code in cards.codes() if (card := cards.get(code)) is not None])
    if "--check" in sys.argv[1:]:
        fresh = INDEX.exists() and INDEX.read_text(encoding="utf-8") == text
        if not fresh:
            print("rules/README.md is stale: run python tools/make_rule_index.py", file=sys.stderr)
        return 0 if fresh else 1
    INDEX.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
