"""What a layer's class and its call say of masks."""

from __future__ import annotations

from collections.abc import Mapping

from kerascheck.interpreter.classes import find_member, has_unknown_base
from kerascheck.interpreter.values import ClassValue, FunctionValue, Instance, Value
from kerascheck.semantics.masking import KEEPS, MASK_ARGUMENTS


def is_told_mask(arguments: Mapping[str, Value]) -> bool:
    """Whether a call gives the layer a mask of its own."""
    return bool(arguments) and any(arguments.get(name) is not None for name in MASK_ARGUMENTS)


def masking_of(instance: Instance) -> str:
    """What a layer of a user's class does with masks: see :attr:`kerascheck.graph.Node.masking`."""
    if not isinstance(instance.cls, ClassValue):
        return ""
    state = instance.layer
    said = instance.attributes.get("supports_masking", False)
    declared = find_member(instance.cls, "supports_masking")
    inherits = state.base in KEEPS[state.generation] and said is not False
    inherits = inherits or (state.base in KEEPS[state.generation] and "supports_masking" not in instance.attributes)
    own = find_member(instance.cls, "compute_mask") is not None
    if said is not False or declared is not None or own or inherits or has_unknown_base(instance.cls):
        return "keeps"
    call = find_member(instance.cls, "call")
    if call is not None and isinstance(call[1], FunctionValue):
        parameters = call[1].node.args
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)]
        if parameters.kwarg is not None or any("mask" in name for name in names):
            return "takes"
    return ""
