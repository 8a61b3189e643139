"""What the tracer asks of a Keras, whichever generation it is; keras3.py and keras2.py answer."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from kerascheck.graph import Source, Weight
from kerascheck.program import OptimizerUse, SavingCall, UnreadyWeights
from kerascheck.tracer.objective_log import ObjectiveLog
from kerascheck.tracer.remembered import Remembered

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
    ``defaulted`` are the parameters it was not given.
    """

    name: str
    arguments: Mapping[str, Any]
    nodes: int = 0
    defaulted: tuple[str, ...] = ()


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
        title: what the model is called that the call becomes, where it is a function of a saved model.
    """

    operation: Live
    name: str | None
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    site: CallSite
    error: BaseException | None = None
    compiled: bool = False
    title: str = ""


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

    def is_made(self, layer: Live) -> bool:
        """Whether the constructor of a layer got to its end in Keras, and did not fail before."""
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

    def output_structure(self, model: Live) -> Any:
        """The symbolic outputs of a functional or sequential model in the nesting it gives them in."""
        ...

    def base_model(self) -> Live:
        """The class of all models of this Keras."""
        ...

    def saved_variables(self, model: Live) -> set[int] | None:
        """The ids of the TensorFlow variables that saving ``model`` keeps; None where its code decides that itself."""
        ...

    def is_registered(self, cls: type) -> bool:
        """Whether loading finds a class of the user's by itself, where the code stands now."""
        ...

    def refuses_code(self) -> bool:
        """Whether loading refuses the Python code in a file, for all that the code has said of that."""
        ...

    def input_structure(self, model: Live) -> Any:
        """The symbolic inputs of a functional or sequential model in the nesting it takes them in."""
        ...

    def variables(self, layer: Live) -> list[Live]:
        """All variables of a layer: its weights, and what saving does not keep, such as the state of random numbers."""
        ...

    def takes_training(self, layer: Live) -> bool:
        """Whether a call of the layer may be given ``training``."""
        ...

    def mode(self, training: bool) -> AbstractContextManager[None]:
        """While it lasts, what is not told otherwise runs in training or at inference."""
        ...

    def in_mode(self, layer: Live, keywords: Mapping[str, Any], training: bool) -> dict[str, Any]:
        """The keywords of a call that a functional model makes when the model itself is called with ``training``."""
        ...

    def is_plain_callback(self, callback: Live) -> bool:
        """Whether a callback is one of Keras's own that runs no function of the user's."""
        ...

    def is_compiled(self, model: Live) -> bool:
        """Whether the model was compiled with an optimizer, so that ``fit`` can train it."""
        ...

    def step_methods(self) -> tuple[list[tuple[Live, str]], list[tuple[Live, str]]]:
        """Where a train step computes its loss, and where it updates what it reports: classes and method names."""
        ...

    def kind_of_state(self, layer: Live, variable: Live) -> str:
        """What a variable is that a layer writes as it runs: see :attr:`kerascheck.program.StateFact.what`."""
        ...

    def is_stateful(self, layer: Live) -> bool:
        """Whether it is a recurrent layer that keeps its state from batch to batch."""
        ...

    def carried_state(self, layer: Live) -> list[Live]:
        """The variables in which a recurrent layer keeps its state from batch to batch."""
        ...

    def literal_flag(self, node: Live) -> bool | None:
        """The ``training`` that the code gave a call on KerasTensors, an entry of Keras's history."""
        ...

    def called_layer(self, node: Live) -> Live:
        """What an entry of Keras's history is a call of."""
        ...

    def holds_call(self, model: Live, node: Live) -> bool:
        """Whether a call on KerasTensors is part of a functional model."""
        ...

    def learning_phase(self) -> bool | None:
        """Whether the code has set training or inference for everything; None where it has not."""
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
    """What is known of a GradientTape, which itself may hold on to all that was computed under it.

    ``applied`` says whether the gradients it gave were applied to variables, ``sources`` are the ids of those variables
    that it gave any for.
    """

    applied: bool = False
    sources: set[int] = field(default_factory=set)


class GradientLog(Protocol):
    """What sees the gradients that a traced training step asks for."""

    def gradient(self, original: Callable[..., Any], tape: Live, arguments: Mapping[str, Any]) -> Any:
        """Give what ``tape.gradient`` gives, and note what it is."""
        ...


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A model called on data, with the tapes that were recording."""

    library: Library
    model: Live
    training: bool | str | None
    tapes: tuple[Tape, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Fit:
    """What ``fit`` was given: ``data`` are the types of ``(x, y, sample_weight)``, None where they are not known.

    ``batch`` is the number of samples in a batch, where the code says it, ``dataset`` what the data come from.
    """

    model: Live
    data: Any
    batch: int | None
    dataset: Live
    source: Source | None


@dataclass(frozen=True, slots=True)
class StepCall:
    """A function of the user's that XLA or a TPU is to run, as it was called: a hand-written train step."""

    function: Live
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    source: Source | None


@dataclass(frozen=True, slots=True)
class ModelRun:
    """A call that trains a model, or runs it at inference.

    Attributes:
        epochs: how often its data are gone through; None where that is not known.
        again: whether the model was trained, or run, on the very same data just before.
        trainable: the layers that were trainable then, by their ids.
        own_code: whether callbacks of the user's own are run meanwhile.
        resets: how often states of recurrent layers had been reset before.
    """

    model: Live
    method: str
    source: Source | None
    epochs: int | None
    again: bool
    trainable: frozenset[int]
    own_code: bool
    resets: int


