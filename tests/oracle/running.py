"""Runs programs in real Keras, a few hundred in one process and two processes at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

RUNNER = Path(__file__).with_name("runner.py")
IN_ONE_PROCESS = 300
"""Programs that share one start of TensorFlow; what they leave behind makes the next ones slower."""


@dataclass(frozen=True, order=True)
class Wanted:
    """A program, the Keras it is run with, and what it is to do there."""

    keras: str
    identifier: str
    code: str
    outcome: str


def run_programs(programs: Iterable[Wanted]) -> dict[tuple[str, str], dict[str, object]]:
    """What each program did, by its identifier and Keras."""
    parts: list[list[Wanted]] = []
    for _, found in groupby(sorted(programs), key=lambda each: each.keras):
        same = list(found)
        parts += [same[start : start + IN_ONE_PROCESS] for start in range(0, len(same), IN_ONE_PROCESS)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(chain.from_iterable(pool.map(_run, parts)))


def _run(programs: list[Wanted]) -> list[tuple[tuple[str, str], dict[str, object]]]:
    keras = programs[0].keras
    asked = [{"id": each.identifier, "code": each.code, "outcome": each.outcome} for each in programs]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(RUNNER), keras, folder]
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    seen: dict[str, dict[str, object]] = {each["id"]: each for each in told}
    lost: dict[str, object] = {"agrees": False, "observed": f"the process ended: {done.stderr[-2000:]}"}
    return [((each.identifier, keras), seen.get(each.identifier, lost)) for each in programs]
