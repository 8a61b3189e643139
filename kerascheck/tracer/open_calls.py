"""Opens every recorded call into the ops of TensorFlow's graph that it made: the second level of the graph.

Both walks made the same calls at two sets of sizes, so an op's sizes are solved as a call's are. The functions that an
op holds (the body of a ``While``, the branches of an ``If``, a called function) are opened in turn: what a body takes
is an op ``Placeholder`` with the tensor it stands for as its input, and what it gives is told by the op it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerascheck.graph import Endpoint, Operation
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec
from kerascheck.tracer.constants import SMALL, Array, Constants
from kerascheck.tracer.graph_sizes import with_batch
from kerascheck.tracer.library import Live
from kerascheck.tracer.measure import PAIRS, Pair, solve
from kerascheck.tracer.session import Session
from kerascheck.tracer.study import Study

MAXIMUM_OPERATIONS = 400_000
"""No more ops than this are opened; the calls behind them stay closed."""

MAXIMUM_NESTING = 16
"""How deep functions within functions are opened."""

HOLDERS = ("While", "If", "PartitionedCall", "Case")
"""How the types of the ops end that hold functions."""

BODIES = ("f", "cond", "body", "then_branch", "else_branch", "branches")
"""The attributes that name an op's functions."""

CAPTURED = "variable"
"""The attribute of a placeholder that stands for a variable: the variable's name."""

ARGUMENT = "argument"
"""The attribute of a placeholder that stands for what a body takes: which of its arguments it is."""


def open_calls(study: Study) -> None:
    """Give the recorder of ``study`` the ops of every call, and ``study`` the variables that they read."""
    opener = _Opener(study.session, study.pair, tuple(study.first.names))
    opener.run(study.second.session)
    study.captured.update(opener.captured)
    study.nested.update(opener.nested)
    study.losses += [opener.end(tensor) for tensor in study.session.losses]


def open_graph_code(session: Session) -> None:
    """Give the recorder the ops of every call of TF1 graph code, which was recorded once, at sizes left open."""
    _Opener(session, PAIRS[0], ()).run(None)


def bodies(operation: Live) -> Iterator[tuple[str, Live]]:
    """The graphs of the functions that an op holds, by what they are to it."""
    if not operation.type.endswith(HOLDERS):
        return
    attributes = operation.node_def.attr
    for name in BODIES:
        if name not in attributes:
            continue
        functions = [attributes[name].func, *attributes[name].list.func]
        for index, function in enumerate(each.name for each in functions if each.name):
            found = operation.graph._get_function(function)
            if found is not None:
                yield (f"{name}{index}" if name == "branches" else name), found.graph


@dataclass(frozen=True, slots=True)
class _Place:
    """Where ops are: whose call's, the beginning of their identifiers, and in which body of which op."""

    call: str
    prefix: str
    parent: str | None = None
    body: str | None = None
    depth: int = 0

    def within(self, parent: str, body: str) -> _Place:
        return _Place(self.call, f"{parent}/{body}/", parent, body, self.depth + 1)


