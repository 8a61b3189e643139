"""Putting nodes into the graph while the program runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, Edge, Kind, Node, Source, Weight
from kerascheck.interpreter.core import NOWHERE, Context, Interpreter
from kerascheck.interpreter.symbols import SymbolTable
from kerascheck.interpreter.values import Instance, TensorValue, Value, VariableState
from kerascheck.problems import Problem, ProblemKind
from kerascheck.program import HostDraw, MemberUse, OutsideStrategy, SymbolicUse
from kerascheck.shapes import TensorSpec

if TYPE_CHECKING:
    from kerascheck.interpreter.flat_losses import OwnLoss
    from kerascheck.interpreter.graph_mode import UpdatingCall
    from kerascheck.interpreter.jit_calls import JitArgument
    from kerascheck.interpreter.metrics import MetricFacts
    from kerascheck.interpreter.optimizers import PendingWrite
    from kerascheck.interpreter.runs import RunFacts
    from kerascheck.interpreter.saving import SavingFacts
    from kerascheck.interpreter.training import TrainingFacts
    from kerascheck.interpreter.unused_layers import MadeLayer


def _training_facts() -> TrainingFacts:
    from kerascheck.interpreter.training import TrainingFacts

    return TrainingFacts()


def _saving_facts() -> SavingFacts:
    from kerascheck.interpreter.saving import SavingFacts

    return SavingFacts()


def _metric_facts() -> MetricFacts:
    from kerascheck.interpreter.metrics import MetricFacts

    return MetricFacts()


def _run_facts() -> RunFacts:
    from kerascheck.interpreter.runs import RunFacts

    return RunFacts()


@dataclass(slots=True)
class GraphRun:
    """One ``Session.run``: the nodes it fetched, and what it was fed; None where that is not known.

    ``session`` is the object it was called on, None where that is the default session or not known.
    """

    fetched: frozenset[str]
    span: Span | None
    session: Instance | None = None
    fed: tuple[Value, ...] | None = ()
    stack: tuple[Span, ...] = ()


@dataclass(slots=True)
class TrainStep:
    """One ``minimize`` or ``apply_gradients`` in graph code."""

    node: str
    loss: str
    span: Span
    control: tuple[str, ...]


@dataclass(slots=True)
class Facts:
    """What a run gathers besides the graph.

    ``sized_batch`` is set where an Input is given a batch size that only the caller knows: Python may know any then.
    """

    symbols: SymbolTable = field(default_factory=SymbolTable)
    members: dict[tuple[str, int, int, str], MemberUse] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    size_names: dict[str, int] = field(default_factory=dict)
    layers: list[Instance] = field(default_factory=list)
    made: list[MadeLayer] = field(default_factory=list)
    variables: list[tuple[TensorValue, VariableState]] = field(default_factory=list)
    runs: list[GraphRun] = field(default_factory=list)
    sessions: list[Instance] = field(default_factory=list)
    given_sessions: set[int] = field(default_factory=set)
    discarded: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    bound_names: dict[str, set[str]] = field(default_factory=dict)
    untold: dict[str, tuple[str, Span]] = field(default_factory=dict)
    train_steps: list[TrainStep] = field(default_factory=list)
    grouped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    updating: list[UpdatingCall] = field(default_factory=list)
    training: TrainingFacts = field(default_factory=_training_facts)
    metrics: MetricFacts = field(default_factory=_metric_facts)
    run_facts: RunFacts = field(default_factory=_run_facts)
    assumed: set[str] = field(default_factory=set)
    made_up: set[str] = field(default_factory=set)
    rank_hints: dict[str, int] = field(default_factory=dict)
    doubtful_hints: set[str] = field(default_factory=set)
    call_instances: list[Instance] = field(default_factory=list)
    tpu_span: Span | None = None
    jit_models: list[Instance] = field(default_factory=list)
    outside_optimizers: list[tuple[Instance, OutsideStrategy]] = field(default_factory=list)
    optimizer_writes: list[PendingWrite] = field(default_factory=list)
    draws: dict[Span, HostDraw] = field(default_factory=dict)
    eager: bool = False
    on_data: list[tuple[Instance, tuple[TensorValue, ...], Value]] = field(default_factory=list)
    own_losses: list[OwnLoss] = field(default_factory=list)
    traced_by_fit: list[tuple[Instance, SymbolicUse]] = field(default_factory=list)
    jit_calls: dict[tuple[int, str], JitArgument] = field(default_factory=dict)
    trials: dict[tuple[object, ...], Any] = field(default_factory=dict)
    described: tuple[Instance, set[str]] | None = None
    named_inputs: set[str] = field(default_factory=set)
    saving: SavingFacts = field(default_factory=_saving_facts)
    shared_scopes: dict[Span, dict[Span, str]] = field(default_factory=dict)
    repeated: set[Span] = field(default_factory=set)
    rehearsing: bool = False
    sized_batch: bool = False
    called_layers: dict[tuple[int, int], tuple[Value, Value, list[Value]]] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def snake_case(name: str) -> str:
    """A class's name as Keras makes a layer's name of it: ``Conv2D`` gives ``conv2d``."""
    plain = re.sub(r"\W+", "", name)
    plain = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", plain)
    return re.sub("([a-z])([A-Z])", r"\1_\2", plain).lower()


def automatic_name(interpreter: Interpreter, name: str, first: int = 0) -> str:
    """The next free name of a kind: ``dense``, ``dense_1``, ...; ``first`` 1 where Keras numbers from one."""
    return _next_name(interpreter.facts.names, name, first)


def size_name(interpreter: Interpreter, name: str) -> str:
    """The next free name of an open size: ``H``, ``H_1``, ...; it stands for one size in the whole program."""
    return _next_name(interpreter.facts.size_names, name, 0)


def _next_name(counts: dict[str, int], name: str, first: int) -> str:
    number = counts.get(name, first)
    counts[name] = number + 1
    return name if number == 0 else f"{name}_{number}"


def source_of(interpreter: Interpreter, node: ast.AST) -> Source | None:
    """Where the user wrote ``node``: for code of an installed package, the user's call that led there."""
    context = interpreter.context
    if context.replay:
        return context.replay[-1]
    stack = context.stack
    if context.modules and context.modules[-1].is_user and node is not NOWHERE:
        source = context.modules[-1].source
        return Source(source.span(node), tuple(reversed(stack)) if stack else (), source)
    return Source(stack[-1], tuple(reversed(stack[:-1]))) if stack else None


