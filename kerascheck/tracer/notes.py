"""What is noted for the rules while the user's code runs: facts that need no second look at what was built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kerascheck.program import (
    ArgumentUse,
    CreatedInCall,
    Downcast,
    DroppedLosses,
    DroppedWeight,
    FedProblem,
    HostDraw,
    IndicesGiven,
    LateState,
    MissingInit,
    OptimizerWrite,
    OutsideStrategy,
    PositionalNumbers,
    Program,
    PythonState,
    RebindingUse,
    ReboundFeed,
    ReservedAttribute,
    Retrace,
    ScopeIgnored,
    ShapeArgument,
    TensorMember,
    TensorWeight,
    ThawedFit,
    UnbuiltRead,
    UninitializedRun,
    UnrunAssign,
    WeightListEdit,
    WeightsGiven,
)

FIELDS: dict[type, str] = {
    ArgumentUse: "ignored_arguments",
    CreatedInCall: "created_in_call",
    Downcast: "downcasts",
    DroppedLosses: "dropped_losses",
    DroppedWeight: "dropped_weights",
    FedProblem: "fed_problems",
    HostDraw: "host_draws",
    IndicesGiven: "indices_given",
    LateState: "late_state",
    MissingInit: "missing_inits",
    OptimizerWrite: "optimizer_writes",
    OutsideStrategy: "outside_strategies",
    PositionalNumbers: "positional_numbers",
    PythonState: "python_states",
    RebindingUse: "rebound_weights",
    ReboundFeed: "rebound_feeds",
    ReservedAttribute: "reserved_attributes",
    Retrace: "retraces",
    ScopeIgnored: "ignored_scopes",
    ShapeArgument: "shape_arguments",
    TensorMember: "tensor_members",
    TensorWeight: "tensor_weights",
    ThawedFit: "thawed_fits",
    UnbuiltRead: "unbuilt_reads",
    UninitializedRun: "uninitialized_runs",
    UnrunAssign: "unrun_assigns",
    WeightListEdit: "weight_list_edits",
    WeightsGiven: "weights_given",
}
"""The field of a Program that holds the facts of a type."""

MOST_FACTS = 500
"""No more facts than this are kept; a loop makes the same mistake again and again."""


@dataclass(slots=True)
class Notes:
    """The facts, in order, each once.

    ``raised`` are those about what raised an exception: facts only where the code did not expect it, and so ended;
    ``ended`` is what it ended with, with what that came of.
    """

    facts: dict[Any, None] = field(default_factory=dict)
    raised: list[tuple[BaseException, Any]] = field(default_factory=list)
    ended: list[BaseException] = field(default_factory=list)

    def add(self, fact: Any) -> None:
        """Keep a fact."""
        if len(self.facts) < MOST_FACTS:
            self.facts.setdefault(fact)

    def expect(self, error: BaseException, fact: Any) -> None:
        """Keep a fact in case that the exception ends the code."""
        if len(self.raised) < MOST_FACTS:
            self.raised.append((error, fact))

    def crashed(self, error: BaseException) -> None:
        """The exception has ended the code."""
        behind: BaseException | None = error
        while behind is not None and not self.has_ended(behind):
            self.ended.append(behind)
            behind = behind.__cause__ or behind.__context__
        self.add_all(fact for raised, fact in self.raised if self.has_ended(raised))

    def has_ended(self, error: BaseException) -> bool:
        """Whether an exception is what ended the code, or what that came of."""
        return any(each is error for each in self.ended)

    def add_all(self, facts: Iterable[Any]) -> None:
        """Keep several."""
        for fact in facts:
            self.add(fact)

    def fill(self, program: Program) -> None:
        """Give the facts to the program."""
        for fact in self.facts:
            getattr(program, FIELDS[type(fact)]).append(fact)
