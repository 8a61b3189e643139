"""Making the fixes that findings offer: in the files, or as the difference it would make.

A file is checked again after each round of fixes, since one may be in another's way or call for a further one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from kerascheck.config import ConfigFinder, Settings
from kerascheck.diagnostic import Diagnostic
from kerascheck.edits import made_in, texts_of
from kerascheck.engine import Report, Tools, check_text
from kerascheck.source import SourceError

MOST_ROUNDS = 20
"""How often a file is fixed and checked again: fixes that undo each other must end."""

_NO_LINE_FEED = "\n\\ No newline at end of file\n"


class FixError(Exception):
    """A file that cannot be fixed; the message names it."""


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file with its fixes made.

    Attributes:
        path: the file as the user named it.
        before, after: its bytes.
        made: the findings whose fixes were made; ``refused`` those whose fixes would break the file.
        settled: whether nothing was left to be made when it ended.
        report: what was found in the file last, where it was checked again.
    """

    path: str
    before: bytes
    after: bytes
    made: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    settled: bool = True
    report: Report | None = None


def is_fixable(found: Diagnostic, *, unsafe: bool) -> bool:
    """Whether the finding has a fix that may be made: a safe one, or with ``unsafe`` any."""
    return found.fix is not None and (found.fix.safe or unsafe)


def fix_text(
    data: bytes, path: str, found: Iterable[Diagnostic], settings: Settings, tools: Tools, *, unsafe: bool
) -> FixedFile:
    """The file ``path`` of content ``data`` with the fixes of ``found``, and of what is found then, made.

    Suppressed findings are none, and what lies in other files is not fixed.
    """
    tools = replace(tools, statistics=None)
    fixed = FixedFile(path, data, data)
    seen = {data}
    for _ in range(MOST_ROUNDS):
        wanted = [each for each in found if each.span.file == path and is_fixable(each, unsafe=unsafe)]
        if not wanted:
            return replace(fixed, refused=())
        try:
            written, made, broken = made_in(fixed.after, path, [each.fix for each in wanted if each.fix is not None])
        except SourceError:
            return fixed
        fixed = replace(fixed, refused=tuple(wanted[index] for index in broken))
        if not made or written in seen:
            return replace(fixed, settled=not made)
        seen.add(written)
        report = check_text(written, path, settings, tools)
        found = report.diagnostics
        done = fixed.made + tuple(wanted[index] for index in made)
        fixed = replace(fixed, after=written, made=done, report=report)
    return replace(fixed, settled=False)


def fix_files(
    report: Report, files: Sequence[str], config: ConfigFinder, tools: Tools, *, unsafe: bool
) -> Iterator[FixedFile]:
    """Those of the checked ``files`` that have fixable findings, with the fixes made.

    Raises:
        ConfigError: a configuration cannot be used.
        FixError: a file cannot be read any more.
    """
    by_file: dict[str, list[Diagnostic]] = {}
    for found in report.diagnostics:
        if is_fixable(found, unsafe=unsafe):
            by_file.setdefault(found.span.file, []).append(found)
    for path in files:
        if path in by_file:
            try:
                data = Path(path).read_bytes()
            except OSError as error:
                raise _fix_error("read", path, error) from None
            yield fix_text(data, path, by_file[path], config.for_file(path), tools, unsafe=unsafe)


def write_file(fixed: FixedFile) -> None:
    """Put the fixed file in its place, all at once, with the permissions it had; a link goes on leading there.

    Raises:
        FixError: it cannot be written, or is not what was fixed any more.
    """
    import shutil
    import tempfile

    target = Path(os.path.realpath(fixed.path))
    try:
        if target.read_bytes() != fixed.before:
            raise FixError(f"{fixed.path}: not fixed, as it was changed meanwhile")
        if not os.access(target, os.W_OK):
            raise PermissionError(0, "it is read-only")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(fixed.after)
                stream.flush()
                os.fsync(stream.fileno())
            shutil.copymode(target, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _fix_error("write", fixed.path, error) from None


def render_diff(fixed: FixedFile) -> str:
    """The unified difference between the file before and after; of a notebook, cell by cell."""
    after = texts_of(fixed.after, fixed.path)
    parts: list[str] = []
    for cell, text in texts_of(fixed.before, fixed.path).items():
        name = fixed.path if cell is None else f"{fixed.path}:cell {cell}"
        old, new = text.splitlines(keepends=True), after.get(cell, "").splitlines(keepends=True)
        parts += [line if line.endswith("\n") else line + _NO_LINE_FEED for line in unified_diff(old, new, name, name)]
    return "".join(parts)


def _fix_error(what: str, path: str, error: OSError) -> FixError:
    return FixError(f"cannot {what} {path}: {error.strerror or error}")
