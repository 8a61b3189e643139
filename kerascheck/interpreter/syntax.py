"""Going through syntax trees, and facts about them that are found once for all the runs that share a tree."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Found = TypeVar("Found")
Kind = TypeVar("Kind", bound=ast.AST)

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
_FIELDS[ast.Constant] = ()
_BLOCKS = {
    kind: tuple(name for name in fields if name in ("body", "orelse", "finalbody", "handlers", "cases"))
    for kind, fields in _FIELDS.items()
}
"""Where statements hold others."""
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
        fields = _FIELDS.get(type(node))
        if fields is None:
            # Some fields hold names, numbers, or None for what is not written.
            continue
        yield node
        # As `parts` does: nothing is asked more often.
        for name in fields:
            value = getattr(node, name, None)
            if type(value) is list:
                pending += value
            elif value is not None:
                pending.append(value)


def statements_in(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a block of code and of all blocks within, functions and classes included."""
    pending: list[ast.AST] = [node]
    while pending:
        each = pending.pop()
        yield each
        for name in _BLOCKS[type(each)]:
            pending += getattr(each, name)


def targets_in(node: ast.AST) -> list[ast.expr]:
    """What all the statements in a node assign to. Comprehensions are no statements."""
    found: list[ast.expr] = []
    for each in statements_in(node):
        match each:
            case ast.Assign(targets=targets):
                found += targets
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                found.append(target)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                found.append(target)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                found += (item.optional_vars for item in items if item.optional_vars is not None)
    return found


def nodes_of(node: ast.AST, *kinds: type[Kind]) -> list[Kind]:
    """The nodes of these kinds in a function or class, itself included, in no particular order; gathered once."""
    found = remembered(node, _by_kind)
    return [each for kind in kinds for each in found.get(kind, ())]


def _by_kind(node: ast.AST) -> dict[type[ast.AST], list[Any]]:
    found: defaultdict[type[ast.AST], list[Any]] = defaultdict(list)
    for each in walk(node):
        found[type(each)].append(each)
    return found


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
    kept = vars(node)
    facts = kept.get(_FACTS)
    if facts is None:
        facts = kept[_FACTS] = {}
    if find not in facts:
        facts[find] = find(node)
    found: Found = facts[find]
    return found


def names_read(node: ast.AST) -> frozenset[str]:
    """The names that the code in a node reads anywhere."""
    return frozenset(each.id for each in walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
