"""The interpreter's state, and the three things it does: evaluate, execute, call.

The handlers live in their own modules and are found by the type of the syntax node; this module knows none of them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from kerascheck.diagnostic import Span
from kerascheck.graph import TRAINING_GUARD, Source
from kerascheck.interpreter.heap import Delta, Heap
from kerascheck.interpreter.values import (
    Arguments,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Scope,
    UnknownValue,
    Value,
)
from kerascheck.program import NotUnderstood, Program, RebindingUse
from kerascheck.records import immutable

if TYPE_CHECKING:
    from kerascheck.interpreter.loader import Loader, Module

MAXIMUM_STEPS = 500_000
"""Work for the file itself, and again for all that nobody in it calls."""
MAXIMUM_STEPS_ALONE = 40_000
"""Work for any one function, class or method that nobody calls."""
MAXIMUM_DEPTH = 60
MAXIMUM_NODES = 40_000
MAXIMUM_ITERATIONS = 256
MAXIMUM_LONG_LOOPS = 100_000
"""Work for all loops of more rounds than that together."""
MAXIMUM_UNKNOWN = 2_000


_UNGUARDED: AbstractContextManager[None] = nullcontext()
TRAINING_FLAG = frozenset({TRAINING_GUARD})
"""The name of the flag that Keras gives, in every function."""

NOWHERE = ast.Constant(None)
"""Stands for the expression where a call is the analysis's own."""


class BudgetExceeded(Exception):
    """The analysis has done as much work as it may; what follows stays unknown."""


class UserRaise(Exception):
    """The interpreted program certainly raises.

    ``kind`` is the exception's class name where known, ``bases`` those that a class of the user's extends.
    """

    def __init__(self, kind: str | None, value: Value = None, bases: frozenset[str] = frozenset()) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value
        self.bases = bases

    def again(self) -> UserRaise:
        """The same, for a frame that holds this one: an exception and a frame that hold each other are garbage late."""
        return UserRaise(self.kind, self.value, self.bases)


@immutable()
class Completion:
    """How a block ended, if not at its end; ``guards`` are the undecided conditions under which it did."""

    kind: Literal["return", "break", "continue"]
    value: Value = None
    guards: tuple[str, ...] = ()


@dataclass(slots=True)
class Frame:
    """One running function, class body or module.

    ``pending`` holds the early ends that happen on some paths only, each with what it had written.
    """

    scope: Scope
    module: Module
    function: FunctionValue | None = None
    owner: ClassValue | None = None
    receiver: Value = None
    pending: list[tuple[Completion, Delta]] = field(default_factory=list)
    yields: list[Value] | None = None
    import_guarded: int = 0

    def within(self, scope: Scope) -> Frame:
        """The same with names of its own, as a comprehension has them."""
        return Frame(
            scope, self.module, self.function, self.owner, self.receiver, self.pending, self.yields, self.import_guarded
        )


ExpressionHandler: TypeAlias = Callable[["Interpreter", Any, Frame], Value]
StatementHandler: TypeAlias = Callable[["Interpreter", Any, Frame], Completion | None]
CallHandler: TypeAlias = Callable[["Interpreter", Value, Arguments, ast.AST], Value]
ExternalHandler: TypeAlias = Callable[["Interpreter", External, Arguments, ast.AST], Value]


@dataclass(slots=True, eq=False)
class TapeState:
    """A GradientTape: the model calls it recorded (indices into ``program.model_calls``).

    ``sources`` are the models whose variables it was asked the gradient of, ``losses`` those whose losses were read
    meanwhile; None for one that is not known. ``plain`` where the script itself began to record and
    nothing else was done with the tape, None before it records.
    """

    calls: list[int] = field(default_factory=list)
    sources: list[Instance | None] = field(default_factory=list)
    losses: list[Instance | None] = field(default_factory=list)
    plain: bool | None = None


@immutable()
class Loop:
    """A loop that runs, with where it is."""

    node: ast.For | ast.AsyncFor | ast.While
    span: Span | None


StepName: TypeAlias = Literal["train_step", "test_step", "predict_step"]
PhaseKind: TypeAlias = Literal["init", "build", "call", "lambda", "function"] | StepName
STEPS: frozenset[str] = frozenset(get_args(StepName))
"""The methods of a model's that ``fit``, ``evaluate`` and ``predict`` trace."""


@immutable(eq=False)
class Made:
    """A layer or variable that a layer's method made, ``certain`` where it did so on every path."""

    value: Value
    source: Source
    certain: bool


