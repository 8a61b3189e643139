"""What the methods that the user wrote for a layer read, told by their compiled code."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType
from typing import Any

from kerascheck.tracer.callers import method_code
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.library import Live


def own_codes(user: UserCode, layer: Live, names: tuple[str, ...] = ()) -> Iterator[CodeType]:
    """The code of the methods that the user wrote for a layer: all, or those of some names."""
    for cls in type(layer).__mro__:
        for name in vars(cls):
            code = method_code(layer, name) if not names or name in names else None
            if isinstance(code, CodeType) and user.owns(code.co_filename):
                yield code


def names_read(code: CodeType) -> set[Any]:
    """The names that a function, or one within it, reads."""
    read: set[Any] = set()
    for each in _instructions(code):
        # Newer Pythons load two with one instruction.
        if each.opname.startswith("LOAD_") and each.opname not in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_CONST"):
            read |= set(each.argval) if isinstance(each.argval, tuple) else {each.argval}
    return read


def globals_read(code: CodeType) -> list[str]:
    """The global and built-in names that a function, or one within it, reads, in order."""
    return [str(each.argval) for each in _instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")]


def attributes_read(code: CodeType) -> set[Any]:
    """The attributes that a function, or one within it, reads of anything."""
    return {each.argval for each in _instructions(code) if each.opname in ("LOAD_ATTR", "LOAD_METHOD")}


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
