"""A function of NumPy's is called on a symbolic tensor, which has no values."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import exists
from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.symbolic import made_of
from kerascheck.program import Program, SymbolicUse

NUMPY = "numpy."
ACCEPTING = frozenset(
    f"{NUMPY}{name}"
    for name in (
        "array_equal", "array_equiv", "bmat", "flip", "isscalar", "iterable", "linalg.matrix_rank", "ndim",
        "printoptions", "random.get_state", "random.shuffle", "real_if_close", "shape", "size", "squeeze", "str_",
    )
)  # fmt: skip
"""Functions that let a symbolic tensor in: seen by calling each public function of NumPy 2 on some."""


def check(program: Program) -> Iterator[Finding]:
    """Every such call, in a functional model and in a layer's ``call`` that Keras runs on symbolic tensors."""
    uses = (use for use in program.symbolic_uses if use.use.startswith(NUMPY) and use.use not in ACCEPTING)
    return once(_finding(program, use) for use in uses)


def _finding(program: Program, use: SymbolicUse) -> Finding:
    short = use.use.removeprefix(NUMPY)
    twin = f"keras.ops.{short}" if use.generation == 3 else f"tf.{short}"
    return Finding(
        use.span,
        f"`{on_one_line(use.text)}`: NumPy wants the values of a symbolic tensor, which has none",
        f"np.{short} on a {'symbolic tensor' if use.in_call else 'KerasTensor'}",
        made_of(program, use),
        f"write `{twin}`" if exists(twin) else "use a function of Keras or TensorFlow that does the same",
    )
