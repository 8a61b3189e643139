"""Made-up samples for a live model: what its inputs' shapes and dtypes ask for, ids within the tables they index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerascheck.graph import Endpoint, ModelGraph, Operation
from kerascheck.shapes import TensorSpec
from kerascheck.tracer.library import Live
from kerascheck.tracer.measure import Sizes
from kerascheck.tracer.study import Study

LARGEST_ID = 1000
"""Ids are drawn below this even where a table has more rows."""

MAXIMUM_ELEMENTS = 64 * 1024 * 1024
"""No input is made larger than this."""

WORDS = ("one", "two", "three", "four", "five")

TABLE_LOOKUPS = ("ResourceGather", "GatherV2")
HANDED_ON = ("Identity", "ReadVariableOp", "Cast", "StopGradient")


class TooLargeError(Exception):
    """An input is too large to be made up."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes samples and changes single ones, the same each time.

    Attributes:
        tensorflow: the module.
        sizes: the value of every named size but the batch's.
        samples: the size of the batch.
        ids: what integers are drawn below.
    """

    tensorflow: Any
    sizes: Sizes
    samples: int
    ids: int

    def make(self, spec: TensorSpec, like: Live, seed: int) -> Live:
        """A batch for an input; ``like`` is its KerasTensor, which may be ragged or sparse.

        Raises:
            TooLargeError: it would have more than MAXIMUM_ELEMENTS.
        """
        import numpy

        shape = [self.samples, *(self._size(dim) for dim in (spec.shape.dims or ())[1:])]
        if numpy.prod(shape, dtype="int64") > MAXIMUM_ELEMENTS:
            raise TooLargeError(f"an input of shape {tuple(shape)}")
        values = self._values(numpy.random.default_rng(seed), shape, spec.dtype or "float32")
        match type(getattr(like, "type_spec", None)).__name__, bool(getattr(like, "sparse", False)):
            case "RaggedTensorSpec", _:
                lengths = [1 + (row + seed) % values.shape[1] for row in range(self.samples)]
                return self.tensorflow.RaggedTensor.from_tensor(self.tensorflow.constant(values), lengths)
            case ("SparseTensorSpec", _) | (_, True):
                return self.tensorflow.sparse.from_dense(self.tensorflow.constant(values))
        return self.tensorflow.constant(values)

    def _size(self, dim: Any) -> int:
        return self.sizes.value(dim) or 1

    def _values(self, generator: Any, shape: list[int], dtype: str) -> Any:
        import numpy

        if dtype == "string":
            return numpy.array(WORDS, dtype=object)[generator.integers(0, len(WORDS), shape)]
        if dtype == "bool":
            return generator.integers(0, 2, shape).astype(bool)
        if "int" in dtype:
            return generator.integers(0, self.ids, shape).astype(dtype)
        kind = "float32" if dtype == "bfloat16" else dtype
        return generator.normal(size=shape).astype(kind)

    def change(self, value: Live, sample: int, by: float) -> Live:
        """``value`` with one sample changed: floats by ``by``, ids and words to the next, truths to their opposite."""
        tf = self.tensorflow
        if isinstance(value, tf.RaggedTensor):
            rows = value.value_rowids().numpy() == sample
            return value.with_values(tf.constant(self._changed(value.values.numpy(), rows, by)))
        if isinstance(value, tf.SparseTensor):
            rows = value.indices.numpy()[:, 0] == sample
            return tf.SparseTensor(value.indices, self._changed(value.values.numpy(), rows, by), value.dense_shape)
        return tf.constant(self._changed(value.numpy(), sample, by))

    def _changed(self, values: Any, rows: Any, by: float) -> Any:
        changed = values.copy()
        part = changed[rows]
        match values.dtype.kind:
            case "f" | "c":
                changed[rows] = part + by
            case "b":
                changed[rows] = ~part
            case "O" | "S":
                changed[rows] = WORDS[0].encode() if by < 0 else WORDS[1].encode()
            case _:
                changed[rows] = (part + 1) % self.ids
        return changed


def id_limit(study: Study, model: ModelGraph) -> int:
    """What ids have to stay below to be in every table that the model looks rows up in."""
    operations = {made.identifier: made for opened in model.operations.values() for made in opened}
    rows = [LARGEST_ID]
    for operation in operations.values():
        if operation.type in TABLE_LOOKUPS and operation.inputs:
            variable = _variable(study, operations, operation.inputs[0])
            if variable is not None and variable.shape.rank:
                rows.append(int(variable.shape[0] or 1))
        elif operation.type == "OneHot" and isinstance(depth := operation.constants.get(1), int):
            rows.append(depth)
    # An input that only chooses, as a mask does, is a 0 or a 1.
    return max(1, min(rows)) if len(rows) > 1 else 2


def _variable(study: Study, operations: Mapping[str, Operation], end: Endpoint) -> Live | None:
    """The variable that an op's input was read from."""
    for step in _back(operations, end):
        if step in study.captured:
            return study.captured[step]
    return None


def _back(operations: Mapping[str, Operation], end: Endpoint) -> Iterator[str]:
    """The op behind ``end``, and those behind it as long as they only hand their input on."""
    seen: set[str] = set()
    name = end.node
    while name not in seen:
        seen.add(name)
        yield name
        operation = operations.get(name)
        if operation is None or operation.type not in HANDED_ON or not operation.inputs:
            return
        name = operation.inputs[0].node
