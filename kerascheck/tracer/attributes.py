"""What the user's code assigns to attributes of layers: names that Keras keeps, variables lost to tensors, counts."""

from __future__ import annotations

import ast
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from kerascheck.interpreter.python_state import exempt_attributes, goes_on_from
from kerascheck.program import MissingInit, Program, PythonState, RebindingUse, ReservedAttribute
from kerascheck.semantics.reserved import is_reserved
from kerascheck.tracer.callers import RunningMethod, running_method
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.loops import nearest_class
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session
from kerascheck.tracer.statements import Statement, source_at, statement_at
from kerascheck.tracer.tensor_weights import TensorWeights

KERAS = ("keras", "tf_keras")


@dataclass(slots=True)
class Attributes:
    """What was assigned.

    Attributes:
        rebound: the attributes that held a variable and hold a tensor computed from it, by the layer's id and the name.
        seen: the places in ``call`` that go on from a number, which were looked at.
        weights: sees tensors where weights are meant, and weights that are not kept.
    """

    runtime: Runtime
    weights: TensorWeights
    rebound: dict[tuple[int, str], RebindingUse] = field(default_factory=dict)
    seen: set[Hashable] = field(default_factory=set)

    def watch(self, library: Library, owner: Any) -> None:
        """See the assignments to attributes of the layers of class ``owner``."""

        def make(original: Any) -> Any:
            def method(layer: Any, name: str, value: Any) -> None:
                frame = sys._getframe(1)
                if not self.runtime.user.owns(frame.f_code.co_filename):
                    original(layer, name, value)
                    return
                old = vars(layer).get(name)
                try:
                    original(layer, name, value)
                except (AttributeError, RuntimeError) as error:
                    self.runtime.observe(self._failed, library, layer, name, value, frame, error)
                    raise
                self.runtime.observe(self._assigned, library, layer, name, old, value, frame)

            return method

        patch(owner, "__setattr__", make)

    def _failed(
        self, library: Library, layer: Live, name: str, value: Any, frame: FrameType, error: BaseException
    ) -> None:
        if isinstance(error, AttributeError):
            self._refused(library, layer, name, value, frame, error)
        else:
            self._early(library, layer, name, frame, error)

    def _assigned(self, library: Library, layer: Live, name: str, old: Any, value: Any, frame: FrameType) -> None:
        """The user's code in ``frame`` has assigned an attribute."""
        if self.runtime.live is not None:
            return
        if _is_number(old):
            self._changed(library, layer, name, value, frame)
        elif self.runtime.is_variable(old) or self._is_tensor(value) or self.runtime.is_variable(value):
            self._replaced(library, layer, name, old, value, frame)

    def _refused(
        self, library: Library, layer: Live, name: str, value: Any, frame: FrameType, error: BaseException
    ) -> None:
        user = self.runtime.user
        source = source_at(user, statement_at(user, frame))
        owner = next((cls for cls in type(layer).__mro__ if name in vars(cls)), None)
        if source is None or owner is None or owner.__module__.partition(".")[0] not in KERAS:
            return
        if library.canonical(type(layer)) is not None and self._is_tensor(value):
            self.weights.refused(library, layer, name, source, error)
            return
        base = nearest_class(library, layer)
        if not is_reserved(base, library.generation, name):
            return
        self.runtime.notes.expect(
            error,
            ReservedAttribute(
                base, type(layer).__name__, name, library.generation, source.span, source.text, source.stack
            ),
        )

    def _early(self, library: Library, layer: Live, name: str, frame: FrameType, error: BaseException) -> None:
        """Keras 2 does not take an attribute of a model that is not initialised; Keras 3 does."""
        source = source_at(self.runtime.user, statement_at(self.runtime.user, frame))
        if library.generation == 2 and source is not None and frame.f_code.co_name == "__init__":
            cls = type(layer).__name__
            if "_base_model_initialized" not in vars(layer):
                self.runtime.notes.expect(error, MissingInit(cls, True, 2, source.span, name, source.stack))

    def _changed(self, library: Library, layer: Live, name: str, value: Any, frame: FrameType) -> None:
        """A number becomes another value: state, if ``call`` goes on from it."""
        if not (_is_number(value) or self._is_tensor(value)):
            return
        running = self._running(layer, frame)
        key = (frame.f_code, frame.f_lasti, id(layer))
        if running is None or running.kind != "call" or key in self.seen or vars(layer).get("_dynamic"):
            return
        self.seen.add(key)
        statement = statement_at(self.runtime.user, frame)
        if statement is None or not _goes_on(statement.node, name) or is_exempt(statement, name):
            return
        source = source_at(self.runtime.user, statement)
        if source is not None:
            kind = "number" if _is_number(value) else "tensor"
            cls = type(layer).__name__
            self.runtime.notes.add(
                PythonState(cls, name, kind, library.generation, source.span, source.text, source.stack)
            )

    def _replaced(self, library: Library, layer: Live, name: str, old: Any, value: Any, frame: FrameType) -> None:
        """A variable, or nothing that matters, becomes a variable or a tensor."""
        running = self._running(layer, frame)
        statement = statement_at(self.runtime.user, frame)
        if statement is None:
            return
        key = (id(layer), name)
        if self.runtime.is_variable(value):
            self.rebound.pop(key, None)
            if running is not None:
                self.weights.kept(layer, name, old, value, running, statement)
            return
        source = source_at(self.runtime.user, statement)
        if source is None or not self._is_tensor(value):
            return
        if running is None:
            self.weights.replaced(library, layer, name, old, value, source)
        elif self.runtime.is_variable(old) and self._is_computed(value, old, statement, name):
            if library.generation == 2 or library.is_variable(old):
                self.rebound[key] = self._rebinding(library, layer, name, old, running, statement)
        elif running.kind in ("__init__", "build") and key not in self.rebound:
            self.weights.computed(library, layer, name, value, running, source)

    def _rebinding(
        self, library: Library, layer: Live, name: str, old: Live, running: RunningMethod, statement: Statement
    ) -> RebindingUse:
        source = source_at(self.runtime.user, statement)
        assert source is not None
        made = self.runtime.watched.variables.get(old)
        return RebindingUse(
            type(layer).__name__,
            name,
            running.kind.strip("_"),
            library.generation,
            "",
            source.span,
            source.text,
            source.stack,
            made.span if made is not None else None,
        )

    def _is_computed(self, value: Live, old: Live, statement: Statement, name: str) -> bool:
        return _goes_on(statement.node, name) or id(old) in {id(each) for each in self.weights.behind(value)}

    def _running(self, layer: Live, frame: FrameType) -> RunningMethod | None:
        found = running_method(self.runtime.user, self.runtime.is_layer, frame)
        return found if found is not None and found.layer is layer else None

    def _is_tensor(self, value: Any) -> bool:
        return isinstance(value, self.runtime.tensorflow.Tensor) and not self.runtime.is_variable(value)

    def finish(self, program: Program, session: Session | None) -> None:
        """Tell what was seen."""
        program.rebound_weights += self.rebound.values()
        self.weights.finish(program, session)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _goes_on(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives an attribute a value that is computed from the one it has."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.target, ast.Attribute) and node.target.attr == name
    if not isinstance(node, ast.Assign):
        return False
    targets = [each for each in node.targets if isinstance(each, ast.Attribute) and each.attr == name]
    return any(goes_on_from(node, each) for each in targets)


def is_exempt(statement: Statement, name: str) -> bool:
    """Whether some class of the file sets the attribute anew, or makes text of it."""
    classes = [each for each in ast.walk(statement.source.tree) if isinstance(each, ast.ClassDef)]
    return any(name in exempt_attributes(each) for each in classes)


def watch_missing_init(runtime: Runtime, library: Library, owner: Any, method: str) -> None:
    """See what is done with layers whose constructor did not call Keras's: ``method`` finds out and raises."""

    def make(original: Any) -> Any:
        def check(layer: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(layer, *args, **kwargs)
            except RuntimeError as error:
                if "super().__init__()" in str(error):
                    runtime.observe(_note_missing, runtime, library, layer, error)
                raise

        return check

    patch(owner, method, make)


def _note_missing(runtime: Runtime, library: Library, layer: Live, error: BaseException) -> None:
    owner = next((cls for cls in type(layer).__mro__ if "__init__" in vars(cls)), None)
    code = None if owner is None else runtime.user.code_of(vars(owner)["__init__"])
    if owner is not None and code is not None:
        span = runtime.user.definition(code)
        fact = MissingInit(owner.__name__, library.is_model(layer), library.generation, span)
        runtime.notes.expect(error, fact)
