"""A number is given for the shape of an input, where Keras takes a tuple."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.diagnostic import Edit, Fix, TrailStep
from kerascheck.program import Program, ShapeArgument


def check(program: Program) -> Iterator[Finding]:
    """Every such argument, once for each place."""
    for fact in {fact.value or fact.span: fact for fact in program.shape_arguments}.values():
        name = fact.callee.removeprefix("keras.layers.")
        text = on_one_line(fact.text)
        yield Finding(
            fact.value or fact.span,
            f"{name} takes a tuple of sizes as {fact.parameter} and gets "
            + (f"the number `{text}`" if text else "a number"),
            "parentheses alone make no tuple: the comma does" if fact.enclosed else "a number is no shape",
            tuple(TrailStep(span, "called from here") for span in reversed(fact.stack)),
            f"write `({text},)`" if text else "give it a tuple, with a comma: `(n,)`",
            _fix(fact),
        )


def _fix(fact: ShapeArgument) -> Fix | None:
    if fact.value is None:
        return None
    written = f"{fact.text}," if fact.enclosed else f"({fact.text},)"
    return Fix(f"write `({on_one_line(fact.text)},)`", (Edit(fact.value, written),), safe=fact.constant)
