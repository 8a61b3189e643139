"""The public functions; import them from :mod:`kerascheck`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kerascheck.config import ConfigFinder, Settings
from kerascheck.diagnostic import Diagnostic

if TYPE_CHECKING:
    from kerascheck.program import Program


class _Fixed(ConfigFinder):
    """The same settings for every file."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def for_folder(self, folder: Path) -> Settings:
        return self._settings


def check_source(text: str, filename: str = "<string>", settings: Settings | None = None) -> list[Diagnostic]:
    """The findings of one text, a notebook's JSON if ``filename`` ends in ``.ipynb``.

    Args:
        text: the source.
        filename: what findings call it. Imports of the project's own modules are looked for beside it.
        settings: how to check; None for the configuration nearest to ``filename``.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    from kerascheck.engine import check_text

    return list(check_text(text, filename, settings or _nearest(filename)).diagnostics)


def check_paths(paths: Iterable[str | Path], settings: Settings | None = None) -> list[Diagnostic]:
    """The findings of files and folders.

    Args:
        paths: files, and folders to look through.
        settings: how to check; None for the configuration nearest to each file.

    Raises:
        ConfigError: a configuration cannot be used.
        FileNotFoundError: there is no such path.
    """
    from kerascheck.discovery import discover
    from kerascheck.engine import check_files

    config = ConfigFinder() if settings is None else _Fixed(settings)
    found = discover([str(path) for path in paths], config)
    if found.errors:
        raise FileNotFoundError("; ".join(found.errors))
    return list(check_files(found.files, config).diagnostics)


def check_program(program: Program, settings: Settings | None = None) -> list[Diagnostic]:
    """The findings about a program that :func:`kerascheck.trace` gave.

    Of a program that was run from a file, the rules that no live model shows are told from the source of what it ran.

    Args:
        program: what was traced.
        settings: how to check; None for the configuration nearest to the file that the program names.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    from kerascheck.traced_source import check_traced

    return list(check_traced(program, settings or _nearest(program.file)).diagnostics)


def build_graph(target: str | Path, settings: Settings | None = None) -> Program:
    """The models of a file, or of a source text (a str of several lines), in ``.models``.

    Raises:
        SourceError: the file cannot be read or parsed.
        ConfigError: the configuration nearest to it cannot be used.
    """
    from kerascheck.engine import interpret
    from kerascheck.source import parse, read_source, source_from_text

    if isinstance(target, str) and "\n" in target:
        source = source_from_text(target, "<string>")
    else:
        source = read_source(str(target))
    parse(source)
    return interpret(source, settings or _nearest(source.path))


def _nearest(filename: str) -> Settings:
    return Settings() if filename.startswith("<") else ConfigFinder().for_file(filename)
