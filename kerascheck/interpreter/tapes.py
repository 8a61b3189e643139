"""GradientTapes: what they watch and record, and which gradients are certainly None."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, Source
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter, TapeState
from kerascheck.interpreter.flows import (
    CALLED,
    NUMPY,
    PREDICTED,
    ancestors,
    ancestors_of,
    flat_values,
    is_flat,
    parts_of,
)
from kerascheck.interpreter.heap import EITHER
from kerascheck.interpreter.layer_ownership import layers_within
from kerascheck.interpreter.layer_state import STEP
from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.unknowns import MissingArgument
from kerascheck.interpreter.values import (
    Arguments,
    ComputedValue,
    Constant,
    DictValue,
    External,
    Flow,
    FunctionValue,
    Instance,
    ListValue,
    RangeValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
    VariableState,
)
from kerascheck.program import TapeFault, TapeFaultKind
from kerascheck.records import immutable

TAPE = "tape"
"""What the objects of ``tf.GradientTape`` are, natively."""

PERSISTENT, WATCHES, WATCHED, TAKEN, STATE = "__persistent__", "__watches__", "__watched__", "__taken__", "__tape__"
"""Where a tape's object keeps what it was made with, what was watched, the gradient that was taken, and its state."""

METRICS = "keras.metrics."


