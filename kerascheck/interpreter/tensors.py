"""Operations on tensors: functions, operators, subscripts and attributes."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial
from typing import Any

from kerascheck.graph import JIT_GUARD, UNCERTAIN_GUARDS, Source
from kerascheck.interpreter import arrays
from kerascheck.interpreter.binding import bind_arguments, left_out
from kerascheck.interpreter.conversion import (
    from_dim,
    is_on_keras_tensor,
    operand,
    plain,
    specs_in,
    tensors_in,
    to_values,
)
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.flows import flow_of
from kerascheck.interpreter.members import is_keras_3_tensor
from kerascheck.interpreter.named_ops import named_op, of_tensorflow_1, refuses, user_function
from kerascheck.interpreter.nan_branches import CHOOSING, note_choice
from kerascheck.interpreter.op_names import op_layer_name
from kerascheck.interpreter.open_batch import note_arguments, note_number, static_shape, static_size
from kerascheck.interpreter.recording import automatic_name, record, source_of
from kerascheck.interpreter.shown import of_samples
from kerascheck.interpreter.stretching import is_still_predicted, note_stretched
from kerascheck.interpreter.symbolic_uses import note_symbolic_arguments
from kerascheck.interpreter.unknowns import UNKNOWN_SIZE
from kerascheck.interpreter.values import (
    CONSTANT_TYPES,
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    External,
    Flow,
    Instance,
    KerasCall,
    KerasShape,
    NativeMethod,
    Origin,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.problems import Problem, ShapeProblem
from kerascheck.program import TensorMember
from kerascheck.semantics.api import Family, OpCall, Structure, find_op
from kerascheck.semantics.losses import LOSS_CALLS
from kerascheck.semantics.operators import binary_operator, getitem, unary_operator
from kerascheck.semantics.reserved import LAYER_MEMBERS
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec

OPERATOR_OPS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "mod",
    "**": "power",
    "@": "matmul",
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "&": "bitwise_and",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<<": "left_shift",
    ">>": "right_shift",
}
UNARY_OPS = {"-": "negative", "+": "positive", "~": "logical_not"}
UNKNOWN_TENSOR = TensorSpec()


def binary(interpreter: Interpreter, symbol: str, left: Value, right: Value, node: ast.AST) -> Value:
    """``left symbol right`` where one of them is a tensor."""
    generation = interpreter.program.generation
    if arrays.only_numpy((left, right)):
        result = arrays.binary(interpreter, symbol, left, right, node)
        if isinstance(result, TensorValue):
            note_stretched(interpreter, tensors_in(left) + tensors_in(right), result.spec, node)
        return result
    if generation == 3 and isinstance(left, TensorValue) and left.is_numpy and symbol != "==":
        # A KerasTensor leaves it to NumPy, which wants its values; on its left it makes an op of it.
        note_symbolic_arguments(interpreter, f"numpy.{OPERATOR_OPS[symbol]}", (right,), node)
    operands = tensors_in(left, "x1") + tensors_in(right, "x2")
    problem: Problem | None = None
    spec = UNKNOWN_TENSOR
    first, second = _argument(left), _argument(right)
    if first is not UNKNOWN and second is not UNKNOWN:
        try:
            spec = binary_operator(symbol, first, second, generation)
        except ShapeProblem as error:
            problem = error.problem
    name = OPERATOR_OPS[symbol]
    note_stretched(interpreter, operands, spec, node)
    if _is_data(interpreter, operands):
        _note_problem(interpreter, f"keras.ops.{name}", operands, node, problem)
        flow = flow_of(interpreter, f"keras.ops.{name}", (left, right), source_of(interpreter, node))
        return _data(spec, operands, flow)
    function = Builtin(name, lambda i, a, n: binary(i, symbol, a.positional[0], a.positional[1], n))
    note_number(interpreter, symbol, left, node)
    note_number(interpreter, symbol, right, node)
    numbers = {key: value for key, value in (("x1", first), ("x2", second)) if isinstance(value, (int, float))}
    return _result(
        interpreter, f"keras.ops.{name}", spec, operands, node, numbers, problem, function, Arguments((left, right))
    )


def unary(interpreter: Interpreter, symbol: str, value: TensorValue, node: ast.AST) -> Value:
    """``symbol value``."""
    if value.is_numpy:
        return arrays.unary(interpreter, symbol, value, node)
    name = UNARY_OPS[symbol]
    spec = unary_operator(symbol, value.spec)
    operands = [("x", value)]
    if _is_data(interpreter, operands):
        flow = flow_of(interpreter, f"keras.ops.{name}", (value,), source_of(interpreter, node))
        return _data(spec, operands, flow)
    function = Builtin(name, lambda i, a, n: unary(i, symbol, a.positional[0], n))
    return _result(interpreter, f"keras.ops.{name}", spec, operands, node, {}, None, function, Arguments((value,)))


def item(interpreter: Interpreter, value: TensorValue, key: Value, node: ast.AST) -> Value:
    """``value[key]``."""
    if value.is_numpy and arrays.only_data((key,)):
        return arrays.item(interpreter, value, key, node)
    problem: Problem | None = None
    spec = UNKNOWN_TENSOR
    plain_key = plain(key)
    try:
        spec = getitem(value.spec, plain_key)
    except ShapeProblem as error:
        problem = error.problem
    operands = [("x", value), *tensors_in(key, "key")]
    if _is_data(interpreter, operands):
        _note_problem(interpreter, "keras.ops.get_item", operands, node, problem)
        flow = flow_of(interpreter, "keras.ops.get_item", (value, key), source_of(interpreter, node))
        return _data(spec, [("x", value)], flow)
    function = Builtin("get_item", lambda i, a, n: item(i, a.positional[0], a.positional[1], n))
    config = {"key": plain_key}
    return _result(
        interpreter, "keras.ops.get_item", spec, operands, node, config, problem, function, Arguments((value, key))
    )


def _is_data(interpreter: Interpreter, operands: list[tuple[str, TensorValue]]) -> bool:
    """Whether an op on these computes on data, outside any graph: nothing is recorded of it."""
    if interpreter.context.layer_calls or JIT_GUARD in interpreter.context.guards:
        return False
    # A loop, as this is asked for each op: a generator takes three times as long to make as to run.
    for _, tensor in operands:  # noqa: SIM110
        if not tensor.is_array:
            return False
    return True


def _note_problem(
    interpreter: Interpreter,
    op: str,
    operands: list[tuple[str, TensorValue]],
    node: ast.AST,
    problem: Problem | None,
) -> None:
    """Record an op on data that certainly fails, and what it is given; of others nothing is recorded.

    A branch that may not run may be there for data of another kind, and what shows an error may be there to show it.
    """
    certain = not interpreter.context.shown and UNCERTAIN_GUARDS.isdisjoint(interpreter.context.guards)
    if problem is not None and certain:
        given = [(name, _recorded(interpreter, tensor)) for name, tensor in operands]
        record(interpreter, "op", op, op.rpartition(".")[2], [UNKNOWN_TENSOR], given, node=node, problem=problem)


def _recorded(interpreter: Interpreter, data: TensorValue) -> TensorValue:
    if data.origins or data.source is None:
        return data
    made = record(interpreter, "constant", "data", "data", [data.spec], source=data.source)
    return replace(data, origins=(Origin(made.identifier),))


def opaque_op(interpreter: Interpreter, op: str, arguments: Arguments, node: ast.AST) -> Value:
    """An op of the graph whose result's shape nobody knows before it runs; on data, nothing is known of it."""
    operands = [pair for value in arguments.given for pair in tensors_in(value)]
    if operands and _is_data(interpreter, operands):
        return NOTHING_KNOWN
    symbolic = any(tensor.spec.keras_tensor for _, tensor in operands)
    spec = TensorSpec()
    entry = record(
        interpreter, "op", op, op.rsplit(".", maxsplit=1)[-1], [spec], operands, node=node, on_keras_tensor=symbolic
    )
    return TensorValue(spec, (Origin(entry.identifier),))


