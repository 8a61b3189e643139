"""Which effects on the batch axis reach a model's output, told from its ops alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, Operation, Recorder
from kerascheck.semantics.op_flow import effects_in
from kerascheck.shapes import Dim, Shape, TensorSpec
from kerascheck.shapes.dim import batch

B = batch()


class Ops:
    """The ops of one call, of a model with one input ``n1``; the last op gives the output."""

    def __init__(self, *shape: Dim) -> None:
        self.input = Endpoint("n1")
        self.shape = TensorSpec(Shape(shape))
        self.made: list[Operation] = []

    def add(
        self,
        kind: str,
        shape: tuple[Dim, ...],
        *inputs: Endpoint,
        constants: dict[int, Any] | None = None,
        name: str | None = None,
        **fields: Any,
    ) -> Endpoint:
        """One op, with the place of its output."""
        identifier = f"n2/{name or kind}_{len(self.made)}"
        outputs = (TensorSpec(Shape(shape)),)
        self.made.append(Operation(identifier, kind, "n2", inputs, outputs, constants=constants or {}, **fields))
        return Endpoint(identifier)

    def constant(self) -> Endpoint:
        """An input that is a constant."""
        return self.add("Const", ())

    def effects(self, *losses: Endpoint) -> list[tuple[str, str]]:
        """The effects of the model's ops: the op's type and effect, and what it reaches."""
        last = self.made[-1]
        self.made[-1] = replace(last, gives=((0, Endpoint("n2")),))
        recorder = Recorder()
        recorder.add(Node("n1", "input", "keras.Input", "x", (self.shape,)))
        recorder.add(Node("n2", "layer", "mine.Layer", "layer", last.outputs), [Edge("n1", "n2")])
        recorder.operations = {"n2": tuple(self.made)}
        ends = {"inputs": (Endpoint("n1"),), "outputs": (Endpoint("n2"),)}
        model = ModelGraph.cut(
            recorder, recorder.nodes, name="m", kind="functional", span=None, complete=True, generation=3, **ends
        )
        return [(effect.effect, effect.reaches) for effect in effects_in(model, losses)]


def test_a_reduction_reaches_the_output_through_arithmetic() -> None:
    ops = Ops(B, 4)
    mean = ops.add("Mean", (1, 4), ops.input, ops.constant(), constants={1: [0]})
    ops.add("Sub", (B, 4), ops.input, mean)
    assert ops.effects() == [("reduction", "output")]


def test_a_value_that_only_sizes_something_does_not_reach_the_output() -> None:
    ops = Ops(B, 4)
    longest = ops.add("Max", (), ops.input, ops.constant(), constants={1: [0, 1]})
    ops.add("Reshape", (B, 4), ops.input, longest)
    assert ops.effects() == [("full-reduction", "nothing")]


def test_a_product_with_zero_keeps_its_operand_out_of_the_output() -> None:
    ops = Ops(B, 4)
    mean = ops.add("Mean", (1, 4), ops.input, ops.constant(), constants={1: [0]})
    nothing = ops.add("Mul", (1, 4), mean, ops.constant(), constants={1: 0.0})
    ops.add("AddV2", (B, 4), ops.input, nothing)
    assert ops.effects() == [("reduction", "nothing")]


def test_counting_rows_is_no_effect_on_samples() -> None:
    ops = Ops(B, 4)
    ones = ops.add("OnesLike", (B, 4), ops.input)
    count = ops.add("Sum", (4,), ones, ops.constant(), constants={1: [0]})
    ops.add("Mul", (B, 4), ops.input, count)
    assert ops.effects() == []


def test_what_is_written_into_a_variable_or_added_to_the_loss_is_told_apart() -> None:
    ops = Ops(B, 4)
    mean = ops.add("Mean", (4,), ops.input, ops.constant(), constants={1: [0]})
    ops.add("AssignVariableOp", (), Endpoint("n2/handle"), mean)
    added = ops.add("Sum", (4,), ops.input, ops.constant(), constants={1: [0]})
    ops.add("Identity", (B, 4), ops.input)
    assert ops.effects(added) == [("reduction", "update"), ("reduction", "loss")]


def test_a_fold_that_is_unfolded_is_undone() -> None:
    ops = Ops(B, 5, 4)
    folded = ops.add("Reshape", (5 * B, 4), ops.input, ops.constant())
    worked = ops.add("Relu", (5 * B, 4), folded)
    ops.add("Reshape", (B, 5, 4), worked, ops.constant())
    assert ops.effects() == [("fold", "undone")]


def test_a_fold_that_the_output_has_is_told_where_it_was_made() -> None:
    ops = Ops(B, 5, 4)
    folded = ops.add("Reshape", (5 * B, 4), ops.input, ops.constant())
    back = ops.add("Reshape", (B, 5, 4), folded, ops.constant())
    again = ops.add("Reshape", (5 * B, 4), back, ops.constant())
    ops.add("Relu", (5 * B, 4), again)
    assert ops.effects() == [("fold", "undone"), ("fold", "output")]


def test_a_transpose_that_is_transposed_back_is_undone() -> None:
    ops = Ops(B, 5, 4)
    moved = ops.add("Transpose", (5, B, 4), ops.input, ops.constant(), constants={1: [1, 0, 2]})
    ops.add("Transpose", (B, 5, 4), moved, ops.constant(), constants={1: [1, 0, 2]})
    assert ops.effects() == [("move", "undone"), ("move", "undone")]


def test_a_transpose_that_is_reshaped_back_cuts_samples_up() -> None:
    ops = Ops(B, 5)
    moved = ops.add("Transpose", (5, B), ops.input, ops.constant(), constants={1: [1, 0]})
    ops.add("Reshape", (B, 5), moved, ops.constant())
    assert ops.effects() == [("move", "undone"), ("fold", "output")]


def test_the_branches_of_a_condition_are_looked_into_and_what_chooses_is_not() -> None:
    ops = Ops(B, 4)
    chosen = ops.add("Any", (), ops.input, ops.constant(), constants={1: [0, 1]})
    holder = f"n2/If_{len(ops.made) + 2}"
    inner = ops.add("Placeholder", (B, 4), ops.input, parent=holder, body="then_branch", attributes={"argument": 0})
    mean = ops.add("Mean", (4,), inner, ops.constant(), constants={1: [0]}, parent=holder, body="then_branch")
    ops.add("If", (4,), chosen, ops.input, results=(("then_branch", mean),))
    assert ops.effects() == [("full-reduction", "nothing"), ("reduction", "output")]


class Loop(Ops):
    """A loop over the samples that ``n1`` holds; ``state`` says what a round makes of what it carries."""

    def run(self, *, carries: bool) -> list[tuple[str, str]]:
        """The effects, of a loop that adds each sample to what it carries, or collects them."""
        samples = self.add("TensorListFromTensor", (), self.input, self.constant())
        start = self.add("TensorListReserve", ())
        loop = f"n2/While_{len(self.made) + (5 if carries else 6)}"
        inside = {"parent": loop, "body": "body"}
        sample_list = self.add("Placeholder", (), samples, attributes={"argument": 0}, **inside)
        carried = self.add("Placeholder", (4,), start, attributes={"argument": 1}, **inside)
        element = self.add("TensorListGetItem", (4,), sample_list, self.constant(), **inside)
        if carries:
            result = self.add("AddV2", (4,), carried, element, **inside)
        else:
            result = self.add("TensorListSetItem", (), carried, self.constant(), element, **inside)
        assert f"n2/While_{len(self.made)}" == loop
        self.add("While", (4,), samples, start, results=(("body", sample_list), ("body", result)), name="While")
        looped = Endpoint(loop, 1)
        self.made[-1] = Operation(
            loop, "While", "n2", self.made[-1].inputs, (TensorSpec(), TensorSpec()), results=self.made[-1].results
        )
        self.add("Identity", (B, 4), looped)
        return self.effects()


def test_a_loop_over_samples_that_carries_a_sum_is_a_scan() -> None:
    assert Loop(B, 4).run(carries=True) == [("scan", "output")]


def test_a_loop_over_samples_that_collects_its_results_is_none() -> None:
    assert Loop(B, 4).run(carries=False) == []


def test_a_loop_over_time_is_none() -> None:
    assert Loop(5, B, 4).run(carries=True) == []
