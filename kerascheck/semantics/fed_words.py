"""How what does not fit of the data given to a model is told, the same from source and from the live model."""

from __future__ import annotations

from collections.abc import Iterable

from kerascheck.diagnostic import Span, TrailStep, on_one_line
from kerascheck.program import FedKind, FedProblem
from kerascheck.records import immutable
from kerascheck.shapes import Dim, Shape, as_int, compare

LONGEST = 60
"""How much of the user's own expression a sentence shows."""


@immutable()
class Words:
    """What is told: the message, the text under the carets and the line of help."""

    kind: FedKind
    message: str
    help: str | None = None
    label: str = ""


@immutable()
class GivenData:
    """What one input or output of a model is given.

    Attributes:
        shape: its shape, of all samples of an array or of one batch of a dataset.
        text: how the user wrote it; empty where it is not written by itself.
        batches: whether it comes batch by batch rather than as a whole array.
        unbatched: whether it certainly comes sample by sample, for want of a call of ``batch``.
        size: how many samples the first batch has.
    """

    shape: Shape
    text: str = ""
    batches: bool = False
    unbatched: bool = False
    size: Dim | None = None


def input_words(model: str, data: GivenData, takes: Shape | None, why: str = "") -> Words:
    """The data do not fit an input, which takes batches of shape ``takes``; ``why`` is what the model says of them."""
    whole = f"{_named(data, 'the data')} of shape {data.shape} does"
    subject = f"batches of {data.shape} do" if data.batches else whole
    wanted = "" if takes is None else f", which takes {takes}"
    reason = f": {why}" if why else ""
    message = f"{subject} not fit model `{model}`{wanted}{reason}"
    return Words(FedKind.INPUT, message, _input_help(data, takes))


def _input_help(data: GivenData, takes: Shape | None) -> str:
    wanted, found = None if takes is None else takes.dims, data.shape.dims
    if wanted and found is not None and len(found) == len(wanted) - 1:
        alike = all(compare(a, b) is not False for a, b in zip(wanted[1:], found, strict=True))
        if alike and data.unbatched:
            return "batch the dataset: `.batch(32)`"
        if alike and not data.batches:
            return "one sample alone wants a batch axis, too: `x[None, ...]`"
        if as_int(wanted[-1]) == 1:
            return "add the last axis to the data: `x[..., None]`"
    return "give the data the shape of the model's input, or declare the input for them"


def holds_batch(takes: Shape, data: GivenData) -> bool:
    """Whether an Input was declared with the number of samples, or of a batch, in its shape."""
    wanted, found = takes.dims, data.shape.dims
    if data.unbatched or not wanted or not found or len(found) != len(wanted) - 1 or len(found) < 2:
        return False
    if not all(compare(a, b) is True for a, b in zip(wanted[2:], found[1:], strict=True)):
        return False
    first = as_int(wanted[1])
    return first is not None and first > 1 and first in (as_int(found[0]), _number(data.size))


def is_like_one_sample(takes: Shape, found: Shape) -> bool:
    """Whether what is given has the shape of one sample: without targets to count, it may well be one."""
    return takes.dims is not None and found.dims is not None and len(found.dims) > 1 and takes.dims[1:] == found.dims


def batch_in_input_words(model: str, takes: Shape, data: GivenData) -> Words:
    """An Input that :func:`holds_batch`."""
    wanted, found = takes.dims or (), data.shape.dims or (None,)
    number = as_int(wanted[1])
    samples_in = "of samples" if number == _number(found[0]) else "in a batch"
    return Words(
        FedKind.BATCH_IN_INPUT,
        f"the input of model `{model}` has the batch in its shape: it takes {takes}",
        f"leave the batch out: `shape={Shape(wanted[2:])}`",
        f"{number} is the number {samples_in}, which Keras adds by itself",
    )


def input_count_words(model: str, inputs: int, given: int) -> Words:
    """A model has another number of inputs than it is given."""
    return Words(FedKind.INPUT, f"model `{model}` takes {_times(inputs, 'input')} and is given {given}")


def missing_input_words(model: str, name: str, given: Iterable[object]) -> Words:
    """An input is given nothing, by name."""
    names = ", ".join(f"`{key}`" for key in given)
    return Words(FedKind.INPUT, f"input `{name}` of model `{model}` is not among the data given, {names}")


def built_otherwise_words(model: str, shape: Shape, layer: str, size: int, axis: int) -> Words:
    """The data do not fit the layer that they go into, which was built for others."""
    message = f"data of shape {shape} do not fit model `{model}`: its layer `{layer}` was built for size {size} of"
    return Words(FedKind.INPUT, f"{message} axis {axis}")


def sample_count_words(first: tuple[str, GivenData], other: tuple[str, GivenData]) -> Words:
    """Two arguments, or two arrays of one, have different numbers of samples."""
    (name, one), (argument, two) = first, other
    shapes = f"{one.shape} and {two.shape}"
    if name == argument:
        message = f"the arrays of `{name}` have different numbers of samples: {shapes}"
    else:
        apart = one.text != two.text
        left, right = ((_named(each, f"`{which}`") if apart else f"`{which}`") for which, each in (first, other))
        message = f"{left} has {_count(one)} samples and {right} has {_count(two)}: {shapes}"
    return Words(FedKind.COUNT, message, "give one target and one weight for each sample")


def slices_words(one: Shape, other: Shape) -> Words:
    """The arrays that a dataset slices together have different numbers of samples."""
    message = f"the arrays of one dataset have different numbers of samples: {one} and {other}"
    return Words(FedKind.COUNT, message, "give one target and one weight for each sample")


def target_count_words(model: str, outputs: int, targets: int) -> Words:
    """A model has another number of outputs than it is given targets."""
    message = f"model `{model}` has {_times(outputs, 'output')} and is given {_times(targets, 'target')}"
    return Words(FedKind.TARGET, message, "give one target for each output")


def target_words(model: str, data: GivenData, output: Shape, loss: str) -> Words:
    """A target does not fit an output under its loss."""
    what = "a target" if data.batches else _named(data, "a target")
    message = f"{what} of shape {data.shape} does not fit the output {output} of model `{model}` under `{loss}`"
    units = "give the targets the shape of the model's output, or the last layer as many units as they have"
    return Words(FedKind.TARGET, message, units)


def problem_at(words: Words, span: Span, trail: tuple[TrailStep, ...]) -> FedProblem:
    """What is told, at a place."""
    return FedProblem(words.kind, words.message, span, words.label, trail, words.help)


def shown(text: str) -> str:
    """The user's own expression as a sentence shows it."""
    return on_one_line(text, LONGEST)


def _named(data: GivenData, otherwise: str) -> str:
    return f"`{shown(data.text)}`" if data.text else otherwise


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _number(dim: Dim | None) -> int | None:
    return None if dim is None else as_int(dim)


def _count(data: GivenData) -> str:
    number = _number((data.shape.dims or (None,))[0])
    return "another number of" if number is None else str(number)
