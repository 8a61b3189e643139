"""A number given to a layer by position reaches another parameter than the one it is meant for."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Node
from kerascheck.problems import ProblemKind
from kerascheck.program import PositionalNumbers, Program

NO_NUMBERS = frozenset({"activation", "padding", "data_format", "kernel_initializer", "embeddings_initializer"})
"""Parameters that take a name or a function, and raise for a number."""

CONVOLUTIONS = frozenset({"keras.layers.Conv2D", "keras.layers.SeparableConv2D", "keras.layers.Conv3D"})
"""The layers that took the sizes of their kernel one by one in Keras 1."""

PATCH = 7
"""A kernel of this size may well be meant to cut its input into patches."""

FEATURE_NORMALIZATIONS = frozenset({"keras.layers.LayerNormalization", "keras.layers.RMSNormalization"})
"""The layers that normalise the features of each sample, and nothing else, by default."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every layer made like that, at the call that makes it."""
    if not program.positional_numbers:
        return iter(())
    calls: dict[str, list[Node]] = {}
    for _, node in program.nodes():
        if node.layer is not None:
            calls.setdefault(node.layer, []).append(node)
    return once(
        finding
        for made in program.positional_numbers
        for finding in (_no_number(made), _stride(made), _axis(made, calls.get(made.layer, [])))
        if finding is not None
    )


def _no_number(made: PositionalNumbers) -> Finding | None:
    """``Dense(64, 32)``, ``MaxPooling2D(2, 2, 2)``: Keras raises at once."""
    for name, value in made.numbers:
        if name in NO_NUMBERS:
            message = f"`{on_one_line(made.text)}` gives {name}={value}, which is no {name.replace('_', ' ')}"
            order = ", ".join(parameter for parameter, _ in made.numbers)
            return _finding(made, message, f"by position these are {order}", "give the arguments by name")
    return None


def _stride(made: PositionalNumbers) -> Finding | None:
    """``Conv2D(32, 3, 3)``: kernels of 3 by 3 that step by 3, where Keras 1 had kernels of 3 by 3 that step by one."""
    numbers = dict(made.numbers)
    size, stride = numbers.get("kernel_size"), numbers.get("strides")
    if made.op not in CONVOLUTIONS or size is None or size != stride or size % 2 == 0 or not 3 <= size < PATCH:
        return None
    if not {"kernel_size", "strides"} <= set(made.literal):
        return None
    message = f"`{on_one_line(made.text)}` has strides={stride}: the second {stride} is the stride"
    axes = 3 if made.op.endswith("3D") else 2
    kernel = "(" + ", ".join([str(size)] * axes) + ")"
    help = f"write the kernel as `{kernel}`, or `strides={stride}` if it is meant"
    return _finding(made, message, f"a kernel of {size} by {size} that skips {stride} at a time", help)


def _axis(made: PositionalNumbers, calls: list[Node]) -> Finding | None:
    """``LayerNormalization(64)``: it is the axis."""
    axis = dict(made.numbers).get("axis")
    for node in calls:
        used = () if node.source is None else (TrailStep(node.source.span, "called here"),)
        if node.problem is not None and node.problem.kind is ProblemKind.POSITIONAL:
            help = "leave it out: the last axis is the default"
            return _finding(made, node.problem.message, "the number is an axis, not a size", help, used)
        rank = node.shape.rank
        if axis is None or rank is None or made.op not in FEATURE_NORMALIZATIONS or "axis" not in made.literal:
            continue
        if 0 < axis < rank - 1:
            message = f"`{on_one_line(made.text)}` normalises axis {axis} of {node.shape}, not the features"
            help = f"leave it out for the last axis, or write `axis={axis}` if it is meant"
            return _finding(made, message, "the number is an axis, not a size", help, used)
    return None


def _finding(made: PositionalNumbers, message: str, label: str, help: str, used: tuple[TrailStep, ...] = ()) -> Finding:
    calls = tuple(TrailStep(span, "called from here") for span in reversed(made.stack))
    return Finding(made.span, message, label, (*used, *calls), help)
