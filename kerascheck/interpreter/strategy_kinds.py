"""The kinds of distribution strategies, and which one a program means that makes one or another."""

from __future__ import annotations

from kerascheck.interpreter.values import Instance

DEFAULT_STRATEGY = "tf.distribute.Strategy"
"""What ``tf.distribute.get_strategy()`` gives where no other is open."""
TPU_STRATEGY = "tf.distribute.TPUStrategy"
STRATEGIES = frozenset(
    f"tf.distribute.{name}" for name in ("MirroredStrategy", "MultiWorkerMirroredStrategy", "TPUStrategy")
)
"""The strategies whose scope has to be open when variables are made."""


def meant(left: Instance, right: Instance) -> Instance | None:
    """The strategy that holds for two branches; None where they are not two strategies.

    A program that asks for a TPU is checked for one, whatever it falls back to; any other is only as good as the one
    that asks for less.
    """
    known = STRATEGIES | {DEFAULT_STRATEGY}
    if left.native not in known or right.native not in known:
        return None
    for wanted in (TPU_STRATEGY, DEFAULT_STRATEGY):
        for each in (left, right):
            if each.native == wanted:
                return each
    return left
