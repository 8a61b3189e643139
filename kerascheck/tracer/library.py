"""What the tracer asks of a Keras, whichever generation it is; keras3.py and keras2.py answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kerascheck.graph import Source, Weight

Live = Any
"""An object of the running program: a layer, a tensor, a variable."""


@dataclass(frozen=True, slots=True)
class Construction:
    """Where a layer or model was made, and with which arguments."""

    layer: Live
    source: Source | None
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """One call on KerasTensors, as Keras's own history keeps it.

    Attributes:
        key: identifies the call.
        operation: the layer or op that was called.
        inputs, outputs: the KerasTensors on either side, flat.
        is_input: whether it is an Input rather than a call.
        fill: the call's arguments with every KerasTensor replaced by what a table holds for its id.
    """

    key: int
    operation: Live
    inputs: tuple[Live, ...]
    outputs: tuple[Live, ...]
    is_input: bool
    fill: Callable[[dict[int, Live]], tuple[tuple[Any, ...], dict[str, Any]]]


@dataclass(slots=True)
class PublicCall:
    """A public function that is being called, by its canonical name, with its arguments.

    ``nodes`` counts the calls it adds to Keras's history; with several, none of them is the function itself.
    """

    name: str
    arguments: Mapping[str, Any]
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class CallSite:
    """Where a call on KerasTensors was written, and the public function that made it.

    ``keep`` is the call's entry in the history of ``library``; ``hidden`` says that a Sequential made it for itself.
    """

    source: Source | None
    public: PublicCall | None = None
    keep: Live = None
    library: Library | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RootCall:
    """A call outside any other: of a subclassed model or a layer on data, or one that failed.

    Attributes:
        operation: the layer, model, op or function.
        name: the canonical name, for a function.
        arguments, keywords: what it was called with.
        site: where.
        error: what it raised.
        compiled: whether it is a function that XLA compiles.
    """

    operation: Live
    name: str | None
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    site: CallSite
    error: BaseException | None = None
    compiled: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed from variables alone, before any layer was called: ``ops.exp(kernel)``."""

    value: Live
    name: str
    arguments: Mapping[str, Any]
    source: Source | None


class Library(Protocol):
    """One generation of Keras."""

    generation: int

    def is_layer(self, value: Live) -> bool:
        """Whether ``value`` is a layer or model of this Keras."""
        ...

    def is_model(self, value: Live) -> bool:
        """Whether ``value`` is a model of this Keras."""
        ...

    def is_symbolic(self, value: Live) -> bool:
        """Whether ``value`` is a KerasTensor of this Keras."""
        ...

    def is_variable(self, value: Live) -> bool:
        """Whether ``value`` is one of this Keras's own variables."""
        ...

    def canonical(self, value: Live) -> str | None:
        """The public name of one of Keras's own classes or functions."""
        ...

    def history(self, tensor: Live) -> History | None:
        """The call that made a KerasTensor."""
        ...

    def ends(self, model: Live) -> tuple[list[Live], list[Live]] | None:
        """The symbolic inputs and outputs of a functional or sequential model; None for any other."""
        ...

    def is_sequential(self, model: Live) -> bool:
        """Whether ``model`` is a Sequential."""
        ...

    def inner_layers(self, layer: Live) -> list[Live]:
        """The layer itself and every layer within it."""
        ...

    def is_lambda(self, layer: Live) -> bool:
        """Whether ``layer`` is a Lambda."""
        ...

    def op_name(self, operation: Live) -> str:
        """The public name of an op that is no layer."""
        ...

    def is_op(self, layer: Live) -> bool:
        """Whether ``layer`` stands for one call of a function."""
        ...

    def node_inputs(self, node: Live) -> list[Live]:
        """The KerasTensors that an entry of Keras's history takes, in the order of its arguments."""
        ...

    def node_outputs(self, node: Live) -> list[Live]:
        """The KerasTensors that an entry of Keras's history gives."""
        ...

    def call_arguments(self, operation: Live, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of an op's call by name."""
        ...

    def op_arguments(self, operation: Live) -> Mapping[str, Any]:
        """What an op that is no layer was configured with."""
        ...

    def weights(self, layer: Live) -> list[Live]:
        """All weights of a layer, its sublayers' included."""
        ...

    def own_weights(self, layer: Live) -> list[Live]:
        """The weights of a layer, without its sublayers'."""
        ...

    def input_spec_of(self, model: Live) -> tuple[tuple[int | None, ...], ...] | None:
        """The input shapes that a model was built for, where it keeps them."""
        ...

    def install(self) -> None:
        """Watch the library from now on."""
        ...

    def public_functions(self) -> Iterable[tuple[Any, str, Live, str]]:
        """Every public function: the module, the attribute, the function and its canonical name."""
        ...

    def storage(self, variable: Live) -> Live:
        """The TensorFlow variable behind one of Keras's own."""
        ...

    def describe(self, weight: Live) -> Weight:
        """A weight without its values."""
        ...

    def update_operations(self, layer: Live) -> list[Live]:
        """The graph ops that update a layer's state when training, in TF1 graph code."""
        ...

    def operator_classes(self) -> list[Any]:
        """The classes of this Keras's own variables that define the arithmetic operators."""
        ...


@dataclass(slots=True, eq=False)
class Tape:
    """A GradientTape and whether the gradients it gave were applied to variables."""

    tape: Live
    applied: bool = False


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A model called on data, with the tapes that were recording."""

    library: Library
    model: Live
    training: bool | str | None
    tapes: tuple[Tape, ...]
    source: Source


@dataclass(slots=True)
class Watched:
    """What was seen while the user's code ran.

    Every object is kept alive, so that an id never stands for two of them.

    Attributes:
        constructions: where each layer and model was made, by its id.
        sites: where each call on KerasTensors was written, by the call's key.
        roots: the calls to make again.
        called: the layers whose call on data is among them.
        variables: where each variable was made.
        derived: what was computed from variables alone, by its id.
        hidden: the models that a Sequential makes for itself.
        calls: the models called on data.
        tapes: the GradientTapes that are recording.
        applied: the tape that gave gradients last.
        fitted: the models that are trained by ``fit``.
        trained: the variables whose gradients the code asked for itself.
        public: the public function that is being called on KerasTensors.
        depth: how many calls of layers or functions the code is in.
        sequential: above zero while a Sequential makes its functional model.
    """

    constructions: dict[int, Construction] = field(default_factory=dict)
    sites: dict[int, CallSite] = field(default_factory=dict)
    roots: list[RootCall] = field(default_factory=list)
    called: set[int] = field(default_factory=set)
    variables: dict[int, tuple[Live, Source | None]] = field(default_factory=dict)
    derived: dict[int, Derived] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    calls: list[LiveCall] = field(default_factory=list)
    tapes: list[Tape] = field(default_factory=list)
    applied: Tape | None = None
    fitted: set[int] = field(default_factory=set)
    trained: set[int] = field(default_factory=set)
    public: PublicCall | None = None
    depth: int = 0
    sequential: int = 0
