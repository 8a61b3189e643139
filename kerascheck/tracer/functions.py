"""Wraps the public functions and the operators of tensors, so that a session sees what the user's code calls."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, FunctionType
from typing import Any

from kerascheck.tracer.library import Library
from kerascheck.tracer.runtime import Runtime, replace_attribute

_GROUPS = (
    "audio|bitwise|debugging|dtypes|image|io|linalg|lookup|math|nn|quantization|ragged|random|raw_ops|sets|signal|sparse"
    "|strings|summary|xla"
)
OP_MODULES = re.compile(rf"tensorflow(\._api\.v2)?(\.compat\.v1)?(\.({_GROUPS})(\.\w+)?)?")
"""The modules of TensorFlow whose functions compute with tensors."""

CONTROL = frozenset(
    {
        "as_dtype",
        "convert_to_tensor",
        "custom_gradient",
        "device",
        "executing_eagerly",
        "function",
        "get_collection",
        "get_default_graph",
        "get_default_session",
        "get_static_value",
        "gradients",
        "init_scope",
        "inside_function",
        "is_symbolic_tensor",
        "is_tensor",
        "name_scope",
        "no_gradient",
        "recompute_grad",
        "variable_creator_scope",
    }
)
"""Functions that are no op: they steer how TensorFlow runs, or hand a value through."""

OPERATORS = {
    "__add__": ("keras.ops.add", ("x1", "x2")),
    "__sub__": ("keras.ops.subtract", ("x1", "x2")),
    "__mul__": ("keras.ops.multiply", ("x1", "x2")),
    "__truediv__": ("keras.ops.divide", ("x1", "x2")),
    "__floordiv__": ("keras.ops.floor_divide", ("x1", "x2")),
    "__mod__": ("keras.ops.mod", ("x1", "x2")),
    "__pow__": ("keras.ops.power", ("x1", "x2")),
    "__matmul__": ("keras.ops.matmul", ("x1", "x2")),
    "__gt__": ("keras.ops.greater", ("x1", "x2")),
    "__ge__": ("keras.ops.greater_equal", ("x1", "x2")),
    "__lt__": ("keras.ops.less", ("x1", "x2")),
    "__le__": ("keras.ops.less_equal", ("x1", "x2")),
    "__neg__": ("keras.ops.negative", ("x",)),
    "__abs__": ("keras.ops.absolute", ("x",)),
    "__getitem__": ("keras.ops.get_item", ("x", "key")),
}
"""The function that an operator is, and its parameters; the reflected ones are derived."""

_LIBRARIES = frozenset({"keras", "tf_keras", "tensorflow", "kerascheck"})


def from_library(depth: int) -> bool:
    """Whether the frame ``depth`` calls up runs code of Keras or TensorFlow themselves."""
    name = sys._getframe(depth + 1).f_globals.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] in _LIBRARIES


def asked_by_library() -> bool:
    """Whether Keras or TensorFlow themselves made the call that runs now, however many stand-ins it went through."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package != "kerascheck":
            return package in _LIBRARIES
        frame = frame.f_back
    return True


def wrap_tensorflow(runtime: Runtime) -> None:
    """Replace TensorFlow's public functions by ones that tell ``runtime`` of calls, before the user's code runs."""
    _wrap(runtime, _tensorflow_functions())


def wrap_library(runtime: Runtime, library: Library) -> None:
    """Replace the public functions of one Keras in the same way."""
    _wrap(runtime, library.public_functions())


def _wrap(runtime: Runtime, functions: Iterable[tuple[Any, str, Any, str]]) -> None:
    wrappers: dict[int, Any] = {}
    for module, attribute, function, name in list(functions):
        if id(function) not in wrappers:
            wrappers[id(function)] = _wrapper(runtime, name, function)
        replace_attribute(module, attribute, wrappers[id(function)])


def _wrapper(runtime: Runtime, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        session = runtime.active
        if from_library(1) and (session is None or not session.is_of_lambda(wrapper)):
            return function(*args, **kwargs)
        if session is not None and not session.recording:
            return function(*args, **kwargs)
        if session is None:
            return runtime.public_call(name, function, args, kwargs)
        return session.call_function(name, function, args, kwargs)

    return wrapper


def _tensorflow_functions() -> Iterator[tuple[Any, str, Any, str]]:
    from tensorflow.python.util import tf_decorator

    from kerascheck.semantics.api import find_op

    for module_name, module in list(sys.modules.items()):
        if not OP_MODULES.fullmatch(module_name):
            continue
        for attribute, value in list(vars(module).items()):
            if not isinstance(value, FunctionType) or attribute in CONTROL or attribute.startswith("_"):
                continue
            function = tf_decorator.unwrap(value)[1]
            public = [f"tf.{name}" for name in getattr(function, "_tf_api_names", ())]
            public += [f"tf.compat.v1.{name}" for name in getattr(function, "_tf_api_names_v1", ())]
            if public:
                yield module, attribute, value, next((name for name in public if find_op(name)), public[0])


def wrap_operators(runtime: Runtime, classes: Iterable[Any]) -> None:
    """Let the operators of tensors and variables tell ``runtime`` of their use, too."""
    for owner in classes:
        for method, (name, parameters) in _all_operators():
            original = vars(owner).get(method)
            if original is not None:
                replace_attribute(owner, method, _operator(runtime, name, parameters, original))


def _all_operators() -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    for method, (name, parameters) in OPERATORS.items():
        yield method, (name, parameters)
        if len(parameters) == 2 and method not in ("__getitem__", "__gt__", "__ge__", "__lt__", "__le__"):
            yield f"__r{method[2:]}", (name, parameters[::-1])


def _operator(runtime: Runtime, name: str, parameters: tuple[str, ...], original: Any) -> Any:
    @functools.wraps(original)
    def operator(*args: Any) -> Any:
        if len(args) != len(parameters) or from_library(1):
            return original(*args)
        session = runtime.active
        if session is not None and not session.recording:
            return original(*args)
        arguments = dict(zip(parameters, args, strict=True))
        if session is None:
            return runtime.plain_call(name, arguments, lambda: original(*args))
        return session.call_operator(name, arguments, lambda: original(*args))

    return operator
