"""Leads what the user's code does with files through the overlay: Python's functions, TensorFlow's and h5py's."""

from __future__ import annotations

import builtins
import functools
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from kerascheck.tracer.overlay import Overlay

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_READING_NAMES = ("stat", "lstat", "access", "readlink", "listxattr", "getxattr", "statvfs", "pathconf")
_CHANGING_NAMES = ("chmod", "chown", "utime", "truncate", "setxattr", "removexattr", "mkfifo", "mknod", "chflags")
_OPENERS = (("tarfile", "bltn_open"), ("bz2", "_builtin_open"), ("lzma", "_builtin_open"))

_GFILE = {
    "FileExists": "r",
    "ReadFileToString": "r",
    "GetChildren": "names",
    "GetMatchingFiles": "r",
    "IsDirectory": "r",
    "Stat": "r",
    "BufferedInputStream": "r",
    "WriteStringToFile": "w",
    "WritableFile": "w",
    "CreateDir": "mkdir",
    "RecursivelyCreateDir": "makedirs",
    "DeleteFile": "remove",
    "DeleteRecursively": "rmtree",
    "RenameFile": "rename",
    "CopyFile": "copy",
}
"""What TensorFlow's own functions for files do with their paths."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder, as ``os.scandir`` gives it, wherever its file is."""

    name: str
    path: str
    real: str

    def __fspath__(self) -> str:
        return self.path

    def inode(self) -> int:
        """See :class:`os.DirEntry`."""
        return self.stat(follow_symlinks=False).st_ino

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """See :class:`os.DirEntry`."""
        return os.path.isdir(self.real) and (follow_symlinks or not self.is_symlink())  # noqa: PTH112

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """See :class:`os.DirEntry`."""
        return os.path.isfile(self.real) and (follow_symlinks or not self.is_symlink())  # noqa: PTH113

    def is_symlink(self) -> bool:
        """See :class:`os.DirEntry`."""
        return os.path.islink(self.real)  # noqa: PTH114

    def is_junction(self) -> bool:
        """See :class:`os.DirEntry`."""
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """See :class:`os.DirEntry`."""
        return os.stat(self.real, follow_symlinks=follow_symlinks)  # noqa: PTH116


def lead(overlay: Overlay) -> None:
    """Replace the functions that work with files, until the process ends."""
    _lead_open(overlay)
    _lead_paths(overlay)
    _lead_folders(overlay)
    # It would work with open folders instead of paths.
    vars(shutil)["_use_fd_functions"] = False
    _lead_tensorflow(overlay)
    if "h5py" in sys.modules:
        _lead_h5py(overlay, sys.modules["h5py"])


def _replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    original = getattr(owner, name, None)
    if original is not None:
        setattr(owner, name, functools.wraps(original)(make(original)))


def _plain(path: Any) -> str | None:
    """``path`` as text; None where it is an open file, or bytes."""
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    return path if isinstance(path, str) else None


