"""What Keras knows of a layer or model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from kerascheck.diagnostic import Span
from kerascheck.graph import Source, Weight
from kerascheck.interpreter.classes import MODEL, SEQUENTIAL
from kerascheck.interpreter.values import (
    Arguments,
    DictValue,
    Instance,
    LayerSnapshot,
    ListValue,
    TensorValue,
    Value,
)
from kerascheck.program import ShapeArgument
from kerascheck.semantics.api import Structure
from kerascheck.shapes import TensorSpec

LayerKind = Literal["builtin", "user", "sequential", "functional"]
UNKNOWN_SPEC = TensorSpec()
STEP = "\0step"
"""The attribute of a model that holds what its training step was made with."""


@dataclass(slots=True)
class LayerState:
    """What Keras knows of a layer or model.

    Attributes:
        op: canonical name of its class; a user's class by its name.
        base: the canonical Keras class it is or extends.
        generation: 2 for tf_keras, 3 for Keras 3.
        name: its name.
        identity: unique to the object.
        kind: builtin, user (a class with code of its own), sequential or functional.
        config: the constructor's arguments by parameter name.
        source: where it was made.
        weights: those it made itself, once built; ``built_for`` the inputs it was built for.
        own: what ``add_weight`` gave.
        always_training: whether the code of a model calls it with ``training=True``, whatever the model is told.
        told_training: whether a call of it says what ``training`` is.
        escaped: whether code that was not followed, or an object, may hold it and build or call it.
        weights_read: whether the code reads one of its lists of weights, and may train them by hand.
        positional: the parameters of its constructor that were given an integer by position.
        rejected: whether it was given an argument that no Keras takes, which may have meant another shape.
        called: where it was called first.
        handed: whether code that was not followed got it, or its ``build`` was called.
        weight_reads: how often a list of its weights was read, other than for its length.
        sublayers: the layers called while it was called.
        measured: whether it was to be trained or evaluated on data.
        inferred: whether the input of a Sequential is that of its first call or data, and not the user's.
        layers: a Sequential's layers; ``inputs`` and ``outputs`` a model's ends.
        given: the arguments that a layer of the user's own was made with.
        told_build: whether its ``build`` was called by the code.
        handed_on: whether it was given, as an argument or by a method, to code that was not followed; being held by an
            object does not count.
        shape_argument: an input shape it was given that is a number.
        loss: what it was compiled with last; unknown where branches differ in it.
        optimizer: the same; not kept apart by branch.
        added_loss: where its ``call`` calls ``add_loss``.
        built_outside: where it was made, if its weights were made while no distribution strategy was open.
        scope: where the scope of the strategy was opened that it was made in.
        added: those of ``weights``, the very objects, that the user's class makes.
    """

    op: str
    base: str
    generation: int
    name: str
    identity: str
    kind: LayerKind
    config: dict[str, Value] = field(default_factory=dict)
    source: Source | None = None
    weights: tuple[Weight, ...] = ()
    built: bool = False
    built_for: Structure = None
    own: list[TensorValue] = field(default_factory=list)
    calls: int = 0
    active: int = 0
    inputs: Value = None
    outputs: Value = None
    last_inputs: Value = None
    last_outputs: Value = None
    layers: ListValue | None = None
    trainable: bool = True
    fitted: bool = False
    measured: bool = False
    always_training: bool = False
    told_training: bool = False
    rejected: bool = False
    escaped: bool = False
    weights_read: bool = False
    positional: tuple[str, ...] = ()
    in_model: bool = False
    handed: bool = False
    weight_reads: int = 0
    called: Span | None = None
    inferred: bool = False
    sublayers: list[Instance] = field(default_factory=list)
    expected: Value = None
    expected_dims: tuple[Any, ...] | None = None
    given: Arguments | None = None
    told_build: bool = False
    handed_on: bool = False
    loss: Value = None
    optimizer: Value = None
    compiled: bool = False
    shape_argument: ShapeArgument | None = None
    added_loss: Span | None = None
    built_outside: Source | None = None
    scope: Span | None = None
    added: tuple[Weight, ...] = ()

    @property
    def inherited(self) -> tuple[Weight, ...]:
        """The weights that Keras's own class makes, without those that the user's class adds to them."""
        added = {id(weight) for weight in self.added}
        return tuple(weight for weight in self.weights if id(weight) not in added)

    @property
    def is_model(self) -> bool:
        """Whether it is a Model of any kind."""
        return self.base in (MODEL, SEQUENTIAL)

    def snapshot(self) -> LayerSnapshot:
        """What a branch may change."""
        return LayerSnapshot(self.built, self.built_for, self.weights, tuple(self.own), self.inputs, self.outputs)

    def restore(self, state: LayerSnapshot) -> None:
        """Take back what a branch changed."""
        self.built, self.built_for, self.weights = state.built, state.built_for, state.weights
        self.own, self.inputs, self.outputs = list(state.own), state.inputs, state.outputs


def note_escape(value: Value) -> None:
    """A value was handed to code that was not followed, or to an object: either may build or call a layer in it."""
    match value:
        case Instance() if value.layer is not None:
            value.layer.escaped = True
        case ListValue(items=list() as items):
            for item in items:
                if isinstance(item, Instance) and item.layer is not None:
                    item.layer.escaped = True
        case DictValue(items=dict() as entries):
            for item in entries.values():
                if isinstance(item, Instance) and item.layer is not None:
                    item.layer.escaped = True
