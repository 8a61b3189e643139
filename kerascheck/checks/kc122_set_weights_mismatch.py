"""A layer is given arrays for its weights that are not as many, or not of their shapes."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, WeightsGiven
from kerascheck.shapes import Shape, as_int


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call or argument."""
    return once(finding for found in program.weights_given for finding in _findings(found))


def _findings(found: WeightsGiven) -> Iterator[Finding]:
    what = f"`{found.argument}` of layer `{found.layer}`"
    if len(found.given) != len(found.expected):
        arrays = f"{len(found.given)} array{'' if len(found.given) == 1 else 's'}"
        if not found.expected:
            build = "build it first: call it on data, or `layer.build(input_shape)`"
            yield _finding(found, f"{what} is given {arrays}, and the layer has no weights yet", "not built", build)
            return
        own = f"{len(found.expected)} weight{'' if len(found.expected) == 1 else 's'}"
        shapes = ", ".join(map(str, found.expected[:6])) + (", ..." if len(found.expected) > 6 else "")
        label = f"{arrays} for {own}"
        help = "give one array for each of the layer's weights, in the order of `get_weights()`"
        yield _finding(found, f"{what} is given {arrays}, and the layer has {own}: {shapes}", label, help)
        return
    for place, (given, held) in enumerate(zip(found.given, found.expected, strict=True)):
        if _differ(given, held):
            message = f"{what} is given {given} for weight {place}, which is {held}"
            yield _finding(found, message, "another shape", f"give the array the shape {held}")
            return


def _differ(given: Shape, own: Shape) -> bool:
    """Whether two shapes are certainly not the same."""
    if given.dims is None or own.dims is None:
        return False
    if len(given.dims) != len(own.dims):
        return True
    sizes = [(as_int(a), as_int(b)) for a, b in zip(given.dims, own.dims, strict=True)]
    return any(a is not None and b is not None and a != b for a, b in sizes)


def _finding(found: WeightsGiven, message: str, label: str, help: str) -> Finding:
    made = () if found.made is None or found.made == found.span else (TrailStep(found.made, f"`{found.layer}`"),)
    calls = tuple(TrailStep(span, "called from here") for span in reversed(found.stack))
    return Finding(found.span, message, label, (*made, *calls), help)
