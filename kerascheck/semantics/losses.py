"""The functions of TensorFlow and Keras that compute a cross-entropy, and what they take its prediction for."""

from __future__ import annotations

from kerascheck.records import immutable


@immutable()
class LossCall:
    """One such function.

    Attributes:
        loss: the loss of Keras that it computes.
        predicted: its parameter for the prediction.
        from_logits: whether it takes logits; None where its argument of that name says so.
    """

    loss: str
    predicted: str
    from_logits: bool | None = None


def _table() -> dict[str, LossCall]:
    found: dict[str, LossCall] = {}
    for loss in ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"):
        found[f"keras.metrics.{loss}"] = LossCall(loss, "y_pred")
        for module in ("keras.ops", "keras.backend"):
            found[f"{module}.{loss}"] = LossCall(loss, "output")
    for loss in ("binary_focal_crossentropy", "categorical_focal_crossentropy"):
        found[f"keras.metrics.{loss}"] = LossCall(loss, "y_pred")
    raw = {
        "softmax_cross_entropy_with_logits": "categorical_crossentropy",
        "softmax_cross_entropy_with_logits_v2": "categorical_crossentropy",
        "sparse_softmax_cross_entropy_with_logits": "sparse_categorical_crossentropy",
        "sigmoid_cross_entropy_with_logits": "binary_crossentropy",
        "weighted_cross_entropy_with_logits": "binary_crossentropy",
    }
    for name, loss in raw.items():
        for module in ("tf.nn", "tf.compat.v1.nn"):
            found[f"{module}.{name}"] = LossCall(loss, "logits", True)
    return found


LOSS_CALLS = _table()
"""By canonical name."""

CROSS_ENTROPIES = frozenset(call.loss for call in LOSS_CALLS.values())
"""The losses that take probabilities, or logits if they are told so."""

CATEGORICAL = frozenset(
    {"categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy"}
)
"""Those that have the classes exclude one another."""
