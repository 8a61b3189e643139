"""``python -m kerascheck``, and the command ``kerascheck``."""

from __future__ import annotations

import gc
import sys
from contextlib import nullcontext

from kerascheck.cli import main
from kerascheck.sharing import one_run


def run() -> int:
    """Run the command line in a process that ends with it; returns the exit code."""
    with nullcontext() if sys.argv[1:2] == ["server"] else one_run():
        code = main()
        # Python goes through all objects for garbage at its end, which takes as long as checking a few large files.
        gc.freeze()
    return code


if __name__ == "__main__":
    raise SystemExit(run())
