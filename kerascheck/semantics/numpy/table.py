"""The dtypes of what NumPy's functions make, read from what ``tools/make_numpy_table.py`` found by asking NumPy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from kerascheck.records import immutable

Operand: TypeAlias = str | type
"""A dtype, or one of Python's types of number, which have no width of their own."""

NUMBERS: tuple[type, ...] = (int, float, complex)


@immutable()
class ResultTypes:
    """The dtypes of one function's results.

    Attributes:
        made: the dtype of what it makes where nothing is said of one.
        unary: by that of its operand.
        binary: by those of its two operands.
    """

    made: str | None
    unary: Mapping[Operand, str]
    binary: Mapping[tuple[Operand, Operand], str]


@cache
def result_types(name: str) -> ResultTypes:
    """What the table says of a function, ``numpy.sum``: nothing of one that it does not have."""
    line = _lines().get(name, {})
    unary, binary = _row(_types().values(), line.get("t", "")), _matrix(line.get("u", ()))
    return ResultTypes(line.get("d"), MappingProxyType(unary), MappingProxyType(binary))


@cache
def dtype_names() -> Mapping[str, str]:
    """The dtype that each of its spellings names: ``"<f4"``, ``"single"`` and ``"float32"`` are one."""
    return MappingProxyType(_lines()["names"])


def numpy_version() -> str:
    """The NumPy that was asked."""
    version: str = _lines()["version"]["numpy"]
    return version


@cache
def _lines() -> Mapping[str, Any]:
    text = Path(__file__).with_name("types.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line)
    return MappingProxyType({name: json.loads(value) for name, value in rows})


def _types() -> Mapping[str, str]:
    """The dtypes of the table by the characters that stand for them there, in its order."""
    types: Mapping[str, str] = _lines()["types"]
    return types


def _row(operands: Iterable[Operand], codes: str) -> dict[Operand, str]:
    known = _types()
    return {operand: known[code] for operand, code in zip(operands, codes, strict=False) if code in known}


def _matrix(rows: Iterable[str]) -> dict[tuple[Operand, Operand], str]:
    operands: tuple[Operand, ...] = (*_types().values(), *NUMBERS)
    return {
        (left, right): dtype
        for left, codes in zip(operands, rows, strict=False)
        for right, dtype in _row(operands, codes).items()
    }
