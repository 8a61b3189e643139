"""A limit on the time that a stretch of Python may take."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TooLongError(BaseException):
    """The time is up. No ``Exception``, so that the code that is stopped does not handle it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """While it lasts, :class:`TooLongError` is raised in this thread once ``seconds`` have passed.

    It is raised between two instructions of Python: a long call into compiled code is finished first.
    """
    caller = threading.get_ident()
    lock, done = threading.Lock(), False

    def expire() -> None:
        with lock:
            if not done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(caller), ctypes.py_object(TooLongError))

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            done = True
        timer.cancel()
