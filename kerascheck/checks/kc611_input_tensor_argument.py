"""``keras.Input`` is to wrap a tensor that is no KerasTensor, which Keras 3 refuses."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.removals import called_from
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every such call in Keras 3 code."""
    for use in program.arguments:
        if use.callee == "keras.Input" and use.argument == "tensor" and use.old_form and use.generation == 3:
            yield Finding(
                use.keyword or use.span,
                "`keras.Input` takes only a KerasTensor as `tensor` in Keras 3",
                "a variable, an array or a plain tensor",
                called_from(use.stack),
                "declare the input by its shape, `keras.Input(shape=...)`, and call the model on the tensor",
            )
