"""How long checking a model takes beside importing TensorFlow.

Times ``kerascheck examples/mnist.py`` and ``python -c "import tensorflow"`` in fresh processes, one after the other so
that both meet the same load, and prints the median of the ratios. Says too whether the check loaded tensorflow or
keras. Nothing is asserted: times belong to the machine they were taken on.

    python benchmarks/startup.py [--pairs 5] [--file examples/mnist.py]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("tensorflow", "keras", "tf_keras", "networkx", "numpy")

LOADED = """
import json, sys
from kerascheck.cli import main
main(["--quiet", sys.argv[1]])
print("\\n" + json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5, help="how many times each is run (default: 5)")
    parser.add_argument("--file", default="examples/mnist.py", help="the file to check, from the root of the project")
    options = parser.parse_args()

    check = [sys.executable, "-m", "kerascheck", "--quiet", options.file]
    load = [sys.executable, "-c", "import tensorflow"]
    # Once each unmeasured: the first run reads from the disk and writes byte code.
    seconds(check)
    seconds(load)
    pairs = [(seconds(check), seconds(load)) for _ in range(options.pairs)]

    print(f"{'pair':>4} {'kerascheck':>11} {'tensorflow':>11} {'ratio':>7}")
    for number, (checked, loaded) in enumerate(pairs, start=1):
        print(f"{number:>4} {checked:>10.3f}s {loaded:>10.3f}s {checked / loaded:>7.3f}")
    checked, loaded = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(checked / loaded for checked, loaded in pairs)
    print(f"median: kerascheck {checked:.3f}s, import tensorflow {loaded:.3f}s, ratio {ratio:.3f}")

    loaded_modules = modules_loaded(options.file)
    for name in HEAVY:
        print(f"{name} in sys.modules after the check: {'yes' if name in loaded_modules else 'no'}")


def seconds(command: list[str]) -> float:
    """The wall-clock time of a command, which may exit 1 for findings."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    # An installed package has its byte code beside it; a checkout gets it from the first run, unless this forbids it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return elapsed


def modules_loaded(file: str) -> list[str]:
    """Which of the heavy modules a check loads."""
    command = [sys.executable, "-c", LOADED, file, *HEAVY]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return names


if __name__ == "__main__":
    main()
