"""Tracing a file: what only its source shows is told beside what the live models show."""

from __future__ import annotations

from pathlib import Path

import pytest

import kerascheck
from kerascheck.cli import main
from kerascheck.config import Settings
from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.engine import Tools, run_rules
from kerascheck.graph import ModelGraph
from kerascheck.program import CreatedInCall, Program, VariableFact
from kerascheck.shapes import Shape
from kerascheck.traced_source import check_traced

WRONG_NAME = "import keras\noptimizer = keras.optimizers.Adma()\n"

REMOVED = "from keras.layers import CuDNNLSTM\n"

MIXES = """
import keras
from keras import ops
inputs = keras.Input((8,))
model = keras.Model(inputs, inputs - ops.mean(inputs, axis=0))
"""


def written(folder: Path, text: str, name: str = "model.py") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def told(file: str, *loaded: str, settings: Settings | None = None, generation: int = 3) -> list[Diagnostic]:
    """What is told of a run that loaded some files and built nothing."""
    program = Program(file, generation=generation, loaded=loaded)
    return list(check_traced(program, settings or Settings(keras=3)).diagnostics)


def test_what_only_the_source_shows_is_told_of_the_file_that_was_run(tmp_path: Path) -> None:
    file = written(tmp_path, WRONG_NAME)
    (found,) = told(file, file)
    assert (found.code, found.span.file, found.span.line) == ("KC608", file, 2)


def test_the_public_function_tells_it_too(tmp_path: Path) -> None:
    file = written(tmp_path, WRONG_NAME)
    (found,) = kerascheck.check_program(Program(file, loaded=(file,)))
    assert found.code == "KC608"


def test_nothing_is_read_where_the_program_was_no_file(tmp_path: Path) -> None:
    assert told(written(tmp_path, WRONG_NAME)) == []


def test_a_rule_that_the_live_model_shows_is_not_read_from_the_source(tmp_path: Path) -> None:
    file = written(tmp_path, MIXES)
    assert [found.code for found in kerascheck.check_paths([file], Settings(keras=3))] == ["KC201"]
    assert told(file, file) == []


def test_only_files_that_the_run_loaded_are_told_of(tmp_path: Path) -> None:
    module = written(tmp_path, WRONG_NAME, "nets.py")
    file = written(tmp_path, "import keras\ntry:\n    from nets import optimizer\nexcept ImportError:\n    pass\n")
    assert told(file, file) == []
    (found,) = told(file, file, module)
    assert found.span.file == module


def test_suppressions_hold_for_what_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, WRONG_NAME.replace("Adma()", "Adma()  # kerascheck: ignore[KC608]"))
    assert told(file, file) == []


def test_an_unused_suppression_is_not_told_of_a_run(tmp_path: Path) -> None:
    file = written(tmp_path, "import keras  # kerascheck: ignore[KC201]\n")
    assert told(file, file) == []


def test_the_selection_holds_for_what_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, WRONG_NAME)
    assert told(file, file, settings=Settings(keras=3, ignore=("KC608",))) == []


@pytest.mark.parametrize(("generation", "codes"), [(2, []), (3, ["KC605"])])
def test_the_source_is_read_for_the_keras_that_was_run(tmp_path: Path, generation: int, codes: list[str]) -> None:
    file = written(tmp_path, "from tensorflow.keras.layers import CuDNNLSTM\n")
    assert [found.code for found in told(file, file, settings=Settings(), generation=generation)] == codes


def test_a_file_that_is_no_source_any_more_is_not_told_of(tmp_path: Path) -> None:
    file = written(tmp_path, "import keras\ndef (\n")
    assert told(file, file) == []


ADDS_VARIABLE = """
import keras, tensorflow as tf
class Net(keras.Model):
    def call(self, x):
        return x * tf.Variable(1.0)
model = Net()
model.compile("sgd", "mse")
model.fit(tf.ones([4, 1]), tf.ones([4, 1]))
"""


def test_a_mistake_that_the_source_tells_is_not_told_by_its_consequence(tmp_path: Path) -> None:
    file = written(tmp_path, ADDS_VARIABLE)
    program = Program(file, loaded=(file,))
    ends = {"name": "net", "span": None, "inputs": (), "outputs": (), "complete": True, "generation": 3}
    program.models.append(ModelGraph.cut(program.recorder, (), kind="subclassed", **ends))
    program.variables.append(
        VariableFact(
            0, 1, "w", Shape(()), "float32", Span(file, 5, 20, 5, 36),
            in_weights=False, in_trainable_weights=False, gradient="flows",
        )
    )  # fmt: skip
    assert [found.code for found in run_rules(program, Settings(), Tools(kind="trace"))] == ["KC301"]
    assert [found.code for found in check_traced(program, Settings(keras=3)).diagnostics] == ["KC303"]


@pytest.mark.tensorflow
def test_a_crash_that_the_source_explains_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = written(tmp_path, REMOVED, "nets.py")
    file = written(tmp_path, "import keras\nimport nets\n")
    assert main(["trace", file, "--output-format", "concise", "--keras", "3"]) == 1
    out, error = capsys.readouterr()
    assert out.startswith(f"{module}:1:")
    assert "KC605" in out
    assert "note:" in error
    assert "ImportError" in error


@pytest.mark.tensorflow
def test_findings_of_a_script_without_a_model_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "import keras\n\ndef later():\n    return keras.optimizers.Adma()\n"
    assert main(["trace", written(tmp_path, text), "--output-format", "concise"]) == 1
    assert "KC608" in capsys.readouterr().out


@pytest.mark.tensorflow
def test_a_target_named_by_its_module_is_read_in_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(
        tmp_path,
        "import keras\ndef build():\n    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(10)])\n"
        "    model.compile(loss='categorical_crossentropy')\n    return model\n"
        "def old():\n    return keras.layers.CuDNNLSTM(8)\n",
        "nets.py",
    )
    monkeypatch.chdir(tmp_path)
    assert main(["trace", "nets:build", "--output-format", "concise"]) == 1
    out = capsys.readouterr().out
    assert "nets.py:7" in out
    assert "KC605" in out


MAKES_EACH_TIME = """
import keras

class Net(keras.Model):
    def call(self, inputs):
        return keras.layers.Dense(1)(inputs)

class Other(keras.Model):
    def call(self, inputs):
        return keras.layers.Dense(2)(inputs)

Net()(keras.ops.ones((2, 4)))
Other()(keras.ops.ones((2, 4)))
"""


def test_what_both_show_is_told_once_as_the_live_model_shows_it(tmp_path: Path) -> None:
    file = written(tmp_path, MAKES_EACH_TIME)
    seen = CreatedInCall("layer", "Net", 3, Span(file, 6, 16, 6, 36), "keras.layers.Dense(1)")
    program = Program(file, loaded=(file,), created_in_call=[seen])
    found = check_traced(program, Settings(keras=3)).diagnostics
    assert [(each.code, each.span.line) for each in found] == [("KC304", 6), ("KC304", 10)]
    assert found[0].span == seen.span
