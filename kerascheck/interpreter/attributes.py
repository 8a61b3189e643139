"""Reading and writing attributes, and subscripts."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache

from kerascheck.graph import UNDECIDED_GUARD, VERSION_GUARD
from kerascheck.interpreter import tensors
from kerascheck.interpreter.assignments import note_assignment
from kerascheck.interpreter.classes import external_bases, find_member, has_unknown_base
from kerascheck.interpreter.core import NOWHERE, Interpreter, UserRaise
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.datasets import dataset_attribute
from kerascheck.interpreter.deferred import find_global
from kerascheck.interpreter.enumerations import member_of_name, members_of
from kerascheck.interpreter.flows import derived
from kerascheck.interpreter.freezing import set_trainable, trainable_flag
from kerascheck.interpreter.layer_attributes import layer_attribute
from kerascheck.interpreter.layer_settings import change_setting, rename
from kerascheck.interpreter.layer_state import note_escape
from kerascheck.interpreter.library import library_value
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.losses import note_losses
from kerascheck.interpreter.members import note_lost_member
from kerascheck.interpreter.named_tuples import (
    NamedTupleValue,
    named_tuple_attribute,
    set_defaults,
    tuple_class_attribute,
    tuple_fields,
)
from kerascheck.interpreter.nests import is_key
from kerascheck.interpreter.optimizers import is_callback, note_optimizer_write, object_attribute
from kerascheck.interpreter.own_dicts import DICT_METHODS, OwnDictValue, own_dict_attribute, set_own_dict_attribute
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.sessions import is_session
from kerascheck.interpreter.trainable_changes import note_setting
from kerascheck.interpreter.unknowns import UNKNOWN_SIZE, MissingAttribute, UnknownObject, UnknownShape, UnknownSize
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    AttributesValue,
    BoundMethod,
    Builtin,
    ClassValue,
    ComputedValue,
    DictValue,
    External,
    FunctionValue,
    Instance,
    KerasShape,
    ListValue,
    Mutable,
    NativeMethod,
    PartialValue,
    PropertyValue,
    RangeValue,
    SizeValue,
    StaticValue,
    SuperValue,
    TensorValue,
    UnknownValue,
    Value,
)

LIST_METHODS = frozenset(dir(list)) | {"popleft", "appendleft"} | frozenset(dir(set))
STRING_METHODS = frozenset(dir(str))
RESETS = frozenset({"reset_states", "reset_state"})
SHAPE_METHODS = frozenset({"as_list", "is_fully_defined", "concatenate", "num_elements", "with_rank", "count", "index"})

TOP_K = ("values", "indices")
"""What TensorFlow's ``top_k`` gives, by name."""


