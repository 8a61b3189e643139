"""Rules of the user's own: what a plugin declares, and how those that a configuration names are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import cleandoc
from typing import Any, Literal

CODE = re.compile(r"([A-Z]{2,8})\d{3}")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
OWN_PREFIX = "KC"


class PluginError(Exception):
    """A plugin that cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class UserRule:
    """A rule of the user's own.

    Attributes:
        code: capital letters, other than ``KC``, and three digits: ``ACME001``.
        name: names the mistake in words with hyphens between them: ``dropout-before-output``.
        check: takes a :class:`Program` and yields the findings in it.
        severity: ``error`` or ``warning``.
        explanation: what ``kerascheck explain`` prints, Markdown whose first sentence is the summary; the check's
            docstring where it is empty.
        default: whether it runs without being selected.
        fix: whether its findings have fixes, and whether those are safe.
        front_ends: the front ends whose programs it can read: ``static``, ``trace`` or both.
        keras: the generations of Keras that it is about.
        since: the version of the plugin that brought it.
        url: its page, if it has one.
    """

    code: str
    name: str
    check: Callable[[Any], Iterable[Any]]
    severity: Literal["error", "warning"] = "warning"
    explanation: str = ""
    default: bool = True
    fix: Literal["none", "safe", "unsafe"] = "none"
    front_ends: tuple[str, ...] = ("static", "trace")
    keras: tuple[int, ...] = (2, 3)
    since: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        """What is told of the rule."""
        return cleandoc(self.explanation or self.check.__doc__ or "")


@cache
def load_plugins(names: tuple[str, ...], taken: frozenset[str]) -> tuple[tuple[str, UserRule], ...]:
    """The rules of the modules ``names``, each with the module it is from; ``taken`` are the codes and names in use.

    Raises:
        PluginError: a module cannot be imported, or its rules cannot be used.
    """
    found: list[tuple[str, UserRule]] = []
    owners = dict.fromkeys(taken, "kerascheck")
    for name in dict.fromkeys(names):
        for rule in _rules_of(name):
            for word in (rule.code, rule.name):
                if word in owners:
                    raise PluginError(f'plugin "{name}": "{word}" is already a rule of {owners[word]}')
                owners[word] = f'plugin "{name}"'
            found.append((name, rule))
    return tuple(sorted(found, key=lambda each: each[1].code))


def _rules_of(plugin: str) -> tuple[UserRule, ...]:
    try:
        module = import_module(plugin)
    except ModuleNotFoundError as error:
        wanted = "it" if error.name is None or f"{plugin}.".startswith(f"{error.name}.") else f'"{error.name}"'
        message = f'plugin "{plugin}" cannot be imported: {error}'
        raise PluginError(f"{message}; install {wanted} in kerascheck's own environment") from None
    except (Exception, SystemExit) as error:
        raise PluginError(f'plugin "{plugin}" cannot be imported: {type(error).__name__}: {error}') from error
    match vars(module).get("RULES"):
        case list() | tuple() as rules:
            for rule in rules:
                _check_rule(rule, plugin)
            return tuple(rules)
        case _:
            raise PluginError(f'plugin "{plugin}" has no list RULES')


def _check_rule(rule: object, plugin: str) -> None:
    if not isinstance(rule, UserRule):
        raise PluginError(f'plugin "{plugin}": {rule!r} in RULES is no UserRule')
    code = CODE.fullmatch(rule.code) if isinstance(rule.code, str) else None
    wrong = ""
    if code is None:
        wrong = f"the code {rule.code!r} is not two to eight capital letters and three digits"
    elif code[1] == OWN_PREFIX:
        wrong = f"the code {rule.code} is kerascheck's own: choose another prefix than {OWN_PREFIX}"
    elif not isinstance(rule.name, str) or NAME.fullmatch(rule.name) is None:
        wrong = f"the name {rule.name!r} of {rule.code} is not words with hyphens between them"
    elif not callable(rule.check):
        wrong = f"the check of {rule.code} is no function"
    elif rule.severity not in ("error", "warning") or rule.fix not in ("none", "safe", "unsafe"):
        wrong = f"{rule.code} has the severity {rule.severity!r} and the fix {rule.fix!r}"
    if wrong:
        raise PluginError(f'plugin "{plugin}": {wrong}')
