"""How models are compiled: eagerly, with XLA where there is a GPU, or in the scope of another strategy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.program import OutsideStrategy, Program
from kerascheck.tracer.binding import bind
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch, replace_attribute
from kerascheck.tracer.session import Session

STRATEGIES = frozenset(
    {"MirroredStrategy", "MirroredStrategyV1", "MultiWorkerMirroredStrategy", "TPUStrategy", "TPUStrategyV2"}
)
"""The strategies whose scope has to be open when variables are made."""


@dataclass(slots=True)
class Compiling:
    """What was seen.

    Attributes:
        eagerly: whether some model, or everything, is told to run eagerly.
        auto_jit: the models that Keras 3 compiles with XLA where it finds a GPU.
        scopes: where the scopes of strategies were opened, by the strategy's id.
        optimizers: the models whose optimizers are of none, which matters once they are trained.
    """

    runtime: Runtime
    eagerly: bool = False
    auto_jit: list[Live] = field(default_factory=list)
    scopes: dict[int, Source | None] = field(default_factory=dict)
    optimizers: list[tuple[Live, OutsideStrategy]] = field(default_factory=list)

    def watch(self) -> None:
        """See what is told to all of TensorFlow, and the scopes of strategies."""
        from tensorflow.python.distribute.distribute_lib import StrategyBase

        tensorflow = self.runtime.tensorflow
        run_eagerly = tensorflow.config.run_functions_eagerly

        def run_functions_eagerly(run_eagerly_: bool) -> None:
            if self.runtime.user.is_calling():
                self.eagerly = self.eagerly or bool(run_eagerly_)
            run_eagerly(run_eagerly_)

        for name in ("run_functions_eagerly", "experimental_run_functions_eagerly"):
            replace_attribute(tensorflow.config, name, run_functions_eagerly)

        def watch_scope(original: Any) -> Any:
            def scope(strategy: Any) -> Any:
                self.scopes[id(strategy)] = self.runtime.user.here()
                return original(strategy)

            return scope

        patch(StrategyBase, "scope", watch_scope)

    def watch_compile(self, library: Library, owner: Any) -> None:
        """See how the models of class ``owner`` are compiled."""

        def make(original: Any) -> Any:
            def method(model: Any, *args: Any, **kwargs: Any) -> Any:
                if library.is_made(model):
                    self.runtime.observe(self._note_strategy, library, model)
                result = original(model, *args, **kwargs)
                if library.is_made(model) and library.generation == 3:
                    self.runtime.observe(self._note_optimizer, library, model)
                self.runtime.observe(self._note, library, model, bind(original, (model, *args), kwargs))
                return result

            return method

        patch(owner, "compile", make)

    def _note(self, library: Library, model: Live, arguments: Mapping[str, Any]) -> None:
        eagerly = bool(arguments.get("run_eagerly"))
        self.eagerly = self.eagerly or eagerly
        if library.generation == 2 or eagerly or arguments.get("jit_compile") != "auto":
            return
        if all(vars(layer).get("supports_jit", True) is True for layer in library.inner_layers(model)):
            self.auto_jit.append(model)

    def _note_strategy(self, library: Library, model: Live) -> None:
        distribute = self.runtime.tensorflow.distribute
        source = self.runtime.user.here()
        if not distribute.has_strategy() or source is None:
            return
        strategy = distribute.get_strategy()
        if type(strategy).__name__ not in STRATEGIES:
            return
        outside = next(self._outside(library, model, strategy), None)
        if outside is not None:
            self.runtime.notes.add(self._outside_of("weights", library, model, strategy, outside.span, source))

    def _note_optimizer(self, library: Library, model: Live) -> None:
        """Keras 3 refuses an optimizer of another strategy that keeps variables; SGD without momentum keeps none."""
        strategy, optimizer = model.distribute_strategy, model.optimizer
        source = self.runtime.user.here()
        if type(strategy).__name__ not in STRATEGIES or optimizer is None or source is None:
            return
        kind = type(optimizer)
        if not kind.__module__.startswith("keras.") or (kind.__name__ == "SGD" and not optimizer.momentum):
            return
        if strategy.extended.variable_created_in_scope(library.storage(optimizer.iterations)):
            return
        if next(self._outside(library, model, strategy), None) is None:
            found = self._outside_of("optimizer", library, model, strategy, source.span, source)
            self.optimizers.append((model, found))

    def _outside_of(
        self, part: str, library: Library, model: Live, strategy: Live, made: Span, source: Source
    ) -> OutsideStrategy:
        scope = self.scopes.get(id(strategy))
        opened = scope.span if scope is not None else None
        return OutsideStrategy(
            str(model.name), library.generation, part, source.span, source.text, made, opened, source.stack
        )

    def _outside(self, library: Library, model: Live, strategy: Live) -> Iterator[Source]:
        """Where the layers were made that have weights from outside the strategy's scope."""
        for layer in library.inner_layers(model):
            made = self.runtime.watched.constructions.get(id(layer))
            weights = [library.storage(weight) for weight in library.own_weights(layer)]
            known = made is not None and made.source is not None
            if known and any(not strategy.extended.variable_created_in_scope(weight) for weight in weights):
                assert made is not None and made.source is not None
                yield made.source

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell what holds for the program."""
        program.runs_eagerly = self.eagerly
        program.auto_jit_models = {str(model.name) for model in self.auto_jit}
        fitted = self.runtime.watched.fitted
        program.outside_strategies += [found for model, found in self.optimizers if id(model) in fitted]
