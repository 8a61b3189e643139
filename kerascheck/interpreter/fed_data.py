"""What a call of ``fit``, ``evaluate`` or ``predict`` feeds a model: inputs, targets and weights, batch by batch."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any, Literal

from kerascheck.catalog import Parameter
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.interpreter.attributes import get_attribute
from kerascheck.interpreter.binding import bind_to
from kerascheck.interpreter.classes import external_bases
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import NOWHERE, Interpreter, UserRaise
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.datasets import OPEN_BATCH, as_component, each_tensor, some_elements, together
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    BoundMethod,
    ClassValue,
    DictValue,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.records import immutable
from kerascheck.shapes import Dim, Shape, TensorSpec, as_int

SEQUENCES = frozenset({"keras.utils.Sequence", "keras.utils.PyDataset"})
DEFAULT_BATCH_SIZE = 32

Kind = Literal["arrays", "batches"]


@immutable()
class Fed:
    """One lot of data that a call goes through.

    Attributes:
        kind: arrays, which Keras cuts into batches, or batches as they are.
        x, y, weights: the nests given; unknown where they were not followed, None where there are none.
        size: how many samples its first batch has; the open batch where that is not known.
        expressions: where and how the user wrote each of them, by argument.
        dataset: the dataset, if it is one.
        checked: whether Keras compares the number of samples.
    """

    kind: Kind
    x: Value
    y: Value = None
    weights: Value = None
    size: Dim = OPEN_BATCH
    expressions: tuple[tuple[str, Span, str], ...] = ()
    dataset: DatasetValue | None = None
    checked: bool = True

    def expression(self, argument: str) -> tuple[Span, str] | None:
        """Where and how the user wrote ``argument``."""
        return next(((span, text) for name, span, text in self.expressions if name == argument), None)


BATCH_METHODS = frozenset({"train_on_batch", "test_on_batch", "predict_on_batch"})
TRAINING_METHODS = frozenset({"fit", "fit_generator", "train_on_batch"})
PREDICTING_METHODS = frozenset({"predict", "predict_generator", "predict_on_batch"})
STEPS = ("steps_per_epoch", "samples_per_epoch", "steps")
VALIDATION_STEPS = ("validation_steps", "nb_val_samples")
"""How many batches of the data are gone through, where that need not be all of them."""
DATA_METHODS = BATCH_METHODS | TRAINING_METHODS | PREDICTING_METHODS | frozenset({"evaluate", "evaluate_generator"})
"""The methods of a model that are given data."""


def bind_method(state: LayerState, name: str, arguments: Arguments) -> dict[str, Value]:
    """The arguments of a method of Keras's Model by parameter name."""
    described = describe(f"keras.Model.{name}", state.generation)
    symbol = None if described is None else find_symbol(replace(described, generation=state.generation))
    parameters: tuple[Parameter, ...] | None = symbol.parameters if symbol is not None else None
    if parameters is None:
        return {"x": arguments.get(0, "x"), **arguments.keywords}
    return bind_to(parameters, arguments)


def fed_data(interpreter: Interpreter, state: LayerState, name: str, arguments: Arguments, node: ast.AST) -> list[Fed]:
    """The data of one call; the validation data of ``fit`` are a lot of their own."""
    bound = bind_method(state, name, arguments)
    written = _written(interpreter, name, node, bound)
    size = bound.get("batch_size")
    found = [_lot(interpreter, name, bound, _batch_size(size, name), written)]
    validation = bound.get("validation_data")
    if name in ("fit", "fit_generator") and validation is not None:
        where = [each for each in written if each[0] == "validation_data"]
        again = bound.get("validation_batch_size", size)
        lot = _validation(interpreter, validation, _batch_size(size if again is None else again, name), where)
        if lot.kind == "batches" and any(bound.get(each) is not None for each in VALIDATION_STEPS):
            lot = replace(lot, x=some_elements(interpreter, lot.x), y=some_elements(interpreter, lot.y))
        found.append(lot)
    return found


