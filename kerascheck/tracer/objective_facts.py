"""What the losses and metrics of live models meet: the facts that rules read, from what was seen while the code ran."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Endpoint, Node
from kerascheck.program import FedTarget, LossFact, Objective, ObjectiveForm
from kerascheck.semantics.fed_words import shown
from kerascheck.semantics.fitting import loss_function, takes_target
from kerascheck.semantics.losses import LOSS_CALLS
from kerascheck.shapes import UNKNOWN, Dim, Shape, depends_on
from kerascheck.shapes.dim import batch
from kerascheck.tracer.frames import unwrapped
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.objective_log import CompileCall, DataUse, LossUse, ObjectiveLog, TargetSeen
from kerascheck.tracer.own_losses import LossRun, run_loss
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject, name_of
from kerascheck.tracer.written import Expression, Written

MODULES = ("keras.losses.", "keras.metrics.")
OWN_STEPS = ("train_step", "compute_loss", "make_train_function", "__call__")
OWN_MEETINGS = ("train_step", "test_step", "compute_loss", "make_train_function", "make_test_function", "__call__")

Given = list[tuple[str | int | None, Any]]


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a model: its place and number of places, its name where Keras knows it, and its node."""

    place: int
    count: int
    name: str | None
    end: Endpoint
    node: Node

    @property
    def shape(self) -> Shape:
        """Its shape, the batch first."""
        return self.node.outputs[self.end.output].shape

    def takes(self, key: str | int | None) -> bool:
        """Whether what was given by ``key`` is for it."""
        if isinstance(key, str):
            return key == self.name
        return key is None or (key == self.place and self.count > 1) or (key == 0 and self.count == 1)


