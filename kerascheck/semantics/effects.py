"""What an op may do to the axis that runs over samples."""

from __future__ import annotations

from enum import StrEnum

from kerascheck.records import immutable


class Effect(StrEnum):
    """What an op does to the axis that runs over samples."""

    REDUCTION = "reduction"
    """Sums, averages, compares … over samples: ``Mean`` over the batch axis."""
    FULL_REDUCTION = "full-reduction"
    """The same over every axis of a tensor of several axes."""
    STATISTICS = "statistics"
    """A batch normalization by the statistics of the batch at hand: ``FusedBatchNormV3`` with ``is_training``."""
    FOLD = "fold"
    """Makes one axis of the batch and something else, or cuts samples up."""
    MOVE = "move"
    """Puts the batch at another place among the axes."""
    MIX = "mix"
    """Softmax, cumulative sum, sort, reverse, roll, top-k, Fourier transform, convolution … along the batch axis."""
    JOIN = "join"
    """Concatenates, stacks, repeats, tiles or pads along the batch axis."""
    INDEX = "index"
    """Takes some samples and leaves others."""
    PRODUCT = "product"
    """Contracts the batch axis in a product, or pairs every sample with every other."""
    SEGMENT = "segment"
    """Pools samples by an index, or scatters them."""
    SHUFFLE = "shuffle"
    """Shuffles samples."""
    SCAN = "scan"
    """A loop over samples that carries state from one to the next."""
    SQUEEZE = "squeeze"
    """Drops the batch axis where the batch is one."""


@immutable()
class OnBatch:
    """An effect, and the operand (by its place among the op's inputs) and axis of it that the effect is on."""

    effect: Effect
    operand: int = 0
    axis: int = 0
