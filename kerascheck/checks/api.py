"""What a rule is written against.

A rule lives in ``checks/kc201_batch_axis_reduction.py``: its file name gives the code and the name, its card in
``rules/`` the severity and the prose. The module defines ``check(program)``, which yields :class:`Finding`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerascheck.diagnostic import Fix, Span, TrailStep
from kerascheck.diagnostic import on_one_line as on_one_line
from kerascheck.graph import SIZE_GUARD, TRAINING_GUARD, UNDECIDED_GUARD, ModelGraph, Node, Source
from kerascheck.problems import ProblemKind
from kerascheck.program import Program
from kerascheck.records import immutable


@immutable()
class Finding:
    """What a rule found; the engine adds code, name, severity and page. See :class:`Diagnostic` for the fields."""

    span: Span
    message: str
    label: str = ""
    trail: tuple[TrailStep, ...] = ()
    help: str | None = None
    fix: Fix | None = None


def shape_note(node: Node, output: int = 0) -> str:
    """The shape of a node's output as Keras prints it."""
    return str(node.outputs[output].shape) if output < len(node.outputs) else "?"


def step_for(node: Node, output: int = 0) -> TrailStep | None:
    """The line that made ``node``, with its shape; None where that is not known."""
    if node.source is None or output >= len(node.outputs) or node.outputs[output].shape.dims is None:
        return None
    return TrailStep(node.source.span, shape_note(node, output))


def operand_trail(model: ModelGraph, node: Node, positions: Iterable[int] = ()) -> tuple[TrailStep, ...]:
    """The lines that made the operands of ``node`` (those at ``positions``, or all), each with its shape.

    An operand made within the same expression as ``node`` is left out: the carets show it already.
    """
    wanted = set(positions)
    own = set(node.source.stack) if node.source is not None else set()
    steps: dict[Span, TrailStep] = {}
    ambiguous: set[Span] = set()
    for position, (source, edge) in enumerate(model.operands(node)):
        if wanted and position not in wanted:
            continue
        step = step_for(source, edge.output)
        if step is None or _holds(node.source, step.span):
            continue
        if source.kind == "input" and step.span == model.span:
            # What a subclassed model is called on is made nowhere in its code.
            continue
        if steps.setdefault(step.span, step).note != step.note:
            ambiguous.add(step.span)
        # Made in a function that was called elsewhere: the call tells which of its runs is meant.
        for call in source.source.stack[:1] if source.source is not None else ():
            if call not in own and not _holds(node.source, call):
                steps.setdefault(call, TrailStep(call, step.note))
    # One line that made two of the operands has two shapes: the calls say which is whose.
    told = [step for span, step in steps.items() if span not in ambiguous]
    return tuple(sorted(told, key=lambda step: step.span)) + call_trail(node)


def call_trail(node: Node) -> tuple[TrailStep, ...]:
    """The calls in the user's code that led to ``node``, outermost first, where it was made inside a function."""
    if node.source is None:
        return ()
    return tuple(TrailStep(span, "called from here") for span in reversed(node.source.stack))


def called_from(stack: tuple[Span, ...]) -> tuple[TrailStep, ...]:
    """The calls of a stack, which has the innermost first, as a trail has them."""
    return tuple(TrailStep(span, "called from here") for span in reversed(stack))


def _holds(source: Source | None, span: Span) -> bool:
    return source is not None and source.span.holds(span)


def only_in_training(node: Node) -> bool:
    """Whether the node runs only under ``training``."""
    return TRAINING_GUARD in node.guards


def expression(node: Node) -> str:
    """The user's own expression, on one line and not too long."""
    return on_one_line(node.source.text if node.source else node.name)


def _going_well(program: Program) -> set[tuple[Span, str]]:
    """The places at which some call of an op goes well."""
    return {
        (node.source.span, node.op)
        for node in program.recorder.nodes.values()
        if node.problem is None and node.source is not None
    }


def _behind_problems(program: Program) -> set[str]:
    """The nodes that depend on a call that fails: whatever is wrong with them is never reached, or comes of that."""
    recorder, behind = program.recorder, set[str]()
    failing = {node.scope for node in recorder.nodes.values() if node.problem is not None}
    around = {scope[:depth] for scope in failing for depth in range(1, len(scope) + 1)}
    for identifier, node in recorder.nodes.items():
        edges = recorder.incoming.get(identifier, ())
        gives = any(edge.argument.partition(".")[0] == "output" for edge in edges)
        if not gives and node.kind in ("layer", "model") and (*node.scope, node.name) in around:
            # What failed within gives the call no result.
            behind.add(identifier)
            continue
        for edge in edges:
            source = recorder.nodes.get(edge.source)
            if source is not None and (source.problem is not None or edge.source in behind):
                behind.add(identifier)
                break
    return behind


def failing_nodes(program: Program) -> list[tuple[ModelGraph, Node]]:
    """The nodes of all models with something that is certainly wrong with the call."""
    return [(model, node) for model, node in program.nodes() if node.problem is not None]


def problems_of(program: Program, *kinds: ProblemKind) -> Iterator[Finding]:
    """A finding for every call whose problem is of one of ``kinds``, with the trail of its operands."""
    for model, node in program.shared(failing_nodes):
        if node.problem is not None and node.problem.kind in kinds and node.source is not None:
            if node.identifier in program.shared(_behind_problems):
                continue
            if SIZE_GUARD in node.guards:
                # The code asks for the shape first, and means others by this branch than the one that does not fit.
                continue
            if UNDECIDED_GUARD in node.guards and (node.source.span, node.op) in program.shared(_going_well):
                # What was not decided may well be what tells the callers for whom it goes well from the others.
                continue
            problem = node.problem
            yield Finding(
                node.source.span,
                problem.message,
                problem.label,
                operand_trail(model, node, problem.operands),
                problem.help,
            )
