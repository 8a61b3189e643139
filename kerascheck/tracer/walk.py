"""A walk: every subject called once more in a scratch graph at one set of sizes, its calls recorded as nodes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from kerascheck.graph import Endpoint
from kerascheck.tracer.binding import leaves, replace_leaves
from kerascheck.tracer.library import CallSite, History, Library, Live, RootCall
from kerascheck.tracer.measure import PAIRS, Pair, Sizes
from kerascheck.tracer.placing import data, new_input, place
from kerascheck.tracer.records import calls_in_order
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.session import Session
from kerascheck.tracer.study import Walk
from kerascheck.tracer.subjects import Subject
from kerascheck.tracer.tensors import Tensors

NOT_DATA = ("training", "mask")
"""Arguments of a call that are handed over as they were given."""


class NeverCalledError(Exception):
    """A subclassed model of which no inputs are known."""


def walk_twice(runtime: Runtime, subjects: list[Subject]) -> tuple[tuple[Walk, Walk] | None, Pair | None]:
    """Two walks at the first pair of sizes at which everything can be called, or the most."""
    best: tuple[int, tuple[Walk, Walk], Pair] | None = None
    if not all(_is_built(subject) for subject in subjects):
        # A layer's first call also builds it, in calls that are no part of what it computes.
        walk_at(runtime, subjects, PAIRS[0][0])
    for pair in PAIRS:
        walks = (walk_at(runtime, subjects, pair[0]), walk_at(runtime, subjects, pair[1]))
        count = sum(len(walk.failures) for walk in walks)
        if best is None or count < best[0]:
            best = (count, walks, pair)
        if count == 0:
            break
    return (best[1], best[2]) if best is not None else (None, None)


def _is_built(subject: Subject) -> bool:
    # A constructor that raised has left a model that does not even know whether it is built.
    return not subject.library.is_layer(subject.layer) or bool(vars(subject.layer).get("built", True))


def walk_at(
    runtime: Runtime,
    subjects: list[Subject],
    sizes: Sizes,
    *,
    training: bool = False,
    wanted: Collection[int] | None = None,
    first_number: int = 0,
) -> Walk:
    """One walk over the subjects at ``sizes``, at inference or in training.

    ``wanted`` are the places of the subjects to call, all if None. Nodes are numbered from behind ``first_number``.
    """
    tensors = Tensors.scratch(runtime.tensorflow)
    session = Session(tuple(runtime.libraries), tensors, runtime.user, runtime.watched, training=training)
    session.recorder.counter = first_number
    walk = Walk(session)
    with recording(runtime, session):
        for index, subject in enumerate(subjects):
            if wanted is not None and index not in wanted:
                continue
            before = len(session.recorder.nodes)
            seen = frozenset(session.seen_layers)
            try:
                walk.ends[index] = _call_subject(walk, subject, sizes)
            except Exception as error:
                # The user's own code runs here, and may raise anything.
                walk.failures[index] = error
                walk.refused.add(index)
                session.depth, session.pending = 0, None
                _mark_failure(walk, index, subject)
                if index not in walk.ends:
                    # No model has these calls: another counts the parameters of their layers.
                    session.seen_layers = set(seen)
            walk.made[index] = tuple(session.recorder.nodes)[before:]
        if wanted is None:
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
                _replay(session, site.library, outputs, lambda history: place(walk, history, sizes, []))
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
def recording(runtime: Runtime, session: Session) -> Iterator[None]:
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
            for library in runtime.libraries if session.training is not None else ():
                stack.enter_context(library.mode(bool(session.training)))
            yield
    finally:
        # TensorFlow notes what a graph reads under this name, and hands it over when a function is done.
        session.tensors.graph.variables = list(session.tensors.graph._watched_variables)
        runtime.session = None
        tensorflow.config.run_functions_eagerly(inline)


def _replay(session: Session, library: Library, targets: list[Live], feed: Callable[[History], Live]) -> None:
    """Make the calls that ``targets``, KerasTensors, depend on, each once; ``feed`` gives an input's tensor.

    Raises:
        Exception: whatever the user's layers raise.
    """
    for history in calls_in_order(library, targets, session.values):
        if history.key in session.evaluated:
            continue
        before = len(session.recorder.nodes)
        site = session.watched.sites.get(history.key)
        if history.is_input:
            outputs = feed(history)
        else:
            args, kwargs = history.fill(session.values)
            session.pending = site or CallSite(None)
            outputs = history.operation(*args, **library.in_mode(history.operation, kwargs, bool(session.training)))
            session.pending = None
        for reference, value in zip(history.outputs, leaves(outputs), strict=True):
            session.values[id(reference)] = value
            session.kept.append(reference)
        identifiers = list(session.recorder.nodes)
        session.evaluated[history.key] = identifiers[before] if len(identifiers) > before else None


def _call_subject(walk: Walk, subject: Subject, sizes: Sizes) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
    session = walk.session
    placed: list[Endpoint] = []
    ends = subject.library.ends(subject.layer) if subject.kind in ("functional", "sequential") else None
    if ends is not None:
        inputs, outputs = ends
        _replay(session, subject.library, [*inputs, *outputs], lambda history: place(walk, history, sizes, placed))
        return _endpoints(session, inputs), _endpoints(session, outputs)
    root = subject.root
    if root is None:
        return _call_built(walk, subject, sizes, placed)
    targets = [leaf for leaf in leaves((root.arguments, root.keywords)) if subject.library.is_symbolic(leaf)]
    _replay(session, subject.library, targets, lambda history: place(walk, history, sizes, placed))

    # Data of one axis may be the features of a single sample, as well as a number for each of several.
    given = [leaf for leaf in leaves((root.arguments, root.keywords)) if session.tensors.is_array(leaf)]
    lone = all(len(leaf.shape) < 2 for leaf in given)

    def stand_in(leaf: Any) -> Any:
        if subject.library.is_symbolic(leaf):
            return session.values[id(leaf)]
        # Beside a KerasTensor, an array is no sample of anything.
        fixed = root.compiled or bool(targets) or lone or _is_whole(root, leaf)
        return data(walk, leaf, sizes, placed, fixed=fixed)

    args = replace_leaves(root.arguments, stand_in)
    keywords = {
        name: value if name in NOT_DATA else replace_leaves(value, stand_in) for name, value in root.keywords.items()
    }
    args, keywords = _in_mode(subject, args, keywords, bool(session.training))
    before = len(session.recorder.nodes)
    outputs = _call_root(session, root, args, keywords)
    if root.error is not None:
        _flag_failed(session, before)
        # The user's code got nothing back from it, and what it would give follows from no line of theirs.
        return tuple(placed), ()
    return tuple(placed), _flat_endpoints(session, outputs)


def _is_whole(root: RootCall, leaf: Any) -> bool:
    """Whether a saved function takes an input only at the size it was saved for."""
    return bool(root.title) and bool(leaf.shape.rank) and leaf.shape[0] is not None


def _call_root(session: Session, root: RootCall, args: Any, keywords: Mapping[str, Any]) -> Any:
    if root.name is not None:
        return session.call_failed_function(root, args, keywords)
    if not root.compiled:
        session.pending = root.site
    return root.operation(*args, **keywords)


def _in_mode(
    subject: Subject, args: Any, keywords: Mapping[str, Any], training: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call with the flag that it gets in training, or at inference.

    ``predict`` tells a model nothing that does not take the flag, and then the layers within go by their defaults.
    """
    layer, library = subject.layer, subject.library
    given = dict(keywords)
    if not library.is_layer(layer) or not isinstance(given.get("training"), bool | None):
        return tuple(args), given
    names = list(inspect.signature(layer.call).parameters)
    position = names.index("training") if "training" in names else len(args)
    if position < len(args):
        return (*args[:position], training, *args[position + 1 :]), given
    if training or library.takes_training(layer):
        return tuple(args), given | {"training": training}
    return tuple(args), {name: value for name, value in given.items() if name != "training"}


