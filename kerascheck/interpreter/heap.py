"""The heap: what changes while a program runs, and how two branches of it meet.

A fork saves each object just before its first write; the other branch starts from what was saved, and where the
branches meet each changed object keeps what both agree on. The cost is what was written, not what exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.strategy_kinds import meant
from kerascheck.interpreter.values import (
    LAYER_STATE,
    Alike,
    Constant,
    DictValue,
    Flow,
    Instance,
    LayerSnapshot,
    Mutable,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import Shape, TensorSpec, unify

DIFFERS = UnknownValue("differs between branches")
NUMBERS = {number: UnknownValue(DIFFERS.why, number=number) for number in ("int64", "float64")}
"""The same for what is a number all the same, by the dtype that NumPy has for it."""
APART = 1 << 40
"""More objects than a run can make."""
EITHER = "either"
"""The op of a :class:`Flow` that is one of its operands."""
MutableValue = TypeVar("MutableValue", bound=Mutable)


@dataclass(slots=True)
class Fork:
    """One branch while it runs: what it has written, as it was before."""

    started: int
    saved: dict[int, tuple[Mutable, Any]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Delta:
    """What a branch changed: each object with its contents at the branch's end.

    That of a branch that ended early takes in what others change after it, as it was: see :meth:`Heap.watch`.
    """

    contents: dict[int, tuple[Mutable, Any]] = field(default_factory=dict)
    started: int = 0

    def keep(self, value: Mutable) -> None:
        """Take in an object that is about to change."""
        if value.born <= self.started and id(value) not in self.contents:
            self.contents[id(value)] = (value, value.snapshot())


@dataclass(slots=True)
class Heap:
    """All mutable objects of a run."""

    clock: int = 0
    forks: list[Fork] = field(default_factory=list)
    watches: list[Delta] = field(default_factory=list)
    floor: int = 0

    def new(self, value: MutableValue) -> MutableValue:
        """Register a new object."""
        self.clock += 1
        value.born = self.clock
        return value

    def touch(self, value: Mutable) -> None:
        """Call before writing to ``value``."""
        for watch in self.watches:
            watch.keep(value)
        if self.forks:
            fork = self.forks[-1]
            if value.born <= fork.started and id(value) not in fork.saved:
                fork.saved[id(value)] = (value, value.snapshot())

    def apart(self) -> Apart:
        """While it lasts, writes belong to no branch, and what is made was there before every fork."""
        return Apart(self)

    def branch(self, run: Callable[[], Any]) -> tuple[Any, Delta]:
        """Run one branch, take back what it wrote, and give its result and its writes.

        Exceptions pass through, the writes taken back.
        """
        self.clock += 1
        fork = Fork(self.clock)
        self.forks.append(fork)
        try:
            result = run()
        except BaseException:
            self._rewind(fork)
            raise
        if not fork.saved:
            self.forks.pop()
            return result, Delta()
        delta = Delta({key: (value, value.snapshot()) for key, (value, _) in fork.saved.items()})
        self._rewind(fork)
        return result, delta

    def _rewind(self, fork: Fork) -> None:
        self.forks.pop()
        for value, contents in fork.saved.values():
            for watch in self.watches:
                watch.keep(value)
            value.restore(contents)

    def watch(self, ended: Delta, other: Delta) -> None:
        """From here on ``other`` happened, and what was so at the end of the branch ``ended`` is kept beside it."""
        self.clock += 1
        ended.started = self.clock
        for value, _ in other.contents.values():
            ended.keep(value)
        self.watches.append(ended)

    def unwatch(self, ended: Delta) -> None:
        """The branch has been met, or nothing will meet it."""
        if ended in self.watches:
            self.watches.remove(ended)

    def apply(self, delta: Delta) -> None:
        """Make the writes of a branch."""
        for value, contents in delta.contents.values():
            self.touch(value)
            value.restore(contents)

    def join(self, first: Delta, second: Delta) -> None:
        """Meet: each object changed in either branch keeps what both agree on."""
        for key in first.contents.keys() | second.contents.keys():
            value = (first.contents.get(key) or second.contents[key])[0]
            left = first.contents[key][1] if key in first.contents else value.snapshot()
            right = second.contents[key][1] if key in second.contents else value.snapshot()
            self.touch(value)
            value.restore(join_contents(left, right))
            if isinstance(value, DictValue) and isinstance(left, dict) and isinstance(right, dict):
                value.doubtful |= left.keys() ^ right.keys()

    def keep_layers(self, delta: Delta) -> None:
        """Make what a branch did to layers, and none of its other writes."""
        for value, contents in delta.contents.values():
            if isinstance(value, Instance) and LAYER_STATE in contents:
                value.restore({**value.attributes, LAYER_STATE: contents[LAYER_STATE]})

    def meet(self, delta: Delta) -> None:
        """Meet the present state with that of a branch that ended early."""
        self.unwatch(delta)
        self.join(delta, Delta())


class Apart:
    """See :meth:`Heap.apart`. A class, since every statement that an import runs opens one."""

    __slots__ = ("_heap", "_outer")

    def __init__(self, heap: Heap) -> None:
        self._heap = heap

    def __enter__(self) -> None:
        heap = self._heap
        self._outer = (heap.clock, heap.forks, heap.watches)
        heap.floor -= APART
        heap.clock, heap.forks, heap.watches = heap.floor, [], []

    def __exit__(self, *raised: object) -> None:
        heap = self._heap
        heap.clock, heap.forks, heap.watches = self._outer


def join_contents(left: Any, right: Any) -> Any:
    """What two versions of one object's contents agree on."""
    match left, right:
        case dict(), dict():
            # Bound in one branch only: code that reads it runs only if it is bound, so the value holds.
            joined = {**left, **{key: value for key, value in right.items() if key not in left}}
            for key in left.keys() & right.keys():
                if left[key] is not right[key]:
                    joined[key] = join(left[key], right[key])
            return joined
        case list(), list() if len(left) == len(right):
            return [join(a, b) for a, b in zip(left, right, strict=True)]
        case list(), list():
            shorter, longer = sorted((left, right), key=len)
            return more_alike(longer[0], (*longer[1:], *shorter))
        case (list() as items, Alike() as alike) | (Alike() as alike, list() as items):
            return more_alike(alike.element, items)
        case Alike(), Alike():
            return more_alike(left.element, (right.element,))
    return None


