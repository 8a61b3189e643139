"""A program's graph in the format asked for, to standard output or into a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from kerascheck.diagnostic import Diagnostic
from kerascheck.program import Program
from kerascheck.source import SourceCache

GRAPH_FORMATS = ("text", "json", "dot", "graphml", "html")

STANDARD_OUTPUT = "-"

_SUFFIXES = {
    ".txt": "text",
    ".json": "json",
    ".dot": "dot",
    ".gv": "dot",
    ".graphml": "graphml",
    ".html": "html",
    ".htm": "html",
}


class OutputError(Exception):
    """The graph cannot be written where it was asked for; the message is one sentence."""


def graph_format(wanted: str | None, output: str | None) -> str | None:
    """The format asked for, else the one that the output file's name says, else None."""
    if wanted is not None or output is None:
        return wanted
    return _SUFFIXES.get(Path(output).suffix.lower())


def render_graph(
    graph_format: str,
    program: Program,
    findings: Sequence[Diagnostic],
    sources: SourceCache,
    *,
    operations: bool = False,
    facts: bool = False,
) -> str:
    """The graph of every model of ``program``, ending in a line feed.

    Args:
        graph_format: one of :data:`GRAPH_FORMATS`.
        program: what a front end found out.
        findings: what is marked on the graph.
        sources: the lines that the page shows.
        operations: show the TensorFlow ops of every call; the page holds them in any case.
        facts: let JSON hold the findings, and what only a live model tells.

    Raises:
        ValueError: there is no such format.
    """
    match graph_format:
        case "text":
            from kerascheck.report.graph_text import render_graph_text

            return render_graph_text(program, findings, operations=operations)
        case "json":
            return _json(program, findings, operations, facts)
        case "dot":
            from kerascheck.report.graph_dot import render_graph_dot

            return render_graph_dot(program, findings, operations=operations)
        case "graphml":
            from kerascheck.report.graph_graphml import render_graph_graphml

            return render_graph_graphml(program, findings, operations=operations)
        case "html":
            from kerascheck.report.graph_html import render_graph_html

            return render_graph_html(program, findings, sources)
        case _:
            raise ValueError(f"no graph format {graph_format!r}")


def write_graph(text: str, output: str, program: Program) -> None:
    """Write ``text`` into the file ``output``, which is replaced unless the model itself is written in it.

    Raises:
        OutputError: ``output`` cannot be written, or holds code that the graph is of.
    """
    path = Path(output)
    if any(_is_same(path, Path(file)) for file in _sources_of(program)):
        raise OutputError(f"{output} holds the code that the graph is of: name another file with -o")
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OutputError(f"cannot write {output}: {reason}") from None


def _json(program: Program, findings: Sequence[Diagnostic], operations: bool, facts: bool) -> str:
    from kerascheck.graph_json import program_json

    data = program_json(program, opened=operations)
    if facts:
        from kerascheck.report.graph_facts import facts_json, findings_json

        data |= {"findings": findings_json(program, findings), "facts": facts_json(program)}
    return json.dumps(data, indent=2) + "\n"


def _sources_of(program: Program) -> Iterator[str]:
    yield program.file
    files = {node.source.span.file for _, node in program.nodes() if node.source is not None}
    yield from sorted(files - {program.file})


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False
