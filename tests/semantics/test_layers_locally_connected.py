"""Locally connected layers against tf_keras."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.semantics.differential import assert_agrees

FEW = settings(derandomize=True, deadline=None, max_examples=15)
CONFIGS = st.fixed_dictionaries(
    {
        "filters": st.integers(1, 4),
        "kernel_size": st.integers(1, 4),
        "strides": st.integers(1, 3),
        "use_bias": st.booleans(),
        "implementation": st.sampled_from([1, 2]),
        "data_format": st.sampled_from([None, "channels_first", "channels_last"]),
    },
    optional={"padding": st.sampled_from(["valid", "same"])},
)


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2])
@given(config=CONFIGS, size=st.integers(3, 8), channels=st.integers(1, 3))
@FEW
def test_locally_connected_agrees(axes: int, config: dict[str, Any], size: int, channels: int) -> None:
    spatial = (size, size + 1)[:axes]
    first = config["data_format"] == "channels_first"
    shape = (None, channels, *spatial) if first else (None, *spatial, channels)
    assert_agrees(2, f"LocallyConnected{axes}D", config, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("shape", [(None, 10, None, 3), (None, 10, 9, None), (None, 10, 9), (None, 2, 9, 3)])
def test_locally_connected_refuses_open_sizes_and_another_rank(shape: Any) -> None:
    assert assert_agrees(2, "LocallyConnected2D", {"filters": 4, "kernel_size": 3}, shape).error
