"""Reading requirements: pip's files, pyproject.toml, Pipfile, lock files, environment.yml, setup.cfg and setup.py."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kerascheck.parsing import parse_text
from kerascheck.project.bounds import Bounds, bounds
from kerascheck.records import immutable

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;#)]*)")
_CONDA = re.compile(r"\s*-\s*[\"']?(?:[\w.-]+::)?([A-Za-z0-9][A-Za-z0-9._-]*)\s*([^#\"']*)")


@immutable()
class Requirement:
    """One package that is asked for: its name as PEP 503 normalizes it, what it may be, and how that was written."""

    package: str
    bounds: Bounds
    text: str


def required(package: str, specifier: str) -> Requirement:
    """A requirement of ``package`` by its specifier."""
    name = re.sub(r"[-_.]+", "-", package).lower()
    specifier = specifier.strip()
    shown = specifier if not specifier or specifier[0] in "<>=!~^" else f"=={specifier}"
    return Requirement(name, bounds(specifier), f"{name}{''.join(shown.split())}")


def from_line(line: str) -> Requirement | None:
    """A PEP 508 line; None for an option, a link, or one that holds on some machines only."""
    if ";" in line or line.lstrip().startswith(("-", "#")):
        return None
    found = _NAME.match(line)
    if found is None or "://" in line or " @ " in line:
        return None
    return required(found.group(1), found.group(2))


def _toml(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def from_lines(lines: Iterable[object]) -> Iterator[Requirement]:
    """The requirements among lines; what is no text is passed over."""
    for line in lines:
        if isinstance(line, str) and (found := from_line(line)) is not None:
            yield found


def read_requirements(text: str) -> Iterator[Requirement]:
    """``requirements.txt`` and its kin."""
    return from_lines(re.sub(r"\\\n", " ", text).split("\n"))


def read_pyproject(text: str) -> Iterator[Requirement]:
    """``[project] dependencies``, or Poetry's table."""
    document = _toml(text)
    match document:
        case {"project": {"dependencies": list(lines)}}:
            yield from from_lines(lines)
    match document:
        case {"tool": {"poetry": {"dependencies": dict(table)}}}:
            yield from _from_table(table)


def read_pipfile(text: str) -> Iterator[Requirement]:
    """``[packages]`` of a Pipfile."""
    match _toml(text):
        case {"packages": dict(table)}:
            yield from _from_table(table)


def _from_table(table: Mapping[str, Any]) -> Iterator[Requirement]:
    for name, value in table.items():
        match value:
            case str():
                yield required(name, "" if value == "*" else value)
            case {"markers": _} | {"python": _} | {"platform": _} | {"optional": True}:
                continue
            case {"version": str(specifier)}:
                yield required(name, "" if specifier == "*" else specifier)


def read_lock(text: str) -> Iterator[Requirement]:
    """``uv.lock``, ``poetry.lock`` and ``pdm.lock``: a list of packages with their versions."""
    packages = _toml(text).get("package")
    for each in packages if isinstance(packages, list) else ():
        match each:
            case {"name": str(name), "version": str(version)}:
                yield required(name, f"=={version}")


def read_pipfile_lock(text: str) -> Iterator[Requirement]:
    """``Pipfile.lock``."""
    match json.loads(text):
        case {"default": dict(table)}:
            yield from _from_table({name: value for name, value in table.items() if "version" in value})


def read_conda(text: str) -> Iterator[Requirement]:
    """``environment.yml``: the items of its lists, pip's own among them. YAML is not needed to tell these."""
    for line in text.split("\n"):
        found = _CONDA.match(line)
        if found is not None and not found.group(2).startswith(":"):
            # conda writes a build behind the version: `tensorflow=2.4.1=gpu_py38`, `tensorflow 2.4.1 gpu_py38`.
            specifier = re.match(r"\s*(=?[^=\s].*?)?(?:(?<=[\w.*])[\s=][\w.]*)?\s*$", found.group(2))
            yield required(found.group(1), (specifier.group(1) or "") if specifier else found.group(2))


def read_setup_cfg(text: str) -> Iterator[Requirement]:
    """``install_requires`` of setup.cfg."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from None
    return from_lines(parser.get("options", "install_requires", fallback="").split("\n"))


def read_setup_py(text: str) -> Iterator[Requirement]:
    """``install_requires`` of a call of ``setup``, where it is a list of strings or a name for one."""
    tree = parse_text(text)
    named = {
        target.id: node.value for node in tree.body if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            value = named.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value
            if isinstance(value, ast.List | ast.Tuple):
                yield from from_lines(each.value for each in value.elts if isinstance(each, ast.Constant))


READERS: Mapping[str, Callable[[str], Iterator[Requirement]]] = {
    "uv.lock": read_lock,
    "poetry.lock": read_lock,
    "pdm.lock": read_lock,
    "Pipfile.lock": read_pipfile_lock,
    "pyproject.toml": read_pyproject,
    "Pipfile": read_pipfile,
    "setup.cfg": read_setup_cfg,
    "setup.py": read_setup_py,
    "environment.yml": read_conda,
    "environment.yaml": read_conda,
}
"""How each file is read, apart from those of pip, the surest first: a lock says what is installed."""
