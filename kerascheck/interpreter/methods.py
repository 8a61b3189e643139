"""Methods of the objects that kerascheck models itself: containers, strings, tensors, layers, models, optimizers."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter import graph_mode
from kerascheck.interpreter.argument_parsers import PARSER, parser_method
from kerascheck.interpreter.containers import dict_method, list_method, string_method, tuple_method
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter, TapeState
from kerascheck.interpreter.data_preparing import TOKENIZER, tokenizer_method
from kerascheck.interpreter.dataset_methods import dataset_method
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.flows import NUMPY, derived, flow_of
from kerascheck.interpreter.image_iterators import FLOWS, GENERATOR, flow
from kerascheck.interpreter.layer_methods import call_layer_method
from kerascheck.interpreter.metrics import METRICS, metric_method
from kerascheck.interpreter.named_tuples import new_named_tuple, tuple_fields
from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.numpy_functions import array_method, generator_method
from kerascheck.interpreter.objectives import note_metric_call, note_object_call
from kerascheck.interpreter.python_state import note_growing
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.saved_configs import base_config
from kerascheck.interpreter.sklearn_functions import sklearn_method
from kerascheck.interpreter.strategies import STRATEGY_SCOPE, run_in_replicas
from kerascheck.interpreter.strategy_kinds import STRATEGIES
from kerascheck.interpreter.symbolic_uses import note_symbolic_use
from kerascheck.interpreter.tapes import STATE, TAPE, forget, let_go, take_gradient, watch
from kerascheck.interpreter.tensor_arrays import TENSOR_ARRAY, tensor_array_method
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    ClassValue,
    ComputedValue,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    NativeMethod,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variables import mark_trained
from kerascheck.program import NUMPY_METHOD, WeightListEdit


def call_method(interpreter: Interpreter, method: NativeMethod, arguments: Arguments, node: ast.AST) -> Value:
    """Call a method that kerascheck models."""
    if method.name == "update_state" and isinstance(method.receiver, Instance):
        note_metric_call(interpreter, method.receiver, arguments, node)
    match method.receiver:
        case ListValue():
            note_weight_list_edit(interpreter, method, arguments, node)
            if interpreter.context.phase is not None:
                note_growing(interpreter, method.receiver, method.name, node)
            return list_method(interpreter, method.receiver, method.name, arguments, node)
        case DictValue():
            return dict_method(interpreter, method.receiver, method.name, arguments, node)
        case str():
            return string_method(interpreter, method.receiver, method.name, arguments)
        case tuple():
            return tuple_method(interpreter, method.receiver, method.name, arguments)
        case DatasetValue():
            return dataset_method(interpreter, method.receiver, method.name, arguments, node)
        case TensorValue():
            return tensor_method(interpreter, method.receiver, method.name, arguments, node)
        case Instance() if method.name == "get_config":
            return base_config(interpreter, method.receiver)
        case Instance() if method.receiver.layer is not None:
            return call_layer_method(interpreter, method.receiver, method.name, arguments, node)
        case Instance(native=str()):
            return native_method(interpreter, method.receiver, method.name, arguments, node)
        case ClassValue() as cls if method.name == "__new__" and (fields := tuple_fields(cls)) is not None:
            given = Arguments(arguments.positional[1:], arguments.keywords, arguments.open)
            return new_named_tuple(cls, fields, given)
        case FunctionValue() if method.name == "python_function":
            return interpreter.call(method.receiver, arguments, node)
        case ComputedValue():
            op = NUMPY if method.name in TO_NUMPY else method.name
            return derived(interpreter, op, (method.receiver, *arguments.positional), node)
    return NOTHING_KNOWN


WEIGHT_LIST_EDITS = frozenset({"append", "extend", "insert", "remove", "pop", "clear", "__iadd__"})
TRAINABLE_LISTS = frozenset(
    {"trainable_weights", "trainable_variables", "weights", "variables", "non_trainable_weights",
     "non_trainable_variables"}
)  # fmt: skip


def note_weight_list_edit(interpreter: Interpreter, method: NativeMethod, arguments: Arguments, node: ast.AST) -> None:
    """Note ``layer.trainable_weights.extend(...)``: it edits a copy, which whoever names it may well edit."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return
    copied = method.receiver.copy_of
    if copied is None or copied[0] not in TRAINABLE_LISTS or method.name not in WEIGHT_LIST_EDITS:
        return
    source = source_of(interpreter, node)
    if source is None:
        return
    attribute, owner = copied
    spans = tuple(
        tensor.variable.span
        for value in arguments.positional
        for _, tensor in tensors_in(value)
        if tensor.variable is not None and tensor.variable.span is not None
    )
    state = owner.layer
    interpreter.program.weight_list_edits.append(
        WeightListEdit(state.name, attribute, method.name, state.generation, source.span, spans)
    )


