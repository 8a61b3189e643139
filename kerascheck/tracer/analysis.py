"""From what was watched of the user's code to the Program: which models there are, called twice and put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from kerascheck.graph import Endpoint, ModelGraph, ModelKind, Node, Source
from kerascheck.program import NotUnderstood, Program
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.library import CallSite, History, Library, Live, RootCall
from kerascheck.tracer.loops import model_calls
from kerascheck.tracer.measure import PAIRS, Pair, Sizes, axis_names, named_size
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.owners import owner_of
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.session import Session
from kerascheck.tracer.symbolic import Symbolic
from kerascheck.tracer.tensors import Tensors
from kerascheck.tracer.wire import HeldLayer

NOT_DATA = ("training", "mask")
"""Arguments of a call that are handed over as they were given."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that becomes a model of the program: a live model or layer, or a call that failed."""

    library: Library
    layer: Live
    kind: ModelKind
    source: Source | None
    root: RootCall | None = None


@dataclass(slots=True)
class Walk:
    """What one session made of the subjects.

    Attributes:
        ends: the inputs and outputs of each subject that could be called, by its place.
        made: the nodes that the call of each subject made, where it is not told by its ends.
        loose: the nodes of calls that no model holds.
        failures: what was raised where nothing should have been.
    """

    session: Session
    names: dict[str, None] = field(default_factory=dict)
    ends: dict[int, tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]] = field(default_factory=dict)
    made: dict[int, tuple[str, ...]] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    failures: dict[int, Exception] = field(default_factory=dict)


def analyse(runtime: Runtime, file: str, device: str) -> Program:
    """The program that the user's code has built so far."""
    program = Program(file, device=device)
    subjects = [found for found in _subjects(runtime) if not _is_graph_code(found)]
    program.generation = 2 if subjects and all(found.library.generation == 2 for found in subjects) else 3
    walks, pair = _walk(runtime, subjects)
    if walks is not None and pair is not None:
        _add_models(runtime, program, subjects, walks, pair)
    if runtime.live is not None:
        _add_graph_code(runtime.live, program)
    for node in program.recorder.nodes.values():
        node.config = {name: _plain(runtime, value) for name, value in node.config.items()}
    program.model_calls = list(model_calls(runtime.watched))
    return program


def _add_models(
    runtime: Runtime, program: Program, subjects: list[Subject], walks: tuple[Walk, Walk], pair: Pair
) -> None:
    """Add what two walks over the subjects found."""
    first, second = walks
    Symbolic(first.session, second.session, pair, tuple(first.names)).run()
    program.recorder = first.session.recorder
    for index, subject in enumerate(subjects):
        model = _model(first, index, subject)
        if model is not None:
            program.models.append(model)
        if index in first.failures and subject.source is not None and (subject.root is None or not subject.root.error):
            error = first.failures[index]
            why = f"{type(error).__name__}: {first_line(error)}"
            program.unknown.append(NotUnderstood(subject.source.span, f"the call of {_name(subject)}", why))
    if first.loose:
        members = program.recorder.ancestors(first.loose)
        program.models.append(_fragment(program, members, first.session.libraries[-1].generation))
    _settle_variables(runtime, first, program, subjects)


def _add_graph_code(live: Session, program: Program) -> None:
    """Add what TF1 graph code built, as one fragment."""
    Symbolic(live, None, PAIRS[0], ()).run()
    for node in live.recorder.nodes.values():
        program.recorder.add(node)
    for edge in live.recorder.edges:
        program.recorder.connect(edge)
    if live.recorder.nodes:
        program.models.append(_fragment(program, live.recorder.nodes, live.libraries[-1].generation))


