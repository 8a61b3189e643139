"""What the files of one run share: results that are kept for the next file, and a collector that is not in the way."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")

COLLECT_AFTER = 3_000_000
"""Objects made, and still there, before garbage is looked for among them; Python's own figure is 700."""


class Kept(Generic[Key, Found]):
    """Results by key, the longest unused given up where all together came from more text than ``limit`` characters."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._length = 0
        self._results: OrderedDict[Key, tuple[Found, int]] = OrderedDict()

    def get(self, key: Key, find: Callable[[], tuple[Found, int]]) -> Found:
        """The result of ``key``, or what ``find`` gives now with the length of the text it came from."""
        if key in self._results:
            self._results.move_to_end(key)
            return self._results[key][0]
        found, length = find()
        self._results[key] = found, length
        self._length += length
        while self._length > self._limit:
            self._length -= self._results.popitem(last=False)[1][1]
        return found


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While it lasts, garbage is collected seldom.

    Syntax trees and the values of an analysis are many small objects that live as long as it does, and nearly all of
    them are let go by their counts: going through them at every 700th takes a third of its time.
    """
    first, *others = gc.get_threshold()
    if 0 < first < COLLECT_AFTER:
        gc.set_threshold(COLLECT_AFTER, *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)
