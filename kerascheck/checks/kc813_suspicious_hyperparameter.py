"""A number that is hardly ever meant: a dropout of nearly everything, a huge or tiny learning rate, equal weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.checks.api import Finding, call_trail, expression, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Node
from kerascheck.program import OptimizerUse, Program

DROPOUTS = frozenset(
    f"keras.layers.{name}" for name in ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
)
KERNELS = frozenset(f"keras.layers.{name}" for name in ("Dense", "Conv1D", "Conv2D", "Conv3D"))
TOLD = DROPOUTS | KERNELS
CONSTANT = frozenset({"zeros", "ones", "zero", "one", "Zeros", "Ones", "Constant"})
MOST_DROPPED = 0.8
SMALLEST_RATE, LARGEST_RATE = 1e-7, 1.0


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such number."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for optimizer in program.optimizers:
        if not SMALLEST_RATE <= optimizer.learning_rate <= LARGEST_RATE:
            yield _rate(optimizer)
    for _, node in program.nodes_of(TOLD):
        if node.source is None:
            continue
        rate = node.config.get("rate") if node.op in DROPOUTS else None
        if isinstance(rate, (int, float)) and MOST_DROPPED < rate <= 1:
            yield _finding(node, f"drops {rate:.0%} of its input in training", "keep more: 0.2 to 0.5 is usual")
        initial = _constant(node.config.get("kernel_initializer")) if node.op in KERNELS else None
        if initial is not None and node.config.get("trainable") is not False:
            yield _finding(
                node, f"begins with equal weights ({initial}), so its units learn the same", "use a random initializer"
            )


def _constant(value: Any) -> str | None:
    """The name of an initializer that gives every weight one number."""
    match value:
        case str():
            name = value
        case object(native=str(native)):
            name = native.rpartition(".")[2]
        case object(name=str(given), config=_):
            name = given.rpartition(".")[2]
        case _:
            return None
    return name if name in CONSTANT else None


def _finding(node: Node, what: str, help: str) -> Finding:
    assert node.source is not None
    return Finding(node.source.span, f"`{expression(node)}` {what}", "hardly meant", call_trail(node), help)


def _rate(optimizer: OptimizerUse) -> Finding:
    return Finding(
        optimizer.span,
        f"`{on_one_line(optimizer.text)}` has the learning rate {optimizer.learning_rate:g}",
        "outside of 1e-07 to 1",
        tuple(TrailStep(span, "called from here") for span in reversed(optimizer.stack)),
        "0.001 to 0.1 is usual",
    )
