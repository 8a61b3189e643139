"""What models are given to train on, to be tested on or to predict from, and what of it cannot fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Source
from kerascheck.program import Downcast, IndicesGiven
from kerascheck.semantics.fed_words import (
    GivenData,
    Words,
    batch_in_input_words,
    holds_batch,
    input_words,
    is_like_one_sample,
    problem_at,
    sample_count_words,
)
from kerascheck.tracer.binding import bind, leaves, parameters_by_position
from kerascheck.tracer.fed_models import EMBEDDING, FedModel, FedTensor, spec_of
from kerascheck.tracer.fits import is_batched
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.loops import nearest_class
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.written import Expression, Written

FEEDING = ("fit", "evaluate", "predict")
ON_BATCH = ("train_on_batch", "test_on_batch", "predict_on_batch")
STEPS = {"fit": "train_step", "evaluate": "test_step", "predict": "predict_step"}
OWN_STEPS = ("__call__", "make_train_function", "make_test_function", "make_predict_function", "compute_loss")

BATCH_SIZE = 32
"""The number of samples in a batch where the code does not say it."""

MOST_NUMBERS = 1 << 24
"""Of larger arrays the extremes are not looked for."""

MOST_CALLS = 100
"""A loop that feeds a model is looked at so often."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Inputs, targets and weights that are given together.

    Attributes:
        x, y, weights: arrays or specs, in their nests.
        size: how many samples the first batch has; None where that is open.
        batches: whether they are batches of a dataset rather than whole arrays.
        written: how they are written in the call.
        unbatched: whether nobody has put the dataset's elements into batches.
    """

    x: Any
    y: Any
    weights: Any
    size: int | None
    batches: bool
    written: Written
    unbatched: bool = False

    def data(self, given: FedTensor, argument: str) -> GivenData:
        """One of the arrays or specs as the words tell of it."""
        expression = self.expression(argument)
        text = "" if expression is None else expression.text
        return GivenData(given.shape, text, self.batches, self.unbatched, self.size)

    def expression(self, name: str) -> Expression | None:
        """How an argument is written; that of the validation data for each of their parts."""
        return self.written.argument(name, "validation_data")


@dataclass(slots=True)
class Feeding:
    """Looks at what models are given, and tells what does not fit."""

    runtime: Runtime
    calls: dict[object, int] = field(default_factory=dict)

    def watch(self, library: Library, owner: Any) -> None:
        """See what the models of class ``owner`` are given."""

        def make(original: Any) -> Any:
            parameters = tuple(parameters_by_position(original)[1:])

            def method(model: Any, *args: Any, **kwargs: Any) -> Any:
                source = self.runtime.user.here()
                if source is not None and self.runtime.live is None and self._is_news(model, source):
                    arguments, written = bind(original, (model, *args), kwargs), Written.of(source, parameters)
                    self.runtime.observe(self._look, library, model, original.__name__, arguments, written)
                return original(model, *args, **kwargs)

            return method

        for name in (*FEEDING, *ON_BATCH):
            if name in vars(owner):
                patch(owner, name, make)

    def called(self, library: Library, layer: Live, arguments: tuple[Any, ...]) -> None:
        """The user's code calls a layer or model on data."""
        source = self.runtime.user.here()
        if source is None or len(arguments) != 1 or self.runtime.live is not None:
            return
        if (library.is_model(layer) or nearest_class(library, layer) == EMBEDDING) and self._is_news(layer, source):
            fed = FedModel(self.runtime, library, layer)
            if not library.is_model(layer) or not fed.has_own(("call", "__call__")):
                self.look_at_values(fed, arguments[0], source)

    def _is_news(self, model: Live, source: Source) -> bool:
        key = (source.span, id(model))
        self.calls[key] = self.calls.get(key, 0) + 1
        return self.calls[key] <= MOST_CALLS

    def _look(
        self,
        library: Library,
        model: Live,
        name: str,
        arguments: Mapping[str, Any],
        written: Written,
    ) -> None:
        if not library.is_made(model):
            return
        fed = FedModel(self.runtime, library, model)
        for number, lot in enumerate(self._lots(name, arguments, written)):
            step = STEPS.get(name, "train_step" if name == "train_on_batch" else "test_step")
            self._check_counts(lot)
            if fed.has_own(("call", *OWN_STEPS, step if number == 0 else "test_step")):
                continue
            pairs = self._check_inputs(fed, lot)
            if pairs is not None and lot.y is not None:
                self._check_targets(fed, lot)

    def _lots(self, name: str, arguments: Mapping[str, Any], written: Written) -> Iterator[Lot]:
        predicts, whole = name.startswith("predict"), name in ON_BATCH
        size = arguments.get("batch_size") or BATCH_SIZE
        x, y = arguments.get("x"), arguments.get("y")
        yield self._lot(x, None if predicts else y, arguments.get("sample_weight"), size, written, whole=whole)
        validation = arguments.get("validation_data")
        if validation is not None:
            where = written.only("validation_data")
            again = arguments.get("validation_batch_size") or size
            if isinstance(validation, (tuple, list)) and 1 <= len(validation) <= 3:
                x, y, weights = (*validation, None, None)[:3]
                yield self._lot(x, y, weights, again, where)
            else:
                yield self._lot(validation, None, None, again, where)

    def _lot(self, x: Any, y: Any, weights: Any, size: int, written: Written, *, whole: bool = False) -> Lot:
        if isinstance(x, self.runtime.tensorflow.data.Dataset):
            dataset, element = x, x.element_spec
            parts = element if isinstance(element, tuple) and 1 <= len(element) <= 3 else (element,)
            x, y, weights = (*parts, None, None)[:3]
            return Lot(x, y, weights, self._first(x), True, written, not is_batched(self.runtime, dataset))
        count = self._first(x)
        first = count if whole or count is None else min(count, size) if isinstance(size, int) else None
        return Lot(x, y, weights, first, False, written)

    def _first(self, x: Any) -> int | None:
        for leaf in leaves(x):
            spec = spec_of(self.runtime, leaf)
            dims = None if spec is None else spec.sizes
            return dims[0] if dims else None
        return None

    def _check_counts(self, lot: Lot) -> None:
        """Inputs, targets and weights of one call must have one number of samples."""
        if lot.batches:
            return
        counts: list[tuple[str, FedTensor]] = []
        for name, value in (("x", lot.x), ("y", lot.y), ("sample_weight", lot.weights)):
            for leaf in leaves(value):
                spec = spec_of(self.runtime, leaf)
                if spec is None and leaf is not None:
                    return
                if spec is not None and spec.sizes and spec.sizes[0] is not None:
                    counts.append((name, spec))
        for name, spec in counts[1:]:
            first_name, first = counts[0]
            if spec.sizes[0] == first.sizes[0]:
                continue
            words = sample_count_words((first_name, lot.data(first, first_name)), (name, lot.data(spec, name)))
            self._report(words, lot, name)
            return

    def _check_inputs(self, fed: FedModel, lot: Lot) -> list[tuple[FedTensor, FedTensor]] | None:
        """Each input with what it is given; None where that is not known, or does not fit."""
        pairs = fed.pairs(lot.x)
        if isinstance(pairs, Words):
            self._report(pairs, lot, "x", fed.declared())
            return None
        expression, source = lot.expression("x"), lot.written.source
        where = source if expression is None else Source(expression.span, source.stack, expression.text)
        self.look_at_values(fed, lot.x, where)
        if pairs is None:
            fed.remember(lot.x, lambda words: self._report(words, lot, "x"))
            return None
        for own, given in pairs:
            batch = given.shape if lot.batches else given.first(lot.size)
            if fed.takes(own, batch) is False:
                self._report_input(fed, lot, own, given)
                return None
        return pairs

    def look_at_values(self, fed: FedModel, x: Any, source: Source) -> None:
        """Note the indices that go into Embeddings, and the data that lose digits."""
        for own, leaf in fed.values(x):
            array = leaf.numpy() if isinstance(leaf, self.runtime.tensorflow.Tensor) else leaf
            is_integer = array.dtype.kind in "iu"
            known = is_integer and 0 < array.size <= MOST_NUMBERS
            lowest, highest = (int(array.min()), int(array.max())) if known else (None, None)
            if lowest is not None and highest is not None:
                for layer, made in fed.embeddings(own):
                    rows = int(layer.input_dim)
                    if lowest < 0 or highest >= rows:
                        self.runtime.notes.add(
                            IndicesGiven(
                                str(layer.name),
                                fed.library.generation,
                                rows,
                                lowest,
                                highest,
                                True,
                                source.span,
                                source.stack,
                                source.text,
                                made,
                            )
                        )
            taken = None if own is None else own.dtype
            if taken is not None and str(array.dtype) != taken:
                largest = None if lowest is None or highest is None else max(highest, -lowest)
                model = str(fed.model.name)
                self.runtime.notes.add(
                    Downcast(model, str(array.dtype), taken, largest, source.span, source.stack, source.text)
                )

    def _report_input(self, fed: FedModel, lot: Lot, own: FedTensor, given: FedTensor) -> None:
        data, declared = lot.data(given, "x"), fed.declared(own)
        self.runtime.watched.objectives.refused.add(id(fed.model))
        one = lot.y is None and is_like_one_sample(own.shape, data.shape)
        if one or not holds_batch(own.shape, data):
            self._report(input_words(fed.name, data, own.shape), lot, "x", declared)
            return
        words = batch_in_input_words(fed.name, own.shape, data)
        if declared:
            used = (TrailStep(lot.written.source.span, f"given {given.shape}"),)
            self.runtime.notes.add(problem_at(words, declared[0].span, used))
        else:
            self._report(words, lot, "x")

    def _check_targets(self, fed: FedModel, lot: Lot) -> None:
        for words in fed.target_problems(lot.y, lambda target: lot.data(target, "y")):
            self._report(words, lot, "y", fed.output_trail())
            return

    def _report(self, words: Words, lot: Lot, argument: str, trail: tuple[TrailStep, ...] = ()) -> None:
        expression, source = lot.expression(argument) or lot.expression("x"), lot.written.source
        span = expression.span if expression is not None else source.span
        calls = tuple(TrailStep(each, "called from here") for each in reversed(source.stack))
        self.runtime.notes.add(problem_at(words, span, (*trail, *calls)))
