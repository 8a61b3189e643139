"""Loops: over known values round by round, over unknown ones once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

from kerascheck.interpreter.branches import run_branch
from kerascheck.interpreter.core import (
    MAXIMUM_ITERATIONS,
    MAXIMUM_LONG_LOOPS,
    MAXIMUM_NODES,
    Completion,
    Frame,
    Interpreter,
    Loop,
    UserRaise,
)
from kerascheck.interpreter.heap import Delta, join
from kerascheck.interpreter.iteration import element_of, iterate
from kerascheck.interpreter.nests import truth
from kerascheck.interpreter.rounds import forget_later_rounds
from kerascheck.interpreter.scopes import assign_target
from kerascheck.interpreter.symbolic_uses import note_symbolic_use
from kerascheck.interpreter.syntax import remembered, walk_scope
from kerascheck.interpreter.tapes import note_rebound
from kerascheck.interpreter.values import ListValue, Value


class Work:
    """What a loop costs: it must leave something of the limits to the code behind it."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.steps, self.nodes = interpreter.steps, interpreter.program.recorder.counter

    def allows(self, rounds: int, done: int) -> bool:
        """Whether so many more rounds may be followed, after ``done`` that cost what they did."""
        now, limit = self.interpreter.steps, self.interpreter.limit
        nodes = self.interpreter.program.recorder.counter
        return (now - self.steps) * rounds <= min((limit - now) // 2, MAXIMUM_LONG_LOOPS) * max(done, 1) and (
            nodes - self.nodes
        ) * rounds <= (MAXIMUM_NODES - nodes) // 2 * max(done, 1)


def _for(interpreter: Interpreter, node: ast.For | ast.AsyncFor, frame: Frame) -> Completion | None:
    with _within(interpreter, node):
        return _run_for(interpreter, node, frame)


@contextmanager
def _within(interpreter: Interpreter, node: ast.For | ast.AsyncFor | ast.While) -> Iterator[None]:
    """While it lasts, what runs is in the loop."""
    loops = interpreter.context.loops
    loops.append(Loop(node, interpreter.span(node)))
    try:
        yield
    finally:
        loops.pop()


def _run_for(interpreter: Interpreter, node: ast.For | ast.AsyncFor, frame: Frame) -> Completion | None:
    source = interpreter.evaluate(node.iter, frame)
    note_symbolic_use(interpreter, "for", source, node.iter)
    values = iterate(interpreter, source)
    if values is None or len(values) > MAXIMUM_ITERATIONS:
        element = values[0] if values else element_of(interpreter, source, node.iter)
        return _loop_undecided(interpreter, node, element, values or [], frame)
    return _rounds(interpreter, node, values, frame, len(frame.pending))


def _rounds(
    interpreter: Interpreter, node: ast.For | ast.AsyncFor, values: list[Value], frame: Frame, mark: int
) -> Completion | None:
    """A loop round by round, as long as all that are left can be followed; else one that stands for them."""
    work = Work(interpreter)
    for index, value in enumerate(values):
        interpreter.step()
        if not work.allows(len(values) - index, index):
            completion = _loop_undecided(interpreter, node, value, [], frame)
            _settle(interpreter, frame, mark, "break")
            return completion
        assign_target(interpreter, node.target, value, frame)
        completion = _round(interpreter, node.body, frame, mark)
        _settle(interpreter, frame, mark, "continue")
        if completion is not None and completion.kind == "break":
            _settle(interpreter, frame, mark, "break")
            return None
        if completion is not None and completion.kind == "return":
            return _return_from_loop(interpreter, completion, frame, mark)
    completion = interpreter.execute(node.orelse, frame)
    _settle(interpreter, frame, mark, "break")
    return completion


def _round(interpreter: Interpreter, body: list[ast.stmt], frame: Frame, mark: int) -> Completion | None:
    """One round. One that raises where it did not go on or leave before counts for the paths that did."""
    try:
        return _execute_round(interpreter, body, frame)
    except UserRaise:
        if len(frame.pending) == mark:
            raise
        return None


def _execute_round(interpreter: Interpreter, body: list[ast.stmt], frame: Frame) -> Completion | None:
    """Run a loop's body. What an early end left to the rest of a round under a condition ends with the round."""
    guards = interpreter.context.guards
    open_before = len(guards)
    try:
        return interpreter.execute(body, frame)
    finally:
        del guards[open_before:]


def _return_from_loop(interpreter: Interpreter, completion: Completion, frame: Frame, mark: int) -> Completion | None:
    """A loop that returns, unless it was left before."""
    if not any(ended.kind == "break" for ended, _ in frame.pending[mark:]):
        return completion
    _keep_pending(interpreter, frame, completion, Delta())
    _settle(interpreter, frame, mark, "break")
    return None


def _keep_pending(interpreter: Interpreter, frame: Frame, completion: Completion, delta: Delta) -> None:
    """Note an early end on some paths, while the others go on from here."""
    frame.pending.append((completion, delta))
    interpreter.heap.watch(delta, Delta())


def _loop_undecided(
    interpreter: Interpreter, node: ast.For | ast.AsyncFor, element: Value, values: list[Value], frame: Frame
) -> Completion | None:
    """Run the body once: what it finds is true of the first round, and what follows keeps only what both agree on.

    ``values`` are those that it goes through where they are known, but many; ``element`` is the first, or like any.
    """
    mark = len(frame.pending)

    def once() -> Completion | None:
        assign_target(interpreter, node.target, element, frame)
        return _execute_round(interpreter, node.body, frame)

    before = dict(frame.scope.variables)
    taken = len(interpreter.facts.training.gradients)
    started = interpreter.steps
    try:
        completion, delta = interpreter.heap.branch(once)
    except UserRaise:
        return interpreter.execute(node.orelse, frame)
    note_rebound(interpreter, before, _written(delta, frame), taken)
    if completion is None and len(frame.pending) == mark and _is_affordable(interpreter, started, len(values)):
        interpreter.heap.apply(delta)
        return _rounds(interpreter, node, values[1:], frame, mark)
    _meet_round(interpreter, frame, mark, completion, delta)
    decides_anew = forget_later_rounds(interpreter, node, before, delta, frame)
    if decides_anew or _is_filled(delta):
        _later_round(interpreter, node, reduce(join, values) if values else element, frame, mark)
    return interpreter.execute(node.orelse, frame)


