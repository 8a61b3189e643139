"""``ImageDataGenerator``: the batches that ``flow`` and ``flow_from_directory`` give."""

from __future__ import annotations

import ast

from kerascheck.interpreter.binding import bind_to
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.dataset_sources import CHANNELS, each_unknown
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.datasets import OPEN_BATCH, each_tensor, put_together, tensor, without_first_axis
from kerascheck.interpreter.names import describe, find_symbol
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.shape_values import shape_dims
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, ListValue, TensorValue, UnknownValue, Value
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec

GENERATOR = "keras.preprocessing.image.ImageDataGenerator"
FLOWS = frozenset({"flow", "flow_from_directory", "flow_from_dataframe"})


def flow(interpreter: Interpreter, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``generator.flow(...)`` and its kin: batches of images with what belongs to them."""
    # Keras 3 has the class only by the name it has in TensorFlow.
    described = describe(f"tensorflow.{GENERATOR}.{name}", interpreter.program.generation)
    symbol = None if described is None else find_symbol(described)
    if symbol is None or symbol.parameters is None or name == "flow_from_dataframe":
        return UnknownValue(name)
    bound = bind_to(symbol.parameters, arguments)
    element = _rows(interpreter, bound) if name == "flow" else _files(bound)
    source = source_of(interpreter, node)
    size = bound.get("batch_size")
    if isinstance(size, UnknownValue):
        element = each_unknown(interpreter, element)
    else:
        element = put_together(interpreter, element, OPEN_BATCH)
    return DatasetValue(element, None, source, source.span if source is not None else None, native=False)


def _rows(interpreter: Interpreter, bound: dict[str, Value]) -> Value:
    """A row of each of the arrays."""
    given = [bound.get("x"), bound.get("y"), bound.get("sample_weight")]
    parts = [part for part in given if part is not None]
    if not all(isinstance(part, TensorValue) for part in parts):
        return NOTHING_KNOWN
    rows = tuple(each_tensor(interpreter, part, without_first_axis) for part in parts)
    image = rows[0]
    rows = (tensor(TensorSpec(image.spec.shape, "float32"), image.source), *rows[1:])
    return rows[0] if len(rows) == 1 else rows


def _files(bound: dict[str, Value]) -> Value:
    """An image of a directory with its class as ``class_mode`` says."""
    size, mode = shape_dims(bound.get("target_size")), bound.get("color_mode")
    channels: Dim = CHANNELS.get(mode, UNKNOWN) if isinstance(mode, str) else UNKNOWN
    height, width = size if size is not None and len(size) == 2 else (UNKNOWN, UNKNOWN)
    image = tensor(TensorSpec(Shape((height, width, channels)), "float32"))
    classes = bound.get("classes")
    names = classes.items if isinstance(classes, ListValue) else classes
    count: Dim = len(names) if isinstance(names, (list, tuple)) else UNKNOWN
    match bound.get("class_mode"):
        case None:
            return image
        case "categorical":
            return (image, tensor(TensorSpec(Shape((count,)), "float32")))
        case "binary" | "sparse":
            return (image, tensor(TensorSpec(Shape(()), "float32")))
        case "input":
            return (image, image)
    return NOTHING_KNOWN
