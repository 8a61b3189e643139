from __future__ import annotations

import pytest
from hand_made import Graph

from kerascheck.checks.kc215_batch_statistics_at_inference import check
from kerascheck.graph import TRAINING_GUARD
from kerascheck.shapes.dim import batch

B = batch()


@pytest.mark.parametrize(
    ("op", "config"),
    [
        ("tf.nn.moments", {"axes": [0], "keepdims": True}),
        ("keras.ops.moments", {"axes": (0, 1), "keepdims": True}),
        ("tf.compat.v1.nn.fused_batch_norm", {"is_training": True}),
    ],
)
def test_statistics_of_the_batch_are_found(op: str, config: dict[str, object]) -> None:
    graph = Graph()
    (finding,) = check(graph.model(graph.op(op, (1, 4), config, x=graph.input(B, 4))))
    assert finding.label == "axis 0 is the batch of (None, 4)"


def test_the_statistics_of_a_sample_are_its_own() -> None:
    graph = Graph()
    y = graph.op("tf.nn.moments", (B, 1), {"axes": [1], "keepdims": True}, x=graph.input(B, 4))
    assert list(check(graph.model(y))) == []


def test_a_fused_normalisation_of_given_statistics_is_sound() -> None:
    graph = Graph()
    y = graph.op("tf.compat.v1.nn.fused_batch_norm", (B, 4), {"is_training": False}, x=graph.input(B, 4))
    assert list(check(graph.model(y))) == []


def test_the_batch_has_its_statistics_in_training() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.nn.moments", (4,), {"x": x}, config={"axes": [0]}, guards=(TRAINING_GUARD,))
    assert list(check(graph.model(y))) == []
