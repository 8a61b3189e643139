"""Stands in for what saves and loads models: an untrained model must never take a trained one's place."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from kerascheck.tracer.binding import bind
from kerascheck.tracer.data_loading import LIBRARIES, NO_WEIGHTS
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import patch, replace_everywhere
from kerascheck.tracer.training import Training

_PATHS = ("filepath", "path", "export_dir", "file_prefix", "save_path")
_MODELS = ("model", "obj", "self")
_SAVED_MODEL = re.compile(r"tensorflow(\._api\.v2(\..+)?\.saved_model(\..+)?|\.python\.saved_model\.save)")


def stop_saving(training: Training, library: ModuleType, models: Iterable[Any]) -> None:
    """Skip what one Keras saves, and the loading of weights that are not there."""
    for owner in models:
        for name in ("save", "save_weights", "export"):
            _skip_method(training, owner, name)
        if "load_weights" in vars(owner):
            patch(owner, "load_weights", functools.partial(_load_weights, training))
    modules = [vars(library)[name] for name in ("models", "saving") if name in vars(library)]
    found = [(name, vars(module)[name]) for module in modules for name in _FUNCTIONS if name in vars(module)]
    pairs = [(original, _FUNCTIONS[name](training, name, original)) for name, original in found]
    replace_everywhere(LIBRARIES, pairs)


def stop_saving_tensorflow(training: Training, tensorflow: ModuleType) -> None:
    """Skip what TensorFlow itself saves."""
    from tensorflow.python.checkpoint import checkpoint, checkpoint_management
    from tensorflow.python.saved_model import save
    from tensorflow.python.training import saver

    replace_everywhere(_SAVED_MODEL, [(save.save, _skipping(training, "tf.saved_model.save", save.save))])
    owners = (checkpoint.Checkpoint, checkpoint.CheckpointV1, checkpoint_management.CheckpointManager, saver.Saver)
    for owner in owners:
        for name in ("save", "write"):
            _skip_method(training, owner, name)
    del tensorflow


def _skip_method(training: Training, owner: Any, name: str) -> None:
    if name in vars(owner):
        patch(owner, name, lambda original: _skipping(training, name, original))


def _skipping(training: Training, name: str, original: Any) -> Any:
    @functools.wraps(original)
    def skip(*args: Any, **kwargs: Any) -> Any:
        arguments = bind(original, args, kwargs)
        path = next((found for key in _PATHS if (found := _path(arguments.get(key))) is not None), None)
        full = None if path is None else _absolute(path)
        if full is not None and training.scratch is not None and Path(full).is_relative_to(training.scratch):
            return original(*args, **kwargs)
        shown = f"{name}({path!r})" if path is not None else f"{name}()"
        training.notes.setdefault(f"did not run {shown}: no file is written (--unsafe writes it)")
        if full is not None:
            subject = next((arguments[key] for key in _MODELS if key in arguments), None)
            training.saved[full] = None if "weights" in name else subject
        return path

    return skip


def _loading(training: Training, name: str, original: Any) -> Any:
    """A model that the code saved is loaded again, though there is no file."""
    del name

    @functools.wraps(original)
    def load_model(*args: Any, **kwargs: Any) -> Any:
        path = _path(next(iter(bind(original, args, kwargs).values()), None))
        saved = None if path is None else training.saved.get(_absolute(path))
        return original(*args, **kwargs) if saved is None else saved

    return load_model


_FUNCTIONS: dict[str, Callable[[Training, str, Any], Any]] = {
    "save_model": _skipping,
    "save_weights": _skipping,
    "load_model": _loading,
}


def _load_weights(training: Training, original: Any) -> Any:
    """Where there are no weights to load, the model goes on with those it has: no shape depends on them."""

    def load_weights(model: Live, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        path = _path(filepath)
        if path is None or os.path.exists(path) or os.path.exists(f"{path}.index"):  # noqa: PTH110
            return original(model, filepath, *args, **kwargs)
        if not path.startswith(NO_WEIGHTS) and _absolute(path) not in training.saved:
            training.notes.setdefault(f"did not load the weights in {path}: there is no such file")
        return None

    return load_weights


def _path(value: Any) -> str | None:
    return os.fspath(value) if isinstance(value, (str, os.PathLike)) else None


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100