@dataclass(slots=True)
class _Opener:
    """Turns TensorFlow's ops into :class:`Operation`.

    Attributes:
        sources: which output of which op a tensor is, by the tensor's id.
        inner: the tensor that what a body takes stands for, by the id of the latter.
        gives: which output of which call a tensor is, by the tensor's id.
        captured: the variables that placeholders stand for, by the identifier of the placeholder's op.
        nested: the ops of bodies and of calls that were followed, by identifier: they have lines of their own.
        specs: the sizes that were solved before.
        shapes: those of graph code, by the tensor's id.
    """

    session: Session
    pair: Pair
    names: tuple[str, ...]
    count: int = 0
    sources: dict[int, Endpoint] = field(default_factory=dict)
    inner: dict[int, tuple[int, Live]] = field(default_factory=dict)
    gives: dict[int, Endpoint] = field(default_factory=dict)
    captured: dict[str, Live] = field(default_factory=dict)
    nested: dict[str, Live] = field(default_factory=dict)
    variables: dict[int, Live] = field(default_factory=dict)
    specs: dict[Any, TensorSpec] = field(default_factory=dict)
    shapes: dict[int, Shape] = field(default_factory=dict)
    constants: tuple[Constants, Constants] = field(default_factory=lambda: (Constants(), Constants()))
    kept: list[Live] = field(default_factory=list)

    def run(self, second: Session | None) -> None:
        """Open the calls of the session, with those of ``second`` to measure by."""
        self.gives = _given_by_calls(self.session)
        made, twins = _by_call(self.session), {} if second is None else _by_call(second)
        for graph in {id(operations[0].graph): operations[0].graph for operations in made.values()}.values():
            self.variables |= _variables(graph)
            self.constants[0].take_captures(graph)
        for operations in list(twins.values())[:1]:
            self.constants[1].take_captures(operations[0].graph)
        for call, operations in made.items():
            # A followed layer may begin before what it calls, and end after.
            self._know(f"{call}/", operations)
        for call, operations in made.items():
            if self.count > MAXIMUM_OPERATIONS:
                break
            opened = self._open(_Place(call, f"{call}/"), operations, twins.get(call, ()))
            self.session.recorder.operations[call] = tuple(opened)

    def _know(self, prefix: str, operations: Sequence[Live]) -> None:
        for operation in operations:
            for output, tensor in enumerate(operation.outputs):
                self.sources.setdefault(id(tensor), Endpoint(f"{prefix}{operation.name}", output))
                self.kept.append(tensor)

    def _open(self, place: _Place, first: Sequence[Live], second: Sequence[Live]) -> Iterator[Operation]:
        """The ops of one call or body, each followed by those of its own bodies."""
        same = len(first) == len(second) and all(a.type == b.type for a, b in zip(first, second, strict=True))
        for index, operation in enumerate(first):
            self.count += 1
            twin = second[index] if same else None
            identifier = f"{place.prefix}{operation.name}"
            if place.depth or self.session.details[place.call].container:
                self.nested[identifier] = operation
            inside: list[Operation] = []
            results: list[tuple[str, Endpoint]] = []
            if place.depth < MAXIMUM_NESTING and operation.type.endswith(HOLDERS):
                twins = dict(bodies(twin)) if twin is not None else {}
                for name, graph in bodies(operation):
                    inside += self._open_body(place.within(identifier, name), operation, graph, twin, twins.get(name))
                    results += [(name, self.end(tensor)) for tensor in graph.outputs]
            yield self._operation(place, identifier, operation, twin, tuple(results))
            yield from inside

    def _open_body(
        self, place: _Place, operation: Live, graph: Live, twin: Live | None, second: Live | None
    ) -> Iterator[Operation]:
        self._bind(operation, graph, self.constants[0])
        if twin is not None and second is not None:
            self._bind(twin, second, self.constants[1], measured=True)
        operations = graph.get_operations()
        self._know(place.prefix, operations)
        return self._open(place, operations, second.get_operations() if second is not None else ())

    def _bind(self, operation: Live, graph: Live, constants: Constants, *, measured: bool = False) -> None:
        """What a body takes is what its op was given; in a loop that is so in the first round only."""
        taken = list(graph.inputs)
        given = operation.inputs[-len(taken) :] if taken else ()
        for position, (outer, inner) in enumerate(zip(given, taken, strict=False)):
            if not operation.type.endswith("While") or (
                position < len(graph.outputs) and graph.outputs[position] is inner
            ):
                constants.outer[id(inner)] = outer
            self.kept.append(inner)
            if not measured:
                self.inner[id(inner)] = (position, outer)
                if id(outer) in self.variables:
                    self.variables[id(inner)] = self.variables[id(outer)]

    def _operation(
        self,
        place: _Place,
        identifier: str,
        operation: Live,
        twin: Live | None,
        results: tuple[tuple[str, Endpoint], ...],
    ) -> Operation:
        attributes = _attributes(operation)
        given = list(operation.inputs)
        inputs = tuple(self.end(tensor) for tensor in given)
        outputs = operation.outputs
        if operation.type == "Placeholder" and outputs:
            variable, taken = self.variables.get(id(outputs[0])), self.inner.get(id(outputs[0]))
            if variable is not None:
                self.captured[identifier] = variable
                attributes[CAPTURED] = str(variable.name).partition(":")[0]
            if taken is not None:
                attributes[ARGUMENT], outer = taken
                inputs = (self.end(outer),)
        return Operation(
            identifier,
            str(operation.type),
            place.call,
            inputs,
            tuple(self._specs(operation, twin)),
            place.parent,
            place.body,
            tuple(f"{place.prefix}{before.name}" for before in operation.control_inputs),
            attributes,
            self._constants(given, twin),
            tuple((index, end) for index, tensor in enumerate(outputs) if (end := self.gives.get(id(tensor)))),
            results,
        )

    def end(self, tensor: Live) -> Endpoint:
        """Which op or node made a tensor."""
        found = self.sources.get(id(tensor)) or self.session.known.get(id(tensor))
        return found if found is not None else Endpoint(f"?/{tensor.op.name}", int(tensor.value_index))

    def _specs(self, operation: Live, twin: Live | None) -> Iterator[TensorSpec]:
        others = twin.outputs if twin is not None else ()
        for index, tensor in enumerate(operation.outputs):
            first = _sizes(tensor)
            second = _sizes(others[index]) if index < len(others) else None
            key = (first, second, tensor.dtype)
            known = self.specs.get(key)
            if known is None:
                known = self.specs[key] = TensorSpec(self._solved(first, second), self.session.tensors.dtype(tensor))
            yield known if self.names or twin is not None else self._carried(operation, tensor, known)

    def _solved(self, first: tuple[int | None, ...] | None, second: tuple[int | None, ...] | None) -> Shape:
        if first is None or not first:
            return Shape(first if first is None else ())
        measured = Shape(tuple(UNKNOWN if size is None else size for size in first))
        if not self.names:
            return measured
        if second is None:
            return Shape(None)
        return solve(
            measured, Shape(tuple(UNKNOWN if size is None else size for size in second)), self.pair, self.names
        )

    def _carried(self, operation: Live, tensor: Live, spec: TensorSpec) -> TensorSpec:
        """An output of an op of graph code: as its call tells of it, or with the batch of its operands."""
        end = self.gives.get(id(tensor))
        outputs = self.session.recorder.nodes[end.node].outputs if end is not None else ()
        told = outputs[end.output].shape if end is not None and end.output < len(outputs) else Shape(None)
        if told.rank != spec.shape.rank:
            told = with_batch(str(operation.type), spec.shape, [self._known_shape(each) for each in operation.inputs])
        self.shapes[id(tensor)] = told
        return TensorSpec(told, spec.dtype)

    def _known_shape(self, tensor: Live) -> Shape:
        end = self.session.known.get(id(tensor))
        if id(tensor) in self.shapes or end is None:
            return self.shapes.get(id(tensor), Shape(None))
        outputs = self.session.recorder.nodes[end.node].outputs
        return outputs[end.output].shape if end.output < len(outputs) else Shape(None)

    def _constants(self, given: Sequence[Live], twin: Live | None) -> dict[int, Any]:
        """The inputs that are constants; what differs between the walks is a size."""
        found: dict[int, Any] = {}
        known = [(position, self.constants[0].value(tensor)) for position, tensor in enumerate(given)]
        others = twin.inputs if twin is not None and any(value is not None for _, value in known) else ()
        for position, value in known:
            if value is None:
                continue
            other = self.constants[1].value(others[position]) if position < len(others) else None
            if not self.names or (other is not None and value.shape == other.shape and (value == other).all()):
                found[position] = value.tolist()
            elif other is not None and value.shape == other.shape and value.dtype.kind in "iu":
                found[position] = self._sized(value, other)
        return found

    def _sized(self, first: Array, second: Array) -> Any:
        """A constant of which some numbers are sizes."""
        flat = [Shape((int(number),)) for number in first.reshape(-1)]
        other = [Shape((int(number),)) for number in second.reshape(-1)]
        dims: list[Dim] = [dim for a, b in zip(flat, other, strict=True) for dim in solve(a, b, self.pair, self.names)]
        return _nested(dims, first.shape)