def _meet_round(interpreter: Interpreter, frame: Frame, mark: int, completion: Completion | None, delta: Delta) -> None:
    """Go on behind a round that may not have run, with what is so either way."""
    if completion is not None and completion.kind == "return":
        _keep_pending(interpreter, frame, completion, delta)
    else:
        interpreter.heap.meet(delta)
    _settle(interpreter, frame, mark, "continue")
    _settle(interpreter, frame, mark, "break")


def _written(delta: Delta, frame: Frame) -> dict[str, Value]:
    """The names of a frame as a round left them; none where it bound none."""
    _, contents = delta.contents.get(id(frame.scope), (None, {}))
    return dict(contents)


def _is_affordable(interpreter: Interpreter, started: int, rounds: int) -> bool:
    """Whether so many rounds may be followed, each of the work that was done since ``started``; notes it if so."""
    work = (interpreter.steps - started + 1) * rounds
    if not rounds or work > min(interpreter.left_for_long_loops, (interpreter.limit - interpreter.steps) // 2):
        return False
    interpreter.left_for_long_loops -= work
    return True


def _is_filled(delta: Delta) -> bool:
    """Whether a round put data into a list."""
    return any(
        isinstance(value, ListValue) and value.alike is not None and contents
        for value, contents in delta.contents.values()
    )


def _later_round(
    interpreter: Interpreter, node: ast.For | ast.AsyncFor, element: Value, frame: Frame, mark: int
) -> None:
    """Any round but the first: what it fills lists with, and what it runs where its conditions are others.

    It starts from what is known after the first.
    """

    def once() -> Completion | None:
        assign_target(interpreter, node.target, element, frame)
        return _execute_round(interpreter, node.body, frame)

    try:
        completion, delta = interpreter.heap.branch(once)
    except UserRaise:
        return
    _meet_round(interpreter, frame, mark, completion, delta)


def _settle(interpreter: Interpreter, frame: Frame, mark: int, kind: str) -> None:
    """Meet the early ends of ``kind`` that this loop made."""
    kept: list[tuple[Completion, Delta]] = []
    for completion, delta in frame.pending[mark:]:
        if completion.kind == kind:
            interpreter.heap.meet(delta)
        else:
            kept.append((completion, delta))
    frame.pending[mark:] = kept


MAXIMUM_ENDLESS = 3
"""Rounds of a ``while True`` that are followed before what it leaves is taken as undecided."""
MAXIMUM_LEAVING = 100
"""The same for one that may leave itself, as long as every round is decided."""


def _while(interpreter: Interpreter, node: ast.While, frame: Frame) -> Completion | None:
    with _within(interpreter, node):
        return _run_while(interpreter, node, frame)


def _run_while(interpreter: Interpreter, node: ast.While, frame: Frame) -> Completion | None:
    mark = len(frame.pending)
    endless = isinstance(node.test, ast.Constant)
    leaves = not endless or remembered(node, _leaves_itself)
    limit = MAXIMUM_ITERATIONS if not endless else MAXIMUM_LEAVING if leaves else MAXIMUM_ENDLESS
    work = Work(interpreter)
    for turn in range(limit):
        interpreter.step()
        if not work.allows(1, 1):
            break
        if endless and turn >= MAXIMUM_ENDLESS and len(frame.pending) > mark:
            break
        condition = interpreter.evaluate(node.test, frame)
        note_symbolic_use(interpreter, "while", condition, node.test)
        decided = truth(condition)
        if decided is False:
            completion = interpreter.execute(node.orelse, frame)
            _settle(interpreter, frame, mark, "break")
            return completion
        if decided is None:
            break
        completion = _execute_round(interpreter, node.body, frame)
        _settle(interpreter, frame, mark, "continue")
        if completion is not None and completion.kind != "continue":
            if completion.kind == "return":
                return _return_from_loop(interpreter, completion, frame, mark)
            _settle(interpreter, frame, mark, "break")
            return None
    # There may be more rounds than were followed: what they change is not known.
    _undecided_rounds(interpreter, node, frame, mark)
    _settle(interpreter, frame, mark, "continue")
    _settle(interpreter, frame, mark, "break")
    return None


def _leaves_itself(node: ast.AST) -> bool:
    """Whether a loop's own body has a ``break`` or ``return``."""
    assert isinstance(node, ast.While)
    return any(isinstance(part, (ast.Break, ast.Return)) for part in walk_scope(*node.body))


def _undecided_rounds(interpreter: Interpreter, node: ast.While, frame: Frame, mark: int) -> None:
    """A ``while`` that may have any number of rounds from here: one, and one more where a condition may change."""
    before = dict(frame.scope.variables)
    taken = len(interpreter.facts.training.gradients)
    branch = run_branch(interpreter, node.body, frame, None)
    if branch is None:
        return
    note_rebound(interpreter, before, _written(branch.delta, frame), taken)
    _meet_round(interpreter, frame, mark, branch.completion, branch.delta)
    if forget_later_rounds(interpreter, node, before, branch.delta, frame):
        later = run_branch(interpreter, node.body, frame, None)
        if later is not None:
            _meet_round(interpreter, frame, mark, later.completion, later.delta)
