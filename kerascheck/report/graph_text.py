"""A program's models as text: one line a node, as ``model.summary()`` prints a layer, with its line of source.

What is found stands under the row that its line made; behind the models, what only a live model tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program, StateFact, VariableFact
from kerascheck.report.graph_places import nodes_of
from kerascheck.report.graph_tensor_ops import shown_operations
from kerascheck.report.style import location, one_line, width

_HEADINGS = ("Layer (op)", "Output shape", "Params", "Connected to", "Line")

_MAXIMUM_CELL = 60
"""A cell of several outputs or operands longer than this many columns is cut."""

Row = tuple[str, ...]


def render_graph_text(program: Program, findings: Sequence[Diagnostic] = (), *, operations: bool = False) -> str:
    """Every model with its ``findings``, the facts about it, and how many places were not understood.

    ``operations`` shows the TensorFlow ops of every call below it, where the live front end opened them.
    """
    places = nodes_of(program, findings)
    under = _under(program, findings, places)
    sections = [_model(model, under, operations) for model in program.models] or [f"No models found in {program.file}"]
    sections += _elsewhere(findings, places)
    sections += _variables(program)
    sections += _states(program)
    if program.steps:
        from kerascheck.report.steps import render_steps

        sections.append(render_steps(program).rstrip("\n"))
    sections += _data_calls(program)
    count = len({each.span for each in program.unknown})
    if count:
        sections.append(f"Not understood: {count} {'place' if count == 1 else 'places'}, see --show-unknown")
    return "\n\n".join(sections) + "\n"


def _under(
    program: Program, findings: Sequence[Diagnostic], places: Sequence[tuple[str, ...]]
) -> dict[tuple[int, str], list[str]]:
    """What to write under the row of each node, by its model; a finding is told once, under the first of its rows."""
    owner: dict[str, int] = {}
    for model in program.models:
        for identifier in model.records:
            owner.setdefault(identifier, id(model))
    found: dict[tuple[int, str], list[str]] = {}
    for diagnostic, nodes in zip(findings, places, strict=True):
        if nodes:
            more = len(nodes) - 1
            rows = f" (and {more} more {'row' if more == 1 else 'rows'})" if more else ""
            found.setdefault((owner[nodes[0]], nodes[0]), []).extend(_told(diagnostic, rows))
    return found


def _told(found: Diagnostic, rows: str = "") -> Iterator[str]:
    yield f"{found.severity}[{found.code}]: {one_line(found.message)}{rows}"
    for step in found.trail:
        yield f"  {location(step.span)}: {one_line(step.note)}"
    yield f"  {location(found.span)}{': ' if found.label else ''}{one_line(found.label)}"
    if found.help:
        yield f"  help: {one_line(found.help)}"


def _elsewhere(findings: Sequence[Diagnostic], places: Sequence[tuple[str, ...]]) -> list[str]:
    """The findings about lines that no row was made on."""
    told = [line for found, nodes in zip(findings, places, strict=True) if not nodes for line in _told(found)]
    return ["\n".join(told)] if told else []


def _model(model: ModelGraph, under: Mapping[tuple[int, str], list[str]], operations: bool) -> str:
    where = "" if model.span is None else f", line {_line(model.span, ' of ')}"
    incomplete = "" if model.complete else ", not understood in full"
    title = f'{model.kind} "{one_line(model.name)}"{where}{incomplete}'
    rows: list[Row] = [_HEADINGS]
    below: dict[int, list[str]] = {}
    for node in model.nodes():
        rows.append(_row(model, node))
        told = under.get((id(model), node.identifier))
        if told:
            below[len(rows) - 1] = told
        if operations:
            rows += _operations(model, node)
    widths = [max(width(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    table: list[str] = []
    for number, row in enumerate(rows):
        table.append("  ".join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip())
        table += [f"  {'^ ' if index == 0 else '  '}{line}" for index, line in enumerate(below.get(number, ()))]
    table.insert(1, "  ".join("-" * size for size in widths))
    counts = f"Parameters: {_count(model.params)} (trainable: {_count(model.trainable)})"
    return "\n".join([title, *table, counts])


def _row(model: ModelGraph, node: Node) -> Row:
    shapes = _joined(str(spec.shape) for spec in node.outputs)
    sources = _joined(dict.fromkeys(source.name for source, _ in model.operands(node)))
    line = "-" if node.source is None else _line(node.source.span)
    name = one_line(f"{node.name} ({node.op.rpartition('.')[2]})")
    return name, shapes, _count(node.params), one_line(sources), line


def _operations(model: ModelGraph, node: Node) -> Iterator[Row]:
    """The TensorFlow ops of a call, those of a loop's or branch's body further in."""
    shown = shown_operations(node.identifier, model.operations.get(node.identifier, ()), model.records)
    depth: dict[str, int] = {}
    names = {operation.identifier: operation.name for operation in shown}
    names |= {identifier: record.name for identifier, record in model.records.items()}
    for operation in shown:
        depth[operation.identifier] = depth.get(operation.parent or "", 0) + 1
        indentation = "  " * depth[operation.identifier]
        shapes = _joined(str(spec.shape) for spec in operation.outputs)
        sources = _joined(dict.fromkeys(names[end] for end, _ in operation.inputs if end in names))
        yield one_line(f"{indentation}{operation.name} ({operation.type})"), shapes, "", one_line(sources), ""


def _variables(program: Program) -> Iterator[str]:
    """How each model holds its variables, and the variables of which that is noteworthy."""
    for place, model in enumerate(program.models):
        found = [fact for fact in program.variables if fact.model == place]
        if not found:
            continue
        untracked = sum(not fact.in_weights for fact in found)
        frozen = sum(fact.in_weights and not fact.in_trainable_weights for fact in found)
        unsaved = sum(fact.saved is False for fact in found)
        counts = f"{len(found)} in all, {untracked} untracked, {frozen} not trained, {unsaved} not saved"
        lines = [f'Variables of "{one_line(model.name)}": {counts}']
        lines += _table(_variable(fact) for fact in found if _is_noteworthy(fact))
        yield "\n".join(lines)


def _is_noteworthy(fact: VariableFact) -> bool:
    held = fact.in_weights and fact.saved is not False and fact.read
    return not held or fact.gradient in ("none", "zero") or (fact.trainable and not fact.in_trainable_weights)


def _variable(fact: VariableFact) -> Row:
    notes = [
        "" if fact.in_weights else "in no layer's weights",
        "not trained" if fact.in_weights and fact.trainable and not fact.in_trainable_weights else "",
        "never read" if not fact.read else "",
        {"none": "no gradient", "zero": "a gradient of zero"}.get(fact.gradient or "", ""),
        "not saved" if fact.saved is False else "",
    ]
    line = "" if fact.span is None else f"line {_line(fact.span)}"
    return f"  {one_line(fact.name)}", str(fact.shape), fact.dtype or "", ", ".join(filter(None, notes)), line


def _states(program: Program) -> Iterator[str]:
    """What each model's layers keep, and whether the steps that were traced update it."""
    for place, model in enumerate(program.models):
        found = [fact for fact in program.states if fact.model == place]
        if found:
            yield "\n".join([f'State of "{one_line(model.name)}"', *_table(_state(fact) for fact in found)])


