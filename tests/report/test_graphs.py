"""A model as JSON, as text and as DOT."""

from __future__ import annotations

import json

import networkx
import pytest

from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, Recorder, Source, Weight
from kerascheck.graph_json import node_json, program_json
from kerascheck.program import NotUnderstood, Program
from kerascheck.report.graph_dot import render_graph_dot
from kerascheck.report.graph_text import render_graph_text
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch


def spec(*dims: int) -> TensorSpec:
    return TensorSpec(Shape.of(batch(), *dims), "float32")


@pytest.fixture
def program() -> Program:
    recorder = Recorder()
    image = Node("n1", "input", "keras.Input", "image", (spec(8),), Source(Span("m.py", 3, 9, 3, 26)))
    dense = Node(
        "n2",
        "layer",
        "keras.layers.Dense",
        "dense",
        (spec(4),),
        Source(Span("m.py", 4, 9, 4, 30), (Span("m.py", 9, 1, 9, 8),)),
        36,
        36,
        scope=("head",),
        config={"units": 4, "activation": None},
        layer="l1",
        weights=(Weight("kernel", Shape.of(8, 4)), Weight("bias", Shape.of(4))),
    )
    recorder.add(image)
    recorder.add(dense, [Edge("n1", "n2")])
    model = ModelGraph.cut(
        recorder,
        ["n1", "n2"],
        name="tiny",
        kind="functional",
        span=Span("m.py", 5, 9, 5, 30),
        inputs=(Endpoint("n1"),),
        outputs=(Endpoint("n2"),),
        complete=True,
        generation=3,
    )
    place = NotUnderstood(Span("m.py", 7, 1, 7, 5), "call of f", "no source")
    return Program("m.py", models=[model], recorder=recorder, unknown=[place, place])


def test_the_json_is_as_documented(program: Program) -> None:
    assert json.loads(json.dumps(program_json(program))) == {
        "schema": 1,
        "file": "m.py",
        "models": [
            {
                "name": "tiny",
                "kind": "functional",
                "line": 5,
                "params": {"total": 36, "trainable": 36},
                "complete": True,
                "graph": {
                    "directed": True,
                    "multigraph": True,
                    "graph": {"inputs": [["n1", 0]], "outputs": [["n2", 0]]},
                    "nodes": [
                        {
                            "kind": "input",
                            "op": "keras.Input",
                            "name": "image",
                            "shape": [None, 8],
                            "dims": ["B", 8],
                            "dtype": "float32",
                            "params": 0,
                            "trainable": 0,
                            "source": {
                                "file": "m.py",
                                "line": 3,
                                "column": 9,
                                "end_line": 3,
                                "end_column": 26,
                                "stack": [],
                            },
                            "scope": [],
                            "config": {},
                            "layer": None,
                            "id": "n1",
                        },
                        {
                            "kind": "layer",
                            "op": "keras.layers.Dense",
                            "name": "dense",
                            "shape": [None, 4],
                            "dims": ["B", 4],
                            "dtype": "float32",
                            "params": 36,
                            "trainable": 36,
                            "source": {
                                "file": "m.py",
                                "line": 4,
                                "column": 9,
                                "end_line": 4,
                                "end_column": 30,
                                "stack": [{"file": "m.py", "line": 9, "column": 1, "end_line": 9, "end_column": 8}],
                            },
                            "scope": ["head"],
                            "config": {"units": 4, "activation": None},
                            "layer": "l1",
                            "id": "n2",
                        },
                    ],
                    "edges": [{"output": 0, "argument": "0", "source": "n1", "target": "n2", "key": 0}],
                },
            }
        ],
        "unknown": [{"line": 7, "what": "call of f", "why": "no source"}],
    }


def test_networkx_reads_the_graph_back(program: Program) -> None:
    graph = networkx.node_link_graph(program.models[0].to_json()["graph"], edges="edges")
    assert graph.nodes["n2"]["op"] == "keras.layers.Dense"
    assert list(graph.edges(data=True)) == [("n1", "n2", {"output": 0, "argument": "0"})]


def test_the_graph_has_the_keys_of_networkxs_own_writer(program: Program) -> None:
    ours = program.models[0].to_json()["graph"]
    theirs = networkx.node_link_data(networkx.node_link_graph(ours, edges="edges"), edges="edges")
    assert ours == theirs


def test_several_outputs_are_listed() -> None:
    node = Node("n1", "layer", "keras.layers.LSTM", "lstm", (spec(4), spec(2)))
    shown = node_json(node)
    assert (shown["shape"], shown["dtype"]) == ([[None, 4], [None, 2]], ["float32", "float32"])


def test_an_unknown_rank_is_null() -> None:
    shown = node_json(Node("n1", "op", "tf.foo", "foo", (TensorSpec(),)))
    assert (shown["shape"], shown["dims"], shown["dtype"]) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((2, 2), [2, 2]),
        (UNKNOWN, "?"),
        (batch(), "B"),
        (float("nan"), "nan"),
        ({1: "a"}, {"1": "a"}),
        (object(), "<object>"),
        (list(range(100)), [*range(64), "..."]),
    ],
)
def test_arguments_become_plain_json(value: object, shown: object) -> None:
    assert node_json(Node("n1", "op", "tf.foo", "foo", (), config={"a": value}))["config"] == {"a": shown}


def test_an_argument_that_holds_itself_ends() -> None:
    loop: list[object] = []
    loop.append(loop)
    json.dumps(node_json(Node("n1", "op", "tf.foo", "foo", (), config={"a": loop})))


def test_the_text_is_a_line_a_node(program: Program) -> None:
    assert render_graph_text(program).splitlines() == [
        'functional "tiny", line 5',
        "Layer (op)     Output shape  Params  Connected to  Line",
        "-------------  ------------  ------  ------------  ----",
        "image (Input)  (None, 8)     0       -             3",
        "dense (Dense)  (None, 4)     36      image         4",
        "Parameters: 36 (trainable: 36)",
        "",
        "Not understood: 1 place, see --show-unknown",
    ]


def test_a_file_without_models_says_so() -> None:
    assert render_graph_text(Program("m.py")) == "No models found in m.py\n"


def test_the_dot_nests_models_and_scopes(program: Program) -> None:
    assert render_graph_dot(program).splitlines() == [
        "digraph kerascheck {",
        "  rankdir=TB;",
        '  node [shape=box, fontname="Helvetica"];',
        "  subgraph cluster_m0 {",
        '    label="tiny (functional)";',
        '    m0_n1 [label="image\\nInput"];',
        "    subgraph cluster_m0_0 {",
        '      label="head";',
        '      m0_n2 [label="dense\\nDense"];',
        "    }",
        '    m0_n1 -> m0_n2 [label="(None, 8)"];',
        "  }",
        "}",
    ]