@dataclass(slots=True)
class ObjectiveFacts:
    """Tells the rules of the losses and metrics of one study."""

    study: Study

    @property
    def _log(self) -> ObjectiveLog:
        return self.study.runtime.watched.objectives

    def losses(self) -> Iterator[LossFact]:
        """Every output of a compiled model with its loss, then the losses that the user's own code calls."""
        for call in self._log.compiled:
            place = self._place(call.model)
            if place is not None and not _has_own(self._subject(place), OWN_STEPS):
                for output in self._outputs(place):
                    yield from self._compiled(call, self._subject(place), output)
        for use in self._log.calls:
            place = self._place(use.model)
            outputs = [] if place is None else self._outputs(place)
            if place is not None and use.output < len(outputs):
                yield from self._called(use, self._subject(place), outputs[use.output])

    def targets(self) -> Iterator[FedTarget]:
        """Every target that an output was given under a loss of Keras's."""
        for use in self._log.uses:
            place = self._place(use.model)
            if place is None or use.written is None or use.compiled is None or id(use.model) in self._log.refused:
                continue
            subject, outputs = self._subject(place), self._outputs(place)
            if _has_own(subject, OWN_MEETINGS):
                continue
            for argument, targets in use.targets.items():
                if len(targets) == len(outputs):
                    for output, target in zip(outputs, targets, strict=True):
                        yield from self._fed(use, use.written, subject, output, argument, target)

    def _subject(self, place: int) -> Subject:
        return self.study.subjects[place]

    def _place(self, model: Live) -> int | None:
        """The place of a model among the subjects that could be called."""
        subjects = enumerate(self.study.subjects)
        found = next((place for place, subject in subjects if subject.layer is model), None)
        return found if found in self.study.models and found not in self.study.first.failures else None

    def _outputs(self, place: int) -> list[Output]:
        subject, nodes = self._subject(place), self.study.program.recorder.nodes
        ends = self.study.first.ends[place][1]
        names = _output_names(subject, len(ends))
        return [
            Output(index, len(ends), names[index], end, nodes[end.node])
            for index, end in enumerate(ends)
            if end.output < len(nodes[end.node].outputs)
        ]

    def _compiled(self, call: CompileCall, subject: Subject, output: Output) -> Iterator[LossFact]:
        written = call.written
        losses = [value for key, value in _parts(call.loss) if output.takes(key)]
        if len(losses) != 1:
            return
        loss = self._objective(losses[0], subject.library, written.of_argument("loss"))
        metrics = tuple(self._metrics(call, subject.library, output))
        uses = [use for use in self._log.uses if use.model is call.model]
        run = LossRun()
        if loss is not None and loss.form is ObjectiveForm.OWN:
            run = run_loss(self.study, losses[0], output.shape, call.model, output.place)
        source = written.source
        yield LossFact(
            loss, (output.end,), output.shape, subject.library.generation, source.span, name_of(subject), metrics,
            tuple(sorted({use.method for use in uses})),
            tuple(use.written.source.span for use in uses if use.weighted and use.written is not None),
            run.scalar,
            source.stack,
        )  # fmt: skip
        for use in run.calls:
            yield from self._called(use, subject, output)

    def _metrics(self, call: CompileCall, library: Library, output: Output) -> Iterator[Objective]:
        for name, given in call.metrics.items():
            for key, value in _parts(given):
                for _, each in _parts(value) if output.takes(_own_place(key, output.count)) else ():
                    written = call.written.part(call.written.element(name, key))
                    found = self._objective(each, library, written)
                    if found is not None:
                        yield found

    def _called(self, use: LossUse, subject: Subject, output: Output) -> Iterator[LossFact]:
        span, text = use.source.span, use.source.text
        if isinstance(use.objective, str):
            call = LOSS_CALLS[use.objective]
            logits = use.arguments.get("from_logits", False) if call.from_logits is None else call.from_logits
            known = logits if isinstance(logits, bool) else None
            shown = use.objective.rpartition(".")[2]
            found = Objective(call.loss, ObjectiveForm.FUNCTION, span, text, known, called=shown)
        else:
            made = self._objective(use.objective, subject.library, Expression(span, text))
            if made is None or made.form is not ObjectiveForm.OBJECT:
                return
            found = made
        metric = not isinstance(use.objective, str) and _is_metric(use.objective, subject.library)
        yield LossFact(
            None if metric else found, (output.end,), output.shape, subject.library.generation, span,
            metrics=(found,) if metric else (),
            stack=use.source.stack,
        )  # fmt: skip

    def _objective(self, value: Any, library: Library, written: Expression) -> Objective | None:
        """The loss or metric that ``value`` is; None for what is neither the library's nor the user's."""
        span, text = written.span, written.text
        generation = library.generation
        if isinstance(value, str):
            return Objective(loss_function(value, generation) or value, ObjectiveForm.TEXT, span, text)
        if isinstance(value, functools.partial):
            name = _function_name(library, value.func)
            logits = value.keywords.get("from_logits", False)
            known = logits if isinstance(logits, bool) and not value.args else None
            return None if name is None else Objective(name, ObjectiveForm.FUNCTION, span, text, known)
        if isinstance(value, (FunctionType, MethodType)):
            name = _function_name(library, value)
            if name is not None:
                return Objective(name, ObjectiveForm.FUNCTION, span, text)
            own = self.study.runtime.user.code_of(value) is not None
            return Objective(value.__name__, ObjectiveForm.OWN, span, text, None) if own else None
        native = library.canonical(type(value))
        if native is None:
            cls = type(value)
            own = cls.__module__.partition(".")[0] not in ("keras", "tf_keras", "tensorflow", "builtins")
            return Objective(cls.__name__, ObjectiveForm.OWN, span, text, None) if own and callable(value) else None
        if not native.startswith(MODULES):
            return None
        last, arguments = native.rpartition(".")[2], _config(value)
        logits = arguments.get("from_logits", False)
        name = loss_function(last, generation) or last if native.startswith(MODULES[0]) else last
        return Objective(
            name, ObjectiveForm.OBJECT, span, text, logits if isinstance(logits, bool) else None, arguments,
            self._made(value, span),
        )  # fmt: skip

    def _made(self, value: Live, span: Span) -> Span | None:
        """Where a loss or metric was made, if not at ``span``."""
        source = self._log.made.get(value)
        inside = source is not None and span.holds(source.span)
        return None if source is None or inside else source.span

    def _fed(
        self, use: DataUse, written: Written, subject: Subject, output: Output, argument: str, target: TargetSeen
    ) -> Iterator[FedTarget]:
        assert use.compiled is not None
        dims = output.shape.dims
        losses = [value for key, value in _parts(use.compiled.loss) if output.takes(key)]
        loss = self._objective(losses[0], subject.library, written.whole) if len(losses) == 1 else None
        batch_first = dims is None or (bool(dims) and dims[0] == batch() and not any(map(depends_on, dims[1:])))
        if loss is None or loss.form is ObjectiveForm.OWN or not target.shape or not batch_first:
            return
        name = loss_function(loss.name, subject.library.generation)
        if name is None:
            return
        generation, given = subject.library.generation, Shape((batch(), *map(_size, target.shape[1:])))
        whole = (
            Shape((batch() if target.shape[0] is None else target.shape[0], *given.dims[1:])) if given.dims else given
        )
        # A dataset's expression says nothing of the targets in it.
        place = written.of_argument(argument) if argument != "x" else written.whole
        text = shown(place.text)
        node = output.node
        made = () if node.source is None else (TrailStep(node.source.span, f"gives {output.shape}"),)
        calls = tuple(TrailStep(each, "called from here") for each in reversed(written.source.stack))
        yield FedTarget(
            name_of(subject), generation, name, given, output.shape, whole,
            takes_target(name, generation, given, output.shape), place.span, text, (output.end,),
            lowest=target.lowest,
            highest=target.highest,
            trail=(*made, *calls),
        )  # fmt: skip


