"""How kerascheck fares on a large body of real code: every file of the installed keras package.

Prints how many files were checked, how long that took beside parsing them with ``ast.parse``, the internal errors, and
the findings by rule with their places. Code that ships in Keras works, so a finding here is likely a false alarm.
Keras's own files are read and never run; keras is not even imported. Takes a few minutes.

    python benchmarks/keras_source.py [--package keras] [--skip-tests]
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import time
from collections import defaultdict
from pathlib import Path

from kerascheck import Diagnostic, Settings, check_paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default="keras", help="an installed package (default: keras)")
    parser.add_argument("--skip-tests", action="store_true", help="leave out files named *_test.py")
    options = parser.parse_args()
    folder = folder_of(options.package)
    files = [
        path for path in sorted(folder.rglob("*.py")) if not (options.skip_tests and path.name.endswith("_test.py"))
    ]

    parsing = time.perf_counter()
    for path in files:
        ast.parse(path.read_bytes())
    parsing = time.perf_counter() - parsing

    checking = time.perf_counter()
    diagnostics = check_paths(files, Settings())
    checking = time.perf_counter() - checking

    print(f"{options.package}: {len(files)} files in {checking:.1f}s")
    print(f"ast.parse alone: {parsing:.1f}s, ratio {checking / parsing:.1f}")
    internal = [found for found in diagnostics if found.internal]
    print(f"internal errors: {len(internal)}")
    for found in internal:
        print(f"    {found.message}")
    report([found for found in diagnostics if not found.internal], folder.parent)


def folder_of(package: str) -> Path:
    """Where an installed package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed")
    return Path(spec.origin).parent


def report(diagnostics: list[Diagnostic], root: Path) -> None:
    """Print the findings by rule. A module that many files import is reported once."""
    by_rule: defaultdict[str, dict[tuple[str, int, int], str]] = defaultdict(dict)
    for found in diagnostics:
        span = found.span
        by_rule[f"{found.code} {found.name}"][span.file, span.line, span.column] = found.message
    print(f"findings: {sum(map(len, by_rule.values()))}")
    for rule, places in sorted(by_rule.items()):
        print(f"{rule}: {len(places)}")
        for (file, line, column), message in sorted(places.items()):
            path = Path(file)
            shown = path.relative_to(root) if path.is_relative_to(root) else path
            print(f"    {shown}:{line}:{column}: {message}")


if __name__ == "__main__":
    main()
