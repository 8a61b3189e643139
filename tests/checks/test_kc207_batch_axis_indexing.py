from __future__ import annotations

from typing import Any

import pytest
from hand_made import ANY_RANK, Graph, line

from kerascheck.checks.kc207_batch_axis_indexing import check
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN, Dim
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def indexed(key: Any, *shape: Dim) -> Program:
    graph = Graph()
    return graph.model(graph.op("keras.ops.get_item", shape, {"key": key}, x=graph.input(B, 4)))


@pytest.mark.parametrize(
    ("key", "shape", "does"),
    [
        (0, (4,), "takes one sample"),
        (slice(1, None), (B - 1, 4), "takes a fixed part of the samples"),
        (slice(None, None, -1), (B, 4), "reverses the order of the samples"),
    ],
)
def test_the_message_says_what_is_left_of_the_batch(key: Any, shape: tuple[Dim, ...], does: str) -> None:
    (finding,) = check(indexed(key, *shape))
    assert finding.span == line(2)
    assert finding.message == f"`get_item(...)` {does} of the batch of (None, 4)"


@pytest.mark.parametrize("key", [(slice(None), 0), (Ellipsis, 0), slice(None), slice(None, None, 2)])
def test_an_index_of_another_axis_is_silent(key: Any) -> None:
    assert lines(indexed(key, B)) == []


def test_half_of_what_was_joined_is_silent() -> None:
    graph = Graph()
    x = graph.op("keras.ops.concatenate", (2 * B, 4), {"axis": 0}, **{"xs.0": graph.input(B, 4)})
    y = graph.op("keras.ops.get_item", (UNKNOWN, 4), {"key": slice(None, 8)}, x=x)
    assert lines(graph.model(y)) == []


def test_a_tensor_of_unknown_rank_may_be_a_list() -> None:
    graph = Graph()
    x = graph.add("input", "keras.Input", ANY_RANK, {})
    assert lines(graph.model(graph.op("keras.ops.get_item", ANY_RANK, {"key": 0}, x=x), kind="layer")) == []


def test_rows_that_a_mask_drops_are_found() -> None:
    graph = Graph()
    x, mask = graph.input(B, 4), graph.input(B)
    y = graph.op("tf.boolean_mask", (UNKNOWN, 4), {"axis": None}, tensor=x, mask=mask)
    (finding,) = check(graph.model(y))
    assert finding.message == "`boolean_mask(...)` drops samples of the batch of (None, 4)"
    assert finding.help == "keep a row for each sample: `where(mask, x, 0)` with the mask's axes expanded"


def test_rows_that_are_scattered_back_are_silent() -> None:
    graph = Graph()
    x, mask = graph.input(B, 4), graph.input(B)
    y = graph.op("tf.boolean_mask", (UNKNOWN, 4), {"axis": None}, tensor=x, mask=mask)
    y = graph.op("tf.tensor_scatter_nd_update", (B, 4), {}, tensor=x, indices=mask, updates=y)
    assert lines(graph.model(y)) == []


def test_a_sample_whose_shape_alone_counts_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op("keras.ops.get_item", (4,), {"key": 0}, x=x)
    y = graph.op("tf.ones_like", (4,), {}, input=y)
    assert lines(graph.model(graph.op("keras.ops.add", (B, 4), {}, x1=x, x2=y))) == []
