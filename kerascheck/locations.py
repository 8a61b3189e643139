"""Where findings are told: in the user's own files, under the names the user gave them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from kerascheck.diagnostic import Diagnostic, Edit, Fix, Span, TrailStep

_INSTALLED = frozenset({"site-packages", "dist-packages"})


class Locations:
    """Names files as the user did, and tells the user's files from installed packages."""

    def __init__(self, given: Iterable[str]) -> None:
        self._given = {os.path.realpath(path): path for path in given}
        self._names: dict[str, str] = {path: path for path in self._given.values()}

    @cached_property
    def _standard_library(self) -> str:
        return str(Path(os.__file__).resolve().parent) + os.sep

    def name(self, file: str) -> str:
        """The name that ``file`` is shown by: as it was given, else relative to the working directory if below it."""
        if file not in self._names:
            real = os.path.realpath(file)
            working = os.path.realpath(os.curdir) + os.sep
            below = real.removeprefix(working) if real.startswith(working) else file
            self._names[file] = self._given.get(real, below)
        return self._names[file]

    def is_installed(self, file: str) -> bool:
        """Whether ``file`` belongs to an installed package, and was not itself named by the user."""
        if file in self._names and file in self._given.values():
            return False
        real = os.path.realpath(file)
        if real in self._given:
            return False
        return not _INSTALLED.isdisjoint(Path(real).parts) or real.startswith(self._standard_library)

    def place(self, found: Diagnostic) -> Diagnostic | None:
        """The finding with its files named as the user knows them.

        One in an installed package is moved to the innermost of the user's own calls that led there, the last step
        of its trail, and is dropped (None) where there is none.
        """
        if self.is_installed(found.span.file):
            own = [step for step in found.trail if not self.is_installed(step.span.file)]
            if not own:
                return None
            found = replace(found, span=own[-1].span, trail=tuple(own[:-1]), label=found.label, fix=None)
        files = {found.span.file, *(step.span.file for step in found.trail)}
        if all(self.name(file) == file for file in files):
            return found
        trail = tuple(TrailStep(self._renamed(step.span), step.note) for step in found.trail)
        return replace(found, span=self._renamed(found.span), trail=trail, fix=self._fix(found.fix))

    def _renamed(self, span: Span) -> Span:
        return replace(span, file=self.name(span.file))

    def _fix(self, fix: Fix | None) -> Fix | None:
        if fix is None:
            return None
        return replace(fix, edits=tuple(Edit(self._renamed(edit.span), edit.text) for edit in fix.edits))
