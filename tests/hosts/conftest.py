from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips what needs to install packages where pip reaches no index."""
    folder = tmp_path_factory.mktemp("download")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "hatchling"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"pip cannot reach a package index: {reason}", file=sys.stderr)
        pytest.skip(f"pip cannot reach a package index: {reason}")


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout that the tests belong to."""
    return ROOT