@dataclass(frozen=True, slots=True)
class SaveUse:
    """A call that saves or loads a model; ``unknown`` are the names of its classes that are not known there."""

    call: SavingCall
    model: Live = None
    unready: UnreadyWeights | None = None
    unknown: frozenset[str] = frozenset()


@dataclass(slots=True)
class Watched:
    """What was seen while the user's code ran.

    Layers, models and what was called are kept alive, so that an id never stands for two of them. Variables, tensors
    and datasets are not: a program may make one at each step.

    Attributes:
        constructions: where each layer and model was made, by its id.
        sites: where each call on KerasTensors was written, by the call's key.
        roots: the calls to make again.
        called: the layers whose call on data is among them.
        variables: where each variable was made; ``handles`` the same variables by their handles.
        derived: what was computed from variables alone, by its id.
        combining: above zero while an operator is applied to a KerasTensor.
        hidden: the models that a Sequential makes for itself.
        calls: the models called on data.
        tapes: the GradientTapes that are recording; ``entered`` all that were, by the tape.
        applied: the tape that gave gradients last.
        fitted: the models that are trained by ``fit``.
        trained: the variables whose gradients the code asked for itself.
        received: what it got for each: ``none``, ``zero`` or ``flows``, the best of all times.
        assigned: the variables that were written, by anything but an optimizer.
        stepping: above zero while an optimizer takes a step.
        step: takes the gradients of a training step that is traced, not run; its optimizers do nothing.
        public: the public function that is being called on KerasTensors.
        fits: what each model was fitted on last, by its id.
        batched: where each dataset was batched.
        steps: the tf.functions in which gradients are taken, by their id.
        stepped: the models called in train steps of the user's own, as ``fit`` runs them.
        functions: whether a tf.function was called.
        gradients: how often gradients were taken.
        tpu: where the code asked for a TPU first.
        runs: the calls that train models or run them, in order.
        data: what each model was run on last, by its id and whether to train it, with a checksum and where.
        compiled: where each model was compiled last, by its id.
        resets: how often the states of recurrent layers were reset.
        objectives: the losses and metrics that models were compiled with, or that were called.
        saves: the calls that save or load.
        optimizers: the optimizers that were made with a number for a learning rate.
        depth: how many calls of layers or functions the code is in.
        sequential: above zero while a Sequential makes its functional model.
    """

    constructions: dict[int, Construction] = field(default_factory=dict)
    sites: dict[int, CallSite] = field(default_factory=dict)
    roots: list[RootCall] = field(default_factory=list)
    called: set[int] = field(default_factory=set)
    variables: Remembered[Source | None] = field(default_factory=Remembered)
    handles: Remembered[weakref.ref[Any]] = field(default_factory=Remembered)
    derived: dict[int, Derived] = field(default_factory=dict)
    combining: int = 0
    hidden: set[int] = field(default_factory=set)
    calls: list[LiveCall] = field(default_factory=list)
    tapes: list[Tape] = field(default_factory=list)
    entered: Remembered[Tape] = field(default_factory=Remembered)
    applied: Tape | None = None
    fitted: set[int] = field(default_factory=set)
    trained: set[int] = field(default_factory=set)
    received: dict[int, str] = field(default_factory=dict)
    assigned: set[int] = field(default_factory=set)
    stepping: int = 0
    step: GradientLog | None = None
    public: PublicCall | None = None
    fits: dict[int, Fit] = field(default_factory=dict)
    batched: Remembered[Source | None] = field(default_factory=Remembered)
    steps: dict[int, StepCall] = field(default_factory=dict)
    stepped: list[LiveCall] = field(default_factory=list)
    functions: bool = False
    gradients: int = 0
    tpu: Source | None = None
    runs: list[ModelRun] = field(default_factory=list)
    data: dict[tuple[int, bool], tuple[Live, int | None, Source | None]] = field(default_factory=dict)
    compiled: dict[int, Source | None] = field(default_factory=dict)
    resets: int = 0
    objectives: ObjectiveLog = field(default_factory=ObjectiveLog)
    saves: list[SaveUse] = field(default_factory=list)
    optimizers: list[OptimizerUse] = field(default_factory=list)
    depth: int = 0
    sequential: int = 0

    def __post_init__(self) -> None:
        self.variables.forgotten = self._forget

    def _forget(self, variable: int) -> None:
        """A variable has gone away, and its id may soon be another one's."""
        self.trained.discard(variable)
        self.assigned.discard(variable)
        self.received.pop(variable, None)

    def made_at(self, *variables: Live) -> Source | None:
        """Where the first of these variables was made of which it is known."""
        found = (self.variables.get(each) for each in variables)
        return next((each for each in found if each is not None), None)

    def plain(self, variable: Live) -> Live:
        """The variable in a wrapper, such as that of mixed precision, which hands on its handle; else the same."""
        try:
            known = self.handles.get(variable.handle)
        except (AttributeError, ValueError):
            # One of TF1's reference type has no handle, and one that is distributed has several.
            return variable
        found = None if known is None else known()
        return variable if found is None else found
