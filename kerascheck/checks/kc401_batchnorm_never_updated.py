"""A training loop calls the model without ``training=True``: BatchNormalization never learns the moving averages."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.training_calls import InferenceCall, call_steps, calling, flag_given, inference_calls
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call in a training loop that leaves its BatchNormalization layers in inference mode."""
    return once(_finding(found) for found in inference_calls(program) if found.normalizations)


def _finding(found: InferenceCall) -> Finding:
    trail = [TrailStep(span, "its moving averages keep their initial values") for span in found.normalizations[:3]]
    trail += [TrailStep(span, "does nothing in the loop, either") for _, span in found.others[:2]]
    return Finding(
        found.call.span,
        f"{calling(found.call)} {flag_given(found.call)}: BatchNormalization never updates its moving averages",
        "runs in inference mode",
        (*trail, *call_steps(found)),
        "pass `training=True`",
    )