def _batch_size(size: Value, name: str) -> int | None:
    """How many samples a full batch has."""
    if name in BATCH_METHODS:
        return None
    return DEFAULT_BATCH_SIZE if size is None else size if isinstance(size, int) else None


def _lot(interpreter: Interpreter, name: str, bound: dict[str, Value], size: int | None, written: list[Any]) -> Fed:
    x = bound.get("x", bound.get("generator"))
    batches = as_batches(interpreter, x)
    if batches is not None:
        if any(bound.get(each) is not None for each in STEPS):
            batches = replace(batches, element=some_elements(interpreter, batches.element))
        return _unpacked(batches, tuple(written), training=name not in PREDICTING_METHODS)
    y, weights = bound.get("y"), bound.get("sample_weight")
    whole = name in BATCH_METHODS
    return Fed(
        "arrays", _as_inputs(x), None if name in PREDICTING_METHODS else y, weights,
        _first_batch(x, size, whole), tuple(written), checked=not whole,
    )  # fmt: skip


def _as_inputs(value: Value) -> Value:
    """Data that Keras takes as they are; a list of numbers is none."""
    return value if tensors_in(value) else NOTHING_KNOWN


def _validation(interpreter: Interpreter, value: Value, size: int | None, written: list[Any]) -> Fed:
    batches = as_batches(interpreter, value)
    if batches is not None:
        return _unpacked(batches, tuple(written), training=True)
    parts = value.items if isinstance(value, ListValue) else value
    if not isinstance(parts, (tuple, list)) or not 1 <= len(parts) <= 3:
        return Fed("arrays", NOTHING_KNOWN)
    x, y, weights = (*parts, None, None)[:3]
    expressions = tuple((name, span, text) for _, span, text in written for name in ("x", "y", "sample_weight"))
    return Fed("arrays", _as_inputs(x), y, weights, _first_batch(x, size, False), expressions)


def _first_batch(x: Value, size: int | None, whole: bool) -> Dim:
    """How many samples the first batch has, where that is known."""
    count = samples(x)
    number = as_int(count) if count is not None else None
    if whole:
        return OPEN_BATCH if number is None else number
    return OPEN_BATCH if number is None or size is None else min(size, number)


def samples(value: Value) -> Dim | None:
    """The number of samples in an array or the first array of a nest."""
    for _, tensor in tensors_in(value):
        return tensor.spec.shape.dims[0] if tensor.spec.shape.dims else None
    return None


def _unpacked(data: DatasetValue, written: tuple[Any, ...], *, training: bool) -> Fed:
    """A batch of a dataset is the inputs, or a tuple of those, the targets and weights."""
    element = data.element
    parts = element if isinstance(element, tuple) and 1 <= len(element) <= 3 else (element,)
    x, y, weights = (*parts, None, None)[:3]
    return Fed("batches", x, y if training else None, weights, _batch_of(x), written, data, checked=False)


def _batch_of(x: Value) -> Dim:
    count = samples(x)
    return OPEN_BATCH if count is None or as_int(count) is None else count


def as_batches(interpreter: Interpreter, value: Value) -> DatasetValue | None:
    """What ``fit`` goes through batch by batch: a dataset, a generator or a Sequence; None for anything else."""
    match value:
        case DatasetValue():
            return value
        case ListValue(kind="generator", items=items):
            return DatasetValue(_any_of(interpreter, items), native=False)
        case Instance() if is_sequence(interpreter, value):
            return DatasetValue(_item(interpreter, value), native=False)
    return None


def _any_of(interpreter: Interpreter, items: list[Value] | None) -> Value:
    """What holds of everything a generator yields; a list counts as the tuple Keras makes of it."""
    if not items:
        return NOTHING_KNOWN
    found = [_yielded(interpreter, each) for each in items]
    element = found[0]
    for each in found[1:]:
        element = together(interpreter, element, each)
    return element


