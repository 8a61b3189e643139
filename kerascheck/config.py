"""Settings: ``[tool.kerascheck]`` of the nearest pyproject.toml, and the command line, which wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

Generation: TypeAlias = Literal["auto", 2, 3]
Device: TypeAlias = Literal["auto", "cpu", "gpu", "tpu"]
OutputFormat: TypeAlias = Literal["full", "concise", "json", "github"]

DEVICES = ("auto", "cpu", "gpu", "tpu")
OUTPUT_FORMATS = ("full", "concise", "json", "github")


class ConfigError(Exception):
    """A setting that cannot be used; the message names where it stands and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set.

    Attributes:
        keras: the Keras the code is written for, 2, 3 or a version as ``"3.6"``; ``auto`` tells it by the file and its
            project.
        device: what the code is meant to run on; ``auto`` tells it by the code.
        select: the rules to run, by code, family, name or ``ALL``; None for those on by default.
        ignore: the rules not to run.
        extend_select: rules to run besides.
        exclude: patterns, as in a .gitignore, of files to leave out, relative to the configuration's folder.
        force_exclude: whether ``exclude`` holds for files that are named one by one, too.
        output_format: how findings are printed.
        show_unknown: whether to tell what was not understood.
        plugins: the modules whose rules run besides kerascheck's own.
        config_file: the pyproject.toml these come from, or None.
    """

    keras: Generation | str = "auto"
    device: Device = "auto"
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    output_format: OutputFormat = "full"
    show_unknown: bool = False
    plugins: tuple[str, ...] = ()
    config_file: str | None = None

    @property
    def generation(self) -> Generation:
        """The generation of Keras that is asked for: ``auto``, 2 or 3."""
        match str(self.keras)[0]:
            case "2":
                return 2
            case "3":
                return 3
            case _:
                return "auto"

    @property
    def keras_version(self) -> str | None:
        """The version of Keras that is asked for, where it is more than a generation."""
        return self.keras if isinstance(self.keras, str) and "." in self.keras else None


def with_overrides(settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    """``settings`` with the command line's, by field name, which win.

    A selection given on the command line starts afresh: what the configuration selects and ignores is dropped.
    """
    if "select" in overrides:
        settings = replace(settings, ignore=(), extend_select=())
    added = overrides.get("ignore", ())
    if added:
        overrides = {**overrides, "ignore": settings.ignore + tuple(added)}
    return replace(settings, **overrides)


def settings_from_table(table: Mapping[str, Any], origin: str) -> Settings:
    """The settings of a ``[tool.kerascheck]`` table.

    Raises:
        ConfigError: a key or rule is unknown, or a value is of the wrong type.
    """
    values: dict[str, Any] = {"config_file": origin}
    for key, value in table.items():
        reader = _READERS.get(key)
        if reader is None:
            from kerascheck.registry import did_you_mean

            raise ConfigError(f'{origin}: unknown key "{key}" in [tool.kerascheck]{did_you_mean(key, _READERS)}')
        try:
            values[key.replace("-", "_")] = reader(value)
        except ValueError as error:
            raise ConfigError(f'{origin}: "{key}" in [tool.kerascheck] must be {error}') from None
    settings = Settings(**values)
    check_selectors(settings, origin, settings.plugins)
    return settings


def check_selectors(settings: Settings, origin: str, plugins: tuple[str, ...] = ()) -> None:
    """Refuse a selection of rules that do not exist, and plugins that cannot be used.

    Raises:
        ConfigError: naming the first such, with a suggestion.
    """
    selectors = (settings.select or ()) + settings.extend_select + settings.ignore
    if not selectors and not plugins:
        return
    from kerascheck.registry import all_rules, plugin_rules, unknown_selectors
    from kerascheck.user_rules import PluginError

    try:
        rules = all_rules() + plugin_rules(plugins)
    except PluginError as error:
        raise ConfigError(f"{origin}: {error}") from None
    for selector, suggestion in unknown_selectors(selectors, rules):
        raise ConfigError(f'{origin}: unknown rule "{selector}"{suggestion}')


class ConfigFinder:
    """Finds the settings of each file, reading each pyproject.toml once."""

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._found: dict[Path, Settings] = {}

    def for_file(self, path: str) -> Settings:
        """The settings of the nearest configuration above ``path``.

        Raises:
            ConfigError: that configuration cannot be used.
        """
        return self.for_folder(Path(path).absolute().parent)

    def for_folder(self, folder: Path) -> Settings:
        """The settings that hold in an absolute ``folder``; raises as :meth:`for_file` does."""
        if folder not in self._found:
            settings = _read_table(folder / "pyproject.toml")
            if settings is not None or folder.parent == folder:
                self._found[folder] = self._overridden(settings or Settings())
            else:
                self._found[folder] = self.for_folder(folder.parent)
        return self._found[folder]

    def _overridden(self, settings: Settings) -> Settings:
        check_selectors(with_overrides(Settings(), self._overrides), "command line", settings.plugins)
        return with_overrides(settings, self._overrides)


def describe(settings: Settings) -> str:
    """The settings as lines of TOML."""
    lines = [f"# {settings.config_file or 'no configuration file'}"]
    for each in fields(settings):
        value = getattr(settings, each.name)
        if each.name != "config_file" and value is not None:
            lines.append(f"{each.name.replace('_', '-')} = {_toml(value)}")
    return "\n".join(lines)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(_toml(each) for each in value)}]"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case _:
            return str(value)


def _read_table(path: Path) -> Settings | None:
    """The settings of a pyproject.toml, or None where it does not exist or has no table of ours."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return None
    if b"kerascheck" not in data:
        return None
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    match document:
        case {"tool": {"kerascheck": dict(table)}}:
            return settings_from_table(table, str(path))
        case {"tool": {"kerascheck": _}}:
            raise ConfigError(f"{path}: [tool.kerascheck] must be a table")
        case _:
            return None


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("a list of strings")
    return tuple(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _one_of(*choices: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return read


def keras_wanted(value: object) -> Generation | str:
    """``auto``, 2, 3, the numbers also as text, or a version of either as ``3.6``.

    Raises:
        ValueError: it is something else.
    """
    match value:
        case "auto":
            return "auto"
        case "2" | 2:
            return 2
        case "3" | 3:
            return 3
        case str() if re.fullmatch(r"[23](\.\d{1,4}){1,2}", value):
            return value
        case _:
            raise ValueError('"auto", 2, 3 or a version such as "3.6"')


_READERS: Mapping[str, Callable[[object], object]] = {
    "keras": keras_wanted,
    "device": _one_of(*DEVICES),
    "select": _strings,
    "ignore": _strings,
    "extend-select": _strings,
    "exclude": _strings,
    "force-exclude": _boolean,
    "output-format": _one_of(*OUTPUT_FORMATS),
    "show-unknown": _boolean,
    "plugins": _strings,
}
