"""A call whose arguments its function does not take: an unexpected, missing or doubled one, or too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kerascheck.catalog import removed_in_keras_3, removed_in_tf2
from kerascheck.checks.api import Finding
from kerascheck.checks.removals import called_from, places
from kerascheck.checks.spelling import meant
from kerascheck.diagnostic import Edit, Fix, Span, TrailStep
from kerascheck.program import ArgumentMistake, Program, WrongArguments

SHOWN = 8
"""How many of the names that a callable takes are listed."""


def check(program: Program) -> Iterator[Finding]:
    """Every such call, once for each place and argument."""
    seen: set[tuple[Span, ArgumentMistake, str]] = set()
    for wrong in program.wrong_arguments:
        key = (wrong.keyword or wrong.span, wrong.mistake, wrong.argument)
        if key not in seen and not wrong.former and not _belongs_to_another_version(wrong):
            seen.add(key)
            yield _finding(wrong)


def _belongs_to_another_version(wrong: WrongArguments) -> bool:
    """Whether the argument is one of an older Keras or TensorFlow, which other rules tell."""
    if not wrong.argument:
        return False
    gone = removed_in_keras_3(wrong.callee, wrong.argument) or removed_in_tf2(wrong.callee, wrong.argument)
    return gone is not None


def _finding(wrong: WrongArguments) -> Finding:
    defined = (TrailStep(wrong.defined, "defined here"),) if wrong.defined is not None else ()
    near = _near(wrong)
    return Finding(
        wrong.keyword or wrong.span,
        _message(wrong),
        wrong.mistake.value if wrong.argument else "too many arguments",
        defined + called_from(wrong.stack),
        _help(wrong, near),
        _rename(wrong, near),
    )


def _message(wrong: WrongArguments) -> str:
    match wrong.mistake:
        case ArgumentMistake.UNEXPECTED:
            return f"`{wrong.callee}` takes no argument `{wrong.argument}`"
        case ArgumentMistake.MISSING:
            return f"`{wrong.callee}` is called without `{wrong.argument}`, which it needs"
        case ArgumentMistake.DOUBLED:
            return f"`{wrong.callee}` is given `{wrong.argument}` twice, by position and by name"
    return f"`{wrong.callee}` takes {places(wrong)} by position and is given {wrong.given}"


def _help(wrong: WrongArguments, near: str | None) -> str | None:
    if near is not None:
        return f"write `{near}=`"
    names = ", ".join(f"`{name}`" for name in wrong.accepted[:SHOWN])
    match wrong.mistake:
        case ArgumentMistake.UNEXPECTED if wrong.accepted:
            return f"it takes {names}{', ...' if len(wrong.accepted) > SHOWN else ''}"
        case ArgumentMistake.MISSING:
            return f"give it `{wrong.argument}`"
        case ArgumentMistake.DOUBLED:
            return f"leave one of the two out: the argument in its place is `{wrong.argument}`"
    return None


def _near(wrong: WrongArguments) -> str | None:
    """The name that was meant: the only one that is like what is written, and not given besides."""
    if wrong.mistake is not ArgumentMistake.UNEXPECTED:
        return None
    found = meant(wrong.argument, wrong.accepted)
    return None if found in wrong.named else found


def _rename(wrong: WrongArguments, near: str | None) -> Fix | None:
    if near is None or wrong.keyword is None:
        return None
    start = wrong.keyword
    name = replace(start, end_line=start.line, end_column=start.column + len(wrong.argument))
    return Fix(f"rename to `{near}=`", (Edit(name, near),), safe=True)
