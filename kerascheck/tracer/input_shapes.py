"""``--input-shape [NAME=]SIZE,SIZE,...[:DTYPE]``: the inputs of a model that knows none, as the user gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kerascheck.tracer.request import TargetError

FORM = "[NAME=]SIZE,SIZE,...[:DTYPE]"

DTYPES = frozenset(
    {
        "bfloat16",
        "bool",
        "complex64",
        "complex128",
        "float16",
        "float32",
        "float64",
        "int8",
        "int16",
        "int32",
        "int64",
        "string",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    }
)


@dataclass(frozen=True, slots=True)
class GivenInput:
    """One input: the sizes of one sample, without the batch; None where a size is free."""

    name: str | None
    sizes: tuple[int | None, ...]
    dtype: str = "float32"


def parse_inputs(texts: Iterable[str]) -> tuple[GivenInput, ...]:
    """The inputs that the texts tell of.

    Raises:
        TargetError: a text is not of that form; the message is one sentence for the user.
    """
    found = tuple(_parse(text) for text in texts)
    named = [given.name for given in found if given.name is not None]
    if named and len(named) != len(found):
        raise TargetError("--input-shape: give either all inputs a name or none")
    if len(set(named)) != len(named):
        raise TargetError("--input-shape: two inputs have the same name")
    return found


def _parse(text: str) -> GivenInput:
    match = re.fullmatch(r"(?:(\w[\w.-]*)=)?([^=:]*)(?::(\w+))?", text.strip())
    if match is None:
        raise TargetError(f"--input-shape {text!r}: expected {FORM}, such as 28,28,1 or ids=None:int32")
    name, sizes, dtype = match.groups()
    if dtype is not None and dtype not in DTYPES:
        raise TargetError(f"--input-shape {text!r}: {dtype!r} is no dtype")
    inner = sizes.strip().removeprefix("(").removesuffix(")").rstrip(", ")
    parts = [part.strip() for part in inner.split(",")] if inner else []
    return GivenInput(name, tuple(_size(text, part) for part in parts), dtype or "float32")


def _size(text: str, part: str) -> int | None:
    if part in ("None", "?"):
        return None
    if re.fullmatch(r"[0-9]{1,9}", part) and int(part) > 0:
        return int(part)
    raise TargetError(f"--input-shape {text!r}: {part!r} is neither a positive size nor None")
