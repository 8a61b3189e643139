"""Calling names of keras and tensorflow: who answers for each."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from kerascheck.interpreter import (
    cloning,
    dataset_sources,
    functional_layers,
    graph_mode,
    looping,
    saving,
    variable_functions,
)
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.branches import note_choice
from kerascheck.interpreter.classes import LAYER, MODEL, SEQUENTIAL, layer_class
from kerascheck.interpreter.comparisons import guards_of
from kerascheck.interpreter.conversion import is_keras_tensor
from kerascheck.interpreter.core import ExternalHandler, Interpreter
from kerascheck.interpreter.data_preparing import PREPARING
from kerascheck.interpreter.heap import join
from kerascheck.interpreter.inputs import input_tensor, make_input
from kerascheck.interpreter.layers import make_layer
from kerascheck.interpreter.metrics import METRICS, note_metric
from kerascheck.interpreter.named_ops import op_info
from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.objectives import MADE_WITH, MODULES, note_optimizer
from kerascheck.interpreter.open_batch import static_shape
from kerascheck.interpreter.packages import OPTIMIZERS
from kerascheck.interpreter.recording import automatic_name
from kerascheck.interpreter.sessions import is_session
from kerascheck.interpreter.shape_values import shape_dims
from kerascheck.interpreter.strategies import note_scope
from kerascheck.interpreter.strategy_kinds import DEFAULT_STRATEGY, TPU_STRATEGY
from kerascheck.interpreter.tapes import new_tape
from kerascheck.interpreter.tensor_arrays import TENSOR_ARRAY, new_tensor_array
from kerascheck.interpreter.tensors import call_op, opaque_op
from kerascheck.interpreter.unknowns import TRAINING, UNKNOWN_SIZE
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variable_scopes import VARIABLE_SCOPE
from kerascheck.semantics.api import find_layer, find_op
from kerascheck.shapes import TensorSpec

SOURCE_PACKAGES = ("keras.applications.",)
"""Parts of the installed packages that are written in Keras themselves, and read as source."""

INPUT_SPECS = frozenset({"keras.InputSpec", "tf.compat.v1.layers.InputSpec"})


def call_external(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """Call a name of keras or tensorflow."""
    answer = _answer(function.name, interpreter.program.generation)
    return NOTHING_KNOWN if answer is None else answer(interpreter, function, arguments, node)


@lru_cache(maxsize=4096)
def _answer(name: str, generation: int) -> ExternalHandler | None:
    """Who answers for a call of ``name``; None for another package's name."""
    described = describe(name, generation)
    if described is None:
        return None
    public = canonical(name, generation) or described.name
    plain_name = "tf" + public.removeprefix("tf.compat.v1") if public.startswith("tf.compat.v1.") else public
    for candidate in (public, plain_name, described.name):
        if candidate in HANDLERS:
            return HANDLERS[candidate]
    # A metric of tf_keras is a Layer as well.
    base = None if public.startswith(METRICS) else layer_class(name, generation)
    if base is not None:
        known = find_layer(base[0]) is not None or base[0] in (LAYER, MODEL, SEQUENTIAL)
        if known or not described.internal:
            return lambda i, f, a, n: make_layer(i, f, base, a, n)
    if op_info(public) is not None:
        return call_op
    if plain_name.startswith("tf.layers."):
        return lambda i, f, a, n: functional_layers.call_layer_function(i, plain_name, a, n)
    symbol = find_symbol(described)
    if symbol is not None and symbol.kind == "class":
        return lambda i, f, a, n: _make_object(i, f, public, a, n)
    return _call_source if described.name.startswith(SOURCE_PACKAGES) else call_op


