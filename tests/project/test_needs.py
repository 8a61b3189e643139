"""What the files of a project say of Keras, and whose word counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck.project.needs import Need, Stated, decide, needs_of, project_root
from kerascheck.project.requirements import read_requirements


def need(*lines: str) -> Need | None:
    return decide(read_requirements("\n".join(lines)))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["keras==3.6.0"], Need(3, "3.6.0", 2, "keras==3.6.0")),
        (["keras>=3"], Need(3, None, 2, "keras>=3")),
        (["keras<3"], Need(2, None, 2, "keras<3")),
        (["tensorflow<2.16"], Need(2, None, 2, "tensorflow<2.16")),
        (["tensorflow==2.4.1", "keras"], Need(2, None, 2, "tensorflow==2.4.1")),
        (["tensorflow==2.15.0", "keras>=3"], Need(3, None, 2, "keras>=3")),
        (["tensorflow-cpu>=2.16"], Need(3, None, 2, "tensorflow-cpu>=2.16")),
        (["tensorflow==1.15.0"], Need(2, None, 1, "tensorflow==1.15.0")),
        (["tensorflow_gpu==1.13.1", "Keras==2.2.4"], Need(2, "2.2.4", 1, "keras==2.2.4")),
    ],
)
def test_requirements_tell_the_generation(lines: list[str], expected: Need) -> None:
    assert need(*lines) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["numpy"],
        ["tensorflow"],
        ["tensorflow>=2.0"],
        ["tensorflow~=2.4"],
        ["keras"],
        ["keras>=2.4"],
        ["tensorflow>=2.16", "tf-keras"],
        ["tensorflow==2.4", "tensorflow==2.17"],
    ],
)
def test_requirements_that_leave_it_open_say_nothing(lines: list[str]) -> None:
    assert need(*lines) is None


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")


def generation(folder: Path) -> int | None:
    found = needs_of(folder)
    return None if found is None else found.need.generation


def test_the_nearest_folder_that_says_it_counts(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, requirements__txt="keras==2.4.3\n")
    write(tmp_path / "new", requirements__txt="keras==3.6.0\n")
    write(tmp_path / "silent" / "deep", requirements__txt="numpy\n")
    assert [generation(tmp_path / name) for name in ("new", "silent/deep")] == [3, 2]


def test_what_is_above_the_repository_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, requirements__txt="keras==2.4.3\n")
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    assert generation(tmp_path / "inner") is None


def test_a_lock_file_counts_before_the_requirements(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    lock = '[[package]]\nname = "keras"\nversion = "3.6.0"\n'
    write(tmp_path, uv__lock=lock, requirements__txt="keras==2.4.3\n", pyproject__toml="")
    assert needs_of(tmp_path) == Stated(Need(3, "3.6.0", 2, "keras==3.6.0"), str(tmp_path / "uv.lock"))


def test_requirements_of_several_kinds_have_to_agree(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements-old.txt").write_text("keras==2.4.3\n")
    (tmp_path / "requirements-new.txt").write_text("keras==3.6.0\n")
    assert generation(tmp_path) is None
    (tmp_path / "requirements.txt").write_text("keras==3.6.0\n")
    assert generation(tmp_path) == 3


@pytest.mark.parametrize("text", ["[project", "\0keras", "[project]\ndependencies = 3 # keras\n"])
def test_a_broken_file_says_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, pyproject__toml=text, setup__py=f"import keras\n{text} (")
    assert generation(tmp_path) is None


def test_a_folder_without_any_such_file_is_no_project(tmp_path: Path) -> None:
    assert project_root(tmp_path) is None


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, requirements__txt="keras==2.4.3\n")
    assert generation(tmp_path) == 2
    write(tmp_path, requirements__txt="keras==3.6.0 # newer\n")
    assert generation(tmp_path) == 3
