"""Which variables saving a model keeps: Keras's own walk over the model, into a store that only takes notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kerascheck.tracer.library import Live


class _Variables(Protocol):
    """What is asked of a Keras here."""

    def is_variable(self, value: Live) -> bool: ...

    def storage(self, variable: Live) -> Live: ...


@dataclass(slots=True)
class _Kept:
    """What one walk has handed over to be written: TensorFlow's variables by id, or also values of unknown origin."""

    library: _Variables
    variables: set[int] = field(default_factory=set)
    opaque: bool = False

    def add(self, value: Live) -> None:
        if self.library.is_variable(value):
            self.variables.add(id(self.library.storage(value)))
        else:
            self.opaque = True


class _Entry(MutableMapping[str, Any]):
    """Stands for the part of a file that one layer writes to."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._values: dict[str, Any] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value
        self._kept.add(value)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def kept_by(save: Callable[[Any], None], saving: Any, library: _Variables) -> set[int] | None:
    """The ids of the variables that ``save`` writes to the store it is given; nothing is written anywhere.

    Args:
        save: Keras's own function that saves a model's state into a store.
        saving: the module of Keras's stores.
        library: the Keras.

    Returns:
        None where the model's own code writes something else than variables, or fails.
    """
    kept = _Kept(library)

    class Store(saving.NpzIOStore):  # type: ignore[misc]
        """A store without a file."""

        def __init__(self) -> None:
            """Open nothing."""

        def make(self, path: str, metadata: Any = None) -> _Entry:
            """The part of the layer at ``path``."""
            del path, metadata
            return _Entry(kept)

        def __bool__(self) -> bool:
            """Keras asks whether there is a store by its truth."""
            return True

    try:
        save(Store())
    except Exception:
        # The model's own methods run here, and may raise anything.
        return None
    return None if kept.opaque else kept.variables


def kept_by_checkpoint(model: Live, tensorflow: Any) -> list[Live] | None:
    """The variables that TensorFlow's checkpoint of ``model`` keeps; None where it fails."""
    view = tensorflow.train.TrackableView(model)
    try:
        return [each for each in view.descendants() if isinstance(each, tensorflow.Variable)]
    except Exception:
        # The model's own methods run here, and may raise anything.
        return None
