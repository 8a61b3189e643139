"""The pylint plugin: ``pylint --load-plugins=kerascheck.pylint_plugin model.py``.

Each rule is a message ``keras-<name>``: KC201 is W7201 where its card says warning, E7201 where it says error. pylint's
own switches and comments work on them as on any other, and so do kerascheck's suppressions and ``[tool.kerascheck]``.
A rule that is off by default runs when pylint enables its message.

The rules of plugins that the configuration of the working folder names are messages, too: from W9000 on, in the order
of their codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from astroid import nodes
from pylint.checkers import BaseRawFileChecker
from pylint.interfaces import HIGH
from pylint.lint import PyLinter

from kerascheck.cards import Card, CardError, CardIndex
from kerascheck.config import ConfigError, ConfigFinder, Settings
from kerascheck.diagnostic import Diagnostic, Severity, Span, TrailStep
from kerascheck.registry import FILE_RULES, INTERNAL_ERROR, Rule, check_rules, plugin_rules

CONFIGURATION_ERROR = "keras-configuration-error"

FIRST_USER_ID = 9000

_LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W"}
_SILENT = {rule.code for rule in FILE_RULES if rule != INTERNAL_ERROR}
"""Rules about files, which pylint has its own messages for."""


def register(linter: PyLinter) -> None:
    """Add a checker for each family of rules: pylint wants the ids of a checker to share their first two digits."""
    if any(isinstance(checker, FamilyChecker) for checker in linter.get_checkers()):
        # pylint before 4.1 loads plugins anew in each worker of -j, and every message would come twice.
        return
    cards = CardIndex()
    own = [Message(f"7{rule.code[2:]}", rule, _card(cards, rule)) for rule in (INTERNAL_ERROR, *check_rules())]
    users = [Message(f"{FIRST_USER_ID + place}", rule, cards.of(rule)) for place, rule in enumerate(_plugin_rules())]
    static = [each for each in own + users if each.card is None or "static" in each.card.front_ends]
    optional = tuple(each.rule for each in static if each.card is not None and not each.card.default)
    check = ModuleCheck(linter, optional, frozenset(symbol(each.rule) for each in static))
    for _, family in groupby(static, key=lambda each: each.number[:2]):
        linter.register_checker(FamilyChecker(linter, check, family))


def symbol(rule: Rule | Diagnostic) -> str:
    """The name of the rule's message."""
    return f"keras-{rule.name}"


@dataclass(frozen=True, slots=True)
class Message:
    """A rule as one of pylint's messages; ``number`` is the id without its letter."""

    number: str
    rule: Rule
    card: Card | None

    @property
    def identifier(self) -> str:
        """The id: W7201."""
        return f"{_LETTERS[Severity.ERROR if self.card is None else self.card.severity]}{self.number}"

    @property
    def definition(self) -> tuple[Any, ...]:
        """The message's template, name and description, as pylint wants them."""
        if self.card is None:
            return ("%s", symbol(self.rule), f"See `kerascheck explain {self.rule.code}`.")
        page = f", or {self.card.url}" if self.card.url else ""
        description = f"{self.card.summary}. See `kerascheck explain {self.rule.code}`{page}"
        return ("%s", symbol(self.rule), description, {"default_enabled": self.card.default})


class FamilyChecker(BaseRawFileChecker):  # type: ignore[misc]
    """Owns the messages of one family of rules."""

    name = "kerascheck"

    def __init__(self, linter: PyLinter, check: ModuleCheck, messages: Iterable[Message]) -> None:
        self.msgs = {}
        for message in messages:
            self.msgs[message.identifier] = message.definition
            if message.rule == INTERNAL_ERROR:
                self.msgs["F7000"] = ("%s", CONFIGURATION_ERROR, "The nearest [tool.kerascheck] cannot be used.")
        self._check = check
        super().__init__(linter)

    def process_module(self, node: nodes.Module) -> None:
        """Have the module checked, unless the checker of another family had it done."""
        self._check.run(node)

    def close(self) -> None:
        """The last module is done."""
        self._check.forget()


