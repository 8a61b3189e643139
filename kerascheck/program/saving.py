"""What is saved and loaded."""

from __future__ import annotations

from enum import StrEnum

from kerascheck.diagnostic import Span
from kerascheck.records import immutable


@immutable()
class ConfigParameter:
    """An argument of a constructor: its default as it is written, and whether what an object does depends on it."""

    name: str
    span: Span
    default: str | None
    used: bool


@immutable()
class SavedConfig:
    """What ``get_config`` of a class of the user's keeps of its constructor's arguments.

    Attributes:
        name: the class; ``owner`` the one whose ``get_config`` it has, ``own`` whether that is the class itself.
        span: the line that begins ``get_config``; where that is inherited the one that begins ``__init__``.
        parameters: those of ``__init__`` that it does not give, and that Keras does not keep or leave out by itself.
    """

    name: str
    owner: str
    own: bool
    span: Span
    parameters: tuple[ConfigParameter, ...]


@immutable()
class SavingCall:
    """A call that saves or loads a model or its weights.

    Attributes:
        method: ``save``, ``save_weights``, ``load_weights``, ``save_model``, ``load_model`` or ``ModelCheckpoint``.
        path: where to, where that is known; ``path_span`` where it is written.
        weights_only: whether a ModelCheckpoint saves the weights alone; None where that is not known.
        keywords: the names of the keyword arguments.
        explained: whether it is told what the model's own classes are.
    """

    method: str
    generation: int
    path: str | None
    span: Span
    path_span: Span
    weights_only: bool | None = False
    keywords: tuple[str, ...] = ()
    explained: bool = False
    stack: tuple[Span, ...] = ()


@immutable()
class UnreadyWeights:
    """``load_weights`` of a model that has no weights to load into.

    ``why`` is ``unbuilt``, or ``empty build`` where Keras's own ``build`` was called, which makes none; ``made`` where
    the model was made.
    """

    call: SavingCall
    model: str
    why: str
    made: Span | None = None


@immutable()
class UnbuiltSublayers:
    """A model whose own ``build`` leaves layers to ``call``, so that loading does not restore them.

    ``build`` is the line that begins it; ``layers`` their classes, with where each was made; ``saved`` where the model
    is saved, None where its class is registered to be.
    """

    model: str
    generation: int
    build: Span
    layers: tuple[tuple[str, Span], ...]
    saved: Span | None = None


class SavedObjectKind(StrEnum):
    """What saving or loading refuses of a model's layer."""

    ARGUMENT = "object argument"
    NO_NAME = "no name argument"
    LAMBDA = "lambda"
    UNREGISTERED = "unregistered"


@immutable()
class SavedObject:
    """A layer or a function that a saved model cannot be saved or loaded with.

    Attributes:
        name: its class; of a Lambda the layer's name.
        span: where it was made; its class's ``__init__`` where that lacks an argument, and where the model is loaded
            for a class that is not known there.
        argument: what it was made with, ``a layer``, or the argument that it lacks; of a Lambda, a name that its code
            reads and that loading does not know.
        saved: where the model is saved; None where the class is registered to be.
        made: where it was made, if ``span`` is something else.
        is_function: whether it is an activation, a loss or a metric that is a function.
    """

    kind: SavedObjectKind
    name: str
    generation: int
    span: Span
    argument: str = ""
    saved: Span | None = None
    made: Span | None = None
    is_function: bool = False
