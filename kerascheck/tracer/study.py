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
    """

    session: Session
    names: dict[str, None] = field(default_factory=dict)
    ends: dict[int, tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]] = field(default_factory=dict)
    made: dict[int, tuple[str, ...]] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    failures: dict[int, Exception] = field(default_factory=dict)


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
        captured: the variables that ops read, by the identifier of the placeholder that stands for each.
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

    @property
    def session(self) -> Session:
        """The session of the first walk, whose nodes are the program's."""
        return self.first.session
