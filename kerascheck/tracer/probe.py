"""Proof by execution: one sample is changed, and the outputs of the others are watched.

A model is run on made-up samples with all random numbers and all variables as they were before each run. It is run
twice on the same samples first: what is not repeatable proves nothing.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kerascheck.graph import ModelGraph
from kerascheck.program import NotUnderstood, SampleDependence
from kerascheck.shapes import TensorSpec, depends_on
from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.library import Live
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.samples import Maker, id_limit
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject, name_of
from kerascheck.tracer.tensors import Tensors
from kerascheck.tracer.walk import NOT_DATA

SAMPLES = 3
SEED = 7
CHANGES = (1.0, 1e6, -1e6)
"""How far a sample is moved: a little, and far up and down, since a maximum follows only one of these."""

RELATIVE, ABSOLUTE = 1e-4, 1e-6
"""What a sample's output may differ by from run to run: sums are taken in another order."""

SECONDS = 60.0
"""How long one model is run for at most."""

MAXIMUM_BYTES = 4 * 1024**3
"""Models whose variables are larger than this are not run: their values are held twice."""

PATIENCE = 2.0
"""Seconds after which it is shown how far the work is."""


class NotProbedError(Exception):
    """A model that cannot be run on made-up samples; the message says why."""


def probe(study: Study) -> None:
    """Run every model on made-up samples, and add to the program what depends on what."""
    places = {id(model): place for place, model in enumerate(study.program.models)}
    subjects = [(index, subject) for index, subject in enumerate(study.subjects) if _is_probed(study, index, subject)]
    probed: list[int] = []
    started = time.monotonic()
    for count, (index, subject) in enumerate(subjects):
        if time.monotonic() - started > PATIENCE:
            print(f"probing model {count + 1} of {len(subjects)}: {name_of(subject)}", file=sys.stderr)
        place = places[id(study.models[index])]
        try:
            study.program.dependences += _Probe.of(study, index, subject).run(place)
            probed.append(place)
        except Exception as error:
            # The user's model may raise anything.
            if subject.source is not None:
                why = f"{type(error).__name__}: {first_line(error)}"
                study.program.unknown.append(NotUnderstood(subject.source.span, f"a run of {name_of(subject)}", why))
    study.program.probed = tuple(probed)


def _is_probed(study: Study, index: int, subject: Subject) -> bool:
    failed = subject.root is not None and subject.root.error is not None
    return index in study.models and subject.kind != "fragment" and not failed


@dataclass(slots=True)
class _Probe:
    """One model and its made-up samples."""

    study: Study
    subject: Subject
    model: ModelGraph
    maker: Maker
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    variables: list[tuple[Live, Any]]
    deadline: float

    @classmethod
    def of(cls, study: Study, index: int, subject: Subject) -> _Probe:
        """The probe of a subject.

        Raises:
            NotProbedError: nothing is known of its inputs, or it is too large.
            TooLargeError: an input is.
        """
        model = study.models[index]
        maker = Maker(study.runtime.tensorflow, study.pair[0], SAMPLES, id_limit(study, model))
        specs = [model.node(end.node).outputs[end.output] for end in model.inputs]
        args, kwargs = _arguments(subject, maker, specs)
        variables = _variables(study, subject)
        return cls(study, subject, model, maker, args, kwargs, variables, time.monotonic() + SECONDS)

    def run(self, place: int) -> Iterator[SampleDependence]:
        """What depends on another sample, at inference and in training, the first of each output."""
        for training, mode in ((False, "inference"), (True, "training")):
            yield from self._run(place, training, mode)

    def _run(self, place: int, training: bool, mode: str) -> Iterator[SampleDependence]:
        before = self._outputs(training, self.args, self.kwargs)
        again = self._outputs(training, self.args, self.kwargs)
        open_ends = [
            position
            for position, (a, b) in enumerate(zip(before, again, strict=True))
            if _largest(a, b, None, None) is None and position < len(self.model.outputs)
        ]
        whole: dict[int, int] = {}
        for sample in (0, SAMPLES - 1):
            for by in CHANGES:
                if time.monotonic() > self.deadline or not open_ends:
                    return
                change = _Change(self.maker, sample, by)
                after = self._outputs(training, replace_leaves(self.args, change), replace_leaves(self.kwargs, change))
                for output in tuple(open_ends):
                    found = self._moved(output, before[output], after[output], sample, whole)
                    if found is not None:
                        open_ends.remove(output)
                        yield self._dependence(place, mode, output, sample, by, found)

    def _moved(
        self, position: int, before: Any, after: Any, sample: int, whole: dict[int, int]
    ) -> tuple[int, float] | None:
        """The other sample whose output moved, and by how much.

        An output without a sample axis depends on the samples together once a second of them moves it; ``whole`` keeps
        the first that did.
        """
        end = self.model.outputs[position]
        dims = self.model.node(end.node).outputs[end.output].shape.dims
        if dims is None or len(dims) != before.ndim:
            return None
        axes = [axis for axis, dim in enumerate(dims) if depends_on(dim)]
        if len(axes) == 1 and before.shape[axes[0]] == SAMPLES:
            return _largest(before, after, axes[0], sample)
        moved = _largest(before, after, None, None) if not axes else None
        if moved is None or whole.setdefault(position, sample) == sample:
            return None
        return whole[position], moved[1]

    def _dependence(
        self, place: int, mode: str, output: int, sample: int, by: float, moved: tuple[int, float]
    ) -> SampleDependence:
        other, largest = moved
        whose = f"sample {other}'s output" if self._has_samples(output) else "the one output of them all"
        evidence = (
            f"of {SAMPLES} made-up samples, sample {sample} was changed by {by:g}, and {whose} moved by {largest:.3g}"
        )
        return SampleDependence(place, mode, output, sample, other, largest, None, evidence)

    def _has_samples(self, position: int) -> bool:
        end = self.model.outputs[position]
        return any(depends_on(dim) for dim in self.model.node(end.node).outputs[end.output].shape.dims or ())

    def _outputs(self, training: bool, args: Any, kwargs: Any) -> list[Any]:
        """The outputs as arrays, with every variable put back to its value afterwards."""
        import numpy

        tensorflow = self.study.runtime.tensorflow
        with _seeded(tensorflow), self._unchanged():
            made = self._call(training, args, kwargs)
            return [numpy.asarray(_dense(tensorflow, leaf)) for leaf in leaves(made)]

    def _call(self, training: bool, args: Any, kwargs: Any) -> Any:
        layer = self.subject.layer
        given = dict(kwargs)
        if self.subject.library.takes_training(layer):
            given["training"] = training
        return layer(*args, **given)

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        try:
            yield
        finally:
            for variable, value in self.variables:
                variable.assign(value)


