"""A Program as JSON and back: how the child hands over what it found.

The child runs code nobody vouches for, so nothing it writes is ever unpickled: every field is read by name and type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, OperationEffect, Recorder
from kerascheck.program import (
    CompiledStep,
    Connection,
    DataCall,
    FedDataset,
    FedTarget,
    FitMode,
    FlaggedCall,
    LossFact,
    ModelCall,
    NoneUse,
    NotUnderstood,
    OptimizerUse,
    Program,
    SampleDependence,
    SavedObject,
    SavingCall,
    StateFact,
    StatefulFit,
    StretchedPrediction,
    TrainableChange,
    TrainOp,
    UnreadyWeights,
    VariableFact,
)
from kerascheck.tracer.notes import FIELDS
from kerascheck.tracer.wire_records import read_operations, read_record, write_operations, write_record
from kerascheck.tracer.wire_values import (
    Json,
    WireError,
    must_span,
    optional,
    read_problem,
    read_source,
    read_span,
    read_spec,
    read_value,
    read_weight,
    spans,
    write_problem,
    write_source,
    write_span,
    write_spec,
    write_value,
    write_weight,
)

PLAIN_NODE_FIELDS = (
    "identifier",
    "kind",
    "op",
    "name",
    "params",
    "trainable",
    "layer",
    "generation",
    "on_keras_tensor",
    "in_lambda",
    "tracked",
    "owner",
    "updates",
    "masking",
)

RECORDS = {
    "data_calls": DataCall,
    "variables": VariableFact,
    "none_uses": NoneUse,
    "trainable_changes": TrainableChange,
    "states": StateFact,
    "steps": CompiledStep,
    "fit_modes": FitMode,
    "flagged_calls": FlaggedCall,
    "stateful_fits": StatefulFit,
    "connections": Connection,
    "datasets": FedDataset,
    "dependences": SampleDependence,
    "losses": LossFact,
    "fed_targets": FedTarget,
    "stretched": StretchedPrediction,
    "optimizers": OptimizerUse,
    "saving_calls": SavingCall,
    "unready_weights": UnreadyWeights,
    "saved_objects": SavedObject,
    **{name: cls for cls, name in FIELDS.items()},
}
"""The fields of a Program that only the live front end fills, by the type of their records."""


def write_program(program: Program) -> Json:
    """``program`` as plain data, without what only the static front end knows."""
    return {
        "file": program.file,
        "generation": program.generation,
        "device": program.device,
        "device_span": write_span(program.device_span),
        "loaded": list(program.loaded),
        "nodes": [_write_node(node) for node in program.recorder.nodes.values()],
        "edges": [[edge.source, edge.target, edge.output, edge.argument] for edge in program.recorder.edges],
        "models": [_write_model(model) for model in program.models],
        "model_calls": [_write_model_call(call) for call in program.model_calls],
        "train_ops": [_write_train_op(found) for found in program.train_ops],
        "operations": write_operations(program.recorder.operations),
        **{name: [write_record(record) for record in getattr(program, name)] for name in RECORDS},
        "probed": list(program.probed),
        "runs_eagerly": program.runs_eagerly,
        "auto_jit_models": sorted(program.auto_jit_models),
        "unknown": [[write_span(found.span), found.what, found.why] for found in program.unknown],
    }


def read_program(data: Json) -> Program:
    """The program that :func:`write_program` wrote.

    Raises:
        WireError: the data are not of that form.
    """
    try:
        return _read_program(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise WireError(f"{type(error).__name__}: {error}") from error


def _read_program(data: Json) -> Program:
    recorder = Recorder()
    for item in data["nodes"]:
        recorder.add(_read_node(item))
    recorder.counter = len(recorder.nodes)
    for source, target, output, argument in data["edges"]:
        recorder.connect(Edge(str(source), str(target), int(output), str(argument)))
    recorder.operations = read_operations(data["operations"])
    records: dict[str, Any] = {name: [read_record(cls, item) for item in data[name]] for name, cls in RECORDS.items()}
    return Program(
        **records,
        probed=tuple(int(place) for place in data["probed"]),
        runs_eagerly=bool(data["runs_eagerly"]),
        auto_jit_models={str(name) for name in data["auto_jit_models"]},
        file=str(data["file"]),
        generation=int(data["generation"]),
        device=str(data["device"]),
        device_span=read_span(data["device_span"]),
        loaded=_strings(data["loaded"]),
        models=[_read_model(recorder, item) for item in data["models"]],
        recorder=recorder,
        model_calls=[_read_model_call(item) for item in data["model_calls"]],
        train_ops=[_read_train_op(item) for item in data["train_ops"]],
        unknown=[NotUnderstood(must_span(span), str(what), str(why)) for span, what, why in data["unknown"]],
    )


def _write_node(node: Node) -> Json:
    plain = {name: getattr(node, name) for name in PLAIN_NODE_FIELDS}
    return plain | {
        "outputs": [write_spec(spec) for spec in node.outputs],
        "source": write_source(node.source),
        "scope": list(node.scope),
        "config": {name: write_value(value) for name, value in node.config.items()},
        "weights": [write_weight(weight) for weight in node.weights],
        "problem": write_problem(node.problem),
        "guards": list(node.guards),
        "control": list(node.control),
        "defaulted": list(node.defaulted),
    }


def _read_node(data: Json) -> Node:
    return Node(
        **{name: data[name] for name in PLAIN_NODE_FIELDS},
        outputs=tuple(read_spec(spec) for spec in data["outputs"]),
        source=optional(read_source, data["source"]),
        scope=_strings(data["scope"]),
        config={str(name): read_value(value) for name, value in data["config"].items()},
        weights=tuple(read_weight(weight) for weight in data["weights"]),
        problem=optional(read_problem, data["problem"]),
        guards=_strings(data["guards"]),
        control=_strings(data["control"]),
        defaulted=_strings(data["defaulted"]),
    )


def _strings(data: Iterable[Json]) -> tuple[str, ...]:
    return tuple(str(item) for item in data)


def _write_model(model: ModelGraph) -> Json:
    return {
        "name": model.name,
        "kind": model.kind,
        "span": write_span(model.span),
        "inputs": [[endpoint.node, endpoint.output] for endpoint in model.inputs],
        "outputs": [[endpoint.node, endpoint.output] for endpoint in model.outputs],
        "complete": model.complete,
        "generation": model.generation,
        "members": list(model.records),
        "params": model.params,
        "trainable": model.trainable,
        "effects": [write_record(effect) for effect in model.effects],
    }


def _read_model(recorder: Recorder, data: Json) -> ModelGraph:
    model = ModelGraph.cut(
        recorder,
        _strings(data["members"]),
        name=str(data["name"]),
        kind=data["kind"],
        span=read_span(data["span"]),
        inputs=tuple(Endpoint(str(node), int(output)) for node, output in data["inputs"]),
        outputs=tuple(Endpoint(str(node), int(output)) for node, output in data["outputs"]),
        complete=bool(data["complete"]),
        generation=int(data["generation"]),
    )
    model.params = optional(int, data["params"])
    model.trainable = optional(int, data["trainable"])
    model.effects = tuple(read_record(OperationEffect, effect) for effect in data["effects"])
    return model


def _write_model_call(call: ModelCall) -> Json:
    plain = {found.name: getattr(call, found.name) for found in fields(call)}
    return plain | {
        "layers": [[op, write_span(span)] for op, span in call.layers],
        "span": write_span(call.span),
        "stack": [write_span(span) for span in call.stack],
    }


def _read_model_call(data: Json) -> ModelCall:
    layers = tuple((str(op), must_span(span)) for op, span in data["layers"])
    return ModelCall(**{**data, "layers": layers, "span": must_span(data["span"]), "stack": spans(data["stack"])})


def _write_train_op(found: TrainOp) -> Json:
    plain = {part.name: getattr(found, part.name) for part in fields(found)}
    spans_told = {"span": write_span(found.span), "run_span": write_span(found.run_span)}
    idle = [[op, write_span(span)] for op, span in found.idle]
    return plain | spans_told | {"collected": list(found.collected), "idle": idle}


def _read_train_op(data: Json) -> TrainOp:
    idle = tuple((str(op), must_span(span)) for op, span in data["idle"])
    plain = {**data, "collected": tuple(str(name) for name in data["collected"]), "idle": idle}
    return TrainOp(**{**plain, "span": must_span(data["span"]), "run_span": read_span(data["run_span"])})
