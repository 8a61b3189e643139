"""Settings: the nearest pyproject.toml, the command line over it, and errors that say what would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kerascheck.config import ConfigError, ConfigFinder, Settings, describe


def configured(folder: Path, table: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(f"[tool.kerascheck]\n{table}\n", encoding="utf-8")


def settings(folder: Path, **overrides: Any) -> Settings:
    return ConfigFinder(overrides).for_file(str(folder / "model.py"))


def test_without_a_configuration_the_defaults_hold(tmp_path: Path) -> None:
    assert settings(tmp_path) == Settings()


def test_every_key_is_read(tmp_path: Path) -> None:
    table = """keras = 2\ndevice = "tpu"\nselect = ["KC1"]\nignore = ["KC101"]\nextend-select = ["KC203"]
exclude = ["old"]\nforce-exclude = true\noutput-format = "json"\nshow-unknown = true\nplugins = []"""
    configured(tmp_path, table)
    assert settings(tmp_path) == Settings(
        keras=2,
        device="tpu",
        select=("KC1",),
        ignore=("KC101",),
        extend_select=("KC203",),
        exclude=("old",),
        force_exclude=True,
        output_format="json",
        show_unknown=True,
        config_file=str(tmp_path / "pyproject.toml"),
    )


def test_the_nearest_configuration_counts_alone(tmp_path: Path) -> None:
    configured(tmp_path, 'keras = 2\ndevice = "tpu"')
    configured(tmp_path / "inner", "keras = 3")
    found = settings(tmp_path / "inner" / "deep")
    assert (found.keras, found.device) == (3, "auto")


def test_a_pyproject_without_the_table_is_passed_over(tmp_path: Path) -> None:
    configured(tmp_path, "keras = 2")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "pyproject.toml").write_text('[project]\ndependencies = ["kerascheck"]\n', encoding="utf-8")
    assert settings(tmp_path / "inner").keras == 2


def test_the_command_line_wins(tmp_path: Path) -> None:
    configured(tmp_path, 'keras = 2\ndevice = "tpu"')
    found = settings(tmp_path, keras=3)
    assert (found.keras, found.device) == (3, "tpu")


def test_a_selection_on_the_command_line_starts_afresh(tmp_path: Path) -> None:
    configured(tmp_path, 'select = ["KC1"]\nignore = ["KC203"]\nextend-select = ["KC3"]')
    found = settings(tmp_path, select=("KC203",))
    assert (found.select, found.ignore, found.extend_select) == (("KC203",), (), ())


def test_ignoring_on_the_command_line_adds_to_the_configuration(tmp_path: Path) -> None:
    configured(tmp_path, 'ignore = ["KC203"]')
    assert settings(tmp_path, ignore=("KC101",)).ignore == ("KC203", "KC101")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("slect = []", 'unknown key "slect" in [tool.kerascheck]; did you mean "select"?'),
        ("zzz = 1", 'unknown key "zzz" in [tool.kerascheck]'),
        ('select = "KC1"', '"select" in [tool.kerascheck] must be a list of strings'),
        ("ignore = [1]", '"ignore" in [tool.kerascheck] must be a list of strings'),
        ("keras = 4", '"keras" in [tool.kerascheck] must be "auto", 2, 3 or a version such as "3.6"'),
        ('device = "npu"', '"device" in [tool.kerascheck] must be one of auto, cpu, gpu, tpu'),
        ('show-unknown = "yes"', '"show-unknown" in [tool.kerascheck] must be true or false'),
        (
            'select = ["batch-folding-reshap"]',
            'unknown rule "batch-folding-reshap"; did you mean "batch-folding-reshape"?',
        ),
        ('ignore = ["KC1044"]', 'unknown rule "KC1044"; did you mean "KC104"?'),
    ],
)
def test_a_mistake_is_refused_with_a_suggestion(tmp_path: Path, table: str, message: str) -> None:
    configured(tmp_path, table)
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'pyproject.toml'}: {message}"


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    configured(tmp_path, "keras = ")
    with pytest.raises(ConfigError, match="not valid TOML"):
        settings(tmp_path)


def test_an_unknown_rule_on_the_command_line_is_refused() -> None:
    with pytest.raises(ConfigError, match="command line: unknown rule"):
        ConfigFinder({"select": ("KC998",)}).for_file("model.py")


@pytest.mark.parametrize("selector", ["ALL", "KC7", "kc104", "KC10", "concatenate-mismatch"])
def test_rules_are_named_by_code_family_or_name(selector: str) -> None:
    ConfigFinder({"select": (selector,)}).for_file("model.py")


def test_settings_are_described_as_toml() -> None:
    described = describe(Settings(keras=2, select=("KC1",), config_file="pyproject.toml")).splitlines()
    assert described[:4] == ["# pyproject.toml", "keras = 2", 'device = "auto"', 'select = ["KC1"]']
