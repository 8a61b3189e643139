"""The report on a traced program: what its live models tell, and what only the source of the files it ran can tell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from kerascheck.config import Settings
from kerascheck.diagnostic import Diagnostic
from kerascheck.engine import Report, Tools, analyse, check_program
from kerascheck.program import Program
from kerascheck.registry import FILE_RULES
from kerascheck.source import SourceError, SourceFile, read_source

_ABOUT_FILES = frozenset(rule.code for rule in FILE_RULES)


def check_traced(program: Program, settings: Settings) -> Report:
    """Run the rules on a live program; those that it does not show are run on the source of the files it loaded."""
    return check_program(program, settings, besides=_read(program, settings))


def _read(program: Program, settings: Settings) -> Iterator[Diagnostic]:
    """What the source tells of the rules that a live model does not, in the files that the run loaded."""
    loaded = {os.path.realpath(file) for file in program.loaded}
    for file in program.loaded:
        try:
            source = read_source(file)
            meant = _as_run(program, source, settings)
        except SourceError:
            # It was there when it was run: what it is now says nothing of that.
            continue
        for found in analyse(source, meant, Tools(kind="source")).diagnostics:
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
