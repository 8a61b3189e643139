"""Layers called with a literal ``training`` in a functional model, and recurrent layers that ``fit`` never resets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerascheck.diagnostic import Span
from kerascheck.program import FlaggedCall, StateFact, StatefulFit
from kerascheck.tracer.library import CallSite, Library, Live, ModelRun
from kerascheck.tracer.loops import nearest_class
from kerascheck.tracer.runs import FITTING
from kerascheck.tracer.study import Modes, Study
from kerascheck.tracer.subjects import Subject

Facts = list[tuple[StateFact, Live]]


def flagged_calls(study: Study, modes: Modes, trained: Iterable[tuple[Subject, Facts]]) -> None:
    """Add to the program every such call, once for each model that is trained or run with it."""
    watched = study.runtime.watched
    sites = [
        (site, flag)
        for site in watched.sites.values()
        if site.library is not None
        and site.source is not None
        and not site.hidden
        and (flag := site.library.literal_flag(site.keep)) is not None
    ]
    for subject, facts in trained:
        inner = subject.library.inner_layers(subject.layer)
        for site, flag in sites:
            if site.library is subject.library and any(subject.library.holds_call(each, site.keep) for each in inner):
                study.program.flagged_calls.append(_flagged_call(study, modes, subject, facts, site, flag))


def _flagged_call(
    study: Study, modes: Modes, subject: Subject, facts: Facts, site: CallSite, flag: bool
) -> FlaggedCall:
    library, model, watched = subject.library, subject.layer, study.runtime.watched
    called = library.called_layer(site.keep)
    within = {id(layer) for layer in library.inner_layers(called)}
    runs = [run for run in watched.runs if run.model is model]
    fits = [run for run in runs if run.method in FITTING]
    looped = any(
        call.model is model and call.training is True and any(tape.applied for tape in call.tapes)
        for call in watched.calls
    )
    normal = [(fact, layer) for fact, layer in facts if fact.what == "moving statistics" and id(layer) in within]
    updated = [
        (fact, layer)
        for fact, layer in normal
        if (fact.in_training or (looped and fact.expected)) and _was_trainable(fits, layer)
    ]
    assert site.source is not None
    return FlaggedCall(
        model=str(model.name),
        generation=library.generation,
        layer=nearest_class(library, called),
        training=flag,
        span=site.source.span,
        text=site.source.text,
        stack=site.source.stack,
        updating=_made(updated),
        at_inference=_made((fact, layer) for fact, layer in normal if fact.at_inference),
        drawing=id(called) in modes.drawing,
        fitted=next((fact.step for fact, _ in facts if fact.step is not None), None),
        predicted=next((run.source.span for run in runs if run.method not in FITTING and run.source is not None), None),
    )


def _made(facts: Iterable[tuple[StateFact, Live]]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(fact.span for fact, _ in facts if fact.span is not None))


def _was_trainable(fits: list[ModelRun], layer: Live) -> bool:
    """Whether the layer was trainable when its model was fitted, if it was."""
    return not fits or any(id(layer) in run.trainable for run in fits)


def stateful_fits(study: Study) -> None:
    """Add to the program every ``fit`` or ``predict`` of a functional model with recurrent layers that keep state."""
    before: dict[tuple[int, str], ModelRun] = {}
    for run in study.runtime.watched.runs:
        if run.method not in ("fit", "fit_generator", "predict") or run.source is None:
            continue
        library = next(each for each in study.runtime.libraries if each.is_model(run.model))
        if library.ends(run.model) is None:
            continue
        layers = tuple(_stateful_layers(study, library, run.model))
        if layers:
            last = before.get((id(run.model), run.method))
            study.program.stateful_fits.append(
                StatefulFit(
                    model=str(run.model.name),
                    generation=library.generation,
                    span=run.source.span,
                    layers=layers,
                    epochs=run.epochs,
                    again=run.again and last is not None and last.resets == run.resets,
                    method=run.method,
                    open=run.own_code or type(run.model).fit is not library.base_model().fit,
                    stack=run.source.stack,
                )
            )
            before[id(run.model), run.method] = run


def _stateful_layers(study: Study, library: Library, model: Live) -> Iterator[tuple[str, Span]]:
    for layer in library.inner_layers(model):
        made = study.runtime.watched.constructions.get(id(layer))
        if library.is_stateful(layer) and made is not None and made.source is not None:
            yield nearest_class(library, layer), made.source.span
