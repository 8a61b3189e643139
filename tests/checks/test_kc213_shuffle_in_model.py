from __future__ import annotations

from hand_made import Graph

from kerascheck.checks.kc213_shuffle_in_model import check
from kerascheck.graph import TRAINING_GUARD
from kerascheck.shapes.dim import batch

B = batch()


def test_the_finding_tells_the_axis() -> None:
    graph = Graph()
    (finding,) = check(graph.model(graph.op("tf.random.shuffle", (B, 4), {}, value=graph.input(B, 4))))
    assert finding.label == "axis 0 is the batch of (None, 4)"
    assert finding.help == "shuffle the dataset instead: `dataset.shuffle(1024)`"


def test_a_shuffle_along_another_axis_is_a_samples_own() -> None:
    graph = Graph()
    y = graph.op("keras.random.shuffle", (B, 4), {"axis": 1}, x=graph.input(B, 4))
    assert list(check(graph.model(y))) == []


def test_a_shuffle_in_training_is_left_alone() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.random.shuffle", (B, 4), {"value": x}, config={}, guards=(TRAINING_GUARD,))
    assert list(check(graph.model(y))) == []
