"""Functions that run the user's own code, or hand tensors on: what they return is known only in part."""

from __future__ import annotations

from kerascheck.semantics.api import Family, OpCall, Structure, op
from kerascheck.semantics.ops.arguments import argument, dtype_name, result, sizes, tensor, tensors
from kerascheck.shapes import Shape, TensorSpec


@op("tf.py_function", "tf.numpy_function", operand="inp")
@op("tf.compat.v1.py_func", operand="inp")
def python_function(call: OpCall) -> Structure:
    """Tensors of the dtypes that are given, and of any shape."""
    dtypes = argument(call, "Tout")
    if isinstance(dtypes, list | tuple):
        return [TensorSpec(Shape(None), dtype_name(dtype)) for dtype in dtypes]
    return TensorSpec(Shape(None), dtype_name(dtypes)) if isinstance(dtypes, str) else None


@op("tf.map_fn", "tf.vectorized_map", "tf.compat.v1.map_fn", "keras.backend.map_fn", operand="elems")
def map_fn(call: OpCall) -> Structure:
    """The results for each slice, of which a structure may come."""
    return None


@op("keras.ops.map", operand="xs")
@op("keras.ops.vectorized_map", operand="elements")
@op("keras.ops.associative_scan", family=Family.SCAN, operand="elems", axis="axis")
def keras_map(call: OpCall) -> Structure:
    """The results for each slice, of which a structure may come."""
    return None


@op("keras.ops.scan", family=Family.SCAN, operand="xs")
def keras_scan(call: OpCall) -> Structure:
    """The last state, and what the steps returned beside it."""
    state = argument(call, "init")
    return (state if isinstance(state, TensorSpec) else TensorSpec()), TensorSpec()


@op("tf.scan", "tf.compat.v1.scan", family=Family.SCAN, operand="elems")
@op("tf.foldl", "tf.foldr", "tf.compat.v1.foldl", "tf.compat.v1.foldr", family=Family.SCAN, operand="elems")
@op("keras.backend.foldl", "keras.backend.foldr", family=Family.SCAN, operand="elems")
def scan(call: OpCall) -> Structure:
    """A state carried along the first axis."""
    return None


@op("tf.cond", "tf.compat.v1.cond", "keras.ops.cond", operand="pred")
@op("tf.while_loop", "tf.compat.v1.while_loop", "keras.ops.while_loop", operand="loop_vars")
@op("tf.case", "tf.compat.v1.case", operand="pred_fn_pairs")
@op("tf.switch_case", operand="branch_index")
@op("keras.ops.switch", operand="index")
@op("keras.ops.fori_loop", operand="init_val")
def control_flow(call: OpCall) -> Structure:
    """What the branch or the body returns."""
    return None


@op("tf.identity_n", family=Family.ELEMENTWISE, operand="input")
def identity_n(call: OpCall) -> Structure:
    """The operands."""
    given = tensors(argument(call, "input"))
    return None if given is None else list(given)


@op("tf.tuple", "tf.compat.v1.tuple", family=Family.ELEMENTWISE, operand="tensors")
def tuple_of(call: OpCall) -> Structure:
    """The operands."""
    given = tensors(argument(call, "tensors"))
    return None if given is None else list(given)


@op("tf.clip_by_global_norm", operand="t_list")
def clip_by_global_norm(call: OpCall) -> Structure:
    """The operands scaled, and their norm."""
    given = tensors(argument(call, "t_list"))
    if given is None:
        return None
    scaled: list[Structure] = [result(x.shape, x.dtype, x) for x in given]
    return scaled, result(Shape(()), given[0].dtype if given else None, *given)


@op("keras.backend.in_train_phase", "keras.backend.in_test_phase", family=Family.ELEMENTWISE)
def in_phase(call: OpCall) -> Structure:
    """One of two operands, of one shape."""
    x, alternative = argument(call, "x"), argument(call, "alt")
    if isinstance(x, TensorSpec) and isinstance(alternative, TensorSpec) and x.shape == alternative.shape:
        return result(x.shape, x.dtype if x.dtype == alternative.dtype else None, x, alternative)
    return None


@op("tf.compat.v1.placeholder")
def placeholder(call: OpCall) -> TensorSpec:
    """A tensor that is fed; a None in its shape is not known."""
    shape = argument(call, "shape")
    return TensorSpec(Shape(None if shape is None else sizes(shape)), dtype_name(argument(call, "dtype")))


@op("tf.compat.v1.placeholder_with_default", operand="input")
def placeholder_with_default(call: OpCall) -> TensorSpec:
    """A tensor that may be fed; a None in its shape is not known."""
    x = tensor(argument(call, "input"))
    return result(Shape(sizes(argument(call, "shape"))), x.dtype, x)
