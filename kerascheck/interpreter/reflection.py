"""Builtins that ask what an object is, or what it has: ``isinstance``, ``hasattr``, ``getattr``."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.graph import EXPECTED_GUARD, VERSION_GUARD
from kerascheck.interpreter.attributes import get_attribute, set_attribute
from kerascheck.interpreter.classes import (
    LAYER,
    MODEL,
    external_bases,
    find_member,
    has_unknown_base,
    keras_base,
    layer_class,
    resolution_order,
)
from kerascheck.interpreter.conversion import is_keras_tensor
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.heap import join
from kerascheck.interpreter.members import is_lost
from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.nests import is_constant
from kerascheck.interpreter.optimizers import lacks
from kerascheck.interpreter.own_dicts import OwnDictValue
from kerascheck.interpreter.unknowns import MissingAttribute, UnionValue
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    BoundMethod,
    Builtin,
    ClassValue,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    NativeMethod,
    PartialValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float,),
    "str": (str,),
    "bool": (bool,),
    "bytes": (bytes,),
    "complex": (complex,),
    "tuple": (tuple,),
    "list": (ListValue,),
    "dict": (DictValue,),
}


def is_instance(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``isinstance(obj, class_or_tuple)``; nothing is known where that is undecided."""
    value, classes = arguments.get(0, "obj"), arguments.get(1, "class_or_tuple")
    outcomes = [_instance_of(interpreter, value, each) for each in _alternatives(classes)]
    if True in outcomes:
        return True
    return NOTHING_KNOWN if None in outcomes or arguments.open else False


def _alternatives(classes: Value) -> list[Value]:
    """The types that ``isinstance`` is given: one, a tuple of them, or a union."""
    match classes:
        case UnionValue(members=members):
            return list(members)
        case tuple():
            return [each for nested in classes for each in _alternatives(nested)]
    return [classes]


def _instance_of(interpreter: Interpreter, value: Value, cls: Value) -> bool | None:
    """``isinstance(value, cls)`` for one class; None where undecided."""
    match value, cls:
        case (UnknownValue() | SizeValue(parameter=True), _) | (_, UnknownValue()):
            return None
        case (_, None):
            return value is None
        case (SizeValue(missing=missing), Builtin(name="int")):
            return not missing
        case (ListValue(kind="list"), Builtin(name=name)) if name in _PYTHON_TYPES:
            return name == "list"
        case (_, Builtin(name=name)) if name in _PYTHON_TYPES:
            return isinstance(value, _PYTHON_TYPES[name])
        case (TensorValue(), External(name="numpy.ndarray")):
            if value.is_numpy:
                return True if value.spec.shape.rank else None
            return None if value.is_array else False
        case (TensorValue(), External()):
            return _is_tensor_of(interpreter, value, cls)
        case (Instance(), ClassValue()):
            return True if any(each is cls for each in resolution_order(value.cls)) else _maybe_not(value)
        case (Instance(), External()) if value.layer is not None:
            wanted = layer_class(cls.name, interpreter.program.generation)
            base = keras_base(value.cls, interpreter.program.generation)
            if wanted is None or base is None:
                return None
            if wanted[0] == LAYER or base[0] == wanted[0]:
                return True
            if any(
                layer_class(each.name, interpreter.program.generation) == wanted for each in external_bases(value.cls)
            ):
                return True
            return None if wanted[0] == MODEL else False
        case (TensorValue(), ClassValue()) | (None | bool() | int() | float() | str() | tuple(), ClassValue()):
            return False
        case (OwnDictValue(), ClassValue()):
            return any(each is cls for each in resolution_order(value.cls))
        case (ListValue() | DictValue(), ClassValue()):
            return False
        case (None | bool() | int() | float() | str() | tuple() | ListValue() | DictValue(), External()):
            return False
    return None


def _is_tensor_of(interpreter: Interpreter, value: TensorValue, cls: External) -> bool | None:
    """Whether a tensor is a ``keras.KerasTensor``, or one of TensorFlow's own; None where undecided."""
    match canonical(cls.name, interpreter.program.generation):
        case "keras.KerasTensor":
            return is_keras_tensor(value, in_layer=interpreter.context.layer_calls > 0)
        case "tf.Tensor" | "tf.Variable" if value.spec.keras_tensor:
            return False
    return None


