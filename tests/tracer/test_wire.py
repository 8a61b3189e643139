from __future__ import annotations

import json

import pytest

from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, Recorder, Source, Weight
from kerascheck.problems import Problem, ProblemKind
from kerascheck.program import ModelCall, NotUnderstood, Program, TrainOp
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec, ceil_div, exact_div
from kerascheck.shapes.dim import batch, symbol
from kerascheck.tracer.wire import read_program, write_program
from kerascheck.tracer.wire_values import WireError

HERE = Span("a.py", 3, 5, 4, 9)
IN_CELL = Span("a.ipynb", 1, 1, 1, 2, cell=4)


def _program() -> Program:
    recorder = Recorder()
    height = symbol("H")
    shape = Shape.of(batch(32), ceil_div(height, 2), exact_div(batch() * height, 7), UNKNOWN, 3)
    first = Node("n1", "input", "keras.Input", "x", (TensorSpec(shape, "float32", keras_tensor=True),))
    second = Node(
        "n2",
        "layer",
        "keras.layers.Dense",
        "dense",
        (TensorSpec(Shape(None), None),),
        Source(HERE, (IN_CELL,), "Dense(3)(x)"),
        12,
        9,
        ("outer",),
        {"units": 3, "size": (1, 2), "list": [1.5, None], "dim": batch() * 2, "table": {"a": True}, "odd": object()},
        "layer1",
        (Weight("kernel", Shape.of(3, 4), trainable=False),),
        Problem(ProblemKind.RANK, "message", "label", "help", (0,)),
        ("training",),
        generation=2,
        tracked=None,
        owner="global",
        control=("n1",),
        updates=2,
    )
    recorder.add(first)
    recorder.add(second, [Edge("n1", "n2", 0, "0")])
    model = ModelGraph.cut(
        recorder,
        ["n1", "n2"],
        name="m",
        kind="functional",
        span=HERE,
        inputs=(Endpoint("n1"),),
        outputs=(Endpoint("n2"),),
        complete=False,
        generation=2,
    )
    model.params, model.trainable = 12, 9
    return Program(
        "a.py",
        generation=2,
        device="tpu",
        device_span=HERE,
        models=[model],
        recorder=recorder,
        model_calls=[ModelCall("m", (("keras.layers.Dropout", HERE),), None, True, True, HERE, 2, (IN_CELL,), True)],
        train_ops=[TrainOp("n2", "n1", HERE, True, None, IN_CELL)],
        unknown=[NotUnderstood(HERE, "a call", "why")],
    )


def test_a_program_comes_back_from_json_as_it_was() -> None:
    program = _program()
    read = read_program(json.loads(json.dumps(write_program(program))))
    before, after = program.models[0], read.models[0]
    assert after.node("n1") == before.node("n1")
    sent, received = before.node("n2"), after.node("n2")
    assert {**received.config, "odd": None} == {**sent.config, "odd": None}
    received.config = sent.config
    assert received == sent
    assert (read.model_calls, read.train_ops, read.unknown) == (program.model_calls, program.train_ops, program.unknown)
    assert (read.generation, read.device, read.device_span) == (2, "tpu", HERE)
    assert (after.params, after.trainable, after.complete, after.outputs) == (12, 9, False, (Endpoint("n2"),))
    assert [edge.argument for _, edge in after.operands(received)] == ["0"]


def test_an_argument_that_is_an_object_comes_back_as_unknown() -> None:
    read = read_program(write_program(_program()))
    assert read.models[0].node("n2").config["odd"] is UNKNOWN


@pytest.mark.parametrize("damaged", [None, {}, {"nodes": [{"identifier": "n1"}]}, {"nodes": 3}])
def test_a_damaged_answer_is_refused(damaged: object) -> None:
    with pytest.raises(WireError):
        read_program(damaged)
