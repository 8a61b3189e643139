"""Passes on what the traced process prints, to our stderr, up to a limit."""

from __future__ import annotations

import os
import threading

MOST_OUTPUT = 20 << 20
"""How many bytes are shown; a loop that prints fills no log."""

KEPT = 4096
"""How many of the last bytes are kept to look at."""


class Relay:
    """Reads a pipe in a thread until its last writer has gone, or until it is closed.

    Attributes:
        write_end: what the traced process writes to.
        last: the last bytes of it.
    """

    def __init__(self, *, show: bool) -> None:
        self._read_end, self.write_end = os.pipe()
        self._show = show
        self.last = b""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to pass on, once the process has the other end."""
        os.close(self.write_end)
        self._thread.start()

    def finish(self) -> None:
        """Pass on what is left; a process that was split off and lives on is not waited for."""
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        left = MOST_OUTPUT if self._show else 0
        while data := os.read(self._read_end, 1 << 16):
            self.last = (self.last + data)[-KEPT:]
            if left <= 0:
                continue
            left -= len(data)
            try:
                os.write(2, data)
                if left <= 0:
                    os.write(2, b"\nnote: the code prints more than is shown\n")
            except OSError:
                # Nobody reads our stderr; the process must not block on its own.
                left = 0
        os.close(self._read_end)