def _data(spec: TensorSpec, operands: list[tuple[str, TensorValue]], flow: Flow) -> TensorValue:
    """What an op on data gives: data, which keeps the source of an operand of the same shape."""
    source = _shown(spec, operands) or flow.source
    rows = operands[0][1].rows if operands else None
    predicted = is_still_predicted(spec, [tensor for _, tensor in operands])
    return TensorValue(
        spec, _all_origins(operands), is_array=True, source=source, derived=True, prediction=predicted, rows=rows,
        flow=flow, metric=_metric(spec, operands),
    )  # fmt: skip


def _shown(spec: TensorSpec, operands: list[tuple[str, TensorValue]]) -> Source | None:
    """What a trail shows of the first operand of the same shape that has something to show."""
    for _, tensor in operands:
        if tensor.source is not None and tensor.spec.shape == spec.shape:
            return tensor.source
    return None


def _metric(spec: TensorSpec, operands: list[tuple[str, TensorValue]]) -> tuple[str, Source] | None:
    """The metric of each sample that a result still is: one that was added up or scaled, sample by sample."""
    if not [tensor for _, tensor in operands if tensor.metric is not None]:
        return None
    wide = [tensor for _, tensor in operands if tensor.spec.shape.rank != 0]
    same = wide and all(tensor.metric == wide[0].metric and tensor.spec.shape == spec.shape for tensor in wide)
    return wide[0].metric if same else None


