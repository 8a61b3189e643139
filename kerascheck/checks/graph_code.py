"""Whether a program builds a graph of TensorFlow 1, where ``build`` and ``call`` run once and compute nothing yet."""

from __future__ import annotations

from kerascheck.program import Program

GRAPH_NAMES = frozenset(
    {"InteractiveSession", "Session", "disable_eager_execution", "disable_v2_behavior", "placeholder"}
)
"""Functions and classes that only graph code has a use for."""


def is_graph_code(program: Program) -> bool:
    """Whether the program uses what only graph code does."""
    if program.tensorflow == 1:
        return True
    return any(use.name.startswith("tf.") and use.name.rpartition(".")[2] in GRAPH_NAMES for use in program.symbols)
