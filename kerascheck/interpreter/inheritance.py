"""Classes that extend one of Keras's own layers and reach into it: for them the layer is read as source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerascheck.interpreter.classes import INERT_BASES, LAYER, MODEL, SEQUENTIAL, layer_class, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_attributes import assigned_names
from kerascheck.interpreter.syntax import nodes_of, remembered
from kerascheck.interpreter.values import Builtin, ClassValue, External, Value

BARE = (LAYER, MODEL, SEQUENTIAL)


def effective_bases(interpreter: Interpreter, node: ast.ClassDef, bases: list[Value]) -> tuple[Value, ...]:
    """The bases of a class of the user's, with a layer whose private members it uses as its source defines it.

    ``class Cached(MultiHeadAttention)`` that calls ``self._query_dense`` needs what Keras's code puts there. The
    layer's name stays among the bases, for ``isinstance``.
    """
    generation = interpreter.program.generation
    bases = [base for base in bases if not _is_inert(base)]
    if not any(isinstance(base, External) and is_own_layer(base, generation) for base in bases):
        return tuple(bases)
    wanted = remembered(node, _private_members)
    if not wanted:
        return tuple(bases)
    return tuple(each for base in bases for each in _with_source(interpreter, base, wanted))


def _is_inert(base: Value) -> bool:
    """Whether a base gives the class nothing: ``object``, ``abc.ABC``."""
    match base:
        case External(name=name):
            return name in INERT_BASES
        case Builtin(name=name):
            return name == "object"
    return False


def is_own_layer(base: External, generation: int) -> bool:
    """Whether a base is one of Keras's layers that do something themselves."""
    known = layer_class(base.name, generation)
    return known is not None and known[0] not in BARE


def _private_members(node: ast.AST) -> frozenset[str]:
    """The private attributes of ``self`` that a class reads, and neither assigns nor defines."""
    read: set[str] = set()
    body = node.body if isinstance(node, ast.ClassDef) else []
    made = {each.name for each in body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for part in nodes_of(node, ast.Attribute):
        match part:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=context):
                (read if isinstance(context, ast.Load) else made).add(name)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                read.add(name)
    return frozenset(name for name in read - made if name.startswith("_") and not name.startswith("__"))


def _with_source(interpreter: Interpreter, base: Value, wanted: frozenset[str]) -> Iterator[Value]:
    generation = interpreter.program.generation
    known = layer_class(base.name, generation) if isinstance(base, External) else None
    if known is not None and known[0] not in BARE:
        package = "tf_keras" if known[1] == 2 else "keras"
        source = interpreter.loader.installed_definition(interpreter, package + known[0].removeprefix("keras"))
        if isinstance(source, ClassValue) and wanted & _own_members(source):
            yield source
    yield base


def _own_members(cls: ClassValue) -> set[str]:
    return {
        name
        for each in resolution_order(cls)
        if isinstance(each, ClassValue)
        for name in (*each.namespace.variables, *assigned_names(each))
    }
