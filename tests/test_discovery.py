"""Which files a path means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from kerascheck.config import ConfigFinder
from kerascheck.discovery import Discovery, discover


def made(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder: Path, paths: Iterable[str] = (".",)) -> list[str]:
    return discover_in(folder, paths).files


def discover_in(folder: Path, paths: Iterable[str]) -> Discovery:
    return discover(paths, ConfigFinder())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_means_its_modules_and_notebooks_in_order(folder: Path) -> None:
    made(folder, "b.py", "a.ipynb", "notes.txt", "inner/c.py")
    assert found(folder) == ["a.ipynb", "b.py", "inner/c.py"]


def test_a_file_is_meant_whatever_its_name(folder: Path) -> None:
    made(folder, "train")
    assert found(folder, ["train"]) == ["train"]


def test_a_file_named_twice_is_found_once(folder: Path) -> None:
    made(folder, "a.py")
    assert found(folder, ["a.py", "./a.py", "."]) == ["a.py"]


@pytest.mark.parametrize("name", [".git", ".venv", "node_modules", "__pycache__", "build", "dist", "site-packages"])
def test_folders_that_hold_no_work_of_the_user_are_not_entered(folder: Path, name: str) -> None:
    made(folder, "a.py", f"{name}/b.py")
    assert found(folder) == ["a.py"]


def test_such_a_folder_is_entered_when_it_is_named(folder: Path) -> None:
    made(folder, "build/b.py")
    assert found(folder, ["build"]) == ["build/b.py"]


def test_what_git_ignores_is_left_out(folder: Path) -> None:
    made(folder, "a.py", "old/b.py", "c_generated.py")
    (folder / ".gitignore").write_text("old/\n*_generated.py\n", encoding="utf-8")
    assert found(folder) == ["a.py"]


def test_a_nearer_gitignore_wins(folder: Path) -> None:
    made(folder, "x.py", "inner/x.py")
    (folder / ".gitignore").write_text("x.py\n", encoding="utf-8")
    (folder / "inner" / ".gitignore").write_text("!x.py\n", encoding="utf-8")
    assert found(folder) == ["inner/x.py"]


def test_a_gitignore_above_the_named_folder_holds_up_to_the_repository(folder: Path) -> None:
    (folder / ".gitignore").write_text("a.py\n", encoding="utf-8")
    made(folder, "repository/.git/HEAD", "repository/models/a.py", "repository/models/b.py")
    (folder / "repository" / ".gitignore").write_text("b.py\n", encoding="utf-8")
    assert found(folder, ["repository/models"]) == ["repository/models/a.py"]


def test_configured_patterns_are_left_out(folder: Path) -> None:
    made(folder, "a.py", "inner/old/b.py", "inner/c.py")
    (folder / "pyproject.toml").write_text('[tool.kerascheck]\nexclude = ["inner/old", "c.py"]\n', encoding="utf-8")
    assert found(folder, ["a.py", "inner"]) == ["a.py"]


def test_an_excluded_file_is_checked_when_it_is_named(folder: Path) -> None:
    made(folder, "old.py")
    (folder / "pyproject.toml").write_text('[tool.kerascheck]\nexclude = ["old.py"]\n', encoding="utf-8")
    assert found(folder, ["old.py"]) == ["old.py"]


def test_an_excluded_file_is_left_out_by_force(folder: Path) -> None:
    made(folder, "old.py")
    table = '[tool.kerascheck]\nexclude = ["old.py"]\nforce-exclude = true\n'
    (folder / "pyproject.toml").write_text(table, encoding="utf-8")
    assert found(folder, ["old.py"]) == []


def test_a_missing_path_is_an_error_and_the_others_are_found(folder: Path) -> None:
    made(folder, "a.py")
    result = discover_in(folder, ["none.py", "a.py"])
    assert (result.errors, result.files) == (["none.py: no such file or directory"], ["a.py"])


def test_a_folder_without_python_is_told(folder: Path) -> None:
    made(folder, "notes/notes.txt")
    assert discover_in(folder, ["notes"]).empty == ["notes"]


def test_a_link_to_a_folder_above_does_not_loop(folder: Path) -> None:
    made(folder, "a.py")
    (folder / "again").symlink_to(folder)
    assert found(folder) == ["a.py"]
