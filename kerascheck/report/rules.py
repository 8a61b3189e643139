"""The list of rules."""

from __future__ import annotations

import json
from collections.abc import Iterable

from kerascheck.cards import Card
from kerascheck.registry import Rule


def render_rules_text(rules: Iterable[tuple[Rule, Card | None]]) -> str:
    """One line a rule; ``off`` marks those that run only when selected."""
    lines = []
    for rule, card in rules:
        severity = "" if card is None else card.severity.value
        state = "off" if card is not None and not card.default else ""
        lines.append(f"{rule.code}  {rule.name:<34} {severity:<8} {state:<4} {card.summary if card else ''}".rstrip())
    return "\n".join(lines) + "\n"


def render_rules_json(rules: Iterable[tuple[Rule, Card | None]]) -> str:
    """A list of objects with the rule's family, the fields of its card's front matter, its summary and its page."""
    return json.dumps([_rule_json(rule, card) for rule, card in rules], indent=2) + "\n"


def _rule_json(rule: Rule, card: Card | None) -> dict[str, object]:
    if card is None:
        return {"code": rule.code, "name": rule.name, "family": rule.family}
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "severity": card.severity.value,
        "since": card.since,
        "fix": card.fix,
        "default": card.default,
        "front-ends": list(card.front_ends),
        "trace": card.trace if "trace" in card.front_ends else None,
        "keras": list(card.keras),
        "summary": card.summary,
        "url": card.url or None,
    }
