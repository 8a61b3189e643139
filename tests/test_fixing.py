"""Making fixes: round after round until nothing is left, in the file and nowhere else, never half-written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from kerascheck.cards import CardIndex
from kerascheck.checks.api import Finding
from kerascheck.config import ConfigFinder, Settings
from kerascheck.diagnostic import Edit, Fix, Span
from kerascheck.engine import Tools, check_files, check_text
from kerascheck.fixing import FixedFile, FixError, fix_files, fix_text, render_diff, write_file
from kerascheck.program import Program
from kerascheck.registry import Rule
from kerascheck.source import SourceFile

RENAME = Rule("KC605", "removed-in-keras-3")


def with_text(source: SourceFile, settings: Settings) -> Program:
    return Program(source.path, aliases={"text": source.text})


def renames(names: Mapping[str, str], *, safe: bool = True) -> Callable[[Program], Iterator[Finding]]:
    """A rule that finds the old names in the text and writes the new ones."""

    def check(program: Program) -> Iterator[Finding]:
        for number, line in enumerate(program.aliases["text"].split("\n"), start=1):
            for found in re.finditer("|".join(rf"\b{name}\b" for name in names), line):
                span = Span(program.file, number, found.start() + 1, number, found.end() + 1)
                fix = Fix(f"write {names[found[0]]}", (Edit(span, names[found[0]]),), safe=safe)
                yield Finding(span, f"{found[0]} is old", fix=fix)

    return check


def tools(names: Mapping[str, str], *, safe: bool = True) -> Tools:
    check = renames(names, safe=safe)
    return Tools(front_end=with_text, rules=(RENAME,), load_check=lambda _: check, cards=CardIndex())


def fix(text: str, with_tools: Tools, *, unsafe: bool = False) -> FixedFile:
    found = check_text(text, "model.py", Settings(), with_tools).diagnostics
    return fix_text(text.encode(), "model.py", found, Settings(), with_tools, unsafe=unsafe)


def test_a_fix_that_calls_for_another_is_followed_by_it() -> None:
    fixed = fix("keras.old()\n", tools({"old": "newer", "newer": "newest"}))
    assert (fixed.after, len(fixed.made), fixed.settled) == (b"keras.newest()\n", 2, True)


def test_fixes_that_undo_each_other_end() -> None:
    fixed = fix("keras.a()\n", tools({"a": "b", "b": "a"}))
    assert not fixed.settled


def test_a_fix_that_grows_for_ever_ends() -> None:
    fixed = fix("keras.a()\n", tools({"a": "a.b"}))
    assert not fixed.settled


def test_a_suppressed_finding_is_not_fixed() -> None:
    text = "keras.old()\nkeras.old()  # noqa: KC605\n"
    assert fix(text, tools({"old": "new"})).after.decode() == text.replace("old", "new", 1)


def test_an_unsafe_fix_is_made_when_it_is_asked_for() -> None:
    with_tools = tools({"old": "new"}, safe=False)
    assert fix("keras.old()\n", with_tools).after == b"keras.old()\n"
    assert fix("keras.old()\n", with_tools, unsafe=True).after == b"keras.new()\n"


def test_a_fix_that_would_break_the_file_is_told() -> None:
    fixed = fix("keras.old()\nkeras.other()\n", tools({"old": "(", "other": "another"}))
    assert fixed.after == b"keras.old()\nkeras.another()\n"
    assert [found.span.line for found in fixed.refused] == [1]


def test_only_the_given_files_are_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py"):
        Path(name).write_text("keras.old()\n")
    with_tools = tools({"old": "new"})
    report = check_files(["a.py", "b.py"], ConfigFinder(), with_tools)
    (fixed,) = fix_files(report, ["b.py"], ConfigFinder(), with_tools, unsafe=False)
    write_file(fixed)
    assert [Path(name).read_text() for name in ("a.py", "b.py")] == ["keras.old()\n", "keras.new()\n"]


@pytest.fixture
def written(tmp_path: Path) -> FixedFile:
    path = tmp_path / "model.py"
    path.write_bytes(b"a\r\nb\r\n")
    return FixedFile(str(path), b"a\r\nb\r\n", b"a\r\nc\r\n")


def test_a_file_keeps_its_permissions(written: FixedFile) -> None:
    path = Path(written.path)
    path.chmod(0o751)
    write_file(written)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"a\r\nc\r\n", 0o751)
    assert [each.name for each in path.parent.iterdir()] == ["model.py"]


def test_a_link_goes_on_leading_to_the_file(written: FixedFile, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to("model.py")
    write_file(FixedFile(str(link), written.before, written.after))
    assert link.is_symlink()
    assert Path(written.path).read_bytes() == written.after


def test_a_file_that_was_changed_meanwhile_is_left_alone(written: FixedFile) -> None:
    Path(written.path).write_bytes(b"mine\n")
    with pytest.raises(FixError, match="changed meanwhile"):
        write_file(written)
    assert Path(written.path).read_bytes() == b"mine\n"


def test_a_write_that_fails_leaves_the_file_as_it_was(written: FixedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FixError, match=r"cannot write .*model\.py: No space left on device"):
        write_file(written)
    assert Path(written.path).read_bytes() == written.before
    assert [each.name for each in Path(written.path).parent.iterdir()] == ["model.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write any file")
def test_a_file_that_may_not_be_written_is_not(written: FixedFile) -> None:
    Path(written.path).chmod(0o444)
    with pytest.raises(FixError, match="it is read-only"):
        write_file(written)


def test_the_difference_is_one_that_patch_takes() -> None:
    fixed = FixedFile("model.py", b"a = 1\nb = 1", b"a = 1\nb = 2")
    assert render_diff(fixed) == (
        "--- model.py\n+++ model.py\n@@ -1,2 +1,2 @@\n a = 1\n-b = 1\n\\ No newline at end of file\n"
        "+b = 2\n\\ No newline at end of file\n"
    )


def test_a_notebooks_difference_is_told_by_cell() -> None:
    before = b'{"cells": [{"cell_type": "code", "source": ["a = 1\\n", "b = 1\\n"]}]}'
    fixed = FixedFile("n.ipynb", before, before.replace(b"b = 1", b"b = 2"))
    assert render_diff(fixed) == ("--- n.ipynb:cell 1\n+++ n.ipynb:cell 1\n@@ -1,2 +1,2 @@\n a = 1\n-b = 1\n+b = 2\n")
