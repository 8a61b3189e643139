"""Statements that only compute: ``LAYOUT = parsed(["ds_r1_k3", "ir_r2_k5"])``, where ``parsed`` is the project's own.

An import need not run one before its name is asked for, if the functions it calls make what they give of constants and
tables of constants, and do nothing else. Strict: those functions and what they call know no names but their own,
constants, functions of that kind, and what Python has for numbers, texts and containers; and they change only what they
have made themselves.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, TypeAlias

from kerascheck.interpreter.deferred import CHANGING_METHODS, MISSING, find_global
from kerascheck.interpreter.nests import is_constant
from kerascheck.interpreter.syntax import remembered, walk, walk_scope
from kerascheck.interpreter.values import Builtin, External, FunctionValue, Value

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Interpreter
    from kerascheck.interpreter.loader import Module

_LITERAL = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp, ast.Name, ast.Call, ast.keyword)
_FRESH = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Constant, ast.JoinedStr, ast.BinOp)
_BEYOND_COMPUTING = (
    ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.With, ast.AsyncWith, ast.AsyncFor, ast.Import,
    ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Delete, ast.Try, ast.TryStar,
    ast.NamedExpr, ast.Match,
)  # fmt: skip
_MAKING = frozenset({"dict", "list", "set", "sorted"})
_MADE_EMPTY = frozenset(
    {
        "collections.OrderedDict", "collections.defaultdict", "collections.deque", "threading.Lock", "threading.RLock",
        "threading.local",
    }
)  # fmt: skip
"""What makes an object that holds nothing, and does nothing besides."""
_COMPUTING_BUILTINS = _MAKING | {
    "abs", "all", "any", "bool", "chr", "divmod", "enumerate", "float", "frozenset", "int", "isinstance", "len", "max",
    "min", "ord", "pow", "range", "repr", "reversed", "round", "slice", "str", "sum", "tuple", "zip",
}  # fmt: skip
_READING = frozenset({*dir(str), *dir(int)}) | {"get", "items", "keys", "values", "copy", "groups", "group"}
"""Methods that tell something and change nothing."""
_COMPUTING_MODULES = frozenset({"copy", "math", "re"})
NamesRead: TypeAlias = "tuple[tuple[Module, str, Value], ...]"
"""Names of modules, with what they stand for."""


def only_computes(interpreter: Interpreter, module: Module, statement: ast.stmt) -> bool:
    """Whether ``statement`` only makes or fills a table of the module's own by functions that only compute."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=value):
            return _is_new(interpreter, module, value) or _is_computed(interpreter, module, value, frozenset())
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=[value])) if _fills(statement):
            return _is_table(interpreter, module, name, frozenset()) and _is_computed(
                interpreter, module, value, frozenset({name})
            )
    return False


def _is_new(interpreter: Interpreter, module: Module, value: ast.expr) -> bool:
    """Whether an expression is an object of Python's own that is made empty: ``collections.defaultdict(list)``."""
    match value:
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            made = find_global(interpreter, module, name)
            full = made.name if isinstance(made, (Builtin, External)) else ""
        case ast.Call(func=ast.Attribute(value=ast.Name(id=package), attr=name), args=given, keywords=[]):
            made = find_global(interpreter, module, package)
            full = f"{made.name}.{name}" if isinstance(made, External) else ""
        case _:
            return False
    return full in _MADE_EMPTY and all(
        isinstance(each, ast.Name) and each.id in _MAKING and find_global(interpreter, module, each.id) is MISSING
        for each in given
    )


def _fills(statement: ast.stmt) -> bool:
    """Whether a statement is ``table.update(more)``."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr=method), args=[_], keywords=[])):
            return method in CHANGING_METHODS
    return False


def _is_computed(interpreter: Interpreter, module: Module, value: ast.expr, within: frozenset[str]) -> bool:
    """Whether an expression is made of constants, of tables of the module's own, and of calls that only compute."""
    used = remembered(value, _names_used)
    if used is None:
        return False
    called, read = used
    return all(_is_table(interpreter, module, name, within) for name in read) and all(
        isinstance(function := find_global(interpreter, module, name), FunctionValue)
        and _is_computing(interpreter, function)
        for name in called
    )


def _is_table(interpreter: Interpreter, module: Module, name: str, within: frozenset[str]) -> bool:
    """Whether a name of the module is bound once, to what is computed of constants, and then only filled.

    What else reads it before it is full keeps it as it was then, so that its statements have to run in their order.
    """
    if module.deferred is None or name in within:
        return False
    index = module.deferred.index
    statements = [index.body[place] for place in index.binders.get(name, ())]
    if not statements or not all(map(_fills, statements[1:])):
        return False
    match statements[0]:
        case ast.Assign(targets=[ast.Name()], value=value):
            return _is_computed(interpreter, module, value, within | {name})
    return False


def _names_used(value: ast.AST) -> tuple[frozenset[str], frozenset[str]] | None:
    """The names of functions that an expression calls, and those that it reads, all else in it being constants."""
    nodes = list(walk_scope(value))
    called = {id(node.func): node.func for node in nodes if isinstance(node, ast.Call)}
    names = [each.id for each in called.values() if isinstance(each, ast.Name)]
    if len(names) < len(called) or not all(isinstance(node, _LITERAL) for node in nodes):
        return None
    read = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called)
    return frozenset(names), read


