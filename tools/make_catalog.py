"""Write the catalogue of public symbols, ``kerascheck/catalog/data``, by asking the installed packages.

Run ``python tools/make_catalog.py [DIRECTORY]`` in an environment that has keras, tf_keras and tensorflow. One file a
namespace, one line a symbol: the dotted name, a tab, and a JSON value that :mod:`kerascheck.catalog` reads. The value
is a string for an alias (the canonical name), null for a name that is known to be absent, else an object:

=====  ==============================================================================================================
``k``  kind: ``c`` class, ``f`` function, ``m`` module, ``v`` constant
``p``  parameters, ``[name, kind, default?]`` with inspect's kind numbers; absent where Python cannot tell
``b``  canonical names of the nearest public bases
``m``  members that no base in ``b`` already gives: parameters of a method, null for a method that cannot be inspected,
       0 for a property, 1 for another attribute
``w``  the names that ``**kwargs`` of ``__init__`` takes, found by trying; absent where it could not be tried
``o``  1 for a module or class that can have other attributes than those listed
``l``  1 for a symbol that exists only with tf_keras as ``tf.keras``
``v``  a literal constant's value
``r``  1 for a function of Keras 2's backend that was seen to refuse a KerasTensor wherever it takes a tensor
=====  ==============================================================================================================

A literal default is JSON; a tuple is ``{"t": [...]}``; a dtype is its name; anything else is ``{"x": 0}``, opaque.
"""

from __future__ import annotations

import argparse
import ast
import functools
import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import types
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog_keras_tensors import refuses_keras_tensors
from catalog_signatures import OPAQUE, accepted_keywords, constructor, literal, parameters

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Its kernels end the process on operands that TensorFlow's own refuse.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.pop("TF_USE_LEGACY_KERAS", None)

DATA = Path(__file__).resolve().parent.parent / "kerascheck" / "catalog" / "data"

# tf.compat.v1 routes these to the legacy layers of whichever Keras is in use; only tf_keras has them.
LEGACY_MODULES = {
    "tf.compat.v1.layers": "tf_keras.api._v1.keras.__internal__.legacy.layers",
    "tf.compat.v1.nn.rnn_cell": "tf_keras.api._v1.keras.__internal__.legacy.rnn_cell",
}

LEGACY_BACKEND = "keras.src.legacy.backend"


@dataclass
class Namespace:
    """One file: where its names start, which modules it owns, and what the walk found."""

    name: str
    owned: tuple[str, ...]
    symbols: dict[str, Any] = field(default_factory=dict)
    modules: dict[str, bool] = field(default_factory=dict)
    aliases: dict[str, str | None] = field(default_factory=dict)
    legacy: set[str] = field(default_factory=set)

    def owns(self, module: types.ModuleType) -> bool:
        """Whether the walk goes into ``module``: the public facade, not the implementation behind it."""
        names = {module.__name__, getattr(module.__spec__, "name", module.__name__) if module.__spec__ else ""}
        facade = any(name == own or name.startswith(own + ".") for name in names for own in self.owned)
        generated = "/_api/v2/" in (getattr(module, "__file__", None) or "")
        return (facade and ".src" not in module.__name__) or (self.name.startswith("tf") and generated)


def walk(namespace: Namespace, module: types.ModuleType, path: str, trail: tuple[types.ModuleType, ...] = ()) -> None:
    """Collect the public symbols below ``module``."""
    namespace.modules[path] = False
    for name in sorted(dir(module)):
        dotted = f"{path}.{name}"
        if name.startswith("_") or dotted in ("tf.compat.v1.compat", "tf.compat.v2", "tf.compat.v1"):
            continue
        value = getattr(module, name)
        if dotted in LEGACY_MODULES:
            legacy = importlib.import_module(LEGACY_MODULES[dotted])
            before = set(namespace.symbols)
            walk(Legacy(namespace), legacy, dotted, (*trail, module))
            namespace.legacy |= set(namespace.symbols) - before
        elif type(value).__name__ == "KerasLazyLoader":
            # TensorFlow before 2.16 has no such attribute.
            submodule = object.__getattribute__(value, "__dict__").get("_tfll_submodule")
            namespace.aliases[dotted] = f"tf.keras.{submodule}" if submodule else "tf.keras"
        elif not isinstance(value, types.ModuleType):
            namespace.symbols[dotted] = value
        elif value in trail:
            continue
        elif namespace.owns(value):
            walk(namespace, value, dotted, (*trail, module))
        else:
            namespace.modules[dotted] = True


