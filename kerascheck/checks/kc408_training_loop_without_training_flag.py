"""A training loop calls the model without ``training=True``: dropout, noise and augmentation do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog.modes import mode_name
from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.training_calls import InferenceCall, call_steps, calling, flag_given, inference_calls
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call in a training loop that leaves such layers inactive.

    With a BatchNormalization among them the call is told by the rule about that.
    """
    return once(_finding(found) for found in inference_calls(program) if not found.normalizations)


def _finding(found: InferenceCall) -> Finding:
    names = [mode_name(name) for name, _ in found.others]
    what = " and ".join(list(dict.fromkeys(names))[:3])
    trail = tuple(TrailStep(span, "is inactive in the loop") for _, span in found.others[:3])
    return Finding(
        found.call.span,
        f"{calling(found.call)} {flag_given(found.call)}: {what} {_does(names)} nothing in it",
        "runs in inference mode",
        (*trail, *call_steps(found)),
        "pass `training=True`",
    )


def _does(names: list[str]) -> str:
    return "do" if len(set(names)) > 1 else "does"
