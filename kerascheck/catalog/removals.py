"""What Keras 3 and TensorFlow 2 no longer have, and what to write instead.

Whether a name is gone is asked of the catalogue; ``replacements.toml`` says what to write, and lists the names of the
oldest releases that even the old packages no longer have.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from kerascheck.catalog.symbols import Default, Symbol, SymbolKind, exists, find
from kerascheck.records import immutable


class Effect(StrEnum):
    """What using a removed name does."""

    RAISES = "raises"
    IGNORED = "ignored"
    """An argument that is accepted and does nothing."""
    CHANGED = "changed"
    """It is still there with another contract: only a use in the old form is wrong."""


@immutable()
class Removal:
    """A name that is gone.

    Attributes:
        name: the dotted name asked for.
        argument: the argument asked for, or None for the name itself.
        replacement: what to write instead, one phrase with API names in backticks; None where there is nothing to say.
        rename: a symbol that takes the same arguments with the same defaults, so that the name alone can be replaced.
        effect: what using it does.
        in_old: whether the older package (tf_keras, ``tf.compat.v1``) still has it.
    """

    name: str
    argument: str | None
    replacement: str | None
    rename: str | None = None
    effect: Effect = Effect.RAISES
    in_old: bool = True


@lru_cache(maxsize=4096)
def removed_in_keras_3(path: str, argument: str | None = None) -> Removal | None:
    """What became of ``keras.backend.dot``, the member ``keras.layers.Dense.add_update``, or an argument of a callable.

    ``path`` starts with ``keras.`` or ``tf.keras.`` (which still has the old ``backend``). None where Keras 3 has it,
    or where nothing says that any Keras had it.
    """
    short = _keras_path(path)
    if short is None:
        return None
    if argument is not None:
        return _removed_argument(path, short, argument)
    changes = _changes()
    if (found := _under(short, changes["raises"])) is not None and short not in changes["raises"]:
        target = f"{found}.{short.rpartition('.')[2]}"
        return Removal(path, None, f"`{target}`" if find(target) else f"`{found}`")
    if (text := _unusable(short, changes["unusable"])) is not None:
        return Removal(path, None, text)
    known = find(path)
    if known is not None and known.canonical in (changed := _by_canonical(changes["changed"])):
        return Removal(path, None, changed[known.canonical], effect=Effect.CHANGED)
    if known is not None and known.needs_tf_keras:
        return Removal(path, None, _tensorflow_text(path.replace("tf.compat.v1.", "tf.")))
    if exists(path) is not False:
        return None
    table = _table()
    old = find(f"tf_{short}")
    gone = _listed(short, table["gone"]["keras"]) or _under(short, table["keras_modules"]) is not None
    if old is None and not gone:
        return None
    rename = _keras_rename(short, old)
    return Removal(path, None, _keras_text(short, old, rename), rename, in_old=old is not None)


@lru_cache(maxsize=4096)
def removed_in_tf2(name: str, argument: str | None = None) -> Removal | None:
    """What became of a TensorFlow 1 name written ``tf.placeholder``, or of an argument, ``keep_dims``.

    None where TensorFlow 2 has it, or where nothing says that TensorFlow 1 had it.
    """
    short = f"tf.{name.removeprefix('tensorflow.')}" if name.startswith("tensorflow.") else name
    if not short.startswith("tf.") or short.startswith(("tf.compat.", "tf.keras.")):
        return None
    old = find(f"tf.compat.v1.{short.removeprefix('tf.')}")
    if argument is not None:
        new = find(short)
        if new is None or old is None or new.accepts(argument) is not False or old.accepts(argument) is not True:
            return None
        return Removal(name, argument, _table()["tensorflow_arguments"].get(argument))
    if exists(short) is not False:
        return None
    if old is not None and not old.canonical.startswith("tf.compat.v1."):
        return Removal(name, None, f"`{old.canonical}`", old.canonical)
    # Whatever lies below a removed module or class is gone with it.
    parent = removed_in_tf2(short.rpartition(".")[0])
    if old is None and parent is None and not _listed(short, _table()["gone"]["tensorflow"]):
        return None
    text = _tensorflow_text(short)
    if text is None and old is not None and not old.needs_tf_keras:
        text = f"`tf.compat.v1.{short.removeprefix('tf.')}` keeps it"
    return Removal(name, None, text, in_old=old is not None or (parent is not None and parent.in_old))


@immutable()
class RenamedMethod:
    """The method that takes the arguments of one that is gone; ``arguments`` are those that it calls otherwise."""

    method: str
    arguments: Mapping[str, str]


def renamed_method(owner: str, member: str) -> RenamedMethod | None:
    """The method of Keras 3 to call instead of ``keras.Model.fit_generator``; None where it is not that easy."""
    table = _table()["renamed_methods"]
    name = next((each for each in _lineage(f"{owner}.{member}") if each in table), None)
    return None if name is None else RenamedMethod(table[name]["method"], table[name]["arguments"])


def _tensorflow_text(short: str) -> str | None:
    table = _table()
    if short in table["tensorflow"]:
        return str(table["tensorflow"][short])
    module = _under(short, table["tensorflow_modules"])
    if module is not None and find(moved := f"{module}.{short.rpartition('.')[2]}") is not None:
        return f"`{moved}`"
    return _nearest_text(short, table["tensorflow"])


@cache
def _table() -> Mapping[str, Any]:
    return _toml("replacements.toml")


@cache
def _changes() -> Mapping[str, Any]:
    return _toml("changes.toml")


def _toml(file: str) -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))


def _keras_path(path: str) -> str | None:
    """The path under ``keras``; None for a path of another package."""
    for prefix in ("tensorflow.keras.", "tf.keras.", "keras."):
        if path.startswith(prefix):
            return f"keras.{path.removeprefix(prefix)}"
    return path if path.startswith(("tf.compat.v1.layers.", "tf.compat.v1.nn.rnn_cell.")) else None


def _under(name: str, modules: Mapping[str, str]) -> str | None:
    """The value of the longest of ``modules`` that ``name`` is or lies below."""
    for end in range(len(parts := name.split(".")), 0, -1):
        if (prefix := ".".join(parts[:end])) in modules:
            return modules[prefix]
    return None


def _unusable(short: str, texts: Mapping[str, str]) -> str | None:
    """What is said of a member that is listed for its class or one of its bases."""
    if not any(key.endswith(short[short.rfind(".") :]) for key in texts):
        return None
    return next((texts[each] for each in (short, *_lineage(short)) if each in texts), None)


def _canonical(path: str) -> str:
    """A path of the table by the canonical name of its class or module, so that any alias of it is found."""
    parent, _, last = path.rpartition(".")
    owner = find(path) or find(parent)
    if owner is None:
        return path
    return owner.canonical if find(path) is not None else f"{owner.canonical}.{last}"


@cache
def _canonical_keys(table: str) -> Mapping[str, str]:
    return {_canonical(path): path for path in _table()[table]}


def _by_canonical(texts: Mapping[str, str]) -> dict[str, str]:
    return {_canonical(path): text for path, text in texts.items()}


def _lineage(name: str) -> list[str]:
    """``name``, or for a class's member or a class the same of each of its public bases, nearest first."""
    symbol = find(name)
    if symbol is not None and symbol.kind is SymbolKind.CLASS:
        return [symbol.canonical, *(ancestor for base in symbol.bases for ancestor in _lineage(base))]
    parent, _, last = name.rpartition(".")
    owner = find(parent)
    if owner is not None and owner.kind is SymbolKind.CLASS:
        return [f"{ancestor}.{last}" for ancestor in _lineage(parent)]
    return [_canonical(name)]


