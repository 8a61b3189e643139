"""Running statements: one function a kind of syntax node."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from dataclasses import dataclass

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.classes import resolution_order
from kerascheck.interpreter.contexts import enter_context
from kerascheck.interpreter.core import (
    MAXIMUM_ITERATIONS,
    Completion,
    Frame,
    Interpreter,
    StatementHandler,
    UserRaise,
)
from kerascheck.interpreter.decorators import decorate
from kerascheck.interpreter.expressions import binary_operation, compare_values, negated, together
from kerascheck.interpreter.heap import Delta, join
from kerascheck.interpreter.imports import import_from, import_names
from kerascheck.interpreter.iteration import element_of, iterate
from kerascheck.interpreter.rounds import forget_later_rounds
from kerascheck.interpreter.scopes import assign_target, delete_target, lookup
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    ClassValue,
    Constant,
    FunctionValue,
    ListValue,
    Scope,
    UnknownValue,
    Value,
    truth,
)

UNDECIDED_GUARD = "undecided"
"""Marks what runs under a condition that was not decided."""


def _expression(interpreter: Interpreter, node: ast.Expr, frame: Frame) -> None:
    interpreter.evaluate(node.value, frame)


def _assign(interpreter: Interpreter, node: ast.Assign, frame: Frame) -> None:
    value = interpreter.evaluate(node.value, frame)
    for target in node.targets:
        assign_target(interpreter, target, value, frame)


def _annotated(interpreter: Interpreter, node: ast.AnnAssign, frame: Frame) -> None:
    if node.value is not None:
        assign_target(interpreter, node.target, interpreter.evaluate(node.value, frame), frame)


def _augmented(interpreter: Interpreter, node: ast.AugAssign, frame: Frame) -> None:
    load = ast.copy_location(_as_load(node.target), node.target)
    current = interpreter.evaluate(load, frame)
    value = interpreter.evaluate(node.value, frame)
    if isinstance(current, ListValue) and isinstance(node.op, ast.Add):
        more = iterate(interpreter, value)
        interpreter.heap.touch(current)
        current.items = together(current.items, more)
        return
    assign_target(interpreter, node.target, binary_operation(interpreter, node.op, current, value, node), frame)


def _as_load(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=attribute):
            return ast.Attribute(value, attribute, ast.Load())
        case ast.Subscript(value=value, slice=key):
            return ast.Subscript(value, key, ast.Load())
    return target


def _return(interpreter: Interpreter, node: ast.Return, frame: Frame) -> Completion:
    return Completion("return", None if node.value is None else interpreter.evaluate(node.value, frame))


def _break(interpreter: Interpreter, node: ast.Break, frame: Frame) -> Completion:
    return Completion("break")


def _continue(interpreter: Interpreter, node: ast.Continue, frame: Frame) -> Completion:
    return Completion("continue")


def _pass(interpreter: Interpreter, node: ast.stmt, frame: Frame) -> None:
    return None


@dataclass(slots=True)
class Branch:
    """How one branch of a fork ended, and what it wrote."""

    completion: Completion | None
    delta: Delta


def run_branch(interpreter: Interpreter, block: list[ast.stmt], frame: Frame, guard: str | None) -> Branch | None:
    """Run a block as one branch of a fork; None where it certainly raises."""
    try:
        with interpreter.guarded(guard or UNDECIDED_GUARD):
            completion, delta = interpreter.heap.branch(lambda: interpreter.execute(block, frame))
    except UserRaise:
        return None
    return Branch(completion, delta)


def meet_branches(interpreter: Interpreter, frame: Frame, branches: list[Branch | None]) -> Completion | None:
    """Go on after a fork with what its branches agree on.

    A branch that ends early (return, break, continue) while the other goes on is kept in ``frame.pending``.
    """
    alive = [branch for branch in branches if branch is not None]
    if not alive:
        raise UserRaise(None)
    if len(alive) == 1:
        interpreter.heap.apply(alive[0].delta)
        return alive[0].completion
    first, second = alive
    match first.completion, second.completion:
        case None, None:
            interpreter.heap.join(first.delta, second.delta)
            return None
        case Completion(kind=a), Completion(kind=b) if a == b:
            interpreter.heap.join(first.delta, second.delta)
            return Completion(a, join(first.completion.value, second.completion.value))
        case None, Completion() as ended:
            frame.pending.append((ended, second.delta))
            interpreter.heap.watch(second.delta, first.delta)
            interpreter.heap.apply(first.delta)
            return None
        case Completion() as ended, _:
            frame.pending.append((ended, first.delta))
            interpreter.heap.watch(first.delta, second.delta)
            interpreter.heap.apply(second.delta)
    return second.completion


def _if(interpreter: Interpreter, node: ast.If, frame: Frame) -> Completion | None:
    condition = interpreter.evaluate(node.test, frame)
    match truth(condition):
        case True:
            return interpreter.execute(node.body, frame)
        case False:
            return interpreter.execute(node.orelse, frame)
    guard = condition.guard if isinstance(condition, UnknownValue) else None
    then = run_branch(interpreter, node.body, frame, guard)
    otherwise = run_branch(interpreter, node.orelse, frame, negated(guard))
    return meet_branches(interpreter, frame, [then, otherwise])


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
        completion = interpreter.execute(node.body, frame)
        _settle(interpreter, frame, mark, "continue")
        if completion is not None and completion.kind == "break":
            _settle(interpreter, frame, mark, "break")
            return None
        if completion is not None and completion.kind == "return":
            return _return_from_loop(interpreter, completion, frame, mark)
    completion = interpreter.execute(node.orelse, frame)
    _settle(interpreter, frame, mark, "break")
    return completion


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


def _with(interpreter: Interpreter, node: ast.With | ast.AsyncWith, frame: Frame) -> Completion | None:
    exits: list[Callable[[], None]] = []
    expects = any(_expects_error(item.context_expr) for item in node.items)
    if expects:
        interpreter.context.guards.append(EXPECTED_GUARD)
        exits.append(lambda: _leave_guard(interpreter))
    try:
        for item in node.items:
            manager = interpreter.evaluate(item.context_expr, frame)
            value, leave = enter_context(interpreter, manager, item.context_expr)
            exits.append(leave)
            if item.optional_vars is not None:
                assign_target(interpreter, item.optional_vars, value, frame)
        return interpreter.execute(node.body, frame)
    except UserRaise:
        if not expects:
            raise
        return None
    finally:
        for leave in reversed(exits):
            leave()


def _leave_guard(interpreter: Interpreter) -> None:
    interpreter.context.guards.pop()


EXPECTING_CALLS = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress"})


def _expects_error(node: ast.expr) -> bool:
    """Whether a context manager is there for an exception: ``pytest.raises``, ``self.assertRaises``."""
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in EXPECTING_CALLS


def _raise(interpreter: Interpreter, node: ast.Raise, frame: Frame) -> None:
    kind = None
    if node.exc is not None:
        called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        kind = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else None
    raised = lookup(interpreter, kind, frame) if kind is not None else None
    raise UserRaise(kind, bases=_base_names(raised) if isinstance(raised, ClassValue) else frozenset())


def _base_names(cls: ClassValue) -> frozenset[str]:
    """The names of all that an exception of the user's extends, as far as its classes were followed."""
    classes = [each for each in resolution_order(cls) if isinstance(each, ClassValue)]
    written = [base for each in classes if each.node is not None for base in each.node.bases]
    names = {
        base.id if isinstance(base, ast.Name) else base.attr
        for base in written
        if isinstance(base, (ast.Name, ast.Attribute))
    }
    return frozenset(names | {each.name for each in classes})


