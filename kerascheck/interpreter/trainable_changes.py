"""``trainable`` set too late: what a model's training step was made with, and whether a later training differs.

tf_keras notes which layers are trainable as the model is compiled. Keras 3 makes the training step as the model is
first trained after that, and keeps it as long as the data are of the same form. What was noted is kept among the
attributes of the model and its layers, so that it holds on the paths of the program on which they do.
"""

from __future__ import annotations

from dataclasses import replace

from kerascheck.graph import Source
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.freezing import trainable_flag
from kerascheck.interpreter.layer_state import STEP, LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.values import Arguments, Instance, TensorValue, Value
from kerascheck.program import TrainableChange
from kerascheck.records import immutable

COMPILED, SET, NOTICED = "\0compiled", "\0trainable set", "\0trainable noticed"
"""The attributes: where a model was compiled; where a layer's flag was set, and that a step was made since."""
BEFORE = "\0trainable before"
"""The attribute: whether a model was trainable when it was compiled."""

TRAINING = frozenset({"fit", "fit_generator", "train_on_batch"})
RUNS_EAGERLY = "tf.config.run_functions_eagerly"
OWN_STEPS = ("train_step", "make_train_function", "__call__", "fit", "train_on_batch", "compile")


@immutable(eq=False)
class Step:
    """What a training step was made with: the layers with their flags, and the data."""

    flags: tuple[tuple[Instance, bool | None], ...]
    data: Value = None


@immutable(eq=False)
class Setting:
    """The statement that set ``trainable``, and the name of the layer it set it of."""

    source: Source | None
    layer: str


def note_setting(interpreter: Interpreter, owner: Instance, source: Source | None) -> None:
    """``owner.trainable = ...`` reached every layer it holds."""
    setting = Setting(source, owner.layer.name)
    for layer in all_layers(owner):
        interpreter.heap.touch(layer)
        layer.attributes[SET] = setting


def note_compile(interpreter: Interpreter, model: Instance, arguments: Arguments, source: Source | None) -> None:
    """``model.compile(...)``: the step is made anew."""
    interpreter.heap.touch(model)
    eager = arguments.keywords.get("run_eagerly")
    certain = source is not None and not arguments.open and (eager is None or eager is False)
    model.attributes[COMPILED] = source if certain else None
    model.attributes[STEP] = None
    model.attributes[BEFORE] = trainable_flag(model)
    if certain and model.layer.generation == 2:
        _make_step(interpreter, model, None)


def note_training(
    interpreter: Interpreter, model: Instance, name: str, arguments: Arguments, source: Source | None
) -> None:
    """``model.fit(...)`` and its like: the step is made now, or was made with other flags."""
    state: LayerState = model.layer
    compiled, step = model.attributes.get(COMPILED), model.attributes.get(STEP)
    if name not in TRAINING or not isinstance(compiled, Source) or source is None:
        return
    if any(class_function(model, own) is not None for own in OWN_STEPS) or _runs_eagerly(interpreter):
        return
    data = arguments.get(0, "x")
    if step is None and state.generation == 3:
        _tell_idle(interpreter, model, compiled, source)
        _make_step(interpreter, model, data)
    elif isinstance(step, Step) and (state.generation == 2 or _same_form(step.data, data)):
        _tell_changes(interpreter, model, step, compiled, source)


def _make_step(interpreter: Interpreter, model: Instance, data: Value) -> None:
    layers = all_layers(model)
    interpreter.heap.touch(model)
    model.attributes[STEP] = Step(tuple((layer, trainable_flag(layer)) for layer in layers), data)
    for layer in layers:
        if SET in layer.attributes:
            interpreter.heap.touch(layer)
            layer.attributes[NOTICED] = layer.attributes[SET]


def _tell_changes(interpreter: Interpreter, model: Instance, step: Step, compiled: Source, trained: Source) -> None:
    told: list[Setting] = []
    for layer, before in step.flags:
        now, setting = trainable_flag(layer), layer.attributes.get(SET)
        if now is None or before is None or now is before or not _can_train(layer):
            continue
        if not isinstance(setting, Setting) or setting.source is None or setting is layer.attributes.get(NOTICED):
            continue
        if setting not in told:
            told.append(setting)
            interpreter.program.trainable_changes.append(
                _change(model, setting, setting.source, now, compiled, trained)
            )


def _tell_idle(interpreter: Interpreter, model: Instance, compiled: Source, trained: Source) -> None:
    """Tell of a model that was frozen as a whole since it was compiled: its first training changes nothing of it."""
    setting = model.attributes.get(SET)
    if not isinstance(setting, Setting) or setting.source is None:
        return
    frozen = model.attributes.get(BEFORE) is True and trainable_flag(model) is False
    if frozen and any(_can_train(layer) for layer in all_layers(model)):
        change = _change(model, setting, setting.source, False, compiled, trained)
        interpreter.program.trainable_changes.append(replace(change, idle=True))


def _can_train(layer: Instance) -> bool:
    """Whether a layer has weights of its own that train; those of one that was made frozen are all marked as frozen."""
    state: LayerState = layer.layer
    made_frozen = state.config.get("trainable") is False
    return any(weight.trainable or made_frozen for weight in state.weights)


def _change(
    model: Instance, setting: Setting, source: Source, value: bool, compiled: Source, trained: Source
) -> TrainableChange:
    return TrainableChange(
        model.layer.name, setting.layer, value, model.layer.generation, source.span, trained.span, compiled.span,
        source.stack, f"{source.text} = {value}",
    )  # fmt: skip


def _same_form(before: Value, now: Value) -> bool:
    """Whether Keras 3 certainly runs the step that it made for the data before."""
    match before, now:
        case TensorValue(spec=a), TensorValue(spec=b):
            known = a.shape.dims is not None and b.shape.dims is not None and a.dtype is not None
            return known and a.dtype == b.dtype and (a.shape.dims or ())[1:] == (b.shape.dims or ())[1:]
        case DatasetValue(), DatasetValue():
            return before is now
    return False


def _runs_eagerly(interpreter: Interpreter) -> bool:
    return any(use.name == RUNS_EAGERLY for use in interpreter.facts.symbols.uses.values())
