"""The public symbols of keras, tf_keras and tensorflow, read from the generated files one line at a time.

The files in ``data/`` are written by ``tools/make_catalog.py``, whose docstring describes a line. Nothing here imports
those packages, and a file is searched as bytes: only the lines asked for are parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from kerascheck.records import immutable

_DATA = Path(__file__).parent / "data"

Namespace: TypeAlias = Literal["keras", "tf.keras", "tf_keras", "tf", "tf.compat.v1"]

# Longest first: the file whose name a dotted name starts with is the one that holds it.
_FILES: Final[tuple[Namespace, ...]] = ("tf.compat.v1", "tf.keras", "tf_keras", "keras", "tf")


class Default(Enum):
    """What stands in place of a default that is not a literal."""

    REQUIRED = "required"
    OPAQUE = "opaque"


REQUIRED: Final = Default.REQUIRED
"""The parameter has no default."""

OPAQUE: Final = Default.OPAQUE
"""The parameter has a default that is not a literal."""


class ParameterKind(StrEnum):
    """How an argument reaches a parameter, in the order of :class:`inspect.Parameter`'s kinds."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL = "positional"
    VARIADIC = "varargs"
    KEYWORD_ONLY = "keyword-only"
    KEYWORDS = "varkw"


_NAME: Final = re.compile(rb"^([^\t\n]+)\t", re.MULTILINE)
_BY_KEYWORD = (ParameterKind.POSITIONAL, ParameterKind.KEYWORD_ONLY)


class SymbolKind(StrEnum):
    """What a name is. The last three are members of a class."""

    CLASS = "class"
    FUNCTION = "function"
    MODULE = "module"
    CONSTANT = "constant"
    METHOD = "method"
    PROPERTY = "property"
    ATTRIBUTE = "attribute"


@immutable()
class Parameter:
    """One parameter. ``default`` is REQUIRED, OPAQUE, or the literal; a default dtype is given by its name."""

    name: str
    kind: ParameterKind
    default: object


Parameters: TypeAlias = tuple[Parameter, ...]


@immutable()
class Symbol:
    """A public symbol, or a public member of a public class.

    Attributes:
        canonical: the one name of the object, whichever alias it was found by.
        kind: what it is.
        parameters: what calling it takes, without ``self``; None for what cannot be called or inspected.
        bases: canonical names of the nearest public bases of a class.
        keywords: the further names ``**kwargs`` of a constructor takes, found by trying them; None where that is not
            known, so that any name may be taken.
        is_open: whether it can have attributes that are not listed (a module that is not walked, ``__getattr__``).
        needs_tf_keras: whether it raises unless tf_keras serves as ``tf.keras`` (``tf.compat.v1.layers``).
        value: the value of a constant that is a literal, else None.
        refuses_keras_tensors: whether it was seen to raise on a KerasTensor wherever it takes a tensor; asked only of
            the functions of Keras 2's backend that ``tf.keras`` still has.
    """

    canonical: str
    kind: SymbolKind
    parameters: Parameters | None = None
    bases: tuple[str, ...] = ()
    keywords: frozenset[str] | None = None
    is_open: bool = False
    needs_tf_keras: bool = False
    value: object = None
    refuses_keras_tensors: bool = False

    @property
    def call_parameters(self) -> Parameters | None:
        """The parameters of a class's ``call``, as of a layer or model; None where it has none."""
        call = find(f"{self.canonical}.call") if self.kind is SymbolKind.CLASS else None
        return None if call is None else call.parameters

    @property
    def members(self) -> frozenset[str]:
        """The public members of a class, inherited ones included; empty for anything else."""
        return members(self.canonical)

    @property
    def keyword_names(self) -> frozenset[str]:
        """The keywords that calling it certainly takes."""
        named = frozenset(each.name for each in self.parameters or ())
        return frozenset(each for each in named | (self.keywords or frozenset()) if self.accepts(each))

    def accepts(self, argument: str) -> bool | None:
        """Whether calling it takes ``argument`` by keyword; None where that is not known."""
        if self.parameters is None:
            return None
        gathers = False
        for each in self.parameters:
            if each.name == argument and each.kind in _BY_KEYWORD:
                return True
            gathers |= each.kind is ParameterKind.KEYWORDS
        if not gathers:
            return False
        return None if self.keywords is None else argument in self.keywords


@cache
def find(name: str) -> Symbol | None:
    """The symbol a dotted name stands for, or None.

    ``name`` is an import path of keras, tf_keras or tensorflow, any alias, ``keras.layers.Dense``, ``tf.reduce_sum``,
    ``tf.keras.Model``, ``tf.compat.v1.placeholder``, or of a class's member, ``keras.Model.fit``.
    """
    return _find(_normalised(name))


@cache
def exists(name: str) -> bool | None:
    """Whether a dotted name exists: None where the catalogue does not know, below a private or unlisted module."""
    if find(name) is not None:
        return True
    parts = _normalised(name).split(".")
    if any(part.startswith("_") for part in parts) or parts[0] not in ("keras", "tf_keras", "tf"):
        return None
    for end in range(len(parts) - 1, 0, -1):
        owner = _find(".".join(parts[:end]))
        if owner is not None:
            # Below a value (an instance, a function) nothing is listed at all.
            known = owner.kind is SymbolKind.MODULE or (owner.kind is SymbolKind.CLASS and end == len(parts) - 1)
            return False if known and not _may_have_more(owner) else None
    return None


