"""``keras.utils`` and ``keras.preprocessing`` on arrays and lists: what they give is NumPy's."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from kerascheck.interpreter.arrays import HELD, as_argument, new_array
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.conversion import plain, tensors_in
from kerascheck.interpreter.core import ExternalHandler, Interpreter
from kerascheck.interpreter.data_loaders import LOADERS
from kerascheck.interpreter.extremes import of_numbers
from kerascheck.interpreter.named_ops import op_info
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.tensors import call_op
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    External,
    Extremes,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.problems import ShapeProblem
from kerascheck.semantics.api import OpCall
from kerascheck.semantics.numpy.dtypes import chosen, of_binary, of_unary
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.ops.arguments import dim_of
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int

TOKENIZER = "keras.preprocessing.text.Tokenizer"


def _array_of(value: Value) -> TensorSpec | None:
    """The array that one of these functions makes of its argument; None for a tensor, or what is not followed."""
    if isinstance(value, TensorValue):
        return value.spec if value.is_numpy else None
    if isinstance(value, (UnknownValue, Instance)) or not all(tensor.is_numpy for _, tensor in tensors_in(value)):
        return None
    return as_array(as_argument(value))


def _prepared(
    interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST, operand: str
) -> tuple[dict[str, Value], TensorSpec] | None:
    """The arguments, and the result by the function's shape rule; None where it is given a tensor."""
    name = canonical(function.name, interpreter.program.generation) or ""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    given = bound.get(operand, bound.get("y"))
    spec, info = _array_of(given), op_info(name)
    if spec is None or info is None:
        return None
    values = {key: plain(value) for key, value in bound.items()} | {operand: spec}
    try:
        found = info.function(OpCall(name, interpreter.program.generation, values))
    except ShapeProblem:
        return bound, TensorSpec()
    return bound, found if isinstance(found, TensorSpec) else TensorSpec()


