"""Reading sources: encodings, places in characters, and what cannot be parsed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.source import SourceCache, SourceError, SourceFile, package_root, parse, read_source, source_from_text


def written(folder: Path, data: bytes, name: str = "model.py") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def error_of(path: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        parse(read_source(path))
    return caught.value


def test_a_file_is_utf8_by_default(tmp_path: Path) -> None:
    assert read_source(written(tmp_path, "größe = 1\n".encode())).text == "größe = 1\n"


def test_a_coding_comment_names_the_encoding(tmp_path: Path) -> None:
    data = "# -*- coding: latin-1 -*-\ncafé = 1\n".encode("latin-1")
    assert read_source(written(tmp_path, data)).lines[1] == "café = 1"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert read_source(written(tmp_path, b"\xef\xbb\xbfx = 1\n")).text == "x = 1\n"


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_every_line_ending_is_read_as_a_line_feed(tmp_path: Path, ending: bytes) -> None:
    assert read_source(written(tmp_path, ending.join([b"x = 1", b"y = 2", b""]))).text == "x = 1\ny = 2\n"


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    error = error_of(str(tmp_path / "none.py"))
    assert (error.code, error.message) == ("KC002", "cannot read the file: No such file or directory")


def test_bytes_that_are_not_in_the_encoding_are_told_with_their_line(tmp_path: Path) -> None:
    error = error_of(written(tmp_path, b"x = 1\ny = '\xff'\n"))
    assert (error.code, error.message, error.span.line) == ("KC002", "not utf-8 text: byte 0xff on line 2", 2)


@pytest.mark.parametrize("encoding", [b"klingon", b"rot13"])
def test_an_encoding_that_does_not_exist_is_unreadable(tmp_path: Path, encoding: bytes) -> None:
    assert error_of(written(tmp_path, b"# coding: " + encoding + b"\n")).code == "KC002"


def test_a_nul_byte_is_told_with_its_place(tmp_path: Path) -> None:
    error = error_of(written(tmp_path, b"x = 1\ny\0 = 2\n"))
    assert (error.code, error.span.line, error.span.column) == ("KC002", 2, 2)


def test_a_syntax_error_is_told_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, b"import keras\nx = = 1\n")
    error = error_of(path)
    assert (error.code, error.name, error.span) == ("KC001", "syntax-error", Span(path, 2, 5, 2, 6))


@pytest.mark.parametrize("nested", ["(" * 10_000 + ")" * 10_000, "-" * 100_000 + "1", "a" + ".b" * 100_000])
def test_source_that_is_nested_too_deeply_is_a_syntax_error(nested: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(source_from_text(nested, "deep.py"))
    assert caught.value.code == "KC001"


def test_a_lone_surrogate_is_no_source() -> None:
    with pytest.raises(SourceError) as caught:
        parse(source_from_text("x = '\ud800'\n", "model.py"))
    assert caught.value.code == "KC002"


def test_an_odd_escape_in_a_string_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    parse(source_from_text("x = '\\d'\n", "model.py"))
    assert not recwarn.list


def test_columns_are_counted_in_characters() -> None:
    source = SourceFile("model.py", "größe = höhe + 1\n")
    assignment = parse(source).body[0]
    assert isinstance(assignment, ast.Assign)
    assert source.span(assignment.value) == Span("model.py", 1, 9, 1, 17)
    assert source.segment(assignment.value) == "höhe + 1"


def test_files_of_the_same_text_have_their_own_places() -> None:
    text = "größe = höhe + 1\n"
    one, other = SourceFile("one.py", text), SourceFile("other.py", text)
    node = parse(one).body[0]
    assert parse(other).body[0] is node
    for source in (one, other, one):
        assert source.span(node) == Span(source.path, 1, 1, 1, 17)
        assert source.segment(node) == "größe = höhe + 1"
    assert one.span(node) is one.span(node)


def test_a_source_reads_its_text_when_it_is_asked() -> None:
    file = SourceFile("model.py", "x = f(1)\n")
    source = Source(Span("model.py", 1, 5, 1, 9), (), file)
    assert (source.text, source) == ("f(1)", Source(source.span, (), SourceFile("model.py", "x = f(1)\n")))
    assert repr(source) == repr(Source(source.span, (), "f(1)"))


def test_a_segment_may_run_over_lines() -> None:
    source = SourceFile("model.py", "x = f(\n    1,\n) + 2\n")
    call = next(node for node in ast.walk(parse(source)) if isinstance(node, ast.Call))
    assert source.segment(call) == "f(\n    1,\n)"


def test_a_node_without_a_place_of_its_own_has_that_of_its_parts() -> None:
    source = SourceFile("model.py", "def f(a, b=2):\n    pass\n")
    function = parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert source.span(function.args) == Span("model.py", 1, 7, 1, 13)


def test_imports_of_a_script_start_from_its_folder(tmp_path: Path) -> None:
    assert package_root(tmp_path) == tmp_path


def test_imports_of_a_package_start_from_the_folder_above_it(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "models"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "__init__.py").touch()
    (inner / "__init__.py").touch()
    assert package_root(inner) == tmp_path


def test_imports_of_a_package_start_above_it_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "project"
    inner.mkdir()
    (inner / "__init__.py").touch()
    monkeypatch.chdir(inner)
    assert package_root(Path("model.py").parent).resolve() == tmp_path.resolve()


def test_the_cache_gives_no_line_of_a_file_that_is_gone() -> None:
    assert SourceCache().line(Span("/nowhere/model.py", 1, 1, 1, 2), 1) is None
