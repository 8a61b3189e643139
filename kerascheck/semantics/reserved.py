"""The attributes that Keras keeps for itself: properties of layers and models that nothing can be assigned to."""

from __future__ import annotations

from collections.abc import Mapping, Set

_EVERY: Set[str] = frozenset(
    {
        "compute_dtype", "dtype", "input", "losses", "metrics", "non_trainable_variables", "non_trainable_weights",
        "output", "trainable_variables", "trainable_weights", "variable_dtype", "variables", "weights",
    }
)  # fmt: skip

LAYER: Mapping[int, Set[str]] = {
    2: _EVERY
    | {
        "dtype_policy", "dynamic", "inbound_nodes", "input_mask", "input_shape", "name", "name_scope",
        "outbound_nodes", "output_mask", "output_shape", "submodules", "updates",
    },
    3: _EVERY | {"input_dtype", "metrics_variables"},
}  # fmt: skip
"""By the generation: those of every layer and model."""

MODEL: Mapping[int, Set[str]] = {
    2: frozenset({"distribute_strategy", "layers", "metrics_names", "state_updates"}),
    3: frozenset({"compiled_metrics", "distribute_strategy", "layers", "metrics_names"}),
}
"""Those of every model besides."""

SEQUENTIAL: Mapping[int, Set[str]] = {
    2: frozenset(),
    3: frozenset({"input_shape", "inputs", "output_shape", "outputs"}),
}
"""Those of a Sequential besides."""

KERNELS: Mapping[str, str] = {
    "keras.layers.Dense": "kernel",
    "keras.layers.Embedding": "embeddings",
    "keras.layers.EinsumDense": "kernel",
    "keras.layers.Conv1D": "kernel",
    "keras.layers.Conv2D": "kernel",
    "keras.layers.Conv3D": "kernel",
}
"""The weight of these layers that is there once they are built; in Keras 3 it is a property, for the sake of LoRA."""


def is_reserved(owner: str, generation: int, name: str) -> bool:
    """Whether assigning ``name`` to a layer that is, or extends, the Keras class ``owner`` raises AttributeError."""
    if name in LAYER[generation] or (generation == 3 and KERNELS.get(owner) == name):
        return True
    is_sequential = owner == "keras.Sequential"
    if (is_sequential or owner == "keras.Model") and name in MODEL[generation]:
        return True
    return is_sequential and name in SEQUENTIAL[generation]


LAYER_MEMBERS: Set[str] = frozenset(
    {
        "add_loss", "add_weight", "build", "built", "call", "compute_mask", "compute_output_shape", "count_params",
        "get_config", "get_input_at", "get_output_at", "get_weights", "input_shape", "layers", "losses", "metrics",
        "non_trainable_variables", "non_trainable_weights", "output_shape", "set_weights", "summary", "trainable",
        "trainable_variables", "trainable_weights", "updates", "variables", "weights",
    }
)  # fmt: skip
"""What layers and models have and the tensors they give do not, in either Keras."""