def _all_origins(operands: list[tuple[str, TensorValue]]) -> tuple[Origin, ...]:
    if len(operands) == 1:
        return operands[0][1].origins
    return tuple(dict.fromkeys(origin for _, tensor in operands for origin in tensor.origins))


def _result(
    interpreter: Interpreter,
    op: str,
    structure: Any,
    operands: list[tuple[str, TensorValue]],
    node: ast.AST,
    config: dict[str, Any],
    problem: Problem | None,
    function: Value,
    arguments: Arguments,
    defaulted: tuple[str, ...] = (),
    given: tuple[Value, ...] = (),
) -> Value:
    """Record an op's node and make its outputs."""
    on_keras_tensor = is_on_keras_tensor(operands)
    hint_rank(interpreter, op, config, operands)
    specs = [structure] if isinstance(structure, TensorSpec) else specs_in(structure)
    if on_keras_tensor:
        name = automatic_name(interpreter, op_layer_name(op, interpreter.program.generation))
    else:
        name = op.rpartition(".")[2]
    source = source_of(interpreter, node)
    entry = record(
        interpreter, "op", op, name, specs, operands, node=node, source=source, config=config, problem=problem,
        on_keras_tensor=on_keras_tensor, defaulted=defaulted,
    )  # fmt: skip
    call = KerasCall(function, arguments, None, source) if on_keras_tensor else None
    data = not operands and interpreter.context.layer_calls == 0
    made = source if data else None
    flow = flow_of(interpreter, op, given or arguments.positional, source)

    def make(spec: TensorSpec, index: int) -> TensorValue:
        # What Keras 3 has instead gives sizes as numbers: that `tf.shape` is refused is told where it is called.
        symbolic = on_keras_tensor and (interpreter.program.generation == 2 or spec.content is None)
        return TensorValue(
            spec.marked(symbolic), (Origin(entry.identifier, index),), call, is_array=data, source=made, flow=flow
        )

    outputs = to_values(structure, make, interpreter.heap.new)
    if call is not None:
        call.outputs = outputs
    return outputs


def hint_rank(
    interpreter: Interpreter, op: str, config: dict[str, Any], operands: list[tuple[str, TensorValue]]
) -> None:
    """Note the rank that a permutation demands of a layer's input of unknown rank."""
    if "transpose" in op and operands:
        permutation = config.get("perm", config.get("axes"))
        if isinstance(permutation, (list, tuple)):
            note_rank(interpreter, operands[0][1], len(permutation))
    if "einsum" in op:
        equation = next((value for value in config.values() if isinstance(value, str)), "")
        note_equation(interpreter, equation, [tensor for _, tensor in operands])


def note_equation(interpreter: Interpreter, equation: str, tensors: list[TensorValue]) -> None:
    """Note the ranks that an einsum equation demands of its operands."""
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    if equation and "." not in equation and len(terms) == len(tensors):
        for term, tensor in zip(terms, tensors, strict=True):
            note_rank(interpreter, tensor, len(term))