def _nested(dims: list[Dim], shape: tuple[int, ...]) -> Any:
    """A flat list as nested ones of that shape."""
    if not shape:
        return dims[0]
    if len(shape) == 1:
        return dims
    step = len(dims) // shape[0]
    return [_nested(dims[start : start + step], shape[1:]) for start in range(0, len(dims), step)]


def _sizes(tensor: Live) -> tuple[int | None, ...] | None:
    shape = tensor.shape
    return None if shape.rank is None else tuple(shape.as_list())


def _given_by_calls(session: Session) -> dict[int, Endpoint]:
    """Which output of which call each tensor is; of a sparse or ragged one, each of its parts."""
    tensorflow = session.tensors.tensorflow
    found: dict[int, Endpoint] = {}
    for tensor in session.kept:
        end = session.known.get(id(tensor))
        if end is None:
            continue
        plain = isinstance(tensor, tensorflow.Tensor)
        for part in [tensor] if plain else tensorflow.nest.flatten(tensor, expand_composites=True):
            found[id(part)] = end
    return found


def _variables(graph: Live) -> dict[int, Live]:
    """The variables that a graph reads, by the ids of their handles and of the placeholders of these."""
    variables = {id(variable.handle): variable for variable in getattr(graph, "variables", ())}
    captures = getattr(graph, "captures", ())
    return variables | {id(inner): variables[id(outer)] for outer, inner in captures if id(outer) in variables}


