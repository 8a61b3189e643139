"""A name that no version of keras or tensorflow has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kerascheck.catalog import exists, find, members, names, removed_in_keras_3, removed_in_tf2
from kerascheck.catalog.history import availability
from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.removals import advice, called_from, outermost
from kerascheck.checks.spelling import meant
from kerascheck.program import MemberUse, Program, SymbolUse

NEW = ("keras.ops.", "keras.random.")
"""Modules of functions that Keras 3 began with."""
ROOTS = frozenset({"keras", "tf", "tf.compat.v1", "tf.keras", "tf_keras"})
PACKAGES = {"tf": "TensorFlow", "tf_keras": "tf_keras"}


def check(program: Program) -> Iterator[Finding]:
    """Every use of such a name."""
    yield from once(outermost(found for use in program.symbols if (found := _symbol(use)) is not None))
    yield from once(found for use in program.members if (found := _method(use)) is not None)


def _symbol(use: SymbolUse) -> Finding | None:
    """A name that is misspelled, or that a module lacks which no older version has: others may have had it there."""
    if _has(use.package, use.name):
        return None
    near = _meant(_spellings(use.package, use.name))
    if near is None and not _is_new(use):
        return None
    package = PACKAGES.get(use.package, "Keras")
    return Finding(
        use.span,
        f"{package} has no `{use.name}`",
        f"no version of {package} that is known has it",
        called_from(use.stack),
        None if near is None else f"did you mean `{near}`?",
    )


def _method(use: MemberUse) -> Finding | None:
    """A method of one of Keras's own layers and models that is misspelled, or older than tf_keras."""
    if use.own or not use.called:
        return None
    spellings = (f"{use.owner}.{use.member}", f"tf_{use.owner}.{use.member}")
    if use.package == "tf_keras" and exists(spellings[1]) is False and availability(spellings[1]) is None:
        removal = removed_in_keras_3(spellings[0])
        if removal is not None:
            # What to write instead is said for Keras 3, whose functions tf_keras has not.
            written = removal.replacement or ""
            return _lacking(use, "tf_keras", None if NEW[0] in written else advice(removal))
    if any(_is_known(name) for name in spellings):
        return None
    near = meant(use.member, members(use.owner) | members(f"tf_{use.owner}"))
    return None if near is None else _lacking(use, "Keras", f"did you mean `{near}`?")


def _lacking(use: MemberUse, package: str, help: str | None) -> Finding:
    owner = use.owner.rpartition(".")[2]
    return Finding(
        use.span,
        f"`{owner}` has no method `{use.member}`",
        f"no version of {package} that is known has it",
        called_from(use.stack),
        help,
    )


@lru_cache(maxsize=4096)
def _has(package: str, name: str) -> bool:
    """Whether the package has the name in some version, or nobody knows: the same for all files."""
    return any(map(_is_known, _spellings(package, name)))


def _spellings(package: str, name: str) -> tuple[str, ...]:
    """The name in every package and generation that it may mean."""
    if package == "tf":
        rest = name.removeprefix("tf")
        return (f"tf{rest}", f"tf.compat.v1{rest}")
    return (name, f"tf.{name}", f"tf_{name}")


def _is_known(name: str) -> bool:
    """Whether some version has the name, or nobody knows."""
    if exists(name) is not False or availability(name) is not None:
        return True
    return removed_in_keras_3(name) is not None or removed_in_tf2(name) is not None


def _is_new(use: SymbolUse) -> bool:
    """Whether the name lies in a module that came with Keras 3."""
    return use.package in ("keras", "tf.keras") and use.name.startswith(NEW)


def _split(name: str) -> tuple[str, str]:
    """The last module or class on the way to a name that there is, and what it lacks."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if find(".".join(parts[:end])) is not None:
            return ".".join(parts[:end]), parts[end]
    return "", name


def _meant(spellings: tuple[str, ...]) -> str | None:
    for name in spellings:
        module, lacking = _split(name)
        # Older versions had modules within modules that nothing is known of.
        told = module in ROOTS or name == f"{module}.{lacking}"
        near = meant(lacking, _children(module)) if module and told else None
        if near is not None:
            return f"{module}.{near}"
    return None


def _children(module: str) -> Iterator[str]:
    """The names that there are directly in a module or class."""
    symbol = find(module)
    if symbol is not None and symbol.members:
        yield from symbol.members
    prefix = f"{module}."
    spaces = ("tf.compat.v1", "tf.keras", "tf_keras", "keras", "tf")
    space = next((each for each in spaces if prefix.startswith(f"{each}.")), None)
    if space is not None:
        below = (name.removeprefix(prefix) for name in names(space) if name.startswith(prefix))  # type: ignore[arg-type]
        yield from (name for name in below if "." not in name and find(prefix + name) is not None)
