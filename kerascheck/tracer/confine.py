"""What the operating system is asked to hold the child to, whatever library its code writes or connects with.

Linux's Landlock takes the right to write outside of the scratch folder, to connect over TCP and to signal other
processes; where the kernel does not have it, what is watched in Python remains.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
import sys
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38

_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_CHANGE = sum(1 << bit for bit in range(4, 13))
"""Removing and making files, folders, links, sockets and devices."""

_TCP = 0b11
_SCOPES = 0b11

_DEVICES = ("null", "zero", "full", "tty", "random", "urandom", "ptmx")
_DEVICE_FOLDERS = ("/dev/shm", "/dev/pts")

MAXIMUM_FORKS = 64
"""How many processes the user's code may split off."""


def _library() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def die_with_parent() -> None:
    """Let the system end this process when its parent ends."""
    library = _library()
    if library is not None:
        library.prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)


def limit_memory(mebibytes: int) -> None:
    """Let allocations fail above a limit, of this process and those it starts; 0 for none."""
    if os.name != "posix":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if mebibytes:
        # The address space holds far more than is used: TensorFlow reserves gigabytes of it.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = mebibytes << 20
        resource.setrlimit(resource.RLIMIT_DATA, (min(wanted, hard) if hard >= 0 else wanted, hard))


def confine_writes(writable: Path, *, accelerators: bool = False) -> bool:
    """Let nothing be written outside ``writable``, by this thread and those it starts; whether the kernel does it."""
    library = _library()
    if library is None:
        return False
    version = int(library.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG))
    if version < 1:
        return False
    changes = _WRITE_FILE | _CHANGE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    fields = [changes, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = int(library.syscall(_CREATE_RULESET, attributes[:size], ctypes.c_size_t(size), 0))
    if rules < 0:
        return False
    try:
        _allow(library, rules, writable, changes)
        for folder in _DEVICE_FOLDERS:
            _allow(library, rules, Path(folder), changes)
        devices = [Path("/dev", name) for name in _DEVICES]
        if accelerators:
            devices += Path("/dev").glob("nvidia*")
        for device in devices:
            _allow(library, rules, device, changes & (_WRITE_FILE | _TRUNCATE))
        if library.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            return False
        return int(library.syscall(_RESTRICT_SELF, rules, 0)) == 0
    finally:
        os.close(rules)


def _allow(library: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _WRITE_FILE | _TRUNCATE
        library.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


def default_memory() -> int:
    """Three quarters of the memory that this machine or container has, in MiB; 0 where that is not known."""
    known = []
    with contextlib.suppress(ValueError, OSError, AttributeError):
        known.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            known.append(int(Path(name).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return min(known, default=0) * 3 // 4 >> 20
