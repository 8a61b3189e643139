"""Write the tables of NumPy's functions by asking the installed NumPy.

Run ``python tools/make_numpy_table.py [DIRECTORY]``. Two files, of which a line is a dotted name, a tab and JSON:

``kerascheck/catalog/data/numpy.tsv``
    the parameters of a function or of a method (without ``self``), as in the other tables of the catalogue.
``kerascheck/semantics/numpy/types.tsv``
    the dtypes of what a function makes: ``d`` where nothing is said of one; ``t`` for an operand of each of
    :data:`TYPES`, a character each (``-`` where it refuses); ``u`` for two operands, a row for each type of the first,
    where Python's int, float and complex numbers, which have no width of their own, come after the dtypes. The line
    ``types`` gives the dtypes that the characters stand for, ``names`` every spelling of a dtype.
"""

from __future__ import annotations

import argparse
import inspect
import json
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = Path(__file__).resolve().parent.parent / "kerascheck"
FILES = {"p": PACKAGE / "catalog" / "data" / "numpy.tsv", "dtu": PACKAGE / "semantics" / "numpy" / "types.tsv"}
"""What is told of a function, by its letters, and the file that says it."""

TYPES = "?bhilBHILefdFD"
NUMBERS = (int, float, complex)
"""What an operand may be: a dtype, by NumPy's character for it, or one of Python's numbers."""

MODULES = ("random", "linalg", "fft")
EXAMPLES = {
    "ndarray": np.zeros((1, 1)),
    "random.Generator": np.random.default_rng(0),
    "random.RandomState": np.random.RandomState(0),
}
"""An object of each class whose methods are listed."""

ONE_OPERAND = (
    "all", "any", "amax", "amin", "argmax", "argmin", "argsort", "around", "average", "copy", "cumprod", "cumsum",
    "diagonal", "diff", "flip", "fliplr", "flipud", "max", "mean", "median", "min", "nan_to_num", "nanmax", "nanmean",
    "nanmin", "nanstd", "nansum", "nanvar", "prod", "ptp", "ravel", "real", "imag", "roll", "rot90", "round", "sort",
    "squeeze", "std", "sum", "trace", "transpose", "triu", "tril", "var", "zeros_like", "ones_like", "empty_like",
    "unique", "linalg.norm", "linalg.inv", "linalg.pinv", "linalg.det", "cov", "corrcoef", "count_nonzero", "sinc",
    "angle", "nanmedian", "fft.fft", "fft.ifft", "fft.rfft", "fft.fft2", "fft.ifft2", "atleast_1d",
)  # fmt: skip
"""Functions of one array whose result's dtype follows from the array's."""


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path)
    folder = parser.parse_args().directory
    lines = dict(entries())
    for letters, path in FILES.items():
        told = {name: {key: value for key, value in lines[name].items() if key in letters} for name in sorted(lines)}
        if letters != "p":
            told |= {"types": {code: np.dtype(code).name for code in TYPES}, "names": dict(sorted(dtype_names()))}
        told["version"] = {"numpy": np.__version__}
        text = "".join(
            f"{name}\t{json.dumps(told[name], separators=(',', ':'))}\n" for name in sorted(told) if told[name]
        )
        (path if folder is None else folder / path.name).write_text("\n" + text, encoding="utf-8")


def entries() -> Iterator[tuple[str, Any]]:
    """Every line of the table."""
    for module in ("", *MODULES):
        owner = getattr(np, module) if module else np
        prefix = f"numpy.{module}." if module else "numpy."
        for name in sorted(dir(owner)):
            value = getattr_quietly(owner, name)
            if not name.startswith("_") and callable(value) and not isinstance(value, type):
                yield prefix + name, described(f"{module}.{name}" if module else name, value)
    for name, example in EXAMPLES.items():
        for member in sorted(dir(example)):
            value = getattr(example, member)
            if not member.startswith("_") and callable(value):
                yield f"numpy.{name}.{member}", described(f"{name}.{member}", value)


