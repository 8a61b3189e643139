"""Which state each layer is to update in training, and whether the traced training step does.

What a layer is to update is measured: it is what its model writes when it is called with ``training=True``. What the
training does write is read from the graph of the model's own train step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.program import FitMode, StateFact
from kerascheck.tracer.fit_steps import FitStep, trace_fit
from kerascheck.tracer.flagged import flagged_calls, stateful_fits
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.loops import model_calls, nearest_class
from kerascheck.tracer.runs import FITTING
from kerascheck.tracer.study import Modes, Study
from kerascheck.tracer.subjects import Subject
from kerascheck.tracer.training_walk import has_own_step, is_trained
from kerascheck.tracer.writes import with_handles, written


@dataclass(frozen=True, slots=True)
class Writes:
    """What the graphs of one model write, of its own variables, by the ids of TensorFlow's.

    ``step`` is None where there is no train step, or it cannot be traced.
    """

    expected: set[int]
    at_inference: set[int]
    step: set[int] | None


@dataclass(slots=True)
class TrainedModel:
    """A model that is trained, with the facts about it."""

    index: int
    subject: Subject
    step: Span | None
    facts: list[tuple[StateFact, Live]] = field(default_factory=list)


def training_facts(study: Study) -> None:
    """Add to the program what training updates, and how the models are run in it."""
    if study.modes is None:
        stateful_fits(study)
        return
    trained: list[TrainedModel] = []
    for index in study.modes.subjects:
        subject = study.subjects[index]
        if index in study.models and is_trained(study, subject):
            trained.append(_look_at(study, study.modes, index))
    study.program.states += [fact for model in trained for fact, _ in model.facts]
    for index, subject in enumerate(study.subjects):
        # A model that only holds others, as a GAN does, has no call of its own to look at.
        if index not in study.modes.subjects and has_own_step(subject):
            _note_calls(study, study.modes, trace_fit(study, index))
    flagged_calls(study, study.modes, [(model.subject, model.facts) for model in trained])
    stateful_fits(study)


def _look_at(study: Study, modes: Modes, index: int) -> TrainedModel:
    subject = study.subjects[index]
    library, model = subject.library, subject.layer
    traced = trace_fit(study, index) if library.is_compiled(model) else None
    _note_calls(study, modes, traced)
    found = TrainedModel(index, subject, _step_of(study, subject))
    place = next(number for number, each in enumerate(study.program.models) if each is study.models[index])
    found.facts = list(_facts(study, found, place, _written(study, modes, subject, traced)))
    if traced is not None:
        study.program.fit_modes.append(_fit_mode(study, found, traced))
    return found


def _note_calls(study: Study, modes: Modes, traced: FitStep | None) -> None:
    """Add to the program the models that a step of the user's calls."""
    if traced is not None:
        study.runtime.watched.stepped += traced.calls
        calls = model_calls(study.runtime.watched, traced.calls, modes.acting, in_own_step=True)
        study.program.model_calls += calls


def _written(study: Study, modes: Modes, subject: Subject, traced: FitStep | None) -> Writes:
    library = subject.library
    held = [each for layer in library.inner_layers(subject.layer) for each in _variables(library, layer)]
    variables = with_handles(library.storage(each) for each in held)
    return Writes(
        written(modes.walk.session.tensors.graph, variables),
        written(study.session.tensors.graph, variables),
        written(traced.graph, variables) if traced is not None else None,
    )


def _facts(study: Study, model: TrainedModel, place: int, seen: Writes) -> Iterator[tuple[StateFact, Live]]:
    """A fact for every variable that a layer is to update, or does; with the layer."""
    library = model.subject.library
    holders: dict[int, tuple[Live, Live]] = {}
    for layer in library.inner_layers(model.subject.layer):
        # A layer within another comes later, and holds what both of them list.
        holders |= {id(library.storage(each)): (layer, each) for each in _variables(library, layer)}
    own = has_own_step(model.subject)
    for key, (layer, variable) in holders.items():
        what = library.kind_of_state(layer, variable)
        expected = key in seen.expected or what == "metric"
        measured = seen.step is not None and (own or what != "metric")
        in_training = key in seen.step if seen.step is not None and measured else None
        if expected or in_training or key in seen.at_inference:
            made = study.runtime.watched.constructions.get(id(layer))
            fact = StateFact(
                model=place,
                layer=nearest_class(library, layer),
                layer_name=str(layer.name),
                variable=str(variable.name).partition(":")[0].rpartition("/")[2],
                what=what,
                expected=expected,
                in_training=in_training,
                at_inference=key in seen.at_inference,
                span=made.source.span if made is not None and made.source is not None else None,
                step=model.step,
            )
            yield fact, layer


def _variables(library: Library, layer: Live) -> list[Live]:
    """Every variable that a layer may write as it runs."""
    return library.variables(layer) + (library.carried_state(layer) if library.is_stateful(layer) else [])


def _step_of(study: Study, subject: Subject) -> Span | None:
    """Where the model's training is asked for."""
    watched, layer = study.runtime.watched, subject.layer
    fits = [run.source for run in watched.runs if run.model is layer and run.method in FITTING]
    loops = [call.source for call in watched.calls if call.model is layer and any(tape.applied for tape in call.tapes)]
    places: list[Source | None] = [*fits, watched.compiled.get(id(layer)), *loops]
    return next((source.span for source in places if source is not None), None)


def _fit_mode(study: Study, model: TrainedModel, traced: FitStep) -> FitMode:
    library, layer = model.subject.library, model.subject.layer
    idle = [
        (fact.layer, fact.span)
        for fact, _ in model.facts
        if fact.expected and fact.in_training is False and fact.what != "metric" and fact.span is not None
    ]
    return FitMode(
        model=str(layer.name),
        generation=library.generation,
        takes_training=library.takes_training(layer),
        own_step=has_own_step(model.subject),
        idle=tuple(dict.fromkeys(idle)),
        call=_definition(study.runtime.user, layer),
        step=model.step,
    )


def _definition(user: UserCode, model: Live) -> Span | None:
    """Where the user's ``call`` of the model begins."""
    code = user.code_of(type(model).call)
    return None if code is None else user.definition(code)