def _lead_open(overlay: Overlay) -> None:
    real = io.open

    @functools.wraps(real)
    def opened(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        path = _plain(file)
        if path is None or not isinstance(mode, str) or kwargs.get("opener") is not None or len(args) > 5:
            return real(file, mode, *args, **kwargs)
        if not set("wax+") & set(mode):
            return real(overlay.reading(path), mode, *args, **kwargs)
        if "x" in mode and os.path.lexists(path):
            raise FileExistsError(17, os.strerror(17), path)
        keep = "w" not in mode and "x" not in mode
        if "r" in mode:
            os.stat(path)  # noqa: PTH116
        return real(overlay.writing(path, keep=keep), mode, *args, **kwargs)

    def make_os_open(original: Any) -> Any:
        def os_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            name = _plain(path)
            if name is None or dir_fd is not None:
                return int(original(path, flags, mode, dir_fd=dir_fd))
            if not flags & _WRITING:
                return int(original(overlay.reading(name), flags, mode))
            if not flags & os.O_CREAT:
                os.stat(name)  # noqa: PTH116
            elif flags & os.O_EXCL and os.path.lexists(name):
                raise FileExistsError(17, os.strerror(17), name)
            return int(original(overlay.writing(name, keep=not flags & os.O_TRUNC), flags, mode))

        return os_open

    builtins.open = io.open = opened
    for module, name in _OPENERS:
        loaded = sys.modules.get(module)
        if loaded is not None and vars(loaded).get(name) is real:
            setattr(loaded, name, opened)
    _replace(os, "open", make_os_open)


def _lead_paths(overlay: Overlay) -> None:
    """Lead the functions of :mod:`os` that look at or change what is at one path."""

    def reading(original: Any) -> Any:
        def call(path: Any, *args: Any, **kwargs: Any) -> Any:
            name = None if kwargs.get("dir_fd") is not None else _plain(path)
            return original(path if name is None else overlay.reading(name), *args, **kwargs)

        return call

    def changing(original: Any) -> Any:
        def call(path: Any, *args: Any, **kwargs: Any) -> Any:
            name = None if kwargs.get("dir_fd") is not None else _plain(path)
            return original(path if name is None else overlay.writing(name, keep=True), *args, **kwargs)

        return call

    for name in _READING_NAMES:
        _replace(os, name, reading)
    for name in _CHANGING_NAMES:
        _replace(os, name, changing)


def _lead_folders(overlay: Overlay) -> None:
    """Lead the functions of :mod:`os` that list, make, remove and rename."""

    def on_path(does: Callable[..., Any]) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def call(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
                name = None if kwargs.get("dir_fd") is not None else _plain(path)
                return original(path, *args, **kwargs) if name is None else does(name, *args, **kwargs)

            return call

        return make

    def on_two(does: Callable[[str, str], Any]) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def call(source: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
                names = _plain(source), _plain(target)
                if names[0] is None or names[1] is None or kwargs:
                    return original(source, target, *args, **kwargs)
                return does(names[0], names[1])

            return call

        return make

    def link(source: str, target: str) -> None:
        # A symbolic link stands for a hard one.
        overlay.system["symlink"](os.path.abspath(overlay.reading(source)), overlay.writing(target, keep=False))  # noqa: PTH100

    def symlink(source: str, target: str) -> None:
        overlay.system["symlink"](source, overlay.writing(target, keep=False))

    _replace(os, "listdir", on_path(overlay.names))
    _replace(os, "scandir", on_path(lambda path: _scan(overlay, path)))
    _replace(os, "mkdir", on_path(lambda path, mode=0o777: overlay.make_folder(path, mode)))
    _replace(os, "remove", on_path(overlay.remove))
    _replace(os, "unlink", on_path(overlay.remove))
    _replace(os, "rmdir", on_path(lambda path: overlay.remove(path, folder=True)))
    _replace(os, "chdir", on_path(overlay.enter))
    _replace(os, "rename", on_two(overlay.rename))
    _replace(os, "replace", on_two(overlay.rename))
    _replace(os, "link", on_two(link))
    _replace(os, "symlink", on_two(symlink))
    _replace(os, "getcwd", lambda _: lambda: overlay.folder())  # noqa: PLW0108


class _Scan:
    """What ``os.scandir`` gives: an iterator that can be closed."""

    def __init__(self, found: Iterator[Entry]) -> None:
        self._found = found

    def __iter__(self) -> Iterator[Entry]:
        return self._found

    def __next__(self) -> Entry:
        return next(self._found)

    def __enter__(self) -> _Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give nothing more."""
        self._found = iter(())


def _scan(overlay: Overlay, path: str) -> Any:
    if not overlay.changed:
        return overlay.system["scandir"](path)
    found = [(name, os.path.join(path, name)) for name in overlay.names(path)]  # noqa: PTH118
    return _Scan(Entry(name, full, overlay.reading(full)) for name, full in found)


def _lead_tensorflow(overlay: Overlay) -> None:
    """Lead ``tf.io.gfile``, record and event writers."""
    tensorflow = import_module("tensorflow")
    from tensorflow.python.lib.io import _pywrap_file_io, tf_record
    from tensorflow.python.ops import gen_summary_ops
    from tensorflow.python.summary.writer import event_file_writer

    for name, what in _GFILE.items():
        _replace(_pywrap_file_io, name, functools.partial(_gfile, overlay, what))

    def writing_file(original: Any) -> Any:
        def call(filename: Any, *args: Any, **kwargs: Any) -> Any:
            return original(_written(overlay, filename), *args, **kwargs)

        return call

    def writing_summaries(original: Any) -> Any:
        def call(writer: Any, logdir: Any, *args: Any, **kwargs: Any) -> Any:
            return original(writer, _written(overlay, logdir), *args, **kwargs)

        return call

    def writing_second(original: Any) -> Any:
        def init(made: Any, path: Any, *args: Any, **kwargs: Any) -> None:
            original(made, _written(overlay, path), *args, **kwargs)

        return init

    for module in (tensorflow.io, tensorflow.compat.v1, tensorflow.compat.v1.io):
        _replace(module, "write_file", writing_file)
    _replace(gen_summary_ops, "create_summary_file_writer", writing_summaries)
    _replace(event_file_writer.EventFileWriter, "__init__", writing_second)
    _replace(tf_record.TFRecordWriter, "__init__", writing_second)


def _written(overlay: Overlay, path: Any) -> Any:
    """Where a path of TensorFlow's may be written; folders on the way are made, as TensorFlow makes them."""
    name = _named(path)
    if name is None or overlay.absolute(name) is None:
        return path
    os.makedirs(os.path.dirname(str(overlay.absolute(name))), exist_ok=True)  # noqa: PTH103, PTH120
    return overlay.writing(name, keep=True)


def _named(path: Any) -> str | None:
    """A path as text, which may be bytes or a tensor; None where it is not known."""
    if type(path).__name__ == "EagerTensor":
        path = path.numpy()
    return os.fsdecode(path) if isinstance(path, bytes) else _plain(path)


def _gfile(overlay: Overlay, what: str, original: Any) -> Any:
    """One of TensorFlow's functions for files, led through the overlay."""

    def call(path: Any, *args: Any, **kwargs: Any) -> Any:
        name = _named(path)
        if name is None or overlay.absolute(name) is None:
            return original(path, *args, **kwargs)
        match what:
            case "r":
                return original(_found(overlay, name), *args, **kwargs)
            case "w":
                return original(_written(overlay, name), *args, **kwargs)
            case "names":
                return os.listdir(name)  # noqa: PTH208
            case "mkdir":
                return None if os.path.isdir(name) else os.mkdir(name)  # noqa: PTH102, PTH112
            case "makedirs":
                return os.makedirs(name, exist_ok=True)  # noqa: PTH103
            case "remove":
                return os.remove(name)  # noqa: PTH107
            case "rmtree":
                return shutil.rmtree(name)
            case "rename":
                return os.rename(name, os.fsdecode(args[0]))  # noqa: PTH104
            case _:
                return original(_found(overlay, name), _written(overlay, os.fsdecode(args[0])), *args[1:])

    return call


def _found(overlay: Overlay, name: str) -> str:
    """Where a file is to be read; a path where there is none, if the code has removed it."""
    try:
        return overlay.reading(name)
    except FileNotFoundError:
        return os.path.join(overlay.scratch, "removed")  # noqa: PTH118


def _lead_h5py(overlay: Overlay, h5py: ModuleType) -> None:
    def make(original: Any) -> Any:
        def init(file: Any, name: Any, mode: str = "r", *args: Any, **kwargs: Any) -> None:
            path = _named(name)
            if path is not None:
                path = overlay.reading(path) if mode == "r" else overlay.writing(path, keep=mode in ("a", "r+"))
                name = path
            original(file, name, mode, *args, **kwargs)

        return init

    _replace(h5py.File, "__init__", make)
