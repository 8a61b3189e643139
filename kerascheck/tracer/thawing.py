"""Models within a model that were frozen when it was fitted, and no longer are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.program import Program, ThawedFit
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.loops import nearest_class
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session

FITTING = ("fit", "fit_generator")
NORMALIZATION = "keras.layers.BatchNormalization"
OWN_CODE = frozenset({"call", "fit", "train_step", "make_train_function", "__call__"})


@dataclass(slots=True)
class Thawing:
    """What was seen: which bases were frozen in a fit of which model, and the fits that thawed one."""

    runtime: Runtime
    frozen: set[tuple[int, int]] = field(default_factory=set)
    found: list[tuple[Live, ThawedFit]] = field(default_factory=list)

    def watch(self, library: Library, owner: Any) -> None:
        """See when the models of class ``owner`` are fitted."""

        def make(original: Any) -> Any:
            def method(model: Any, *args: Any, **kwargs: Any) -> Any:
                self.runtime.observe(self._note, library, model)
                return original(model, *args, **kwargs)

            return method

        for name in FITTING:
            if name in vars(owner):
                patch(owner, name, make)

    def _note(self, library: Library, model: Live) -> None:
        source = self.runtime.user.here()
        layered = library.ends(model) is not None or library.is_sequential(model)
        if source is None or not layered or self._has_own_code(model):
            return
        told: set[int] | None = None
        for base in library.inner_layers(model):
            if base is model or not library.is_model(base) or id(base) in self.runtime.watched.hidden:
                continue
            if told is None:
                told = set(self._told(library))
            if id(base) in told:
                continue
            if not base.trainable:
                self.frozen.add((id(base), id(model)))
            elif (id(base), id(model)) in self.frozen:
                inner = library.inner_layers(base)
                normal = tuple(dict.fromkeys(self._normalizing(library, inner)))
                made = self._made(base)
                if normal and made is not None and all(library.canonical(type(each)) for each in inner):
                    names = str(model.name), str(base.name)
                    fit = ThawedFit(*names, library.generation, source.span, made, normal, source.stack)
                    self.found.append((base, fit))

    def _told(self, library: Library) -> Iterator[int]:
        """The layers that were called with a literal ``training``."""
        for site in self.runtime.watched.sites.values():
            if site.library is library and library.literal_flag(site.keep) is not None:
                yield id(library.called_layer(site.keep))

    def _normalizing(self, library: Library, layers: list[Live]) -> Iterator[Span]:
        for each in layers:
            made = self._made(each)
            if nearest_class(library, each) == NORMALIZATION and each.trainable and made is not None:
                yield made

    def _made(self, layer: Live) -> Span | None:
        made = self.runtime.watched.constructions.get(id(layer))
        return made.source.span if made is not None and made.source is not None else None

    def _has_own_code(self, model: Live) -> bool:
        own = [cls for cls in type(model).__mro__ if self.runtime.user.owns(_file(cls))]
        return any(OWN_CODE & vars(cls).keys() for cls in own)

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell of the bases that were thawed, but those that are trained by themselves as well, as in a GAN."""
        fitted = self.runtime.watched.fitted
        program.thawed_fits += [fit for base, fit in self.found if id(base) not in fitted]


def _file(cls: type) -> str:
    module = sys.modules.get(cls.__module__)
    return str(vars(module).get("__file__") or "<unknown>") if module is not None else "<unknown>"
