"""What the XLA compiler's error says: which op it refused, and where that op is in the traced graph."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 240

_UNREGISTERED = re.compile(r"([A-Za-z_]\w*) \(No registered '\1' OpKernel.*?\{\{node ([^}]+)\}\}")
_NAMED_OP = re.compile(r"node `([^`]+)` with op (\w+)")
_CONSTANT = re.compile(r"Input (\d+) to node `[^`]+` with op (\w+) must be a compile-time constant")
_NODE = re.compile(r"\{\{node ([^}]+)\}\}")
_WRAPPING = re.compile(r"^Failed getting HLO text: ['\"]?")
_INTERNAL = re.compile(r"^RET_CHECK failure \([^)]*\)\s*")


@dataclass(frozen=True, slots=True)
class RefusedOp:
    """An op that the compiler named: its type, where it said that, and its name in the graph."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The compiler's error in one line, and the ops it names, those without a kernel first."""

    message: str
    ops: tuple[RefusedOp, ...] = ()


def read_refusal(text: str) -> Refusal:
    """Read what the compiler raised."""
    plain = _WRAPPING.sub("", text).strip("'\" \n")
    missing = [RefusedOp(name, kind) for kind, name in _UNREGISTERED.findall(plain)]
    if missing:
        kinds = ", ".join(dict.fromkeys(op.type or "" for op in missing))
        return Refusal(f"XLA has no kernel for {kinds}", tuple(missing))
    named = [RefusedOp(name, kind) for name, kind in _NAMED_OP.findall(plain)]
    named += [RefusedOp(name) for name in _NODE.findall(plain)]
    return Refusal(_sentence(plain), tuple(named))


def _sentence(text: str) -> str:
    """The first line that says something, without the compiler's own file names."""
    if wanted := _CONSTANT.search(text):
        return f"input {wanted[1]} of {wanted[2]} must be a compile-time constant"
    line = next((each.strip() for each in text.splitlines() if each.strip()), "the compiler gave no reason")
    line = _NODE.sub(r"\1", _INTERNAL.sub("", line)).rstrip(". ")
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
