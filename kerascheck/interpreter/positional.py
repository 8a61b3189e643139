"""Numbers that a layer's constructor is given by position: easily taken for other parameters than they reach."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Arguments
from kerascheck.problems import Problem, ProblemKind
from kerascheck.program import PositionalNumbers


def note_positional_numbers(
    interpreter: Interpreter,
    state: LayerState,
    names: tuple[str, ...],
    arguments: Arguments,
    node: ast.AST,
) -> None:
    """Note the integers among a constructor's positional arguments; ``names`` are the parameters they may be for."""
    if not arguments.positional or state.kind != "builtin" or not isinstance(node, ast.Call):
        return
    if interpreter.context.replay:
        return
    numbers = tuple(
        (name, value)
        for name, value in zip(names, arguments.positional, strict=False)
        if isinstance(value, int) and not isinstance(value, bool)
    )
    if not numbers or (len(numbers) == 1 and numbers[0][0] != "axis"):
        return
    state.positional = tuple(name for name, _ in numbers)
    source = source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards or not interpreter.module.is_user:
        return
    literal = {name for name, given in zip(names, node.args, strict=False) if isinstance(given, ast.Constant)}
    interpreter.program.positional_numbers.append(
        PositionalNumbers(
            op=state.base,
            layer=state.identity,
            generation=state.generation,
            numbers=numbers,
            literal=tuple(name for name in state.positional if name in literal),
            span=source.span,
            stack=source.stack,
            text=source.text,
        )
    )


def by_position(state: LayerState, problem: Problem) -> Problem:
    """The problem of a normalisation on an axis that its input does not have, where that was given by position."""
    if problem.kind is ProblemKind.AXIS and "axis" in state.positional and state.base.endswith("Normalization"):
        return replace(problem, kind=ProblemKind.POSITIONAL)
    return problem
