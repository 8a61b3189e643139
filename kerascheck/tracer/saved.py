"""Loads models from ``.keras`` and ``.h5`` files that nobody vouches for."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.messages import first_line, memory_sentence
from kerascheck.tracer.request import Request, TargetKind
from kerascheck.tracer.running import WrongTargetError

TRUSTED = frozenset({"builtins", "keras", "keras_hub", "keras_nlp", "keras_cv", "tensorflow", "tf_keras"})
"""The packages whose classes a saved model may name; any other module would be imported, and so run."""

MOST_CONFIG = 64 << 20
MOST_UNPACKED = 64 << 30
MOST_RATIO = 200
"""A file may unpack to this many times its size; weights are hardly smaller when packed."""

SMALL = 256 << 20


@dataclass(frozen=True, slots=True)
class Saved:
    """What a file says of the model in it, before anything of it is made."""

    config: Any
    version: str


def load_file(request: Request, user: UserCode) -> None:
    """Load the model of a file, without running any code that is in it unless the request is unsafe.

    Raises:
        WrongTargetError: there is no model that can be loaded.
    """
    user.fallback = Source(Span(request.target, 1, 1, 1, 1))
    try:
        load_checked(request)
    except WrongTargetError as error:
        raise WrongTargetError(f"{request.target}: {error}") from None
    except (MemoryError, RecursionError) as error:
        why = memory_sentence(request.memory) if isinstance(error, MemoryError) else "it nests too deep"
        raise WrongTargetError(f"{request.target}: {why}") from None
    except Exception as error:
        # Keras raises whatever the file's contents lead it to.
        short = type(error).__name__ == "ResourceExhaustedError"
        why = memory_sentence(request.memory) if short else type(error).__name__
        raise WrongTargetError(f"{request.target}: {why}: {first_line(error)}") from None


def load_checked(request: Request) -> None:
    """Look at what the file would make, then load it.

    Raises:
        WrongTargetError: it is no model, or would run code.
        Exception: whatever Keras raises.
    """
    packed = request.kind is TargetKind.SAVED and zipfile.is_zipfile(request.target)
    if request.kind is TargetKind.SAVED and not packed and not _is_hdf5(request.target):
        raise WrongTargetError("this is no .keras file, which is a zip archive")
    saved = _from_archive(request.target) if packed else _from_hdf5(request.target)
    if not request.unsafe:
        refuse_code(saved.config)
    else:
        import sys

        sys.path.insert(0, str(Path.cwd()))
    library = keras_for(request, saved.version)
    library.models.load_model(request.target, compile=False, safe_mode=not request.unsafe)


def keras_for(request: Request, version: str) -> Any:
    """The Keras that reads a file of that version.

    Raises:
        WrongTargetError: it is not installed.
    """
    older = request.keras == "2" or (request.keras == "auto" and version.startswith("2."))
    if not older:
        return import_module("keras")
    try:
        return import_module("tf_keras")
    except ImportError:
        raise WrongTargetError(f"this was saved by Keras {version}, and tf_keras is not installed") from None


def _is_hdf5(path: str) -> bool:
    return bool(import_module("h5py").is_hdf5(path))


def _from_archive(path: str) -> Saved:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, Path(path).stat().st_size)
            if "config.json" not in archive.namelist():
                raise WrongTargetError("there is no config.json in this archive, so it is no .keras file")
            config = json.loads(archive.read("config.json"))
            metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in archive.namelist() else {}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise WrongTargetError(f"this .keras file is damaged ({first_line(error)})") from None
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return Saved(config, str(version or ""))


def _check_members(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive that would fill the disk, or write beside where it is unpacked."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if total > MOST_UNPACKED or (total > SMALL and total > MOST_RATIO * size):
        raise WrongTargetError(
            f"this archive would unpack to {total >> 20} MiB, {total // max(size, 1)} times its size"
        )
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise WrongTargetError(f"this archive holds the path {member.filename!r}, which leads out of it")
        if member.filename in ("config.json", "metadata.json") and member.file_size > MOST_CONFIG:
            raise WrongTargetError(f"the {member.filename} in this archive is {member.file_size >> 20} MiB large")


def _from_hdf5(path: str) -> Saved:
    h5py = import_module("h5py")
    if not _is_hdf5(path):
        raise WrongTargetError("this is no HDF5 file")
    try:
        with h5py.File(path, "r") as file:
            attributes = {name: file.attrs.get(name) for name in ("model_config", "keras_version")}
            inner = file.get("model_weights")
            if attributes["keras_version"] is None and inner is not None:
                attributes["keras_version"] = inner.attrs.get("keras_version")
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise WrongTargetError(f"this HDF5 file is damaged ({first_line(error)})") from None
    if attributes["model_config"] is None:
        raise WrongTargetError("this holds weights only and no model; trace the code that builds the model")
    try:
        config = json.loads(attributes["model_config"])
    except (ValueError, TypeError) as error:
        raise WrongTargetError(f"the model in this HDF5 file is damaged ({first_line(error)})") from None
    version = attributes["keras_version"]
    return Saved(config, version.decode(errors="replace") if isinstance(version, bytes) else str(version or ""))


def refuse_code(config: Any) -> None:
    """Let only configurations pass that name nothing but known classes.

    Raises:
        WrongTargetError: it holds a Lambda, or names a class or function of somebody's own.
    """
    lambdas: list[str] = []
    foreign: list[str] = []
    for item in _items(config):
        name = item.get("class_name")
        inner = item.get("config")
        if name in ("Lambda", "__lambda__") or item.get("function_type") == "lambda":
            found = inner.get("name") if isinstance(inner, dict) else None
            if name == "Lambda" or not lambdas:
                lambdas.append(str(found or name or "lambda"))
        module = item.get("module")
        if isinstance(module, str) and name is not None and module.partition(".")[0] not in TRUSTED:
            foreign.append(f"{module}.{name}")
    if lambdas:
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(lambdas))
        raise WrongTargetError(f"it holds a Lambda ({names}), whose code is not run without --unsafe")
    if foreign:
        names = ", ".join(dict.fromkeys(foreign))
        raise WrongTargetError(f"it names {names}, whose code is not imported without --unsafe")


def _items(config: Any) -> Iterator[dict[str, Any]]:
    """Every dict within a configuration."""
    pending = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending += value.values()
        elif isinstance(value, list):
            pending += value
