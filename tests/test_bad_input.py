"""Bad and hostile input: each ends within seconds with a clear outcome, and nothing of it is ever run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile_programs import HARMLESS, UNREADABLE

GOOD = "good.py"
MISTAKE = "import keras\nkeras.layers.Reshape((3,))(keras.Input((4,)))\n"
"""What lies beside the bad file: it must be checked whatever its neighbour does."""
FOUND = "good.py:2:1: KC108 [reshape-mismatch] cannot reshape (None, 4) to (3,): a sample has 4 elements"
SECONDS = 60
"""Far above what any of them takes, so that only an analysis that hangs is caught."""


class Finished:
    """How the command ended."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.findings = done.stdout.splitlines()
        self.err = done.stderr


Check = Callable[..., Finished]


def run_in(folder: Path, *arguments: str, timeout: int = SECONDS) -> Finished:
    """Runs kerascheck in a folder, in a process of its own."""
    command = [sys.executable, "-m", "kerascheck", "--output-format", "concise", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
    return Finished(
        subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    )


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs kerascheck in a folder of its own, beside a good file."""

    def run(*paths: str) -> Finished:
        (tmp_path / GOOD).write_text(MISTAKE)
        return run_in(tmp_path, *paths)

    return run


def assert_only_the_mistake(done: Finished) -> None:
    assert (done.code, done.findings) == (1, [FOUND])
    assert "Traceback" not in done.err


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Checks all that cannot be read at once, beside a good file."""
    folder = tmp_path_factory.mktemp("unreadable")
    for name, (content, _) in UNREADABLE.items():
        (folder / name).write_bytes(content)
    (folder / GOOD).write_text(MISTAKE)
    return run_in(folder, ".")


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_finding(name: str, unreadable: Finished) -> None:
    _, finding = UNREADABLE[name]
    told = [line for line in unreadable.findings if line.startswith(f"{name}:")]
    assert (len(told), told[0][: len(finding)]) == (1, finding)


def test_the_files_beside_those_that_cannot_be_read_are_checked(unreadable: Finished) -> None:
    assert [line for line in unreadable.findings if line.split(":")[0] not in UNREADABLE] == [FOUND]
    assert "Traceback" not in unreadable.err


@pytest.mark.parametrize(("name", "code"), [("syntax.py", 1), ("null.py", 2), ("list.ipynb", 1)])
def test_a_file_that_is_no_text_is_a_failure_and_one_that_does_not_parse_a_finding(
    name: str, code: int, check: Check, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(UNREADABLE[name][0])
    assert check(".").code == code


ONLY = ("--select", "KC001,KC002,KC108", ".")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Checks all hostile programs in one run, the good file behind them."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, text in enumerate(HARMLESS.values()):
        (folder / f"bad_{number}.py").write_text(text, encoding="utf-8", newline="")
    (folder / GOOD).write_text(MISTAKE)
    return run_in(folder, *ONLY, timeout=SECONDS * 5)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_hostile_program_ends_without_a_finding(name: str, hostile: Finished, tmp_path: Path) -> None:
    if hostile.code != 1:
        # One of them ended the run: this tells which.
        (tmp_path / "bad.py").write_text(HARMLESS[name], encoding="utf-8", newline="")
        (tmp_path / GOOD).write_text(MISTAKE)
        done = run_in(tmp_path, *ONLY)
        assert (done.code, done.findings) == (1, [FOUND])
    number = list(HARMLESS).index(name)
    assert [line for line in hostile.findings if line.startswith(f"bad_{number}.py:")] == []


def test_the_file_behind_the_hostile_programs_is_checked(hostile: Finished) -> None:
    assert (hostile.code, hostile.findings) == (1, [FOUND])
    assert "Traceback" not in hostile.err
    assert "internal" not in hostile.err


def test_a_path_that_is_missing_is_exit_2(check: Check) -> None:
    done = check("nowhere.py")
    assert (done.code, done.findings) == (2, [])
    assert "nowhere.py" in done.err


def test_a_folder_without_python_is_clean(check: Check, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("x = = 1")
    done = check("empty")
    assert (done.code, done.findings) == (0, [])


def test_a_folder_named_like_a_module_is_looked_through(check: Check, tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder.py" / "a.py").write_text(MISTAKE)
    assert check("folder.py").code == 1


def test_a_link_to_nowhere_is_a_finding_and_the_others_are_checked(check: Check, tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to(tmp_path / "nowhere.py")
    done = check(".")
    assert FOUND in done.findings
    assert "Traceback" not in done.err


def test_folders_that_link_to_each_other_end(check: Check, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    done = check(".")
    assert done.findings == [FOUND]


def test_a_program_that_would_delete_files_is_never_run(check: Check, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("kept")
    (tmp_path / "wipe.py").write_text(
        "import keras, os, shutil, subprocess, sys\n"
        "os.remove('precious.txt')\nshutil.rmtree('.')\nopen('proof', 'w').write('ran')\n"
        "subprocess.run(['touch', 'proof'])\nos.system('touch proof')\nexec(\"open('proof', 'w')\")\n"
        "__import__('os').remove('precious.txt')\nsys.exit(3)\n"
    )
    (tmp_path / "imports.py").write_text("import keras\nimport wipe\nfrom wipe import *\n")
    (tmp_path / "conftest.py").write_text("import os\nos.remove('precious.txt')\n")
    (tmp_path / "sitecustomize.py").write_text("import keras\n")
    assert_only_the_mistake(check("."))
    assert (tmp_path / "precious.txt").read_text() == "kept"
    assert not (tmp_path / "proof").exists()


def test_a_project_file_that_is_no_toml_is_exit_2(check: Check, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.kerascheck\n")
    done = check(".")
    assert done.code == 2
    assert "pyproject.toml" in done.err
    assert "Traceback" not in done.err
