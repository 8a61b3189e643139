"""What the files of one run share."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from kerascheck.sharing import COLLECT_AFTER, Kept, asked_once, one_run


def test_a_kept_result_is_found_once() -> None:
    kept: Kept[str, list[str]] = Kept(limit=10)
    first = kept.get("a", lambda: (["found"], 4))
    assert kept.get("a", lambda: (["found again"], 4)) is first


def test_the_longest_unused_result_is_given_up_where_all_together_are_too_long() -> None:
    kept: Kept[str, str] = Kept(limit=10)
    kept.get("a", lambda: ("a", 4))
    kept.get("b", lambda: ("b", 4))
    kept.get("a", lambda: ("a again", 4))
    kept.get("c", lambda: ("c", 4))
    assert kept.get("a", lambda: ("a again", 4)) == "a"
    assert kept.get("b", lambda: ("b again", 4)) == "b again"


def test_a_result_longer_than_the_limit_is_given_and_not_kept() -> None:
    kept: Kept[str, str] = Kept(limit=10)
    assert kept.get("a", lambda: ("a", 11)) == "a"
    assert kept.get("a", lambda: ("a again", 11)) == "a again"


def test_nothing_is_kept_of_what_fails() -> None:
    kept: Kept[str, str] = Kept(limit=10)
    with pytest.raises(SyntaxError):
        kept.get("a", lambda: (str(compile("(", "a", "exec")), 1))
    assert kept.get("a", lambda: ("a", 1)) == "a"


def test_the_collector_runs_seldom_and_then_as_before() -> None:
    before = gc.get_threshold()
    with one_run():
        assert gc.get_threshold()[0] == COLLECT_AFTER
    assert gc.get_threshold() == before


def test_a_collector_that_is_off_stays_off() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with one_run():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)


def test_while_a_run_lasts_the_same_is_asked_once(tmp_path: Path) -> None:
    @asked_once
    def is_there(path: Path) -> bool:
        return path.exists()

    file = tmp_path / "model.py"
    with one_run():
        with one_run():
            assert not is_there(file)
        file.touch()
        assert not is_there(file)
    assert is_there(file)


def test_outside_of_a_run_everything_is_asked_anew(tmp_path: Path) -> None:
    @asked_once
    def is_there(path: Path) -> bool:
        return path.exists()

    file = tmp_path / "model.py"
    assert not is_there(file)
    file.touch()
    assert is_there(file)
