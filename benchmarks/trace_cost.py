"""What tracing ResNet50 costs beside building it without kerascheck.

Two ratios, each the median of several pairs run one after the other:

    command     `kerascheck trace script.py` beside `python script.py`, from start to end
    in process  the traced code and its analysis beside the code alone, everything being imported already

    python benchmarks/trace_cost.py [--pairs N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = "import keras\n\nmodel = keras.applications.ResNet50(weights=None)\n"

ALONE = """
import sys, time
import keras, tensorflow
code = compile(open(sys.argv[1]).read(), sys.argv[1], "exec")
started = time.perf_counter()
exec(code, {"__name__": "__main__"})
print(time.perf_counter() - started)
"""

TRACED = """
import os, sys, time
import kerascheck.tracer.analysis
from kerascheck.tracer.child import prepare, reply
from kerascheck.tracer.request import Request, TargetKind
request = Request(sys.argv[1], TargetKind.SCRIPT)
ready = prepare(request)
started = time.perf_counter()
answer = reply(request, ready)
seconds = time.perf_counter() - started
assert answer["program"]["models"], answer["sentence"]
print(seconds)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = str(Path(folder, "script.py"))
        Path(script).write_text(SCRIPT, encoding="utf-8")
        python, trace = [sys.executable, script], [sys.executable, "-m", "kerascheck", "trace", script]
        report("command", [(wall(python), wall(trace)) for _ in range(options.pairs)])
        inside = [(printed(ALONE, script), printed(TRACED, script)) for _ in range(options.pairs)]
        report("in process", inside)


def report(what: str, pairs: list[tuple[float, float]]) -> None:
    """One line: both medians and the median of the ratios."""
    alone, traced = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(traced / alone for alone, traced in pairs)
    print(f"{what:<12} alone {alone:.2f} s, traced {traced:.2f} s, ratio {ratio:.2f}")


def wall(command: list[str]) -> float:
    """How long a command takes."""
    started = time.perf_counter()
    subprocess.run(command, env=environment(), capture_output=True, check=True)
    return time.perf_counter() - started


def printed(code: str, script: str) -> float:
    """The seconds that a program prints last."""
    command = [sys.executable, "-c", code, script]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def environment() -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


if __name__ == "__main__":
    main()
