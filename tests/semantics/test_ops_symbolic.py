"""Where the batch goes: the symbols in the shapes that functions give."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import OpCall, find_op, known_ops
from kerascheck.semantics.operators import binary_operator, getitem, unary_operator
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol

B, H, W = batch(), symbol("H"), symbol("W")


def tensor(*dims: Dim, content: Any = None, dtype: str = "float32") -> TensorSpec:
    return TensorSpec(Shape(dims), dtype, content)


def result(name: str, **arguments: Any) -> Any:
    rule = find_op(name)
    assert rule is not None
    return rule.function(OpCall(name, 3, arguments))


def shape(name: str, **arguments: Any) -> list[str | int] | None:
    made = result(name, **arguments)
    assert isinstance(made, TensorSpec)
    return made.shape.texts()


def problem(name: str, **arguments: Any) -> tuple[ProblemKind, str]:
    with pytest.raises(ShapeProblem) as caught:
        result(name, **arguments)
    return caught.value.problem.kind, caught.value.problem.message


def matmul(a: TensorSpec, b: TensorSpec, *, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    flags = {"transpose_a": transpose_a, "transpose_b": transpose_b, "adjoint_a": False, "adjoint_b": False}
    return shape("tf.linalg.matmul", a=a, b=b, **flags)


def test_a_reshape_folds_the_batch_into_the_size_it_solves() -> None:
    assert shape("tf.reshape", tensor=tensor(B, 26, 26, 16), shape=[-1, 1, 8]) == ["1352*B", 1, 8]


def test_a_reshape_finds_the_batch_again() -> None:
    assert shape("tf.reshape", tensor=tensor(B, H, W, 3), shape=[-1, H * W, 3]) == ["B", "H*W", 3]
    folded = result("tf.reshape", tensor=tensor(B, 26, 26, 16), shape=[-1, 1, 8])
    assert shape("tf.reshape", tensor=folded, shape=[-1, 26, 26, 16]) == ["B", 26, 26, 16]


def test_a_reshape_takes_sizes_from_the_shape_of_a_tensor() -> None:
    sizes = result("tf.shape", input=tensor(B, H, 64), out_type=None)
    target = [-1, getitem(sizes, 1), 8, 8]
    assert shape("tf.reshape", tensor=tensor(B, H, 64), shape=target) == ["B", "H", 8, 8]


def test_none_in_a_reshape_target_is_the_size_to_solve() -> None:
    assert shape("keras.ops.reshape", x=tensor(B, 6, 4), newshape=(None, 24)) == ["B", 24]


def test_an_unknown_size_in_a_reshape_target_is_solved_too() -> None:
    assert shape("tf.reshape", tensor=tensor(B, 6, 4), shape=[UNKNOWN, 24]) == ["B", 24]


def test_a_reshape_to_everything_in_one_axis_keeps_the_batch_in_it() -> None:
    assert shape("tf.reshape", tensor=tensor(B, 5), shape=[-1]) == ["5*B"]


def test_a_reshape_that_may_fit_some_batch_is_not_reported() -> None:
    assert shape("tf.reshape", tensor=tensor(B, 10), shape=[4, 5]) == [4, 5]
    assert shape("tf.reshape", tensor=tensor(B, 10), shape=[-1, 3]) == ["(10*B/3)", 3]


def test_a_reshape_that_fits_no_batch_is_reported() -> None:
    kind, message = problem("tf.reshape", tensor=tensor(B, 10), shape=[B, 5])
    assert (kind, message) == (ProblemKind.RESHAPE, "cannot reshape (None, 10) to (None, 5)")


def test_a_reshape_of_an_unknown_shape_has_the_targets_rank() -> None:
    assert Shape(None).rank is None
    assert result("tf.reshape", tensor=TensorSpec(), shape=[-1, 4]).shape == Shape.of(UNKNOWN, 4)


def test_a_transpose_carries_the_batch_away_from_the_front() -> None:
    assert shape("tf.transpose", a=tensor(B, H, 3), perm=[1, 0, 2]) == ["H", "B", 3]
    assert shape("keras.ops.transpose", x=tensor(B, 5, 3), axes=None) == [3, 5, "B"]


def test_a_transpose_proves_the_rank_of_an_operand_of_unknown_rank() -> None:
    assert result("tf.transpose", a=TensorSpec(), perm=[0, 2, 1, 3, 4]).shape == Shape((UNKNOWN,) * 5)


def test_moved_and_swapped_axes() -> None:
    assert shape("keras.ops.moveaxis", x=tensor(B, 5, 3), source=0, destination=-1) == [5, 3, "B"]
    assert shape("keras.ops.swapaxes", x=tensor(B, 5, 3), axis1=0, axis2=1) == [5, "B", 3]


def test_a_reduction_over_the_batch_takes_it_away() -> None:
    assert shape("tf.math.reduce_sum", input_tensor=tensor(B, 4), axis=0, keepdims=False) == [4]
    assert shape("tf.math.reduce_sum", input_tensor=tensor(B, 4), axis=0, keepdims=True) == [1, 4]


def test_joining_along_the_batch_adds_it_up() -> None:
    assert shape("tf.concat", values=[tensor(B, 4), tensor(B, 4)], axis=0) == ["2*B", 4]
    assert shape("tf.stack", values=[tensor(B, 4), tensor(B, 4)], axis=1) == ["B", 2, 4]


def test_joining_learns_the_batch_from_any_operand() -> None:
    assert shape("tf.concat", values=[tensor(UNKNOWN, 4), tensor(B, 2)], axis=1) == ["B", 6]


def test_repeating_multiplies_the_batch() -> None:
    assert shape("tf.tile", input=tensor(B, 4), multiples=[3, 1]) == ["3*B", 4]
    assert shape("tf.repeat", input=tensor(B, 4), repeats=2, axis=0) == ["2*B", 4]


def test_tiling_by_the_batch_makes_it() -> None:
    sizes = result("tf.shape", input=tensor(B, 7), out_type=None)
    assert shape("tf.tile", input=tensor(1, 4), multiples=[getitem(sizes, 0), 1]) == ["B", 4]
    assert shape("tf.zeros", shape=[getitem(sizes, 0), 8], dtype="float32") == ["B", 8]


def test_an_einsum_carries_the_batch_to_its_letter() -> None:
    operands = (tensor(B, 5, 7), tensor(B, 3, 7))
    assert shape("tf.einsum", equation="bid,bjd->ijb", inputs=operands) == [5, 3, "B"]
    assert shape("keras.ops.einsum", subscripts="...ij,jk->...ik", operands=(tensor(B, H, 5, 7), tensor(7, 2))) == [
        "B",
        "H",
        5,
        2,
    ]


def test_an_einsum_that_drops_the_letter_drops_the_batch() -> None:
    assert shape("tf.einsum", equation="bi,bj->ij", inputs=(tensor(B, 5), tensor(B, 7))) == [5, 7]


def test_an_einsum_that_does_not_fit() -> None:
    kind, message = problem("tf.einsum", equation="bij,bjk->bik", inputs=(tensor(B, 5, 7), tensor(B, 6, 3)))
    assert kind is ProblemKind.EINSUM
    assert message == 'einsum "bij,bjk->bik" does not fit (None, 5, 7) and (None, 6, 3)'


def test_a_matrix_product_keeps_the_batch_and_can_pair_samples() -> None:
    assert matmul(tensor(B, 4), tensor(4, 8)) == ["B", 8]
    assert matmul(tensor(B, 4), tensor(B, 4), transpose_b=True) == ["B", "B"]
    assert matmul(tensor(B, 4), tensor(B, 4), transpose_a=True) == [4, 4]


def test_a_matrix_product_of_unequal_inner_sizes() -> None:
    kind, message = problem("keras.ops.matmul", x1=tensor(B, 4), x2=tensor(5, 8))
    assert (kind, message) == (ProblemKind.MATMUL, "cannot multiply (None, 4) by (5, 8) with keras.ops.matmul")


def test_a_matrix_product_over_sizes_that_may_be_equal_is_not_reported() -> None:
    assert matmul(tensor(B, H), tensor(4, 8)) == ["B", 8]


def test_gathering_puts_the_batch_of_the_indices_in_place_of_the_axis() -> None:
    ids = tensor(B, 10, dtype="int32")
    assert shape("tf.nn.embedding_lookup", params=tensor(100, 16), ids=ids) == ["B", 10, 16]
    assert shape("tf.gather", params=tensor(B, 10, 4), indices=ids, axis=1, batch_dims=1) == ["B", 10, 4]
    assert shape("keras.ops.take", x=tensor(B, 10), indices=tensor(3, dtype="int32"), axis=1) == ["B", 3]


def test_the_sizes_of_a_tensor_are_the_content_of_its_shape() -> None:
    sizes = result("tf.shape", input=tensor(B, H, 3), out_type=None)
    assert sizes.shape.public() == [3]
    assert sizes.content == (B, H, 3)
    assert getitem(sizes, 0).content == B
    assert getitem(sizes, slice(1, None)).content == (H, 3)
    assert getitem(sizes, -1).content == 3


def test_arithmetic_on_sizes_stays_a_size() -> None:
    height = getitem(result("tf.shape", input=tensor(B, H, 3), out_type=None), 1)
    assert binary_operator("*", height, 2, 2).content == 2 * H
    assert binary_operator("//", height, 2, 2).content == H // 2
    assert binary_operator("-", 1, height, 2).content == 1 - H
    assert unary_operator("-", height).content == -H
    assert result("tf.math.reduce_prod", input_tensor=tensor(2, content=(H, W)), axis=None).content == H * W


def test_an_unknown_size_spoils_only_its_own_place() -> None:
    sizes = result("tf.shape", input=tensor(B, UNKNOWN, 3), out_type=None)
    assert binary_operator("*", sizes, 2, 2).content == (2 * B, UNKNOWN, 6)
    assert getitem(sizes, 1).content is None


def test_sizes_joined_to_a_target() -> None:
    sizes = result("tf.shape", input=tensor(B, H, 12), out_type=None)
    target = result("tf.concat", values=[getitem(sizes, slice(None, 2)), [3, 4]], axis=0)
    assert shape("tf.reshape", tensor=tensor(B, H, 12), shape=target) == ["B", "H", 3, 4]


def test_keras_gives_its_shape_as_a_tuple() -> None:
    sizes = result("keras.ops.shape", x=tensor(B, 4))
    assert [size.content for size in sizes] == [B, 4]
    assert shape("keras.ops.reshape", x=tensor(B, 4), newshape=(sizes[0], 2, 2)) == ["B", 2, 2]


def test_broadcasting_keeps_the_batch() -> None:
    assert shape("keras.ops.add", x1=tensor(B, 1), x2=tensor(1, 4)) == ["B", 4]
    assert binary_operator("+", tensor(B, 4), 1.0, 3).shape.texts() == ["B", 4]


def test_a_fixed_batch_stays_the_batch_beside_its_own_number() -> None:
    assert shape("keras.ops.add", x1=tensor(32, 4), x2=tensor(batch(32), 4)) == ["B", 4]


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(ShapeProblem) as caught:
        binary_operator("+", tensor(B, 5, 4), tensor(B, 5, 3), 3)
    found = caught.value.problem
    assert (found.kind, found.message) == (ProblemKind.MERGE, "cannot broadcast (None, 5, 4) with (None, 5, 3)")
    assert found.label == "axis -1: 4 against 3"


def test_sizes_that_may_be_equal_broadcast() -> None:
    assert binary_operator("+", tensor(B, 4), tensor(H, 4), 3).shape.public() == [None, 4]


def test_a_slice_of_the_batch_is_of_unknown_size() -> None:
    assert getitem(tensor(B, 4), slice(None, 16)).shape == Shape.of(UNKNOWN, 4)
    assert getitem(tensor(B, 4), slice(None, -1)).shape.texts() == ["B - 1", 4]
    assert getitem(tensor(B, 4), slice(None, None, -1)).shape.texts() == ["B", 4]


def test_indexing_the_batch_takes_it_away() -> None:
    assert getitem(tensor(B, 4), 0).shape.texts() == [4]
    assert getitem(tensor(B, 4, 3), (Ellipsis, 0)).shape.texts() == ["B", 4]
    assert getitem(tensor(B, 4), (slice(None), None)).shape.texts() == ["B", 1, 4]


def test_indexing_with_a_tensor() -> None:
    number = TensorSpec(Shape(()), "int32")
    assert getitem(tensor(B, 4), (slice(None), number)).shape.texts() == ["B"]
    assert getitem(tensor(B, 4), tensor(B, dtype="bool")).shape == Shape.of(UNKNOWN, 4)
    assert getitem(tensor(B, 4), UNKNOWN).shape == Shape(None)


def test_an_index_outside_its_axis() -> None:
    with pytest.raises(ShapeProblem, match=r"index 4 is out of range for axis 1 of \(None, 4\)"):
        getitem(tensor(B, 4), (slice(None), 4))
    with pytest.raises(ShapeProblem, match=r"3 indices for a tensor of shape \(None, 4\)"):
        getitem(tensor(B, 4), (0, 0, 0))


def test_unstacking_and_splitting() -> None:
    assert [part.shape.texts() for part in result("tf.unstack", value=tensor(B, 3), num=None, axis=1)] == [["B"]] * 3
    pieces = result("tf.split", value=tensor(B, 6), num_or_size_splits=2, axis=1, num=None)
    assert [piece.shape.texts() for piece in pieces] == [["B", 3]] * 2
    assert result("tf.unstack", value=tensor(B, 3), num=None, axis=0) is None


def test_convolutions_keep_the_batch_and_slide_over_symbolic_sizes() -> None:
    options = {"data_format": "NHWC", "dilations": None}
    kernel = tensor(3, 3, 3, 8)
    padded = shape("tf.nn.conv2d", input=tensor(B, H, W, 3), filters=kernel, strides=2, padding="SAME", **options)
    assert padded == ["B", "((H + 1)//2)", "((W + 1)//2)", 8]
    bare = shape("tf.nn.conv2d", input=tensor(B, H, W, 3), filters=kernel, strides=1, padding="VALID", **options)
    assert bare == ["B", "H - 2", "W - 2", 8]


def test_losses_keep_one_value_a_sample() -> None:
    assert shape("tf.nn.softmax_cross_entropy_with_logits", labels=tensor(B, 10), logits=tensor(B, 10), axis=-1) == [
        "B"
    ]
    labels = tensor(B, dtype="int32")
    assert shape("tf.nn.sparse_softmax_cross_entropy_with_logits", labels=labels, logits=tensor(B, 10)) == ["B"]


def test_images_keep_the_batch() -> None:
    options = {"method": "bilinear", "preserve_aspect_ratio": False, "antialias": False}
    assert shape("tf.image.resize", images=tensor(B, H, W, 3), size=(8, 9), **options) == ["B", 8, 9, 3]
    assert shape("tf.image.resize", images=tensor(B, H, W, 3), size=[H * 2, W * 2], **options) == ["B", "2*H", "2*W", 3]


def test_a_segment_sum_drops_the_batch() -> None:
    ids = tensor(B, dtype="int32")
    assert shape("tf.math.unsorted_segment_sum", data=tensor(B, 4), segment_ids=ids, num_segments=3) == [3, 4]
    assert result("tf.math.segment_sum", data=tensor(B, 4), segment_ids=ids).shape == Shape.of(UNKNOWN, 4)


def test_the_result_is_a_keras_tensor_if_an_operand_is() -> None:
    symbolic = TensorSpec(Shape.of(B, 4), "float32", None, keras_tensor=True)
    assert result("keras.ops.add", x1=tensor(4), x2=symbolic).keras_tensor
    assert not result("keras.ops.add", x1=tensor(4), x2=tensor(4)).keras_tensor


def test_shapes_that_user_code_decides_are_unknown() -> None:
    assert result("tf.py_function", func=None, inp=[tensor(B, 4)], Tout="float32").shape == Shape(None)
    assert result("tf.map_fn", fn=None, elems=tensor(B, 4)) is None


@pytest.mark.parametrize(
    "value",
    [UNKNOWN, None, object(), [], (UNKNOWN,), TensorSpec()],
    ids=["unknown", "None", "an object", "an empty list", "a tuple of unknown", "a tensor"],
)
def test_no_rule_fails_on_arguments_it_does_not_understand(value: Any) -> None:
    parameters = {
        name
        for known in known_ops()
        if (info := find_op(known)) is not None
        for name in (info.operand, info.axis, "shape", "size", "dtype", "keepdims", "num", "axes", "padding")
        if name
    }
    for name in known_ops():
        rule = find_op(name)
        assert rule is not None
        for arguments in ({}, dict.fromkeys(parameters, value)):
            try:
                made = rule.function(OpCall(name, 3, arguments))
            except ShapeProblem:
                continue
            assert made is None or isinstance(made, TensorSpec | list | tuple | dict)


def test_a_loss_leaves_one_number_for_each_sample() -> None:
    pair = {"y_true": tensor(B, 10), "y_pred": tensor(B, 10)}
    assert shape("keras.metrics.mean_squared_error", **pair) == ["B"]
    assert shape("keras.metrics.categorical_crossentropy", **pair, axis=-1) == ["B"]
    labels = tensor(B, 1, dtype="int32")
    predicted = tensor(B, H, 10)
    assert shape("keras.metrics.sparse_categorical_crossentropy", y_true=labels, y_pred=predicted, axis=-1) == [
        "B",
        "H",
    ]


def test_a_crossentropy_takes_its_shape_from_the_operand_that_is_known() -> None:
    for known, other in (("y_true", "y_pred"), ("y_pred", "y_true")):
        operands = {known: tensor(B, 10), other: TensorSpec()}
        assert shape("keras.metrics.binary_crossentropy", **operands, axis=-1) == ["B"]
        assert shape("keras.metrics.mean_squared_error", **operands) is None


def test_patches_and_margins_keep_the_batch() -> None:
    photos = tensor(B, H, W, 3)
    patches = {"size": 4, "strides": None, "dilation_rate": 1, "padding": "valid", "data_format": None}
    assert shape("keras.ops.image.extract_patches", images=photos, **patches) == ["B", "(H//4)", "(W//4)", 48]
    margins = dict.fromkeys(("top", "left", "bottom", "right"), 1)
    targets = {"target_height": None, "target_width": None, "data_format": None}
    padded = {f"{side}_padding": margin for side, margin in margins.items()}
    assert shape("keras.ops.image.pad_images", images=photos, **padded, **targets) == ["B", "H + 2", "W + 2", 3]
    cropped = {f"{side}_cropping": margin for side, margin in margins.items()}
    assert shape("keras.ops.image.crop_images", images=photos, **cropped, **targets) == ["B", "?", "?", 3]


def test_a_spectrum_keeps_the_batch() -> None:
    assert shape("tf.signal.rfft", input_tensor=tensor(B, H), fft_length=None) == ["B", "((H + 2)//2)"]
    frames = {"frame_length": 256, "frame_step": 128, "fft_length": None, "pad_end": False}
    assert shape("tf.signal.stft", signals=tensor(B, 16000), **frames) == ["B", 124, 129]


def test_class_numbers_of_an_open_last_axis_may_lose_it() -> None:
    assert shape("keras.utils.to_categorical", x=tensor(B), num_classes=10) == ["B", 10]
    assert shape("keras.utils.to_categorical", x=tensor(B, 1), num_classes=10) == ["B", 10]
    assert shape("keras.utils.to_categorical", x=tensor(B, H), num_classes=10) is None
