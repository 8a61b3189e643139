"""Which Keras a file is written for, and what says so."""

from __future__ import annotations

import ast
import os
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from os.path import split
from pathlib import Path
from typing import TYPE_CHECKING

from kerascheck.interpreter.environments import installed_roots
from kerascheck.interpreter.syntax import walk
from kerascheck.project.needs import decide, needs_of, project_root
from kerascheck.project.requirements import Requirement, required
from kerascheck.records import immutable
from kerascheck.sharing import asked_once
from kerascheck.source import SourceError, SourceFile, parse, read_source

if TYPE_CHECKING:
    from kerascheck.config import Settings

LEGACY = "TF_USE_LEGACY_KERAS"
OFF = frozenset({"0", "", "false", "False"})
"""Values of TF_USE_LEGACY_KERAS that leave Keras 3 on."""

INIT = "__init__.py"
_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)
_PUNCTUATION = bytes.maketrans(string.punctuation.replace("_", "").encode(), b" " * (len(string.punctuation) - 1))
"""For the bytes of a text, which are many times faster to translate: in UTF-8 no others look like these."""
DEFAULT = "nothing says otherwise"
INSTALLED = ("keras", "tensorflow", "tensorflow_cpu", "tensorflow_gpu", "tensorflow_macos", "tensorflow_intel")
"""Distributions, as the folders of their metadata spell them."""


@immutable()
class KerasMeant:
    """The Keras that ``keras`` and ``tf.keras`` mean in a file.

    Attributes:
        generation: 2 or 3.
        version: Keras's version, where one is named; it may be as short as ``3.6``.
        tensorflow: the generation of TensorFlow's own API, 1 or 2.
        why: what says so, in one phrase.
    """

    generation: int
    version: str | None
    tensorflow: int
    why: str


def keras_meant(tree: ast.Module | None, path: str, settings: Settings, text: str = "") -> KerasMeant:
    """The Keras meant in the file ``path``; without its ``tree``, in the folder it lies in.

    Asked in this order: the option or configuration; the file itself (``import tf_keras`` without ``import keras``,
    TF_USE_LEGACY_KERAS set in it); the package that it is of, or whose name is in its ``text``; its project's lock file
    and requirements; the environment variable TF_USE_LEGACY_KERAS; what is installed in the project's environment or in
    kerascheck's own. Else it is Keras 3. For a file outside of any project what is installed is not asked.
    """
    if settings.generation != "auto":
        return KerasMeant(settings.generation, settings.keras_version, 2, "the option or configuration")
    said = None if tree is None else _said_by_file(tree)
    if said is not None and said.why != DEFAULT:
        return said
    # A name as "<string>" is no place; nor is that of a file that nobody wrote yet in a folder that is not there.
    folder = None if path.startswith("<") else _absolute(split(path)[0])
    switched = None if folder is None or said is not None else _switched_by(folder, text)
    if switched is not None:
        return KerasMeant(2, None, 2, f"{LEGACY}, which {switched} sets")
    project = needs_of(folder) if folder is not None else None
    if project is not None:
        need = project.need
        return KerasMeant(need.generation, need.keras, need.tensorflow, f"{need.why} in {project.file}")
    if said is None and os.environ.get(LEGACY, "0") not in OFF:
        return KerasMeant(2, None, 2, f"the environment variable {LEGACY}")
    if folder is not None and project_root(folder) is not None and said is None:
        installed = _installed(folder)
        if installed is not None:
            return installed
    return KerasMeant(3, None, 2, DEFAULT)


@asked_once
def _absolute(folder: str) -> Path:
    return Path(folder).absolute()


def may_say(text: str) -> bool:
    """Whether a file may say itself which Keras it means: a quick test that spares most files a walk of their tree."""
    return LEGACY in text or "tf_keras" in text


def _switched_by(folder: Path, text: str) -> Path | None:
    """The module that sets the variable for a file in ``folder``: of its own package, or of one that it may import."""
    found = _switch_of(_outermost(folder))
    near = () if found is not None else _switching_near(folder)
    if not near:
        return found
    beside = (_packages_named_beside(folder, each) for each in _imported(text))
    words = frozenset(name for name, _ in near).intersection(_words(text)).union(*beside)
    return next((module for name, module in near if name in words), None)


@asked_once
def _outermost(folder: Path) -> Path:
    """The outermost package that a folder is, or is in, from the folder up."""
    while (folder.parent / INIT).is_file():
        folder = folder.parent
    return folder


def _imported(text: str) -> set[str]:
    """The top-level names of the modules that a text imports."""
    return set(_IMPORTED.findall("\n".join(_lines_with("import", text))))


