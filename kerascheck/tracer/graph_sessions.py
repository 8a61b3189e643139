"""Sessions of TensorFlow 1: what they are fed, which initialise variables, and which assignments none of them runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.program import Program, ReboundFeed, UninitializedRun, UnrunAssign
from kerascheck.tracer.graph_mode import GraphMode, LiveRun, closure, reached
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session
from kerascheck.tracer.statements import statement_of, written_call

ASSIGNING = ("assign", "assign_add", "assign_sub")
INITIALIZING = frozenset({"Assign", "AssignVariableOp"})
READING = frozenset({"ReadVariableOp", "ResourceGather", "VariableV2", "Variable"})
"""The types of the operations that give a variable its first value, and of those that read one."""

MOST = 500
"""No more assignments than this are kept."""


@dataclass(slots=True)
class GraphSessions:
    """What was seen: the assignments whose results were dropped, and where each session was made."""

    runtime: Runtime
    mode: GraphMode
    dropped: list[tuple[Live, Live, Source]] = field(default_factory=list)
    made: dict[int, Source | None] = field(default_factory=dict)

    def watch(self) -> None:
        """See assignments and sessions from now on."""
        from tensorflow.python.client.session import BaseSession
        from tensorflow.python.ops.ref_variable import RefVariable
        from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable, ResourceVariable

        def watch_assign(original: Any) -> Any:
            def assign(variable: Any, *args: Any, **kwargs: Any) -> Any:
                result = original(variable, *args, **kwargs)
                if self.runtime.live is not None and len(self.dropped) < MOST:
                    self.runtime.observe(self._note_assign, variable, result)
                return result

            return assign

        def watch_init(original: Any) -> Any:
            def init(session: Any, *args: Any, **kwargs: Any) -> None:
                self.made[id(session)] = self.runtime.user.here()
                original(session, *args, **kwargs)

            return init

        for owner in (BaseResourceVariable, ResourceVariable, RefVariable):
            for name in ASSIGNING:
                if name in vars(owner):
                    patch(owner, name, watch_assign)
        patch(BaseSession, "__init__", watch_init)

    def _note_assign(self, variable: Live, result: Any) -> None:
        """Keep an assignment that is a statement of its own."""
        from tensorflow.python.framework.ops import Graph

        found = written_call(self.runtime.user)
        source = self.runtime.user.here()
        operation = getattr(result, "op", result)
        if found is None or source is None or type(getattr(operation, "graph", None)) is not Graph:
            return
        call, statement = found
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if isinstance(statement.node, ast.Expr) and statement.node.value is call and name in ASSIGNING:
            self.dropped.append((operation, variable, source))

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell what is wrong with the sessions of the program."""
        if self.runtime.live is not None:
            program.unrun_assigns += self._unrun()
            program.uninitialized_runs += self._uninitialized()
            program.rebound_feeds += self._rebound(self.runtime.live)

    def _unrun(self) -> Iterator[UnrunAssign]:
        run_at_all: set[int] = set().union(*(closure(run.operations) for run in self.mode.runs))
        for operation, variable, source in self.dropped:
            runs = [run.source for run in self.mode.runs if run.session.graph is operation.graph]
            first = next((each for each in runs if each is not None), None)
            if first is None or id(operation) in run_at_all:
                continue
            made = self.runtime.watched.variables.get(variable)
            where = made.span if made is not None else None
            yield UnrunAssign(source.span, source.text, first.span, where, source.stack)

    def _uninitialized(self) -> Iterator[UninitializedRun]:
        """The runs of what reads variables, where none of the session's gives any of them a value.

        What Keras does to a model, which is not run here, would initialise the variables.
        """
        constructions = self.runtime.watched.constructions.values()
        if any(library.is_model(each.layer) for library in self.runtime.libraries for each in constructions):
            return
        ready = {id(run.session) for run in self.mode.runs if self._initializes(run)}
        made = self._variables()
        for run in self.mode.runs:
            if id(run.session) in ready or run.source is None:
                continue
            found = reached(run.operations).values()
            handles = {each.name for each in found if each.type in ("VarHandleOp", "VariableV2", "Variable")}
            spans = tuple(dict.fromkeys(made[name] for name in sorted(handles) if name in made))
            if spans and any(each.type in READING for each in found) and not self._feeds_computed(run):
                session = self.made.get(id(run.session))
                where = session.span if session is not None else None
                yield UninitializedRun(run.source.span, spans, where, run.source.stack)

    def _initializes(self, run: LiveRun) -> bool:
        return any(each.type in INITIALIZING for each in reached(run.operations).values())

    def _feeds_computed(self, run: LiveRun) -> bool:
        """Whether it is fed something that a graph would else compute, and that may stand for a variable."""
        return any(not operation.type.startswith("Placeholder") for operation in self._fed([run]))

    def _variables(self) -> dict[str, Span]:
        """Where each variable was made, by the name of its operation."""
        found: dict[str, Span] = {}
        for variable, source in self.runtime.watched.variables.items():
            tensor = isinstance(variable, self.runtime.tensorflow.Variable) and source is not None
            if tensor and source is not None and not self._is_eager(variable):
                found[str(variable.op.name)] = source.span
        return found

    def _is_eager(self, variable: Live) -> bool:
        return isinstance(variable.handle, self.runtime.tensorflow.__internal__.EagerTensor)

    def _fed(self, runs: Iterable[LiveRun]) -> list[Live]:
        return [fed.op for run in runs for fed in run.fed if isinstance(fed, self.runtime.tensorflow.Tensor)]

    def _rebound(self, live: Session) -> Iterator[ReboundFeed]:
        """The tensors that are fed and were made of a placeholder by the same name, which nothing feeds."""
        nodes = live.recorder.nodes
        all_fed = {id(operation) for operation in self._fed(self.mode.runs)}
        for run in self.mode.runs:
            for fed in run.fed:
                if run.source is None or not isinstance(fed, self.runtime.tensorflow.Tensor):
                    continue
                end = None if fed.op.type.startswith("Placeholder") else live.known.get(id(fed))
                made = None if end is None else nodes[end.node].source
                if made is None:
                    continue
                for name in live.recorder.ancestors([end.node] if end is not None else []):
                    source = nodes[name].source
                    shared = self._names(made.span) & self._names(source.span) if source is not None else set()
                    waits = nodes[name].kind == "input" and not self._is_fed(live, name, all_fed)
                    if waits and shared and source is not None:
                        span, stack = run.source.span, run.source.stack
                        yield ReboundFeed(min(shared), span, source.span, made.span, stack)

    def _is_fed(self, live: Session, node: str, fed: set[int]) -> bool:
        ends = {id(tensor): live.known.get(id(tensor)) for tensor in live.kept}
        return any(
            end is not None and end.node == node and id(tensor.op) in fed
            for tensor in live.kept
            if (end := ends[id(tensor)]) is not None
        )

    def _names(self, span: Span) -> set[str]:
        """The names that the statement at a place gives a value."""
        statement = statement_of(self.runtime.user, span)
        node = statement.node if statement is not None else None
        targets = node.targets if isinstance(node, ast.Assign) else []
        return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
