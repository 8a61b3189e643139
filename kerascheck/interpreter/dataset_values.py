"""Datasets, as values of the interpreter."""

from __future__ import annotations

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.interpreter.values import Value
from kerascheck.records import immutable

INFINITE = -1
"""The length of a dataset that never ends."""


@immutable(eq=False)
class DatasetValue:
    """A ``tf.data.Dataset``, or what else ``fit`` goes through batch by batch. It never changes.

    Attributes:
        element: one element: tensors in a nest of tuples and dicts, unknown where it was not followed. The size of a
            batch is a number, or the open batch where the last one may be smaller.
        length: how many elements there are; :data:`INFINITE`, or None where that is not known.
        source: where it was made.
        batched: where its elements were put together last.
        whole: whether its batches certainly are of one size all the same; None where that is not known.
        native: whether it is TensorFlow's own, and has its methods: an iterator of Keras's is not.
    """

    element: Value
    length: int | None = None
    source: Source | None = None
    batched: Span | None = None
    whole: bool | None = None
    native: bool = True
