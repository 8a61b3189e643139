"""TF1 graph code: its tensors are symbolic as they are made, so it is recorded while it runs.

Sessions are not run (unless asked); what they fetch tells whether the update ops of layers are run with the train op.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, Node, Source
from kerascheck.interpreter.training import TRAINING_LAYERS
from kerascheck.program import TrainOp
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.tracer.binding import bind, leaves
from kerascheck.tracer.library import Live
from kerascheck.tracer.loops import nearest_class
from kerascheck.tracer.records import Detail
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session

LEARNING_PHASE = "keras_learning_phase"
"""What tf_keras calls the placeholder that says whether a graph trains."""

MINIMIZE = "tf.compat.v1.train.Optimizer.minimize"

MAXIMUM_RUNS = 1000
"""No more runs than this are kept."""


@dataclass(frozen=True, slots=True)
class LiveTrainOp:
    """A train op: the graph's operation, the nodes of it and of its loss, and where it was made."""

    operation: Live
    node: str
    loss: str
    source: Source


@dataclass(frozen=True, slots=True)
class LiveRun:
    """One ``Session.run``: the graph's operations it fetched, and the tensors it fed."""

    operations: tuple[Live, ...]
    source: Source | None
    session: Live
    fed: tuple[Live, ...]


@dataclass(slots=True)
class GraphMode:
    """What TF1 graph code did.

    ``losses`` are the optimizers that computed gradients, and of which loss, by the optimizer's id. ``seen`` tells the
    runs apart: a loop makes the same one again and again.
    """

    runtime: Runtime
    really: bool
    trains: list[LiveTrainOp] = field(default_factory=list)
    runs: list[LiveRun] = field(default_factory=list)
    losses: dict[int, tuple[Live, Live]] = field(default_factory=dict)
    seen: set[Hashable] = field(default_factory=set)

    def watch(self) -> None:
        """See sessions and TensorFlow's own optimizers from now on."""
        from tensorflow.python.client.session import BaseSession
        from tensorflow.python.training.optimizer import Optimizer

        self.watch_optimizer(Optimizer)

        def watch_run(original: Any) -> Any:
            def run(session: Any, fetches: Any, feed_dict: Any = None, *args: Any, **kwargs: Any) -> Any:
                self.runtime.observe(self._note_run, session, fetches, feed_dict)
                if self.really:
                    return original(session, fetches, feed_dict, *args, **kwargs)
                return self._answer(session.graph, fetches)

            return run

        patch(BaseSession, "run", watch_run)

    def watch_optimizer(self, owner: Any) -> None:
        """See the train ops that optimizers of a class make."""

        def watch_minimize(original: Any) -> Any:
            def minimize(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
                session = self.runtime.active
                if session is None or session is not self.runtime.live or not session.recording:
                    return original(optimizer, *args, **kwargs)
                with session.opaque():
                    operation = original(optimizer, *args, **kwargs)
                loss = bind(original, (optimizer, *args), kwargs).get("loss")
                self._note_train(session, operation, loss)
                return operation

            return minimize

        def watch_compute(original: Any) -> Any:
            def compute_gradients(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
                session = self.runtime.active
                if session is None or session is not self.runtime.live or not session.recording:
                    return original(optimizer, *args, **kwargs)
                with session.opaque():
                    made = original(optimizer, *args, **kwargs)
                loss = bind(original, (optimizer, *args), kwargs).get("loss")
                self.losses[id(optimizer)] = (optimizer, loss)
                return made

            return compute_gradients

        def watch_apply(original: Any) -> Any:
            def apply_gradients(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
                session = self.runtime.active
                if session is None or session is not self.runtime.live or not session.recording:
                    return original(optimizer, *args, **kwargs)
                with session.opaque():
                    operation = original(optimizer, *args, **kwargs)
                if id(optimizer) in self.losses:
                    self._note_train(session, operation, self.losses[id(optimizer)][1])
                return operation

            return apply_gradients

        patch(owner, "minimize", watch_minimize)
        for name, make in (("compute_gradients", watch_compute), ("apply_gradients", watch_apply)):
            if name in vars(owner):
                patch(owner, name, make)

    def _note_train(self, session: Session, operation: Live, loss: Live) -> None:
        source, endpoint = session.source_here(), session.endpoint(loss)
        if source is None or endpoint is None:
            return
        identifier = session.recorder.next_identifier()
        node = Node(identifier, "op", MINIMIZE, "minimize", (TensorSpec(Shape.of()),), source)
        session.recorder.add(node, [Edge(endpoint.node, identifier, endpoint.output, "loss")])
        session.details[identifier] = Detail()
        self.trains.append(LiveTrainOp(operation, identifier, endpoint.node, source))

    def _note_run(self, session: Live, fetches: Any, feed_dict: Any) -> None:
        found = [self._operation(session.graph, leaf) for leaf in leaves(fetches)]
        operations = tuple(operation for operation in found if operation is not None)
        fed = tuple(feed_dict) if isinstance(feed_dict, Mapping) else ()
        source = self.runtime.user.here()
        key = (id(session), source, tuple(map(id, operations)), tuple(map(id, fed)))
        if key not in self.seen and len(self.runs) < MAXIMUM_RUNS:
            self.seen.add(key)
            self.runs.append(LiveRun(operations, source, session, fed))

    def _operation(self, graph: Live, fetch: Any) -> Live:
        try:
            element = graph.as_graph_element(fetch)
        except (TypeError, ValueError, KeyError):
            return None
        return element.op if isinstance(element, self.runtime.tensorflow.Tensor) else element

    def _answer(self, graph: Live, fetches: Any) -> Any:
        """Zeros of the shapes that would have been fetched, an unknown size as 1."""
        import numpy

        if isinstance(fetches, Mapping):
            return {key: self._answer(graph, value) for key, value in fetches.items()}
        if isinstance(fetches, (list, tuple)):
            return type(fetches)(self._answer(graph, value) for value in fetches)
        try:
            element = graph.as_graph_element(fetches)
        except (TypeError, ValueError, KeyError):
            return None
        if not isinstance(element, self.runtime.tensorflow.Tensor) or element.shape.rank is None:
            return None
        sizes = [1 if size is None else int(size) for size in element.shape]
        return numpy.zeros(sizes, element.dtype.as_numpy_dtype)

    def train_ops(self) -> Iterator[TrainOp]:
        """Every train op, with whether a session runs it and the update ops of the layers behind its loss."""
        live = self.runtime.live
        if live is None:
            return
        closures = [(run, closure(run.operations)) for run in self.runs]
        fetched = set().union(*(closure for _, closure in closures)) if closures else set()
        for train in self.trains:
            updates = self._updates(live, train)
            collected = self._collected(live, train)
            if collected and all(id(operation) not in fetched for operation in collected.values()):
                updates |= {id(operation) for operation in collected.values()}
            else:
                collected = {}
            running = [run for run, closure in closures if id(train.operation) in closure]
            yield TrainOp(
                node=train.node,
                loss=train.loss,
                span=train.source.span,
                run=bool(running),
                updates_run=None if not updates else not updates.isdisjoint(fetched),
                run_span=next((run.source.span for run in running if run.source is not None), None),
                collected=tuple(collected),
                idle=() if self._feeds_phase(running) else tuple(dict.fromkeys(self._idle(live, train))),
            )

    def _feeds_phase(self, runs: list[LiveRun]) -> bool:
        return any(
            isinstance(fed, self.runtime.tensorflow.Tensor) and LEARNING_PHASE in fed.name
            for run in runs
            for fed in run.fed
        )

    def _idle(self, live: Session, train: LiveTrainOp) -> Iterator[tuple[str, Span]]:
        """The dropout and noise layers behind the loss that do what the learning phase says."""
        made = train.operation.graph.get_operations()
        for identifier in live.recorder.ancestors([train.loss]):
            node, detail = live.recorder.nodes[identifier], live.details[identifier]
            if detail.layer is None or detail.begin is None or node.source is None or detail.container:
                continue
            kind = nearest_class(live.library_of(detail.layer), detail.layer)
            if kind not in TRAINING_LAYERS or kind.endswith("BatchNormalization"):
                continue
            inputs = (feed.op for operation in made[detail.begin : detail.end] for feed in operation.inputs)
            if any(LEARNING_PHASE in operation.name for operation in inputs):
                yield kind, node.source.span

    def _updates(self, live: Session, train: LiveTrainOp) -> set[int]:
        """The update ops that the calls behind the loss made; what a layer's node says of them is put right."""
        found: set[int] = set()
        nodes = live.recorder.nodes
        for identifier in live.recorder.ancestors([train.loss]):
            layer = live.details[identifier].layer
            library = None if layer is None else live.library_of(layer)
            if library is None:
                continue
            operations = library.update_operations(layer)
            nodes[identifier].updates = len(operations)
            found |= {id(operation) for operation in operations}
        return found

    def _collected(self, live: Session, train: LiveTrainOp) -> dict[str, Live]:
        """The updates that the code put into the UPDATE_OPS collection and that share data with the loss, by node."""
        graph = train.operation.graph
        keys = self.runtime.tensorflow.compat.v1.GraphKeys
        wanted = [self._operation(graph, leaf) for leaf in graph.get_collection(keys.UPDATE_OPS)]
        if not wanted:
            return {}
        places = {operation.name: place for place, operation in enumerate(graph.get_operations())}
        data = _data_of(train.operation)
        found: dict[str, Live] = {}
        for operation in wanted:
            if operation is None or data.isdisjoint(_data_of(operation)):
                continue
            place = places.get(operation.name, -1)
            for name, detail in live.details.items():
                if detail.layer is None and detail.begin is not None and detail.begin <= place < detail.end:
                    found[name] = operation
        return found


def closure(operations: Iterable[Live]) -> set[int]:
    """The operations that run when these are fetched, by their ids."""
    return set(reached(operations))


def reached(operations: Iterable[Live]) -> dict[int, Live]:
    """The operations that run when these are fetched."""
    seen: dict[int, Live] = {}
    pending = list(operations)
    while pending:
        operation = pending.pop()
        if id(operation) not in seen:
            seen[id(operation)] = operation
            pending += [feed.op for feed in operation.inputs]
            pending += list(operation.control_inputs)
    return seen


def _data_of(operation: Live) -> set[str]:
    """The placeholders and dataset iterators that an operation depends on, by name."""
    return {each.name for each in reached([operation]).values() if each.type.startswith(("Placeholder", "Iterator"))}
