"""What the user's code may not do while it is traced: it is refused where Python tells of it before it happens.

This is the second line, behind the files that are written elsewhere and the kernel; Python code that means harm gets
around it.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerascheck.tracer.confine import MAXIMUM_FORKS

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_CHANGES: dict[str, tuple[int, ...]] = {
    "os.chflags": (0,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (1,),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.removexattr": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.setxattr": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
}
"""Which arguments of Python's audit events are paths that are changed."""

_PROGRAMS: dict[str, int] = {
    "os.exec": 0,
    "os.posix_spawn": 0,
    "os.spawn": 1,
    "os.startfile": 0,
    "os.system": 0,
    "subprocess.Popen": 0,
}
"""The events that start another program, and which argument names it."""

_INTERNET = (2, 10, 23, 30)
"""AF_INET and the values that AF_INET6 has on Linux, Windows and macOS."""

DEVICES = ("/dev/", "/proc/self/")


class Refused(PermissionError):
    """The user's code was kept from something; ``what`` it would have done, as ``written to ...``."""

    def __init__(self, what: str) -> None:
        super().__init__(1, f"kerascheck trace does not let the code do this without --unsafe; it would have {what}")
        self.what = what

    @property
    def sentence(self) -> str:
        """What is told where this ended the code."""
        return f"the code would have {self.what}, which is refused without --unsafe"

    @classmethod
    def behind(cls, error: BaseException | None) -> Refused | None:
        """The refusal that led to ``error``, if one did."""
        pending: list[object] = [error]
        seen: set[int] = set()
        while pending:
            found = pending.pop()
            if isinstance(found, cls):
                return found
            if isinstance(found, BaseException) and id(found) not in seen:
                seen.add(id(found))
                pending += [found.__context__, found.__cause__, *found.args, vars(found).get("reason")]
        return None


@dataclass(slots=True)
class Guard:
    """The audit hook, which stays for the life of the process.

    Attributes:
        may_write: whether a path may be changed.
        active: whether anything is refused.
        forks: how many processes were split off.
    """

    may_write: Callable[[str], bool]
    active: bool = False
    forks: Any = None

    def install(self) -> None:
        """Watch from now on."""
        # Shared with every process that is split off, so that they count together.
        self.forks = mmap.mmap(-1, 8)
        sys.addaudithook(self._hook)
        self.active = True

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.active:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING:
                self._check(path)
        elif event in _CHANGES:
            for position in _CHANGES[event]:
                self._check(arguments[position])
        elif event == "sqlite3.connect":
            if arguments and arguments[0] not in (":memory:", ""):
                self._check(arguments[0])
        elif event in _PROGRAMS:
            raise Refused(f"started the program {_shown(arguments[_PROGRAMS[event]])}")
        elif event in ("socket.connect", "socket.sendto", "socket.bind"):
            if arguments[0].family in _INTERNET:
                raise Refused(f"used the network ({_shown(arguments[1])})")
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            if arguments[0]:
                raise Refused(f"used the network ({_shown(arguments[0])})")
        elif event in ("os.fork", "os.forkpty"):
            self._count_fork()

    def _check(self, path: Any) -> None:
        if isinstance(path, int):
            return
        name = os.fsdecode(path)
        if not self.may_write(name):
            raise Refused(f"changed the file {name}")

    def _count_fork(self) -> None:
        (count,) = struct.unpack_from("<q", self.forks, 0)
        struct.pack_into("<q", self.forks, 0, count + 1)
        if count >= MAXIMUM_FORKS:
            raise Refused(f"split off more than {MAXIMUM_FORKS} processes")


def _shown(value: Any) -> str:
    match value:
        case bytes() | str() | os.PathLike():
            return os.fsdecode(value)
        case (host, int(port), *_):
            return f"{host}:{port}"
        case _:
            return str(value)
