"""A Python number or list that ``call`` or ``train_step`` goes on from: ``fit`` runs that when it traces them."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from, on_one_line
from kerascheck.checks.batch import once
from kerascheck.program import Program, PythonState

LABELS = {
    "number": "this runs when Keras traces `{}`, and not at each step",
    "list": "this runs when Keras traces `{}`, and not at each step",
    "tensor": "what it becomes is a tensor of the trace, which no later step can use",
}
EAGER = frozenset({"tf.config.run_functions_eagerly", "tf.config.experimental_run_functions_eagerly"})


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such change; none where the program has its steps run eagerly."""
    if not program.python_states or program.runs_eagerly or any(use.name in EAGER for use in program.symbols):
        return iter(())
    return once(_finding(state) for state in program.python_states)


def _finding(state: PythonState) -> Finding:
    if state.kind == "list":
        help_line = "return what is to be kept, or keep it in a weight: the list gets the tensors of the trace"
    else:
        help_line = (
            f"make it a weight, `self.{state.attribute} = self.add_weight(..., trainable=False)`, "
            f"and change it with `self.{state.attribute}.assign_add(...)`"
        )
    changed, where = on_one_line(state.text), f"{state.layer}.{state.method}"
    return Finding(
        state.span,
        f"`{changed}` in `{where}` changes Python state, which no training step does again",
        LABELS[state.kind].format(state.method),
        called_from(state.stack),
        help_line,
    )
