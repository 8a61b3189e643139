"""Write ``kerascheck/catalog/data/history.tsv``: which versions of keras, tf_keras and tensorflow have which symbol.

Two steps, since two versions of a package cannot be loaded into one process:

1. ``python tools/make_catalog_history.py probe PACKAGE SURFACE.json`` with the Python, or the ``PYTHONPATH``, of an
   environment that has one version of ``keras``, ``tf_keras`` or ``tensorflow``. An older Keras 3 needs no environment
   of its own: ``pip install --no-deps --target FOLDER keras==3.0.5`` and ``PYTHONPATH=FOLDER``. ``bundled`` as the
   package asks for the Keras 2 that TensorFlow before 2.16 has as ``tf.keras``.
2. ``python tools/make_catalog_history.py merge SURFACE.json ... [--output FILE]`` with all of them.

A line is a name, a tab, and a JSON object with only what differs among the versions looked at:

=====  ==============================================================================================================
``s``  the first version that has the name, where an older one was looked at that has not
``u``  the last version that has it, where a newer one was looked at that has not
``a``  parameters that were added: the first version with each, by name
``r``  parameters that were removed: the last version with each, by name
``w``  1 where a version that lacks one of these parameters has ``**kwargs``, which may take it all the same
=====  ==============================================================================================================

A name has no line where that of what it is an alias of, or of what it inherits, and how long its module or class was
there say as much: see :func:`kerascheck.catalog.history.fallback`. ``#keras`` and the like
give the versions looked at, oldest first.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parent))

from make_catalog import (
    DATA,
    LEGACY_MODULES,
    Namespace,
    assigned_by,
    constructor,
    member,
    parameters,
    walk,
)

Names: TypeAlias = "dict[str, list[str] | None]"
"""The parameters of each name; None for what is not called or cannot be asked."""

VARIADIC, GATHERING = int(inspect.Parameter.VAR_POSITIONAL), int(inspect.Parameter.VAR_KEYWORD)

FACADES = {
    "keras": {"keras": ("keras", ("keras",))},
    "tf_keras": {"tf_keras": ("tf_keras", ("tf_keras",))},
    "bundled": {"tf_keras": ("keras.api._v2.keras", ("keras.api._v2",))},
    "tensorflow": {
        "tf": ("tensorflow", ("tensorflow._api.v2",)),
        "tf.compat.v1": ("tensorflow.compat.v1", ("tensorflow._api.v2.compat.v1",)),
    },
}
"""By package, the namespaces it fills, the module each starts at and the modules that are part of it."""


# --- one version -----------------------------------------------------------------------------------------------------


def named(found: list[list[Any]] | None) -> list[str] | None:
    """The names of parameters, with ``**`` for one that takes all other keywords."""
    return None if found is None else ["**" if p[1] == GATHERING else p[0] for p in found if p[1] != VARIADIC]


def symbol_names(path: str, value: Any) -> Names:
    """A symbol's line and, for a class, those of all its members, inherited ones and attributes of instances too."""
    if not isinstance(value, type):
        return {path: named(parameters(value, drop_first=False)) if callable(value) else None}
    found: Names = {path: named(constructor(value))}
    for ancestor in inspect.getmro(value):
        found |= {f"{path}.{name}": None for name in assigned_by(ancestor)}
    for name in dir(value):
        if not name.startswith("_") and inspect.getattr_static(value, name, None) is not None:
            written = member(value, name)
            found[f"{path}.{name}"] = named(written) if isinstance(written, list) else None
    return found


def surface(package: str) -> dict[str, Any]:
    """What the installed version of a package has: ``{"version", "names": {namespace: {name: parameters}}}``."""
    # They are tf_keras's, which an environment of this one package need not have.
    LEGACY_MODULES.clear()
    result: dict[str, Names] = {}
    version = ""
    for space, (module, owned) in FACADES[package].items():
        loaded = importlib.import_module(module)
        version = getattr(loaded, "__version__", None) or version
        namespace = Namespace(space, owned)
        walk(namespace, loaded, space)
        names: Names = dict.fromkeys(namespace.modules)
        for path, value in namespace.symbols.items():
            if not path.startswith(("tf.keras.", "tf.compat.v1.keras.")):
                names |= symbol_names(path, value)
        result[space] = names
    if package == "bundled":
        version = importlib.import_module("keras").__version__
    return {"version": version, "names": result}


