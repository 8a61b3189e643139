"""The child process: runs the user's code with TensorFlow, and writes down what it built.

``python -m kerascheck.tracer.child REQUEST ANSWER``; the only way into the modules that import keras or tensorflow.
"""

from __future__ import annotations

import contextlib
import json
import linecache
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.source import SourceError, read_source
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.request import Ending, Request, TargetKind, parse_attribute
from kerascheck.tracer.training import StopRun, Training
from kerascheck.tracer.wire import write_program
from kerascheck.tracer.wire_values import write_span


class TimeUp(BaseException):
    """The user's code has run for as long as it may."""


@dataclass(slots=True)
class Result:
    """How the user's code ended."""

    ending: Ending
    sentence: str = ""
    span: Span | None = None


class WrongTargetError(Exception):
    """The target names nothing that can be traced; the message is for the user."""


def main(arguments: list[str]) -> None:
    """Run the request in one file and write the answer into another."""
    asked, answer = arguments
    request = Request.from_json(json.loads(Path(asked).read_text(encoding="utf-8")))
    try:
        told = json.dumps(reply(request))
    except Exception as error:
        # A failure of kerascheck itself: one sentence, as everywhere.
        if os.environ.get("KERASCHECK_DEBUG"):
            raise
        sentence = f"{request.target}: internal error in trace: {type(error).__name__}: {first_line(error)}"
        told = json.dumps(_answer(None, Result(Ending.LOST, sentence), []))
    unfinished = Path(answer).with_suffix(".part")
    unfinished.write_text(told, encoding="utf-8")
    unfinished.replace(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    # The user's threads may run on for ever.
    os._exit(0)


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
    return Prepared(user, *set_up(tensorflow, keras, user, request))


def reply(request: Request, prepared: Prepared | None = None) -> dict[str, Any]:
    """Run the request in this process; the answer as plain data, for :func:`kerascheck.tracer.parent.read_answer`."""
    try:
        ready = prepared or prepare(request)
    except ImportError as error:
        sentence = f"trace needs TensorFlow and Keras in {sys.executable}: {first_line(error)}"
        return _answer(None, Result(Ending.LOST, sentence), [])
    from kerascheck.tracer.analysis import analyse

    result = _run(request, ready.user, ready.runtime)
    program = analyse(ready.runtime, request)
    program.train_ops = list(ready.graph_mode.train_ops())
    return _answer(write_program(program), result, _notes(ready.training))


def _answer(program: Any, result: Result, notes: list[str]) -> dict[str, Any]:
    return {
        "program": program,
        "ending": str(result.ending),
        "sentence": result.sentence,
        "span": write_span(result.span),
        "notes": notes,
    }


def _notes(training: Training) -> list[str]:
    if not training.skipped:
        return []
    names = ", ".join(f"{name}()" for name in training.skipped)
    return [f"did not run {names} (--run-training runs them)"]


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


def _run(request: Request, user: UserCode, runtime: Any) -> Result:
    """Run the user's code to its end, however it ends."""
    expired = threading.Event()

    def on_signal(_number: int, _frame: Any) -> None:
        raise TimeUp if expired.is_set() else KeyboardInterrupt

    def expire() -> None:
        expired.set()
        signal.raise_signal(signal.SIGINT) if os.name == "nt" else os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, on_signal)
    timer = threading.Timer(request.seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        _RUNNERS[request.kind](request, user, runtime)
    except SystemExit:
        return Result(Ending.FINISHED)
    except StopRun as stop:
        return Result(Ending.STOPPED, stop.what)
    except TimeUp as error:
        source = user.innermost(error.__traceback__)
        return Result(Ending.TIMEOUT, span=source.span if source else None)
    except WrongTargetError as error:
        return Result(Ending.CRASHED, str(error))
    except BaseException as error:
        return _crash(error, user)
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return Result(Ending.FINISHED)


def _crash(error: BaseException, user: UserCode) -> Result:
    source = user.innermost(error.__traceback__)
    told = f"{type(error).__name__}: {first_line(error)}".removesuffix(": ")
    if isinstance(error, SyntaxError) and error.filename and user.owns(error.filename):
        line = error.lineno or 1
        where = Span(user.public_name(error.filename), line, error.offset or 1, line, error.end_offset or 1)
        return Result(Ending.CRASHED, f"{where.file}:{line}: {type(error).__name__}: {error.msg}", where)
    if source is None:
        return Result(Ending.CRASHED, told)
    span = source.span
    cell = f" (cell {span.cell})" if span.cell is not None else ""
    return Result(Ending.CRASHED, f"{span.file}:{span.line}{cell}: {told}", span)


def _run_script(request: Request, user: UserCode, runtime: Any) -> None:
    """Run a script, or the cells of a notebook one after the other, as ``__main__``."""
    del runtime
    try:
        source = read_source(request.target)
    except SourceError as error:
        raise WrongTargetError(f"{error.span.file}: {error.message}") from None
    filename = str(Path(request.target).absolute())
    user.files[filename] = source
    linecache.cache[filename] = (len(source.text), None, source.text.splitlines(keepends=True), filename)
    module = types.ModuleType("__main__")
    vars(module).update(__file__=request.target, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    sys.argv = [request.target]
    sys.path.insert(0, str(Path(request.target).absolute().parent))
    if source.cells:
        vars(module)["get_ipython"] = lambda: None
    exec(compile(source.text, filename, "exec"), vars(module))


def _run_attribute(request: Request, user: UserCode, runtime: Any) -> None:
    """Import a module and take or call what the target names in it."""
    target = parse_attribute(request.target)
    sys.path.insert(0, str(Path.cwd()))
    spec = _find_module(target.module)
    if spec is not None:
        # The target is the user's, though it may be installed among the libraries.
        user.own = (str(Path(spec).parent),)
    value: Any = import_module(target.module)
    for index, name in enumerate(target.names):
        if name not in dir(value):
            raise WrongTargetError(f"{'.'.join((target.module, *target.names[:index]))} has no attribute {name!r}")
        value = getattr(value, name)
    if not _is_model(runtime, value):
        if not callable(value):
            raise WrongTargetError(f"{request.target} is a {type(value).__name__}, neither a model nor callable")
        args, kwargs = target.arguments or ((), {})
        value = value(*args, **kwargs)
    if not _is_model(runtime, value):
        raise WrongTargetError(f"{request.target} gives a {type(value).__name__}, not a Keras model")


def _find_module(name: str) -> str | None:
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def _is_model(runtime: Any, value: Any) -> bool:
    return any(library.is_layer(value) for library in runtime.libraries)


def _run_saved(request: Request, user: UserCode, runtime: Any) -> None:
    """Load a ``.keras`` file, without running any Lambda in it."""
    user.fallback = Source(Span(request.target, 1, 1, 1, 1))
    saving = import_module("keras").saving
    try:
        saving.load_model(request.target, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises whatever the file's contents lead it to.
        raise WrongTargetError(f"{request.target}: {type(error).__name__}: {first_line(error)}") from None
    del runtime


_RUNNERS: dict[TargetKind, Callable[[Request, UserCode, Any], None]] = {
    TargetKind.SCRIPT: _run_script,
    TargetKind.NOTEBOOK: _run_script,
    TargetKind.ATTRIBUTE: _run_attribute,
    TargetKind.SAVED: _run_saved,
}


if __name__ == "__main__":
    main(sys.argv[1:])
