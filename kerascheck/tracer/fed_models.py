"""What a live model takes: its inputs and outputs, the loss it was compiled with, and which layers its data go into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.semantics.fed_words import (
    GivenData,
    Words,
    built_otherwise_words,
    input_count_words,
    missing_input_words,
    target_count_words,
    target_words,
)
from kerascheck.semantics.fitting import is_about_axes, is_about_encoding, loss_function, takes_sample, takes_target
from kerascheck.shapes import UNKNOWN, Shape
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.loops import nearest_class
from kerascheck.tracer.runtime import Runtime

EMBEDDING = "keras.layers.Embedding"


@dataclass(frozen=True, slots=True)
class FedTensor:
    """An array, or a tensor that a model takes or gives: its sizes, with None for an open one."""

    sizes: tuple[int | None, ...]
    dtype: str
    live: Live = field(default=None, compare=False)

    @property
    def shape(self) -> Shape:
        """The sizes as a shape."""
        return Shape(tuple(UNKNOWN if size is None else size for size in self.sizes))

    def first(self, size: int | None) -> Shape:
        """The shape of the first batch of so many samples."""
        dims = self.shape.dims or ()
        return Shape((UNKNOWN if size is None else size, *dims[1:])) if dims else Shape(())


def spec_of(runtime: Runtime, value: Any) -> FedTensor | None:
    """The sizes and type of an array, a tensor or a spec; None of anything else."""
    tensorflow = runtime.tensorflow
    is_array = type(value).__module__ == "numpy" and type(value).__name__ == "ndarray"
    if is_array and value.dtype.kind not in "biufc":
        return None
    if not is_array and not isinstance(value, (tensorflow.Tensor, tensorflow.TensorSpec)):
        return None
    if not is_array and value.shape.rank is None:
        return None
    sizes = tuple(None if size is None else int(size) for size in value.shape)
    return FedTensor(sizes, str(getattr(value.dtype, "name", value.dtype)), value)


@dataclass(slots=True)
class FedModel:
    """A model that is given data."""

    runtime: Runtime
    library: Library
    model: Live

    @property
    def name(self) -> str:
        """What the model is called."""
        return str(self.model.name)

    def has_own(self, names: tuple[str, ...]) -> bool:
        """Whether the user's code, and not Keras's, is one of these methods of the model."""
        base = self.library.base_model()
        package = base.__module__.partition(".")[0]
        for cls in type(self.model).__mro__:
            own = cls.__module__.partition(".")[0] != package and issubclass(cls, base)
            if own and any(name in vars(cls) for name in names):
                return True
        return False

    def inputs(self) -> list[FedTensor] | None:
        """The model's inputs in order; None where it was not made of any, or only built by its data."""
        if not self.library.is_model(self.model):
            return None
        ends = self.library.ends(self.model)
        is_inferred = self.library.is_sequential(self.model) and not self._is_declared()
        if ends is None or is_inferred or not all(self.library.is_symbolic(each) for each in ends[0]):
            return None
        return [self._tensor(each) for each in ends[0]]

    def _is_declared(self) -> bool:
        """Whether a Sequential has an Input of the user's own, or a first layer that was given a shape."""
        explicit = vars(self.model).get("_has_explicit_input_shape")
        if explicit is not None:
            return bool(explicit)
        made = self.runtime.watched.constructions
        ends = self.library.ends(self.model)
        histories = [self.library.history(each) for each in ends[0]] if ends is not None else []
        owners = [made.get(id(history.operation)) for history in histories if history is not None]
        return bool(owners) and all(owner is not None and id(owner.layer) not in self._hidden() for owner in owners)

    def _hidden(self) -> set[int]:
        return self.runtime.watched.hidden

    def _tensor(self, tensor: Live) -> FedTensor:
        sizes = tuple(None if size is None else int(size) for size in tensor.shape)
        return FedTensor(sizes, str(getattr(tensor.dtype, "name", tensor.dtype)), tensor)

    def pairs(self, x: Any) -> list[tuple[FedTensor, FedTensor]] | Words | None:
        """Each input with what it is given; the mistake where there are too many or too few, None where it is open."""
        inputs = self.inputs()
        given = self._given(x)
        if inputs is None or given is None:
            return None
        if isinstance(x, dict):
            return self._by_name(inputs, x)
        if len(given) != len(inputs):
            if self.library.is_sequential(self.model):
                return None
            return input_count_words(self.name, len(inputs), len(given))
        return list(zip(inputs, given, strict=True))

    def _given(self, x: Any) -> list[FedTensor] | None:
        found = [spec_of(self.runtime, leaf) for leaf in leaves(x)]
        known = [each for each in found if each is not None]
        return known if known and len(known) == len(found) else None

    def _by_name(self, inputs: list[FedTensor], x: dict[Any, Any]) -> list[tuple[FedTensor, FedTensor]] | Words | None:
        structure = self.library.input_structure(self.model)
        names = sorted(str(key) for key in structure) if isinstance(structure, dict) else self._names(inputs)
        missing = [name for name in names if name not in x]
        if missing and all(not name.startswith("input") for name in names):
            return missing_input_words(self.name, missing[0], x)
        found = [spec_of(self.runtime, x.get(name)) for name in names]
        known = [each for each in found if each is not None]
        if missing or len(x) != len(names) or len(known) != len(inputs):
            return None
        return list(zip(inputs, known, strict=True))

    def _names(self, inputs: list[FedTensor]) -> list[str]:
        histories = (self.library.history(each.live) for each in inputs)
        return ["" if history is None else str(history.operation.name) for history in histories]

    def takes(self, own: FedTensor, batch: Shape) -> bool | None:
        """Whether an input takes a batch of that shape."""
        sized = self.library.generation == 2 or not self.library.is_sequential(self.model)
        return takes_sample(own.shape, batch, sized=sized, ranked=self.library.generation == 3)

    def remember(self, x: Any, report: Callable[[Words], None]) -> None:
        """Data for a Sequential that no Input was declared for: once it is built, they must fit its first layer."""
        given = self._given(x)
        layers = list(self.model.layers) if self.library.is_sequential(self.model) else []
        if not layers or given is None or len(given) != 1 or self.inputs() is not None:
            return
        sizes = given[0].sizes
        self.runtime.finishers.append(lambda _program, _session: self._compare(layers[0], sizes, report))

    def _compare(self, layer: Live, sizes: tuple[int | None, ...], report: Callable[[Words], None]) -> None:
        axes = getattr(getattr(layer, "input_spec", None), "axes", None) or {}
        for axis, wanted in axes.items():
            place = int(axis) if int(axis) >= 0 else len(sizes) + int(axis)
            found = sizes[place] if 0 <= place < len(sizes) else None
            if isinstance(wanted, int) and found is not None and wanted != found:
                shape = FedTensor(sizes, "").shape
                report(built_otherwise_words(self.name, shape, str(layer.name), wanted, int(axis)))
                return

    def values(self, x: Any) -> Iterator[tuple[FedTensor | None, Live]]:
        """The arrays among the data, each with the input it goes into; None where a model declares none."""
        pairs = self.pairs(x)
        if isinstance(pairs, list):
            yield from ((own, given.live) for own, given in pairs if _has_values(self.runtime, given.live))
        elif pairs is None and self.inputs() is None:
            given = self._given(x) or []
            yield from ((None, each.live) for each in given[:1] if _has_values(self.runtime, each.live))

    def embeddings(self, own: FedTensor | None) -> Iterator[tuple[Live, Span]]:
        """The Embeddings that an input goes into as it is, with where each was made."""
        for layer in self._takers(own):
            made = self.runtime.watched.constructions.get(id(layer))
            if nearest_class(self.library, layer) == EMBEDDING and made is not None and made.source is not None:
                yield layer, made.source.span

    def _takers(self, own: FedTensor | None) -> Iterator[Live]:
        if not self.library.is_model(self.model):
            yield self.model
        elif self.library.is_sequential(self.model):
            yield from list(self.model.layers)[:1]
        elif own is not None:
            for site in self.runtime.watched.sites.values():
                takes = site.library is self.library and self.library.holds_call(self.model, site.keep)
                if takes and any(each is own.live for each in self.library.node_inputs(site.keep)):
                    yield self.library.called_layer(site.keep)

    def declared(self, own: FedTensor | None = None) -> tuple[TrailStep, ...]:
        """Where the model's inputs were declared."""
        tensors = [own] if own is not None else self.inputs() or []
        steps: list[TrailStep] = []
        for tensor in tensors:
            history = self.library.history(tensor.live)
            made = None if history is None else self.runtime.watched.constructions.get(id(history.operation))
            if made is not None and made.source is not None:
                steps.append(TrailStep(made.source.span, f"takes {tensor.shape}"))
        return tuple(dict.fromkeys(steps))

    def output_trail(self) -> tuple[TrailStep, ...]:
        """Where the model's outputs were made."""
        ends = self.library.ends(self.model)
        steps: list[TrailStep] = []
        for tensor in ends[1] if ends is not None else ():
            history = self.library.history(tensor)
            site = None if history is None else self.runtime.watched.sites.get(history.key)
            if site is not None and site.source is not None:
                steps.append(TrailStep(site.source.span, f"gives {self._tensor(tensor).shape}"))
        return tuple(dict.fromkeys(steps))

    def target_problems(self, y: Any, data: Callable[[FedTensor], GivenData]) -> Iterator[Words]:
        """What of the targets does not fit the model's outputs under its losses; ``data`` tells of each."""
        ends = self.library.ends(self.model)
        targets = self._given(y)
        loss = vars(self.model).get("loss")
        nested = isinstance(y, dict) or isinstance(loss, dict) or isinstance(self._outputs(), dict)
        if ends is None or targets is None or loss is None or nested:
            return
        outputs = [self._tensor(each) for each in ends[1]]
        losses = list(loss) if isinstance(loss, (list, tuple)) else [loss] * len(outputs)
        if len(targets) != len(outputs):
            if self.library.generation == 3 and all(isinstance(each, str) for each in losses):
                yield target_count_words(self.name, len(outputs), len(targets))
            return
        for output, target, each in zip(outputs, targets, losses, strict=False):
            known = self._loss_name(each)
            if known is None or not output.sizes or output.sizes[0] is not None:
                continue
            given = data(target)
            size = given.size if isinstance(given.size, int) else None
            true = target.shape if given.batches and target.sizes[:1] != (None,) else target.first(size)
            predicted = output.first(size)
            if takes_target(known, self.library.generation, true, predicted) is not False:
                continue
            if not is_about_encoding(known, true, predicted) and not is_about_axes(known, true, predicted):
                yield target_words(self.name, given, output.shape, known)

    def _outputs(self) -> Any:
        return self.library.output_structure(self.model)

    def _loss_name(self, loss: Any) -> str | None:
        """The function that a loss given to ``compile`` means; None for one of the user's."""
        generation = self.library.generation
        if isinstance(loss, str):
            return loss_function(loss, generation)
        found = self.library.canonical(loss if isinstance(loss, FunctionType) else type(loss)) or ""
        if not found.startswith(("keras.losses.", "keras.metrics.")):
            return None
        return loss_function(found.rpartition(".")[2], generation)


def _has_values(runtime: Runtime, value: Live) -> bool:
    if isinstance(value, runtime.tensorflow.Tensor):
        return value.shape.rank is not None and runtime.tensorflow.executing_eagerly() and _is_eager(value)
    return not isinstance(value, runtime.tensorflow.TensorSpec)


def _is_eager(tensor: Live) -> bool:
    return type(tensor).__name__ == "EagerTensor"
