"""The size of an open batch, which Python knows as None: where a program takes it for a number, it certainly raises."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kerascheck.graph import DECIDED_GUARDS
from kerascheck.interpreter.conversion import from_dim
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.unknowns import UnknownShape
from kerascheck.interpreter.values import CONSTANT_TYPES, ListValue, SizeValue, TensorValue, Value
from kerascheck.program import NoneUse
from kerascheck.semantics.numbers import NUMBERS
from kerascheck.shapes import Dim, as_int, depends_on


@contextmanager
def tracing(interpreter: Interpreter, tensors: Iterable[TensorValue]) -> Iterator[None]:
    """While it lasts, a layer runs on KerasTensors, where it was called on one: once, for a batch of any size."""
    symbolic = any(tensor.spec.keras_tensor for tensor in tensors)
    interpreter.context.tracing += symbolic
    try:
        yield
    finally:
        interpreter.context.tracing -= symbolic


def static_shape(interpreter: Interpreter, tensor: TensorValue) -> Value:
    """``tensor.shape`` as Python sees it: a tuple of ints, and None for each open size."""
    dims = tensor.spec.shape.dims
    if dims is None:
        return UnknownShape("shape", tensor=tensor)
    symbolic = tensor.spec.keras_tensor or interpreter.context.tracing > 0
    certain = symbolic and not interpreter.facts.sized_batch
    return tuple(static_size(dim, certain=certain) for dim in dims)


def static_size(dim: Dim, *, certain: bool) -> Value:
    """A size of a static shape; ``certain`` where no batch size can be known to Python."""
    size = from_dim(dim, missing=True)
    if isinstance(size, SizeValue) and certain and depends_on(dim) and as_int(dim) is None:
        return SizeValue(size.dim, missing=True, open_batch=True)
    return size


def note_number(interpreter: Interpreter, use: str, value: Value, node: ast.AST) -> None:
    """Note that ``use`` takes ``value`` for a number, where that is the size of an open batch."""
    if isinstance(value, SizeValue) and value.open_batch and DECIDED_GUARDS.issuperset(interpreter.context.guards):
        source = source_of(interpreter, node)
        if source is not None and interpreter.module.is_user:
            interpreter.program.none_uses.append(NoneUse(source.span, use, source.text, source.stack))


def note_arguments(
    interpreter: Interpreter, op: str, bound: dict[str, Value], operands: list[tuple[str, TensorValue]], node: ast.AST
) -> None:
    """Note the sizes of an open batch among the arguments of ``op`` that must be numbers.

    Keras 3 refuses a function of TensorFlow on a KerasTensor, whatever else it is given.
    """
    if op not in NUMBERS:
        return
    if (
        op.startswith("tf.")
        and interpreter.program.generation == 3
        and any(each.spec.keras_tensor for _, each in operands)
    ):
        return
    for name in NUMBERS[op]:
        if type(bound.get(name)) in CONSTANT_TYPES:
            continue
        for value in _sizes_in(bound.get(name)):
            note_number(interpreter, op, value, node)


def _sizes_in(value: Any) -> Iterator[Value]:
    match value:
        case tuple() | ListValue(items=list()):
            yield from value if isinstance(value, tuple) else value.items or ()
        case SizeValue():
            yield value