def _lines_with(word: str, text: str) -> Iterator[str]:
    """The lines of a text that hold a word, found without going through the others."""
    found = text.find(word)
    while found >= 0:
        end = text.find("\n", found)
        end = len(text) if end < 0 else end
        yield text[text.rfind("\n", 0, found) + 1 : end]
        found = text.find(word, end)


def _words(text: str) -> list[str]:
    data = text.encode("utf-8", "surrogatepass")
    return data.translate(_PUNCTUATION).decode("utf-8", "surrogatepass").split()


def _switching_near(folder: Path) -> tuple[tuple[str, Path], ...]:
    """The packages that a file in a folder may import without being of them and that set the variable."""
    return (*_switching_in(folder), *_switching_in(folder.parent))


@asked_once
def _packages_named_beside(folder: Path, module: str) -> frozenset[str]:
    """The packages near a folder that a module in it names, of those that set the variable."""
    path = folder / f"{module}.py"
    source = _readable(path) if path.is_file() else None
    if source is None:
        return frozenset()
    return frozenset(name for name, _ in _switching_near(folder)).intersection(_words(source.text))


@lru_cache(maxsize=512)
def _switching_in(folder: Path) -> tuple[tuple[str, Path], ...]:
    """The packages in a folder that set the variable: the name of each, and its module that does.

    There is seldom one at all, so nobody has to look for the names of the others in what a file says.
    """
    try:
        packages = [path.parent for path in sorted(folder.glob(f"*/{INIT}"))]
    except OSError:
        return ()
    return tuple((package.name, module) for package in packages if (module := _switch_of(package)) is not None)


@lru_cache(maxsize=512)
def _switch_of(package: Path) -> Path | None:
    """The module of a package that sets the variable when the package is imported."""
    initial = _readable(package / INIT)
    if initial is None:
        return None
    imported = (name for name in _modules(package) if name == INIT or name.removesuffix(".py") in initial.text)
    return next((path for name in imported if _switches(path := package / name)), None)


def _modules(package: Path) -> list[str]:
    """The names of a package's files of Python."""
    try:
        return sorted(entry.name for entry in os.scandir(package) if entry.name.endswith(".py"))
    except OSError:
        return []


def _readable(path: Path) -> SourceFile | None:
    try:
        return read_source(str(path))
    except SourceError:
        return None


def _switches(path: Path) -> bool:
    """Whether a file sets the variable; one that is no Python does not get so far."""
    try:
        # Hardly any does, and its bytes tell that without being decoded.
        if LEGACY.encode() not in path.read_bytes():
            return False
        said = _said_by_file(parse(read_source(str(path))))
    except (OSError, SourceError):
        return False
    return said is not None and said.generation == 2


def _said_by_file(tree: ast.Module) -> KerasMeant | None:
    """What the file's imports and the environment variable it sets say; DEFAULT where it turns the variable off."""
    names: set[str] = set()
    legacy: bool | None = None
    for node in walk(tree):
        match node:
            case ast.Import():
                names |= {alias.name.split(".", maxsplit=1)[0] for alias in node.names}
            case ast.ImportFrom(module=str() as module, level=0):
                names.add(module.split(".", maxsplit=1)[0])
            case (
                ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value="TF_USE_LEGACY_KERAS"))], value=value)
                | ast.Call(
                    func=ast.Attribute(attr="setdefault" | "putenv" | "setenv" | "__setitem__"),
                    args=[ast.Constant(value="TF_USE_LEGACY_KERAS"), value, *_],
                )
            ):
                legacy = not (isinstance(value, ast.Constant) and value.value in OFF)
    if legacy:
        return KerasMeant(2, None, 2, f"{LEGACY}, which the file sets")
    if "tf_keras" in names and "keras" not in names:
        return KerasMeant(2, None, 2, "the file's import of tf_keras")
    return None if legacy is None else KerasMeant(3, None, 2, DEFAULT)


@lru_cache(maxsize=64)
def _installed(folder: Path) -> KerasMeant | None:
    """The Keras that a file in ``folder`` would import, by the metadata of the first environment that has one."""
    for root in installed_roots(folder):
        found = [each for name in INSTALLED for each in _distributions(root, name)]
        need = decide(found)
        if need is not None:
            return KerasMeant(need.generation, need.keras, need.tensorflow, f"{need.why} installed in {root}")
    return None


def _distributions(root: Path, name: str) -> list[Requirement]:
    """A distribution's version by the name of its metadata's folder, ``keras-3.6.0.dist-info``."""
    folders = sorted(root.glob(f"{name}-*.dist-info"))
    return [required(name, f"=={each.name.removesuffix('.dist-info').rpartition('-')[2]}") for each in folders]
