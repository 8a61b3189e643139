"""Running statements: one function a kind of syntax node."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.arrays import augmented, only_data
from kerascheck.interpreter.branches import Branch, meet_branches, run_branch
from kerascheck.interpreter.class_names import named_for_later
from kerascheck.interpreter.classes import inherited_fields
from kerascheck.interpreter.comparisons import compare_values, guards_of
from kerascheck.interpreter.containers import dict_method
from kerascheck.interpreter.contexts import enter_context
from kerascheck.interpreter.core import Completion, Frame, Interpreter, StatementHandler, UserRaise
from kerascheck.interpreter.decorators import decorate, decorated_method, may_wait
from kerascheck.interpreter.dropped import note_dropped, note_unread_name
from kerascheck.interpreter.enumerations import make_members
from kerascheck.interpreter.exceptions import _raise, _try
from kerascheck.interpreter.expressions import parameter_defaults
from kerascheck.interpreter.heap import Delta
from kerascheck.interpreter.imports import import_from, import_names
from kerascheck.interpreter.inheritance import effective_bases
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.loops import _for, _while
from kerascheck.interpreter.nests import truth
from kerascheck.interpreter.operations import OPERATOR_TEXT, binary_operation, together
from kerascheck.interpreter.pending_methods import DecoratedLater, Definition, class_body
from kerascheck.interpreter.python_state import note_python_state
from kerascheck.interpreter.scopes import assign_name, assign_target, delete_target
from kerascheck.interpreter.sessions import note_unread_assign
from kerascheck.interpreter.symbolic_uses import note_symbolic_use
from kerascheck.interpreter.syntax import remembered
from kerascheck.interpreter.training_flags import note_flag, training_guard
from kerascheck.interpreter.unknowns import UnknownSize
from kerascheck.interpreter.unused_layers import note_made
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    ClassValue,
    Constant,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Scope,
    TensorValue,
    Value,
)


def _expression(interpreter: Interpreter, node: ast.Expr, frame: Frame) -> None:
    value = interpreter.evaluate(node.value, frame)
    if isinstance(value, Instance):
        note_made(interpreter, None, node.value, value, frame)
    if isinstance(value, TensorValue) and isinstance(node.value, ast.Call):
        interpreter.facts.discarded.update(origin.node for origin in value.origins)
    if interpreter.context.phase is not None and isinstance(value, TensorValue):
        note_dropped(interpreter, node, value)


def _assign(interpreter: Interpreter, node: ast.Assign, frame: Frame) -> None:
    if frame.owner is not None and named_for_later(interpreter, node, frame):
        return
    value = interpreter.evaluate(node.value, frame)
    if isinstance(value, Instance) and len(node.targets) == 1:
        note_made(interpreter, node.targets[0], node.value, value, frame)
    if interpreter.context.phase is not None and isinstance(node.targets[0], ast.Attribute):
        note_python_state(interpreter, node, value, frame)
    if isinstance(value, TensorValue):
        if interpreter.context.phase is not None:
            note_unread_name(interpreter, node, value, frame)
        note_unread_assign(interpreter, node, value, frame)
    note_flag(interpreter, node)
    for target in node.targets:
        assign_target(interpreter, target, value, frame)


def _annotated(interpreter: Interpreter, node: ast.AnnAssign, frame: Frame) -> None:
    if node.value is not None:
        value = interpreter.evaluate(node.value, frame)
        if isinstance(value, Instance):
            note_made(interpreter, node.target, node.value, value, frame)
        assign_target(interpreter, node.target, value, frame)


def _augmented(interpreter: Interpreter, node: ast.AugAssign, frame: Frame) -> None:
    load = ast.copy_location(_as_load(node.target), node.target)
    current = interpreter.evaluate(load, frame)
    value = interpreter.evaluate(node.value, frame)
    if isinstance(current, ListValue) and isinstance(node.op, ast.Add):
        more = iterate(interpreter, value)
        interpreter.heap.touch(current)
        current.alike = None
        current.items = together(current.items, more)
        return
    if isinstance(current, DictValue) and isinstance(node.op, ast.BitOr):
        dict_method(interpreter, current, "update", Arguments((value,)), node)
        return
    if isinstance(current, TensorValue) and current.is_numpy and only_data((value,)):
        result = augmented(interpreter, OPERATOR_TEXT[type(node.op)], current, value, node)
    else:
        result = binary_operation(interpreter, node.op, current, value, node)
    if interpreter.context.phase is not None:
        note_python_state(interpreter, node, result, frame)
    assign_target(interpreter, node.target, result, frame)


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
    value = None if node.value is None else interpreter.evaluate(node.value, frame)
    return Completion("return", value, tuple(interpreter.context.guards))


def _break(interpreter: Interpreter, node: ast.Break, frame: Frame) -> Completion:
    return Completion("break")


def _continue(interpreter: Interpreter, node: ast.Continue, frame: Frame) -> Completion:
    return Completion("continue")


def _pass(interpreter: Interpreter, node: ast.stmt, frame: Frame) -> None:
    return None


def _if(interpreter: Interpreter, node: ast.If, frame: Frame) -> Completion | None:
    condition = interpreter.evaluate(node.test, frame)
    note_symbolic_use(interpreter, "if", condition, node.test)
    match truth(condition):
        case True:
            guard = training_guard(interpreter, node.test)
            if guard is None:
                return interpreter.execute(node.body, frame)
            with interpreter.guarded(guard):
                return interpreter.execute(node.body, frame)
        case False:
            guard = training_guard(interpreter, node.test, opposite=True)
            if guard is None:
                return interpreter.execute(node.orelse, frame)
            with interpreter.guarded(guard):
                completion = interpreter.execute(node.orelse, frame)
            if completion is None and isinstance(node.body[-1], ast.Return):
                interpreter.context.guards.append(guard)
            return completion
    inside, outside = guards_of(condition)
    of_sizes = isinstance(condition, UnknownSize)
    then = run_branch(interpreter, node.body, frame, inside, of_sizes=of_sizes)
    otherwise = run_branch(interpreter, node.orelse, frame, outside, of_sizes=of_sizes)
    return meet_branches(interpreter, frame, [then, otherwise])


def _with(interpreter: Interpreter, node: ast.With | ast.AsyncWith, frame: Frame) -> Completion | None:
    exits: list[Callable[[], None]] = []
    expects = any(_expects_error(item.context_expr) for item in node.items)
    if expects:
        open_before = len(interpreter.context.guards)
        interpreter.context.guards.append(EXPECTED_GUARD)
        exits.append(lambda: _leave_guard(interpreter, open_before))
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


def _leave_guard(interpreter: Interpreter, open_before: int) -> None:
    del interpreter.context.guards[open_before:]


EXPECTING_CALLS = ("raises", "suppress", "assertRaises", "assert_raises")
"""How the names begin of what expects an error: pytest's, contextlib's, unittest's with TensorFlow's, NumPy's."""