def _maybe_not(value: Instance) -> bool | None:
    return None if any(isinstance(each, UnknownValue) for each in resolution_order(value.cls)) else False


def is_subclass(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``issubclass(cls, class_or_tuple)``."""
    cls, base = arguments.get(0, "cls"), arguments.get(1, "class_or_tuple")
    if isinstance(cls, ClassValue) and isinstance(base, ClassValue):
        return any(each is base for each in resolution_order(cls))
    return NOTHING_KNOWN


def has_attribute(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``hasattr(obj, name)``."""
    value, name = arguments.get(0, "obj"), arguments.get(1, "name")
    if isinstance(value, External):
        return UnknownValue("version", guard=VERSION_GUARD)
    if isinstance(value, Instance) and isinstance(name, str) and name in value.attributes:
        return True
    if isinstance(name, str) and lacks(interpreter, value, name):
        return False
    if isinstance(name, str) and is_lost(interpreter, value, name):
        return False
    if isinstance(value, Instance) and isinstance(name, str) and value.layer is None and not value.open:
        return _has_own(interpreter, value, name, node)
    if isinstance(value, TensorValue) and value.spec.keras_tensor and name == "__len__":
        # That of tf_keras is there, and raises.
        return interpreter.program.generation == 2
    if isinstance(value, Instance) and isinstance(name, str) and value.layer is not None:
        if value.layer.kind == "functional" and not isinstance(
            get_attribute(interpreter, value, name, node), UnknownValue
        ):
            return True
        return False if _certainly_lacks(value, name) else NOTHING_KNOWN
    return False if is_constant(value) and isinstance(name, str) and not hasattr(value, name) else NOTHING_KNOWN


def _has_own(interpreter: Interpreter, value: Instance, name: str, node: ast.AST) -> Value:
    """Whether a plain object of the user's has an attribute, which its ``__getattr__`` may give."""
    try:
        found = get_attribute(interpreter, value, name, node)
    except UserRaise as error:
        if error.kind != "AttributeError":
            raise
        return False
    return False if isinstance(found, MissingAttribute) else NOTHING_KNOWN


def _certainly_lacks(layer: Instance, name: str) -> bool:
    """Whether a layer of the user's has no such attribute yet: neither its code nor Keras has given it one."""
    base = layer.layer.base
    if base not in (LAYER, MODEL) or layer.open or name.startswith("_") or has_unknown_base(layer.cls):
        return False
    if find_member(layer.cls, name) is not None or find_member(layer.cls, "__getattr__") is not None:
        return False
    described = describe(base, layer.layer.generation)
    symbol = None if described is None else find_symbol(replace(described, generation=layer.layer.generation))
    return symbol is not None and name not in symbol.members


def read_attribute(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``getattr(obj, name)``, with or without a default."""
    value, name = arguments.get(0, "obj"), arguments.get(1, "name")
    if not isinstance(name, str):
        return NOTHING_KNOWN
    # With a default, a missing attribute is no mistake.
    try:
        with interpreter.guarded(EXPECTED_GUARD if len(arguments.positional) > 2 else None):
            found = get_attribute(interpreter, value, name, node)
    except UserRaise as error:
        if error.kind != "AttributeError" or len(arguments.positional) < 3:
            raise
        return arguments.positional[2]
    if isinstance(found, MissingAttribute) and len(arguments.positional) > 2:
        return arguments.positional[2]
    if len(arguments.positional) > 2 and isinstance(value, External):
        return NOTHING_KNOWN
    if len(arguments.positional) > 2 and isinstance(found, NativeMethod):
        return join(found, arguments.positional[2])
    return found


def write_attribute(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``setattr(obj, name, value)``."""
    value, name = arguments.get(0, "obj"), arguments.get(1, "name")
    if isinstance(name, str):
        set_attribute(interpreter, value, name, arguments.get(2, "value"), node)
    elif isinstance(value, Instance):
        value.open = True
    return None


def is_callable(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``callable(obj)``."""
    value = arguments.get(0, "obj")
    if isinstance(value, (FunctionValue, BoundMethod, ClassValue, Builtin, PartialValue, NativeMethod)):
        return True
    return False if is_constant(value) else NOTHING_KNOWN
