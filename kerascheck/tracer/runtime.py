"""The child's state: what is watched, and the session that records, where one is running."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import Program
from kerascheck.tracer.binding import bind, leaves, left_out
from kerascheck.tracer.flags import told_mode
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.journal import Journal
from kerascheck.tracer.library import (
    CallSite,
    Construction,
    Derived,
    Library,
    Live,
    LiveCall,
    PublicCall,
    RootCall,
    Watched,
)
from kerascheck.tracer.notes import Notes
from kerascheck.tracer.session import Session
from kerascheck.tracer.stretching import note_operation
from kerascheck.tracer.tensors import Tensors

MAXIMUM_ROOTS = 500
"""No more calls than this are kept; a training loop makes the same ones again and again."""


SETTING_UP = ("__init__", "build")
"""Methods in which a layer makes its weights, and may compute with them."""

FIRST_LIVE_NODE = 1_000_000
"""Where the numbers of nodes of TF1 graph code begin, above those of the sessions."""


@dataclass(slots=True)
class Runtime:
    """One run of the user's code.

    Attributes:
        tensorflow: the module.
        user: tells the user's code from libraries.
        watched: what was seen of the user's code so far.
        libraries: the generations of Keras that were imported.
        session: set while the live models are called once more to be recorded.
        live: records TF1 graph code while it runs.
        journal: counts what is made, for the process that waits for this one.
        notes: the facts that are told as they are seen.
        when_made: what is called for every layer and variable, with what it is, while layers are called.
        when_called: what is called for every layer that the user's code calls on data.
        when_constructed: what is called for every layer that the user's code makes, with its arguments.
        when_crashed: what is called with the exception that ended the user's code, and where it was.
        finishers: what is called with the program once everything was looked at, and with the session that recorded.
    """

    tensorflow: Any
    user: UserCode
    watched: Watched = field(default_factory=Watched)
    libraries: list[Library] = field(default_factory=list)
    session: Session | None = None
    live: Session | None = None
    journal: Journal | None = None
    notes: Notes = field(default_factory=Notes)
    when_made: Callable[[Live, str], object] | None = None
    when_called: list[Callable[[Library, Live, tuple[Any, ...]], None]] = field(default_factory=list)
    when_constructed: Callable[[Live, tuple[Any, ...], Mapping[str, Any]], None] | None = None
    when_crashed: list[Callable[[BaseException, Source], None]] = field(default_factory=list)
    finishers: list[Callable[[Program, Session | None], None]] = field(default_factory=list)
    open_contexts: ExitStack = field(default_factory=ExitStack)

    @property
    def active(self) -> Session | None:
        """The session that records what is called now, if any."""
        return self.session if self.session is not None else self._live_session()

    def _live_session(self) -> Session | None:
        from tensorflow.python.eager import context
        from tensorflow.python.framework import ops

        # A FuncGraph is Keras's or a tf.function's own; only a plain graph is TF1's.
        if context.executing_eagerly() or type(ops.get_default_graph()) is not ops.Graph:
            return None
        if self.live is None:
            self.live = Session(tuple(self.libraries), Tensors(self.tensorflow, None), self.user, self.watched)
            self.live.recorder.counter = FIRST_LIVE_NODE
        self.live.libraries = tuple(self.libraries)
        return self.live

    def constructed(self, layer: Live, arguments: Mapping[str, Any], args: tuple[Any, ...] = ()) -> None:
        """A layer or model is being made, with ``arguments``, of which ``args`` are given by position."""
        if id(layer) not in self.watched.constructions:
            self.watched.constructions[id(layer)] = Construction(layer, self.user.here(), arguments)
            if self.watched.sequential:
                self.watched.hidden.add(id(layer))
            self._note_event()
            if self.when_constructed is not None:
                self.observe(self.when_constructed, layer, args, arguments)

    def crashed(self, error: BaseException) -> None:
        """An exception has ended the user's code."""
        self.notes.crashed(error)
        source = self.user.innermost(error.__traceback__)
        for look in self.when_crashed if source is not None else ():
            self.observe(look, error, source)

    def finish(self, program: Program, session: Session | None) -> None:
        """Tell the program what was seen."""
        for finish in self.finishers:
            self.observe(finish, program, session)
        self.notes.fill(program)

    def observe(self, look: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Look at what the user's code does: whatever odd object is met there, that code goes on as it would."""
        try:
            look(*args, **kwargs)
        except Exception:
            if os.environ.get("KERASCHECK_DEBUG"):
                raise

    def made(self, value: Live, kind: str) -> None:
        """A layer or variable is being made, by the user's code or when its models are called once more."""
        if self.when_made is not None and (self.session is not None or self.watched.depth) and self.live is None:
            self.observe(self.when_made, value, kind)

    def _note_event(self) -> None:
        if self.journal is not None:
            self.journal.event()

    def connected(self, library: Library, key: int, keep: Live, operation: Live) -> None:
        """A call on KerasTensors has become part of Keras's history."""
        made = self.watched.constructions.get(id(operation))
        within = self.watched.sequential and made is not None
        source = made.source if within and made is not None else self.user.here()
        if self.watched.public is not None:
            self.watched.public.nodes += 1
        hidden = self.watched.sequential > 0
        self.watched.sites.setdefault(key, CallSite(source, self.watched.public, keep, library, hidden))
        self._note_event()

    @contextmanager
    def within_sequential(self) -> Iterator[None]:
        """A Sequential makes its functional model."""
        self.watched.sequential += 1
        try:
            yield
        finally:
            self.watched.sequential -= 1

    @contextmanager
    def within(self) -> Iterator[bool]:
        """A call of a layer; gives whether it is the outermost."""
        self.watched.depth += 1
        try:
            yield self.watched.depth == 1
        finally:
            self.watched.depth -= 1

    def call_outside(self, library: Library, layer: Live, original: Any, args: Any, kwargs: Any) -> Any:
        """A layer is called by the user's code, not by a session."""
        with self.within() as outermost:
            if not outermost:
                return original(layer, *args, **kwargs)
            symbolic = any(library.is_symbolic(leaf) for leaf in leaves((args, kwargs)))
            if not symbolic:
                for look in self.when_called:
                    self.observe(look, library, layer, args)
            if library.is_model(layer) and not symbolic:
                self._note_model_call(library, layer, args, kwargs)
            try:
                outputs = original(layer, *args, **kwargs)
            except Exception as error:
                self.root(layer, None, args, kwargs, error)
                raise
            if not symbolic and library.is_model(layer):
                self.watched.objectives.predicted(layer, list(leaves(outputs)), self.user.here())
            if not symbolic and id(layer) not in self.watched.called:
                self.watched.called.add(id(layer))
                self.root(layer, None, args, kwargs)
            return outputs

    def _note_model_call(self, library: Library, model: Live, args: Any, kwargs: Mapping[str, Any]) -> None:
        source = self.user.here()
        # One whose constructor did not reach Keras's has no name yet, and is about to fail.
        if source is not None and library.is_made(model) and len(self.watched.calls) < MAXIMUM_ROOTS:
            told = told_mode(library, model, args, kwargs)
            self.watched.calls.append(LiveCall(library, model, told, tuple(self.watched.tapes), source))

    def root(
        self,
        operation: Live,
        name: str | None,
        args: Any,
        kwargs: Any,
        error: BaseException | None = None,
        *,
        compiled: bool = False,
    ) -> None:
        """Remember a call for the sessions."""
        if len(self.watched.roots) < MAXIMUM_ROOTS:
            made = self.watched.constructions.get(id(operation)) if self.watched.sequential else None
            source = self.user.here() if made is None else made.source
            site = CallSite(source, self.watched.public)
            self.watched.roots.append(RootCall(operation, name, args, kwargs, site, error, compiled))
            self._note_event()

    def public_call(self, name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A public function is called by the user's code, not within a session."""
        within = self.watched.depth > 0
        if within and not self.user.runs(SETTING_UP):
            return function(*args, **kwargs)
        if within or not any(self._is_symbolic(leaf) for leaf in leaves((args, kwargs))):
            if not within:
                self.observe(self.watched.objectives.met_by_function, name, function, args, kwargs, self.user)
            return self.plain_call(name, bind(function, args, kwargs), lambda: function(*args, **kwargs))
        self.watched.public = PublicCall(name, bind(function, args, kwargs), defaulted=left_out(function, args, kwargs))
        try:
            with self.within():
                return function(*args, **kwargs)
        except Exception as error:
            self.root(function, name, args, kwargs, error)
            raise
        finally:
            self.watched.public = None

    def plain_call(self, name: str, arguments: Mapping[str, Any], call: Callable[[], Any]) -> Any:
        """A function is applied to something other than KerasTensors, or an operator to anything, outside any layer."""
        watched = self.watched
        watched.combining += any(self._is_symbolic(leaf) for leaf in leaves(dict(arguments)))
        try:
            result = call()
        finally:
            watched.combining = 0
        if watched.objectives.knows_predictions and not watched.depth:
            self.observe(note_operation, watched.objectives, name, arguments, result, self.user)
        outside = not watched.depth or self.user.runs(SETTING_UP)
        if outside and len(watched.derived) < MAXIMUM_ROOTS and self._is_derived(arguments, result):
            watched.derived[id(result)] = Derived(result, name, arguments, self.user.here())
        return result

    def read(self, variable: Live, value: Live) -> None:
        """The value of a variable was read; as the operand of a KerasTensor it is all that Keras gets to see."""
        if self.watched.combining and self.session is None and not self.watched.depth:
            derived = Derived(value, "tf.identity", {"input": variable}, self.user.here())
            self.watched.derived.setdefault(id(value), derived)

    def _is_derived(self, arguments: Mapping[str, Any], result: Any) -> bool:
        """Whether a tensor comes of variables, and of no data."""
        if not isinstance(result, self.tensorflow.Tensor):
            return False
        found = False
        for leaf in leaves(dict(arguments)):
            if id(leaf) in self.watched.derived or self.is_variable(leaf):
                found = True
            elif isinstance(leaf, self.tensorflow.Tensor) or self._is_symbolic(leaf):
                return False
        return found

    def is_variable(self, value: Live) -> bool:
        """Whether ``value`` is a variable of any sort."""
        return isinstance(value, self.tensorflow.Variable) or any(each.is_variable(value) for each in self.libraries)

    def is_layer(self, value: Live) -> bool:
        """Whether ``value`` is a layer of any Keras."""
        return any(library.is_layer(value) for library in self.libraries)

    def storage(self, variable: Live) -> Live:
        """The TensorFlow variable behind a variable of any sort."""
        library = next((found for found in self.libraries if found.is_variable(variable)), None)
        return self.watched.plain(variable) if library is None else library.storage(variable)

    def _is_symbolic(self, value: Live) -> bool:
        return any(library.is_symbolic(value) for library in self.libraries)


_UNDO: ContextVar[ExitStack | None] = ContextVar("undo", default=None)


@contextmanager
def undone() -> Iterator[ExitStack]:
    """Undo, when it ends, every replacement that is made while it lasts."""
    with ExitStack() as undo:
        token = _UNDO.set(undo)
        try:
            yield undo
        finally:
            _UNDO.reset(token)


def when_undone(callback: Callable[..., object], *args: Any) -> None:
    """Call a function when what is replaced now is put back, if it ever is."""
    undo = _UNDO.get()
    if undo is not None:
        undo.callback(callback, *args)


def replace_attribute(owner: Any, name: str, value: Any) -> None:
    """Give a class or module another attribute of that name."""
    when_undone(setattr, owner, name, vars(owner)[name])
    setattr(owner, name, value)


def replace_everywhere(modules: re.Pattern[str], pairs: Iterable[tuple[Any, Any]]) -> None:
    """Replace functions, each by its stand-in, in every imported module of such a name that has them."""
    stand_ins = {id(original): (original, made) for original, made in pairs}
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and modules.fullmatch(name):
            for attribute, value in list(vars(module).items()):
                if id(value) in stand_ins:
                    replace_attribute(module, attribute, stand_ins[id(value)][1])


def patch(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace a method by what ``make`` makes of it."""
    original = vars(owner)[name]
    if isinstance(original, staticmethod):
        function = original.__func__
        replace_attribute(owner, name, staticmethod(functools.wraps(function)(make(function))))
    else:
        replace_attribute(owner, name, functools.wraps(original)(make(original)))


def constructor_arguments(cls: Any, made: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``cls(...)`` by parameter name, with its defaults."""
    bound = bind(cls.__init__, (made, *args), dict(kwargs))
    return {name: value for name, value in bound.items() if value is not made}
