"""The functions that a device would be given: each model's inference call, its train step, and hand-written steps.

A step is a Python function of tensors with the types of its inputs, every size known; nothing in here is run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph
from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.library import Live
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject, name_of

DEFAULT_BATCH = 8
"""How many samples a batch has where the code does not say: the fewest that fill a TPU's tile."""

NOT_DATA = ("training", "mask")
"""Arguments of a call that are handed over as they were given."""


@dataclass(frozen=True, slots=True)
class Step:
    """One function to lower.

    Attributes:
        name: as :attr:`kerascheck.program.CompiledStep.name`.
        function: takes the tensors flat.
        specs: their types.
        prepare: makes the variables that the function would make when it first runs.
        model: the graph of the model, where it is one's.
        span: where the model or function was made.
        jit: whether the code itself asks for XLA here.
    """

    name: str
    function: Callable[..., Any]
    specs: tuple[Any, ...]
    prepare: Callable[[], None]
    model: ModelGraph | None = None
    span: Span | None = None
    jit: bool = False


def steps_of(study: Study) -> Iterator[Step]:
    """Every step of the program, a model's inference before its training."""
    for index, subject in enumerate(study.subjects):
        model = study.models.get(index)
        if model is not None and index not in study.first.failures and model.complete:
            # A user's class may answer any question about it with an error.
            with contextlib.suppress(Exception):
                yield from list(_of_subject(study, subject, model))
    for call in study.runtime.watched.steps.values():
        span = call.source.span if call.source is not None else None
        if _is_plain(study, (call.arguments, call.keywords)):
            name = str(call.function.__name__)
            yield _function_step(study, call.function, call.arguments, call.keywords, name, None, span)


def _of_subject(study: Study, subject: Subject, model: ModelGraph) -> Iterator[Step]:
    """The steps of one model or compiled function."""
    span = subject.source.span if subject.source is not None else None
    if subject.root is not None and subject.root.compiled:
        root = subject.root
        yield _function_step(study, root.operation, root.arguments, root.keywords, name_of(subject), model, span)
    elif subject.library.is_model(subject.layer):
        # Keras's own choice, "auto", is no wish for XLA, and comes out as False without an accelerator.
        jit = getattr(subject.layer, "_jit_compile", None) is True
        inference = _inference(study, subject, model, span, jit)
        if inference is not None:
            yield inference
            yield from _training(study, subject, model, span, inference.specs, jit)


def _function_step(
    study: Study,
    function: Live,
    arguments: tuple[Any, ...],
    keywords: Any,
    name: str,
    model: ModelGraph | None,
    span: Span | None,
) -> Step:
    """A function of the user's, with what it was called with."""
    structure = (arguments, dict(keywords))
    specs = tuple(_spec(study, leaf, None) for leaf in leaves(structure) if _is_data(study, leaf))

    def call(*tensors: Any) -> Any:
        given, named = _filled(study, structure, tensors)
        return function(*given, **named)

    return Step(name, call, specs, lambda: None, model, span, jit=model is not None)


def _inference(study: Study, subject: Subject, model: ModelGraph, span: Span | None, jit: bool) -> Step | None:
    """A model's call at inference."""
    library, layer = subject.library, subject.layer
    batch = _batch(study, layer)
    training = {"training": False} if library.takes_training(layer) else {}
    if library.ends(layer) is not None:
        structure = library.input_structure(layer)
        values = study.session.values
        inputs = list(leaves(structure))
        if not all(id(tensor) in values for tensor in inputs):
            return None
        specs = tuple(_spec(study, values[id(tensor)], batch, tensor) for tensor in inputs)

        def call(*tensors: Any) -> Any:
            rest = iter(tensors)
            return layer(replace_leaves(structure, lambda _: next(rest)), **training)

        return Step("inference", call, specs, lambda: None, model, span, jit)
    root = subject.root
    if root is None or root.error is not None or not _is_plain(study, (root.arguments, root.keywords)):
        return None
    given = {name: value for name, value in root.keywords.items() if name != "training"}
    whole = (root.arguments, given)

    def call_again(*tensors: Any) -> Any:
        arguments, named = _filled(study, whole, tensors)
        return layer(*arguments, **named, **training)

    specs = tuple(_spec(study, leaf, batch) for leaf in leaves(whole) if _is_data(study, leaf))
    return Step("inference", call_again, specs, lambda: None, model, span, jit)


def _batch(study: Study, layer: Live) -> int:
    fit = study.runtime.watched.fits.get(id(layer))
    return (fit.batch if fit is not None else None) or DEFAULT_BATCH


