"""Tensors where weights are meant, and weights that are made and not kept."""

from __future__ import annotations

import ast
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from types import CodeType, FrameType
from typing import Any

from kerascheck.graph import Source
from kerascheck.interpreter.dropped import LISTING
from kerascheck.program import DroppedWeight, Program, TensorWeight
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.callers import RunningMethod, running_method
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session
from kerascheck.tracer.statements import Statement, position, source_at, statement_at
from kerascheck.tracer.user_methods import attributes_read, names_read, own_codes

SETTING_UP = ("__init__", "build")


@dataclass(frozen=True, slots=True)
class Computed:
    """A tensor that an attribute got in a constructor or ``build``, with the new variables it was computed from."""

    fact: TensorWeight
    tensor: Live
    variables: tuple[Live, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A weight that was made and not kept."""

    fact: DroppedWeight
    variable: Live


@dataclass(slots=True)
class TensorWeights:
    """What was seen of them.

    ``new`` are the trainable weights that constructors and ``build`` made, by their ids: the layer and where.
    """

    runtime: Runtime
    tensors: list[Computed] = field(default_factory=list)
    dropped: dict[Hashable, Dropped] = field(default_factory=dict)
    new: dict[int, tuple[Live, Live, CodeType, Source]] = field(default_factory=dict)

    def watch_added(self, library: Library, owner: Any) -> None:
        """See what becomes of the weights that layers of class ``owner`` add."""

        def make(original: Any) -> Any:
            def add_weight(layer: Any, *args: Any, **kwargs: Any) -> Any:
                made = original(layer, *args, **kwargs)
                frame = sys._getframe(1)
                if self.runtime.user.owns(frame.f_code.co_filename) and self.runtime.session is None:
                    self.runtime.observe(self._added, library, layer, made, frame)
                return made

            return add_weight

        patch(owner, "add_weight", make)

    def _added(self, library: Library, layer: Live, made: Live, frame: FrameType) -> None:
        running = running_method(self.runtime.user, self.runtime.is_layer, frame)
        source = self.runtime.user.here()
        if running is None or running.layer is not layer or running.kind not in SETTING_UP or source is None:
            return
        if not made.trainable or self.runtime.live is not None:
            return
        self.new[id(made)] = (made, layer, running.frame.f_code, source)
        how, target = self._fate(frame)
        if how:
            self._drop(library, layer, made, source, how, target)

    def _fate(self, frame: FrameType) -> tuple[str, str]:
        """What is done with the result of the call that a frame is at: how it is dropped, or nothing, and its name."""
        user = self.runtime.user
        at: FrameType | None = frame
        while at is not None and user.owns(at.f_code.co_filename):
            statement = statement_at(user, at)
            match statement.node if statement is not None else None:
                case ast.Expr(value=ast.Call() as call) if is_at(at, call):
                    return "dropped", ""
                case ast.Return(value=ast.Call() as call) if is_at(at, call):
                    at = at.f_back
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if is_at(at, call):
                    return ("", "") if name in names_read(at.f_code) else ("name", name)
            return "", ""
        return "", ""

    def _drop(self, library: Library, layer: Live, variable: Live, source: Source, how: str, target: str) -> None:
        if any(LISTING & attributes_read(code) for code in own_codes(self.runtime.user, layer)):
            return
        fact = DroppedWeight(
            type(layer).__name__, how, target, library.generation, "", source.span, source.text, None, source.stack
        )
        self.dropped[id(variable)] = Dropped(fact, variable)

    def kept(self, layer: Live, name: str, old: Any, value: Live, running: RunningMethod, statement: Statement) -> None:
        """An attribute gets a variable: where it held another one that the same method made, that one is lost."""
        first, second = self.new.get(id(old)), self.new.get(id(value))
        if first is None or second is None or first[0] is second[0] or running.kind not in SETTING_UP:
            return
        if first[2] is not running.frame.f_code or first[1] is not layer or self.runtime.session is not None:
            return
        if any(name in attributes_read(code) for code in own_codes(self.runtime.user, layer, SETTING_UP)):
            return
        library = next(each for each in self.runtime.libraries if each.is_layer(layer))
        by = source_at(self.runtime.user, statement)
        self._drop(library, layer, first[0], first[3], "overwritten", f"self.{name}")
        lost = self.dropped.get(id(old))
        if lost is not None and by is not None:
            self.dropped[id(old)] = replace(lost, fact=replace(lost.fact, by=by.span))

    def behind(self, tensor: Live) -> list[Live]:
        """The variables that a tensor was computed from, outside of any model, where nothing else went into it."""
        found: list[Live] = []
        pending, seen = [tensor], set[int]()
        while pending:
            each = pending.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            derived = self.runtime.watched.derived.get(id(each))
            if derived is not None:
                pending += leaves(dict(derived.arguments))
            elif self.runtime.is_variable(each):
                found.append(each)
        return found

    def computed(
        self, library: Library, layer: Live, name: str, value: Live, running: RunningMethod, source: Source
    ) -> None:
        """An attribute gets a tensor in a constructor or in ``build``."""
        new = tuple(each for each in self.behind(value) if self._is_new(each, running))
        if new and self.runtime.session is None:
            fact = TensorWeight(type(layer).__name__, name, library.generation, source.span, source.text, source.stack)
            self.tensors.append(Computed(fact, value, new))

    def _is_new(self, variable: Live, running: RunningMethod) -> bool:
        """Whether a variable was made by the method that runs."""
        made = self.runtime.watched.variables.get(variable)
        code = running.frame.f_code
        lines = {line for _, _, line in code.co_lines() if line is not None}
        here = self.runtime.user.line(code.co_filename, code.co_firstlineno)
        places = () if made is None else (made.span, *made.stack)
        first, last = min(lines, default=0), max(lines, default=-1)
        shift = here.line - code.co_firstlineno
        return any(
            (each.file, each.cell) == (here.file, here.cell) and first <= each.line - shift <= last for each in places
        )

    def replaced(self, library: Library, layer: Live, name: str, old: Any, value: Live, source: Source) -> None:
        """Code outside of a layer assigns a tensor to its attribute: in the place of a weight it is never trained."""
        watched = self.runtime.watched
        if watched.depth or watched.tapes or self.runtime.session is not None or not self.runtime.is_variable(old):
            return
        if watched.roots or watched.calls:
            # What another model gave for the weight may train that one.
            return
        if library.canonical(type(layer)) is not None and not self.behind(value):
            self.runtime.notes.add(_replacement(library, layer, name, source))

    def refused(self, library: Library, layer: Live, name: str, source: Source, error: BaseException) -> None:
        """Keras 3 does not take a tensor for a weight of one of its layers."""
        if any(str(weight.name) == name for weight in library.own_weights(layer)):
            self.runtime.notes.expect(error, _replacement(library, layer, name, source))

    def finish(self, program: Program, session: Session | None) -> None:
        """Tell what was seen, with the nodes that stand for it."""
        nodes = session.variables if session is not None else {}
        known = session.known if session is not None else {}
        storage = self.runtime.storage
        for each in self.dropped.values():
            node = nodes.get(id(storage(each.variable)), "")
            program.dropped_weights.append(replace(each.fact, node=node))
        for tensor in self.tensors:
            end = known.get(id(tensor.tensor))
            if end is not None:
                variables = tuple(nodes.get(id(storage(each)), "") for each in tensor.variables)
                program.tensor_weights.append(replace(tensor.fact, nodes=(end.node,), variables=variables))


def _replacement(library: Library, layer: Live, name: str, source: Source) -> TensorWeight:
    op = library.canonical(type(layer)) or type(layer).__name__
    target = source.text.partition("=")[0].strip()
    return TensorWeight(op, name, library.generation, source.span, target, source.stack, replaces=True)


def is_at(frame: FrameType, node: ast.expr) -> bool:
    """Whether a frame is evaluating just that expression."""
    return position(frame) == (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
