from __future__ import annotations

from hand_made import Graph

from kerascheck.checks.kc209_hard_coded_batch_size import check
from kerascheck.graph import UNDECIDED_GUARD
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch, symbol

B = batch()


def test_the_message_names_the_batch_size_that_fits() -> None:
    graph = Graph()
    y = graph.op("tf.reshape", (32, 2, 2), {"shape": (32, 2, 2)}, tensor=graph.input(B, 4))
    (finding,) = check(graph.model(y))
    assert finding.message == "`reshape(...)` on (None, 4) fits only batches of 32, and the model's batch size is open"


def test_a_reshape_that_fits_no_batch_size_is_no_batch_size() -> None:
    graph = Graph()
    y = graph.op("tf.reshape", (31, 2, 2), {"shape": (31, 2, 2)}, tensor=graph.input(B, 8))
    assert list(check(graph.model(y))) == []


def test_a_batch_size_that_the_model_declares_is_a_choice() -> None:
    graph = Graph()
    y = graph.op("tf.reshape", (32, 2, 2), {"shape": (32, 2, 2)}, tensor=graph.input(batch(32), 4))
    assert list(check(graph.model(y))) == []


def test_a_sample_of_unknown_size_may_fit_any_batch_size() -> None:
    for size in (UNKNOWN, symbol("T")):
        graph = Graph()
        y = graph.op("tf.reshape", (32, 4), {"shape": (32, 4)}, tensor=graph.input(B, size))
        assert list(check(graph.model(y))) == []


def test_constants_of_another_number_of_rows_do_not_broadcast_with_a_batch() -> None:
    graph = Graph()
    noise = graph.op("tf.random.normal", (32, 4), {"shape": (32, 4)})
    y = graph.op("keras.ops.add", (32, 4), {}, x1=graph.input(B, 4), x2=noise)
    (finding,) = check(graph.model(y))
    assert "on (None, 4), (32, 4) fits only batches of 32" in finding.message


def test_a_constant_row_is_stretched() -> None:
    graph = Graph()
    row = graph.op("tf.ones", (1, 4), {"shape": (1, 4)})
    assert list(check(graph.model(graph.op("keras.ops.add", (B, 4), {}, x1=graph.input(B, 4), x2=row)))) == []


def test_a_table_of_weights_is_left_alone() -> None:
    graph = Graph()
    table = graph.variable(10, 4)
    y = graph.op("keras.ops.subtract", (10, 4), {}, x1=graph.input(B, 4), x2=table)
    assert list(check(graph.model(y))) == []


def test_code_that_runs_under_a_condition_may_have_asked_for_the_size() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.reshape", (32, 4), {"tensor": x}, config={"shape": (32, 4)}, guards=(UNDECIDED_GUARD,))
    assert list(check(graph.model(y))) == []
