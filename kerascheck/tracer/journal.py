"""A few numbers that the child keeps in a shared file, so that its parent knows how far it came even if it dies."""

from __future__ import annotations

import mmap
import struct
import time
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

_FORM = struct.Struct("<qqdd")


class Phase(IntEnum):
    """What the child is doing."""

    STARTING = 0
    RUNNING = 1
    ANALYSING = 2


@dataclass(slots=True)
class Entry:
    """What the journal says.

    Attributes:
        phase: what the child is doing.
        events: how many layers, calls and models the user's code had made.
        since: when the phase began, on the system's monotonic clock.
        last: when the last event was.
    """

    phase: Phase = Phase.STARTING
    events: int = 0
    since: float = 0.0
    last: float = 0.0


def read_journal(path: Path) -> Entry:
    """What the child wrote last; the beginning where it wrote nothing readable."""
    try:
        phase, events, since, last = _FORM.unpack(path.read_bytes()[: _FORM.size])
        return Entry(Phase(phase), events, since, last)
    except (OSError, ValueError, struct.error):
        return Entry()


class Journal:
    """The child's side: every event costs one store into memory shared with the file.

    ``stop_after`` is the event after which ``stop`` is called, for code that died behind it in an earlier run.
    """

    __slots__ = ("_entry", "_map", "_stop", "_stop_after")

    def __init__(self, path: Path | None, stop_after: int | None = None, stop: Any = None) -> None:
        self._entry = Entry(since=time.monotonic())
        self._stop_after, self._stop = stop_after, stop
        self._map: mmap.mmap | None = None
        if path is not None:
            path.write_bytes(bytes(_FORM.size))
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), _FORM.size)
        self._write()

    def _write(self) -> None:
        if self._map is not None:
            entry = self._entry
            _FORM.pack_into(self._map, 0, entry.phase, entry.events, entry.since, entry.last)

    def enter(self, phase: Phase) -> None:
        """The child goes on to its next phase."""
        self._entry.phase, self._entry.since = phase, time.monotonic()
        self._write()

    def event(self) -> None:
        """The user's code has made a layer, a model or a call."""
        entry = self._entry
        if entry.phase is not Phase.RUNNING:
            return
        entry.events += 1
        entry.last = time.monotonic()
        self._write()
        if entry.events == self._stop_after:
            self._stop()
