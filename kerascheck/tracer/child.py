"""The child process: runs the user's code with TensorFlow, and writes down what it built.

``python -m kerascheck.tracer.child REQUEST ANSWER``; the only way into the modules that import keras or tensorflow.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from kerascheck.tracer.confine import confine_writes, die_with_parent, limit_memory
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.guard import Guard
from kerascheck.tracer.input_shapes import parse_inputs
from kerascheck.tracer.journal import Journal, Phase
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.overlay import Overlay
from kerascheck.tracer.request import Ending, Request
from kerascheck.tracer.running import AnalysisTimeUp, Result, arm, run, time_limit
from kerascheck.tracer.training import StopRun, Training
from kerascheck.tracer.wire import write_program
from kerascheck.tracer.wire_values import write_span

ANALYSIS_SECONDS = 60.0
"""How much longer than the user's code may run the analysis may take."""

_open, _write, _close, _replace, _getpid, _end = os.open, os.write, os.close, os.replace, os.getpid, os._exit
"""As they are before the user's code can put others in their place."""


def main(arguments: list[str], prepared: Prepared | None = None) -> None:
    """Run the request in one file and write the answer into another."""
    asked, answer = (Path(argument) for argument in arguments)
    request = Request.from_json(json.loads(asked.read_text(encoding="utf-8")))
    dumps, process = json.dumps, os.getpid()
    die_with_parent()
    os.register_at_fork(after_in_child=die_with_parent)
    _use_scratch(answer.parent)
    limit_memory(request.memory)
    if not request.unsafe:
        confine_writes(answer.parent, accelerators=request.run_training)
    try:
        told = dumps(reply(request, prepared, answer.parent))
    except Exception as error:
        # A failure of kerascheck itself: one sentence, as everywhere.
        if os.environ.get("KERASCHECK_DEBUG"):
            raise
        sentence = f"{request.target}: internal error in trace: {type(error).__name__}: {first_line(error)}"
        told = dumps(_answer(None, Result(Ending.LOST, sentence), []))
    if _getpid() == process:
        _write_whole(str(answer), told.encode())
    # The user's threads may run on for ever, and what is to run at the end may hang; no stream is to be trusted.
    _end(0)


def _write_whole(path: str, data: bytes) -> None:
    """Write a file that is there completely or not at all."""
    unfinished = path + ".part"
    descriptor = _open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    view = memoryview(data)
    while view:
        view = view[_write(descriptor, view) :]
    _close(descriptor)
    _replace(unfinished, path)


def _use_scratch(scratch: Path) -> None:
    """Let temporary files and the caches of other libraries go where they may."""
    temporary = scratch / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"] = os.environ["MPLCONFIGDIR"] = os.environ["XDG_CACHE_HOME"] = str(temporary)
    tempfile.tempdir = str(temporary)


@dataclass(slots=True)
class Prepared:
    """TensorFlow and Keras, imported and watched, before the user's code runs."""

    user: UserCode
    runtime: Any
    training: Training
    graph_mode: Any


def prepare(request: Request) -> Prepared:
    """Import and watch TensorFlow and Keras.

    Raises:
        ImportError: one of them is not there.
    """
    with _silence():
        tensorflow = import_module("tensorflow")
        keras = import_module("keras")
    from kerascheck.tracer.setup import set_up

    user = UserCode()
    prepared = Prepared(user, *set_up(tensorflow, keras, user, request))
    # What the imports left, over a million objects, is no garbage; searching it was a fifth of the time of a trace.
    gc.freeze()
    return prepared


def reply(request: Request, prepared: Prepared | None = None, scratch: Path | None = None) -> dict[str, Any]:
    """Run the request in this process; the answer as plain data, for :func:`kerascheck.tracer.parent.read_answer`.

    With ``scratch``, an empty folder of this run alone, the user's code writes its files there and nowhere else.
    """
    process = os.getpid()
    try:
        ready = prepared or prepare(request)
    except ImportError as error:
        sentence = f"trace needs TensorFlow and Keras in {sys.executable}: {first_line(error)}"
        return _answer(None, Result(Ending.LOST, sentence), [])
    from kerascheck.tracer.analysis import analyse
    from kerascheck.tracer.freezing import trainable_changes
    from kerascheck.tracer.inputs_given import forget_half_made, give_inputs
    from kerascheck.tracer.loaded import Loaded
    from kerascheck.tracer.targets import run_target, source_file

    runtime, training = ready.runtime, ready.training
    given = parse_inputs(request.input_shapes)
    guard, loaded = _guard(request, scratch, training), Loaded()
    loaded.install()
    journal = Journal(scratch and scratch / "journal", request.stop_after, functools.partial(_stop_here, ready.user))
    runtime.journal = journal
    runner = functools.partial(run_target, request, ready.user, runtime, training.notes)
    journal.enter(Phase.RUNNING)
    result = run(request, ready.user, runner, scratch and scratch / "faults")
    journal.enter(Phase.ANALYSING)
    files = loaded.files(source_file(request), ready.user)
    if os.getpid() != process:
        # The code has split off this process, and the one it came from answers.
        _end(0)
    if result.error is not None:
        runtime.crashed(result.error)
    half_made = forget_half_made(runtime)
    if given and not give_inputs(runtime, given):
        training.notes.setdefault("no model needs --input-shape")
    with time_limit(request.seconds + ANALYSIS_SECONDS / 2, ready.user, AnalysisTimeUp):
        program = analyse(runtime, request)
    program.loaded = files
    program.train_ops = list(ready.graph_mode.train_ops())
    program.trainable_changes = list(trainable_changes(training.freezing))
    program.data_calls = list(training.data)
    # An object that went away could give its id to another.
    del half_made
    if guard is not None:
        guard.active = False
    return _answer(write_program(program), result, _notes(training))


def _guard(request: Request, scratch: Path | None, training: Training) -> Guard | None:
    """Lead what the user's code writes into ``scratch``, and refuse what cannot be."""
    if scratch is None or request.unsafe:
        return None
    from kerascheck.tracer.file_calls import lead

    whole = os.path.realpath(scratch)
    overlay = Overlay(f"{whole}/files", whole)
    Path(overlay.root).mkdir()
    guard = Guard(overlay.may_write)
    lead(overlay)
    guard.install()
    training.scratch = whole
    return guard


def _stop_here(user: UserCode) -> None:
    """Stop the user's code at its next step: an earlier run died behind what it has just made."""
    arm(user, sys._getframe(), StopRun("the code was ended where it died before"))


def _answer(program: Any, result: Result, notes: list[str]) -> dict[str, Any]:
    return {
        "program": program,
        "ending": str(result.ending),
        "sentence": result.sentence,
        "span": write_span(result.span),
        "notes": notes,
    }


def _notes(training: Training) -> list[str]:
    names = ", ".join(f"{name}()" for name in training.skipped)
    skipped = [f"did not run {names} (--run-training runs them)"] if names else []
    return [*skipped, *training.notes]


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what TensorFlow's libraries print when they are loaded from the user."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


if __name__ == "__main__":
    main(sys.argv[1:])
