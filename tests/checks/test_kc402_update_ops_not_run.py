from __future__ import annotations

from hand_made import Graph, line

from kerascheck.checks.kc402_update_ops_not_run import check
from kerascheck.graph import Node
from kerascheck.program import Program, TrainOp
from kerascheck.shapes.dim import batch

B = batch()


def training(graph: Graph, loss: Node, *, run: bool = True, updates_run: bool | None = False) -> Program:
    train = TrainOp("n99", loss.identifier, line(20), run, updates_run, run_span=line(30))
    graph.program.train_ops.append(train)
    return graph.program


def normalized(updates: int = 2, op: str = "keras.layers.BatchNormalization") -> tuple[Graph, Node]:
    graph = Graph()
    x = graph.add("layer", op, (B, 4), {"inputs": graph.input(B, 4)}, updates=updates)
    return graph, graph.op("tf.math.reduce_mean", (), {"axis": None}, input_tensor=x)


def test_a_train_op_run_without_the_updates_is_found_where_it_is_made() -> None:
    (finding,) = check(training(*normalized()))
    assert finding.span == line(20)
    assert [step.span for step in finding.trail] == [line(2), line(30)]


def test_the_help_for_keras_layers_is_their_own_updates() -> None:
    (finding,) = check(training(*normalized()))
    assert finding.help is not None
    assert "`session.run([train_op, layer.updates])`" in finding.help


def test_the_help_for_tf_layers_is_the_collection() -> None:
    (finding,) = check(training(*normalized(op="tf.compat.v1.layers.BatchNormalization")))
    assert finding.help is not None
    assert "GraphKeys.UPDATE_OPS" in finding.help


def test_a_train_op_run_with_the_updates_is_silent() -> None:
    graph, loss = normalized()
    assert list(check(training(graph, loss, updates_run=True))) == []


def test_a_train_op_whose_dependencies_are_unknown_is_silent() -> None:
    graph, loss = normalized()
    assert list(check(training(graph, loss, updates_run=None))) == []


def test_a_train_op_that_nobody_runs_is_silent() -> None:
    graph, loss = normalized()
    assert list(check(training(graph, loss, run=False))) == []


def test_a_loss_without_updating_layers_is_silent() -> None:
    graph, loss = normalized(updates=0, op="keras.layers.Dense")
    assert list(check(training(graph, loss))) == []


def test_a_layer_that_the_loss_does_not_depend_on_is_silent() -> None:
    graph, _ = normalized()
    assert list(check(training(graph, graph.input(B, 1)))) == []
