from __future__ import annotations

from hand_made import Graph

from kerascheck.checks.kc201_batch_axis_reduction import check as check_reductions
from kerascheck.checks.kc216_default_axis_is_batch import check
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def summed(*defaulted: str) -> Program:
    """A model that sums up along axis 0, which the call leaves out where ``axis`` is among ``defaulted``."""
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.math.cumsum", (B, 4), {"x": x}, config={"axis": 0}, defaulted=defaulted)
    return graph.model(y)


def test_the_message_names_the_parameter_and_what_its_default_means() -> None:
    (finding,) = check(summed("axis"))
    assert finding.message == (
        "`cumsum(...)` leaves out `axis`, and by default `tf.math.cumsum` works along the batch of (None, 4)"
    )
    assert finding.help == "name the axis: `axis=-1` for the features"


def test_an_axis_that_is_written_is_told_by_another_rule() -> None:
    assert list(check(summed())) == []


def test_one_rule_speaks_of_an_arg_maximum_without_an_axis() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.math.argmax", (4,), {"input": x}, config={"axis": None}, defaulted=("axis",))
    program = graph.model(y)
    assert len(list(check(program))) == 1
    assert list(check_reductions(program)) == []


def test_a_layer_that_is_given_the_batch_is_found_by_its_axis() -> None:
    graph = Graph()
    y = graph.layer("Softmax", graph.input(B, 4), (B, 4), config={"axis": -2})
    (finding,) = check(graph.model(y))
    assert "is given axis 0, the batch of (None, 4), to work along" in finding.message
    assert finding.help == "leave the batch out: `Softmax(axis=-1)`"


def test_a_layer_along_the_features_is_sound() -> None:
    graph = Graph()
    y = graph.layer("Softmax", graph.input(B, 4), (B, 4), config={"axis": -1})
    assert list(check(graph.model(y))) == []
