"""Random numbers that NumPy or Python draws in a layer's ``call``: drawn once, while TensorFlow traces it."""

from __future__ import annotations

import ast

from kerascheck.graph import TRAINING_GUARD, UNCERTAIN_GUARDS
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.recording import source_of
from kerascheck.program import HostDraw

MODULES = ("numpy.random.", "random.")
WITHOUT_DRAWING = frozenset(
    {"seed", "get_state", "set_state", "getstate", "setstate", "default_rng", "Generator", "RandomState", "Random",
     "SystemRandom", "SeedSequence"}
)  # fmt: skip
"""What of those modules draws nothing by itself."""
EAGER_SWITCHES = ("tf.config.run_functions_eagerly", "tf.config.experimental_run_functions_eagerly")


def note_draw(interpreter: Interpreter, name: str, node: ast.AST) -> None:
    """Note a call of a random function within a layer's ``call``, its ``build`` apart."""
    if not name.startswith(MODULES) or name.rpartition(".")[2] in WITHOUT_DRAWING:
        return
    context, owners = interpreter.context, interpreter.facts.call_instances
    source = source_of(interpreter, node)
    if source is None or context.building or not interpreter.module.is_user or _may_not_run(interpreter):
        return
    state = owners[-1].layer if owners and not context.lambdas else None
    if state is not None and state.config.get("dynamic"):
        return
    layer = "Lambda" if state is None else state.op
    interpreter.facts.draws.setdefault(source.span, HostDraw(name, layer, source.span, source.text, source.stack))


def _may_not_run(interpreter: Interpreter) -> bool:
    """Whether a condition other than ``training`` keeps what runs now from a model that is trained, or may."""
    guards = set(interpreter.context.guards)
    if not guards.isdisjoint(UNCERTAIN_GUARDS):
        return True
    # An early return before may have left, under a condition that has no name.
    running = interpreter.context.phase
    left = running is not None and len(interpreter.heap.watches) > running.watches
    return left and TRAINING_GUARD not in guards


def finish_draws(interpreter: Interpreter) -> None:
    """Tell the rules of the draws, but of a program that runs its layers eagerly: there each call draws anew."""
    facts = interpreter.facts
    if not facts.draws:
        return
    names = {use.name for use in facts.symbols.uses.values()}
    by_hand = any(call.tapes for call in facts.training.calls)
    compiled = bool(facts.training.fits) or "tf.function" in names
    if facts.eager or names & set(EAGER_SWITCHES) or (by_hand and not compiled):
        return
    interpreter.program.host_draws = list(facts.draws.values())
