"""Starts the child that runs the user's code, watches it, and reads what it found. Imports no TensorFlow."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kerascheck.diagnostic import Span
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.journal import Entry, Phase, read_journal
from kerascheck.tracer.messages import memory_sentence
from kerascheck.tracer.output import Relay
from kerascheck.tracer.request import Ending, Outcome, Request
from kerascheck.tracer.wire import read_program
from kerascheck.tracer.wire_values import WireError, read_span

START_SECONDS = 120.0
"""How long the child may take to import TensorFlow."""

LATE_SECONDS = 4.0
"""How long after its time the child may take to stop the user's code; then it is ended."""

GRACE_SECONDS = 60.0
"""How much longer than the user's code the analysis may take, or a second run that shows what a dead child built."""

POLL_SECONDS = 0.05

CHILD = "kerascheck.tracer.child"

REQUEST, ANSWER, JOURNAL, FAULTS = "request.json", "answer.json", "journal", "faults"
"""The files in the child's folder."""

_FAULT_FRAME = re.compile(r'^  File "(.+)", line (\d+) in ', re.MULTILINE)
_NO_MEMORY = (b"std::bad_alloc", b"Out of memory", b"Cannot allocate memory")


class Running(Protocol):
    """A process that runs a request."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        ...


Start = Callable[[Request, Path, int], Running]
"""Starts a process for a request, in a folder, that writes what it prints to a file descriptor."""


def start_process(request: Request, folder: Path, output: int) -> Running:
    """Start the child, in a session of its own, so that all it splits off can be ended with it."""
    command = [sys.executable, "-P", "-m", CHILD, str(folder / REQUEST), str(folder / ANSWER)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        # What the user's code prints must not mix with findings.
        stdout=output,
        stderr=output,
        env=_environment(request),
        start_new_session=True,
    )


@dataclass(frozen=True, slots=True)
class Death:
    """A run that gave no answer.

    Attributes:
        code: the exit code; None where the parent ended it because its time was up.
        entry: how far it came.
        where: the user's line it was at, where that is known.
        no_memory: whether it says that memory ran out.
    """

    code: int | None
    entry: Entry
    where: Span | None
    no_memory: bool = False


def run_child(request: Request, start: Start = start_process) -> Outcome:
    """Run ``request`` in a child process and wait for it, at most a little longer than its own limit.

    A child that dies leaves only a journal. It is run again, up to the last event the journal tells of, so that what
    was built before is reported all the same.
    """
    first = _run(request, start)
    if isinstance(first, Outcome):
        return first
    ending = Ending.TIMEOUT if first.code is None else Ending.LOST
    sentence = _death_sentence(first, request)
    if first.entry.phase is Phase.RUNNING and first.entry.events:
        seconds = min(request.seconds, GRACE_SECONDS) + LATE_SECONDS
        again = _run(replace(request, stop_after=first.entry.events, seconds=seconds), start, again=True)
        if isinstance(again, Outcome) and again.program is not None:
            return Outcome(again.program, ending, sentence, first.where, again.notes)
    return Outcome(None, ending, sentence, first.where)


def _run(request: Request, start: Start, *, again: bool = False) -> Outcome | Death:
    """Run a request once."""
    with tempfile.TemporaryDirectory(prefix="kerascheck-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / REQUEST).write_text(json.dumps(request.to_json()), encoding="utf-8")
        relay = Relay(show=not again)
        child = start(request, folder, relay.write_end)
        relay.start()
        try:
            code = _wait(child, folder / JOURNAL, request)
        finally:
            _end(child)
        relay.finish()
        if (folder / ANSWER).exists():
            return _read(folder / ANSWER, request)
        no_memory = any(word in relay.last for word in _NO_MEMORY)
        return Death(code, read_journal(folder / JOURNAL), _fault(folder / FAULTS, request.target), no_memory)


def _wait(child: Running, journal: Path, request: Request) -> int | None:
    """The exit code of the child; None where one of its phases took too long."""
    started = time.monotonic()
    while (code := child.poll()) is None:
        entry = read_journal(journal)
        match entry.phase:
            case Phase.STARTING:
                late = time.monotonic() - started > START_SECONDS
            case Phase.RUNNING:
                late = time.monotonic() - entry.since > request.seconds + LATE_SECONDS
            case Phase.ANALYSING:
                late = time.monotonic() - entry.since > request.seconds + GRACE_SECONDS
        if late:
            return None
        time.sleep(POLL_SECONDS)
    return code


def _end(child: Running) -> None:
    """End the child and everything it split off."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            os.kill(child.pid, signal.SIGTERM)
        else:
            os.killpg(child.pid, signal.SIGKILL)
    while child.poll() is None:
        time.sleep(POLL_SECONDS / 10)


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


def _read(answer: Path, request: Request) -> Outcome:
    try:
        data = json.loads(answer.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        return Outcome(None, Ending.LOST, f"{request.target}: the answer of the traced process is damaged ({error})")
    return read_answer(data, request)


def read_answer(data: Any, request: Request) -> Outcome:
    """The outcome that the child wrote as plain data."""
    try:
        program = None if data["program"] is None else read_program(data["program"])
        ending = Ending(data["ending"])
        span = read_span(data["span"])
        sentence = _timeout_sentence(request, span) if ending is Ending.TIMEOUT else str(data["sentence"])
        notes = tuple(str(note) for note in data["notes"])
        return Outcome(program, ending, sentence, span, notes)
    except (WireError, ValueError, KeyError, TypeError, RecursionError) as error:
        return Outcome(None, Ending.LOST, f"{request.target}: the answer of the traced process is damaged ({error})")


def _timeout_sentence(request: Request, span: Span | None) -> str:
    where = "" if span is None else f", at {span.file}:{span.line}"
    return f"{request.target} was stopped after {request.seconds:g} s (--timeout){where}"


def _fault(path: Path, target: str) -> Span | None:
    """The user's line in the stack that Python's fault handler wrote when the process died, or when its time was up."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # A report calls the target what the user called it.
    user = UserCode(names={str(Path(target).absolute()): target})
    # The newest stack comes last, and the innermost frame of each first.
    for stack in reversed(text.split("(most recent call first):")):
        for file, line in _FAULT_FRAME.findall(stack):
            if user.owns(file):
                return Span(user.public_name(file), int(line), 1, int(line), 1)
    return None


def _death_sentence(death: Death, request: Request) -> str:
    where = request.target if death.where is None else f"{death.where.file}:{death.where.line}"
    if death.code is None:
        match death.entry.phase:
            case Phase.RUNNING:
                return _timeout_sentence(request, death.where)
            case Phase.ANALYSING:
                return f"{request.target}: looking at what the code built took too long (--timeout)"
            case Phase.STARTING:
                return f"{request.target}: TensorFlow could not be imported within {START_SECONDS:g} s"
    if death.no_memory:
        return f"{where}: {memory_sentence(request.memory)}"
    what = {Phase.STARTING: "while it imported TensorFlow", Phase.RUNNING: "while it ran your code"}
    when = what.get(death.entry.phase, "while it looked at what the code built")
    if death.code < 0:
        try:
            name = signal.Signals(-death.code).name
        except ValueError:
            name = f"signal {-death.code}"
        return f"{where}: the traced process died of {name} {when}"
    return f"{where}: the traced process ended with exit code {death.code} {when}"
