"""The command line: what goes to stdout, what to stderr, and the exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from kerascheck.cli import main
from kerascheck.sharing import one_run

CLEAN = "x = 1\n"
UNUSED = "x = 1  # noqa: KC104\n"
BROKEN = "x = = 1\n"


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


class Cli:
    """Runs the command line in a folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def __call__(self, *arguments: str, stdin: str | None = None) -> Outcome:
        if stdin is not None:
            self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            code = main(arguments)
        except SystemExit as exit:
            code = int(exit.code or 0)
        captured = self._capsys.readouterr()
        return Outcome(code, captured.out, captured.err)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "KERASCHECK_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Cli(tmp_path, capsys, monkeypatch)


def test_a_clean_file_is_exit_0(cli: Cli) -> None:
    cli.write("a.py", CLEAN)
    assert cli("a.py") == (0, "", "No findings in 1 file\n")


def test_findings_are_exit_1_and_go_to_stdout(cli: Cli) -> None:
    cli.write("a.py", BROKEN)
    assert cli("--output-format", "concise", "a.py") == (
        1,
        "a.py:1:5: KC001 [syntax-error] invalid syntax\n",
        "Found 1 error in 1 file (checked 1)\n",
    )


def test_the_word_check_may_be_written(cli: Cli) -> None:
    cli.write("a.py", BROKEN)
    assert cli("check", "a.py") == cli("a.py")


def test_the_default_is_this_folder_and_the_full_report(cli: Cli) -> None:
    cli.write("inner/a.py", BROKEN)
    assert cli().out == ("error[KC001]: invalid syntax\n --> inner/a.py:1:5\n  |\n1 | x = = 1\n  |     ^\n\n")


def test_a_missing_path_is_exit_2_and_the_others_are_checked(cli: Cli) -> None:
    cli.write("a.py", BROKEN)
    outcome = cli("none.py", "a.py", "--output-format", "concise")
    assert outcome.code == 2
    assert outcome.out == "a.py:1:5: KC001 [syntax-error] invalid syntax\n"
    assert outcome.err.startswith("error: none.py: no such file or directory\n")


def test_an_unreadable_file_is_a_finding_and_exit_2(cli: Cli) -> None:
    (cli.folder / "a.py").write_bytes(b"\xff")
    outcome = cli("a.py", "--output-format", "concise")
    assert (outcome.code, outcome.out) == (2, "a.py:1:1: KC002 [unreadable-file] not utf-8 text: byte 0xff on line 1\n")


def test_a_folder_without_python_is_a_warning_and_exit_0(cli: Cli) -> None:
    (cli.folder / "empty").mkdir()
    assert cli("empty") == (0, "", "warning: no Python files found under empty\n")


def test_a_command_behind_an_option_is_pointed_out(cli: Cli) -> None:
    assert "the command goes first: kerascheck graph" in cli("--color", "never", "graph", "a.py").err


def test_findings_may_be_exit_0(cli: Cli) -> None:
    cli.write("a.py", BROKEN)
    assert cli("--exit-zero", "a.py").code == 0


def test_an_unreadable_file_is_exit_2_even_then(cli: Cli) -> None:
    (cli.folder / "a.py").write_bytes(b"\xff")
    assert cli("--exit-zero", "a.py").code == 2


def test_the_summary_may_be_left_out(cli: Cli) -> None:
    cli.write("a.py", CLEAN)
    assert cli("-q", "a.py").err == ""


def test_standard_input_has_the_name_it_is_given(cli: Cli) -> None:
    outcome = cli("-", "--stdin-filename", "src/a.py", "--output-format", "concise", stdin=BROKEN)
    assert outcome.out == "src/a.py:1:5: KC001 [syntax-error] invalid syntax\n"


def test_standard_input_may_be_a_notebook(cli: Cli) -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": "x = = 1"}]})
    outcome = cli("-", "--stdin-filename", "a.ipynb", "--output-format", "concise", stdin=notebook)
    assert outcome.out == "a.ipynb:cell 1:1:5: KC001 [syntax-error] invalid syntax\n"


