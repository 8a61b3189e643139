"""``itertools`` and ``operator``."""

from __future__ import annotations

import ast
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.operations import binary_operation
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, Builtin, ListValue, RangeValue, Value

Function: TypeAlias = Callable[[Interpreter, Arguments, ast.AST], Value]

MAXIMUM_COMBINATIONS = 10_000
"""More combinations than this are not gone through."""

LENGTHS: Mapping[str, Callable[[int, int], int]] = {
    "combinations": math.comb,
    "permutations": math.perm,
    "combinations_with_replacement": lambda count, size: math.comb(count + size - 1, size) if count else 0,
}
"""How many there are of ``size`` of ``count`` items."""


def _generator(interpreter: Interpreter, items: Iterable[Value]) -> Value:
    return interpreter.heap.new(ListValue(list(items), kind="generator"))


def _columns(interpreter: Interpreter, values: Iterable[Value]) -> list[list[Value]] | None:
    found = [iterate(interpreter, each) for each in values]
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) else None


def _chain(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    parts = _columns(interpreter, arguments.positional)
    return NOTHING_KNOWN if parts is None or arguments.open else _generator(interpreter, itertools.chain(*parts))


def _chain_from_iterable(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    outer = iterate(interpreter, arguments.get(0, "iterable"))
    return NOTHING_KNOWN if outer is None else _chain(interpreter, Arguments(tuple(outer)), node)


def _product(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    parts, repeat = _columns(interpreter, arguments.positional), arguments.keywords.get("repeat", 1)
    if parts is None or arguments.open or not isinstance(repeat, int) or not 0 <= repeat <= MAXIMUM_COMBINATIONS:
        return NOTHING_KNOWN
    if math.prod(len(part) for part in parts) ** repeat > MAXIMUM_COMBINATIONS:
        return NOTHING_KNOWN
    return _generator(interpreter, itertools.product(*parts, repeat=repeat))


def _chosen(name: str) -> Function:
    def choose(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        items = iterate(interpreter, arguments.get(0, "iterable"))
        size = arguments.get(1, "r", None if items is None else len(items))
        if (
            items is None
            or not isinstance(size, int)
            or size < 0
            or LENGTHS[name](len(items), size) > MAXIMUM_COMBINATIONS
        ):
            return NOTHING_KNOWN
        return _generator(interpreter, getattr(itertools, name)(items, size))

    return choose


def _count(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    start, step = arguments.get(0, "start", 0), arguments.get(1, "step", 1)
    if not isinstance(start, int) or not isinstance(step, int) or step == 0:
        return NOTHING_KNOWN
    return RangeValue(range(start, sys.maxsize if step > 0 else -sys.maxsize, step))


def _repeat(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    times = arguments.get(1, "times")
    if not isinstance(times, int) or times > MAXIMUM_COMBINATIONS:
        return NOTHING_KNOWN
    return _generator(interpreter, [arguments.get(0, "object")] * max(times, 0))


def _islice(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    source, bounds = arguments.get(0, "iterable"), arguments.positional[1:]
    if not bounds or not all(each is None or (isinstance(each, int) and each >= 0) for each in bounds):
        return NOTHING_KNOWN
    items = source.values if isinstance(source, RangeValue) else iterate(interpreter, source)
    if items is None:
        return NOTHING_KNOWN
    first, last, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    taken = items[first or 0 : last : step or 1]
    return NOTHING_KNOWN if len(taken) > MAXIMUM_COMBINATIONS else _generator(interpreter, taken)


def _zip_longest(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    columns = _columns(interpreter, arguments.positional)
    if columns is None or arguments.open:
        return NOTHING_KNOWN
    return _generator(interpreter, itertools.zip_longest(*columns, fillvalue=arguments.keywords.get("fillvalue")))


def _accumulate(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items = iterate(interpreter, arguments.get(0, "iterable"))
    function, initial = arguments.get(1, "func"), arguments.keywords.get("initial")
    if items is None:
        return NOTHING_KNOWN

    def step(left: Value, right: Value) -> Value:
        if function is None:
            return binary_operation(interpreter, ast.Add(), left, right, node)
        return interpreter.call(function, Arguments((left, right)), node)

    return _generator(interpreter, itertools.accumulate(items, step, initial=initial))


def _starmap(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    rows = _columns(interpreter, iterate(interpreter, arguments.get(1, "iterable")) or [NOTHING_KNOWN])
    if rows is None:
        return NOTHING_KNOWN
    function = arguments.get(0, "function")
    return _generator(interpreter, [interpreter.call(function, Arguments(tuple(row)), node) for row in rows])


def _pairwise(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items = iterate(interpreter, arguments.get(0, "iterable"))
    return NOTHING_KNOWN if items is None else _generator(interpreter, itertools.pairwise(items))


def _operator(operator: ast.operator) -> Function:
    def apply(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        return binary_operation(interpreter, operator, arguments.get(0, "a"), arguments.get(1, "b"), node)

    return apply


def _getter(read: Callable[[Interpreter, Value, Any, ast.AST], Value]) -> Function:
    """A function that reads from what it is called on: several things give a tuple."""

    def make(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        keys = arguments.positional

        def get(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
            found = tuple(read(interpreter, arguments.get(0, "obj"), key, node) for key in keys)
            return found[0] if len(found) == 1 else found

        return Builtin("getter", get) if keys and not arguments.open else NOTHING_KNOWN

    return make


def _item(interpreter: Interpreter, base: Value, key: Value, node: ast.AST) -> Value:
    from kerascheck.interpreter.attributes import get_item

    return get_item(interpreter, base, key, node)


def _attribute(interpreter: Interpreter, base: Value, name: Value, node: ast.AST) -> Value:
    from kerascheck.interpreter.attributes import get_attribute

    if not isinstance(name, str):
        return NOTHING_KNOWN
    for part in name.split("."):
        base = get_attribute(interpreter, base, part, node)
    return base


def _tee(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items, count = iterate(interpreter, arguments.get(0, "iterable")), arguments.get(1, "n", 2)
    if items is None or not isinstance(count, int) or not 0 <= count * len(items) <= MAXIMUM_COMBINATIONS:
        return NOTHING_KNOWN
    return tuple(_generator(interpreter, items) for _ in range(count))


def _getitem(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return _item(interpreter, arguments.get(0, "a"), arguments.get(1, "b"), node)


OPERATORS: Mapping[str, type[ast.operator]] = {
    "add": ast.Add,
    "sub": ast.Sub,
    "mul": ast.Mult,
    "truediv": ast.Div,
    "floordiv": ast.FloorDiv,
    "mod": ast.Mod,
    "pow": ast.Pow,
    "matmul": ast.MatMult,
    "concat": ast.Add,
}

FUNCTIONS: Mapping[str, Function] = {
    "itertools.accumulate": _accumulate,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from_iterable,
    "itertools.count": _count,
    "itertools.islice": _islice,
    "itertools.pairwise": _pairwise,
    "itertools.product": _product,
    "itertools.repeat": _repeat,
    "itertools.starmap": _starmap,
    "itertools.tee": _tee,
    "itertools.zip_longest": _zip_longest,
    "operator.attrgetter": _getter(_attribute),
    "operator.getitem": _getitem,
    "operator.itemgetter": _getter(_item),
    **{f"itertools.{name}": _chosen(name) for name in LENGTHS},
    **{f"operator.{name}": _operator(kind()) for name, kind in OPERATORS.items()},
}
"""What kerascheck models of the two modules."""
