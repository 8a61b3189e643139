"""What is known of a tensor without its data."""

from __future__ import annotations

from typing import TypeAlias

from kerascheck.records import immutable
from kerascheck.shapes.dim import Dim
from kerascheck.shapes.shape import UNKNOWN_SHAPE, Shape

Content: TypeAlias = "Dim | float | str | bool | tuple[Content, ...]"
"""The value of a small tensor where it is known: what ``tf.shape(x)`` or ``tf.constant([1, 2])`` holds."""


@immutable()
class TensorSpec:
    """A tensor's shape and dtype, and its value where that is a size or a small constant.

    Attributes:
        shape: the symbolic shape.
        dtype: Keras's name of the dtype ("float32"), or None.
        content: the value of a shape-like tensor: a Dim for a scalar, nested tuples else; None where not known.
        keras_tensor: whether it is a symbolic KerasTensor of a functional model under construction, on which a
            TensorFlow function cannot be called in Keras 3.
    """

    shape: Shape = UNKNOWN_SHAPE
    dtype: str | None = None
    content: Content | None = None
    keras_tensor: bool = False

    def with_shape(self, shape: Shape) -> TensorSpec:
        """The same tensor with another shape; its content is dropped."""
        return TensorSpec(shape, self.dtype, None, self.keras_tensor)

    def marked(self, keras_tensor: bool) -> TensorSpec:
        """The same tensor as a KerasTensor, or as none."""
        if self.keras_tensor == keras_tensor:
            return self
        return TensorSpec(self.shape, self.dtype, self.content, keras_tensor)
