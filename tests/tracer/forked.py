"""Runs targets as ``kerascheck trace`` does, each in a fork of one process that has imported TensorFlow.

``python forked.py`` reads a JSON list of jobs, ``{"folder", "request"}``, and writes one JSON line each: how it ended,
what was printed, and how long it took. Only the import of TensorFlow is spared; limits, journal and second runs are
real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascheck.program import Program
from kerascheck.tracer.request import Ending, Outcome, Request
from kerascheck.tracer.wire import read_program, write_program
from kerascheck.tracer.wire_values import read_span, write_span


@dataclass(frozen=True, slots=True)
class Ended:
    """How one run ended, what it printed, and the seconds it took."""

    outcome: Outcome
    printed: str
    seconds: float

    @property
    def program(self) -> Program:
        """What was reported, which may be nothing."""
        return self.outcome.program or Program("")

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models that were reported."""
        return tuple(model.name for model in self.program.models)


def run_all(jobs: Iterable[tuple[Path, Request]]) -> Iterator[Ended]:
    """Run each request in its folder, in order."""
    asked = [{"folder": str(folder), "request": request.to_json()} for folder, request in jobs]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    environment.pop("TF_USE_LEGACY_KERAS", None)
    done = subprocess.run(
        [sys.executable, __file__],
        check=False,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env=environment,
        timeout=600,
    )
    lines = done.stdout.splitlines()
    if len(lines) != len(asked):
        raise RuntimeError(f"{len(lines)} answers to {len(asked)} jobs: {done.stderr[-2000:]}")
    for line in lines:
        told = json.loads(line)
        program = None if told["program"] is None else read_program(told["program"])
        outcome = Outcome(
            program, Ending(told["ending"]), told["sentence"], read_span(told["span"]), tuple(told["notes"])
        )
        yield Ended(outcome, told["printed"], told["seconds"])


class _Fork:
    """A process that was split off this one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


def main() -> None:
    """Run the jobs on standard input."""
    import tf_keras

    del tf_keras
    from kerascheck.tracer import child
    from kerascheck.tracer.parent import ANSWER, REQUEST, run_child

    jobs = json.loads(sys.stdin.read())
    prepared = child.prepare(Request.from_json(jobs[0]["request"]))
    # This file calls kerascheck here, and is no code of the user's.
    prepared.user.verdicts[__file__] = False

    def start(request: Request, folder: Path, output: int) -> Any:
        pid = os.fork()
        if not pid:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            child.main([str(folder / REQUEST), str(folder / ANSWER)], prepared)
        return _Fork(pid)

    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for job in jobs:
        os.chdir(job["folder"])
        printed = Path(job["folder"]).parent / "printed"
        os.dup2(os.open(printed, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), 2)
        begin = time.monotonic()
        outcome = run_child(Request.from_json(job["request"]), start)
        told = {
            "program": None if outcome.program is None else write_program(outcome.program),
            "ending": str(outcome.ending),
            "sentence": outcome.sentence,
            "span": write_span(outcome.span),
            "notes": outcome.notes,
            "printed": printed.read_bytes()[-4000:].decode(errors="replace"),
            "seconds": time.monotonic() - begin,
        }
        out.write(json.dumps(told) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
