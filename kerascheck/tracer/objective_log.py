"""What was seen of losses and metrics while the user's code ran: which models have which, and what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import StretchedPrediction
from kerascheck.semantics.losses import LOSS_CALLS
from kerascheck.tracer.binding import bind
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.remembered import Remembered
from kerascheck.tracer.written import Written

MOST_CALLS = 500
"""No more calls than this are kept; a training loop makes the same ones again and again."""

Live = Any


@dataclass(frozen=True, slots=True)
class CompileCall:
    """A call of ``compile``: the losses and metrics as they were given, and how they are written."""

    model: Live
    loss: Any
    metrics: dict[str, Any]
    written: Written


@dataclass(frozen=True, slots=True)
class TargetSeen:
    """The targets of one output: their shape, and the smallest and largest of their numbers where these are whole.

    The first size is that of the batch, and None, for the targets in a dataset.
    """

    shape: tuple[int | None, ...]
    lowest: int | None = None
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class DataUse:
    """A call that gives a model data.

    Attributes:
        compiled: what the model was compiled with then.
        targets: the arrays of targets, by the argument they were given in; None where they are of no such kind.
        weighted: whether samples or classes are weighted.
    """

    model: Live
    method: str
    written: Written | None
    compiled: CompileCall | None
    targets: dict[str, tuple[TargetSeen, ...]] = field(default_factory=dict)
    weighted: bool = False


@dataclass(frozen=True, slots=True)
class LossUse:
    """A loss or metric that the user's own code gave a prediction.

    Attributes:
        objective: the loss or metric object, or the canonical name of a function.
        arguments: what the function was given besides.
        model, output: what gave the prediction.
    """

    objective: Any
    arguments: dict[str, Any]
    model: Live
    output: int
    source: Source


@dataclass(frozen=True, slots=True)
class Prediction:
    """A tensor that a model gave: as which of its outputs, and where."""

    model: Live
    output: int
    source: Source | None


@dataclass(slots=True)
class ObjectiveLog:
    """Everything seen; models are kept alive, so that an id never stands for two of them, and tensors are not.

    Attributes:
        compiled: the calls of ``compile``.
        last: the last of them for each model, by its id.
        uses: the calls that gave models data.
        made: where losses and metrics were made.
        predictions: which output of which model a tensor is, and where it was given.
        related: what was computed of them, and whether it is as good as a prediction itself.
        stretched: the operations that pair predictions with targets, by their places.
        calls: the losses and metrics called in the user's code.
        refused: the models, by id, that were given data they do not take: what comes of those is no further mistake.
    """

    compiled: list[CompileCall] = field(default_factory=list)
    last: dict[int, CompileCall] = field(default_factory=dict)
    uses: list[DataUse] = field(default_factory=list)
    made: Remembered[Source | None] = field(default_factory=Remembered)
    predictions: Remembered[Prediction] = field(default_factory=Remembered)
    related: Remembered[bool] = field(default_factory=Remembered)
    stretched: dict[Source, StretchedPrediction] = field(default_factory=dict)
    calls: list[LossUse] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)

    def predicted(self, model: Live, outputs: list[Live], source: Source | None = None) -> None:
        """A model gave these tensors."""
        for number, tensor in enumerate(outputs):
            self.predictions.put(tensor, Prediction(model, number, source))

    @property
    def knows_predictions(self) -> bool:
        """Whether there is any tensor that a model gave, or that was computed of one."""
        return len(self.predictions) + len(self.related) > 0

    def is_related(self, value: Live) -> bool:
        """Whether a tensor is what a model gave, or was computed of that."""
        return value in self.predictions or value in self.related

    def is_prediction(self, value: Live) -> bool:
        """Whether each number of a tensor is computed of a prediction alone."""
        return value in self.predictions or bool(self.related.get(value))

    def relate(self, value: Live, *, as_prediction: bool) -> None:
        """A tensor was computed of predictions."""
        self.related.put(value, as_prediction)

    def made_at(self, value: Live) -> Source | None:
        """Where a model gave a tensor."""
        known = self.predictions.get(value)
        return None if known is None else known.source

    def met(self, objective: Any, arguments: dict[str, Any], prediction: Live, source: Source | None) -> None:
        """A loss or metric was given a tensor."""
        known = self.predictions.get(prediction)
        if known is None or source is None or len(self.calls) >= MOST_CALLS:
            return
        model, number = known.model, known.output
        for each in self.calls[-8:]:
            if each.source == source and each.model is model and each.output == number:
                return
        self.calls.append(LossUse(objective, arguments, model, number, source))

    def met_by_function(
        self, name: str, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], user: UserCode
    ) -> None:
        """The user's code called a function of Keras's or TensorFlow's, which may be a loss."""
        call = LOSS_CALLS.get(name)
        if call is None:
            return
        given = bind(function, args, keywords)
        prediction = given.get(call.predicted)
        if prediction is not None and prediction in self.predictions:
            logits = {"from_logits": given["from_logits"]} if "from_logits" in given else {}
            self.met(name, logits, prediction, user.here())
