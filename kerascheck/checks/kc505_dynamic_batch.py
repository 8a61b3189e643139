"""A dataset whose batches have no fixed size, or samples of no fixed size, fed to a step that is compiled for a TPU."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import device_step
from kerascheck.diagnostic import TrailStep
from kerascheck.program import FedDataset, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every dataset that a model is fitted on; predicting has to see the last samples, too."""
    if program.device == "tpu":
        yield from once(finding for fed in program.datasets for finding in _findings(program, fed))


def _findings(program: Program, fed: FedDataset) -> Iterator[Finding]:
    asked = device_step(program)
    first = (asked,) if asked is not None else ()
    shapes = " and ".join(fed.shapes[:3])
    if fed.open_sizes:
        yield Finding(
            fed.span,
            f"the sizes of what `{fed.model}` is fitted on are not fixed: {shapes}",
            "compiled anew for every size",
            first,
            "pad the samples to one size: `padded_batch(..., padded_shapes=...)`, `tf.image.resize`",
        )
    elif fed.open_batch and not fed.whole:
        place = fed.batched or fed.span
        trail = (*first, TrailStep(fed.span, "fitted on here")) if fed.batched is not None else first
        yield Finding(
            place,
            f"the batches that `{fed.model}` is fitted on have no fixed size: {shapes}",
            "the last one may be smaller, and the step is compiled anew for it",
            trail,
            "leave the rest out: `batch(..., drop_remainder=True)`",
        )
