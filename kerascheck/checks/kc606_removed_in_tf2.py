"""A name or argument of TensorFlow 1 that TensorFlow 2 has only under ``tf.compat.v1``, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import find, removed_in_tf2
from kerascheck.checks.api import Finding
from kerascheck.checks.removals import advice, called_from, outermost, rename_argument, rename_symbol
from kerascheck.program import ArgumentUse, Program, SymbolUse


def check(program: Program) -> Iterator[Finding]:
    """Every use of TensorFlow 1's API that is not made through ``tf.compat.v1``; none where the project needs it."""
    if program.tensorflow == 1:
        return
    yield from outermost(found for symbol in program.symbols if (found := _symbol(symbol)) is not None)
    yield from (found for argument in program.arguments if (found := _argument(argument)) is not None)


def _symbol(use: SymbolUse) -> Finding | None:
    removal = removed_in_tf2(use.name) if use.package == "tf" and not use.compat else None
    if removal is None or (use.generation == 2 and _is_of_tf_keras(use.name)):
        return None
    if use.root is not None and removed_in_tf2(use.root) is not None:
        # What a name stands for that is gone itself is told where it got the name.
        return None
    return Finding(
        use.span,
        f"`{use.name}` is not in TensorFlow 2",
        "removed",
        called_from(use.stack),
        advice(removal),
        rename_symbol(use, removal),
    )


def _is_of_tf_keras(name: str) -> bool:
    """Whether a module that TensorFlow 2 has takes the name from tf_keras: `tf.losses`, `tf.metrics`."""
    module, _, inner = name.removeprefix("tf.").partition(".")
    return bool(inner) and removed_in_tf2(f"tf.{module}") is None and find(f"tf_keras.{module}.{inner}") is not None


def _argument(use: ArgumentUse) -> Finding | None:
    removal = removed_in_tf2(use.callee, use.argument) if use.callee.startswith("tf.") else None
    if removal is None:
        return None
    return Finding(
        use.keyword or use.span,
        f"`{use.callee}` takes no argument `{use.argument}` in TensorFlow 2",
        "removed",
        called_from(use.stack),
        advice(removal),
        rename_argument(use, removal),
    )