def _yielded(interpreter: Interpreter, value: Value) -> Value:
    if isinstance(value, ListValue) and value.items is not None:
        value = tuple(value.items)
    if not isinstance(value, tuple):
        return value if isinstance(value, TensorValue) else NOTHING_KNOWN
    return tuple(_arrays(interpreter, part) for part in value)


def _arrays(interpreter: Interpreter, value: Value) -> Value:
    """Arrays in the nest they were given in; what is none is unknown."""
    match value:
        case TensorValue() | None:
            return value
        case tuple():
            return tuple(_arrays(interpreter, part) for part in value)
        case ListValue(items=list() as items):
            return tuple(_arrays(interpreter, part) for part in items)
        case DictValue(items=dict()):
            return as_component(interpreter, value)
    return NOTHING_KNOWN


def is_sequence(interpreter: Interpreter, instance: Instance) -> bool:
    """Whether an object is a Keras Sequence of the user's."""
    if not isinstance(instance.cls, ClassValue):
        return False
    generation = interpreter.program.generation
    return any(canonical(base.name, generation) in SEQUENCES for base in external_bases(instance.cls))


def _item(interpreter: Interpreter, instance: Instance) -> Value:
    """One batch of a Sequence: its ``__getitem__`` at an index nobody knows."""
    method = get_attribute(interpreter, instance, "__getitem__", NOWHERE)
    if not isinstance(method, BoundMethod):
        return NOTHING_KNOWN
    try:
        result, _ = interpreter.heap.branch(
            lambda: interpreter.call(method, Arguments((UnknownValue("index"),)), NOWHERE)
        )
    except (UserRaise, RecursionError):
        return NOTHING_KNOWN
    return _yielded(interpreter, result)


def _written(
    interpreter: Interpreter, name: str, node: ast.AST, bound: dict[str, Value]
) -> list[tuple[str, Span, str]]:
    """Where and how each argument is written in the call, by parameter name."""
    if not isinstance(node, ast.Call) or not interpreter.module.is_user or interpreter.context.replay:
        return []
    names = list(bound)
    found: list[tuple[str, Span, str]] = []
    pairs = [*zip(names, node.args, strict=False), *((each.arg or "", each.value) for each in node.keywords)]
    for argument, value in pairs:
        span = None if isinstance(value, ast.Starred) else interpreter.span(value)
        if span is not None:
            found.append(("x" if argument == "generator" else argument, span, interpreter.module.source.segment(value)))
    return found


def sample_shape(spec: TensorSpec, fed: Fed) -> Shape:
    """The shape of a batch of ``spec``: of arrays, its first axis is the samples and a batch is cut from it."""
    dims = spec.shape.dims
    if not dims or fed.kind == "batches":
        return spec.shape
    return Shape((fed.size, *dims[1:]))


def made_at(tensor: TensorValue, fed: Fed) -> tuple[TrailStep, ...]:
    """Where the data were made and batched."""
    steps: list[TrailStep] = []
    data = fed.dataset
    if tensor.source is not None:
        note = str(tensor.spec.shape) if data is None else "the data"
        steps.append(TrailStep(tensor.source.span, note))
    elif data is not None and data.source is not None and data.source.span != data.batched:
        steps.append(TrailStep(data.source.span, "the dataset"))
    if data is not None and data.batched is not None and tensor.spec.shape.dims is not None:
        steps.append(TrailStep(data.batched, f"batches of {tensor.spec.shape}"))
    return tuple(dict.fromkeys(steps))


def one_batch(interpreter: Interpreter, fed: Fed) -> Value:
    """What ``train_step`` is given: a batch of the dataset, or of the arrays as Keras packs them."""
    if fed.dataset is not None:
        return fed.dataset.element

    def cut(spec: TensorSpec) -> TensorSpec:
        dims = spec.shape.dims
        return TensorSpec(Shape(None if dims is None else (OPEN_BATCH, *dims[1:]) if dims else ()), spec.dtype)

    parts = (fed.x, fed.y) if fed.weights is None else (fed.x, fed.y, fed.weights)
    return each_tensor(interpreter, fed.x if fed.y is None else parts, cut)
