"""From what was watched of the user's code to the Program: which models there are, called twice and put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from kerascheck.graph import Endpoint, ModelGraph
from kerascheck.program import NotUnderstood, Program
from kerascheck.semantics.op_flow import effects_in
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.tracer.binding import replace_leaves
from kerascheck.tracer.connections import connections
from kerascheck.tracer.fits import fed_datasets
from kerascheck.tracer.loops import model_calls
from kerascheck.tracer.lowering import compiled_steps
from kerascheck.tracer.measure import PAIRS
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.none_sizes import none_uses
from kerascheck.tracer.objective_facts import fed_targets, loss_facts
from kerascheck.tracer.op_sources import with_sources
from kerascheck.tracer.open_calls import open_calls, open_graph_code
from kerascheck.tracer.owners import owner_of
from kerascheck.tracer.probe import probe
from kerascheck.tracer.request import Request
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.saving_facts import add_saving_facts
from kerascheck.tracer.session import Session
from kerascheck.tracer.state_facts import training_facts
from kerascheck.tracer.study import Study, Walk
from kerascheck.tracer.subjects import Subject, is_graph_code, name_of, subjects
from kerascheck.tracer.symbolic import Symbolic
from kerascheck.tracer.training_walk import walk_in_training
from kerascheck.tracer.variable_facts import variable_facts
from kerascheck.tracer.walk import walk_twice
from kerascheck.tracer.wire_values import HeldLayer

OF_WEIGHTS = ("keras.regularizers.", "keras.constraints.", "keras.initializers.")
"""What layers are given for their weights: objects of which the class alone is told."""


def analyse(runtime: Runtime, request: Request) -> Program:
    """The program that the user's code has built so far."""
    program = Program(request.target, device="cpu" if request.device == "auto" else request.device)
    asked = runtime.watched.tpu
    if request.device == "auto" and asked is not None:
        program.device, program.device_span = "tpu", asked.span
    found = [subject for subject in subjects(runtime) if not is_graph_code(subject)]
    if found:
        program.generation = 2 if all(subject.library.generation == 2 for subject in found) else 3
    elif request.keras == "2":
        program.generation = 2
    walks, pair = walk_twice(runtime, found)
    if walks is not None and pair is not None:
        study = Study(request, runtime, program, found, *walks, pair)
        _add_models(study)
        _look_closer(study)
        program.model_calls += model_calls(runtime.watched, runtime.watched.calls, _acting(study))
    add_saving_facts(program, runtime)
    program.optimizers += runtime.watched.optimizers
    if runtime.live is not None:
        _add_graph_code(runtime.live, program)
    runtime.finish(program, walks[0].session if walks is not None else None)
    for node in program.recorder.nodes.values():
        node.config = {name: _plain(runtime, value) for name, value in node.config.items()}
    return program


def _add_models(study: Study) -> None:
    """Add what two walks over the subjects found."""
    program, first = study.program, study.first
    symbolic = Symbolic(first.session, study.second.session, study.pair, tuple(first.names))
    symbolic.run()
    symbolic.fix_batches(first.made.values())
    program.recorder = first.session.recorder
    open_calls(study)
    walk_in_training(study)
    for index, subject in enumerate(study.subjects):
        model = _model(first, index, subject)
        if model is not None:
            effects = effects_in(model, study.losses)
            model.effects = with_sources(effects, model, study.nested, study.runtime.user)
            study.models[index] = model
            program.models.append(model)
        if index in first.failures and subject.source is not None and (subject.root is None or not subject.root.error):
            error = first.failures[index]
            why = f"{type(error).__name__}: {first_line(error)}"
            program.unknown.append(NotUnderstood(subject.source.span, f"the call of {name_of(subject)}", why))
    if first.loose:
        members = program.recorder.ancestors(first.loose)
        program.models.append(_fragment(program, members, first.session.libraries[-1].generation))
    _settle_variables(study.runtime, first, program, study.subjects)


def _look_closer(study: Study) -> None:
    """Add what the modules that look at one side of the models find."""
    study.program.variables += variable_facts(study)
    study.program.none_uses += none_uses(study)
    study.program.connections += connections(study)
    training_facts(study)
    study.program.steps += compiled_steps(study)
    study.program.datasets += fed_datasets(study.runtime)
    study.program.stretched += study.runtime.watched.objectives.stretched.values()
    study.program.losses += loss_facts(study)
    study.program.fed_targets += fed_targets(study)
    if study.request.probe:
        probe(study)


def _acting(study: Study) -> set[int]:
    return study.modes.acting if study.modes is not None else set()


def _add_graph_code(live: Session, program: Program) -> None:
    """Add what TF1 graph code built, as one fragment."""
    Symbolic(live, None, PAIRS[0], ()).run()
    open_graph_code(live)
    program.recorder.operations.update(live.recorder.operations)
    for node in live.recorder.nodes.values():
        program.recorder.add(node)
    for edge in live.recorder.edges:
        program.recorder.connect(edge)
    if live.recorder.nodes:
        program.models.append(_fragment(program, live.recorder.nodes, live.libraries[-1].generation))


