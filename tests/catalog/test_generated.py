"""The committed data are what the generators write for the installed versions."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from kerascheck import catalog

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(str(resources.files(catalog) / "data"))


def installed_versions() -> dict[str, str]:
    import keras
    import tensorflow as tf
    import tf_keras

    return {
        "keras": keras.__version__,
        "python": ".".join(map(str, sys.version_info[:2])),
        "tensorflow": tf.__version__,
        "tf_keras": tf_keras.__version__,
    }


@pytest.mark.tensorflow
@pytest.mark.parametrize("tool", ["make_catalog.py", "make_xla_table.py"])
def test_regenerating_gives_the_committed_files(tool: str, tmp_path: Path) -> None:
    if installed_versions() != dict(catalog.versions()):
        pytest.skip(f"the committed data are of {dict(catalog.versions())}")
    subprocess.run([sys.executable, ROOT / "tools" / tool, tmp_path], check=True, capture_output=True)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made
    assert [name for name in made if (tmp_path / name).read_text() != (DATA / name).read_text()] == []


def test_the_data_stay_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 3_000_000
