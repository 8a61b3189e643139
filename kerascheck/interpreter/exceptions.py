"""``raise`` and ``try``."""

from __future__ import annotations

import ast
import builtins

from kerascheck.graph import EXPECTED_GUARD, UNDECIDED_GUARD
from kerascheck.interpreter.branches import Branch, meet_branches
from kerascheck.interpreter.classes import resolution_order
from kerascheck.interpreter.core import (
    Completion,
    Frame,
    Interpreter,
    UserRaise,
)
from kerascheck.interpreter.heap import Delta
from kerascheck.interpreter.scopes import assign_target, lookup
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    ClassValue,
)


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


EXPECTED_ERRORS = frozenset({"ValueError", "TypeError", "InvalidArgumentError", "AttributeError", "RuntimeError"})
"""What Keras and TensorFlow raise for a bad call: a ``try`` that handles one of these by name expects it."""


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
            raise raised.again()
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
        return None, raised.with_traceback(None)


def _try_body(interpreter: Interpreter, node: ast.Try, frame: Frame) -> Completion | None:
    names = {name for handler in node.handlers for name in _handled(handler)}
    expects = EXPECTED_GUARD if names & EXPECTED_ERRORS else None
    shown = _shows_error(node)
    guards = bool(names & GUARDING_HANDLERS)
    frame.import_guarded += guards
    interpreter.context.shown += shown
    try:
        with interpreter.guarded(expects):
            completion = interpreter.execute(node.body, frame)
    finally:
        frame.import_guarded -= guards
        interpreter.context.shown -= shown
    return interpreter.execute(node.orelse, frame) if completion is None else completion


def _shows_error(node: ast.Try) -> bool:
    """Whether one statement is tried to show what it raises: ``except Exception as error: print(error)``."""
    match node:
        case ast.Try(body=[ast.Expr() | ast.Assign()], handlers=[ast.ExceptHandler(name=str(), body=handled)]):
            return all(isinstance(each, ast.Expr) for each in handled)
    return False


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
