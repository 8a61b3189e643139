"""What the tracer asks of TensorFlow's tensors and of the scratch graph. Only the child imports this module's wares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerascheck.shapes import UNKNOWN, Shape, TensorSpec


@dataclass(slots=True)
class Tensors:
    """The scratch graph and the tensors in it."""

    tensorflow: Any
    graph: Any

    @classmethod
    def scratch(cls, tensorflow: Any) -> Tensors:
        """A new graph in which nothing is ever executed."""
        return cls(tensorflow, tensorflow.__internal__.FuncGraph("kerascheck"))

    def count(self) -> int:
        """How many ops the graph has so far."""
        graph = self.tensorflow.compat.v1.get_default_graph() if self.graph is None else self.graph
        return int(graph.version)

    def is_tensor(self, value: Any) -> bool:
        """Whether ``value`` is a tensor, sparse and ragged ones included, in the graph or not."""
        tf = self.tensorflow
        return isinstance(value, (tf.Tensor, tf.SparseTensor, tf.RaggedTensor))

    def is_symbolic(self, value: Any) -> bool:
        """Whether ``value`` is a tensor of some graph."""
        return self.is_tensor(value) and bool(self.tensorflow.is_symbolic_tensor(_component(value)))

    def is_array(self, value: Any) -> bool:
        """Whether ``value`` is data: an array, a tensor of no graph or of the user's own, or what a dataset gives."""
        if type(value).__module__ == "numpy":
            return type(value).__name__ == "ndarray" and value.dtype.kind in "biufc"
        if isinstance(value, self.tensorflow.TensorSpec):
            return value.shape.rank is not None
        if not self.is_tensor(value):
            return False
        return value.shape.rank is not None and (not self.is_symbolic(value) or value.graph is not self.graph)

    def is_variable(self, value: Any) -> bool:
        """Whether ``value`` is a TensorFlow variable."""
        return isinstance(value, self.tensorflow.Variable)

    def dtype(self, value: Any) -> str:
        """The name of the dtype, as Keras writes it."""
        return str(self.tensorflow.dtypes.as_dtype(value.dtype).name).removesuffix("_ref")

    def spec(self, value: Any) -> TensorSpec:
        """Shape and dtype of a tensor."""
        return TensorSpec(self.shape(value), self.dtype(value))

    def shape(self, value: Any) -> Shape:
        """The sizes of a tensor or variable; those that are free are unknown."""
        shape = value.shape
        if isinstance(shape, self.tensorflow.TensorShape):
            # In TF1's own behaviour its items are objects of their own, and no numbers.
            shape = None if shape.rank is None else shape.as_list()
        return Shape(None if shape is None else tuple(UNKNOWN if size is None else int(size) for size in shape))

    def placeholder(self, shape: tuple[int | None, ...] | None, dtype: str, sparse: bool = False) -> Any:
        """A new input of the graph."""
        make = self.tensorflow.compat.v1
        return make.sparse_placeholder(dtype, shape) if sparse else make.placeholder(dtype, shape)

    def copy(self, value: Any) -> Any:
        """The same tensor as another object, with its mask."""
        mask = getattr(value, "_keras_mask", None)
        made = self.tensorflow.identity(value)
        if mask is not None:
            made._keras_mask = mask
        return made

    def producer(self, value: Any) -> Any:
        """The graph op that made ``value``; None for data."""
        if not self.is_symbolic(value):
            return None
        return _component(value).op

    def captured_variable(self, value: Any) -> Any:
        """The variable whose handle ``value`` is."""
        if value.dtype != self.tensorflow.resource:
            return None
        graph = value.graph
        handles = {id(variable.handle): variable for variable in getattr(graph, "_watched_variables", ())}
        for external, internal in getattr(graph, "captures", ()):
            if internal is value:
                return handles.get(id(external))
        return handles.get(id(value))


def _component(value: Any) -> Any:
    """The tensor that holds the values of a sparse or ragged tensor; else ``value`` itself."""
    match type(value).__name__:
        case "RaggedTensor":
            return value.flat_values
        case "SparseTensor":
            return value.values
    return value
