"""What is known of an op before it is asked for a shape: what its name means, and a function that it is given."""

from __future__ import annotations

import ast
from functools import lru_cache

from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.nan_branches import CHOOSING
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import Arguments, BoundMethod, FunctionValue, Value
from kerascheck.records import immutable
from kerascheck.semantics.api import OpInfo, UserFunction, find_op
from kerascheck.semantics.losses import LOSS_CALLS
from kerascheck.semantics.numbers import NUMBERS


def op_info(op: str) -> OpInfo | None:
    """The shape rule of an op; that of TensorFlow 2's function of the name for one of ``tf.compat.v1``."""
    info = find_op(op)
    if info is None and op.startswith("tf.compat.v1."):
        newer = canonical("tensorflow" + op.removeprefix("tf.compat.v1"), 3)
        info = find_op(newer) if newer is not None and newer != op else None
    return info


@immutable()
class NamedOp:
    """What is known of a function of keras or tensorflow by its name.

    Attributes:
        op: its canonical name.
        generation: of the Keras that the name means.
        info: its shape rule.
        is_told: whether the rules are told of its calls.
    """

    op: str
    generation: int
    info: OpInfo | None
    is_told: bool


@lru_cache(maxsize=4096)
def named_op(name: str, generation: int) -> NamedOp | None:
    """What a name means; None for another package's."""
    described, op = describe(name, generation), canonical(name, generation)
    if op is None or described is None:
        return None
    is_told = op in NUMBERS or op in LOSS_CALLS or op.rpartition(".")[2] in CHOOSING
    return NamedOp(op, described.generation, op_info(op), is_told)


def refuses(interpreter: Interpreter, name: str, arguments: Arguments) -> bool:
    """Whether a function certainly does not take one of the keywords."""
    return _refuses_keywords(name, tuple(arguments.keywords), interpreter.program.generation)


@lru_cache(maxsize=8192)
def _refuses_keywords(name: str, keywords: tuple[str, ...], generation: int) -> bool:
    described = describe(name, generation)
    symbol = None if described is None else find_symbol(described)
    return symbol is not None and any(symbol.accepts(each) is False for each in keywords)


def of_tensorflow_1(name: str) -> str | None:
    """TensorFlow 1's function of the name: what code that was written for it means by ``tf.reduce_sum``."""
    if not name.startswith("tensorflow.") or name.startswith(("tensorflow.compat.", "tensorflow.keras.")):
        return None
    older = "tensorflow.compat.v1." + name.removeprefix("tensorflow.")
    described = describe(older, 2)
    return older if described is not None and find_symbol(described) is not None else None


def user_function(value: Value) -> UserFunction | None:
    """What is told of a function of the user's that an op is given; None for any other value."""
    bound = isinstance(value, BoundMethod)
    function = value.function if isinstance(value, BoundMethod) else value
    if not isinstance(function, FunctionValue):
        return None
    given = function.node.args
    parameters = tuple(each.arg for each in (*given.posonlyargs, *given.args))[1 if bound else 0 :]
    names = remembered(function.node, _names_within)
    return UserFunction(function.name, parameters, tuple(each for each in parameters if each in names))


def _names_within(function: ast.AST) -> frozenset[str]:
    """The names in a function's body."""
    body = function.body if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) else []
    nodes = walk(*body) if isinstance(body, list) else walk(body)
    return frozenset(each.id for each in nodes if isinstance(each, ast.Name))
