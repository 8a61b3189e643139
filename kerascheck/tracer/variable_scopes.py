"""``tf.compat.v1.variable_scope``: what it asks for, and the Keras layers that do not listen."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.program import ScopeIgnored
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch


@dataclass(frozen=True, slots=True)
class OpenScope:
    """A scope that is open: what it asks of variables, where, and how many layers had been made before."""

    manager: Live
    asks: str
    shared: bool
    span: Span
    before: int


@dataclass(slots=True)
class VariableScopes:
    """The scopes that are open, and the layers made in those that share what is there already, by their places."""

    runtime: Runtime
    open: list[OpenScope] = field(default_factory=list)
    made: dict[tuple[Span, Span], Live] = field(default_factory=dict)

    def watch(self) -> None:
        """See scopes that are opened and closed."""
        from tensorflow.python.ops.variable_scope import variable_scope

        def watch_enter(original: Any) -> Any:
            def enter(manager: Any) -> Any:
                result = original(manager)
                # A strategy opens one of its own, which does not ask anything of the user's layers.
                own = self.runtime.user.is_calling()
                found = self._opened(manager) if own else None
                if found is not None:
                    self.open.append(found)
                return result

            return enter

        def watch_exit(original: Any) -> Any:
            def leave(manager: Any, *args: Any) -> Any:
                self.open = [each for each in self.open if each.manager is not manager]
                return original(manager, *args)

            return leave

        patch(variable_scope, "__enter__", watch_enter)
        patch(variable_scope, "__exit__", watch_exit)

    def _opened(self, manager: Live) -> OpenScope | None:
        source = self.runtime.user.here()
        reuse, getter = manager._reuse, manager._custom_getter
        auto = reuse is self.runtime.tensorflow.compat.v1.AUTO_REUSE
        if source is None or not (callable(getter) or reuse is True or auto):
            return None
        asks = "custom_getter" if callable(getter) else "reuse"
        before = len(self.runtime.watched.constructions)
        return OpenScope(manager, asks, auto and not callable(getter), source.span, before)

    def watch_layers(self, library: Library, owner: Any) -> None:
        """See the layers of class ``owner`` that make weights."""

        def make(original: Any) -> Any:
            def add_weight(layer: Any, *args: Any, **kwargs: Any) -> Any:
                if self.open:
                    self.runtime.observe(self._note, library, layer)
                return original(layer, *args, **kwargs)

            return add_weight

        patch(owner, "add_weight", make)

    def _note(self, library: Library, layer: Live) -> None:
        scope, constructions = self.open[-1], self.runtime.watched.constructions
        made = constructions.get(id(layer))
        source = made.source if made is not None else None
        if source is None or "legacy_tf_layers" in type(layer).__module__:
            return
        since = islice(reversed(constructions), len(constructions) - scope.before)
        if id(layer) not in since:
            return
        if scope.shared and self.made.setdefault((scope.span, source.span), layer) is layer:
            return
        op = library.canonical(type(layer)) or type(layer).__name__
        self.runtime.notes.add(ScopeIgnored(op, str(layer.name), scope.asks, source.span, scope.span, source.stack))
