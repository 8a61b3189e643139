"""One run: interpret the file, then what nobody called, then cut the models out of what was recorded."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from kerascheck.graph import JIT_GUARD
from kerascheck.interpreter.calls import call_function, call_value, instantiate
from kerascheck.interpreter.classes import MODEL, find_member, keras_base
from kerascheck.interpreter.core import (
    MAXIMUM_STEPS,
    MAXIMUM_STEPS_ALONE,
    NOWHERE,
    STEPS,
    BudgetExceeded,
    Context,
    Interpreter,
    StepName,
    UserRaise,
)
from kerascheck.interpreter.expressions import EXPRESSIONS
from kerascheck.interpreter.flat_losses import call_loss
from kerascheck.interpreter.generation import keras_meant, may_say
from kerascheck.interpreter.graph_mode import finish_train_ops
from kerascheck.interpreter.jit_calls import finish_jit_calls
from kerascheck.interpreter.loader import Loader, Module, place_of, run_module
from kerascheck.interpreter.losses import finish_losses
from kerascheck.interpreter.members import without_set
from kerascheck.interpreter.metrics import finish_metrics
from kerascheck.interpreter.objectives import finish_objectives
from kerascheck.interpreter.optimizers import finish_optimizer_writes, unknown_receiver
from kerascheck.interpreter.output import Assembly
from kerascheck.interpreter.phases import phase
from kerascheck.interpreter.python_state import finish_growing
from kerascheck.interpreter.randomness import finish_draws
from kerascheck.interpreter.recording import Facts
from kerascheck.interpreter.runs import finish_flagged_calls, finish_thawed
from kerascheck.interpreter.saved_configs import note_plain_class, note_saved_configs
from kerascheck.interpreter.saving import finish_saving
from kerascheck.interpreter.sequential import build_sequential
from kerascheck.interpreter.sessions import finish_sessions
from kerascheck.interpreter.statements import STATEMENTS
from kerascheck.interpreter.strategies import finish_strategies
from kerascheck.interpreter.symbolic_uses import finish_symbolic_uses
from kerascheck.interpreter.syntax import nodes_of, remembered
from kerascheck.interpreter.training import finish_fit_modes, finish_model_calls, held_as_attributes
from kerascheck.interpreter.unheld import find_unheld
from kerascheck.interpreter.untracked_layers import finish_untracked_layers
from kerascheck.interpreter.unused_layers import finish_unused_layers
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Scope,
)
from kerascheck.interpreter.variables import decide_tracking
from kerascheck.program import NotUnderstood, Program
from kerascheck.source import SourceFile, parse

if TYPE_CHECKING:
    from kerascheck.config import Settings

COMPILED_STEPS = STEPS | {"compute_loss"}
"""What `fit` of a model with ``jit_compile=True`` compiles, or `evaluate` and `predict` do."""

RECURSION_LIMIT = 12_000


def interpret(source: SourceFile, settings: Settings) -> Program:
    """Interpret one file.

    Raises:
        SourceError: it does not parse.
    """
    tree = parse(source)
    meant = keras_meant(tree if may_say(source.text) else None, source.path, settings, source.text)
    program = Program(source.path, generation=meant.generation, tensorflow=meant.tensorflow)
    loader = Loader.for_source(source)
    interpreter = Interpreter(program, loader, EXPRESSIONS, STATEMENTS, call_value)
    interpreter.facts = Facts()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        _run(interpreter, source, tree)
    finally:
        sys.setrecursionlimit(limit)
    loader.forget()
    program.device = "cpu" if settings.device == "auto" else settings.device
    if settings.device == "auto" and interpreter.facts.tpu_span is not None:
        program.device, program.device_span = "tpu", interpreter.facts.tpu_span
    return program


def _run(interpreter: Interpreter, source: SourceFile, tree: ast.Module) -> None:
    module = Module("__main__", source, interpreter.heap.new(Scope()), interpreter.loader.search.package)
    interpreter.loader.modules[place_of(source.path)] = module
    assembly = Assembly(interpreter)
    steps: list[Callable[[], None]] = [
        lambda: run_module(interpreter, module, tree, "__main__"),
        lambda: _call_uncalled_functions(interpreter, module),
        lambda: _call_losses(interpreter),
        # What a model uses is built by it, for the sizes it has there, before anything is looked at alone.
        lambda: _call_models(interpreter, assembly),
        lambda: _use_unused_classes(interpreter, module, assembly),
        lambda: _build_sequentials(interpreter, module),
        lambda: _call_uncalled_methods(interpreter, module),
        lambda: _look_at_configs(interpreter, module),
    ]
    for step in steps:
        try:
            step()
            interpreter.limit = interpreter.ceiling = min(interpreter.steps + MAXIMUM_STEPS, 2 * MAXIMUM_STEPS)
        except BudgetExceeded:
            interpreter.limit = interpreter.ceiling = interpreter.steps + MAXIMUM_STEPS_ALONE
            interpreter.program.unknown.append(
                NotUnderstood(source.place(1, 1), "the file", "the analysis stopped at its limit of work")
            )
        except (UserRaise, RecursionError):
            continue
    _finish(interpreter, module, assembly)


def _finish(interpreter: Interpreter, module: Module, assembly: Assembly) -> None:
    """Decide what only the whole run can say, and hand it to the program."""
    scopes = [each.scope for each in interpreter.loader.modules.values()]
    decide_tracking(interpreter, scopes)
    find_unheld(interpreter)
    finish_model_calls(interpreter)
    finish_fit_modes(interpreter)
    finish_train_ops(interpreter)
    finish_jit_calls(interpreter)
    finish_saving(interpreter)
    finish_optimizer_writes(interpreter)
    finish_draws(interpreter)
    finish_flagged_calls(interpreter)
    finish_losses(interpreter)
    finish_metrics(interpreter)
    finish_sessions(interpreter)
    finish_strategies(interpreter)
    finish_thawed(interpreter)
    finish_objectives(interpreter, assembly.own_outputs())
    finish_symbolic_uses(interpreter, assembly.own_inputs())
    interpreter.program.symbols = list(interpreter.facts.symbols.uses.values())
    interpreter.program.members = without_set(interpreter)
    interpreter.program.aliases = {
        name: value.name for name, value in module.scope.variables.items() if isinstance(value, External)
    }
    assembly.finish()
    finish_unused_layers(interpreter, module)
    finish_untracked_layers(interpreter, scopes)


def _guarded_call(interpreter: Interpreter, module: Module, call: Callable[[], object]) -> None:
    """Run something on the analysis's own account: a raise ends it, and nothing else."""
    context = interpreter.context
    total = interpreter.limit
    interpreter.limit = min(total, interpreter.steps + MAXIMUM_STEPS_ALONE)
    interpreter.context = Context(modules=[module], alone=True)
    interpreter.facts.saving.since = interpreter.heap.clock
    forks, watches = list(interpreter.heap.forks), list(interpreter.heap.watches)
    try:
        _, delta = interpreter.heap.branch(call)
        interpreter.heap.keep_layers(delta)
    except (UserRaise, RecursionError):
        pass
    except BudgetExceeded:
        interpreter.program.unknown.append(
            NotUnderstood(module.source.place(1, 1), "what nobody calls", "the analysis stopped at its limit of work")
        )
    finally:
        interpreter.heap.forks[:], interpreter.heap.watches[:] = forks, watches
        interpreter.context = context
        interpreter.limit = total


