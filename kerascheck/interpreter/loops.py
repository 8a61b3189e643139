"""Loops: over known values round by round, over unknown ones once."""

from __future__ import annotations

import ast

from kerascheck.interpreter.branches import run_branch
from kerascheck.interpreter.core import (
    MAXIMUM_ITERATIONS,
    Completion,
    Frame,
    Interpreter,
    UserRaise,
)
from kerascheck.interpreter.heap import Delta
from kerascheck.interpreter.iteration import element_of, iterate
from kerascheck.interpreter.rounds import forget_later_rounds
from kerascheck.interpreter.scopes import assign_target
from kerascheck.interpreter.values import (
    Value,
    truth,
)


def _for(interpreter: Interpreter, node: ast.For | ast.AsyncFor, frame: Frame) -> Completion | None:
    source = interpreter.evaluate(node.iter, frame)
    values = iterate(interpreter, source)
    if values is None or len(values) > MAXIMUM_ITERATIONS:
        element = values[0] if values else element_of(interpreter, source, node.iter)
        return _loop_undecided(interpreter, node, element, frame)
    mark = len(frame.pending)
    for value in values:
        interpreter.step()
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
        return interpreter.execute(body, frame)
    except UserRaise:
        if len(frame.pending) == mark:
            raise
        return None


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
    interpreter: Interpreter, node: ast.For | ast.AsyncFor, element: Value, frame: Frame
) -> Completion | None:
    """Run the body once: what it finds is true of the first round, and what follows keeps only what both agree on."""
    mark = len(frame.pending)

    def once() -> Completion | None:
        assign_target(interpreter, node.target, element, frame)
        return interpreter.execute(node.body, frame)

    before = dict(frame.scope.variables)
    try:
        completion, delta = interpreter.heap.branch(once)
    except UserRaise:
        return interpreter.execute(node.orelse, frame)
    if completion is not None and completion.kind == "return":
        _keep_pending(interpreter, frame, completion, delta)
    else:
        interpreter.heap.meet(delta)
    _settle(interpreter, frame, mark, "continue")
    _settle(interpreter, frame, mark, "break")
    forget_later_rounds(interpreter, node, before, delta, frame)
    return interpreter.execute(node.orelse, frame)


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


def _while(interpreter: Interpreter, node: ast.While, frame: Frame) -> Completion | None:
    mark = len(frame.pending)
    endless = isinstance(node.test, ast.Constant)
    limit = MAXIMUM_ENDLESS if endless else MAXIMUM_ITERATIONS
    for _ in range(limit):
        interpreter.step()
        decided = truth(interpreter.evaluate(node.test, frame))
        if decided is False:
            completion = interpreter.execute(node.orelse, frame)
            _settle(interpreter, frame, mark, "break")
            return completion
        if decided is None:
            before = dict(frame.scope.variables)
            branch = run_branch(interpreter, node.body, frame, None)
            if branch is not None:
                if branch.completion is not None and branch.completion.kind == "return":
                    _keep_pending(interpreter, frame, branch.completion, branch.delta)
                else:
                    interpreter.heap.meet(branch.delta)
                _settle(interpreter, frame, mark, "continue")
                _settle(interpreter, frame, mark, "break")
                forget_later_rounds(interpreter, node, before, branch.delta, frame)
            break
        completion = interpreter.execute(node.body, frame)
        _settle(interpreter, frame, mark, "continue")
        if completion is not None and completion.kind != "continue":
            if completion.kind == "return":
                return _return_from_loop(interpreter, completion, frame, mark)
            _settle(interpreter, frame, mark, "break")
            return None
    _settle(interpreter, frame, mark, "continue")
    _settle(interpreter, frame, mark, "break")
    return None
