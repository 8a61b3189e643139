"""Symbolic tensors where Python or NumPy want a value: ``if tensor``, ``len(tensor)``, ``np.log(tensor)``."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerascheck.graph import DECIDED_GUARDS, Source
from kerascheck.interpreter.classes import find_member
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.randomness import EAGER_SWITCHES
from kerascheck.interpreter.refusals import told_source
from kerascheck.interpreter.values import Arguments, Builtin, Instance, TensorValue, Value
from kerascheck.program import SymbolicUse

DECLARED_SHAPE = ("compute_output_shape", "compute_output_spec")
"""Where a layer has one of these, Keras 3 asks it for the shape, and does not run ``call`` to build a model."""


def note_symbolic_use(interpreter: Interpreter, use: str, value: Value, node: ast.AST) -> None:
    """Note that ``use`` wants the value of a symbolic tensor, on every path that gets here."""
    if not isinstance(value, TensorValue) or value.is_array or value.is_numpy or len(value.origins) != 1:
        return
    context = interpreter.context
    in_call = not value.spec.keras_tensor
    certain = not in_call or _runs_on_symbols(interpreter, value)
    model = None if certain else _model_running(interpreter)
    if not certain and model is None:
        return
    if context.apart or not DECIDED_GUARDS.issuperset(context.guards) or _is_unclear(interpreter, value):
        return
    source: Source | None = told_source(interpreter, node)
    if source is not None:
        generation = interpreter.program.recorder.nodes[value.origins[0].node].generation
        found = SymbolicUse(use, value.origins[0].node, generation, in_call, source.span, source.text, source.stack)
        if model is None:
            interpreter.program.symbolic_uses.append(found)
        else:
            interpreter.facts.traced_by_fit.append((model, found))


def finish_symbolic_uses(interpreter: Interpreter, called: Iterable[tuple[Instance, Value]]) -> None:
    """Tell the rules of what a model's ``call`` does with the data of ``fit``, which runs it on symbolic tensors.

    ``called`` are the models that were run, with what they were given.
    """
    facts, recorder = interpreter.facts, interpreter.program.recorder
    if not facts.traced_by_fit or facts.eager:
        return
    if any(use.name in EAGER_SWITCHES for use in facts.symbols.uses.values()):
        return
    firsts: dict[int, set[str]] = {}
    for instance, inputs in called:
        for _, tensor in tensors_in(inputs)[:1]:
            firsts.setdefault(id(instance), set()).update(origin.node for origin in tensor.origins)
    for model, use in facts.traced_by_fit:
        own_step = any(find_member(model.cls, step) is not None for step in OWN_STEPS)
        if model.layer.fitted and not own_step and recorder.ancestors([use.tensor]) & firsts.get(id(model), set()):
            interpreter.program.symbolic_uses.append(use)


def _model_running(interpreter: Interpreter) -> Instance | None:
    """The Keras 3 model of the user's whose ``call`` is running on data."""
    running: list[Instance] = interpreter.facts.call_instances
    if not running or interpreter.context.lenient or interpreter.context.tracing:
        return None
    state: LayerState = running[0].layer
    own = state.kind == "user" and state.is_model and state.generation == 3
    return running[0] if own else None


OWN_STEPS = ("train_step", "make_train_function", "fit", "__call__")

VALUES = frozenset({"bool", "float", "int", "len", "list", "range", "tuple"})
"""Python's own functions that want the value of what they are given, or want to go through it."""


def note_builtin(interpreter: Interpreter, function: Builtin, arguments: Arguments, node: ast.AST) -> None:
    """Note one of Python's own functions that is given a symbolic tensor."""
    if function.name in VALUES and arguments.positional:
        note_symbolic_use(interpreter, function.name, arguments.positional[0], node)


def note_symbolic_arguments(interpreter: Interpreter, use: str, values: tuple[Value, ...], node: ast.AST) -> None:
    """Note the first symbolic tensor among the arguments of a function that wants values."""
    for value in values:
        for _, tensor in tensors_in(value):
            if not tensor.is_array and not tensor.is_numpy:
                note_symbolic_use(interpreter, use, tensor, node)
                return


def _is_unclear(interpreter: Interpreter, value: TensorValue) -> bool:
    """Whether it comes of a function that was not followed, which may give no tensor at all."""
    recorder = interpreter.program.recorder
    above = (recorder.nodes[each] for each in recorder.ancestors([value.origins[0].node]))
    return any(
        each.kind == "op" and all(spec.dtype is None and spec.shape.dims is None for spec in each.outputs)
        for each in above
    )


def _runs_on_symbols(interpreter: Interpreter, value: TensorValue) -> bool:
    """Whether a layer is running that Keras certainly runs on symbolic tensors, and the tensor comes from its input."""
    if interpreter.context.tracing == 0 or interpreter.context.lenient:
        return False
    for layer in interpreter.facts.call_instances:
        if isinstance(layer, Instance) and any(find_member(layer.cls, name) is not None for name in DECLARED_SHAPE):
            return False
    recorder = interpreter.program.recorder
    above = recorder.ancestors([value.origins[0].node])
    return any(recorder.nodes[each].kind == "input" for each in above)
