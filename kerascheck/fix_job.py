"""What ``kerascheck check`` does with fixes: make them, show the difference, or tell that there are some."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerascheck.config import ConfigFinder
    from kerascheck.diagnostic import Diagnostic
    from kerascheck.engine import Report, Tools
    from kerascheck.fixing import FixedFile
    from kerascheck.report.summary import Fixes


@dataclass(slots=True)
class FixJob:
    """The fixing of one run.

    Attributes:
        options: ``fix``, ``unsafe_fixes``, ``diff`` and ``quiet`` of the command line.
        config, tools: what the files are checked with.
        files: the files that were given, or the name of the text; nothing else is changed.
        text: the text that was given on standard input, if it was.
        errors: what could not be written.
        printed: whether the fixed text went to stdout.
    """

    options: Namespace
    config: ConfigFinder
    tools: Tools
    files: tuple[str, ...]
    text: bytes | None = None
    errors: list[str] = field(default_factory=list)
    printed: bool = False
    _made: list[Diagnostic] = field(default_factory=list)

    def make(self, report: Report) -> Report:
        """Make the fixes of what was found; returns what is found afterwards."""
        from kerascheck.fixing import FixError, write_file

        changed = False
        last = report
        for fixed in self._fixed(report):
            self._warn(fixed)
            if self.text is not None:
                self.text = fixed.after
                last = fixed.report or last
            elif fixed.after != fixed.before:
                try:
                    write_file(fixed)
                except FixError as error:
                    self._fail(error)
                    continue
                changed = True
            self._made += fixed.made
        if self.text is not None:
            self._print(self.text)
            return last
        if not changed:
            return report
        from dataclasses import replace

        from kerascheck.engine import check_files
        from kerascheck.sharing import ask_again

        ask_again()
        return check_files(self.files, self.config, replace(self.tools, statistics=None))

    def show_differences(self, report: Report, *, failed: bool) -> int:
        """Print what the fixes would change; returns the exit code: 1 where that is something."""
        from kerascheck.fixing import render_diff
        from kerascheck.report.summary import diff_summary

        would: list[Diagnostic] = []
        for fixed in self._fixed(report):
            self._warn(fixed)
            sys.stdout.write(render_diff(fixed))
            would += fixed.made
        sys.stdout.flush()
        if not self.options.quiet:
            more = 0 if self.options.unsafe_fixes else self._counts(report)[1]
            print(diff_summary(would, report.checked, more), file=sys.stderr)
        if failed or report.failed or self.errors:
            return 2
        return 1 if would else 0

    def is_fixable(self, found: Diagnostic) -> bool:
        """Whether the finding is marked: ``--fix``, as the options are, would fix it."""
        from kerascheck.fixing import is_fixable

        return found.span.file in self.files and is_fixable(found, unsafe=self.options.unsafe_fixes)

    def told(self, report: Report) -> Fixes:
        """What the summary tells of fixes."""
        from kerascheck.report.summary import Fixes

        safe, unsafe = self._counts(report)
        if self.options.fix:
            # What is left and may be fixed was refused, which was told.
            return Fixes(tuple(self._made), 0, 0 if self.options.unsafe_fixes else unsafe, applied=True)
        return Fixes(safe=safe + unsafe) if self.options.unsafe_fixes else Fixes(safe=safe, unsafe=unsafe)

    def _counts(self, report: Report) -> tuple[int, int]:
        given = set(self.files)
        fixes = [found.fix for found in report.diagnostics if found.fix is not None and found.span.file in given]
        safe = sum(fix.safe for fix in fixes)
        return safe, len(fixes) - safe

    def _fixed(self, report: Report) -> list[FixedFile]:
        from kerascheck.fixing import FixError, fix_files, fix_text

        unsafe = self.options.unsafe_fixes
        if self.text is not None:
            (name,) = self.files
            settings = self.config.for_file(self.options.stdin_filename or "stdin")
            return [fix_text(self.text, name, report.diagnostics, settings, self.tools, unsafe=unsafe)]
        try:
            return list(fix_files(report, self.files, self.config, self.tools, unsafe=unsafe))
        except FixError as error:
            self._fail(error)
            return []

    def _print(self, text: bytes) -> None:
        self.printed = True
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()

    def _fail(self, error: Exception) -> None:
        from kerascheck.report.style import one_line

        self.errors.append(str(error))
        print(f"error: {one_line(str(error))}", file=sys.stderr)

    def _warn(self, fixed: FixedFile) -> None:
        """Tell the fixes that were not made because of what they would do."""
        from kerascheck.engine import ISSUES
        from kerascheck.report.style import harmless, location

        for found in fixed.refused:
            where = f"{location(found.span)}: the fix of {found.code}"
            print(
                f"warning: {where} would break the file and was not made; please report it at {ISSUES}", file=sys.stderr
            )
        if not fixed.settled:
            text = f"warning: {harmless(fixed.path)}: the fixes undo each other; what was made last is kept"
            print(text, file=sys.stderr)
