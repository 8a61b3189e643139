"""A source with the shapes that its lines make beside them, as comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.report.style import Palette, harmless, width
from kerascheck.shapes import Shape
from kerascheck.source import SourceFile

SHOWN = frozenset({"input", "layer", "model", "op", "variable"})
"""The kinds of nodes whose shapes are shown: a constant stands in the source already."""

MAXIMUM_COLUMN = 88
"""Annotations are aligned as far as this column; behind a longer line they follow it."""
MAXIMUM_STEPS = 6
MAXIMUM_RUNS = 3
"""At most so many calls of one line, and so many times that the line is run with other shapes."""

UNKNOWN = "?"


def render_annotated(program: Program, source: SourceFile, *, color: bool = False) -> str:
    """Every line of ``source``, those that make tensors or models with what they make.

    ``x → y`` are the calls of one line, the later given the earlier's output or not; ``x | y`` what the same line makes
    when it is run again with other shapes.
    """
    told = _by_line(program, source)
    lines = source.lines[:-1] if source.text.endswith("\n") else source.lines
    widest = max((width(lines[number - 1]) for number in told if number <= len(lines)), default=0)
    column = min(widest, MAXIMUM_COLUMN)
    palette = Palette(color)
    starts = {cell.first_line: cell.number for cell in source.cells}
    written: list[str] = []
    for number, line in enumerate(lines, start=1):
        if number in starts:
            written.append(palette.frame(f"# %% cell {starts[number]}"))
        note = told.get(number)
        if note is None:
            written.append(harmless(line))
            continue
        padding = " " * max(column - width(line), 0)
        painted = palette.paint("33" if UNKNOWN in note else "36", f"# {note}")
        written.append(f"{harmless(line)}{padding}  {painted}")
    return "".join(f"{line}\n" for line in written)


def shape_text(shape: Shape) -> str:
    """``(B, 2*(H//2), 16)``; ``?`` for a size or a number of axes that is not known."""
    texts = shape.texts()
    if texts is None:
        return UNKNOWN
    return f"({', '.join(map(str, texts))}{',' if len(texts) == 1 else ''})"


def _by_line(program: Program, source: SourceFile) -> dict[int, str]:
    """What to say of each line of the text."""
    nodes: dict[int, list[Node]] = defaultdict(list)
    for _, node in program.nodes():
        place = None if node.source is None else node.source.span
        if place is not None and place.file == source.path and node.kind in SHOWN:
            nodes[source.text_line(place.line, place.cell)].append(node)
    notes = {line: [_runs(made)] for line, made in nodes.items()}
    for model in program.models:
        if model.span is not None and model.span.file == source.path and model.kind in ("functional", "sequential"):
            line = source.text_line(model.span.line, model.span.cell)
            text = _model(model)
            if text not in notes.setdefault(line, []):
                notes[line].append(text)
    return {line: "; ".join(texts) for line, texts in notes.items()}


def _runs(nodes: Iterable[Node]) -> str:
    """The shapes that one line makes, each different run of it once."""
    texts = list(dict.fromkeys(_steps(run) for run in _split(nodes)))
    more = len(texts) - MAXIMUM_RUNS
    return " | ".join(texts[:MAXIMUM_RUNS]) + (f" | … {more} more" if more > 0 else "")


def _split(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    """The runs of a line: one ends where a call is met again, or was reached by another way."""
    run: list[Node] = []
    seen: set[tuple[Span, str]] = set()
    stack: tuple[Span, ...] | None = None
    for node in sorted(nodes, key=_order):
        assert node.source is not None
        call = (node.source.span, node.op)
        if run and (call in seen or node.source.stack != stack):
            yield run
            run, seen = [], set()
        run.append(node)
        seen.add(call)
        stack = node.source.stack
    if run:
        yield run


def _order(node: Node) -> int:
    """Nodes are numbered as they are made: ``n12``."""
    digits = "".join(filter(str.isdigit, node.identifier))
    return int(digits) if digits else 0


def _steps(run: list[Node]) -> str:
    shown = [_outputs(node) for node in run]
    texts = [text for index, text in enumerate(shown) if index == 0 or text != shown[index - 1]]
    if len(texts) > MAXIMUM_STEPS:
        texts = [*texts[:2], "…", *texts[-3:]]
    return " → ".join(texts)


def _outputs(node: Node) -> str:
    texts = [shape_text(spec.shape) for spec in node.outputs] or [UNKNOWN]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _model(model: ModelGraph) -> str:
    """``Model (B, 784) → (B, 10), 7,850 parameters``."""
    ends = [_ends(model, [(end.node, end.output) for end in side]) for side in (model.inputs, model.outputs)]
    shapes = f" {ends[0]} → {ends[1]}" if any(end != UNKNOWN for end in ends) else ""
    counted = f"{model.params:,}" if model.params is not None else UNKNOWN
    return f"{'Sequential' if model.kind == 'sequential' else 'Model'}{shapes}, {counted} parameters"


def _ends(model: ModelGraph, ends: list[tuple[str, int]]) -> str:
    texts = []
    for identifier, output in ends:
        node = model.records.get(identifier)
        known = node is not None and output < len(node.outputs)
        texts.append(shape_text(node.outputs[output].shape) if node is not None and known else UNKNOWN)
    if not texts:
        return UNKNOWN
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
