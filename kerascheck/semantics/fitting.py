"""What ``fit``, ``evaluate`` and ``predict`` take: which data fit a model's inputs, which targets a loss.

Keras adjusts a last axis of one before it complains: that of a sample (``(None,)`` for ``(None, 1)`` and back), and
that of a target or prediction. What it then still refuses was found by running both generations on a grid of shapes.
"""

from __future__ import annotations

from enum import StrEnum

from kerascheck.shapes import Dim, Shape, Unknown, as_int, broadcast, compare, product


class LossKind(StrEnum):
    """How a loss meets target and prediction."""

    BROADCAST = "broadcast"
    EQUAL = "equal"
    EQUAL_IN_KERAS_3 = "equal in Keras 3"
    SPARSE = "sparse"


_KINDS: dict[LossKind, tuple[str, ...]] = {
    LossKind.BROADCAST: (
        "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
        "huber", "log_cosh", "kl_divergence", "poisson", "cosine_similarity", "hinge", "squared_hinge",
        "categorical_hinge",
    ),
    LossKind.EQUAL: ("categorical_crossentropy",),
    LossKind.EQUAL_IN_KERAS_3: ("binary_crossentropy",),
    LossKind.SPARSE: ("sparse_categorical_crossentropy",),
}  # fmt: skip

_SPARSE = "sparse_categorical_crossentropy"

_CLASSES = {
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Huber": "huber",
    "LogCosh": "log_cosh",
    "KLDivergence": "kl_divergence",
    "Poisson": "poisson",
    "CosineSimilarity": "cosine_similarity",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "CategoricalHinge": "categorical_hinge",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "BinaryCrossentropy": "binary_crossentropy",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
}

_ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
}

_ALIASES_OF_KERAS_2 = {
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
}


def loss_function(name: str, generation: int) -> str | None:
    """The loss that a string or the name of a class or function means; None for one whose shapes are not known."""
    known = _CLASSES.get(name) or _ALIASES.get(name) or (_ALIASES.get(name.lower()) if name.isupper() else None)
    if known is None and generation == 2:
        known = _ALIASES_OF_KERAS_2.get(name)
    found = known or name
    return found if _kind_of(found) is not None else None


def _kind_of(loss: str) -> LossKind | None:
    return next((kind for kind, names in _KINDS.items() if loss in names), None)


def takes_target(loss: str, generation: int, target: Shape, output: Shape) -> bool | None:
    """Whether a batch of targets fits a batch of predictions under ``loss``; None where that is not decided.

    Both begin with the size of the batch.
    """
    kind = _kind_of(loss)
    if kind is None or not target.dims or not output.dims:
        return None
    met = _of_one_rank(kind, generation, target.dims, output.dims)
    if met is None:
        return None
    true, predicted = met
    if kind is LossKind.SPARSE:
        return _takes_classes(generation, true, predicted)
    if kind is LossKind.EQUAL or (kind is LossKind.EQUAL_IN_KERAS_3 and generation == 3):
        return _equal(true, predicted)
    return _broadcasts(kind, true, predicted)


Dims = tuple[Dim, ...]


def _of_one_rank(kind: LossKind, generation: int, true: Dims, predicted: Dims) -> tuple[Dims, Dims] | None:
    """Target and prediction once Keras has squeezed or expanded a last axis of one; None where that is not known."""
    if len(true) == 1 and len(predicted) == 2 and generation == 2:
        true = (*true, 1)
    if len(predicted) == len(true) + 1:
        if as_int(predicted[-1]) is None:
            return None if kind is not LossKind.SPARSE else (true, predicted)
        if as_int(predicted[-1]) == 1:
            return ((*true, 1), predicted) if generation == 3 and len(true) == 1 else (true, predicted[:-1])
    elif len(true) == len(predicted) + 1:
        if as_int(true[-1]) is None:
            return None
        if as_int(true[-1]) == 1:
            return (true, (*predicted, 1)) if generation == 3 and len(predicted) == 1 else (true[:-1], predicted)
    return true, predicted


def _equal(true: Dims, predicted: Dims) -> bool | None:
    if len(true) != len(predicted):
        return False
    return _all(compare(a, b) for a, b in zip(true, predicted, strict=True))


def _takes_classes(generation: int, true: Dims, predicted: Dims) -> bool | None:
    """A class for each row of the prediction; Keras 2 counts them, whatever their axes."""
    if len(true) == len(predicted):
        last = as_int(true[-1])
        if last is None:
            return None
        true = true[:-1] if last == 1 else true
    if generation == 2:
        return _sizes_agree(true, predicted[:-1])
    return _equal(true, predicted[:-1])


