"""The data that models are given."""

from __future__ import annotations

from enum import StrEnum

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Endpoint
from kerascheck.records import immutable
from kerascheck.shapes import Shape


@immutable()
class DataCall:
    """A call that hands data to a model or loads them, stopped by the live front end before it did.

    ``method`` is ``fit``, ``evaluate``, ``load_data``…; ``shapes`` what it was given or would have given, by argument.
    """

    method: str
    span: Span
    model: str | None = None
    shapes: tuple[tuple[str, str], ...] = ()


@immutable()
class FedDataset:
    """A dataset that a model is fitted on, by the sizes that its elements' types leave open.

    Attributes:
        model: the model's name.
        span: the call of fit.
        shapes: those of the elements' types: ``(None, 4)``.
        open_batch: whether the number of samples in a batch is not fixed; ``open_sizes``: whether another size is not.
        whole: whether the batches certainly are of one size all the same; None where that is not known.
        batched: where the dataset was batched.
    """

    model: str
    span: Span
    shapes: tuple[str, ...] = ()
    open_batch: bool = False
    open_sizes: bool = False
    whole: bool | None = None
    batched: Span | None = None


class FedKind(StrEnum):
    """What does not fit of the data that a model is fed."""

    INPUT = "input"
    BATCH_IN_INPUT = "batch in input"
    TARGET = "target"
    COUNT = "count"


@immutable()
class FedProblem:
    """Data given to ``fit``, ``evaluate`` or ``predict`` that certainly make it fail.

    Attributes:
        kind: the model's input, its input because that has the batch in its shape, a target, or the number of samples.
        span: the data where they are given; where the input was declared, if that is at fault.
        trail: where the data were made and batched, where the model's input or output was.
    """

    kind: FedKind
    message: str
    span: Span
    label: str = ""
    trail: tuple[TrailStep, ...] = ()
    help: str | None = None


@immutable()
class FedTarget:
    """A target that ``fit`` or ``evaluate`` was given for one output of a model, under a loss of Keras's.

    Attributes:
        model: the model's name.
        loss: the name of the loss function.
        target, output: the shapes of a batch of each.
        given: the shape of what was given.
        taken: whether the loss takes the two; None where that is not decided.
        span: the target where it was given, with its ``text``.
        outputs: the node outputs that the prediction may be.
        classes: how many classes the labels are of, where they are certainly 0 up to that.
        lowest, highest: the smallest and largest label, where they are known.
        trail: where the target and the output were made.
    """

    model: str
    generation: int
    loss: str
    target: Shape
    output: Shape
    given: Shape
    taken: bool | None
    span: Span
    text: str = ""
    outputs: tuple[Endpoint, ...] = ()
    classes: int | None = None
    lowest: int | None = None
    highest: int | None = None
    trail: tuple[TrailStep, ...] = ()


@immutable()
class IndicesGiven:
    """Data that go into an Embedding as they are.

    Attributes:
        layer: the layer's name; ``rows`` how many its table has, ``layer_span`` where it was made.
        lowest, highest: integers that the data certainly hold, the smallest and the largest known; ``exact`` where
            there are none beyond them.
        span: where they are given; ``text`` is the user's own, ``made`` where the data were made.
    """

    layer: str
    generation: int
    rows: int
    lowest: int
    highest: int
    exact: bool
    span: Span
    stack: tuple[Span, ...]
    text: str
    layer_span: Span
    made: Span | None = None


@immutable()
class Downcast:
    """Data that a model's Input takes in another type than they have.

    Attributes:
        model: the model's name.
        given, taken: the type of the data, and that of the Input.
        largest: the size of the largest integer that the data certainly hold, where that is known.
        span: where they are given; ``text`` is the user's own, ``made`` where the data were made.
    """

    model: str
    given: str
    taken: str
    largest: int | None
    span: Span
    stack: tuple[Span, ...]
    text: str
    made: Span | None = None


@immutable()
class SampleDependence:
    """Executed proof that one sample's output depends on another sample.

    Attributes:
        model: the model's place in :attr:`Program.models`.
        mode: ``inference`` or ``training``.
        output: which output moved, by ``tree.flatten`` order.
        perturbed, moved: the sample that was changed, and one whose output changed with it.
        by: the largest change of that sample's output.
        node: the first node behind which samples depend on each other, where it was found.
        evidence: one line that says what was done and seen.
    """

    model: int
    mode: str
    output: int
    perturbed: int
    moved: int
    by: float
    node: str | None = None
    evidence: str = ""