def note_rank(interpreter: Interpreter, tensor: TensorValue, rank: int, *, certain: bool = True) -> None:
    """Note that ``tensor``, of unknown rank, has ``rank`` axes, for the input it keeps the shape of.

    It must have unless that is not ``certain``: what is unpacked for a shape may be those of several tensors.
    """
    if tensor.spec.shape.dims is not None or len(tensor.origins) != 1:
        return
    recorder = interpreter.program.recorder
    current = tensor.origins[0].node
    for _ in range(200):
        entry = recorder.nodes.get(current)
        if entry is None:
            return
        if entry.kind == "input":
            hints: dict[str, int] = interpreter.facts.rank_hints
            if current not in hints and not certain:
                interpreter.facts.doubtful_hints.add(current)
            hints.setdefault(current, rank)
            return
        incoming = [
            edge for edge in recorder.incoming.get(current, ()) if recorder.nodes[edge.source].kind != "variable"
        ]
        if len(incoming) != 1 or not keeps_shape(entry.op):
            return
        current = incoming[0].source


SHAPE_KEEPING_LAYERS = frozenset(
    f"keras.layers.{name}"
    for name in (
        "Activation", "BatchNormalization", "Dropout", "GaussianDropout", "GaussianNoise", "LayerNormalization",
        "LeakyReLU", "PReLU", "ReLU", "ELU", "Softmax", "Identity", "GroupNormalization", "UnitNormalization",
        "RMSNormalization", "AlphaDropout", "ActivityRegularization", "Rescaling",
    )
)  # fmt: skip
"""Layers whose output has the shape of their input, whatever it is."""


def keeps_shape(op: str) -> bool:
    """Whether the output of ``op`` certainly has the shape of its one tensor operand."""
    info = find_op(op)
    if info is not None:
        return info.family is Family.ELEMENTWISE
    return op in SHAPE_KEEPING_LAYERS


def call_op(
    interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST, *, found: Structure = None
) -> Value:
    """Call a function of keras or tensorflow whose shape rule is known, or note that it is not.

    What the call gives may be ``found`` already; None where it is for the rule to say.
    """
    named = named_op(function.name, interpreter.program.generation)
    if named is None:
        return NOTHING_KNOWN
    op = named.op
    bound = bind_arguments(interpreter, function.name, arguments, node)
    refused = bool(arguments.keywords) and refuses(interpreter, function.name, arguments)
    older = of_tensorflow_1(function.name) if refused else None
    if older is not None and not refuses(interpreter, older, arguments):
        return call_op(interpreter, External(older), arguments, node)
    operands, plain_arguments, config = _taken_apart(bound)
    if named.is_told:
        _note_call(interpreter, op, bound, operands, node)
    # What an argument that nobody takes was meant to do is not known.
    info = None if refused else named.info
    structure: Any = UNKNOWN_TENSOR
    problem: Problem | None = None
    if info is not None:
        try:
            structure = info.function(OpCall(op, named.generation, plain_arguments)) if found is None else found
            # None is a result whose structure is not known.
            structure = UNKNOWN_TENSOR if structure is None else structure
        except ShapeProblem as error:
            problem = error.problem
    elif not operands and JIT_GUARD not in interpreter.context.guards:
        return NOTHING_KNOWN
    elif operands:
        interpreter.unknown(node, op, "no shape rule")
    if isinstance(structure, TensorSpec):
        note_stretched(interpreter, operands, structure, node)
    if operands and _is_data(interpreter, operands):
        _note_problem(interpreter, op, operands, node, problem)
        flow = flow_of(interpreter, op, bound.values(), source_of(interpreter, node))
        found = to_values(structure, lambda spec, _: _data(spec, operands, flow), interpreter.heap.new)
        return of_samples(interpreter, op, found, node)
    if isinstance(structure, tuple) and not specs_in(structure):
        return _sizes(structure, operands)
    defaulted = left_out(interpreter, function.name, arguments)
    given = tuple(bound.values())
    return _result(interpreter, op, structure, operands, node, config, problem, function, arguments, defaulted, given)


