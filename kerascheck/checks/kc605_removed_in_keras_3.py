"""Keras 3 code uses a function, method or argument that only Keras 2 has."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Effect, removed_in_keras_3
from kerascheck.checks.api import Finding
from kerascheck.checks.removals import advice, called_from, outermost, rename_argument, rename_symbol
from kerascheck.program import ArgumentUse, MemberUse, Program, SymbolUse


def check(program: Program) -> Iterator[Finding]:
    """Every use that raises with Keras 3."""
    yield from outermost(found for symbol in program.symbols if (found := _symbol(symbol)) is not None)
    yield from outermost(found for member in program.members if (found := _member(member)) is not None)
    yield from (found for argument in program.arguments if (found := _argument(argument)) is not None)


def _symbol(use: SymbolUse) -> Finding | None:
    """A name of Keras; tf.keras still has some that keras has not, and tf.compat.v1 some that need tf_keras."""
    if use.generation != 3 or use.package not in {"keras", "tf.keras"}:
        return None
    removal = removed_in_keras_3(f"tf.{use.name}" if use.package == "tf.keras" else use.name)
    if removal is None or removal.effect is not Effect.RAISES:
        return None
    return Finding(
        use.span,
        f"`{use.name}` is not in Keras 3",
        "removed",
        called_from(use.stack),
        advice(removal),
        rename_symbol(use, removal),
    )


def _member(use: MemberUse) -> Finding | None:
    removal = removed_in_keras_3(f"{use.owner}.{use.member}") if use.generation == 3 else None
    if removal is None or removal.effect is not Effect.RAISES:
        return None
    kind = "method" if use.called else "attribute"
    return Finding(
        use.span,
        f"`{use.owner.rpartition('.')[2]}` has no {kind} `{use.member}` in Keras 3",
        "removed",
        called_from(use.stack),
        advice(removal),
    )


def _argument(use: ArgumentUse) -> Finding | None:
    if use.generation != 3 or not use.callee.startswith("keras."):
        return None
    removal = removed_in_keras_3(use.callee, use.argument)
    if removal is None or removal.effect is not Effect.RAISES:
        return None
    return Finding(
        use.keyword or use.span,
        f"`{use.callee}` takes no argument `{use.argument}` in Keras 3",
        "removed",
        called_from(use.stack),
        advice(removal),
        rename_argument(use, removal),
    )
