"""The Einstein sum that a product is: held against NumPy, on random matrices."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from kerascheck.semantics.contractions import product_equation
from kerascheck.semantics.ops.einsum import Equation

LEFT, RIGHT = ((5, 2, 3), (5, 3, 4))


def by_numpy(equation: Equation, *operands: Any) -> Any:
    """The Einstein sum as NumPy works it out, a size of one standing for any."""
    labels = sorted({label for term in (*equation.inputs, equation.output) for label in term})
    letters = {label: chr(ord("a") + place) for place, label in enumerate(labels)}
    terms = [[*term] for term in equation.inputs]
    arrays = [numpy.array(operand) for operand in operands]
    sizes = {label: max(array.shape[term.index(label)] for term, array in zip(terms, arrays, strict=True)
                        if label in term)
             for label in labels}  # fmt: skip
    whole = [
        numpy.broadcast_to(array, [sizes[label] for label in term]) for term, array in zip(terms, arrays, strict=True)
    ]
    written = ",".join("".join(letters[label] for label in term) for term in terms)
    return numpy.einsum(f"{written}->{''.join(letters[label] for label in equation.output)}", *whole)


def equation_of(name: str, arguments: dict[str, Any], *operands: Any) -> Equation:
    found = product_equation(name, arguments, [operand.ndim for operand in operands])
    assert found is not None
    return found


def random(*shape: int) -> Any:
    return numpy.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((1, 2, 3), (5, 3, 4)),
     ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((6, 5, 2, 3), (5, 3, 4))],
)  # fmt: skip
def test_a_matrix_product_is_numpys(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = random(*left), random(*right)
    assert numpy.allclose(by_numpy(equation_of("keras.ops.matmul", {}, a, b), a, b), numpy.matmul(a, b))


@pytest.mark.parametrize("verb", ["transpose", "adjoint"])
def test_a_transposed_operand_keeps_its_own_order_of_axes(verb: str) -> None:
    a, b = random(5, 3, 2), random(5, 4, 3)
    equation = equation_of("tf.linalg.matmul", {f"{verb}_a": True, f"{verb}_b": True}, a, b)
    expected = numpy.matmul(a.transpose(0, 2, 1), b.transpose(0, 2, 1))
    assert numpy.allclose(by_numpy(equation, a, b), expected)


def test_an_operand_that_may_be_transposed_has_no_equation() -> None:
    assert product_equation("tf.linalg.matmul", {"transpose_b": object()}, [2, 2]) is None


@pytest.mark.parametrize(("left", "right"), [((2, 3), (3, 4)), ((6, 2, 3), (5, 3, 4)), ((3,), (3,)), ((2, 3), (3,))])
def test_a_dot_product_is_numpys(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = random(*left), random(*right)
    assert numpy.allclose(by_numpy(equation_of("keras.ops.dot", {}, a, b), a, b), numpy.dot(a, b))


@pytest.mark.parametrize("axes", [1, 2, [[0], [0]], [[0, 2], [0, 1]], [[-1], [1]]])
def test_a_tensor_product_is_numpys(axes: Any) -> None:
    a, b = random(3, 4, 3), random(3, 3, 3) if axes != 2 else random(4, 3, 2)
    assert numpy.allclose(
        by_numpy(equation_of("tf.tensordot", {"axes": axes}, a, b), a, b), numpy.tensordot(a, b, axes)
    )


def test_an_inner_product_is_numpys() -> None:
    a, b = random(2, 3), random(4, 3)
    assert numpy.allclose(by_numpy(equation_of("keras.ops.inner", {}, a, b), a, b), numpy.inner(a, b))


def test_an_outer_product_of_vectors_is_numpys() -> None:
    a, b = random(2), random(3)
    assert numpy.allclose(by_numpy(equation_of("keras.ops.outer", {}, a, b), a, b), numpy.outer(a, b))


def test_an_outer_product_of_matrices_flattens_them_and_has_no_equation() -> None:
    assert product_equation("keras.ops.outer", {}, [2, 2]) is None


def test_a_matrix_by_a_vector_is_a_row_for_each_row() -> None:
    a, b = random(5, 2, 3), random(5, 3)
    expected = numpy.matmul(a, b[..., None])[..., 0]
    assert numpy.allclose(by_numpy(equation_of("tf.linalg.matvec", {}, a, b), a, b), expected)


def test_the_ellipsis_of_an_einstein_sum_is_aligned_at_its_end() -> None:
    a, b = random(6, 5, 2, 3), random(5, 3, 4)
    equation = equation_of("keras.ops.einsum", {"subscripts": "...ij,...jk->...ik"}, a, b)
    assert numpy.allclose(by_numpy(equation, a, b), numpy.matmul(a, b))


def test_distances_pair_the_rows_of_both() -> None:
    found = product_equation("keras.ops.cdist", {}, [2, 2])
    assert found is not None
    assert found.output == ("a0", "b0")


def test_an_equation_that_is_not_known_is_none() -> None:
    assert product_equation("tf.einsum", {"equation": object()}, [2]) is None
