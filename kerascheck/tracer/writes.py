"""Which variables a graph writes, the functions it calls included; nothing is executed to know it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kerascheck.tracer.gradients import ancestors
from kerascheck.tracer.library import Live
from kerascheck.tracer.open_calls import MAXIMUM_NESTING, bodies

WRITING = (
    "Assign",
    "ResourceScatter",
    "ResourceStridedSliceAssign",
    "ResourceApply",
    "ResourceSparseApply",
    "RngReadAndSkip",
    "RngSkip",
    "StatefulUniform",
    "StatefulStandardNormal",
    "StatefulTruncatedNormal",
    "StatefulRandomBinomial",
)
"""How the types of the ops begin that write the variable whose handle they take."""

WITHOUT_WORK = frozenset({"Const", "Identity", "IdentityN", "NoOp", "Placeholder"})
"""Ops that compute nothing; where they stand depends on what was traced before."""


def written(graph: Live, variables: Iterable[Live]) -> set[int]:
    """The variables among ``variables``, TensorFlow's, that ops of ``graph`` write, by their ids."""
    handles = {id(variable.handle): id(variable) for variable in variables}
    table = {id(inner): handles[id(outer)] for outer, inner in graph.captures if id(outer) in handles}
    found: set[int] = set()
    _collect(graph, table, found, 0)
    return found


def _collect(graph: Live, table: Mapping[int, int], found: set[int], depth: int) -> None:
    for operation in graph.get_operations():
        if operation.type.startswith(WRITING):
            found |= {table[id(tensor)] for tensor in operation.inputs if id(tensor) in table}
        if depth < MAXIMUM_NESTING:
            for _, body in bodies(operation):
                inner = zip(operation.inputs[-len(body.inputs) :], body.inputs, strict=False)
                passed = {id(taken): table[id(given)] for given, taken in inner if id(given) in table}
                if passed:
                    _collect(body, passed, found, depth + 1)


def is_set_first(handle: Live, inputs: Iterable[Live]) -> bool:
    """Whether the first op that takes a variable's ``handle`` writes what comes of ``inputs`` into all of it."""
    first = next(iter(handle.consumers()), None)
    if first is None or first.type != "AssignVariableOp":
        return False
    comes_of = ancestors([first.inputs[1]])
    return any(id(tensor) in comes_of for tensor in inputs)


def work(operations: Sequence[Live], depth: int = 0) -> Counter[str]:
    """The types of the ops that compute something, with how often each occurs, those of called functions included."""
    found: Counter[str] = Counter()
    for operation in operations:
        if operation.type not in WITHOUT_WORK:
            found[operation.type] += 1
        if depth < MAXIMUM_NESTING:
            for _, body in bodies(operation):
                found += work(body.get_operations(), depth + 1)
    return found


def is_random(types: Iterable[str]) -> bool:
    """Whether ops of these types draw random numbers."""
    return any("Random" in each or each.startswith(("RngReadAndSkip", "Stateful", "Multinomial")) for each in types)


def with_handles(variables: Iterable[Live]) -> list[Live]:
    """The variables among ``variables`` that have a handle: all but those of TF1's reference type."""
    from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

    return [each for each in variables if isinstance(each, BaseResourceVariable)]
