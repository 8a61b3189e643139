"""A trainable weight that the loss does not depend on, as the traced graph proves: it never trains."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.facts import stopping_nodes, untrained
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.program import Program, VariableFact


def check(program: Program) -> Iterator[Finding]:
    """A finding for every layer with such weights, where no line is known at which the gradient ends."""
    layers: dict[Span, list[VariableFact]] = {}
    for fact in untrained(program):
        span = fact.span if fact.layer_own else fact.layer_span
        if span is not None and not stopping_nodes(program, fact) and (fact.forgotten or fact.stopped_by):
            layers.setdefault(span, []).append(fact)
    for span, facts in layers.items():
        yield _finding(program, span, facts)


def _finding(program: Program, span: Span, facts: list[VariableFact]) -> Finding:
    fact = facts[0]
    names = list(dict.fromkeys(each.name for each in facts))
    call = program.recorder.nodes[fact.reader] if fact.reader is not None else None
    used = (TrailStep(call.source.span, "used here"),) if call is not None and call.source is not None else ()
    if fact.stopped_by:
        why = f"on every way to the loss, something in the layer behind it {fact.stopped_by[0][1]}"
    elif call is None:
        why = "nothing reads it"
    else:
        why = "the loss does not depend on what is computed with it"
    shown = ", ".join(f"`{name}`" for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    verb = "get" if len(names) > 1 else "gets"
    model = program.models[fact.model].name
    return Finding(
        span,
        f"{shown} of layer `{fact.layer}` never {verb} a gradient in model `{model}`",
        why,
        used,
        "use what the layer computes, or take it away" if call is not None else "use it in `call`, or take it away",
    )
