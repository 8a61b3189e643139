"""How the rules about removed names tell one: what to write instead, and the edit where that is only another name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kerascheck.catalog import Removal, find
from kerascheck.checks.api import Finding
from kerascheck.diagnostic import Edit, Fix, Span, TrailStep
from kerascheck.program import ArgumentUse, MemberUse, SymbolUse


def called_from(stack: Iterable[Span]) -> tuple[TrailStep, ...]:
    """The calls that led to a use, outermost first, where it is inside a function."""
    return tuple(TrailStep(span, "called from here") for span in reversed(tuple(stack)))


def advice(removal: Removal) -> str | None:
    """The help line."""
    text = removal.replacement
    if text is None:
        return None
    return f"remove it: {text.removeprefix('nothing: ')}" if text.startswith("nothing: ") else f"instead: {text}"


def rename_symbol(use: SymbolUse, removal: Removal) -> Fix | None:
    """The edit of the last attribute, where the new name only lies deeper in the module it is read from."""
    module = use.name.rpartition(".")[0] + "."
    if removal.rename is None or use.attribute is None or not removal.rename.startswith(module):
        return None
    new = removal.rename.removeprefix(module)
    return Fix(f"rename to `{removal.rename}`", (Edit(use.attribute, new),), safe=True)


def rename_argument(use: ArgumentUse, removal: Removal) -> Fix | None:
    """The edit of a keyword, where only its name has changed."""
    new = re.fullmatch(r"`(\w+)=`", removal.replacement or "")
    if new is None or use.keyword is None:
        return None
    start = use.keyword
    name = replace(start, end_line=start.line, end_column=start.column + len(use.argument))
    return Fix(f"rename to `{new[1]}=`", (Edit(name, new[1]),), safe=True)


def outermost(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings less those whose expression lies within another's, or is told already."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda each: (each.span.line, each.span.column, -each.span.end_column)):
        if not any(_within(finding.span, other.span) for other in kept):
            kept.append(finding)
            yield finding


def _within(inner: Span, outer: Span) -> bool:
    if (inner.file, inner.cell) != (outer.file, outer.cell):
        return False
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) == start and end <= (outer.end_line, outer.end_column)


def name_arguments(use: MemberUse, method: str = "add_weight") -> Fix | None:
    """The edit of a call of Keras 2's ``add_weight``: each positional argument by the name it has there."""
    old = find("tf_keras.layers.Layer.add_weight")
    names = [each.name for each in (old.parameters if old is not None else None) or ()]
    taken = names[: len(use.positional)]
    new = find("keras.layers.Layer.add_weight")
    known = new is not None and all(new.accepts(name) for name in taken)
    if not taken or not known or len(use.positional) > len(names) or {"**", *taken} & set(use.keywords):
        return None
    starts = [replace(each, end_line=each.line, end_column=each.column) for each in use.positional]
    edits = [Edit(start, f"{name}=") for start, name in zip(starts, taken, strict=True)]
    if use.member != method:
        if use.attribute is None:
            return None
        edits.insert(0, Edit(use.attribute, method))
    written = ", ".join(f"{name}=..." for name in taken)
    return Fix(f"write `{method}({written})`", tuple(edits), safe=True)
