"""What the modules that look at the live models share: the walks over them, and what they were made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from kerascheck.graph import Endpoint, ModelGraph
from kerascheck.program import Program
from kerascheck.tracer.library import Live
from kerascheck.tracer.measure import Pair
from kerascheck.tracer.request import Request
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.session import Session
from kerascheck.tracer.subjects import Subject


@dataclass(slots=True)
class Walk:
    """What one session made of the subjects.

    Attributes:
        ends: the inputs and outputs of each subject that could be called, by its place.
        made: the nodes that the call of each subject made, where it is not told by its ends.
        loose: the nodes of calls that no model holds.
        failures: what was raised where nothing should have been.
        refused: the subjects whose call raised, whether it should have or not.
    """

    session: Session
    names: dict[str, None] = field(default_factory=dict)
    ends: dict[int, tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]] = field(default_factory=dict)
    made: dict[int, tuple[str, ...]] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    failures: dict[int, Exception] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Modes:
    """What differs in training from inference.

    Attributes:
        walk: a walk in training; its nodes are those of the first walk, under the identifiers that ``twins`` gives, and
            those that only training makes.
        twins: the node of the first walk that each of its nodes is.
        subjects: the places of the subjects that could be called in training.
        acting: the layers that do other work in training, by their ids; ``drawing`` those of them that draw random
            numbers.
    """

    walk: Walk
    twins: dict[str, str] = field(default_factory=dict)
    subjects: tuple[int, ...] = ()
    acting: set[int] = field(default_factory=set)
    drawing: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Study:
    """Everything that is known of the user's code once it has run and its models were called twice.

    Attributes:
        request: what was asked for.
        runtime: what was watched while the code ran.
        program: what is handed to the rules; the modules that look closer add to it.
        subjects: what became a model, by its place.
        first, second: the two walks at inference, whose nodes have the same identifiers.
        pair: the sizes of the walks.
        models: the model that each subject became, by the subject's place.
        modes: how the models behave in training, where that was looked at.
        captured: the variables that ops read, by the identifier of the placeholder that stands for each.
        nested: TensorFlow's ops that have a line of their own within a call, by identifier.
        losses: what layers add to the loss.
    """

    request: Request
    runtime: Runtime
    program: Program
    subjects: list[Subject]
    first: Walk
    second: Walk
    pair: Pair
    models: dict[int, ModelGraph] = field(default_factory=dict)
    captured: dict[str, Live] = field(default_factory=dict)
    nested: dict[str, Live] = field(default_factory=dict)
    losses: list[Endpoint] = field(default_factory=list)
    modes: Modes | None = None

    @property
    def session(self) -> Session:
        """The session of the first walk, whose nodes are the program's."""
        return self.first.session
