"""Keras 3 takes ``optimizer.lr = x`` for any attribute, and ``decay=`` for nothing: the learning rate stays."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Effect, exists, removed_in_keras_3
from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.removals import advice, called_from
from kerascheck.program import ArgumentUse, OptimizerWrite, Program

OPTIMIZERS = "keras.optimizers."


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such attribute and argument."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for write in program.optimizer_writes:
        unknown = exists(f"{OPTIMIZERS}Optimizer.{write.attribute}") is False
        if write.generation == 3 and write.attribute == "lr" and unknown and "learning_rate" not in write.also:
            yield _attribute(write)
    for use in program.ignored_arguments:
        if use.generation == 3 and use.callee.startswith(OPTIMIZERS):
            yield from _argument(use)


def _attribute(write: OptimizerWrite) -> Finding:
    written = on_one_line(write.text)
    target = written.removesuffix("lr") + "learning_rate" if written.endswith(".lr") else "optimizer.learning_rate"
    return Finding(
        write.span,
        f"`{written}` is an attribute that no optimizer of Keras 3 reads: the learning rate stays as it is",
        "sets nothing that counts",
        called_from(write.stack),
        f"set `{target}`",
    )


def _argument(use: ArgumentUse) -> Iterator[Finding]:
    removal = removed_in_keras_3(use.callee, use.argument)
    if removal is not None and removal.effect is Effect.IGNORED:
        yield Finding(
            use.keyword or use.span,
            f"`{use.callee}` ignores `{use.argument}` in Keras 3: the learning rate does not fall",
            "ignored",
            called_from(use.stack),
            advice(removal),
        )