def _expects_error(node: ast.expr) -> bool:
    """Whether a context manager is there for an exception: ``pytest.raises``, ``self.assertRaisesRegex``."""
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name.startswith(EXPECTING_CALLS)


def _assert(interpreter: Interpreter, node: ast.Assert, frame: Frame) -> None:
    condition = interpreter.evaluate(node.test, frame)
    note_symbolic_use(interpreter, "assert", condition, node.test)
    if truth(condition) is False:
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
    defaults, keyword_defaults = parameter_defaults(interpreter, node.args, frame)
    owner = frame.owner if in_class else None
    function = FunctionValue(node.name, node, enclosing, frame.module, defaults, keyword_defaults, owner)
    frame.module.functions.append(function)
    value = decorate(interpreter, function, node.decorator_list, frame) if node.decorator_list else function
    assign_name(interpreter, node.name, value, frame)


def _class(interpreter: Interpreter, node: ast.ClassDef, frame: Frame) -> None:
    bases: list[Value] = []
    for base in node.bases:
        bases.append(NOTHING_KNOWN if isinstance(base, ast.Starred) else interpreter.evaluate(base, frame))
    keywords = {
        keyword.arg: interpreter.evaluate(keyword.value, frame) for keyword in node.keywords if keyword.arg is not None
    }
    if keywords.get("metaclass") == External("abc.ABCMeta"):
        del keywords["metaclass"]
    namespace = interpreter.heap.new(Scope(frame.scope))
    value = ClassValue(node.name, node, effective_bases(interpreter, node, bases), namespace, frame.module, keywords)
    inner = Frame(namespace, frame.module, owner=value)
    interpreter.execute(node.body if frame.module.deferred is None else _waiting(interpreter, node, inner), inner)
    make_members(interpreter, value, namespace)
    value.dataclass_fields = inherited_fields(value)
    frame.module.classes.append(value)
    decorated = decorate(interpreter, value, node.decorator_list, frame)
    assign_name(interpreter, node.name, decorated, frame)


def _waiting(interpreter: Interpreter, node: ast.ClassDef, frame: Frame) -> list[ast.stmt]:
    """Leave the methods of an imported class until somebody asks for them; what of its body has to run now."""
    body = remembered(node, class_body)
    frame.scope.variables.update(body.plain)
    running: list[Definition] = []
    for method in body.decorated:
        if all(may_wait(interpreter, frame.module, each) for each in method.decorator_list):
            later = partial(decorated_method, interpreter, method, frame)
            frame.scope.variables[method.name] = DecoratedLater(method, later)
        else:
            running.append(method)
    return body.running(node.body, running)


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
