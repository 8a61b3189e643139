"""What the parameters of the user's functions stand for in a call: the arguments, the defaults, or nothing known."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.conversion import map_tensors
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.syntax import remembered
from kerascheck.interpreter.unknowns import MissingArgument
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    FunctionValue,
    Scope,
    SizeValue,
    TensorValue,
    Value,
)
from kerascheck.shapes import TensorSpec
from kerascheck.shapes.dim import symbol


def bind_parameters(
    interpreter: Interpreter, function: FunctionValue, arguments: Arguments, scope: Scope, node: ast.AST
) -> None:
    """Bind arguments to parameters as Python does; what is missing is unknown."""
    if function.configured:
        arguments = replace(arguments, open=True)
    parameters = function.node.args
    names, only_by_name = remembered(function.node, _parameter_names)
    keywords = dict(arguments.keywords)
    bound: dict[str, Value] = dict(zip(names, arguments.positional, strict=False))
    required = len(names) - len(function.defaults)
    for place in range(len(bound), len(names)):
        name = names[place]
        if name in keywords:
            bound[name] = keywords.pop(name)
        elif place >= required and not arguments.open:
            bound[name] = function.defaults[place - required]
        else:
            bound[name] = _not_given(interpreter, function, arguments, name)
    for name in only_by_name:
        if name in keywords:
            bound[name] = keywords.pop(name)
        elif name in function.keyword_defaults and not arguments.open:
            bound[name] = function.keyword_defaults[name]
        else:
            bound[name] = _not_given(interpreter, function, arguments, name)
    if parameters.vararg is not None:
        rest = arguments.positional[len(names) :]
        bound[parameters.vararg.arg] = NOTHING_KNOWN if arguments.open else tuple(rest)
    if parameters.kwarg is not None:
        bound[parameters.kwarg.arg] = interpreter.heap.new(DictValue(None if arguments.open else keywords))
    if function.compiled:
        # What a compiled function is given becomes a tensor.
        bound = {
            name: map_tensors(value, lambda tensor: replace(tensor, is_numpy=False), interpreter.heap.new)
            for name, value in bound.items()
        }
    scope.variables.update(bound)


def _not_given(interpreter: Interpreter, function: FunctionValue, arguments: Arguments, name: str) -> Value:
    if arguments.open:
        return NOTHING_KNOWN
    return TensorValue(TensorSpec()) if function.compiled else _missing_argument(interpreter, name)


def _parameter_names(function: ast.AST) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parameters of a function that may be given by position, and those given by name alone."""
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    given = function.args
    by_position = tuple([each.arg for each in given.posonlyargs + given.args])
    return by_position, tuple([each.arg for each in given.kwonlyargs])


def _missing_argument(interpreter: Interpreter, name: str) -> Value:
    """An argument nobody gave.

    In the constructor of a class that is analysed alone it may be a size, and keeps its name as one.
    """
    if not interpreter.context.naming_sizes:
        return MissingArgument(f"argument {name}")
    interpreter.facts.assumed.add(name)
    return SizeValue(symbol(name), parameter=True)