GUARDING_HANDLERS = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException", "TypeError"}


EXPECTED_ERRORS = frozenset({"ValueError", "TypeError", "InvalidArgumentError", "AttributeError"})
"""What Keras raises for a bad call: a ``try`` that handles one of these by name expects it."""


IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})
"""An ``except`` for nothing else stands for a package that is not there: the body is taken to run."""


def _try(interpreter: Interpreter, node: ast.Try, frame: Frame) -> Completion | None:
    """A body that calls what was not followed may end there for a handler: what comes after keeps what holds anyway."""
    doubts = interpreter.doubts
    (completion, raised), delta = interpreter.heap.branch(lambda: _attempt(interpreter, node, frame))
    if raised is not None:
        interpreter.heap.apply(delta)
        handler = next((each for each in node.handlers if _handles(each, raised)), None)
        if handler is None:
            interpreter.execute(node.finalbody, frame)
            raise raised
        completion = _handle(interpreter, handler, frame)
    else:
        branch = Branch(completion, delta)
        for handler in node.handlers:
            if interpreter.doubts > doubts and not _handled(handler) <= IMPORT_ERRORS:
                other = _handler_branch(interpreter, handler, frame)
                branch = Branch(meet_branches(interpreter, frame, [branch, other]), Delta())
        completion = branch.completion
        interpreter.heap.apply(branch.delta)
    final = interpreter.execute(node.finalbody, frame)
    return final if final is not None else completion


