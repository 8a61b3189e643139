"""Masks: which of Keras's own layers make one, hand it on, drop it and need it.

Both tables say what ``supports_masking`` of the layers is; a test asks every layer of both packages.
"""

from __future__ import annotations

from collections.abc import Mapping


def _layers(*names: str) -> frozenset[str]:
    return frozenset(f"keras.layers.{name}" for name in names)


_KEEP_IN_BOTH = _layers(
    "Activation", "ActivityRegularization", "Add", "AdditiveAttention", "AlphaDropout", "Attention", "Average",
    "BatchNormalization", "Bidirectional", "Concatenate", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Dense", "Dot",
    "Dropout", "ELU", "GRU", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GroupNormalization", "LSTM",
    "LayerNormalization", "LeakyReLU", "Masking", "Maximum", "Minimum", "MultiHeadAttention", "Multiply", "PReLU",
    "RNN", "ReLU", "SimpleRNN", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Subtract",
    "TimeDistributed", "UnitNormalization",
)  # fmt: skip

KEEPS: Mapping[int, frozenset[str]] = {
    2: _KEEP_IN_BOTH | _layers("ThresholdedReLU"),
    3: _KEEP_IN_BOTH | _layers("GroupQueryAttention", "Identity", "Normalization", "Rescaling"),
}
"""The layers that support masking, by the generation of Keras."""

DROPS: Mapping[int, frozenset[str]] = {
    generation: _layers(
        "AveragePooling1D", "Conv1D", "Conv1DTranspose", "Cropping1D", "EinsumDense", "Lambda", "MaxPooling1D",
        "Permute", "Reshape", "SeparableConv1D", "UpSampling1D", "ZeroPadding1D",
    )
    | more
    for generation, more in (
        (2, _layers("Identity", "LocallyConnected1D", "Normalization", "Rescaling")),
        (3, _layers("DepthwiseConv1D", "RMSNormalization")),
    )
}  # fmt: skip
"""Layers on sequences that do not support masking: what they give has no mask, and nothing raises."""

ELEMENTWISE_MERGES = _layers("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
"""Merges that in Keras 3 have a mask only if each of their inputs has one."""

RECURRENT = _layers("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "LSTM", "RNN", "SimpleRNN")

NEEDS = RECURRENT | _layers(
    "AdditiveAttention", "Attention", "Bidirectional", "GlobalAveragePooling1D", "GroupQueryAttention",
    "MultiHeadAttention",
)  # fmt: skip
"""The layers that leave out the masked steps, and without a mask take padding for data."""

MASK_ARGUMENTS = ("mask", "attention_mask", "query_mask", "value_mask", "key_mask", "padding_mask")
"""What a mask that the code gives itself is called."""
