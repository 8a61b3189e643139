"""What a shape function is given and what it returns, and the registry that finds it by Keras's public name.

A shape function is a small function that reads like the layer's or op's documentation. It is pure: it sees
configurations and :class:`~kerascheck.shapes.TensorSpec`, never Python source and never a live tensor, so the static
and the live front end share it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol, TypeAlias

from kerascheck.graph import Weight
from kerascheck.records import immutable
from kerascheck.shapes import TensorSpec

Structure: TypeAlias = "TensorSpec | list[Structure] | tuple[Structure, ...] | dict[str, Structure] | None"
"""Tensors in the nesting the user gave them."""


class Sublayer(Protocol):
    """A layer given to another layer's constructor (``Bidirectional(LSTM(8))``)."""

    @property
    def name(self) -> str:
        """Canonical name of its class."""
        ...

    @property
    def config(self) -> Mapping[str, Any]:
        """Its constructor arguments."""
        ...


@immutable()
class UserFunction:
    """A function of the user's given to an op (``tf.scan(step, …)``).

    Attributes:
        name: what it is called; ``<lambda>`` for a lambda.
        parameters: what it is given by position, without the receiver of a method.
        read: those of them that its body reads.
    """

    name: str
    parameters: tuple[str, ...]
    read: tuple[str, ...]


@immutable()
class LayerCall:
    """One call of a layer.

    Attributes:
        name: canonical name of the class, ``keras.layers.Conv2D``.
        generation: 2 for tf_keras, 3 for Keras 3.
        config: every constructor parameter by name with the class's defaults applied. A value is a Python constant,
            a tuple or list, a :class:`Dim`, UNKNOWN, a :class:`Sublayer`, or some opaque object (a callable).
        inputs: the first argument of the call, in its nesting.
        arguments: the other arguments of the call by parameter name, only those given.
        call_layer: calls a :class:`Sublayer` on inputs, for wrappers.
    """

    name: str
    generation: int
    config: Mapping[str, Any]
    inputs: Structure
    arguments: Mapping[str, Any] = field(default_factory=dict)
    call_layer: Callable[[Any, Structure], LayerResult] | None = None


@immutable()
class LayerResult:
    """What a layer call gives.

    Attributes:
        outputs: the output, in the nesting Keras returns it.
        weights: the weights as built for these inputs, in Keras's order; a size of UNKNOWN where not known.
        updates: how many variables the call updates when training.
    """

    outputs: Structure
    weights: tuple[Weight, ...] = ()
    updates: int = 0


LayerFunction: TypeAlias = Callable[[LayerCall], LayerResult]


class Family(StrEnum):
    """What an op does to its axes: what the batch-axis rules ask of it."""

    ELEMENTWISE = "elementwise"
    REDUCTION = "reduction"
    RESHAPE = "reshape"
    TRANSPOSE = "transpose"
    JOIN = "join"
    SAMPLE_MIXING = "sample-mixing"
    INDEXING = "indexing"
    CONTRACTION = "contraction"
    SEGMENT = "segment"
    SHUFFLE = "shuffle"
    SCAN = "scan"
    STATISTICS = "statistics"
    SQUEEZE = "squeeze"
    CREATION = "creation"
    OTHER = "other"


@immutable()
class OpCall:
    """One call of a function.

    ``arguments`` holds every parameter by the function's own parameter names with its defaults applied: a TensorSpec
    for a tensor or array, plain Python numbers and strings, lists and tuples of these, a Dim for a size that is only
    known symbolically, None, UNKNOWN, or an opaque object.
    """

    name: str
    generation: int
    arguments: Mapping[str, Any]


OpFunction: TypeAlias = Callable[[OpCall], Structure]


