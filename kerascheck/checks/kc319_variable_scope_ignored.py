"""A Keras layer in a ``variable_scope`` that is to share its variables, or to get them by a getter: it does neither."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, ScopeIgnored


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such layer, where it is made."""
    return once(_finding(ignored) for ignored in program.ignored_scopes)


def _finding(ignored: ScopeIgnored) -> Finding:
    if ignored.asks == "reuse":
        message = f"layer `{ignored.name}` shares no weights: Keras layers take no notice of a scope's `reuse`"
        label = "this makes new weights, beside those that were to be used again"
        help_line = "make the layer once, outside, and call that same layer again"
    else:
        message = f"the weights of layer `{ignored.name}` do not come from the scope's `custom_getter`"
        label = "Keras layers make their weights themselves"
        help_line = "set the layer's weights, or write a layer that makes them with `tf.compat.v1.get_variable`"
    scope = TrailStep(ignored.scope, f"the scope with `{ignored.asks}` is opened here")
    return Finding(ignored.span, message, label, (scope, *called_from(ignored.stack)), help_line)
