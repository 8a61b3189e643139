"""Puts everything in place before the user's code runs."""

from __future__ import annotations

from typing import Any

from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.functions import wrap_functions
from kerascheck.tracer.keras3 import Keras3
from kerascheck.tracer.loops import watch_tapes
from kerascheck.tracer.request import Request
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.training import ON_BATCH, Training

TRAINING_METHODS = ("fit", "evaluate", "predict", *ON_BATCH, "predict_on_batch", "fit_generator")


def set_up(tensorflow: Any, keras: Any, user: UserCode, request: Request) -> tuple[Runtime, Training]:
    """Watch TensorFlow and Keras from now on."""
    runtime = Runtime(tensorflow, user)
    library = Keras3(runtime, keras)
    runtime.libraries.append(library)
    library.install()
    wrap_functions(runtime)
    training = Training(runtime, request.stop_at_model, request.run_training)
    _replace_training(training, keras)
    _watch_variables(runtime)
    watch_tapes(runtime)
    if not request.run_training:
        # A training step then runs line by line, in the user's own frames.
        tensorflow.config.run_functions_eagerly(True)
    return runtime, training


def _replace_training(training: Training, keras: Any) -> None:
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer
    from keras.src.optimizers.base_optimizer import BaseOptimizer
    from keras.src.trainers.trainer import Trainer

    for name in TRAINING_METHODS:
        training.replace(TensorFlowTrainer, name, keras.callbacks.History)
    training.watch_compile(Trainer)
    training.watch_steps(BaseOptimizer, "apply")


def _watch_variables(runtime: Runtime) -> None:
    """Remember where every variable is made."""

    def creator(next_creator: Any, **kwargs: Any) -> Any:
        variable = next_creator(**kwargs)
        runtime.watched.variables[id(variable)] = (variable, runtime.user.here())
        return variable

    # Left open: whatever the user's code makes, until the process ends.
    runtime.open_contexts.enter_context(runtime.tensorflow.variable_creator_scope(creator))
