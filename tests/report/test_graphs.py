"""A model as JSON, as text, as DOT and as GraphML."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import networkx
import pytest

from kerascheck.diagnostic import Diagnostic, Severity, Span, TrailStep
from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, Operation, Recorder, Source, Weight
from kerascheck.graph_json import node_json, program_json
from kerascheck.program import DataCall, NotUnderstood, Program, StateFact, VariableFact
from kerascheck.report.graph_dot import render_graph_dot
from kerascheck.report.graph_facts import facts_json, findings_json
from kerascheck.report.graph_graphml import render_graph_graphml
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
        "statistics": {
            "files": 1,
            "models": {"found": 1, "complete": 1},
            "calls": 2,
            "shapes": {"total": 2, "known": 2, "partly": 0, "unknown": 0},
            "not_understood": [{"what": "call of f: no source", "count": 1}],
            "without_shape": [],
        },
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
        '    m0_n1 [label="image\\nInput", style="filled,rounded"];',
        "    subgraph cluster_m0_0 {",
        '      label="head";',
        '      m0_n2 [label="dense\\nDense"];',
        "    }",
        '    m0_n1 -> m0_n2 [label="(None, 8)"];',
        "  }",
        "}",
    ]


@pytest.fixture
def finding() -> Diagnostic:
    """About the call that made `dense`."""
    trail = (TrailStep(Span("m.py", 3, 9, 3, 26), "(None, 8)"),)
    span = Span("m.py", 4, 9, 4, 30)
    return Diagnostic("KC999", "too-small", Severity.WARNING, "too small", span, "here", trail, "write 8")


def opened(program: Program) -> Program:
    """The program with the TensorFlow ops of `dense`."""
    kernel = Operation("n2/resource", "Placeholder", "n2", attributes={"variable": "dense/kernel"})
    read = Operation("n2/read", "ReadVariableOp", "n2", (Endpoint("n2/resource"),), (TensorSpec(Shape.of(8, 4)),))
    product = Operation("n2/MatMul", "MatMul", "n2", (Endpoint("n1"), Endpoint("n2/read")), (spec(4),))
    axis = Operation("n2/axis", "Const", "n2")
    mean = Operation(
        "n2/Mean", "Mean", "n2", (Endpoint("n2/MatMul"), Endpoint("n2/axis")), (spec(4),), constants={1: [1]}
    )
    program.models[0].operations = {"n2": (kernel, read, product, axis, mean)}
    return program


def test_a_finding_stands_under_the_row_that_its_line_made(program: Program, finding: Diagnostic) -> None:
    assert render_graph_text(program, [finding]).splitlines()[4:9] == [
        "dense (Dense)  (None, 4)     36      image         4",
        "  ^ warning[KC999]: too small",
        "      m.py:3:9: (None, 8)",
        "      m.py:4:9: here",
        "      help: write 8",
    ]


def test_a_finding_about_no_row_stands_behind_the_models(program: Program, finding: Diagnostic) -> None:
    elsewhere = replace(finding, span=Span("m.py", 90, 1, 90, 2), trail=())
    text = render_graph_text(program, [elsewhere])
    assert "Parameters: 36 (trainable: 36)\n\nwarning[KC999]: too small\n  m.py:90:1: here\n" in text


def test_a_finding_about_several_rows_is_told_once(program: Program, finding: Diagnostic) -> None:
    node = replace(program.models[0].node("n2"), identifier="n3", name="dense_1")
    program.recorder.add(node)
    model = program.models[0]
    model.records = {**model.records, "n3": node}
    model.incoming = {**model.incoming, "n3": ()}
    text = render_graph_text(program, [finding])
    assert text.count("too small") == 1
    assert "warning[KC999]: too small (and 1 more row)" in text


def test_the_text_shows_the_ops_of_a_call_on_request(program: Program) -> None:
    assert [line.rstrip() for line in render_graph_text(opened(program), operations=True).splitlines()[4:8]] == [
        "dense (Dense)              (None, 4)     36      image                4",
        "  dense/kernel (Variable)  (8, 4)                -",
        "  MatMul (MatMul)          (None, 4)             image, dense/kernel",
        "  Mean (Mean)              (None, 4)             MatMul",
    ]


def test_the_text_tells_the_variables_that_are_not_held_as_the_rest(program: Program) -> None:
    kernel = VariableFact(0, 0, "kernel", Shape.of(8, 4), "float32", layer="dense", saved=True)
    table = VariableFact(
        0, 1, "table", Shape.of(9), "float32", Span("m.py", 2, 1, 2, 9), in_weights=False, saved=False, gradient="none"
    )
    program.variables += [kernel, table]
    assert render_graph_text(program).split("\n\n")[1].splitlines() == [
        'Variables of "tiny": 2 in all, 1 untracked, 0 not trained, 1 not saved',
        "  table  (9,)  float32  in no layer's weights, no gradient, not saved  line 2",
    ]


def test_the_text_tells_which_state_the_steps_update(program: Program) -> None:
    program.states.append(
        StateFact(0, "keras.layers.BatchNormalization", "bn", "moving_mean", "moving statistics", True, False, None)
    )
    assert render_graph_text(program).split("\n\n")[1].splitlines() == [
        'State of "tiny"',
        "  bn  moving_mean  moving statistics  in training not updated  at inference no such step",
    ]


def test_the_text_tells_the_data_calls_that_were_not_run(program: Program) -> None:
    program.data_calls.append(DataCall("fit", Span("m.py", 8, 1, 8, 9), "tiny", (("x", "(64, 8)"), ("y", "(64, 4)"))))
    assert "Data calls, not run\n  fit  line 8  x (64, 8), y (64, 4)\n" in render_graph_text(program)


def test_the_json_of_a_finding_names_its_nodes(program: Program, finding: Diagnostic) -> None:
    (told,) = findings_json(program, [finding])
    assert (told["code"], told["nodes"]) == ("KC999", ["n2"])


def test_the_facts_are_plain_json(program: Program) -> None:
    program.variables.append(VariableFact(0, 0, "kernel", Shape.of(8, 4), span=Span("m.py", 2, 1, 2, 9)))
    facts = json.loads(json.dumps(facts_json(program)))
    assert facts.keys() == {"variables", "states", "steps", "dependences", "data_calls"}
    assert facts["variables"][0]["shape"] == [8, 4]
    assert facts["variables"][0]["span"]["line"] == 2


def test_the_dot_marks_what_is_found(program: Program, finding: Diagnostic) -> None:
    line = next(line for line in render_graph_dot(program, [finding]).splitlines() if "m0_n2 [" in line)
    assert 'color="#b35900", penwidth=3, tooltip="KC999 too small"' in line


def test_the_dot_shows_the_ops_of_a_call_on_request(program: Program) -> None:
    lines = [line.strip() for line in render_graph_dot(opened(program), operations=True).splitlines()]
    assert 'label="dense: TensorFlow ops"; style=dashed;' in lines
    assert 'm0_n2_1 [label="MatMul\\nMatMul", shape=ellipse];' in lines
    assert "m0_n2_0 -> m0_n2_1 [style=dashed];" in lines
    assert "m0_n1 -> m0_n2_1 [style=dashed];" in lines


def test_graphviz_takes_the_dot(program: Program, finding: Diagnostic) -> None:
    if shutil.which("dot") is None:
        pytest.skip("Graphviz's dot is not installed")
    program.models[0].node("n2").name = 'a "quoted" \\ <b>name</b>\n'
    text = render_graph_dot(opened(program), [finding], operations=True)
    run = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_networkx_reads_the_graphml(program: Program, finding: Diagnostic) -> None:
    graph = networkx.read_graphml(io.BytesIO(render_graph_graphml(program, [finding]).encode()))
    assert graph.nodes["m0_n2"]["op"] == "keras.layers.Dense"
    assert graph.nodes["m0_n2"]["params"] == 36
    assert graph.nodes["m0_n2"]["shape"] == "(None, 4)"
    assert graph.nodes["m0_n2"]["findings"] == "KC999 too small"
    assert graph.nodes["m0_n2"]["label"] == "dense"
    (edge,) = graph.edges(data=True)
    assert edge[:2] == ("m0_n1", "m0_n2")
    assert (edge[2]["shape"], edge[2]["output"]) == ("(None, 8)", 0)


def test_the_graphml_holds_the_ops_of_a_call_on_request(program: Program) -> None:
    graph = networkx.read_graphml(io.BytesIO(render_graph_graphml(opened(program), operations=True).encode()))
    assert graph.nodes["m0_n2_1"]["kind"] == "tensorflow"
    assert graph.nodes["m0_n2_1"]["call"] == "m0_n2"
    assert list(graph.predecessors("m0_n2_1")) == ["m0_n1", "m0_n2_0"]


def test_the_graphml_of_any_name_is_xml(program: Program) -> None:
    program.models[0].node("n2").name = "</data>\x00\x1b & \ud800 <b>"
    graph = networkx.read_graphml(io.BytesIO(render_graph_graphml(program).encode()))
    assert (
        graph.nodes["m0_n2"]["name"]
        == "</data>\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} & \N{REPLACEMENT CHARACTER} <b>"
    )


def test_the_documentation_names_every_key(program: Program) -> None:
    page = (Path(__file__).parents[2] / "docs" / "graph-format.md").read_text(encoding="utf-8")
    model = program.models[0].to_json()
    (edge,) = model["graph"]["edges"]
    keys = {
        *program_json(program),
        *model,
        *model["graph"]["nodes"][0],
        *edge,
        *facts_json(program),
        "findings",
        "facts",
    }
    assert {key for key in keys if f"`{key}`" not in page and f'"{key}"' not in page} == set()


def test_the_json_holds_the_ops_of_a_call_on_request(program: Program) -> None:
    (model,) = program_json(opened(program), opened=True)["models"]
    assert json.loads(json.dumps(model["operations"]["n2"]))[2] == {
        "id": "n2/MatMul",
        "type": "MatMul",
        "inputs": [["n1", 0], ["n2/read", 0]],
        "shape": [None, 4],
        "dims": ["B", 4],
        "dtype": "float32",
        "parent": None,
        "body": None,
        "control": [],
        "attributes": {},
        "constants": {},
        "results": {},
        "gives": [],
        "batch": None,
    }