def _note_call(
    interpreter: Interpreter, op: str, bound: dict[str, Value], operands: list[tuple[str, TensorValue]], node: ast.AST
) -> None:
    """Tell the rules what an op is called with."""
    note_arguments(interpreter, op, bound, operands, node)
    if op.rpartition(".")[2] in CHOOSING:
        note_choice(interpreter, tuple(bound.values()), node)
    if op in LOSS_CALLS:
        from kerascheck.interpreter.objectives import note_loss_call

        note_loss_call(interpreter, op, bound, node)


def _taken_apart(
    bound: dict[str, Value],
) -> tuple[list[tuple[str, TensorValue]], dict[str, Any], dict[str, Any]]:
    """The tensors among an op's arguments, all of them in the terms of the semantics, and those without a tensor."""
    operands: list[tuple[str, TensorValue]] = []
    plain_arguments: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for name, value in bound.items():
        if isinstance(value, TensorValue):
            operands.append((name, value))
            plain_arguments[name] = value.spec
        elif type(value) in CONSTANT_TYPES:
            plain_arguments[name] = config[name] = value
        elif isinstance(value, UnknownValue):
            plain_arguments[name] = config[name] = UNKNOWN
        elif isinstance(value, tuple) and CONSTANT_TYPES.issuperset(map(type, value)):
            plain_arguments[name] = config[name] = tuple(value)
        else:
            operands += tensors_in(value, name)
            plain_arguments[name] = given = _argument(value)
            if not specs_in(given):
                config[name] = user_function(given) or given
    return operands, plain_arguments, config


def _sizes(structure: tuple[Any, ...], operands: list[tuple[str, TensorValue]]) -> tuple[Value, ...]:
    """The sizes that an op gives: of a KerasTensor an open one is None, within a layer's call it is a tensor."""
    size = partial(static_size, certain=True) if any(each.spec.keras_tensor for _, each in operands) else from_dim
    return tuple(part if isinstance(part, (int, str)) or part is None else size(part) for part in structure)


def _argument(value: Value) -> Any:
    """An argument that may be no size at all is not passed for one."""
    return UNKNOWN if isinstance(value, SizeValue) and value.parameter else operand(value)


def attribute(interpreter: Interpreter, value: TensorValue, name: str, node: ast.AST) -> Value:
    """``value.name`` of a tensor, array or variable."""
    if value.is_numpy:
        return arrays.attribute(interpreter, value, name, node)
    match name:
        case "shape" | "_keras_shape":
            shape = static_shape(interpreter, value)
            return KerasShape(shape) if isinstance(shape, tuple) and is_keras_3_tensor(interpreter, value) else shape
        case "dtype":
            return value.spec.dtype if value.spec.dtype is not None else NOTHING_KNOWN
        case "ndim" | "rank":
            rank = value.spec.shape.rank
            return UNKNOWN_SIZE if rank is None else rank
        case "T" if value.is_array and value.spec.shape.dims is not None:
            return replace(value, spec=value.spec.with_shape(Shape(tuple(reversed(value.spec.shape.dims)))))
        case "name" | "op" | "device" | "graph" | "trainable" | "_keras_history" | "handle":
            return NOTHING_KNOWN
        case "value" if value.variable is not None and value.variable.kind == "keras.Variable":
            return value
        case _:
            if value.history is not None and value.spec.keras_tensor:
                _note_layer_member(interpreter, value, name, node)
            return NativeMethod(value, name)


def _note_layer_member(interpreter: Interpreter, value: TensorValue, name: str, node: ast.AST) -> None:
    """Note a member of a layer's that is read from the tensor that a layer gave."""
    history = value.history
    function = history.function if history is not None else None
    if history is None or not isinstance(function, Instance) or function.layer is None:
        return
    if not UNCERTAIN_GUARDS.isdisjoint(interpreter.context.guards) or not isinstance(node, ast.Attribute):
        return
    source = source_of(interpreter, node)
    if source is None or not interpreter.module.is_user:
        return
    made, state = history.source, function.layer
    if name not in LAYER_MEMBERS and (state.kind != "builtin" or all(name != each.name for each in state.weights)):
        return
    call = None if made is None else made.span
    interpreter.program.tensor_members.append(
        TensorMember(state.op, name, state.generation, source.span, source.text, call, source.stack)
    )
