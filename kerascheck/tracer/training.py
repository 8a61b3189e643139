"""Stands in for training: the calls that train or run a model return at once with an empty result."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.program import DataCall
from kerascheck.tracer.binding import bind, leaves, replace_leaves
from kerascheck.tracer.data_calls import MOST_CALLS, data_call
from kerascheck.tracer.fits import build_by_data, read_fit
from kerascheck.tracer.freezing import Freezing
from kerascheck.tracer.library import Live
from kerascheck.tracer.runs import note_run, watch_compiled
from kerascheck.tracer.runtime import Runtime, patch

LOOP_STEPS = 3
"""After so many optimizer steps from one line a hand-written training loop has shown what it does."""

ON_BATCH = ("train_on_batch", "test_on_batch")


class StopRun(BaseException):
    """Ends the user's code where nothing more is to be learnt from it; ``what`` says why, for the summary."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class EmptyHistory(dict[str, list[float]]):
    """The losses of a training that did not run: whatever is asked for is not a number, once an epoch."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def __missing__(self, key: str) -> list[float]:
        return [math.nan] * self.epochs


@dataclass(slots=True)
class Training:
    """What is done with training calls.

    Attributes:
        stop_at_model: end the script at the first.
        really: run them.
        skipped: where calls were skipped, by method.
        steps: how many optimizer steps each of the user's lines made.
        metrics: how many metrics each model was compiled with.
        data: the calls that load data or hand them to a model.
        notes: what else was left out on purpose, each once.
        saved: what the code saved, by the absolute path; None for weights alone.
        scratch: a folder in which everything may be written.
        freezing: what is frozen and thawed meanwhile.
    """

    runtime: Runtime
    stop_at_model: bool = False
    really: bool = False
    skipped: dict[str, Span | None] = field(default_factory=dict)
    steps: Counter[Span] = field(default_factory=Counter)
    metrics: dict[int, int] = field(default_factory=dict)
    data: dict[DataCall, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    scratch: str | None = None
    freezing: Freezing = field(init=False)

    def __post_init__(self) -> None:
        self.freezing = Freezing(self.runtime)

    def replace(self, owner: Any, name: str, make_history: Callable[[], Any]) -> None:
        """Put the stand-in for the training method ``name`` into the class ``owner``."""
        if name not in vars(owner):
            return

        def make(original: Any) -> Any:
            def method(model: Any, *args: Any, **kwargs: Any) -> Any:
                arguments = bind(original, (model, *args), kwargs)
                self.runtime.observe(self._note, model, name, arguments)
                if self.really:
                    return original(model, *args, **kwargs)
                return self._answer(model, name, arguments, make_history)

            return method

        patch(owner, name, make)

    def watch_compile(self, owner: Any) -> None:
        """Remember how many metrics the models of class ``owner`` are compiled with."""

        def make(original: Any) -> Any:
            def method(model: Any, *args: Any, **kwargs: Any) -> Any:
                metrics = bind(original, (model, *args), kwargs).get("metrics")
                self.runtime.observe(watch_compiled, self.runtime, model)
                self.metrics[id(model)] = 0 if metrics is None else len(list(leaves(metrics)))
                return original(model, *args, **kwargs)

            return method

        patch(owner, "compile", make)

    def watch_steps(self, owner: Any, name: str) -> None:
        """Count the optimizer steps of class ``owner``, and end a loop that makes many."""

        def make(original: Any) -> Any:
            def method(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
                watched = self.runtime.watched
                if watched.step is not None:
                    return None
                watched.stepping += 1
                try:
                    result = original(optimizer, *args, **kwargs)
                finally:
                    watched.stepping -= 1
                if self.runtime.watched.applied is not None:
                    self.runtime.watched.applied.applied = True
                source = self.runtime.user.here()
                if source is not None and not self.really:
                    self.steps[source.span] += 1
                    if self.steps[source.span] >= LOOP_STEPS:
                        where = f"{source.span.file}:{source.span.line}"
                        raise StopRun(f"the training loop at {where} was ended after {LOOP_STEPS} steps")
                return result

            return method

        if name in vars(owner):
            patch(owner, name, make)

    def _note(self, model: Live, name: str, arguments: Mapping[str, Any]) -> None:
        source = self.runtime.user.here()
        if name in ("fit", "train_on_batch", "fit_generator"):
            self.runtime.watched.fitted.add(id(model))
        note_run(self.runtime, model, name, arguments)
        self.freezing.trains(model, name, arguments)
        if name in ("fit", "fit_generator"):
            self.runtime.watched.fits[id(model)] = read_fit(self.runtime, model, arguments)
        record = data_call(self.runtime, name, arguments, model)
        if record is not None:
            self.note_data(record)
        data = self._specs(arguments.get("x", arguments.get("generator")))
        if data is not None and id(model) not in self.runtime.watched.called:
            self.runtime.watched.called.add(id(model))
            self.runtime.root(model, None, (data,), {})
            if not self.really:
                self.runtime.observe(build_by_data, self.runtime, model, data)
        if self.stop_at_model:
            where = "" if source is None else f" at {source.span.file}:{source.span.line}"
            raise StopRun(f"the code was ended{where}, at its first {name}()")
        if not self.really:
            self.skipped.setdefault(name, source.span if source is not None else None)

    def note_data(self, record: DataCall) -> None:
        """Keep what a call loads or hands to a model; a loop makes the same ones again and again."""
        if len(self.data) < MOST_CALLS:
            self.data.setdefault(record)

    def _specs(self, data: Any) -> Any:
        """The inputs in ``data``: arrays as they are, of a dataset what its elements look like."""
        tensorflow = self.runtime.tensorflow
        if isinstance(data, tensorflow.data.Dataset):
            spec = data.element_spec
            return spec[0] if isinstance(spec, tuple) else spec
        if isinstance(data, (list, tuple, dict)) or self._is_array(data):
            usable = all(self._is_array(leaf) for leaf in leaves(data))
            return data if usable else None
        return None

    def _is_array(self, value: Any) -> bool:
        if type(value).__module__ == "numpy" and type(value).__name__ == "ndarray":
            return True
        return isinstance(value, self.runtime.tensorflow.Tensor)

    def _answer(self, model: Live, name: str, arguments: Mapping[str, Any], make_history: Callable[[], Any]) -> Any:
        if name in ("fit", "fit_generator"):
            epochs = arguments.get("epochs")
            history = make_history()
            count = epochs if isinstance(epochs, int) else 1
            history.history = EmptyHistory(count)
            history.epoch = list(range(count))
            history.set_model(model)
            model.history = history
            return history
        if name.startswith("predict"):
            return self._prediction(model, arguments)
        count = self.metrics.get(id(model), 0)
        if arguments.get("return_dict"):
            return EmptyHistory(1)
        return math.nan if count == 0 else [math.nan] * (count + 1)

    def _prediction(self, model: Live, arguments: Mapping[str, Any]) -> Any:
        import numpy

        data = next((leaf for leaf in leaves(arguments.get("x")) if self._is_array(leaf)), None)
        samples = 1 if data is None or not len(data.shape) else int(data.shape[0])

        def zeros(output: Any) -> Any:
            sizes = tuple(1 if size is None else int(size) for size in tuple(output.shape)[1:])
            return numpy.zeros((samples, *sizes), dtype="float32")

        for library in self.runtime.libraries:
            if library.is_model(model):
                ends = library.ends(model)
                if ends is not None:
                    made = [zeros(output) for output in ends[1]]
                    return made[0] if len(made) == 1 else made
        return replace_leaves(numpy.zeros((samples, 1), dtype="float32"), lambda leaf: leaf)
