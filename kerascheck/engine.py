"""Checking files: read, interpret, run the rules, apply suppressions.

Whatever goes wrong in one file or rule is a finding of its own; the others still report.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerascheck.cards import CardError, CardIndex
from kerascheck.config import ConfigError, ConfigFinder, Settings
from kerascheck.deep_calls import with_room
from kerascheck.diagnostic import Diagnostic, Severity, Span
from kerascheck.locations import Locations
from kerascheck.registry import (
    BLANKET_SUPPRESSION,
    FILE_RULES,
    INTERNAL_ERROR,
    UNREADABLE_FILE,
    UNUSED_SUPPRESSION,
    Rule,
    Selection,
    check_rules,
    plugin_rules,
)
from kerascheck.sharing import one_run
from kerascheck.source import SourceCache, SourceError, SourceFile, read_source
from kerascheck.user_rules import PluginError

if TYPE_CHECKING:
    from kerascheck.checks.api import Finding
    from kerascheck.program import NotUnderstood, Program
    from kerascheck.relevance import Relevance
    from kerascheck.statistics import Statistics
    from kerascheck.suppression import Suppression

FrontEnd: TypeAlias = "Callable[[SourceFile, Settings], Program]"
Check: TypeAlias = "Callable[[Program], Iterable[Finding]]"

ISSUES = "https://github.com/kerascheck/kerascheck/issues"

_MENTIONS = ("keras", "tensorflow")


def interpret(source: SourceFile, settings: Settings) -> Program:
    """The static front end, imported when it is first needed."""
    from kerascheck.interpreter import interpret as interpret_source

    return interpret_source(source, settings)


def load_check(rule: Rule) -> Check:
    """The rule's ``check`` function."""
    if rule.user is not None:
        return rule.user.check
    assert rule.module is not None, "rules about files have no check"
    check: Check = import_module(rule.module).check
    return check