TO_NUMPY = frozenset({"numpy", "__array__", "tolist", "item"})
"""Methods of a tensor that give NumPy's arrays or Python's numbers."""


def tensor_method(
    interpreter: Interpreter, value: TensorValue, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """``tensor.name(...)`` of a tensor, variable, array or op."""
    from kerascheck.interpreter.open_batch import static_shape
    from kerascheck.interpreter.tensors import call_op

    if value.is_numpy:
        return array_method(interpreter, value, name, arguments, node)
    match name:
        case "numpy" if value.is_array:
            return replace(
                value, is_numpy=True, flow=flow_of(interpreter, NUMPY, (value,), source_of(interpreter, node))
            )
        case "get_shape":
            return static_shape(interpreter, value)
        case "set_shape" | "set_weights":
            return None
        case "assign" | "assign_add" | "assign_sub":
            return _assign(interpreter, value, name, arguments, node)
        case "numpy":
            note_symbolic_use(interpreter, NUMPY_METHOD, value, node)
            if interpreter.context.layer_calls or value.spec.keras_tensor:
                # What has no values is told here, and not again of what is done with them.
                return NOTHING_KNOWN
            return replace(value, flow=flow_of(interpreter, NUMPY, (value,), source_of(interpreter, node)))
        case "value" | "read_value" | "copy" | "astype" | "get_variable":
            return value
        case "run" | "eval":
            graph_mode.run_session(interpreter, value, node, feeds=arguments.get(0, "feed_dict"))
            return NOTHING_KNOWN
        case "reshape" if value.is_array:
            shape = arguments.positional[0] if len(arguments.positional) == 1 else tuple(arguments.positional)
            return call_op(interpreter, External("keras.ops.reshape"), Arguments((value, shape)), node)
        case "mean" | "sum" | "max" | "min" | "prod" if value.is_array:
            given = Arguments((value, *arguments.positional), arguments.keywords)
            return call_op(interpreter, External(f"keras.ops.{name}"), given, node)
    return NOTHING_KNOWN


def _assign(interpreter: Interpreter, value: TensorValue, name: str, arguments: Arguments, node: ast.AST) -> Value:
    from kerascheck.interpreter.recording import record
    from kerascheck.interpreter.values import Origin

    operands = [("variable", value), *[pair for given in arguments.positional for pair in tensors_in(given, "value")]]
    op = {"assign": "tf.Variable.assign", "assign_add": "tf.Variable.assign_add"}.get(name, "tf.Variable.assign_sub")
    entry = record(interpreter, "op", op, name, [value.spec], operands, node=node)
    return TensorValue(value.spec, (Origin(entry.identifier),))


def native_method(
    interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """A method of a tape, optimizer, session, strategy or other library object."""
    native = instance.native or ""
    if native == PARSER:
        return parser_method(interpreter, instance, name, arguments, node)
    if native.startswith("numpy.random."):
        return generator_method(interpreter, instance, name, arguments, node)
    if native.startswith("sklearn."):
        return sklearn_method(interpreter, instance, name, arguments, node)
    if native == GENERATOR and name in FLOWS:
        return flow(interpreter, name, arguments, node)
    if native == TENSOR_ARRAY:
        return tensor_array_method(interpreter, instance, name, arguments, node)
    if native == TOKENIZER:
        return tokenizer_method(interpreter, instance, name, arguments, node)
    if native.startswith(METRICS):
        return metric_method(interpreter, instance, name, node)
    match name:
        case "__call__" | "call" if native.startswith("keras.losses."):
            note_object_call(interpreter, instance, arguments, node)
            return NOTHING_KNOWN
        case "gradient" | "jacobian" | "batch_jacobian" if native == TAPE:
            take_gradient(interpreter, instance, arguments, node)
            return _gradient(interpreter, instance.attributes.get(STATE), arguments.get(1, "sources"))
        case "watch" if native == TAPE:
            watch(interpreter, instance, arguments)
            return None
        case "stop_recording" | "reset" if native == TAPE:
            forget(interpreter, instance)
            return interpreter.heap.new(Instance(instance.cls, native="context"))
        case "minimize":
            let_go(interpreter, arguments)
            return _minimize(interpreter, arguments, node)
        case "apply_gradients" | "apply":
            for value in arguments.given:
                mark_trained(value)
            return _op_handle(interpreter, node) if _has_tensors(arguments) else NOTHING_KNOWN
        case "run" if "Session" in native or "session" in native:
            feeds = arguments.get(1, "feed_dict")
            graph_mode.run_session(interpreter, arguments.get(0, "fetches"), node, feeds=feeds, session=instance)
            return NOTHING_KNOWN
        case "run" | "experimental_run_v2" if "Strategy" in native or "strategy" in native:
            return run_in_replicas(interpreter, native, arguments, node)
        case "lookup" if native.startswith("tf.lookup."):
            from kerascheck.interpreter.tensors import opaque_op

            return opaque_op(interpreter, f"{native}.{name}", arguments, node)
        case "scope" if native in STRATEGIES:
            return interpreter.heap.new(Instance(instance.cls, native=STRATEGY_SCOPE, span=interpreter.span(node)))
        case "scope" | "as_default" | "stop_recording" | "device" | "control_dependencies":
            if name == "control_dependencies":
                return graph_mode.control_dependencies(interpreter, arguments.get(0, "control_inputs"))
            return interpreter.heap.new(Instance(instance.cls, native="context"))
    return NOTHING_KNOWN


def _gradient(interpreter: Interpreter, tape: TapeState | None, sources: Value) -> Value:
    """What a tape gives for its sources, which count as trained with it."""
    copied = sources.copy_of if isinstance(sources, ListValue) else None
    trains = copied is not None or any(tensor.variable is not None for _, tensor in tensors_in(sources))
    if tape is not None:
        if trains and tape not in interpreter.facts.training.applied:
            interpreter.facts.training.applied.append(tape)
        owner = copied[1] if copied is not None else None
        tape.sources.append(owner if isinstance(owner, Instance) else None)
    mark_trained(sources)
    if isinstance(sources, (tuple, ListValue)) and not is_too_large(sources):
        count = len(sources) if isinstance(sources, tuple) else len(sources.items or ())
        return interpreter.heap.new(ListValue([NOTHING_KNOWN] * count)) if count else NOTHING_KNOWN
    return NOTHING_KNOWN


def _has_tensors(arguments: Arguments) -> bool:
    return any(tensors_in(value) for value in arguments.positional)


def _minimize(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    loss = arguments.get(0, "loss")
    mark_trained(arguments.get(1, "var_list"))
    mark_trained(arguments.get(2, "var_list"))
    if isinstance(loss, TensorValue) and not loss.is_array:
        return graph_mode.train_op(interpreter, loss, node)
    if isinstance(loss, TensorValue) and loss.origins:
        return graph_mode.train_op(interpreter, loss, node)
    if isinstance(loss, FunctionValue):
        interpreter.call(loss, Arguments(), node)
    return UnknownValue("train op")


def _op_handle(interpreter: Interpreter, node: ast.AST) -> Value:
    return graph_mode.group(interpreter, Arguments(), node, "tf.compat.v1.train.Optimizer.apply_gradients")
