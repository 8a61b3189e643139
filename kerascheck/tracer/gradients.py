"""Which way gradients take through a graph of TensorFlow's: asked of the gradient functions that it uses itself.

A gradient is linear in what comes back from the loss. Where a gradient function gives a tensor that does not depend on
what comes back, that tensor is zero, however it is made; no table of ops is needed to know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kerascheck.tracer.library import Live

SHAPE_ONLY = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})
"""Ops whose result does not depend on the values they are given."""

FUNCTIONAL = ("While", "If", "PartitionedCall", "Case")
"""How the types of ops end that hold functions; their gradient rewrites them, so it is not asked for."""


class Stop(StrEnum):
    """Why no gradient gets through an op."""

    NONE = "none"
    """The op has no gradient, or not for this input."""

    ZERO = "zero"
    """The op's gradient is zero everywhere."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """Which inputs of an op a gradient gets through to, by position, and where it is zero."""

    open: frozenset[int] | None
    zero: frozenset[int] = frozenset()


@dataclass(slots=True)
class Flow:
    """What is known of the ops met so far.

    Attributes:
        tensorflow: the module.
        passages: by the kind of op.
    """

    tensorflow: Any
    passages: dict[object, _Passage] = field(default_factory=dict)

    def reached(self, targets: Iterable[Live]) -> dict[int, Live]:
        """Every tensor that a gradient from ``targets`` gets to, by its id."""
        found: dict[int, Live] = {}
        pending = [target for target in targets if self.is_float(target)]
        while pending:
            tensor = pending.pop()
            if id(tensor) in found:
                continue
            found[id(tensor)] = tensor
            operation = tensor.op
            inputs = operation.inputs
            passage = self._passage(operation) if len(inputs) else _Passage(frozenset())
            for position, feed in enumerate(inputs):
                if (passage.open is None or position in passage.open) and self.is_float(feed):
                    pending.append(feed)
        return found

    def stops(self, source: Live, within: Mapping[int, Live]) -> dict[Live, Stop]:
        """The ops at which every differentiable way from ``source`` ends, of those that make tensors of ``within``.

        A conversion that no value but zeros and ones gets through is told by the op that made them.
        """
        found: dict[Live, Stop] = {}
        seen = {id(source)}
        pending = [source]
        while pending:
            tensor = pending.pop()
            for operation in tensor.consumers():
                used = [output for output in operation.outputs if id(output) in within]
                if not used:
                    continue
                stop = self._stop(operation, tensor, used)
                if stop is not None:
                    found.setdefault(operation, stop)
                    continue
                for output in used:
                    if id(output) not in seen:
                        seen.add(id(output))
                        pending.append(output)
        return found

    def _stop(self, operation: Live, tensor: Live, used: Sequence[Live]) -> Stop | None:
        """What becomes of a gradient of ``used``, outputs of an op, on its way to ``tensor``; None if it gets there."""
        if not any(self.is_float(output) for output in used):
            return Stop.NONE
        passage = self._passage(operation)
        positions = [position for position, feed in enumerate(operation.inputs) if feed is tensor]
        if passage.open is None or any(position in passage.open for position in positions):
            return None
        return Stop.ZERO if any(position in passage.zero for position in positions) else Stop.NONE

    def is_float(self, tensor: Live) -> bool:
        """Whether a tensor is of a type that gradients exist for."""
        from tensorflow.python.eager import backprop_util

        return bool(backprop_util.IsTrainable(tensor))

    def _passage(self, operation: Live) -> _Passage:
        if operation.type.endswith(FUNCTIONAL):
            return _Passage(None)
        key = (operation.type, tuple(feed.dtype for feed in operation.inputs), _override(operation))
        found = self.passages.get(key)
        if found is None:
            found = self.passages[key] = self._ask(operation)
        return found

    def _ask(self, operation: Live) -> _Passage:
        """Build the op's gradient in a graph of its own and see what of it depends on what came back."""
        from tensorflow.python.framework import ops

        try:
            function = ops.get_gradient_function(operation)
        except LookupError:
            # That is an error in training, and not silent; nothing is said of it here.
            return _Passage(None)
        if function is None:
            return _Passage(frozenset())
        scratch = self.tensorflow.__internal__.FuncGraph("gradient")
        try:
            with scratch.as_default():
                seeds = [self.tensorflow.compat.v1.placeholder(out.dtype, out.shape) for out in operation.outputs]
                given = function(operation, *seeds)
        except Exception:
            # A gradient function of the user's own may raise anything, and some need more than one op to look at.
            return _Passage(None)
        results = given if isinstance(given, (list, tuple)) else [given]
        if len(results) != len(operation.inputs):
            return _Passage(None)
        opened: set[int] = set()
        zero: set[int] = set()
        for position, result in enumerate(results):
            if result is None:
                continue
            (opened if depends(result, seeds) else zero).add(position)
        return _Passage(frozenset(opened), frozenset(zero))


def _override(operation: Live) -> str | None:
    """The name of a gradient that was put in the place of the op's own."""
    if operation.type in ("IdentityN", "Identity"):
        attribute = operation.node_def.attr.get("_gradient_op_type")
        return attribute.s.decode() if attribute is not None else None
    return None


def depends(value: Any, seeds: Sequence[Live]) -> bool:
    """Whether the values of a gradient depend on those of one of ``seeds``, placeholders of the same graph."""
    ends = {id(seed) for seed in seeds}
    pending = [getattr(value, "values", value)]
    seen: dict[int, Live] = {}
    while pending:
        tensor = pending.pop()
        if id(tensor) in ends:
            return True
        if id(tensor) in seen or tensor.op.type in SHAPE_ONLY:
            continue
        seen[id(tensor)] = tensor
        pending += tensor.op.inputs
    return False


def ancestors(targets: Iterable[Live]) -> dict[int, Live]:
    """Every tensor that ``targets`` are computed from, themselves included, by its id."""
    found: dict[int, Live] = {}
    pending = list(targets)
    while pending:
        tensor = pending.pop()
        if id(tensor) not in found:
            found[id(tensor)] = tensor
            pending += tensor.op.inputs
    return found


def handles(graph: Live) -> Iterator[tuple[Live, Live]]:
    """The variables that a graph reads, each with the placeholder that stands for its handle."""
    known: Mapping[int, Live] = {id(variable.handle): variable for variable in graph.variables}
    for external, internal in graph.captures:
        variable = known.get(id(external))
        if variable is not None:
            yield variable, internal
