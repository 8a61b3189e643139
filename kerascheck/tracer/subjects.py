"""What becomes a model of the program: the live models, the layers called on data, and the calls that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kerascheck.graph import ModelKind, Source
from kerascheck.tracer.library import Library, Live, RootCall
from kerascheck.tracer.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that becomes a model of the program: a live model or layer, or a call that failed."""

    library: Library
    layer: Live
    kind: ModelKind
    source: Source | None
    root: RootCall | None = None


def subjects(runtime: Runtime) -> Iterator[Subject]:
    """The models in order of construction, then the layers called on data and the calls that failed."""
    roots = _roots_by_layer(runtime)
    told: set[int] = set()
    for made in list(runtime.watched.constructions.values()):
        for library in runtime.libraries:
            if not library.is_model(made.layer) or id(made.layer) in runtime.watched.hidden or made.source is None:
                continue
            if not library.is_made(made.layer):
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
        if root.error is not None or root.compiled or root.title:
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


def is_graph_code(subject: Subject) -> bool:
    """Whether a model was made of the tensors of a TF1 graph, which a scratch graph cannot call."""
    ends = subject.library.ends(subject.layer)
    return ends is not None and not subject.library.is_symbolic(ends[0][0])


def name_of(subject: Subject) -> str:
    """What the model is called: the layer's name, or the function's."""
    if subject.library.is_layer(subject.layer):
        return str(subject.layer.name)
    if subject.root is not None and subject.root.title:
        return subject.root.title
    compiled = subject.root is not None and subject.root.compiled
    return str(subject.layer.__name__) if compiled else "fragment"