def _fragment(program: Program, members: Iterable[str], generation: int) -> ModelGraph:
    """The calls that belong to no model."""
    return ModelGraph.cut(
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


def _is_graph_code(subject: Subject) -> bool:
    """Whether a model was made of the tensors of a TF1 graph, which a scratch graph cannot call."""
    ends = subject.library.ends(subject.layer)
    return ends is not None and not subject.library.is_symbolic(ends[0][0])


def _name(subject: Subject) -> str:
    """What the model is called: the layer's name, or the function's."""
    if subject.library.is_layer(subject.layer):
        return str(subject.layer.name)
    compiled = subject.root is not None and subject.root.compiled
    return str(subject.layer.__name__) if compiled else "fragment"


def _subjects(runtime: Runtime) -> Iterator[Subject]:
    """The models in order of construction, then the layers called on data and the calls that failed."""
    roots = _roots_by_layer(runtime)
    told: set[int] = set()
    for made in list(runtime.watched.constructions.values()):
        for library in runtime.libraries:
            if not library.is_model(made.layer) or id(made.layer) in runtime.watched.hidden or made.source is None:
                continue
            root = roots.get(id(made.layer))
            if library.ends(made.layer) is not None:
                kind: ModelKind = "sequential" if library.is_sequential(made.layer) else "functional"
                yield Subject(library, made.layer, kind, made.source)
            else:
                kind = "sequential" if library.is_sequential(made.layer) else "subclassed"
                told.add(id(made.layer))
                yield Subject(library, made.layer, kind, made.source, root)
    for root in runtime.watched.roots:
        library = next((each for each in runtime.libraries if each.is_layer(root.operation)), runtime.libraries[0])
        if root.error is not None or root.compiled:
            if id(root.operation) not in told:
                yield Subject(library, root.operation, "fragment", root.site.source, root)
        elif not library.is_model(root.operation) and library.canonical(type(root.operation)) is None:
            layer = runtime.watched.constructions.get(id(root.operation))
            yield Subject(library, root.operation, "layer", layer.source if layer else root.site.source, root)


def _roots_by_layer(runtime: Runtime) -> dict[int, RootCall]:
    """The call to make again for each layer: one that worked, where there is one."""
    found: dict[int, RootCall] = {}
    for root in runtime.watched.roots:
        known = found.get(id(root.operation))
        if known is None or (known.error is not None and root.error is None):
            found[id(root.operation)] = root
    return found


def _walk(runtime: Runtime, subjects: list[Subject]) -> tuple[tuple[Walk, Walk] | None, Pair | None]:
    """Two walks at the first pair of sizes at which everything can be called, or the most."""
    best: tuple[int, tuple[Walk, Walk], Pair] | None = None
    for pair in PAIRS:
        walks = (_walk_at(runtime, subjects, pair[0]), _walk_at(runtime, subjects, pair[1]))
        count = sum(len(walk.failures) for walk in walks)
        if best is None or count < best[0]:
            best = (count, walks, pair)
        if count == 0:
            break
    return (best[1], best[2]) if best is not None else (None, None)


def _walk_at(runtime: Runtime, subjects: list[Subject], sizes: Sizes) -> Walk:
    tensors = Tensors.scratch(runtime.tensorflow)
    session = Session(tuple(runtime.libraries), tensors, runtime.user, runtime.watched)
    walk = Walk(session)
    with _recording(runtime, session):
        for index, subject in enumerate(subjects):
            before = len(session.recorder.nodes)
            try:
                walk.ends[index] = _call_subject(walk, subject, sizes)
            except Exception as error:
                # The user's own code runs here, and may raise anything.
                walk.failures[index] = error
                session.depth, session.pending = 0, None
                _mark_failure(walk, index, subject)
            walk.made[index] = tuple(session.recorder.nodes)[before:]
        _call_loose(runtime, walk, sizes)
    return walk


def _call_loose(runtime: Runtime, walk: Walk, sizes: Sizes) -> None:
    """Make the calls on KerasTensors that no model holds."""
    session = walk.session
    before = len(session.recorder.nodes)
    for key, site in list(runtime.watched.sites.items()):
        if site.library is None or site.hidden or key in session.evaluated:
            continue
        outputs = site.library.node_outputs(site.keep)
        if any(site.library.is_symbolic(output) for output in outputs) and site.library.node_inputs(site.keep):
            try:
                session.evaluate(site.library, outputs, lambda history: _place(walk, history, sizes, []))
            except Exception:
                # A call that fails is told where the user's own code made it fail.
                session.depth, session.pending = 0, None
    walk.loose = tuple(session.recorder.nodes)[before:]


def _mark_failure(walk: Walk, index: int, subject: Subject) -> None:
    """A call that failed before fails again as it should; what it computed until then is what there is."""
    nodes = walk.session.recorder.nodes
    failed = [name for name in nodes if walk.session.details[name].failed]
    if failed:
        walk.ends[index] = ((), (Endpoint(failed[-1]),))
    if subject.root is not None and subject.root.error is not None:
        del walk.failures[index]


@contextmanager
def _recording(runtime: Runtime, session: Session) -> Iterator[None]:
    """While it lasts, ``session`` records, tf.functions run as the Python they are, and nothing is executed."""
    from tensorflow.python.autograph.core import ag_ctx

    tensorflow = runtime.tensorflow
    inline = tensorflow.config.functions_run_eagerly()
    runtime.session = session
    tensorflow.config.run_functions_eagerly(True)
    try:
        with ExitStack() as stack:
            stack.enter_context(session.tensors.graph.as_default())
            stack.enter_context(ag_ctx.ControlStatusCtx(status=ag_ctx.Status.DISABLED))
            yield
    finally:
        runtime.session = None
        tensorflow.config.run_functions_eagerly(inline)


def _call_subject(walk: Walk, subject: Subject, sizes: Sizes) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
    session = walk.session
    placed: list[Endpoint] = []
    ends = subject.library.ends(subject.layer) if subject.kind in ("functional", "sequential") else None
    if ends is not None:
        inputs, outputs = ends
        session.evaluate(subject.library, [*inputs, *outputs], lambda history: _place(walk, history, sizes, placed))
        return _endpoints(session, inputs), _endpoints(session, outputs)
    root = subject.root
    if root is None:
        return _call_built(walk, subject, sizes, placed)
    targets = [leaf for leaf in leaves((root.arguments, root.keywords)) if subject.library.is_symbolic(leaf)]
    session.evaluate(subject.library, targets, lambda history: _place(walk, history, sizes, placed))

    def stand_in(leaf: Any) -> Any:
        if subject.library.is_symbolic(leaf):
            return session.values[id(leaf)]
        return _data(walk, leaf, sizes, placed, fixed=root.compiled)

    args = replace_leaves(root.arguments, stand_in)
    keywords = {
        name: value if name in NOT_DATA else replace_leaves(value, stand_in) for name, value in root.keywords.items()
    }
    before = len(session.recorder.nodes)
    outputs = _call_root(session, root, args, keywords)
    if root.error is not None:
        _flag_failed(session, before)
    return tuple(placed), _flat_endpoints(session, outputs)


def _call_root(session: Session, root: RootCall, args: Any, keywords: Mapping[str, Any]) -> Any:
    if root.name is not None:
        return session.call_failed_function(root, args, keywords)
    if not root.compiled:
        session.pending = root.site
    return root.operation(*args, **keywords)


def _flag_failed(session: Session, before: int) -> None:
    """The call failed for the user and not here, with all sizes fixed: mark the last node it made, to look closer."""
    made = [name for name in list(session.recorder.nodes)[before:] if session.details[name].layer is not None]
    for name in made[-1:]:
        session.details[name].failed = True


def _call_built(
    walk: Walk, subject: Subject, sizes: Sizes, placed: list[Endpoint]
) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
    shapes = subject.library.input_spec_of(subject.layer)
    if shapes is None:
        raise NeverCalledError("it is neither called nor built, so nothing is known of its inputs")
    made = [_input(walk, f"input_{index}", shape, "float32", sizes, None) for index, shape in enumerate(shapes)]
    placed += [endpoint for _, endpoint in made]
    args = tuple(tensor for tensor, _ in made)
    session = walk.session
    session.pending = CallSite(subject.source)
    outputs = subject.layer(*args)
    return tuple(placed), _flat_endpoints(session, outputs)


class NeverCalledError(Exception):
    """A subclassed model of which no inputs are known."""


def _place(walk: Walk, history: History, sizes: Sizes, placed: list[Endpoint]) -> Live:
    """The tensor for an Input."""
    (reference,) = history.outputs
    site = walk.session.watched.sites.get(history.key)
    shape = None if reference.shape is None else tuple(reference.shape)
    library = next(each for each in walk.session.libraries if each.is_symbolic(reference))
    tensor, endpoint = _input(
        walk,
        str(history.operation.name),
        shape,
        walk.session.tensors.dtype(reference) if library.generation == 2 else str(reference.dtype),
        sizes,
        site.source if site else None,
        generation=library.generation,
        keras_tensor=True,
    )
    placed.append(endpoint)
    return tensor


def _data(walk: Walk, leaf: Any, sizes: Sizes, placed: list[Endpoint], *, fixed: bool) -> Any:
    """What stands in for data that the user's code called a model with; ``fixed`` keeps its first size."""
    tensors = walk.session.tensors
    if not tensors.is_array(leaf) or len(leaf.shape) == 0:
        return leaf
    shape = (None, *(None if size is None else int(size) for size in tuple(leaf.shape)[1:]))
    if fixed:
        stand_in = tensors.placeholder(tuple(leaf.shape), tensors.dtype(leaf))
        node = Node(walk.session.recorder.next_identifier(), "input", "keras.Input", f"input_{len(placed)}", (), None)
        walk.session.add_input(node, stand_in)
        walk.session.details[node.identifier].arguments = {"specs": (tensors.spec(stand_in),)}
        placed.append(Endpoint(node.identifier))
        return stand_in
    tensor, endpoint = _input(walk, f"input_{len(placed)}", shape, tensors.dtype(leaf), sizes, None)
    placed.append(endpoint)
    return tensor


def _input(
    walk: Walk,
    name: str,
    shape: tuple[int | None, ...] | None,
    dtype: str,
    sizes: Sizes,
    source: Source | None,
    *,
    generation: int = 3,
    keras_tensor: bool = False,
) -> tuple[Live, Endpoint]:
    """A new input of the graph, its batch axis and its free axes at their sizes, and the node that stands for it."""
    session = walk.session
    names = axis_names(len(shape)) if shape is not None else ()
    dims = []
    measured: list[int | None] = []
    for axis, size in enumerate(shape or ()):
        if axis == 0 or size is None:
            walk.names.setdefault(names[axis])
            dims.append(named_size(names[axis], size))
            measured.append(sizes.given(names[axis], size))
        else:
            dims.append(size)
            measured.append(size)
    tensor = session.tensors.placeholder(None if shape is None else tuple(measured), dtype)
    node = Node(session.recorder.next_identifier(), "input", "keras.Input", name, (), source, generation=generation)
    session.add_input(node, tensor)
    symbolic = TensorSpec(Shape(None if shape is None else tuple(dims)), dtype, keras_tensor=keras_tensor)
    session.details[node.identifier].arguments = {"specs": (symbolic,)}
    return tensor, Endpoint(node.identifier)


def _endpoints(session: Session, symbolic: list[Live]) -> tuple[Endpoint, ...]:
    found = [session.endpoint(session.values[id(tensor)]) for tensor in symbolic]
    return tuple(endpoint for endpoint in found if endpoint is not None)


def _flat_endpoints(session: Session, outputs: Any) -> tuple[Endpoint, ...]:
    found = [session.endpoint(leaf) for leaf in leaves(outputs)]
    return tuple(endpoint for endpoint in found if endpoint is not None)


def _model(walk: Walk, index: int, subject: Subject) -> ModelGraph | None:
    ends = walk.ends.get(index)
    if ends is None:
        return None
    inputs, outputs = ends
    recorder, details = walk.session.recorder, walk.session.details
    members = recorder.ancestors([end.node for end in (*inputs, *outputs)])
    members |= _besides(walk, index, subject, members)
    model = ModelGraph.cut(
        recorder,
        members,
        name=_name(subject),
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
    return model


def _besides(walk: Walk, index: int, subject: Subject, members: set[str]) -> set[str]:
    """What the model computes and its outputs do not depend on, such as what it prints."""
    recorder = walk.session.recorder
    if subject.kind not in ("functional", "sequential"):
        return set(walk.made[index])
    scopes = {recorder.nodes[name].scope[:1] for name in members} - {()}
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
            node.owner = owner_of(detail.variable, detail.layers, runtime.tensorflow)


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
        if isinstance(leaf, FunctionType):
            return next((name for each in runtime.libraries if (name := each.canonical(leaf))), leaf.__name__)
        return UNKNOWN if isinstance(leaf, TensorSpec) else leaf

    return replace_leaves(value, plain)
