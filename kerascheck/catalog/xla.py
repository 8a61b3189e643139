"""What XLA makes of a TensorFlow function: read from the table ``tools/make_xla_table.py`` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from kerascheck.catalog.symbols import data_line, find, versions
from kerascheck.records import immutable


class Verdict(StrEnum):
    """What happens to a function inside a compiled step."""

    COMPILES = "compiles"
    NO_KERNEL = "no-kernel"
    """XLA has no kernel for one of its ops: compiling raises."""
    DYNAMIC_SHAPE = "dynamic-shape"
    """An output's shape depends on values: it compiles with a bound, which several TPU ops refuse downstream."""
    HOST_CALLBACK = "host-callback"
    """It runs Python, prints or writes from the host."""


@immutable()
class XlaVerdict:
    """What XLA makes of one call.

    Attributes:
        ops: the graph op types the call makes.
        verdict: what happens to it.
        note: why, in one phrase.
        version: the TensorFlow version this was observed on.
    """

    ops: tuple[str, ...]
    verdict: Verdict
    note: str
    version: str


def xla(name: str, arguments: Mapping[str, object] | None = None) -> XlaVerdict | None:
    """What XLA makes of a call of a function, ``tf.boolean_mask``, or ``tf.raw_ops.Where``, by any alias of it.

    ``arguments`` are those of the call that are known, by parameter name, since some choose another op
    (``tf.where(c, x, y)``, ``tf.image.resize(method=…)``). None where the function is not in the table, or where an
    argument that chooses is given and its value is not known.
    """
    symbol = find(name)
    if symbol is None:
        return None
    prefix, _, last = symbol.canonical.rpartition(".")
    if prefix == "tf.raw_ops":
        return op_verdict(last)
    for way in _ways(symbol.canonical):
        chosen = _chooses(way.get("w", {}), arguments or {})
        if chosen is None:
            return None
        if chosen:
            ops, verdict = tuple(way["o"]), Verdict(way["v"])
            return XlaVerdict(ops, verdict, way.get("n") or _note(verdict, ops), versions()["tensorflow"])
    return None


def xla_kernel(op: str) -> bool | None:
    """Whether XLA has a kernel for a graph op type, ``AddV2``; None for an op type TensorFlow does not define."""
    flags = data_line("xla_ops", op)
    return None if flags is None else "x" in flags


def tpu_only(op: str) -> bool:
    """Whether a graph op type is one that TPUs take though no other XLA device does."""
    return op in _facts()["tpu_only"]


def is_documented(op: str) -> bool:
    """Whether a graph op type is on Google's list of the operators available on TPUs, of :func:`documented_date`."""
    return "t" in (data_line("xla_ops", op) or "")


def documented_date() -> str:
    """The date of the list of operators available on TPUs: ``2026-04-09``."""
    text = _beside("tpu_operators.txt")
    return next(line.partition("Date: ")[2] for line in text.splitlines() if line.startswith("# Date: "))


class TypeVerdict(StrEnum):
    """What a TPU does with numbers of a type."""

    TAKEN = "taken"
    REFUSED = "refused"
    """There is no kernel of a TPU for it."""
    EMULATED = "emulated"
    """It is computed with operations of narrower types, and no documented operator takes it."""


def tpu_type(dtype: str) -> TypeVerdict | None:
    """What a TPU does with numbers of ``dtype``, ``float64``; None for what is no type of TensorFlow's."""
    flags = data_line("xla_types", dtype)
    if flags is None:
        return None
    if dtype in _facts()["emulated_types"]:
        return TypeVerdict.EMULATED
    return TypeVerdict.TAKEN if "t" in flags else TypeVerdict.REFUSED


def is_structural(op: str) -> bool:
    """Whether a graph op type is resolved before XLA asks for its kernel."""
    return op in _facts()["structural"]


def op_verdict(op: str) -> XlaVerdict | None:
    """What XLA makes of a graph op type, ``AddV2``; None for one TensorFlow does not define."""
    flags = data_line("xla_ops", op)
    if flags is None:
        return None
    verdict = Verdict.DYNAMIC_SHAPE if "d" in flags else Verdict.COMPILES
    if "x" not in flags:
        verdict = Verdict.HOST_CALLBACK if "h" in flags else Verdict.NO_KERNEL
    return XlaVerdict((op,), verdict, _note(verdict, (op,)), versions()["tensorflow"])


def _chooses(when: Mapping[str, str], arguments: Mapping[str, object]) -> bool | None:
    """Whether a call's arguments choose a way; None where a choosing argument is given and not known."""
    for name, wanted in when.items():
        value = arguments.get(name)
        if wanted == "given":
            if value is None:
                return False
        elif value is not None and not isinstance(value, str):
            return None
        elif value != wanted:
            return False
    return True


def _note(verdict: Verdict, ops: tuple[str, ...]) -> str:
    match verdict:
        case Verdict.COMPILES:
            return "XLA compiles it"
        case Verdict.NO_KERNEL:
            missing = [op for op in ops if xla_kernel(op) is False]
            if missing and all(map(tpu_only, missing)):
                return f"XLA has no kernel for {', '.join(missing)} except on a TPU"
            return f"XLA has no kernel for {', '.join(missing)}" if missing else "XLA refuses it"
        case Verdict.DYNAMIC_SHAPE:
            return "an output's shape depends on values"
        case Verdict.HOST_CALLBACK:
            return "it runs on the host"


@cache
def _ways(name: str) -> list[dict[str, Any]]:
    line = data_line("xla_functions", name)
    return [] if line is None else json.loads(line)


@cache
def _facts() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(_beside("xla.toml"))


@cache
def _beside(name: str) -> str:
    """The text of a file in this package."""
    from pathlib import Path

    return Path(__file__).with_name(name).read_text(encoding="utf-8")