def _by_call(session: Session) -> dict[str, list[Live]]:
    """The ops that each call made itself, not those of the calls within it."""
    graphs: dict[int, Live] = {}
    homes: dict[str, int] = {}
    for tensor in session.kept:
        end, graph = session.known.get(id(tensor)), getattr(tensor, "graph", None)
        if end is not None and graph is not None:
            homes[end.node] = id(graph)
            graphs[id(graph)] = graph
    made: dict[str, list[Live]] = {}
    if session.tensors.graph is not None:
        graphs = {id(session.tensors.graph): session.tensors.graph}
    for key, graph in graphs.items():
        operations = graph.get_operations()
        owners: list[str | None] = [None] * len(operations)
        ranges = [
            (detail.begin, detail.end, call)
            for call, detail in session.details.items()
            if detail.begin is not None and (session.tensors.graph is not None or homes.get(call) == key)
        ]
        for begin, last, call in sorted(ranges, key=lambda found: found[0] - found[1]):
            owners[begin:last] = [call] * (min(last, len(operations)) - begin)
        for owner, operation in zip(owners, operations, strict=True):
            if owner is not None:
                made.setdefault(owner, []).append(operation)
    return made


def _attributes(operation: Live) -> dict[str, Any]:
    """The plain attributes of an op: no types, no functions, no tensors."""
    found: dict[str, Any] = {}
    for name, value in operation.node_def.attr.items():
        match value.WhichOneof("value"):
            case "s":
                text = value.s.decode(errors="replace")
                if not name.startswith("_") and len(text) <= SMALL:
                    found[name] = text
            case "i":
                found[name] = int(value.i)
            case "f":
                found[name] = float(value.f)
            case "b":
                found[name] = bool(value.b)
            case "list" if value.list.i:
                found[name] = [int(each) for each in value.list.i]
    return found
