"""A limit on the time that a stretch of Python may take."""

from __future__ import annotations

import time

import pytest

from kerascheck.tracer.limits import TooLongError, time_limit


def test_an_endless_loop_is_ended() -> None:
    with pytest.raises(TooLongError), time_limit(0.05):
        while True:
            time.sleep(0.001)


def test_what_is_quick_goes_through() -> None:
    with time_limit(5):
        done = sum(range(10))
    assert done == 45


def test_a_limit_that_was_kept_raises_nothing_later() -> None:
    with time_limit(0.02):
        pass
    time.sleep(0.05)


def test_code_that_handles_every_exception_is_ended_all_the_same() -> None:
    def stubborn() -> None:
        while True:
            try:
                time.sleep(0.001)
            except Exception:
                continue

    with pytest.raises(TooLongError), time_limit(0.05):
        stubborn()
