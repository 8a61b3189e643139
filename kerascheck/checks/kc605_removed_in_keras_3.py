"""Keras 3 code uses a function, method or argument that only Keras 2 has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kerascheck.catalog import Effect, Removal, exists, find, removed_in_keras_3
from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.removals import (
    advice,
    called_from,
    is_in_keras_alone,
    name_arguments,
    outermost,
    places,
    rename_argument,
    rename_method,
    rename_symbol,
)
from kerascheck.program import ArgumentUse, MemberUse, Program, SymbolUse, WrongArguments

PACKAGES = frozenset({"keras", "tf.keras"})


def check(program: Program) -> Iterator[Finding]:
    """Every use that raises with Keras 3."""
    yield from outermost(found for symbol in program.symbols if (found := _symbol(symbol, program)) is not None)
    yield from outermost(found for member in program.members if (found := _member(member)) is not None)
    yield from (found for argument in program.arguments if (found := _argument(argument)) is not None)
    yield from once(_by_position(wrong) for wrong in program.wrong_arguments if wrong.former)


def _fails(removal: Removal, old_form: bool) -> bool:
    """Whether the use certainly raises: the name is gone, or still there and used in its old form."""
    return removal.effect is Effect.RAISES or (removal.effect is Effect.CHANGED and old_form)


def _symbol(use: SymbolUse, program: Program) -> Finding | None:
    """A name of Keras; tf.keras still has some that keras has not, and tf.compat.v1 some that need tf_keras."""
    removal = _raising(use.package, use.name) if use.generation == 3 else None
    if removal is None:
        return None
    path = _path(use.package, use.name)
    if not use.called and _can_be_read(path):
        return None
    if is_in_keras_alone(use):
        return Finding(
            use.span,
            f"`{path}` is not in the `tf.keras` that Keras 3 gives TensorFlow",
            "removed",
            called_from(use.stack),
            f"`import keras`, and write `{use.name}`",
        )
    return Finding(
        use.span,
        f"`{use.name}` is not in Keras 3",
        "removed",
        called_from(use.stack),
        advice(removal),
        rename_symbol(use, removal, program.aliases),
    )


@lru_cache(maxsize=4096)
def _raising(package: str, name: str) -> Removal | None:
    """What became of a name that Keras 3 raises for: the same for all files."""
    removal = removed_in_keras_3(_path(package, name)) if package in PACKAGES else None
    return removal if removal is not None and removal.effect is Effect.RAISES else None


def _path(package: str, name: str) -> str:
    return f"tf.{name}" if package == "tf.keras" else name


def _can_be_read(path: str) -> bool:
    """Whether the name is still there, kept for the message that calling it raises."""
    known = find(path)
    return exists(path) is not False and not (known is not None and known.needs_tf_keras)


def _member(use: MemberUse) -> Finding | None:
    removal = removed_in_keras_3(f"{use.owner}.{use.member}") if use.generation == 3 else None
    if removal is None or not _fails(removal, use.old_form):
        return None
    kind = "method" if use.called else "attribute"
    owner = use.owner.rpartition(".")[2]
    changed = removal.effect is Effect.CHANGED
    return Finding(
        use.span,
        f"`{owner}.{use.member}` takes other arguments in Keras 3"
        if changed
        else f"`{owner}` has no {kind} `{use.member}` in Keras 3",
        "changed" if changed else "removed",
        called_from(use.stack),
        advice(removal),
        name_arguments(use) if changed else rename_method(use),
    )


def _argument(use: ArgumentUse) -> Finding | None:
    if use.generation != 3 or not use.callee.startswith("keras."):
        return None
    removal = removed_in_keras_3(use.callee, use.argument)
    if removal is None or not _fails(removal, use.old_form):
        return None
    return Finding(
        use.keyword or use.span,
        f"`{use.callee}` takes no argument `{use.argument}` in Keras 3",
        "removed",
        called_from(use.stack),
        advice(removal),
        rename_argument(use, removal),
    )


def _by_position(wrong: WrongArguments) -> Finding:
    """More arguments by position than Keras 3 has places for, where Keras 2 has them."""
    return Finding(
        wrong.span,
        f"`{wrong.callee}` takes {places(wrong)} by position in Keras 3 and is given {wrong.given}",
        "too many arguments",
        called_from(wrong.stack),
        "give what it still takes by name; `super().__init__` is given no `self`"
        if wrong.callee.endswith(".__init__")
        else "give what it still takes by name",
    )
