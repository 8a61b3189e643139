"""Saved models as targets: each form that Keras and TensorFlow write, and files that mean harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerascheck.tracer import trace_outcome
from kerascheck.tracer.request import Request, target_kind

from .conftest import SCRIPTS
from .forked import Ended, run_all

pytestmark = pytest.mark.tensorflow

MODELS = {
    "new.keras": [("new", "functional", 27)],
    "new.h5": [("new", "functional", 27)],
    "old.keras": [("old", "functional", 27)],
    "old.h5": [("old", "functional", 27)],
    "old_folder": [("old", "functional", 27)],
    "exported": [("serve", "fragment", 27), ("serving_default", "fragment", 27)],
    "signed": [("serve", "fragment", 12)],
    "plain": [("__call__", "fragment", 12), ("one", "fragment", 0)],
    "old_lambda_folder": [("serving_default", "fragment", 0)],
}

LAMBDA = "it holds a Lambda ('double'), whose code is not run without --unsafe"

REFUSED = {
    "new_lambda.keras": LAMBDA,
    "new_lambda.h5": LAMBDA,
    "old_lambda.keras": LAMBDA,
    "old_lambda.h5": LAMBDA,
    "new.weights.h5": "this holds weights only and no model; trace the code that builds the model",
    "leads_out.keras": "this archive holds the path '../evil', which leads out of it",
    "bomb.keras": "this archive would unpack to 300 MiB, ",
    "vast.keras": "needs more than 4096 MiB of memory (--memory-limit): OOM when allocating tensor with shape",
    "not_json.keras": "this .keras file is damaged (",
    "deep.keras": "this .keras file is damaged (maximum recursion depth exceeded",
    "foreign.keras": "it names os.system, whose code is not imported without --unsafe",
    "no_archive.keras": "this is no .keras file, which is a zip archive",
    "no_file.h5": "this is no HDF5 file",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of saved models."""
    made = tmp_path_factory.mktemp("saved")
    command = [sys.executable, "-B", str(SCRIPTS / "make_saved.py")]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(command, check=True, capture_output=True, cwd=made, env=environment)
    return made


@pytest.fixture(scope="module")
def ended(folder: Path) -> dict[str, Ended]:
    """How each of them was traced."""
    names = [*MODELS, *REFUSED]
    jobs = [(folder, Request(name, target_kind(str(folder / name)), seconds=60, memory=4096)) for name in names]
    return dict(zip(names, run_all(jobs), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_is_shown_as_what_it_was(name: str, ended: dict[str, Ended]) -> None:
    assert ended[name].outcome.sentence == ""
    assert [(model.name, model.kind, model.params) for model in ended[name].program.models] == MODELS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_trusted_or_read_is_told_in_one_sentence(name: str, ended: dict[str, Ended]) -> None:
    outcome = ended[name].outcome
    assert outcome.sentence.startswith(f"{name}: {REFUSED[name]}")
    assert (outcome.ending, ended[name].models, "\n" in outcome.sentence) == ("crashed", (), False)


def test_a_signature_is_opened_into_the_ops_of_its_functions(ended: dict[str, Ended]) -> None:
    program = ended["signed"].program
    call = next(node for node in program.models[0].nodes() if node.op == "serve")
    assert [spec.shape.public() for spec in call.outputs] == [[None, 3]]
    assert "MatMul" in [operation.type for operation in program.recorder.operations[call.identifier]]


def test_a_function_saved_for_one_size_keeps_it(ended: dict[str, Ended]) -> None:
    one = ended["plain"].program.models[1]
    assert [node.shape.public() for node in one.nodes()] == [[1, 4], [1, 4]]


def test_what_lies_in_a_saved_model_has_the_place_of_its_file(ended: dict[str, Ended]) -> None:
    spans = {node.source.span for node in ended["old_folder"].program.models[0].nodes() if node.source is not None}
    assert [(span.file, span.line) for span in spans] == [("old_folder", 1)]


def test_a_folder_whose_lambda_is_not_run_is_shown_as_functions(ended: dict[str, Ended]) -> None:
    (note,) = ended["old_lambda_folder"].outcome.notes
    assert note == f"old_lambda_folder is shown as TensorFlow's functions: {LAMBDA}"


def test_unsafe_runs_a_lambda(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    program = trace_outcome("new_lambda.keras", unsafe=True).program
    assert program is not None
    assert "keras.layers.Lambda" in [node.op for _, node in program.nodes()]


def test_nothing_was_written_beside_them(folder: Path, ended: dict[str, Ended]) -> None:
    del ended
    assert not (folder.parent / "evil").exists()
    assert {path.name for path in folder.iterdir()} == {*MODELS, *REFUSED}
