"""The formats that programs read, and the summary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerascheck.diagnostic import Diagnostic, Edit, Fix, Severity, Span, TrailStep
from kerascheck.engine import Report
from kerascheck.program import NotUnderstood
from kerascheck.report import render
from kerascheck.report.summary import summary, unknown_notes
from kerascheck.source import SourceCache

FOUND = Diagnostic(
    "KC104",
    "concatenate-mismatch",
    Severity.ERROR,
    "cannot concatenate",
    Span("unet.py", 41, 9, 41, 37),
    "must match",
    (TrailStep(Span("unet.py", 22, 10, 22, 38), "(None, 26, 26, 32)"),),
    "crop `c1`",
    Fix("crop it", (Edit(Span("unet.py", 41, 9, 41, 10), "y"),), safe=True),
    "https://example.org/KC104",
)
IN_CELL = Diagnostic("KC301", "untracked-variable", Severity.WARNING, "never trains", Span("l.ipynb", 2, 1, 3, 4, 5))


def test_concise_is_one_line_a_finding() -> None:
    assert render("concise", [FOUND, IN_CELL], SourceCache()) == (
        "unet.py:41:9: KC104 [concatenate-mismatch] cannot concatenate\n"
        "l.ipynb:cell 5:2:1: KC301 [untracked-variable] never trains\n"
    )


def test_json_holds_every_field() -> None:
    assert json.loads(render("json", [FOUND], SourceCache())) == [
        {
            "code": "KC104",
            "name": "concatenate-mismatch",
            "severity": "error",
            "message": "cannot concatenate",
            "label": "must match",
            "filename": "unet.py",
            "cell": None,
            "location": {"row": 41, "column": 9},
            "end_location": {"row": 41, "column": 37},
            "trail": [
                {
                    "filename": "unet.py",
                    "cell": None,
                    "location": {"row": 22, "column": 10},
                    "end_location": {"row": 22, "column": 38},
                    "note": "(None, 26, 26, 32)",
                }
            ],
            "help": "crop `c1`",
            "fix": {
                "description": "crop it",
                "safe": True,
                "edits": [
                    {
                        "filename": "unet.py",
                        "cell": None,
                        "location": {"row": 41, "column": 9},
                        "end_location": {"row": 41, "column": 10},
                        "content": "y",
                    }
                ],
            },
            "url": "https://example.org/KC104",
            "internal": False,
        }
    ]


def test_json_of_nothing_is_an_empty_list() -> None:
    assert render("json", [], SourceCache()) == "[]\n"


def test_github_gets_a_command_with_the_trail_in_its_message() -> None:
    assert render("github", [FOUND], SourceCache()) == (
        "::error title=KC104 (concatenate-mismatch),file=unet.py,line=41,endLine=41,col=9,endColumn=37::"
        "cannot concatenate%0Aunet.py:22:10: (None, 26, 26, 32)%0Ahelp: crop `c1`\n"
    )


def test_github_is_given_no_columns_of_several_lines() -> None:
    found = Diagnostic("KC104", "n", Severity.WARNING, "100% a:b,c", Span("a,b:c.py", 1, 2, 3, 4))
    assert render("github", [found], SourceCache()) == (
        "::warning title=KC104 (n),file=a%2Cb%3Ac.py,line=1,endLine=3::100%25 a:b,c\n"
    )


def test_github_is_told_a_notebooks_place_in_words() -> None:
    assert render("github", [IN_CELL], SourceCache()) == (
        "::warning title=KC301 (untracked-variable),file=l.ipynb::cell 5, line 2: never trains\n"
    )


def report(diagnostics: tuple[Diagnostic, ...], checked: int, places: int) -> Report:
    unknown = tuple(NotUnderstood(Span("a.py", line, 1, line, 2), "call", "why") for line in range(1, places + 1))
    return Report(diagnostics, checked, unknown, SourceCache())


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            report((FOUND, FOUND, IN_CELL), 4, 2),
            "Found 2 errors and 1 warning in 2 files (checked 4; not understood: 2 places, see --show-unknown)",
        ),
        (report((IN_CELL,), 1, 0), "Found 1 warning in 1 file (checked 1)"),
        (report((), 1, 0), "No findings in 1 file"),
        (report((), 1234, 1), "No findings in 1,234 files (not understood: 1 place, see --show-unknown)"),
    ],
)
def test_the_summary_counts_findings_files_and_what_was_not_understood(given: Report, line: str) -> None:
    assert summary(given, show_unknown=False) == line


def test_what_was_not_understood_is_listed_by_place() -> None:
    assert (
        unknown_notes(report((), 1, 2)) == "a.py:1:1: not understood: call: why\na.py:2:1: not understood: call: why\n"
    )


def test_a_report_imports_no_other_format() -> None:
    source = Path(__file__).parents[2] / "kerascheck" / "report" / "__init__.py"
    imported = [line for line in source.read_text(encoding="utf-8").splitlines() if line.startswith("from kerascheck")]
    assert imported == [
        "from kerascheck.diagnostic import Diagnostic",
        "from kerascheck.report.style import Fixable, none_fixable",
        "from kerascheck.source import SourceCache",
    ]
