"""What the rules about the batch axis read of the ops that calls are made of."""

from __future__ import annotations

import pytest
from hand_made import Graph, line

from kerascheck.checks import kc201_batch_axis_reduction, kc202_full_reduction, kc203_batch_folding_reshape
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.graph import TRAINING_GUARD, Node, Operation, OperationEffect, Source
from kerascheck.program import Program
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Dim, Shape, TensorSpec
from kerascheck.shapes.dim import batch

B = batch()
ROWS = TensorSpec(Shape.of(B, 4))


def opened(
    graph: Graph, node: Node, *effects: tuple[str, str, str], source: Source | None = None, axis: int = 0
) -> Program:
    """The program of a model that ends in ``node``, whose ops have these types, effects and ends."""
    program = graph.model(node)
    (model,) = program.models
    made = [Operation(f"{node.identifier}/{kind}", kind, node.identifier, outputs=(ROWS,)) for kind, *_ in effects]
    model.operations = {node.identifier: tuple(made)}
    model.effects = tuple(
        OperationEffect(operation.identifier, effect, axis, ROWS, reaches, source)
        for operation, (_, effect, reaches) in zip(made, effects, strict=True)
    )
    return program


def layer(graph: Graph, *shape: Dim, op: str = "their.Layer", **fields: object) -> Node:
    return graph.add("layer", op, shape, {"inputs": graph.input(B, 4)}, **fields)


def test_an_effect_in_a_layer_is_told_at_the_call() -> None:
    graph = Graph()
    program = opened(graph, layer(graph, B, 4), ("Mean", "reduction", "output"))
    (found,) = batch_effects(program, Effect.REDUCTION)
    assert (found.node.op, found.operation.type, found.axis, found.operand) == ("their.Layer", "Mean", 0, ROWS)
    finding = operation_finding(found, "mixes samples", help="leave it")
    assert (finding.span, finding.message) == (line(2), "`Layer(...)` mixes samples")
    assert finding.label == "its op Mean works on axis 0 of (None, 4), the batch"
    assert finding.help == "leave it"


@pytest.mark.parametrize("reaches", ["undone", "loss", "update", "nothing"])
def test_only_what_reaches_an_output_is_told(reaches: str) -> None:
    graph = Graph()
    program = opened(graph, layer(graph, B, 4), ("Mean", "reduction", reaches))
    assert list(batch_effects(program, *Effect)) == []


def test_what_runs_only_in_training_is_not_told() -> None:
    graph = Graph()
    program = opened(graph, layer(graph, B, 4, guards=(TRAINING_GUARD,)), ("Mean", "reduction", "output"))
    assert list(batch_effects(program, *Effect)) == []


def test_a_function_whose_axis_a_rule_reads_is_not_looked_into() -> None:
    graph = Graph()
    node = graph.op("keras.ops.mean", (4,), {"axis": 0}, x=graph.input(B, 4))
    assert list(batch_effects(opened(graph, node, ("Mean", "reduction", "output")), *Effect)) == []


def test_a_function_that_no_rule_knows_is_looked_into() -> None:
    graph = Graph()
    node = graph.op("tf.raw_ops.Mean", (4,), {"axis": 0}, input=graph.input(B, 4))
    assert [found.effect for found in batch_effects(opened(graph, node, ("Mean", "reduction", "output")), *Effect)] == [
        Effect.REDUCTION
    ]


def test_a_layer_given_the_batch_for_its_axis_is_told_once_and_not_here() -> None:
    graph = Graph()
    node = layer(graph, B, 4, op="keras.layers.Softmax", config={"axis": 0})
    assert list(batch_effects(opened(graph, node, ("Softmax", "mix", "output")), *Effect)) == []


def test_one_line_has_one_finding_for_effects_that_follow_from_each_other() -> None:
    graph = Graph()
    node = layer(graph, 4)
    program = opened(graph, node, ("MatMul", "product", "output"), ("Sum", "reduction", "output"))
    assert [found.effect for found in batch_effects(program, *Effect)] == [Effect.PRODUCT]
    assert list(batch_effects(program, Effect.REDUCTION)) == []


def test_an_op_of_a_loops_body_is_told_at_its_own_line() -> None:
    graph = Graph()
    inside = Source(line(30), written="x - mean(x)")
    program = opened(graph, layer(graph, B, 4), ("Mean", "reduction", "output"), source=inside)
    (finding,) = (operation_finding(found, "mixes") for found in batch_effects(program, Effect.REDUCTION))
    assert (finding.span, finding.message) == (line(30), "`x - mean(x)` mixes")


def test_the_rules_about_reductions_and_reshapes_read_the_ops() -> None:
    graph = Graph()
    reduction = opened(graph, layer(graph, B, 4), ("Mean", "reduction", "output"))
    assert [found.message for found in kc201_batch_axis_reduction.check(reduction)] == [
        "`Layer(...)` reduces the batch axis of (None, 4): every sample's result depends on the others"
    ]
    graph = Graph()
    full = opened(graph, layer(graph, B, 4), ("Max", "full-reduction", "output"))
    assert [found.message for found in kc202_full_reduction.check(full)] == [
        "`Layer(...)` reduces every axis of (None, 4), the batch included"
    ]
    graph = Graph()
    fold = opened(graph, layer(graph, 4 * B), ("Reshape", "fold", "output"))
    assert [found.message for found in kc203_batch_folding_reshape.check(fold)] == [
        "`Layer(...)` folds the batch of (None, 4) into another axis"
    ]