def _fragment(program: Program, members: Iterable[str], generation: int) -> ModelGraph:
    """The calls that belong to no model."""
    fragment = ModelGraph.cut(
        program.recorder,
        members,
        name="fragment",
        kind="fragment",
        span=None,
        inputs=(),
        outputs=(),
        complete=True,
        generation=generation,
    )
    fragment.effects = effects_in(fragment)
    return fragment


def _model(walk: Walk, index: int, subject: Subject) -> ModelGraph | None:
    ends = walk.ends.get(index)
    if ends is None:
        return None
    inputs, outputs = ends
    recorder, details = walk.session.recorder, walk.session.details
    members = recorder.ancestors([end.node for end in (*inputs, *outputs)])
    members |= _besides(walk, index, subject, members)
    if not outputs:
        # A call that raised has none: what it made, and what that was made of, is all there is.
        members = recorder.ancestors(members)
    model = ModelGraph.cut(
        recorder,
        members,
        name=name_of(subject),
        kind=subject.kind,
        span=subject.source.span if subject.source is not None else None,
        inputs=inputs,
        outputs=outputs,
        complete=index not in walk.failures and not any(details[name].failed for name in members),
        generation=subject.library.generation,
    )
    if subject.kind != "fragment":
        weights = [subject.library.describe(weight) for weight in subject.library.weights(subject.layer)]
        model.params = _count(weight.shape for weight in weights)
        model.trainable = _count(weight.shape for weight in weights if weight.trainable)
    elif subject.root is not None and subject.root.title:
        variables = [variable for variable in subject.layer.variables if variable.dtype.is_numpy_compatible]
        model.params = _count(Shape.of(*variable.shape) for variable in variables)
        model.trainable = _count(Shape.of(*variable.shape) for variable in variables if variable.trainable)
    return model


def _besides(walk: Walk, index: int, subject: Subject, members: set[str]) -> set[str]:
    """What the model computes and its outputs do not depend on, such as what it prints."""
    recorder = walk.session.recorder
    if subject.kind not in ("functional", "sequential"):
        return set(walk.made[index])
    # A layer that only hands on what it is given has no call within it among the members.
    scopes = {node.scope[:1] or (node.name,) for node in map(recorder.nodes.__getitem__, members)}
    found: set[str] = set()
    for name, node in recorder.nodes.items():
        sources = {edge.source for edge in recorder.incoming.get(name, ())}
        if node.scope[:1] in scopes and sources and sources <= members | found:
            found.add(name)
    return found


def _count(shapes: Iterator[Shape]) -> int:
    sizes = [shape.size for shape in shapes]
    return sum(size for size in sizes if isinstance(size, int))


def _settle_variables(runtime: Runtime, walk: Walk, program: Program, subjects: list[Subject]) -> None:
    """Say of every variable whether a model that uses it holds it, and who does if not."""
    held: dict[int, set[int]] = {}
    for index, subject in enumerate(subjects):
        if subject.library.is_layer(subject.layer):
            storages = (subject.library.storage(weight) for weight in subject.library.weights(subject.layer))
            held[index] = {id(storage) for storage in storages}
    for identifier in walk.session.variables.values():
        node, detail = program.recorder.nodes[identifier], walk.session.details[identifier]
        storage = next(key for key, name in walk.session.variables.items() if name == identifier)
        users = [
            index
            for index, subject in enumerate(subjects)
            if index in held and index in walk.ends and _uses(walk, walk.ends[index], identifier)
        ]
        if users:
            node.tracked = any(storage in held[index] for index in users)
        if node.tracked is False and storage in runtime.watched.trained:
            node.tracked = None
        if node.tracked is False:
            node.owner = owner_of(detail.variable, detail.layers, runtime.tensorflow, runtime.is_layer)


def _uses(walk: Walk, ends: tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]], identifier: str) -> bool:
    return identifier in walk.session.recorder.ancestors(end.node for end in ends[1])


def _plain(runtime: Runtime, value: Any) -> Any:
    """A bound argument without live objects: a function by its name, a layer by its class and arguments."""

    def plain(leaf: Any) -> Any:
        for library in runtime.libraries:
            if library.is_layer(leaf):
                made = runtime.watched.constructions.get(id(leaf))
                given = {} if made is None else made.arguments
                op = library.canonical(type(leaf)) or type(leaf).__name__
                return HeldLayer(op, {key: _plain(runtime, item) for key, item in given.items()})
        native = next((name for each in runtime.libraries if (name := each.canonical(type(leaf)))), "")
        if native.startswith(OF_WEIGHTS):
            return HeldLayer(native, {})
        if isinstance(leaf, FunctionType):
            return next((name for each in runtime.libraries if (name := each.canonical(leaf))), leaf.__name__)
        return UNKNOWN if isinstance(leaf, TensorSpec) else leaf

    return replace_leaves(value, plain)