def get_attribute(interpreter: Interpreter, base: Value, name: str, node: ast.AST, called: bool = False) -> Value:
    """``base.name``."""
    if isinstance(base, External):
        return external_attribute(interpreter, base, name)
    if isinstance(base, Instance):
        if base.native is not None:
            note_lost_member(interpreter, base, name, node, called)
        return instance_attribute(interpreter, base, name, node, called)
    if isinstance(base, UnknownValue):
        return _unknown_attribute(interpreter, base, name, node, called)
    if isinstance(base, (TensorValue, KerasShape)):
        note_lost_member(interpreter, base, name, node, called)
    match base:
        case Module():
            inner = interpreter.loader.attribute(interpreter, base, name)
            return inner if inner is not None else UnknownValue(f"{base.name}.{name}")
        case TensorValue():
            return tensors.attribute(interpreter, base, name, node)
        case ClassValue():
            return _class_attribute(interpreter, base, name)
        case SuperValue():
            return _super_attribute(interpreter, base, name)
        case DatasetValue():
            return dataset_attribute(interpreter, base, name)
        case ListValue() if name in LIST_METHODS:
            return NativeMethod(base, name)
        case OwnDictValue():
            return own_dict_attribute(interpreter, base, name, node)
        case DictValue() if name in DICT_METHODS:
            return NativeMethod(base, name)
        case DictValue(items=dict() as entries) if base.default_factory == "namespace":
            return entries.get(name, NOTHING_KNOWN)
        case str() if name in STRING_METHODS:
            return NativeMethod(base, name)
        case NamedTupleValue():
            return named_tuple_attribute(interpreter, base, name, node)
        case (TensorValue(), TensorValue()) if name in TOP_K and _is_top_k(interpreter, base):
            return base[TOP_K.index(name)]
        case tuple():
            if name in ("ndims", "rank"):
                return len(base)
            if name == "dims":
                return interpreter.heap.new(ListValue(list(base)))
            return NativeMethod(base, name) if name in SHAPE_METHODS else NOTHING_KNOWN
        case FunctionValue():
            if name in ("__name__", "__qualname__"):
                return base.name
            return NativeMethod(base, name) if name in ("get_concrete_function", "python_function") else NOTHING_KNOWN
        case Builtin(name="dict") if name in DICT_METHODS:
            return Builtin(f"dict.{name}", lambda i, a, n: _of_dict(i, name, a, n))
        case Builtin():
            found = library_value(f"{base.name}.{name}")
            return NOTHING_KNOWN if found is None else found
        case PartialValue() if name == "func":
            return base.function
        case SizeValue() if name == "value":
            return base
        case int() | float() if name in ("value", "real"):
            return base
        case int() | float() if name in ("numpy", "item"):
            # Numbers of an array that is gone through stand for themselves.
            return Builtin(name, lambda i, a, n: base)
    return NOTHING_KNOWN


def _unknown_attribute(interpreter: Interpreter, base: UnknownValue, name: str, node: ast.AST, called: bool) -> Value:
    _note_unknown(interpreter, name)
    if isinstance(base, UnknownObject):
        note_lost_member(interpreter, base, name, node, called)
    if base.guard == VERSION_GUARD:
        return base
    match base:
        case UnknownShape() if name in ("ndims", "rank"):
            return UNKNOWN_SIZE
        case UnknownObject():
            return object_attribute(base, name)
        case ComputedValue():
            return NativeMethod(base, name) if called else derived(interpreter, name, (base,), node)
    return NOTHING_KNOWN


