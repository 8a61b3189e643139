"""Modules that are read when they are needed: which statement binds which name, and what has to run at once.

A package of some hundred modules is imported for a few of its names. What a module defines is indexed here, and
interpreted when somebody asks for it. Whatever else its statements do to a name (``PRESETS.update(…)``) runs with it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from kerascheck.interpreter.core import BudgetExceeded, Context, Frame, Interpreter, UserRaise
from kerascheck.interpreter.names import EXTERNAL_PACKAGES, describe, find_symbol
from kerascheck.interpreter.symbols import record_import
from kerascheck.interpreter.syntax import parts, walk, walk_scope
from kerascheck.interpreter.values import DictValue, External, ListValue, UnknownValue, Value
from kerascheck.records import immutable
from kerascheck.sharing import Kept
from kerascheck.source import SHARED_LENGTH, SourceFile, parse, read_source

if TYPE_CHECKING:
    from kerascheck.interpreter.loader import Module

Found = TypeVar("Found")
MISSING = UnknownValue("no such name")
"""What :func:`find_global` gives for a name that a module does not have."""

_LIBRARIES = EXTERNAL_PACKAGES | sys.stdlib_module_names | {"numpy", "pandas"}
"""Packages whose import does nothing that a project's code could see."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
CHANGING_METHODS = frozenset(
    {"append", "extend", "insert", "remove", "pop", "clear", "update", "setdefault", "popitem", "add", "discard"}
)


@immutable(eq=False)
class PendingImport(UnknownValue):
    """What an import binds a name to: a function or class of another module that nobody has asked for yet."""

    module: Module | None = None
    name: str = ""


@dataclass(frozen=True)
class Index:
    """What a module's statements do, by their position.

    Attributes:
        body: the statements.
        binders: for each name, those that bind or change it, in order.
        bound: for each statement, the names it binds.
        stars: the ``from x import *``.
        at_once: those that do something besides binding names: calls, decorators, and imports of whole modules.
    """

    body: tuple[ast.stmt, ...]
    binders: dict[str, tuple[int, ...]]
    bound: tuple[tuple[str, ...], ...]
    stars: tuple[int, ...]
    at_once: tuple[int, ...]

    @cached_property
    def filled(self) -> frozenset[str]:
        """The names whose contents some function of the module changes."""
        return frozenset().union(*(_filled_names(each) for each in self.body if isinstance(each, _DEFINITIONS)))


@dataclass(slots=True)
class Deferred:
    """How far one run has come with a module.

    Attributes:
        values: what was bound so far.
        done: the statements that ran, or are running.
        running: the positions of those running, innermost last.
        settled: the names for which nothing is left to run.
        stars: the modules of the project or package whose names were all imported.
        postponed: the statements that an import would run, and that nobody has to run before their name is asked for.
        pending: the names that were imported before anybody asked for them; whoever imports one gets the same.
    """

    index: Index
    values: dict[str, Value] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    running: list[int] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    stars: list[Module] = field(default_factory=list)
    postponed: set[int] = field(default_factory=set)
    pending: dict[str, PendingImport] = field(default_factory=dict)


def settle(interpreter: Interpreter, module: Module, deferred: Deferred, name: str) -> None:
    """Run what has to run before ``name`` is what the code that runs now sees."""
    index = deferred.index
    here = deferred.running[-1] if deferred.running else len(index.body)
    positions = index.binders.get(name, ())
    if not positions and name not in module.scope.variables:
        positions = index.stars
    for position in positions:
        if position < here and position not in deferred.done:
            run_statement(interpreter, module, deferred, position)
    if not deferred.running:
        deferred.settled.add(name)


def run_at_once(interpreter: Interpreter, module: Module, deferred: Deferred) -> None:
    """Run what a module does besides binding names, as its import would."""
    from kerascheck.interpreter.computing import only_computes
    from kerascheck.interpreter.quiet import only_decorates

    for position in deferred.index.at_once:
        statement = deferred.index.body[position]
        if position in deferred.done or only_decorates(interpreter, module, statement):
            continue
        if only_computes(interpreter, module, statement):
            deferred.postponed.add(position)
        else:
            run_statement(interpreter, module, deferred, position)


def run_statement(interpreter: Interpreter, module: Module, deferred: Deferred, position: int) -> None:
    """Run one statement of a module, apart from what runs now.

    Raises:
        BudgetExceeded: too much work was done; the statement may run again.
    """
    deferred.done.add(position)
    names, statement = deferred.index.bound[position], deferred.index.body[position]
    deferred.running.append(position)
    limit, before = interpreter.limit, interpreter.steps
    if position in deferred.postponed:
        # It is work of the import's, not of who happens to ask first.
        interpreter.limit = interpreter.ceiling
    try:
        for name in names:
            settle(interpreter, module, deferred, name)
        interpreter.step()
        if not _bind_imports(interpreter, module, statement):
            run_apart(interpreter, module, partial(_execute, interpreter, module, statement))
    except UserRaise:
        pass
    except (BudgetExceeded, RecursionError):
        deferred.done.discard(position)
        raise BudgetExceeded from None
    finally:
        deferred.running.pop()
        if position in deferred.postponed:
            interpreter.limit = min(limit + interpreter.steps - before, interpreter.ceiling)
    for name in names:
        if name in module.scope.variables:
            value = deferred.values[name] = module.scope.variables[name]
            if module.is_foreign and isinstance(value, (ListValue, DictValue)) and name in deferred.index.filled:
                # Functions that nobody called here fill it with what they like.
                value.restore(None)