def _state(fact: StateFact) -> Row:
    words = {True: "updated", False: "not updated", None: "no such step"}
    told = f"in training {words[fact.in_training]}", f"at inference {words[fact.at_inference]}"
    return f"  {one_line(fact.layer_name)}", one_line(fact.variable), fact.what, *told


def _data_calls(program: Program) -> Iterator[str]:
    """The calls that would have handed data over."""
    if program.data_calls:
        rows = (
            (
                f"  {call.method}",
                f"line {_line(call.span)}",
                ", ".join(f"{name} {shape}" for name, shape in call.shapes),
            )
            for call in program.data_calls
        )
        yield "\n".join(["Data calls, not run", *_table(rows)])


def _table(rows: Iterable[Row]) -> list[str]:
    """Rows with their cells below each other."""
    found = [tuple(one_line(cell) if index else cell for index, cell in enumerate(row)) for row in rows]
    widths = [max(width(row[column]) for row in found) for column in range(len(found[0]))] if found else []
    return ["  ".join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in found]


def _joined(parts: Iterable[str]) -> str:
    text = ", ".join(parts) or "-"
    return text if len(text) <= _MAXIMUM_CELL else f"{text[: _MAXIMUM_CELL - 3]}..."


def _line(span: Span, joint: str = ":") -> str:
    """``12``, or in a notebook ``cell 3:12``; ``12 of cell 3`` with that joint."""
    if span.cell is None:
        return str(span.line)
    return f"{span.line}{joint}cell {span.cell}" if joint != ":" else f"cell {span.cell}:{span.line}"


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - width(cell))