def new_tape(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Instance:
    """``tf.GradientTape(...)``."""
    tape = interpreter.heap.new(Instance(function, native=TAPE, span=interpreter.span(node)))
    tape.attributes.update(
        {
            PERSISTENT: arguments.get(0, "persistent", False),
            WATCHES: arguments.get(1, "watch_accessed_variables", True),
            WATCHED: (),
            TAKEN: None,
            STATE: TapeState(),
        }
    )
    return tape


def enter_tape(interpreter: Interpreter, tape: Instance) -> TapeState:
    """``with tape:``; one that is entered again starts anew."""
    interpreter.heap.touch(tape)
    tape.attributes[TAKEN] = None
    state = tape.attributes.setdefault(STATE, TapeState())
    assert isinstance(state, TapeState)
    context = interpreter.context
    state.plain = state.plain is None and not context.stack and not context.guards and len(context.modules) == 1
    context.tapes.append(state)
    return state


def _note_use(tape: Instance) -> None:
    state = tape.attributes.get(STATE)
    if isinstance(state, TapeState):
        state.plain = False


def watch(interpreter: Interpreter, tape: Instance, arguments: Arguments) -> None:
    """``tape.watch(x)``."""
    _note_use(tape)
    given = arguments.get(0, "tensor")
    tensors = tuple(tensor for _, tensor in tensors_in(given))
    before = tape.attributes.get(WATCHED)
    interpreter.heap.touch(tape)
    known = isinstance(before, tuple) and tensors and not arguments.open
    tape.attributes[WATCHED] = (*before, *tensors) if known and isinstance(before, tuple) else UnknownValue("watched")


def let_go(interpreter: Interpreter, arguments: Arguments) -> None:
    """Code that is not followed is given these: it may do with a tape or a model what it likes."""
    for value in arguments.given:
        if isinstance(value, Instance) and value.native == TAPE:
            forget(interpreter, value)
        elif isinstance(value, Instance) and STEP in value.attributes:
            interpreter.heap.touch(value)
            value.attributes[STEP] = UnknownValue("a model that may have been compiled")


def forget(interpreter: Interpreter, tape: Instance) -> None:
    """Nothing is known any more of what the tape watches and whether it was used."""
    _note_use(tape)
    interpreter.heap.touch(tape)
    tape.attributes[WATCHED] = tape.attributes[TAKEN] = UnknownValue("tape")


def take_gradient(interpreter: Interpreter, tape: Instance, arguments: Arguments, node: ast.AST) -> None:
    """``tape.gradient(target, sources)``: note what is certainly wrong with it."""
    _note_use(tape)
    source = source_of(interpreter, node)
    taken = tape.attributes.get(TAKEN)
    interpreter.heap.touch(tape)
    tape.attributes[TAKEN] = source
    state = tape.attributes.get(STATE)
    if source is None or not isinstance(state, TapeState) or EXPECTED_GUARD in interpreter.context.guards:
        return
    note = _Notes(interpreter, tape, source)
    if isinstance(taken, Source) and tape.attributes.get(PERSISTENT) is False:
        note.add(TapeFaultKind.USED_TWICE, source, other=taken.span)
        return
    wanted = _wanted(arguments.get(1, "sources"))
    if wanted is None:
        return
    watched = tape.attributes.get(WATCHED)
    if isinstance(watched, tuple):
        unwatched = tuple(v for v in wanted.variables if not any(_same(v, each) for each in watched))
        interpreter.facts.training.gradients.append((unwatched, source))
    if tape.attributes.get(WATCHES) is not True or not isinstance(tape.attributes.get(WATCHED), tuple):
        return
    _Search(note, state, tuple(tape.attributes[WATCHED]), wanted, arguments.get(0, "target")).run()


@immutable()
class _Wanted:
    """What a gradient is taken of: the weights of models, variables and tensors."""

    owners: tuple[Instance, ...]
    tensors: tuple[TensorValue, ...]

    @property
    def variables(self) -> tuple[TensorValue, ...]:
        return tuple(each for each in self.tensors if each.variable is not None)


def _wanted(sources: Value) -> _Wanted | None:
    """The sources of a gradient; None where some are not known."""
    match sources:
        case TensorValue():
            return _Wanted((), (sources,))
        case ListValue(copy_of=(_, Instance() as owner)):
            return _Wanted((owner,), ())
        case ListValue(copy_of=(_, tuple() as owners)) if owners:
            return _Wanted(tuple(each for each in owners if isinstance(each, Instance)), ())
        case ListValue(items=list() as items) if not is_too_large(sources):
            return _together(map(_wanted, items))
        case tuple() if sources and not is_too_large(sources):
            return _together(map(_wanted, sources))
        case DictValue(items=dict() as entries) if not is_too_large(sources):
            return _together(map(_wanted, entries.values()))
    return None


def _together(parts: Iterable[_Wanted | None]) -> _Wanted | None:
    found = list(parts)
    if not found or any(part is None for part in found):
        return None
    known = [part for part in found if part is not None]
    return _Wanted(tuple(o for part in known for o in part.owners), tuple(t for part in known for t in part.tensors))


@immutable()
class _Notes:
    """Writes what is found out about one gradient into the program."""

    interpreter: Interpreter
    tape: Instance
    gradient: Source

    def add(self, kind: TapeFaultKind, at: Source, *, other: Span | None = None, name: str = "") -> None:
        program = self.interpreter.program
        fault = TapeFault(
            kind,
            at.span,
            at.text,
            self.gradient.span,
            self.gradient.text,
            program.generation,
            self.tape.span if self.tape.span != self.gradient.span else None,
            other,
            name,
            self.gradient.stack,
        )
        if all(
            (each.kind, each.span, each.gradient) != (kind, at.span, fault.gradient) for each in program.tape_faults
        ):
            program.tape_faults.append(fault)


@dataclass(slots=True)
class _Search:
    """Looks for a recorded way from a gradient's target to one of its sources.

    ``maybe`` is set where there is one, or where something on the way was not followed. ``outside`` are what the
    target was computed from while the tape did not record, ``cuts`` what the tape could not follow.
    """

    note: _Notes
    tape: TapeState
    watched: tuple[TensorValue, ...]
    wanted: _Wanted
    target: Value
    maybe: bool = False
    outside: list[Flow] = field(default_factory=list)
    cuts: list[Flow] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    own: frozenset[int] = frozenset()

    def run(self) -> None:
        found = [layers_within(owner) for owner in self.wanted.owners]
        self.own = frozenset(layer for each in found for layer in each)
        self._walk(self.target)
        if not self.maybe:
            self._tell_none()
        elif len(self.wanted.tensors) == 1 and not self.wanted.owners:
            self._tell_source(self.wanted.tensors[0])

    def _walk(self, start: Value) -> None:
        pending = [start]
        while pending and not self.maybe:
            value = pending.pop()
            flow = value.flow if isinstance(value, (TensorValue, ComputedValue)) else None
            match value:
                case TensorValue(variable=VariableState()):
                    self.maybe = True
                case TensorValue() if self._is_wanted(value) and self._is_watched(value):
                    self.maybe = True
                case tuple() | ListValue() | DictValue():
                    parts = parts_of(value)
                    self.maybe |= parts is None
                    pending += parts or ()
                case TensorValue(flow=None):
                    self.maybe = not value.is_array
                case ComputedValue() | TensorValue() if flow is not None:
                    if id(flow) not in self.seen:
                        self.seen.add(id(flow))
                        pending += self._before(flow, value)
                case MissingArgument():
                    continue
                case UnknownValue():
                    self.maybe = True
                case _ if isinstance(value, Constant):
                    continue
                case SizeValue() | RangeValue() | External() | FunctionValue() | slice():
                    continue
                case Instance(native=str()):
                    continue
                case _:
                    self.maybe = True

    def _before(self, flow: Flow, value: Value) -> tuple[Value, ...]:
        """What a gradient goes on to from a value that was computed so."""
        if flow.op == EITHER:
            return flow.operands
        if self.tape not in flow.tapes:
            self.outside.append(flow)
            return ()
        if _is_cut(flow) or _is_flat(value, flow):
            self.cuts.append(flow)
            return ()
        if flow.op == CALLED and self._holds_wanted(flow):
            self.maybe = True
            return ()
        return flow.operands

    def _holds_wanted(self, flow: Flow) -> bool:
        """Whether a layer that was called holds, or may hold, one of the variables that a gradient is taken of."""
        if self.wanted.tensors:
            return True
        inner = layers_within(flow.layer)
        return not inner or not inner.isdisjoint(self.own)

    def _is_wanted(self, value: TensorValue) -> bool:
        return any(_same(value, each) for each in self.wanted.tensors)

    def _is_watched(self, value: TensorValue) -> bool:
        return any(_same(value, each) for each in self.watched)

    def _tell_none(self) -> None:
        """Every gradient is None: say why, where that is certain."""
        for flow in self.cuts:
            if self._comes_of_wanted(flow):
                # What NumPy goes on computing with left TensorFlow before.
                first = [each for each in ancestors(flow) if _is_cut(each) and each.source is not None][-1:]
                if not first and not self.wanted.owners:
                    # Of a tensor or variable that holds no floats itself, that is what is to be said.
                    continue
                for cut in first or [flow]:
                    other = TapeFaultKind.METRIC if _is_cut(cut) else TapeFaultKind.FLAT
                    kind = {NUMPY: TapeFaultKind.NUMPY, PREDICTED: TapeFaultKind.PREDICTED}.get(cut.op, other)
                    self.note.add(kind, cut.source or self.note.gradient, name=cut.op)
                return
        sources = self.wanted.tensors
        if sources and not self.wanted.variables:
            for source in sources:
                self._tell_source(source)
            if not all(map(self._is_watched, sources)):
                return
        for flow in self.outside:
            call = next(self._calls_of_wanted(flow), None)
            if call is None or flow.source is None or call.source is None:
                continue
            if self.tape in call.tapes:
                self.note.add(TapeFaultKind.LOSS_OUTSIDE, flow.source)
            else:
                self.note.add(TapeFaultKind.FORWARD_OUTSIDE, call.source)
            return

    def _comes_of_wanted(self, flow: Flow) -> bool:
        return next(self._calls_of_wanted(flow), None) is not None

    def _calls_of_wanted(self, flow: Flow) -> Iterator[Flow]:
        """What a value came of that used one of the variables which the gradient is taken of."""
        for each in ancestors(flow):
            if each.op in (CALLED, PREDICTED) and self.wanted.owners:
                if not layers_within(each.layer).isdisjoint(self.own):
                    yield each
            elif any(isinstance(value, TensorValue) and self._is_wanted(value) for value in flat_values(each.operands)):
                yield each

    def _tell_source(self, source: TensorValue) -> None:
        """Say what is wrong with the one tensor that a gradient is taken of, if that is certain."""
        gradient = self.note.gradient
        state = source.variable
        kind = source.spec.dtype or ""
        if kind.startswith(("int", "uint", "bool")) and source.spec.dtype is not None and not source.is_numpy:
            if self._leads_to_target(source):
                self.note.add(TapeFaultKind.NOT_FLOAT, gradient, other=_made(source), name=kind)
            return
        if state is not None:
            if state.trainable is False and not self._is_watched(source) and self._leads_to_target(source):
                self.note.add(TapeFaultKind.NOT_TRAINABLE, gradient, other=state.span)
            return
        if source.is_numpy or self._is_watched(source) or not self._leads_to_target(source):
            return
        flow = source.flow
        if flow is None:
            if source.is_array:
                self.note.add(TapeFaultKind.NOT_WATCHED, gradient, other=_made(source))
            return
        if flow.op == EITHER or self._is_recorded(flow):
            return
        variable = rebound_variable(flow)
        taken = self.note.interpreter.facts.training.gradients
        before = any(each.variable is variable for sources, _ in taken for each in sources)
        if variable is not None and before and flow.source is not None and self.tape not in flow.tapes:
            self.note.add(TapeFaultKind.REBOUND, flow.source, other=variable.span, name=variable.target or "")
        else:
            self.note.add(TapeFaultKind.NOT_WATCHED, gradient, other=flow.source.span if flow.source else None)

    def _leads_to_target(self, source: TensorValue) -> bool:
        """Whether the target is computed from ``source``, as far as its flow tells."""
        for flow in ancestors_of(self.target):
            if any(isinstance(value, TensorValue) and _same(value, source) for value in flat_values(flow.operands)):
                return True
        return False

    def _is_recorded(self, flow: Flow) -> bool:
        """Whether the tape may know what a value came of."""
        if self.tape not in flow.tapes:
            return False
        inner = _Search(self.note, self.tape, self.watched, _Wanted((), self.watched), None)
        for value in flow.operands:
            inner._walk(value)
        return inner.maybe or flow.op == CALLED or any(each.op == CALLED for each in ancestors(flow))


def _is_flat(value: Value, flow: Flow) -> bool:
    """Whether a value was computed so that no gradient gets back; what a model gives is followed no further."""
    return isinstance(value, TensorValue) and flow.op != CALLED and is_flat(value, flow)


def _is_cut(flow: Flow) -> bool:
    """Whether no tape follows a value back from here, whatever it is: a metric gives what it keeps in its variables."""
    return flow.op in (NUMPY, PREDICTED) or (flow.op.startswith(METRICS) and flow.op.rpartition(".")[2][:1].isupper())


def note_rebound(interpreter: Interpreter, before: dict[str, Value], after: dict[str, Value], mark: int) -> None:
    """After one round of a loop of many: note the names that then no longer hold the variable of a gradient taken."""
    taken = interpreter.facts.training.gradients[mark:]
    if not taken:
        return
    for name, value in after.items():
        held = {id(tensor.variable): tensor for _, tensor in tensors_in(before.get(name)) if tensor.variable}
        for _, tensor in tensors_in(value) if held else ():
            variable = rebound_variable(tensor.flow) if tensor.flow is not None and tensor.variable is None else None
            made = tensor.flow.source if tensor.flow is not None else None
            for sources, gradient in taken:
                again = any(each.variable is variable for each in sources)
                if variable is not None and id(variable) in held and made is not None and again:
                    tape = Instance(None, native=TAPE, span=gradient.span)
                    notes = _Notes(interpreter, tape, gradient)
                    notes.add(TapeFaultKind.REBOUND, made, other=variable.span, name=variable.target or "")


def rebound_variable(flow: Flow) -> VariableState | None:
    """The variable that a value is an update of: ``w - 0.1 * gradient``."""
    if flow.op.rpartition(".")[2] not in ("subtract", "add") or not flow.operands:
        return None
    first = flow.operands[0]
    if isinstance(first, TensorValue):
        if first.variable is not None:
            return first.variable
        return rebound_variable(first.flow) if first.flow is not None else None
    return None


def _same(left: TensorValue, right: TensorValue) -> bool:
    """Whether two values are one tensor."""
    if left.variable is not None or right.variable is not None:
        return left.variable is right.variable
    return left is right or (left.flow is not None and left.flow is right.flow and left.spec is right.spec)


def _made(source: TensorValue) -> Span | None:
    if source.variable is not None:
        return source.variable.span
    made = source.flow.source if source.flow is not None else source.source
    return made.span if made is not None else None