def _flag_failed(session: Session, before: int) -> None:
    """The call failed for the user and not here, with all sizes fixed: mark the last node it made, to look closer."""
    made = [name for name in list(session.recorder.nodes)[before:] if session.details[name].layer is not None]
    for name in made[-1:]:
        session.details[name].failed = True


def _call_built(
    walk: Walk, subject: Subject, sizes: Sizes, placed: list[Endpoint]
) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
    session = walk.session
    shapes = subject.library.input_spec_of(subject.layer)
    if shapes is None:
        raise NeverCalledError("it is neither called nor built, so nothing is known of its inputs")
    # It may have been built on a batch of data; only one that its KerasTensors had is part of the model.
    batch = _batch_called_with(session, subject)
    free = [(batch, *shape[1:]) for shape in shapes]
    made = [new_input(walk, f"input_{index}", shape, "float32", sizes, None) for index, shape in enumerate(free)]
    placed += [endpoint for _, endpoint in made]
    args = tuple(tensor for tensor, _ in made)
    session.pending = CallSite(subject.source)
    args, keywords = _in_mode(subject, args, {}, bool(session.training))
    outputs = subject.layer(*args, **keywords)
    return tuple(placed), _flat_endpoints(session, outputs)


def _batch_called_with(session: Session, subject: Subject) -> int | None:
    """The batch of all the KerasTensors that a model was called on; None where it was open, or there were none."""
    library = subject.library
    batches = {
        size
        for site in session.watched.sites.values()
        if site.library is library and library.called_layer(site.keep) is subject.layer
        for tensor in library.node_inputs(site.keep)
        for size in tuple(tensor.shape)[:1]
    }
    return batches.pop() if len(batches) == 1 else None


def _endpoints(session: Session, symbolic: list[Live]) -> tuple[Endpoint, ...]:
    found = [session.endpoint(session.values[id(tensor)]) for tensor in symbolic]
    return tuple(endpoint for endpoint in found if endpoint is not None)


def _flat_endpoints(session: Session, outputs: Any) -> tuple[Endpoint, ...]:
    found = [session.endpoint(leaf) for leaf in leaves(outputs)]
    return tuple(endpoint for endpoint in found if endpoint is not None)
