"""Going through syntax trees, and facts about them that are found once for all the runs that share a tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeVar

Found = TypeVar("Found")

_FACTS = "kerascheck_facts"
_WITHOUT_PARTS = frozenset(
    {"arg", "asname", "attr", "conversion", "ctx", "id", "kind", "level", "module", "n", "op", "ops", "s", "simple",
     "type_comment"}
)  # fmt: skip
"""Fields that hold no nodes but operators and contexts, whatever the node."""
_FIELDS = {
    kind: tuple(name for name in kind._fields if name not in _WITHOUT_PARTS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each kind of node that may hold nodes."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def parts(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below ``node``, operators and contexts left out."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [each for each in value if isinstance(each, ast.AST)]
    return found


def walk(*nodes: ast.AST) -> Iterator[ast.AST]:
    """The nodes and everything below them, in no particular order."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        # As `parts` does: nothing is asked more often.
        for name in _FIELDS[type(node)]:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for each in value:
                    if isinstance(each, ast.AST):
                        pending.append(each)
            elif isinstance(value, ast.AST):
                pending.append(value)


def walk_scope(*nodes: ast.AST) -> Iterator[ast.AST]:
    """The nodes and what runs in their own scope: functions and classes within are given, their contents are not."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(parts(node))


def remembered(node: ast.AST, find: Callable[[ast.AST], Found]) -> Found:
    """``find(node)``, kept with the node: it depends on nothing else."""
    facts = vars(node).setdefault(_FACTS, {})
    if find not in facts:
        facts[find] = find(node)
    found: Found = facts[find]
    return found