def _sizes_agree(left: Dims, right: Dims) -> bool | None:
    if len(left) == len(right):
        decided = [compare(a, b) for a, b in zip(left, right, strict=True)]
        if decided.count(False) == 1 and decided.count(True) == len(decided) - 1:
            return False
    return compare(product(left), product(right))


def _broadcasts(kind: LossKind, true: Dims, predicted: Dims) -> bool | None:
    """Whether two shapes broadcast; where the cross-entropy of Keras 2 wants more than that depends on the model."""
    if broadcast(Shape(true), Shape(predicted)) is None:
        return False
    rank = max(len(true), len(predicted))
    first, second = (1,) * (rank - len(true)) + true, (1,) * (rank - len(predicted)) + predicted
    for a, b in zip(first, second, strict=True):
        if 1 not in (as_int(a), as_int(b)) and compare(a, b) is not True:
            return None
    return True if kind is LossKind.BROADCAST or _equal(true, predicted) else None


def is_about_encoding(loss: str, target: Shape, output: Shape) -> bool:
    """Whether targets that do not fit are classes where one-hot rows are meant, or the reverse."""
    true, predicted = target.dims, output.dims
    if not true or not predicted:
        return False
    if loss == "sparse_categorical_crossentropy":
        return len(true) == len(predicted) and compare(true[-1], predicted[-1]) is True
    if loss == "categorical_crossentropy":
        classes = len(true) == len(predicted) and as_int(true[-1]) == 1
        pairs = zip(true[1:], predicted[1:-1], strict=False)
        rows = len(true) == len(predicted) - 1 and all(compare(one, other) is not False for one, other in pairs)
        return classes or rows
    return False


def is_about_axes(loss: str, target: Shape, output: Shape) -> bool:
    """Whether a prediction has axes between the batch and the last one that a target of one row a sample lacks."""
    true, predicted = target.dims, output.dims
    if not true or not predicted or len(predicted) < 3 or len(true) > 2:
        return False
    kept = [as_int(dim) for dim in predicted[1:-1]]
    if None in kept or all(size == 1 for size in kept):
        return False
    row = as_int(true[1]) if len(true) == 2 else 1
    if row == 1:
        return True
    return row is not None and row == as_int(predicted[-1]) and row != kept[0] and loss != _SPARSE


def takes_sample(own: Shape, given: Shape, *, sized: bool, ranked: bool) -> bool | None:
    """Whether a model's Input takes a batch of samples; None where that is for its layers to say.

    Args:
        own: the shape of the Input, the batch first.
        given: the shape of the batch.
        sized: whether the model itself compares sizes, as a functional model does.
        ranked: whether it refuses another number of axes, as those of Keras 3 do.
    """
    if own.dims is None or given.dims is None:
        return None
    if sized and _size_differs(own.dims, given.dims):
        return False
    if ranked and len(own.dims) != len(given.dims):
        longer = len(given.dims) == len(own.dims) + 1 and as_int(given.dims[-1]) in (1, None)
        shorter = len(given.dims) == len(own.dims) - 1 and as_int(own.dims[-1]) == 1
        if not longer and not shorter:
            return False
    return None


def same_samples(own: Shape, given: Shape) -> bool:
    """Whether a batch has the very sizes of a model's Input, or is not known to have others."""
    if own.dims is None or given.dims is None:
        return given.dims is None
    if len(own.dims) != len(given.dims):
        return False
    return all(a == b or isinstance(b, Unknown) for a, b in zip(own.dims[1:], given.dims[1:], strict=True))


def _size_differs(own: Dims, given: Dims) -> bool:
    """Whether some axis differs, a last axis of one set aside on both sides, as far as both have axes.

    A last axis of unknown size may be that one.
    """
    pairs = list(zip(own, given, strict=False))[1:]
    for index, (wanted, found) in enumerate(pairs, start=1):
        ends = (index == len(own) - 1 and as_int(wanted) == 1) or (index == len(given) - 1 and as_int(found) == 1)
        if not ends and as_int(wanted) is not None and as_int(found) is not None and as_int(wanted) != as_int(found):
            return True
    return False


def conformed(own: Shape, given: Shape) -> Shape:
    """The batch as the model's layers get it: a last axis of one is squeezed away, or added."""
    if own.dims is None or given.dims is None:
        return given
    if len(given.dims) == len(own.dims) + 1 and as_int(given.dims[-1]) == 1:
        return Shape(given.dims[:-1])
    if len(given.dims) == len(own.dims) - 1 and as_int(own.dims[-1]) == 1:
        return Shape((*given.dims, 1))
    return given


def _all(decided: object) -> bool | None:
    outcomes = list(decided)  # type: ignore[call-overload]
    if False in outcomes:
        return False
    return None if None in outcomes else True
