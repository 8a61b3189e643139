"""Suppressions: comments that silence findings on their line or in their file, and those that silence none."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.registry import Rule, did_you_mean, specificity
from kerascheck.source import SourceFile

_DIRECTIVE = re.compile(
    r"#\s*(?:(?P<ours>kerascheck)\s*:\s*(?P<verb>ignore-file|ignore)(?![\w-])\s*(?:\[(?P<ours_codes>[^\]]*)\]|(?!\[))"
    r"|(?P<noqa>noqa)\b(?:[^\S\n]*:[^\S\n]*(?P<codes>[A-Za-z]+\d+(?:(?:,|[^\S\n])+[A-Za-z]+\d+)*))?)",
    re.IGNORECASE,
)
_CODE = re.compile(r"([A-Z]+)\d{1,3}")


@dataclass(slots=True)
class Suppression:
    """One directive in a comment.

    Attributes:
        span: where the directive is written.
        text: the directive as it is written.
        line: its line in the source's text, None for a whole file.
        selectors: the rules it names; empty for a blanket one.
        shared: whether it is a ``noqa``, which other tools read as well.
        used: the selectors that silenced something; for a blanket one ``""``.
    """

    span: Span
    text: str
    line: int | None
    selectors: tuple[str, ...]
    shared: bool
    used: set[str] = field(default_factory=set)

    @property
    def blanket(self) -> bool:
        """Whether it names no rule."""
        return not self.selectors

    def silences(self, rule: Rule) -> bool:
        """Whether it is about ``rule``; noted as used if it is."""
        matched = {each for each in self.selectors if specificity(each, rule) is not None} if self.selectors else {""}
        self.used |= matched
        return bool(matched)


def find_suppressions(source: SourceFile, prefixes: Collection[str] = ()) -> list[Suppression]:
    """Every directive in the comments of ``source``; in what cannot be tokenized, those up to there.

    A ``noqa`` is taken for a directive where it names no code, or one that begins with KC or one of ``prefixes``.
    """
    return list(_directives(source, {"KC", *prefixes}))


def _directives(source: SourceFile, prefixes: Collection[str]) -> Iterator[Suppression]:
    # Most directives are other tools'. A text without one of ours, in a comment or not, need not be tokenized.
    if not any(_selectors(match, prefixes) is not None for match in _DIRECTIVE.finditer(source.text)):
        return
    for token in _comments(source.text):
        for match in _DIRECTIVE.finditer(token.string):
            selectors = _selectors(match, prefixes)
            if selectors is None:
                continue
            line = token.start[0]
            column = token.start[1] + match.start() + 1
            span = source.place(line, column, line, column + len(match.group().rstrip()))
            whole_file = (match.group("verb") or "").lower() == "ignore-file"
            shared = match.group("noqa") is not None
            yield Suppression(span, match.group().strip(), None if whole_file else line, selectors, shared)


def _selectors(directive: re.Match[str], prefixes: Collection[str]) -> tuple[str, ...] | None:
    """The rules that a directive names, none for a blanket one; None where it is for other tools."""
    codes = directive.group("ours_codes") if directive.group("ours") else directive.group("codes")
    selectors = tuple(each for each in re.split(r"[,\s]+", codes or "") if each)
    if directive.group("noqa") is None or not selectors:
        return selectors
    return tuple(each for each in selectors if _is_ours(each, prefixes)) or None


def _is_ours(code: str, prefixes: Collection[str]) -> bool:
    found = _CODE.fullmatch(code.upper())
    return found is not None and found[1] in prefixes


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token
    except (tokenize.TokenError, SyntaxError):
        return


def apply(
    diagnostics: Iterable[Diagnostic], suppressions: Iterable[Suppression], source: SourceFile
) -> list[Diagnostic]:
    """The findings that no suppression silences; those about kerascheck itself always stay."""
    by_line: dict[int | None, list[Suppression]] = {}
    for suppression in suppressions:
        by_line.setdefault(suppression.line, []).append(suppression)
    return [found for found in diagnostics if found.internal or not _is_silenced(found, by_line, source)]


def _is_silenced(diagnostic: Diagnostic, by_line: dict[int | None, list[Suppression]], source: SourceFile) -> bool:
    span = diagnostic.span
    rule = Rule(diagnostic.code, diagnostic.name)
    lines = {source.text_line(span.line, span.cell), source.text_line(span.end_line, span.cell), None}
    # All that match are marked as used, so the sum is wanted, not the first.
    return sum(each.silences(rule) for line in lines for each in by_line.get(line, ())) > 0


def blanket(suppressions: Iterable[Suppression]) -> Iterator[Suppression]:
    """The suppressions that hide any finding, whatever it says."""
    return (each for each in suppressions if each.blanket and (not each.shared or each.used))


def unused(
    suppressions: Iterable[Suppression], rules: Iterable[Rule], has_run: Callable[[Rule], bool], complete: bool
) -> Iterator[tuple[Suppression, str]]:
    """The suppressions, or parts of one, that silenced nothing, each with what to say of it.

    One that names a rule that has not run is left alone, as is a blanket one unless the run was ``complete``: it may
    be needed when they do.
    """
    known = tuple(rules)
    for suppression in suppressions:
        if suppression.blanket:
            if complete and not suppression.used and not suppression.shared:
                yield suppression, f"`{suppression.text}` suppresses nothing"
            continue
        for selector in suppression.selectors:
            meant = [rule for rule in known if specificity(selector, rule) is not None]
            if not meant:
                words = [word for rule in known for word in (rule.code, rule.name)]
                yield suppression, f'there is no rule "{selector}"{did_you_mean(selector, words)}'
            elif selector not in suppression.used and all(map(has_run, meant)):
                yield suppression, f"no finding of {selector} here to suppress"
