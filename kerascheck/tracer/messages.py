"""What an exception says, in one line."""

from __future__ import annotations

import re

LONGEST_MESSAGE = 300

_TERMINAL = re.compile("\x1b\\[[0-9;]*m")
_WRAPPING = ("Exception encountered when calling", "in user code:")


def first_line(error: BaseException) -> str:
    """The first line that says something, without what Keras puts around it."""
    text = _TERMINAL.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = next((line for line in lines if not line.startswith(_WRAPPING)), lines[0] if lines else "")
    return told if len(told) <= LONGEST_MESSAGE else told[: LONGEST_MESSAGE - 3] + "..."
