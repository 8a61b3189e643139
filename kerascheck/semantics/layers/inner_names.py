"""Layers that some of Keras's own layers make for themselves: Keras numbers their names with the user's."""

from __future__ import annotations

from collections.abc import Mapping

AUGMENTATIONS = (
    "auto_contrast", "equalization", "random_brightness", "random_color_degeneration", "random_contrast",
    "random_posterization", "random_rotation", "random_sharpness", "random_shear", "random_translation", "solarization",
)  # fmt: skip

NAMED_WHEN_MADE: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("keras.layers.AugMix", 3): AUGMENTATIONS,
    ("keras.layers.RandAugment", 3): AUGMENTATIONS,
    ("keras.layers.TextVectorization", 2): ("string_lookup",),
    ("keras.layers.TextVectorization", 3): ("string_lookup",),
}
"""What the constructor of a layer, by its canonical name and generation, makes without a name."""

NAMED_WHEN_BUILT: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("keras.layers.GroupQueryAttention", 3): ("softmax", "dropout"),
    ("keras.layers.MultiHeadAttention", 3): ("softmax", "dropout"),
}
"""What a layer makes without a name when it is first called. Keras 2 builds in a graph of its own, with own numbers."""
