"""Python's own control flow wants the value of a symbolic tensor, which has none."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.symbolic import made_of
from kerascheck.program import NUMPY_METHOD, Program, SymbolicUse
from kerascheck.shapes import as_int

CONDITIONS = frozenset({"if", "while", "assert", "and", "or", "not", "bool"})
ROUNDS = frozenset({"for", "list", "tuple"})


def check(program: Program) -> Iterator[Finding]:
    """Every such place in a functional model, and in a layer's ``call`` that Keras 3 runs on symbolic tensors.

    tf_keras rewrites a layer's ``call`` with AutoGraph, so that much of it is right there.
    """
    uses = (use for use in program.symbolic_uses if not use.use.startswith("numpy.") and use.use != NUMPY_METHOD)
    return once(_finding(program, use) for use in uses if use.generation == 3 or _fails_in_keras_2(program, use))


def _fails_in_keras_2(program: Program, use: SymbolicUse) -> bool:
    """Whether tf_keras refuses it as well: it goes through a KerasTensor whose batch is of a known size."""
    dims = program.recorder.nodes[use.tensor].shape.dims
    sized = dims is None or (bool(dims) and as_int(dims[0]) is not None)
    return not use.in_call and not (use.use in ROUNDS and sized)


def _finding(program: Program, use: SymbolicUse) -> Finding:
    kind = "symbolic tensor" if use.in_call else "KerasTensor"
    return Finding(
        use.span,
        f"`{on_one_line(use.text)}`: a {kind} has no value, and `{use.use}` wants one",
        f"`{use.use}` on a {kind}",
        made_of(program, use),
        _help(use),
    )


def _help(use: SymbolicUse) -> str:
    ops = "keras.ops" if use.generation == 3 else "tf"
    if use.use in CONDITIONS:
        return f"choose between tensors with `{ops}.where(condition, a, b)`, or between functions with `{ops}.cond`"
    if use.use in ROUNDS:
        return f"work on the whole tensor, or take it apart with `{ops}.unstack(x, axis=1)`"
    if use.use == "len":
        return f"write `x.shape[0]` for a size that is known, else `{ops}.shape(x)[0]`"
    return f"stay with tensors: `{ops}.cast`, `{ops}.shape`" + ("" if ops == "tf" else ", `keras.ops.arange`")
