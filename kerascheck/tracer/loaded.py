"""Which files of the user's were run: those of a script, and of every module that was imported, even half."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from kerascheck.tracer.frames import UserCode


@dataclass(slots=True)
class Loaded:
    """The names that what was executed had been compiled under, in order. Its audit hook stays for the whole run."""

    filenames: dict[str, None] = field(default_factory=dict)

    def install(self) -> None:
        """Watch from now on."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        # A module that fails while it is imported is in no list of modules, but it was run until there.
        if event == "exec" and arguments and isinstance(arguments[0], CodeType):
            self.filenames.setdefault(arguments[0].co_filename)

    def files(self, target: str | None, user: UserCode) -> tuple[str, ...]:
        """The user's files that were run, ``target`` as the user calls it before the others; none if it was not run."""
        if target is None:
            return ()
        here = os.path.realpath(target)
        # Files that are the user's only because the target names them belong to an installed package.
        theirs = UserCode(files=user.files)
        found = [os.path.realpath(name) for name in list(self.filenames) if theirs.owns(name)]
        return (target, *(name for name in found if name != here)) if here in found else ()
