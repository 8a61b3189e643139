"""Lets the user's code write files that only it sees: what it writes is kept in a scratch folder and found again there.

A file that is changed is copied first, one that is removed is only no longer found, and nothing outside of the scratch
folder changes.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

MOST_COPIED = 256 << 20
"""No file larger than this is copied to be changed, and no folder with more in it to be renamed."""

DIRECT = ("/dev", "/proc", "/sys")
"""What is no file of the user's."""

_OPEN = open
_NAMES = ("stat", "lstat", "listdir", "scandir", "mkdir", "getcwd", "symlink", "unlink", "rmdir", "chdir")


@dataclass(slots=True)
class Overlay:
    """The files as the user's code sees them.

    Attributes:
        root: where changed files are kept, below their own absolute path.
        scratch: the folder in which everything may be written directly.
        system: the functions of :mod:`os` as they were before they were replaced.
        removed: the absolute paths that are no longer there.
        changed: whether anything was written or removed at all.
        written: the files that were, in order, as the user's code named them.
    """

    root: str
    scratch: str
    system: dict[str, Callable[..., Any]] = field(default_factory=lambda: {name: getattr(os, name) for name in _NAMES})
    removed: set[str] = field(default_factory=set)
    changed: bool = False
    written: dict[str, None] = field(default_factory=dict)

    def absolute(self, path: str) -> str | None:
        """The absolute path that the user's code means; None where it is no file of the user's."""
        if "://" in path:
            return None
        full = os.path.normpath(os.path.join(self.folder(), path))  # noqa: PTH118
        if _within(full, self.root):
            full = full[len(self.root) :] or "/"
        return None if _within(full, self.scratch) or any(_within(full, each) for each in DIRECT) else full

    def folder(self) -> str:
        """The working directory, as the user's code sees it."""
        try:
            here = str(self.system["getcwd"]())
        except FileNotFoundError:
            return "/"
        return (here[len(self.root) :] or "/") if _within(here, self.root) else here

    def reading(self, path: str) -> str:
        """Where the file is that the user's code sees at ``path``.

        Raises:
            FileNotFoundError: the code has removed it.
        """
        if not self.changed:
            return path
        full = self.absolute(path)
        if full is None:
            return path
        if self._is_removed(full):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        kept = self.root + full
        if self._there(kept) and not (self._is_folder(kept) and self._is_folder(full)):
            return kept
        return full

    def writing(self, path: str, *, keep: bool) -> str:
        """Where the user's code may write what is to be at ``path``; with ``keep``, what was there is kept.

        Raises:
            OSError: the folder is not there, or the file is too large to be copied.
        """
        full = self.absolute(path)
        if full is None:
            return path
        parent = os.path.dirname(full)  # noqa: PTH120
        if not self._is_folder(self.reading(parent)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        kept = self.root + full
        self._folders(os.path.dirname(kept))  # noqa: PTH120
        if keep and not self._there(kept) and not self._is_removed(full) and self._there(full):
            self._copy(full, kept)
        self.changed = True
        self.removed.discard(full)
        self.written.setdefault(path)
        return kept

    def remove(self, path: str, *, folder: bool = False) -> None:
        """Let the user's code no longer see a file or an empty folder.

        Raises:
            OSError: as the functions of :mod:`os` do.
        """
        full = self.absolute(path)
        if full is None:
            self.system["rmdir" if folder else "unlink"](path)
            return
        there = self.reading(path)
        self.system["lstat"](there)
        if folder != self._is_folder(there):
            code = errno.ENOTDIR if folder else errno.EISDIR
            raise OSError(code, os.strerror(code), path)
        if folder and self.names(path):
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)
        kept = self.root + full
        if self._there(kept):
            self.system["rmdir" if folder else "unlink"](kept)
        self.changed = True
        self.removed.add(full)

    def names(self, path: str) -> list[str]:
        """What a folder holds.

        Raises:
            OSError: it is no folder.
        """
        full = self.absolute(path)
        if full is None or not self.changed:
            return list(self.system["listdir"](path))
        kept = self.root + full
        if self._is_removed(full):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if not self._there(full):
            return list(self.system["listdir"](kept if self._there(kept) else path))
        found = dict.fromkeys(self.system["listdir"](full))
        if self._is_folder(kept):
            found |= dict.fromkeys(self.system["listdir"](kept))
        return [name for name in found if os.path.join(full, name) not in self.removed]  # noqa: PTH118

    def make_folder(self, path: str, mode: int) -> None:
        """Make a folder that the user's code sees.

        Raises:
            OSError: there is something already, or the folder around it is not there.
        """
        if self.absolute(path) is None:
            self.system["mkdir"](path, mode)
            return
        if self._sees(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        was_removed = self.absolute(path) in self.removed
        kept = self.writing(path, keep=False)
        if was_removed:
            # What the folder held before is not to come back with it.
            real = kept[len(self.root) :]
            self.removed |= {os.path.join(real, name) for name in self._real_names(real)}  # noqa: PTH118
        self.system["mkdir"](kept, mode)

    def rename(self, old: str, new: str) -> None:
        """Let the user's code see what was at ``old`` at ``new``.

        Raises:
            OSError: there is nothing, or too much to be copied.
        """
        there = self.reading(old)
        self.system["lstat"](there)
        target = self.writing(new, keep=False)
        if self._is_folder(there):
            shutil.copytree(there, target, copy_function=self._copy, dirs_exist_ok=True)
        else:
            self._copy(there, target)
        if self.absolute(old) is None:
            os.unlink(old)  # noqa: PTH108
            return
        full = str(self.absolute(old))
        kept = self.root + full
        if self._is_folder(kept):
            shutil.rmtree(kept)
        elif self._there(kept):
            self.system["unlink"](kept)
        self.removed.add(full)

    def enter(self, path: str) -> None:
        """Change the working directory.

        Raises:
            OSError: there is no such folder.
        """
        self.system["chdir"](self.reading(path))

    def may_write(self, path: str) -> bool:
        """Whether a path may really be written."""
        full = os.path.normpath(os.path.join(self.system["getcwd"](), path))  # noqa: PTH118
        return _within(full, self.scratch) or any(_within(full, each) for each in DIRECT[:2])

    def _sees(self, path: str) -> bool:
        try:
            self.system["lstat"](self.reading(path))
        except OSError:
            return False
        return True

    def _is_removed(self, full: str) -> bool:
        """Whether ``full`` or a folder around it was removed."""
        while full not in ("", "/"):
            if full in self.removed:
                return True
            full = os.path.dirname(full)  # noqa: PTH120
        return False

    def _real_names(self, full: str) -> Iterable[str]:
        return self.system["listdir"](full) if self._is_folder(full) else ()

    def _there(self, path: str) -> bool:
        try:
            self.system["lstat"](path)
        except OSError:
            return False
        return True

    def _is_folder(self, path: str) -> bool:
        try:
            return stat.S_ISDIR(self.system["stat"](path).st_mode)
        except OSError:
            return False

    def _folders(self, path: str) -> None:
        if not self._there(path):
            self._folders(os.path.dirname(path))  # noqa: PTH120
            self.system["mkdir"](path)

    def _copy(self, source: str, target: str, *, follow_symlinks: bool = True) -> str:
        del follow_symlinks
        status = self.system["stat"](source)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_COPIED:
            raise PermissionError(errno.EACCES, "kerascheck trace does not copy this to let the code change it", source)
        with _OPEN(source, "rb") as original, _OPEN(target, "wb") as copy:
            shutil.copyfileobj(original, copy)
        return target


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
