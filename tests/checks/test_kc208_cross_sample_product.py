from __future__ import annotations

from hand_made import Graph, line

from kerascheck.checks.kc208_cross_sample_product import check
from kerascheck.graph import Node
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def turned(graph: Graph, x: Node) -> Node:
    return graph.op("keras.ops.transpose", (4, B), {"axes": None}, x=x)


def test_a_product_that_sums_over_the_samples_is_found() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op("keras.ops.matmul", (4, 4), {}, x1=turned(graph, x), x2=x)
    (finding,) = check(graph.model(y))
    assert finding.span == line(3)
    assert finding.message == (
        "`matmul(...)` sums over the batch axis of (4, None) and (None, 4): every sample's result depends on the others"
    )


def test_a_product_that_pairs_the_samples_is_found() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op("tf.linalg.matmul", (B, B), {"transpose_b": True}, a=x, b=x)
    (finding,) = check(graph.model(y))
    assert finding.message == (
        "`matmul(...)` pairs every sample of (None, 4) with every sample of (None, 4): "
        "every sample's result depends on the others"
    )


def test_what_goes_on_with_the_pairs_is_not_told_again() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    pairs = graph.op("tf.linalg.matmul", (B, B), {"transpose_b": True}, a=x, b=x)
    assert lines(graph.model(graph.op("tf.linalg.matmul", (B, 4), {}, a=pairs, b=x))) == [2]


def test_the_batches_of_two_inputs_may_be_paired() -> None:
    graph = Graph()
    images, texts = graph.input(B, 4), graph.input(B, 4)
    y = graph.op("tf.linalg.matmul", (B, B), {"transpose_b": True}, a=images, b=texts)
    assert lines(graph.model(y)) == []


def test_the_pairs_of_two_inputs_summed_over_again_are_found() -> None:
    graph = Graph()
    images, texts = graph.input(B, 4), graph.input(B, 4)
    y = graph.op("tf.linalg.matmul", (B, B), {"transpose_b": True}, a=images, b=texts)
    assert lines(graph.model(graph.op("tf.linalg.matmul", (B, 4), {}, a=y, b=texts))) == [4]


def test_a_letter_that_only_one_operand_has_for_the_batch_is_silent() -> None:
    graph = Graph()
    adjacency, nodes = graph.input(B, 10), graph.input(B, 4)
    assert lines(graph.model(graph.op("keras.ops.matmul", (B, 4), {}, x1=adjacency, x2=nodes))) == []


def test_an_einstein_sum_is_read_by_its_letters() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    operands = {"operands.0": x, "operands.1": x}
    mixed = graph.op("keras.ops.einsum", (4, 4), {"subscripts": "bi,bj->ij"}, **operands)
    apart = graph.op("keras.ops.einsum", (B, 4, 4), {"subscripts": "bi,bj->bij"}, **operands)
    assert lines(graph.model(mixed, apart)) == [2]


def test_products_sample_by_sample_are_silent() -> None:
    graph = Graph()
    x = graph.input(B, 5, 4)
    y = graph.op("tf.linalg.matmul", (B, 5, 5), {"transpose_b": True}, a=x, b=x)
    assert lines(graph.model(y)) == []


def test_a_product_with_a_weight_is_silent() -> None:
    graph = Graph()
    x, kernel = graph.input(B, 4), graph.variable(4, 3)
    assert lines(graph.model(graph.op("keras.ops.matmul", (B, 3), {}, x1=x, x2=kernel))) == []
