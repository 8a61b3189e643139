"""Loads a SavedModel: as the Keras model it was where it says so, else its signatures as functions of ops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.library import CallSite, Live, RootCall
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.request import Request
from kerascheck.tracer.running import WrongTargetError
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.saved import refuse_code


def load_folder(request: Request, user: UserCode, runtime: Runtime, notes: dict[str, None]) -> None:
    """Load the model in a folder.

    Raises:
        WrongTargetError: there is no model that can be loaded.
    """
    user.fallback = Source(Span(request.target, 1, 1, 1, 1))
    if (Path(request.target) / "keras_metadata.pb").is_file() and request.keras != "3":
        why = _load_keras(request)
        if why is None:
            return
        notes.setdefault(f"{request.target} is shown as TensorFlow's functions: {why}")
    try:
        loaded = runtime.tensorflow.saved_model.load(request.target)
    except Exception as error:
        # TensorFlow raises whatever the files lead it to.
        raise WrongTargetError(f"{request.target}: {type(error).__name__}: {first_line(error)}") from None
    functions = dict(_functions(loaded))
    if not functions:
        raise WrongTargetError(f"{request.target} has no signature and no function that can be called")
    for name, function in functions.items():
        arguments, keywords = function.structured_input_signature
        # Its variables would go with it.
        site = CallSite(user.fallback, keep=loaded)
        runtime.watched.roots.append(RootCall(function, name, arguments, keywords, site, title=name))


def _load_keras(request: Request) -> str | None:
    """Load what tf_keras saved as a Keras model; why that is not done, or None where it was."""
    try:
        keras = import_module("tf_keras")
    except ImportError:
        return "tf_keras is not installed"
    try:
        if not request.unsafe:
            for config in _configurations(Path(request.target) / "keras_metadata.pb"):
                refuse_code(config)
        keras.models.load_model(request.target, compile=False)
    except WrongTargetError as error:
        return str(error)
    except Exception as error:
        # Keras raises whatever the folder's contents lead it to.
        return f"{type(error).__name__}: {first_line(error)}"
    return None


def _configurations(path: Path) -> Iterator[Any]:
    """What the folder says of every object in it."""
    from tf_keras.protobuf import saved_metadata_pb2

    metadata = saved_metadata_pb2.SavedMetadata.FromString(path.read_bytes())
    for node in metadata.nodes:
        yield json.loads(node.metadata)


def _functions(loaded: Live) -> Iterator[tuple[str, Live]]:
    """The functions with fixed inputs that can be called, by name: the signatures, or what else there is."""
    signatures = dict(loaded.signatures) if "signatures" in dir(loaded) else {}
    if signatures:
        yield from signatures.items()
        return
    for name in ("__call__", *sorted(vars(loaded))):
        found = vars(type(loaded)).get(name) if name == "__call__" else vars(loaded).get(name)
        function = getattr(loaded, name, None) if found is not None else None
        concrete = getattr(function, "concrete_functions", None) or ()
        for index, each in enumerate(concrete):
            yield (name if len(concrete) == 1 else f"{name}_{index}"), each
