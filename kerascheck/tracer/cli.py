"""``kerascheck trace``: options to a traced Program, the rules' findings to output and exit code."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kerascheck.report.graph_output import STANDARD_OUTPUT, graph_format, render_graph
from kerascheck.tracer import trace_outcome
from kerascheck.tracer.input_shapes import parse_inputs
from kerascheck.tracer.request import Ending, TargetError, target_kind

if TYPE_CHECKING:
    from kerascheck.config import Settings
    from kerascheck.diagnostic import Diagnostic, Span
    from kerascheck.engine import Report
    from kerascheck.program import Program
    from kerascheck.tracer.request import Outcome

FAILED = 2


def run(arguments: argparse.Namespace) -> int:
    """Trace the target, run the rules on what was built, and report.

    Returns 0 where nothing was found, 1 for findings, 2 where the target could not be traced to its end, unless a
    finding tells why.
    """
    from kerascheck.cli import no_page_for_terminals, settings_for
    from kerascheck.report.style import one_line

    target: str = arguments.target
    try:
        target_kind(target)
        parse_inputs(arguments.input_shape)
    except TargetError as error:
        return _say(f"error: {error}")
    graph = graph_format(arguments.graph, arguments.output)
    if told := _unusable(arguments, graph) or no_page_for_terminals(graph, arguments.output):
        return _say(f"error: {told}")
    settings = settings_for(arguments, target)
    outcome = trace_outcome(
        target,
        stop_at_model=arguments.stop_at == "model",
        run_training=arguments.run_training,
        timeout=arguments.timeout,
        keras=str(settings.generation),
        device=settings.device,
        memory=arguments.memory_limit,
        input_shape=tuple(arguments.input_shape),
        unsafe=arguments.unsafe,
        probe=arguments.probe,
    )
    for note in outcome.notes:
        _say(f"note: {note}", arguments.quiet)
    if outcome.program is None:
        return _say(f"error: {one_line(outcome.sentence)}")
    return _report(arguments, outcome, outcome.program, settings, graph)


def _report(
    arguments: argparse.Namespace, outcome: Outcome, program: Program, settings: Settings, graph: str | None
) -> int:
    """Run the rules on what was built and show what they found; returns the exit code."""
    from kerascheck.cli import show
    from kerascheck.report.style import one_line
    from kerascheck.traced_source import check_traced

    report = check_traced(program, settings)
    failed = outcome.ending is not Ending.FINISHED and outcome.ending is not Ending.STOPPED
    explained = outcome.ending is Ending.CRASHED and _explains(report.diagnostics, outcome.span)
    if outcome.sentence:
        word = "error" if failed and not explained else "note"
        _say(f"{word}: {one_line(outcome.sentence)}", arguments.quiet and word == "note")
    if not program.models and not failed and not report.diagnostics:
        if outcome.ending is Ending.STOPPED:
            return _say(f"error: {arguments.target} was ended before it built a model")
        return _say(f"error: {arguments.target} ran to its end and built no model")
    shown = argparse.Namespace(**vars(arguments))
    # "No findings" is not to be said of code that did not get that far.
    shown.quiet = arguments.quiet or (failed and not report.diagnostics)
    code = _graph(arguments, graph, program, report) if graph else 0
    # What is printed in place of the findings holds them.
    listed = graph is None or arguments.output not in (None, STANDARD_OUTPUT)
    return code or show(report, settings, shown, failed=failed and not explained, listed=listed)


def _graph(arguments: argparse.Namespace, graph: str, program: Program, report: Report) -> int:
    """Write the live models' graph; returns the exit code, 0 where it is written."""
    from kerascheck.cli import print_graph

    text = render_graph(graph, program, report.diagnostics, report.sources, operations=arguments.ops, facts=True)
    return print_graph(text, arguments.output, program)


def _unusable(arguments: argparse.Namespace, graph: str | None) -> str:
    """What is wrong with the options about the graph; empty where nothing is."""
    if graph is not None:
        return ""
    if arguments.output is not None:
        return f"the name {arguments.output} says no format: add --graph text, json, dot, graphml or html"
    return "--ops goes with --graph" if arguments.ops else ""


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
