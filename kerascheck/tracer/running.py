"""Runs the user's code to its end, however it ends: its time, its crash, and what it did to the interpreter."""

from __future__ import annotations

import builtins
import contextlib
import faulthandler
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.guard import Refused
from kerascheck.tracer.messages import first_line, memory_sentence
from kerascheck.tracer.request import Ending, Request
from kerascheck.tracer.training import StopRun

REPEAT_SECONDS = 0.25
"""How soon code that swallowed the end of its time is told again."""

FAULT_SECONDS = 1.0
"""How long after its time a process that does not answer writes down where it is."""

_SIGNAL = signal.SIGINT if os.name == "nt" else signal.SIGXCPU
"""What tells the main thread that its time is up: a signal that no code handles."""

_RESTORED = (builtins, json, json.encoder, json.decoder, os, os.path, io, time, threading)
"""The modules that are put back as they were, whatever the user's code does to them."""


class TimeUp(BaseException):
    """The user's code has run for as long as it may, and was at ``source``."""

    def __init__(self, source: Source | None) -> None:
        super().__init__()
        self.source = source


class AnalysisTimeUp(Exception):
    """The user's code, called once more to be recorded, has run for as long as it may."""


class WrongTargetError(Exception):
    """The target names nothing that can be traced; the message is for the user."""


@dataclass(slots=True)
class Result:
    """How the user's code ended, and with which exception where it crashed."""

    ending: Ending
    sentence: str = ""
    span: Span | None = None
    error: BaseException | None = None


def run(request: Request, user: UserCode, runner: Callable[[], None], faults: Path | None) -> Result:
    """Run the user's code by calling ``runner``; ``faults`` is where a dying process writes down where it was."""
    error: BaseException | None = None
    with _fault_handler(faults, request.seconds), time_limit(request.seconds, user, TimeUp):
        kept = _keep()
        try:
            runner()
        except BaseException as raised:
            error = raised
        finally:
            # Before anything else: a tracer would stop kerascheck's own code, and that needs whole builtins.
            sys.settrace(None)
            _restore(kept)
    match error:
        case None | SystemExit():
            return Result(Ending.FINISHED)
        case StopRun():
            return Result(Ending.STOPPED, error.what)
        case TimeUp():
            return Result(Ending.TIMEOUT, span=error.source.span if error.source else None)
        case WrongTargetError():
            return Result(Ending.CRASHED, str(error))
    return replace(_crash(error, user, request), error=error)


@contextlib.contextmanager
def time_limit(seconds: float, user: UserCode, error: Callable[[Source | None], BaseException]) -> Iterator[None]:
    """While it lasts, the main thread may take ``seconds``; then ``error`` is raised in it until it gives up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    over = threading.Event()

    def on_signal(_number: int, frame: FrameType | None) -> None:
        if not over.is_set():
            made = error(user.here())
            arm(user, frame, made)
            raise made

    def watch() -> None:
        wait, limit = over.wait, seconds
        while not wait(limit):
            limit = REPEAT_SECONDS
            signal.raise_signal(_SIGNAL) if os.name == "nt" else os.kill(os.getpid(), _SIGNAL)

    before = signal.signal(_SIGNAL, on_signal)
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.signal(_SIGNAL, signal.SIG_IGN if before == signal.SIG_DFL else before)


def arm(user: UserCode, frame: FrameType | None, error: BaseException) -> None:
    """Let ``error`` be raised by the next step that the user's code takes in this thread."""

    def tracer(frame: FrameType, _event: str, _argument: Any) -> Any:
        if not user.owns(frame.f_code.co_filename):
            return None
        raise error

    while frame is not None:
        if user.owns(frame.f_code.co_filename):
            frame.f_trace, frame.f_trace_opcodes = tracer, True
        frame = frame.f_back
    sys.settrace(tracer)


@contextlib.contextmanager
def _fault_handler(faults: Path | None, seconds: float) -> Iterator[None]:
    """While it lasts, a process that dies of a signal, or hangs in C code, writes down its stack."""
    if faults is None:
        yield
        return
    first = os.open(faults, os.O_WRONLY | os.O_CREAT, 0o600)
    descriptor = _high(first)
    os.close(first)
    faulthandler.enable(descriptor, all_threads=False)
    faulthandler.dump_traceback_later(seconds + FAULT_SECONDS, file=descriptor)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()
        with contextlib.suppress(OSError):
            # The user's code may have closed it.
            os.close(descriptor)


def _high(descriptor: int) -> int:
    """A copy of a descriptor, out of the way of code that closes the first ones."""
    if os.name == "nt":
        return os.dup(descriptor)
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 500)


@dataclass(slots=True)
class _Kept:
    """What the interpreter was like.

    Attributes:
        spaces: the names of the modules that are put back.
        modules: all modules.
        folder: the working directory.
        recursion: how deep calls may nest.
        streams: copies of the descriptors of the standard streams, by their number.
    """

    spaces: list[tuple[ModuleType, dict[str, Any]]]
    modules: dict[str, ModuleType]
    folder: str
    recursion: int
    streams: dict[int, int]


def _keep() -> _Kept:
    """Remember what the user's code may change of the interpreter, and kerascheck and Keras rely on."""
    spaces = [(module, dict(vars(module))) for module in _RESTORED]
    streams = {number: _high(number) for number in (1, 2)}
    return _Kept(spaces, dict(sys.modules), os.getcwd(), sys.getrecursionlimit(), streams)  # noqa: PTH109


def _restore(kept: _Kept) -> None:
    """Put it back. The builtins come first: until then, nothing but syntax and methods may be used."""
    for module, names in kept.spaces:
        module.__dict__.update(names)
    for name, module in kept.modules.items():
        if name != "__main__" and sys.modules.get(name) is not module:
            sys.modules[name] = module
    sys.setprofile(None)
    sys.setrecursionlimit(kept.recursion)
    with contextlib.suppress(OSError):
        os.chdir(kept.folder)
    for number, copy in kept.streams.items():
        # Where the copy was closed as well, what is printed from now on is lost.
        with contextlib.suppress(OSError):
            os.dup2(copy, number)
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def _crash(error: BaseException, user: UserCode, request: Request) -> Result:
    source = user.innermost(error.__traceback__)
    told = f"{type(error).__name__}: {first_line(error)}".removesuffix(": ")
    refused = Refused.behind(error)
    if refused is not None:
        told = refused.sentence
    elif isinstance(error, MemoryError):
        told = f"{memory_sentence(request.memory)}: {told}"
    elif type(error).__name__ == "ResourceExhaustedError":
        told = f"{memory_sentence(request.memory)}: {first_line(error)}"
    if isinstance(error, SyntaxError) and error.filename and user.owns(error.filename):
        line = error.lineno or 1
        where = Span(user.public_name(error.filename), line, error.offset or 1, line, error.end_offset or 1)
        return Result(Ending.CRASHED, f"{where.file}:{line}: {type(error).__name__}: {error.msg}", where)
    if source is None:
        return Result(Ending.CRASHED, told)
    span = source.span
    cell = f" (cell {span.cell})" if span.cell is not None else ""
    return Result(Ending.CRASHED, f"{span.file}:{span.line}{cell}: {told}", span)
