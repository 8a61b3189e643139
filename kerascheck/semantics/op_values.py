"""The way of values through a model's ops: into the bodies of loops and branches and out, past sizes and choices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kerascheck.graph import Endpoint, ModelGraph, Operation
from kerascheck.shapes import TensorSpec

EVERY = frozenset(range(64))
"""The places of all inputs."""


def _places(**groups: str) -> Mapping[str, frozenset[int]]:
    """``_1="Reshape Tile"``: of these types, input 1."""
    found = {}
    for places, kinds in groups.items():
        chosen = frozenset(int(digit) for digit in places[1:])
        found.update(dict.fromkeys(kinds.split(), chosen))
    return found


WITHOUT_VALUES = """
    Shape ShapeN Size Rank ZerosLike OnesLike Range BroadcastArgs
    TensorListLength TensorListReserve EmptyTensorList TensorListElementShape
    RandomUniform RandomUniformInt RandomStandardNormal TruncatedNormal
    StatelessRandomUniform StatelessRandomUniformV2 StatelessRandomUniformInt StatelessRandomUniformIntV2
    StatelessRandomNormal StatelessRandomNormalV2 StatelessTruncatedNormal StatelessTruncatedNormalV2
"""
"""The op types whose result does not come of the values they are given."""

STEERING: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(WITHOUT_VALUES.split(), EVERY),
    **_places(
        _0="Fill Conv2DBackpropInput Conv3DBackpropInputV2 Split",
        _1="Reshape Tile BroadcastTo OneHot Pad PadV2 MirrorPad ExpandDims Transpose ConjugateTranspose Sum Mean Prod"
        " Max Min All Any EuclideanNorm ArgMax ArgMin Cumsum Cumprod CumulativeLogsumexp ReverseV2 ResizeArea"
        " ResizeBicubic ResizeBilinear ResizeNearestNeighbor TensorListFromTensor TensorListStack TensorListSetItem"
        " TensorListResize TopKV2 DenseBincount Bincount Switch DepthwiseConv2dNativeBackpropInput Multinomial",
        _2="GatherV2 ScatterNd UnsortedSegmentSum UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd",
        _12="Slice SplitV Roll TensorListGetItem SpaceToBatchND BatchToSpaceND MatrixBandPart MatrixDiagPartV3",
        _123="StridedSlice",
        _3="CropAndResize",
        _1234="MatrixDiagV3",
    ),
}
"""The inputs of each op type whose values only size the result, name an axis, or choose where to look."""

PRODUCTS = frozenset({"Mul", "MulNoNan"})


@dataclass
class Values:
    """The ops of a model, and what each is made of."""

    model: ModelGraph
    operations: dict[str, Operation] = field(init=False)

    def __post_init__(self) -> None:
        opened = self.model.operations.values()
        self.operations = {operation.identifier: operation for made in opened for operation in made}

    def __iter__(self) -> Iterator[Operation]:
        yield from self.operations.values()

    def spec(self, end: Endpoint) -> TensorSpec:
        """The tensor that an op or a node gives."""
        made = self.operations.get(end.node) or self.model.records.get(end.node)
        outputs = made.outputs if made is not None else ()
        return outputs[end.output] if end.output < len(outputs) else TensorSpec()

    def operand(self, operation: Operation, position: int) -> TensorSpec:
        """What an op is given at one place."""
        return self.spec(operation.inputs[position]) if position < len(operation.inputs) else TensorSpec()

    def operands(self, operation: Operation) -> list[TensorSpec]:
        """What an op is given."""
        return [self.spec(end) for end in operation.inputs]

    @cached_property
    def results(self) -> Mapping[tuple[str, str], list[Endpoint]]:
        """What each body gives, by its op and its name."""
        found: defaultdict[tuple[str, str], list[Endpoint]] = defaultdict(list)
        for operation in self.operations.values():
            for name, end in operation.results:
                found[operation.identifier, name].append(end)
        return found

    def behind_one(self, end: Endpoint) -> Iterator[Endpoint]:
        """What the value at ``end`` is made of, one step back."""
        operation = self.operations.get(end.node)
        if operation is None or _is_nothing(operation):
            return
        if operation.results:
            yield from self._behind_bodies(operation, end.output)
            return
        yield from self._behind_loop(operation)
        steering = STEERING.get(operation.type, frozenset())
        last = len(operation.inputs) - 1
        for position, before in enumerate(operation.inputs):
            if position not in steering and not (operation.type == "ConcatV2" and position == last):
                yield before

    def _behind_bodies(self, operation: Operation, output: int) -> Iterator[Endpoint]:
        """A loop gives what its body gives, or what it was given if it never runs; a branch or a function its own."""
        names = dict.fromkeys(name for name, _ in operation.results)
        for name in names:
            given = self.results[operation.identifier, name]
            if name != "cond" and output < len(given):
                yield given[output]
        if operation.type.endswith("While") and output < len(operation.inputs):
            yield operation.inputs[output]

    def _behind_loop(self, operation: Operation) -> Iterator[Endpoint]:
        """What a loop's body takes is what the round before gave."""
        argument = operation.attributes.get("argument")
        if operation.parent is None or operation.body != "body" or not isinstance(argument, int):
            return
        given = self.results.get((operation.parent, "body"), [])
        if argument < len(given):
            yield given[argument]

    def behind(self, ends: Iterable[Endpoint]) -> frozenset[Endpoint]:
        """``ends`` and everything that their values are made of."""
        pending = list(ends)
        seen = set(pending)
        while pending:
            for before in self.behind_one(pending.pop()):
                if before not in seen:
                    seen.add(before)
                    pending.append(before)
        return frozenset(seen)

    def from_inputs(self, among: Iterable[Endpoint]) -> frozenset[Endpoint]:
        """Those of ``among`` whose values are made of the model's inputs; ``among`` holds all they are made of."""
        after: defaultdict[Endpoint, list[Endpoint]] = defaultdict(list)
        pending: list[Endpoint] = []
        for end in among:
            if end.node in self.operations:
                for before in self.behind_one(end):
                    after[before].append(end)
            elif self._is_data(end):
                pending.append(end)
        seen = set(pending)
        while pending:
            for later in after[pending.pop()]:
                if later not in seen:
                    seen.add(later)
                    pending.append(later)
        return frozenset(seen)

    def _is_data(self, end: Endpoint) -> bool:
        """Whether a node that no op made hands samples in; a call that was not opened may."""
        record = self.model.records.get(end.node)
        return record is None or record.kind not in ("variable", "constant")


def _is_nothing(operation: Operation) -> bool:
    """Whether an op's value does not come of its inputs': a product with 0 keeps them in the graph and no more."""
    return operation.type in PRODUCTS and any(_is_zero(value) for value in operation.constants.values())


def _is_zero(value: object) -> bool:
    match value:
        case bool():
            return False
        case int() | float():
            return value == 0
        case list() | tuple():
            return bool(value) and all(_is_zero(item) for item in value)
    return False
