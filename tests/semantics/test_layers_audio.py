"""Spectrograms against real Keras."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.semantics.api import LayerResult
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import assert_agrees, our_result, run_outcome

B, T = batch(), symbol("T")


@pytest.mark.tensorflow
@pytest.mark.parametrize("shape", [(None, 1600), (1600,), (None, None), (None, 3000)])
@pytest.mark.parametrize("config", [{}, {"num_mel_bins": 10, "fft_length": 256, "sequence_stride": 100}])
def test_mel_spectrogram_agrees(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(3, "MelSpectrogram", config, shape)
    assert_agrees(3, "MelSpectrogram", {**config, "dtype": "float16"}, shape)
    assert_agrees(3, "MelSpectrogram", {**config, "sequence_length": 200}, shape)


@pytest.mark.tensorflow
def test_mel_spectrogram_of_more_axes_is_declared_otherwise_than_computed() -> None:
    assert run_outcome(3, "MelSpectrogram", {}, (2, 3, 16000)).outputs[0][0] == (2, 3, 128, 32)
    ours = our_result(3, "MelSpectrogram", {}, (2, 3, 16000))
    assert isinstance(ours, LayerResult)
    assert ours.outputs == TensorSpec(Shape(None), "float32")


@pytest.mark.tensorflow
@pytest.mark.parametrize("mode", ["log", "magnitude", "psd", "real", "imag", "angle", "stft", "loud"])
@pytest.mark.parametrize("padding", ["valid", "same", "full"])
def test_stft_spectrogram_agrees(mode: str, padding: str) -> None:
    for expand_dims in (False, True):
        config = {"mode": mode, "padding": padding, "expand_dims": expand_dims, "frame_length": 20, "window": None}
        assert_agrees(3, "STFTSpectrogram", config, (None, 100, 2))
        assert_agrees(3, "STFTSpectrogram", {**config, "frame_step": 5, "fft_length": 50}, (None, None, 2))
        first = {**config, "frame_step": 7, "data_format": "channels_first"}
        assert_agrees(3, "STFTSpectrogram", first, (None, 2, 100))


@pytest.mark.tensorflow
@pytest.mark.parametrize("edit", [{"frame_step": 30}, {"frame_step": 0}, {"fft_length": 10}, {"frame_length": 200}])
def test_stft_spectrogram_refuses(edit: dict[str, Any]) -> None:
    config = {"frame_length": 20, "window": None, **edit}
    assert assert_agrees(3, "STFTSpectrogram", config, (None, 100, 2)).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("shape", [(None, 100), (None, 100, None), (None, 10, 2)])
def test_stft_spectrogram_refuses_the_input(shape: Any) -> None:
    assert assert_agrees(3, "STFTSpectrogram", {"frame_length": 20, "window": None}, shape).error