def Legacy(namespace: Namespace) -> Namespace:  # noqa: N802
    """The same namespace, owning the legacy modules of tf_keras."""
    return Namespace(
        namespace.name, tuple(LEGACY_MODULES.values()), namespace.symbols, namespace.modules, namespace.aliases
    )


# --- names -----------------------------------------------------------------------------------------------------------


def declared_names(namespace: str, value: Any) -> tuple[str, ...]:
    """The names a package's own export decorator gives a symbol, in its order."""
    from tensorflow.python.util import tf_decorator

    if namespace in ("keras", "tf.keras"):
        names = vars(value).get("_api_export_path", ()) if isinstance(value, type | types.FunctionType) else ()
        return (names,) if isinstance(names, str) else tuple(names)
    if not isinstance(value, type) and not callable(value):
        return ()
    _, bare = tf_decorator.unwrap(value)
    attributes = getattr(bare, "__dict__", {})
    if namespace == "tf_keras":
        return tuple(f"tf_{name}" for name in attributes.get("_keras_api_names", ()))
    key, prefix = ("_tf_api_names", "tf.") if namespace == "tf" else ("_tf_api_names_v1", "tf.compat.v1.")
    deprecated = attributes.get("_tf_deprecated_api_names") or ()
    names = [name for name in attributes.get(key) or () if name not in deprecated]
    return tuple(prefix + name for name in [*names, *deprecated] if isinstance(name, str))


def canonical_names(namespace: Namespace) -> Iterator[tuple[str, list[str]]]:
    """Group the paths of one object: its canonical name first."""
    groups: dict[Any, list[str]] = defaultdict(list)
    for path, value in namespace.symbols.items():
        shared = isinstance(value, type) or callable(value) or type(value).__name__ == "DType"
        groups[id(value) if shared else path].append(path)
    for paths in groups.values():
        declared = declared_names(namespace.name, namespace.symbols[paths[0]])
        order = {name: index for index, name in enumerate(declared)}
        keras = "keras" in namespace.name

        def rank(path: str, order: Mapping[str, int] = order, keras: bool = keras) -> tuple[int, int, str]:
            return (path.count(".") if keras or path not in order else 0, order.get(path, len(order)), path)

        first, *rest = sorted(paths, key=rank)
        yield first, rest


# --- classes ---------------------------------------------------------------------------------------------------------


@functools.cache
def instance_attributes(file: str) -> dict[str, frozenset[str]]:
    """The public names each class of a source file assigns on ``self``, by the class's qualified name."""
    found: dict[str, frozenset[str]] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                names = {
                    target.attr
                    for target in ast.walk(child)
                    if isinstance(target, ast.Attribute)
                    and isinstance(target.ctx, ast.Store)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                    and not target.attr.startswith("_")
                }
                found[prefix + child.name] = frozenset(names)
                visit(child, f"{prefix}{child.name}.")
            elif not isinstance(child, ast.FunctionDef):
                visit(child, prefix)

    visit(ast.parse(Path(file).read_text(encoding="utf-8")), "")
    return found


def assigned_by(cls: type) -> frozenset[str]:
    """The public instance attributes one class's own source assigns."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not file or not file.endswith(".py"):
        return frozenset()
    return instance_attributes(file).get(cls.__qualname__, frozenset())


def nearest_bases(cls: type, public: Mapping[int, str]) -> list[type]:
    """The public classes a class inherits from, leaving out those another of them already inherits from."""
    chosen: list[type] = []
    for base in inspect.getmro(cls)[1:]:
        if id(base) in public and not any(issubclass(other, base) for other in chosen):
            chosen.append(base)
    return chosen


def member(cls: type, name: str) -> Any:
    """How a member is written: see the module's docstring."""
    static = inspect.getattr_static(cls, name)
    if isinstance(static, property | functools.cached_property) or type(static).__name__ == "member":
        return 0
    if isinstance(static, classmethod | staticmethod):
        return parameters(getattr(cls, name), drop_first=False)
    if inspect.isfunction(static) or type(static).__name__ in ("TFDecorator", "method_descriptor"):
        return parameters(static, drop_first=True)
    return 1


