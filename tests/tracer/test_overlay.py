"""What the user's code writes is kept elsewhere, and found again where it was written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kerascheck.tracer.overlay import Overlay


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Overlay:
    """An overlay over the working directory, which holds ``old.txt`` and ``folder/inner.txt``."""
    work, scratch = tmp_path / "work", tmp_path / "scratch"
    for folder in (work / "folder", scratch / "files"):
        folder.mkdir(parents=True)
    (work / "old.txt").write_text("old")
    (work / "folder" / "inner.txt").write_text("inner")
    monkeypatch.chdir(work)
    return Overlay(str(scratch / "files"), str(scratch))


def _write(overlay: Overlay, path: str, text: str, *, keep: bool = False) -> None:
    with Path(overlay.writing(path, keep=keep)).open("a" if keep else "w") as file:
        file.write(text)


def _read(overlay: Overlay, path: str) -> str:
    return Path(overlay.reading(path)).read_text()


def test_a_file_that_is_written_is_found_again_and_the_real_one_stays(overlay: Overlay) -> None:
    _write(overlay, "old.txt", "new")
    assert (_read(overlay, "old.txt"), Path("old.txt").read_text()) == ("new", "old")


def test_a_file_that_is_added_to_keeps_what_it_held(overlay: Overlay) -> None:
    _write(overlay, "old.txt", "er", keep=True)
    assert _read(overlay, "old.txt") == "older"


def test_a_removed_file_is_there_no_more_and_may_be_written_again(overlay: Overlay) -> None:
    overlay.remove("old.txt")
    with pytest.raises(FileNotFoundError):
        overlay.reading("old.txt")
    _write(overlay, "old.txt", "new")
    assert (_read(overlay, "old.txt"), Path("old.txt").read_text()) == ("new", "old")


def test_a_folder_lists_what_is_there_and_what_was_written(overlay: Overlay) -> None:
    _write(overlay, "folder/added.txt", "")
    assert sorted(overlay.names("folder")) == ["added.txt", "inner.txt"]
    overlay.remove("folder/inner.txt")
    assert overlay.names("folder") == ["added.txt"]


def test_a_folder_is_removed_only_when_it_is_empty(overlay: Overlay) -> None:
    with pytest.raises(OSError, match="not empty"):
        overlay.remove("folder", folder=True)
    overlay.remove("folder/inner.txt")
    overlay.remove("folder", folder=True)
    assert sorted(overlay.names(".")) == ["old.txt"]


def test_a_folder_made_again_does_not_bring_back_what_it_held(overlay: Overlay) -> None:
    overlay.remove("folder/inner.txt")
    overlay.remove("folder", folder=True)
    overlay.make_folder("folder", 0o777)
    assert overlay.names("folder") == []


def test_a_folder_is_not_made_twice(overlay: Overlay) -> None:
    overlay.make_folder("runs", 0o777)
    for name in ("runs", "folder"):
        with pytest.raises(FileExistsError):
            overlay.make_folder(name, 0o777)


def test_what_is_renamed_is_found_under_its_new_name_only(overlay: Overlay) -> None:
    overlay.rename("folder", "moved")
    assert _read(overlay, "moved/inner.txt") == "inner"
    with pytest.raises(FileNotFoundError):
        overlay.reading("folder/inner.txt")
    assert Path("folder/inner.txt").read_text() == "inner"


def test_nothing_is_written_into_a_folder_that_is_not_there(overlay: Overlay) -> None:
    with pytest.raises(FileNotFoundError):
        overlay.writing("nowhere/new.txt", keep=False)


def test_a_folder_that_only_the_code_sees_can_be_entered(overlay: Overlay, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path.cwd()
    overlay.make_folder("runs", 0o777)
    overlay.enter("runs")
    assert overlay.folder() == str(here / "runs")
    assert sorted(overlay.names("..")) == ["folder", "old.txt", "runs"]
    monkeypatch.chdir(here)


def test_only_the_scratch_folder_and_devices_may_really_be_written(overlay: Overlay) -> None:
    asked = ("old.txt", f"{overlay.scratch}/x", f"{overlay.scratch}/../x", os.devnull)
    assert [overlay.may_write(path) for path in asked] == [False, True, False, True]
