"""A walk in training: what the models do there and not at inference, and which layers behave otherwise.

It is taken only where it may tell something: of models that are trained, and of the user's own layers whose ``call``
takes ``training``. A call at one source line and scope is the same node in both modes; a node that only training makes
is added to the program's graph under :data:`~kerascheck.graph.TRAINING_GUARD`.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kerascheck.graph import TRAINING_GUARD, Edge, Endpoint, Node
from kerascheck.tracer.binding import replace_leaves
from kerascheck.tracer.frames import unwrapped
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.open_calls import open_calls
from kerascheck.tracer.session import Session
from kerascheck.tracer.study import Modes, Study, Walk
from kerascheck.tracer.subjects import Subject
from kerascheck.tracer.symbolic import Symbolic
from kerascheck.tracer.walk import walk_at
from kerascheck.tracer.writes import is_random, work


def walk_in_training(study: Study) -> None:
    """Give ``study`` its modes, and its recorder the nodes that only training makes."""
    wanted = [index for index, subject in enumerate(study.subjects) if _is_told_by_training(study, index, subject)]
    if not wanted:
        return
    walk = _walk(study, wanted, 0)
    modes = Modes(walk, _twins(study.first, walk), tuple(index for index in wanted if index not in walk.failures))
    study.modes = modes
    _compare(study.first.session, modes)
    only = [name for name in walk.session.recorder.nodes if name not in modes.twins]
    if only:
        _add(study, modes, only)


def is_trained(study: Study, subject: Subject) -> bool:
    """Whether the model is compiled, run on data, or called under a tape whose gradients are applied."""
    watched, layer = study.runtime.watched, subject.layer
    if not subject.library.is_model(layer):
        return False
    taped = any(call.model is layer and any(tape.applied for tape in call.tapes) for call in watched.calls)
    run = any(run.model is layer for run in watched.runs)
    return taped or run or subject.library.is_compiled(layer) or _is_in_own_step(study, subject)


def has_own_step(subject: Subject) -> bool:
    """Whether it is a compiled model whose train step the user wrote."""
    library, model = subject.library, subject.layer
    if not library.is_model(model) or not library.is_compiled(model):
        return False
    return type(model).train_step is not library.base_model().train_step


def _is_in_own_step(study: Study, subject: Subject) -> bool:
    """Whether the model is part of one that trains it by a step of the user's, as the halves of a GAN are."""
    owners = [each for each in study.subjects if each.library is subject.library and has_own_step(each)]
    return any(inner is subject.layer for each in owners for inner in each.library.inner_layers(each.layer))


def _is_told_by_training(study: Study, index: int, subject: Subject) -> bool:
    if index not in study.first.ends or index in study.first.failures or not subject.library.is_layer(subject.layer):
        return False
    if subject.root is not None and subject.root.error is not None:
        return False
    layers = subject.library.inner_layers(subject.layer)
    return is_trained(study, subject) or any(_has_branch(study, subject.library, layer) for layer in layers)


def _has_branch(study: Study, library: Library, layer: Live) -> bool:
    """Whether the user's own ``call`` takes the flag."""
    function = unwrapped(type(layer).call)
    if study.runtime.user.code_of(function) is None:
        return False
    return library.takes_training(layer) and "training" in inspect.signature(function).parameters


def _walk(study: Study, wanted: list[int], position: int) -> Walk:
    number = study.session.recorder.counter
    sizes = study.pair[position]
    return walk_at(study.runtime, study.subjects, sizes, training=True, wanted=wanted, first_number=number)


def _twins(first: Walk, walk: Walk) -> dict[str, str]:
    """The node at inference that each node in training is: of the same call, layer and place, in order."""
    known = {key: name for name, key in _keys(first.session)}
    return {name: known[key] for name, key in _keys(walk.session) if key in known}