def _attempt(interpreter: Interpreter, node: ast.Try, frame: Frame) -> tuple[Completion | None, UserRaise | None]:
    try:
        return _try_body(interpreter, node, frame), None
    except UserRaise as raised:
        return None, raised


def _try_body(interpreter: Interpreter, node: ast.Try, frame: Frame) -> Completion | None:
    names = {name for handler in node.handlers for name in _handled(handler)}
    expects = EXPECTED_GUARD if names & EXPECTED_ERRORS else None
    guards = bool(names & GUARDING_HANDLERS)
    frame.import_guarded += guards
    try:
        with interpreter.guarded(expects):
            completion = interpreter.execute(node.body, frame)
    finally:
        frame.import_guarded -= guards
    return interpreter.execute(node.orelse, frame) if completion is None else completion


def _handle(interpreter: Interpreter, handler: ast.ExceptHandler, frame: Frame) -> Completion | None:
    if handler.name is not None:
        assign_target(interpreter, ast.Name(handler.name, ast.Store()), NOTHING_KNOWN, frame)
    return interpreter.execute(handler.body, frame)


def _handler_branch(interpreter: Interpreter, handler: ast.ExceptHandler, frame: Frame) -> Branch | None:
    """A handler that may run; None where it certainly raises."""
    try:
        with interpreter.guarded(UNDECIDED_GUARD):
            completion, delta = interpreter.heap.branch(lambda: _handle(interpreter, handler, frame))
    except UserRaise:
        return None
    return Branch(completion, delta)


def _handled(handler: ast.ExceptHandler) -> set[str]:
    match handler.type:
        case None:
            return {"BaseException"}
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(attr=name):
            return {name}
        case ast.Tuple(elts=parts):
            names = {part.id for part in parts if isinstance(part, ast.Name)}
            return names | {part.attr for part in parts if isinstance(part, ast.Attribute)}
    return set()


def _handles(handler: ast.ExceptHandler, raised: UserRaise) -> bool:
    if raised.kind is None:
        return True
    return bool(_handled(handler) & {name for each in (raised.kind, *raised.bases) for name in _lineage(each)})


def _lineage(name: str) -> set[str]:
    """An exception's name, and those of the classes it extends."""
    cls = vars(builtins).get(name)
    if isinstance(cls, type) and issubclass(cls, BaseException):
        return {each.__name__ for each in cls.__mro__}
    return {name, "Exception", "BaseException"}


def _assert(interpreter: Interpreter, node: ast.Assert, frame: Frame) -> None:
    if truth(interpreter.evaluate(node.test, frame)) is False:
        raise UserRaise("AssertionError")


def _delete(interpreter: Interpreter, node: ast.Delete, frame: Frame) -> None:
    for target in node.targets:
        delete_target(interpreter, target, frame)


def _global(interpreter: Interpreter, node: ast.Global, frame: Frame) -> None:
    frame.scope.global_names.update(node.names)


def _nonlocal(interpreter: Interpreter, node: ast.Nonlocal, frame: Frame) -> None:
    frame.scope.nonlocal_names.update(node.names)


