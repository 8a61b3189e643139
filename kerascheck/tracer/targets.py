"""Runs what the target names: a script, a notebook, an attribute of a module, a saved model."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from kerascheck.source import SourceError, read_source
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.request import Request, TargetKind, parse_attribute
from kerascheck.tracer.running import WrongTargetError
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.saved import load_file
from kerascheck.tracer.saved_model import load_folder


def run_target(request: Request, user: UserCode, runtime: Runtime, notes: dict[str, None]) -> None:
    """Run the target to its end.

    Raises:
        WrongTargetError: it names nothing that can be traced.
        BaseException: whatever the user's code raises.
    """
    if request.kind in (TargetKind.SAVED, TargetKind.HDF5):
        load_file(request, user)
    elif request.kind is TargetKind.SAVED_MODEL:
        load_folder(request, user, runtime, notes)
    else:
        runners: dict[TargetKind, Callable[[Request, UserCode, Runtime], None]] = {
            TargetKind.SCRIPT: _run_script,
            TargetKind.NOTEBOOK: _run_script,
            TargetKind.ATTRIBUTE: _run_attribute,
        }
        runners[request.kind](request, user, runtime)


def _run_script(request: Request, user: UserCode, runtime: Runtime) -> None:
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


def _run_attribute(request: Request, user: UserCode, runtime: Runtime) -> None:
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


def source_file(request: Request) -> str | None:
    """The file whose source a target is run from, as the user calls it; None for a saved model."""
    match request.kind:
        case TargetKind.SCRIPT | TargetKind.NOTEBOOK:
            return request.target
        case TargetKind.ATTRIBUTE:
            origin = _find_module(parse_attribute(request.target).module)
            return origin if origin is not None and origin.endswith(".py") else None
        case _:
            return None


def _find_module(name: str) -> str | None:
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def _is_model(runtime: Runtime, value: Any) -> bool:
    return any(library.is_layer(value) for library in runtime.libraries)
