"""The public functions."""

from __future__ import annotations

from pathlib import Path

import pytest

import kerascheck

BROKEN = "x = = 1\n"


def test_a_text_is_checked_under_a_name() -> None:
    (found,) = kerascheck.check_source(BROKEN, "model.py")
    assert (found.code, found.span.file, found.span.line) == ("KC001", "model.py", 1)


def test_files_and_folders_are_checked(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BROKEN, encoding="utf-8")
    assert [found.code for found in kerascheck.check_paths([tmp_path])] == ["KC001"]


def test_the_configuration_nearest_to_a_file_holds(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.kerascheck]\nignore = ["KC001"]\n', encoding="utf-8")
    assert kerascheck.check_paths([tmp_path]) == []
    assert kerascheck.check_source(BROKEN, str(tmp_path / "a.py")) == []


def test_given_settings_stand_for_any_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BROKEN, encoding="utf-8")
    settings = kerascheck.Settings(ignore=("KC001",))
    assert kerascheck.check_paths([tmp_path], settings) == []


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.py"):
        kerascheck.check_paths([tmp_path / "none.py"])


@pytest.mark.parametrize("name", kerascheck.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(kerascheck, name).__name__ == name


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kerascheck.nothing