def _function(interpreter: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    in_class = frame.owner is not None and frame.scope is frame.owner.namespace
    enclosing = frame.scope.parent if in_class and frame.scope.parent is not None else frame.scope
    function = FunctionValue(
        node.name,
        node,
        enclosing,
        frame.module,
        tuple(interpreter.evaluate(default, frame) for default in node.args.defaults),
        {
            argument.arg: interpreter.evaluate(default, frame)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default is not None
        },
        owner=frame.owner if in_class else None,
    )
    frame.module.functions.append(function)
    value = decorate(interpreter, function, node.decorator_list, frame)
    assign_target(interpreter, ast.copy_location(ast.Name(node.name, ast.Store()), node), value, frame)


def _class(interpreter: Interpreter, node: ast.ClassDef, frame: Frame) -> None:
    bases: list[Value] = []
    for base in node.bases:
        bases.append(NOTHING_KNOWN if isinstance(base, ast.Starred) else interpreter.evaluate(base, frame))
    keywords = {
        keyword.arg: interpreter.evaluate(keyword.value, frame) for keyword in node.keywords if keyword.arg is not None
    }
    namespace = interpreter.heap.new(Scope(frame.scope))
    value = ClassValue(node.name, node, tuple(bases), namespace, frame.module, keywords)
    interpreter.execute(node.body, Frame(namespace, frame.module, owner=value))
    frame.module.classes.append(value)
    decorated = decorate(interpreter, value, node.decorator_list, frame)
    assign_target(interpreter, ast.copy_location(ast.Name(node.name, ast.Store()), node), decorated, frame)


def _import(interpreter: Interpreter, node: ast.Import, frame: Frame) -> None:
    import_names(interpreter, node, frame)


def _import_from(interpreter: Interpreter, node: ast.ImportFrom, frame: Frame) -> None:
    import_from(interpreter, node, frame)


def _match(interpreter: Interpreter, node: ast.Match, frame: Frame) -> Completion | None:
    subject = interpreter.evaluate(node.subject, frame)
    undecided: list[Branch | None] = []
    for case in node.cases:
        decided = _matches(interpreter, case, subject, frame)
        if decided is True and not undecided:
            return interpreter.execute(case.body, frame)
        if decided is not False:
            undecided.append(run_branch(interpreter, case.body, frame, None))
    if not undecided:
        return None
    result = Branch(None, Delta())
    completion = meet_branches(interpreter, frame, [undecided[0], result])
    for branch in undecided[1:]:
        completion = meet_branches(interpreter, frame, [branch, Branch(completion, Delta())])
    return completion


def _matches(interpreter: Interpreter, case: ast.match_case, subject: Value, frame: Frame) -> bool | None:
    outcome = _fits(interpreter, case.pattern, subject, frame)
    if outcome is not False and case.guard is not None:
        guard = truth(interpreter.evaluate(case.guard, frame))
        outcome = guard if outcome is True else (False if guard is False else None)
    return outcome


def _fits(interpreter: Interpreter, pattern: ast.pattern, subject: Value, frame: Frame) -> bool | None:
    """Whether a value fits a pattern, whose names are bound."""
    match pattern:
        case ast.MatchValue(value=value):
            return truth(compare_values(interpreter, ast.Eq(), subject, interpreter.evaluate(value, frame), value))
        case ast.MatchSingleton(value=constant):
            return truth(compare_values(interpreter, ast.Is(), subject, constant, pattern))
        case ast.MatchAs(pattern=inner, name=name):
            outcome = True if inner is None else _fits(interpreter, inner, subject, frame)
            if name is not None and outcome is not False:
                assign_target(interpreter, ast.Name(name, ast.Store()), subject, frame)
            return outcome
        case ast.MatchOr(patterns=patterns):
            outcomes = [_fits(interpreter, each, subject, frame) for each in patterns]
            return True if True in outcomes else None if None in outcomes else False
        case ast.MatchSequence(patterns=patterns) if not any(isinstance(each, ast.MatchStar) for each in patterns):
            if isinstance(subject, Constant):
                return False
            items = iterate(interpreter, subject) if isinstance(subject, (tuple, ListValue)) else None
            if items is not None and len(items) != len(patterns):
                return False
            if items is not None:
                outcomes = [_fits(interpreter, *pair, frame) for pair in zip(patterns, items, strict=True)]
                return False if False in outcomes else None if None in outcomes else True
    for part in ast.walk(pattern):
        if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name is not None:
            assign_target(interpreter, ast.Name(part.name, ast.Store()), NOTHING_KNOWN, frame)
    return None


def _type_alias(interpreter: Interpreter, node: ast.stmt, frame: Frame) -> None:
    return None


STATEMENTS: dict[type[ast.stmt], StatementHandler] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Pass: _pass,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Raise: _raise,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Match: _match,
}
