"""The gradients of a model's real training step, traced in a scratch graph: nothing is executed and nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.gradients import depends
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.session import Session
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject
from kerascheck.tracer.training import StopRun

RANKING = ("none", "zero", "flows")
"""What a variable gets, the worst first."""


class _EnoughError(BaseException):
    """The step has shown its gradients; what it does with them is not asked."""


@dataclass(slots=True)
class Gradients:
    """What the tapes of one traced step gave.

    Attributes:
        runtime: the run.
        only_first: end the step at its first gradients.
        found: what each variable got, by the id of TensorFlow's variable, the best of all tapes.
    """

    runtime: Runtime
    only_first: bool
    found: dict[int, str] = field(default_factory=dict)

    def gradient(self, original: Callable[..., Any], tape: Live, arguments: Mapping[str, Any]) -> Any:
        """Give what ``tape.gradient`` gives, and note what it depends on."""
        tensorflow = self.runtime.tensorflow
        target, sources = arguments["target"], arguments["sources"]
        seeds = arguments.get("output_gradients")
        if seeds is None:
            seeds = tensorflow.nest.map_structure(
                lambda each: tensorflow.compat.v1.placeholder(each.dtype, each.shape), target
            )
        given = original(tape, **{**arguments, "output_gradients": seeds})
        for source, result in zip(leaves(sources), _flat(given, len(list(leaves(sources)))), strict=True):
            outcome = "none" if result is None else "flows" if depends(result, list(leaves(seeds))) else "zero"
            note(self.found, id(self.runtime.storage(source)), outcome)
        if self.only_first:
            raise _EnoughError
        return given


def note(found: dict[int, str], variable: int, outcome: str) -> None:
    """Keep the best that a variable got."""
    found[variable] = max(found.get(variable, "none"), outcome, key=RANKING.index)


def _flat(given: Any, count: int) -> list[Any]:
    made = list(given) if isinstance(given, (list, tuple)) else None
    if made is not None and len(made) == count:
        return made
    return list(leaves(given))


def gradients_of_step(study: Study, index: int) -> dict[int, str] | None:
    """What each variable gets in the training step of a compiled model; None where the step cannot be traced."""
    subject = study.subjects[index]
    library, model = subject.library, subject.layer
    own_step = type(model).train_step is not library.base_model().train_step
    if not own_step and model.loss is None:
        return _with_some(_of_outputs(study, subject, _inputs(study, index), losses_only=True))
    for targets in _targets(study, index):
        inputs = _inputs(study, index)
        if inputs is None:
            return None
        log = Gradients(study.runtime, only_first=not own_step)
        with _tracing(study.runtime, log):
            try:
                model.train_step((_placed(study, inputs), _placed(study, targets)))
            except _EnoughError:
                return log.found
            except (Exception, SystemExit, StopRun):
                # The loss does not take targets of this form, or the user's step wants something else.
                continue
        return log.found
    return None if own_step else _of_outputs(study, subject, _inputs(study, index))


def _with_some(found: dict[int, str] | None) -> dict[int, str] | None:
    """``found``, unless nothing gets a gradient: then the loss is not what was taken for it."""
    return found if found is not None and "flows" in found.values() else None


def _of_outputs(study: Study, subject: Subject, inputs: Any, *, losses_only: bool = False) -> dict[int, str] | None:
    """The gradients of the losses that the layers add and, unless ``losses_only``, of the sum of all outputs."""
    if inputs is None:
        return None
    tensorflow, model = study.runtime.tensorflow, subject.layer
    log = Gradients(study.runtime, only_first=True)
    with _tracing(study.runtime, log):
        try:
            with tensorflow.GradientTape() as tape:
                placed = _placed(study, inputs)
                made = model(placed, training=True) if subject.library.takes_training(model) else model(placed)
                parts = [] if losses_only else [leaf for leaf in leaves(made) if leaf.dtype.is_floating]
                total = tensorflow.add_n([tensorflow.reduce_sum(part) for part in [*parts, *model.losses]])
            tape.gradient(total, list(model.trainable_weights))
        except _EnoughError:
            return log.found
        except (Exception, SystemExit, StopRun):
            # The user's own code runs here, and may raise anything.
            return None
    return None


@contextmanager
def _tracing(runtime: Runtime, log: Gradients) -> Iterator[None]:
    """While it lasts, a scratch graph takes what is computed, no optimizer does anything and nothing is watched."""
    from tensorflow.python.autograph.core import ag_ctx

    tensorflow = runtime.tensorflow
    inline = tensorflow.config.functions_run_eagerly()
    tensorflow.config.run_functions_eagerly(True)
    runtime.watched.step = log
    try:
        with ExitStack() as stack:
            stack.enter_context(runtime.within())
            stack.enter_context(tensorflow.__internal__.FuncGraph("step").as_default())
            stack.enter_context(ag_ctx.ControlStatusCtx(status=ag_ctx.Status.DISABLED))
            yield
    finally:
        runtime.watched.step = None
        tensorflow.config.run_functions_eagerly(inline)


def _inputs(study: Study, index: int) -> Any:
    """The specs of what the model takes, in the nesting it takes it in."""
    subject, walk = study.subjects[index], study.first
    if index not in walk.ends or index in walk.failures:
        return None
    tensors = tensors_of(study.session)
    placed = [tensors.get(end) for end in walk.ends[index][0]]
    if not placed or any(tensor is None for tensor in placed):
        return None
    specs = iter([_spec(study, tensor) for tensor in placed])
    if subject.library.ends(subject.layer) is not None:
        structure = subject.library.input_structure(subject.layer)
    elif subject.root is not None and len(subject.root.arguments) == 1:
        structure = subject.root.arguments[0]
    else:
        structure = 0 if len(placed) == 1 else tuple(range(len(placed)))
    if len(list(leaves(structure))) != len(placed):
        return None
    return replace_leaves(structure, lambda _: next(specs))


def _targets(study: Study, index: int) -> Iterator[Any]:
    """The specs of what the model may be trained to give: as ``fit`` was told, like its outputs, or class numbers."""
    subject, walk = study.subjects[index], study.first
    if index not in walk.ends:
        return
    tensors = tensors_of(study.session)
    outputs = [tensors[end] for end in walk.ends[index][1] if end in tensors]
    if not outputs or len(outputs) < len(walk.ends[index][1]) or any(each.shape.rank is None for each in outputs):
        return
    make = study.runtime.tensorflow.TensorSpec
    batch = next((tensor.shape[0] for tensor in outputs if tensor.shape.rank), None)
    fit = study.runtime.watched.fits.get(id(subject.layer))
    if fit is not None and fit.data is not None and len(fit.data) > 1:
        yield replace_leaves(fit.data[1], lambda spec: make((batch, *spec.shape[1:]), spec.dtype))
    whole = subject.library.ends(subject.layer) is not None
    structure = subject.library.output_structure(subject.layer) if whole else list(outputs)
    if not whole and len(outputs) == 1:
        structure = outputs[0]
    if len(list(leaves(structure))) != len(outputs):
        return
    for sparse in (False, True):
        specs = iter(outputs)

        def like(_: Any, specs: Iterator[Any] = specs, sparse: bool = sparse) -> Any:
            tensor = next(specs)
            return make(tensor.shape[:-1], "int32") if sparse and tensor.shape.rank else make(tensor.shape, "float32")

        yield replace_leaves(structure, like)


def _spec(study: Study, tensor: Live) -> Any:
    return study.runtime.tensorflow.TensorSpec(tensor.shape, tensor.dtype)


def _placed(study: Study, specs: Any) -> Any:
    """Placeholders of the current graph."""
    make = study.runtime.tensorflow.compat.v1.placeholder
    return replace_leaves(specs, lambda spec: make(spec.dtype, spec.shape))


def tensors_of(session: Session) -> dict[Any, Live]:
    """The tensor of a walk that each endpoint is."""
    return {session.known[id(each)]: each for each in session.kept if id(each) in session.known}
