"""Which files a path on the command line means."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kerascheck.config import ConfigFinder, Settings

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")

EXCLUDED_FOLDERS = frozenset(
    {
        ".bzr",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "__pypackages__",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)
"""Names of folders that are never entered, unless they are named on the command line."""


@dataclass(slots=True)
class Discovery:
    """The files to check, in order and each once; what could not be looked at; and folders without Python."""

    files: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)


def discover(paths: Iterable[str], config: ConfigFinder) -> Discovery:
    """The files that ``paths`` mean: a file itself, whatever its name, and what a folder holds.

    Raises:
        ConfigError: a configuration above one of them cannot be used.
    """
    found = Discovery()
    seen: set[str] = set()
    ignore_files = _IgnoreFiles()
    for path in paths:
        if Path(path).is_dir():
            before = len(found.files)
            files = _walk(Path(path), config, ignore_files, found.errors)
            _add(found, seen, files)
            if len(found.files) == before and not any(_identity(each) in seen for each in _any_python(Path(path))):
                found.empty.append(path)
        elif not Path(path).exists():
            found.errors.append(f"{path}: no such file or directory")
        elif not _is_force_excluded(Path(path), config.for_file(path)):
            _add(found, seen, [path])
    return found


def _add(found: Discovery, seen: set[str], files: Iterable[str]) -> None:
    for file in files:
        identity = _identity(file)
        if identity not in seen:
            seen.add(identity)
            found.files.append(file)


def _identity(file: str) -> str:
    return os.path.realpath(file)


def _any_python(folder: Path) -> Iterator[str]:
    return (str(path) for path in folder.iterdir() if path.suffix in SUFFIXES)


def _walk(top: Path, config: ConfigFinder, ignore_files: _IgnoreFiles, errors: list[str]) -> Iterator[str]:
    def failed(error: OSError) -> None:
        errors.append(f"{error.filename}: {error.strerror}")

    for folder, subfolders, names in os.walk(top, onerror=failed):
        here = Path(folder)
        settings = config.for_folder(here.absolute())
        excluded = _Excluded(settings, ignore_files, here.absolute())
        subfolders[:] = sorted(
            name for name in subfolders if name not in EXCLUDED_FOLDERS and not excluded.has(name, is_folder=True)
        )
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not excluded.has(name, is_folder=False):
                yield str(here / name)


class _Excluded:
    """What is left out of one folder."""

    def __init__(self, settings: Settings, ignore_files: _IgnoreFiles, folder: Path) -> None:
        self._folder = folder
        self._specs = ignore_files.above(folder)
        excluding = _exclude_spec(settings)
        if excluding is not None:
            self._specs = [excluding, *self._specs]

    def has(self, name: str, *, is_folder: bool) -> bool:
        path = self._folder / name
        for base, spec in self._specs:
            if path.is_relative_to(base):
                relative = path.relative_to(base).as_posix() + ("/" if is_folder else "")
                included = spec.check_file(relative).include
                if included is not None:
                    return included
        return False


def _exclude_spec(settings: Settings) -> tuple[Path, GitIgnoreSpec] | None:
    if not settings.exclude:
        return None
    from pathspec import GitIgnoreSpec

    base = Path(settings.config_file).parent if settings.config_file else Path.cwd()
    return base, GitIgnoreSpec.from_lines(settings.exclude)


def _is_force_excluded(path: Path, settings: Settings) -> bool:
    spec = _exclude_spec(settings) if settings.force_exclude else None
    if spec is None:
        return False
    base, patterns = spec
    absolute = path.absolute()
    return absolute.is_relative_to(base) and patterns.match_file(absolute.relative_to(base).as_posix())


class _IgnoreFiles:
    """The .gitignore files that hold in a folder, the nearest first, up to the repository's root."""

    def __init__(self) -> None:
        self._above: dict[Path, list[tuple[Path, GitIgnoreSpec]]] = {}

    def above(self, folder: Path) -> list[tuple[Path, GitIgnoreSpec]]:
        if folder not in self._above:
            own = self._read(folder)
            at_root = (folder / ".git").exists() or folder.parent == folder
            self._above[folder] = own + ([] if at_root else self.above(folder.parent))
        return self._above[folder]

    def _read(self, folder: Path) -> list[tuple[Path, GitIgnoreSpec]]:
        try:
            text = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        from pathspec import GitIgnoreSpec

        return [(folder, GitIgnoreSpec.from_lines(text.splitlines()))]
