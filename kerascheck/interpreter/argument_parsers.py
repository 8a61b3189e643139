"""``argparse``: the arguments of a program that is run without any are their defaults."""

from __future__ import annotations

import ast

from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    DictValue,
    External,
    FunctionValue,
    Instance,
    Value,
)

PARSER = "argparse.ArgumentParser"

NAMESPACE = "namespace"
"""What marks a dict that is read by attribute."""

OPTIONS = "\0options"
"""The attribute of a parser, shared with its groups, that holds the defaults by the names of the arguments."""

WITHOUT_VALUE = {"store_true": False, "store_false": True, "count": None, "append": None, "store": None}
"""The default of an argument, by its action, where none is given."""


def argument_parser(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``ArgumentParser(...)``."""
    parser = interpreter.heap.new(Instance(External(PARSER), native=PARSER))
    parser.attributes[OPTIONS] = interpreter.heap.new(DictValue({}))
    for parent in iterate(interpreter, arguments.keywords.get("parents", ())) or ():
        if isinstance(parent, Instance) and isinstance(parent.attributes.get(OPTIONS), DictValue):
            parser.attributes[OPTIONS].items |= parent.attributes[OPTIONS].items or {}
    return parser


def parser_method(interpreter: Interpreter, parser: Instance, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A method of a parser or of a group of its arguments."""
    options = parser.attributes[OPTIONS]
    match name:
        case "add_argument":
            return _add_argument(interpreter, options, arguments, node)
        case "add_argument_group" | "add_mutually_exclusive_group":
            group = interpreter.heap.new(Instance(External(PARSER), native=PARSER))
            group.attributes[OPTIONS] = options
            return group
        case "set_defaults":
            interpreter.heap.touch(options)
            if options.items is not None:
                options.items = None if arguments.open else {**options.items, **arguments.keywords}
        case "add_subparsers":
            # Which of them is meant, the command line says.
            interpreter.heap.touch(options)
            options.items = None
        case "parse_args" | "parse_known_args":
            given = DictValue(None if options.items is None else dict(options.items), NAMESPACE)
            values = interpreter.heap.new(given)
            return values if name == "parse_args" else (values, NOTHING_KNOWN)
    return NOTHING_KNOWN


def _add_argument(interpreter: Interpreter, options: DictValue, arguments: Arguments, node: ast.AST) -> Value:
    interpreter.heap.touch(options)
    names = arguments.positional
    keywords = arguments.keywords
    if arguments.open or not names or not all(isinstance(name, str) for name in names):
        options.items = None
    if options.items is None:
        return NOTHING_KNOWN
    long = next((name for name in names if name.startswith("--")), names[0])
    name = keywords.get("dest", long.lstrip("-").replace("-", "_"))
    positional = not long.startswith("-")
    action = keywords.get("action", "store")
    if not isinstance(name, str):
        options.items = None
    elif positional and "default" not in keywords:
        # A program that is run without it does not get this far.
        options.items[name] = NOTHING_KNOWN
    elif "default" in keywords:
        options.items[name] = _typed(interpreter, keywords["default"], keywords.get("type"), node)
    elif keywords.get("required") is True or not isinstance(action, str):
        options.items[name] = NOTHING_KNOWN
    else:
        options.items.setdefault(name, keywords.get("const") if action == "store_const" else WITHOUT_VALUE.get(action))
    return NOTHING_KNOWN


def _typed(interpreter: Interpreter, default: Value, kind: Value, node: ast.AST) -> Value:
    """A default as the program gets it: argparse converts one that is a string."""
    if isinstance(default, str) and isinstance(kind, (Builtin, FunctionValue)):
        return interpreter.call(kind, Arguments((default,)), node)
    return default