def _make_object(interpreter: Interpreter, function: External, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """Make an object of a class of Keras's or TensorFlow's that is no layer."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    made = interpreter.heap.new(Instance(function, native=name, span=interpreter.span(node)))
    if is_session(made):
        interpreter.facts.sessions.append(made)
    if name.startswith(METRICS):
        note_metric(interpreter, made, "made", node)
    if name.startswith("keras.regularizers."):
        made.attributes.update({key: value for key, value in bound.items() if isinstance(value, (int, float))})
        made.open = any(isinstance(value, UnknownValue) for value in bound.values())
    if name in INPUT_SPECS and not arguments.open:
        made.attributes.update(_input_spec(bound))
    if name.startswith((*MODULES, OPTIMIZERS)):
        made.attributes[MADE_WITH] = interpreter.heap.new(DictValue(dict(bound)))
    if name.startswith(OPTIMIZERS):
        note_optimizer(interpreter, name, bound, node)
        note_scope(interpreter, made)
    return made


def _call_source(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """Call what is written in Keras itself, as the installed package has it."""
    described = describe(function.name, interpreter.program.generation)
    assert described is not None
    source = interpreter.loader.installed_definition(interpreter, installed_name(function.name, described.generation))
    if source is not None:
        return interpreter.call(source, arguments, node)
    return interpreter.unknown(node, described.name, "the package is not installed")


def _input_spec(bound: Mapping[str, Value]) -> dict[str, Value]:
    """The attributes of a ``keras.InputSpec``: a shape says the rank."""
    attributes = {name: bound.get(name) for name in ("ndim", "min_ndim", "max_ndim", "shape")}
    shape = attributes["shape"]
    if shape is not None:
        attributes["ndim"] = len(shape) if isinstance(shape, tuple) else NOTHING_KNOWN
    return attributes


def installed_name(name: str, generation: int) -> str:
    """The import path of a Keras name in the installed package of its generation."""
    for prefix in ("tensorflow.compat.v1.keras.", "tensorflow.keras.", "tensorflow.python.keras."):
        if name.startswith(prefix):
            return ("tf_keras." if generation == 2 else "keras.") + name.removeprefix(prefix)
    return name


def _dtype(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``K.dtype(x)``: the name of the type."""
    value = arguments.get(0, "x")
    known = value.spec.dtype if isinstance(value, TensorValue) else None
    return NOTHING_KNOWN if known is None else known


def _placeholder(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    bound = bind_arguments(interpreter, function.name, arguments, node)
    dims = shape_dims(bound.get("shape"))
    return input_tensor(interpreter, dims, bound.get("dtype"), bound.get("name"), node=node, keras_tensor=False)


def _tape(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return new_tape(interpreter, function, arguments, node)


def _context(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(Instance(function, native="context"))


def _variable_scope(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    manager = interpreter.heap.new(Instance(function, native=VARIABLE_SCOPE, span=interpreter.span(node)))
    given = bind_arguments(interpreter, function.name, arguments, node)
    manager.attributes.update({name: given[name] for name in ("reuse", "custom_getter") if name in given})
    return manager


def _control(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return graph_mode.control_dependencies(interpreter, arguments.get(0, "control_inputs"))


def _group(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    op = canonical(function.name, interpreter.program.generation) or "tf.group"
    return graph_mode.group(interpreter, arguments, node, op)


def _collection(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    key = arguments.get(0, "key")
    name = key.name if isinstance(key, External) else key if isinstance(key, str) else ""
    if name.lower().endswith("update_ops"):
        return graph_mode.collected_updates(interpreter)
    return NOTHING_KNOWN


def _image_data_format(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return "channels_last"


def _floatx(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return "float32"


def _epsilon(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return 1e-7


def _backend(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return "tensorflow"


def _learning_phase(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return TRAINING


def _static_shape(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "x")
    return static_shape(interpreter, value) if isinstance(value, TensorValue) else UnknownValue("shape")


def _shape(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``ops.shape(x)``: ``x.shape`` of a KerasTensor; of another tensor the sizes that are known are Python's ints."""
    value = arguments.get(0, "x")
    known = isinstance(value, TensorValue) and interpreter.program.generation == 3
    if known and (value.spec.keras_tensor or value.spec.shape.dims is None):
        return static_shape(interpreter, value)
    sizes = call_op(interpreter, function, arguments, node)
    return tuple(_as_read(each) for each in sizes) if isinstance(sizes, tuple) else sizes


def _as_read(size: Value) -> Value:
    """One of the sizes that ``ops.shape`` gives: an int, or a tensor where the axis is open, if that is known."""
    match size:
        case TensorValue(spec=TensorSpec(content=int() as number)):
            return number
        case TensorValue(spec=TensorSpec(content=None)):
            return UNKNOWN_SIZE
    return size


def _uid(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``backend.get_uid(prefix)``: how many names of that kind there are now, from the counter of automatic names."""
    prefix = arguments.get(0, "prefix", "")
    if not isinstance(prefix, str):
        return NOTHING_KNOWN
    automatic_name(interpreter, prefix)
    return interpreter.facts.names[prefix]


def _ndim(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "x")
    rank = value.spec.shape.rank if isinstance(value, TensorValue) else None
    return NOTHING_KNOWN if rank is None else rank


def _is_keras_tensor(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    decided = is_keras_tensor(arguments.get(0, "x"), in_layer=interpreter.context.layer_calls > 0)
    return NOTHING_KNOWN if decided is None else decided


def _is_tensor(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.is_tensor(x)``, which a KerasTensor is not."""
    decided = is_keras_tensor(arguments.get(0, "x"), in_layer=interpreter.context.layer_calls > 0)
    return False if decided is True else NOTHING_KNOWN


def _identity(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """A decorator or wrapper that keeps what it is given: ``tf.function``, ``register_keras_serializable()``."""
    value = arguments.positional[0] if arguments.positional else arguments.keywords.get("func")
    if value is not None and not isinstance(value, str):
        if arguments.keywords.get("jit_compile") is True and isinstance(value, FunctionValue):
            value.compiled = True
        if isinstance(value, FunctionValue) and function not in value.decorators:
            value.decorators += (function,)
        if function.name.endswith(".register_keras_serializable"):
            interpreter.facts.saving.registered.add(id(value))
            interpreter.facts.saving.known.add(id(value))
        return value
    return function


def _activation(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "identifier")
    match value:
        case None:
            return External("keras.activations.linear")
        case str() if find_op(f"keras.activations.{value}") is not None:
            return External(f"keras.activations.{value}")
        case str():
            return UnknownValue(f"activation {value}")
    return value


def _cond(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    bound = bind_arguments(interpreter, function.name, arguments, node)
    branches = [bound.get("true_fn"), bound.get("false_fn")]
    condition = bound.get("pred")
    values: list[Value] = []
    for branch, mark in zip(branches, guards_of(condition), strict=True):
        with interpreter.guarded(mark):
            values.append(interpreter.call(branch, Arguments(), node))
    note_choice(interpreter, guards_of(condition), (values[0], values[1]))
    return join(values[0], values[1])


def _cast(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """A condition stays what it is: ``tf.cast(training, tf.bool)``."""
    value = arguments.get(0, "x")
    named = isinstance(value, UnknownValue) and (value.guard is not None or value.unless is not None)
    return value if named else call_op(interpreter, function, arguments, node)


def _while_loop(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.while_loop``: what it gives is known where a turn keeps the shapes; arrays that it passes on stay."""
    result = looping.repeat(interpreter, function, arguments, node)
    given = bind_arguments(interpreter, function.name, arguments, node).get("loop_vars")
    parts = given if isinstance(given, tuple) else given.items if isinstance(given, ListValue) else None
    arrays = [isinstance(part, Instance) and part.native == TENSOR_ARRAY for part in parts or ()]
    if not any(arrays):
        return result
    kept = [part if is_array else NOTHING_KNOWN for part, is_array in zip(parts or (), arrays, strict=True)]
    return interpreter.heap.new(ListValue(kept))


def _strategy(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    interpreter.facts.tpu_span = interpreter.facts.tpu_span or interpreter.span(node)
    return interpreter.heap.new(Instance(function, native=TPU_STRATEGY))


def _present_strategy(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.distribute.get_strategy()``: outside of all scopes the one that distributes nothing."""
    if interpreter.context.strategies:
        return UnknownValue("the strategy of a scope")
    return interpreter.heap.new(Instance(function, native=DEFAULT_STRATEGY))


def _session(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(Instance(function, native="tf.compat.v1.Session"))


def _python_callback(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.py_function``: an op of the graph whose result's shape nobody knows before it runs."""
    op = canonical(function.name, interpreter.program.generation) or "tf.py_function"
    return opaque_op(interpreter, op, arguments, node)


def _source_inputs(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``get_source_inputs(tensor)``: the inputs of the model that the tensor belongs to."""
    from kerascheck.interpreter.models import source_inputs

    tensor = arguments.get(0, "tensor")
    found = source_inputs(tensor) if isinstance(tensor, TensorValue) else None
    return NOTHING_KNOWN if found is None else interpreter.heap.new(ListValue(list(found)))


def _clear_session(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``keras.backend.clear_session()``: Keras counts the names of its layers from the first again."""
    interpreter.facts.names.clear()
    return None


def _version_aware_layers(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return External("tf_keras.layers")


def _constant(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "value")
    if isinstance(value, UnknownValue):
        return NOTHING_KNOWN
    return call_op(interpreter, function, arguments, node)


HANDLERS: dict[str, ExternalHandler] = {
    **PREPARING,
    "keras.Input": make_input,
    "keras.backend.dtype": _dtype,
    "tf.is_tensor": _is_tensor,
    "tf.placeholder": _placeholder,
    "keras.backend.placeholder": _placeholder,
    "tf.GradientTape": _tape,
    "tf.TensorArray": new_tensor_array,
    "tf.while_loop": _while_loop,
    "tf.control_dependencies": _control,
    "tf.group": _group,
    "tf.no_op": _group,
    "tf.global_variables_initializer": _group,
    "tf.local_variables_initializer": _group,
    "tf.tables_initializer": _group,
    "tf.initialize_all_variables": _group,
    "tf.initializers.global_variables": _group,
    "tf.get_collection": _collection,
    "tf.name_scope": _context,
    "tf.variable_scope": _variable_scope,
    "tf.device": _context,
    "tf.init_scope": _context,
    "keras.name_scope": _context,
    "keras.backend.name_scope": _context,
    "keras.backend.image_data_format": _image_data_format,
    "keras.config.image_data_format": _image_data_format,
    "keras.backend.standardize_data_format": _image_data_format,
    "keras.backend.floatx": _floatx,
    "keras.config.floatx": _floatx,
    "keras.backend.epsilon": _epsilon,
    "keras.config.epsilon": _epsilon,
    "keras.backend.backend": _backend,
    "keras.config.backend": _backend,
    "keras.backend.learning_phase": _learning_phase,
    "keras.backend.int_shape": _static_shape,
    "keras.ops.shape": _shape,
    "keras.backend.get_uid": _uid,
    "keras.backend.clear_session": _clear_session,
    "keras.utils.clear_session": _clear_session,
    "keras.utils.get_source_inputs": _source_inputs,
    "keras.utils.layer_utils.get_source_inputs": _source_inputs,
    "keras.ops.operation_utils.get_source_inputs": _source_inputs,
    "keras.engine.get_source_inputs": _source_inputs,
    "keras.engine.topology.get_source_inputs": _source_inputs,
    "keras.backend.ndim": _ndim,
    "keras.ops.ndim": _ndim,
    "keras.backend.is_keras_tensor": _is_keras_tensor,
    "keras.utils.is_keras_tensor": _is_keras_tensor,
    "keras.activations.get": _activation,
    "keras.ops.cond": _cond,
    "tf.cond": _cond,
    "tf.cast": _cast,
    "keras.ops.cast": _cast,
    "keras.backend.cast": _cast,
    "tf.function": _identity,
    "tf.autograph.experimental.do_not_convert": _identity,
    "keras.saving.register_keras_serializable": _identity,
    "keras.utils.register_keras_serializable": _identity,
    "keras.models.save_model": saving.note_function,
    "keras.saving.save_model": saving.note_function,
    "keras.models.load_model": saving.note_function,
    "keras.saving.load_model": saving.note_function,
    "keras.callbacks.ModelCheckpoint": saving.note_function,
    "keras.remat": _identity,
    "tf.recompute_grad": _identity,
    "tf.distribute.get_strategy": _present_strategy,
    "tf.distribute.TPUStrategy": _strategy,
    "tf.distribute.experimental.TPUStrategy": _strategy,
    "tf.contrib.tpu.TPUDistributionStrategy": _strategy,
    "keras.backend.get_session": _session,
    "tf.get_default_session": _session,
    "tf.py_function": _python_callback,
    "tf.numpy_function": _python_callback,
    "tf.py_func": _python_callback,
    "tf.constant": _constant,
    "keras.layers.VersionAwareLayers": _version_aware_layers,
    "keras.src.layers.VersionAwareLayers": _version_aware_layers,
    **cloning.HANDLERS,
    **dataset_sources.HANDLERS,
    **functional_layers.HANDLERS,
    **looping.HANDLERS,
    **variable_functions.HANDLERS,
}
"""What kerascheck answers for itself, by canonical name (``tf.compat.v1`` names without ``compat.v1``)."""
