"""An argument has a value that Keras certainly refuses."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog.identifiers import identifiers
from kerascheck.checks.api import Finding, problems_of
from kerascheck.checks.batch import once
from kerascheck.checks.removals import called_from
from kerascheck.checks.spelling import alike
from kerascheck.problems import ProblemKind
from kerascheck.program import Program, RefusedValue

SHOWN = 2
"""How many of the strings that may have been meant are named."""
REGISTERING = ("custom_object", "register_keras_serializable")
"""What the names of functions hold by which code makes strings of its own known."""


def check(program: Program) -> Iterator[Finding]:
    """Every value that the semantics refuse, and every misspelled string."""
    yield from once(problems_of(program, ProblemKind.VALUE))
    if program.refused_values and not any(part in use.name for use in program.symbols for part in REGISTERING):
        yield from once(found for refused in program.refused_values if (found := _finding(refused)) is not None)


def _finding(refused: RefusedValue) -> Finding | None:
    """A string that is like one that Keras takes: any other may be registered by somebody else's code."""
    known = identifiers(refused.kind, refused.generation)
    same = [name for name in known if _plain(name) == _plain(refused.value)]
    near = sorted(same, key=str.swapcase)[:1] or alike(refused.value, known)[:SHOWN]
    metric = refused.kind == "loss" and refused.value in identifiers("metric", refused.generation)
    if not near and not metric:
        return None
    return Finding(
        refused.span,
        f'`{refused.argument}="{refused.value}"`: Keras knows no {refused.kind} of that name',
        f"no {refused.kind}",
        called_from(refused.stack),
        "write " + " or ".join(f'`"{name}"`' for name in near) if near else f'write `metrics=["{refused.value}"]`',
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