def _execute(interpreter: Interpreter, module: Module, statement: ast.stmt) -> None:
    with interpreter.heap.apart():
        interpreter.statements[type(statement)](interpreter, statement, Frame(module.scope, module))


def _bind_imports(interpreter: Interpreter, module: Module, statement: ast.stmt) -> bool:
    """Bind the names of an import statement, where that takes nothing but modules known already; False elsewhere.

    Most statements that run in imported modules are such imports, which do nothing that a context is needed for.
    """
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or module.scope.global_names:
        return False
    loader = interpreter.loader
    if isinstance(statement, ast.ImportFrom):
        other = loader.known_module(statement.module or "", statement.level, module)
        if not isinstance(other, type(module)):
            return False
        for alias in statement.names:
            pending = import_when_asked(interpreter, other, alias.name)
            if pending is None:
                return False
            module.scope.variables[alias.asname or alias.name] = pending
        return True
    for alias in statement.names:
        value, name = loader.known_module(alias.name, 0, module), alias.asname or alias.name.partition(".")[0]
        bound = value if alias.asname or name == alias.name else loader.known_module(name, 0, module)
        if value is None or bound is None:
            return False
        if isinstance(value, External):
            record_import(interpreter, alias, value, module)
        module.scope.variables[name] = bound
    return True


def run_apart(interpreter: Interpreter, module: Module, run: Callable[[], Found]) -> Found:
    """Run something as the import of ``module`` would, whatever asks for it now."""
    outer = interpreter.context
    interpreter.context = Context(modules=[module], depth=outer.depth)
    calling, interpreter.facts.call_instances = interpreter.facts.call_instances, []
    try:
        return run()
    finally:
        interpreter.context = outer
        interpreter.facts.call_instances = calling


def global_names(interpreter: Interpreter, module: Module) -> list[str]:
    """The names that ``from module import *`` binds."""
    listed = find_global(interpreter, module, "__all__")
    if isinstance(listed, ListValue) and listed.items is not None:
        return [name for name in listed.items if isinstance(name, str)]
    if isinstance(listed, tuple):
        return [name for name in listed if isinstance(name, str)]
    names = dict.fromkeys(module.scope.variables)
    if module.deferred is not None:
        names.update(dict.fromkeys(module.deferred.index.binders))
        for position in module.deferred.index.stars:
            if position not in module.deferred.done:
                run_statement(interpreter, module, module.deferred, position)
        for other in module.deferred.stars:
            if other is not module:
                names.update(dict.fromkeys(global_names(interpreter, other)))
    return [name for name in names if not name.startswith("_")]


def find_global(interpreter: Interpreter, module: Module, name: str) -> Value:
    """The value of a module's name, read now if it was not before; :data:`MISSING` where it has none."""
    deferred = module.deferred
    if deferred is not None and name not in deferred.settled:
        settle(interpreter, module, deferred, name)
    variables = module.scope.variables
    if name in variables:
        value = variables[name]
        # As `imported` does: nothing of a module is asked more often.
        return imported(interpreter, value) if isinstance(value, PendingImport) else value
    if deferred is not None:
        if name in deferred.values:
            return imported(interpreter, deferred.values[name])
        for other in reversed(deferred.stars):
            if other is not module and not name.startswith("_"):
                value = find_global(interpreter, other, name)
                if value is not MISSING:
                    return value
    return MISSING


def of_star_imports(interpreter: Interpreter, module: Module, name: str) -> External | None:
    """What ``from package import *`` gives a module under that name; of several packages the last that has it."""
    for package in reversed(module.star_imports):
        full = f"{package.name}.{name}"
        described = describe(full, interpreter.program.generation)
        if described is not None and find_symbol(described) is not None:
            return External(full)
    return None


def imported(interpreter: Interpreter, value: Value) -> Value:
    """What a module's name stands for, now that somebody asks for it."""
    if not isinstance(value, PendingImport) or value.module is None:
        return value
    found, deferred = find_global(interpreter, value.module, value.name), value.module.deferred
    # What others have bound the module's name to since then is another thing.
    return found if deferred is None else deferred.values.get(value.name, found)


def import_when_asked(interpreter: Interpreter, module: Module, name: str) -> PendingImport | None:
    """What to bind a name to that is imported from ``module``; None for what has to be read at once.

    A function or class is there from its definition on, and reading it does nothing that others could see.
    """
    deferred = module.deferred
    positions = () if deferred is None else deferred.index.binders.get(name, ())
    if deferred is None or len(positions) != 1 or (deferred.running and positions[0] >= deferred.running[-1]):
        return None
    match deferred.index.body[positions[0]]:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            if name not in deferred.pending:
                deferred.pending[name] = PendingImport(module=module, name=name)
            return deferred.pending[name]
        case ast.ImportFrom():
            if name not in deferred.settled:
                settle(interpreter, module, deferred, name)
            value = module.scope.variables.get(name)
            return value if isinstance(value, PendingImport) else None
    return None


