"""The report on a traced program: what its live models tell, and what only the source of the files it ran can tell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from kerascheck.config import Settings
from kerascheck.diagnostic import Diagnostic
from kerascheck.engine import Report, Tools, analyse, interpret, report_on, run_rules
from kerascheck.program import FedKind, FedProblem, Program
from kerascheck.registry import FILE_RULES
from kerascheck.source import SourceError, SourceFile, read_source

Line: TypeAlias = tuple[str, int | None, int]

_ABOUT_FILES = frozenset(rule.code for rule in FILE_RULES)


def check_traced(program: Program, settings: Settings) -> Report:
    """Run the rules on a live program; those that it does not show are run on the source of the files it loaded."""
    tools = Tools(kind="trace")
    problems: list[FedProblem] = []
    read = list(_read(program, settings, problems)) if program.loaded else []
    # What the code is fed is not seen where it crashes before, and may be what it crashes for.
    program.fed_problems += [each for each in problems if each.kind is FedKind.BATCH_IN_INPUT]
    live = run_rules(program, settings, tools)
    told = [found for found in read if found.internal or _is_read(found, tools)]
    shown = list(_without_repeated(live, told, read))
    known = {(found.code, _line(found)) for found in shown}
    besides = [found for found in told if (found.code, _line(found)) not in known]
    return report_on(program, [*shown, *besides], settings, tools)


def _is_read(found: Diagnostic, tools: Tools) -> bool:
    card = tools.cards.get(found.code)
    return card is not None and card.is_read_by_trace


def _without_repeated(live: list[Diagnostic], told: list[Diagnostic], read: list[Diagnostic]) -> Iterator[Diagnostic]:
    """The live findings, without those that tell by their consequence what the source tells by its cause.

    That is so where the source, in which one mistake is told once, has another finding on the same line instead.
    """
    lines = {_line(found) for found in told}
    agreed = {(found.code, _line(found)) for found in read}
    for found in live:
        if _line(found) not in lines or (found.code, _line(found)) in agreed:
            yield found


def _line(found: Diagnostic) -> Line:
    return os.path.realpath(found.span.file), found.span.cell, found.span.line


def _read(program: Program, settings: Settings, problems: list[FedProblem]) -> Iterator[Diagnostic]:
    """What the static front end finds in the files that the run loaded; ``problems`` gets those with what is fed."""

    def front_end(source: SourceFile, settings: Settings) -> Program:
        made = interpret(source, settings)
        problems.extend(made.fed_problems)
        return made

    tools = Tools(front_end)
    loaded = {os.path.realpath(file) for file in program.loaded}
    for file in program.loaded:
        try:
            source = read_source(file)
            meant = _as_run(program, source, settings)
        except SourceError:
            # It was there when it was run: what it is now says nothing of that.
            continue
        for found in analyse(source, meant, tools).diagnostics:
            about_code = found.internal or found.code not in _ABOUT_FILES
            if about_code and os.path.realpath(found.span.file) in loaded:
                yield found


def _as_run(program: Program, source: SourceFile, settings: Settings) -> Settings:
    """The settings with the Keras that the run used: what a project asks for is not always what is installed."""
    if settings.generation != "auto":
        return settings
    if program.models or program.generation == 2:
        return replace(settings, keras=2 if program.generation == 2 else 3)
    from kerascheck.interpreter.generation import keras_meant

    # Where the code built nothing, its imports and the environment variable tell, as they told TensorFlow.
    meant = keras_meant(source.tree, "<file>", settings)
    return replace(settings, keras=2 if meant.generation == 2 else 3)