@dataclass(slots=True)
class ModuleCheck:
    """Checks a module once, whichever of a linter's checkers asks first, and tells the findings of all families.

    Attributes:
        linter: the linter that the checkers belong to.
        optional: the rules that are off unless they are enabled.
        known: the names of the messages; a plugin of another folder's configuration has none.
    """

    linter: PyLinter
    optional: tuple[Rule, ...]
    known: frozenset[str]
    _config: ConfigFinder = field(default_factory=ConfigFinder)
    _last: nodes.Module | None = None

    def run(self, module: nodes.Module) -> None:
        """Add a message for each finding in the text that pylint read."""
        if module is self._last:
            return
        self._last = module
        try:
            found = self._check(module)
        except ConfigError as error:
            self._add(CONFIGURATION_ERROR, Span(module.file, 1, 1, 1, 1), str(error))
        except Exception as error:
            message = f"internal error on {module.file}: {type(error).__name__}: {error}"
            self._add(symbol(INTERNAL_ERROR), Span(module.file, 1, 1, 1, 1), message)
        else:
            for each in found:
                if symbol(each) in self.known:
                    self._add(symbol(each), each.span, message_text(each))

    def forget(self) -> None:
        """Let go of the last module."""
        self._last = None

    def _check(self, module: nodes.Module) -> list[Diagnostic]:
        settings = self._config.for_file(module.file)
        if _is_excluded(module.file, self._config, settings):
            return []
        from kerascheck.api import check_source

        enabled = tuple(rule.code for rule in self.optional if self.linter.is_message_enabled(symbol(rule)))
        settings = replace(settings, extend_select=settings.extend_select + enabled)
        found = (_placed(each, module.file) for each in check_source(_text(module), module.file, settings))
        return sorted((each for each in found if each is not None), key=lambda each: each.sort_key)

    def _add(self, message: str, span: Span, text: str) -> None:
        from kerascheck.report.style import one_line

        self.linter.add_message(
            message,
            line=span.line,
            args=(one_line(text),),
            confidence=HIGH,
            col_offset=span.column - 1,
            end_lineno=span.end_line,
            end_col_offset=span.end_column - 1,
        )


def message_text(found: Diagnostic) -> str:
    """The finding in one text, with the trail, which pylint has no places for, and the help."""
    text = f"{found.message}; {found.label}" if found.label else found.message
    steps = "; ".join(f"{_where(step.span, found.span)}: {step.note}" for step in found.trail)
    if steps:
        text += f" ({steps})"
    return f"{text}; help: {found.help}" if found.help else text


def _where(span: Span, primary: Span) -> str:
    return f"line {span.line}" if span.file == primary.file else f"{span.file}:{span.line}"


def _card(cards: CardIndex, rule: Rule) -> Card | None:
    try:
        return cards.get(rule.code)
    except CardError:
        return None


def _plugin_rules() -> tuple[Rule, ...]:
    """The rules of the plugins that the working folder's configuration names.

    None where that cannot be used, which is told of each module.
    """
    try:
        return plugin_rules(ConfigFinder().for_folder(Path.cwd()).plugins)
    except (ConfigError, OSError):
        return ()


def _text(module: nodes.Module) -> str:
    """What pylint read, which may differ from what the file holds."""
    with module.stream() as stream:
        data: bytes = stream.read()
    return data.decode(module.file_encoding or "utf-8", errors="replace")


def _is_excluded(path: str, config: ConfigFinder, settings: Settings) -> bool:
    """Whether the configuration excludes even files that are named one by one, and this is one of them."""
    if not settings.force_exclude:
        return False
    from kerascheck.discovery import discover

    found = discover([path], config)
    return not found.files and not found.errors


def _placed(found: Diagnostic, path: str) -> Diagnostic | None:
    """The finding in the file that pylint looks at, or None where it has nothing to do with that.

    One that lies in another of the user's modules is told at the innermost call in this file that led to it.
    """
    if found.code in _SILENT:
        return None
    if found.span.file == path:
        return found
    here = [step for step in found.trail if step.span.file == path]
    if not here:
        return None
    others = tuple(step for step in found.trail if step is not here[-1])
    return replace(found, span=here[-1].span, trail=(*others, TrailStep(found.span, found.label)), label="", fix=None)
