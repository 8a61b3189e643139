"""The names of its module that a lambda reads, which code in a file does not bring along."""

from __future__ import annotations

import ast
import builtins

from kerascheck.interpreter.values import FunctionValue


def global_names(function: FunctionValue) -> list[str]:
    """The global names that ``function`` certainly reads, in the order in which they are written.

    What an enclosing function binds is kept in the closure, which Keras saves with the code.
    """
    names = [each for each in ast.walk(function.node) if isinstance(each, ast.Name)]
    bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    bound |= {each.arg for each in ast.walk(function.node) if isinstance(each, ast.arg)}
    scope = function.scope
    while scope.parent is not None:
        bound |= scope.variables.keys()
        scope = scope.parent
    read = sorted((each.lineno, each.col_offset, each.id) for each in names if isinstance(each.ctx, ast.Load))
    found = (name for _, _, name in read if name not in bound and name not in vars(builtins))
    return list(dict.fromkeys(found))
