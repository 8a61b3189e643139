"""Which rules have something to look at in a program, known before they are asked.

What a rule says depends on the program alone. Asked about an empty program, it reads some parts of it, finds nothing
there and has nothing to say; so it has wherever these parts are empty, whatever else there is. Which parts they are is
noted once, while it runs, so no declaration has to be kept in step with the rule. Most programs have little of what the
rules look for: nine of ten need not be called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import compress
from operator import attrgetter, ne
from typing import Any, TypeAlias, TypeVar

from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program

Found = TypeVar("Found")
Ask: TypeAlias = Callable[[Program], Any]

_FIELDS = frozenset(each.name for each in fields(Program) if each.init)


class _Watched(Program):
    """An empty program that notes which of its fields are read, by whatever is asked of it."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        self.read: set[str] = set()
        super().__init__("")

    def __getattribute__(self, name: str) -> Any:
        if name in _FIELDS:
            object.__getattribute__(self, "read").add(name)
        return object.__getattribute__(self, name)


class _Questioned(_Watched):
    """One that notes, of what the rules share, what was asked: often it is empty where the fields it is of are not."""

    __slots__ = ("asked", "plain")

    def __init__(self) -> None:
        self.asked: dict[object, Ask] = {}
        self.plain = Program("")
        super().__init__()

    def forget(self) -> None:
        """Begin anew."""
        self.read.clear()
        self.asked.clear()

    def shared(self, find: Callable[[Program], Found]) -> Found:
        self.asked[find] = lambda program: program.shared(find)
        return self.plain.shared(find)

    def nodes_like(self, fits: Callable[[str], bool]) -> Sequence[tuple[ModelGraph, Node]]:
        self.asked[fits] = lambda program: program.has_like(fits)
        return ()


@dataclass(slots=True)
class _Question:
    """What rules ask: the answer for an empty program, the fields that are read for it, and which rules ask it."""

    ask: Ask
    nothing: Any
    reads: frozenset[str]
    places: list[int] = field(default_factory=list)

    def is_met_by(self, program: Program) -> bool:
        """Whether the answer is another for ``program``; where it fails, the rules that ask are to tell that."""
        try:
            return bool(self.ask(program) != self.nothing)
        except Exception:
            return True


class Relevance:
    """Tells for one program after another which of some checks to ask; None stands for one that always is."""

    def __init__(self, checks: Iterable[Ask | None]) -> None:
        self._always: list[int] = []
        self._readers: dict[str, list[int]] = {}
        self._questions: dict[object, _Question] = {}
        watched = _Questioned()
        for place, check in enumerate(checks):
            watched.forget()
            self._learn(place, check, watched)
        names = {*self._readers}.union(*(each.reads for each in self._questions.values()))
        # Of one name alone it would give the value, of two and more a tuple.
        self._names = tuple(sorted(names | {"models", "symbols"}))
        self._values: Callable[[Program], tuple[Any, ...]] = attrgetter(*self._names)
        self._nothing = self._values(watched.plain)

    def of(self, program: Program) -> list[int]:
        """The places of the checks that may find something in ``program``, in their order."""
        places = {*self._always}
        present = list(compress(self._names, map(ne, self._values(program), self._nothing)))
        for name in present:
            places.update(self._readers.get(name, ()))
        for question in self._questions.values():
            if not question.reads.isdisjoint(present) and question.is_met_by(program):
                places.update(question.places)
        return sorted(places)

    def _learn(self, place: int, check: Ask | None, program: _Questioned) -> None:
        if check is None or not _is_silent(check, program) or not (program.read or program.asked):
            self._always.append(place)
            return
        for name in program.read:
            self._readers.setdefault(name, []).append(place)
        for key, ask in program.asked.items():
            if key not in self._questions:
                watched = _Watched()
                self._questions[key] = _Question(ask, ask(watched), frozenset(watched.read))
            self._questions[key].places.append(place)


def _is_silent(check: Ask, program: Program) -> bool:
    """Whether a check finds nothing; one that fails is to fail where that is told."""
    try:
        return not list(check(program))
    except Exception:
        return False