def members(class_name: str) -> frozenset[str]:
    """The public members of a class, inherited ones included; empty for what is no class."""
    owner = find(class_name)
    return frozenset() if owner is None or owner.kind is not SymbolKind.CLASS else _members(owner.canonical)


def nearest(name: str) -> str | None:
    """The existing name most like ``name`` in the same module or class, or None where none is like it."""
    from difflib import get_close_matches

    parent, _, last = _normalised(name).rpartition(".")
    owner = find(parent)
    if owner is None:
        return None
    names = owner.members if owner.kind is SymbolKind.CLASS else _children(owner.canonical)
    close = get_close_matches(last, sorted(names), n=1, cutoff=0.7)
    return f"{parent}.{close[0]}" if close else None


@cache
def versions() -> Mapping[str, str]:
    """The version of each package, and of Python, that the catalogue was made on."""
    lines = _text("versions").decode().strip().splitlines()
    return MappingProxyType({name: json.loads(value) for name, value in (line.split("\t") for line in lines)})


def names(namespace: Namespace) -> Iterator[str]:
    """Every name in one namespace's file, aliases included, in order. ``tf.keras`` holds its differences from keras."""
    for line in _text(namespace).decode().splitlines():
        if line:
            yield line.split("\t", 1)[0]


def _normalised(name: str) -> str:
    head, dot, rest = name.partition(".")
    return f"tf{dot}{rest}" if head == "tensorflow" else name


@cache
def _text(file: str) -> bytes:
    return (_DATA / f"{file}.tsv").read_bytes()


def data_line(file: str, name: str) -> str | None:
    """What follows a name in one of the generated files, or None where it is not there."""
    start = _starts(file).get(name.encode())
    if start is None:
        return None
    text = _text(file)
    return text[start : text.index(b"\n", start)].decode()


@cache
def _starts(file: str) -> dict[bytes, int]:
    """Where in a file stands what follows each name."""
    return {line[1]: line.end() for line in _NAME.finditer(_text(file))}


@cache
def _line(name: str) -> Any:
    """What the files say of exactly this name: an object, an alias's target, None for absent, ``...`` for nothing."""
    file = next((file for file in _FILES if name == file or name.startswith(file + ".")), None)
    if file is None:
        return ...
    line = data_line(file, name)
    if line is None:
        return name.removeprefix("tf.") if file == "tf.keras" else ...
    return json.loads(line)


@cache
def _find(name: str) -> Symbol | None:
    line = _line(name)
    if isinstance(line, str) and (found := _find(line)) is not None:
        return found
    if isinstance(line, dict):
        return _symbol(name, line)
    parent, _, last = name.rpartition(".")
    if line is None or not parent:
        return None
    owner = _find(parent)
    if owner is None:
        return None
    if owner.kind is SymbolKind.CLASS:
        return _member(owner.canonical, last)
    target = _line(parent)
    if isinstance(target, str):
        return _find(f"{target}.{last}")
    return _find(f"{owner.canonical}.{last}") if owner.canonical != parent else None


def _symbol(name: str, line: dict[str, Any]) -> Symbol:
    kinds = {"c": SymbolKind.CLASS, "f": SymbolKind.FUNCTION, "m": SymbolKind.MODULE, "v": SymbolKind.CONSTANT}
    keywords = line.get("w")
    return Symbol(
        canonical=name,
        kind=kinds[line["k"]],
        parameters=read_parameters(line.get("p")),
        bases=tuple(line.get("b", ())),
        keywords=None if keywords is None else frozenset(keywords),
        is_open=bool(line.get("o")),
        needs_tf_keras=bool(line.get("l")),
        value=_value(line.get("v")),
        refuses_keras_tensors=bool(line.get("r")),
    )


def _member(class_name: str, name: str) -> Symbol | None:
    """A class's own member, else the first base's that has it: near enough to Python's order for public classes."""
    line = _line(class_name)
    if not isinstance(line, dict):
        return None
    if name in line["m"]:
        found = line["m"][name]
        canonical = f"{class_name}.{name}"
        if found == 0 and isinstance(found, int):
            return Symbol(canonical, SymbolKind.PROPERTY)
        if isinstance(found, int):
            return Symbol(canonical, SymbolKind.ATTRIBUTE)
        return Symbol(canonical, SymbolKind.METHOD, read_parameters(found))
    return next((found for base in line["b"] if (found := _member(base, name)) is not None), None)


@cache
def _members(class_name: str) -> frozenset[str]:
    line = _line(class_name)
    return frozenset(line["m"]).union(*(_members(base) for base in line["b"]))


def _may_have_more(owner: Symbol) -> bool:
    return owner.is_open or any(base is not None and _may_have_more(base) for base in map(find, owner.bases))


def _children(module: str) -> frozenset[str]:
    """The names directly in a module."""
    prefix = module + "."
    found = (name for file in _FILES if prefix.startswith(file + ".") for name in names(file))
    direct = (name for name in found if name.startswith(prefix) and "." not in name[len(prefix) :])
    return frozenset(name[len(prefix) :] for name in direct if _line(name) is not None)


def read_parameters(found: list[list[Any]] | None) -> Parameters | None:
    """The parameters of a line in the files."""
    if found is None:
        return None
    kinds = tuple(ParameterKind)
    return tuple(
        Parameter(name, kinds[kind], _value(default[0]) if default else REQUIRED) for name, kind, *default in found
    )


def _value(value: Any) -> object:
    """A default as written in the file."""
    match value:
        case {"x": _}:
            return OPAQUE
        case {"t": items}:
            return tuple(_value(item) for item in items)
        case list():
            return [_value(item) for item in value]
        case _:
            return value