def _training(
    study: Study, subject: Subject, model: ModelGraph, span: Span | None, inputs: tuple[Any, ...], jit: bool
) -> Iterator[Step]:
    """What ``fit`` runs for each batch, where the model was compiled and its data are known or follow from its loss."""
    layer = subject.layer
    if getattr(layer, "optimizer", None) is None:
        return
    batch = _batch(study, layer)
    data = _fitted_on(study, layer) or _guessed(study, subject, inputs, batch)
    if data is None:
        return
    sizes = iter(inputs)
    # An open size of the data is what the model was called with.
    x = replace_leaves(data[0], lambda leaf: _merged(study, leaf, next(sizes, None), batch))
    rest = tuple(replace_leaves(part, lambda leaf: _closed(study, leaf, batch)) for part in data[1:])
    structure = (x, *rest)
    specs = tuple(leaf for leaf in leaves(structure) if _is_data(study, leaf))

    def call(*tensors: Any) -> Any:
        return layer.distribute_strategy.run(layer.train_step, args=(_filled(study, structure, tensors),))

    def prepare() -> None:
        with layer.distribute_strategy.scope():
            _make_variables(subject, structure)

    yield Step("training", call, specs, prepare, model, span, jit)


def _fitted_on(study: Study, layer: Live) -> tuple[Any, ...] | None:
    """The types of what the model is fitted on: ``(x, y, sample_weight)``, as far as there are such."""
    fit = study.runtime.watched.fits.get(id(layer))
    return None if fit is None or fit.data is None or not _is_plain(study, fit.data) else tuple(fit.data)


def _guessed(study: Study, subject: Subject, inputs: tuple[Any, ...], batch: int) -> tuple[Any, ...] | None:
    """Data for a model that is compiled and not fitted here: targets as its loss compares them with the outputs."""
    layer, values = subject.layer, study.session.values
    ends = subject.library.ends(layer)
    loss = getattr(layer, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    if ends is None or loss is None or isinstance(loss, (list, tuple, dict)):
        return None
    if len(ends[1]) != 1 or any(id(tensor) not in values for tensor in ends[1]):
        return None
    tensorflow = study.runtime.tensorflow
    (output,) = (_spec(study, values[id(tensor)], batch) for tensor in ends[1])
    if "sparse" in name.lower():
        target = tensorflow.TensorSpec(output.shape[:-1], tensorflow.int32)
    else:
        target = tensorflow.TensorSpec(output.shape, tensorflow.float32)
    rest = iter(inputs)
    return replace_leaves(subject.library.input_structure(layer), lambda _: next(rest)), target


def _make_variables(subject: Subject, structure: Any) -> None:
    """Make the variables of the optimizer, the loss and the metrics, as ``fit`` does before its first step."""
    if subject.library.generation == 3:
        subject.layer._symbolic_build(data_batch=structure)
        return
    optimizer = subject.layer.optimizer
    variables = subject.layer.trainable_variables
    if "build" in dir(optimizer):
        optimizer.build(variables)
    else:
        optimizer._create_all_weights(variables)


def _is_data(study: Study, leaf: Any) -> bool:
    return isinstance(leaf, study.runtime.tensorflow.TensorSpec) or study.session.tensors.is_array(leaf)


def _is_plain(study: Study, structure: Any) -> bool:
    """Whether a function can be called again with stand-ins for all the data in ``structure``: no iterators in it."""
    return all(_is_data(study, leaf) or isinstance(leaf, (int, float, str, type(None))) for leaf in leaves(structure))


def _filled(study: Study, structure: Any, tensors: tuple[Any, ...]) -> Any:
    """``structure`` with ``tensors`` in the places of its data."""
    rest = iter(tensors)
    return replace_leaves(structure, lambda leaf: next(rest) if _is_data(study, leaf) else leaf)


def _spec(study: Study, value: Any, batch: int | None, declared: Any = None) -> Any:
    """The type of an array, its first size ``batch`` unless that is None or ``declared`` fixes it."""
    tensorflow = study.runtime.tensorflow
    sizes = [None if size is None else int(size) for size in tuple(value.shape)]
    fixed = declared is not None and declared.shape and declared.shape[0] is not None
    if sizes and batch is not None:
        sizes[0] = int(declared.shape[0]) if fixed else batch
    return tensorflow.TensorSpec(sizes, tensorflow.as_dtype(value.dtype))


def _closed(study: Study, leaf: Any, batch: int) -> Any:
    if not _is_data(study, leaf) or leaf.shape.rank in (None, 0):
        return leaf
    return study.runtime.tensorflow.TensorSpec((leaf.shape[0] or batch, *leaf.shape[1:]), leaf.dtype)


def _merged(study: Study, leaf: Any, called: Any, batch: int) -> Any:
    """The type of one input's data, with the sizes the model was called with where its own are open."""
    closed = _closed(study, leaf, batch)
    if not _is_data(study, leaf) or called is None or closed.shape.rank != called.shape.rank:
        return closed
    sizes = [own if own is not None else other for own, other in zip(closed.shape, called.shape, strict=True)]
    return study.runtime.tensorflow.TensorSpec(sizes, closed.dtype)
