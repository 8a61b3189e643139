"""How the rules about removed names tell one: what to write instead, and the edit where that is only another name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kerascheck.catalog import Removal, exists, find, renamed_method
from kerascheck.checks.api import Finding
from kerascheck.checks.translation import in_words_of
from kerascheck.diagnostic import Edit, Fix, Span, TrailStep
from kerascheck.program import ArgumentUse, MemberUse, SymbolUse, WrongArguments


def called_from(stack: Iterable[Span]) -> tuple[TrailStep, ...]:
    """The calls that led to a use, outermost first, where it is inside a function."""
    return tuple(TrailStep(span, "called from here") for span in reversed(tuple(stack)))


def places(wrong: WrongArguments) -> str:
    """How many arguments a callable takes by position, in words."""
    return {0: "no argument", 1: "one argument"}.get(wrong.places, f"{wrong.places} arguments")


def advice(removal: Removal) -> str | None:
    """The help line."""
    text = removal.replacement
    if text is None:
        return None
    return f"remove it: {text.removeprefix('nothing: ')}" if text.startswith("nothing: ") else f"instead: {text}"


OTHERWISE = frozenset({"keras.backend.hard_sigmoid", "keras.backend.sqrt"})
"""Functions whose namesake in ``keras.ops`` gives something else for some numbers, as for negative ones."""


def is_in_keras_alone(use: SymbolUse) -> bool:
    """Whether ``import keras`` has the name and ``tf.keras`` has not: ``keras.losses.mean_squared_error``."""
    return use.package == "tf.keras" and exists(f"tf.{use.name}") is False and exists(use.name) is True


def rename_symbol(use: SymbolUse, removal: Removal, aliases: Mapping[str, str] | None = None) -> Fix | None:
    """The edit of a name: of its last part where the new one lies deeper in the module it is read from.

    Else the whole of it is written anew, by the names of modules that the file has (``aliases``).
    """
    if removal.rename is None or use.attribute is None or is_in_keras_alone(use):
        return None
    module = use.name.rpartition(".")[0] + "."
    if removal.rename.startswith(module):
        new = removal.rename.removeprefix(module)
        return Fix(f"rename to `{removal.rename}`", (Edit(use.attribute, new),), safe=True)
    if aliases is None or use.name in OTHERWISE or use.span.line != use.span.end_line:
        return None
    spelled = (removal.rename, f"tensorflow.{removal.rename}") if use.package == "tf.keras" else (removal.rename,)
    text = next((found for each in spelled if (found := in_words_of(each, aliases)) is not None), None)
    return None if text is None else Fix(f"write `{text}`", (Edit(use.span, text),), safe=True)


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
        if not any(_begins(other.span, finding.span) for other in kept):
            kept.append(finding)
            yield finding


def _begins(outer: Span, inner: Span) -> bool:
    """Whether an expression is what another begins with."""
    return (outer.line, outer.column) == (inner.line, inner.column) and outer.holds(inner)


def name_arguments(use: MemberUse, method: str = "add_weight") -> Fix | None:
    """The edit of a call of Keras 2's ``add_weight``: each positional argument by the name it has there."""
    old = find("tf_keras.layers.Layer.add_weight")
    names = [each.name for each in (old.parameters if old is not None else None) or ()]
    taken = names[: len(use.positional)]
    written_names = {name for name, _ in use.keywords}
    new = find("keras.layers.Layer.add_weight")
    known = new is not None and all(new.accepts(name) for name in taken)
    if not taken or not known or len(use.positional) > len(names) or {"**", *taken} & written_names:
        return None
    starts = [replace(each, end_line=each.line, end_column=each.column) for each in use.positional]
    edits = [Edit(start, f"{name}=") for start, name in zip(starts, taken, strict=True)]
    if use.member != method:
        if use.attribute is None:
            return None
        edits.insert(0, Edit(use.attribute, method))
    written = ", ".join(f"{name}=..." for name in taken)
    return Fix(f"write `{method}({written})`", tuple(edits), safe=True)


def rename_method(use: MemberUse) -> Fix | None:
    """The edit of a call of a method that is gone, where another takes the same arguments."""
    renamed = renamed_method(use.owner, use.member)
    old, new = find(f"tf_{use.owner}.{use.member}"), None if renamed is None else find(f"{use.owner}.{renamed.method}")
    if renamed is None or old is None or new is None or use.attribute is None or not use.called:
        return None
    names = [each.name for each in old.parameters or ()]
    by_position = [renamed.arguments.get(name, name) for name in names[: len(use.positional)]]
    by_name = [(renamed.arguments.get(name, name), name, span) for name, span in use.keywords]
    wanted = [*by_position, *(name for name, _, _ in by_name)]
    if not wanted or len(use.positional) > len(names) or not all(new.accepts(name) for name in wanted):
        return None
    edits = [Edit(use.attribute, renamed.method)]
    for name, span in list(zip(by_position, use.positional, strict=True))[1:]:
        edits.append(Edit(replace(span, end_line=span.line, end_column=span.column), f"{name}="))
    for name, before, span in by_name:
        if name != before:
            edits.append(Edit(replace(span, end_line=span.line, end_column=span.column + len(before)), name))
    return Fix(f"call `{renamed.method}`", tuple(edits), safe=True)