def _call_uncalled_functions(interpreter: Interpreter, module: Module) -> None:
    """Call the functions nobody calls, with their defaults and unknown arguments."""
    uncalled = [each for each in module.functions if each.calls == 0 and each.owner is None]
    callers: set[str] = set()
    if any(_has_defaults(each) and _is_named(each, module.source.text) for each in uncalled):
        callers.update(*(remembered(each.node, _called_names) - {each.name} for each in uncalled))
    # What another function calls may never have its defaults: that one first.
    for function in sorted(uncalled, key=lambda each: _has_defaults(each) and each.name in callers):
        if function.calls == 0:
            _guarded_call(interpreter, module, partial(_call_alone, interpreter, function))


def _is_named(function: FunctionValue, text: str) -> bool:
    """Whether a text names a function elsewhere than where it is defined: a quick test that spares most a walk."""
    return text.count(function.name) > text.count(f"def {function.name}(")


def _called_names(node: ast.AST) -> frozenset[str]:
    calls = (each.func for each in nodes_of(node, ast.Call))
    return frozenset(each.id for each in calls if isinstance(each, ast.Name))


def _has_defaults(function: FunctionValue) -> bool:
    return bool(function.defaults or function.keyword_defaults)


def _call_alone(interpreter: Interpreter, function: FunctionValue) -> None:
    interpreter.context.by_default = _has_defaults(function)
    call_function(interpreter, function, Arguments(), function.node)


def _call_losses(interpreter: Interpreter) -> None:
    """Call the user's own losses that models are compiled with, on predictions that stand for any."""
    for loss in interpreter.facts.own_losses:
        module = loss.module
        if module is not None:
            _guarded_call(interpreter, module, partial(call_loss, interpreter, loss))


