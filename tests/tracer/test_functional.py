"""A functional Keras 3 model, as the live model itself says it is (model.summary() of the script prints the same)."""

from __future__ import annotations

import pytest

from kerascheck.graph import ModelGraph, Node
from kerascheck.tracer import Outcome

from .conftest import Run

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def outcome(traced: Run) -> Outcome:
    return traced("functional.py")


@pytest.fixture(scope="module")
def model(outcome: Outcome) -> ModelGraph:
    assert outcome.program is not None
    return next(found for found in outcome.program.models if found.name == "net")


def _named(model: ModelGraph, name: str) -> list[Node]:
    return [node for node in model.nodes() if node.name == name]


def test_a_script_that_calls_fit_runs_to_its_end_and_trains_nothing(outcome: Outcome) -> None:
    assert (outcome.ending, outcome.sentence) == ("finished", "")
    assert outcome.notes == ("did not run fit(), evaluate() (--run-training runs them)",)


def test_every_call_is_a_node_with_its_public_name_and_shape(model: ModelGraph) -> None:
    assert [(node.op, node.shape.public()) for node in model.nodes() if not node.scope] == [
        ("keras.Input", [None, 28, 28, 1]),
        ("keras.layers.Conv2D", [None, 26, 26, 32]),
        ("keras.layers.MaxPooling2D", [None, 13, 13, 32]),
        ("keras.layers.BatchNormalization", [None, 13, 13, 32]),
        ("keras.ops.mean", [None, 32]),
        ("keras.layers.Dense", [None, 8]),
        ("keras.ops.multiply", [None, 32]),
        ("keras.layers.Dense", [None, 8]),
        ("keras.layers.Concatenate", [None, 16]),
        ("keras.Sequential", [None, 10]),
    ]


def test_the_batch_axis_is_a_symbol(model: ModelGraph) -> None:
    assert {str((node.shape.texts() or [None])[0]) for node in model.nodes()} == {"B"}


def test_the_parameters_are_the_live_models(model: ModelGraph) -> None:
    assert (model.params, model.trainable) == (882, 818)
    assert [node.params for node in _named(model, "conv2d")] == [320]


def test_a_shared_layer_is_two_nodes_whose_parameters_count_once(model: ModelGraph) -> None:
    first, second = _named(model, "dense")
    assert first.layer == second.layer
    assert (first.params, second.params) == (264, 0)


def test_a_batch_normalization_updates_two_variables(model: ModelGraph) -> None:
    (node,) = _named(model, "batch_normalization")
    assert node.updates == 2


def test_a_node_holds_the_users_own_expression(model: ModelGraph) -> None:
    (conv,) = _named(model, "conv2d")
    assert conv.source is not None
    span = conv.source.span
    assert (span.line, span.column, span.end_line, span.end_column) == (5, 5, 5, 52)
    assert conv.source.text == 'layers.Conv2D(32, 3, activation="relu")(inputs)'


def test_an_operator_is_the_function_it_stands_for(model: ModelGraph) -> None:
    (node,) = _named(model, "multiply")
    assert node.source is not None
    assert (node.source.text, node.on_keras_tensor) == ("pooled * 2.0", True)


def test_an_op_keeps_its_arguments(model: ModelGraph) -> None:
    (node,) = _named(model, "mean")
    assert node.config == {"axis": (1, 2), "keepdims": False}


def test_a_nested_model_is_followed_in_its_scope_at_its_layers_own_lines(model: ModelGraph) -> None:
    inner = [node for node in model.nodes() if node.scope == ("head",)]
    assert [(node.op, node.source.text if node.source else "") for node in inner] == [
        ("keras.layers.Dropout", "layers.Dropout(0.5)"),
        ("keras.layers.Dense", 'layers.Dense(10, activation="softmax")'),
    ]
    (container,) = _named(model, "head")
    assert [(source.op, edge.argument) for source, edge in model.operands(container)] == [
        ("keras.layers.Dense", "output")
    ]