# --- all of them -----------------------------------------------------------------------------------------------------


class Change(NamedTuple):
    """How long a name or parameter was there; None at an end that was not seen."""

    since: str | None
    until: str | None


def span(versions: list[str], present: list[bool]) -> Change | None:
    """Since and until when something is there; None where it comes and goes, which says nothing."""
    first, last = present.index(True), len(present) - 1 - present[::-1].index(True)
    if not all(present[first : last + 1]):
        return None
    return Change(versions[first] if first else None, versions[last] if last < len(versions) - 1 else None)


def history(versions: list[str], surfaces: list[Names], name: str) -> dict[str, Any]:
    """One name's line; empty where nothing differs."""
    present = [name in surface for surface in surfaces]
    found = span(versions, present)
    if found is None:
        return {}
    line: dict[str, Any] = {}
    if found.since is not None:
        line["s"] = found.since
    if found.until is not None:
        line["u"] = found.until
    having = [(version, surface[name]) for version, surface in zip(versions, surfaces, strict=True) if name in surface]
    known = [(version, taken) for version, taken in having if taken is not None]
    if len(known) < len(having):
        return line
    for parameter in sorted({each for _, taken in known for each in taken} - {"**"}):
        change = span([version for version, _ in known], [parameter in taken for _, taken in known])
        if change is not None and change.since is not None:
            line.setdefault("a", {})[parameter] = change.since
        if change is not None and change.until is not None:
            line.setdefault("r", {})[parameter] = change.until
        if change != Change(None, None) and any(parameter not in taken and "**" in taken for _, taken in known):
            line["w"] = 1
    return line


def merged(surfaces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Every line of the file, the versions looked at first."""
    # Not at the top: an environment that is only asked has no kerascheck.
    from kerascheck.catalog.history import fallback
    from kerascheck.project.bounds import release

    by_space: dict[str, dict[str, Names]] = {}
    for each in surfaces:
        for space, names in each["names"].items():
            by_space.setdefault(space, {})[each["version"]] = names
    heads: dict[str, Any] = {}
    lines: dict[str, dict[str, Any]] = {}
    for space, by_version in by_space.items():
        versions = sorted(by_version, key=release)
        heads[f"#{space}"] = versions
        for name in {name for names in by_version.values() for name in names}:
            lines[name] = history(versions, [by_version[version] for version in versions], name)
    told = {name: line for name, line in lines.items() if line != fallback(name, lambda other: lines.get(other, {}))}
    return heads | told


def main() -> None:
    """Ask one environment, or bring the answers together."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    probe = commands.add_parser("probe", help="write what the installed version of a package has")
    probe.add_argument("package", choices=FACADES)
    probe.add_argument("surface", type=Path)
    merge = commands.add_parser("merge", help="write the history from what was probed")
    merge.add_argument("surfaces", type=Path, nargs="+")
    merge.add_argument("--output", type=Path, default=DATA / "history.tsv")
    options = parser.parse_args()
    if options.command == "probe":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = surface(options.package)
        options.surface.write_text(json.dumps(found, indent=0, sort_keys=True), encoding="utf-8")
        print(f"{options.package} {found['version']}: {sum(map(len, found['names'].values())):,} names")
        return
    lines = merged(json.loads(path.read_text(encoding="utf-8")) for path in options.surfaces)
    # The first line is empty so that every name follows a line break.
    text = "\n" + "".join(
        f"{name}\t{json.dumps(lines[name], separators=(',', ':'), sort_keys=True)}\n" for name in sorted(lines)
    )
    options.output.write_text(text, encoding="utf-8")
    print(f"{options.output}: {len(text):,} bytes")


if __name__ == "__main__":
    main()
