"""What ``kerascheck graph --format json`` prints: other programs read it, so every attribute is written here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx
import pytest

from kerascheck.cli import main

PROGRAM = """\
from keras import Input, Model, layers

inputs = Input((None, 4), name="steps")
outputs = layers.Dense(3, activation="relu", name="head")(inputs)
model = Model(inputs, outputs, name="small")
"""


@pytest.fixture
def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(PROGRAM)
    assert main(["graph", "model.py", "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_whole(printed: dict[str, Any]) -> None:
    assert {key: value for key, value in printed.items() if key != "models"} == {
        "schema": 1,
        "file": "model.py",
        "unknown": [],
        "statistics": {
            "files": 1,
            "models": {"found": 1, "complete": 1},
            "calls": 2,
            "shapes": {"total": 2, "known": 2, "partly": 0, "unknown": 0},
            "not_understood": [],
            "without_shape": [],
        },
    }


def test_a_model(printed: dict[str, Any]) -> None:
    (model,) = printed["models"]
    assert {key: value for key, value in model.items() if key != "graph"} == {
        "name": "small",
        "kind": "functional",
        "line": 5,
        "params": {"total": 15, "trainable": 15},
        "complete": True,
    }


def test_a_graph_is_networkxs_node_link_data(printed: dict[str, Any]) -> None:
    data = printed["models"][0]["graph"]
    assert {key: value for key, value in data.items() if key != "nodes"} == {
        "directed": True,
        "multigraph": True,
        "graph": {"inputs": [["n1", 0]], "outputs": [["n2", 0]]},
        "edges": [{"output": 0, "argument": "0", "source": "n1", "target": "n2", "key": 0}],
    }
    graph = networkx.node_link_graph(data, edges="edges")
    assert list(networkx.topological_sort(graph)) == ["n1", "n2"]


def test_an_input(printed: dict[str, Any]) -> None:
    assert printed["models"][0]["graph"]["nodes"][0] == {
        "id": "n1",
        "kind": "input",
        "op": "keras.Input",
        "name": "steps",
        "shape": [None, None, 4],
        "dims": ["B", "T", 4],
        "dtype": "float32",
        "params": 0,
        "trainable": 0,
        "source": {
            "file": "model.py",
            "line": 3,
            "column": 10,
            "end_line": 3,
            "end_column": 40,
            "stack": [],
        },
        "scope": [],
        "config": {},
        "layer": None,
    }


def test_a_layer(printed: dict[str, Any]) -> None:
    node = dict(printed["models"][0]["graph"]["nodes"][1])
    config, layer = node.pop("config"), node.pop("layer")
    assert node == {
        "id": "n2",
        "kind": "layer",
        "op": "keras.layers.Dense",
        "name": "head",
        "shape": [None, None, 3],
        "dims": ["B", "T", 3],
        "dtype": "float32",
        "params": 15,
        "trainable": 15,
        "source": {
            "file": "model.py",
            "line": 4,
            "column": 11,
            "end_line": 4,
            "end_column": 66,
            "stack": [],
        },
        "scope": [],
    }
    assert (config["units"], config["activation"], config["use_bias"]) == (3, "relu", True)
    assert isinstance(layer, str)
