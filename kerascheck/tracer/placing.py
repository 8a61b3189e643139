"""The stand-ins for a model's inputs: placeholders of the scratch graph at the sizes of a walk."""

from __future__ import annotations

from typing import Any

from kerascheck.graph import Endpoint, Node, Source
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.tracer.library import History, Live
from kerascheck.tracer.measure import Sizes, axis_names, named_size
from kerascheck.tracer.study import Walk


def place(walk: Walk, history: History, sizes: Sizes, placed: list[Endpoint]) -> Live:
    """The tensor for an Input."""
    (reference,) = history.outputs
    site = walk.session.watched.sites.get(history.key)
    shape = None if reference.shape is None else tuple(reference.shape)
    library = next(each for each in walk.session.libraries if each.is_symbolic(reference))
    tensor, endpoint = new_input(
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


def data(walk: Walk, leaf: Any, sizes: Sizes, placed: list[Endpoint], *, fixed: bool) -> Any:
    """What stands in for data that the user's code called a model with; ``fixed`` keeps its first size."""
    tensors = walk.session.tensors
    # A variable that a model is called with is data: an image that is being made, or what `keras.backend.ones` gives.
    if not (tensors.is_array(leaf) or tensors.is_variable(leaf)) or len(leaf.shape) == 0:
        return leaf
    shape = (None, *(None if size is None else int(size) for size in tuple(leaf.shape)[1:]))
    if fixed:
        stand_in = tensors.placeholder(tuple(leaf.shape), tensors.dtype(leaf))
        node = Node(walk.session.recorder.next_identifier(), "input", "keras.Input", f"input_{len(placed)}", (), None)
        walk.session.add_input(node, stand_in)
        walk.session.details[node.identifier].arguments = {"specs": (tensors.spec(stand_in),)}
        placed.append(Endpoint(node.identifier))
        return stand_in
    tensor, endpoint = new_input(walk, f"input_{len(placed)}", shape, tensors.dtype(leaf), sizes, None)
    placed.append(endpoint)
    return tensor


def new_input(
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