def _size(size: int | None) -> Dim:
    return UNKNOWN if size is None else size


def _own_place(key: str | int | None, count: int) -> str | int | None:
    """What a metric was given by: a list of metrics is one for each output only where there are several outputs."""
    return key if count > 1 or isinstance(key, str) else None


def _parts(value: Any) -> Given:
    """What is given for each output: by name, by place, or for all."""
    if isinstance(value, dict):
        return [(key if isinstance(key, str) else None, part) for key, part in value.items()]
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    return [] if value is None else [(None, value)]


def _has_own(subject: Subject, names: tuple[str, ...]) -> bool:
    """Whether the model's class, or one of its bases that is not Keras's, defines one of these methods."""
    own = [cls for cls in type(subject.layer).__mro__ if subject.library.canonical(cls) is None and not _is_keras(cls)]
    return any(name in vars(cls) for cls in own for name in names)


def _is_keras(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in ("keras", "tf_keras", "tensorflow", "builtins")


def _output_names(subject: Subject, count: int) -> list[str | None]:
    """The names by which Keras knows the outputs; None where it has none, or not one for each."""
    if subject.kind not in ("functional", "sequential"):
        return [None] * count
    structure = subject.library.output_structure(subject.layer)
    if isinstance(structure, dict):
        plain = all(not isinstance(each, (dict, list, tuple)) for each in structure.values())
        return [str(key) for key in sorted(structure)] if plain and len(structure) == count else [None] * count
    names = [str(name) for name in vars(subject.layer).get("output_names") or ()]
    unique = len(names) == count and len(set(names)) == count
    return list(names) if unique else [None] * count


def _function_name(library: Library, function: Any) -> str | None:
    """The loss or metric that a function of Keras's computes."""
    plain = unwrapped(function)
    name = library.canonical(plain) if isinstance(plain, FunctionType) else None
    last = "" if name is None else name.rpartition(".")[2]
    return (loss_function(last, library.generation) or last) if name and name.startswith(MODULES) else None


def _is_metric(value: Live, library: Library) -> bool:
    return (library.canonical(type(value)) or "").startswith(MODULES[1])


def _config(value: Live) -> Mapping[str, Any]:
    """What a loss or metric of Keras's was made with, as far as these are constants."""
    try:
        found = value.get_config()
    except Exception:
        # One that was given a function of the user's may not know how to describe it.
        return {"from_logits": None}
    return {str(key): each for key, each in found.items() if isinstance(each, (bool, int, float, str, type(None)))}


def loss_facts(study: Study) -> list[LossFact]:
    """See :meth:`ObjectiveFacts.losses`."""
    return list(ObjectiveFacts(study).losses())


def fed_targets(study: Study) -> list[FedTarget]:
    """See :meth:`ObjectiveFacts.targets`."""
    return list(ObjectiveFacts(study).targets())
