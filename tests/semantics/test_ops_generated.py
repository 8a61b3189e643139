"""The rules of functions against the real Keras and TensorFlow, on generated shapes and arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerascheck.semantics.operators import binary_operator, getitem
from kerascheck.shapes import Shape, TensorSpec
from tests.semantics.ops_differential import (
    Sample,
    agree,
    assert_consistent,
    ids,
    real_value,
    sample,
    symbolic,
    t,
)

pytestmark = pytest.mark.tensorflow

generated = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

sizes = st.integers(1, 4)
shapes = st.lists(sizes, min_size=0, max_size=4).map(tuple)
some_axis = st.integers(-4, 4)


@generated
@given(left=shapes, right=shapes, name=st.sampled_from(["keras.ops.add", "tf.math.subtract", "keras.ops.greater"]))
def test_broadcasting(left: Any, right: Any, name: str) -> None:
    agree(sample(name, t(*left), t(*right)))


@generated
@given(
    shape=shapes,
    axis=st.none() | some_axis | st.lists(some_axis, max_size=3, unique=True),
    keepdims=st.booleans(),
    name=st.sampled_from(["keras.ops.sum", "keras.ops.std", "tf.math.reduce_sum", "tf.math.reduce_logsumexp"]),
)
def test_reductions(shape: Any, axis: Any, keepdims: bool, name: str) -> None:
    agree(sample(name, t(*shape), axis=axis, keepdims=keepdims))


@generated
@given(shape=shapes, axis=st.none() | some_axis, name=st.sampled_from(["keras.ops.argmax", "tf.math.argmax"]))
def test_arg_reductions(shape: Any, axis: Any, name: str) -> None:
    agree(sample(name, t(*shape), axis=axis))


@generated
@given(
    shape=shapes,
    axis=st.none() | some_axis,
    name=st.sampled_from(["keras.ops.cumsum", "keras.ops.flip", "keras.ops.sort", "tf.nn.softmax"]),
)
def test_along_an_axis(shape: Any, axis: Any, name: str) -> None:
    agree(sample(name, t(*shape), axis=axis))


@generated
@given(
    shape=st.lists(st.sampled_from([1, 2, 3, 4, 6]), max_size=4).map(tuple),
    target=st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6, 12]), max_size=4),
    name=st.sampled_from(["keras.ops.reshape", "tf.reshape"]),
)
def test_reshape(shape: Any, target: Any, name: str) -> None:
    agree(sample(name, t(*shape), tuple(target)))


@generated
@given(
    shape=shapes,
    order=st.none() | st.permutations([0, 1, 2]) | st.permutations([-1, 0, 1]) | st.permutations([0, 1]),
    name=st.sampled_from(["keras.ops.transpose", "tf.transpose"]),
)
def test_transpose(shape: Any, order: Any, name: str) -> None:
    agree(sample(name, t(*shape), order if order is None else tuple(order)))


@generated
@given(
    shape=shapes,
    others=st.lists(st.lists(sizes, max_size=4).map(tuple), min_size=0, max_size=2),
    varied=st.booleans(),
    axis=some_axis,
    name=st.sampled_from(["keras.ops.concatenate", "tf.concat", "keras.ops.stack", "tf.stack"]),
)
def test_joins(shape: Any, others: Any, varied: bool, axis: int, name: str) -> None:
    operands = [t(*shape), *(t(*(other if varied else shape)) for other in others)]
    agree(sample(name, operands, axis))


@generated
@given(
    left=st.lists(st.integers(1, 3), min_size=0, max_size=4).map(tuple),
    right=st.lists(st.integers(1, 3), min_size=0, max_size=4).map(tuple),
    name=st.sampled_from(["keras.ops.matmul", "keras.ops.dot", "keras.ops.inner"]),
)
def test_products(left: Any, right: Any, name: str) -> None:
    agree(sample(name, t(*left), t(*right)))


@generated
@given(
    left=st.lists(st.integers(1, 3), min_size=2, max_size=4).map(tuple),
    right=st.lists(st.integers(1, 3), min_size=2, max_size=4).map(tuple),
    transpose_a=st.booleans(),
    transpose_b=st.booleans(),
)
def test_tensorflow_matmul(left: Any, right: Any, transpose_a: bool, transpose_b: bool) -> None:
    agree(sample("tf.linalg.matmul", t(*left), t(*right), transpose_a=transpose_a, transpose_b=transpose_b))


@generated
@given(
    left=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple),
    right=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple),
    axes=st.integers(0, 2) | st.tuples(*[st.lists(st.integers(-2, 2), min_size=1, max_size=2, unique=True)] * 2),
    name=st.sampled_from(["keras.ops.tensordot", "tf.tensordot"]),
)
def test_tensordot(left: Any, right: Any, axes: Any, name: str) -> None:
    agree(sample(name, t(*left), t(*right), axes if isinstance(axes, int) else [list(side) for side in axes]))


EQUATIONS = [
    "ij,jk->ik",
    "bij,bjk->bik",
    "...ij,...jk->...ik",
    "bij,bkj",
    "abc,abd->acd",
    "ij->ji",
    "...i->i...",
    "i...j,jk->i...k",
    "ab,bc,cd->ad",
]


@generated
@given(
    equation=st.sampled_from(EQUATIONS),
    letters=st.fixed_dictionaries({letter: st.integers(1, 4) for letter in "abcdijk"}),
    leading=st.lists(st.integers(1, 3), max_size=2),
    spoiled=st.integers(0, 5),
    name=st.sampled_from(["keras.ops.einsum", "tf.einsum"]),
)
def test_einsum(equation: str, letters: Any, leading: Any, spoiled: int, name: str) -> None:
    operands = []
    for term in equation.split("->", maxsplit=1)[0].split(","):
        shape: list[int] = []
        for label in term.replace("...", "."):
            shape.extend(leading if label == "." else [letters[label]])
        operands.append(shape)
    if spoiled == 0:
        operands[-1][0] += 1
    agree(sample(name, equation, *(t(*shape) for shape in operands)))


@generated
@given(
    shape=st.lists(sizes, min_size=1, max_size=4).map(tuple),
    indices=st.lists(sizes, max_size=3).map(tuple),
    axis=st.none() | some_axis,
    batch_dims=st.integers(0, 2),
)
def test_gather(shape: Any, indices: Any, axis: Any, batch_dims: int) -> None:
    agree(sample("tf.gather", t(*shape), ids(*indices), axis=axis, batch_dims=batch_dims))


@generated
@given(
    shape=st.lists(st.integers(1, 9), min_size=2, max_size=2),
    kernel=st.integers(1, 4),
    strides=st.integers(1, 3),
    dilations=st.integers(1, 2),
    padding=st.sampled_from(["SAME", "VALID"]),
    pooled=st.booleans(),
)
def test_windows(shape: Any, kernel: int, strides: int, dilations: int, padding: str, pooled: bool) -> None:
    spread = (kernel - 1) * dilations + 1
    if padding == "VALID" and any(size < spread for size in shape):
        return  # an empty result ends the process on some machines
    x = t(2, *shape, 3)
    if pooled:
        agree(sample("tf.nn.avg_pool2d", x, kernel, strides, padding))
    elif strides == 1 or dilations == 1:
        agree(sample("tf.nn.conv2d", x, t(kernel, kernel, 3, 5), strides, padding, dilations=dilations))


@generated
@given(shape=shapes, axis=some_axis | st.lists(some_axis, max_size=2, unique=True) | st.none())
def test_squeeze(shape: Any, axis: Any) -> None:
    agree(sample("tf.squeeze", t(*shape), axis))


@generated
@given(
    shape=st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple),
    parts=st.integers(1, 4) | st.lists(st.integers(-1, 4), min_size=1, max_size=3),
    axis=st.integers(-3, 3),
)
def test_split(shape: Any, parts: Any, axis: int) -> None:
    agree(sample("tf.split", t(*shape), parts, axis))


@generated
@given(
    shape=st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple),
    parts=st.integers(1, 4) | st.lists(st.integers(1, 4), min_size=1, max_size=3).map(sorted).map(tuple),
    axis=st.integers(-3, 3),
)
def test_keras_split(shape: Any, parts: Any, axis: int) -> None:
    agree(sample("keras.ops.split", t(*shape), parts, axis))


@generated
@given(
    shape=shapes, repeats=st.lists(st.integers(1, 3), max_size=4), name=st.sampled_from(["keras.ops.tile", "tf.tile"])
)
def test_tile(shape: Any, repeats: Any, name: str) -> None:
    agree(sample(name, t(*shape), tuple(repeats)))


@generated
@given(start=st.integers(-5, 9), stop=st.integers(-5, 9), step=st.sampled_from([1, 2, 3, -1, -2]))
def test_ranges(start: int, stop: int, step: int) -> None:
    agree(sample("tf.range", start, stop, step))
    agree(sample("keras.ops.arange", start, stop, step))


index = (
    st.integers(-4, 4)
    | st.none()
    | st.just(Ellipsis)
    | st.builds(
        slice,
        st.none() | st.integers(-4, 4),
        st.none() | st.integers(-4, 4),
        st.sampled_from([None, 1, 2, -1, -2]),
    )
)


@settings(generated, max_examples=250)
@given(shape=shapes, key=st.lists(index, min_size=1, max_size=4))
def test_indexing(shape: Any, key: Any) -> None:
    keys = key[0] if len(key) == 1 else tuple(key)
    try:
        real = tuple(real_value(t(*shape))[keys].shape.as_list())
    except Exception:
        return
    example = Sample("x[...]", (t(*shape), keys))
    made = getitem(TensorSpec(Shape(shape), "float32"), keys)
    assert made.shape.public() == list(real), (shape, keys)
    large = {"spec": TensorSpec(Shape(shape), "float32")}
    arguments, numbers = symbolic(large, lambda axis, size: True)
    found = getitem(arguments["spec"], keys)
    if 0 not in real:  # an axis is taken to hold what is cut from its end
        assert_consistent(example, found, real, numbers)


@generated
@given(
    left=shapes,
    right=shapes,
    symbol=st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", ">="]),
)
def test_operators(left: Any, right: Any, symbol: str) -> None:
    import operator

    functions = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "//": operator.floordiv,
        "%": operator.mod,
        "**": operator.pow,
        "@": operator.matmul,
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        ">=": operator.ge,
    }
    a, b = (TensorSpec(Shape(shape), "float32") for shape in (left, right))
    try:
        real = functions[symbol](real_value(t(*left)), real_value(t(*right)))
    except Exception:
        return
    made = binary_operator(symbol, a, b, 2)
    assert made.dtype in {None, real.dtype.name}
    if made.shape.dims is None:
        assert symbol in {"==", "!="}
    else:
        assert made.shape.public() == real.shape.as_list()


@generated
@given(left=shapes, right=shapes, symbol=st.sampled_from(["+", "*", "@", "==", "!=", "<"]))
def test_operators_on_keras_tensors(left: Any, right: Any, symbol: str) -> None:
    import operator

    import keras

    functions = {
        "+": operator.add,
        "*": operator.mul,
        "@": operator.matmul,
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
    }
    a, b = (TensorSpec(Shape(shape), "float32", None, keras_tensor=True) for shape in (left, right))
    try:
        real = functions[symbol](keras.KerasTensor(left), keras.KerasTensor(right))
    except Exception:
        return
    made = binary_operator(symbol, a, b, 3)
    if isinstance(real, bool):
        assert symbol == "==" and not made.keras_tensor
        return
    assert made.keras_tensor
    assert made.shape.public() == list(real.shape)
    assert made.dtype in {None, real.dtype}