def given_from_outside(cls: type) -> set[str]:
    """Public attributes of a model that its own class does not show.

    ``Model(inputs, outputs)`` is an instance of a private class, and callbacks assign on ``self.model``.
    """
    if not cls.__module__.endswith((".models.model", ".engine.training")) or cls.__name__ != "Model":
        return set()
    package = cls.__module__.partition(".src.")[0]
    where = "keras.src.models" if package == "keras" else "tf_keras.src.engine"
    functional = importlib.import_module(f"{where}.functional").Functional
    names = {name for name in dir(functional) if not name.startswith("_")}
    names = names.union(*(assigned_by(ancestor) for ancestor in inspect.getmro(functional)))
    source = Path(importlib.import_module(f"{package}.src.callbacks").__file__ or "")
    for file in [source, *source.parent.glob("callbacks/*.py"), *source.parent.glob("*history.py")]:
        names |= set(re.findall(r"self\.model\.([a-z]\w*) = ", file.read_text(encoding="utf-8")))
    return names


def own_members(cls: type, bases: list[type]) -> dict[str, Any]:
    """The public members no nearest public base gives, or gives otherwise."""
    absent = object()
    found: dict[str, Any] = {}
    for name in dir(cls):
        if name.startswith("_"):
            continue
        static = inspect.getattr_static(cls, name, absent)
        inherited = next((s for b in bases if (s := inspect.getattr_static(b, name, absent)) is not absent), absent)
        if static is not absent and static is not inherited:
            found[name] = member(cls, name)
    covered = {ancestor for base in bases for ancestor in inspect.getmro(base)}
    for ancestor in inspect.getmro(cls):
        for name in sorted(assigned_by(ancestor)) if ancestor not in covered else ():
            found.setdefault(name, 1)
    for name in sorted(given_from_outside(cls)):
        found.setdefault(name, 1)
    known = {name for base in bases for name in dir(base)}
    return {name: value for name, value in found.items() if value != 1 or name not in known}


# --- lines -----------------------------------------------------------------------------------------------------------


def describe(value: Any, public: Mapping[int, str], samples: Mapping[str, Any]) -> dict[str, Any]:
    """A symbol's line."""
    if isinstance(value, type):
        bases = nearest_bases(value, public)
        line: dict[str, Any] = {"k": "c", "b": [public[id(base)] for base in bases], "m": own_members(value, bases)}
        init = constructor(value)
        if init is not None:
            line["p"] = init
        if samples and (keywords := accepted_keywords(value, samples)) is not None:
            line["w"] = keywords
        if any("__getattr__" in vars(ancestor) for ancestor in inspect.getmro(value)):
            line["o"] = 1
        return line
    if callable(value) and type(value).__name__ != "DType":
        found = parameters(value, drop_first=False)
        line = {"k": "f"} if found is None else {"k": "f", "p": found}
        if getattr(value, "__module__", None) == LEGACY_BACKEND and refuses_keras_tensors(value):
            line["r"] = 1
        return line
    constant = literal(value) if type(value).__name__ != "DType" else OPAQUE
    return {"k": "v"} if OPAQUE in (constant,) or len(repr(constant)) > 80 else {"k": "v", "v": constant}


def layer_samples(keras: Any) -> dict[str, Any]:
    """Arguments to make sample layers with, of the same package."""
    layers = keras.layers
    return {
        "layer": layers.LSTM(2), "cell": layers.LSTMCell(2), "cells": [layers.LSTMCell(2)], "layers": [layers.Dense(2)],
        "inner_optimizer": keras.optimizers.SGD(), "fn": abs, "loss_fn": abs,
    }  # fmt: skip


def lines(namespace: Namespace, public: dict[int, str], samples: Mapping[str, Any]) -> dict[str, Any]:
    """Every line of one file. ``public`` maps objects that already have a name and takes those named here."""
    found: dict[str, Any] = dict(namespace.aliases)
    for path, is_open in namespace.modules.items():
        found[path] = {"k": "m", "o": 1} if is_open else {"k": "m"}
    named: dict[str, Any] = {}
    for first, rest in canonical_names(namespace):
        value = namespace.symbols[first]
        shared = isinstance(value, type) or callable(value) or type(value).__name__ == "DType"
        known = public.get(id(value)) if shared else None
        if known is None:
            named[first] = value
            if shared:
                public[id(value)] = first
        found.update(dict.fromkeys([*rest, first] if known else rest, known or first))
    for first, value in named.items():
        found[first] = describe(value, public, samples)
        if first in namespace.legacy:
            found[first]["l"] = 1
    return compact(found)