_MODULES: Kept[tuple[str, int], tuple[SourceFile, Index]] = Kept(SHARED_LENGTH)


def read_module(path: str, changed: int) -> tuple[SourceFile, Index]:
    """A file's source and index, kept for the other files of a run that import it.

    Raises:
        SourceError: it is no Python source.
    """

    def read() -> tuple[tuple[SourceFile, Index], int]:
        source = read_source(path)
        return (source, index_module(parse(source))), len(source.text)

    return _MODULES.get((path, changed), read)


def index_module(tree: ast.Module) -> Index:
    """The index of a module's statements."""
    binders: dict[str, list[int]] = {}
    bound: list[tuple[str, ...]] = []
    stars: list[int] = []
    at_once: set[int] = set()
    for position, statement in enumerate(tree.body):
        names = _names_bound_by(statement)
        bound.append(names)
        for name in names:
            binders.setdefault(name, []).append(position)
        if isinstance(statement, ast.ImportFrom):
            if any(alias.name == "*" for alias in statement.names):
                stars.append(position)
            continue
        if isinstance(statement, _DEFINITIONS):
            if statement.decorator_list:
                at_once.add(position)
            continue
        if _reads_project(statement) or not _only_binds([statement]):
            at_once.add(position)
        for name in _changed_names(statement):
            if name not in names and name in binders:
                binders[name].append(position)
    return Index(
        tuple(tree.body),
        {name: _with_readers(tree, name, positions) for name, positions in binders.items()},
        tuple(bound),
        tuple(stars),
        tuple(sorted(at_once)),
    )


def _reads_project(statement: ast.stmt) -> bool:
    """Whether a statement imports a whole module that may be the project's own, whose import may do anything."""
    return isinstance(statement, ast.Import) and not all(
        alias.name.partition(".")[0] in _LIBRARIES for alias in statement.names
    )


def _with_readers(tree: ast.Module, name: str, positions: list[int]) -> tuple[int, ...]:
    """The statements that bind a name, and of those between them the ones that read it: they see what it was then."""
    if len(positions) < 2:
        return tuple(positions)
    between = range(positions[0] + 1, positions[-1])
    readers = {position for position in between if _reads(tree.body[position], name)}
    return tuple(sorted(readers.union(positions)))


def _reads(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in walk_scope(*parts(statement)))


def _names_bound_by(statement: ast.stmt) -> tuple[str, ...]:
    """The names that a statement of a module binds, each once."""
    if isinstance(statement, _DEFINITIONS):
        return (statement.name,)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        names = [_bound_by_import(alias) for alias in statement.names if alias.name != "*"]
        return tuple(dict.fromkeys(names))
    return tuple(dict.fromkeys(_bound_names(statement)))


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    for node in walk_scope(statement):
        # Most nodes bind nothing: no `match` tells that as quickly.
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                yield node.id
        elif isinstance(node, _DEFINITIONS):
            yield node.name
        elif isinstance(node, ast.alias) and node.name != "*":
            yield _bound_by_import(node)


def _bound_by_import(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _only_binds(statements: Iterable[ast.stmt]) -> bool:
    """Whether statements do nothing but define, import and compute without calling anything."""
    for statement in statements:
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.ImportFrom() | ast.Import():
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case ast.Assign(targets=targets, value=value) if all(_is_name(target) for target in targets):
                if not _calls(value):
                    continue
            case ast.AnnAssign(target=ast.Name(), value=value) if value is None or not _calls(value):
                continue
            case ast.If(body=body, orelse=orelse):
                if _is_main_guard(statement.test) or _only_binds([*body, *orelse]):
                    continue
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                handled = [each for handler in handlers for each in handler.body]
                if _only_binds([*body, *handled, *orelse, *finalbody]):
                    continue
        return False
    return True


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(isinstance(each, ast.Name) for each in target.elts)
    return isinstance(target, ast.Name)


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _calls(value: ast.expr) -> bool:
    return any(isinstance(node, (ast.Call, ast.NamedExpr, ast.Await)) for node in walk_scope(value))


def _changed_names(statement: ast.stmt) -> set[str]:
    """The names whose contents a statement changes or may change, being more than an assignment to names."""
    match statement:
        case ast.Assign(targets=targets) if all(_is_name(target) for target in targets):
            return set()
        case ast.Import() | ast.AnnAssign(target=ast.Name()):
            return set()
    return {node.id for node in walk_scope(statement) if isinstance(node, ast.Name)}


def _filled_names(definition: ast.stmt) -> set[str]:
    """The names of the module that a function writes into, or binds as ``global``."""
    found: set[str] = set()
    for node in walk(definition):
        match node:
            case ast.Global(names=names):
                found.update(names)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in CHANGING_METHODS:
                found.add(name)
    return found
