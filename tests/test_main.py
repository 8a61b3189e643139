"""The command in a process of its own: what it is asked, and how it ends."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kerascheck.__main__ import run


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """A collector that looks through everything again after the test."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    assert gc.get_threshold() == before


def test_it_gives_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.py"
    file.write_text("import keras\n")
    monkeypatch.setattr(sys, "argv", ["kerascheck", str(file)])
    assert run() == 0
    assert gc.get_freeze_count() > 0
    monkeypatch.setattr(sys, "argv", ["kerascheck", str(tmp_path / "missing.py")])
    assert run() == 2
