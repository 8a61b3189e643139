"""What can be named as a target, and what the command line says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kerascheck.cli import main
from kerascheck.tracer import trace, trace_outcome

from .conftest import SCRIPTS


def test_the_parent_imports_neither_tensorflow_nor_keras() -> None:
    code = (
        "import sys, kerascheck.tracer, kerascheck.tracer.parent, kerascheck.tracer.cli, kerascheck.tracer.wire; "
        "print([name for name in ('tensorflow', 'keras', 'tf_keras') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_missing_file_is_exit_code_2_and_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "nowhere.py"]) == 2
    assert capsys.readouterr() == ("", "error: nowhere.py: no such file\n")


def test_the_help_says_what_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trace", "--help"])
    text = capsys.readouterr().out
    assert "trace RUNS your code, in a child process" in text
    assert "training    is not run: fit, evaluate, predict" in text
    assert "--unsafe lifts what is said of files, programs and saved files" in text


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--input-shape", "28x28"], "'28x28': '28x28' is neither a positive size nor None"),
        (["--memory-limit", "much"], "'much' is not a number of MiB"),
        (["--memory-limit", "16"], "TensorFlow alone needs 1024 MiB"),
    ],
)
def test_an_option_of_another_form_is_exit_code_2(
    option: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["trace", "nowhere.py", *option])
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.tensorflow
def test_a_factory_is_called_with_the_literal_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SCRIPTS)
    program = trace("factory:build(classes=7)")
    assert [(model.name, model.params) for model in program.models] == [("built", 35)]
    assert {node.source.span.file for _, node in program.nodes() if node.source is not None} == {"factory.py"}
    assert not list(SCRIPTS.rglob("__pycache__"))


@pytest.mark.tensorflow
def test_a_model_that_is_never_called_takes_the_input_shapes_of_the_command_line(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SCRIPTS)
    outcome = trace_outcome("never_called.py", input_shape=["image=8,8,3", "size=2"])
    assert outcome.program is not None
    (model,) = outcome.program.models
    assert [str(node.shape) for node in model.nodes()][-1] == "(None, 5)"
    assert model.complete
    assert capfd.readouterr().out == ""


@pytest.mark.tensorflow
def test_a_saved_model_is_read_without_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import factory; factory.save('model.keras')"
    subprocess.run([sys.executable, "-B", "-c", code], check=True, capture_output=True)
    program = trace("model.keras")
    assert [(model.name, model.params) for model in program.models] == [("built", 15)]
    assert [node.shape.public() for _, node in program.nodes()] == [[None, 4], [None, 3]]


@pytest.mark.tensorflow
def test_findings_go_to_stdout_and_what_the_script_prints_to_stderr(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SCRIPTS)
    assert main(["trace", "mismatch.py", "--select", "KC104", "--output-format", "concise"]) == 1
    out, err = capfd.readouterr()
    assert out.startswith("mismatch.py:22:5: KC104 [concatenate-mismatch]")
    assert "error:" not in err


@pytest.mark.tensorflow
def test_a_callable_that_gives_no_model_is_exit_code_2(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SCRIPTS)
    assert main(["trace", "factory:nothing"]) == 2
    assert "error: factory:nothing gives a dict, not a Keras model" in capfd.readouterr().err
