"""The ledger of a walk: its nodes and edges, and which output of which node every tensor is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.graph import Edge, Endpoint, Node, Recorder, Source
from kerascheck.semantics.api import UserFunction
from kerascheck.shapes import TensorSpec
from kerascheck.tracer.ancestry import ancestry
from kerascheck.tracer.binding import leaves, replace_leaves, user_function
from kerascheck.tracer.frames import UserCode, extend
from kerascheck.tracer.library import Library, Live, Watched
from kerascheck.tracer.records import Detail, Position, flat_arguments
from kerascheck.tracer.tensors import Tensors


@dataclass(slots=True)
class Ledger:
    """What was recorded so far.

    Attributes:
        known: which output of which node a tensor is, by the tensor's id; ``kept`` holds on to those tensors.
        variables: the node of each variable, by the id of TensorFlow's.
        position: where the walk is: in which layers, and in whose code.
    """

    libraries: tuple[Library, ...]
    tensors: Tensors
    user: UserCode
    watched: Watched
    recorder: Recorder = field(default_factory=Recorder)
    details: dict[str, Detail] = field(default_factory=dict)
    known: dict[int, Endpoint] = field(default_factory=dict)
    kept: list[Live] = field(default_factory=list)
    variables: dict[int, str] = field(default_factory=dict)
    position: Position = field(default_factory=Position)

    def library_of(self, value: Live) -> Library:
        """The Keras that a layer belongs to."""
        return next((library for library in self.libraries if library.is_layer(value)), self.libraries[0])

    @property
    def generation(self) -> int:
        """The generation of the layer whose ``call`` runs, or of the only Keras there is."""
        inside = self.position.layers
        return self.library_of(inside[-1]).generation if inside else self.libraries[-1].generation

    def source_here(self) -> Source | None:
        """Where the user's code stands."""
        return extend(self.user.here(self.position.boundary), self.position.outer)

    def know(self, tensor: Live, endpoint: Endpoint) -> None:
        """From now on ``tensor`` is that output of that node."""
        self.known[id(tensor)] = endpoint
        self.kept.append(tensor)

    def endpoint(self, leaf: Any) -> Endpoint | None:
        """Which output of which node ``leaf`` is; None for data and for what is no tensor."""
        known = self.known.get(id(leaf))
        if known is not None:
            return known
        if self._is_variable(leaf):
            return self._variable(leaf)
        if self.tensors.is_symbolic(leaf):
            return self._adopt(leaf)
        derived = self.watched.derived.get(id(leaf))
        if derived is not None:
            self._record_op(derived.name, derived.arguments, leaf, derived.source)
            return self.known[id(leaf)]
        return None

    def storage_of(self, variable: Live) -> Live:
        """The TensorFlow variable behind a variable of any sort."""
        keras = next((library for library in self.libraries if library.is_variable(variable)), None)
        return keras.storage(variable) if keras is not None else self.watched.plain(variable)

    def _is_variable(self, leaf: Any) -> bool:
        return self.tensors.is_variable(leaf) or any(library.is_variable(leaf) for library in self.libraries)

    def _variable(self, variable: Live) -> Endpoint:
        """The node that stands for a variable."""
        keras = next((library for library in self.libraries if library.is_variable(variable)), None)
        storage = self.storage_of(variable)
        identifier = self.variables.get(id(storage))
        if identifier is None:
            identifier = self.recorder.next_identifier()
            self.variables[id(storage)] = identifier
            self.kept.append(storage)
            source = self.watched.made_at(variable, storage)
            shape = self.tensors.shape(variable)
            trainable = bool(variable.trainable)
            node = Node(
                identifier,
                "variable",
                "keras.Variable" if keras is not None else "tf.Variable",
                str(variable.name).partition(":")[0],
                (TensorSpec(shape, self.tensors.dtype(variable)),),
                source,
                config={"trainable": trainable},
                generation=self.generation,
                tracked=None,
            )
            self.recorder.add(node)
            self.details[identifier] = Detail(variable=variable, layers=self.position.layers)
        return Endpoint(identifier)

    def _adopt(self, tensor: Live) -> Endpoint | None:
        """The node of a tensor that no recorded call made, found by walking the graph back to tensors that are known.

        Where more lies between than an identity, a node of its own stands for it.
        """
        found = ancestry(tensor, self.tensors, self.known, self._variable)
        self.kept += found.seen
        if not found.ends:
            return None
        if len(found.ends) == 1 and found.only_passed_through:
            self.know(tensor, found.ends[0])
            return found.ends[0]
        operation = self.tensors.producer(tensor)
        name = f"tf.raw_ops.{operation.type}" if operation is not None else "tf.raw_ops.Placeholder"
        node = Node(
            self.recorder.next_identifier(),
            "op",
            name,
            name.rpartition(".")[2],
            (self.tensors.spec(tensor),),
            self.source_here(),
            scope=self.position.scope,
            generation=self.generation,
            in_lambda=self.position.in_lambda,
        )
        edges = [Edge(end.node, node.identifier, end.output, str(index)) for index, end in enumerate(found.ends)]
        self.recorder.add(node, edges)
        self.details[node.identifier] = Detail()
        self.know(tensor, Endpoint(node.identifier))
        return Endpoint(node.identifier)

    def _record_op(
        self,
        name: str,
        arguments: Mapping[str, Any],
        outputs: Any,
        source: Source | None,
        *,
        begin: int | None = None,
        failed: bool = False,
        on_keras_tensor: bool = False,
        generation: int | None = None,
        defaulted: tuple[str, ...] = (),
        label: str | None = None,
    ) -> Node:
        """Record a call of a function; ``label`` is what Keras calls it where it is an op of a functional model."""
        config = {
            key: self._user_function(value) or value
            for key, value in arguments.items()
            if not self._holds_tensor(value)
        }
        node = Node(
            self.recorder.next_identifier(),
            "op",
            name,
            label or name.rpartition(".")[2],
            (),
            source,
            scope=self.position.scope,
            config=config,
            generation=generation or self.generation,
            on_keras_tensor=on_keras_tensor,
            in_lambda=self.position.in_lambda,
            defaulted=defaulted,
        )
        self._add(node, Detail(arguments, failed=failed, begin=begin), outputs)
        return node

    def _user_function(self, value: Any) -> UserFunction | None:
        """What is told of a function of the user's that an op is given; None for any other value."""
        code = self.user.code_of(value)
        return None if code is None else user_function(value, code)

    def _holds_tensor(self, value: Any) -> bool:
        return any(self.tensors.is_tensor(leaf) or self._is_variable(leaf) for leaf in leaves(value))

    def _add(self, node: Node, detail: Detail, outputs: Any) -> None:
        """Record ``node``: the edges into it, and its outputs as the tensors they are from now on."""
        edges: list[Edge] = []
        for argument, leaf in flat_arguments(detail.arguments):
            endpoint = self.endpoint(leaf)
            if endpoint is not None:
                edges.append(Edge(endpoint.node, node.identifier, endpoint.output, argument))
        detail.arguments = {key: replace_leaves(value, self._reference) for key, value in detail.arguments.items()}
        node.guards = self.position.guards
        detail.end = self.tensors.count()
        self.recorder.add(node, edges)
        self.details[node.identifier] = detail
        made = [leaf for leaf in leaves(outputs) if self.tensors.is_tensor(leaf)]
        node.outputs = tuple(self.tensors.spec(leaf) for leaf in made)
        if node.source is not None and not node.source.text:
            node.source = Source(node.source.span, node.source.stack, node.name)
        for output, leaf in enumerate(made):
            self.know(leaf, Endpoint(node.identifier, output))

    def _fresh(self, outputs: Any) -> Any:
        """``outputs`` with a copy of every tensor that already is another node's.

        A dropout at inference returns its very argument, and then that tensor would be two nodes' output.
        """

        def fresh(leaf: Any) -> Any:
            return self.tensors.copy(leaf) if self.tensors.is_symbolic(leaf) and id(leaf) in self.known else leaf

        return replace_leaves(outputs, fresh)

    def _reference(self, leaf: Any) -> Any:
        endpoint = self.endpoint(leaf)
        if endpoint is not None:
            return endpoint
        return self.tensors.spec(leaf) if self.tensors.is_tensor(leaf) else leaf
