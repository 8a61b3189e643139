"""What is asked of both generations of Keras in the same words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from kerascheck.tracer.library import CallSite, Live
from kerascheck.tracer.runtime import Runtime


@dataclass(slots=True)
class EitherKeras(ABC):
    """A Keras; see :class:`Library` for what the methods are."""

    runtime: Runtime
    keras: Any

    @abstractmethod
    def canonical(self, value: Live) -> str | None:
        """See :class:`Library`."""

    def watch_call_again(self, original: Any) -> Any:
        """A call of the functional API that Keras makes once more is at the line that made it first.

        ``original`` fills in the arguments of that call, ``made``, anew.
        """
        runtime = self.runtime

        def fill_in(made: Any, table: Any) -> Any:
            session = runtime.session
            if session is not None and session.recording:
                session.pending = runtime.watched.sites.get(id(made), CallSite(None))
            return original(made, table)

        return fill_in

    def is_model(self, value: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(value, self.keras.Model)

    def is_sequential(self, model: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(model, self.keras.Sequential)

    def is_stateful(self, layer: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(layer, self.keras.layers.RNN) and bool(layer.stateful)

    def is_lambda(self, layer: Live) -> bool:
        """See :class:`Library`."""
        return isinstance(layer, self.keras.layers.Lambda)

    def is_plain_callback(self, callback: Live) -> bool:
        """See :class:`Library`."""
        plain = self.canonical(type(callback)) is not None
        return plain and not isinstance(callback, self.keras.callbacks.LambdaCallback)

    def is_registered(self, cls: type) -> bool:
        """See :class:`Library`."""
        find, name = self.keras.saving.get_registered_object, self.keras.saving.get_registered_name(cls)
        return find(name) is not None or find(cls.__name__) is not None

    def base_model(self) -> Live:
        """See :class:`Library`."""
        return self.keras.Model

    def inner_layers(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(layer._flatten_layers())

    def variables(self, layer: Live) -> list[Live]:
        """See :class:`Library`."""
        return list(layer.variables)
