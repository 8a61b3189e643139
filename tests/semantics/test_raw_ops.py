"""What each type of op does to the batch axis, told from its operands' sizes, its constants and its attributes."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.graph import Operation
from kerascheck.semantics.raw_ops import Effect, OnBatch, effect_of
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec
from kerascheck.shapes.dim import batch

B = batch()
Dims = tuple[Dim, ...]


def effect(
    kind: str,
    operands: list[Dims | None],
    result: Dims | None,
    constants: dict[int, Any] | None = None,
    **attributes: Any,
) -> OnBatch | None:
    """The effect of an op on operands of these sizes; None for an unknown rank."""
    outputs = (TensorSpec(Shape(result)),)
    operation = Operation("n1/op", kind, "n1", outputs=outputs, attributes=attributes, constants=constants or {})
    return effect_of(operation, [TensorSpec(Shape(dims)) for dims in operands])


@pytest.mark.parametrize("kind", ["Sum", "Mean", "Prod", "Max", "Min", "All", "Any", "EuclideanNorm"])
def test_a_reduction_over_the_axis_of_the_batch(kind: str) -> None:
    assert effect(kind, [(B, 4), (1,)], (4,), {1: [0]}) == OnBatch(Effect.REDUCTION, 0, 0)
    assert effect(kind, [(4, B), (1,)], (4,), {1: [-1]}) == OnBatch(Effect.REDUCTION, 0, 1)
    assert effect(kind, [(B, 4), (1,)], (B,), {1: [1]}) is None


def test_an_arg_maximum_takes_one_axis() -> None:
    assert effect("ArgMax", [(B, 4), ()], (4,), {1: 0}) == OnBatch(Effect.REDUCTION, 0, 0)
    assert effect("ArgMax", [(B, 4), ()], (B,), {1: 1}) is None


def test_a_reduction_over_every_axis_is_full_where_there_are_several() -> None:
    assert effect("Mean", [(B, 4), (2,)], (), {1: [0, 1]}) == OnBatch(Effect.FULL_REDUCTION, 0, 0)
    assert effect("Sum", [(B,), (1,)], (), {1: [0]}) == OnBatch(Effect.REDUCTION, 0, 0)
    assert effect("L2Loss", [(B, 4)], ()) == OnBatch(Effect.FULL_REDUCTION, 0, 0)


def test_a_folded_axis_runs_over_samples_too() -> None:
    assert effect("Sum", [(5 * B, 4), (1,)], (4,), {1: [0]}) == OnBatch(Effect.REDUCTION, 0, 0)


def test_a_batch_fixed_to_one_sample_is_no_batch() -> None:
    assert effect("Sum", [(batch(1), 4), (1,)], (4,), {1: [0]}) is None


def test_axes_that_are_computed_are_told_by_the_result() -> None:
    assert effect("Sum", [(B, 4), (1,)], (4,)) == OnBatch(Effect.REDUCTION, 0, 0)
    assert effect("Sum", [(B, 4), (1,)], (B,)) is None
    assert effect("Sum", [(B, 4), (1,)], (UNKNOWN,)) is None


def test_of_an_unknown_rank_nothing_is_said() -> None:
    assert effect("Sum", [None, (1,)], (4,), {1: [0]}) is None
    assert effect("Reshape", [None, (1,)], None) is None


def test_a_batch_normalization_in_training_takes_the_statistics_of_the_batch() -> None:
    operands: list[Dims | None] = [(B, 8, 8, 3), (3,), (3,), (3,), (3,)]
    assert effect("FusedBatchNormV3", operands, operands[0], is_training=True) == OnBatch(Effect.STATISTICS, 0, 0)
    assert effect("FusedBatchNormV3", operands, operands[0], is_training=False) is None


def test_layer_normalization_by_the_fused_op_keeps_samples_apart() -> None:
    operands: list[Dims | None] = [(1, B, 8, 1), (B,), (B,), (0,), (0,)]
    assert effect("FusedBatchNormV3", operands, operands[0], is_training=True, data_format="NCHW") is None


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax", "TopKV2", "FFT"])
def test_some_ops_work_along_the_last_axis(kind: str) -> None:
    assert effect(kind, [(4, B)], (4, B)) == OnBatch(Effect.MIX, 0, 1)
    assert effect(kind, [(B, 4)], (B, 4)) is None


@pytest.mark.parametrize(("kind", "axis"), [("Cumsum", 0), ("Cumprod", -2), ("ReverseV2", [0])])
def test_some_ops_take_the_axis_as_an_input(kind: str, axis: object) -> None:
    assert effect(kind, [(B, 4), ()], (B, 4), {1: axis}) == OnBatch(Effect.MIX, 0, 0)
    assert effect(kind, [(B, 4), ()], (B, 4), {1: 1}) is None
    assert effect(kind, [(B, 4), ()], (B, 4)) is None


def test_a_roll_by_nothing_moves_nothing() -> None:
    assert effect("Roll", [(B, 4), (2,), (2,)], (B, 4), {1: [1, 0], 2: [0, 1]}) == OnBatch(Effect.MIX, 0, 0)
    assert effect("Roll", [(B, 4), (2,), (2,)], (B, 4), {1: [0, 1], 2: [0, 1]}) is None


def test_a_convolution_over_an_axis_of_samples_mixes_them() -> None:
    assert effect("Conv2D", [(4, B, 8, 3), (3, 3, 3, 2)], (4, B, 8, 2)) == OnBatch(Effect.MIX, 0, 1)
    assert effect("Conv2D", [(4, B, 8, 3), (1, 3, 3, 2)], (4, B, 8, 2)) is None
    assert effect("Conv2D", [(B, 8, 8, 3), (3, 3, 3, 2)], (B, 8, 8, 2)) is None
    assert effect("Conv2D", [(B, 3, 8, 8), (3, 3, 3, 2)], (B, 2, 8, 8), data_format="NCHW") is None


def test_a_pool_looks_at_windows() -> None:
    assert effect("MaxPool", [(B, 8, 8, 3)], (UNKNOWN, 8, 8, 3), ksize=[2, 1, 1, 1]) == OnBatch(Effect.MIX, 0, 0)
    assert effect("MaxPool", [(B, 8, 8, 3)], (B, 4, 4, 3), ksize=[1, 2, 2, 1]) is None


@pytest.mark.parametrize(("before", "after"), [((B, 5, 4), (5 * B, 4)), ((B, 4), (4 * B,)), ((B, 4), (4, B))])
def test_a_reshape_folds_the_batch_or_cuts_samples_up(before: Dims, after: Dims) -> None:
    assert effect("Reshape", [before, (2,)], after) == OnBatch(Effect.FOLD, 0, 0)


@pytest.mark.parametrize("after", [(B, 20), (B, 5, 2, 2), (B, 20, 1)])
def test_a_reshape_of_each_sample_does_nothing(after: Dims) -> None:
    assert effect("Reshape", [(B, 5, 4), (2,)], after) is None


def test_unfolding_is_no_fold() -> None:
    assert effect("Reshape", [(5 * B, 4), (3,)], (B, 5, 4)) is None


def test_a_transpose_moves_the_batch() -> None:
    assert effect("Transpose", [(B, 5, 4), (3,)], (5, B, 4), {1: [1, 0, 2]}) == OnBatch(Effect.MOVE, 0, 0)
    assert effect("Transpose", [(B, 5, 4), (3,)], (B, 4, 5), {1: [0, 2, 1]}) is None
    assert effect("ExpandDims", [(B, 4), ()], (1, B, 4), {1: 0}) == OnBatch(Effect.MOVE, 0, 0)


def test_a_squeeze_of_no_axis_in_particular_may_drop_the_batch() -> None:
    assert effect("Squeeze", [(B, 1, 4)], (B, 4)) == OnBatch(Effect.SQUEEZE, 0, 0)
    assert effect("Squeeze", [(B, 1, 4)], (B, 4), squeeze_dims=[1]) is None


def test_a_concatenation_along_the_batch_joins() -> None:
    assert effect("ConcatV2", [(B, 4), (B, 4), ()], (2 * B, 4), {2: 0}) == OnBatch(Effect.JOIN, 0, 0)
    assert effect("ConcatV2", [(B, 4), (B, 4), ()], (B, 8), {2: -1}) is None


def test_stacking_in_front_of_the_batch_joins() -> None:
    assert effect("Pack", [(B, 4), (B, 4)], (2, B, 4), axis=0) == OnBatch(Effect.JOIN, 0, 0)
    assert effect("Pack", [(B, 4), (B, 4)], (B, 2, 4), axis=1) is None


def test_tiling_the_batch_joins() -> None:
    assert effect("Tile", [(B, 4), (2,)], (3 * B, 4), {1: [3, 1]}) == OnBatch(Effect.JOIN, 0, 0)
    assert effect("Tile", [(B, 4), (2,)], (B, 12), {1: [1, 3]}) is None


def test_indexing_the_batch_takes_some_samples() -> None:
    slicing = {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 1}
    constants = {1: [0], 2: [1], 3: [1]}
    assert effect("StridedSlice", [(B, 4), (1,), (1,), (1,)], (4,), constants, **slicing) == OnBatch(Effect.INDEX, 0, 0)
    assert effect("Slice", [(B, 4), (2,), (2,)], (2, 4), {1: [0, 0], 2: [2, -1]}) == OnBatch(Effect.INDEX, 0, 0)
    assert effect("GatherV2", [(B, 4), (2,), ()], (2, 4), {1: [0, 1], 2: 0}) == OnBatch(Effect.INDEX, 0, 0)
    assert effect("Unpack", [(B, 4)], (4,), axis=0) == OnBatch(Effect.INDEX, 0, 0)


def test_indexing_within_each_sample_takes_none() -> None:
    everything, one = {1: [0, 2], 2: [0, 3], 3: [1, 1]}, {"begin_mask": 1, "end_mask": 1, "shrink_axis_mask": 2}
    assert effect("StridedSlice", [(B, 4), (2,), (2,), (2,)], (B,), everything, **one) is None
    assert effect("GatherV2", [(B, 4), (2,), ()], (B, 2), {1: [0, 1], 2: 1}) is None
    assert effect("GatherV2", [(B, 4, 3), (B, 2), ()], (B, 2, 3), {2: 1}, batch_dims=1) is None


def test_a_table_is_looked_up_by_samples_without_mixing_them() -> None:
    assert effect("GatherV2", [(100, 4), (B, 5), ()], (B, 5, 4), {2: 0}) is None


def test_an_axis_is_found_behind_an_ellipsis_and_a_new_axis() -> None:
    attributes = {"ellipsis_mask": 1, "shrink_axis_mask": 2}
    constants = {1: [0, 0], 2: [0, 1], 3: [1, 1]}
    assert effect("StridedSlice", [(B, 4, 3), (2,), (2,), (2,)], (B, 4), constants, **attributes) is None
    front = {"new_axis_mask": 1, "shrink_axis_mask": 2}
    found = effect("StridedSlice", [(B, 4, 3), (2,), (2,), (2,)], (1, 4, 3), constants, **front)
    assert found == OnBatch(Effect.INDEX, 0, 0)


def test_turning_the_batch_round_mixes() -> None:
    constants = {1: [0], 2: [0], 3: [-1]}
    masks = {"begin_mask": 1, "end_mask": 1}
    found = effect("StridedSlice", [(B, 4), (1,), (1,), (1,)], (B, 4), constants, **masks)
    assert found == OnBatch(Effect.MIX, 0, 0)


def test_a_product_contracts_the_batch_or_pairs_samples() -> None:
    flipped = {"transpose_a": True}
    assert effect("MatMul", [(B, 4), (B, 4)], (4, 4), **flipped) == OnBatch(Effect.PRODUCT, 0, 0)
    assert effect("MatMul", [(B, 4), (B, 4)], (B, B), transpose_b=True) == OnBatch(Effect.PRODUCT, 0, 0)
    assert effect("MatMul", [(B, 4), (4, 3)], (B, 3)) is None
    assert effect("BatchMatMulV2", [(B, 5, 4), (B, 4, 5)], (B, 5, 5)) is None


def test_a_product_from_the_left_leaves_the_batch_behind() -> None:
    assert effect("MatMul", [(3, 4), (B, 4)], (3, B), transpose_b=True) == OnBatch(Effect.MOVE, 0, 0)


def test_an_einsum_says_so_itself() -> None:
    operands: list[Dims | None] = [(B, 5, 4), (B, 5, 4)]
    assert effect("Einsum", operands, (5, 5), equation="bij,bkj->ik") == OnBatch(Effect.PRODUCT, 0, 0)
    assert effect("Einsum", operands, (B, B), equation="bij,cij->bc") == OnBatch(Effect.PRODUCT, 0, 0)
    assert effect("Einsum", operands, (B, 5, 5), equation="bij,bkj->bik") is None
    assert effect("Einsum", [(B, 5, 4)], (5, 4), equation="bij->ij") == OnBatch(Effect.REDUCTION, 0, 0)


def test_broadcasting_one_operands_samples_over_the_others_pairs_them() -> None:
    assert effect("Sub", [(B, 1, 4), (1, B, 4)], (B, B, 4)) == OnBatch(Effect.PRODUCT, 0, 0)
    assert effect("Sub", [(B, 1, 4), (B, 5, 4)], (B, 5, 4)) is None


def test_segments_fewer_than_the_samples_pool_them() -> None:
    assert effect("UnsortedSegmentSum", [(B, 4), (B,), ()], (3, 4), {2: 3}) == OnBatch(Effect.SEGMENT, 0, 0)
    assert effect("UnsortedSegmentSum", [(5 * B, 4), (5 * B,), ()], (B, 4)) is None
    assert effect("ScatterNd", [(B, 1), (B, 4), (2,)], (3, 4)) == OnBatch(Effect.SEGMENT, 1, 0)


def test_a_shuffle_shuffles_the_first_axis() -> None:
    assert effect("RandomShuffle", [(B, 4)], (B, 4)) == OnBatch(Effect.SHUFFLE, 0, 0)
    assert effect("RandomShuffle", [(4, B)], (4, B)) is None
