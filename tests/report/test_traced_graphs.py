"""``kerascheck trace --graph``: the live model's graph with the findings in it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import networkx
import pytest

from kerascheck.cli import main

pytestmark = pytest.mark.tensorflow

MODEL = """\
import keras

inputs = keras.Input((4,))
hidden = keras.layers.Dense(3, name="hidden")(inputs)
outputs = hidden - keras.ops.mean(hidden, axis=0)
model = keras.Model(inputs, outputs)
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(MODEL)


def test_the_graph_is_printed_in_place_of_the_findings_it_holds(
    model: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "model.py", "--graph", "json", "--ops"]) == 1
    printed = capsys.readouterr()
    graph = json.loads(printed.out)
    (traced,) = graph["models"]
    by_name = {node["name"]: node["id"] for node in traced["graph"]["nodes"]}
    (finding,) = graph["findings"]
    assert (finding["code"], finding["nodes"]) == ("KC201", [by_name["mean"]])
    assert "MatMul" in [operation["type"] for operation in traced["operations"][by_name["hidden"]]]
    assert [each["name"] for each in graph["facts"]["variables"]] == ["hidden/kernel", "hidden/bias"]
    assert "Found 1 " in printed.err


def test_a_graph_that_goes_into_a_file_leaves_the_findings_where_they_are(
    model: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "model.py", "-o", "model.graphml", "--output-format", "concise"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("model.py:5:20: ")
    assert "wrote model.graphml" in printed.err
    graph = networkx.read_graphml(io.BytesIO(Path("model.graphml").read_bytes()))
    assert [data["name"] for _, data in graph.nodes(data=True) if data.get("findings")] == ["mean"]