@dataclass(frozen=True)
class Chosen:
    """The rules that run, each with its check, which is loaded once for all files."""

    rules: tuple[Rule, ...]
    load: Callable[[Rule], Check]
    _loaded: dict[str, Check] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Their codes."""
        return frozenset(rule.code for rule in self.rules)

    def check_of(self, rule: Rule) -> Check:
        """The check of one of them."""
        check = self._loaded.get(rule.code)
        if check is None:
            check = self._loaded[rule.code] = self.load(rule)
        return check

    def relevant(self, program: Program) -> list[Rule]:
        """Those of them that may have something to say about ``program``."""
        return [self.rules[place] for place in self._relevance.of(program)]

    @cached_property
    def _relevance(self) -> Relevance:
        from kerascheck.relevance import Relevance

        return Relevance(map(self._if_known, self.rules))

    def _if_known(self, rule: Rule) -> Check | None:
        """The check of a rule that reads nothing but the program; None for what users write, and where it is broken."""
        if rule.user is not None:
            return None
        try:
            return self.check_of(rule)
        except Exception:
            return None


@dataclass(frozen=True)
class Tools:
    """What a check is done with; a test puts its own in their place.

    ``kind`` says which front end the programs come from; ``statistics`` is where they are counted, if anywhere.
    """

    front_end: FrontEnd = interpret
    kind: Literal["static", "trace"] = "static"
    rules: tuple[Rule, ...] = field(default_factory=check_rules)
    load_check: Callable[[Rule], Check] = load_check
    cards: CardIndex = field(default_factory=CardIndex)
    statistics: Statistics | None = None
    _chosen: dict[tuple[Selection, tuple[str, ...]], Chosen] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rules_for(self, settings: Settings) -> tuple[Rule, ...]:
        """The rules there are, those of the plugins that ``settings`` name included.

        Raises:
            ConfigError: one of the plugins cannot be used.
        """
        try:
            return self.rules + plugin_rules(settings.plugins)
        except PluginError as error:
            raise ConfigError(str(error)) from None

    def chosen(self, settings: Settings) -> Chosen:
        """Those of them that ``settings`` select; found once for all the files that have the same.

        Raises:
            ConfigError: one of the plugins cannot be used.
        """
        selection = Selection.of(settings)
        key = (selection, settings.plugins)
        if key not in self._chosen:
            rules = tuple(rule for rule in self.rules_for(settings) if selection.includes(rule))
            self._chosen[key] = Chosen(rules, self.load_check)
        return self._chosen[key]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What checking one file gave, before suppressions.

    ``ran`` holds the codes of the rules that ran to their end, and ``complete`` says that none failed before.
    """

    source: SourceFile
    diagnostics: tuple[Diagnostic, ...]
    ran: frozenset[str] = frozenset()
    complete: bool = False
    unknown: tuple[NotUnderstood, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What checking all files gave.

    Attributes:
        diagnostics: the findings, in the order they are shown.
        checked: how many files were looked at.
        unknown: what was not understood, each place once.
        sources: the lines that findings are shown with.
    """

    diagnostics: tuple[Diagnostic, ...]
    checked: int
    unknown: tuple[NotUnderstood, ...]
    sources: SourceCache

    @property
    def failed(self) -> bool:
        """Whether a file could not be read, or kerascheck itself failed."""
        return any(found.internal or found.code == UNREADABLE_FILE.code for found in self.diagnostics)


def check_files(files: Iterable[str], config: ConfigFinder, tools: Tools | None = None) -> Report:
    """Check files, each by the settings nearest to it.

    Raises:
        ConfigError: one of the configurations cannot be used.
    """
    tools = tools or Tools()

    def analyses() -> Iterator[tuple[Analysis, Settings]]:
        for path in files:
            settings = config.for_file(path)
            try:
                source = read_source(path)
            except SourceError as error:
                yield _unreadable(path, error, settings, tools), settings
            else:
                yield analyse(source, settings, tools), settings

    with one_run():
        return _merge(analyses(), tools)


def check_sources(sources: Iterable[SourceFile], settings: Settings, tools: Tools | None = None) -> Report:
    """Check sources that are at hand."""
    tools = tools or Tools()
    return _merge(((analyse(source, settings, tools), settings) for source in sources), tools)


def check_text(text: str | bytes, filename: str, settings: Settings, tools: Tools | None = None) -> Report:
    """Check a text under the name ``filename``; one that is no source gives a finding."""
    from kerascheck.source import source_from_bytes, source_from_text

    tools = tools or Tools()
    try:
        source = source_from_text(text, filename) if isinstance(text, str) else source_from_bytes(text, filename)
    except SourceError as error:
        return _merge([(_unreadable(filename, error, settings, tools), settings)], tools)
    return check_sources([source], settings, tools)


def check_program(program: Program, settings: Settings, tools: Tools | None = None) -> Report:
    """Run the rules on what another front end found out, and apply the suppressions of the files it came from.

    Unused suppressions are not told: what the code did this time says nothing of the other times.
    """
    tools = tools or Tools(kind="trace")
    return report_on(program, run_rules(program, settings, tools), settings, tools)


def run_rules(program: Program, settings: Settings, tools: Tools) -> list[Diagnostic]:
    """What the rules find in a program, before suppressions."""
    selection = Selection.of(settings)
    return list(_run_rules(tools.chosen(settings), program, selection, tools, set()))


def report_on(program: Program, diagnostics: Iterable[Diagnostic], settings: Settings, tools: Tools) -> Report:
    """The report that tells these findings about a program, less those suppressed."""
    # The target may be a module's name or a saved model: its text is read only if a finding lies in it.
    source = SourceFile(program.file, "")
    analysis = Analysis(source, tuple(diagnostics), unknown=tuple(program.unknown))
    return _merge([(analysis, settings)], tools, SourceCache())


def analyse(source: SourceFile, settings: Settings, tools: Tools) -> Analysis:
    """Check one source, without applying its suppressions."""
    with one_run():
        return with_room(lambda: _analyse(source, settings, tools))


def _analyse(source: SourceFile, settings: Settings, tools: Tools) -> Analysis:
    diagnostics = [found for error in source.broken for found in _file_error(error, settings, tools)]
    try:
        _ = source.tree
    except SourceError as error:
        return Analysis(source, (*diagnostics, *_file_error(error, settings, tools)))
    selection = Selection.of(settings)
    chosen = tools.chosen(settings)
    complete = settings.select is None and not settings.ignore and not source.broken
    if not any(word in source.text for word in _MENTIONS):
        return Analysis(source, tuple(diagnostics), chosen.codes, complete)
    try:
        program = tools.front_end(source, settings)
    except Exception as error:
        return Analysis(source, (*diagnostics, _internal_error(f"reading {source.path}", source.path, error)))
    if tools.statistics is not None:
        tools.statistics.add(program)
    failed: set[str] = set()
    diagnostics += _run_rules(chosen, program, selection, tools, failed)
    ran = frozenset() if source.broken else chosen.codes - failed
    return Analysis(source, tuple(diagnostics), ran, complete and not failed, tuple(program.unknown))


def _run_rules(
    chosen: Chosen, program: Program, selection: Selection, tools: Tools, failed: set[str]
) -> Iterator[Diagnostic]:
    """What the rules find, or that one failed; ``failed`` gets the codes of those that did not run to their end."""
    for rule in chosen.relevant(program):
        try:
            findings = list(chosen.check_of(rule)(program))
            found = _diagnostics(rule, findings, program, selection, tools) if findings else ()
        except Exception as error:
            failed.add(rule.code)
            yield _internal_error(f"rule {rule.code} ({rule.name}) on {program.file}", program.file, error, rule)
        else:
            yield from found


def _diagnostics(
    rule: Rule, findings: Iterable[Finding], program: Program, selection: Selection, tools: Tools
) -> list[Diagnostic]:
    findings = [found for found in findings if not program.is_about_library(found.span)]
    if not findings or not _is_on(rule, selection, tools):
        return []
    card = tools.cards.of(rule)
    severity = card.severity if card is not None else Severity.ERROR
    url = card.url or None if card is not None else None
    return [
        Diagnostic(
            rule.code,
            rule.name,
            severity,
            found.message,
            found.span,
            found.label,
            found.trail,
            found.help,
            found.fix,
            url,
        )
        for found in findings
    ]


def _is_on(rule: Rule, selection: Selection, tools: Tools) -> bool:
    """Whether an included rule is on: for this front end, and by default or named by the user. Reads the card."""
    card = tools.cards.of(rule)
    if card is None:
        return True
    told = "static" in card.front_ends if tools.kind == "static" else card.is_traced_live
    return told and (card.default or selection.named(rule))


def _file_error(error: SourceError, settings: Settings, tools: Tools) -> Iterator[Diagnostic]:
    """The finding about a file that cannot be checked: shown whatever is selected, unless ignored by name."""
    rule = Rule(error.code, error.name)
    if rule == UNREADABLE_FILE or not Selection.of(settings).ignores_exactly(rule):
        yield _file_finding(rule, error.message, error.span, tools, help=error.help)


def _file_finding(
    rule: Rule, message: str, span: Span, tools: Tools, *, label: str = "", help: str | None = None
) -> Diagnostic:
    card = tools.cards.get(rule.code)
    severity = card.severity if card is not None else Severity.ERROR
    return Diagnostic(
        rule.code, rule.name, severity, message, span, label, help=help, url=card.url if card is not None else None
    )


def _unreadable(path: str, error: SourceError, settings: Settings, tools: Tools) -> Analysis:
    return Analysis(SourceFile(path, ""), tuple(_file_error(error, settings, tools)))


def _internal_error(what: str, path: str, error: Exception, failed: Rule | None = None) -> Diagnostic:
    """The finding that tells a failure of kerascheck itself, or of a plugin that the rule which ``failed`` is from."""
    if os.environ.get("KERASCHECK_DEBUG"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    reason = str(error) if isinstance(error, CardError) else f"{type(error).__name__}: {error}".removesuffix(": ")
    message = f"internal error in {what}: {' '.join(reason.split())}"
    told = ISSUES if failed is None or failed.user is None else f'the plugin "{failed.module}", which the rule is from'
    help = f"please report this at {told}; KERASCHECK_DEBUG=1 shows where it happened"
    rule = INTERNAL_ERROR
    return Diagnostic(rule.code, rule.name, Severity.ERROR, message, Span(path, 1, 1, 1, 1), help=help, internal=True)


def _merge(analyses: Iterable[tuple[Analysis, Settings]], tools: Tools, sources: SourceCache | None = None) -> Report:
    """Bring the findings of all files together: each told once, in the file it lies in, less those suppressed."""
    raw: list[tuple[str, Diagnostic]] = []
    given: dict[str, tuple[Analysis, Settings]] = {}
    for analysis, settings in analyses:
        path = analysis.source.path
        given[path] = (_lightened(analysis), settings)
        raw += ((path, found) for found in analysis.diagnostics)
    sources = sources or SourceCache(analysis.source for analysis, _ in given.values())
    kept: list[Diagnostic] = []
    for path, found in _by_file(raw, given).items():
        source = sources.get(path)
        checked = given.get(path)
        if source is None:
            kept += found
        elif checked is None:
            kept += _suppress(found, source)
        else:
            kept += _suppress_and_judge(found, source, *checked, tools)
    unknown = {each.span: each for analysis, _ in given.values() for each in analysis.unknown}
    return Report(tuple(sorted(kept, key=lambda each: each.sort_key)), len(given), tuple(unknown.values()), sources)


def _by_file(raw: Iterable[tuple[str, Diagnostic]], given: Iterable[str]) -> dict[str, list[Diagnostic]]:
    """The findings, each with the file whose analysis told it, by the file they are told in; that of every given one.

    What a rule says of one place is told by one analysis: by that of the place's own file, where it has it.
    """
    locations = Locations(given)
    placed = [(path, found) for path, each in raw if (found := locations.place(each)) is not None]
    tellers: dict[tuple[str, Span], str] = {}
    by_file: dict[str, dict[tuple[object, ...], Diagnostic]] = {path: {} for path in given}
    for path, found in sorted(placed, key=lambda each: each[0] != each[1].span.file):
        if tellers.setdefault((found.code, found.span), path) == path:
            key = (found.code, found.span, found.message)
            by_file.setdefault(found.span.file, {}).setdefault(key, found)
    return {path: list(findings.values()) for path, findings in by_file.items()}


def _lightened(analysis: Analysis) -> Analysis:
    """The analysis without what is large and no longer needed, its syntax tree above all."""
    return replace(analysis, diagnostics=(), source=replace(analysis.source))


def _may_suppress(source: SourceFile) -> bool:
    """Whether it is worth looking for suppressions: a quick test that spares most files the tokenizer."""
    lowered = source.text.lower()
    return "noqa" in lowered or "kerascheck" in lowered


def _suppress(found: list[Diagnostic], source: SourceFile) -> list[Diagnostic]:
    if not found or not _may_suppress(source):
        return found
    from kerascheck.suppression import apply, find_suppressions

    return apply(found, find_suppressions(source, {Rule(each.code, each.name).prefix for each in found}), source)


def _suppress_and_judge(
    found: list[Diagnostic], source: SourceFile, analysis: Analysis, settings: Settings, tools: Tools
) -> list[Diagnostic]:
    """The findings of a checked file that stay, and those about its suppressions."""
    if not _may_suppress(source):
        return found
    from kerascheck.suppression import apply, blanket, find_suppressions, unused

    rules = tools.rules_for(settings)
    suppressions = find_suppressions(source, {rule.prefix for rule in rules})
    kept = apply(found, suppressions, source)
    selection = Selection.of(settings)

    def has_run(rule: Rule) -> bool:
        return rule.code in analysis.ran and _is_on(rule, selection, tools)

    about: list[tuple[Rule, Suppression, str]] = []
    if analysis.ran:
        stale = unused(suppressions, FILE_RULES + rules, has_run, analysis.complete)
        about += [(UNUSED_SUPPRESSION, each, message) for each, message in stale]
    about += [
        (BLANKET_SUPPRESSION, each, f"`{each.text}` hides every finding, whatever it says")
        for each in blanket(suppressions)
    ]
    extra = [
        _file_finding(rule, message, each.span, tools)
        for rule, each, message in about
        if selection.includes(rule) and _is_on(rule, selection, tools)
    ]
    return kept + apply(extra, [each for each in suppressions if not each.blanket], source)