def getattr_quietly(owner: types.ModuleType, name: str) -> Any:
    """A member of a module, without what it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(owner, name, None)


def dtype_names() -> Iterator[tuple[str, str]]:
    """Every way to write one of the dtypes."""
    known = {np.dtype(code).name for code in TYPES}
    spellings = [*map(str, np.sctypeDict), *TYPES, "float", "int", "bool", "complex", "bool_"]
    spellings += [f"{order}{np.dtype(code).str[1:]}" for code in TYPES for order in ("", "<", ">", "=", "|")]
    for spelling in spellings:
        try:
            name = np.dtype(spelling).name if spelling != "a" else ""
        except TypeError:
            continue
        if name in known:
            yield spelling, name


def described(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    """What the table says of one function."""
    line: dict[str, Any] = {}
    written = parameters(function)
    if written is not None:
        line["p"] = written
    if isinstance(function, np.ufunc) and function.nout == 1 and function.nin == 1:
        line["t"] = "".join(outcome(function.resolve_dtypes, (np.dtype(code), None)) for code in TYPES)
    elif isinstance(function, np.ufunc) and function.nout == 1 and function.nin == 2:
        line["u"] = binary_table(function)
    elif name in ONE_OPERAND:
        line["t"] = "".join(of_operand(function, code) for code in TYPES)
    else:
        default = made_dtype(name, function, line.get("p"))
        if default is not None:
            line["d"] = default
    return line


def parameters(function: Callable[..., Any]) -> list[list[Any]] | None:
    """A function's parameters: name, kind, and the default where there is one."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return None
    return [
        [each.name, int(each.kind), *([] if each.default is inspect.Parameter.empty else [default(each.default)])]
        for each in found
    ]


def default(value: Any) -> Any:
    """A default as the table holds it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, type) and (value in (int, float, bool) or issubclass(value, np.generic)):
        return np.dtype(value).name
    return {"x": 0}


def binary_table(function: np.ufunc) -> list[str]:
    """The result's type for each pair of operands."""
    operands = [*(np.dtype(code) for code in TYPES), *NUMBERS]
    return [
        "".join(
            "-"
            if isinstance(left, type) and isinstance(right, type)
            else outcome(function.resolve_dtypes, (left, right, None))
            for right in operands
        )
        for left in operands
    ]


def outcome(resolve: Callable[[Any], tuple[Any, ...]], operands: tuple[Any, ...]) -> str:
    """The type that a ufunc's result has, or ``-``."""
    try:
        return character(resolve(operands)[-1])
    except TypeError:
        return "-"


def of_operand(function: Callable[..., Any], code: str) -> str:
    """The type of what a function makes of a square array of ``code``, or ``-``."""
    operand = np.array([[1, 0], [0, 1]], np.dtype(code))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return character(np.asarray(function(operand)).dtype)
        except TypeError:
            return "-"


def character(dtype: Any) -> str:
    """NumPy's character of a dtype; that of the type of the same name where there are two."""
    return next((code for code in TYPES if np.dtype(code) == dtype), "-")


def made_dtype(name: str, function: Callable[..., Any], written: list[list[Any]] | None) -> str | None:
    """The dtype of what a function makes of sizes alone, such as ``zeros`` or ``random.normal``."""
    if name in CREATORS:
        made = function(*CREATORS[name])
        return str(np.asarray(made).dtype.name)
    if not name.startswith("random.") or written is None or all(each[0] != "size" for each in written):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for count in range(4):
            for sample in (0.5, 5):
                try:
                    return str(function(*[sample] * count, size=2).dtype.name)
                except (TypeError, ValueError):
                    continue
    return None


CREATORS: dict[str, tuple[Any, ...]] = {
    "zeros": (2,),
    "ones": (2,),
    "empty": (2,),
    "eye": (2,),
    "identity": (2,),
    "tri": (2,),
    "linspace": (0, 1),
    "logspace": (0, 1),
    "geomspace": (1, 2),
    "hamming": (2,),
    "hanning": (2,),
    "blackman": (2,),
    "bartlett": (2,),
    "random.rand": (2,),
    "random.randn": (2,),
}
"""Functions that make an array of sizes, and what to call them with."""


if __name__ == "__main__":
    main()
