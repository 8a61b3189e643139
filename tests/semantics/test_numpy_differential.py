"""What NumPy's functions give, against NumPy itself: the same shape, the same dtype, and no size that is not so."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kerascheck.catalog.numpy_functions import numpy_parameters
from kerascheck.interpreter.numpy_functions import GENERATORS
from kerascheck.interpreter.values import TensorValue, UnknownValue
from kerascheck.semantics.numpy.api import known_functions
from kerascheck.semantics.numpy.table import result_types
from kerascheck.shapes import as_int
from tests.interpreter.support import variables
from tests.semantics.numpy_expressions import EXACT, LOOSE, REFUSED

DTYPES = ("bool", "int8", "int32", "int64", "uint8", "float16", "float32", "float64", "complex64")


SETUP = """
import numpy as np
a = np.zeros((2, 3, 4))
f = np.ones((3, 4), dtype="float32")
u8 = np.zeros((3, 4), np.uint8)
h = np.zeros((3, 4), "float16")
c = np.zeros((3, 4), "complex64")
i2 = np.ones((3, 4), dtype="int64")
v = np.arange(5) * 1.0
i5 = np.zeros(5, dtype=int)
q = np.identity(3)
s = np.zeros((1, 5, 1))
"""


def listed(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


def real(text: str) -> Any:
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(text, names)
    return names["r"]


def static(text: str) -> Any:
    return variables(text)["r"]


def agrees(found: Any, truth: Any, *, exact: bool) -> bool:
    """Whether what is known of a value is true of it, and all of it is known where it is to be ``exact``."""
    if isinstance(found, UnknownValue):
        return not exact
    if isinstance(found, tuple) and isinstance(truth, (tuple, list)):
        return len(found) == len(truth) and all(agrees(a, b, exact=exact) for a, b in zip(found, truth, strict=True))
    if isinstance(truth, list):
        return len(found.items) == len(truth) and all(
            agrees(a, b, exact=exact) for a, b in zip(found.items, truth, strict=True)
        )
    if not isinstance(found, TensorValue):
        return bool(found == truth)
    array = np.asarray(truth)
    if found.spec.dtype != array.dtype.name and (exact or found.spec.dtype is not None):
        return False
    dims = found.spec.shape.dims
    if dims is None:
        return not exact
    if len(dims) != array.ndim:
        return False
    sizes = [as_int(dim) for dim in dims]
    return all(size == real or (size is None and not exact) for size, real in zip(sizes, array.shape, strict=True))


@pytest.mark.parametrize("expression", listed(EXACT))
def test_shape_and_dtype_are_known(expression: str) -> None:
    text = f"{SETUP}\nr = {expression}\n"
    assert agrees(static(text), real(text), exact=True), (static(text), real(text))


@pytest.mark.parametrize("expression", listed(LOOSE))
def test_what_depends_on_values_is_left_open(expression: str) -> None:
    text = f"{SETUP}\nr = {expression}\n"
    assert agrees(static(text), real(text), exact=False), static(text)


@pytest.mark.parametrize("expression", listed(REFUSED))
def test_nothing_is_said_of_what_numpy_refuses(expression: str) -> None:
    text = f"{SETUP}\nr = {expression}\n"
    with pytest.raises((ValueError, IndexError, TypeError)):
        real(text)
    found = static(text)
    assert isinstance(found, UnknownValue) or found.spec.shape.dims is None


def test_every_function_with_a_rule_is_numpys_own() -> None:
    missing = [name for name in known_functions() if numpy_parameters(name) is None]
    assert [name for name in missing if not name.startswith("numpy.random.") and not is_old(name)] == []
    assert [name for name in missing if name.startswith("numpy.random.") and not is_method(name)] == []


def is_old(name: str) -> bool:
    """Whether NumPy 2 has no such function any more, or has it as a class."""
    value = getattr(np, name.removeprefix("numpy."), None)
    return value is None or isinstance(value, type)


def is_method(name: str) -> bool:
    return any(numpy_parameters(f"{cls}.{name.rsplit('.', 1)[1]}") is not None for cls in GENERATORS.values())


def test_a_function_without_a_rule_gives_what_is_unknown() -> None:
    given = variables("import numpy as np\nx = np.apply_along_axis(len, 0, np.zeros((2, 3)))")["x"]
    assert isinstance(given, UnknownValue)


EFFORT = settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
shapes = st.lists(st.integers(1, 4), min_size=0, max_size=4).map(tuple)
dtypes = st.sampled_from(DTYPES)
axes = st.integers(-4, 3)
operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "==", "&", "@"])
numbers = st.sampled_from(["2", "2.5", "True", "1j", "np.float32(3)", "np.float64(3)"])
keys = st.lists(
    st.sampled_from(
        ["0", "-1", ":", "1:", ":1", "::2", "::-1", "None", "...", "[0, 0]", "[0]", "np.zeros((2, 1), int)", "-1:"]
    ),
    min_size=1,
    max_size=5,
).map(", ".join)


def compared(text: str) -> None:
    """What is known is true, where NumPy does not refuse; a plain shape of known arrays is known whole."""
    try:
        truth = real(text)
    except (ValueError, IndexError, TypeError, np.exceptions.AxisError):
        assume(False)
    found = static(text)
    assert agrees(found, truth, exact=False), (text, found, truth)
    assert not isinstance(found, UnknownValue), text
    assert found.spec.shape.dims is not None, (text, found)


@given(shapes, dtypes, shapes, dtypes, operators)
@settings(EFFORT, max_examples=150)
def test_operators_follow_numpy(one: Any, first: str, other: Any, second: str, symbol: str) -> None:
    compared(f"import numpy as np\nr = np.ones({one}, '{first}') {symbol} np.ones({other}, '{second}')\n")


@given(shapes, dtypes, numbers, operators, st.booleans())
@settings(EFFORT, max_examples=150)
def test_operators_with_numbers_follow_numpy(one: Any, first: str, number: str, symbol: str, swap: bool) -> None:
    array = f"np.ones({one}, '{first}')"
    left, right = (number, array) if swap else (array, number)
    compared(f"import numpy as np\nr = {left} {symbol} {right}\n")


@given(shapes, keys)
@settings(EFFORT, max_examples=150)
def test_indexing_follows_numpy(shape: Any, key: str) -> None:
    compared(f"import numpy as np\nr = np.zeros({shape})[{key}]\n")


REDUCTIONS = ("sum", "mean", "max", "prod", "argmax", "std", "any", "cumsum", "sort", "median", "argsort")


@given(shapes, dtypes, st.none() | axes, st.sampled_from(REDUCTIONS))
@settings(EFFORT, max_examples=150)
def test_reductions_follow_numpy(shape: Any, dtype: str, axis: int | None, name: str) -> None:
    assume(shape != () or axis is None)
    compared(f"import numpy as np\nr = np.{name}(np.ones({shape}, '{dtype}'), axis={axis})\n")


@given(shapes, st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6]), max_size=4))
@settings(EFFORT, max_examples=150)
def test_reshaping_follows_numpy(shape: Any, target: list[int]) -> None:
    compared(f"import numpy as np\nr = np.zeros({shape}).reshape({tuple(target)})\n")


REARRANGED = (
    "np.expand_dims(x, {0})", "np.squeeze(x, {0})", "np.swapaxes(x, {0}, {1})", "np.moveaxis(x, {0}, {1})",
    "np.repeat(x, 2, axis={0})", "np.concatenate([x, x], axis={0})", "np.stack([x, x], axis={0})",
    "np.flip(x, {0})", "np.roll(x, 1, {0})", "np.append(x, x, axis={0})", "np.vstack([x, x])", "np.hstack([x, x])",
    "np.dstack([x, x])", "np.atleast_2d(x)", "np.atleast_3d(x)", "np.tile(x, (2, 3))", "np.pad(x, 1)", "x.T",
    "np.take(x, [0, 0, 0], axis={0})", "np.squeeze(x)", "np.array([x, x, x])", "np.diff(x, axis={0})",
    "np.linalg.norm(x, axis={0})", "np.clip(x, 0, 1)", "np.diagonal(x)", "np.outer(x, x)", "np.dot(x, x.T)",
)  # fmt: skip


@given(shapes.filter(bool), axes, axes, st.sampled_from(REARRANGED))
@settings(EFFORT, max_examples=150)
def test_rearranging_follows_numpy(shape: Any, first: int, second: int, form: str) -> None:
    compared(f"import numpy as np\nx = np.ones({shape}, 'float32')\nr = {form.format(first, second)}\n")


def test_promotion_is_numpys_for_every_pair_of_dtypes() -> None:
    table = result_types("numpy.add")
    for left, right in itertools.product(DTYPES, DTYPES):
        assert table.binary[left, right] == np.add(np.ones(2, left), np.ones(2, right)).dtype.name
