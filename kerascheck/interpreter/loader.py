"""Modules: the file under check, the files of its project it imports, and installed packages read as source.

Nothing is ever imported. A module of keras, tf_keras or tensorflow is an :class:`External` name whose meaning the
semantics know; its source is read only where they do not (``keras.applications``). A package that is built on them is
read where it is installed, and of its modules no more than is asked for: see :mod:`kerascheck.interpreter.deferred`.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, field
from enum import StrEnum, auto
from functools import lru_cache
from os.path import join, normpath, split
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from kerascheck.interpreter.core import BudgetExceeded, Frame, UserRaise
from kerascheck.interpreter.deferred import MISSING, Deferred, find_global, of_star_imports, read_module, run_at_once
from kerascheck.interpreter.environments import installed_roots, is_built_on_keras, is_installed
from kerascheck.interpreter.library import standard_module
from kerascheck.interpreter.names import EXTERNAL_PACKAGES
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import (
    Arguments,
    ClassValue,
    External,
    FunctionValue,
    Scope,
    UnknownValue,
    Value,
)
from kerascheck.records import immutable
from kerascheck.sharing import asked_once
from kerascheck.source import SourceError, SourceFile, package_root, parse

if TYPE_CHECKING:
    from kerascheck.interpreter.computed_calls import ComputedCalls
    from kerascheck.interpreter.core import Interpreter
    from kerascheck.interpreter.effects import Place
    from kerascheck.interpreter.untold_calls import CallKey, Untold

MAXIMUM_MODULES = 1_000
INIT = "__init__.py"


class Owner(StrEnum):
    """Whose a module is: the user's project's, Keras's own, or another installed package's."""

    # Equal texts have equal hashes, which an enumeration's own takes a call to tell: every import asks.
    __hash__ = str.__hash__

    USER = auto()
    KERAS = auto()
    FOREIGN = auto()


@dataclass(slots=True, eq=False)
class Module:
    """One source module.

    Attributes:
        name: its dotted name, ``__main__`` for the file under check.
        source: its text.
        scope: its names.
        package: the dotted name that relative imports start from.
        owner: whose it is; ``is_user`` where it is the user's own, ``is_foreign`` where nothing is told of it.
        deferred: what was not read of it yet; None for one that is read from end to end.
        functions, classes: every one that was defined in it, methods and nested ones included.
        star_imports: packages whose names were all imported.
    """

    name: str
    source: SourceFile
    scope: Scope
    package: str = ""
    owner: Owner = Owner.USER
    is_user: bool = field(init=False)
    is_foreign: bool = field(init=False)
    deferred: Deferred | None = None
    functions: list[FunctionValue] = field(default_factory=list)
    classes: list[ClassValue] = field(default_factory=list)
    star_imports: list[External] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_user = self.owner is Owner.USER
        self.is_foreign = self.owner is Owner.FOREIGN


@immutable(eq=False)
class Search:
    """Where the modules are looked for that a file imports.

    Attributes:
        package: the dotted name of the package that the file is of.
        roots: the folders of its own project.
        packages: the folders of installed packages.
    """

    package: str
    roots: tuple[Path, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def top(self) -> str:
        """The outermost package that the file is of."""
        return self.package.split(".", maxsplit=1)[0]


@asked_once
def place_of(path: str) -> str:
    """The absolute path of a file: what a module is known by."""
    return str(Path(path).absolute())


@immutable(eq=False)
class ModuleFile:
    """A file that a module is read from: where it is, when it was changed, and whether it is a package's own."""

    path: str
    place: str
    changed: int
    is_package: bool


@asked_once
def package_of(folder: Path) -> str:
    """The dotted package that a folder is, from the ``__init__.py`` files in it and around it."""
    parts: list[str] = []
    folder = folder.absolute()
    while (folder / INIT).is_file() and len(parts) < 20:
        parts.append(folder.name)
        folder = folder.parent
    return ".".join(reversed(parts))


@asked_once
def _roots(folder: Path, root: Path) -> tuple[Path, ...]:
    """Where the files of a project are looked for whose main file is in ``folder``, below ``root``."""
    return tuple(dict.fromkeys((folder, root, root / "src", root.parent if root != folder else root)))


@asked_once
def _search_from(folder: str) -> Search:
    """Where a file in ``folder`` imports from: its own project, then the installed packages."""
    here = Path(folder)
    root = package_root(here)
    return Search(package_of(here), _roots(here, root), tuple(map(str, installed_roots(root))))


@asked_once
def _roots_with(search: Search, top: str) -> tuple[str, ...]:
    """The folders of the project in which there is something of that name, the likeliest first."""
    likely = (root for root in search.roots if top == search.top or not is_installed(root))
    return tuple(str(root) for root in likely if _holds(root, top))


@asked_once
def _packages_with(search: Search, top: str) -> tuple[str, ...]:
    """The folders of installed packages that have one of that name which is built on Keras."""
    return tuple(root for root in search.packages if is_built_on_keras(root, top))


