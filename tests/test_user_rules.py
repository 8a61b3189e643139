"""Rules of the user's own: the example of CONTRIBUTING.md is installed and runs, and what is wrong is said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import kerascheck
from kerascheck.cli import main

ROOT = Path(__file__).parent.parent
MODEL = """\
import keras
from keras import layers

inputs = keras.Input((28, 28, 1))
x = layers.Conv2D(8, 3)(inputs)
x = layers.BatchNormalization()(x)
y = layers.Conv2D(8, 3, use_bias=False)(x)
y = layers.BatchNormalization()(y)
z = layers.Conv2D(8, 3)(y)  # kerascheck: ignore[ACME001]
z = layers.BatchNormalization()(z)
model = keras.Model(inputs, z)
"""
METADATA = {
    "METADATA": "Metadata-Version: 2.1\nName: mycompany\nVersion: 1\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


def example(language: str) -> str:
    """The code of that language in the chapter about rules of your own."""
    chapter = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Rules of your own")[2]
    found = re.search(rf"^```{language}\n(.*?)^```$", chapter, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed a package with the example's rule into."""
    wheel = tmp_path_factory.mktemp("wheel") / "mycompany-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("mycompany/__init__.py", "")
        archive.writestr("mycompany/rules.py", example("python"))
        for name, text in METADATA.items():
            archive.writestr(f"mycompany-1.dist-info/{name}", text)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(folder)]
    subprocess.run([*command, str(wheel)], check=True)
    return folder


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Runs a command in a project that names the plugin, where that is installed."""
    (tmp_path / "pyproject.toml").write_text(example("toml"), encoding="utf-8")
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(installed), str(ROOT)]))

    def start(*command: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-m", *command]
        return subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return start


def test_the_example_runs_when_it_is_installed(run: Run) -> None:
    checked = run("kerascheck", "model.py")
    assert checked.returncode == 1, checked.stderr
    assert checked.stdout.startswith("warning[ACME001]: `layers.Conv2D(8, 3)(inputs)` has a bias")
    assert "takes the mean away" in checked.stdout
    assert checked.stdout.count("ACME001") == 1
    assert checked.stderr == "Found 1 warning in 1 file (checked 1)\n"


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--select", "ACME"), 1),
        (("--select", "acme001"), 1),
        (("--select", "bias-before-norm"), 1),
        (("--select", "ALL"), 1),
        (("--select", "KC"), 0),
        (("--ignore", "ACME001"), 0),
        (("--ignore", "ACME0"), 0),
    ],
)
def test_it_is_selected_and_ignored_as_other_rules(run: Run, arguments: tuple[str, ...], found: int) -> None:
    checked = run("kerascheck", "--output-format", "concise", *arguments, "model.py")
    assert [line.split(" ")[1] for line in checked.stdout.splitlines()] == ["ACME001"] * found


def test_it_is_listed_and_explained(run: Run) -> None:
    listed = {rule["code"]: rule for rule in json.loads(run("kerascheck", "rules", "--format", "json").stdout)}
    assert listed["ACME001"]["family"] == "mycompany.rules"
    assert listed["ACME001"]["summary"].startswith("A convolution has a bias")
    assert listed["KC104"]["family"] == "shapes"
    assert "A convolution has a bias" in run("kerascheck", "explain", "acme001").stdout


def test_a_suppression_that_it_does_not_need_is_told(run: Run, tmp_path: Path) -> None:
    text = MODEL.replace("(x)\ny =", "(x)  # noqa: ACME001\ny =", 1)
    (tmp_path / "model.py").write_text(text, encoding="utf-8")
    checked = run("kerascheck", "--output-format", "concise", "--select", "ACME,KC004", "model.py")
    assert "model.py:6:37: KC004 [unused-suppression] no finding of ACME001 here to suppress" in checked.stdout


def test_pylint_tells_its_findings(run: Run) -> None:
    arguments = ("--load-plugins=kerascheck.pylint_plugin", "--disable=all", "--enable=keras-bias-before-norm")
    checked = run("pylint", *arguments, "model.py")
    assert checked.stdout.count("model.py:5:4: W9000: `layers.Conv2D(8, 3)(inputs)` has a bias") == 1, checked.stderr


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes a plugin of a text, named by the configuration of the working folder; gives the name of its module."""
    (tmp_path / "site").mkdir()
    (tmp_path / "model.py").write_text("import keras\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)

    def make(text: str) -> str:
        # Modules stay loaded, so each has a name of its own.
        name = f"plugin_of_{tmp_path.name}"
        (tmp_path / "site" / f"{name}.py").write_text(text, encoding="utf-8")
        (tmp_path / "pyproject.toml").write_text(f'[tool.kerascheck]\nplugins = ["{name}"]\n', encoding="utf-8")
        return name

    return make


RULE = "from kerascheck.rules_api import Finding, Span, UserRule\ndef check(program):\n    {body}\nRULES = [{rules}]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RULES = 1\n", "has no list RULES"),
        ("RULES = [1]\n", "1 in RULES is no UserRule"),
        ("1 / 0\n", "cannot be imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit('no')\n", "cannot be imported: SystemExit: no"),
        ("import nowhere_to_be_found\n", 'install "nowhere_to_be_found" in kerascheck\'s own environment'),
        (RULE.format(body="", rules="UserRule('KC950', 'mine', check)"), "the code KC950 is kerascheck's own"),
        (RULE.format(body="", rules="UserRule('A1', 'mine', check)"), "the code 'A1' is not two to eight"),
        (RULE.format(body="", rules="UserRule('AB001', 'My Rule', check)"), "the name 'My Rule' of AB001 is not words"),
        (RULE.format(body="", rules="UserRule('AB001', 'mine', 1)"), "the check of AB001 is no function"),
        (RULE.format(body="", rules="UserRule('AB001', 'mine', check, 'bad')"), "AB001 has the severity 'bad'"),
        (
            RULE.format(body="", rules="UserRule('AB001', 'syntax-error', check)"),
            '"syntax-error" is already a rule of kerascheck',
        ),
        (
            RULE.format(body="", rules="UserRule('AB001', 'one', check), UserRule('AB001', 'two', check)"),
            '"AB001" is already a rule of plugin',
        ),
    ],
)
def test_a_plugin_that_cannot_be_used_is_exit_2(
    text: str, message: str, plugin: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = plugin(text.replace("    \n", "    yield\n"))
    assert main(["model.py"]) == 2
    error = capsys.readouterr().err
    assert f'pyproject.toml: plugin "{name}"' in error
    assert message in error


def test_a_plugin_that_is_missing_is_exit_2(plugin: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    plugin("")
    Path("pyproject.toml").write_text('[tool.kerascheck]\nplugins = ["no.such"]\n', encoding="utf-8")
    assert main(["model.py"]) == 2
    assert "plugin \"no.such\" cannot be imported: No module named 'no'; install it in" in capsys.readouterr().err


@pytest.mark.parametrize("body", ["raise KeyError('n1')", "yield 'a finding'", "return 3"])
def test_a_crash_of_a_rule_is_an_internal_error_of_that_rule(
    body: str, plugin: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = plugin(RULE.format(body=body, rules="UserRule('AB001', 'mine', check)"))
    assert main(["model.py"]) == 2
    out = capsys.readouterr().out
    assert "error[KC009]: internal error in rule AB001 (mine) on model.py" in out
    assert f'please report this at the plugin "{name}", which the rule is from' in out


def test_a_rule_that_is_off_runs_when_it_is_selected(plugin: Callable[[str], str]) -> None:
    body = "yield Finding(Span(program.file, 1, 1, 1, 7), 'found')"
    name = plugin(RULE.format(body=body, rules="UserRule('AB001', 'mine', check, default=False)"))
    settings = kerascheck.Settings(plugins=(name,))
    chosen = kerascheck.Settings(plugins=(name,), select=("ALL",))
    found = [kerascheck.check_source("import keras\n", "model.py", each) for each in (settings, chosen)]
    assert [[each.code for each in each] for each in found] == [[], ["AB001"]]
