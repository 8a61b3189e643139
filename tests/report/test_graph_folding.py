"""What a viewer folds a model into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hand_made import Graph, line

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node, Source
from kerascheck.report.graph_families import family
from kerascheck.report.graph_folding import READABLE, Folding, fold

CALLS = {10: "stem(x)", 20: "block(x, 8)"}


def text_of(span: Span) -> str:
    return CALLS.get(span.line, "")


def folded(graph: Graph, *outputs: Node, marked: tuple[str, ...] = ()) -> tuple[ModelGraph, Folding]:
    model = graph.model(*outputs).models[0]
    return model, fold(model, text_of, family, marked)


def shown(model: ModelGraph, folding: Folding) -> list[str]:
    """The outermost level: names of nodes, and of groups with how many members they have."""
    return [
        f"{folding.groups[unit].kind} {folding.groups[unit].title}: {len(folding.groups[unit].members)}"
        if unit in folding.groups
        else model.node(unit).name
        for unit in folding.top
    ]


def chain(graph: Graph, *names: str, op: str = "Dense", stacks: dict[str, tuple[int, ...]] | None = None) -> Node:
    """An input and layers one behind the other."""
    node = graph.input(4, 4)
    node.name = "image"
    for name in names:
        node = graph.layer(op, node, (4, 4))
        node.name = name
        if stacks and name in stacks:
            assert node.source is not None
            node.source = Source(node.source.span, tuple(line(each) for each in stacks[name]))
    return node


def test_a_small_model_is_shown_as_it_is() -> None:
    graph = Graph()
    model, folding = folded(graph, chain(graph, "conv1_a", "conv1_b", "conv1_c", "conv2_a", "conv2_b", "conv2_c"))
    assert shown(model, folding) == ["image", "conv1_a", "conv1_b", "conv1_c", "conv2_a", "conv2_b", "conv2_c"]
    assert folding.groups == {}


def test_neighbours_named_alike_are_a_group() -> None:
    graph = Graph()
    names = [f"conv{block}_{layer}" for block in (1, 2, 3) for layer in range(6)]
    model, folding = folded(graph, chain(graph, *names))
    assert shown(model, folding) == ["image", "name conv1: 6", "name conv2: 6", "name conv3: 6"]


def test_names_may_end_alike() -> None:
    graph = Graph()
    names = [f"{word}_cell_{cell}" for cell in (1, 2, 3) for word in ("left", "right", "mid", "sum", "out", "pad")]
    model, folding = folded(graph, chain(graph, *names))
    assert shown(model, folding) == ["image", "name *_cell_1: 6", "name *_cell_2: 6", "name *_cell_3: 6"]


def test_a_layer_nobody_named_joins_its_neighbours() -> None:
    graph = Graph()
    names = [name for block in (1, 2, 3) for name in (f"b{block}_1", f"b{block}_2", f"dense_{block}", f"b{block}_3")]
    model, folding = folded(graph, chain(graph, *names, "b4_1", "b4_2", "b4_3", "b4_4", "b4_5"))
    assert shown(model, folding) == ["image", "name b1: 4", "name b2: 4", "name b3: 4", "name b4: 5"]


def test_names_that_keras_gives_make_no_group() -> None:
    graph = Graph()
    model, folding = folded(graph, chain(graph, *(f"dense_{index}" for index in range(20))))
    assert len(shown(model, folding)) == 21


def test_what_one_call_of_a_function_built_is_a_group() -> None:
    graph = Graph()
    stacks = {f"dense_{index}": (10,) for index in range(4)} | {f"dense_{index}": (20,) for index in range(4, 16)}
    last = chain(graph, *(f"dense_{index}" for index in range(18)), stacks=stacks)
    model, folding = folded(graph, last)
    expected = ["image", "call stem(x): 4", "call block(x, 8): 12", "dense_16", "dense_17"]
    assert shown(model, folding) == expected


def test_each_round_of_a_loop_is_a_group_of_its_own() -> None:
    graph = Graph()
    names = [f"dense_{index}" for index in range(18)]
    last = chain(graph, *names)
    layers = [node for node in graph.program.recorder.nodes.values() if node.kind == "layer"]
    for index, node in enumerate(layers):
        node.source = Source(line(30 + index % 6), (line(20),))
    model, folding = folded(graph, last)
    assert shown(model, folding) == ["image", *["call block(x, 8): 6"] * 3]


def branches(graph: Graph, count: int) -> Node:
    """Residual blocks of four layers."""
    node = graph.input(4, 4)
    for _ in range(count):
        first = graph.layer("Dense", node, (4, 4))
        second = graph.layer("Dense", first, (4, 4))
        third = graph.layer("Dense", second, (4, 4))
        node = graph.op("keras.layers.Add", (4, 4), {}, a=third, b=node)
    return node


def test_what_lies_between_a_branch_and_its_end_is_a_group() -> None:
    graph = Graph()
    _, folding = folded(graph, branches(graph, 5))
    assert [folding.groups[unit].kind for unit in folding.top if unit in folding.groups] == ["block"] * 5
    assert len(folding.top) == 6


def test_a_custom_layer_holds_its_own_calls() -> None:
    graph = Graph()
    image = graph.input(4, 4)
    inner = graph.layer("Dense", image, (4, 4), scope=("mixer",))
    outer = graph.add("layer", "Mixer", (4, 4), {"x": inner})
    outer.name = "mixer"
    model, folding = folded(graph, outer)
    assert shown(model, folding) == ["n1", "scope mixer: 2"]
    assert folding.groups["g1"].node == outer.identifier


def test_a_shared_layer_is_a_group_at_each_call() -> None:
    graph = Graph()
    node = graph.input(4, 4)
    for _ in range(2):
        inner = graph.layer("Dense", node, (4, 4), scope=("mixer",))
        node = graph.add("layer", "Mixer", (4, 4), {"x": inner})
        node.name = "mixer"
    model, folding = folded(graph, node)
    assert shown(model, folding) == ["n1", "scope mixer: 2", "scope mixer: 2"]


def test_a_variable_that_one_scope_uses_lies_in_it() -> None:
    graph = Graph()
    image = graph.input(4, 4)
    table = graph.variable(4, 4)
    inner = graph.op("keras.ops.add", (4, 4), {}, x1=image, x2=table)
    inner.scope = ("mixer",)
    outer = graph.add("layer", "Mixer", (4, 4), {"x": inner})
    outer.name = "mixer"
    _, folding = folded(graph, outer)
    assert table.identifier in folding.groups["g1"].members


def test_what_follows_a_layer_without_changing_its_shape_joins_it() -> None:
    graph = Graph()
    node = graph.input(4, 4)
    for _ in range(5):
        for op in ("Conv2D", "BatchNormalization", "ReLU"):
            node = graph.layer(op, node, (4, 4))
    for _ in range(3):
        node = graph.layer("Flatten", node, (4, 4))
    model, folding = folded(graph, node)
    assert shown(model, folding)[:2] == ["n1", "chain Conv2D + BatchNormalization + ReLU: 3"]


def test_a_layer_whose_output_goes_elsewhere_too_is_not_joined() -> None:
    graph = Graph()
    node = graph.input(4, 4)
    skips = []
    for _ in range(8):
        node = graph.layer("Conv2D", node, (4, 4))
        skips.append(node)
        node = graph.layer("BatchNormalization", node, (4, 4))
    total = graph.op("keras.layers.Add", (4, 4), {}, **{f"x{index}": skip for index, skip in enumerate([*skips, node])})
    _, folding = folded(graph, total)
    assert all(group.kind != "chain" for group in folding.groups.values())


def members(folding: Folding, units: list[str]) -> Iterator[str]:
    for unit in units:
        group = folding.groups.get(unit)
        if group is None:
            yield unit
        else:
            yield from members(folding, group.members)


@pytest.mark.parametrize("size", [1, 17, 100, 400])
def test_every_node_is_somewhere_exactly_once_and_after_those_that_feed_it(size: int) -> None:
    graph = Graph()
    model, folding = folded(graph, branches(graph, size))
    order = list(members(folding, folding.top))
    assert sorted(order) == sorted(model.records)
    place = {node: index for index, node in enumerate(order)}
    assert all(place[edge.source] < place[target] for target, edges in model.incoming.items() for edge in edges)


def test_a_model_of_a_thousand_layers_without_structure_is_cut_into_runs() -> None:
    graph = Graph()
    _, folding = folded(graph, chain(graph, *(f"dense_{index}" for index in range(1000))))
    assert len(folding.top) <= 45
    assert {folding.groups[unit].kind for unit in folding.top if unit in folding.groups} == {"run"}


def seen(folding: Folding, units: list[str]) -> int:
    return sum(
        seen(folding, folding.groups[unit].members) if unit in folding.groups and folding.groups[unit].is_open else 1
        for unit in units
    )


def test_groups_are_open_while_that_can_be_read() -> None:
    graph = Graph()
    _, folding = folded(graph, branches(graph, 5))
    assert seen(folding, folding.top) == 21
    graph = Graph()
    _, folding = folded(graph, branches(graph, 12))
    assert seen(folding, folding.top) <= READABLE


def test_what_holds_a_finding_is_open() -> None:
    graph = Graph()
    last = branches(graph, 12)
    _, folding = folded(graph, last, marked=(last.identifier,))
    holders = [group for group in folding.groups.values() if last.identifier in group.members]
    assert [group.is_open for group in holders] == [True]
