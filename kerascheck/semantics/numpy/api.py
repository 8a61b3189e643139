"""What a rule for one of NumPy's functions is given, and the registry that finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias

from kerascheck.problems import ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import OpCall, Structure, find_op
from kerascheck.semantics.numpy.dtypes import chosen
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.shapes import UNKNOWN, TensorSpec


@immutable()
class NumpyCall:
    """One call of a function.

    Attributes:
        name: ``numpy.zeros``, ``numpy.random.normal``; a generator's method by the function of the same name.
        arguments: those given, and the defaults that are literals, by parameter name; in the terms of
            :class:`~kerascheck.semantics.api.OpCall`, where a TensorSpec is an array or a NumPy number.
        made: the dtype of what the function makes where nothing is said of one.
    """

    name: str
    arguments: Mapping[str, Any]
    made: str | None = None

    def get(self, *names: str, default: Any = None) -> Any:
        """The argument under the first of its names that is given; ``default`` where none is."""
        return next((self.arguments[name] for name in names if name in self.arguments), default)

    def array(self, *names: str) -> TensorSpec:
        """An argument as the array NumPy makes of it."""
        return as_array(self.get(*names, default=UNKNOWN))

    def dtype(self, default: str | None) -> str | None:
        """What the ``dtype`` argument asks for, else ``default``."""
        return chosen(self.get("dtype"), default)

    def twin(self, op: str, **arguments: Any) -> Structure:
        """What the function ``op`` of Keras, which has NumPy's rule for shapes, gives for these arguments.

        Nothing is known where it certainly raises: so does NumPy.
        """
        info = find_op(op)
        if info is None:
            return TensorSpec()
        try:
            return info.function(OpCall(op, 3, arguments))
        except ShapeProblem:
            return TensorSpec()


Rule: TypeAlias = Callable[[NumpyCall], Structure]

_RULES: dict[str, Rule] = {}

MODULES = ("making", "arithmetic", "rearranging", "choosing", "drawing")
"""The modules of ``semantics.numpy`` that register rules."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register the rule of the functions ``names``, which are written without ``numpy.``."""

    def register(function: Rule) -> Rule:
        for name in names:
            _RULES[f"numpy.{name}"] = function
        return function

    return register


def find_rule(name: str) -> Rule | None:
    """The rule of a function, ``numpy.zeros``; None where there is none."""
    for module in MODULES:
        if name in _RULES:
            break
        import_module(f"kerascheck.semantics.numpy.{module}")
    return _RULES.get(name)


def known_functions() -> tuple[str, ...]:
    """Every function with a rule."""
    find_rule("")
    return tuple(sorted(_RULES))


def with_dtype(structure: Structure, dtype: str | None) -> Structure:
    """The same arrays, of ``dtype``; they are NumPy's, so what they hold may change and is not kept."""
    match structure:
        case TensorSpec(shape=shape):
            return TensorSpec(shape, dtype)
        case list() | tuple():
            changed = [with_dtype(part, dtype) for part in structure]
            return tuple(changed) if isinstance(structure, tuple) else changed
    return structure
