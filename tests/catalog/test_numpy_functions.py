"""NumPy's tables: what they say, and that they are what the generator writes for the installed NumPy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kerascheck.catalog.numpy_functions import numpy_parameters
from kerascheck.semantics.numpy.table import dtype_names, numpy_version, result_types

ROOT = Path(__file__).resolve().parents[2]


def names(function: str) -> list[str]:
    return [parameter.name for parameter in numpy_parameters(function) or ()]


def test_a_function_has_its_parameters() -> None:
    assert names("numpy.expand_dims") == ["a", "axis"]


def test_a_method_has_no_self() -> None:
    assert names("numpy.ndarray.swapaxes") == ["axis1", "axis2"]
    assert names("numpy.random.Generator.normal") == ["loc", "scale", "size"]


def test_an_unknown_function_has_no_parameters() -> None:
    assert numpy_parameters("numpy.no_such_function") is None


def test_results_have_numpys_dtypes() -> None:
    assert result_types("numpy.zeros").made == "float64"
    assert result_types("numpy.mean").unary["int32"] == "float64"
    assert result_types("numpy.add").binary["uint8", "int8"] == "int16"
    assert result_types("numpy.divide").binary["uint8", float] == "float64"


def test_a_dtype_has_many_spellings() -> None:
    assert {dtype_names()[name] for name in ("float32", "f", "<f4", "single")} == {"float32"}


def test_the_generator_writes_the_committed_tables(tmp_path: Path) -> None:
    if np.__version__ != numpy_version():
        pytest.skip(f"the committed tables are of NumPy {numpy_version()}")
    subprocess.run([sys.executable, ROOT / "tools" / "make_numpy_table.py", tmp_path], check=True, capture_output=True)
    data = ROOT / "kerascheck"
    assert (tmp_path / "numpy.tsv").read_text() == (data / "catalog" / "data" / "numpy.tsv").read_text()
    assert (tmp_path / "types.tsv").read_text() == (data / "semantics" / "numpy" / "types.tsv").read_text()