def _is_computing(interpreter: Interpreter, function: FunctionValue) -> bool:
    """Whether a function of another module, called with constants, does nothing but compute."""
    judged, seen, pending = interpreter.loader.computing, {_place(function)}, [function]
    first = _place(function)
    if first in judged:
        return judged[first]
    for current in pending:
        called = _called_by(interpreter, current)
        if called is None:
            judged[first] = False
            return False
        pending += (each for each in called if _place(each) not in seen)
        seen.update(map(_place, called))
    judged.update(dict.fromkeys(seen, True))
    return True


def _place(function: FunctionValue) -> tuple[str, int]:
    return function.module.source.path, function.node.lineno


def _called_by(interpreter: Interpreter, function: FunctionValue) -> list[FunctionValue] | None:
    """The functions of the project that one calls which does nothing itself but compute; None for any other."""
    values = None if function.module.deferred is None else _names_read(interpreter, function)
    return None if values is None else [value for value in values.values() if isinstance(value, FunctionValue)]


def _names_read(interpreter: Interpreter, function: FunctionValue) -> dict[str, Value] | None:
    """What the names stand for that a function reads and does not bind; None for one that does more than compute."""
    module = function.module
    if function.decorators or function.scope is not module.scope:
        return None
    names = remembered(function.node, _foreign_names)
    if names is None:
        return None
    values = {name: find_global(interpreter, module, name) for name in names}
    if not all(isinstance(value, FunctionValue) or _is_harmless(name, value) for name, value in values.items()):
        return None
    return values


def names_of_computing(interpreter: Interpreter, function: FunctionValue) -> NamesRead | None:
    """All that the result depends on of a function which, called with constants, only computes; None for any other.

    These are the names that it and the functions it calls read, with what they stand for now.
    """
    read: list[tuple[Module, str, Value]] = []
    pending, seen = [function], {_place(function)}
    for current in pending:
        values = _names_read(interpreter, current)
        if values is None:
            return None
        read += ((current.module, name, value) for name, value in values.items())
        called = [each for each in values.values() if isinstance(each, FunctionValue) and _place(each) not in seen]
        pending += called
        seen.update(map(_place, called))
    return tuple(read)


def _is_harmless(name: str, value: Value) -> bool:
    if value is MISSING:
        known = getattr(builtins, name, None)
        return name in _COMPUTING_BUILTINS or (isinstance(known, type) and issubclass(known, BaseException))
    if isinstance(value, (Builtin, External)):
        return value.name.partition(".")[0] in _COMPUTING_MODULES
    return is_constant(value)


def _foreign_names(function: ast.AST) -> frozenset[str] | None:
    """The names that a function reads and does not bind; None where it does more than compute, or what is not clear."""
    if not isinstance(function, ast.FunctionDef):
        return None
    given = function.args
    parameters = {
        each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if each
    }
    if not all(isinstance(each, ast.Constant) for each in (*given.defaults, *filter(None, given.kw_defaults))):
        return None
    nodes = list(walk(*function.body))
    bindings = _bindings(nodes)
    own = parameters | bindings.keys()
    if any(isinstance(each, _BEYOND_COMPUTING) or _calls_unknown(each, own) for each in nodes):
        return None
    others = parameters | _made_of(parameters, bindings)
    if any(_changes(each, others, bindings) for each in nodes):
        return None
    return frozenset(each.id for each in nodes if isinstance(each, ast.Name)) - own


def _calls_unknown(node: ast.AST, own: set[str]) -> bool:
    """Whether a call is of what a variable holds, or of what another call gave."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in own
        case ast.Call(func=function):
            return not isinstance(function, ast.Attribute)
    return False


def _bindings(nodes: list[ast.AST]) -> dict[str, list[ast.expr]]:
    """What each local name is bound to; what is taken out of something counts as the whole of it."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
                continue
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                targets = [target]
            case _:
                continue
        for each in walk(*targets):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                found.setdefault(each.id, []).append(ast.Starred(value, ast.Load()))
    return found


def _made_of(parameters: set[str], bindings: dict[str, list[ast.expr]]) -> set[str]:
    """The local names that may hold what the parameters do, or a part of it."""
    found: set[str] = set()
    more = True
    while more:
        further = {
            name
            for name, values in bindings.items()
            if name not in found and any(_names_in(value) & (parameters | found) for value in values)
        }
        found |= further
        more = bool(further)
    return found


def _names_in(value: ast.AST) -> set[str]:
    return {each.id for each in walk(value) if isinstance(each, ast.Name)}


def _changes(node: ast.AST, others: set[str], bindings: dict[str, list[ast.expr]]) -> bool:
    """Whether a node of a function may change what the function is given, which ``others`` may hold."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return True
        case ast.Subscript(value=changed, ctx=ast.Store() | ast.Del()):
            pass
        case ast.Call(func=ast.Attribute(value=changed, attr=method)) if method not in _READING:
            pass
        case ast.AugAssign(target=changed):
            pass
        case _:
            return False
    if isinstance(changed, ast.Name) and changed.id in bindings and all(map(_is_made, bindings[changed.id])):
        return False
    return bool(_names_in(changed) & others)


def _is_made(value: ast.expr) -> bool:
    """Whether an expression gives what it has just made."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKING
    return isinstance(value, _FRESH)
