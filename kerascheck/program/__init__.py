"""Everything a rule may read: the models of a program, and what the code did around them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node, Recorder
from kerascheck.program.compilation import CompiledStep, OutsideStrategy, Retrace
from kerascheck.program.data import (
    DataCall,
    Downcast,
    FedDataset,
    FedKind,
    FedProblem,
    FedTarget,
    IndicesGiven,
    SampleDependence,
)
from kerascheck.program.gradients import FlatLoss, NanBranch, TapeFault, TapeFaultKind
from kerascheck.program.layers import Connection, NoneUse, PositionalNumbers, ShapeArgument, UnusedLayer, WeightsGiven
from kerascheck.program.losses import (
    LossFact,
    Objective,
    ObjectiveForm,
    OptimizerUse,
    ShownMetric,
    StretchedPrediction,
    SymbolicLoss,
)
from kerascheck.program.names import (
    NUMPY_METHOD,
    AddedLoss,
    ArgumentMistake,
    ArgumentUse,
    ForeignPart,
    MemberUse,
    RefusedName,
    RefusedValue,
    SymbolicUse,
    SymbolUse,
    WrongArguments,
)
from kerascheck.program.saving import (
    ConfigParameter,
    SavedConfig,
    SavedObject,
    SavedObjectKind,
    SavingCall,
    UnbuiltSublayers,
    UnreadyWeights,
)
from kerascheck.program.training import (
    DroppedLosses,
    FitMode,
    FlaggedCall,
    HostDraw,
    MetricRead,
    ModelCall,
    OptimizerWrite,
    ReboundFeed,
    StateFact,
    StatefulFit,
    ThawedFit,
    TrainOp,
    UninitializedRun,
    UnrunAssign,
)
from kerascheck.program.variables import (
    CreatedInCall,
    DroppedWeight,
    LateState,
    MissingInit,
    PythonState,
    RebindingUse,
    ReservedAttribute,
    ScopeIgnored,
    TensorMember,
    TensorWeight,
    TrainableChange,
    UnbuiltRead,
    UnheldLayer,
    VariableFact,
    WeightListEdit,
)
from kerascheck.records import immutable

__all__ = [
    "NUMPY_METHOD",
    "AddedLoss",
    "ArgumentMistake",
    "ArgumentUse",
    "CompiledStep",
    "ConfigParameter",
    "Connection",
    "CreatedInCall",
    "DataCall",
    "Downcast",
    "DroppedLosses",
    "DroppedWeight",
    "FedDataset",
    "FedKind",
    "FedProblem",
    "FedTarget",
    "FitMode",
    "FlaggedCall",
    "FlatLoss",
    "ForeignPart",
    "HostDraw",
    "IndicesGiven",
    "LateState",
    "LossFact",
    "MemberUse",
    "MetricRead",
    "MissingInit",
    "ModelCall",
    "NanBranch",
    "NoneUse",
    "NotUnderstood",
    "Objective",
    "ObjectiveForm",
    "OptimizerUse",
    "OptimizerWrite",
    "OutsideStrategy",
    "PositionalNumbers",
    "Program",
    "PythonState",
    "RebindingUse",
    "ReboundFeed",
    "RefusedName",
    "RefusedValue",
    "ReservedAttribute",
    "Retrace",
    "SampleDependence",
    "SavedConfig",
    "SavedObject",
    "SavedObjectKind",
    "SavingCall",
    "ScopeIgnored",
    "ShapeArgument",
    "ShownMetric",
    "StateFact",
    "StatefulFit",
    "StretchedPrediction",
    "SymbolUse",
    "SymbolicLoss",
    "SymbolicUse",
    "TapeFault",
    "TapeFaultKind",
    "TensorMember",
    "TensorWeight",
    "ThawedFit",
    "TrainOp",
    "TrainableChange",
    "UnbuiltRead",
    "UnbuiltSublayers",
    "UnheldLayer",
    "UninitializedRun",
    "UnreadyWeights",
    "UnrunAssign",
    "UnusedLayer",
    "VariableFact",
    "WeightListEdit",
    "WeightsGiven",
    "WrongArguments",
]

Found = TypeVar("Found")


@immutable()
class NotUnderstood:
    """Something the front end could not follow, counted and shown on request."""

    span: Span
    what: str
    why: str


@dataclass(slots=True)
class Program:
    """What one run of a front end over one target found out.

    Attributes:
        file: the file or target.
        loaded: the user's files that a live run loaded, the target's own as the user calls it before the others.
        models: every model, custom layer nobody uses, and fragment.
        recorder: all nodes, those in no model included.
        device: the device the code is meant for: cpu, gpu or tpu.
        device_reason: why that device: ``option``, ``configuration``, or the span of the strategy in the code.
        generation: the Keras generation of the file, 2 or 3.
        tensorflow: the TensorFlow it is written for: 1 where its project needs TensorFlow 1, else 2.
        data_calls, variables, trainable_changes, states, steps, dependences: what only the live front end finds out.
        connections: the functional models, by what their outputs depend on.
        runs_eagerly: whether some model is compiled, or told, to run its steps eagerly.
        datasets: the datasets that models are fitted on.
        tape_faults: gradients that are certainly None, and tapes that are used wrongly; from the static front end.
        downcasts: the data that models take in another type than they have.
        indices_given: the data that go into an Embedding as they are.
        unused_layers: the layers that are made and that nothing can use.
        positional_numbers: the layers that were made with numbers by position.
        weights_given: the arrays that layers are given for their weights.
        auto_jit_models: the names of those that Keras 3 compiles with XLA where there is a GPU; static only.
        foreign_parts: what models are given of the other of the packages keras and tf_keras; static only.
        compiled_models: the names of the models that are compiled with a loss; from the static front end.
        own_step_models: the names of those of them whose training step is the user's own.
        adds_losses: whether the code adds a loss to some layer or model; from the static front end.
        nan_branches: choices whose branch not taken makes a gradient NaN; only the static front end looks for them.
        outside_strategies: models made before the strategy they are compiled in; from the static front end.
        retraces: compiled functions that are given Python numbers; only the static front end looks for them.
        flat_losses: losses without a gradient, given to ``compile``; only the static front end looks for them.
        symbolic_losses: the losses and metrics that use symbolic tensors; only the static front end looks for them.
        fed_problems: what does not fit of the data given to models; only the static front end looks for it.
        fit_modes: the models that ``fit`` trains, by whether it runs them in training.
        saving_calls, unready_weights, saved_objects, unbuilt_sublayers, saved_configs: what saving and loading keep and
            take; only the static front end looks at it.
        ignored_arguments: arguments that are taken and do nothing.
        saved_configs: what saving keeps of the user's own classes; only the static front end looks at it.
        fed_targets: the targets that outputs were given under a loss; only the static front end looks for them.
        stretched: the predictions that are paired with all targets; only the static front end looks for them.
        fed_problems: what does not fit of the data given to models; only the static front end looks for it.
        fit_modes: the models that ``fit`` trains, by whether it runs them in training.
        optimizers: the optimizers that the code makes; only the static front end looks for them.
        shown_metrics: the metrics of samples that are printed; only the static front end looks for them.
        losses: the losses that meet predictions, in ``compile`` and in the user's own code.
        probed: the models, by their place, whose samples were perturbed one by one.
        aliases: the file's top-level names for modules and names of keras and tensorflow: ``{"K": "keras.backend"}``.
        library_calls: the user's calls whose nodes were made by the code of an installed package.
        library_files: the files of those packages that were read.
    """

    file: str
    generation: int = 3
    tensorflow: int = 2
    device: str = "cpu"
    device_span: Span | None = None
    loaded: tuple[str, ...] = ()
    models: list[ModelGraph] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)
    symbols: list[SymbolUse] = field(default_factory=list)
    members: list[MemberUse] = field(default_factory=list)
    arguments: list[ArgumentUse] = field(default_factory=list)
    shape_arguments: list[ShapeArgument] = field(default_factory=list)
    weight_list_edits: list[WeightListEdit] = field(default_factory=list)
    symbolic_uses: list[SymbolicUse] = field(default_factory=list)
    wrong_arguments: list[WrongArguments] = field(default_factory=list)
    added_losses: list[AddedLoss] = field(default_factory=list)
    refused_names: list[RefusedName] = field(default_factory=list)
    refused_values: list[RefusedValue] = field(default_factory=list)
    created_in_call: list[CreatedInCall] = field(default_factory=list)
    runs_eagerly: bool = False
    unheld_layers: list[UnheldLayer] = field(default_factory=list)
    late_state: list[LateState] = field(default_factory=list)
    reserved_attributes: list[ReservedAttribute] = field(default_factory=list)
    missing_inits: list[MissingInit] = field(default_factory=list)
    python_states: list[PythonState] = field(default_factory=list)
    ignored_scopes: list[ScopeIgnored] = field(default_factory=list)
    unbuilt_reads: list[UnbuiltRead] = field(default_factory=list)
    tensor_members: list[TensorMember] = field(default_factory=list)
    dropped_weights: list[DroppedWeight] = field(default_factory=list)
    rebound_weights: list[RebindingUse] = field(default_factory=list)
    tensor_weights: list[TensorWeight] = field(default_factory=list)
    model_calls: list[ModelCall] = field(default_factory=list)
    train_ops: list[TrainOp] = field(default_factory=list)
    ignored_arguments: list[ArgumentUse] = field(default_factory=list)
    metric_reads: list[MetricRead] = field(default_factory=list)
    dropped_losses: list[DroppedLosses] = field(default_factory=list)
    host_draws: list[HostDraw] = field(default_factory=list)
    optimizer_writes: list[OptimizerWrite] = field(default_factory=list)
    rebound_feeds: list[ReboundFeed] = field(default_factory=list)
    uninitialized_runs: list[UninitializedRun] = field(default_factory=list)
    unrun_assigns: list[UnrunAssign] = field(default_factory=list)
    thawed_fits: list[ThawedFit] = field(default_factory=list)
    unknown: list[NotUnderstood] = field(default_factory=list)
    none_uses: list[NoneUse] = field(default_factory=list)
    tape_faults: list[TapeFault] = field(default_factory=list)
    foreign_parts: list[ForeignPart] = field(default_factory=list)
    compiled_models: set[str] = field(default_factory=set)
    own_step_models: set[str] = field(default_factory=set)
    adds_losses: bool = False
    auto_jit_models: set[str] = field(default_factory=set)
    nan_branches: list[NanBranch] = field(default_factory=list)
    outside_strategies: list[OutsideStrategy] = field(default_factory=list)
    retraces: list[Retrace] = field(default_factory=list)
    flat_losses: list[FlatLoss] = field(default_factory=list)
    symbolic_losses: list[SymbolicLoss] = field(default_factory=list)
    data_calls: list[DataCall] = field(default_factory=list)
    variables: list[VariableFact] = field(default_factory=list)
    trainable_changes: list[TrainableChange] = field(default_factory=list)
    states: list[StateFact] = field(default_factory=list)
    steps: list[CompiledStep] = field(default_factory=list)
    fit_modes: list[FitMode] = field(default_factory=list)
    flagged_calls: list[FlaggedCall] = field(default_factory=list)
    stateful_fits: list[StatefulFit] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    datasets: list[FedDataset] = field(default_factory=list)
    downcasts: list[Downcast] = field(default_factory=list)
    indices_given: list[IndicesGiven] = field(default_factory=list)
    unused_layers: list[UnusedLayer] = field(default_factory=list)
    positional_numbers: list[PositionalNumbers] = field(default_factory=list)
    weights_given: list[WeightsGiven] = field(default_factory=list)
    fed_problems: list[FedProblem] = field(default_factory=list)
    saving_calls: list[SavingCall] = field(default_factory=list)
    unready_weights: list[UnreadyWeights] = field(default_factory=list)
    saved_objects: list[SavedObject] = field(default_factory=list)
    unbuilt_sublayers: list[UnbuiltSublayers] = field(default_factory=list)
    saved_configs: list[SavedConfig] = field(default_factory=list)
    fed_targets: list[FedTarget] = field(default_factory=list)
    stretched: list[StretchedPrediction] = field(default_factory=list)
    dependences: list[SampleDependence] = field(default_factory=list)
    losses: list[LossFact] = field(default_factory=list)
    shown_metrics: list[ShownMetric] = field(default_factory=list)
    optimizers: list[OptimizerUse] = field(default_factory=list)
    probed: tuple[int, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    library_calls: set[Span] = field(default_factory=set)
    library_files: set[str] = field(default_factory=set)
    _shared: dict[Callable[[Program], Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_about_library(self, span: Span) -> bool:
        """Whether a finding at ``span`` would be about the code of an installed package, not about the user's."""
        if span.file in self.library_files:
            return True
        if span not in self.library_calls:
            return False
        nodes = self.recorder.nodes.values()
        return not any(node.problem and node.source is not None and node.source.span == span for node in nodes)

    def shared(self, find: Callable[[Program], Found]) -> Found:
        """``find`` of this program, which depends on nothing else: found once for all the rules that ask.

        Only once the front end is done with it: a rule changes nothing.
        """
        if find not in self._shared:
            self._shared[find] = find(self)
        found: Found = self._shared[find]
        return found

    def nodes(self) -> Iterator[tuple[ModelGraph, Node]]:
        """Every node of every model, each node once, with the first model that holds it."""
        return iter(self.shared(_nodes))

    def nodes_of(self, ops: Collection[str]) -> Sequence[tuple[ModelGraph, Node]]:
        """Those of :meth:`nodes` whose op is one of ``ops``: most programs have none of what a rule looks for."""
        return self.nodes_like(ops.__contains__)

    def nodes_like(self, fits: Callable[[str], bool]) -> Sequence[tuple[ModelGraph, Node]]:
        """Those of :meth:`nodes` whose op ``fits``, which is asked once for each op there is."""
        found = [placed for op, placed in self.shared(_nodes_by_op).items() if fits(op)]
        if len(found) > 1:
            found = [sorted(chain.from_iterable(found), key=itemgetter(0))]
        return [(model, node) for placed in found for _, model, node in placed]

    def has_like(self, fits: Callable[[str], bool]) -> bool:
        """Whether :meth:`nodes_like` gives any."""
        return any(map(fits, self.shared(_nodes_by_op)))


def _nodes(program: Program) -> list[tuple[ModelGraph, Node]]:
    found: list[tuple[ModelGraph, Node]] = []
    seen: set[str] = set()
    for model in program.models:
        found += [(model, node) for identifier, node in model.records.items() if identifier not in seen]
        seen.update(model.records)
    return found


def _nodes_by_op(program: Program) -> dict[str, list[tuple[int, ModelGraph, Node]]]:
    """The nodes by their op, each with its place among all."""
    found: dict[str, list[tuple[int, ModelGraph, Node]]] = {}
    for place, (model, node) in enumerate(program.nodes()):
        found.setdefault(node.op, []).append((place, model, node))
    return found
