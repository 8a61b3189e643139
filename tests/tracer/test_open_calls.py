"""Calls are opened into TensorFlow's ops, with what goes into the functions within them and what comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kerascheck.graph import ModelGraph, Operation
from kerascheck.program import Program
from kerascheck.tracer import Outcome
from kerascheck.tracer.request import Ending

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def program(traced: Callable[..., Outcome]) -> Program:
    outcome = traced("opened.py", keras="3")
    assert (outcome.ending, outcome.sentence) == (Ending.FINISHED, "")
    assert outcome.program is not None
    assert outcome.program.unknown == []
    return outcome.program


def model(program: Program, name: str) -> ModelGraph:
    return next(found for found in program.models if found.name == name)


def operations(found: ModelGraph) -> list[Operation]:
    return [operation for made in found.operations.values() for operation in made]


def effects(program: Program, name: str, *reaching: str) -> list[tuple[str, str]]:
    return [(each.effect, each.reaches) for each in model(program, name).effects if each.reaches in reaching]


def test_an_ops_sizes_are_symbolic(program: Program) -> None:
    (product,) = [each for each in operations(model(program, "mapped")) if each.type == "MatMul"]
    assert product.outputs[0].shape.texts() == ["5*B", 2]


def test_a_permutation_that_the_graph_computes_is_a_constant(program: Program) -> None:
    found = operations(model(program, "over_batch"))
    softmax = next(place for place, each in enumerate(found) if each.type == "Softmax")
    moved = [each.constants.get(1) for each in found[: softmax + 1] if each.type == "Transpose"]
    assert moved == [[2, 1, 0]]


def test_a_constant_that_follows_the_batch_is_symbolic(program: Program) -> None:
    reshapes = [each for each in operations(model(program, "mapped")) if each.type == "Reshape"]
    assert [[str(size) for size in each.constants[1]] for each in reshapes] == [["5*B", "4"], ["B", "5", "2"]]


def test_what_a_body_takes_is_linked_to_what_its_op_was_given(program: Program) -> None:
    found = {each.identifier: each for each in operations(model(program, "over_time"))}
    loop = next(each for each in found.values() if each.type.endswith("While"))
    taken = [each for each in found.values() if each.parent == loop.identifier and each.type == "Placeholder"]
    body = {each.attributes["argument"]: each.inputs for each in taken if each.body == "body"}
    assert body == {place: (end,) for place, end in enumerate(loop.inputs)}


def test_what_a_body_gives_is_told_by_its_op(program: Program) -> None:
    found = {each.identifier: each for each in operations(model(program, "over_time"))}
    loop = next(each for each in found.values() if each.type.endswith("While"))
    given = [found[end.node].type for name, end in loop.results if name == "body"]
    assert len(given) == len(loop.outputs)
    assert "AddV2" in given
    assert [found[end.node].type for name, end in loop.results if name == "cond"] == ["Less"]


def test_an_op_tells_which_output_of_a_call_its_own_is(program: Program) -> None:
    found = model(program, "lstm")
    given = {end for each in operations(found) for _, end in each.gives}
    assert set(found.outputs) <= given


def test_both_levels_are_one_networkx_graph(program: Program) -> None:
    from networkx import has_path

    found = model(program, "over_time")
    graph = found.opened_graph
    assert {data["level"] for _, data in graph.nodes(data=True)} == {"call", "op"}
    (loop,) = [each.identifier for each in operations(found) if each.type.endswith("While")]
    assert has_path(graph, found.inputs[0].node, loop)
    assert has_path(graph, loop, found.outputs[0].node)


def test_a_loop_that_adds_up_samples_is_a_scan(program: Program) -> None:
    assert effects(program, "total", "output") == [("scan", "output")]


def test_a_scan_carries_state_over_samples_and_a_map_does_not(program: Program) -> None:
    assert effects(program, "scanned", "output") == [("scan", "output")]
    assert effects(program, "mapped", "output", "update", "loss") == []


@pytest.mark.parametrize("name", ["over_time", "scanned_over_time", "lstm", "distributed", "softmax"])
def test_what_is_undone_or_goes_over_time_reaches_no_output(program: Program, name: str) -> None:
    assert effects(program, name, "output") == []


def test_what_chooses_a_branch_does_not_reach_the_output(program: Program) -> None:
    assert effects(program, "chosen", "output") == []
    assert ("full-reduction", "nothing") in effects(program, "chosen", "nothing")


def test_an_op_of_a_loops_body_has_its_own_line(program: Program) -> None:
    (effect,) = [each for each in model(program, "centred_in_loop").effects if each.effect == "reduction"]
    assert effect.source is not None
    assert effect.source.text == "centre = tf.raw_ops.Mean(input=state, axis=0)"
    assert effect.source.span.line == 37


def test_python_that_only_autograph_runs_is_one_call(program: Program) -> None:
    found = model(program, "converted")
    assert [node.op for node in found.nodes() if node.kind == "op"] == ["carried"]
    assert effects(program, "converted", "output") == [("scan", "output")]


def test_what_is_added_to_the_loss_is_told_apart(program: Program) -> None:
    assert ("reduction", "loss") in effects(program, "balanced", "loss")
    assert effects(program, "balanced", "output") == []


def test_tf1_graph_code_is_opened_with_its_batch(traced: Callable[..., Outcome]) -> None:
    outcome = traced("graph_ops.py", keras="2")
    assert outcome.program is not None, outcome.sentence
    found = [each for made in outcome.program.recorder.operations.values() for each in made]
    shapes = {each.type: each.outputs[0].shape.texts() for each in found if each.outputs}
    assert shapes["MatMul"] == ["B", 3]
    assert shapes["Softmax"] == [3, "B"]
