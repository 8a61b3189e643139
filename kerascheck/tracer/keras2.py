"""tf_keras, which is Keras 2, watched and asked."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from kerascheck.graph import Weight
from kerascheck.shapes import UNKNOWN, Shape
from kerascheck.tracer.added_losses import watch_losses
from kerascheck.tracer.binding import bind
from kerascheck.tracer.either_keras import EitherKeras
from kerascheck.tracer.library import History, Live
from kerascheck.tracer.runs import watch_resets
from kerascheck.tracer.runtime import Runtime, constructor_arguments, patch
from kerascheck.tracer.saving import kept_by_checkpoint

FUNCTION_MODULES = re.compile(r"tf_keras(\.api\._v\d)?(\.keras)?\.(backend|activations)")
"""The modules whose functions are called on tensors."""

OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "neg": "negative",
    "getitem": "get_item",
}
"""What an operator on KerasTensors is, by its name in ``tf.__operators__``."""

INFERRING = "_build_graph_network_for_inferred_shape"
"""The method with which a Sequential that was given no shape becomes a functional model, anew for other sizes."""

SEQUENTIAL_METHODS = ("__init__", "add", "build", INFERRING)


@dataclass(slots=True)
class Keras2(EitherKeras):
    """tf_keras."""

    base_layer: Any
    graph_layer: Any
    functional: Any
    op_layer: Any
    generation: int = 2

    @classmethod
    def of(cls, runtime: Runtime, keras: Any) -> Keras2:
        """The library of an imported tf_keras."""
        from tf_keras.src.engine import base_layer, base_layer_v1, functional
        from tf_keras.src.layers.core import tf_op_layer

        return cls(runtime, keras, base_layer.Layer, base_layer_v1.Layer, functional.Functional, tf_op_layer.TFOpLambda)

    def is_layer(self, value: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(value, self.base_layer)

    def is_op(self, layer: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(layer, self.op_layer)

    def is_made(self, layer: Live) -> bool:
        """See :class:`Library`."""
        made = vars(layer)
        if isinstance(layer, self.functional) and not self.is_sequential(layer) and "_nested_inputs" not in made:
            return False
        return "_trainable" in made

    def is_symbolic(self, value: Live) -> bool:
        """See :class:`Library`."""
        from tf_keras.src.engine.keras_tensor import KerasTensor

        return isinstance(value, KerasTensor)

    def is_variable(self, value: Live) -> bool:
        """See :class:`Library`: tf_keras has none of its own."""
        return False

    def storage(self, variable: Live) -> Live:
        """See :class:`Library`."""
        return self.runtime.watched.plain(variable)

    def canonical(self, value: Live) -> str | None:
        """See :class:`Library`."""
        from tensorflow.python.util import tf_decorator

        if not isinstance(value, (type, FunctionType)):
            return None
        function = value if isinstance(value, type) else tf_decorator.unwrap(value)[1]
        names = vars(function).get("_keras_api_names")
        if names:
            return str(names[0])
        return "keras.Model" if value is self.functional else None

    def history(self, tensor: Live) -> History | None:
        """See :class:`Library`."""
        past = tensor._keras_history
        if past.layer is None:
            return None
        node = past.layer._inbound_nodes[past.node_index]
        references = list(node.keras_inputs)

        def fill(table: dict[int, Live]) -> tuple[tuple[Any, ...], dict[str, Any]]:
            # The node takes its tensors out of lists, one for each time they are used.
            queues = {str(id(found)): [table[id(found)]] * len(references) for found in references}
            args, kwargs = node.map_arguments(queues)
            return tuple(args), dict(kwargs)

        flat = self.runtime.tensorflow.nest.flatten
        return History(id(node), past.layer, tuple(references), tuple(flat(node.outputs)), bool(node.is_input), fill)

    def node_inputs(self, node: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(node.keras_inputs)

    def node_outputs(self, node: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(self.runtime.tensorflow.nest.flatten(node.outputs))

    def ends(self, model: Live) -> tuple[list[Live], list[Live]] | None:
        """See :class:`Library`."""
        if not isinstance(model, self.functional) or not model.inputs or not model.outputs:
            return None
        return list(model.inputs), list(model.outputs)

    def output_structure(self, model: Live) -> Any:
        """See :class:`Library`."""
        return model._nested_outputs

    def saved_variables(self, model: Live) -> set[int] | None:
        """See :class:`Library`: what a checkpoint keeps, or any of the other formats, which keep the weights."""
        kept = kept_by_checkpoint(model, self.runtime.tensorflow)
        if kept is None:
            return None
        return {id(self.storage(each)) for each in (*kept, *self.weights(model))}

    def refuses_code(self) -> bool:
        """See :class:`Library`."""
        from tf_keras.src.saving import serialization_lib

        return serialization_lib.in_safe_mode() is not False

    def input_structure(self, model: Live) -> Any:
        """See :class:`Library`."""
        inputs = model._nested_inputs
        # A Sequential keeps its only input in a list.
        return inputs[0] if self.is_sequential(model) and isinstance(inputs, list) else inputs

    def takes_training(self, layer: Live) -> bool:
        """See :class:`Library`."""
        return bool(layer._expects_training_arg)

    @contextmanager
    def mode(self, training: bool) -> Iterator[None]:
        """See :class:`Library`."""
        from tf_keras.src import backend

        with backend.deprecated_internal_learning_phase_scope(int(training)):
            yield

    def in_mode(self, layer: Live, keywords: Mapping[str, Any], training: bool) -> dict[str, Any]:
        """See :class:`Library`: what the call was given stands."""
        return dict(keywords)

    def is_compiled(self, model: Live) -> bool:
        """See :class:`Library`."""
        return bool(vars(model).get("_is_compiled")) and model.optimizer is not None

    def step_methods(self) -> tuple[list[tuple[Live, str]], list[tuple[Live, str]]]:
        """See :class:`Library`."""
        from tf_keras.src.engine.compile_utils import LossesContainer, MetricsContainer
        from tf_keras.src.engine.training import Model

        losses = [(Model, "compute_loss"), (LossesContainer, "__call__")]
        return losses, [(Model, "compute_metrics"), (MetricsContainer, "update_state")]

    def kind_of_state(self, layer: Live, variable: Live) -> str:
        """See :class:`Library`."""
        from tf_keras.src.layers.normalization.batch_normalization import BatchNormalizationBase

        if isinstance(layer, self.keras.metrics.Metric):
            return "metric"
        if isinstance(layer, BatchNormalizationBase):
            return "moving statistics"
        if isinstance(layer, self.keras.__internal__.layers.BaseRandomLayer):
            return "random seed"
        return "recurrent state" if self.is_stateful(layer) else "state"

    def carried_state(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        states = self.runtime.tensorflow.nest.flatten(layer.states)
        return [each for each in states if isinstance(each, self.runtime.tensorflow.Variable)]

    def literal_flag(self, node: Live) -> bool | None:
        """See :class:`Library`."""
        given = node.call_kwargs.get("training")
        return given if isinstance(given, bool) else None

    def called_layer(self, node: Live) -> Live:
        """See :class:`Library`."""
        return node.layer

    def holds_call(self, model: Live, node: Live) -> bool:
        """See :class:`Library`."""
        if self.ends(model) is None:
            return False
        network = model
        return any(each is node for depth in network._nodes_by_depth.values() for each in depth)

    def learning_phase(self) -> bool | None:
        """See :class:`Library`."""
        from tf_keras.src import backend

        if not backend.global_learning_phase_is_set():
            return None
        value = backend.learning_phase()
        return bool(value) if isinstance(value, int) else None

    def op_name(self, operation: Live) -> str:
        """See :class:`Library`."""
        symbol = str(operation.symbol or operation.function.__name__)
        operator = self._operator(operation)
        if operator is not None:
            return f"keras.ops.{operator}"
        return symbol if symbol.startswith("keras.") else f"tf.{symbol}"

    def _operator(self, operation: Live) -> str | None:
        """The function that an operator is; Keras 2 takes some for the function of TensorFlow they call."""
        group, _, last = str(operation.symbol).rpartition(".")
        if group == "__operators__":
            return OPERATORS.get(last)
        site = self.runtime.watched.sites.get(id(operation._inbound_nodes[0])) if operation._inbound_nodes else None
        return last if site is not None and site.public is None and last in OPERATORS.values() else None

    def op_arguments(self, operation: Live) -> Mapping[str, Any]:
        """See :class:`Library`."""
        return {}

    def call_arguments(self, operation: Live, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """See :class:`Library`."""
        bound = bind(operation.function, args, kwargs)
        if self._operator(operation) is None:
            return bound
        names = ("x", "key") if "slice_spec" in bound else ("x1", "x2")
        values = [_as_slices(value) for name, value in bound.items() if name not in ("name", "var")]
        return dict(zip(names, values, strict=False))

    def weights(self, layer: Live) -> list[Live]:
        """See :class:`Library`: a model that is not built yet has none."""
        try:
            return list(layer.weights)
        except ValueError:
            return []

    def own_weights(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        inner = layer._flatten_layers(recursive=False, include_self=False)
        below = {id(weight) for found in inner for weight in self.weights(found)}
        return [weight for weight in self.weights(layer) if id(weight) not in below]

    def describe(self, weight: Live) -> Weight:
        """See :class:`Library`."""
        name = str(weight.name).partition(":")[0].rpartition("/")[2]
        # A lookup layer's weights may have an axis without a size.
        sizes = [UNKNOWN if size is None else size for size in weight.shape.as_list()]
        return Weight(name, Shape.of(*sizes), bool(weight.trainable), str(weight.dtype.name))

    def input_spec_of(self, model: Live) -> tuple[tuple[int | None, ...], ...] | None:
        """See :class:`Library`."""
        shape = model._build_input_shape
        if shape is None:
            return None
        sizes = tuple(shape)
        if any(isinstance(size, (list, tuple, dict)) for size in sizes):
            return None
        return (sizes,)

    def update_operations(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        if not isinstance(layer, self.graph_layer):
            return []
        return [getattr(update, "op", update) for update in layer.updates]

    def operator_classes(self) -> list[Any]:
        """See :class:`Library`: the variables are TensorFlow's."""
        return []

    def install(self) -> None:
        """See :class:`Library`."""
        from tf_keras.src.engine.node import Node
        from tf_keras.src.layers.rnn.base_conv_rnn import ConvRNN

        patch(self.base_layer, "__new__", self._watch_new)
        for layer_class in (self.base_layer, self.graph_layer):
            patch(layer_class, "__call__", self._watch_layer_call)
            watch_losses(self.runtime, layer_class)
        for owner in (self.keras.layers.RNN, self.keras.layers.Bidirectional, ConvRNN):
            watch_resets(self.runtime, owner, "reset_states")
        patch(Node, "__init__", self._watch_node)
        patch(Node, "map_arguments", self.watch_call_again)
        for name in SEQUENTIAL_METHODS:
            if name in vars(self.keras.Sequential):
                patch(self.keras.Sequential, name, self._watch_sequential)
        if INFERRING in vars(self.keras.Sequential):
            patch(self.keras.Sequential, INFERRING, self._watch_inferring)

    def _watch_new(self, original: Any) -> Any:
        """A layer as it is made, with the arguments it was given."""
        runtime = self.runtime

        def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
            made = original(cls, *args, **kwargs)
            if runtime.session is None:
                runtime.constructed(made, constructor_arguments(cls, made, args, kwargs), args)
            runtime.made(made, "layer")
            return made

        return new

    def _watch_node(self, original: Any) -> Any:
        """A connection of the functional API."""
        runtime, library = self.runtime, self

        def init(node: Any, layer: Any, *args: Any, **kwargs: Any) -> None:
            original(node, layer, *args, **kwargs)
            # What the user's code only trained, a walk is the first to call.
            if runtime.session is None or runtime.watched.sequential:
                runtime.connected(library, id(node), node, layer)

        return init

    def _watch_layer_call(self, original: Any) -> Any:
        """A call of a layer."""
        runtime, library = self.runtime, self

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            session = runtime.active
            if session is None:
                return runtime.call_outside(library, layer, original, args, kwargs)
            if not session.recording:
                return original(layer, *args, **kwargs)
            make = session.call_operation if library.is_op(layer) else session.call_layer
            return make(layer, lambda: original(layer, *args, **kwargs), args, kwargs)

        return call

    def _watch_sequential(self, original: Any) -> Any:
        """What a Sequential does to its own layers."""
        runtime = self.runtime

        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            session = runtime.session
            with runtime.within_sequential(), nullcontext() if session is None else session.opaque():
                return original(model, *args, **kwargs)

        return method

    def _watch_inferring(self, original: Any) -> Any:
        """A Sequential that would take the sizes of its inputs."""
        runtime = self.runtime

        def infer(model: Any, *args: Any, **kwargs: Any) -> Any:
            # The model is the one that the user's calls made it: the sizes of a walk must not make it another.
            if runtime.session is None or not model._graph_initialized:
                return original(model, *args, **kwargs)
            return None

        return infer

    def public_functions(self) -> Iterator[tuple[Any, str, Live, str]]:
        """See :class:`Library`."""
        for module_name, module in list(sys.modules.items()):
            if FUNCTION_MODULES.fullmatch(module_name):
                for attribute, value in list(vars(module).items()):
                    name = self.canonical(value) if isinstance(value, FunctionType) else None
                    if name is not None:
                        yield module, attribute, value, name


def _as_slices(key: Any) -> Any:
    """A key of ``x[key]`` with the slices that Keras 2 keeps as dictionaries."""
    match key:
        case {"start": start, "stop": stop, "step": step}:
            return slice(start, stop, step)
        case list() | tuple():
            return type(key)(_as_slices(part) for part in key)
    return key
