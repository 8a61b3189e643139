"""``kerascheck compare``: the static graph of a file against its live models."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from kerascheck.api import build_graph
from kerascheck.comparison import Verdict, compare
from kerascheck.config import Settings
from kerascheck.engine import ISSUES
from kerascheck.interpreter.generation import keras_meant
from kerascheck.report.comparison import render_comparison_json, render_comparison_text
from kerascheck.report.style import location, one_line
from kerascheck.source import SourceError, read_source
from kerascheck.tracer import trace_outcome
from kerascheck.tracer.request import TargetError, TargetKind, target_kind

AGREED, DISAGREEING, FAILED = 0, 1, 2

DESCRIPTION = """\
Hold what kerascheck infers of a file without running it against its live models, call by call.

compare RUNS the code as `kerascheck trace` does. Exit codes: 0 nothing disagrees, 1 something does, 2 could not do the
job.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file and the options of ``compare``."""
    parser.description = DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", metavar="FILE", help="a .py file or a notebook")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="default: text")
    parser.add_argument(
        "--only",
        choices=[str(verdict) for verdict in Verdict],
        action="append",
        help="show only the facts of this verdict; the counts are of all",
    )
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS", help="default: 120")


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Compare, print on stdout, and return the exit code."""
    file: str = options.file
    try:
        if target_kind(file) not in (TargetKind.SCRIPT, TargetKind.NOTEBOOK):
            return _fail(f"{file}: expected a .py file or a notebook")
        # What the project asks for is not always what is installed here, and that is what runs: only the file is asked.
        meant = keras_meant(read_source(file).tree, "<file>", settings)
        static = build_graph(Path(file), replace(settings, keras=str(meant.generation)))
    except TargetError as error:
        return _fail(str(error))
    except SourceError as error:
        return _fail(f"{location(error.span)}: {error.message}")
    outcome = trace_outcome(file, timeout=options.timeout, keras=str(settings.generation))
    if outcome.program is None:
        return _fail(outcome.sentence)
    if outcome.sentence:
        print(f"note: {one_line(outcome.sentence)}", file=sys.stderr)
    comparison = compare(static, outcome.program)
    if options.format == "json":
        print(render_comparison_json(comparison))
    else:
        shown = [Verdict(each) for each in options.only or Verdict]
        sys.stdout.write(render_comparison_text(comparison, ISSUES, shown))
    if not comparison.facts:
        return _fail(f"{file} built nothing to compare")
    return DISAGREEING if comparison.count(Verdict.DISAGREEING) else AGREED


def _fail(message: str) -> int:
    print(f"error: {one_line(message)}", file=sys.stderr)
    return FAILED
