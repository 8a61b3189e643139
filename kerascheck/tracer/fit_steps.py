"""What `fit` would do with one batch: the model's own ``train_step``, traced in a scratch graph.

Only what the step computes and writes is of interest: the loss, the metrics and the gradients of Keras itself are
replaced by ones that cost nothing, and no optimizer does anything. Nothing is executed and no variable is made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.flags import told_mode
from kerascheck.tracer.library import Library, Live, LiveCall, Tape
from kerascheck.tracer.records import Position
from kerascheck.tracer.remembered import Remembered
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.session import Session
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject
from kerascheck.tracer.tensors import Tensors
from kerascheck.tracer.training_walk import has_own_step
from kerascheck.tracer.walk import recording


@dataclass(frozen=True, slots=True)
class FitStep:
    """A traced train step: its graph, and the models that the user's own code calls in it."""

    graph: Live
    calls: tuple[LiveCall, ...]


@dataclass(slots=True)
class _StepSession(Session):
    """Records no nodes, only which models are called, and how."""

    calls: list[LiveCall] = field(default_factory=list)

    def call_layer(self, layer: Live, call: Callable[[], Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Note the call of a model, and make it."""
        library, source = self.library_of(layer), self.user.here(self.position.boundary)
        if library.is_model(layer) and source is not None:
            tapes = tuple(self.watched.tapes)
            self.calls.append(LiveCall(library, layer, told_mode(library, layer, args, kwargs), tapes, source))
        with self.opaque():
            return call()

    def call_function(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        """Call a function."""
        return function(*args, **kwargs)

    def call_operator(self, name: str, arguments: Mapping[str, Any], call: Callable[[], Any]) -> Any:
        """Apply an operator."""
        return call()

    def call_operation(self, operation: Live, call: Callable[[], Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        """Call an op of a functional model."""
        return call()


@dataclass(frozen=True, slots=True)
class _NoGradients:
    """Gives zeros for gradients, and notes whose they were: see :attr:`Watched.step`."""

    tensorflow: Any
    tapes: Remembered[Tape]

    def gradient(self, original: Callable[..., Any], tape: Live, arguments: Mapping[str, Any]) -> Any:
        """Zeros of the variables' shapes."""
        del original
        known = self.tapes.get(tape)
        if known is not None:
            known.applied = True
        make = self.tensorflow.zeros
        return replace_leaves(arguments["sources"], lambda leaf: make(leaf.shape, leaf.dtype))


def trace_fit(study: Study, index: int) -> FitStep | None:
    """The train step of a compiled model; None where it cannot be traced."""
    subject = study.subjects[index]
    library, model = subject.library, subject.layer
    tensors = Tensors.scratch(study.runtime.tensorflow)
    session = _StepSession(tuple(study.runtime.libraries), tensors, study.runtime.user, study.runtime.watched)
    # What fit does not say is left to the layers, as it is in fit.
    session.training = None
    session.position = Position(boundary=sys._getframe())
    own = has_own_step(subject)
    data = _data(study, subject, own)
    if data is None:
        return None
    try:
        with recording(study.runtime, session), _stand_ins(study.runtime, library):
            model.train_step(replace_leaves(data, lambda spec: _placed(study.runtime, spec)))
    except Exception:
        # The user's own code runs here, and may raise anything.
        return None
    return FitStep(tensors.graph, tuple(session.calls) if own else ())


def _data(study: Study, subject: Subject, own: bool) -> Any:
    """The types of what the step is given: what ``fit`` was, or what the model was called with and a target."""
    fit = study.runtime.watched.fits.get(id(subject.layer))
    if fit is not None and fit.data is not None:
        whole = fit.dataset is not None and isinstance(fit.dataset.element_spec, tuple)
        return fit.data[0] if len(fit.data) == 1 and not whole and not isinstance(fit.data[0], tuple) else fit.data
    if own:
        # Only fit tells what a step of the user's takes.
        return None
    inputs = _inputs(study, subject)
    return None if inputs is None else (inputs, study.runtime.tensorflow.TensorSpec(None, "float32"))


def _inputs(study: Study, subject: Subject) -> Any:
    make = study.runtime.tensorflow.TensorSpec
    library, layer, root = subject.library, subject.layer, subject.root
    if library.ends(layer) is not None:
        structure = library.input_structure(layer)
        tensors = Tensors(study.runtime.tensorflow, None)
        return replace_leaves(structure, lambda leaf: make(tuple(leaf.shape), tensors.dtype(leaf)))
    if root is None or len(root.arguments) != 1:
        return None
    tensors = study.session.tensors
    if not all(tensors.is_array(leaf) and len(leaf.shape) for leaf in leaves(root.arguments[0])):
        return None
    return replace_leaves(root.arguments[0], lambda leaf: make((None, *tuple(leaf.shape)[1:]), tensors.dtype(leaf)))


def _placed(runtime: Runtime, spec: Any) -> Any:
    return runtime.tensorflow.compat.v1.placeholder(spec.dtype, spec.shape) if spec is not None else None


@contextmanager
def _stand_ins(runtime: Runtime, library: Library) -> Iterator[None]:
    """While it lasts, losses, metrics, gradients and optimizers of Keras itself do nothing."""
    tensorflow, watched = runtime.tensorflow, runtime.watched
    tapes, applied = list(watched.tapes), watched.applied

    def loss(*args: Any, **kwargs: Any) -> Any:
        return tensorflow.zeros(())

    def nothing(*args: Any, **kwargs: Any) -> dict[str, Any]:
        return {}

    losses, metrics = library.step_methods()
    watched.step = _NoGradients(tensorflow, watched.entered)
    try:
        with ExitStack() as stack:
            for owner, name in losses:
                stack.enter_context(_swapped(owner, name, loss))
            for owner, name in metrics:
                stack.enter_context(_swapped(owner, name, nothing))
            yield
    finally:
        watched.step = None
        watched.tapes, watched.applied = tapes, applied


@contextmanager
def _swapped(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
