"""Room on Python's stack for functions that call each other deeply, as the interpreter's and the rules' do.

CPython takes the memory for the frames of calls from the system 16 KiB at a time, and gives each piece back as soon as
the call that was first in it ends. Where the calls go up and down across the end of a piece, nearly each of them takes
and returns one. A frame larger than that gets a piece of twice its size, and the calls below it find room in that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

ROOM = 1 << 16
"""Values that fit on the stack of the one large frame, and about as many in the frames of the calls within it."""


def with_room(run: Callable[[], Result]) -> Result:
    """``run()``, with half a megabyte for the frames of what it calls. Memory that is not used is not taken."""
    return run()


# The frame is as large as the code says that its stack may become.
with_room.__code__ = with_room.__code__.replace(co_stacksize=ROOM)
