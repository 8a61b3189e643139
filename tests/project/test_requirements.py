"""Every kind of file that says what a project needs."""

from __future__ import annotations

import pytest

from kerascheck.project.requirements import READERS, read_requirements


def told(name: str, text: str) -> list[str]:
    return [each.text for each in READERS.get(name, read_requirements)(text)]


FILES = {
    "requirements.txt": ("# what we run on\nTensorFlow==2.4.1  # pinned\n-r more.txt\nkeras >= 3\n",
                         ["tensorflow==2.4.1", "keras>=3"]),
    "pyproject.toml": ('[project]\ndependencies = ["keras>=3,<4", "tf_keras[all]~=2.16"]\n',
                       ["keras>=3,<4", "tf-keras~=2.16"]),
    "Pipfile": ('[packages]\ntensorflow = "==2.4.1"\nkeras = "*"\nnumpy = {version = ">=1"}\n',
                ["tensorflow==2.4.1", "keras", "numpy>=1"]),
    "Pipfile.lock": ('{"default": {"tensorflow": {"version": "==2.4.1"}, "own": {"path": "."}}}',
                     ["tensorflow==2.4.1"]),
    "uv.lock": ('version = 1\n[[package]]\nname = "keras"\nversion = "3.6.0"\n', ["keras==3.6.0"]),
    "poetry.lock": ('[[package]]\nname = "tensorflow"\nversion = "2.15.0"\n', ["tensorflow==2.15.0"]),
    "setup.cfg": ("[options]\ninstall_requires =\n    tensorflow<2.16\n    numpy\n", ["tensorflow<2.16", "numpy"]),
    "setup.py": ("from setuptools import setup\nNEEDED = ['keras==2.2.4', version]\nsetup(install_requires=NEEDED)\n",
                 ["keras==2.2.4"]),
    "environment.yml": (
        "name: old\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.7\n  - tensorflow-gpu=2.4.1=gpu_py37\n"
        "  - keras>=2.3\n  - pip:\n    - keras==2.4.3\n",
        ["conda-forge", "python=3.7", "tensorflow-gpu=2.4.1", "keras>=2.3", "keras==2.4.3"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_requirements_are_read(name: str) -> None:
    text, expected = FILES[name]
    assert told(name, text) == expected


def test_the_dependencies_of_poetry_are_read() -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "^3.8"\ntensorflow = "^2.4"\nkeras = {version = "2.4", optional = true}\n'
    )
    assert told("pyproject.toml", text) == ["python^3.8", "tensorflow^2.4"]


@pytest.mark.parametrize(
    "line", ['keras==2.4; python_version < "3.8"', "keras @ git+https://example.org/keras", "-e .", "# keras==2", ""]
)
def test_a_line_that_does_not_hold_everywhere_is_passed_over(line: str) -> None:
    assert told("requirements.txt", line) == []


def test_an_odd_escape_in_setup_py_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    assert told("setup.py", "setup(install_requires=['keras==2.2.4'], pattern='\\d')\n") == ["keras==2.2.4"]
    assert not recwarn.list
