"""Watches the optimizers that the user's code makes, with the learning rate that each is given."""

from __future__ import annotations

from typing import Any

from kerascheck.program import OptimizerUse
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import Runtime, patch

MOST_OPTIMIZERS = 100


def watch_learning_rates(runtime: Runtime, owner: Any, method: str) -> None:
    """See what ``method`` of a class of optimizers is given, which every constructor calls with the learning rate."""

    def make(original: Any) -> Any:
        def given(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            _note(runtime, optimizer, method, args, kwargs)
            return original(optimizer, *args, **kwargs)

        return given

    if method in vars(owner):
        patch(owner, method, make)


def _note(runtime: Runtime, optimizer: Live, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    values = [*args, *kwargs.values()]
    if method == "_set_hyper":
        rate = values[1] if values[0] == "learning_rate" else None
    else:
        rate = kwargs.get("learning_rate", args[0] if args else None)
    source, found = runtime.user.here(), runtime.watched.optimizers
    if source is None or not isinstance(rate, (int, float)) or isinstance(rate, bool):
        return
    use = OptimizerUse(type(optimizer).__name__, float(rate), source.span, source.text, source.stack)
    if use not in found and len(found) < MOST_OPTIMIZERS:
        found.append(use)
