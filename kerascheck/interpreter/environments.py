"""Where packages are installed that a file may import, and which of them are read.

Folders and metadata are read, never imported.
"""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

PROJECT_ENVIRONMENTS = (".venv", "venv")
"""Folders beside a project's pyproject.toml that hold its own environment."""
INSTALLED = frozenset({"site-packages", "dist-packages"})
PACKAGE_FOLDERS = ("lib/python3*/site-packages", "Lib/site-packages")
MAXIMUM_PARENTS = 12
MAXIMUM_FILES = 60
"""Files of a package that are searched for an import of Keras."""

_IMPORT = re.compile(rb"^\s*(?:import|from)\s+(?:keras|tf_keras|tensorflow)\b", re.MULTILINE)
_REQUIREMENT = re.compile(r"^Requires-Dist:\s*(?:tf[-_.])?(?:keras|tensorflow)", re.MULTILINE | re.IGNORECASE)


@lru_cache(maxsize=256)
def is_installed(folder: Path) -> bool:
    """Whether a folder holds installed packages: a file there has only its own package for its project."""
    return folder.name in INSTALLED or next(folder.glob("*.dist-info"), None) is not None


@lru_cache(maxsize=64)
def installed_roots(folder: Path) -> tuple[Path, ...]:
    """The folders of installed packages that a file in ``folder`` imports from, the project's own first."""
    folder = folder.absolute()
    roots = [folder] if is_installed(folder) else _project_packages(folder)
    virtual = os.environ.get("VIRTUAL_ENV")
    if virtual:
        roots += _packages_of(Path(virtual))
    roots += [Path(entry).absolute() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    roots += [Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    for root in tuple(roots):
        roots += _linked(root)
    return tuple(dict.fromkeys(root for root in roots if root.is_dir()))


def _project_packages(folder: Path) -> list[Path]:
    for parent in (folder, *folder.parents)[:MAXIMUM_PARENTS]:
        found = [each for name in PROJECT_ENVIRONMENTS for each in _packages_of(parent / name)]
        if found or (parent / "pyproject.toml").is_file():
            return found
    return []


def _packages_of(environment: Path) -> list[Path]:
    if not environment.is_dir():
        return []
    return [path for pattern in PACKAGE_FOLDERS for path in sorted(environment.glob(pattern))]


def _linked(root: Path) -> list[Path]:
    """The folders that ``.pth`` files add: packages installed in editable mode."""
    found: list[Path] = []
    for path in sorted(root.glob("*.pth")):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        found += [root / line.strip() for line in lines if line.strip() and not line.startswith(("#", "import"))]
    return found


@lru_cache(maxsize=512)
def is_built_on_keras(root: str, package: str) -> bool:
    """Whether the package installed below ``root`` requires or imports Keras or TensorFlow."""
    folder = Path(root)
    single = folder / f"{package}.py"
    if single.is_file():
        return _imports_keras(single)
    if not package.isidentifier() or not (folder / package).is_dir():
        return False
    for information in folder.glob(f"{package}-*.dist-info"):
        try:
            text = (information / "METADATA").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if _REQUIREMENT.search(text):
            return True
    return _some_file_imports_keras(folder / package)


def _some_file_imports_keras(package: Path) -> bool:
    """Breadth first: what a package is built on shows near its top."""
    folders, seen = [package], 0
    while folders:
        current = folders.pop(0)
        try:
            entries = sorted(current.iterdir())
        except OSError:
            continue
        folders += [each for each in entries if each.is_dir() and not each.name.startswith((".", "_"))]
        for entry in entries:
            if entry.suffix == ".py":
                seen += 1
                if _imports_keras(entry):
                    return True
                if seen >= MAXIMUM_FILES:
                    return False
    return False


def _imports_keras(path: Path) -> bool:
    try:
        return _IMPORT.search(path.read_bytes()) is not None
    except OSError:
        return False
