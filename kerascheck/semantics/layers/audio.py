"""Spectrograms of audio signals."""

from __future__ import annotations

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, layer
from kerascheck.semantics.layers.arguments import (
    certainly_less,
    channels_first,
    choice,
    flag,
    invalid_value,
    layout,
    single_input,
)
from kerascheck.semantics.layers.weights import defined, derived, parameter_weight, size_value, unknown_output
from kerascheck.shapes import UNKNOWN, Dim, Shape, ceil_div, floor_div

MODES = {"log", "magnitude", "psd", "real", "imag", "angle", "stft"}


@layer("MelSpectrogram")
def mel_spectrogram(call: LayerCall) -> LayerResult:
    """``(batch, samples)`` or ``(samples,)`` to ``(..., num_mel_bins, samples // sequence_stride + 1)``.

    Of more axes Keras declares another shape than it computes.
    """
    spec = single_input(call)
    dims = spec.shape.dims
    if dims is None or len(dims) not in (1, 2):
        return LayerResult(unknown_output(call))
    length = call.config.get("fft_length")
    stride = call.config.get("sequence_stride")
    steps: Dim = UNKNOWN
    # The signal is padded by half a window on both sides.
    if isinstance(stride, int) and stride > 0 and isinstance(length, int) and length % 2 == 0:
        steps = floor_div(dims[-1], stride) + 1
    return LayerResult(derived(call, spec, Shape((*dims[:-1], size_value(call.config.get("num_mel_bins")), steps))))


@layer("STFTSpectrogram")
def stft_spectrogram(call: LayerCall) -> LayerResult:
    """``(batch, samples, channels)`` to ``(batch, frames, channels * bins)``.

    With ``expand_dims`` to ``(batch, frames, bins, channels)``. ``bins`` is half the Fourier transform's length and 1,
    twice that for the mode ``stft``.
    """
    mode, padding = choice(call, "mode", MODES, any_case=False), choice(call, "padding", {"valid", "same"})
    frame, step, length = (call.config.get(name) for name in ("frame_length", "frame_step", "fft_length"))
    if isinstance(frame, int) and isinstance(step, int) and not 1 <= step <= frame:
        raise invalid_value(call, "frame_step", f"an integer from 1 to frame_length={frame}")
    if isinstance(frame, int) and isinstance(length, int) and length < frame:
        raise invalid_value(call, "fft_length", f"at least frame_length={frame}")
    spec = single_input(call)
    parts = layout(call, spec, 1)
    first = channels_first(call)
    channels = defined(call, spec, 1 if first else -1, "channels") if first is not None else UNKNOWN
    bins = _bins(frame, length)
    kernel = Shape((size_value(frame), 1, bins))
    names = {"real": ("real_kernel",), "imag": ("imag_kernel",)}.get(mode or "", ("real_kernel", "imag_kernel"))
    weights = tuple(parameter_weight(call, name, kernel if mode is not None else Shape(None)) for name in names)
    width = bins * 2 if mode == "stft" else bins if mode is not None else UNKNOWN
    frames = _frames(call, parts.spatial[0], frame, step, padding)
    expanded = flag(call, "expand_dims")
    if first is None or expanded is None:
        return LayerResult(unknown_output(call), weights)
    match first, expanded:
        case True, True:
            shape = Shape((*parts.leading, channels, frames, width))
        case True, False:
            shape = Shape((*parts.leading, channels * width, frames))
        case False, True:
            shape = Shape((*parts.leading, frames, width, channels))
        case _:
            shape = Shape((*parts.leading, frames, channels * width))
    return LayerResult(derived(call, spec, shape), weights)


def _bins(frame: object, length: object) -> Dim:
    """``fft_length // 2 + 1``; without a length, of the next power of two."""
    if isinstance(length, int) and length > 0:
        return length // 2 + 1
    if length is None and isinstance(frame, int) and frame > 0:
        return (1 << (frame - 1).bit_length()) // 2 + 1
    return UNKNOWN


def _frames(call: LayerCall, size: Dim, frame: object, step: object, padding: str | None) -> Dim:
    if step is None and isinstance(frame, int):
        step = frame // 2
    if not isinstance(frame, int) or not isinstance(step, int) or step < 1 or padding is None:
        return UNKNOWN
    if padding == "same":
        return ceil_div(size, step)
    if certainly_less(size, frame):
        raise ShapeProblem(
            ProblemKind.NEGATIVE,
            f"a frame of {frame} samples is longer than the signal",
            label="not one frame fits",
            help='use `padding="same"` or a smaller frame_length',
            operands=(0,),
        )
    return floor_div(size - frame, step) + 1
