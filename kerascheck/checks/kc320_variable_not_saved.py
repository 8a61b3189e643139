"""State that the model's output depends on and that saving the model does not keep."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.variables import FLOATS
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, VariableFact


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the line that makes it."""
    trains = {(fact.model, fact.layer_span) for fact in program.variables if fact.trainable}
    return once(
        _finding(program, fact)
        for fact in program.variables
        # An untracked layer that should be trained is another rule's, with all that it has.
        if _is_lost(fact) and (fact.in_weights or fact.layer is None or (fact.model, fact.layer_span) not in trains)
    )


def _is_lost(fact: VariableFact) -> bool:
    """Whether its values come of running or training the model, and go when it is saved and loaded."""
    if fact.saved is not False or not fact.used or fact.span is None or not (fact.dtype or "").startswith(FLOATS):
        return False
    if fact.in_weights:
        return True
    return fact.assigned and not fact.trained


def _finding(program: Program, fact: VariableFact) -> Finding:
    assert fact.span is not None
    model = program.models[fact.model]
    whose = "layer" if model.kind == "layer" else "model"
    call = program.recorder.nodes[fact.reader] if fact.reader is not None else None
    used = (TrailStep(call.source.span, "used here"),) if call is not None and call.source is not None else ()
    if fact.in_weights:
        why, help_line = (
            "what Keras saves of the model leaves it out",
            "hold its layer in an attribute or a flat list, or save it in the layer's own `save_own_variables`",
        )
    else:
        why = "it changes as the model runs, and no layer holds it"
        help_line = "make it a weight of the layer: `self.add_weight(..., trainable=False)`"
    return Finding(
        fact.span,
        f"`{fact.name}` is not saved with {whose} `{model.name}`, whose output depends on it",
        why,
        (*(TrailStep(span, "called from here") for span in reversed(fact.stack)), *used),
        help_line,
    )
