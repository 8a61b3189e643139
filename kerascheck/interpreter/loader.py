"""Modules: the file under check, the files of its project it imports, and installed packages read as source.

Nothing is ever imported. A module of keras, tf_keras or tensorflow is an :class:`External` name whose meaning the
semantics know; its source is read only where they do not (``keras.applications``).
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING

from kerascheck.interpreter.core import BudgetExceeded, Frame, UserRaise
from kerascheck.interpreter.names import EXTERNAL_PACKAGES
from kerascheck.interpreter.values import (
    ClassValue,
    External,
    FunctionValue,
    Scope,
    UnknownValue,
    Value,
)
from kerascheck.source import SourceError, SourceFile, parse, read_source

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Interpreter

MAXIMUM_MODULES = 300
INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Folders of installed packages: a file there imports other packages, and only its own is its project."""


@lru_cache(maxsize=256)
def _read(path: str, changed: int) -> SourceFile:
    """A file's source, kept with its tree for the other files of a run that import it."""
    return read_source(path)


@dataclass(slots=True, eq=False)
class Module:
    """One source module.

    Attributes:
        name: its dotted name, ``__main__`` for the file under check.
        source: its text.
        scope: its names.
        package: the dotted name that relative imports start from.
        is_user: whether it is the user's own, not an installed package's.
        functions, classes: every one that was defined in it, methods and nested ones included.
        star_imports: packages whose names were all imported.
    """

    name: str
    source: SourceFile
    scope: Scope
    package: str = ""
    is_user: bool = True
    functions: list[FunctionValue] = field(default_factory=list)
    classes: list[ClassValue] = field(default_factory=list)
    star_imports: list[External] = field(default_factory=list)


@dataclass(slots=True)
class Loader:
    """Finds modules and keeps those already loaded, by file."""

    main: Path
    roots: tuple[Path, ...] = ()
    packages: tuple[Path, ...] = ()
    modules: dict[Path, Module] = field(default_factory=dict)
    definitions: dict[str, Value | None] = field(default_factory=dict)

    @classmethod
    def for_source(cls, source: SourceFile) -> Loader:
        """A loader for a file: its own project first, then the installed packages."""
        main = Path(source.path)
        folder = main.parent
        root = source.package_root
        roots = tuple(dict.fromkeys((folder, root, root / "src", root.parent if root != folder else root)))
        packages = tuple(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
        return cls(main, roots, packages)

    def main_package(self) -> str:
        """The dotted package of the main file, from the ``__init__.py`` files around it."""
        parts: list[str] = []
        folder = self.main.absolute().parent
        while (folder / "__init__.py").is_file() and len(parts) < 20:
            parts.append(folder.name)
            folder = folder.parent
        return ".".join(reversed(parts))

    def import_module(self, interpreter: Interpreter, name: str, level: int, importer: Module) -> Value:
        """The module of that dotted name, as ``importer`` would import it."""
        if level:
            package = importer.package.split(".") if importer.package else []
            kept = package[: len(package) - (level - 1)]
            name = ".".join([*kept, *([name] if name else [])])
            if kept and kept[0] in EXTERNAL_PACKAGES:
                return External(name)
        top = name.split(".", maxsplit=1)[0]
        if top in EXTERNAL_PACKAGES:
            return External(name)
        if level:
            folder = Path(importer.source.path).parent
            for _ in range(level - 1):
                folder = folder / ".."
            folder = Path(normpath(folder))
            inner = name.split(".")[len(package) - (level - 1) :] if package else name.split(".") if name else []
            return self._from(interpreter, folder, inner, name, importer.is_user)
        from kerascheck.interpreter.library import standard_module

        standard = standard_module(name)
        if standard is not None:
            return standard
        for root in self.roots:
            if root.name in INSTALLED and top != self.main_package().split(".", maxsplit=1)[0]:
                continue
            found = self._from(interpreter, root, name.split("."), name, importer.is_user)
            if isinstance(found, Module):
                return found
        return UnknownValue(f"module {name}")

    def _from(self, interpreter: Interpreter, root: Path, parts: list[str], name: str, is_user: bool) -> Value:
        path = root.joinpath(*parts)
        for candidate in (path.with_suffix(".py") if parts else path / "__init__.py", path / "__init__.py"):
            if candidate.is_file():
                return self.load(interpreter, candidate, name, is_user)
        return UnknownValue(f"module {name}")

    def submodule(self, interpreter: Interpreter, module: Module, name: str) -> Value | None:
        """``name`` in a package, where it is a module of its own."""
        path = Path(module.source.path)
        if path.name != "__init__.py":
            return None
        found = self._from(interpreter, path.parent, [name], f"{module.name}.{name}", module.is_user)
        return found if isinstance(found, Module) else None

    def load(self, interpreter: Interpreter, path: Path, name: str, is_user: bool) -> Value:
        """Read and interpret one file, once."""
        key = path.resolve()
        if key in self.modules:
            return self.modules[key]
        if len(self.modules) >= MAXIMUM_MODULES:
            return UnknownValue(f"module {name}: too many modules")
        try:
            source = _read(str(path), path.stat().st_mtime_ns)
            tree = parse(source)
        except SourceError as error:
            return UnknownValue(f"module {name}: {error.message}")
        scope = interpreter.heap.new(Scope())
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        module = Module(name, source, scope, package, is_user)
        self.modules[key] = module
        run_module(interpreter, module, tree, name)
        return module

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
            value = module.scope.variables.get(last)
            if isinstance(value, External):
                name = value.name
                continue
            return value if isinstance(value, (FunctionValue, ClassValue)) else None
        return None

    def installed_module(self, interpreter: Interpreter, name: str) -> Module | None:
        """A module of an installed package, read as source; None where it is not installed."""
        parts = name.split(".")
        for root in self.packages:
            found = self._from(interpreter, root, parts, name, is_user=False)
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
    except UserRaise:
        pass
    except RecursionError:
        raise BudgetExceeded from None
    finally:
        context.modules.pop()
        context.stack, context.guards, context.scopes, context.tapes = outer
