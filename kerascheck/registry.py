"""Which rules there are, and which of them a selection means.

A rule is found by its file's name in ``checks/``; nothing is imported before it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kerascheck.user_rules import UserRule, load_plugins

if TYPE_CHECKING:
    from kerascheck.config import Settings


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """A rule.

    ``module`` is the import path of its check, None for the rules about files, which the engine tells. For a rule of
    the user's own it is the plugin, and ``user`` what that declares.
    """

    code: str
    name: str
    module: str | None = None
    user: UserRule | None = field(default=None, compare=False)

    @property
    def prefix(self) -> str:
        """The letters of the code."""
        return self.code.rstrip("0123456789")

    @property
    def family(self) -> str:
        """The family it belongs to; for a rule of the user's own the plugin."""
        return FAMILIES[self.code[:3]] if self.user is None else str(self.module)


SYNTAX_ERROR = Rule("KC001", "syntax-error")
UNREADABLE_FILE = Rule("KC002", "unreadable-file")
INVALID_NOTEBOOK = Rule("KC003", "invalid-notebook")
UNUSED_SUPPRESSION = Rule("KC004", "unused-suppression")
BLANKET_SUPPRESSION = Rule("KC005", "blanket-suppression")
INTERNAL_ERROR = Rule("KC009", "internal-error")
PYTHON_2_SOURCE = Rule("KC614", "python-2-source")

FILE_RULES = (
    SYNTAX_ERROR,
    UNREADABLE_FILE,
    INVALID_NOTEBOOK,
    UNUSED_SUPPRESSION,
    BLANKET_SUPPRESSION,
    INTERNAL_ERROR,
    PYTHON_2_SOURCE,
)

FAMILIES = {
    "KC0": "file",
    "KC1": "shapes",
    "KC2": "batch-axis",
    "KC3": "variables",
    "KC4": "updates",
    "KC5": "tpu",
    "KC6": "api",
    "KC7": "gradients",
    "KC8": "loss",
    "KC9": "saving",
}
"""For the beginning of a code, the family: also the folder of its cards."""

_CHECK_FILE = re.compile(r"kc(\d{3})_(\w+)\.py")
_SELECTOR = re.compile(r"([A-Z]+)\d{0,3}")


def check_rules() -> tuple[Rule, ...]:
    """The rules that have a check, by code."""
    found = []
    for path in (Path(__file__).parent / "checks").iterdir():
        match = _CHECK_FILE.fullmatch(path.name)
        if match is not None:
            name = match.group(2).replace("_", "-")
            found.append(Rule(f"KC{match.group(1)}", name, f"kerascheck.checks.{path.stem}"))
    return tuple(sorted(found))


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    return FILE_RULES + check_rules()


def plugin_rules(plugins: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of the plugins that a configuration names, by code.

    Raises:
        PluginError: one of them cannot be used.
    """
    if not plugins:
        return ()
    taken = frozenset(word for rule in all_rules() for word in (rule.code, rule.name))
    return tuple(Rule(rule.code, rule.name, module, rule) for module, rule in load_plugins(plugins, taken))


def specificity(selector: str, rule: Rule) -> int | None:
    """How closely ``selector`` (a code, a prefix of codes, a name or ``ALL``) means ``rule``; None if it does not."""
    if selector == rule.name:
        return len(rule.code)
    upper = selector.upper()
    if upper == "ALL":
        return 0
    letters = _SELECTOR.fullmatch(upper)
    return len(upper) if letters and letters[1] == rule.prefix and rule.code.startswith(upper) else None


def closest(selectors: Iterable[str], rule: Rule) -> int | None:
    """The highest :func:`specificity` of ``selectors`` for ``rule``."""
    return max((found for found in (specificity(each, rule) for each in selectors) if found is not None), default=None)


def unknown_selectors(selectors: Iterable[str], rules: Iterable[Rule]) -> Iterator[tuple[str, str]]:
    """The selectors that mean no rule and no family, each with a suggestion (see :func:`did_you_mean`)."""
    known = tuple(rules)
    prefixes = "|".join(sorted({rule.prefix for rule in known}))
    for selector in selectors:
        is_family = re.fullmatch(rf"({prefixes})\d?|ALL", selector.upper()) is not None
        if not is_family and all(specificity(selector, rule) is None for rule in known):
            yield selector, did_you_mean(selector, [word for rule in known for word in (rule.code, rule.name)])


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """``; did you mean "select"?``, or nothing where no candidate is near."""
    import difflib

    by_folded = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules run."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Selection:
        """The selection that ``settings`` ask for."""
        return cls(settings.select, settings.extend_select, settings.ignore)

    def named(self, rule: Rule) -> bool:
        """Whether the rule was selected by the user, and so runs even if it is off by default."""
        return closest((self.select or ()) + self.extend_select, rule) is not None

    def includes(self, rule: Rule) -> bool:
        """Whether the rule may run; the closer of what selects and what ignores it decides, ignoring on a tie."""
        chosen = closest(("ALL",) if self.select is None else self.select, rule)
        extended = closest(self.extend_select, rule)
        ignored = closest(self.ignore, rule)
        wanted = max((each for each in (chosen, extended) if each is not None), default=None)
        return wanted is not None and (ignored is None or wanted > ignored)

    def ignores_exactly(self, rule: Rule) -> bool:
        """Whether the rule is ignored by its own code or name, not with its family."""
        return closest(self.ignore, rule) == len(rule.code)
