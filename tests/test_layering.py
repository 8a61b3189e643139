"""What may import what: the contracts of pyproject.toml, and what a check loads; each with a test of the test."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODEL = """\
import keras
from keras import layers

inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(8, 3)(inputs)
y = layers.MaxPooling2D()(x)
z = layers.Concatenate()([x, y])
"""
FRAMEWORKS = {"keras", "tensorflow", "tf_keras"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package, to plant imports in."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "kerascheck", tmp_path / "kerascheck", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder: Path, module: str, line: str) -> None:
    with (folder / "kerascheck" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def broken_contracts(folder: Path) -> list[str]:
    """The import contracts that the package in ``folder`` breaks."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-cache"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    broken = re.findall(r"^(.+) BROKEN", run.stdout, re.MULTILINE)
    assert re.search(rf"^Contracts: \d+ kept, {len(broken)} broken\.$", run.stdout, re.MULTILINE), run.stdout
    return broken


def test_the_package_keeps_its_import_contracts() -> None:
    assert broken_contracts(ROOT) == []


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("interpreter/core.py", "import tensorflow", "Only the tracer may import keras or tensorflow"),
        (
            "checks/batch.py",
            "def late():\n    from keras import layers",
            "Only the tracer may import keras or tensorflow",
        ),
        ("checks/batch.py", "import kerascheck.source", "Rules read the graph and nothing else"),
        ("shapes/dim.py", "import networkx", "Shapes know nothing of Keras"),
        ("report/text.py", "import pylint", "Only the pylint plugin may import pylint"),
        ("interpreter/core.py", "import kerascheck.checks.api", "Data moves one way"),
        ("unheard_of.py", "", "Data moves one way"),
    ],
)
def test_a_planted_import_breaks_a_contract(copy: Path, module: str, line: str, contract: str) -> None:
    plant(copy, module, line)
    assert broken_contracts(copy) == [contract]


def loaded_by_a_check(folder: Path) -> set[str]:
    """The top-level modules that a fresh process loads to check a model, which has one finding."""
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    command = [sys.executable, "-X", "importtime", "-m", "kerascheck", "--quiet", "--output-format=concise", "model.py"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.stdout.startswith("model.py:7:5: KC104 "), run.stderr
    return {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", run.stderr, re.MULTILINE)}


def test_checking_a_model_loads_neither_tensorflow_nor_keras(tmp_path: Path) -> None:
    loaded = loaded_by_a_check(tmp_path)
    assert "kerascheck" in loaded
    assert loaded & FRAMEWORKS == set()


def test_the_test_above_sees_a_planted_import(copy: Path) -> None:
    (copy / "tensorflow.py").write_text("", encoding="utf-8")
    plant(copy, "interpreter/core.py", "import tensorflow")
    assert loaded_by_a_check(copy) & FRAMEWORKS == {"tensorflow"}