def _of_dict(interpreter: Interpreter, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``dict.name(value, ...)``: the method, of the value."""
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.open)
    value = arguments.get(0, "self")
    return interpreter.call(NativeMethod(value, name), rest, node) if isinstance(value, DictValue) else NOTHING_KNOWN


def _is_top_k(interpreter: Interpreter, pair: tuple[Value, ...]) -> bool:
    """Whether a pair of tensors is what TensorFlow's ``top_k`` gave, which is a named tuple."""
    made = {origin.node for each in pair if isinstance(each, TensorValue) for origin in each.origins}
    nodes = [interpreter.program.recorder.nodes[name] for name in made]
    return len(nodes) == 1 and nodes[0].op in ("tf.math.top_k", "tf.nn.top_k")


def _note_unknown(interpreter: Interpreter, name: str) -> None:
    """Note what is asked of an object that is not known, where that object may be one that a rule is about."""
    if name == "losses":
        note_losses(interpreter, None)
    elif name in RESETS:
        interpreter.facts.run_facts.resets += 1
        interpreter.facts.metrics.unknown_resets = True


def external_attribute(interpreter: Interpreter, base: External, name: str) -> Value:
    """An attribute of a library's name."""
    if name in ("__version__", "VERSION"):
        return UnknownValue("version", guard=VERSION_GUARD)
    if name == "newaxis":
        return None
    if interpreter.facts.replaced and f"{base.name}.{name}" in interpreter.facts.replaced:
        return UnknownValue("a name of a library that the program replaces")
    known = _name_within(base.name, name)
    return library_value(f"{base.name}.{name}") if known is None else known


@lru_cache(maxsize=8192)
def _name_within(package: str, name: str) -> External | None:
    """A package's name that stands for nothing more; None for one that is modelled."""
    full = f"{package}.{name}"
    return External(full) if library_value(full) is None else None


def instance_attribute(
    interpreter: Interpreter, instance: Instance, name: str, node: ast.AST, called: bool = False
) -> Value:
    """``instance.name``: its own attributes, its class's, then what Keras gives it."""
    if name in instance.attributes:
        return instance.attributes[name]
    if name == "__class__":
        return instance.cls
    if name == "__dict__":
        return interpreter.heap.new(AttributesValue(instance))
    found = find_member(instance.cls, name)
    if found is not None:
        return bind(interpreter, found[1], instance, instance.cls, node)
    if instance.layer is not None:
        return layer_attribute(interpreter, instance, name, node, called)
    if instance.native is not None:
        return NativeMethod(instance, name)
    if name == "model" and is_callback(instance.cls):
        return UnknownObject(f"attribute {name}", kind="keras.Model", generation=interpreter.program.generation)
    if isinstance(instance.cls, ClassValue) and not instance.open and not external_bases(instance.cls):
        fallback = find_member(instance.cls, "__getattr__")
        if fallback is not None and not name.startswith("__"):
            return interpreter.call(BoundMethod(instance, fallback[1]), Arguments((name,)), node)
        if fallback is None and not has_unknown_base(instance.cls) and not name.startswith("__"):
            return MissingAttribute(f"no attribute {name}")
    return UnknownValue(f"attribute {name}")


def bind(interpreter: Interpreter, value: Value, receiver: Value, cls: Value, node: ast.AST) -> Value:
    """What reading a class member through an object gives."""
    match value:
        case FunctionValue():
            return BoundMethod(receiver, value)
        case StaticValue(function=function, is_class=is_class):
            return BoundMethod(cls, function) if is_class else function
        case PropertyValue(getter=getter):
            return NOTHING_KNOWN if getter is None else interpreter.call(getter, Arguments((receiver,)), node)
    return value


def _class_attribute(interpreter: Interpreter, cls: ClassValue, name: str) -> Value:
    if name == "__name__":
        return cls.name
    found = find_member(cls, name)
    if found is not None:
        match found[1]:
            case StaticValue(function=function, is_class=is_class):
                return BoundMethod(cls, function) if is_class else function
            case value:
                return value
    fields = tuple_fields(cls)
    if fields is not None:
        return tuple_class_attribute(cls, fields, name)
    bases = external_bases(cls)
    return External(f"{bases[0].name}.{name}") if bases else UnknownValue(f"{cls.name}.{name}")


def _super_attribute(interpreter: Interpreter, value: SuperValue, name: str) -> Value:
    cls = value.receiver.cls if isinstance(value.receiver, Instance | OwnDictValue) else value.receiver
    found = find_member(cls, name, after=value.owner)
    if found is not None:
        return bind(interpreter, found[1], value.receiver, cls, NOWHERE)
    if isinstance(value.receiver, Instance | OwnDictValue):
        return NativeMethod(value.receiver, name)
    if name == "__new__" and isinstance(cls, ClassValue) and tuple_fields(cls) is not None:
        return NativeMethod(cls, name)
    return NOTHING_KNOWN


def set_attribute(interpreter: Interpreter, base: Value, name: str, value: Value, node: ast.AST) -> None:
    """``base.name = value``."""
    if isinstance(value, Mutable):
        note_escape(value)
    match base:
        case Instance():
            found = find_member(base.cls, name)
            if found is not None and isinstance(found[1], PropertyValue):
                if found[1].setter is not None:
                    interpreter.call(found[1].setter, Arguments((base, value)), node)
                return
            if base.layer is not None:
                note_assignment(interpreter, base, name, value, node)
                certain = UNDECIDED_GUARD not in interpreter.context.guards
                change_setting(base.layer, name, value, certain=certain)
                rename(base.layer, name, value, certain=certain)
            interpreter.heap.touch(base)
            before = trainable_flag(base) if name == "trainable" and base.layer is not None else None
            base.attributes[name] = value
            if isinstance(value, Instance) and is_session(value):
                interpreter.facts.given_sessions.add(id(value))
            if base.native is not None:
                note_optimizer_write(interpreter, base, name, node)
            if name == "run_eagerly" and value is not False:
                interpreter.program.runs_eagerly = True
            if name == "trainable" and base.layer is not None:
                set_trainable(interpreter, base, value, before)
                note_setting(interpreter, base, source_of(interpreter, node))
        case OwnDictValue():
            set_own_dict_attribute(interpreter, base, name, value, node)
        case UnknownObject():
            note_optimizer_write(interpreter, base, name, node)
        case NativeMethod(receiver=ClassValue() as cls, name="__new__") if name == "__defaults__":
            set_defaults(interpreter, cls, value)
        case ClassValue():
            interpreter.heap.touch(base.namespace)
            base.namespace.variables[name] = value
        case External():
            interpreter.facts.replaced.add(f"{base.name}.{name}")
        case Module():
            find_global(interpreter, base, name)
            interpreter.heap.touch(base.scope)
            base.scope.variables[name] = value


def get_item(interpreter: Interpreter, base: Value, key: Value, node: ast.AST) -> Value:
    """``base[key]``."""
    match base:
        case TensorValue():
            return tensors.item(interpreter, base, key, node)
        case tuple() | str() | bytes():
            return _sequence_item(interpreter, base, key)
        case ListValue(items=list() as items):
            if not isinstance(key, slice):
                return _sequence_item(interpreter, items, key)
            result = _sequence_item(interpreter, tuple(items), key)
            return interpreter.heap.new(ListValue(list(result))) if isinstance(result, tuple) else result
        case RangeValue(values=values) if isinstance(key, int):
            return _sequence_item(interpreter, values, key)
        case DictValue(items=dict() as entries):
            return _dict_item(interpreter, base, entries, key, node)
        case Instance():
            method = get_attribute(interpreter, base, "__getitem__", node)
            if not isinstance(method, UnknownValue):
                return interpreter.call(method, Arguments((key,)), node)
        case ClassValue() if (members := members_of(base)) is not None:
            return member_of_name(members, key)
        case ClassValue() | External():
            return base
        case UnknownValue(guard="version" | "dataset"):
            return base
        case UnknownSize():
            return UNKNOWN_SIZE
        case ComputedValue():
            return derived(interpreter, "keras.ops.get_item", (base, key), node)
    return NOTHING_KNOWN


def _sequence_item(interpreter: Interpreter, items: Sequence[Value] | bytes, key: Value) -> Value:
    match key:
        case bool():
            return items[int(key)] if int(key) < len(items) else NOTHING_KNOWN
        case int():
            try:
                return items[key]
            except IndexError:
                raise UserRaise("IndexError") from None
        case slice():
            parts = (key.start, key.stop, key.step)
            if (
                all(part is None or (isinstance(part, int) and part != 0) or part == 0 for part in parts)
                and key.step != 0
            ):
                return items[key]
    return NOTHING_KNOWN


def _dict_item(
    interpreter: Interpreter, base: DictValue, entries: dict[Value, Value], key: Value, node: ast.AST
) -> Value:
    if not is_key(key):
        return NOTHING_KNOWN
    if key in entries:
        return entries[key]
    if base.default_factory is not None and base.default_factory != "namespace":
        interpreter.heap.touch(base)
        entries[key] = interpreter.call(base.default_factory, Arguments(), node)
        return entries[key]
    if base.may_have_more or any(isinstance(each, UnknownValue) for each in entries):
        return NOTHING_KNOWN
    raise UserRaise("KeyError")
