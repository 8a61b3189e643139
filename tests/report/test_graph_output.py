"""Which format a graph is written in, where to, and what is never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerascheck.cli import main

MODEL = """\
import keras

inputs = keras.Input((4,))
model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
"""
BROKEN = """\
import keras

inputs = keras.Input((4,))
wide = keras.layers.Dense(8)(inputs)
model = keras.Model(inputs, keras.layers.Add()([inputs, wide]))
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    return path


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("graph.txt", "functional"),
        ("graph.json", "{"),
        ("graph.dot", "digraph"),
        ("graph.gv", "digraph"),
        ("graph.graphml", "<?xml"),
        ("graph.html", "<!DOCTYPE html>"),
        ("graph", "functional"),
    ],
)
def test_the_name_of_the_file_says_the_format(model: Path, name: str, start: str) -> None:
    assert main(["graph", "model.py", "-o", name]) == 0
    assert Path(name).read_text().startswith(start)


def test_the_option_wins_over_the_name(model: Path) -> None:
    assert main(["graph", "model.py", "--format", "dot", "-o", "graph.json"]) == 0
    assert Path("graph.json").read_text().startswith("digraph")


def test_a_file_is_written_and_nothing_printed(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "model.py", "-o", "graph.html"]) == 0
    assert capsys.readouterr() == ("", "wrote graph.html\n")


def test_a_dash_is_standard_output(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "model.py", "--format", "dot", "-o", "-"]) == 0
    assert capsys.readouterr().out.startswith("digraph")


def test_an_older_file_is_replaced(model: Path) -> None:
    Path("graph.html").write_text("an older page")
    assert main(["graph", "model.py", "-o", "graph.html"]) == 0
    assert "an older page" not in Path("graph.html").read_text()


@pytest.mark.parametrize("output", ["model.py", "./model.py", "link.html"])
def test_the_code_itself_is_never_overwritten(model: Path, capsys: pytest.CaptureFixture[str], output: str) -> None:
    Path("link.html").symlink_to(model)
    assert main(["graph", "model.py", "--format", "html", "-o", output]) == 2
    assert model.read_text() == MODEL
    assert "holds the code that the graph is of" in capsys.readouterr().err


def test_a_module_that_the_model_is_built_in_is_never_overwritten(model: Path) -> None:
    blocks = Path("blocks.py")
    blocks.write_text("import keras\n\ndef head(x):\n    return keras.layers.Dense(2)(x)\n")
    model.write_text(MODEL.replace("keras.layers.Dense(2)(inputs)", "head(inputs)") + "\nfrom blocks import head\n")
    model.write_text("from blocks import head\n" + MODEL.replace("keras.layers.Dense(2)(inputs)", "head(inputs)"))
    before = blocks.read_text()
    assert main(["graph", "model.py", "--format", "html", "-o", "blocks.py"]) == 2
    assert blocks.read_text() == before


@pytest.mark.parametrize("output", ["missing/graph.html", ".", "a\0b.html"])
def test_a_file_that_cannot_be_written_is_an_error(
    model: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    assert main(["graph", "model.py", "--format", "html", "-o", output]) == 2
    assert capsys.readouterr().err.startswith("error: cannot write ")


def test_a_page_is_not_printed_on_a_terminal(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["graph", "model.py", "--format", "html"]) == 2
    assert "name a file with -o" in capsys.readouterr().err


def test_the_findings_are_on_the_graph(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(BROKEN)
    assert main(["graph", "model.py"]) == 0
    assert "  ^ error[KC1" in capsys.readouterr().out


def test_the_json_of_a_file_is_the_graph_alone(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(BROKEN)
    assert main(["graph", "model.py", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"schema", "file", "models", "unknown", "statistics"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ops"], "--ops goes with --graph"),
        (["-o", "graph"], "the name graph says no format"),
        (["--graph", "picture"], "invalid choice"),
    ],
)
def test_trace_says_what_is_wrong_with_the_options(
    model: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    try:
        code = main(["trace", "model.py", *options])
    except SystemExit as error:
        code = int(str(error.code))
    assert code == 2
    assert message in capsys.readouterr().err
