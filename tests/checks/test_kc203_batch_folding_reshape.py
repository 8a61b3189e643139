from __future__ import annotations

import pytest
from hand_made import Graph

from kerascheck.checks.kc203_batch_folding_reshape import check
from kerascheck.graph import TRAINING_GUARD
from kerascheck.program import Program
from kerascheck.shapes import Dim, exact_div
from kerascheck.shapes.dim import batch, symbol

B, T = batch(), symbol("T")


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


@pytest.mark.parametrize(
    ("op", "operand", "shape"),
    [
        ("keras.ops.reshape", "x", (24 * B,)),
        ("tf.reshape", "tensor", (3 * B, 8)),
        ("keras.backend.reshape", "x", (exact_div(24 * B, 48), 48)),
        ("keras.backend.flatten", "x", (24 * B,)),
        ("keras.ops.ravel", "x", (24 * B,)),
    ],
)
def test_a_reshape_that_folds_the_batch_is_found(op: str, operand: str, shape: tuple[Dim, ...]) -> None:
    graph = Graph()
    assert lines(graph.model(graph.op(op, shape, {}, **{operand: graph.input(B, 4, 6)}))) == [2]


def test_the_layer_that_leaves_the_batch_to_a_leftover_is_found_on_its_own() -> None:
    graph = Graph()
    height, width, units, depth = (symbol(name) for name in ("h", "w", "units", "d"))
    x = graph.input(B, height, width, units, depth)
    folded = exact_div(B * height * width * units * depth, 2 * units)
    assert lines(graph.model(graph.op("tf.reshape", (folded, 1, 2 * units), {}, tensor=x), kind="layer")) == [2]


def test_the_help_is_a_layer_that_keeps_the_batch() -> None:
    graph = Graph()
    y = graph.op("tf.reshape", (3 * B, 8), {}, tensor=graph.input(B, 4, 6))
    (finding,) = check(graph.model(y))
    assert finding.help == "keep the batch axis: `keras.layers.Reshape((-1, 8))`"


def test_folding_to_apply_a_layer_and_unfolding_again_is_silent() -> None:
    graph = Graph()
    steps = graph.op("tf.reshape", (B * T, 16), {}, tensor=graph.input(B, T, 16))
    hidden = graph.layer("Dense", steps, (B * T, 8))
    assert lines(graph.model(graph.op("tf.reshape", (B, T, 8), {}, tensor=hidden))) == []


def test_folding_that_is_not_undone_is_found_behind_other_layers() -> None:
    graph = Graph()
    steps = graph.op("tf.reshape", (B * T, 16), {}, tensor=graph.input(B, T, 16))
    assert lines(graph.model(graph.layer("Dense", steps, (B * T, 8)))) == [2]


def test_flattening_a_map_of_unknown_size_is_silent() -> None:
    graph = Graph()
    height, width = symbol("H"), symbol("W")
    flat = exact_div(B * height * width * 64, 7 * 7 * 64)
    x = graph.input(B, height, width, 64)
    assert lines(graph.model(graph.op("tf.reshape", (flat, 7 * 7 * 64), {}, tensor=x))) == []


def test_cutting_windows_in_a_layer_that_nobody_calls_is_silent() -> None:
    graph = Graph()
    height, width = symbol("H"), symbol("W")
    x = graph.input(B, height, width, 7, 7, 96)
    y = graph.op("tf.reshape", (B * height * width, 7, 7, 96), {}, tensor=x)
    assert lines(graph.model(y, kind="layer")) == []


def test_a_fold_that_is_reduced_again_is_left_to_the_reduction() -> None:
    graph = Graph()
    flat = graph.op("tf.reshape", (4 * B,), {}, tensor=graph.input(B, 4))
    assert lines(graph.model(graph.op("tf.math.reduce_mean", (), {"axis": 0}, input_tensor=flat))) == []


def test_a_fold_for_a_loss_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    graph.op("tf.reshape", (4 * B,), {}, tensor=x)
    assert lines(graph.model(x)) == []


def test_a_fold_under_training_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.reshape", (4 * B,), {"tensor": x}, guards=(TRAINING_GUARD,))
    assert lines(graph.model(y)) == []


def test_a_reshape_in_place_of_a_transpose_is_found() -> None:
    graph = Graph()
    x = graph.op("keras.ops.reshape", (4, B), {}, x=graph.input(B, 4))
    assert lines(graph.model(graph.op("keras.ops.transpose", (B, 4), {}, x=x))) == [2]


def test_a_reshape_in_place_of_a_transpose_that_is_reshaped_back_is_silent() -> None:
    graph = Graph()
    x = graph.op("keras.ops.reshape", (4, B), {}, x=graph.input(B, 4))
    assert lines(graph.model(graph.op("keras.ops.reshape", (B, 4), {}, x=x))) == []


def test_a_transpose_is_no_reshape() -> None:
    graph = Graph()
    assert lines(graph.model(graph.op("keras.ops.transpose", (4, B), {}, x=graph.input(B, 4)))) == []
