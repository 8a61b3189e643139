"""The arguments that a function or class takes, and the keywords that its ``**kwargs`` takes besides."""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Mapping
from typing import Any

OPAQUE = {"x": 0}


def literal(value: Any) -> Any:
    """A default as JSON, or OPAQUE."""
    if isinstance(value, enum.Enum):
        return OPAQUE
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value).__name__ == "DType":
        return value.name
    if type(value) in (tuple, list):
        items = [literal(item) for item in value]
        if OPAQUE in items:
            return OPAQUE
        return {"t": items} if isinstance(value, tuple) else items
    return OPAQUE


def parameters(function: Any, *, drop_first: bool) -> list[list[Any]] | None:
    """What a callable takes, or None where Python cannot tell."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError, NameError):
        return None
    if drop_first and found and found[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        found = found[1:]
    return [[p.name, int(p.kind)] if p.default is p.empty else [p.name, int(p.kind), literal(p.default)] for p in found]


def constructor(cls: type) -> list[list[Any]] | None:
    """What calling a class takes; None for one that is not made by a Python ``__init__`` or ``__new__``."""
    if issubclass(cls, enum.Enum):
        return None
    if inspect.isfunction(cls.__init__):
        return parameters(cls.__init__, drop_first=True)
    if inspect.isfunction(cls.__new__):
        return parameters(cls.__new__, drop_first=True)
    return None


REJECTED = re.compile(
    r"unrecognized|not recognized|not understood|unexpected keyword|got an unexpected|no longer supported|"
    r"is deprecated in|not supported anymore|not a valid argument|multiple values",
    re.IGNORECASE,
)


NONSENSE = "kerascheck_probe"


VALUES: dict[str, Any] = {
    "units": 2, "filters": 2, "kernel_size": 1, "depth_multiplier": 1, "rate": 0.5, "stddev": 0.1, "size": 2,
    "input_dim": 4, "input_shape": (4,), "output_dim": 2, "num_heads": 2, "key_dim": 2, "target_shape": (4,),
    "dims": (1,), "axes": 1, "n": 2, "function": abs, "height": 4, "width": 4, "factor": 0.5, "height_factor": 0.5,
    "width_factor": 0.5, "num_bins": 3, "bin_boundaries": [0.0, 1.0], "target_size": (4, 4), "group_size": 1,
    "head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1, "scale": 1.0, "mask_value": 0.0, "theta": 1.0,
    "l1": 0.1, "l2": 0.1, "lr": 0.1, "batch_input_shape": (None, 4), "batch_shape": (None, 4), "name": "probe",
    "dtype": "float32", "trainable": True, "learning_rate": 0.1, "num_tokens": 3, "output_mode": "int",
    "sequence_length": 4, "source": "xyxy", "target": "xyxy", "value_range": (0, 1), "activation": "relu",
    "pool_size": 2, "output_size": 2, "equation": "ab,bc->ac", "output_shape": 2, "shape": (4,),
    "filepath": "probe.keras", "optimizer": "sgd",
}  # fmt: skip


def chained_names(cls: type) -> set[str]:
    """Every name that could be a keyword of a constructor: parameters, and string constants near a ``**kwargs``."""
    names: set[str] = {"lr", "decay", "weights", "batch_input_shape", "batch_size", "input_dim", "input_length"}
    for ancestor in inspect.getmro(cls):
        for function in vars(ancestor).values():
            function = inspect.unwrap(function) if inspect.isfunction(function) else function
            if not inspect.isfunction(function) or "kwargs" not in function.__code__.co_varnames:
                continue
            if function.__name__ == "__init__":
                names.update(inspect.signature(function).parameters)
            for constant in function.__code__.co_consts:
                texts = constant if isinstance(constant, frozenset | tuple) else (constant,)
                names.update(text for text in texts if isinstance(text, str) and text.isidentifier())
    return names - {"self", "args", "kwargs"}


def takes(cls: type, arguments: Mapping[str, Any]) -> bool | None:
    """Whether a class accepts these keywords: None where it fails for another reason."""
    try:
        cls(**arguments)
    except Exception as error:
        return False if REJECTED.search(str(error)) else None
    return True


def accepted_keywords(cls: type, samples: Mapping[str, Any]) -> list[str] | None:
    """The names ``**kwargs`` of ``__init__`` takes, found by trying each; None where that proves nothing."""
    found = constructor(cls)
    if found is None or not any(kind == 4 for _, kind, *_ in found):
        return None
    required = [p[0] for p in found if len(p) == 2 and p[1] in (0, 1, 3)]
    values = {**VALUES, **samples}
    if any(name not in values for name in required):
        return None
    minimal = {name: values[name] for name in required}
    if takes(cls, minimal) is not True or takes(cls, {**minimal, NONSENSE: None}) is not False:
        return None
    named = {p[0] for p in found}
    return sorted(
        name for name in chained_names(cls) - named if takes(cls, {**minimal, name: values.get(name)}) is not False
    )
