"""Traces many programs from one process that has imported TensorFlow: each in a fork of its own, in half a second.

``python tracing.py`` reads one JSON list of jobs from standard input, ``{"target", "keras", "device", …}`` with the
fields of :class:`kerascheck.tracer.request.Request`, and writes one JSON answer a line, in order: what the child of
``kerascheck trace`` writes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascheck.tracer.parent import read_answer
from kerascheck.tracer.request import Outcome, Request

if TYPE_CHECKING:
    from kerascheck.tracer.child import Prepared


GRACE_SECONDS = 120.0
"""How much longer than the user's code may run all that is done with it may take."""

POLL_SECONDS = 0.01


def trace_all(requests: Iterable[Request]) -> Iterator[Outcome]:
    """How each request ended, in order."""
    asked = list(requests)
    outcomes: dict[int, Outcome] = {}
    # Which Keras `tf.keras` is, TensorFlow decides as it is imported.
    for keras in sorted({request.keras for request in asked}):
        numbers = [number for number, request in enumerate(asked) if request.keras == keras]
        outcomes |= zip(numbers, _trace_in_one_process([asked[number] for number in numbers]), strict=True)
    return (outcomes[number] for number in range(len(asked)))


def _trace_in_one_process(asked: list[Request]) -> Iterator[Outcome]:
    jobs = json.dumps([request.to_json() for request in asked])
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    environment["TF_USE_LEGACY_KERAS"] = "1" if asked[0].keras == "2" else "0"
    command = [sys.executable, __file__]
    done = subprocess.run(command, check=False, input=jobs, capture_output=True, text=True, env=environment)
    lines = done.stdout.splitlines()
    if len(lines) != len(asked):
        raise RuntimeError(f"{len(lines)} answers to {len(asked)} requests: {done.stderr[-2000:]}")
    for request, line in zip(asked, lines, strict=True):
        yield read_answer(json.loads(line), request)


def main() -> None:
    """Answer the jobs on standard input."""
    from kerascheck.tracer.child import prepare

    if os.environ["TF_USE_LEGACY_KERAS"] == "1":
        import tf_keras

        del tf_keras
    jobs = [Request.from_json(job) for job in json.loads(sys.stdin.read())]
    # Nothing in a job that differs from the first may matter to how TensorFlow is watched.
    prepared = prepare(jobs[0])
    for request in jobs:
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder, "answer.json")
            child = os.fork()
            if not child:
                _answer(request, answer, prepared)
            _wait(child, 2 * request.seconds + GRACE_SECONDS)
            told = answer.read_text(encoding="utf-8") if answer.exists() else json.dumps(_lost())
        print(told, flush=True)


def _wait(child: int, seconds: float) -> None:
    """Wait for a child to end; one that hangs in the locks of the threads that a fork leaves behind is ended."""
    deadline = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(POLL_SECONDS)


def _answer(request: Request, answer: Path, prepared: Prepared) -> None:
    """Trace one program in this process, with the care of `kerascheck trace`, and end it."""
    from kerascheck.tracer.child import main as run_child

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    if not os.environ.get("KERASCHECK_DEBUG"):
        os.dup2(nowhere, 2)
    asked = answer.with_name("request.json")
    asked.write_text(json.dumps(request.to_json()), encoding="utf-8")
    try:
        run_child([str(asked), str(answer)], prepared)
    finally:
        # An error must not leave this process to the code of its parent.
        os._exit(1)


def _lost() -> dict[str, Any]:
    return {"program": None, "ending": "lost", "sentence": "the process died", "span": None, "notes": []}


if __name__ == "__main__":
    main()
