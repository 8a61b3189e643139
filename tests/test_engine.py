"""Checking: rules run apart from each other, findings told once and where the user can act on them, suppressions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kerascheck.cards import CardIndex
from kerascheck.checks.api import Finding
from kerascheck.config import ConfigFinder, Settings
from kerascheck.diagnostic import Diagnostic, Edit, Fix, Severity, Span, TrailStep
from kerascheck.engine import Report, Tools, check_files, check_program, check_text
from kerascheck.program import NotUnderstood, Program
from kerascheck.registry import Rule
from kerascheck.source import SourceFile

CARD = """+++
code = "{code}"
name = "{name}"
severity = "{severity}"
since = "0.1.0"
default = {default}
front-ends = {front_ends}
+++

# {name}

## What it does

Finds it. In full.
"""

REDUCTION = Rule("KC201", "batch-axis-reduction")
JOIN = Rule("KC206", "batch-axis-join")
OPINION = Rule("KC811", "stacked-linear")
TRACED = Rule("KC217", "sample-dependence")

Check = Callable[[Program], Iterator[Finding]]


def at(line: int, end_line: int | None = None, file: str = "model.py") -> Span:
    return Span(file, line, 1, end_line or line, 6)


def finds(*spans: Span, trail: tuple[TrailStep, ...] = (), fix: Fix | None = None) -> Check:
    """A rule that finds something at ``spans`` whatever the program."""

    def check(program: Program) -> Iterator[Finding]:
        return (Finding(span, "samples mix", trail=trail, fix=fix) for span in spans)

    return check


def crashes(program: Program) -> Iterator[Finding]:
    raise KeyError("n12")


def no_rules(rule: Rule) -> Check:
    raise AssertionError(rule)


def read_nothing(source: SourceFile, settings: Settings) -> Program:
    return Program(source.path)


@pytest.fixture
def cards(tmp_path: Path) -> CardIndex:
    folder = tmp_path / "cards" / "family"
    folder.mkdir(parents=True)
    for rule, severity, default, front_ends in [
        (REDUCTION, "error", "true", '["static", "trace"]'),
        (JOIN, "warning", "true", '["static"]'),
        (OPINION, "warning", "false", '["static"]'),
        (TRACED, "error", "true", '["trace"]'),
        (Rule("KC005", "blanket-suppression"), "warning", "false", '["static"]'),
    ]:
        text = CARD.format(code=rule.code, name=rule.name, severity=severity, default=default, front_ends=front_ends)
        (folder / f"{rule.code}-{rule.name}.md").write_text(text, encoding="utf-8")
    return CardIndex(folder.parent)


@pytest.fixture
def tools(cards: CardIndex) -> Callable[[dict[Rule, Check]], Tools]:
    def make(checks: dict[Rule, Check]) -> Tools:
        return Tools(read_nothing, "static", tuple(checks), checks.__getitem__, cards)

    return make


@pytest.fixture
def check(tools: Callable[[dict[Rule, Check]], Tools]) -> Callable[..., list[Diagnostic]]:
    """Checks a text with the given rules alone."""

    def run(text: str, checks: dict[Rule, Check], settings: Settings | None = None) -> list[Diagnostic]:
        report = check_text(text, "model.py", settings or Settings(), tools(checks))
        return list(report.diagnostics)

    return run


Run = Callable[..., list[Diagnostic]]


def codes(found: list[Diagnostic]) -> list[str]:
    return [each.code for each in found]


def test_a_finding_gets_its_rules_name_severity_and_page(check: Run) -> None:
    (found,) = check("import keras\n", {JOIN: finds(at(1))})
    assert (found.code, found.name, found.severity) == ("KC206", "batch-axis-join", Severity.WARNING)
    assert found.url == "https://github.com/kerascheck/kerascheck/blob/main/rules/family/KC206-batch-axis-join.md"


def test_a_file_that_mentions_neither_keras_nor_tensorflow_is_not_interpreted(cards: CardIndex) -> None:
    def refuse(source: SourceFile, settings: Settings) -> Program:
        raise AssertionError

    tools = Tools(refuse, "static", (REDUCTION,), lambda rule: finds(at(1)), cards)
    assert check_text("import numpy\n", "model.py", Settings(), tools).diagnostics == ()


def test_a_syntax_error_is_told_in_any_file(check: Run) -> None:
    assert codes(check("x = = 1\n", {})) == ["KC001"]


def test_a_syntax_error_is_told_whatever_is_selected(check: Run) -> None:
    assert codes(check("x = = 1\n", {}, Settings(select=("KC201",)))) == ["KC001"]


def test_a_syntax_error_is_silenced_only_by_its_own_name(check: Run) -> None:
    assert codes(check("x = = 1\n", {}, Settings(ignore=("KC0",)))) == ["KC001"]
    assert codes(check("x = = 1\n", {}, Settings(ignore=("syntax-error",)))) == []


def test_a_crash_in_one_rule_leaves_the_others(check: Run) -> None:
    found = check("import keras\n", {REDUCTION: crashes, JOIN: finds(at(1))})
    internal = next(each for each in found if each.internal)
    assert sorted(codes(found)) == ["KC009", "KC206"]
    assert internal.message == "internal error in rule KC201 (batch-axis-reduction) on model.py: KeyError: 'n12'"
    assert internal.help is not None
    assert "https://github.com/kerascheck/kerascheck/issues" in internal.help


def test_a_crash_shows_its_traceback_only_for_debugging(
    check: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check("import keras\n", {REDUCTION: crashes})
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("KERASCHECK_DEBUG", "1")
    check("import keras\n", {REDUCTION: crashes})
    assert "Traceback" in capsys.readouterr().err


def test_a_crash_of_the_front_end_is_an_internal_error(cards: CardIndex) -> None:
    def crash(source: SourceFile, settings: Settings) -> Program:
        raise RecursionError("too deep")

    report = check_text("import keras\n", "model.py", Settings(), Tools(crash, "static", (), no_rules, cards))
    assert [each.message for each in report.diagnostics] == [
        "internal error in reading model.py: RecursionError: too deep"
    ]
    assert report.failed


def test_a_rule_that_is_off_runs_only_when_selected(check: Run) -> None:
    checks = {OPINION: finds(at(1))}
    assert codes(check("import keras\n", checks)) == []
    for selector in ("KC811", "stacked-linear", "KC8", "ALL"):
        assert codes(check("import keras\n", checks, Settings(select=(selector,)))) == ["KC811"]
    assert codes(check("import keras\n", checks, Settings(extend_select=("KC811",)))) == ["KC811"]


def test_a_rule_of_the_other_front_end_is_not_told(check: Run) -> None:
    assert codes(check("import keras\n", {TRACED: finds(at(1))}, Settings(select=("KC217",)))) == []


def test_what_was_traced_is_told_by_the_rules_for_it(cards: CardIndex) -> None:
    tools = Tools(read_nothing, "trace", (JOIN, TRACED), lambda rule: finds(at(1)), cards)
    report = check_program(Program("package.module:build"), Settings(), tools)
    assert codes(list(report.diagnostics)) == ["KC217"]


@pytest.mark.parametrize(
    "comment",
    [
        "# kerascheck: ignore[KC201]",
        "# kerascheck: ignore[batch-axis-reduction]",
        "# kerascheck: ignore[KC206, KC201]",
        "# kerascheck:ignore[KC2]",
        "# kerascheck: ignore",
        "# noqa: KC201",
        "# NOQA:E501,KC201",
        "# noqa",
        "# type: ignore  # noqa: KC201",
    ],
)
def test_a_comment_on_its_line_silences_a_finding(check: Run, comment: str) -> None:
    checks = {REDUCTION: finds(at(2)), JOIN: finds(at(2)) if "KC206" in comment else finds()}
    assert codes(check(f"import keras\nx = 1  {comment}\n", checks)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# kerascheck: ignore[KC206]",
        "# noqa: E501",
        "# noqa: KC206",
        "# kerascheck: ignore[KC201",
        "# kerascheck: ignored",
        "# pylint: disable=all",
    ],
)
def test_a_comment_about_something_else_silences_nothing(check: Run, comment: str) -> None:
    checks = {REDUCTION: finds(at(2)), JOIN: finds(at(2))}
    assert "KC201" in codes(check(f"import keras\nx = 1  {comment}\n", checks))


def test_a_string_is_no_comment(check: Run) -> None:
    text = 'import keras\nx = "# kerascheck: ignore[KC201]"\n'
    assert codes(check(text, {REDUCTION: finds(at(2))})) == ["KC201"]


@pytest.mark.parametrize("before", ['"# noqa: E501"', '"# kerascheck: ignore["', '"#"', "1  # noqa: E501 "])
def test_a_comment_after_what_looks_like_another_silences(check: Run, before: str) -> None:
    text = f"import keras\nx = {before}  # noqa: KC201\n"
    assert codes(check(text, {REDUCTION: finds(at(2))})) == []


def test_the_line_behind_a_blanket_comment_is_no_part_of_it(check: Run) -> None:
    assert codes(check("import keras\nx = 1  # noqa:\nx1 = 2\n", {REDUCTION: finds(at(2))})) == []


def test_a_comment_on_the_last_line_of_an_expression_silences_it(check: Run) -> None:
    text = "import keras\nx = f(\n    1,\n)  # noqa: KC201\n"
    assert codes(check(text, {REDUCTION: finds(at(2, 4))})) == []


def test_a_comment_on_another_line_silences_nothing(check: Run) -> None:
    text = "import keras\nx = f(\n    1,  # noqa: KC201\n)\n"
    assert codes(check(text, {REDUCTION: finds(at(2, 4))})) == ["KC201", "KC004"]


def test_a_whole_file_is_silenced(check: Run) -> None:
    text = "import keras\nx = 1\n# kerascheck: ignore-file\n"
    assert codes(check(text, {REDUCTION: finds(at(1), at(2))})) == []


def test_a_whole_file_is_silenced_for_one_rule(check: Run) -> None:
    text = "# kerascheck: ignore-file[KC201]\nimport keras\n"
    assert codes(check(text, {REDUCTION: finds(at(2)), JOIN: finds(at(2))})) == ["KC206"]


def test_an_internal_error_is_never_silenced(check: Run) -> None:
    assert codes(check("import keras  # kerascheck: ignore-file\n", {REDUCTION: crashes})) == ["KC009"]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# kerascheck: ignore[KC201]", "no finding of KC201 here to suppress"),
        ("# noqa: KC201", "no finding of KC201 here to suppress"),
        ("# kerascheck: ignore", "`# kerascheck: ignore` suppresses nothing"),
        ("# kerascheck: ignore-file", "`# kerascheck: ignore-file` suppresses nothing"),
        (
            "# kerascheck: ignore[batch-axis-reducton]",
            'there is no rule "batch-axis-reducton"; did you mean "batch-axis-reduction"?',
        ),
    ],
)
def test_a_suppression_that_silences_nothing_is_told(check: Run, comment: str, message: str) -> None:
    (found,) = check(f"import keras\nx = 1  {comment}\n", {REDUCTION: finds()})
    assert (found.code, found.message, found.span.line, found.span.column) == ("KC004", message, 2, 8)


def test_an_unused_suppression_is_told_in_a_file_without_keras(check: Run) -> None:
    assert codes(check("x = 1  # noqa: KC201\n", {REDUCTION: finds()})) == ["KC004"]


@pytest.mark.parametrize("settings", [Settings(select=("KC206", "KC004")), Settings(ignore=("KC201",))])
def test_a_suppression_of_a_rule_that_did_not_run_is_left_alone(check: Run, settings: Settings) -> None:
    checks = {REDUCTION: finds(at(1)), JOIN: finds()}
    assert codes(check("import keras  # noqa: KC201\n", checks, settings)) == []


def test_a_suppression_of_a_rule_that_crashed_is_left_alone(check: Run) -> None:
    assert codes(check("import keras  # noqa: KC201\n", {REDUCTION: crashes})) == ["KC009"]


def test_a_suppression_of_a_rule_that_is_off_is_left_alone(check: Run) -> None:
    assert codes(check("import keras  # noqa: KC811\n", {OPINION: finds()})) == []


def test_a_blanket_suppression_is_told_when_selected(check: Run) -> None:
    text = "import keras  # kerascheck: ignore\n"
    checks = {REDUCTION: finds(at(1))}
    assert codes(check(text, checks)) == []
    assert codes(check(text, checks, Settings(extend_select=("KC005",)))) == ["KC005"]


def test_findings_are_told_by_line_and_column(check: Run) -> None:
    spans = [Span("model.py", 3, 1, 3, 2), Span("model.py", 1, 9, 1, 10), Span("model.py", 1, 2, 1, 3)]
    found = check("import keras\n\nx = 1\n", {REDUCTION: finds(*spans)})
    assert [(each.span.line, each.span.column) for each in found] == [(1, 2), (1, 9), (3, 1)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("import keras\nx = 1\n", encoding="utf-8")
    (tmp_path / "layers.py").write_text("import keras\nx = 1\ny = 2  # noqa: KC201\n", encoding="utf-8")
    return tmp_path


def run_on(tools: Callable[[dict[Rule, Check]], Tools], checks: dict[Rule, Check], *files: str) -> Report:
    return check_files(files, ConfigFinder(), tools(checks))


def test_what_several_files_lead_to_is_told_once(project: Path, tools: Callable[[dict[Rule, Check]], Tools]) -> None:
    checks = {REDUCTION: finds(at(2, file=str(project / "layers.py")))}
    report = run_on(tools, checks, "a.py", "b.py")
    assert [(each.span.file, each.span.line) for each in report.diagnostics] == [("layers.py", 2)]


def test_what_several_files_say_of_one_place_is_told_as_its_own_file_says_it(
    project: Path, tools: Callable[[dict[Rule, Check]], Tools]
) -> None:
    def of_who_asks(program: Program) -> Iterator[Finding]:
        yield Finding(at(2, file=str(project / "layers.py")), f"{program.file}: samples mix")
        yield Finding(at(2, file=str(project / "layers.py")), f"{program.file}: and labels")

    def told(*files: str) -> list[str]:
        found = run_on(tools, {REDUCTION: of_who_asks}, *files).diagnostics
        return [each.message for each in found if each.code == "KC201"]

    assert told("a.py", "layers.py", "b.py") == ["layers.py: samples mix", "layers.py: and labels"]
    assert told("b.py", "a.py") == ["b.py: samples mix", "b.py: and labels"]


def test_suppressions_hold_in_a_file_that_was_only_imported(
    project: Path, tools: Callable[[dict[Rule, Check]], Tools]
) -> None:
    report = run_on(tools, {REDUCTION: finds(at(3, file=str(project / "layers.py")))}, "a.py")
    assert report.diagnostics == ()


def test_a_suppression_is_used_by_what_another_file_leads_to(
    project: Path, tools: Callable[[dict[Rule, Check]], Tools]
) -> None:
    def only_from_a(program: Program) -> Iterator[Finding]:
        if program.file == "a.py":
            yield Finding(at(3, file=str(project / "layers.py")), "samples mix")

    assert run_on(tools, {REDUCTION: only_from_a}, "a.py", "layers.py").diagnostics == ()
    assert codes(list(run_on(tools, {REDUCTION: only_from_a}, "layers.py").diagnostics)) == ["KC004"]


def test_a_finding_in_an_installed_package_moves_to_the_users_call(
    project: Path, tools: Callable[[dict[Rule, Check]], Tools]
) -> None:
    library = str(project / "site-packages" / "zoo" / "layers.py")
    trail = (TrailStep(at(1, file="a.py"), "called from here"), TrailStep(at(2, file="a.py"), "called from here"))
    fix = Fix("mend it", (Edit(at(9, file=library), ""),))
    (found,) = run_on(tools, {REDUCTION: finds(at(9, file=library), trail=trail, fix=fix)}, "a.py").diagnostics
    assert (found.span, found.trail, found.fix) == (at(2, file="a.py"), trail[:1], None)


def test_a_finding_in_an_installed_package_that_no_call_led_to_is_dropped(
    project: Path, tools: Callable[[dict[Rule, Check]], Tools]
) -> None:
    library = str(project / "site-packages" / "zoo" / "layers.py")
    assert run_on(tools, {REDUCTION: finds(at(9, file=library))}, "a.py").diagnostics == ()


def test_an_installed_file_that_is_named_is_checked(project: Path, tools: Callable[[dict[Rule, Check]], Tools]) -> None:
    library = project / "site-packages" / "layers.py"
    library.parent.mkdir()
    library.write_text("import keras\n", encoding="utf-8")
    report = run_on(tools, {REDUCTION: finds(at(1, file=str(library)))}, str(library))
    assert codes(list(report.diagnostics)) == ["KC201"]


def test_an_unreadable_file_leaves_the_others(project: Path, tools: Callable[[dict[Rule, Check]], Tools]) -> None:
    (project / "bad.py").write_bytes(b"\xff\xff")
    report = run_on(tools, {REDUCTION: finds(at(2, file="b.py"))}, "bad.py", "b.py")
    assert (codes(list(report.diagnostics)), report.failed, report.checked) == (["KC201", "KC002"], True, 2)


def test_a_broken_cell_leaves_the_others(tools: Callable[[dict[Rule, Check]], Tools]) -> None:
    text = '{"cells": [{"cell_type": "code", "source": "import keras"}, {"cell_type": "code", "source": "x = = 1"}]}'
    found = Span("lesson.ipynb", 1, 1, 1, 7, cell=1)
    report = check_text(text, "lesson.ipynb", Settings(), tools({REDUCTION: finds(found)}))
    assert [(each.code, each.span.cell) for each in report.diagnostics] == [("KC201", 1), ("KC001", 2)]


def test_a_suppression_holds_in_its_cell_alone(tools: Callable[[dict[Rule, Check]], Tools]) -> None:
    cells = [{"cell_type": "code", "source": f"import keras{comment}"} for comment in ("  # noqa: KC201", "")]
    text = json.dumps({"cells": cells})
    spans = [Span("lesson.ipynb", 1, 1, 1, 7, cell=number) for number in (1, 2)]
    report = check_text(text, "lesson.ipynb", Settings(), tools({REDUCTION: finds(*spans)}))
    assert [each.span.cell for each in report.diagnostics] == [2]


def test_what_was_not_understood_is_counted_by_place(cards: CardIndex) -> None:
    def front_end(source: SourceFile, settings: Settings) -> Program:
        place = NotUnderstood(at(1), "import", "no such module")
        return Program(source.path, unknown=[place, place, NotUnderstood(at(2), "loop", "too long")])

    tools = Tools(front_end, "static", (), no_rules, cards)
    report = check_text("import keras\n", "model.py", Settings(), tools)
    assert [each.what for each in report.unknown] == ["import", "loop"]
