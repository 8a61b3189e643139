"""Arguments by parameter name, and the leaves of nested values."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

from kerascheck.semantics.api import UserFunction

GATHERING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
"""The kinds of parameter that take what is left over."""


@lru_cache(maxsize=4096)
def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def bind(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by the function's own parameter names, with its defaults.

    What its signature does not take stays under its position or keyword.
    """
    signature = _signature(function)
    if signature is not None:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            pass
        else:
            bound.apply_defaults()
            return _spread(signature, bound.arguments)
    return {str(position): value for position, value in enumerate(args)} | dict(kwargs)


def parameters_by_position(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters that may be given by position."""
    signature = _signature(function)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [] if signature is None else [each.name for each in signature.parameters.values() if each.kind in kinds]


def left_out(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameters that a call of ``function`` leaves to their defaults."""
    signature = _signature(function)
    if signature is None:
        return ()
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return ()
    return tuple(
        name for name, each in signature.parameters.items() if name not in given and each.kind not in GATHERING
    )


def constructor_parameters(cls: type) -> tuple[str, ...]:
    """The names of the parameters of ``cls(...)``, its base's included where it hands on what it does not know."""
    found: dict[str, None] = {}
    for each in cls.__mro__:
        if "__init__" not in vars(each):
            continue
        signature = _signature(vars(each)["__init__"])
        if signature is None:
            break
        found |= {name: None for name, one in signature.parameters.items() if one.kind not in GATHERING}
        if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in signature.parameters.values()):
            break
    return tuple(name for name in found if name != "self")


def _spread(signature: inspect.Signature, arguments: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, value in arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
            named[name] = value
    return named


def user_function(function: Callable[..., Any], code: CodeType) -> UserFunction:
    """What is told of a function of the user's that an op is given, by its compiled ``code``."""
    parameters = code.co_varnames[: code.co_argcount][1 if inspect.ismethod(function) else 0 :]
    read: set[Any] = set()
    for instruction in dis.get_instructions(code):
        # A parameter that an inner function reads is a cell; newer Pythons load two with one instruction.
        if instruction.opname.startswith(("LOAD", "MAKE_CELL")):
            read |= set(instruction.argval) if isinstance(instruction.argval, tuple) else {instruction.argval}
    return UserFunction(code.co_name, parameters, tuple(name for name in parameters if name in read))


def leaves(value: Any) -> Iterator[Any]:
    """The values within nested lists, tuples and dicts; dicts in the order of their keys, as Keras flattens them."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for key in _keys(value):
            yield from leaves(value[key])
    else:
        yield value


def _keys(value: dict[Any, Any]) -> list[Any]:
    try:
        return sorted(value)
    except TypeError:
        return list(value)


def replace_leaves(value: Any, replace: Callable[[Any], Any]) -> Any:
    """``value`` with every leaf replaced; a container in which nothing changes stays the same object."""
    if isinstance(value, (list, tuple)):
        items = [replace_leaves(item, replace) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        if isinstance(value, tuple) and type(value) is not tuple:
            return type(value)(*items)
        return type(value)(items)
    if isinstance(value, dict):
        made = {key: replace_leaves(item, replace) for key, item in value.items()}
        return value if all(made[key] is value[key] for key in value) else made
    return replace(value)
