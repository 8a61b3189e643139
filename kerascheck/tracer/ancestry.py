"""Which known tensors a tensor of the scratch graph was computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kerascheck.graph import Endpoint
from kerascheck.tracer.library import Live
from kerascheck.tracer.tensors import Tensors

PASSED_THROUGH = frozenset({"Identity", "Cast", "ReadVariableOp", "StopGradient"})
"""Graph ops without a node of their own: Keras puts them in, and they leave the shape alone."""

MAXIMUM_WALK = 2000
"""How many graph ops are looked at."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """What lies behind a tensor.

    Attributes:
        ends: the outputs of recorded nodes it was computed from.
        crossed: the types of the graph ops in between.
        seen: the tensors met. Keep them as long as their ids are in use.
    """

    ends: list[Endpoint]
    crossed: frozenset[str]
    seen: list[Live]

    @property
    def only_passed_through(self) -> bool:
        """Whether nothing in between computes anything."""
        return self.crossed <= PASSED_THROUGH


def ancestry(
    tensor: Live, tensors: Tensors, known: Mapping[int, Endpoint], variable: Callable[[Live], Endpoint]
) -> Ancestry:
    """Walk the graph back from ``tensor`` to tensors that are ``known``, by their ids, and to variables."""
    ends: dict[Endpoint, None] = {}
    crossed: set[str] = set()
    pending, met = [tensor], {id(tensor): tensor}
    while pending and len(met) < MAXIMUM_WALK:
        current = pending.pop()
        operation = tensors.producer(current)
        captured = tensors.captured_variable(current)
        if captured is not None:
            ends.setdefault(variable(captured))
            continue
        if operation is None:
            continue
        crossed.add(operation.type)
        for feed in operation.inputs:
            if id(feed) in met:
                continue
            met[id(feed)] = feed
            if id(feed) in known:
                ends.setdefault(known[id(feed)])
            else:
                pending.append(feed)
    return Ancestry(list(ends), frozenset(crossed), list(met.values()))
