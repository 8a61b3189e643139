"""``tf.strings``: functions of each string by itself, and joins."""

from __future__ import annotations

from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import argument, dtype_name, result, tensor, unknown_like
from kerascheck.semantics.ops.broadcasting import broadcast_operands
from kerascheck.semantics.ops.reductions import Reduction
from kerascheck.shapes import Shape, TensorSpec

_DTYPES = {
    "as_string": "string",
    "length": "int32",
    "lower": "string",
    "regex_full_match": "bool",
    "regex_replace": "string",
    "strip": "string",
    "to_hash_bucket": "int64",
    "to_hash_bucket_fast": "int64",
    "to_hash_bucket_strong": "int64",
    "unicode_script": "int32",
    "unicode_transcode": "string",
    "upper": "string",
}


@op(*(f"tf.strings.{name}" for name in _DTYPES), family=Family.ELEMENTWISE, operand="input")
def each_string(call: OpCall) -> TensorSpec:
    """Each string by itself."""
    x = tensor(argument(call, "input"))
    return result(x.shape, _DTYPES[call.name.rpartition(".")[2]], x)


@op("tf.strings.to_number", family=Family.ELEMENTWISE, operand="input")
def to_number(call: OpCall) -> TensorSpec:
    """Each string read as a number."""
    x = tensor(argument(call, "input"))
    return result(x.shape, dtype_name(argument(call, "out_type"), "float32"), x)


@op("tf.strings.substr", operand="input")
def substr(call: OpCall) -> TensorSpec:
    """A part of each string; the positions broadcast with the strings."""
    given = [tensor(argument(call, name)) for name in ("input", "pos", "len")]
    return result(broadcast_operands(*given), "string", *given)


@op("tf.strings.join", operand="inputs")
def join(call: OpCall) -> TensorSpec:
    """Strings of one shape, or single ones, joined one by one."""
    given = argument(call, "inputs")
    if not isinstance(given, list | tuple) or not given:
        return unknown_like(tensor(given))
    operands = [tensor(value) for value in given]
    if any(operand.shape.rank is None for operand in operands):
        return result(Shape(None), "string", *operands)
    return result(broadcast_operands(*operands), "string", *operands)


op("tf.strings.reduce_join", family=Family.REDUCTION, operand="inputs", axis="axis")(
    Reduction(operand="inputs", dtype="string")
)


@op("tf.strings.format", operand="inputs")
def formatted(call: OpCall) -> TensorSpec:
    """One string for any number of tensors."""
    return TensorSpec(Shape(()), "string")
