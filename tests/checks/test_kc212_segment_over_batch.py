from __future__ import annotations

from hand_made import Graph

from kerascheck.checks.kc212_segment_over_batch import check
from kerascheck.graph import Node
from kerascheck.program import Program
from kerascheck.shapes import Dim
from kerascheck.shapes.dim import batch

B = batch()


def pooled(rows: Dim, pools: Dim, ids: str = "tf.math.argmax") -> Program:
    """A model that pools ``rows`` rows into ``pools`` by what ``ids`` makes of them."""
    graph = Graph()
    x = graph.input(rows, 4)
    index = graph.op(ids, (rows,), {"axis": -1}, input=x)
    return graph.model(graph.op("tf.math.unsorted_segment_mean", (pools, 4), {}, data=x, segment_ids=index))


def test_samples_are_pooled_where_the_number_of_pools_is_fixed() -> None:
    (finding,) = check(pooled(B, 3))
    assert "`unsorted_segment_mean(...)` pools the samples of a batch" in finding.message
    assert finding.label == "axis 0 is the batch of (None, 4)"


def test_samples_are_pooled_where_there_are_fewer_pools_than_samples() -> None:
    assert len(list(check(pooled(B, B // 2)))) == 1


def test_as_many_pools_as_samples_may_be_one_each() -> None:
    assert list(check(pooled(B, B))) == []


def test_several_rows_of_a_sample_may_have_a_pool_of_their_own() -> None:
    assert list(check(pooled(5 * B, B))) == []


def test_an_index_that_comes_with_the_data_is_their_own() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    index: Node = graph.input(B)
    y = graph.op("tf.math.unsorted_segment_mean", (3, 4), {}, data=x, segment_ids=index)
    assert list(check(graph.model(y))) == []
