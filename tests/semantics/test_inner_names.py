"""The layers that Keras's own layers make for themselves, held against the numbers that Keras has given out."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import pytest

from kerascheck.semantics.layers.inner_names import NAMED_WHEN_BUILT, NAMED_WHEN_MADE

pytestmark = pytest.mark.tensorflow

ARGUMENTS: Mapping[str, Any] = {
    "activation": "relu", "axes": 1, "bin_boundaries": [0.0], "cropping": 1, "dims": (1, 2), "equation": "ab,bc->ac",
    "factor": 0.1, "filters": 3, "function": lambda x: x, "groups": 1, "head_dim": 2, "height": 4,
    "height_factor": 0.1, "input_dim": 3, "kernel_size": 3, "key_dim": 3, "max_number": 4, "n": 2, "num_bins": 3,
    "num_heads": 2, "num_key_value_heads": 1, "num_query_heads": 2, "num_tokens": 4, "output_dim": 4,
    "output_shape": 4, "output_size": 2, "pool_size": 2, "rate": 0.3, "scale": 2.0, "stddev": 0.1,
    "target_shape": (-1,), "units": 3, "width": 4, "width_factor": 0.1,
}  # fmt: skip
"""Values for the parameters that some layer must be given."""

SHAPES = ((2, 8, 8, 3), (2, 8, 4), (2, 8), (2, 3, 8, 8, 4))


def snake_case(name: str) -> str:
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def test_keras_3_gives_numbers_to_the_layers_that_are_listed_and_no_others() -> None:
    import keras
    from keras.src.backend.common import global_state

    classes = {snake_case(name): each for name, each in vars(keras.layers).items() if inspect.isclass(each)}

    def numbered() -> dict[str, int]:
        return dict(global_state.get_global_attribute("object_name_uids") or {})

    def new(before: Mapping[str, int], own: str) -> list[str]:
        given = (name for name, number in numbered().items() if number > before.get(name, 0))
        return sorted(name for name in given if name in classes and name != own)

    made: dict[str, list[str]] = {}
    built: dict[str, list[str]] = {}
    for cls in dict.fromkeys(classes.values()):
        if not issubclass(cls, keras.layers.Layer):
            continue
        parameters = inspect.signature(cls.__init__).parameters
        arguments = {
            name: ARGUMENTS[name]
            for name, each in parameters.items()
            if name in ARGUMENTS and each.default is each.empty
        }
        before = numbered()
        try:
            layer = cls(**arguments)
        except (ImportError, TypeError, ValueError):
            continue
        own, name = snake_case(cls.__name__), f"keras.layers.{cls.__name__}"
        made[name] = new(before, own)
        built[name] = _first_call(keras, layer, numbered, lambda before, own=own: new(before, own))
    assert len(made) > 120
    assert {name: found for name, found in made.items() if found} == _listed(NAMED_WHEN_MADE, made)
    assert {name: found for name, found in built.items() if found} == _listed(NAMED_WHEN_BUILT, built)


def _first_call(keras: Any, layer: Any, numbered: Any, new: Any) -> list[str]:
    for shape in SHAPES:
        for count in (1, 2):
            tensors = [keras.KerasTensor(shape) for _ in range(count)]
            before = numbered()
            try:
                layer(*tensors)
            except (AttributeError, IndexError, NotImplementedError, TypeError, ValueError):
                continue
            found: list[str] = new(before)
            return found
    return []


def _listed(table: Mapping[tuple[str, int], tuple[str, ...]], asked: Mapping[str, object]) -> dict[str, list[str]]:
    names = {"keras.layers.GroupQueryAttention": "keras.layers.GroupedQueryAttention"}
    listed = {names.get(name, name): sorted(found) for (name, generation), found in table.items() if generation == 3}
    return {name: found for name, found in listed.items() if name in asked}
