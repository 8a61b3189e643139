"""A program's models as text: one line a node, as ``model.summary()`` prints a layer, with its line of source."""

from __future__ import annotations

from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.report.style import one_line, width

_HEADINGS = ("Layer (op)", "Output shape", "Params", "Connected to", "Line")


def render_graph_text(program: Program) -> str:
    """Every model, and how many places were not understood."""
    sections = [_model(model) for model in program.models] or [f"No models found in {program.file}"]
    places = len({each.span for each in program.unknown})
    if places:
        sections.append(f"Not understood: {places} {'place' if places == 1 else 'places'}, see --show-unknown")
    return "\n\n".join(sections) + "\n"


def _model(model: ModelGraph) -> str:
    where = "" if model.span is None else f", line {_line_of(model)}"
    incomplete = "" if model.complete else ", not understood in full"
    title = f'{model.kind} "{model.name}"{where}{incomplete}'
    rows = [_HEADINGS, *(_row(model, node) for node in model.nodes())]
    widths = [max(width(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    table = ["  ".join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    table.insert(1, "  ".join("-" * size for size in widths))
    counts = f"Parameters: {_count(model.params)} (trainable: {_count(model.trainable)})"
    return "\n".join([title, *table, counts])


def _row(model: ModelGraph, node: Node) -> tuple[str, ...]:
    shapes = ", ".join(str(spec.shape) for spec in node.outputs) or "-"
    sources = ", ".join(dict.fromkeys(source.name for source, _ in model.operands(node))) or "-"
    line = "-" if node.source is None else str(node.source.span.line)
    if node.source is not None and node.source.span.cell is not None:
        line = f"cell {node.source.span.cell}:{line}"
    name = one_line(f"{node.name} ({node.op.rpartition('.')[2]})")
    return name, shapes, _count(node.params), one_line(sources), line


def _line_of(model: ModelGraph) -> str:
    assert model.span is not None
    cell = "" if model.span.cell is None else f" of cell {model.span.cell}"
    return f"{model.span.line}{cell}"


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - width(cell))
