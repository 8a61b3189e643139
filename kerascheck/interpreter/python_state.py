"""Python numbers and lists that ``call`` or ``train_step`` changes: Keras runs it when it traces, not at every step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerascheck.graph import Source
from kerascheck.interpreter.core import STEPS, Frame, Interpreter, Phase
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import ClassValue, Instance, ListValue, TensorValue, UnknownValue, Value
from kerascheck.program import PythonState

SETTING_UP = frozenset({"__init__", "build"})
"""Methods in which an attribute gets its first value."""

GROWING = frozenset({"append", "extend", "insert"})

_TRACED = STEPS | {"call"}
"""The phases that Keras runs when it traces."""


def note_python_state(interpreter: Interpreter, node: ast.Assign | ast.AugAssign, value: Value, frame: Frame) -> None:
    """Note ``self.count = self.count + 1`` in what Keras traces, where the count is a Python number."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0] if len(node.targets) == 1 else None
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
        return
    running = _call_of(interpreter)
    if running is None:
        return
    instance = running.instance
    from kerascheck.interpreter.scopes import lookup

    if target.attr in running.assigned or lookup(interpreter, target.value.id, frame) is not instance:
        return
    old = instance.attributes.get(target.attr)
    if not _is_number(old) or not (_is_number(value) or isinstance(value, (TensorValue, UnknownValue))):
        return
    if isinstance(node, ast.Assign) and not goes_on_from(node, target):
        return
    kind = "tensor" if isinstance(value, TensorValue) and not value.is_numpy else "number"
    _note(interpreter, running, target.attr, kind, source_of(interpreter, node))


def note_growing(interpreter: Interpreter, grown: ListValue, method: str, node: ast.AST) -> None:
    """Note ``self.seen.append(x)`` in what Keras traces, where the list was there before."""
    running = _call_of(interpreter)
    if running is None or method not in GROWING or grown.born > running.clock or grown.kind != "list":
        return
    name = next((name for name, value in running.instance.attributes.items() if value is grown), None)
    if name is not None and name not in running.assigned and grown.items is not None and not _is_given(running, name):
        running.grown.setdefault(name, (grown, len(grown.items), source_of(interpreter, node)))


def finish_growing(interpreter: Interpreter, running: Phase) -> None:
    """Tell the rules of the lists that are longer once what is traced has ended."""
    for name, (grown, length, source) in running.grown.items():
        if grown.items is not None and len(grown.items) > length and running.instance.attributes.get(name) is grown:
            _note(interpreter, running, name, "list", source)


def _call_of(interpreter: Interpreter) -> Phase | None:
    running = interpreter.context.phase
    if running is None or running.kind not in _TRACED or interpreter.facts.rehearsing or interpreter.context.replay:
        return None
    known = isinstance(running.instance, Instance) and isinstance(running.instance.cls, ClassValue)
    return running if known and interpreter.module.is_user else None


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def goes_on_from(assignment: ast.Assign, target: ast.Attribute) -> bool:
    """Whether ``self.count = ...`` reads ``self.count``."""
    value, owner = assignment.value, target.value
    return isinstance(owner, ast.Name) and any(
        isinstance(each, ast.Attribute)
        and each.attr == target.attr
        and isinstance(each.value, ast.Name)
        and each.value.id == owner.id
        for each in walk(value)
    )


def _note(interpreter: Interpreter, running: Phase, name: str, kind: str, source: Source | None) -> None:
    instance = running.instance
    module = instance.cls.module
    if source is None or module is None or interpreter.program.tensorflow == 1:
        return
    if instance.layer.config.get("dynamic") is True or any(
        name in exempt_attributes(each.node) for each in module.classes if each.node
    ):
        return
    interpreter.program.python_states.append(
        PythonState(
            instance.cls.name,
            name,
            kind,
            instance.layer.generation,
            source.span,
            source.text,
            source.stack,
            running.kind,
        )
    )


def _is_given(running: Phase, name: str) -> bool:
    """Whether the list is an argument of the constructor's: who gave it wants to see what is traced."""
    node = running.instance.cls.node
    return node is not None and name in given_attributes(node)


def given_attributes(cls: ast.ClassDef) -> frozenset[str]:
    """The attributes that hold arguments of the class's own methods as they were given."""
    return remembered(cls, _given)


def _given(node: ast.AST) -> frozenset[str]:
    methods = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.FunctionDef)]
    return frozenset(
        target.attr
        for method in methods
        for each in walk(method)
        if isinstance(each, ast.Assign)
        and isinstance(each.value, ast.Name)
        and each.value.id in {argument.arg for argument in (*method.args.args, *method.args.kwonlyargs)}
        for target in each.targets
        if isinstance(target, ast.Attribute)
    )


def exempt_attributes(cls: ast.ClassDef) -> frozenset[str]:
    """The attributes that some method of the class sets anew, other than when the object is made, or makes text of."""
    return remembered(cls, _set_anew) | remembered(cls, _in_text)


def _in_text(node: ast.AST) -> frozenset[str]:
    """The attributes that go into text, as into the names of ops: numbering them is for the trace alone."""
    texts = [each for each in walk(node) if _makes_text(each)]
    return frozenset(
        part.attr for each in texts for part in walk(each) if isinstance(part, ast.Attribute) and part.attr != "format"
    )


def _makes_text(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Call(func=ast.Attribute(attr="format") | ast.Name(id="str" | "repr" | "format")):
            return True
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()) | ast.keyword(arg="name"):
            return True
    return False


def _set_anew(node: ast.AST) -> frozenset[str]:
    return frozenset(_anew(node)) if isinstance(node, ast.ClassDef) else frozenset()


def _anew(cls: ast.ClassDef) -> Iterator[str]:
    for method in cls.body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for each in walk(method):
            if not isinstance(each, ast.Assign):
                continue
            for target in each.targets:
                for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                    if isinstance(part, ast.Attribute) and not _goes_on(method.name, each, part):
                        yield part.attr


def _goes_on(method: str, assignment: ast.Assign, target: ast.Attribute) -> bool:
    """Whether an assignment is the attribute's first, or goes on from the value it has."""
    if not isinstance(target.value, ast.Name) or target.value.id != "self":
        return False
    return method in SETTING_UP or goes_on_from(assignment, target)