@immutable()
class OpInfo:
    """A function's shape rule, and what the batch-axis rules need to know of it.

    Attributes:
        function: the shape rule.
        family: what it does to its axes.
        operand: the parameter that holds the tensor (or list of tensors) that ``axis`` indexes.
        axis: the parameter that names the axis or axes, or None.
    """

    function: OpFunction
    family: Family
    operand: str = "x"
    axis: str | None = None


_LAYERS: dict[str, LayerFunction] = {}
_OPS: dict[str, OpInfo] = {}


def layer(*names: str) -> Callable[[LayerFunction], LayerFunction]:
    """Register the shape function of the layers ``names`` (``"Conv2D"`` is ``keras.layers.Conv2D``)."""

    def register(function: LayerFunction) -> LayerFunction:
        for name in names:
            _LAYERS[f"keras.layers.{name}"] = function
        return function

    return register


def op(
    *names: str, family: Family = Family.OTHER, operand: str = "x", axis: str | None = None
) -> Callable[[OpFunction], OpFunction]:
    """Register the shape function of the functions ``names``, which are canonical (``tf.math.reduce_sum``)."""

    def register(function: OpFunction) -> OpFunction:
        for name in names:
            _OPS[name] = OpInfo(function, family, operand, axis)
        return function

    return register


LAYER_MODULES = (
    "core", "convolution", "pooling", "reshaping", "regularization", "normalization", "merging", "activation",
    "recurrent", "wrappers", "attention", "preprocessing", "conv_lstm", "audio", "locally_connected",
)  # fmt: skip
"""The modules of ``semantics.layers`` that register shape functions, the most used first."""

OP_MODULES = (
    "elementwise", "reductions", "reshaping", "linear_algebra", "joining", "shape_ops", "neural", "creation",
    "along_axis", "control", "einsum", "image", "indexing", "repeating", "segments", "splitting", "windows",
    "keras_image", "signal", "strings", "decompositions", "adaptive", "tf1_training", "files",
)  # fmt: skip
"""The modules of ``semantics.ops`` that register shape rules, the most used first; see also OP_HOMES."""


OP_NAMESPACES = ("tf.", "keras.ops.", "keras.backend.", "keras.activations.", "keras.random.", "keras.layers.")
"""Where functions with a shape rule are."""

OP_HOMES = {
    "keras.losses.": "losses",
    "keras.metrics.": "losses",
    "keras.preprocessing.": "preparing",
    "keras.utils.": "preparing",
}
"""Namespaces whose functions with a shape rule are all in one module of ``semantics.ops``."""


@lru_cache(maxsize=4096)
def find_layer(name: str) -> LayerFunction | None:
    """The shape function of a layer class by canonical name, or None where there is none yet.

    Modules are imported in turn until the name is found, so that a model of common layers pays for no others.
    """
    for module in LAYER_MODULES:
        if name in _LAYERS:
            break
        import_module(f"kerascheck.semantics.layers.{module}")
    return _LAYERS.get(name)


@lru_cache(maxsize=4096)
def find_op(name: str) -> OpInfo | None:
    """The shape rule of a function by canonical name, or None where there is none yet."""
    for prefix, home in OP_HOMES.items():
        if name.startswith(prefix):
            import_module(f"kerascheck.semantics.ops.{home}")
            return _OPS.get(name)
    if not name.startswith(OP_NAMESPACES):
        return None
    if name.startswith("keras.layers."):
        # `keras.layers.add` is registered beside the layer it is short for.
        import_module("kerascheck.semantics.layers.merging")
    for module in OP_MODULES:
        if name in _OPS:
            break
        import_module(f"kerascheck.semantics.ops.{module}")
    return _OPS.get(name)


def known_layers() -> tuple[str, ...]:
    """The canonical names of every layer with a shape function."""
    find_layer("")
    return tuple(sorted(_LAYERS))


def known_ops() -> tuple[str, ...]:
    """The canonical names of every function with a shape rule."""
    find_layer("")
    find_op("tf.")
    for prefix in OP_HOMES:
        find_op(prefix)
    return tuple(sorted(_OPS))
