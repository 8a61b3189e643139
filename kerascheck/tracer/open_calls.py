"""Opens every recorded call into the ops of TensorFlow's graph that it made: the second level of the graph.

Both walks made the same calls at two sets of sizes, so an op's sizes are solved as a call's are. The functions that an
op holds (the body of a ``While``, the branches of an ``If``, a called function) are opened in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerascheck.graph import Endpoint, Operation
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.tracer.library import Live
from kerascheck.tracer.measure import solve
from kerascheck.tracer.study import Study
from kerascheck.tracer.tensors import Tensors

MAXIMUM_OPERATIONS = 400_000
"""No more ops than this are opened; the calls behind them stay closed."""

MAXIMUM_NESTING = 16
"""How deep functions within functions are opened."""

SMALL_CONSTANT = 64
"""The most elements a constant may have to be kept with the op that takes it."""

BODIES = ("f", "cond", "body", "then_branch", "else_branch", "branches")
"""The attributes that name an op's functions."""

CAPTURED = "variable"
"""The attribute of a placeholder that stands for a variable: the variable's name."""


def open_calls(study: Study) -> None:
    """Give the recorder of ``study`` the ops of every call, and ``study`` the variables that they read."""
    opener = _Opener(study, tuple(study.first.names))
    recorder = study.session.recorder
    first, second = _by_call(study.first.session), _by_call(study.second.session)
    for call, made in first.items():
        if opener.count > MAXIMUM_OPERATIONS:
            break
        recorder.operations[call] = tuple(opener.open(call, made, second.get(call, ())))


def _by_call(session: Any) -> dict[str, list[Live]]:
    """The ops that each call made itself, not those of the calls within it."""
    operations = session.tensors.graph.get_operations()
    owners: list[str | None] = [None] * len(operations)
    ranges = [(detail.begin, detail.end, call) for call, detail in session.details.items() if detail.begin is not None]
    for begin, end, call in sorted(ranges, key=lambda found: found[0] - found[1]):
        owners[begin:end] = [call] * (end - begin)
    made: dict[str, list[Live]] = {}
    for owner, operation in zip(owners, operations, strict=True):
        if owner is not None:
            made.setdefault(owner, []).append(operation)
    return made


@dataclass(slots=True)
class _Opener:
    """Turns TensorFlow's ops into :class:`Operation`."""

    study: Study
    names: tuple[str, ...]
    count: int = 0
    sources: dict[int, Endpoint] = field(default_factory=dict)
    kept: list[Live] = field(default_factory=list)

    def open(self, call: str, first: Sequence[Live], second: Sequence[Live]) -> Iterator[Operation]:
        """The ops of one call, each followed by those of its bodies."""
        yield from self._open_all(call, f"{call}/", first, second, None, None, 0)

    def _open_all(
        self,
        call: str,
        prefix: str,
        first: Sequence[Live],
        second: Sequence[Live],
        parent: str | None,
        body: str | None,
        depth: int,
    ) -> Iterator[Operation]:
        same = len(first) == len(second) and all(a.type == b.type for a, b in zip(first, second, strict=True))
        for index, operation in enumerate(first):
            self.count += 1
            twin = second[index] if same else None
            made = self._operation(call, prefix, operation, twin, parent, body)
            yield made
            if depth < MAXIMUM_NESTING:
                for name, graph in _bodies(operation):
                    other = dict(_bodies(twin)).get(name) if twin is not None else None
                    self._bind(operation, graph)
                    yield from self._open_all(
                        call,
                        f"{made.identifier}/{name}/",
                        graph.get_operations(),
                        other.get_operations() if other is not None else (),
                        made.identifier,
                        name,
                        depth + 1,
                    )

    def _operation(
        self, call: str, prefix: str, operation: Live, twin: Live | None, parent: str | None, body: str | None
    ) -> Operation:
        identifier = f"{prefix}{operation.name}"
        for output, tensor in enumerate(operation.outputs):
            self.sources.setdefault(id(tensor), Endpoint(identifier, output))
            self.kept.append(tensor)
        attributes = _attributes(operation)
        if operation.type == "Placeholder" and operation.outputs:
            variable = self._captured(operation.outputs[0])
            if variable is not None:
                self.study.captured[identifier] = variable
                attributes[CAPTURED] = str(variable.name).partition(":")[0]
        return Operation(
            identifier,
            str(operation.type),
            call,
            tuple(self._source(tensor) for tensor in operation.inputs),
            tuple(self._specs(operation, twin)),
            parent,
            body,
            tuple(f"{prefix}{before.name}" for before in operation.control_inputs),
            attributes,
            {
                position: value
                for position, tensor in enumerate(operation.inputs)
                if (value := _constant(tensor)) is not None
            },
        )

    def _source(self, tensor: Live) -> Endpoint:
        """Which op or node made a tensor."""
        found = self.sources.get(id(tensor)) or self.study.session.known.get(id(tensor))
        return found if found is not None else Endpoint(f"?/{tensor.op.name}", int(tensor.value_index))

    def _captured(self, tensor: Live) -> Live | None:
        return self.study.session.tensors.captured_variable(tensor)

    def _bind(self, operation: Live, graph: Live) -> None:
        """What a body takes is what its op was given; a loop's is so in the first round."""
        for outer, inner in zip(operation.inputs[-len(graph.inputs) :], graph.inputs, strict=False):
            self.sources[id(inner)] = self._source(outer)
            self.kept.append(inner)

    def _specs(self, operation: Live, twin: Live | None) -> Iterator[TensorSpec]:
        tensors: Tensors = self.study.session.tensors
        for index, tensor in enumerate(operation.outputs):
            measured = tensors.spec(tensor)
            if twin is None or index >= len(twin.outputs):
                yield TensorSpec(measured.shape if measured.shape.rank == 0 else Shape(None), measured.dtype)
                continue
            other = tensors.spec(twin.outputs[index])
            yield TensorSpec(solve(measured.shape, other.shape, self.study.pair, self.names), measured.dtype)


def _bodies(operation: Live) -> Iterator[tuple[str, Live]]:
    """The graphs of the functions that an op holds, by what they are to it."""
    if not any(operation.type.endswith(kind) for kind in ("While", "If", "PartitionedCall", "Case")):
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


def _attributes(operation: Live) -> dict[str, Any]:
    """The plain attributes of an op: no types, no functions, no tensors."""
    found: dict[str, Any] = {}
    for name, value in operation.node_def.attr.items():
        match value.WhichOneof("value"):
            case "s":
                text = value.s.decode(errors="replace")
                if not name.startswith("_") and len(text) <= SMALL_CONSTANT:
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


def _constant(tensor: Live) -> Any:
    """The value of a small constant, as numbers and nested lists of them."""
    if tensor.op.type != "Const" or not tensor.dtype.is_numpy_compatible or tensor.dtype.name == "string":
        return None
    size = tensor.shape.num_elements()
    if size is None or size > SMALL_CONSTANT:
        return None
    from tensorflow.python.framework import tensor_util

    return tensor_util.MakeNdarray(tensor.op.node_def.attr["value"].tensor).tolist()
