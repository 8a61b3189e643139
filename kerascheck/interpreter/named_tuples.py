"""Named tuples: tuples whose items have names, made by ``namedtuple`` or a class that extends ``NamedTuple``."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerascheck.interpreter.classes import external_bases, find_member, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    ClassValue,
    DictValue,
    NativeMethod,
    Scope,
    UnknownValue,
    Value,
)

NAMED_TUPLE = "typing.NamedTuple"


class NamedTupleValue(tuple[Value, ...]):
    """A tuple of a class with ``fields``; else a tuple as any other."""

    cls: ClassValue
    fields: tuple[str, ...]

    @classmethod
    def of(cls, owner: ClassValue, fields: tuple[str, ...], items: Iterable[Value]) -> NamedTupleValue:
        """A value of the class ``owner``."""
        made = cls(items)
        made.cls, made.fields = owner, fields
        return made


def named_tuple(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``namedtuple(name, fields, defaults=...)``: a class."""
    name, listed = arguments.get(0, "typename"), arguments.get(1, "field_names")
    fields = listed.replace(",", " ").split() if isinstance(listed, str) else iterate(interpreter, listed)
    if not isinstance(name, str) or fields is None or not all(isinstance(field, str) for field in fields):
        return NOTHING_KNOWN
    given = arguments.keywords.get("defaults")
    defaults = [] if given is None else iterate(interpreter, given)
    if arguments.open or defaults is None or arguments.keywords.keys() - {"defaults", "module", "typename"}:
        return NOTHING_KNOWN
    namespace = interpreter.heap.new(Scope())
    namespace.variables.update(zip(reversed(fields), reversed(defaults), strict=False))
    return ClassValue(name, None, (), namespace, None, tuple_fields=tuple(fields))


def tuple_fields(cls: ClassValue) -> tuple[str, ...] | None:
    """The names of the items of a class of named tuples; None for any other class."""
    if cls.tuple_fields is None:
        inherited = (each.tuple_fields for each in resolution_order(cls)[1:] if isinstance(each, ClassValue))
        cls.tuple_fields = next((fields for fields in inherited if fields is not None), None)
    if cls.tuple_fields is None and cls.node is not None and NAMED_TUPLE in {each.name for each in external_bases(cls)}:
        cls.tuple_fields = tuple(
            part.target.id
            for part in cls.node.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        )
    return cls.tuple_fields


def make_named_tuple(
    interpreter: Interpreter, cls: ClassValue, fields: tuple[str, ...], arguments: Arguments, node: ast.AST
) -> Value:
    """Call a class of named tuples."""
    own = find_member(cls, "__new__")
    if own is None:
        return new_named_tuple(cls, fields, arguments)
    given = Arguments((cls, *arguments.positional), arguments.keywords, arguments.open)
    return interpreter.call(own[1], given, node)


def new_named_tuple(cls: ClassValue, fields: tuple[str, ...], arguments: Arguments) -> Value:
    """What Python's own ``__new__`` makes of these items."""
    if len(arguments.positional) > len(fields):
        return NOTHING_KNOWN
    items = dict(zip(fields, arguments.positional, strict=False)) | arguments.keywords
    for field in fields:
        if field not in items:
            default = None if arguments.open else find_member(cls, field)
            items[field] = UnknownValue(f"field {field}") if default is None else default[1]
    return NamedTupleValue.of(cls, fields, (items[field] for field in fields))


def tuple_class_attribute(cls: ClassValue, fields: tuple[str, ...], name: str) -> Value:
    """``Point.name`` of a class of named tuples, where the class itself does not define it."""
    match name:
        case "_fields":
            return fields
        case "_make":
            return Builtin(name, lambda i, a, n: _made(i, cls, fields, a, n))
        case "__new__":
            return NativeMethod(cls, name)
    return UnknownValue(f"{cls.name}.{name}")


def _made(
    interpreter: Interpreter, cls: ClassValue, fields: tuple[str, ...], arguments: Arguments, node: ast.AST
) -> Value:
    items = iterate(interpreter, arguments.get(0, "iterable"))
    return NOTHING_KNOWN if items is None else new_named_tuple(cls, fields, Arguments(tuple(items)))


def set_defaults(interpreter: Interpreter, cls: ClassValue, defaults: Value) -> None:
    """``Point.__new__.__defaults__ = ...``: the last fields need not be given."""
    interpreter.heap.touch(cls.namespace)
    fields = tuple_fields(cls) or ()
    given = defaults if isinstance(defaults, tuple) else (NOTHING_KNOWN,) * len(fields)
    cls.namespace.variables.update(zip(reversed(fields), reversed(given), strict=False))


def named_tuple_attribute(interpreter: Interpreter, value: NamedTupleValue, name: str, node: ast.AST) -> Value:
    """``value.name``: an item, what every named tuple has, or a member of its class."""
    from kerascheck.interpreter.attributes import bind

    if name in value.fields:
        return value[value.fields.index(name)]
    match name:
        case "_fields":
            return value.fields
        case "_asdict":
            return Builtin(name, lambda i, a, n: i.heap.new(DictValue(dict(zip(value.fields, value, strict=True)))))
        case "_replace":
            return Builtin(name, lambda i, a, n: _replaced(value, a))
    found = find_member(value.cls, name)
    return UnknownValue(name) if found is None else bind(interpreter, found[1], value, value.cls, node)


def _replaced(value: NamedTupleValue, arguments: Arguments) -> Value:
    if arguments.open:
        return NOTHING_KNOWN
    items = dict(zip(value.fields, value, strict=True)) | arguments.keywords
    return NamedTupleValue.of(value.cls, value.fields, (items[field] for field in value.fields))
