"""The examples: what kerascheck prints of each is what examples/expected says, and what it says is true."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kerascheck import build_graph
from kerascheck.cli import main

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
EXPECTED = EXAMPLES / "expected"

FINDINGS = {
    "batch_mean": ["KC201"],
    "custom_loop": ["KC401"],
    "fold_batch": ["KC203"],
    "mnist": [],
    "resnet": [],
    "tpu_classifier": ["KC502", "KC503"],
    "transformer": [],
    "two_tower": ["KC301"],
    "unet": ["KC104"],
    "word2vec_tf1": ["KC606"] * 12,
}

PARAMETERS = {
    "batch_mean": (2497, 2497),
    "fold_batch": (1145, 1145),
    "mnist": (34826, 34826),
    "resnet": (274042, 272474),
    "transformer": (32706, 32706),
    "two_tower": (5344, 5344),
}
"""The parameters of each model and the trainable ones among them, as the live models count them below."""

LIVE = {
    "batch_mean": "trains, 2497 parameters, 2497 trainable; an image scores differently alone and with others",
    "custom_loop": "trained, 3 BatchNormalization layers, moving averages initial",
    "fold_batch": "1145 parameters, 1145 trainable; 4 samples in, 32 rows out, "
    "fit raises ValueError: Dimensions must be equal, but are 4 and 32",
    "mnist": "trains, 34826 parameters, 34826 trainable",
    "resnet": "trains, 274042 parameters, 272474 trainable",
    "tpu_classifier": "py_function refused, boolean_mask bounded",
    "transformer": "trains, 32706 parameters, 32706 trainable",
    "two_tower": "trains, 5344 parameters, 5344 trainable; film_table unchanged, not in its weights",
    "unet": "raises ValueError: A `Concatenate` layer requires inputs with matching shapes except for the "
    "concatenation axis. Received: input_shape=[(None, 16, 16, 128), (None, 25, 25, 64)]",
    "word2vec_tf1": "raises AttributeError: module 'tensorflow' has no attribute 'set_random_seed'",
}


def _expected(name: str) -> str:
    return (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


def _codes(output: str) -> list[str]:
    return re.findall(r"^(?:error|warning)\[(KC\d+)\]", output, flags=re.MULTILINE)


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("NO_COLOR", "FORCE_COLOR", "KERASCHECK_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def test_every_example_is_listed_here_and_has_its_expected_output() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted(FINDINGS)
    assert sorted(path.stem for path in EXPECTED.glob("*.txt")) == sorted(FINDINGS)


@pytest.mark.parametrize("name", FINDINGS)
def test_the_output_is_the_expected_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--color", "never", f"examples/{name}.py"])
    assert capsys.readouterr().out == _expected(name)
    assert code == (1 if FINDINGS[name] else 0)


@pytest.mark.parametrize("name", FINDINGS)
def test_the_expected_output_holds_the_findings_that_the_example_is_for(name: str) -> None:
    assert _codes(_expected(name)) == FINDINGS[name]


def test_checking_the_folder_says_what_checking_each_file_says(capsys: pytest.CaptureFixture[str]) -> None:
    each = ""
    for name in sorted(FINDINGS):
        main(["--quiet", "--color", "never", "--output-format", "concise", f"examples/{name}.py"])
        each += capsys.readouterr().out
    main(["--quiet", "--color", "never", "--output-format", "concise", "examples"])
    assert capsys.readouterr().out == each


@pytest.mark.parametrize("name", FINDINGS)
def test_the_readme_has_a_row_with_the_example_and_its_findings(name: str) -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| [{name}.py]({name}.py) |"))
    assert re.findall(r"KC\d+", row) == list(dict.fromkeys(FINDINGS[name]))


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_parameters_are_those_of_the_live_model(name: str) -> None:
    models = [model for model in build_graph(EXAMPLES / f"{name}.py").models if model.kind != "fragment"]
    assert (models[-1].params, models[-1].trainable) == PARAMETERS[name]


@pytest.fixture(scope="module")
def live() -> dict[str, str]:
    command = [sys.executable, str(ROOT / "tests" / "live_examples.py"), str(EXAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    observed: dict[str, str] = json.loads(done.stdout)
    return observed


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", LIVE)
def test_real_keras_does_what_is_said_of_the_example(name: str, live: dict[str, str]) -> None:
    assert live[name] == LIVE[name]
