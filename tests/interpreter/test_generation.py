"""Which Keras a file is written for, and what that changes."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from kerascheck import check_paths
from kerascheck.config import Generation, Settings
from kerascheck.interpreter.generation import KerasMeant, keras_meant
from tests.interpreter.support import model_of, named, run


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import keras", 3),
        ("import tensorflow as tf", 3),
        ("from tensorflow import keras", 3),
        ("import tf_keras", 2),
        ("import tf_keras as keras", 2),
        ("from tf_keras import layers", 2),
        ("import keras, tf_keras", 3),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf", 2),
        ("import os\nos.environ.setdefault('TF_USE_LEGACY_KERAS', '1')\nimport tensorflow as tf", 2),
        (
            "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nprint(os.environ.get('TF_USE_LEGACY_KERAS', '0'))",
            2,
        ),
        ("def f():\n    import tf_keras", 2),
        ("x = 1", 3),
    ],
)
def test_the_imports_tell_the_generation(imports: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    assert run(imports + "\n").generation == expected


@pytest.mark.parametrize(("imports", "option"), [("import keras", 2), ("import tf_keras", 3)])
def test_the_option_wins(imports: str, option: Generation) -> None:
    assert run(imports + "\n", keras=option).generation == option


PROGRAM = """
from {package} import Input, Model, Sequential, layers
x = Input((4,))
Model(x, layers.Dense(3)(x))
"""


@pytest.mark.parametrize(
    ("package", "option", "names"),
    [
        ("keras", "auto", ("functional", "input_layer", "dense")),
        ("tf_keras", "auto", ("model", "input_1", "dense")),
        ("tensorflow.keras", 2, ("model", "input_1", "dense")),
        ("keras", 2, ("model", "input_1", "dense")),
    ],
)
def test_each_generation_names_in_its_own_way(package: str, option: Generation, names: tuple[str, ...]) -> None:
    model = model_of(run(PROGRAM.format(package=package), keras=option))
    assert (model.name, *(node.name for node in model.nodes())) == names


def test_nodes_and_models_carry_their_generation() -> None:
    done = run(PROGRAM.format(package="tf_keras"))
    model = model_of(done)
    assert (model.generation, {node.generation for node in model.nodes()}) == (2, {2})


def test_a_tf_keras_layer_in_a_keras_3_file_is_of_generation_2() -> None:
    program = """
    import keras, tf_keras
    tf_keras.layers.Dense(3, name="old")(keras.Input((4,)))
    keras.layers.Dense(3, name="new")(keras.Input((4,)))
    """
    done = run(program)
    assert (named(done, "old").generation, named(done, "new").generation) == (2, 3)


def test_keras_2_takes_the_length_of_an_embedding_for_the_input() -> None:
    program = """
    from {package} import Sequential, layers
    Sequential([layers.Embedding(100, 8, input_length=10, name="e"), layers.Flatten(name="f")])
    """
    old = run(program.format(package="tf_keras"))
    assert str(named(old, "f").shape) == "(None, 80)"


@pytest.mark.parametrize("option", [2, 3])
def test_parameters_are_counted_alike_in_both(option: Generation) -> None:
    program = """
    from tensorflow import keras
    x = keras.Input((4,))
    keras.Model(x, keras.layers.BatchNormalization()(keras.layers.Dense(3)(x)) * 2)
    """
    model = model_of(run(program, keras=option))
    assert (model.params, model.trainable) == (15 + 12, 15 + 6)


def meant(folder: Path, text: str, **options: Any) -> KerasMeant:
    """What the file ``model.py`` of a project is written for."""
    return keras_meant(ast.parse(text), str(folder / "model.py"), Settings(**options))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without any requirement."""
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_the_requirements_of_the_project_tell_it(project: Path) -> None:
    (project / "requirements.txt").write_text("tensorflow==2.4.1\n")
    found = meant(project, "import keras")
    assert (found.generation, found.tensorflow) == (2, 2)
    assert found.why == f"tensorflow==2.4.1 in {project / 'requirements.txt'}"


