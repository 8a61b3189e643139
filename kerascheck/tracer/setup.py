"""Puts everything in place before the user's code runs."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from kerascheck.tracer.conversion import convert_where_needed, watch_conversions
from kerascheck.tracer.data_loading import stop_loading, stop_tensorflow_datasets
from kerascheck.tracer.fits import watch_batching
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.functions import wrap_library, wrap_operators, wrap_tensorflow
from kerascheck.tracer.graph_mode import GraphMode
from kerascheck.tracer.keras2 import Keras2
from kerascheck.tracer.keras3 import Keras3
from kerascheck.tracer.learning_rates import watch_learning_rates
from kerascheck.tracer.loops import watch_assignments, watch_functions, watch_tapes
from kerascheck.tracer.mistakes import Mistakes
from kerascheck.tracer.objectives import (
    watch_compiles,
    watch_data,
    watch_loss_functions,
    watch_losses_called,
    watch_made,
    watch_updates,
)
from kerascheck.tracer.request import Request, TargetKind
from kerascheck.tracer.runtime import Runtime, patch, when_undone
from kerascheck.tracer.save_calls import stop_saving, stop_saving_tensorflow
from kerascheck.tracer.saving_log import watch_saving
from kerascheck.tracer.tpu_stand_in import stand_in_for_tpus
from kerascheck.tracer.training import ON_BATCH, Training

TRAINING_METHODS = ("fit", "evaluate", "predict", *ON_BATCH, "predict_on_batch", "fit_generator")


def set_up(tensorflow: Any, keras: Any, user: UserCode, request: Request) -> tuple[Runtime, Training, GraphMode]:
    """Watch TensorFlow and Keras from now on."""
    runtime = Runtime(tensorflow, user)
    training = Training(runtime, request.stop_at_model, request.run_training)
    graph_mode = GraphMode(runtime, request.run_training)
    graph_mode.watch()
    mistakes = Mistakes.of(runtime, graph_mode)
    careful = Careful(training, loading=not (request.run_training or request.unsafe), saving=not request.unsafe)
    # What is imported only when it is asked for must be there to be wrapped.
    import_module("tensorflow.compat.v1")
    import_module("tensorflow.compat.v2")
    wrap_tensorflow(runtime)
    wrap_operators(runtime, (tensorflow.Tensor, tensorflow.Variable))
    _watch_keras_3(runtime, training, mistakes, keras)
    careful.with_keras_3(keras)

    def with_keras_2(module: ModuleType) -> None:
        _watch_keras_2(runtime, training, mistakes, graph_mode, module)
        careful.with_keras_2(module)

    _once_imported("tf_keras", with_keras_2)
    _once_imported("tensorflow_datasets", careful.with_tensorflow_datasets)
    careful.with_tensorflow(tensorflow)
    _watch_variables(runtime)
    watch_tapes(runtime)
    watch_assignments(runtime)
    watch_functions(runtime)
    convert_where_needed(runtime)
    watch_conversions(runtime)
    watch_batching(runtime)
    if request.kind is not TargetKind.LIVE:
        stand_in_for_tpus(runtime)
    if not request.run_training:
        # A training step then runs line by line, in the user's own frames.
        tensorflow.config.run_functions_eagerly(True)
    return runtime, training, graph_mode


def _watch_keras_3(runtime: Runtime, training: Training, mistakes: Mistakes, keras: Any) -> None:
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer
    from keras.src.optimizers.base_optimizer import BaseOptimizer
    from keras.src.trainers.trainer import Trainer

    import_module("keras._tf_keras.keras")
    library = Keras3(runtime, keras)
    library.install()
    runtime.libraries.append(library)
    wrap_library(runtime, library)
    wrap_operators(runtime, library.operator_classes())
    for name in TRAINING_METHODS:
        training.replace(TensorFlowTrainer, name, keras.callbacks.History)
    training.watch_compile(Trainer)
    training.freezing.watch_compile(Trainer)
    training.freezing.watch_setter(keras.layers.Layer)
    training.watch_steps(BaseOptimizer, "apply")
    watch_learning_rates(runtime, BaseOptimizer, "__init__")
    mistakes.with_keras_3(library, keras)
    # What follows looks at who calls, and so comes behind all others.
    watch_compiles(runtime, Trainer)
    watch_data(runtime, TensorFlowTrainer, TRAINING_METHODS)
    watch_made(runtime, keras.losses.Loss, keras.metrics.Metric)
    watch_losses_called(runtime, keras.losses.Loss, (keras.metrics.Metric, keras.metrics.MeanMetricWrapper))
    if not training.really:
        watch_loss_functions(runtime, library, (keras.losses, keras.metrics))


def _watch_keras_2(runtime: Runtime, training: Training, mistakes: Mistakes, graph_mode: GraphMode, keras: Any) -> None:
    from tf_keras.src.engine.training import Model
    from tf_keras.src.engine.training_v1 import Model as GraphModel
    from tf_keras.src.optimizers.legacy.optimizer_v2 import OptimizerV2
    from tf_keras.src.optimizers.optimizer import Optimizer, _BaseOptimizer
    from tf_keras.src.utils import metrics_utils

    import_module("tf_keras.api._v2.keras")
    library = Keras2.of(runtime, keras)
    library.install()
    runtime.libraries.append(library)
    wrap_library(runtime, library)
    for name in TRAINING_METHODS:
        for model in (Model, GraphModel):
            training.replace(model, name, keras.callbacks.History)
    for model in (Model, GraphModel):
        training.watch_compile(model)
        training.freezing.watch_compile(model)
    training.freezing.watch_setter(library.base_layer)
    for optimizer in (Optimizer, OptimizerV2):
        training.watch_steps(optimizer, "apply_gradients")
    watch_learning_rates(runtime, _BaseOptimizer, "_build_learning_rate")
    watch_learning_rates(runtime, OptimizerV2, "_set_hyper")
    for optimizer in (_BaseOptimizer, OptimizerV2):
        graph_mode.watch_optimizer(optimizer)
    mistakes.with_keras_2(library)
    # What follows looks at who calls, and so comes behind all others.
    for model in (Model, GraphModel):
        watch_compiles(runtime, model)
        watch_data(runtime, model, TRAINING_METHODS)
    watch_made(runtime, keras.losses.Loss, keras.metrics.Metric)
    watch_losses_called(runtime, keras.losses.Loss, (keras.metrics.Metric,))
    watch_updates(runtime, metrics_utils)
    if not training.really:
        watch_loss_functions(runtime, library, (keras.losses, keras.metrics))


def _watch_variables(runtime: Runtime) -> None:
    """Remember where every variable is made."""

    from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable, ResourceVariable

    def watch_value(original: Any) -> Any:
        def value(variable: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(variable, *args, **kwargs)
            runtime.read(variable, result)
            return result

        return value

    for owner in (BaseResourceVariable, ResourceVariable):
        if "value" in vars(owner):
            patch(owner, "value", watch_value)

    def creator(next_creator: Any, **kwargs: Any) -> Any:
        runtime.made(None, "variable")
        variable = next_creator(**kwargs)
        runtime.watched.variables.put(variable, runtime.user.here())
        if isinstance(variable, BaseResourceVariable):
            runtime.watched.handles.put(variable.handle, weakref.ref(variable))
        return variable

    # Left open: whatever the user's code makes, until the process ends or all this is undone.
    when_undone(runtime.open_contexts.close)
    runtime.open_contexts.enter_context(runtime.tensorflow.variable_creator_scope(creator))


@dataclass(frozen=True, slots=True)
class Careful:
    """Puts the stand-ins in place for what loads data and for what saves models."""

    training: Training
    loading: bool
    saving: bool

    def with_tensorflow(self, tensorflow: Any) -> None:
        """Stand in for TensorFlow itself."""
        if self.saving:
            stop_saving_tensorflow(self.training, tensorflow)

    def with_keras_3(self, keras: Any) -> None:
        """Stand in for Keras 3."""
        if self.loading:
            stop_loading(self.training, keras)
        if self.saving:
            stop_saving(self.training, keras, [keras.Model])
        watch_saving(self.training.runtime, self.training.runtime.libraries[0], keras, [keras.Model])

    def with_keras_2(self, keras: Any) -> None:
        """Stand in for tf_keras."""
        from tf_keras.src.engine.training import Model
        from tf_keras.src.engine.training_v1 import Model as GraphModel

        if self.loading:
            stop_loading(self.training, keras)
        if self.saving:
            stop_saving(self.training, keras, [Model, GraphModel])
        watch_saving(self.training.runtime, self.training.runtime.libraries[-1], keras, [Model, GraphModel])

    def with_tensorflow_datasets(self, module: Any) -> None:
        """Stand in for the package of that name."""
        if self.loading:
            stop_tensorflow_datasets(self.training, module)


def _once_imported(name: str, then: Callable[[ModuleType], None]) -> None:
    """Call a function with a package, now or when it will have been imported."""
    if name in sys.modules:
        then(sys.modules[name])
    else:
        finder = _AfterImport(name, then)
        sys.meta_path.insert(0, finder)
        when_undone(sys.meta_path.remove, finder)


class _AfterImport(MetaPathFinder):
    """Calls a function once a package has been imported."""

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The package's own spec, with its loader wrapped."""
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _ThenLoader(spec.loader, self._then)
        return spec


class _ThenLoader(Loader):
    """A loader that calls a function behind the module's own code."""

    def __init__(self, loader: Loader, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the wrapped loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then the function."""
        self._loader.exec_module(module)
        self._then(module)