def test_rules_are_selected_with_commas_or_several_options(cli: Cli) -> None:
    cli.write("a.py", UNUSED)
    assert cli("a.py").code == 1
    assert cli("a.py", "--select", "KC1,KC2").code == 0
    assert cli("a.py", "--select", "KC1", "--select", "KC004,KC104").code == 1
    assert cli("a.py", "--ignore", "unused-suppression").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--select", "KC1044"), 'command line: unknown rule "KC1044"; did you mean "KC104"?'),
        (("--keras", "4"), "argument --keras: invalid choice"),
        (("--no-such-option",), "unrecognized arguments: --no-such-option"),
        (("explain", "syntax-eror"), 'there is no rule "syntax-eror"; did you mean "syntax-error"?'),
        (("explain",), "the following arguments are required: CODE|NAME"),
        (("graph", "none.py"), "none.py:1:1: cannot read the file: No such file or directory"),
    ],
)
def test_bad_usage_is_exit_2_and_says_what_is_wrong(cli: Cli, arguments: tuple[str, ...], message: str) -> None:
    outcome = cli(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


def test_a_bad_configuration_is_exit_2(cli: Cli) -> None:
    cli.write("pyproject.toml", "[tool.kerascheck]\nslect = []\n")
    cli.write("a.py", CLEAN)
    outcome = cli("a.py")
    assert outcome.code == 2
    assert outcome.err.endswith('unknown key "slect" in [tool.kerascheck]; did you mean "select"?\n')


def test_the_configuration_chooses_the_format_and_the_command_line_wins(cli: Cli) -> None:
    cli.write("pyproject.toml", '[tool.kerascheck]\noutput-format = "json"\n')
    cli.write("a.py", CLEAN)
    assert cli("a.py").out == "[]\n"
    assert cli("a.py", "--output-format", "full").out == ""


def test_the_settings_are_shown(cli: Cli) -> None:
    cli.write("pyproject.toml", '[tool.kerascheck]\ndevice = "tpu"\n')
    outcome = cli("--show-settings", "--keras", "2")
    assert outcome.code == 0
    assert {'device = "tpu"', "keras = 2"} <= set(outcome.out.splitlines())


def test_colours_are_a_matter_of_an_option(cli: Cli) -> None:
    cli.write("a.py", BROKEN)
    assert "\x1b[" in cli("--color", "always", "a.py").out
    assert "\x1b[" not in cli("--color", "never", "a.py").out


@pytest.mark.parametrize("rule", ["KC001", "kc001", "syntax-error"])
def test_explain_prints_the_card(cli: Cli, rule: str) -> None:
    outcome = cli("explain", rule)
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, "# syntax-error (KC001)")


def test_rules_are_listed_with_what_they_do(cli: Cli) -> None:
    lines = cli("rules").out.splitlines()
    assert lines[0].split()[:3] == ["KC001", "syntax-error", "error"]
    assert next(line for line in lines if line.startswith("KC005")).split()[:4] == [
        "KC005",
        "blanket-suppression",
        "warning",
        "off",
    ]


def test_rules_are_listed_as_json(cli: Cli) -> None:
    first = json.loads(cli("rules", "--format", "json").out)[0]
    assert (first["code"], first["name"], first["severity"], first["default"]) == (
        "KC001",
        "syntax-error",
        "error",
        True,
    )


def test_the_version_is_printed(cli: Cli) -> None:
    assert cli("--version").out.startswith("kerascheck ")


