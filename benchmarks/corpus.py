"""How much of real code is inferred as the live models have it: `kerascheck compare` over many scripts and notebooks.

Each file is read without running it, and traced in a process of its own. Every output of every call that the live
program made on a line of the file is a fact; what is said of it without running is

    agreed       the shape and, for a layer, the parameters are those of the live call
    unknown      one of them was not inferred, or the call was not found
    disagreeing  one of them is another: a mistake of kerascheck's

    python benchmarks/corpus.py PATH ... [--keras 2|3] [--seconds N] [--most N] [--json FILE]

TensorFlow is started once, and each file is traced in a fork of that process, so a file that ends badly costs no more
than its own facts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from oracle.tracing import trace_all

from kerascheck import Settings, build_graph
from kerascheck.comparison import Comparison, Fact, Verdict, compare
from kerascheck.source import SourceError
from kerascheck.tracer.request import Outcome, Request, TargetKind

AT_ONCE = 25
"""How many files are traced before their lines are printed."""

KINDS = {".py": TargetKind.SCRIPT, ".ipynb": TargetKind.NOTEBOOK}


@dataclass(slots=True)
class Result:
    """What came of one file."""

    file: str
    sentence: str
    comparison: Comparison | None = None
    causes: Counter[str] = field(default_factory=Counter)

    def count(self, verdict: Verdict) -> int:
        return 0 if self.comparison is None else self.comparison.count(verdict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--keras", choices=["2", "3"], default="3")
    parser.add_argument("--seconds", type=float, default=60, help="how long a file may run; default: 60")
    parser.add_argument("--most", type=int, default=30, help="how many causes are shown; default: 30")
    parser.add_argument("--all", action="store_true", help="show the files without facts, and why, too")
    parser.add_argument("--json", type=Path, help="write every fact that is not agreed to this file")
    options = parser.parse_args()
    files = [str(file) for path in options.paths for file in files_under(path)]
    started = time.perf_counter()
    print(f"{'agreed':>7} {'unknown':>8} {'disagree':>9}  file")
    results: list[Result] = []
    for first in range(0, len(files), AT_ONCE):
        some = files[first : first + AT_ONCE]
        requests = [
            Request(file, KINDS[Path(file).suffix], keras=options.keras, seconds=options.seconds) for file in some
        ]
        for request, outcome in zip(requests, trace_all(requests), strict=True):
            results.append(judge(request, outcome))
            show(results[-1], every=options.all)
    report(results, options.most)
    print(f"{time.perf_counter() - started:.0f} s")
    if options.json is not None:
        options.json.write_text(json.dumps(list(facts_as_json(results)), indent=1), encoding="utf-8")


def files_under(path: Path) -> Iterator[Path]:
    """The scripts and notebooks at ``path``."""
    if path.is_file():
        yield path.resolve()
        return
    yield from sorted(file.resolve() for file in path.rglob("*") if file.suffix in KINDS and file.is_file())


def judge(request: Request, outcome: Outcome) -> Result:
    """Hold one file's static graph against the live program."""
    if outcome.program is None:
        return Result(request.target, outcome.sentence)
    try:
        static = build_graph(Path(request.target), Settings(keras=request.keras))
    except SourceError as error:
        return Result(request.target, error.message)
    result = Result(request.target, outcome.sentence, compare(static, outcome.program))
    why = {(each.span.line, each.span.cell): f"{each.what}: {each.why}" for each in reversed(static.unknown)}
    for fact in unknown_facts(result):
        place = why.get((fact.span.line, fact.span.cell))
        result.causes[f"{fact.why} ({place})" if place else f"{fact.why}: {fact.op}"] += 1
    return result


def unknown_facts(result: Result) -> Iterator[Fact]:
    facts = () if result.comparison is None else result.comparison.facts
    yield from (fact for fact in facts if fact.verdict is Verdict.UNKNOWN)


def show(result: Result, *, every: bool) -> None:
    """One file's line, where it has facts."""
    counts = [result.count(verdict) for verdict in Verdict]
    if any(counts) or every:
        ending = "" if any(counts) else result.sentence
        print(f"{counts[0]:>7} {counts[1]:>8} {counts[2]:>9}  {result.file}  {ending}", flush=True)


def report(results: list[Result], most: int) -> None:
    """The most frequent causes, everything that disagrees, and the totals."""
    causes: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    for result in results:
        causes += result.causes
        spread.update(result.causes.keys())
    print("\nwhat is unknown, most frequent first (facts, files)")
    for cause, number in causes.most_common(most):
        print(f"{number:>7} {spread[cause]:>5}  {cause}")
    print("\nwhat disagrees")
    for result in results:
        for fact in () if result.comparison is None else result.comparison.facts:
            if fact.verdict is Verdict.DISAGREEING:
                place = f"{result.file}:{fact.span.line}"
                print(f"  {place}: {fact.op} {fact.name}: live {fact.live}, static {fact.static}: {fact.why}")
    totals = {verdict: sum(result.count(verdict) for result in results) for verdict in Verdict}
    whole = sum(totals.values()) or 1
    with_facts = sum(result.comparison is not None and bool(result.comparison.facts) for result in results)
    shares = ", ".join(f"{number} {verdict} ({number / whole:.1%})" for verdict, number in totals.items())
    print(f"\n{len(results)} files, {with_facts} with facts: {shares}")


def facts_as_json(results: Iterable[Result]) -> Iterator[dict[str, object]]:
    for result in results:
        for fact in () if result.comparison is None else result.comparison.facts:
            if fact.verdict is not Verdict.AGREED:
                told = (fact.op, fact.name, fact.live, fact.static, str(fact.verdict), fact.why)
                keys = ("op", "name", "live", "static", "verdict", "why")
                yield {
                    "file": result.file,
                    "line": fact.span.line,
                    "cell": fact.span.cell,
                    **dict(zip(keys, told, strict=True)),
                }


if __name__ == "__main__":
    main()
