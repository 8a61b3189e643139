"""What ``fit`` was given: the types of one batch, and whether its dataset's batches are all of one size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.program import FedDataset
from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.fed_models import spec_of
from kerascheck.tracer.library import Fit, Live
from kerascheck.tracer.runtime import Runtime, patch

BATCHING = ("batch", "padded_batch", "ragged_batch")
"""The methods of a dataset that put elements together."""

MAXIMUM_CHAIN = 100
"""How many datasets behind one another are looked at to find where it was batched."""


def watch_batching(runtime: Runtime) -> None:
    """Remember where every dataset is batched."""
    from tensorflow.python.data.ops.dataset_ops import DatasetV2

    def watch(original: Any) -> Any:
        def batch(dataset: Any, *args: Any, **kwargs: Any) -> Any:
            batched = original(dataset, *args, **kwargs)
            if batched not in runtime.watched.batched:
                runtime.watched.batched.put(batched, runtime.user.here())
            return batched

        return batch

    for name in BATCHING:
        patch(DatasetV2, name, watch)


def build_by_data(runtime: Runtime, model: Live, data: Any) -> None:
    """Build a Sequential without an Input as ``fit`` and its kin build it by ``data``, for any number of samples."""
    library = next((each for each in runtime.libraries if each.is_model(model)), None)
    if library is None or not library.is_sequential(model) or library.ends(model) is not None:
        return
    given = [spec_of(runtime, leaf) for leaf in leaves(data)]
    if len(given) == 1 and given[0] is not None and given[0].sizes:
        model.build((None, *given[0].sizes[1:]))


def read_fit(runtime: Runtime, model: Live, arguments: Mapping[str, Any]) -> Fit:
    """What a call of ``fit`` gives to each train step; nothing of it where the data are of no kind TensorFlow knows."""
    try:
        return _read_fit(runtime, model, arguments)
    except (TypeError, ValueError):
        return Fit(model, None, None, None, runtime.user.here())


def _read_fit(runtime: Runtime, model: Live, arguments: Mapping[str, Any]) -> Fit:
    x = arguments.get("x", arguments.get("generator"))
    source = runtime.user.here()
    if isinstance(x, runtime.tensorflow.data.Dataset):
        element = x.element_spec
        data = element if isinstance(element, tuple) else (element,)
        return Fit(model, data, _leading(runtime, data) or _batch_size(runtime, x), x, source)
    given = (x, arguments.get("y"), arguments.get("sample_weight"))
    parts = [part for index, part in enumerate(given) if any(each is not None for each in given[index:])]
    if not parts or not all(leaf is None or _is_array(runtime, leaf) for leaf in leaves(parts)):
        return Fit(model, None, None, None, source)
    batch = arguments.get("batch_size")
    specs = replace_leaves(tuple(parts), lambda leaf: None if leaf is None else _batch_of(runtime, leaf))
    return Fit(model, specs, batch if isinstance(batch, int) else None, None, source)


def _is_array(runtime: Runtime, value: Any) -> bool:
    if type(value).__module__ == "numpy" and type(value).__name__ == "ndarray":
        return value.dtype.kind in "biufc" and value.ndim > 0
    return isinstance(value, runtime.tensorflow.Tensor) and value.shape.rank not in (None, 0)


def _batch_of(runtime: Runtime, array: Any) -> Any:
    """The type of a batch of an array's rows; Keras brings the reals of an array to its own float type."""
    tensorflow = runtime.tensorflow
    dtype = tensorflow.as_dtype(array.dtype)
    if dtype.is_floating and type(array).__module__ == "numpy":
        dtype = tensorflow.as_dtype(tensorflow.keras.backend.floatx())
    return tensorflow.TensorSpec((None, *tuple(array.shape)[1:]), dtype)


def _leading(runtime: Runtime, data: Any) -> int | None:
    """The size of the batches, where the dataset's types tell it."""
    for leaf in leaves(data):
        if isinstance(leaf, runtime.tensorflow.TensorSpec) and leaf.shape.rank:
            return None if leaf.shape[0] is None else int(leaf.shape[0])
    return None


def _batch_size(runtime: Runtime, dataset: Any) -> int | None:
    """The number of samples that a dataset was batched by."""
    for each in _chain(dataset):
        if each in runtime.watched.batched and "_batch_size" in vars(each):
            size = runtime.tensorflow.get_static_value(each._batch_size)
            return None if size is None else int(size)
    return None


def fed_datasets(runtime: Runtime) -> Iterator[FedDataset]:
    """The datasets that models are fitted on, with what their elements' types leave open."""
    for fit in runtime.watched.fits.values() if runtime.tensorflow.executing_eagerly() else ():
        if fit.dataset is None or fit.source is None:
            continue
        specs = [leaf for leaf in leaves(fit.data) if isinstance(leaf, runtime.tensorflow.TensorSpec)]
        shapes = tuple(str(leaf.shape) for leaf in specs)
        ranked = [leaf.shape for leaf in specs if leaf.shape.rank]
        known = len(ranked) == len(specs) and bool(ranked)
        yield FedDataset(
            model=str(fit.model.name),
            span=fit.source.span,
            shapes=shapes,
            open_batch=known and any(shape[0] is None for shape in ranked),
            open_sizes=known and any(size is None for shape in ranked for size in shape[1:]),
            whole=_is_whole(runtime, fit.dataset),
            batched=_batched_at(runtime, fit.dataset),
        )


def is_batched(runtime: Runtime, dataset: Any) -> bool:
    """Whether a dataset, or one of those that it was made of, was put into batches."""
    pending = [dataset]
    for _ in range(MAXIMUM_CHAIN):
        if not pending:
            return False
        each = pending.pop()
        if each in runtime.watched.batched:
            return True
        pending += each._inputs()
    return True


def _chain(dataset: Any) -> Iterator[Any]:
    """The datasets that one was made of, the last step first, as far as each has one input."""
    for _ in range(MAXIMUM_CHAIN):
        yield dataset
        inputs = dataset._inputs()
        if len(inputs) != 1:
            return
        dataset = inputs[0]


def _batched_at(runtime: Runtime, dataset: Any) -> Span | None:
    for each in _chain(dataset):
        if each in runtime.watched.batched:
            found = runtime.watched.batched.get(each)
            return None if found is None else found.span
    return None


def _is_whole(runtime: Runtime, dataset: Any) -> bool | None:
    """Whether every batch certainly has the same size: what is batched never ends, or its length is a multiple.

    None where the length is not known.
    """
    for each in _chain(dataset):
        if each not in runtime.watched.batched:
            continue
        inputs = each._inputs()
        if len(inputs) != 1:
            return None
        length = int(inputs[0].cardinality())
        if length == runtime.tensorflow.data.INFINITE_CARDINALITY:
            return True
        size = runtime.tensorflow.get_static_value(each._batch_size) if "_batch_size" in vars(each) else None
        return None if length < 0 or not size else length % int(size) == 0
    return None
