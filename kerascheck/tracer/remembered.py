"""What is known of the user's objects, by which they are, for as long as they live.

A program may make as many tensors and variables as it has steps: what is known of them must not keep them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Known = TypeVar("Known")


@dataclass(slots=True)
class Remembered(Generic[Known]):
    """A mapping from objects, told apart by their identity alone, that does not hold on to them.

    Attributes:
        forgotten: is called with the id of an object that went away: it may soon be another one's.
    """

    forgotten: Callable[[int], object] | None = None
    _entries: dict[int, tuple[weakref.ref[Any], Known]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, value: Any) -> bool:
        return id(value) in self._entries

    def put(self, value: Any, known: Known) -> None:
        """Know this of an object; one that cannot be told to have gone away is left out."""
        key, entries, forgotten = id(value), self._entries, self.forgotten

        def forget(_: Any) -> None:
            entries.pop(key, None)
            if forgotten is not None:
                forgotten(key)

        try:
            entries[key] = (weakref.ref(value, forget), known)
        except TypeError:
            return

    def get(self, value: Any) -> Known | None:
        """What is known of an object."""
        found = self._entries.get(id(value))
        return None if found is None else found[1]

    def items(self) -> Iterator[tuple[Any, Known]]:
        """The objects that are still there, in the order in which they were first put here."""
        for reference, known in list(self._entries.values()):
            value = reference()
            if value is not None:
                yield value, known
