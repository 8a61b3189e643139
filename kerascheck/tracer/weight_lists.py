"""Edits of the lists that ``trainable_weights`` and its like return, which are copies."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any, SupportsIndex

from kerascheck.interpreter.methods import TRAINABLE_LISTS, WEIGHT_LIST_EDITS
from kerascheck.program import WeightListEdit
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, replace_attribute

ADDING = frozenset({"append", "extend", "insert"})
"""The methods that put something in."""


@dataclass(frozen=True, slots=True)
class WeightLists:
    """Sees how the lists are read."""

    runtime: Runtime

    def watch(self, library: Library, owner: Any) -> None:
        """See the lists of the layers of class ``owner``."""
        for name in TRAINABLE_LISTS:
            known = vars(owner).get(name)
            if isinstance(known, property):
                replace_attribute(owner, name, self._watched(library, name, known))

    def _watched(self, library: Library, name: str, known: property) -> property:
        getter = known.fget
        assert getter is not None

        def read(layer: Any) -> Any:
            frame = sys._getframe(1)
            if self.runtime.user.owns(frame.f_code.co_filename):
                method = _method_read_next(frame.f_code).get(frame.f_lasti)
                source = self.runtime.user.here() if method in WEIGHT_LIST_EDITS else None
                if source is not None:
                    edit = WeightListEdit(str(layer.name), name, str(method), library.generation, source.span)
                    return self._edited(getter(layer), edit)
            return getter(layer)

        return property(read, known.fset, known.fdel, known.__doc__)

    def _edited(self, held: list[Live], edit: WeightListEdit) -> list[Live]:
        """A list that is about to be edited: what is added to it is told with the edit, once it is known."""
        if edit.method not in ADDING:
            self.runtime.notes.add(edit)
            return held

        def added(values: list[Live]) -> None:
            self.runtime.observe(self._note, edit, values)

        return _Edited(held, added)

    def _note(self, edit: WeightListEdit, values: list[Live]) -> None:
        watched, runtime = self.runtime.watched, self.runtime
        made = [watched.made_at(each, runtime.storage(each)) for each in values if runtime.is_variable(each)]
        spans = dict.fromkeys(source.span for source in made if source is not None)
        runtime.notes.add(replace(edit, variables=tuple(spans)))


class _Edited(list[Live]):
    """A list that tells what its own methods add to it."""

    def __init__(self, held: Iterable[Live], added: Callable[[list[Live]], None]) -> None:
        super().__init__(held)
        self._added = added

    def append(self, value: Live) -> None:
        self._added([value])
        super().append(value)

    def extend(self, values: Iterable[Live]) -> None:
        given = list(values)
        self._added(given)
        super().extend(given)

    def insert(self, index: SupportsIndex, value: Live) -> None:
        self._added([value])
        super().insert(index, value)


@lru_cache(maxsize=1024)
def _method_read_next(code: CodeType) -> dict[int, Any]:
    """For each instruction that reads an attribute, by its offset, the method that the next one reads of the result."""
    found: dict[int, Any] = {}
    before: dis.Instruction | None = None
    for each in dis.get_instructions(code):
        if before is not None and before.opname == "LOAD_ATTR" and each.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            found[before.offset] = each.argval
        before = each
    return found
