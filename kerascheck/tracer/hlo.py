"""What the text of an HLO program says of the step it was lowered from: its types, its size, its work, its padding.

Only text is read, so nothing here imports TensorFlow. The program is the one before XLA's own optimizations, hence the
same for every device.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

TILE = (8, 128)
"""The tile of a TPU's memory: arrays are padded to multiples of it in their two last dimensions.

Source: "Cloud TPU performance guide", https://cloud.google.com/tpu/docs/performance-guide.
"""

NOT_STORED = frozenset(
    {
        "after-all",
        "bitcast",
        "broadcast",
        "call",
        "conditional",
        "constant",
        "get-tuple-element",
        "iota",
        "reshape",
        "tuple",
        "while",
    }
)
"""Instructions that make no array of their own: views, what XLA computes where it is used, and the calls of others."""

MAXIMUM_DYNAMIC = 8
"""No more bounded results than this are told."""

_COMPUTATION = re.compile(r"^(?P<entry>ENTRY )?%(?P<name>[\w.\-]+) \(.*\{$")
_INSTRUCTION = re.compile(r"^\s+(?:ROOT )?%[\w.\-]+ = (?P<type>.+?) (?P<opcode>[a-z][a-z0-9\-]*)\((?P<rest>.*)$")
_ARRAY = re.compile(r"\b(?P<dtype>pred|[a-z]+\d+\w*)\[(?P<dims>[^\]]*)\]")
_CALLED = re.compile(r"(?:to_apply|calls|body|true_computation|false_computation)=%([\w.\-]+)")
_BRANCHES = re.compile(r"branch_computations=\{([^}]*)\}")
_CONTRACTED = re.compile(r"lhs_contracting_dims=\{([\d,]*)\}")
_LABELS = re.compile(r"dim_labels=\w+_(?P<kernel>\w+)->\w+")


@dataclass(frozen=True, slots=True)
class Lowered:
    """What was read from an HLO program; the fields are those of :class:`kerascheck.program.CompiledStep`."""

    dtypes: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    instructions: int = 0
    flops: float | None = None
    bytes: int = 0
    padded: int = 0


@dataclass(frozen=True, slots=True)
class _Array:
    """The type of one array: its sizes are the bounds where they depend on values."""

    dtype: str
    sizes: tuple[int, ...]
    text: str
    dynamic: bool

    @property
    def count(self) -> int:
        return math.prod(self.sizes)

    @property
    def width(self) -> int:
        """The bytes of one element; a type of less than a byte takes one."""
        digits = re.search(r"\d+", self.dtype)
        return max(1, int(digits[0]) // 8) if digits else 1

    @property
    def padded(self) -> int:
        """The elements with what fills up the tiles; a scalar is kept elsewhere and not padded."""
        sizes = list(self.sizes)
        for axis, tile in zip(range(-1, -len(sizes) - 1, -1), reversed(TILE), strict=False):
            sizes[axis] = math.ceil(sizes[axis] / tile) * tile
        return math.prod(sizes)


@dataclass(slots=True)
class _Computation:
    """The work of one computation: its own, what it calls once, and what it calls in a loop."""

    flops: float = 0.0
    once: list[str] = field(default_factory=list)
    loops: list[str] = field(default_factory=list)
    choices: list[list[str]] = field(default_factory=list)


def read_hlo(text: str) -> Lowered:
    """Measure an HLO program.

    ``flops`` are the multiplications and additions of its matrix products and convolutions, two a pair, which is nearly
    all of a model's work; None where some are in a loop whose number of rounds the program does not say.
    """
    computations: dict[str, _Computation] = {}
    current, entry, in_entry = _Computation(), "", False
    dtypes: set[str] = set()
    dynamic: dict[str, None] = {}
    instructions = stored = padded = 0
    for line in text.splitlines():
        if head := _COMPUTATION.match(line):
            current = computations[head["name"]] = _Computation()
            in_entry = head["entry"] is not None
            entry = head["name"] if in_entry else entry
            continue
        found = _INSTRUCTION.match(line)
        if found is None:
            continue
        instructions += 1
        arrays = list(_arrays(found["type"]))
        dtypes |= {array.dtype for array in arrays}
        dynamic |= {array.text: None for array in arrays if array.dynamic}
        _add_work(current, found["opcode"], arrays, found["rest"])
        if in_entry and found["opcode"] not in NOT_STORED:
            stored += sum(array.count * array.width for array in arrays)
            padded += sum(array.padded * array.width for array in arrays)
    flops = _flops(computations, entry)
    return Lowered(tuple(sorted(dtypes)), tuple(dynamic)[:MAXIMUM_DYNAMIC], instructions, flops, stored, padded)


def _arrays(text: str) -> Iterator[_Array]:
    for found in _ARRAY.finditer(text):
        sizes = [size.removeprefix("<=") for size in found["dims"].split(",") if size]
        yield _Array(found["dtype"], tuple(map(int, sizes)), found[0], "<=" in found["dims"])


def _add_work(computation: _Computation, opcode: str, arrays: list[_Array], rest: str) -> None:
    operands, attributes = rest, rest.partition("metadata=")[0]
    match opcode:
        case "dot":
            left = next(_arrays(operands), None)
            contracted = _CONTRACTED.search(attributes)
            if left is not None and contracted is not None:
                axes = [int(axis) for axis in contracted[1].split(",") if axis]
                computation.flops += 2.0 * arrays[0].count * math.prod(left.sizes[axis] for axis in axes)
        case "convolution":
            kernel = list(_arrays(operands))[1:2]
            labels = _LABELS.search(attributes)
            if kernel and labels is not None:
                outputs = kernel[0].sizes[labels["kernel"].index("o")]
                computation.flops += 2.0 * arrays[0].count * kernel[0].count / max(1, outputs)
        case "while":
            computation.loops += _CALLED.findall(attributes)
        case "conditional":
            named = [name.strip(" %") for group in _BRANCHES.findall(attributes) for name in group.split(",")]
            computation.choices.append(named or _CALLED.findall(attributes))
        case "call" | "fusion":
            computation.once += _CALLED.findall(attributes)


def _flops(computations: Mapping[str, _Computation], entry: str) -> float | None:
    known: dict[str, float | None] = {}

    def of(name: str) -> float | None:
        if name not in known:
            computation = computations.get(name, _Computation())
            loops = [of(each) for each in computation.loops]
            parts = [of(each) for each in computation.once]
            for names in computation.choices:
                branches = [of(each) for each in names]
                parts.append(None if None in branches else max((each or 0.0 for each in branches), default=0.0))
            unknown = None in parts or any(each != 0.0 for each in loops)
            known[name] = None if unknown else computation.flops + sum(each or 0.0 for each in parts)
        return known[name]

    return of(entry)
