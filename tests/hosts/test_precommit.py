"""pre-commit as a host: the real one, with the hook installed from this checkout into its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

MODEL = """\
import keras
from keras import layers

inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(8, 3)(inputs)
y = layers.MaxPooling2D()(x)
z = layers.Concatenate()([x, y])
"""

SOUND = MODEL.replace("[x, y]", "[x, x]")

CONFIGURATION = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: kerascheck
        args: [--output-format=concise]
"""

FINDING = "7:5: KC104 [concatenate-mismatch] cannot concatenate (None, 26, 26, 8) with (None, 13, 13, 8) on axis -1"


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository that uses the hook."""

    folder: Path
    environment: dict[str, str]

    @property
    def cache(self) -> Path:
        return Path(self.environment["PRE_COMMIT_HOME"])

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        return git(*arguments, cwd=self.folder, environment=self.environment)

    def pre_commit(self) -> subprocess.CompletedProcess[str]:
        """Run all hooks on all files that git knows."""
        self.git("add", "--all")
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )


def git(*arguments: str, cwd: Path, environment: dict[str, str]) -> str:
    options = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *options, "-c", "core.hooksPath=", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def commit_of_the_working_tree(project: Path, repository: Path, environment: dict[str, str]) -> str:
    """Commit what lies in ``project`` to a new bare ``repository``, leaving the project's own as it is."""
    git("init", "--quiet", "--bare", str(repository), cwd=project, environment=environment)
    there = environment | {"GIT_DIR": str(repository), "GIT_WORK_TREE": str(project)}
    git("add", "--all", cwd=project, environment=there)
    git("commit", "--quiet", "--message", "The working tree", cwd=project, environment=there)
    return git("rev-parse", "HEAD", cwd=project, environment=there)


def notebook(text: str) -> str:
    """A notebook of one code cell."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def repository(package_index: None, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("user")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["PRE_COMMIT_HOME"] = str(tmp_path_factory.mktemp("pre-commit"))
    hooks = tmp_path_factory.mktemp("hooks") / "kerascheck.git"
    revision = commit_of_the_working_tree(project, hooks, environment)
    found = Repository(folder, environment)
    found.git("init", "--quiet")
    found.write(".pre-commit-config.yaml", CONFIGURATION.format(repository=hooks.as_posix(), revision=revision))
    found.write("sound.py", SOUND)
    found.write("model.txt", MODEL)
    return found


def test_a_bad_model_fails_the_hook_and_a_sound_one_passes(repository: Repository) -> None:
    repository.write("model.py", MODEL)
    run = repository.pre_commit()
    assert run.returncode == 1
    assert [line for line in run.stdout.splitlines() if "KC" in line] == [f"model.py:{FINDING}"]
    repository.write("model.py", SOUND)
    assert repository.pre_commit().returncode == 0


def test_a_notebook_is_checked_cell_by_cell(repository: Repository) -> None:
    repository.write("model.ipynb", notebook(MODEL))
    run = repository.pre_commit()
    (repository.folder / "model.ipynb").unlink()
    assert [line for line in run.stdout.splitlines() if "KC" in line] == [f"model.ipynb:cell 1:{FINDING}"]


def test_the_environment_of_the_hook_has_neither_tensorflow_nor_keras(repository: Repository) -> None:
    repository.pre_commit()
    (settings,) = repository.cache.rglob("pyvenv.cfg")
    python = next(path for name in ("bin/python", "Scripts/python.exe") if (path := settings.parent / name).exists())
    names = ("kerascheck", "networkx", "tensorflow", "keras", "tf_keras")
    code = f"from importlib.util import find_spec; print(*(name for name in {names} if find_spec(name)))"
    run = subprocess.run(
        [str(python), "-I", "-c", code], cwd=repository.folder, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["kerascheck", "networkx"]
