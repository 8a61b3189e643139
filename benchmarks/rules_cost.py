"""What the rules add to the time of building the graphs, and which of them take most.

    python benchmarks/rules_cost.py [PATH ...] [--rounds N] [--select RULES]

reads each Python file below the PATHs, or without any a script for each model of keras.applications that makes it. For
each it takes the processor time of building the graphs, and then that of running every rule on them, in pairs, N times
in turn, and tells the sum of each file's least times, their ratio, and what each rule took. Rules that are off by
default run, too. The target is at most 25 %.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from kerascheck.config import Settings
from kerascheck.engine import interpret, load_check
from kerascheck.program import Program
from kerascheck.registry import Rule, Selection, check_rules
from kerascheck.sharing import one_run
from kerascheck.source import SourceError, parse, read_source

Result = TypeVar("Result")

TARGET = 0.25


@dataclass
class Cost:
    """Seconds of processor time: of the graphs, and of each rule on them."""

    graphs: float = 0.0
    rules: dict[Rule, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return sum(self.rules.values()) / self.graphs if self.graphs else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--select", type=lambda text: tuple(text.split(",")), default=("ALL",), metavar="RULES")
    parser.add_argument("--slowest", type=int, default=15, metavar="N")
    options = parser.parse_args()
    selection = Selection(options.select)
    rules = [rule for rule in check_rules() if selection.includes(rule)]
    with sources(options.paths) as files, one_run():
        costs = {path: cost for path in files if (cost := cheapest(path, rules, options.rounds))}
    if not costs:
        sys.exit("no Python file to check there")
    total = Cost(sum(cost.graphs for cost in costs.values()))
    for rule in rules:
        total.rules[rule] = sum(cost.rules[rule] for cost in costs.values())
    print(
        f"{len(costs)} files: graphs {total.graphs:.2f} s, {len(rules)} rules {sum(total.rules.values()):.2f} s of CPU"
    )
    print(f"the rules add {total.ratio:.1%} (target: at most {TARGET:.0%})")
    for rule, seconds in sorted(total.rules.items(), key=lambda item: -item[1])[: options.slowest]:
        print(f"{seconds:8.3f} s {seconds / total.graphs:7.2%}  {rule.code} {rule.name}")
    print("files on which they add most:")
    for path, cost in sorted(costs.items(), key=lambda item: -sum(item[1].rules.values()))[: options.slowest]:
        print(f"{sum(cost.rules.values()):8.3f} s {cost.ratio:7.1%}  {path}")
    sys.exit(total.ratio > TARGET)


@contextmanager
def sources(paths: list[Path]) -> Iterator[list[Path]]:
    """The files below ``paths``; without any, scripts that make the models of keras.applications."""
    if paths:
        yield [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
        return
    with tempfile.TemporaryDirectory() as folder:
        yield [written(Path(folder), model) for model in application_models()]


def application_models() -> list[str]:
    """The functions of keras.applications that make models, by the package's source; it is not imported."""
    spec = find_spec("keras")
    assert spec is not None, "keras is not installed"
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "src" / "applications"
    found = []
    for file in sorted(folder.glob("*.py")):
        if not file.stem.endswith("_test"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found += [
                each.name
                for each in tree.body
                if isinstance(each, ast.FunctionDef) and each.name[:1].isupper() and each.decorator_list
            ]
    return found


def written(folder: Path, model: str) -> Path:
    path = folder / f"{model}.py"
    path.write_text(f"import keras\n\nmodel = keras.applications.{model}(weights=None)\n", encoding="utf-8")
    return path


def cheapest(path: Path, rules: list[Rule], rounds: int) -> Cost | None:
    """The least that each part took; None for a file that is no source or names neither package."""
    settings = Settings(keras=3)
    with suppress(SourceError):
        source = read_source(str(path))
        if "keras" not in source.text and "tensorflow" not in source.text:
            return None
        parse(source)
        least: Cost | None = None
        for _ in range(rounds):
            cost = Cost()
            program, cost.graphs = timed(lambda: interpret(source, settings))
            for rule in rules:
                check = load_check(rule)
                _, cost.rules[rule] = timed(lambda program=program, check=check: run(check, program))
            if least is None or cost.graphs + sum(cost.rules.values()) < least.graphs + sum(least.rules.values()):
                least = cost
        return least
    return None


def run(check: Callable[[Program], object], program: Program) -> list[object]:
    return list(check(program))  # type: ignore[call-overload]


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


if __name__ == "__main__":
    main()
