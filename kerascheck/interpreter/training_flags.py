"""Which names of a running function hold the flag ``training``, and the branches that it decides.

Where nobody gave the flag, its value says what it is. Where somebody did it is Python's one True or False, and nothing
in the value says where it came from. Keras gives it to the parameter of that name, and so do people whose functions
Keras does not call; under another name it is known where that one was passed on.
"""

from __future__ import annotations

import ast

from kerascheck.graph import TRAINING_GUARD
from kerascheck.interpreter.core import TRAINING_FLAG, Interpreter
from kerascheck.interpreter.values import Arguments, FunctionValue


def training_guard(interpreter: Interpreter, test: ast.expr, *, opposite: bool = False) -> str | None:
    """What a branch runs under whose condition the call decided; ``opposite`` for that of the condition's negation."""
    return TRAINING_GUARD if _decides(interpreter.context.flags, test, opposite) else None


def _decides(flags: frozenset[str], test: ast.expr, opposite: bool) -> bool:
    """Whether a flag must be set for ``test`` to be true; for it to be false, for the ``opposite``."""
    match test:
        case ast.Name(id=name):
            return name in flags and not opposite
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _decides(flags, inner, not opposite)
        case ast.BoolOp(op=operator, values=parts) if isinstance(operator, ast.Or) == opposite:
            return any(_decides(flags, part, opposite) for part in parts)
    return False


def flags_given(
    interpreter: Interpreter, function: FunctionValue, arguments: Arguments, node: ast.AST
) -> frozenset[str]:
    """The names that hold the flag in a function called by ``node``: those of the parameters it is passed on to."""
    if not isinstance(node, ast.Call) or not (node.args or node.keywords):
        return TRAINING_FLAG
    flags = interpreter.context.flags
    found = {each.arg for each in node.keywords if each.arg and _is_flag(each.value, flags)}
    places = [place for place, each in enumerate(node.args) if _is_flag(each, flags)]
    if not found and not places:
        return TRAINING_FLAG
    # A method has its receiver before what is written; of a call of something else, this is not known.
    before = len(arguments.positional) - len(node.args)
    if places and before in (0, 1) and not any(isinstance(each, ast.Starred) for each in node.args):
        names = [each.arg for each in (*function.node.args.posonlyargs, *function.node.args.args)]
        found.update(names[before + place] for place in places if before + place < len(names))
    return TRAINING_FLAG | found if found else TRAINING_FLAG


def note_flag(interpreter: Interpreter, node: ast.Assign) -> None:
    """Note ``mode = training``: another name for the flag; and what the other name is given instead."""
    context = interpreter.context
    is_flag = _is_flag(node.value, context.flags)
    if not is_flag and context.flags is TRAINING_FLAG:
        return
    target = node.targets[0]
    if not isinstance(target, ast.Name) or len(node.targets) > 1 or target.id == TRAINING_GUARD:
        return
    if is_flag:
        context.flags |= {target.id}
    elif target.id in context.flags:
        context.flags -= {target.id}


def _is_flag(written: ast.expr, flags: frozenset[str]) -> bool:
    if isinstance(written, ast.Name):
        return written.id in flags
    # Asked of every assignment and argument: most are no call at all, or one of an attribute.
    if not isinstance(written, ast.Call) or not isinstance(written.func, ast.Name) or written.func.id != "bool":
        return False
    match written:
        case ast.Call(args=[ast.Name(id=name)], keywords=[]):
            return name in flags
    return False
