"""The rules' cards: the pages of the manual, which also hold each rule's severity and whether it is on by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from kerascheck.diagnostic import Severity
from kerascheck.registry import FILE_RULES, Rule
from kerascheck.user_rules import UserRule

PAGE = "https://github.com/kerascheck/kerascheck/blob/main/rules"


class CardError(Exception):
    """A card that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Card:
    """One rule's card.

    Attributes:
        code, name, severity: the rule's.
        since: the version that brought the rule.
        fix: whether the rule has a fix, and whether that is safe.
        default: whether the rule runs without being selected.
        front_ends: ``static``, ``trace`` or both.
        trace: where ``trace`` tells it from: the live ``model``, the ``source`` of the file that it runs, or ``both``.
        keras: the generations it is about.
        body: the card's Markdown, without the front matter.
        url: the card's page.
    """

    code: str
    name: str
    severity: Severity
    since: str
    fix: Literal["none", "safe", "unsafe"]
    default: bool
    front_ends: tuple[str, ...]
    trace: Literal["model", "source", "both"]
    keras: tuple[int, ...]
    body: str
    url: str

    @property
    def is_traced_live(self) -> bool:
        """Whether ``trace`` tells it from the live model."""
        return "trace" in self.front_ends and self.trace in ("model", "both")

    @property
    def is_read_by_trace(self) -> bool:
        """Whether ``trace`` tells it from the source of the files that it runs."""
        return "trace" in self.front_ends and self.trace in ("source", "both")

    @property
    def found_by(self) -> str:
        """What finds the mistake, in a sentence."""
        match ("static" in self.front_ends, "trace" in self.front_ends, self.trace):
            case (True, False, _):
                return "Found in the source; `kerascheck trace` does not tell it."
            case (True, _, "source"):
                return "Found in the source, which `kerascheck trace` reads, too, of the files that it runs."
            case (True, _, "both"):
                return "Found in the source, which `kerascheck trace` reads, too, and by it in the live model."
            case (True, _, _):
                return "Found in the source, and by `kerascheck trace` in the live model."
            case _:
                return "Found by `kerascheck trace` alone."

    @property
    def summary(self) -> str:
        """The first sentence of "What it does", on one line."""
        _, _, rest = self.body.partition("# What it does")
        paragraph = " ".join(rest.strip().partition("\n\n")[0].split())
        return paragraph.partition(". ")[0].removesuffix(".")


def cards_folder() -> Path | None:
    """Where the cards lie, in an installed package or in a checkout; None where they are missing."""
    package = Path(__file__).parent
    return next((folder for folder in (package / "rules", package.parent / "rules") if folder.is_dir()), None)


class CardIndex:
    """Finds cards by code, reading only those asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cards_folder()
        self._read: dict[str, Card | None] = {}

    @cached_property
    def _paths(self) -> Mapping[str, Path]:
        if self._folder is None:
            return {}
        # The pages about files are no rules' cards: they are found by the names of what is told of a file.
        pages = {rule.code: self._folder / "file" / f"{rule.name}.md" for rule in FILE_RULES}
        cards = {path.name[:5]: path for path in sorted(self._folder.glob("*/KC*.md"))}
        return {**{code: path for code, path in pages.items() if path.is_file()}, **cards}

    def codes(self) -> tuple[str, ...]:
        """The codes of every card, in order."""
        return tuple(sorted(self._paths))

    def of(self, rule: Rule) -> Card | None:
        """The card of a rule, which for one of the user's own is what its plugin tells; raises as :meth:`get` does."""
        return self.get(rule.code) if rule.user is None else user_card(rule.user)

    def get(self, code: str) -> Card | None:
        """The card of a rule, or None where it has none.

        Raises:
            CardError: the card cannot be read.
        """
        if code not in self._read:
            path = self._paths.get(code)
            self._read[code] = None if path is None else read_card(path)
        return self._read[code]


def user_card(rule: UserRule) -> Card:
    """The card of a rule of the user's own."""
    return Card(
        code=rule.code,
        name=rule.name,
        severity=Severity(rule.severity),
        since=rule.since,
        fix=rule.fix,
        default=rule.default,
        front_ends=rule.front_ends,
        trace="model",
        keras=rule.keras,
        body=f"# {rule.name} ({rule.code})\n\n## What it does\n\n{rule.text}\n",
        url=rule.url,
    )


def read_card(path: Path) -> Card:
    """Read one card.

    Raises:
        CardError: it has no front matter, or that is not as it should be.
    """
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
        opening, front_matter, body = text.split("+++\n", 2)
        table = tomllib.loads(front_matter)
    except (OSError, ValueError) as error:
        raise CardError(f"{path.name}: {error}") from None
    if opening.strip():
        raise CardError(f"{path.name}: text before the front matter")
    url = f"{PAGE}/{path.parent.name}/{path.name}"
    try:
        return Card(
            code=table["code"],
            name=table["name"],
            severity=Severity(table["severity"]),
            since=_text(table["since"]),
            fix=_fix(table.get("fix", "none")),
            default=bool(table.get("default", True)),
            front_ends=tuple(table.get("front-ends", _ENDS)),
            trace=_trace(table),
            keras=tuple(table.get("keras", (2, 3))),
            body=body.strip() + "\n",
            url=url,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CardError(f"{path.name}: {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


_FIXES: Mapping[str, Literal["none", "safe", "unsafe"]] = {"none": "none", "safe": "safe", "unsafe": "unsafe"}
_TRACES: Mapping[str, Literal["model", "source", "both"]] = {"model": "model", "source": "source", "both": "both"}
_ENDS = ("static", "trace")


def _trace(table: Mapping[str, Any]) -> Literal["model", "source", "both"]:
    told = table.get("trace", "model")
    if told not in _TRACES or (told != "model" and set(_ENDS) != set(table.get("front-ends", _ENDS))):
        raise ValueError(f"trace = {told!r} goes with both front ends, and is {', '.join(_TRACES)}")
    return _TRACES[told]


def _fix(value: str) -> Literal["none", "safe", "unsafe"]:
    return _FIXES[value]