def compact(found: dict[str, Any]) -> dict[str, Any]:
    """Write a module that only repeats another as one alias."""
    children: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, line in found.items():
        parent, _, last = name.rpartition(".")
        children[parent][last] = line
    for path, names in children.items():
        targets = {line.rpartition(".")[0] for line in names.values() if isinstance(line, str)}
        same = all(isinstance(line, str) and line.rpartition(".")[2] == name for name, line in names.items())
        if same and len(targets) == 1 and len(names) > 20 and (target := targets.pop()) in ("tf.raw_ops",):
            for name in names:
                del found[f"{path}.{name}"]
            found[path] = target
    return found


def overlay(all_lines: dict[str, Any], base: Namespace, differing: Namespace) -> dict[str, Any]:
    """What ``tf.keras`` adds to, changes in, or lacks of Keras 3."""
    found = dict(all_lines)
    for path in list(found):
        twin = path.removeprefix("tf.")
        value = differing.symbols.get(path)
        same = twin in base.symbols and base.symbols[twin] is value and path in differing.symbols
        if same or twin in base.modules or path in base.modules:
            del found[path]
    for path in base.symbols:
        module = path.rpartition(".")[0]
        if f"tf.{path}" not in differing.symbols and f"tf.{module}" in differing.modules:
            found[f"tf.{path}"] = None
    return found


def catalogue() -> dict[str, dict[str, Any]]:
    """Every namespace's lines by file name."""
    import keras
    import keras._tf_keras.keras as facade
    import tensorflow as tf
    import tf_keras

    spaces = {
        "keras": (Namespace("keras", ("keras",)), keras),
        "tf.keras": (Namespace("tf.keras", ("keras",)), facade),
        "tf_keras": (Namespace("tf_keras", ("tf_keras",)), tf_keras),
        "tf": (Namespace("tf", ("tensorflow._api.v2",)), tf),
        "tf.compat.v1": (Namespace("tf.compat.v1", ("tensorflow._api.v2.compat.v1",)), tf.compat.v1),
    }
    for name, (namespace, module) in spaces.items():
        walk(namespace, module, name)
    for name, package in (("tf", tf), ("tf_keras", tf_keras)):
        for found in pkgutil.iter_modules(package.__path__):
            if not found.name.startswith("_"):
                # Importable, and not part of the public interface: nothing below it can be called unknown.
                spaces[name][0].modules.setdefault(f"{name}.{found.name}", True)
    spaces["tf"][0].aliases["tf.compat.v2"] = "tf"
    samples = {"keras": layer_samples(keras), "tf.keras": layer_samples(keras), "tf_keras": layer_samples(tf_keras)}
    public: dict[int, str] = {}
    result = {
        name: lines(namespace, public, samples.get(name, {}))
        # tf first: keras's classes inherit from tf.Module and the like.
        for name, (namespace, _) in sorted(spaces.items(), key=lambda item: list(ORDER).index(item[0]))
    }
    result["tf.keras"] = overlay(result["tf.keras"], spaces["keras"][0], spaces["tf.keras"][0])
    python = ".".join(map(str, sys.version_info[:2]))
    versions = {
        "keras": keras.__version__,
        "python": python,
        "tensorflow": tf.__version__,
        "tf_keras": tf_keras.__version__,
    }
    result["versions"] = dict(versions)
    return result


ORDER = ("tf", "tf.compat.v1", "keras", "tf.keras", "tf_keras")


def render(found: Mapping[str, Any]) -> str:
    """One file's text. The first line is empty so that every name follows a line break."""
    return "\n" + "".join(
        f"{name}\t{json.dumps(found[name], separators=(',', ':'), sort_keys=True)}\n" for name in sorted(found)
    )


def write(directory: Path) -> Iterable[Path]:
    """Write every file and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = catalogue()
    for name, content in found.items():
        path = directory / f"{name}.tsv"
        path.write_text(render(content), encoding="utf-8")
        yield path


def main() -> None:
    """Write the catalogue and print the size of each file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path, default=DATA)
    for path in write(parser.parse_args().directory):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