def more_alike(element: Value, others: Iterable[Value]) -> Alike | None:
    """A list whose items all look like ``element`` or one of ``others``; None where they are not all data."""
    joined = _as_data(element)
    for other in others:
        if other is not joined:
            joined = join(joined, _as_data(other))
    return Alike(joined) if _is_data(joined) else None


def _as_data(value: Value) -> Value:
    """A number as NumPy has it, of which only the type is kept; other values as they are."""
    if isinstance(value, tuple):
        return tuple(_as_data(part) for part in value)
    number = _number(value)
    return value if number is None else TensorValue(TensorSpec(Shape(()), number), is_array=True, is_numpy=True)


def _is_data(value: Value) -> bool:
    match value:
        case TensorValue():
            return value.is_numpy
        case tuple():
            return all(_is_data(part) for part in value)
    return isinstance(value, Constant) and value is not None


def join(left: Value, right: Value) -> Value:
    """What holds of both values."""
    if left is right:
        return left
    if isinstance(left, Constant) and isinstance(right, Constant):
        return left if type(left) is type(right) and left == right else _differing(left, right)
    match left, right:
        case tuple(), tuple() if len(left) == len(right):
            return tuple(join(a, b) for a, b in zip(left, right, strict=True))
        case TensorValue(), TensorValue():
            return join_tensors(left, right)
        case LayerSnapshot(), LayerSnapshot():
            return join_layers(left, right)
        case DatasetValue(), DatasetValue():
            return join_datasets(left, right)
        case UnknownValue(guard=a), UnknownValue(guard=b) if a is not None and a == b:
            return left
        case Instance(native=str()), Instance(native=str()):
            strategy = meant(left, right)
            return _differing(left, right) if strategy is None else strategy
    return left if type(left) is type(right) and left == right else _differing(left, right)


def _differing(left: Value, right: Value) -> Value:
    kinds = {_number(left), _number(right)}
    return DIFFERS if None in kinds else NUMBERS["float64" if "float64" in kinds else "int64"]


def _number(value: Value) -> str | None:
    """The dtype that NumPy has for a number; None for what may be something else."""
    match value:
        case bool():
            return None
        case int():
            return "int64"
        case float():
            return "float64"
        case UnknownValue(number=number):
            return number
    return None


def join_layers(left: LayerSnapshot, right: LayerSnapshot) -> LayerSnapshot:
    """A layer built in one way or another: for which inputs, and with which weights, is known only if they agree."""
    same = left.built == right.built and left.weights == right.weights
    built = left if left.built else right
    return LayerSnapshot(
        built.built,
        built.built_for if same else None,
        () if left.built and right.built and not same else built.weights,
        built.own,
        join(left.inputs, right.inputs),
        join(left.outputs, right.outputs),
    )


def join_datasets(left: DatasetValue, right: DatasetValue) -> DatasetValue:
    """A dataset that is one or the other."""
    return DatasetValue(
        join(left.element, right.element),
        left.length if left.length == right.length else None,
        left.source if left.source == right.source else None,
        left.batched if left.batched == right.batched else None,
        left.whole if left.whole == right.whole else None,
        left.native and right.native,
    )


def join_tensors(left: TensorValue, right: TensorValue) -> TensorValue:
    """A tensor that is one or the other."""
    a, b = left.spec, right.spec
    spec = TensorSpec(
        unify((a.shape, b.shape)),
        a.dtype if a.dtype == b.dtype else None,
        a.content if a.content == b.content else None,
        a.keras_tensor and b.keras_tensor,
    )
    origins = left.origins
    if origins is not right.origins:
        origins = tuple(dict.fromkeys((*left.origins, *right.origins)))
    return TensorValue(
        spec,
        origins,
        history=left.history if left.history is right.history else None,
        variable=left.variable if left.variable is right.variable else None,
        is_array=left.is_array and right.is_array,
        is_numpy=left.is_numpy and right.is_numpy,
        source=left.source if left.source == right.source else None,
        flow=left.flow if left.flow is right.flow else Flow(EITHER, (left, right)),
        extremes=left.extremes if left.extremes is right.extremes else None,
        classes=left.classes if left.classes == right.classes else None,
        derived=left.derived or right.derived,
        prediction=left.prediction and right.prediction,
        rows=left.rows if left.rows == right.rows else None,
        metric=left.metric if left.metric == right.metric else None,
    )
