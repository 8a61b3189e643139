"""How much CPU checking a folder takes, against what it takes to parse it, and where the time goes.

    python benchmarks/parse_ratio.py PATH [--profile N] [--every K]

prints the processor time of ``ast.parse`` over the Python files below PATH, that of ``kerascheck check`` over the same
files in one process, and their ratio; then the slowest files and, with ``--profile``, the N functions that took most.
``--every K`` takes each K-th file only.
"""

from __future__ import annotations

import argparse
import ast
import cProfile
import pstats
import resource
import time
import warnings
from contextlib import suppress
from pathlib import Path

from kerascheck.config import Settings
from kerascheck.engine import Tools, analyse
from kerascheck.sharing import one_run
from kerascheck.source import SourceError, read_source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--profile", type=int, default=0, metavar="N")
    parser.add_argument("--every", type=int, default=1, metavar="K")
    parser.add_argument("--slowest", type=int, default=10, metavar="N")
    options = parser.parse_args()
    files = sorted(options.path.rglob("*.py"))[:: options.every]
    parsing = parse_all(files)
    profile = cProfile.Profile()
    if options.profile:
        profile.enable()
    seconds = check_all(files)
    profile.disable()
    checking = sum(seconds.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(files)} files: parsed in {parsing:.2f} s, checked in {checking:.2f} s of CPU")
    print(f"{checking / parsing:.1f} times ast.parse; {memory:.0f} MiB at most")
    for path, taken in sorted(seconds.items(), key=lambda item: -item[1])[: options.slowest]:
        print(f"{taken:8.2f} s  {path}")
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(options.profile)


def parse_all(files: list[Path]) -> float:
    """Seconds of CPU that ``ast.parse`` takes for the texts of ``files``."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    start = time.process_time()
    for text in texts:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
        except SyntaxError:
            continue
    return time.process_time() - start


def check_all(files: list[Path]) -> dict[Path, float]:
    """Seconds of CPU that each file takes to check; what is imported once is counted with the first."""
    tools, settings = Tools(), Settings()
    seconds: dict[Path, float] = {}
    # As `check_files` does.
    with one_run():
        for path in files:
            start = time.process_time()
            with suppress(SourceError):
                analyse(read_source(str(path)), settings, tools)
            seconds[path] = time.process_time() - start
    return seconds


if __name__ == "__main__":
    main()
