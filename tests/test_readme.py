"""README.md tells the truth: what it shows is what the tool prints."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import kerascheck
from kerascheck.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OUTPUTS = re.findall(r"<!-- output of: kerascheck (\S+) -->\n```text\n(.*?)```", README, re.S)


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_readme_shows_the_output_of_at_least_one_loud_and_one_silent_mistake() -> None:
    assert {example for example, _ in OUTPUTS} == {"examples/unet.py", "examples/custom_loop.py"}


@pytest.mark.parametrize(("example", "shown"), OUTPUTS, ids=[example for example, _ in OUTPUTS])
def test_a_shown_finding_is_what_the_command_prints(
    example: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["--color", "never", example]) == 1
    assert capsys.readouterr().out.strip() == shown.strip()


def test_the_settings_it_shows_are_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(snippets("toml")[0])
    (tmp_path / "model.py").write_text("import keras\n")
    assert main([str(tmp_path / "model.py")]) == 0
    assert set(tomllib.loads(snippets("toml")[0])["tool"]["kerascheck"]) == {"device", "ignore", "exclude"}


def test_the_python_it_shows_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(
        "import keras\ninputs = keras.Input((4,))\nmodel = keras.Model(inputs, keras.layers.Dense(2)(inputs))\n"
    )
    code = next(snippet for snippet in snippets("python") if "import kerascheck" in snippet)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "functional 10 MultiDiGraph with 2 nodes and 1 edges\n"


def test_the_silencing_comment_it_shows_silences() -> None:
    line = next(snippet for snippet in snippets("python") if "ignore[KC201]" in snippet).strip()
    text = (
        "import keras\nfrom keras import ops\ninputs = keras.Input((4,))\n"
        f"x = keras.layers.Dense(2)(inputs)\n{line}\nmodel = keras.Model(inputs, x - batch_mean)\n"
    )
    assert kerascheck.check_source(text) == []
    assert [finding.code for finding in kerascheck.check_source(text.replace(line, line.split("  #")[0]))] == ["KC201"]


def test_the_graph_has_the_keys_it_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(snippets("json")[0])
    model = tmp_path / "model.py"
    model.write_text(
        "import keras\ninputs = keras.Input((4,))\nmodel = keras.Model(inputs, keras.layers.Dense(2)(inputs))\n"
    )
    assert main(["graph", str(model), "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.keys() == shown.keys()
    assert printed["models"][0].keys() == shown["models"][0].keys()
