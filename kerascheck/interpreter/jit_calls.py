"""Calls of jit-compiled functions: which Python numbers each is given, for every one of which it is compiled anew."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from kerascheck.graph import JIT_GUARD, Source
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_ownership import layers_within
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Arguments, FunctionValue, Instance, Scope
from kerascheck.program import Retrace


@dataclass(slots=True)
class JitArgument:
    """One parameter of a compiled function: the numbers it was given so far, and the first call that gave one."""

    function: FunctionValue
    source: Source
    values: dict[float, None] = field(default_factory=dict)


def note_jit_call(interpreter: Interpreter, function: FunctionValue, scope: Scope, node: ast.AST) -> None:
    """Note the Python numbers that a compiled function is called with; within another one they are traced once."""
    source = source_of(interpreter, node)
    if source is None or JIT_GUARD in interpreter.context.guards or not isinstance(node, ast.Call):
        return
    calls: dict[tuple[int, str], JitArgument] = interpreter.facts.jit_calls
    for name, value in scope.variables.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            known = calls.setdefault((id(function), name), JitArgument(function, source))
            known.values.setdefault(value)


def note_auto_jit(interpreter: Interpreter, instance: Instance, arguments: Arguments) -> None:
    """``model.compile(...)`` in Keras 3 without ``jit_compile``: XLA compiles the model where there is a GPU.

    A layer that says of itself ``supports_jit = False`` keeps it from that.
    """
    left = arguments.keywords.get("jit_compile", "auto") == "auto" and not arguments.open
    eager = arguments.keywords.get("run_eagerly") not in (None, False)
    if instance.layer.generation != 3 or not left or eager:
        return
    within = layers_within(instance)
    layers = [each for each in interpreter.facts.layers if id(each) in within]
    if all(each.attributes.get("supports_jit", True) is True for each in layers):
        interpreter.program.auto_jit_models.add(instance.layer.name)


def finish_jit_calls(interpreter: Interpreter) -> None:
    """Tell the rules of every parameter that was given numbers."""
    for (_, name), known in interpreter.facts.jit_calls.items():
        function = known.function
        node = function.node
        made = function.module.source.place(node.lineno, node.col_offset + 1)
        interpreter.program.retraces.append(
            Retrace(
                function.name, name, tuple(known.values), known.source.span, known.source.text, made, known.source.stack
            )
        )
