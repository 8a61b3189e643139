"""Whether any file makes kerascheck crash, run long or take much memory.

    python benchmarks/robustness.py PATH|PACKAGE ... [--every K] [--jobs N] [--limit SECONDS] [--slowest N]

checks every ``.py`` file below each path (``stdlib`` means Python's own library; a package's name, its installed
folder), each file alone, in N processes that are used for many files each. A file is given up after three times the
limit, in seconds of CPU. Printed are the crashes (an exception that left kerascheck, or a process that died), the
internal errors, the files over the limit, the slowest ones and the most memory that a process took; the exit code is 1
if there is any of the first three.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import signal
import sysconfig
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from kerascheck.config import Settings
from kerascheck.engine import Tools, analyse
from kerascheck.source import SourceError, read_source


@dataclass(frozen=True)
class Outcome:
    """How checking one file went."""

    path: str
    seconds: float = 0.0
    memory: float = 0.0
    internal: str = ""
    crash: str = ""


class TooLong(BaseException):
    """The file was given up."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="each K-th file only")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--limit", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--slowest", type=int, default=10, metavar="N")
    options = parser.parse_args()
    files = [str(path) for target in options.targets for path in files_of(target)][:: options.every]
    started = time.perf_counter()
    outcomes = list(check_all(files, options.jobs, options.limit))
    bad = [each for each in outcomes if each.crash or each.internal or each.seconds > options.limit]
    for each in bad:
        print(f"{each.path}: {each.crash or each.internal or f'{each.seconds:.1f} s of CPU'}")
    for each in sorted(outcomes, key=lambda each: -each.seconds)[: options.slowest]:
        print(f"{each.seconds:8.2f} s  {each.path}")
    memory = max((each.memory for each in outcomes), default=0.0)
    print(
        f"{len(outcomes)} files, {sum(each.seconds for each in outcomes):.0f} s of CPU in "
        f"{time.perf_counter() - started:.0f} s; {sum(bool(each.crash) for each in outcomes)} crashes, "
        f"{sum(bool(each.internal) for each in outcomes)} internal errors, "
        f"{sum(each.seconds > options.limit for each in outcomes)} over {options.limit:g} s; {memory:.0f} MiB at most"
    )
    raise SystemExit(1 if bad else 0)


def files_of(target: str) -> list[Path]:
    """The Python files of a path, an installed package or the standard library."""
    root = Path(target)
    if target == "stdlib":
        root = Path(sysconfig.get_path("stdlib"))
    elif not root.exists():
        found = importlib.util.find_spec(target)
        if found is None or found.submodule_search_locations is None:
            raise SystemExit(f"no folder and no installed package: {target}")
        root = Path(next(iter(found.submodule_search_locations)))
    if root.is_file():
        return [root]
    return [path for path in sorted(root.rglob("*.py")) if target != "stdlib" or "site-packages" not in path.parts]


def check_all(files: list[str], jobs: int, limit: float) -> Iterator[Outcome]:
    """Check each file in a pool; after a process died, the files that were under way are checked one by one."""
    left = list(files)
    with ProcessPoolExecutor(jobs) as pool:
        futures = {pool.submit(check, path, limit): path for path in files}
        try:
            for future in as_completed(futures):
                yield future.result()
                left.remove(futures[future])
        except BrokenProcessPool:
            pass
    for path in left:
        with ProcessPoolExecutor(1) as alone:
            try:
                yield alone.submit(check, path, limit).result()
            except BrokenProcessPool:
                yield Outcome(path, crash="the process died")


def check(path: str, limit: float) -> Outcome:
    """Check one file in this process."""
    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, 3 * limit)
    start = time.process_time()
    internal = crash = ""
    try:
        found = analyse(read_source(path), Settings(), Tools())
        internal = "; ".join(each.message for each in found.diagnostics if each.internal)
    except SourceError:
        pass
    except TooLong:
        crash = f"given up after {3 * limit:g} s"
    except BaseException as error:
        crash = f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Outcome(path, time.process_time() - start, memory, internal, crash)


def give_up(number: int, frame: FrameType | None) -> None:
    raise TooLong


if __name__ == "__main__":
    main()