def _keys(session: Session) -> Iterable[tuple[str, tuple[Any, ...]]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for name, node in session.recorder.nodes.items():
        detail = session.details[name]
        source = (node.source.span, node.source.stack) if node.source is not None else None
        what = node.name if node.kind == "input" else id(detail.layer)
        if node.kind == "variable":
            key: tuple[Any, ...] = ("variable", id(session.storage_of(detail.variable)))
        else:
            key = (node.kind, node.op, node.scope, source, what)
        counts[key] += 1
        yield name, (*key, counts[key])


def _compare(first: Session, modes: Modes) -> None:
    """Find the calls whose work differs between the modes, and their layers."""
    session = modes.walk.session
    before, after = first.tensors.graph.get_operations(), session.tensors.graph.get_operations()
    for name, twin in modes.twins.items():
        ours, theirs = session.details[name], first.details[twin]
        if ours.begin is None or theirs.begin is None or ours.layer is None or ours.container:
            continue
        training = work(after[ours.begin : ours.end])
        inference = work(before[theirs.begin : theirs.end])
        if training == inference:
            continue
        modes.acting.add(id(ours.layer))
        if is_random(training - inference):
            modes.drawing.add(id(ours.layer))


def _add(study: Study, modes: Modes, only: list[str]) -> None:
    """Add the nodes that only training makes, with their edges, sizes and ops."""
    walk, recorder, session = modes.walk, study.session.recorder, study.session
    second = _walk(study, [index for index in walk.ends if index not in walk.failures], 1)
    Symbolic(walk.session, second.session, study.pair, tuple(study.first.names)).run()
    trained = replace(study, first=walk, second=second, captured={}, nested={}, losses=[])
    open_calls(trained)
    recorder.counter = max(walk.session.recorder.counter, second.session.recorder.counter)
    made = walk.session.recorder
    for name in only:
        recorder.add(_guarded(made.nodes[name]))
        detail = walk.session.details[name]
        arguments = {
            key: replace_leaves(value, lambda leaf: _here(modes, leaf)) for key, value in detail.arguments.items()
        }
        # The ops it made are not in the first walk's graph.
        session.details[name] = replace(detail, arguments=arguments, begin=None, end=0)
        if detail.variable is not None:
            session.variables[id(session.storage_of(detail.variable))] = name
        if name in made.operations:
            recorder.operations[name] = tuple(
                replace(operation, inputs=tuple(_here(modes, end) for end in operation.inputs))
                for operation in made.operations[name]
            )
    new = set(only)
    study.captured.update({name: each for name, each in trained.captured.items() if name.partition("/")[0] in new})
    study.nested.update({name: each for name, each in trained.nested.items() if name.partition("/")[0] in new})
    for edge in made.edges:
        if edge.source in new or edge.target in new:
            source, target = (modes.twins.get(end, end) for end in (edge.source, edge.target))
            recorder.connect(Edge(source, target, edge.output, edge.argument))
    for index, names in walk.made.items():
        study.first.made[index] = (*study.first.made.get(index, ()), *(name for name in names if name in new))
    _count_once(study)


def _count_once(study: Study) -> None:
    """Count a layer's parameters in the first model that calls it, be it in training alone."""
    session = study.session
    counted: set[int] = set()
    for index in sorted(study.first.made):
        for name in study.first.made[index]:
            node, layer = session.recorder.nodes[name], id(session.details[name].layer)
            if node.params and layer in counted:
                node.params = node.trainable = 0
            elif node.params:
                counted.add(layer)


def _guarded(node: Node) -> Node:
    return replace(node, guards=tuple(dict.fromkeys((*node.guards, TRAINING_GUARD))))


def _here(modes: Modes, value: Any) -> Any:
    """An end in the walk in training as it is called in the program's graph."""
    if not isinstance(value, Endpoint):
        return value
    call = value.node.partition("/")[0]
    twin = modes.twins.get(call)
    if twin is None:
        return value
    return Endpoint(twin, value.output if call == value.node else 0)
