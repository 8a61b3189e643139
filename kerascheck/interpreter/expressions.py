"""Evaluating expressions: one function a kind of syntax node."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from kerascheck.graph import SIZE_GUARD
from kerascheck.interpreter import tensors
from kerascheck.interpreter.argument_checks import check_arguments
from kerascheck.interpreter.attributes import get_attribute, get_item
from kerascheck.interpreter.branches import note_choice
from kerascheck.interpreter.comparisons import compare_values, guards_of, negated
from kerascheck.interpreter.comprehensions import comprehend
from kerascheck.interpreter.core import ExpressionHandler, Frame, Interpreter, UserRaise
from kerascheck.interpreter.flows import derived
from kerascheck.interpreter.frame_builtins import FRAME_BUILTINS
from kerascheck.interpreter.heap import join
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.nests import is_constant, is_key, truth
from kerascheck.interpreter.open_batch import note_number
from kerascheck.interpreter.operations import MAXIMUM_CONSTANT, binary_operation, has_long_number
from kerascheck.interpreter.scopes import assign_name, lookup
from kerascheck.interpreter.sessions import is_fed
from kerascheck.interpreter.shown import note_shown
from kerascheck.interpreter.symbolic_uses import note_builtin, note_symbolic_use
from kerascheck.interpreter.symbols import record_symbol, replaces
from kerascheck.interpreter.training_flags import training_guard
from kerascheck.interpreter.unbuilt import note_empty
from kerascheck.interpreter.unknowns import UnknownSize
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    ComputedValue,
    Constant,
    DictValue,
    External,
    FunctionValue,
    ListValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)


def _constant(interpreter: Interpreter, node: ast.Constant, frame: Frame) -> Value:
    return node.value


def _name(interpreter: Interpreter, node: ast.Name, frame: Frame) -> Value:
    scope, name = frame.scope, node.id
    if scope.parent is not None and name in scope.variables and name not in scope.global_names:
        # As `lookup` does: nothing is evaluated more often than the names of a function's own.
        return scope.variables[name]
    return lookup(interpreter, name, frame)


def _attribute(interpreter: Interpreter, node: ast.Attribute, frame: Frame, called: bool = False) -> Value:
    if isinstance(node.value, ast.Attribute):
        value, is_symbol = _of_attribute(interpreter, node, frame, called)
    else:
        base = interpreter.evaluate(node.value, frame)
        value = get_attribute(interpreter, base, node.attr, node, called)
        is_symbol = isinstance(value, External) and isinstance(base, External)
    if is_symbol:
        record_symbol(interpreter, node, value, frame, called)
    return value


def _of_attribute(
    interpreter: Interpreter, node: ast.Attribute, frame: Frame, called: bool = False
) -> tuple[Value, bool]:
    """The value of ``a.b.c``, and whether it is a library's name that is yet to be recorded.

    ``a.b`` is recorded only where ``a.b.c`` will not be in its place.
    """
    inner, unrecorded = node.value, None
    if isinstance(inner, ast.Attribute):
        interpreter.step()
        base, is_symbol = _of_attribute(interpreter, inner, frame)
        unrecorded = inner if is_symbol else None
    else:
        base = interpreter.evaluate(inner, frame)
    value = get_attribute(interpreter, base, node.attr, node, called)
    is_symbol = isinstance(value, External) and isinstance(base, External)
    if unrecorded is not None and not (is_symbol and replaces(value.name, base.name, interpreter.program.generation)):
        record_symbol(interpreter, unrecorded, base, frame, called=False)
    return value, is_symbol


def _subscript(interpreter: Interpreter, node: ast.Subscript, frame: Frame) -> Value:
    base = interpreter.evaluate(node.value, frame)
    key = interpreter.evaluate(node.slice, frame)
    if isinstance(key, int) and isinstance(node.ctx, ast.Load):
        note_empty(interpreter, base, node)
    return get_item(interpreter, base, key, node)


def _slice(interpreter: Interpreter, node: ast.Slice, frame: Frame) -> Value:
    parts = [
        None if part is None else interpreter.evaluate(part, frame) for part in (node.lower, node.upper, node.step)
    ]
    return slice(*parts)


def _tuple(interpreter: Interpreter, node: ast.Tuple, frame: Frame) -> Value:
    items = elements(interpreter, node.elts, frame)
    return NOTHING_KNOWN if items is None else tuple(items)


def _list(interpreter: Interpreter, node: ast.List, frame: Frame) -> Value:
    return interpreter.heap.new(ListValue(elements(interpreter, node.elts, frame)))


def _set(interpreter: Interpreter, node: ast.Set, frame: Frame) -> Value:
    return interpreter.heap.new(ListValue(elements(interpreter, node.elts, frame), kind="set"))


def elements(interpreter: Interpreter, nodes: Iterable[ast.expr], frame: Frame) -> list[Value] | None:
    """The values of a list display; None where a ``*`` brings an unknown number of them."""
    items: list[Value] | None = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            more = iterate(interpreter, interpreter.evaluate(node.value, frame))
            items = None if more is None or items is None else items + more
        else:
            value = interpreter.evaluate(node, frame)
            if items is not None:
                items.append(value)
    return items


def _dict(interpreter: Interpreter, node: ast.Dict, frame: Frame) -> Value:
    items: dict[Any, Value] | None = {}
    doubtful: frozenset[Any] = frozenset()
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = interpreter.evaluate(value_node, frame)
        if key_node is None:
            if isinstance(value, DictValue) and value.items is not None and items is not None:
                items.update(value.items)
                doubtful |= value.doubtful
            else:
                items = None
            continue
        key = interpreter.evaluate(key_node, frame)
        if items is None or not (is_key(key) or is_fed(key)):
            items = None
        else:
            items[key] = value
    made = interpreter.heap.new(DictValue(items))
    made.doubtful = doubtful
    made.spelled = None not in node.keys
    return made


def _joined_string(interpreter: Interpreter, node: ast.JoinedStr, frame: Frame) -> Value:
    pieces: list[str] = []
    known = True
    for part in node.values:
        value = interpreter.evaluate(part, frame)
        if isinstance(value, str):
            pieces.append(value)
        else:
            known = False
    return "".join(pieces) if known else UnknownValue("text")


def _formatted_value(interpreter: Interpreter, node: ast.FormattedValue, frame: Frame) -> Value:
    value = interpreter.evaluate(node.value, frame)
    note_shown(interpreter, value, node)
    specification = "" if node.format_spec is None else interpreter.evaluate(node.format_spec, frame)
    if not is_constant(value) or not isinstance(specification, str) or has_long_number(specification):
        return NOTHING_KNOWN
    match node.conversion:
        case 114:
            value = repr(value)
        case 97:
            value = ascii(value)
        case 115:
            value = str(value)
    try:
        text = format(value, specification)
    except (ValueError, TypeError):
        return NOTHING_KNOWN
    return text if len(text) < MAXIMUM_CONSTANT else NOTHING_KNOWN


def _binary(interpreter: Interpreter, node: ast.BinOp, frame: Frame) -> Value:
    left = interpreter.evaluate(node.left, frame)
    right = interpreter.evaluate(node.right, frame)
    return binary_operation(interpreter, node.op, left, right, node)


def _unary(interpreter: Interpreter, node: ast.UnaryOp, frame: Frame) -> Value:
    value = interpreter.evaluate(node.operand, frame)
    match node.op:
        case ast.Not():
            note_symbolic_use(interpreter, "not", value, node)
            return _negation(value)
        case _ if isinstance(value, TensorValue):
            symbol = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(node.op)]
            return tensors.unary(interpreter, symbol, value, node)
        case _ if isinstance(value, ComputedValue):
            return derived(interpreter, "negative", (value,), node)
        case _ if isinstance(value, (int, float, complex)):
            try:
                match node.op:
                    case ast.USub():
                        return -value
                    case ast.UAdd():
                        return +value
                    case ast.Invert():
                        return ~value if isinstance(value, int) else NOTHING_KNOWN
            except TypeError:
                return NOTHING_KNOWN
        case ast.USub() if isinstance(value, SizeValue):
            note_number(interpreter, "-", value, node)
            negated = -value.dim
            return negated if isinstance(negated, int) else SizeValue(negated)
    return NOTHING_KNOWN


def _negation(value: Value) -> Value:
    decided = truth(value)
    if decided is not None:
        return not decided
    if isinstance(value, UnknownValue) and (value.guard is not None or value.unless is not None):
        return UnknownValue(value.why, negated(value.guard) or value.unless)
    return value if isinstance(value, UnknownSize) else NOTHING_KNOWN


def _boolean(interpreter: Interpreter, node: ast.BoolOp, frame: Frame) -> Value:
    stops = isinstance(node.op, ast.Or)
    undecided: Value = None
    unless: str | None = None
    of_sizes = False
    for index, part in enumerate(node.values):
        if undecided is None:
            value = interpreter.evaluate(part, frame)
        else:
            value = evaluate_apart(interpreter, part, frame, undecided)
        decided = truth(value)
        if index < len(node.values) - 1 and undecided is None:
            note_symbolic_use(interpreter, "or" if stops else "and", value, node)
        if decided is None:
            unless = unless or guards_of(value)[1]
            of_sizes = of_sizes or isinstance(value, UnknownSize)
            undecided = undecided or value
            if isinstance(value, TensorValue):
                undecided = NOTHING_KNOWN
        elif decided is stops:
            return (
                value
                if undecided is None
                else (decided if not isinstance(value, Constant) or stops is False else NOTHING_KNOWN)
            )
        elif index == len(node.values) - 1 and undecided is None:
            return value
    if isinstance(undecided, UnknownValue) and undecided.guard is not None and not stops:
        return undecided
    if undecided is None:
        return value
    return (UnknownSize if of_sizes else UnknownValue)("undecided condition", unless=unless if stops else None)


def evaluate_apart(interpreter: Interpreter, node: ast.expr, frame: Frame, condition: Value = None) -> Value:
    """Evaluate what may not run at all, and take back what it wrote."""
    guard = condition.guard if isinstance(condition, UnknownValue) else None
    interpreter.context.apart += guard is None
    try:
        with interpreter.guarded(guard):
            value, _ = interpreter.heap.branch(lambda: interpreter.evaluate(node, frame))
    except UserRaise:
        return NOTHING_KNOWN
    finally:
        interpreter.context.apart -= guard is None
    return value


def _conditional(interpreter: Interpreter, node: ast.IfExp, frame: Frame) -> Value:
    condition = interpreter.evaluate(node.test, frame)
    note_symbolic_use(interpreter, "if", condition, node.test)
    match truth(condition):
        case True:
            with interpreter.guarded(training_guard(interpreter, node.test)):
                return interpreter.evaluate(node.body, frame)
        case False:
            with interpreter.guarded(training_guard(interpreter, node.test, opposite=True)):
                return interpreter.evaluate(node.orelse, frame)
    inside, outside = guards_of(condition)
    of_sizes = SIZE_GUARD if isinstance(condition, UnknownSize) else None
    values: list[Value] = []
    for part, mark in ((node.body, inside), (node.orelse, outside)):
        interpreter.context.apart += mark is None
        try:
            with interpreter.guarded(mark or of_sizes):
                value, delta = interpreter.heap.branch(lambda part=part: interpreter.evaluate(part, frame))  # type: ignore[misc]
        except UserRaise:
            continue
        finally:
            interpreter.context.apart -= mark is None
        interpreter.heap.meet(delta)
        values.append(value)
    if not values:
        raise UserRaise(None)
    if len(values) == 1:
        return values[0]
    note_choice(interpreter, (inside, outside), (values[0], values[1]))
    if isinstance(condition, UnknownSize) and all(isinstance(value, bool) for value in values):
        return condition
    return join(values[0], values[1])


def _comparison(interpreter: Interpreter, node: ast.Compare, frame: Frame) -> Value:
    left = interpreter.evaluate(node.left, frame)
    if len(node.ops) == 1:
        return compare_values(interpreter, node.ops[0], left, interpreter.evaluate(node.comparators[0], frame), node)
    result: Value = True
    for symbol, right_node in zip(node.ops, node.comparators, strict=True):
        right = interpreter.evaluate(right_node, frame)
        outcome = compare_values(interpreter, symbol, left, right, node)
        if right_node is not node.comparators[-1]:
            note_symbolic_use(interpreter, "and", outcome, node)
        match truth(outcome):
            case False:
                return False
            case None:
                result = NOTHING_KNOWN
        left = right
    return result


def parameter_defaults(
    interpreter: Interpreter, parameters: ast.arguments, frame: Frame
) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """The defaults of the last parameters that may be given by position, and of those given by name alone."""
    if not parameters.defaults and not parameters.kwonlyargs:
        return (), {}
    by_position = tuple([interpreter.evaluate(default, frame) for default in parameters.defaults])
    by_name = {
        argument.arg: interpreter.evaluate(default, frame)
        for argument, default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
        if default is not None
    }
    return by_position, by_name


def _lambda(interpreter: Interpreter, node: ast.Lambda, frame: Frame) -> Value:
    defaults, keyword_defaults = parameter_defaults(interpreter, node.args, frame)
    return FunctionValue("<lambda>", node, frame.scope, frame.module, defaults, keyword_defaults)


def _call(interpreter: Interpreter, node: ast.Call, frame: Frame) -> Value:
    callee = node.func
    if isinstance(callee, ast.Name):
        function = interpreter.evaluate(callee, frame)
    elif isinstance(callee, ast.Attribute):
        interpreter.step()
        function = _attribute(interpreter, callee, frame, called=True)
    else:
        interpreter.step()
        function = interpreter.evaluate(callee, frame)
    arguments = _arguments(interpreter, node, frame)
    if not isinstance(function, Builtin):
        check_arguments(interpreter, function, arguments, node)
    elif function.name in FRAME_BUILTINS:
        return FRAME_BUILTINS[function.name](interpreter, arguments, frame)
    else:
        note_builtin(interpreter, function, arguments, node)
    return interpreter.call_value(interpreter, function, arguments, node)


def _arguments(interpreter: Interpreter, node: ast.Call, frame: Frame) -> Arguments:
    """The arguments of a call expression."""
    positional = elements(interpreter, node.args, frame) if node.args else []
    if not node.keywords and positional is not None:
        return Arguments(tuple(positional))
    is_open = positional is None
    keywords: dict[str, Value] = {}
    spelled: list[str] = []
    for keyword in node.keywords:
        value = interpreter.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, DictValue) and value.items is not None and all(isinstance(k, str) for k in value.items):
            keywords.update((name, each) for name, each in value.items.items() if name not in value.doubtful)
            is_open |= not value.doubtful.isdisjoint(value.items)
            spelled += value.items if value.spelled else ()
        else:
            is_open = True
    return Arguments(tuple(positional or ()), keywords, is_open, tuple(spelled))


def _comprehension(
    interpreter: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame
) -> Value:
    items = comprehend(
        interpreter,
        node.generators,
        frame,
        lambda inner: interpreter.evaluate(node.elt, inner),
        counted=not isinstance(node, ast.SetComp),
    )
    kind = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}[type(node)]
    return interpreter.heap.new(ListValue(items, kind=kind))


def _dict_comprehension(interpreter: Interpreter, node: ast.DictComp, frame: Frame) -> Value:
    pairs = comprehend(
        interpreter,
        node.generators,
        frame,
        lambda inner: (interpreter.evaluate(node.key, inner), interpreter.evaluate(node.value, inner)),
    )
    if pairs is None or not all(is_key(key) for key, _ in pairs):
        return interpreter.heap.new(DictValue(None))
    return interpreter.heap.new(DictValue(dict(pairs)))


def _named(interpreter: Interpreter, node: ast.NamedExpr, frame: Frame) -> Value:
    value = interpreter.evaluate(node.value, frame)
    assign_name(interpreter, node.target.id, value, frame)
    return value


def _starred(interpreter: Interpreter, node: ast.Starred, frame: Frame) -> Value:
    interpreter.evaluate(node.value, frame)
    return NOTHING_KNOWN


def _yield(interpreter: Interpreter, node: ast.Yield, frame: Frame) -> Value:
    value = None if node.value is None else interpreter.evaluate(node.value, frame)
    if frame.yields is not None:
        frame.yields.append(value)
    return NOTHING_KNOWN


def _yield_from(interpreter: Interpreter, node: ast.YieldFrom, frame: Frame) -> Value:
    more = iterate(interpreter, interpreter.evaluate(node.value, frame))
    if frame.yields is not None:
        frame.yields.extend(more if more is not None else [NOTHING_KNOWN])
    return NOTHING_KNOWN


def _await(interpreter: Interpreter, node: ast.Await, frame: Frame) -> Value:
    return interpreter.evaluate(node.value, frame)


EXPRESSIONS: dict[type[ast.expr], ExpressionHandler] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.JoinedStr: _joined_string,
    ast.FormattedValue: _formatted_value,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.Compare: _comparison,
    ast.Lambda: _lambda,
    ast.Call: _call,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.NamedExpr: _named,
    ast.Starred: _starred,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Await: _await,
}
