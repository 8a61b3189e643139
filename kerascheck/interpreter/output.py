"""From what was recorded to models: which nodes belong to which, and what is left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from kerascheck.graph import JIT_GUARD, Endpoint, ModelGraph, ModelKind, Node, is_within
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.freezing import settle_trainable, trainable_flag
from kerascheck.interpreter.inputs import MOST_INPUTS, input_tensor
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.models import history_calls
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.values import (
    Arguments,
    ClassValue,
    Instance,
    KerasCall,
    TensorValue,
    Value,
)
from kerascheck.shapes import Unknown
from kerascheck.shapes.dim import symbol

MAXIMUM_RANK = 8


@dataclass(slots=True)
class Assembly:
    """The models of a run."""

    interpreter: Interpreter
    called: list[Instance] = field(default_factory=list)
    models: list[ModelGraph] = field(default_factory=list)
    ends: list[tuple[Instance, Value, Value, bool]] = field(default_factory=list)
    compiled: set[tuple[str, ...]] = field(default_factory=set)

    def call_symbolically(self, instance: Instance, *, alone: bool) -> None:
        """Call a layer or model of the user's on symbolic inputs, for a graph of its own.

        ``alone`` for a layer that no model uses. Where an op or layer tells the rank of an input of unknown rank,
        it is called once more with that rank, the batch first; and again without it where it was a guess that fails.
        """
        self.called.append(instance)
        state: LayerState = instance.layer
        calls = state.calls
        recorder = self.interpreter.program.recorder
        before = recorder.counter
        inputs = self._inputs(instance, {})
        outputs = self._call(instance, inputs)
        hints = self.interpreter.facts.rank_hints
        ranks = {
            index: hints[tensor.origins[0].node]
            for index, (_, tensor) in enumerate(tensors_in(inputs))
            if tensor.origins and hints.get(tensor.origins[0].node, 0) in range(1, MAXIMUM_RANK)
        }
        origins = [tensor.origins[0].node for _, tensor in tensors_in(inputs) if tensor.origins]
        doubtful = not self.interpreter.facts.doubtful_hints.isdisjoint(origins)
        if ranks:
            self._forget(instance, before)
            inputs = self._inputs(instance, ranks)
            failed = False
            try:
                outputs = self._call(instance, inputs)
            finally:
                failed = doubtful and self._has_problem(before)
                if failed:
                    self._forget(instance, before)
            if failed:
                inputs = self._inputs(instance, {})
                outputs = self._call(instance, inputs)
        state.calls = calls + 1
        self.ends.append((instance, inputs, outputs, alone))

    def _has_problem(self, before: int) -> bool:
        recorder = self.interpreter.program.recorder
        return any(recorder.nodes[name].problem is not None for name in recorder.since(before))

    def _forget(self, instance: Instance, before: int) -> None:
        """Take back the first call: its nodes, and what it built Keras's own layers for."""
        recorder = self.interpreter.program.recorder
        for identifier in recorder.since(before):
            if recorder.nodes[identifier].kind != "variable":
                del recorder.nodes[identifier]
        for layer in all_layers(instance):
            if layer.layer.kind == "builtin":
                layer.layer.built, layer.layer.weights = False, ()

    def _call(self, instance: Instance, inputs: tuple[Value, ...]) -> Value:
        node = instance.cls.node if isinstance(instance.cls, ClassValue) and instance.cls.node else NOWHERE
        made = instance.layer.source
        stack = self.interpreter.context.stack
        if made is None or not isinstance(instance.cls, ClassValue) or _is_of_file(instance.cls, made.span.file):
            return self.interpreter.call(instance, Arguments(inputs), node)
        # What a class of another file does there is done for who made the object.
        before = list(stack)
        stack += [*reversed(made.stack), made.span]
        try:
            return self.interpreter.call(instance, Arguments(inputs), node)
        finally:
            stack[:] = before

    def _inputs(self, instance: Instance, ranks: dict[int, int]) -> tuple[Value, ...]:
        """Symbolic tensors for the parameters of ``call``: like the data it was called on, else of unknown shape."""
        state: LayerState = instance.layer
        interpreter = self.interpreter
        if state.expected is not None:
            like = partial(self._like, state=state, own_step=class_function(instance, "train_step") is not None)
            return (map_tensors(state.expected, like, interpreter.heap.new),)
        call = class_function(instance, "call")
        if call is None:
            return ()
        parameters = call.node.args.args[1:]
        required = parameters[: len(parameters) - len(call.node.args.defaults)] or parameters[:1]
        count = max(1, len([each for each in required if each.arg not in ("training", "mask")]))
        samples = count <= MOST_INPUTS
        return tuple(self._open(index, ranks.get(index), state, samples=samples) for index in range(count))

    def _like(self, tensor: TensorValue, state: LayerState, *, own_step: bool) -> TensorValue:
        dims = tensor.spec.shape.dims
        if state.expected_dims is not None:
            dims = state.expected_dims
        shape = None if not dims else (None, *dims[1:])
        made = input_tensor(
            self.interpreter, shape, tensor.spec.dtype, f"{state.name}_input", source=state.source, keras_tensor=False
        )
        if own_step:
            self.interpreter.facts.made_up.update(origin.node for origin in made.origins)
        return made

    def _open(self, index: int, rank: int | None, state: LayerState, *, samples: bool) -> TensorValue:
        """An input of unknown shape; of known rank, with a name for each size, which may be fixed in a real call."""
        facts = self.interpreter.facts
        dims = None
        if rank is not None:
            names = [f"n{len(facts.assumed) + axis}" for axis in range(1, rank)]
            facts.assumed.update(names)
            dims = (None, *(symbol(name) for name in names))
        name = f"{state.name}_input" if index == 0 else f"{state.name}_input_{index}"
        made = input_tensor(
            self.interpreter, dims, None, name, source=state.source, keras_tensor=False, samples=samples
        )
        facts.made_up.update(origin.node for origin in made.origins)
        return made

    def finish(self) -> None:
        """Cut every model out of the recorded graph; what is left over becomes a fragment."""
        interpreter = self.interpreter
        settle_trainable(interpreter)
        for instance in interpreter.facts.layers:
            state: LayerState = instance.layer
            if state.kind in ("functional", "sequential") and state.outputs is not None:
                self._cut(
                    instance, state.inputs, state.outputs, "functional" if state.kind == "functional" else "sequential"
                )
        for instance, inputs, outputs in interpreter.facts.on_data:
            self._cut(instance, inputs, outputs, "subclassed" if instance.layer.is_model else "layer")
        for instance, inputs, outputs, alone in self.ends:
            self._cut(instance, inputs, outputs, "layer" if alone else "subclassed")
        self._fragment()
        interpreter.program.models = self.models

    def own_outputs(self) -> dict[int, Value]:
        """What the models with a ``call`` of the user's give, by the model's identity."""
        on_data = {id(instance): outputs for instance, _, outputs in self.interpreter.facts.on_data}
        return on_data | {id(instance): outputs for instance, _, outputs, _ in self.ends}

    def own_inputs(self) -> list[tuple[Instance, Value]]:
        """What the models with a ``call`` of the user's were given, for each run."""
        on_data = [(instance, inputs) for instance, inputs, _ in self.interpreter.facts.on_data]
        return on_data + [(instance, inputs) for instance, inputs, _, _ in self.ends]

    def _cut(self, instance: Instance, inputs: Value, outputs: Value, kind: ModelKind) -> None:
        recorder = self.interpreter.program.recorder
        starts = tuple(
            Endpoint(origin.node, origin.output) for _, tensor in tensors_in(inputs) for origin in tensor.origins
        )
        ends = tuple(
            Endpoint(origin.node, origin.output) for _, tensor in tensors_in(outputs) for origin in tensor.origins
        )
        members = recorder.ancestors([end.node for end in ends], stop=[start.node for start in starts])
        members |= {start.node for start in starts if start.node in recorder.nodes}
        self._name_outer(instance, inputs, outputs)
        state: LayerState = instance.layer
        nodes = [recorder.nodes[identifier] for identifier in members]
        if any(compiled is instance for compiled in self.interpreter.facts.jit_models):
            self._compile(nodes)
        model = ModelGraph.cut(
            recorder,
            members,
            name=state.name,
            kind=kind,
            span=state.source.span if state.source is not None else None,
            inputs=starts,
            outputs=ends,
            complete=all(understood(node) for node in nodes) and bool(ends),
            generation=state.generation,
        )
        if not ends:
            model.params = model.trainable = None
        flag = trainable_flag(instance)
        if not flag:
            model.trainable = None if flag is None else 0
        self.models.append(model)

    def _compile(self, nodes: Iterable[Node]) -> None:
        """Mark what XLA compiles with a model."""
        for node in nodes:
            node.guards = tuple(dict.fromkeys((*node.guards, JIT_GUARD)))
            self.compiled.add(node.scope)

    def _name_outer(self, instance: Instance, inputs: Value, outputs: Value) -> None:
        """Note the layers of a functional model, so that they count as used."""
        for call in history_calls(inputs, outputs):
            self._use(call)

    def _use(self, call: KerasCall) -> None:
        if isinstance(call.function, Instance) and call.function.layer is not None:
            call.function.layer.in_model = True

    def _fragment(self) -> None:
        """Everything that belongs to no model, so that a rule can still read it."""
        program = self.interpreter.program
        recorder = program.recorder
        held = {identifier for model in self.models for identifier in model.records}
        rest = [
            identifier
            for identifier, node in recorder.nodes.items()
            if identifier not in held and node.kind in ("layer", "model", "op", "input")
        ]
        if not any(recorder.nodes[identifier].kind in ("layer", "model", "op") for identifier in rest):
            return
        members = set(rest)
        for identifier in rest:
            members.update([edge.source for edge in recorder.incoming.get(identifier, ())])
        fragment = ModelGraph.cut(
            recorder,
            members,
            name="fragment",
            kind="fragment",
            span=None,
            inputs=(),
            outputs=(),
            complete=False,
            generation=program.generation,
        )
        nodes = list(fragment.nodes())
        fragment.span = next((node.source.span for node in nodes if node.source is not None), None)
        fragment.inputs = tuple(Endpoint(node.identifier) for node in nodes if node.kind == "input")
        fragment.complete = all(understood(node) for node in nodes)
        # What such a call computes beside its result is compiled with it.
        if self.compiled:
            self._compile([node for node in nodes if is_within(node.scope, self.compiled)])
        self.models.append(fragment)


def _is_of_file(cls: ClassValue, file: str) -> bool:
    """Whether a class of the user's was defined in that file."""
    return cls.module is None or cls.module.source.path == file


def understood(node: Node) -> bool:
    """Whether the node's shapes and parameters are known."""
    if node.params is None or node.problem is not None:
        return False
    for spec in node.outputs:
        if spec.shape.dims is None or any(isinstance(dim, Unknown) for dim in spec.shape.dims):
            return False
    return True