def _is_empty(operands: Iterable[tuple[str, TensorValue]]) -> bool:
    """Whether one of the operands has no elements."""
    return any(0 in (tensor.spec.shape.dims or ()) for _, tensor in operands)


def _is_told(context: Context, kind: Kind, problem: Problem, operands: list[tuple[str, TensorValue]]) -> bool:
    """Whether a problem is one of the code that runs: not of what is expected to raise, nor of a foreign package."""
    if EXPECTED_GUARD in context.guards or (context.modules and context.modules[-1].is_foreign):
        return False
    if not context.by_default:
        return True
    # The default of a parameter may be one that every caller replaces: an empty list of sizes. An op that is given no
    # tensor at all may be given what a loop over such a list has gathered.
    return not (problem.kind is ProblemKind.VALUE or _is_empty(operands) or (kind == "op" and not operands))


def record(
    interpreter: Interpreter,
    kind: Kind,
    op: str,
    name: str,
    outputs: Iterable[TensorSpec],
    operands: Iterable[tuple[str, TensorValue]] = (),
    *,
    node: ast.AST | None = None,
    source: Source | None = None,
    config: Mapping[str, Any] | None = None,
    problem: Problem | None = None,
    weights: tuple[Weight, ...] = (),
    params: int | None = 0,
    trainable: int | None = 0,
    layer: str | None = None,
    generation: int | None = None,
    updates: int = 0,
    on_keras_tensor: bool = False,
    defaulted: tuple[str, ...] = (),
    masking: str = "",
) -> Node:
    """Add a node with its edges, marked with where the program stands."""
    context, program = interpreter.context, interpreter.program
    operands = list(operands)
    if problem is not None and not _is_told(context, kind, problem, operands):
        problem = None
    if source is None and node is not None:
        source = source_of(interpreter, node)
    if source is not None and context.modules and not context.modules[-1].is_user:
        program.library_calls.add(source.span)
    identifier = program.recorder.next_identifier()
    edges = [
        Edge(origin.node, identifier, origin.output, argument)
        for argument, tensor in operands
        for origin in tensor.origins
    ]
    entry = Node(
        identifier,
        kind,
        op,
        name,
        tuple(outputs),
        source,
        params,
        trainable,
        tuple(context.scopes),
        dict(config) if config else {},
        layer,
        weights,
        problem,
        tuple(dict.fromkeys(context.guards)) if context.guards else (),
        program.generation if generation is None else generation,
        on_keras_tensor,
        context.lambdas > 0,
        control=tuple(context.control) if context.control else (),
        updates=updates,
        defaulted=defaulted,
        masking=masking,
    )
    return program.recorder.add(entry, edges)