@asked_once
def _folder_above(path: str, levels: int) -> str:
    """The folder of a file, or one so many levels above it."""
    return normpath(Path(path).parent.joinpath(*[".."] * levels))


@asked_once
def _folder_of_package(path: str) -> str | None:
    """The folder of the package whose own module the file is; None for any other file."""
    return _folder_above(path, 0) if Path(path).name == INIT else None


@asked_once
def _holds(root: Path, top: str) -> bool:
    """Whether a folder has a module or package of that name at all."""
    return (root / top).is_dir() or (root / f"{top}.py").is_file()


@asked_once
def _located(root: str, name: str) -> ModuleFile | None:
    """The file of a module below the folder ``root``, by its dotted name from there; its own module for no name."""
    # Most of what is looked for is no module but a class or function of one: no Path is made for that.
    path = join(root, *name.split(".")) if name else root  # noqa: PTH118
    candidates = (join(path, INIT),) if not name else (f"{path}.py", join(path, INIT))  # noqa: PTH118
    for candidate in candidates:
        try:
            found = os.stat(candidate)  # noqa: PTH116
        except (OSError, ValueError):
            continue
        if S_ISREG(found.st_mode):
            file = Path(candidate)
            return ModuleFile(str(file), place_of(str(file)), found.st_mtime_ns, file.name == INIT)
    return None


@dataclass(slots=True)
class Loader:
    """Finds modules and keeps those already loaded, by file."""

    search: Search
    modules: dict[str, Module] = field(default_factory=dict)
    definitions: dict[str, Value | None] = field(default_factory=dict)
    imported: dict[tuple[Owner | str, str, int], Module | UnknownValue] = field(default_factory=dict)
    quiet: dict[tuple[str, frozenset[Place]], bool] = field(default_factory=dict)
    computing: dict[tuple[str, int], bool] = field(default_factory=dict)
    computed: dict[ast.AST, ComputedCalls] = field(default_factory=dict)
    untold: dict[CallKey, Untold] = field(default_factory=dict)

    @classmethod
    def for_source(cls, source: SourceFile) -> Loader:
        """A loader for a file: its own project first, then the installed packages."""
        return cls(_search_from(split(source.path)[0]))

    def known_module(self, name: str, level: int, importer: Module) -> Value:
        """What :meth:`import_module` gives where nothing is left to load for it; None elsewhere."""
        library = None if level else _library(name)
        if library is not None:
            return _external(library, importer)
        standard = None if level else standard_module(name)
        if standard is not None:
            return standard
        return self.imported.get((importer.source.path if level else importer.owner, name, level))

    def import_module(self, interpreter: Interpreter, name: str, level: int, importer: Module) -> Value:
        """The module of that dotted name, as ``importer`` would import it."""
        known = self.known_module(name, level, importer)
        if known is not None:
            return known
        found = self._beside(interpreter, name, level, importer) if level else self._find(interpreter, name, importer)
        if isinstance(found, Module):
            self.imported[importer.source.path if level else importer.owner, name, level] = found
        elif not level and isinstance(found, UnknownValue):
            self.imported[importer.owner, name, level] = UnknownValue(f"module {name}")
        return found

    def _beside(self, interpreter: Interpreter, name: str, level: int, importer: Module) -> Value:
        """The module of a relative name."""
        package = importer.package.split(".") if importer.package else []
        kept = package[: len(package) - (level - 1)]
        name = ".".join([*kept, *([name] if name else [])])
        if kept and kept[0] in EXTERNAL_PACKAGES:
            # A package of the user's that has such a name is another version of it, or something else.
            return UnknownValue(f"import of {name}") if importer.is_user else External(name)
        library = _library(name)
        if library is not None:
            return _external(library, importer)
        folder = _folder_above(importer.source.path, level - 1)
        inner = ".".join(name.split(".")[len(package) - (level - 1) :]) if package else name
        return self._from(interpreter, folder, inner, name, importer.owner)

    def _find(self, interpreter: Interpreter, name: str, importer: Module) -> Value:
        """The module of an absolute name, read from a file."""
        top = name.partition(".")[0]
        for root in () if importer.is_foreign else _roots_with(self.search, top):
            found = self._from(interpreter, root, name, name, importer.owner)
            if isinstance(found, Module):
                return found
        for root in _packages_with(self.search, top):
            found = self._from(interpreter, root, name, name, Owner.FOREIGN)
            if isinstance(found, Module):
                return found
        return UnknownValue(f"module {name}")

    def _from(self, interpreter: Interpreter, root: str, inner: str, name: str, owner: Owner) -> Value:
        """The module ``name``, whose name from the folder ``root`` on is ``inner``."""
        file = _located(root, inner)
        return UnknownValue(f"module {name}") if file is None else self.load(interpreter, file, name, owner)

    def submodule(self, interpreter: Interpreter, module: Module, name: str) -> Value | None:
        """``name`` in a package, where it is a module of its own."""
        folder = _folder_of_package(module.source.path)
        if folder is None:
            return None
        found = self._from(interpreter, folder, name, f"{module.name}.{name}", module.owner)
        return found if isinstance(found, Module) else None

    def attribute(self, interpreter: Interpreter, module: Module, name: str) -> Value | None:
        """``module.name``: one of its names, a module of the package, or what its own ``__getattr__`` gives."""
        value = find_global(interpreter, module, name)
        if value is not MISSING:
            return value
        inner = self.submodule(interpreter, module, name)
        if inner is None and module.deferred is not None and not name.startswith("__"):
            getter = find_global(interpreter, module, "__getattr__")
            if isinstance(getter, FunctionValue):
                return interpreter.call(getter, Arguments((name,)), getter.node)
        return of_star_imports(interpreter, module, name) if inner is None else inner

    def load(self, interpreter: Interpreter, file: ModuleFile, name: str, owner: Owner) -> Value:
        """The module of one file, of which nothing is read yet but what an import of it does."""
        if file.place in self.modules:
            return self.modules[file.place]
        if len(self.modules) >= MAXIMUM_MODULES:
            return UnknownValue(f"module {name}: too many modules")
        try:
            source, index = read_module(file.path, file.changed)
        except SourceError as error:
            return UnknownValue(f"module {name}: {error}")
        package = name if file.is_package else name.rpartition(".")[0]
        with interpreter.heap.apart():
            scope = interpreter.heap.new(Scope())
        deferred = Deferred(index)
        module = Module(name, source, scope, package, owner, deferred)
        scope.variables = {"__name__": name, "__file__": source.path, "__doc__": None, "__package__": package}
        self.modules[file.place] = module
        if module.is_user and index.at_once:
            run_at_once(interpreter, module, deferred)
        if not module.is_user:
            interpreter.program.library_files.add(source.path)
        return module

    def forget(self) -> None:
        """Let go of the modules' names when a run is over.

        Functions and the scopes they are in refer to each other: without this they wait for the garbage collector.
        """
        for module in self.modules.values():
            for cls in module.classes:
                cls.namespace.variables.clear()
            module.functions.clear()
            module.classes.clear()
            module.scope.variables.clear()
            if module.deferred is not None:
                module.deferred.values.clear()
                module.deferred.pending.clear()

    def installed_definition(self, interpreter: Interpreter, name: str) -> Value | None:
        """The function or class that a dotted name of an installed package stands for, from its source."""
        if name not in self.definitions:
            self.definitions[name] = self._find_definition(interpreter, name)
        return self.definitions[name]

    def _find_definition(self, interpreter: Interpreter, name: str) -> Value | None:
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            owner, _, last = name.rpartition(".")
            module = self.installed_module(interpreter, owner)
            if module is None:
                return None
            value = find_global(interpreter, module, last)
            if isinstance(value, External):
                name = value.name
                continue
            return value if isinstance(value, (FunctionValue, ClassValue)) else None
        return None

    def installed_module(self, interpreter: Interpreter, name: str) -> Module | None:
        """A module of an installed package, read as source; None where it is not installed."""
        for root in self.search.packages:
            found = self._from(interpreter, root, name, name, Owner.KERAS)
            if isinstance(found, Module):
                return found
        return None


