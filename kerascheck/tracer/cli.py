"""``kerascheck trace``: options to a traced Program, the rules' findings to output and exit code."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kerascheck.tracer import trace_outcome
from kerascheck.tracer.request import Ending, TargetError, target_kind

if TYPE_CHECKING:
    from kerascheck.diagnostic import Diagnostic, Span

FAILED = 2


def run(arguments: argparse.Namespace) -> int:
    """Trace the target, run the rules on what was built, and report.

    Returns 0 where nothing was found, 1 for findings, 2 where the target could not be traced to its end, unless a
    finding tells why.
    """
    from kerascheck.cli import settings_for, show
    from kerascheck.engine import check_program
    from kerascheck.report.style import one_line

    target: str = arguments.target
    try:
        target_kind(target)
    except TargetError as error:
        return _say(f"error: {error}")
    settings = settings_for(arguments, target)
    device = settings.device if settings.device != "auto" else "cpu"
    outcome = trace_outcome(
        target,
        stop_at_model=arguments.stop_at == "model",
        run_training=arguments.run_training,
        timeout=arguments.timeout,
        keras=str(settings.keras),
        device=device,
    )
    for note in outcome.notes:
        _say(f"note: {note}", arguments.quiet)
    if outcome.program is None:
        return _say(f"error: {one_line(outcome.sentence)}")
    report = check_program(outcome.program, settings)
    failed = outcome.ending is not Ending.FINISHED and outcome.ending is not Ending.STOPPED
    explained = outcome.ending is Ending.CRASHED and _explains(report.diagnostics, outcome.span)
    if outcome.sentence:
        word = "error" if failed and not explained else "note"
        _say(f"{word}: {one_line(outcome.sentence)}", arguments.quiet and word == "note")
    if not outcome.program.models and not failed:
        return _say(f"error: {target} ran to its end and built no model")
    shown = argparse.Namespace(**vars(arguments))
    # "No findings" is not to be said of code that did not get that far.
    shown.quiet = arguments.quiet or (failed and not report.diagnostics)
    return show(report, settings, shown, failed=failed and not explained)


def _say(message: str, quiet: bool = False) -> int:
    if not quiet:
        print(message, file=sys.stderr)
    return FAILED


def _explains(diagnostics: tuple[Diagnostic, ...], span: Span | None) -> bool:
    """Whether a finding is about the line at which the code crashed."""
    if span is None:
        return False
    return any(
        found.span.file == span.file
        and found.span.cell == span.cell
        and found.span.line <= span.end_line
        and span.line <= found.span.end_line
        for found in diagnostics
    )
