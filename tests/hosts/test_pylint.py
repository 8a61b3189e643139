"""pylint as a host: a file's findings are messages at the same places, in the oldest pylint supported and today's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pylint.lint import PyLinter, Run
from pylint.reporters import CollectingReporter

import kerascheck.cards
from kerascheck.cards import CardIndex
from kerascheck.diagnostic import Diagnostic
from kerascheck.registry import check_rules

OLDEST = "3.2.7"
"""The pylint of the 3.2 series that editors bundle."""

MODEL = """\
import keras
from keras import layers, ops

inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(8, 3)(inputs)
y = layers.MaxPooling2D()(x)
z = layers.Concatenate()([x, y])

rows = keras.Input((4,))
hidden = layers.Dense(3)(rows)
total = ops.sum(hidden, axis=0)
model = keras.Model(rows, hidden - total)
"""

REDUCTION = """\
{first}
import keras
from keras import layers, ops

rows = keras.Input((4,))
hidden = layers.Dense(3)(rows)
total = ops.sum(hidden, axis=0)  {comment}
model = keras.Model(rows, hidden - total)
"""

IMPORTING = """\
import keras
from keras import layers
from pooling import total

rows = keras.Input((4,))
hidden = layers.Dense(3)(rows)
model = keras.Model(rows, hidden - total(hidden))
"""

POOLING = """\
from keras import ops


def total(values):
    return ops.sum(values, axis=0)
"""

FILES = {
    "model.py": MODEL,
    "disabled_by_symbol.py": REDUCTION.format(first="", comment="# pylint: disable=keras-batch-axis-reduction"),
    "disabled_by_id.py": REDUCTION.format(first="", comment="# pylint: disable=W7201"),
    "disabled_in_file.py": REDUCTION.format(first="# pylint: disable=keras-batch-axis-reduction", comment=""),
    "another_disabled.py": REDUCTION.format(first="", comment="# pylint: disable=keras-full-reduction"),
    "ignored.py": REDUCTION.format(first="", comment="# kerascheck: ignore[KC201]"),
    "accents.py": REDUCTION.format(first="", comment="").replace("total = ", "tötàl = ").replace("- total", "- tötàl"),
    "latin.py": REDUCTION.format(first="# -*- coding: latin-1 -*-", comment="").replace("total", "tötàl"),
    "importing.py": IMPORTING,
    "pooling.py": POOLING,
    "broken.py": "import keras\nx = = 1\n",
    "unused_suppression.py": "import keras  # kerascheck: ignore[KC201]\n",
    "configured/model.py": MODEL,
    "configured/pyproject.toml": '[tool.kerascheck]\nignore = ["concatenate-mismatch"]\n',
    "excluded/model.py": MODEL,
    "excluded/pyproject.toml": '[tool.kerascheck]\nexclude = ["model.py"]\nforce-exclude = true\n',
    "misconfigured/model.py": MODEL,
    "misconfigured/pyproject.toml": "[tool.kerascheck]\nselekt = []\n",
}
"""What the two runs below, one of them in two processes, look at."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as pylint prints it: lines from 1, columns from 0."""

    symbol: str
    id: str
    line: int
    column: int
    end_line: int | None
    end_column: int | None
    text: str

    @property
    def place(self) -> tuple[str, int, int]:
        return self.symbol, self.line, self.column


@dataclass(frozen=True, slots=True)
class Pylint:
    """One pylint, and what it says of :data:`FILES`."""

    python: str
    folder: Path
    messages: dict[str, list[Message]]

    def run(self, *arguments: str, stdin: str | None = None) -> dict[str, list[Message]]:
        return run_pylint(self.python, self.folder, *arguments, stdin=stdin)


def run_pylint(python: str, folder: Path, *arguments: str, stdin: str | None = None) -> dict[str, list[Message]]:
    """The messages by file: those of the plugin and those about syntax, unless ``arguments`` say otherwise."""
    options = ["--load-plugins=kerascheck.pylint_plugin", "--disable=all", "--enable=kerascheck,syntax-error"]
    command = [python, "-m", "pylint", "--rcfile=", "--output-format=json", *options, *arguments]
    run = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert run.stderr == ""
    found: dict[str, list[Message]] = {}
    for each in json.loads(run.stdout):
        places = (each["line"], each["column"], each["endLine"], each["endColumn"])
        message = Message(each["symbol"], each["message-id"], *places, each["message"])
        found.setdefault(Path(each["path"]).as_posix(), []).append(message)
    return found


