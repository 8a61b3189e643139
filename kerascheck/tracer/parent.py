"""Starts the child that runs the user's code, watches it, and reads what it found. Imports no TensorFlow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kerascheck.tracer.request import Ending, Outcome, Request
from kerascheck.tracer.wire import read_program
from kerascheck.tracer.wire_values import WireError, read_span

GRACE_SECONDS = 60.0
"""How long the child may take to import TensorFlow, and after its time is up to write what was built until then."""

CHILD = "kerascheck.tracer.child"


def run_child(request: Request) -> Outcome:
    """Run ``request`` in a child process and wait for it, at most a little longer than its own limit."""
    with tempfile.TemporaryDirectory(prefix="kerascheck-") as directory:
        asked, answer = Path(directory, "request.json"), Path(directory, "answer.json")
        asked.write_text(json.dumps(request.to_json()), encoding="utf-8")
        command = [sys.executable, "-P", "-m", CHILD, str(asked), str(answer)]
        # What the user's code prints must not mix with findings, so its stdout goes to our stderr.
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, env=_environment(request)) as child:
            try:
                code = child.wait(timeout=request.seconds + GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                return Outcome(None, Ending.TIMEOUT, _timeout_sentence(request))
            except BaseException:
                child.kill()
                raise
        return _read(answer, code, request)


def _environment(request: Request) -> dict[str, str]:
    environment = dict(os.environ)
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "KERAS_BACKEND": "tensorflow", "PYTHONUNBUFFERED": "1"}
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if request.keras != "auto":
        environment["TF_USE_LEGACY_KERAS"] = "1" if request.keras == "2" else "0"
    if not request.run_training:
        # Building a model needs no accelerator, and TensorFlow would take all of its memory.
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    root = str(Path(__file__).resolve().parent.parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), root]))
    return environment


def _timeout_sentence(request: Request) -> str:
    return f"{request.target} was stopped after {request.seconds:g} s (--timeout)"


def _read(answer: Path, code: int, request: Request) -> Outcome:
    if not answer.exists():
        return Outcome(None, Ending.LOST, _death_sentence(code, request.target))
    try:
        data = json.loads(answer.read_text(encoding="utf-8"))
    except ValueError as error:
        return Outcome(None, Ending.LOST, f"{request.target}: the answer of the traced process is damaged ({error})")
    return read_answer(data, request)


def read_answer(data: Any, request: Request) -> Outcome:
    """The outcome that the child wrote as plain data."""
    try:
        program = None if data["program"] is None else read_program(data["program"])
        ending = Ending(data["ending"])
        sentence = _timeout_sentence(request) if ending is Ending.TIMEOUT else str(data["sentence"])
        notes = tuple(str(note) for note in data["notes"])
        return Outcome(program, ending, sentence, read_span(data["span"]), notes)
    except (WireError, ValueError, KeyError, TypeError) as error:
        return Outcome(None, Ending.LOST, f"{request.target}: the answer of the traced process is damaged ({error})")


def _death_sentence(code: int, target: str) -> str:
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"{target}: the traced process died of {name} while it ran your code"
    return f"{target}: the traced process ended with exit code {code} and gave no answer"
