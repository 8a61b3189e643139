"""Layers that are made and that nothing can use: no name, attribute or model leads to them."""

from __future__ import annotations

import ast
from collections import Counter

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.classes import LAYER, MODEL
from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.syntax import nodes_of, remembered
from kerascheck.interpreter.values import ClassValue, Instance
from kerascheck.program import UnusedLayer
from kerascheck.records import immutable
from kerascheck.source import parse

HARMLESS = frozenset({"built", "name"})
"""Attributes of a layer that tell something of it, and do nothing with it."""

LOOKING_ROUND = frozenset({"locals", "globals", "vars", "dir", "eval", "exec", "getattr", "setattr"})
"""Functions by which code may reach what no name in it leads to."""

HOLDING = frozenset({"layers", "_layers", "submodules", "__dict__", "_flatten_layers", "sublayers", "get_layer"})
"""Members of a model or layer that lead to every layer it holds."""


@immutable()
class MadeLayer:
    """A layer whose making is a statement of its own: ``hidden = Dense(3)``, ``self.hidden = Dense(3)``, ``Dense(3)``.

    ``scope`` is the function it is made in, None for a module; ``owner`` the class of an attribute.
    """

    instance: Instance
    target: str | None
    scope: ast.AST | None
    owner: ClassValue | None = None


def note_made(
    interpreter: Interpreter, target: ast.expr | None, written: ast.expr, value: Instance, frame: Frame
) -> None:
    """A statement gave ``target`` an object, or had one and dropped it."""
    if value.layer is None or not isinstance(written, ast.Call):
        return
    context = interpreter.context
    if EXPECTED_GUARD in context.guards or context.replay or value.span is None or frame.owner is not None:
        return
    if value.span != interpreter.span(written) or value.span.file != interpreter.program.file:
        return
    scope = frame.function.node if frame.function is not None else None
    match target:
        case None if value.layer.kind == "builtin" and value.span.cell is None:
            interpreter.facts.made.append(MadeLayer(value, None, scope))
        case ast.Name(id=name) if not name.startswith("_"):
            interpreter.facts.made.append(MadeLayer(value, name, scope))
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if _is_self(frame, name):
            assert frame.function is not None
            interpreter.facts.made.append(MadeLayer(value, attribute, scope, frame.function.owner))


def _is_self(frame: Frame, name: str) -> bool:
    function = frame.function
    if function is None or function.owner is None or isinstance(function.node, ast.Lambda):
        return False
    parameters = function.node.args.args
    return bool(parameters) and parameters[0].arg == name


def finish_unused_layers(interpreter: Interpreter, module: Module) -> None:
    """Tell the rules of the layers that were made and that nothing can use."""
    candidates = [each for each in interpreter.facts.made if _is_idle(each.instance)]
    if not candidates:
        return
    tree = parse(module.source)
    used = [each.layer.source.span for each in interpreter.facts.layers if not _is_idle(each) and each.layer.source]
    for made in candidates:
        state: LayerState = made.instance.layer
        source = state.source
        lost = _is_lost(interpreter, module, made, tree) if made.owner is not None else _is_out_of_reach(made, tree)
        if source is None or not lost:
            continue
        scope = made.scope if made.owner is None else made.owner.node
        whole = None if scope is None else module.source.span(scope)
        # Code that builds nothing else only shows or tries what can be made: so does a cell of a notebook.
        if any(_is_beside(span, source.span) and (whole is None or _within(span, whole)) for span in used):
            interpreter.program.unused_layers.append(
                UnusedLayer(state.name, made.target, made.owner is not None, source.span, source.stack, source.text)
            )


def _is_beside(span: Span, other: Span) -> bool:
    return span.file == other.file and span.cell == other.cell


def _within(span: Span, whole: Span) -> bool:
    return span.cell == whole.cell and whole.line <= span.line <= whole.end_line


def _is_idle(instance: Instance) -> bool:
    state: LayerState = instance.layer
    return not (state.calls or state.in_model or state.is_model or state.active or state.built)


def _is_out_of_reach(made: MadeLayer, tree: ast.AST) -> bool:
    """Whether no code of the scope reads the name that the layer was given."""
    if made.target is None:
        return True
    scope = made.scope if made.scope is not None else tree
    reads = remembered(scope, _reads)
    return not reads[made.target] and not any(reads[name] for name in LOOKING_ROUND) and not _is_exported(made, tree)


def _is_exported(made: MadeLayer, tree: ast.AST) -> bool:
    return made.scope is None and made.target in remembered(tree, _texts)


def _reads(scope: ast.AST) -> Counter[str]:
    """How often each name is read, but to ask a layer what it is; a name that is bound outside counts as read."""
    found = Counter(each.id for each in nodes_of(scope, ast.Name) if isinstance(each.ctx, ast.Load))
    for asked in nodes_of(scope, ast.Attribute):
        if asked.attr in HARMLESS and isinstance(asked.value, ast.Name):
            found[asked.value.id] -= 1
    found.update(name for each in nodes_of(scope, ast.Global) for name in each.names)
    found.update(name for each in nodes_of(scope, ast.Nonlocal) for name in each.names)
    return found


def _texts(tree: ast.AST) -> frozenset[str]:
    return frozenset(each.value for each in nodes_of(tree, ast.Constant) if isinstance(each.value, str))


def _members(tree: ast.AST) -> frozenset[str]:
    """The attributes that are read of anything but a module."""
    aliases = [alias for each in nodes_of(tree, ast.Import) for alias in each.names]
    aliases += [alias for each in nodes_of(tree, ast.ImportFrom) for alias in each.names]
    imported = {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
    return frozenset(
        each.attr
        for each in nodes_of(tree, ast.Attribute)
        if isinstance(each.ctx, ast.Load) and _root(each) not in imported
    )


def _root(node: ast.expr) -> str | None:
    """The name that a path of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_lost(interpreter: Interpreter, module: Module, made: MadeLayer, tree: ast.AST) -> bool:
    """Whether no code of the file reads the attribute of a class that the file itself makes and calls."""
    owner = made.owner
    if owner is None or owner.node is None or "call" not in owner.namespace.variables:
        return False
    if any(owner in each.bases for each in module.classes):
        return False
    objects = [each for each in interpreter.facts.layers if each.cls is owner]
    if not any(each.span != module.source.span(owner.node) and each.layer.calls for each in objects):
        return False
    if any(each.layer.base not in (LAYER, MODEL) for each in objects):
        return False
    members = remembered(tree, _members)
    if made.target in members or HOLDING & members or made.target in remembered(tree, _texts):
        return False
    reads = remembered(tree, _reads)
    return not any(reads[name] for name in LOOKING_ROUND)