def _to_categorical(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """A vector for each class number, of Python's float in Keras 3, and of ``dtype`` in Keras 2."""
    written = External(function.name.replace(".np_utils.", "."))
    found = _prepared(interpreter, written, arguments, node, "x")
    if found is None:
        return call_op(interpreter, written, arguments, node)
    dtype: str | None = "float64"
    if interpreter.program.generation == 2:
        dtype = chosen(as_argument(found[0].get("dtype")), "float64")
    shape, labels = found[1].shape, found[0].get("x", found[0].get("y"))
    if isinstance(labels, TensorValue) and labels.classes is not None and found[0].get("num_classes") is None:
        shape = shape if not shape.dims else shape.replace(len(shape.dims) - 1, labels.classes)
    return new_array(interpreter, TensorSpec(shape, dtype), node)


def _normalize(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """Each slice divided by its norm."""
    found = _prepared(interpreter, function, arguments, node, "x")
    if found is None:
        return call_op(interpreter, function, arguments, node)
    given = _array_of(found[0].get("x")) or TensorSpec()
    norm = TensorSpec(given.shape, of_unary("numpy.linalg.norm", given.dtype))
    dtype = of_binary("numpy.divide", given, norm)
    operands = [tensor for _, tensor in tensors_in(found[0].get("x"))]
    return new_array(interpreter, TensorSpec(found[1].shape, dtype), node, operands)


def _pad_sequences(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """Sequences cut or filled up to one length, that of the longest where none is given."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    given, longest = bound.get("sequences"), as_argument(bound.get("maxlen"))
    rows = _rows(given)
    if rows is None:
        return NOTHING_KNOWN
    count, lengths, rest = rows
    known = [as_int(length) for length in lengths]
    length: Dim = UNKNOWN
    if longest is not None:
        length = dim_of(longest)
    elif known and all(each is not None for each in known):
        length = max(each for each in known if each is not None)
    dtype = chosen(as_argument(bound.get("dtype")), None)
    array = new_array(interpreter, TensorSpec(Shape((count, length, *rest)), dtype), node)
    return replace(array, extremes=_padded(given, longest, known, as_argument(bound.get("value"))))


def _padded(given: Value, longest: Any, lengths: list[int | None], value: Any) -> Extremes | None:
    """What padded sequences hold: where they are cut, the largest numbers of many may be lost, and not the next."""
    if isinstance(given, TensorValue):
        known = given.extremes
        if known is None or known.changed:
            return None
        return Extremes(known.lowest, known.highest if longest is None else known.highest * 9 // 10)
    cut = longest is not None and not all(
        length is not None and isinstance(longest, int) and length <= longest for length in lengths
    )
    known = None if cut or not isinstance(given, ListValue) else of_numbers(as_argument(given))
    padded = len(set(lengths)) > 1 and isinstance(value, int) and known is not None
    return Extremes(min(known.lowest, value), max(known.highest, value)) if padded and known is not None else known


def _rows(value: Value) -> tuple[Dim, list[Dim], tuple[Dim, ...]] | None:
    """How many sequences there are, how long each is, and the shape of their elements; None where not known."""
    match value:
        case TensorValue(spec=TensorSpec(shape=Shape(dims=(count,)), dtype="object"), is_numpy=True):
            return count, [], ()
        case TensorValue(spec=TensorSpec(shape=Shape(dims=(count, length, *rest))), is_numpy=True):
            return count, [length], tuple(rest)
        case ListValue(items=list() as items) if items:
            specs = [as_array(as_argument(item)) for item in items]
            if any(not spec.shape.dims for spec in specs):
                return None
            rests = {(spec.shape.dims or ())[1:] for spec in specs if as_int((spec.shape.dims or ())[0]) != 0}
            if len(rests) != 1:
                return None
            return len(items), [(spec.shape.dims or ())[0] for spec in specs], rests.pop()
    return None


def _load_img(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """An image of PIL's, which NumPy reads as rows and columns of pixels."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    channels = {"rgb": (3,), "rgba": (4,), "grayscale": ()}.get(str(bound.get("color_mode")))
    if "grayscale" in bound and bound["grayscale"] is not False:
        channels = None
    if channels is None:
        return NOTHING_KNOWN
    target = as_argument(bound.get("target_size"))
    size: tuple[Dim, Dim] = (UNKNOWN, UNKNOWN)
    match target:
        case (int() as height, int() as width) | [int() as height, int() as width]:
            size = (height, width)
    dtype = "uint8" if channels else None
    image = Instance(External("PIL.Image.Image"), native="PIL.Image.Image")
    image.attributes[HELD] = new_array(interpreter, TensorSpec(Shape((*size, *channels)), dtype), node)
    return interpreter.heap.new(image)


def _img_to_array(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """An image as an array of three axes."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    dtype = chosen(as_argument(bound.get("dtype")), "float32")
    layout = bound.get("data_format")
    spec = as_array(as_argument(bound.get("img")))
    if spec.shape.dims is None or len(spec.shape.dims) not in {2, 3}:
        return new_array(interpreter, TensorSpec(Shape((UNKNOWN,) * 3), dtype), node)
    dims = spec.shape.dims if len(spec.shape.dims) == 3 else (*spec.shape.dims, 1)
    if layout == "channels_first":
        dims = (dims[2], dims[0], dims[1])
    elif layout not in {None, "channels_last"}:
        dims = (UNKNOWN,) * 3
    return new_array(interpreter, TensorSpec(Shape(dims), dtype), node)


def _tokenizer(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(Instance(function, native=TOKENIZER, span=interpreter.span(node)))


def tokenizer_method(
    interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """``Tokenizer.texts_to_sequences``: lists of numbers of different lengths, of which how many is not followed."""
    match name:
        case "texts_to_sequences":
            return new_array(interpreter, TensorSpec(Shape.of(UNKNOWN), "object"), node)
        case "texts_to_matrix" | "sequences_to_matrix":
            return new_array(interpreter, TensorSpec(Shape.of(UNKNOWN, UNKNOWN), "float64"), node)
        case "fit_on_texts" | "fit_on_sequences":
            return None
    return NOTHING_KNOWN


PREPARING: dict[str, ExternalHandler] = {
    **LOADERS,
    TOKENIZER: _tokenizer,
    "keras.utils.to_categorical": _to_categorical,
    "keras.utils.np_utils.to_categorical": _to_categorical,
    "keras.utils.normalize": _normalize,
    "keras.utils.pad_sequences": _pad_sequences,
    "keras.utils.load_img": _load_img,
    "keras.utils.img_to_array": _img_to_array,
}
"""What answers for each, by canonical name."""