def test_the_file_counts_before_its_project(project: Path) -> None:
    (project / "requirements.txt").write_text("keras==3.6.0\n")
    assert meant(project, "import tf_keras").generation == 2
    assert meant(project, "import keras") == KerasMeant(
        3, "3.6.0", 2, f"keras==3.6.0 in {project / 'requirements.txt'}"
    )


def test_the_project_counts_before_the_machine(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "requirements.txt").write_text("keras==3.6.0\n")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert meant(project, "import keras").generation == 3


def test_the_option_counts_before_the_project(project: Path) -> None:
    (project / "requirements.txt").write_text("keras==3.6.0\n")
    assert meant(project, "import keras", keras=2).generation == 2
    found = meant(project, "import keras", keras="3.12")
    assert (found.generation, found.version) == (3, "3.12")


def test_a_project_without_requirements_means_what_its_environment_has(project: Path) -> None:
    packages = project / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("tensorflow-2.15.0", "keras-2.15.0", "numpy-1.26.4"):
        (packages / f"{name}.dist-info").mkdir(parents=True)
    found = meant(project, "import keras")
    assert (found.generation, found.version, found.why) == (2, "2.15.0", f"keras==2.15.0 installed in {packages}")


def test_outside_of_any_project_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    assert meant(tmp_path, "import keras") == KerasMeant(3, None, 2, "nothing says otherwise")


def test_a_project_of_tensorflow_1_may_use_its_names(project: Path) -> None:
    (project / "requirements.txt").write_text("tensorflow==1.15.0\n")
    file = project / "model.py"
    file.write_text("import tensorflow as tf\nx = tf.placeholder(tf.float32, (None, 3))\n")
    assert check_paths([file]) == []
    (project / "requirements.txt").write_text("tensorflow==2.9.0\n")
    assert [found.code for found in check_paths([file])] == ["KC606"]


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("netlib/blocks/block.py", 2),
        ("train.py", 2),
        ("stages.py", 2),
        ("accents.py", 2),
        ("apps/run.py", 2),
        ("other.py", 3),
    ],
)
def test_a_package_sets_the_variable_for_its_own_files_and_for_those_that_import_it(
    tmp_path: Path, file: str, wanted: int
) -> None:
    files = {
        "netlib/__init__.py": "from netlib import backend",
        "netlib/backend.py": "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf",
        "netlib/blocks/__init__.py": "",
        "netlib/blocks/block.py": "from tensorflow import keras",
        "train.py": "from tensorflow import keras\nfrom netlib.blocks import block",
        "stages.py": "from tensorflow import keras\nimport train",
        "accents.py": "# café\nfrom tensorflow import keras\nimport é, netlib",
        "apps/run.py": "from tensorflow import keras\nimport netlib",
        "other.py": "from tensorflow import keras",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert keras_meant(None, str(tmp_path / file), Settings(), files[file]).generation == wanted


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("TF_USE_LEGACY_KERAS =", id="syntax error"),
        pytest.param("TF_USE_LEGACY_KERAS = '\0'", id="NUL"),
        pytest.param(f"TF_USE_LEGACY_KERAS = {'(' * 20_000}", id="parentheses"),
        pytest.param(f"TF_USE_LEGACY_KERAS = {'-' * 100_000}1", id="nested too deeply"),
        pytest.param("# coding: nothing\nTF_USE_LEGACY_KERAS = 1", id="no such encoding"),
        pytest.param("TF_USE_LEGACY_KERAS = '\\d'", id="odd escape"),
    ],
)
def test_a_bad_file_of_the_package_is_passed_over(tmp_path: Path, bad: str, recwarn: pytest.WarningsRecorder) -> None:
    files = {
        "netlib/__init__.py": "from netlib import awful, backend",
        "netlib/awful.py": bad,
        "netlib/backend.py": "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf",
        "netlib/block.py": "from tensorflow import keras",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = keras_meant(None, str(tmp_path / "netlib/block.py"), Settings(), files["netlib/block.py"])
    assert found.generation == 2
    assert not recwarn.list