def run_module(interpreter: Interpreter, module: Module, tree: ast.Module, name: str) -> None:
    """Interpret a module's top level. Where it certainly raises, what was bound before stays."""
    module.scope.variables.update({"__name__": name, "__file__": module.source.path, "__doc__": None})
    context = interpreter.context
    outer = (context.stack, context.guards, context.scopes, context.tapes)
    context.stack, context.guards, context.scopes, context.tapes = [], [], [], []
    context.modules.append(module)
    try:
        interpreter.execute(tree.body, Frame(module.scope, module))
        interpreter.facts.training.ended |= name == "__main__"
    except UserRaise:
        pass
    except RecursionError:
        raise BudgetExceeded from None
    finally:
        context.modules.pop()
        context.stack, context.guards, context.scopes, context.tapes = outer


def _is_keras(name: str) -> bool:
    """Whether a module is of a package whose names the semantics know."""
    return name.split(".", maxsplit=1)[0] in EXTERNAL_PACKAGES


@lru_cache(maxsize=4096)
def _library(name: str) -> External | None:
    """The module of that name, if it is of such a package."""
    return External(name) if _is_keras(name) else None


def _external(library: External, importer: Module) -> Value:
    """A module of such a package, unless the code puts another in its place."""
    if importer.is_user and importer.source.sets_modules:
        name = library.name
        if name.split(".", maxsplit=1)[0] in _replaced(importer.source):
            return UnknownValue(f"module {name}, which the code replaces")
    return library


def _replaced(source: SourceFile) -> frozenset[str]:
    """The packages for which a file may put another: ``sys.modules["keras"] = tf.keras``."""
    return remembered(parse(source), _put_into_modules)


def _put_into_modules(tree: ast.AST) -> frozenset[str]:
    names: set[str] = set()
    for node in walk(tree):
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="sys"), attr="modules"),
                slice=ast.Constant(value=str(name)),
                ctx=ast.Store(),
            ):
                names.add(name)
    return frozenset(names)
