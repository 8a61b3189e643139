"""Sees what layers add to the loss while a session records."""

from __future__ import annotations

from typing import Any

from kerascheck.tracer.binding import leaves
from kerascheck.tracer.runtime import Runtime, patch


def watch_losses(runtime: Runtime, owner: Any) -> None:
    """Keep what is given to ``add_loss`` of a class of layers."""

    def watch(original: Any) -> Any:
        def add_loss(layer: Any, losses: Any, *args: Any, **kwargs: Any) -> Any:
            session = runtime.session
            if session is not None:
                session.losses += [leaf for leaf in leaves(losses) if session.tensors.is_symbolic(leaf)]
            return original(layer, losses, *args, **kwargs)

        return add_loss

    patch(owner, "add_loss", watch)
