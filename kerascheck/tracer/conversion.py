"""Watches for tf.functions that do not run as the Python they are."""

from __future__ import annotations

from typing import Any

from kerascheck.tracer.autographed import autograph, mark, needs_autograph, return_to
from kerascheck.tracer.runtime import Runtime, patch


def convert_where_needed(runtime: Runtime) -> None:
    """From now on, a tf.function that does not run as the Python it is runs as AutoGraph makes it."""
    from tensorflow.python.eager.polymorphic_function import autograph_util
    from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

    def watch_call(original: Any) -> Any:
        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            session = runtime.session
            before = None if session is None else mark(session)
            try:
                return original(function, *args, **kwargs)
            except Exception as error:
                if not needs_autograph(error) or not function._autograph:
                    raise
            converted = autograph_util.py_func_from_autograph(function._python_function)
            with autograph():
                if session is None or before is None or not session.recording:
                    return converted(*args, **kwargs)
                return_to(session, before)
                return session.call_function(str(function.__name__), converted, args, kwargs)

        return call

    patch(Function, "__call__", watch_call)


def watch_conversions(runtime: Runtime) -> None:
    """Remember which line of the user's each line is made from that AutoGraph writes."""
    from tensorflow.python.autograph.pyct.transpiler import PyToPy

    def watch_transform(original: Any) -> Any:
        def transform_function(transpiler: Any, *args: Any) -> Any:
            function, module, lines = original(transpiler, *args)
            for written, origin in lines.items():
                runtime.user.converted[written.filename, written.lineno] = (origin.loc.filename, origin.loc.lineno)
            return function, module, lines

        return transform_function

    patch(PyToPy, "transform_function", watch_transform)
