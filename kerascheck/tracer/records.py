"""What a session keeps of nodes and of where it stands, and small questions about calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from kerascheck.graph import Source, Weight
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.library import History, Library, Live


@dataclass(slots=True)
class Detail:
    """What is remembered of a node beside what its :class:`Node` holds.

    Attributes:
        arguments: the call's arguments by name, with every tensor replaced by its :class:`Endpoint` or, where it is
            data, by its TensorSpec.
        layer: the layer that was called.
        failed: whether the call raised.
        variable: the live variable that the node stands for.
        layers: the layers in whose ``call`` the layer was called, or the variable used first, outermost first.
        container: whether the call was followed, so that what it does are nodes of their own.
        begin, end: how many ops the graph had before and after the call; no begin where the call made none of its own.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    layer: Live = None
    failed: bool = False
    variable: Live = None
    layers: tuple[Live, ...] = ()
    container: bool = False
    begin: int | None = None
    end: int = 0


@dataclass(slots=True)
class Position:
    """Where in the nesting of calls the session stands."""

    scope: tuple[str, ...] = ()
    boundary: FrameType | None = None
    outer: Source | None = None
    in_lambda: bool = False
    layers: tuple[Live, ...] = ()
    guards: tuple[str, ...] = ()


def calls_in_order(library: Library, targets: list[Live], done: Mapping[int, Live]) -> list[History]:
    """The calls behind ``targets`` that are not done yet, each after those it depends on."""
    order: list[History] = []
    visited: set[int] = set()
    pending: list[tuple[History, bool]] = []

    def push(tensor: Live) -> None:
        history = library.history(tensor)
        if history is not None and id(tensor) not in done and history.key not in visited:
            pending.append((history, False))

    for target in targets:
        push(target)
        while pending:
            history, expanded = pending.pop()
            if expanded:
                order.append(history)
            elif history.key not in visited:
                visited.add(history.key)
                pending.append((history, True))
                for tensor in reversed(history.inputs):
                    push(tensor)
    return order


def flat_arguments(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every leaf with the name of the argument it is in, and its place in a list that a function is given: ``x.0``."""
    for name, value in arguments.items():
        yield from _placed(name, value) if name.isidentifier() else ((name, leaf) for leaf in leaves(value))


def _placed(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) in (list, tuple):
        for index, item in enumerate(value):
            yield from _placed(f"{name}.{index}", item)
    else:
        yield from ((name, leaf) for leaf in leaves(value))


def parameter_count(weights: Iterable[Weight]) -> int:
    """The number of parameters in ``weights``."""
    total = 0
    for weight in weights:
        size = weight.shape.size
        total += size if isinstance(size, int) else 0
    return total
