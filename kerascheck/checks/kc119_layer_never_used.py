"""A layer that the code makes, and that nothing calls and no model has."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, UnusedLayer


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such layer, where it is made; one that Keras refuses to make is no layer."""
    refused = [each.span for each in program.wrong_arguments]
    refused += [each.span for each in program.refused_values]
    refused += [each.span for each in program.refused_names]
    return once(_finding(found) for found in program.unused_layers if not any(map(found.span.holds, refused)))


def _finding(found: UnusedLayer) -> Finding:
    if found.target is None:
        label, help = "the layer is dropped at once", "add it to the model, or call it; or remove the line"
    elif found.attribute:
        label, help = (
            f"nothing reads `{found.target}`",
            f"call `self.{found.target}(...)` in `call`, or remove the line",
        )
    else:
        label = f"nothing reads `{found.target}`"
        help = f"add `{found.target}` to the model, or call it; or remove the line"
    calls = tuple(TrailStep(span, "called from here") for span in reversed(found.stack))
    return Finding(found.span, f"the layer `{on_one_line(found.text)}` is made and never used", label, calls, help)