@cache
def _canonical_set(paths: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_canonical(path) for path in paths)


def _listed(name: str, paths: list[str]) -> bool:
    """Whether a name, the same member of a base, or a module it lies below, is among ``paths``."""
    known = _canonical_set(tuple(paths))
    if any(candidate in known for candidate in _lineage(name)):
        return True
    return any(name.startswith(path + ".") for path in paths)


def _keras_text(short: str, old: Symbol | None, rename: str | None) -> str | None:
    table = _table()
    keys = _canonical_keys("keras")
    for candidate in _lineage(short):
        if candidate in keys:
            return str(table["keras"][keys[candidate]])
    if rename is not None:
        return f"`{rename}`"
    last = short.rpartition(".")[2]
    if (module := _under(short, table["keras_modules"])) is not None:
        return f"`{module}.{last}`" if find(f"{module}.{last}") else f"`{module}`"
    for candidate in _moved(short, old) if old is not None else ():
        if find(candidate) is not None:
            return f"`{candidate}`"
    return _nearest_text(short, table["keras"])


def _nearest_text(name: str, texts: Mapping[str, str]) -> str | None:
    """What is said of the nearest removed module that holds a name."""
    parent = name.rpartition(".")[0]
    if not parent or exists(parent) is not False:
        return None
    return texts.get(parent) or _nearest_text(parent, texts)


def _keras_rename(short: str, old: Symbol | None) -> str | None:
    """A Keras 3 function that takes every argument of the old one, by the same name and default."""
    if short in _table()["keras"] or old is None or not old.parameters:
        return None
    for candidate in _moved(short, old):
        new = find(candidate)
        if new is not None and new.parameters is not None and Default.OPAQUE not in [p.default for p in old.parameters]:
            same = new.parameters[: len(old.parameters)] == old.parameters
            optional = all(p.default is not Default.REQUIRED for p in new.parameters[len(old.parameters) :])
            if same and optional:
                return candidate
    return None


def _moved(short: str, old: Symbol) -> tuple[str, ...]:
    """Where Keras 3 may have a function under another name."""
    module, _, last = short.rpartition(".")
    if module == "keras.backend":
        return (f"keras.ops.{last}",)
    elsewhere = old.canonical.removeprefix("tf_")
    return (f"{module}.{elsewhere.rpartition('.')[2]}", elsewhere)


def _removed_argument(path: str, short: str, argument: str) -> Removal | None:
    new = find(path)
    if new is None:
        return None
    lineage = _lineage(short)

    def listed(callables: Mapping[str, list[str]]) -> bool:
        return any(argument in callables[key] and _canonical(key) in lineage for key in callables)

    accepted = new.accepts(argument)
    if accepted is not False and listed(_changes()["refused"]):
        return Removal(path, argument, _argument_text(lineage, argument))
    if accepted is not False:
        ignored = listed(_changes()["ignored"])
        return Removal(path, argument, _argument_text(lineage, argument), effect=Effect.IGNORED) if ignored else None
    old = find(f"tf_{short}")
    text = _argument_text(lineage, argument)
    in_old = old.accepts(argument) if old is not None else False
    # Where tf_keras takes any keyword, the table is what knows that it takes this one.
    certain = in_old is True or (in_old is None and text is not None) or listed(_table()["gone_arguments"])
    return Removal(path, argument, text, in_old=in_old is not False) if certain else None


@cache
def _keras_arguments() -> Mapping[str, Mapping[str, str]]:
    return {_canonical(key): texts for key, texts in _table()["keras_arguments"].items()}


def _argument_text(lineage: list[str], argument: str) -> str | None:
    arguments = _keras_arguments()
    return next((arguments[name][argument] for name in lineage if argument in arguments.get(name, {})), None)
