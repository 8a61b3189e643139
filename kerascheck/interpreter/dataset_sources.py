"""What makes a dataset: ``tf.data.Dataset.from_*``, readers of files, and Keras's own loaders of directories."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from kerascheck.diagnostic import TrailStep
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.conversion import map_tensors, plain, tensors_in
from kerascheck.interpreter.core import ExternalHandler, Interpreter
from kerascheck.interpreter.dataset_values import INFINITE, DatasetValue
from kerascheck.interpreter.datasets import (
    OPEN_BATCH,
    as_component,
    put_together,
    row_count,
    slices,
    some_elements,
    tensor,
    together,
)
from kerascheck.interpreter.fed_reports import add_problem
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.shape_values import shape_dims
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    External,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.semantics.fed_words import problem_at, slices_words
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, steps_between

Bound: TypeAlias = dict[str, Value]


def _from_tensor_slices(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    value = as_component(interpreter, arguments.get(0, "tensors", NOTHING_KNOWN))
    _note_unequal(interpreter, value, node)
    return DatasetValue(slices(interpreter, value), row_count(value), source_of(interpreter, node))


def _note_unequal(interpreter: Interpreter, given: Value, node: ast.AST) -> None:
    """Note arrays of different numbers of samples, which TensorFlow does not slice together."""
    source = source_of(interpreter, node)
    shapes = [each.spec.shape for _, each in tensors_in(given) if each.is_array and each.spec.shape.dims]
    counts = [None if not shape.dims else as_int(shape.dims[0]) for shape in shapes]
    unequal = (place for place, count in enumerate(counts) if count not in (None, counts[0]))
    other = None if not counts or counts[0] is None else next(unequal, None)
    if source is not None and other is not None and interpreter.module.is_user:
        calls = tuple(TrailStep(each, "called from here") for each in reversed(source.stack))
        add_problem(interpreter, problem_at(slices_words(shapes[0], shapes[other]), source.span, calls))


def _from_tensors(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    value = as_component(interpreter, arguments.get(0, "tensors", NOTHING_KNOWN))
    return DatasetValue(value, 1, source_of(interpreter, node))


def _range(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    ends = [each for each in arguments.positional if isinstance(each, int)]
    known = ends and len(ends) == len(arguments.positional) and not arguments.open and (len(ends) < 3 or ends[2])
    every = range(*ends[:3]) if known else None
    length = None if every is None else steps_between(every.start, every.stop, every.step)
    dtype = plain(arguments.keywords.get("output_type", "int64"))
    spec = TensorSpec(Shape(()), dtype if isinstance(dtype, str) else None)
    return DatasetValue(tensor(spec), length, source_of(interpreter, node))


def _from_generator(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    bound = bind_arguments(interpreter, function.name, arguments, node)
    signature, types, shapes = (bound.get(name) for name in ("output_signature", "output_types", "output_shapes"))
    element: Value = NOTHING_KNOWN
    if signature is not None:
        element = declared(interpreter, signature)
    elif types is not None:
        element = _typed(interpreter, types, shapes)
    return DatasetValue(element, None, source_of(interpreter, node))


def declared(interpreter: Interpreter, signature: Value) -> Value:
    """The element that a nest of ``tf.TensorSpec`` declares."""
    match signature:
        case TensorValue():
            return signature
        case tuple():
            return tuple(declared(interpreter, part) for part in signature)
        case ListValue(items=list() as items):
            return tuple(declared(interpreter, part) for part in items)
        case DictValue(items=dict() as entries):
            parts = {key: declared(interpreter, part) for key, part in entries.items()}
            return interpreter.heap.new(DictValue(parts))
        case Instance(native="tf.TensorSpec"):
            return signature.attributes.get("\0spec", NOTHING_KNOWN)
    return NOTHING_KNOWN


def _typed(interpreter: Interpreter, types: Value, shapes: Value) -> Value:
    match types:
        case tuple():
            given = list(shapes) if isinstance(shapes, tuple) else [UNKNOWN] * len(types)
            if len(given) != len(types):
                return NOTHING_KNOWN
            return tuple(_typed(interpreter, kind, shape) for kind, shape in zip(types, given, strict=True))
        case DictValue(items=dict() as entries):
            asked = shapes.items if isinstance(shapes, DictValue) and shapes.items is not None else {}
            parts = {key: _typed(interpreter, kind, asked.get(key)) for key, kind in entries.items()}
            return interpreter.heap.new(DictValue(parts))
    kind = plain(types)
    return tensor(_spec(shape_dims(shapes), kind)) if isinstance(kind, str) else NOTHING_KNOWN


def _spec(dims: tuple[Value, ...] | None, dtype: Value) -> TensorSpec:
    known = None if dims is None else tuple(UNKNOWN if dim is None else dim for dim in dims)
    return TensorSpec(Shape(known), dtype if isinstance(dtype, str) else None)


def _tensor_spec(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.TensorSpec(shape, dtype)``: a declaration, no tensor."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    made = interpreter.heap.new(Instance(function, native="tf.TensorSpec", span=interpreter.span(node)))
    made.attributes["\0spec"] = tensor(_spec(shape_dims(bound.get("shape")), plain(bound.get("dtype"))))
    return made


def _lines(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return DatasetValue(tensor(TensorSpec(Shape(()), "string")), None, source_of(interpreter, node))


def _zip(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    given: Value = arguments.positional if len(arguments.positional) > 1 else arguments.get(0, "datasets")
    found: list[DatasetValue] = []

    def elements(part: Value) -> Value:
        match part:
            case DatasetValue():
                found.append(part)
                return part.element
            case tuple():
                return tuple(elements(each) for each in part)
            case DictValue(items=dict() as entries):
                return interpreter.heap.new(DictValue({key: elements(each) for key, each in entries.items()}))
        return NOTHING_KNOWN

    element = elements(given)
    lengths = [each.length for each in found]
    if len(set(lengths)) > 1 or None in lengths:
        # The longer ones do not come to their end.
        element = some_elements(interpreter, element)
    ends = [length for length in lengths if length != INFINITE]
    length = None if None in ends or not found else min((each for each in ends if each is not None), default=INFINITE)
    places = {each.batched for each in found}
    return DatasetValue(
        element, length, source_of(interpreter, node), places.pop() if len(places) == 1 else None,
        True if found and all(each.whole for each in found) else None,
    )  # fmt: skip


def _mixed(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``sample_from_datasets`` and its kin: an element of one of them."""
    given = arguments.get(0, "datasets")
    found = given.items if isinstance(given, ListValue) else given
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, DatasetValue) for each in found) or not found:
        return NOTHING_KNOWN
    element = found[0].element
    for each in found[1:]:
        element = together(interpreter, element, each.element)
    return replace(found[0], element=some_elements(interpreter, element), length=None, whole=None)


CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


def _labelled(interpreter: Interpreter, bound: Bound, samples: TensorValue) -> Value:
    """The samples of a directory with their labels, as ``label_mode`` says."""
    mode, labels = bound.get("label_mode", "int"), bound.get("labels", "inferred")
    names = bound.get("class_names")
    if labels is None or mode is None:
        return samples
    if isinstance(labels, UnknownValue) or not isinstance(mode, str):
        return NOTHING_KNOWN
    classes: Dim = UNKNOWN
    known = names.items if isinstance(names, ListValue) else names
    if isinstance(known, (list, tuple)):
        classes = len(known)
    shapes: dict[str, TensorSpec] = {
        "int": TensorSpec(Shape(()), "int32"),
        "binary": TensorSpec(Shape((1,)), "float32"),
        "categorical": TensorSpec(Shape((classes,)), "float32"),
    }
    return (samples, tensor(shapes[mode])) if mode in shapes else NOTHING_KNOWN


def _directory(
    interpreter: Interpreter,
    function: External,
    arguments: Arguments,
    node: ast.AST,
    samples: Callable[[Bound], TensorSpec],
) -> Value:
    """One of Keras's loaders of a directory: batched unless told not to, and two of them for ``subset="both"``."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    source = source_of(interpreter, node)
    element = _labelled(interpreter, bound, tensor(samples(bound), source))
    size, subset = bound.get("batch_size", 32), bound.get("subset")
    place = source.span if source is not None and size is not None else None
    if isinstance(size, UnknownValue):
        element = each_unknown(interpreter, element)
    elif size is not None:
        element = put_together(interpreter, element, OPEN_BATCH)
    data = DatasetValue(element, None, source, place)
    if isinstance(subset, UnknownValue):
        return NOTHING_KNOWN
    return interpreter.heap.new(ListValue([data, data])) if subset == "both" else data


def each_unknown(interpreter: Interpreter, element: Value) -> Value:
    """The nest of an element, nothing known of the tensors in it."""
    return map_tensors(element, lambda part: tensor(TensorSpec(Shape(None), part.spec.dtype)), interpreter.heap.new)


def _images(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    def samples(bound: Bound) -> TensorSpec:
        size = shape_dims(bound.get("image_size", (256, 256)))
        mode = bound.get("color_mode", "rgb")
        channels: Dim = CHANNELS.get(mode, UNKNOWN) if isinstance(mode, str) else UNKNOWN
        height, width = size if size is not None and len(size) == 2 else (UNKNOWN, UNKNOWN)
        match bound.get("data_format"):
            case None | "channels_last":
                return TensorSpec(Shape((height, width, channels)), "float32")
            case "channels_first":
                return TensorSpec(Shape((channels, height, width)), "float32")
        return TensorSpec(Shape(None), "float32")

    return _directory(interpreter, function, arguments, node, samples)


def _texts(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return _directory(interpreter, function, arguments, node, lambda bound: TensorSpec(Shape(()), "string"))


def _sounds(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    def samples(bound: Bound) -> TensorSpec:
        length = bound.get("output_sequence_length")
        if bound.get("ragged") is not False:
            return TensorSpec(Shape(None), "float32")
        return TensorSpec(Shape((length if isinstance(length, int) else UNKNOWN, UNKNOWN)), "float32")

    return _directory(interpreter, function, arguments, node, samples)


def _timeseries(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """Windows over the rows of an array; TensorFlow leaves their length open."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    rows, targets, size = bound.get("data"), bound.get("targets"), bound.get("batch_size")
    source = source_of(interpreter, node)
    if not isinstance(rows, TensorValue):
        return NOTHING_KNOWN
    dims = rows.spec.shape.dims
    windows = None if not dims else (UNKNOWN, *dims[1:])
    element: Value = tensor(TensorSpec(Shape(windows), rows.spec.dtype), source)
    if targets is not None:
        known = targets.spec.shape.dims if isinstance(targets, TensorValue) else None
        kind = targets.spec.dtype if isinstance(targets, TensorValue) else None
        element = (element, tensor(TensorSpec(Shape(known[1:] if known else None), kind), source))
    if isinstance(size, UnknownValue):
        return DatasetValue(each_unknown(interpreter, element), None, source)
    if size is None:
        return DatasetValue(element, None, source)
    place = source.span if source is not None else None
    return DatasetValue(put_together(interpreter, element, OPEN_BATCH), None, source, place)


def _csv(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    return DatasetValue(NOTHING_KNOWN, None, source_of(interpreter, node))


HANDLERS: dict[str, ExternalHandler] = {
    "tf.TensorSpec": _tensor_spec,
    "tf.data.Dataset.from_tensor_slices": _from_tensor_slices,
    "tf.data.Dataset.from_tensors": _from_tensors,
    "tf.data.Dataset.range": _range,
    "tf.data.Dataset.from_generator": _from_generator,
    "tf.data.Dataset.list_files": _lines,
    "tf.data.Dataset.zip": _zip,
    "tf.data.Dataset.sample_from_datasets": _mixed,
    "tf.data.Dataset.choose_from_datasets": _mixed,
    "tf.data.TextLineDataset": _lines,
    "tf.data.TFRecordDataset": _lines,
    "tf.data.experimental.make_csv_dataset": _csv,
    "keras.utils.image_dataset_from_directory": _images,
    "keras.utils.text_dataset_from_directory": _texts,
    "keras.utils.audio_dataset_from_directory": _sounds,
    "keras.utils.timeseries_dataset_from_array": _timeseries,
}
"""What makes a dataset, by canonical name."""
