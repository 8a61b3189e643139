"""get_config leaves out an argument of the constructor, which is lost when the object is saved."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import ConfigParameter, Program, SavedConfig

MOST = 3
"""How many arguments are told by name."""


def check(program: Program) -> Iterator[Finding]:
    """Every class whose ``get_config`` lacks arguments that what its objects do depends on."""
    lacking = {config.name: {each.name for each in _missing(config)} for config in program.saved_configs}
    for config in program.saved_configs:
        # What an inherited `get_config` leaves out of its own class's arguments is told there.
        known = set() if config.own else lacking.get(config.owner, set())
        missing = [each for each in _missing(config) if each.name not in known]
        if missing:
            names = _listed(missing)
            yield Finding(
                config.span,
                f"{_whose(config)} leaves out {names}: {_consequence(missing)}",
                f"{names} {'is' if len(missing) == 1 else 'are'} not kept",
                tuple(TrailStep(each.span, "an argument of the constructor") for each in missing[:MOST]),
                _advice(config, missing),
            )


def _listed(missing: list[ConfigParameter]) -> str:
    quoted = [f"`{each.name}`" for each in missing[:MOST]]
    quoted += [f"{len(missing) - MOST} more"] if len(missing) > MOST else []
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _missing(config: SavedConfig) -> list[ConfigParameter]:
    return [each for each in config.parameters if each.used]


def _whose(config: SavedConfig) -> str:
    if config.own:
        return f"`get_config` of `{config.name}`"
    return f"`{config.name}` has the `get_config` of `{config.owner}`, which"


def _consequence(missing: list[ConfigParameter]) -> str:
    required = [each for each in missing if each.default is None]
    if required:
        return f"it cannot be loaded without `{required[0].name}`"
    if len(missing) == 1:
        return f"a loaded one has the default, {missing[0].default}, whatever the saved one had"
    return "a loaded one has their defaults, whatever the saved one had"


def _advice(config: SavedConfig, missing: list[ConfigParameter]) -> str:
    entries = ", ".join(f'"{each.name}": self.{each.name}' for each in missing[:MOST])
    if config.own:
        return f"add `{entries}` to what `get_config` returns"
    return f"give `{config.name}` a `get_config` that returns `{{**super().get_config(), {entries}}}`"
