"""Everything a rule may read: the models of a program, and what the code did around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node, Recorder


@dataclass(frozen=True, slots=True)
class SymbolUse:
    """A name of keras or tensorflow that the code read, by whatever alias.

    Attributes:
        name: the dotted name in its package's own terms: ``tf.placeholder``, ``keras.backend.learning_phase``.
        package: the top-level package it came from: ``keras``, ``tf_keras``, ``tf.keras`` or ``tf``.
        generation: 2 or 3 for a Keras name.
        called: whether it was called there.
        compat: whether it was reached through ``tf.compat.v1``.
        attribute: the span of the last attribute alone (``placeholder`` in ``tf.placeholder``), for fixes.
    """

    name: str
    package: str
    generation: int
    span: Span
    called: bool
    stack: tuple[Span, ...] = ()
    compat: bool = False
    attribute: Span | None = None


@dataclass(frozen=True, slots=True)
class MemberUse:
    """An attribute read or called on a Keras object: ``layer.set_input``.

    ``owner`` is the canonical Keras class it was read from (``keras.layers.Dense``; for a user's class the nearest
    Keras base, ``keras.layers.Layer`` or ``keras.Model``). ``old_form`` where it still exists and is called in the way
    that only the older package took.
    """

    owner: str
    member: str
    generation: int
    span: Span
    called: bool
    stack: tuple[Span, ...] = ()
    old_form: bool = False


@dataclass(frozen=True, slots=True)
class ArgumentUse:
    """An argument given to a Keras or TensorFlow callable that its signature does not have.

    ``old_form`` where the signature has it and what is given is what only the older package took.
    """

    callee: str
    argument: str
    generation: int
    span: Span
    keyword: Span | None = None
    stack: tuple[Span, ...] = ()
    old_form: bool = False


@dataclass(frozen=True, slots=True)
class WeightListEdit:
    """An edit of the list that a ``trainable_weights``-like property returns, which is a copy.

    ``what`` is the attribute, ``method`` the list method (``extend``) and ``variables`` where those put in were made.
    """

    owner: str
    what: str
    method: str
    generation: int
    span: Span
    variables: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A model or layer called on real data, as a hand-written training loop does.

    Attributes:
        layers: canonical ops of the layers inside that behave otherwise in training, with where each was made.
        training: the value of ``training`` it was called with: True, False, None (not given) or "unknown".
        in_tape: whether a GradientTape was recording.
        trained: whether gradients from that tape are applied to variables.
        fitted: whether the same model is also trained by ``fit`` elsewhere in the program.
    """

    model: str
    layers: tuple[tuple[str, Span], ...]
    training: bool | str | None
    in_tape: bool
    trained: bool
    span: Span
    generation: int
    stack: tuple[Span, ...] = ()
    fitted: bool = False


@dataclass(frozen=True, slots=True)
class TrainOp:
    """A TF1 train op: ``optimizer.minimize(loss)``, and whether its graph's update ops are run with it.

    ``node`` and ``loss`` are node identifiers; ``run`` says whether a session ran the op; ``updates_run`` whether
    the update ops are among its control dependencies, grouped with it, or fetched beside it (None if undecided).
    """

    node: str
    loss: str
    span: Span
    run: bool
    updates_run: bool | None
    run_span: Span | None = None


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something the front end could not follow, counted and shown on request."""

    span: Span
    what: str
    why: str


@dataclass(slots=True)
class Program:
    """What one run of a front end over one target found out.

    Attributes:
        file: the file or target.
        models: every model, custom layer nobody uses, and fragment.
        recorder: all nodes, those in no model included.
        device: the device the code is meant for: cpu, gpu or tpu.
        device_reason: why that device: ``option``, ``configuration``, or the span of the strategy in the code.
        generation: the Keras generation of the file, 2 or 3.
        aliases: the file's top-level names for modules and names of keras and tensorflow: ``{"K": "keras.backend"}``.
    """

    file: str
    generation: int = 3
    device: str = "cpu"
    device_span: Span | None = None
    models: list[ModelGraph] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)
    symbols: list[SymbolUse] = field(default_factory=list)
    members: list[MemberUse] = field(default_factory=list)
    arguments: list[ArgumentUse] = field(default_factory=list)
    weight_list_edits: list[WeightListEdit] = field(default_factory=list)
    model_calls: list[ModelCall] = field(default_factory=list)
    train_ops: list[TrainOp] = field(default_factory=list)
    unknown: list[NotUnderstood] = field(default_factory=list)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def nodes(self) -> Iterator[tuple[ModelGraph, Node]]:
        """Every node of every model, each node once, with the first model that holds it."""
        seen: set[str] = set()
        for model in self.models:
            for node in model.nodes():
                if node.identifier not in seen:
                    seen.add(node.identifier)
                    yield model, node