def test_a_file_in_no_encoding_of_the_terminal_is_told_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "größe.py").write_text("模型 = = 1\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run(
        [sys.executable, "-m", "kerascheck", "größe.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stdout.split(b"\n")[1]) == (1, b" --> gr\\xf6\\xdfe.py:1:6")


def test_a_reader_that_goes_away_gets_no_complaint(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BROKEN, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", "kerascheck", "-q", "a.py"],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert run.stderr == b""


LOADED = """
import sys
from kerascheck.cli import main
code = main(sys.argv[1:])
print(*sorted(sys.modules))
"""


def loaded_by(folder: Path, *arguments: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return set(run.stdout.splitlines()[-1].split())


def test_checking_a_file_without_keras_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLEAN, encoding="utf-8")
    heavy = {
        "networkx",
        "pathspec",
        "tomllib",
        "json",
        "difflib",
        "importlib.metadata",
        "tensorflow",
        "keras",
    }
    assert loaded_by(tmp_path, "a.py") & heavy == set()


def test_the_test_above_sees_what_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BROKEN, encoding="utf-8")
    assert "json" in loaded_by(tmp_path, "--output-format", "json", "a.py")


def test_importing_the_package_loads_none_of_its_modules() -> None:
    code = "import sys, kerascheck; print(*[name for name in sys.modules if name.startswith('kerascheck')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["kerascheck"]


MODEL = "import keras\nx = keras.Input((4,))\nkeras.Model(x, keras.layers.Dense(3)(x))\n"


def test_statistics_go_to_standard_error(cli: Cli) -> None:
    cli.write("model.py", MODEL)
    outcome = cli("--statistics", "model.py")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == (
        "Models: 1 (1 understood in full)\nCalls: 2\nShapes: 2 (2, 100.0 %, known, 0 in part, 0 not)\n"
        "No findings in 1 file\n"
    )


def test_statistics_of_json_are_in_the_json(cli: Cli) -> None:
    cli.write("model.py", MODEL)
    outcome = cli("--statistics", "--output-format", "json", "-q", "model.py")
    assert outcome.err == ""
    found = json.loads(outcome.out)
    assert (found["findings"], found["statistics"]["calls"]) == ([], 2)
    assert json.loads(cli("--output-format", "json", "-q", "model.py").out) == []


def test_annotate_prints_the_file_with_its_shapes(cli: Cli) -> None:
    cli.write("model.py", MODEL)
    outcome = cli("annotate", "model.py")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[1] == "x = keras.Input((4,))                     # (B, 4)"


def test_annotate_of_a_file_that_does_not_parse_is_exit_2(cli: Cli) -> None:
    cli.write("model.py", BROKEN)
    outcome = cli("annotate", "model.py")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", "error: model.py:1:5: invalid syntax\n")


def test_the_settings_tell_which_keras_is_meant_and_why(cli: Cli) -> None:
    cli.write("requirements.txt", "tensorflow==2.9.1\n")
    cli.write("model.py", MODEL)
    told = cli("--show-settings", "model.py").out.splitlines()[-1]
    assert told == f"# Keras 2: tensorflow==2.9.1 in {cli.folder / 'requirements.txt'}"
    assert cli("--show-settings", "--keras", "3.6", ".").out.splitlines()[-1].startswith("# Keras 3 (3.6): ")


def test_another_version_of_keras_than_2_or_3_is_exit_2(cli: Cli) -> None:
    outcome = cli("--keras", "4", ".")
    assert outcome.code == 2
    assert 'invalid choice: \'4\' (must be "auto", 2, 3 or a version such as "3.6")' in outcome.err


OPS = """\
import keras
import tensorflow as tf
from keras import ops

inputs = keras.Input((4,))
total = tf.reduce_sum(inputs, axis=-1)  # the sum
kept = tf.reduce_sum(inputs, axis=-1)  # noqa: KC601
"""
FIXED_OPS = OPS.replace("tf.reduce_sum", "ops.sum", 1)
KERAS_3 = ("--keras", "3", "--select", "KC601")


def test_what_can_be_fixed_is_marked_and_counted(cli: Cli) -> None:
    cli.write("a.py", OPS)
    full, concise = cli(*KERAS_3, "a.py"), cli(*KERAS_3, "--output-format", "concise", "a.py")
    assert full.out.startswith("error[KC601][*]: ")
    assert concise.out.startswith("a.py:6:9: KC601 [tf-op-on-keras-tensor] [*] `tf.reduce_sum")
    assert full.err == concise.err == "Found 1 error in 1 file (checked 1; 1 fixable with --fix)\n"


def test_fix_changes_the_file_and_tells_what_remains(cli: Cli) -> None:
    cli.write("a.py", OPS)
    cli.write("b.py", BROKEN)
    code, out, err = cli(*KERAS_3, "--fix", "--output-format", "concise", "a.py", "b.py")
    assert (code, out) == (1, "b.py:1:5: KC001 [syntax-error] invalid syntax\n")
    assert err == "Found 2 errors (1 fixed, 1 remaining) in 2 files (checked 2)\n"
    assert (cli.folder / "a.py").read_text() == FIXED_OPS


def test_fix_that_leaves_nothing_is_exit_0(cli: Cli) -> None:
    cli.write("a.py", OPS)
    assert cli(*KERAS_3, "--fix", "a.py") == (0, "", "Found 1 error (1 fixed, 0 remaining) in 1 file (checked 1)\n")
    assert cli(*KERAS_3, "--fix", "a.py") == (0, "", "No findings in 1 file\n")
    assert (cli.folder / "a.py").read_text() == FIXED_OPS


def test_what_remains_is_told_of_the_fixed_text_of_an_imported_file(cli: Cli) -> None:
    cli.write("a.py", "import keras\nfrom b import total\n\nmodel = keras.Model(total, total)\n")
    cli.write("b.py", OPS)
    with one_run():
        code, out, err = cli(*KERAS_3, "--fix", "a.py", "b.py")
    assert (code, out, err) == (0, "", "Found 1 error (1 fixed, 0 remaining) in 1 file (checked 2)\n")


def test_diff_prints_the_change_and_makes_none(cli: Cli) -> None:
    cli.write("a.py", OPS)
    code, out, err = cli(*KERAS_3, "--diff", "a.py")
    assert (code, err) == (1, "Would fix 1 error in 1 file (checked 1)\n")
    assert out.startswith("--- a.py\n+++ a.py\n@@ ")
    assert "-total = tf.reduce_sum(inputs, axis=-1)  # the sum\n+total = ops.sum(inputs, axis=-1)  # the sum\n" in out
    assert (cli.folder / "a.py").read_text() == OPS


def test_diff_of_nothing_is_exit_0(cli: Cli) -> None:
    cli.write("a.py", FIXED_OPS)
    assert cli(*KERAS_3, "--diff", "a.py") == (0, "", "Nothing to fix in 1 file\n")


def test_fixed_standard_input_goes_to_stdout_and_its_findings_to_stderr(cli: Cli) -> None:
    code, out, err = cli(*KERAS_3, "--fix", "-", stdin=OPS)
    assert (code, out, err) == (0, FIXED_OPS, "Found 1 error (1 fixed, 0 remaining) in 1 file (checked 1)\n")
    code, out, err = cli("--fix", "--output-format", "concise", "-", stdin=BROKEN)
    assert (code, out) == (1, BROKEN)
    assert err.startswith("<stdin>:1:5: KC001")


def test_a_notebook_is_fixed_in_its_cell(cli: Cli) -> None:
    lines = OPS.splitlines(keepends=True)
    notebook = {"cells": [{"cell_type": "code", "source": lines[:4]}, {"cell_type": "code", "source": lines[4:]}]}
    cli.write("a.ipynb", json.dumps(notebook, indent=1))
    assert cli(*KERAS_3, "--diff", "a.ipynb").out.startswith("--- a.ipynb:cell 2\n")
    assert cli(*KERAS_3, "--fix", "a.ipynb").code == 0
    notebook["cells"][1]["source"] = FIXED_OPS.splitlines(keepends=True)[4:]
    assert (cli.folder / "a.ipynb").read_text() == json.dumps(notebook, indent=1)


def test_a_file_that_cannot_be_written_is_exit_2(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.write("a.py", OPS)
    monkeypatch.setattr(os, "access", lambda *_: False)
    code, out, err = cli(*KERAS_3, "--fix", "a.py")
    assert (code, out.startswith("error[KC601]")) == (2, True)
    assert err.startswith("error: cannot write a.py: it is read-only\nFound 1 error (0 fixed, 1 remaining)")
