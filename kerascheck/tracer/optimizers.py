"""What the user's code gives to optimizers of Keras 3 that they take and do not use."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import ArgumentUse, OptimizerWrite, Program
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session

MOST = 200
"""No more assignments than this are kept."""

IGNORED = ("decay",)
"""The arguments that Keras 3 takes and only warns of."""


@dataclass(slots=True)
class Optimizers:
    """The attributes that were set on optimizers of Keras's own, in order."""

    runtime: Runtime
    writes: list[tuple[Live, str, Source]] = field(default_factory=list)

    def watch(self, library: Library, owner: Any) -> None:
        """See what optimizers of class ``owner`` are given."""

        def watch_set(original: Any) -> Any:
            def method(optimizer: Any, name: str, value: Any) -> None:
                original(optimizer, name, value)
                own = self._is_own(sys._getframe(1)) and len(self.writes) < MOST
                if own and library.canonical(type(optimizer)) is not None:
                    source = self.runtime.user.here()
                    if source is not None:
                        self.writes.append((optimizer, name, source))

            return method

        def watch_init(original: Any) -> Any:
            def method(optimizer: Any, *args: Any, **kwargs: Any) -> None:
                source = self.runtime.user.here()
                callee = library.canonical(type(optimizer))
                for name in IGNORED:
                    if kwargs.get(name) and callee is not None and source is not None:
                        use = ArgumentUse(callee, name, library.generation, source.span, stack=source.stack)
                        self.runtime.notes.add(use)
                original(optimizer, *args, **kwargs)

            return method

        patch(owner, "__setattr__", watch_set)
        patch(owner, "__init__", watch_init)

    def _is_own(self, frame: FrameType | None) -> bool:
        """Whether the user's code assigns, and not Keras's."""
        while frame is not None and frame.f_code.co_name == "__setattr__":
            frame = frame.f_back
        return frame is not None and self.runtime.user.owns(frame.f_code.co_filename)

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell of every assignment, with what else the same optimizer was given."""
        for optimizer, name, source in self.writes:
            also = dict.fromkeys(each for owner, each, _ in self.writes if owner is optimizer and each != name)
            program.optimizer_writes.append(
                OptimizerWrite(name, 3, source.span, source.text, source.stack, tuple(also))
            )
