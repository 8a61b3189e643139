"""Traced programs, each run once for all the tests that look at it: a child process costs seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kerascheck.tracer import Outcome, trace_outcome

SCRIPTS = Path(__file__).parent.parent / "data" / "tracer"

Run = Callable[..., Outcome]


@pytest.fixture(scope="session")
def traced() -> Run:
    """Traces a script of ``tests/data/tracer``, the same one with the same options only once."""
    outcomes: dict[tuple[str, tuple[tuple[str, object], ...]], Outcome] = {}

    def run(name: str, **options: object) -> Outcome:
        key = (name, tuple(sorted(options.items())))
        if key not in outcomes:
            outcomes[key] = trace_outcome(str(SCRIPTS / name), **options)  # type: ignore[arg-type]
        return outcomes[key]

    return run
