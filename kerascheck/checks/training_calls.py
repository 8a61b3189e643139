"""What the rules about hand-written training loops share: the calls in them that leave layers at inference."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Node
from kerascheck.program import ModelCall, Program
from kerascheck.records import immutable

NORMALIZATIONS = frozenset(
    {
        "keras.layers.BatchNormalization",
        "keras.layers.SyncBatchNormalization",
        "keras.layers.experimental.SyncBatchNormalization",
    }
)


@immutable()
class InferenceCall:
    """A call of a model in a training loop that runs it as at inference, the first of those of the model.

    ``normalizations`` are the places of its BatchNormalization layers that are to be trained, ``others`` those of the
    other layers that behave otherwise in training, with their classes; ``again`` are the other calls of the model.
    """

    call: ModelCall
    normalizations: tuple[Span, ...]
    others: tuple[tuple[str, Span], ...]
    again: tuple[Span, ...] = ()


def inference_calls(program: Program) -> Iterator[InferenceCall]:
    """Every such call with a layer to which it matters.

    Left out are models that are also called or fitted in training mode, as the discriminator in a generator's step is,
    and programs that set the learning phase for everything.
    """
    if not program.model_calls:
        return
    if any(use.name.endswith(".set_learning_phase") and use.called for use in program.symbols):
        return
    told: set[str] = set()
    updated = {call.model for call in program.model_calls if call.fitted or call.training in (True, "unknown")}
    found = [
        call for call in program.model_calls if call.in_tape and _is_at_inference(call) and call.model not in updated
    ]
    for call in found:
        if call.model not in told:
            normalizations = [
                span for name, span in call.layers if name in NORMALIZATIONS and not _is_frozen(program, span)
            ]
            others = [found for found in call.layers if found[0] not in NORMALIZATIONS]
            if normalizations or others:
                told.add(call.model)
                again = {other.span for other in found if other.model == call.model} - {call.span}
                yield InferenceCall(
                    call, tuple(dict.fromkeys(normalizations)), tuple(dict.fromkeys(others)), tuple(sorted(again))
                )


def _is_at_inference(call: ModelCall) -> bool:
    """Whether a call whose tape is there to train, or for nothing else that shows, leaves the model at inference."""
    return call.training is None if call.only_recorded else call.trained and call.training in (None, False)


def calling(call: ModelCall) -> str:
    """What calls the model, in words."""
    return "a GradientTape records the model" if call.only_recorded else "the training loop calls the model"


def flag_given(call: ModelCall) -> str:
    """What the call says of ``training``, in words."""
    return "with `training=False`" if call.training is False else "without `training=True`"


def call_steps(found: InferenceCall) -> tuple[TrailStep, ...]:
    """The calls in the user's code that led to the model's, and where else it is called so."""
    led = [TrailStep(span, "called from here") for span in reversed(found.call.stack)]
    return (*led, *(TrailStep(span, "called so here, too") for span in found.again[:2]))


def _is_frozen(program: Program, span: Span) -> bool:
    """Whether the layer made there is not to be trained at all, which keeps its averages on purpose."""
    made = [node for node in program.recorder.nodes.values() if _made_at(node, span)]
    return bool(made) and all(
        node.config.get("trainable") is False or node.trainable == 0 != node.params for node in made
    )


def _made_at(node: Node, span: Span) -> bool:
    return node.op in NORMALIZATIONS and node.source is not None and node.source.span == span
