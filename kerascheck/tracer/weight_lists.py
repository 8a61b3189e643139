"""Edits of the lists that ``trainable_weights`` and its like return, which are copies."""

from __future__ import annotations

import dis
import sys
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from kerascheck.interpreter.methods import TRAINABLE_LISTS, WEIGHT_LIST_EDITS
from kerascheck.program import WeightListEdit
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, replace_attribute


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
        def read(layer: Any) -> Any:
            frame = sys._getframe(1)
            if self.runtime.user.owns(frame.f_code.co_filename):
                method = _method_read_next(frame.f_code).get(frame.f_lasti)
                if method in WEIGHT_LIST_EDITS:
                    self._note(library, layer, name, str(method))
            assert known.fget is not None
            return known.fget(layer)

        return property(read, known.fset, known.fdel, known.__doc__)

    def _note(self, library: Library, layer: Live, name: str, method: str) -> None:
        source = self.runtime.user.here()
        if source is not None:
            self.runtime.notes.add(WeightListEdit(str(layer.name), name, method, library.generation, source.span))


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
