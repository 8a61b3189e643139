"""A training loop calls the model without ``training=True``: BatchNormalization never learns the moving averages."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Node
from kerascheck.program import ModelCall, Program

NORMALIZATIONS = frozenset(
    {
        "keras.layers.BatchNormalization",
        "keras.layers.SyncBatchNormalization",
        "keras.layers.experimental.SyncBatchNormalization",
    }
)


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call in a training loop that leaves its BatchNormalization layers in inference mode.

    Silent where the model is also called or fitted in training mode, as the discriminator in a generator's step is,
    and where the whole program sets the learning phase.
    """
    if any(use.name.endswith(".set_learning_phase") and use.called for use in program.symbols):
        return iter(())
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    updated = {call.model for call in program.model_calls if call.fitted or call.training in (True, "unknown")}
    for call in program.model_calls:
        if call.in_tape and call.trained and call.training in (None, False) and call.model not in updated:
            spans = [span for name, span in call.layers if name in NORMALIZATIONS and not _is_frozen(program, span)]
            if spans:
                yield _finding(call, spans)


def _is_frozen(program: Program, span: Span) -> bool:
    """Whether the layer made there is not to be trained at all, which keeps its averages on purpose."""
    made = [node for node in program.recorder.nodes.values() if _made_at(node, span)]
    return bool(made) and all(
        node.config.get("trainable") is False or node.trainable == 0 != node.params for node in made
    )


def _made_at(node: Node, span: Span) -> bool:
    return node.op in NORMALIZATIONS and node.source is not None and node.source.span == span


def _finding(call: ModelCall, spans: list[Span]) -> Finding:
    given = "with `training=False`" if call.training is False else "without `training=True`"
    trail = [TrailStep(span, "its moving averages keep their initial values") for span in dict.fromkeys(spans)]
    return Finding(
        call.span,
        f"the training loop calls the model {given}: BatchNormalization never updates its moving averages",
        "runs in inference mode",
        (*trail[:3], *(TrailStep(span, "called from here") for span in reversed(call.stack))),
        "pass `training=True`",
    )
