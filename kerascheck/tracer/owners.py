"""Who holds a variable or layer that Keras does not."""

from __future__ import annotations

import contextlib
import functools
import itertools
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

from kerascheck.tracer.binding import leaves

GLOBAL_MODULES = ("__main__",)

MAXIMUM_OBJECTS = 2000
"""No more objects than this are looked into to find a holder."""


def owner_of(held: Any, layers: Iterable[Any], tensorflow: Any, is_layer: Callable[[Any], bool]) -> str | None:
    """How ``held``, a variable or a layer, is held: see :attr:`kerascheck.graph.Node.owner`.

    Args:
        held: the live object.
        layers: the layers in whose ``call`` it was used, outermost first.
        tensorflow: the module.
        is_layer: whether an object is a layer of some Keras.
    """
    for layer in reversed(list(layers)):
        attributes = {name: value for name, value in vars(layer).items() if not name.startswith(("_self_", "_obj_"))}
        function = attributes.pop("function", type(layer).call)
        for value in attributes.values():
            if any(part is held or (is_layer(part) and _among(held, vars(part).values())) for part in leaves(value)):
                return "attribute"
        for value in attributes.values():
            if _within(held, value, tensorflow, is_layer):
                return "module" if isinstance(value, tensorflow.Module) else "container"
        if any(part is held for value in _class_attributes(layer) for part in leaves(value)):
            return "class"
        if _in_any(held, _closure(function)):
            return "closure"
        if _in_any(held, getattr(function, "__globals__", {}).values()):
            return "global"
    for name in GLOBAL_MODULES:
        if _in_any(held, vars(sys.modules[name]).values()):
            return "global"
    return None


def _within(held: Any, value: Any, tensorflow: Any, is_layer: Callable[[Any], bool]) -> bool:
    """Whether an object that Keras does not look into holds ``held``, itself or through others."""
    pending, seen = [] if is_layer(value) else [value], {id(value)}
    while pending and len(seen) < MAXIMUM_OBJECTS:
        for part in _parts(pending.pop(), tensorflow):
            if part is held:
                return True
            if id(part) not in seen and not is_layer(part):
                seen.add(id(part))
                pending.append(part)
    return False


def _parts(value: Any, tensorflow: Any) -> Iterator[Any]:
    """What an object refers to, as far as it could be a holder of variables."""
    match value:
        case dict():
            yield from list(value.values())
        case list() | tuple() | set() | frozenset() | deque():
            yield from list(value)
        case functools.partial():
            yield from (value.func, *value.args, *value.keywords.values())
        case FunctionType():
            yield from _closure(value)
        case MethodType():
            yield value.__self__
        case type() | ModuleType():
            return
        case _ if isinstance(value, (tensorflow.Tensor, tensorflow.Variable, tensorflow.Graph)):
            return
        case _:
            yield from _attributes(value)


def _attributes(value: Any) -> Iterator[Any]:
    """The attributes of an object of a class that is written in Python; nothing is computed to get them."""
    with contextlib.suppress(AttributeError, TypeError):
        yield from list(object.__getattribute__(value, "__dict__").values())
    for cls in type(value).__mro__:
        for name in _slots(cls):
            try:
                yield object.__getattribute__(value, name)
            except AttributeError:
                continue


def _slots(cls: type) -> tuple[str, ...]:
    named = vars(cls).get("__slots__", ())
    names = (named,) if isinstance(named, str) else tuple(named)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def _class_attributes(layer: Any) -> Iterator[Any]:
    """What the classes of a layer that are written in Python have as attributes of their own; functions left out."""
    for cls in type(layer).__mro__:
        for value in list(vars(cls).values()):
            if not isinstance(value, (FunctionType, property, staticmethod, classmethod)):
                yield value


def _closure(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue


def _in_any(held: Any, values: Iterable[Any]) -> bool:
    """Whether ``held`` is one of some values, or in a list, tuple or dictionary among them."""
    pending, seen = deque(values), set[int]()
    while pending and len(seen) < MAXIMUM_OBJECTS:
        value = pending.popleft()
        if value is held:
            return True
        if isinstance(value, list | tuple | dict) and id(value) not in seen:
            seen.add(id(value))
            pending.extend(itertools.islice(value.values() if isinstance(value, dict) else value, MAXIMUM_OBJECTS))
    return False


def _among(held: Any, values: Iterable[Any]) -> bool:
    return any(value is held for value in list(values))
