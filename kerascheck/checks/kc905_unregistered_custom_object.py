"""A model is loaded without saying what its own classes are."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SavedObject, SavedObjectKind


def check(program: Program) -> Iterator[Finding]:
    """Every ``load_model`` of a model with classes of the user's that nothing makes known."""
    by_place: dict[object, list[SavedObject]] = {}
    for found in program.saved_objects:
        if found.kind is SavedObjectKind.UNREGISTERED:
            by_place.setdefault(found.span, []).append(found)
    for objects in by_place.values():
        names = sorted({each.name for each in objects})
        first = objects[0]
        steps = [TrailStep(each.made, _used(each)) for each in objects if each.made is not None]
        saved = [TrailStep(first.saved, "the model is saved")] if first.saved is not None else []
        what, statement = ("function", "def") if first.is_function else ("class", "class")
        yield Finding(
            first.span,
            f"the model cannot be loaded: nothing says what {' and '.join(f'`{name}`' for name in names)} is",
            f"no `custom_objects`, and the {what} is not registered",
            tuple(steps[:3] + saved),
            f"put `@keras.saving.register_keras_serializable()` before `{statement} {first.name}`",
        )


def _used(found: SavedObject) -> str:
    return f"`{found.name}` is used here" if found.is_function else f"a `{found.name}`"
