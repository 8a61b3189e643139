"""What the files of one run share: results that are kept for the next file, and a collector that is not in the way."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")
Asked = ParamSpec("Asked")

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


MAXIMUM_ANSWERS = 8_000
"""Answers of one function that are kept in a run: a few megabytes of paths. With one more they are asked for anew."""


@dataclass
class _Run:
    """How many runs are open within each other, and what their functions have answered."""

    depth: int = 0
    answers: list[dict[Any, Any]] = field(default_factory=list)


_RUN = _Run()


def asked_once(find: Callable[Asked, Found]) -> Callable[Asked, Found]:
    """A function that looks for files and is asked again and again: asked once while a run lasts.

    Files neither come nor go meanwhile, as far as it is concerned. The next run asks again.
    """
    answers: dict[Any, Found] = {}
    _RUN.answers.append(answers)

    @wraps(find)
    def ask(*key: Asked.args, **named: Asked.kwargs) -> Found:
        try:
            return answers[key]
        except KeyError:
            pass
        found = find(*key, **named)
        if _RUN.depth and not named:
            if len(answers) >= MAXIMUM_ANSWERS:
                answers.clear()
            answers[key] = found
        return found

    return ask


@contextmanager
def one_run() -> Iterator[None]:
    """While it lasts, what is :func:`asked_once` is remembered, and garbage is collected seldom.

    Syntax trees and the values of an analysis are many small objects that live as long as it does, and nearly all of
    them are let go by their counts: going through them at every 700th takes a third of its time.
    """
    _RUN.depth += 1
    try:
        with _seldom_collected():
            yield
    finally:
        _RUN.depth -= 1
        if not _RUN.depth:
            ask_again()


def ask_again() -> None:
    """Forget what was :func:`asked_once` so far: the run itself has changed files."""
    for answers in _RUN.answers:
        answers.clear()


@contextmanager
def _seldom_collected() -> Iterator[None]:
    first, *others = gc.get_threshold()
    if 0 < first < COLLECT_AFTER:
        gc.set_threshold(COLLECT_AFTER, *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)
