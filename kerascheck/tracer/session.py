"""Calls the live models once more in a scratch graph, with fixed sizes, and records every call as a node.

Nothing is executed: TensorFlow only infers shapes. A layer of Keras itself is one node; the ``call`` of a user's own
layer, of a Lambda and of a nested model is followed, and what is called there nests in its scope.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from kerascheck.graph import Edge, Endpoint, Node, Recorder, Source
from kerascheck.semantics.api import UserFunction
from kerascheck.shapes import Shape, TensorSpec, Unknown
from kerascheck.shapes.dim import batch
from kerascheck.tracer.ancestry import ancestry
from kerascheck.tracer.autographed import autograph, mark, needs_autograph, return_to
from kerascheck.tracer.binding import bind, leaves, left_out, replace_leaves, user_function
from kerascheck.tracer.frames import UserCode, extend
from kerascheck.tracer.library import CallSite, Library, Live, RootCall, Watched
from kerascheck.tracer.masking import masking_of
from kerascheck.tracer.records import Detail, Position, flat_arguments, parameter_count, unwrapped
from kerascheck.tracer.tensors import Tensors

PLACEHOLDERS = ("tf.compat.v1.placeholder", "keras.backend.placeholder")


@dataclass(slots=True)
class Session:
    """One walk through everything that was built, at fixed sizes.

    Attributes:
        known: which output of which node a tensor is, by the tensor's id.
        values: the tensor that stands for a KerasTensor, by the KerasTensor's id.
        depth: above zero within a call that is one node, where nothing is recorded.
        pending: the site of the call on KerasTensors that is about to be made again.
        losses: what layers added to the loss.
        training: whether the models are called in training, or at inference; None leaves it to the calls.
    """

    libraries: tuple[Library, ...]
    tensors: Tensors
    user: UserCode
    watched: Watched
    recorder: Recorder = field(default_factory=Recorder)
    details: dict[str, Detail] = field(default_factory=dict)
    known: dict[int, Endpoint] = field(default_factory=dict)
    kept: list[Live] = field(default_factory=list)
    values: dict[int, Live] = field(default_factory=dict)
    evaluated: dict[int, str | None] = field(default_factory=dict)
    variables: dict[int, str] = field(default_factory=dict)
    seen_layers: set[int] = field(default_factory=set)
    position: Position = field(default_factory=Position)
    depth: int = 0
    pending: CallSite | None = None
    losses: list[Live] = field(default_factory=list)
    training: bool | None = False

    def library_of(self, value: Live) -> Library:
        """The Keras that a layer belongs to."""
        return next((library for library in self.libraries if library.is_layer(value)), self.libraries[0])

    @property
    def generation(self) -> int:
        """The generation of the layer whose ``call`` runs, or of the only Keras there is."""
        inside = self.position.layers
        return self.library_of(inside[-1]).generation if inside else self.libraries[-1].generation

    def _generation_of(self, arguments: Any) -> int | None:
        """The generation of the KerasTensors in a call's arguments."""
        found = (each for leaf in leaves(arguments) for each in self.libraries if each.is_symbolic(leaf))
        library = next(found, None)
        return None if library is None else library.generation

    @property
    def recording(self) -> bool:
        """Whether a call made now becomes a node."""
        return self.depth == 0

    @contextmanager
    def opaque(self) -> Iterator[None]:
        """While it lasts, nothing is recorded."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def guarded(self, guard: str) -> Iterator[None]:
        """While it lasts, nodes are marked as running under ``guard``."""
        before = self.position
        self.position = replace(before, guards=tuple(dict.fromkeys((*before.guards, guard))))
        try:
            yield
        finally:
            self.position = before

    def source_here(self) -> Source | None:
        """Where the user's code stands."""
        return extend(self.user.here(self.position.boundary), self.position.outer)

    def call_layer(self, layer: Live, call: Callable[[], Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call a layer and record the call."""
        begin = self.tensors.count()
        site, self.pending = self.pending, None
        source = extend(site.source, self.position.outer) if site else self.source_here()
        library = self.library_of(layer)
        arguments = {str(position): value for position, value in enumerate(args)} | dict(kwargs)
        if not self._is_followed(library, layer):
            try:
                with self.opaque():
                    outputs = call()
            except Exception:
                self._record_layer(library, layer, arguments, (), source, failed=True)
                raise
            return self._finish_layer(library, layer, arguments, outputs, source, begin)
        before = self.position
        self.position = Position(
            (*before.scope, str(layer.name)),
            sys._getframe(),
            source,
            library.is_lambda(layer),
            (*before.layers, layer),
            before.guards,
        )
        recorded = mark(self)
        try:
            outputs = call()
        except Exception as error:
            if library.generation != 2 or not needs_autograph(error):
                raise
            # tf_keras runs the `call` of a layer through AutoGraph.
            return_to(self, recorded)
            with self.opaque(), autograph():
                outputs = call()
            self.position = before
            return self._finish_layer(library, layer, arguments, outputs, source, begin)
        finally:
            self.position = before
        if any(self.endpoint(leaf) for leaf in leaves(outputs)):
            # What is called inside takes the layer's inputs, and the layer hands on what they give.
            arguments = {"output": outputs}
        return self._finish_layer(library, layer, arguments, outputs, source, begin, container=True)

    def add_input(self, node: Node, tensor: Live) -> None:
        """Record an input."""
        self._add(node, Detail(), tensor)

    def call_failed_function(self, root: RootCall, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Make a call of a function again that failed on KerasTensors."""
        assert root.name is not None
        begin = self.tensors.count()
        generation = self._generation_of((root.arguments, root.keywords))
        arguments = bind(root.operation, args, kwargs)
        try:
            with self.opaque():
                outputs = root.operation(*args, **kwargs)
        except Exception:
            self._record_op(
                root.name,
                arguments,
                (),
                root.site.source,
                failed=True,
                on_keras_tensor=True,
                generation=generation,
            )
            raise
        self._record_op(
            root.name,
            arguments,
            outputs,
            root.site.source,
            begin=begin,
            on_keras_tensor=True,
            generation=generation,
        )
        return outputs

    def _is_followed(self, library: Library, layer: Live) -> bool:
        if library.is_lambda(layer) or library.ends(layer) is not None or library.is_sequential(layer):
            return True
        code = getattr(unwrapped(type(layer).call), "__code__", None)
        return code is not None and self.user.owns(code.co_filename)

    def _finish_layer(
        self,
        library: Library,
        layer: Live,
        arguments: Mapping[str, Any],
        outputs: Any,
        source: Source | None,
        begin: int,
        *,
        container: bool = False,
    ) -> Any:
        fresh = self._fresh(outputs)
        self._record_layer(library, layer, arguments, fresh, source, begin=begin, container=container)
        return fresh

    def _record_layer(
        self,
        library: Library,
        layer: Live,
        arguments: Mapping[str, Any],
        outputs: Any,
        source: Source | None,
        *,
        begin: int | None = None,
        failed: bool = False,
        container: bool = False,
    ) -> Node:
        weights = library.own_weights(layer) if container else library.weights(layer)
        first = id(layer) not in self.seen_layers
        self.seen_layers.add(id(layer))
        described = tuple(library.describe(weight) for weight in weights)
        made = self.watched.constructions.get(id(layer))
        node = Node(
            self.recorder.next_identifier(),
            "model" if library.is_model(layer) else "layer",
            library.canonical(type(layer)) or type(layer).__name__,
            str(layer.name),
            (),
            source,
            parameter_count(described) if first else 0,
            parameter_count(weight for weight in described if weight.trainable) if first else 0,
            self.position.scope,
            dict(made.arguments) if made is not None else {},
            f"layer{id(layer)}",
            described,
            generation=library.generation,
            in_lambda=self.position.in_lambda,
            masking=masking_of(library, layer, arguments),
        )
        detail = Detail(arguments, layer, failed, layers=self.position.layers, container=container, begin=begin)
        self._add(node, detail, outputs)
        return node

    def call_function(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        """Call a public function and record the call where it gives or takes a tensor of the graph."""
        begin = self.tensors.count()
        source = self.source_here()
        arguments = bind(function, args, kwargs)
        try:
            with self.opaque():
                outputs = function(*args, **kwargs)
        except Exception:
            if any(self.endpoint(leaf) for _, leaf in flat_arguments(arguments)):
                self._record_op(name, arguments, (), source, failed=True, defaulted=left_out(function, args, kwargs))
            raise
        if name in PLACEHOLDERS:
            self._record_placeholder(outputs, source)
            return outputs
        symbolic = any(self.tensors.is_symbolic(leaf) for leaf in leaves(outputs))
        if not symbolic and not any(self.endpoint(leaf) for _, leaf in flat_arguments(arguments)):
            return outputs
        outputs = self._fresh(outputs)
        self._record_op(name, arguments, outputs, source, begin=begin, defaulted=left_out(function, args, kwargs))
        return outputs

    def _record_placeholder(self, tensor: Live, source: Source | None) -> None:
        """Record a placeholder of TF1 graph code; an unknown first size is the batch's."""
        name = str(tensor.name).partition(":")[0]
        node = Node(self.recorder.next_identifier(), "input", "keras.Input", name, (), source)
        self.add_input(node, tensor)
        measured = self.tensors.spec(tensor)
        dims = measured.shape.dims
        if dims and isinstance(dims[0], Unknown):
            measured = TensorSpec(Shape((batch(), *dims[1:])), measured.dtype)
        self.details[node.identifier].arguments = {"specs": (measured,)}

    def call_operator(self, name: str, arguments: Mapping[str, Any], call: Callable[[], Any]) -> Any:
        """Apply an operator and record it as the function it is."""
        begin = self.tensors.count()
        source = self.source_here()
        try:
            with self.opaque():
                output = call()
        except Exception:
            self._record_op(name, arguments, (), source, failed=True)
            raise
        if not self.tensors.is_symbolic(output):
            return output
        output = self._fresh(output)
        self._record_op(name, arguments, output, source, begin=begin)
        return output

    def call_operation(self, operation: Live, call: Callable[[], Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        """Call an op of a functional model and record the call."""
        begin = self.tensors.count()
        site, self.pending = self.pending, None
        library = next((found for found in self.libraries if found.is_layer(operation)), self.libraries[0])
        source = extend(site.source, self.position.outer) if site else self.source_here()
        public = site.public if site is not None and site.public is not None and site.public.nodes <= 1 else None
        label = str(operation.name)
        arguments = dict(library.op_arguments(operation)) | library.call_arguments(operation, args, kwargs)
        name = library.op_name(operation)
        if site is not None and public is not None:
            name = public.name
            arguments = self._as_called(library.node_inputs(site.keep), public.arguments, (args, kwargs)) or arguments
        try:
            with self.opaque():
                outputs = call()
        except Exception:
            self._record_op(name, arguments, (), source, failed=True, on_keras_tensor=True, label=label)
            raise
        outputs = self._fresh(outputs)
        self._record_op(
            name,
            arguments,
            outputs,
            source,
            begin=begin,
            on_keras_tensor=True,
            defaulted=public.defaulted if public is not None else (),
            label=label,
        )
        return outputs

    def _as_called(self, references: list[Live], arguments: Mapping[str, Any], actual: Any) -> dict[str, Any] | None:
        """A function's arguments with the tensors of this call in place of the KerasTensors of the first."""
        given = [leaf for leaf in leaves(actual) if self.tensors.is_tensor(leaf)]
        if len(given) != len(references):
            return None
        table = {id(reference): tensor for reference, tensor in zip(references, given, strict=True)}
        return {
            name: replace_leaves(value, lambda leaf: table.get(id(leaf), leaf)) for name, value in arguments.items()
        }

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
        code = getattr(unwrapped(value), "__code__", None) if callable(value) else None
        return user_function(value, code) if code is not None and self.user.owns(code.co_filename) else None

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

    def know(self, tensor: Live, endpoint: Endpoint) -> None:
        """From now on ``tensor`` is that output of that node."""
        self.known[id(tensor)] = endpoint
        self.kept.append(tensor)

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

    def _is_variable(self, leaf: Any) -> bool:
        return self.tensors.is_variable(leaf) or any(library.is_variable(leaf) for library in self.libraries)

    def storage_of(self, variable: Live) -> Live:
        """The TensorFlow variable behind a variable of any sort."""
        keras = next((library for library in self.libraries if library.is_variable(variable)), None)
        return keras.storage(variable) if keras is not None else self.watched.plain(variable)

    def _variable(self, variable: Live) -> Endpoint:
        """The node that stands for a variable."""
        keras = next((library for library in self.libraries if library.is_variable(variable)), None)
        storage = self.storage_of(variable)
        identifier = self.variables.get(id(storage))
        if identifier is None:
            identifier = self.recorder.next_identifier()
            self.variables[id(storage)] = identifier
            self.kept.append(storage)
            watched = self.watched.variables
            _, source = watched.get(id(variable)) or watched.get(id(storage)) or (None, None)
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