def _use_unused_classes(interpreter: Interpreter, module: Module, assembly: Assembly) -> None:
    """Make and call the layers and models nobody makes or calls, with symbolic arguments."""
    for cls in reversed(module.classes):
        if keras_base(cls, interpreter.program.generation) is None or not _has_call(cls):
            continue
        used = any(each.cls is cls and each.layer.calls for each in interpreter.facts.layers)
        if used:
            continue
        made = next((each for each in interpreter.facts.layers if each.cls is cls), None)
        if made is not None and made.layer.is_model:
            continue
        _guarded_call(interpreter, module, partial(_analyse_class, interpreter, cls, made, assembly))


def _has_call(cls: ClassValue) -> bool:
    return "call" in cls.namespace.variables


def _analyse_class(interpreter: Interpreter, cls: ClassValue, made: Instance | None, assembly: Assembly) -> None:
    instance = made
    if instance is None:
        interpreter.context.naming_sizes = interpreter.context.by_default = True
        try:
            value = instantiate(interpreter, cls, Arguments(), cls.node or NOWHERE)
        finally:
            interpreter.context.naming_sizes = False
        if not isinstance(value, Instance) or value.layer is None:
            return
        instance = value
    assembly.call_symbolically(instance, alone=instance.layer.base != MODEL)


def _call_models(interpreter: Interpreter, assembly: Assembly) -> None:
    """Call the user's models on symbolic inputs, for a graph of their own."""
    for instance in list(interpreter.facts.layers):
        state = instance.layer
        wanted = state.kind == "user" and state.base == MODEL and not state.in_model and _user_call(instance)
        done = (*assembly.called, *(called for called, _, _ in interpreter.facts.on_data))
        if wanted and not any(model is instance for model in done):
            module = instance.cls.module if isinstance(instance.cls, ClassValue) else None
            if module is not None:
                _guarded_call(interpreter, module, partial(assembly.call_symbolically, instance, alone=False))


def _build_sequentials(interpreter: Interpreter, module: Module) -> None:
    """Run the Sequential models that nobody gave an input on one of unknown shape."""
    for instance in list(interpreter.facts.layers):
        state = instance.layer
        if state.kind == "sequential" and state.outputs is None and not state.calls:
            _guarded_call(interpreter, module, partial(build_sequential, interpreter, instance, None))


def _user_call(instance: Instance) -> bool:
    from kerascheck.interpreter.layers import class_function

    return class_function(instance, "call") is not None


def _call_uncalled_methods(interpreter: Interpreter, module: Module) -> None:
    """Call the methods nobody calls, such as ``train_step``, on an object of their class."""
    for cls in list(module.classes):
        methods = [
            value
            for value in cls.namespace.variables.values()
            if isinstance(value, FunctionValue) and value.calls == 0 and value.owner is cls
        ]
        if not methods:
            continue
        receiver = next((each for each in interpreter.facts.layers if each.cls is cls), None)
        for method in methods:
            _guarded_call(interpreter, module, partial(_call_method, interpreter, method, receiver))


def _look_at_configs(interpreter: Interpreter, module: Module) -> None:
    """Call ``get_config`` of the user's classes as saving does."""
    for cls in list(module.classes):
        if find_member(cls, "get_config") is None:
            note_plain_class(interpreter, module, cls)
        else:
            _guarded_call(interpreter, module, partial(note_saved_configs, interpreter, module, cls))


def _call_method(interpreter: Interpreter, method: FunctionValue, receiver: Instance | None) -> None:
    interpreter.context.by_default = True
    # `fit` of a model runs its own train_step.
    interpreter.context.train_step_of = receiver if method.name == "train_step" else None
    owner = receiver if receiver is not None or method.owner is None else unknown_receiver(interpreter, method.owner)
    given = Arguments((owner if owner is not None else NOTHING_KNOWN,))
    data = interpreter.facts.training.step_data.get(id(receiver))
    if method.name == "train_step" and data is not None and len(method.node.args.args) == 2:
        # Another of its models since then may be for other data.
        same = receiver is not None and held_as_attributes(receiver) == data.held
        given = Arguments((receiver, data.batch)) if same else given
    compiled = method.name in COMPILED_STEPS and any(each is receiver for each in interpreter.facts.jit_models)
    with interpreter.guarded(JIT_GUARD if compiled else None):
        if method.name not in STEPS or receiver is None:
            call_function(interpreter, method, given, method.node, given.positional[0])
            return
        with phase(interpreter, cast(StepName, method.name), receiver) as running:
            call_function(interpreter, method, given, method.node, given.positional[0])
        finish_growing(interpreter, running)
