"""What one op of TensorFlow's own graph does to the batch axis, whatever public function made it.

Decided by where the batch symbol is in the operand's sizes, with the axes from the op's constants or attributes. The
names and the order of the inputs are those of TensorFlow's op registry (``tf.raw_ops``); axes that are not known say
nothing, unless the sizes of the result do.
"""

from __future__ import annotations

from collections.abc import Mapping

from kerascheck.graph import Operation
from kerascheck.semantics import raw_op_rules as rules
from kerascheck.semantics.effects import Effect, OnBatch
from kerascheck.semantics.raw_op_rules import Operands, Rule, runs_over_samples

__all__ = ["RULES", "Effect", "OnBatch", "effect_of", "runs_over_samples"]


def effect_of(operation: Operation, operands: Operands) -> OnBatch | None:
    """What ``operation`` does to the batch axis of what it is given; None for nothing, or where that is not certain.

    Args:
        operation: the op, with its constant inputs and plain attributes.
        operands: the sizes of its inputs, in order.
    """
    rule = RULES.get(operation.type)
    if rule is None or not any(runs_over_samples(spec.shape) for spec in operands):
        return None
    return rule(operation, operands)


def _table(*groups: tuple[Rule, str]) -> Mapping[str, Rule]:
    return {name: rule for rule, names in groups for name in names.split()}


RULES: Mapping[str, Rule] = _table(
    (rules.reduction, "Sum Mean Prod Max Min All Any EuclideanNorm ArgMax ArgMin"),
    (rules.reduces_everything, "L2Loss"),
    (rules.batch_normalization, "FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3"),
    (rules.last(1), "Softmax LogSoftmax TopK TopKV2 NthElement LRN FFT IFFT RFFT IRFFT LowerBound UpperBound"),
    (rules.last(2), "FFT2D IFFT2D RFFT2D IRFFT2D"),
    (rules.last(3), "FFT3D IFFT3D RFFT3D IRFFT3D"),
    (rules.axis_input(1), "Cumsum Cumprod CumulativeLogsumexp ReverseV2"),
    (rules.axis_input(2), "FFTND IFFTND RFFTND IRFFTND"),
    (rules.reverse_sequence, "ReverseSequence"),
    (rules.roll, "Roll"),
    (rules.convolution, "Conv2D Conv3D DepthwiseConv2dNative Conv"),
    (rules.window("ksize"), "MaxPool AvgPool MaxPool3D AvgPool3D MaxPoolWithArgmax"),
    (rules.window("ksizes"), "ExtractImagePatches ExtractVolumePatches"),
    (rules.resize, "ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate"),
    (rules.reshape, "Reshape"),
    (rules.moves, "Transpose ConjugateTranspose ExpandDims"),
    (rules.space_batch, "SpaceToBatch SpaceToBatchND BatchToSpace BatchToSpaceND"),
    (rules.squeeze, "Squeeze"),
    (rules.concat, "ConcatV2"),
    (rules.pack, "Pack"),
    (rules.tile, "Tile Pad PadV2 MirrorPad"),
    (rules.strided_slice, "StridedSlice"),
    (rules.range_slice, "Slice"),
    (rules.gather, "GatherV2 Gather"),
    (rules.gather_nd, "GatherNd"),
    (rules.split, "Split SplitV"),
    (rules.unpack, "Unpack"),
    (rules.matmul, "MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3"),
    (rules.einsum, "Einsum"),
    (
        rules.pairs,
        "Add AddV2 Sub Mul MulNoNan Div DivNoNan RealDiv FloorDiv FloorMod Mod Pow Maximum Minimum Atan2 Xlogy",
    ),
    (rules.pairs, "SquaredDifference Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr SelectV2"),
    (rules.unsorted_segment, "UnsortedSegmentSum UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd"),
    (rules.scatter(1), "ScatterNd"),
    (rules.scatter(2), "TensorScatterAdd TensorScatterUpdate TensorScatterSub TensorScatterMax TensorScatterMin"),
    (rules.bincount, "DenseBincount Bincount"),
    (rules.shuffle, "RandomShuffle StatelessShuffle"),
)
"""The rule of each op type that can do something to the batch axis; every other works sample by sample."""
