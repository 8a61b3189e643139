"""Which Keras and TensorFlow a project needs, from the files of the nearest folder that says it."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from kerascheck.parsing import UNPARSABLE
from kerascheck.project.bounds import Bounds
from kerascheck.project.requirements import READERS, Requirement, read_requirements
from kerascheck.records import immutable
from kerascheck.sharing import asked_once

KERAS_3 = (3,)
NATIVE_KERAS_3 = (2, 16)
"""The TensorFlow from which ``tf.keras`` is Keras 3."""
TENSORFLOW_2 = (2,)

TENSORFLOW = frozenset(
    {"tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos", "tensorflow-intel", "intel-tensorflow"}
)
PIP_FILES = ("requirements.txt", "requirements*.txt", "requirements/*.txt")
"""pip's files, the surest first: those of one pattern have to agree."""
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
REPOSITORY = (".git", ".hg")
MAXIMUM_PARENTS = 20
MAXIMUM_BYTES = 8_000_000


@immutable()
class Need:
    """The Keras that is needed.

    Attributes:
        generation: 2 or 3, what ``keras`` and ``tf.keras`` are.
        keras: Keras's one version, where only one will do.
        tensorflow: 1 for TensorFlow 1, else 2.
        why: the requirement that says so.
    """

    generation: int
    keras: str | None
    tensorflow: int
    why: str


@immutable()
class Stated:
    """A need and the file that states it."""

    need: Need
    file: str


def decide(requirements: Iterable[Requirement]) -> Need | None:
    """What requirements say of Keras; None where they leave it open, or do not agree.

    A version of ``keras`` counts first; without one, TensorFlow's: before 2.16 it comes with Keras 2.
    """
    given = list(requirements)
    keras = [each for each in given if each.package == "keras"]
    tensorflow = [each for each in given if each.package in TENSORFLOW]
    old = bool(tensorflow) and all(each.bounds.before(TENSORFLOW_2) for each in tensorflow)
    major = 1 if old else 2
    if keras and all(each.bounds.before(KERAS_3) for each in keras):
        return Need(2, _exact(keras), major, keras[0].text)
    if keras and all(each.bounds.from_(KERAS_3) for each in keras):
        return Need(3, _exact(keras), 2, keras[0].text)
    if any(each.bounds != Bounds() and each.bounds.lowest is None for each in keras):
        return None
    if tensorflow and all(each.bounds.before(NATIVE_KERAS_3) for each in tensorflow):
        return Need(2, None, major, tensorflow[0].text)
    # With tf_keras beside it, a TensorFlow of today can be told to use that.
    legacy = any(each.package == "tf-keras" for each in given)
    if tensorflow and not legacy and all(each.bounds.from_(NATIVE_KERAS_3) for each in tensorflow):
        return Need(3, None, 2, tensorflow[0].text)
    return None


def _exact(requirements: list[Requirement]) -> str | None:
    versions = {each.bounds.exact for each in requirements}
    return versions.pop() if len(versions) == 1 else None


@asked_once
def needs_of(folder: Path) -> Stated | None:
    """What the nearest folder at or above ``folder`` says that is still of its project; None where none does."""
    root = project_root(folder)
    if root is None:
        return None
    for parent in (folder, *folder.parents):
        found = _stated(parent)
        if found is not None or parent == root:
            return found
    return None


@lru_cache(maxsize=256)
def project_root(folder: Path) -> Path | None:
    """The folder of the repository that an absolute ``folder`` is in; without one, the nearest that says what it needs.

    None outside of any project.
    """
    parents = (folder, *folder.parents)[:MAXIMUM_PARENTS]
    repository = next((parent for parent in parents if _is_repository(parent)), None)
    return repository or next((parent for parent in parents if _says_something(parent)), None)


@lru_cache(maxsize=4096)
def _is_repository(folder: Path) -> bool:
    return any((folder / name).exists() for name in REPOSITORY)


@lru_cache(maxsize=4096)
def _says_something(folder: Path) -> bool:
    return any(_requirement_files(folder))


def _stated(folder: Path) -> Stated | None:
    """What the files of one folder say, the first that says anything."""
    files = list(_requirement_files(folder))
    pip = [[each for each in files if fnmatch.fnmatchcase(each, pattern)] for pattern in PIP_FILES]
    locks = [[each] for each in files if each in LOCKS]
    others = [[each] for each in READERS if each in files and each not in LOCKS]
    for group in (*locks, *pip, *others):
        read = {name: _read(str(folder / name), *_stamp(folder / name)) for name in group}
        needs = {name: need for name, found in read.items() if (need := decide(found)) is not None}
        if needs and len({(need.generation, need.tensorflow) for need in needs.values()}) == 1:
            name, need = next(iter(needs.items()))
            return Stated(need, str(folder / name))
    return None


def _requirement_files(folder: Path) -> Iterator[str]:
    try:
        names = {entry.name for entry in os.scandir(folder)}
    except OSError:
        return
    yield from (name for name in READERS if name in names)
    yield from sorted(name for name in names if fnmatch.fnmatchcase(name, PIP_FILES[1]))
    if "requirements" in names:
        yield from sorted(f"requirements/{path.name}" for path in (folder / "requirements").glob("*.txt"))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=512)
def _read(path: str, changed: int, size: int) -> tuple[Requirement, ...]:
    """The requirements of Keras and TensorFlow in a file; none where it cannot be read."""
    if size > MAXIMUM_BYTES:
        return ()
    try:
        data = Path(path).read_bytes()
    except OSError:
        return ()
    lowered = data.lower()
    if b"keras" not in lowered and b"tensorflow" not in lowered:
        return ()
    reader = READERS.get(Path(path).name, read_requirements)
    try:
        found = tuple(reader(data.decode("utf-8-sig", errors="replace")))
    except UNPARSABLE:
        return ()
    return tuple(each for each in found if each.package in TENSORFLOW or each.package in ("keras", "tf-keras"))
