from __future__ import annotations

import pytest
from hand_made import Graph

from kerascheck.checks.kc211_squeeze_without_axis import check
from kerascheck.shapes import UNKNOWN, Dim
from kerascheck.shapes.dim import batch, symbol

B = batch()


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((B, 4, 1), "name the axis to drop: `axis=-1`"),
        ((B, 1, 4), "name the axis to drop: `axis=1`"),
        ((B, 1, 1, 4), "name the axis to drop: `axis=(1, 2)`"),
        ((B, 4), "leave it out: no axis of one sample has size 1"),
        ((B, symbol("H"), UNKNOWN, 4), "name the axis to drop: `axis=(1, 2)`"),
    ],
)
def test_the_help_names_the_axes_that_were_meant(shape: tuple[Dim, ...], advice: str) -> None:
    graph = Graph()
    y = graph.op("keras.ops.squeeze", None, {"axis": None}, x=graph.input(*shape))
    (finding,) = check(graph.model(y))
    assert finding.help == advice


@pytest.mark.parametrize("shape", [(2 * B, 1), (batch(5), 1), (4, 1)])
def test_an_axis_that_is_never_one_is_not_dropped(shape: tuple[Dim, ...]) -> None:
    graph = Graph()
    y = graph.op("keras.ops.squeeze", None, {"axis": None}, x=graph.input(*shape))
    assert list(check(graph.model(y))) == []


def test_a_squeeze_that_names_its_axis_is_sound() -> None:
    graph = Graph()
    y = graph.op("keras.ops.squeeze", (B, 4), {"axis": -1}, x=graph.input(B, 4, 1))
    assert list(check(graph.model(y))) == []


def test_a_reshape_gives_the_batch_axis_back() -> None:
    graph = Graph()
    squeezed = graph.op("tf.squeeze", None, {"axis": None}, input=graph.input(B, 1, 4))
    y = graph.op("tf.reshape", (B, 4), {"shape": (-1, 4)}, tensor=squeezed)
    assert list(check(graph.model(y))) == []
