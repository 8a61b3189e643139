"""Which layers a layer or model holds, whatever way it was made."""

from __future__ import annotations

from kerascheck.interpreter.values import Instance, ListValue, Value


def layers_within(instance: Value) -> frozenset[int]:
    """The identities of a layer and of all that it holds or calls; none for what is no layer."""
    from kerascheck.interpreter.models import history_calls
    from kerascheck.interpreter.variables import held_layers

    seen: set[int] = set()
    pending = [instance]
    while pending:
        current = pending.pop()
        if not isinstance(current, Instance) or current.layer is None or id(current) in seen:
            continue
        seen.add(id(current))
        state = current.layer
        pending += [*state.sublayers, *held_layers(current)]
        if isinstance(state.layers, ListValue) and state.layers.items is not None:
            pending += state.layers.items
        if state.inputs is not None and state.outputs is not None:
            pending += [call.function for call in history_calls(state.inputs, state.outputs)]
    return frozenset(seen)
