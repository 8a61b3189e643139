"""Keras 3, watched and asked."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from kerascheck.graph import Weight
from kerascheck.shapes import Shape
from kerascheck.tracer.added_losses import watch_losses
from kerascheck.tracer.binding import bind, leaves
from kerascheck.tracer.either_keras import EitherKeras
from kerascheck.tracer.library import History, Live
from kerascheck.tracer.runs import watch_resets
from kerascheck.tracer.runtime import Runtime, constructor_arguments, patch
from kerascheck.tracer.saving import kept_by

FUNCTION_MODULES = re.compile(
    r"keras(\._tf_keras\.keras)?\.(ops(\.\w+)*|activations|random|backend)|keras\.src\.legacy\.backend"
)
"""The modules whose functions are called on tensors.

``from tensorflow.keras.backend import mean`` makes a module of its own, late, of what the last one holds.
"""

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(slots=True)
class Keras3(EitherKeras):
    """Keras 3 with the TensorFlow backend."""

    generation: int = 3
    names: dict[int, str] = field(default_factory=dict)

    def is_layer(self, value: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(value, self.keras.layers.Layer)

    def is_made(self, layer: Live) -> bool:
        """See :class:`Library`."""
        made = vars(layer)
        return "_trainable" in made and (not isinstance(layer, self._functional_class()) or "_inputs" in made)

    def is_symbolic(self, value: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(value, self.keras.KerasTensor)

    def is_variable(self, value: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(value, self.keras.Variable)

    def storage(self, variable: Live) -> Live:
        """See :class:`Library`: of a variable that a strategy distributes, the first of its parts."""
        from tensorflow.python.distribute.values import DistributedVariable

        value = variable._value
        return value._primary if isinstance(value, DistributedVariable) else value

    def canonical(self, value: Live) -> str | None:
        """See :class:`Library`."""
        from keras.src.api_export import REGISTERED_OBJS_TO_NAMES

        name = REGISTERED_OBJS_TO_NAMES.get(value)
        if name is None and value is self._functional_class():
            return "keras.Model"
        return None if name is None else str(name).replace("keras._legacy.", "keras.")

    def _functional_class(self) -> Any:
        from keras.src.models.functional import Functional

        return Functional

    def history(self, tensor: Live) -> History | None:
        """See :class:`Library`."""
        past = getattr(tensor, "_keras_history", None)
        if past is None or past.operation is None:
            return None
        node = past.operation._inbound_nodes[past.node_index]
        return History(
            id(node.arguments),
            past.operation,
            tuple(node.input_tensors),
            tuple(node.outputs),
            bool(node.is_input),
            node.arguments.fill_in,
        )

    def is_op(self, layer: Live) -> bool:
        """See :class:`Library`: an op of Keras 3 is no layer."""
        return not self.is_layer(layer)

    def node_inputs(self, node: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(node.input_tensors)

    def node_outputs(self, node: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(node.outputs)

    def call_arguments(self, operation: Live, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """See :class:`Library`."""
        bound = bind(type(operation).call, (operation, *args), kwargs)
        return {name: value for name, value in bound.items() if value is not operation}

    def ends(self, model: Live) -> tuple[list[Live], list[Live]] | None:
        """See :class:`Library`."""
        if self.is_sequential(model):
            model = model._functional
        if not isinstance(model, self._functional_class()):
            return None
        return list(model.inputs), list(model.outputs)

    def output_structure(self, model: Live) -> Any:
        """See :class:`Library`."""
        return (model._functional if self.is_sequential(model) else model)._outputs_struct

    def saved_variables(self, model: Live) -> set[int] | None:
        """See :class:`Library`."""
        from keras.src.saving import saving_lib

        # What trains the model is saved with it and is no part of what it computes.
        optimizer = vars(model).get("optimizer")
        return kept_by(lambda store: saving_lib._save_state(model, store, None, "", {id(optimizer)}), saving_lib, self)

    def refuses_code(self) -> bool:
        """See :class:`Library`."""
        from keras.src.saving import serialization_lib

        return serialization_lib.in_safe_mode() is not False

    def input_structure(self, model: Live) -> Any:
        """See :class:`Library`."""
        return (model._functional if self.is_sequential(model) else model)._inputs_struct

    def takes_training(self, layer: Live) -> bool:
        """See :class:`Library`."""
        return bool(layer._call_has_training_arg)

    def mode(self, training: bool) -> AbstractContextManager[None]:
        """See :class:`Library`: every call tells it."""
        return nullcontext()

    def in_mode(self, layer: Live, keywords: Mapping[str, Any], training: bool) -> dict[str, Any]:
        """See :class:`Library`: the model's flag replaces what the call was given."""
        return {**keywords, "training": training} if self.is_layer(layer) else dict(keywords)

    def is_compiled(self, model: Live) -> bool:
        """See :class:`Library`."""
        return bool(vars(model).get("compiled")) and model.optimizer is not None

    def step_methods(self) -> tuple[list[tuple[Live, str]], list[tuple[Live, str]]]:
        """See :class:`Library`."""
        from keras.src.trainers.trainer import Trainer

        return [(Trainer, "compute_loss")], [(Trainer, "compute_metrics")]

    def kind_of_state(self, layer: Live, variable: Live) -> str:
        """See :class:`Library`."""
        if any(generator.state is variable for generator in layer._seed_generators):
            return "random seed"
        if any(each is variable for metric in layer._metrics for each in metric.variables):
            return "metric"
        if isinstance(layer, self.keras.layers.BatchNormalization):
            return "moving statistics"
        return "recurrent state" if self.is_stateful(layer) else "state"

    def carried_state(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        return [each for each in leaves(list(layer.states or ())) if self.is_variable(each)]

    def literal_flag(self, node: Live) -> bool | None:
        """See :class:`Library`: Keras puts a default among the arguments, too, which says nothing."""
        given = node.arguments.kwargs.get("training")
        if not isinstance(given, bool) or not self.is_layer(node.operation):
            return None
        flag = inspect.signature(node.operation.call).parameters.get("training")
        return given if flag is None or flag.default is not given else None

    def called_layer(self, node: Live) -> Live:
        """See :class:`Library`."""
        return node.operation

    def holds_call(self, model: Live, node: Live) -> bool:
        """See :class:`Library`."""
        if self.ends(model) is None:
            return False
        network = model._functional if self.is_sequential(model) else model
        return any(each is node for depth in network._nodes_by_depth.values() for each in depth)

    def learning_phase(self) -> bool | None:
        """See :class:`Library`: there is none."""
        return None

    def op_name(self, operation: Live) -> str:
        """See :class:`Library`."""
        name = _WORD.sub("_", type(operation).__name__).lower()
        return f"keras.ops.{name}"

    def op_arguments(self, operation: Live) -> Mapping[str, Any]:
        """See :class:`Library`."""
        made = self.runtime.watched.constructions.get(id(operation))
        return made.arguments if made is not None else {}

    def weights(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(layer.weights)

    def own_weights(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        below = {id(weight) for inner in layer._layers for weight in inner.weights}
        return [weight for weight in layer.weights if id(weight) not in below]

    def describe(self, weight: Live) -> Weight:
        """See :class:`Library`."""
        return Weight(str(weight.name), Shape.of(*weight.shape), bool(weight.trainable), str(weight.dtype))

    def input_spec_of(self, model: Live) -> tuple[tuple[int | None, ...], ...] | None:
        """See :class:`Library`."""
        shapes = model._build_shapes_dict
        if not shapes or len(shapes) != 1:
            return None
        (shape,) = shapes.values()
        return (tuple(shape),) if isinstance(shape, (list, tuple)) and not _nested(shape) else None

    def install(self) -> None:
        """See :class:`Library`."""
        _watch_construction(self.runtime, self)
        _watch_calls(self.runtime, self)
        _watch_history(self.runtime, self)
        watch_losses(self.runtime, self.keras.layers.Layer)
        for owner in (self.keras.layers.RNN, self.keras.layers.Bidirectional):
            for name in ("reset_state", "reset_states"):
                watch_resets(self.runtime, owner, name)

    def update_operations(self, layer: Live) -> list[Live]:
        """See :class:`Library`: Keras 3 keeps none."""
        return []

    def operator_classes(self) -> list[Any]:
        """See :class:`Library`."""
        return [cls for cls in self.keras.Variable.__mro__ if "__add__" in vars(cls)]

    def public_functions(self) -> Iterator[tuple[Any, str, Live, str]]:
        """See :class:`Library`."""
        for module_name, module in list(sys.modules.items()):
            if FUNCTION_MODULES.fullmatch(module_name):
                for attribute, value in list(vars(module).items()):
                    name = self.canonical(value) if isinstance(value, FunctionType) else None
                    if name is not None:
                        yield module, attribute, value, name


def _nested(shape: Iterable[Any]) -> bool:
    return any(isinstance(size, (list, tuple)) for size in leaves(shape) if size is not None) or any(
        isinstance(size, (list, tuple, dict)) for size in shape
    )


def _watch_construction(runtime: Runtime, library: Keras3) -> None:
    """See what is made: layers, models, variables."""
    from keras.src.ops.operation import Operation

    def watch_new(original: Any) -> Any:
        def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
            made = original(cls, *args, **kwargs)
            if runtime.session is None:
                runtime.constructed(made, constructor_arguments(cls, made, args, kwargs), args)
            if library.is_layer(made):
                runtime.made(made, "layer")
            return made

        return new

    def watch_sequential_build(original: Any) -> Any:
        def build(model: Any, *args: Any, **kwargs: Any) -> Any:
            with runtime.within_sequential():
                return original(model, *args, **kwargs)

        return build

    def watch_variable(original: Any) -> Any:
        def init(variable: Any, *args: Any, **kwargs: Any) -> None:
            runtime.made(variable, "variable")
            if runtime.session is None:
                # Within a symbolic call Keras makes the tensor only later, at another place.
                runtime.watched.variables.put(variable, runtime.user.here())
            original(variable, *args, **kwargs)

        return init

    patch(Operation, "__new__", watch_new)
    patch(library.keras.Sequential, "build", watch_sequential_build)
    for variable_class in library.operator_classes():
        patch(variable_class, "__init__", watch_variable)


def _watch_calls(runtime: Runtime, library: Keras3) -> None:
    """See the calls of layers and of the ops of functional models."""
    from keras.src.ops.operation import Operation

    def watch_layer_call(original: Any) -> Any:
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            session = runtime.active
            if session is None:
                return runtime.call_outside(library, layer, original, args, kwargs)
            if not session.recording:
                return original(layer, *args, **kwargs)
            return session.call_layer(layer, lambda: original(layer, *args, **kwargs), args, kwargs)

        return call

    def watch_operation_call(original: Any) -> Any:
        def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
            session = runtime.session
            if session is None or not session.recording or session.pending is None:
                return original(operation, *args, **kwargs)
            return session.call_operation(operation, lambda: original(operation, *args, **kwargs), args, kwargs)

        return call

    def watch_symbolic_call(original: Any) -> Any:
        def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
            if runtime.session is not None or runtime.watched.depth:
                return original(operation, *args, **kwargs)
            try:
                return original(operation, *args, **kwargs)
            except Exception as error:
                runtime.root(operation, None, args, kwargs, error)
                raise

        return call

    patch(library.keras.layers.Layer, "__call__", watch_layer_call)
    patch(Operation, "__call__", watch_operation_call)
    patch(Operation, "symbolic_call", watch_symbolic_call)


def _watch_history(runtime: Runtime, library: Keras3) -> None:
    """See what Keras notes of calls on KerasTensors, and when it makes such a call again."""
    from keras.src.ops.node import Node
    from keras.src.ops.symbolic_arguments import SymbolicArguments

    def watch_node(original: Any) -> Any:
        def init(node: Any, *args: Any, **kwargs: Any) -> None:
            original(node, *args, **kwargs)
            if runtime.session is None:
                runtime.connected(library, id(node.arguments), node, node.operation)

        return init

    patch(Node, "__init__", watch_node)
    patch(SymbolicArguments, "fill_in", library.watch_call_again)
