"""Calls the live models once more in a scratch graph, with fixed sizes, and records every call as a node.

Nothing is executed: TensorFlow only infers shapes. A layer of Keras itself is one node; the ``call`` of a user's own
layer, of a Lambda and of a nested model is followed, and what is called there nests in its scope.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from kerascheck.graph import Node, Source
from kerascheck.shapes import Shape, TensorSpec, Unknown
from kerascheck.shapes.dim import batch
from kerascheck.tracer.autographed import autograph, mark, needs_autograph, return_to
from kerascheck.tracer.binding import bind, leaves, left_out, replace_leaves
from kerascheck.tracer.frames import extend
from kerascheck.tracer.ledger import Ledger
from kerascheck.tracer.library import CallSite, Library, Live, RootCall
from kerascheck.tracer.masking import masking_of
from kerascheck.tracer.records import Detail, Position, flat_arguments, parameter_count

PLACEHOLDERS = ("tf.compat.v1.placeholder", "keras.backend.placeholder")


@dataclass(slots=True)
class Session(Ledger):
    """One walk through everything that was built, at fixed sizes.

    Attributes:
        values: the tensor that stands for a KerasTensor, by the KerasTensor's id.
        depth: above zero within a call that is one node, where nothing is recorded.
        pending: the site of the call on KerasTensors that is about to be made again.
        losses: what layers added to the loss.
        training: whether the models are called in training, or at inference; None leaves it to the calls.
    """

    values: dict[int, Live] = field(default_factory=dict)
    evaluated: dict[int, str | None] = field(default_factory=dict)
    seen_layers: set[int] = field(default_factory=set)
    depth: int = 0
    pending: CallSite | None = None
    losses: list[Live] = field(default_factory=list)
    training: bool | None = False

    def _generation_of(self, arguments: Any) -> int | None:
        """The generation of the KerasTensors in a call's arguments."""
        found = (each for leaf in leaves(arguments) for each in self.libraries if each.is_symbolic(leaf))
        library = next(found, None)
        return None if library is None else library.generation

    @property
    def recording(self) -> bool:
        """Whether a call made now becomes a node."""
        return self.depth == 0

    def is_of_lambda(self, function: Callable[..., Any]) -> bool:
        """Whether it is the very function, perhaps with some arguments given, of the Lambda whose ``call`` runs."""
        if not self.position.in_lambda or not self.recording:
            return False
        given = self.position.layers[-1].function
        while isinstance(given, functools.partial):
            given = given.func
        return given is function

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
                at_fault = self._calling_again() if site is not None else None
                self._record_layer(library, layer, arguments, (), at_fault or source, failed=True)
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

    def _calling_again(self) -> Source | None:
        """The call of the model that runs now, where that was whole before: its layers fit each other."""
        around = self.position.layers
        whole = bool(around) and self.library_of(around[-1]).ends(around[-1]) is not None
        return self.position.outer if whole else None

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
        return self.user.code_of(type(layer).call) is not None

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