def oldest_pylint(folder: Path, project: Path) -> str:
    """The Python of a new environment that holds the project and the oldest pylint."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(next(path for path in (folder / "bin" / "python", folder / "Scripts" / "python.exe") if path.exists()))
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, f"pylint=={OLDEST}", str(project)], check=True)
    return python


@pytest.fixture(scope="module", params=["installed", OLDEST])
def pylint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterable[Pylint]:
    python = sys.executable
    if request.param == OLDEST:
        request.getfixturevalue("package_index")
        python = oldest_pylint(tmp_path_factory.mktemp("environment"), project)
    folder = tmp_path_factory.mktemp("linted")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="latin-1" if name == "latin.py" else "utf-8")
    yield Pylint(python, folder, run_pylint(python, folder, *modules()))


def modules() -> list[str]:
    return [name for name in FILES if name.endswith(".py")]


def places(messages: Iterable[Message]) -> list[tuple[str, int, int]]:
    return [message.place for message in messages]


REDUCED = ("keras-batch-axis-reduction", 7, 8)
"""Where the reduction of :data:`REDUCTION` is told."""


def test_a_finding_is_a_message_at_its_own_place(pylint: Pylint) -> None:
    assert [(each.symbol, each.id, each.line, each.column) for each in pylint.messages["model.py"]] == [
        ("keras-concatenate-mismatch", "E7104", 7, 4),
        ("keras-batch-axis-reduction", "W7201", 11, 8),
    ]


def test_a_message_ends_where_the_expression_ends(pylint: Pylint) -> None:
    assert [(each.end_line, each.end_column) for each in pylint.messages["model.py"]] == [(7, 32), (11, 31)]


def test_the_places_are_those_of_the_command_line(pylint: Pylint) -> None:
    found = kerascheck.check_paths([pylint.folder / "model.py"])
    expected = [(f"keras-{each.name}", each.span.line, each.span.column - 1) for each in found]
    assert places(pylint.messages["model.py"]) == expected


def test_the_text_carries_the_trail_and_the_help(pylint: Pylint) -> None:
    assert pylint.messages["model.py"][0].text == (
        "cannot concatenate (None, 26, 26, 8) with (None, 13, 13, 8) on axis -1; all axes but -1 must match "
        "(line 5: (None, 26, 26, 8); line 6: (None, 13, 13, 8)); "
        "help: crop (None, 26, 26, 8) by 13 on axes 1 and 2 (`Cropping2D`), or pad (None, 13, 13, 8) (`ZeroPadding2D`)"
    )


@pytest.mark.parametrize("name", ["disabled_by_symbol.py", "disabled_by_id.py", "disabled_in_file.py"])
def test_pylints_own_comments_disable_a_message(pylint: Pylint, name: str) -> None:
    assert name not in pylint.messages


def test_a_comment_about_another_message_disables_nothing(pylint: Pylint) -> None:
    assert places(pylint.messages["another_disabled.py"]) == [REDUCED]


def test_kerascheck_suppressions_hold(pylint: Pylint) -> None:
    assert "ignored.py" not in pylint.messages


@pytest.mark.parametrize("name", ["accents.py", "latin.py"])
def test_columns_are_characters_whatever_the_encoding(pylint: Pylint, name: str) -> None:
    assert places(pylint.messages[name]) == [REDUCED]


def test_a_finding_in_an_imported_module_is_told_at_the_call_that_led_there(pylint: Pylint) -> None:
    (message,) = pylint.messages["importing.py"]
    assert message.place == ("keras-batch-axis-reduction", 7, 35)
    assert "pooling.py:5: axis 0 is the batch" in message.text


def test_an_imported_module_that_is_sound_by_itself_has_no_message(pylint: Pylint) -> None:
    assert "pooling.py" not in pylint.messages


def test_a_syntax_error_is_left_to_pylint(pylint: Pylint) -> None:
    assert [message.symbol for message in pylint.messages["broken.py"]] == ["syntax-error"]


def test_rules_about_files_have_no_messages(pylint: Pylint) -> None:
    assert "unused_suppression.py" not in pylint.messages


def test_the_configuration_nearest_to_the_file_holds(pylint: Pylint) -> None:
    assert places(pylint.messages["configured/model.py"]) == [("keras-batch-axis-reduction", 11, 8)]


def test_a_file_that_is_excluded_even_by_name_has_no_messages(pylint: Pylint) -> None:
    assert "excluded/model.py" not in pylint.messages


def test_a_configuration_that_cannot_be_used_is_a_message(pylint: Pylint) -> None:
    (message,) = pylint.messages["misconfigured/model.py"]
    assert (message.symbol, message.id, message.line) == ("keras-configuration-error", "F7000", 1)
    assert message.text.endswith('unknown key "selekt" in [tool.kerascheck]; did you mean "select"?')


def test_two_processes_tell_each_finding_once(pylint: Pylint) -> None:
    assert pylint.run("-j2", *modules()) == pylint.messages


def test_unsaved_text_is_checked_instead_of_the_file(pylint: Pylint) -> None:
    found = pylint.run("--from-stdin", "pooling.py", stdin=FILES["accents.py"])
    assert {name: places(messages) for name, messages in found.items()} == {"pooling.py": [REDUCED]}


def test_one_rule_can_be_enabled_alone(pylint: Pylint) -> None:
    found = pylint.run("--disable=kerascheck", "--enable=keras-batch-axis-reduction", "model.py")
    assert places(found["model.py"]) == [("keras-batch-axis-reduction", 11, 8)]


def linter_with_the_plugin() -> PyLinter:
    linter = PyLinter()
    linter.load_plugin_modules(["kerascheck.pylint_plugin"])
    return linter


def lint(path: Path, *options: str) -> list[str]:
    """The plugin's messages, from a run in this process."""
    reporter = CollectingReporter()
    arguments = ["--rcfile=", "--load-plugins=kerascheck.pylint_plugin", *options, str(path)]
    Run(arguments, reporter=reporter, exit=False)
    return [f"{each.symbol}: {each.msg}" for each in reporter.messages if each.symbol.startswith("keras-")]


