"""Room on Python's stack: what runs in it is the same, and takes no memory from the system call by call."""

from __future__ import annotations

from functools import partial

import pytest

from kerascheck.deep_calls import with_room


def at_depth(depth: int, calls: int) -> int:
    """Call a function again and again, below as many calls as ``depth``; gives how many calls ran."""
    if depth:
        return 1 + at_depth(depth - 1, calls)
    return sum(at_depth(0, 0) for _ in range(calls))


def faults(depths: range) -> int:
    """How many pages of memory the system gives while calls go up and down at these depths."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for depth in depths:
        at_depth(depth, 400)
    after: int = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    return after - before


def test_what_runs_gives_its_value_and_its_exceptions() -> None:
    assert with_room(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 // 0)


def test_calls_below_it_take_no_memory_each() -> None:
    # Without room they are more than two thousand.
    assert with_room(partial(faults, range(300))) < 200