@dataclass(slots=True)
class Phase:
    """A method of a layer's that Keras runs: constructor, ``build``, ``call``, a step, or a Lambda's function.

    ``function`` is a loss, metric or activation of the user's, which has no ``instance``.

    ``forks`` and ``watches`` are how many branches were open when it began, ``clock`` orders it against what was made
    before, ``counter`` against the nodes; ``made`` is what its own code made, ``assigned`` the attributes of the layer
    that it has assigned, ``rebound`` those that were variables and are tensors, ``grown`` its lists that got longer.
    """

    kind: PhaseKind
    instance: Any
    forks: int
    watches: int
    clock: int
    counter: int
    made: list[Made] = field(default_factory=list)
    assigned: set[str] = field(default_factory=set)
    rebound: dict[str, RebindingUse] = field(default_factory=dict)
    grown: dict[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Context:
    """Where the program stands: what a node recorded now is marked with.

    ``samples`` is how many the data have whose first call builds a layer, where that is known; ``by_default`` whether
    what runs was called by nobody, and has the defaults for its arguments; ``lenient`` how many functions run that
    Keras does not run on symbolic tensors, or that AutoGraph rewrote (``tf.function``); ``strategies`` the scopes of
    distribution strategies that are open; ``apart`` how many parts of expressions are evaluated that may not run;
    ``shown`` how many ``try`` run whose handlers only show the error.
    ``phase`` is the method of a layer's that runs; ``alone`` is set while the analysis calls what nobody does;
    ``variable_scopes`` are those open that ask something of the variables in them; ``flags`` the names that hold the
    flag ``training`` in the running function.
    """

    stack: list[Span] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    guards: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    tapes: list[TapeState] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    control: list[str] = field(default_factory=list)
    replay: list[Source] = field(default_factory=list)
    naming_sizes: bool = False
    train_step_of: Value = None
    lambdas: int = 0
    layer_calls: int = 0
    building: int = 0
    tracing: int = 0
    depth: int = 0
    samples: int | None = None
    strategies: list[Span | None] = field(default_factory=list)
    by_default: bool = False
    lenient: int = 0
    apart: int = 0
    shown: int = 0
    phase: Phase | None = None
    alone: bool = False
    variable_scopes: list[Any] = field(default_factory=list)
    flags: frozenset[str] = TRAINING_FLAG


@dataclass(slots=True)
class Interpreter:
    """One run over one program.

    ``steps`` counts the work done, which ends at ``limit``, of what runs now, and ``ceiling``, of the whole file;
    ``doubts`` are the calls that were not followed, any of which may raise.
    """

    program: Program
    loader: Loader
    expressions: dict[type[ast.expr], ExpressionHandler]
    statements: dict[type[ast.stmt], StatementHandler]
    call_value: CallHandler
    heap: Heap = field(default_factory=Heap)
    context: Context = field(default_factory=Context)
    steps: int = 0
    doubts: int = 0
    left_for_long_loops: int = MAXIMUM_LONG_LOOPS
    limit: int = MAXIMUM_STEPS
    ceiling: int = MAXIMUM_STEPS
    facts: Any = None

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression.

        Raises:
            UserRaise: evaluating it certainly raises.
            BudgetExceeded: too much work was done.
        """
        # As `step` does, here and below: nothing is called more often.
        self.steps = steps = self.steps + 1
        if steps > self.limit or self.program.recorder.counter > MAXIMUM_NODES:
            raise BudgetExceeded
        return self.expressions[type(node)](self, node, frame)

    def execute(self, block: list[ast.stmt], frame: Frame) -> Completion | None:
        """Run a block; None where it ends at its end."""
        for statement in block:
            self.steps += 1
            if self.steps > self.limit or self.program.recorder.counter > MAXIMUM_NODES:
                raise BudgetExceeded
            completion = self.statements[type(statement)](self, statement, frame)
            if completion is not None:
                return completion
        return None

    def call(self, function: Value, arguments: Arguments, node: ast.AST) -> Value:
        """Call ``function``; ``node`` is the expression that does."""
        return self.call_value(self, function, arguments, node)

    def step(self) -> None:
        """Count one step of work."""
        self.steps += 1
        if self.steps > self.limit or self.program.recorder.counter > MAXIMUM_NODES:
            raise BudgetExceeded

    def unknown(self, node: ast.AST, what: str, why: str) -> UnknownValue:
        """Note that something was not understood, and give an unknown value."""
        if self.context.modules and len(self.program.unknown) < MAXIMUM_UNKNOWN:
            span = self.span(node) if self.module.is_user else self.context.stack[-1] if self.context.stack else None
            if span is not None:
                place = "" if self.module.is_user else f", in {self.module.name}"
                self.program.unknown.append(NotUnderstood(span, what, why + place))
        return UnknownValue(f"{what}: {why}")

    @property
    def module(self) -> Module:
        """The module whose code runs."""
        return self.context.modules[-1]

    def span(self, node: ast.AST) -> Span | None:
        """Where ``node`` is; None for code made up by the interpreter."""
        modules = self.context.modules
        if not modules or node is NOWHERE:
            return None
        return modules[-1].source.span(node)

    def guarded(self, guard: str | None) -> AbstractContextManager[None]:
        """While it lasts, nodes are marked as running under ``guard``."""
        return _UNGUARDED if guard is None else self._guarded(guard)

    @contextmanager
    def _guarded(self, guard: str) -> Iterator[None]:
        guards = self.context.guards
        open_before = len(guards)
        guards.append(guard)
        try:
            yield
        finally:
            # What an early return within left to the rest of its block ends with it.
            del guards[open_before:]

    @contextmanager
    def replaying(self, source: Source | None) -> Iterator[None]:
        """While it lasts, nodes are said to be made at ``source``."""
        if source is None:
            yield
            return
        self.context.replay.append(source)
        try:
            yield
        finally:
            self.context.replay.pop()