@dataclass(frozen=True, slots=True)
class _Change:
    """Changes one sample in every input."""

    maker: Maker
    sample: int
    by: float

    def __call__(self, leaf: Any) -> Any:
        tensorflow = self.maker.tensorflow
        if isinstance(leaf, (tensorflow.Tensor, tensorflow.RaggedTensor, tensorflow.SparseTensor)):
            return self.maker.change(leaf, self.sample, self.by)
        return leaf


def _arguments(subject: Subject, maker: Maker, specs: list[TensorSpec]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The made-up arguments of a call, in the nesting the model takes them in."""
    waiting = iter(enumerate(specs))

    def made(like: Live) -> Live:
        seed, spec = next(waiting)
        return maker.make(spec, like, seed)

    if not specs:
        raise NotProbedError("nothing is known of its inputs")
    if subject.library.ends(subject.layer) is not None:
        inputs, _ = subject.library.ends(subject.layer) or ([], [])
        by_input = {id(reference): made(reference) for reference in inputs}
        structure = subject.library.input_structure(subject.layer)
        return (replace_leaves(structure, lambda leaf: by_input[id(leaf)]),), {}
    if subject.root is None:
        return tuple(made(None) for _ in specs), {}
    tensors = Tensors(maker.tensorflow, None)

    def stand_in(leaf: Any) -> Any:
        symbolic = subject.library.is_symbolic(leaf)
        return made(leaf) if symbolic or (tensors.is_array(leaf) and len(leaf.shape)) else leaf

    args = replace_leaves(subject.root.arguments, stand_in)
    kwargs = {
        name: value if name in NOT_DATA else replace_leaves(value, stand_in)
        for name, value in subject.root.keywords.items()
    }
    if next(waiting, None) is not None:
        raise NotProbedError("its inputs were not all found among its arguments")
    return args, kwargs


def _variables(study: Study, subject: Subject) -> list[tuple[Live, Any]]:
    """Every variable that a run may write, with its value."""
    library = subject.library
    storages = [library.storage(variable) for variable in library.variables(subject.layer)]
    storages += [study.runtime.storage(variable) for variable in study.captured.values()]
    unique = {id(storage): storage for storage in storages}
    size = sum(int(storage.shape.num_elements() or 0) * storage.dtype.size for storage in unique.values())
    if size > MAXIMUM_BYTES:
        raise NotProbedError(f"its variables take {size >> 20} MiB")
    return [(storage, storage.read_value()) for storage in unique.values()]


@contextmanager
def _seeded(tensorflow: Any) -> Iterator[None]:
    """The same random numbers each time."""
    import numpy

    tensorflow.random.set_seed(SEED)
    numpy.random.seed(SEED)
    random.seed(SEED)
    yield


def _dense(tensorflow: Any, leaf: Any) -> Any:
    if isinstance(leaf, tensorflow.RaggedTensor):
        return leaf.to_tensor()
    if isinstance(leaf, tensorflow.SparseTensor):
        return tensorflow.sparse.to_dense(leaf)
    return leaf


def _largest(before: Any, after: Any, axis: int | None, changed: int | None) -> tuple[int, float] | None:
    """The sample other than ``changed`` that moved most and by how much; without an axis, whether anything moved."""
    import numpy

    if before.shape != after.shape:
        return None if axis is not None else (0, numpy.inf)
    if before.dtype.kind not in "fiubc":
        same = before == after
        difference = numpy.where(same, 0.0, 1.0)
        allowed = numpy.zeros_like(difference)
    else:
        old, new = before.astype("complex128"), after.astype("complex128")
        with numpy.errstate(invalid="ignore", over="ignore"):
            difference = numpy.where((old == new) | (numpy.isnan(old) & numpy.isnan(new)), 0.0, numpy.abs(new - old))
            allowed = ABSOLUTE + RELATIVE * numpy.abs(old)
        difference = numpy.where(numpy.isnan(difference), numpy.inf, difference)
    excess = numpy.where(difference > allowed, difference, 0.0)
    if axis is None:
        return (0, float(excess.max())) if excess.size and excess.max() > 0 else None
    by_sample = numpy.moveaxis(excess, axis, 0).reshape(excess.shape[axis], -1)
    largest = by_sample.max(axis=1) if by_sample.shape[1] else numpy.zeros(len(by_sample))
    if changed is not None:
        largest[changed] = 0.0
    other = int(largest.argmax())
    return (other, float(largest[other])) if largest[other] > 0 else None
