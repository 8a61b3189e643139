"""The rules of functions against the real Keras and TensorFlow, on ones and zeros."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import find_op, known_ops
from kerascheck.semantics.operators import binary_operator, getitem
from kerascheck.shapes import Shape, TensorSpec
from tests.semantics.ops_differential import (
    Sample,
    agree,
    assert_both_fail,
    assert_consistent,
    assert_exact,
    assert_sound,
    assert_symbolic,
    bound_arguments,
    ids,
    mask,
    our_outcome,
    real_outcome,
    real_value,
    sample,
    symbolic,
    t,
)
from tests.semantics.ops_samples import GRAPH_ONLY, GROUPS, SAMPLES

pytestmark = pytest.mark.tensorflow

generated = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_every_rule_has_a_sample_call() -> None:
    ours = {name for name in known_ops() if (info := find_op(name)) and "semantics.ops" in info.function.__module__}
    assert ours - {example.name for example in SAMPLES} == GRAPH_ONLY


@cache
def real_outcomes(group: str) -> list[tuple[Sample, Any]]:
    """Every sample of a group with the shapes and dtypes it really gives."""
    return [(example, real_outcome(example)) for example in GROUPS[group]()]


@pytest.mark.parametrize("group", GROUPS)
def test_shapes_and_dtypes_are_those_of_the_real_function(group: str) -> None:
    for example, real in real_outcomes(group):
        assert_exact(example, real)


@pytest.mark.parametrize("group", GROUPS)
def test_with_facts_withheld_nothing_false_is_said(group: str) -> None:
    for example, real in real_outcomes(group):
        assert_sound(example, real)


SYMBOLIC = ("keras.ops.", "keras.activations.", "keras.random.", "keras.losses.", "keras.metrics.")
"""Where functions take KerasTensors."""


def test_symbolic_shapes_are_not_contradicted_by_keras() -> None:
    for example in SAMPLES:
        # Keras infers a vector for ndim, which gives a number.
        if example.name.startswith(SYMBOLIC) and "ndim" not in example.name:
            assert_symbolic(example)


def test_losses_and_data_functions_of_keras_2() -> None:
    checked = set()
    for example in (*GROUPS["losses"](), *GROUPS["preparing"]()):
        older = replace(example, name=f"tf_{example.name}", loose=True)
        try:
            real = real_outcome(older)
        except Exception:
            # The two versions name and take some things differently.
            continue
        assert_exact(older, real)
        assert_sound(older, real)
        checked.add(example.name)
    assert len(checked) >= 20, checked


def test_a_loss_of_sizes_that_do_not_broadcast_fails_in_both_versions() -> None:
    names = {example.name for example in GROUPS["losses"]() if "correlation" not in example.name}
    reported = []
    for prefix in ("", "tf_"):
        for name in sorted(names):
            example = sample(prefix + name, t(4, 2), t(4, 3))
            try:
                our_outcome(example.name, bound_arguments(example))
            except ShapeProblem:
                assert_both_fail(example, ProblemKind.MERGE)
                reported.append(example.name)
            except (AttributeError, TypeError):
                continue
    assert {"keras.metrics.mean_squared_error", "tf_keras.metrics.mean_squared_error"} <= set(reported)


def test_functions_of_a_tensorflow_1_graph() -> None:
    import tensorflow as tf

    from kerascheck.semantics.api import OpCall

    with tf.Graph().as_default():
        fed = tf.compat.v1.placeholder(tf.float32, (None, 3))
        stacked = tf.parallel_stack([tf.ones(3), tf.ones(3)])
    rules = {name: find_op(name) for name in GRAPH_ONLY}
    placeholder, stack = rules["tf.compat.v1.placeholder"], rules["tf.parallel_stack"]
    assert placeholder is not None and stack is not None
    ours = placeholder.function(OpCall("", 2, {"dtype": "float32", "shape": (None, 3)}))
    assert isinstance(ours, TensorSpec) and ours.shape.public() == fed.shape.as_list() == [None, 3]
    three = TensorSpec(Shape.of(3), "float32")
    ours = stack.function(OpCall("", 2, {"values": [three, three]}))
    assert isinstance(ours, TensorSpec) and ours.shape.public() == stacked.shape.as_list() == [2, 3]


x, y = t(2, 3), t(2, 4)
FAILURES: dict[ProblemKind, list[Sample]] = {
    ProblemKind.MERGE: [
        sample("keras.ops.add", x, y),
        sample("tf.math.multiply", x, t(3, 3)),
        sample("keras.backend.equal", x, y),
        sample("tf.where", mask(2, 3), y, y),
        sample("tf.clip_by_value", x, y, y),
        sample("tf.nn.batch_normalization", x, t(4), t(4), None, None, 0.1),
        sample("tf.nn.bias_add", x, t(4)),
        sample("tf.broadcast_to", x, [3, 3]),
        sample("tf.nn.softmax_cross_entropy_with_logits", x, y),
        sample("tf.nn.sparse_softmax_cross_entropy_with_logits", ids(2, 1), x),
        sample("tf.nn.sigmoid_cross_entropy_with_logits", t(2, 1), x),
        sample("keras.ops.take_along_axis", x, ids(3, 3), axis=1),
        sample("keras.metrics.binary_crossentropy", t(4), t(4, 1)),
        sample("keras.metrics.binary_crossentropy", t(4, 1), x),
        sample("keras.metrics.binary_focal_crossentropy", t(2, 1), x),
        sample("keras.metrics.categorical_crossentropy", t(2, 1), x),
        sample("keras.metrics.binary_accuracy", x, y),
        sample("tf.strings.join", [t(2, 3, dtype="string"), t(2, 2, dtype="string")]),
    ],
    ProblemKind.MATMUL: [
        sample("keras.ops.matmul", x, x),
        sample("tf.linalg.matmul", x, x),
        sample("tf.linalg.matmul", t(2, 3, 4), t(3, 4, 5)),
        sample("tf.linalg.matmul", t(3), x),
        sample("keras.ops.dot", x, x),
        sample("keras.backend.dot", x, x),
        sample("keras.backend.batch_dot", t(2, 3, 5), t(2, 4, 7)),
        sample("tf.tensordot", x, y, 1),
        sample("keras.ops.tensordot", x, x, [[0], [1]]),
        sample("keras.ops.inner", x, y),
    ],
    ProblemKind.EINSUM: [
        sample("keras.ops.einsum", "bij,bjk->bik", t(2, 3, 5), t(2, 4, 7)),
        sample("tf.einsum", "bij,bjk->bik", t(2, 3, 5), t(2, 4, 7)),
        sample("tf.einsum", "ij,jk->ik", t(2, 1), t(3, 5)),
        sample("tf.einsum", "ij,jk->ik", t(2, 3, 4), t(4, 5)),
        sample("tf.einsum", "ij->ijk", x),
        sample("tf.einsum", "ij,jk->ik", x),
    ],
    ProblemKind.RESHAPE: [
        sample("tf.reshape", x, [4, 2]),
        sample("keras.ops.reshape", x, (-1, 4)),
        sample("keras.backend.reshape", x, (-1, -1)),
    ],
    ProblemKind.CONCATENATE: [
        sample("tf.concat", [x, y], 0),
        sample("keras.ops.concatenate", [x, t(2, 3, 1)], 0),
        sample("keras.backend.concatenate", [x, t(3, 3)]),
        sample("tf.stack", [x, y]),
        sample("keras.ops.stack", [x, y]),
        sample("keras.ops.vstack", [x, y]),
    ],
    ProblemKind.AXIS: [
        *(sample(f"keras.ops.{name}", x, axis=2) for name in ("sum", "argmax", "softmax", "cumsum", "sort", "flip")),
        *(sample(f"tf.math.{name}", x, axis=-3) for name in ("reduce_mean", "argmax", "cumsum", "l2_normalize")),
        sample("tf.nn.moments", x, [2]),
        sample("tf.roll", x, 1, 2),
        sample("tf.transpose", x, [0, 0]),
        sample("keras.ops.transpose", x, (0, 1, 2)),
        sample("tf.squeeze", x, 0),
        sample("keras.ops.squeeze", x, axis=1),
        sample("tf.expand_dims", x, 4),
        sample("tf.concat", [x, x], 2),
        sample("tf.math.top_k", x, 4),
        sample("tf.split", t(2, 7), 3, 1),
        sample("tf.split", t(2, 7), [3, 3], 1),
        sample("tf.unstack", x, 3),
        sample("tf.gather_nd", x, ids(2, 3)),
    ],
    ProblemKind.CROP: [sample("tf.slice", t(4), [2], [3])],
    ProblemKind.NEGATIVE: [
        sample("tf.nn.conv2d", t(1, 2, 2, 3), t(5, 5, 3, 1), 1, "VALID"),
        sample("tf.nn.max_pool2d", t(1, 2, 2, 3), 5, 1, "VALID"),
    ],
    ProblemKind.SIZE: [sample("tf.nn.conv2d", t(1, 4, 4, 4), t(1, 1, 3, 1), 1, "VALID")],
    ProblemKind.RANK: [
        sample("tf.tile", x, [2]),
        sample("tf.pad", x, [[1, 1]]),
        sample("tf.image.resize", x, (2, 2)),
        sample("keras.ops.image.resize", x, (2, 2)),
        sample("keras.ops.image.crop_images", x, 1, 1, 1, 2),
        sample("keras.ops.image.rgb_to_hsv", x),
    ],
    ProblemKind.VALUE: [
        sample("keras.ops.image.rgb_to_grayscale", t(6, 8, 2)),
        sample("tf.nn.space_to_depth", t(1, 3, 4, 1), 2),
        sample("tf.image.rgb_to_grayscale", t(4, 4, 2)),
        sample("tf.ensure_shape", x, [3, None]),
    ],
}


@pytest.mark.parametrize("kind", FAILURES)
def test_what_is_reported_really_fails(kind: ProblemKind) -> None:
    for example in FAILURES[kind]:
        assert_both_fail(example, kind)


def test_a_window_that_leaves_nothing_fails_on_keras_tensors_only() -> None:
    import keras

    with pytest.raises(ValueError, match="zero or negative"):
        keras.ops.conv(keras.KerasTensor((None, 2, 2, 3)), keras.KerasTensor((3, 3, 3, 1)))
    for symbolic_input in (True, False):
        operands = {
            "inputs": TensorSpec(Shape.of(1, 2, 2, 3), "float32", None, symbolic_input),
            "kernel": TensorSpec(Shape.of(3, 3, 3, 1), "float32"),
        }
        options = {"strides": 1, "padding": "valid", "data_format": None, "dilation_rate": 1}
        from kerascheck.semantics.api import OpCall

        rule = find_op("keras.ops.conv")
        assert rule is not None
        call = OpCall("keras.ops.conv", 3, operands | options)
        if symbolic_input:
            with pytest.raises(ShapeProblem):
                rule.function(call)
        else:
            made = rule.function(call)
            assert isinstance(made, TensorSpec) and made.shape.public() == [1, None, None, 1]


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


def test_values_of_shapes_are_those_of_the_real_tensors() -> None:
    import tensorflow as tf

    from kerascheck.semantics.api import OpCall

    def content(name: str, **arguments: Any) -> Any:
        rule = find_op(name)
        assert rule is not None
        made = rule.function(OpCall(name, 2, arguments))
        assert isinstance(made, TensorSpec)
        return made.content

    four = TensorSpec(Shape.of(4), "int32", (2, 3, 5, 7))
    real = tf.constant([2, 3, 5, 7])
    assert content("tf.math.reduce_prod", input_tensor=four, axis=None, keepdims=False) == int(tf.reduce_prod(real))
    assert content("tf.math.reduce_sum", input_tensor=four, axis=0, keepdims=False) == int(tf.reduce_sum(real))
    taken = tuple(tf.gather(real, [0, 2]).numpy())
    assert content("tf.gather", params=four, indices=[0, 2], axis=0, batch_dims=0) == taken
    assert content("tf.reverse", tensor=four, axis=[0]) == tuple(tf.reverse(real, [0]).numpy())
    assert content("tf.slice", input_=four, begin=[1], size=[2]) == tuple(tf.slice(real, [1], [2]).numpy())
    assert content("tf.range", start=1, limit=8, delta=3, dtype=None) == tuple(tf.range(1, 8, 3).numpy())
    assert content("tf.math.floordiv", x=four, y=2) == tuple((real // 2).numpy())
