"""Python's builtin functions that go through values."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.iteration import element_of, iterate
from kerascheck.interpreter.nests import truth
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    ListValue,
    ManyValue,
    RangeValue,
    UnknownValue,
    Value,
)


def enumerate_values(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``enumerate(iterable, start)``."""
    source = arguments.get(0, "iterable")
    if isinstance(source, DatasetValue):
        return replace(source, element=(UnknownValue("index"), source.element), native=False)
    items = iterate(interpreter, source)
    start = arguments.get(1, "start", 0)
    if items is None and arguments.positional:
        return ManyValue((UnknownValue("index"), element_of(interpreter, arguments.positional[0], node)))
    if items is None or not isinstance(start, int):
        return NOTHING_KNOWN
    return interpreter.heap.new(ListValue([(start + i, item) for i, item in enumerate(items)], kind="generator"))


def zip_values(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``zip(*iterables)``."""
    sources = [each for each in arguments.positional if isinstance(each, DatasetValue)]
    if sources and not arguments.open:
        row = tuple(element_of(interpreter, each, node) for each in arguments.positional)
        return DatasetValue(row, source=sources[0].source, native=False)
    if arguments.open:
        return NOTHING_KNOWN
    columns = [iterate(interpreter, each) for each in arguments.positional]
    # Only as much of an endless count is gone through as the others have.
    shortest = min((len(column) for column in columns if column is not None), default=0)
    columns = [
        list(each.values[:shortest]) if isinstance(each, RangeValue) and any(columns) else column
        for each, column in zip(arguments.positional, columns, strict=True)
    ]
    if any(column is None for column in columns):
        return ManyValue(tuple(element_of(interpreter, each, node) for each in arguments.positional))
    rows = zip(*[column or [] for column in columns], strict=False)
    return interpreter.heap.new(ListValue(list(rows), kind="generator"))


def map_values(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``map(function, *iterables)``."""
    columns = [iterate(interpreter, each) for each in arguments.positional[1:]]
    if arguments.open or not columns or any(column is None for column in columns):
        return NOTHING_KNOWN
    rows = zip(*[column or [] for column in columns], strict=False)
    results = [interpreter.call(arguments.positional[0], Arguments(row), node) for row in rows]
    return interpreter.heap.new(ListValue(results, kind="generator"))


def filter_values(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``filter(function, iterable)``."""
    items = iterate(interpreter, arguments.get(1, "iterable"))
    function = arguments.get(0, "function")
    if items is None:
        return NOTHING_KNOWN
    kept: list[Value] = []
    for item in items:
        decided = truth(item if function is None else interpreter.call(function, Arguments((item,)), node))
        if decided is None:
            return NOTHING_KNOWN
        if decided:
            kept.append(item)
    return interpreter.heap.new(ListValue(kept, kind="generator"))


def next_values(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``next(iterator, default)``: uses the iterator up."""
    value = arguments.get(0, "iterator")
    if isinstance(value, DatasetValue):
        return element_of(interpreter, value, node)
    if isinstance(value, ListValue) and value.items:
        interpreter.heap.touch(value)
        return value.items.pop(0)
    if isinstance(value, ListValue) and value.items == [] and value.kind == "generator":
        if len(arguments.positional) < 2:
            raise UserRaise("StopIteration")
        return arguments.positional[1]
    return NOTHING_KNOWN


def iter_values(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``iter(object)``."""
    if isinstance(arguments.get(0, "object"), DatasetValue):
        return replace(arguments.get(0, "object"), native=False)
    items = iterate(interpreter, arguments.get(0, "object"))
    return interpreter.heap.new(ListValue(items, kind="generator"))