@pytest.fixture
def reduction(tmp_path: Path) -> Path:
    path = tmp_path / "reduction.py"
    path.write_text(REDUCTION.format(first="", comment=""), encoding="utf-8")
    return path


def test_every_rule_has_a_message_numbered_as_the_rule() -> None:
    store = linter_with_the_plugin().msgs_store
    cards = {rule: CardIndex().get(rule.code) for rule in check_rules()}
    letters = {"error": "E", "warning": "W"}
    expected = {
        f"keras-{rule.name}": f"{letters[card.severity]}7{rule.code[2:]}"
        for rule, card in cards.items()
        if card is not None and "static" in card.front_ends
    }
    assert {name: store.get_message_definitions(name)[0].msgid for name in expected} == expected


def test_the_ids_of_each_checker_are_consistent() -> None:
    checkers = [checker for checker in linter_with_the_plugin().get_checkers() if checker.name == "kerascheck"]
    families = {name for checker in checkers for name in {each.msgid[1:3] for each in checker.messages}}
    for checker in checkers:
        checker.check_consistency()
    assert len(checkers) == len(families) > 1


def test_loading_the_plugin_loads_nothing_that_checks() -> None:
    code = (
        "import sys; from pylint.lint import PyLinter\n"
        "PyLinter().load_plugin_modules(['kerascheck.pylint_plugin'])\n"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "kerascheck.pylint_plugin" in loaded
    heavy = {"networkx", "tensorflow", "keras", "kerascheck.engine", "kerascheck.interpreter", "kerascheck.graph"}
    assert loaded & heavy == set()


def test_a_module_is_checked_once_for_all_families(reduction: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def check_source(text: str, filename: str, settings: Any) -> list[Diagnostic]:
        checked.append(filename)
        return []

    monkeypatch.setattr("kerascheck.api.check_source", check_source)
    lint(reduction)
    assert checked == [str(reduction)]


def test_a_failure_of_kerascheck_is_a_message(reduction: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_source(text: str, filename: str, settings: Any) -> list[Diagnostic]:
        raise ZeroDivisionError("a slip")

    monkeypatch.setattr("kerascheck.api.check_source", check_source)
    text = f"keras-internal-error: internal error on {reduction}: ZeroDivisionError: a slip"
    assert lint(reduction) == [text]


@pytest.fixture
def reductions_off_by_default(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KC201's card, saying that the rule is off by default."""
    card = next(project.glob("rules/*/KC201-*.md"))
    folder = tmp_path / "rules" / card.parent.name
    folder.mkdir(parents=True)
    text = card.read_text(encoding="utf-8")
    assert "default = true" in text
    (folder / card.name).write_text(text.replace("default = true", "default = false"), encoding="utf-8")
    monkeypatch.setattr(kerascheck.cards, "cards_folder", lambda: tmp_path / "rules")


@pytest.mark.usefixtures("reductions_off_by_default")
def test_a_rule_that_is_off_by_default_runs_when_pylint_enables_it(reduction: Path) -> None:
    (message,) = lint(reduction, "--enable=keras-batch-axis-reduction")
    assert message.startswith("keras-batch-axis-reduction: ")


@pytest.mark.usefixtures("reductions_off_by_default")
def test_a_rule_that_is_off_by_default_stays_off_until_then(reduction: Path) -> None:
    assert lint(reduction) == []
