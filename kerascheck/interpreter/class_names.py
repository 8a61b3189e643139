"""Names of a class for what its module imports, ``backbone_cls = BertBackbone``: read when somebody asks for them.

Such a class is imported to be named, and is seldom asked for; reading it reads all that its own body names in turn.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from kerascheck.interpreter.deferred import PendingImport, imported, settle
from kerascheck.interpreter.pending_methods import LOOKING_AT_NAMES, ReadLater
from kerascheck.interpreter.syntax import remembered, walk

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Frame, Interpreter

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def named_for_later(interpreter: Interpreter, node: ast.Assign, frame: Frame) -> bool:
    """Bind the name that an assignment of a class's body gives to an imported class, unless it has to be read now."""
    cls, scope, module = frame.owner, frame.scope, frame.module
    if cls is None or cls.node is None or scope is not cls.namespace or scope.parent is not module.scope:
        return False
    value, target = node.value, node.targets[0]
    if not isinstance(value, ast.Name) or not isinstance(target, ast.Name) or value.id in scope.variables:
        return False
    if target.id not in remembered(cls.node, _names_bound_once):
        return False
    if module.deferred is not None:
        settle(interpreter, module, module.deferred, value.id)
    found = module.scope.variables.get(value.id)
    if not isinstance(found, PendingImport) or not _is_class(found):
        return False
    scope.variables[target.id] = ReadLater(partial(imported, interpreter, found))
    return True


def _is_class(found: PendingImport) -> bool:
    deferred = None if found.module is None else found.module.deferred
    if deferred is None:
        return False
    return all(isinstance(deferred.index.body[place], ast.ClassDef) for place in deferred.index.binders[found.name])


def _names_bound_once(node: ast.AST) -> frozenset[str]:
    """The names that a class's body gives to what another name stands for, and has nowhere else."""
    assert isinstance(node, ast.ClassDef)
    named = {
        target.id
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name) and len(statement.targets) == 1
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    if not named:
        return frozenset()
    parts: list[ast.AST] = []
    for statement in node.body:
        if isinstance(statement, _FUNCTIONS):
            # What a function's own code reads is no name of the class.
            parts += (*statement.decorator_list, statement.args)
            named.discard(statement.name)
        else:
            parts.append(statement)
    times = Counter(each.id for each in walk(*parts) if isinstance(each, ast.Name))
    if LOOKING_AT_NAMES & times.keys():
        return frozenset()
    return frozenset(name for name in named if times[name] == 1)
