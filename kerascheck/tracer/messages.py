"""What an exception says, in one line."""

from __future__ import annotations

import re

LONGEST_MESSAGE = 300

_TERMINAL = re.compile("\x1b\\[[0-9;]*m|^\\{\\{function_node \\S+\\}\\} ")
_WRAPPING = ("Exception encountered when calling", "in user code:")


def first_line(error: BaseException) -> str:
    """The first line that says something, without what Keras puts around it."""
    try:
        text = _TERMINAL.sub("", str(error))
    except Exception:
        # An exception of the user's own may fail to tell what it is.
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = next((line for line in lines if not line.startswith(_WRAPPING)), lines[0] if lines else "")
    return told if len(told) <= LONGEST_MESSAGE else told[: LONGEST_MESSAGE - 3] + "..."


def memory_sentence(limit: int) -> str:
    """What is told where the code asks for more memory than it may have, ``limit`` in MiB."""
    return f"needs more than {limit} MiB of memory (--memory-limit)" if limit else "needs more memory than there is"
