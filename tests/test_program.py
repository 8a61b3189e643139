"""What a program gives its rules to look through."""

from __future__ import annotations

from hand_made import Graph

LAYERS = frozenset({"keras.layers.Dense", "keras.layers.Dropout"})


def test_the_nodes_of_some_ops_come_in_the_order_of_all_nodes() -> None:
    graph = Graph()
    first = graph.layer("Dense", graph.input(None, 4), (None, 4))
    dropped = graph.layer("Dropout", first, (None, 4))
    last = graph.layer("Dense", graph.layer("ReLU", dropped, (None, 4)), (None, 4))
    program = graph.model(last)
    assert [node for _, node in program.nodes_of(LAYERS)] == [first, dropped, last]
    assert [node for _, node in program.nodes_of({"keras.layers.Dense"})] == [first, last]
    assert not program.nodes_of({"keras.layers.LSTM"})


def test_a_node_of_two_models_comes_once_with_the_first() -> None:
    graph = Graph()
    layer = graph.layer("Dense", graph.input(None, 4), (None, 4))
    graph.model(layer)
    program = graph.model(layer)
    ((model, node),) = program.nodes_of(LAYERS)
    assert model is program.models[0]
    assert node is layer
