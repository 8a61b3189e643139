"""The parameters of NumPy's functions and methods, as ``tools/make_numpy_table.py`` found them."""

from __future__ import annotations

import json
from functools import cache

from kerascheck.catalog.symbols import Parameters, data_line, read_parameters


@cache
def numpy_parameters(name: str) -> Parameters | None:
    """What ``numpy.zeros`` or ``numpy.ndarray.sum`` (without ``self``) takes; None where that is not known."""
    line = data_line("numpy", name)
    return None if line is None else read_parameters(json.loads(line).get("p"))
