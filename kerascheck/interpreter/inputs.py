"""``keras.Input``: tensors that a model begins with, and the names of their open sizes."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kerascheck.graph import Source
from kerascheck.interpreter.binding import bind_arguments, note_argument
from kerascheck.interpreter.conversion import plain
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.names import describe
from kerascheck.interpreter.recording import automatic_name, record, size_name
from kerascheck.interpreter.refusals import note_name
from kerascheck.interpreter.shape_arguments import is_number, shape_argument
from kerascheck.interpreter.shape_values import shape_dims, written_size
from kerascheck.interpreter.values import (
    Arguments,
    External,
    KerasCall,
    Origin,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int
from kerascheck.shapes.dim import batch, symbol

SIZE_NAMES = {1: ("N",), 2: ("T", "F"), 3: ("H", "W", "C"), 4: ("D", "H", "W", "C"), 5: ("S", "D", "H", "W", "C")}
"""What an input's open axes are called, by the number of axes without the batch."""

MOST_INPUTS = 5
"""A layer with more tensors to be called on is a helper, of whose arguments nobody knows which are samples."""


def may_be_one_sample(data: Iterable[TensorValue]) -> bool:
    """Whether data of one axis may be the features of a single sample, as well as a number for each of several."""
    ranks = {len(each.spec.shape.dims) for each in data if each.spec.shape.dims is not None}
    return bool(ranks) and max(ranks) < 2


def make_input(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``keras.Input(...)``."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    called = describe(function.name, interpreter.program.generation)
    generation = interpreter.program.generation if called is None else called.generation
    note_name(interpreter, bound.get("name"), "keras.Input", generation, node)
    tensor = bound.get("tensor")
    if isinstance(tensor, TensorValue):
        if called is not None and not tensor.spec.keras_tensor:
            note_argument(interpreter, replace(called, name="keras.Input"), "tensor", node, old_form=True)
            if generation == 3:
                return UnknownValue("an Input that Keras refuses")
        dims: tuple[Any, ...] | None = tensor.spec.shape.dims
        return input_tensor(interpreter, dims, bound.get("dtype"), bound.get("name"), node=node, made_by=generation)
    _note_number(interpreter, bound, generation, node)
    dims = shape_dims(bound.get("batch_shape")) or shape_dims(bound.get("batch_input_shape"))
    if dims is None:
        inner = shape_dims(bound.get("shape", bound.get("input_shape")))
        dims = None if inner is None else (written_size(bound.get("batch_size")), *inner)
    made = input_tensor(interpreter, dims, bound.get("dtype"), bound.get("name"), node=node, made_by=generation)
    if bound.get("optional", False) is not False:
        interpreter.program.recorder.nodes[made.origins[0].node].config = {"optional": True}
    return made


def _note_number(interpreter: Interpreter, bound: dict[str, Value], generation: int, node: ast.AST) -> None:
    """Note a shape that is a number; tf_keras takes one for the shape of a sample, and none for that of a batch."""
    for parameter in ("shape", "batch_shape"):
        if is_number(bound.get(parameter)) and (generation == 3 or parameter == "batch_shape"):
            position = 0 if parameter == "shape" else None
            fact = shape_argument(interpreter, "keras.Input", parameter, generation, node, position)
            if fact is not None:
                interpreter.program.shape_arguments.append(fact)


def input_tensor(
    interpreter: Interpreter,
    dims: tuple[Any, ...] | None,
    dtype: Value = None,
    name: Value = None,
    *,
    node: ast.AST | None = None,
    source: Source | None = None,
    keras_tensor: bool = True,
    made_by: int | None = None,
    samples: bool = True,
    label: str | None = None,
) -> TensorValue:
    """A new model input; ``dims`` as written, the batch first, None for an open axis.

    ``made_by`` is the generation of Keras whose ``Input`` it is, where that is not the file's; ``samples`` whether the
    first axis certainly is the batch; ``label`` the name that Keras has already found for it, where the code gives
    none.
    """
    generation = interpreter.program.generation if made_by is None else made_by
    shape = Shape(None) if dims is None else Shape(named_sizes(interpreter, dims))
    if not samples and shape.dims is not None:
        shape = Shape((UNKNOWN, *shape.dims[1:]))
    kind = plain(dtype)
    spec = TensorSpec(shape, kind if isinstance(kind, str) else "float32", keras_tensor=keras_tensor)
    given = isinstance(name, str)
    if not given:
        prefix, first = ("input_layer", 0) if generation == 3 else ("input", 1)
        name = automatic_name(interpreter, prefix, first) if label is None else label
    entry = record(interpreter, "input", "keras.Input", name, [spec], node=node, source=source, generation=generation)
    if given:
        interpreter.facts.named_inputs.add(entry.identifier)
    origin = (Origin(entry.identifier),)
    history = KerasCall(None, Arguments(), None, entry.source) if keras_tensor else None
    tensor = TensorValue(spec, origin, history)
    if history is not None:
        history.outputs = tensor
    return tensor


def named_sizes(interpreter: Interpreter, dims: tuple[Any, ...]) -> tuple[Dim, ...]:
    """The sizes of an input: the batch is ``B``, other open axes get names of their own."""
    names = SIZE_NAMES.get(len(dims) - 1, ())
    sizes: list[Dim] = []
    for index, dim in enumerate(dims):
        if index == 0:
            fixed = None if dim is None else as_int(dim)
            interpreter.facts.sized_batch |= dim is not None and fixed is None
            sizes.append(batch(fixed))
        elif dim is None:
            name = names[index - 1] if index - 1 < len(names) else f"N{index}"
            sizes.append(symbol(size_name(interpreter, name)))
        else:
            sizes.append(UNKNOWN if isinstance(dim, UnknownValue) else dim)
    return tuple(sizes)
