"""Puts the watchers in place that see mistakes as the user's code makes them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from kerascheck.tracer.attributes import Attributes, watch_missing_init
from kerascheck.tracer.compiling import Compiling
from kerascheck.tracer.constructing import Constructing
from kerascheck.tracer.crashes import note_missing_member
from kerascheck.tracer.creations import Creations, watch_creations, watch_late_state
from kerascheck.tracer.disconnected import Disconnected
from kerascheck.tracer.draws import Draws
from kerascheck.tracer.dropped_losses import LossReads
from kerascheck.tracer.feeding import Feeding
from kerascheck.tracer.given_weights import GivenWeights
from kerascheck.tracer.graph_mode import GraphMode
from kerascheck.tracer.graph_sessions import GraphSessions
from kerascheck.tracer.growing import Growing
from kerascheck.tracer.library import Library
from kerascheck.tracer.optimizers import Optimizers
from kerascheck.tracer.retraces import Retraces
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.tensor_weights import TensorWeights
from kerascheck.tracer.thawing import Thawing
from kerascheck.tracer.variable_scopes import VariableScopes
from kerascheck.tracer.weight_lists import WeightLists

GROWING = ("append", "extend", "insert")


@dataclass(frozen=True, slots=True)
class Mistakes:
    """The watchers that are in place."""

    runtime: Runtime
    creations: Creations
    attributes: Attributes
    growing: Growing
    compiling: Compiling
    losses: LossReads
    optimizers: Optimizers
    thawing: Thawing
    feeding: Feeding

    scopes: VariableScopes
    disconnected: Disconnected

    @classmethod
    def of(cls, runtime: Runtime, mode: GraphMode) -> Mistakes:
        """Watch what is the same in every Keras."""
        sessions = GraphSessions(runtime, mode)
        sessions.watch()
        scopes = VariableScopes(runtime)
        scopes.watch()
        compiling = Compiling(runtime)
        compiling.watch()
        draws = Draws(runtime, compiling)
        draws.watch()
        made = cls(
            runtime,
            watch_creations(runtime),
            Attributes(runtime, TensorWeights(runtime)),
            Growing(runtime),
            compiling,
            LossReads(runtime),
            Optimizers(runtime),
            Thawing(runtime),
            Feeding(runtime),
            scopes,
            Disconnected(runtime),
        )
        runtime.when_called.append(made.feeding.called)
        constructing = Constructing(runtime)
        runtime.when_constructed = constructing.made
        runtime.when_crashed.append(constructing.crashed)
        runtime.when_crashed.append(functools.partial(note_missing_member, runtime))
        retraces = Retraces(runtime)
        retraces.watch()
        runtime.finishers += [
            made.disconnected.finish,
            constructing.finish,
            retraces.finish,
            sessions.finish,
            made.attributes.finish,
            made.growing.finish,
            compiling.finish,
            draws.finish,
            made.losses.finish,
            made.optimizers.finish,
            made.thawing.finish,
        ]
        return made

    def with_keras_3(self, library: Library, keras: Any) -> None:
        """Watch Keras 3."""
        from keras.src.backend.tensorflow.trainer import TensorFlowTrainer
        from keras.src.models.functional import Functional
        from keras.src.optimizers.base_optimizer import BaseOptimizer
        from keras.src.trainers.trainer import Trainer
        from keras.src.utils.tracking import TrackedList

        layer = keras.layers.Layer
        watch_late_state(self.runtime, self.creations, layer)
        watch_missing_init(self.runtime, library, layer, "_check_super_called")
        self.attributes.watch(library, layer)
        self.growing.watch(TrackedList, GROWING)
        self.compiling.watch_compile(library, Trainer)
        self.losses.watch(layer)
        GivenWeights(self.runtime).watch(library, layer)
        self.scopes.watch_layers(library, layer)
        # Behind the others that see `add_weight`: it looks at who calls.
        self.attributes.weights.watch_added(library, layer)
        for owner in (layer, keras.Model):
            WeightLists(self.runtime).watch(library, owner)
        self.optimizers.watch(library, BaseOptimizer)
        self.thawing.watch(library, TensorFlowTrainer)
        self.disconnected.watch(library, Functional)
        self.feeding.watch(library, TensorFlowTrainer)

    def with_keras_2(self, library: Library) -> None:
        """Watch tf_keras."""
        from tensorflow.python.trackable.data_structures import List, ListWrapper
        from tf_keras.src.engine.base_layer import Layer
        from tf_keras.src.engine.base_layer_v1 import Layer as GraphLayer
        from tf_keras.src.engine.functional import Functional
        from tf_keras.src.engine.training import Model
        from tf_keras.src.engine.training_v1 import Model as GraphModel

        watch_missing_init(self.runtime, library, Layer, "__call__")
        for owner in (Layer, Model):
            self.attributes.watch(library, owner)
        self.disconnected.watch(library, Functional)
        for held in (List, ListWrapper):
            self.growing.watch(held, GROWING)
        self.losses.watch(Layer)
        GivenWeights(self.runtime).watch(library, Layer)
        for owner in (Layer, GraphLayer):
            self.scopes.watch_layers(library, owner)
        self.attributes.weights.watch_added(library, Layer)
        for owner in (Layer, Model):
            WeightLists(self.runtime).watch(library, owner)
        for model in (Model, GraphModel):
            self.compiling.watch_compile(library, model)
            self.thawing.watch(library, model)
            self.feeding.watch(library, model)
