"""ModelGraph: one model as a networkx graph, the same from source and from a live model.

A node is an input, a layer call, a nested model, an op, a variable or a constant; an edge is a tensor on its way.
:class:`Node` is the typed view of a node's attributes. External programs read :meth:`ModelGraph.to_json`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from kerascheck.diagnostic import Span
from kerascheck.problems import Problem
from kerascheck.records import immutable
from kerascheck.shapes import Shape, TensorSpec

if TYPE_CHECKING:
    import networkx

Kind = Literal["input", "layer", "model", "op", "variable", "constant"]
Found = TypeVar("Found")
ModelKind = Literal["functional", "sequential", "subclassed", "layer", "fragment"]


@immutable()
class Weight:
    """A weight that a layer makes when it is built."""

    name: str
    shape: Shape
    trainable: bool = True
    dtype: str | None = "float32"


class Writing(Protocol):
    """A text that tells what stands at a place in it."""

    def segment_at(self, span: Span) -> str:
        """What stands there, as it was written."""


@immutable()
class Source:
    """Where a node was made: the call expression, and the calls that led there, innermost first.

    ``written`` is the expression as it was written, or the text to read it from: of nearly all nobody asks for it.
    """

    span: Span
    stack: tuple[Span, ...] = ()
    written: str | Writing = ""

    def __repr__(self) -> str:
        return f"Source(span={self.span!r}, stack={self.stack!r}, text={self.text!r})"

    @property
    def text(self) -> str:
        """The call expression as it was written."""
        return self.written if isinstance(self.written, str) else self.written.segment_at(self.span)


@dataclass(slots=True)
class Node:
    """One node.

    Attributes:
        identifier: unique in the program, in order of creation (``n12``).
        kind: input, layer, model, op, variable or constant.
        op: the canonical public name (``keras.layers.Conv2D``, ``tf.math.reduce_sum``); a user's class by its name.
        name: the layer's name as Keras would give it.
        outputs: what the node gives, in the order of ``tree.flatten``; a variable gives itself.
        params: the number of parameters made by this call; 0 for a later call of the same layer; None if unknown.
        trainable: how many of them are trainable; None if unknown.
        source: where the user wrote it.
        scope: the names of the containers it nests in, outermost first.
        config: the bound arguments, by parameter name.
        layer: the identity of the layer object, equal for the calls of a shared layer.
        weights: the weights of the layer (of all calls), where known.
        problem: what is certainly wrong with the call.
        guards: the undecided conditions under which it runs, such as ``training``; see :data:`TRAINING_GUARD`.
        generation: 2 for tf_keras, 3 for Keras 3.
        on_keras_tensor: whether an operand is a symbolic KerasTensor (outside any layer's ``call``).
        in_lambda: whether it was made by the function of a Lambda layer.
        tracked: for a variable, whether Keras holds it in some layer's weights; None if undecided.
        owner: for a variable, how it is held: ``attribute``, ``global``, ``closure``, ``container``, ``scope``,
            ``module`` (a tf.Module); None for a weight that a layer owns.
        target: for a variable, the name it was first bound to: ``table`` or ``self.table``.
        control: identifiers of nodes that are run before this one (``tf.control_dependencies``).
        updates: how many update ops the call makes when training (BatchNormalization has 2).
        defaulted: for an op, the parameters of ``config`` that the call left to their defaults.
        masking: for a layer, ``told`` where the call gives it a mask; for one of the user's, ``keeps`` where it says
            that it supports masks, ``takes`` where its ``call`` has an argument for one.
    """

    identifier: str
    kind: Kind
    op: str
    name: str
    outputs: tuple[TensorSpec, ...]
    source: Source | None = None
    params: int | None = 0
    trainable: int | None = 0
    scope: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    layer: str | None = None
    weights: tuple[Weight, ...] = ()
    problem: Problem | None = None
    guards: tuple[str, ...] = ()
    generation: int = 3
    on_keras_tensor: bool = False
    in_lambda: bool = False
    tracked: bool | None = True
    owner: str | None = None
    target: str | None = None
    control: tuple[str, ...] = ()
    updates: int = 0
    defaulted: tuple[str, ...] = ()
    masking: str = ""

    @property
    def shape(self) -> Shape:
        """The shape of the first output."""
        return self.outputs[0].shape if self.outputs else Shape(None)


TRAINING_GUARD = "training"
"""The guard of what runs only when ``training`` is true."""

JIT_GUARD = "jit"
"""The guard of what XLA compiles (``jit_compile=True``)."""

VERSION_GUARD = "version"
"""The guard of what runs only with some version of a package."""

HOST_GUARD = "host"
"""The guard of what runs on the host: the input pipeline, code outside the step."""

UNDECIDED_GUARD = "undecided"
"""Marks what runs under a condition that was not decided."""

SIZE_GUARD = "size"
"""Marks what runs only for some of the shapes that are not known here."""

EXPECTED_GUARD = "expected"
"""The guard of what the code expects to raise: a test's ``assertRaises``, a ``try`` that handles the error."""

DECIDED_GUARDS = frozenset({TRAINING_GUARD, f"not {TRAINING_GUARD}", JIT_GUARD})
"""The guards of what certainly runs some time: in training, at inference, compiled."""

VERSION_GUARDS = frozenset({VERSION_GUARD, f"not {VERSION_GUARD}"})
"""The guards of either branch of a question about a version."""

UNTOLD_GUARDS = VERSION_GUARDS | {EXPECTED_GUARD}
"""The guards of what may be wrong on purpose: for another version, or to see it fail."""

UNCERTAIN_GUARDS = UNTOLD_GUARDS | {UNDECIDED_GUARD}
"""Those, and that of what may never run."""


@immutable()
class Edge:
    """A tensor on its way from one node's output into another's argument."""

    source: str
    target: str
    output: int = 0
    argument: str = "0"


@immutable()
class Operation:
    """One op of TensorFlow's own graph, within a call: the second level of the graph, folded by default.

    Attributes:
        identifier: unique in the program: the call's identifier, a slash, and the op's name in its graph.
        type: the op's type: ``Conv2D``, ``While``.
        call: the identifier of the call it belongs to.
        parent: the op whose body it is in (``While``, ``If``, ``PartitionedCall``…); ``body`` says which of its bodies.
        inputs: where each input comes from: an op, or a node (an input or a variable) where no op made it.
        outputs: what it gives, in symbolic sizes.
        control: the ops that have to run before it.
        attributes: its plain attributes; for what a body takes, ``argument`` is its place among them.
        constants: its inputs that are small constants, or computed from such, by position: numbers or nested lists of
            them; a number that follows the size of a batch or of another free axis is symbolic.
        gives: which outputs of calls its own are, by place: ``((0, Endpoint("n3")),)``.
        results: for each of its bodies, what that gives, in order: ``(("body", Endpoint("n3/While/body/Add")), …)``.
    """

    identifier: str
    type: str
    call: str
    inputs: tuple[Endpoint, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    parent: str | None = None
    body: str | None = None
    control: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[int, Any] = field(default_factory=dict)
    gives: tuple[tuple[int, Endpoint], ...] = ()
    results: tuple[tuple[str, Endpoint], ...] = ()


@immutable()
class OperationEffect:
    """What an op of TensorFlow's own graph does to the axis that runs over samples.

    Attributes:
        operation: the op's identifier.
        effect: what it does: see :class:`kerascheck.semantics.raw_ops.Effect`.
        axis: the axis of the operand that it does it on.
        operand: what it does it on.
        reaches: where its value leads: see :class:`kerascheck.semantics.op_flow.Reach`.
        source: where the user wrote it, where that is within what the call runs: the body of a loop.
    """

    operation: str
    effect: str
    axis: int
    operand: TensorSpec
    reaches: str
    source: Source | None = None


@dataclass(slots=True)
class Recorder:
    """Collects nodes and edges while a front end runs; models are cut out of it at the end.

    ``operations`` holds, for each call that was opened, the ops of TensorFlow's graph it is made of, in order.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    incoming: dict[str, list[Edge]] = field(default_factory=dict)
    counter: int = 0
    operations: dict[str, tuple[Operation, ...]] = field(default_factory=dict)

    def next_identifier(self) -> str:
        """A new identifier."""
        self.counter += 1
        return f"n{self.counter}"

    def since(self, counter: int) -> list[str]:
        """The nodes that were recorded after ``counter`` identifiers had been given out, in order."""
        given = (f"n{number}" for number in range(counter + 1, self.counter + 1))
        return [identifier for identifier in given if identifier in self.nodes]

    def add(self, node: Node, edges: Iterable[Edge] = ()) -> Node:
        """Record ``node`` and the edges into it."""
        self.nodes[node.identifier] = node
        into = list(edges)
        if into:
            self.edges += into
            before = self.incoming.get(node.identifier)
            if before is None:
                self.incoming[node.identifier] = into
            else:
                before += into
        return node

    def connect(self, edge: Edge) -> None:
        """Record one edge."""
        self.edges.append(edge)
        self.incoming.setdefault(edge.target, []).append(edge)

    def ancestors(self, identifiers: Iterable[str], stop: Iterable[str] = ()) -> set[str]:
        """``identifiers`` and all they depend on, not going past ``stop``."""
        seen: set[str] = set()
        ends = set(stop)
        pending = list(identifiers)
        while pending:
            current = pending.pop()
            if current in seen or current not in self.nodes:
                continue
            seen.add(current)
            if current not in ends:
                pending += [edge.source for edge in self.incoming.get(current, ())]
        return seen


@immutable()
class Endpoint:
    """One of a model's inputs or outputs: a node and which of its outputs."""

    node: str
    output: int = 0


@dataclass
class ModelGraph:
    """One model.

    Attributes:
        name: the model's name as Keras would give it.
        kind: functional, sequential, subclassed, layer (a custom layer's ``call`` that no model uses) or fragment.
        span: where the model was made.
        inputs, outputs: the ends of the graph.
        complete: whether everything in it was understood.
        generation: 2 for tf_keras, 3 for Keras 3.
        records: the nodes by identifier, in order of creation.
        incoming: the edges into each node, in argument order.
        operations: for each call that was opened, its ops in order; empty from the static front end.
        effects: what those ops do to the batch axis of tensors that hold samples, in order.
    """

    name: str
    kind: ModelKind
    span: Span | None
    inputs: tuple[Endpoint, ...]
    outputs: tuple[Endpoint, ...]
    complete: bool
    generation: int
    records: Mapping[str, Node]
    incoming: Mapping[str, tuple[Edge, ...]]
    operations: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)
    effects: tuple[OperationEffect, ...] = ()
    _shared: dict[Callable[[ModelGraph], Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def cut(
        cls,
        recorder: Recorder,
        members: Iterable[str],
        *,
        name: str,
        kind: ModelKind,
        span: Span | None,
        inputs: tuple[Endpoint, ...],
        outputs: tuple[Endpoint, ...],
        complete: bool,
        generation: int,
    ) -> ModelGraph:
        """The model made of ``members`` and the edges between them."""
        chosen = sorted(set(members) & recorder.nodes.keys(), key=lambda identifier: int(identifier[1:]))
        records = {identifier: recorder.nodes[identifier] for identifier in chosen}
        incoming = {
            identifier: tuple([edge for edge in recorder.incoming.get(identifier, ()) if edge.source in records])
            for identifier in records
        }
        opened = {call: recorder.operations[call] for call in records if call in recorder.operations}
        return cls(name, kind, span, inputs, outputs, complete, generation, records, incoming, opened)

    @cached_property
    def params(self) -> int | None:
        """The number of parameters, None where unknown; counted when it is first asked for, as no rule does."""
        return _counts(self.records.values())[0]

    @cached_property
    def trainable(self) -> int | None:
        """The number of trainable ones, None where unknown."""
        return _counts(self.records.values())[1]

    @cached_property
    def graph(self) -> networkx.MultiDiGraph[str]:
        """The model as networkx sees it; each node's attributes hold its :class:`Node` as ``record``.

        It is made when it is first asked for: importing networkx takes longer than checking most files.
        """
        import networkx

        graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
        for identifier, record in self.records.items():
            graph.add_node(identifier, record=record)
        for edges in self.incoming.values():
            for edge in edges:
                graph.add_edge(edge.source, edge.target, output=edge.output, argument=edge.argument)
        return graph

    @cached_property
    def opened_graph(self) -> networkx.MultiDiGraph[str]:
        """Both levels: :attr:`graph`, and the ops that each call is made of with the tensors on their way.

        Nodes and edges have a ``level``, ``call`` or ``op``; an op's node holds its :class:`Operation` as ``record``.
        What a body gives is an edge to the op that holds it, with the body's name as ``argument``; what a call gives,
        one from the op that makes it to the call.
        """
        graph = self.graph.copy()
        for _, call in graph.nodes(data=True):
            call["level"] = "call"
        for _, _, edge in graph.edges(data=True):
            edge["level"] = "call"
        opened = [operation for made in self.operations.values() for operation in made]
        for operation in opened:
            graph.add_node(operation.identifier, record=operation, level="op")
        for operation in opened:
            ends = [(end, str(position)) for position, end in enumerate(operation.inputs)]
            for end, argument in (*ends, *((end, body) for body, end in operation.results)):
                if end.node in graph:
                    graph.add_edge(end.node, operation.identifier, output=end.output, argument=argument, level="op")
            for output, end in operation.gives:
                if end.node in graph:
                    graph.add_edge(operation.identifier, end.node, output=output, argument=str(end.output), level="op")
        return graph

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges out of each node."""
        found: dict[str, list[Edge]] = {identifier: [] for identifier in self.records}
        for edges in self.incoming.values():
            for edge in edges:
                found[edge.source].append(edge)
        return {identifier: tuple(edges) for identifier, edges in found.items()}

    def __contains__(self, identifier: object) -> bool:
        return identifier in self.records

    def node(self, identifier: str) -> Node:
        """The node of that identifier.

        Raises:
            KeyError: there is none in this model.
        """
        return self.records[identifier]

    def nodes(self) -> Iterator[Node]:
        """Every node, in order of creation."""
        return iter(self.records.values())

    def predecessors(self, identifier: str) -> Iterator[str]:
        """The nodes that feed a node, each once an edge."""
        return iter([edge.source for edge in self.incoming.get(identifier, ())])

    def successors(self, identifier: str) -> Iterator[str]:
        """The nodes that a node feeds, each once an edge."""
        return iter([edge.target for edge in self.outgoing.get(identifier, ())])

    def operands(self, node: Node) -> list[tuple[Node, Edge]]:
        """The nodes that feed ``node``, in argument order, each with its edge."""
        return [(self.records[edge.source], edge) for edge in self.incoming.get(node.identifier, ())]

    def operand_specs(self, node: Node) -> list[TensorSpec]:
        """What flows into ``node``, in argument order."""
        return [
            source.outputs[edge.output] for source, edge in self.operands(node) if edge.output < len(source.outputs)
        ]

    def behind(self, starts: Iterable[str], passes: Callable[[Node], bool]) -> Iterator[Node]:
        """The nodes of these identifiers and all they depend on, not going on behind one that ``passes`` keeps."""
        seen: set[str] = set()
        pending = list(starts)
        while pending:
            current = pending.pop()
            if current in seen or current not in self.records:
                continue
            seen.add(current)
            node = self.records[current]
            yield node
            if passes(node):
                pending.extend(self.predecessors(current))

    def shared(self, find: Callable[[ModelGraph], Found]) -> Found:
        """``find`` of this model, which depends on nothing else: found once for all the rules that ask."""
        if find not in self._shared:
            self._shared[find] = find(self)
        found: Found = self._shared[find]
        return found

    def output_ancestors(self) -> set[str]:
        """The nodes that the model's outputs depend on, the outputs' own included."""
        return {node.identifier for node in self.behind((end.node for end in self.outputs), lambda _: True)}

    def to_json(self) -> dict[str, Any]:
        """The model as ``kerascheck graph --format json`` prints it."""
        from kerascheck.graph_json import model_json

        return model_json(self)


def is_within(scope: tuple[str, ...], containers: Collection[tuple[str, ...]]) -> bool:
    """Whether what nests in ``scope`` nests in one of some containers, given as the names down to each."""
    return any(scope[:depth] in containers for depth in range(1, len(scope) + 1))


def _counts(nodes: Iterable[Node]) -> tuple[int | None, int | None]:
    """The parameters of every layer among ``nodes``, each layer counted once, and the trainable ones."""
    total: int | None = 0
    trainable: int | None = 0
    seen: set[str] = set()
    for node in nodes:
        if node.layer is not None and node.layer in seen:
            continue
        if node.layer is None:
            total, trainable = _plus(total, node.params), _plus(trainable, node.trainable if node.params else 0)
            continue
        seen.add(node.layer)
        for weight in node.weights:
            size = weight.shape.size
            known = size if isinstance(size, int) else None
            total = _plus(total, known)
            trainable = _plus(trainable, known if weight.trainable else 0)
        if node.weights and node.trainable is None:
            trainable = None
        if not node.weights:
            total, trainable = _plus(total, node.params), _plus(trainable, node.trainable)
    return total, trainable


def _plus(total: int | None, count: int | None) -> int | None:
    return None if total is None or count is None else total + count
