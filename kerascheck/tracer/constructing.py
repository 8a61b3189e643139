"""What the constructors of Keras's own layers are given: numbers by position, and numbers where a shape is meant."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.problems import ProblemKind
from kerascheck.program import PositionalNumbers, Program, ShapeArgument
from kerascheck.tracer.binding import parameters_by_position
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.session import Session
from kerascheck.tracer.statements import Statement, written_call

SHAPES = ("shape", "input_shape", "batch_shape", "batch_input_shape")
"""The parameters that take a shape."""

MOST = 500
"""No more of them are kept."""

INPUT = "keras.layers.InputLayer"


@dataclass(frozen=True, slots=True)
class Constructing:
    """Looks at the constructors of Keras's own layers as they are called.

    ``shapes`` are the numbers that were given for shapes: a mistake where Keras then raises.
    """

    runtime: Runtime
    shapes: list[ShapeArgument] = field(default_factory=list)

    def made(self, layer: Live, args: tuple[Any, ...], arguments: Mapping[str, Any]) -> None:
        """A layer is being made, with those positional arguments, and all by name, the defaults included."""
        library = next((each for each in self.runtime.libraries if each.is_layer(layer)), None)
        op = None if library is None else library.canonical(type(layer))
        if library is None or op is None or id(layer) in self.runtime.watched.hidden:
            return
        if len(self.shapes) < MOST and any(_is_number(arguments.get(name)) for name in SHAPES):
            self._shape(library, op, arguments)
        numbers = [each for each in args if _is_number(each)]
        if numbers:
            self._positions(library, layer, op, args)

    def _shape(self, library: Library, op: str, arguments: Mapping[str, Any]) -> None:
        source = self.runtime.user.here()
        if source is None:
            return
        name = next(each for each in SHAPES if _is_number(arguments.get(each)))
        callee = "keras.Input" if op == INPUT and not source.text.partition("(")[0].endswith("InputLayer") else op
        value = self._written(name)
        text = "" if value is None else value[1].source.segment(value[0])
        span = None if value is None else value[1].source.span(value[0])
        self.shapes.append(
            ShapeArgument(
                callee,
                name,
                library.generation,
                source.span,
                text,
                span,
                value is not None and _is_enclosed(*value),
                value is not None and isinstance(value[0], ast.Constant),
                source.stack,
            )
        )

    def _written(self, name: str) -> tuple[ast.expr, Statement] | None:
        """The argument as it is written in the call: by name, or the first one."""
        made = written_call(self.runtime.user)
        if made is None:
            return None
        call, statement = made
        named = next((each.value for each in call.keywords if each.arg == name), None)
        found = named if named is not None else next(iter(call.args), None)
        return None if found is None or isinstance(found, ast.Starred) else (found, statement)

    def _positions(self, library: Library, layer: Live, op: str, args: tuple[Any, ...]) -> None:
        names = parameters_by_position(type(layer).__init__)[1:]
        pairs = zip(names, args, strict=False)
        numbers = tuple((name, value) for name, value in pairs if _is_number(value))
        if not numbers or (len(numbers) == 1 and numbers[0][0] != "axis"):
            return
        source, made = self.runtime.user.here(), written_call(self.runtime.user)
        if source is None or made is None or any(isinstance(each, ast.Starred) for each in made[0].args):
            return
        call, _ = made
        if len(call.args) != len(args):
            # The layer is made by a function of Keras's, or of another package, that the user calls.
            return
        literal = {name for name, value in zip(names, call.args, strict=False) if isinstance(value, ast.Constant)}
        self.runtime.notes.add(
            PositionalNumbers(
                op=op,
                layer=f"layer{id(layer)}",
                generation=library.generation,
                numbers=numbers,
                literal=tuple(name for name, _ in numbers if name in literal),
                span=source.span,
                stack=source.stack,
                text=source.text,
            )
        )

    def crashed(self, error: BaseException, source: Source) -> None:
        """An exception ended the user's code."""
        if isinstance(error, (TypeError, ValueError)):
            self.runtime.notes.add_all(each for each in self.shapes[-1:] if _is_within(each.span, source.span))

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell an axis that an input does not have as what it is where a number by position reached it."""
        by_position = {
            fact.layer
            for fact in self.runtime.notes.facts
            if isinstance(fact, PositionalNumbers) and "axis" in dict(fact.numbers)
        }
        for node in program.recorder.nodes.values() if by_position else ():
            wrong_axis = node.problem is not None and node.problem.kind is ProblemKind.AXIS
            if wrong_axis and node.layer in by_position and node.op.endswith("Normalization"):
                assert node.problem is not None
                node.problem = replace(node.problem, kind=ProblemKind.POSITIONAL)


def _is_within(span: Span, other: Span) -> bool:
    return (span.file, span.cell) == (other.file, other.cell) and other.line <= span.line <= other.end_line


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_enclosed(value: ast.expr, statement: Statement) -> bool:
    """Whether an argument stands in parentheses of its own."""
    span = statement.source.span(value)
    line = statement.source.line_at(span.line, span.cell) or ""
    before, after = line[: span.column - 1].rstrip(), line[span.end_column - 1 :].lstrip()
    named = before.endswith("(") and before[:-1].rstrip().endswith(("=", "("))
    return named and after.startswith(")")
