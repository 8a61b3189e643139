"""Fourier transforms and frames of a signal, in ``keras.ops`` and ``tf.signal``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerascheck.semantics.api import OpCall, op
from kerascheck.semantics.ops.arguments import (
    argument,
    dim_of,
    dtype_name,
    flag,
    integer,
    result,
    sizes,
    tensor,
    tensors,
    unknown_like,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, ceil_div, floor_div
from kerascheck.shapes.dim import bounds

_COMPLEX = {"float32": "complex64", "float64": "complex128"}
_REAL = {complex_dtype: real for real, complex_dtype in _COMPLEX.items()}


def _frames(size: Dim, length: int | None, step: int | None) -> Dim:
    """How many whole frames there are; UNKNOWN where there may be none."""
    if length is None or not step or step < 0:
        return UNKNOWN
    frames = floor_div(size - length, step) + 1
    lowest, _ = bounds(frames)
    return frames if as_int(frames) is None or (lowest is not None and lowest > 0) else UNKNOWN


def _with_last(x: TensorSpec, dtype: str | None, *last: Dim) -> TensorSpec:
    """``x`` with ``last`` in place of its last axis."""
    return result(Shape((*x.shape.dims[:-1], *last) if x.shape.dims else None), dtype, x)


def _last(x: TensorSpec) -> Dim:
    return x.shape.dims[-1] if x.shape.dims else UNKNOWN


def _real_part(value: Any) -> TensorSpec:
    """The first of the pair (real, imaginary) that Keras takes for a complex tensor."""
    pair = tensors(value)
    return pair[0] if isinstance(value, list | tuple) and pair is not None and len(pair) == 2 else TensorSpec()


@op("keras.ops.fft", "keras.ops.fft2", "keras.ops.ifft2")
def keras_fft(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Real and imaginary part, of the operand's shape."""
    x = _real_part(argument(call, "x"))
    return x, x


@op("keras.ops.rfft")
def keras_rfft(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Real and imaginary part of the half of the spectrum that tells the rest."""
    x, length = tensor(argument(call, "x")), argument(call, "fft_length")
    found = _with_last(x, x.dtype, floor_div(_last(x) if length is None else dim_of(length), 2) + 1)
    return found, found


@op("keras.ops.irfft")
def keras_irfft(call: OpCall) -> TensorSpec:
    """The signal that has such a half of a spectrum."""
    x, length = _real_part(argument(call, "x")), argument(call, "fft_length")
    return _with_last(x, x.dtype, 2 * (_last(x) - 1) if length is None else dim_of(length))


@op("keras.ops.stft")
def keras_stft(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Real and imaginary part of the spectrum of each frame."""
    x = tensor(argument(call, "x"))
    step, length, center = (
        integer(argument(call, "sequence_stride")),
        integer(argument(call, "fft_length")),
        flag(argument(call, "center")),
    )
    size: Dim = UNKNOWN
    if length is not None and center is not None:
        size = _last(x) + (length // 2 * 2 if center else 0)
    found = _with_last(x, x.dtype, _frames(size, length, step), UNKNOWN if length is None else length // 2 + 1)
    return found, found


@op("keras.ops.istft")
def keras_istft(call: OpCall) -> TensorSpec:
    """The signal that has such frames: of the length asked for, or what the frames span."""
    x, length = _real_part(argument(call, "x")), argument(call, "length")
    dims = x.shape.dims
    return result(
        Shape(None if dims is None or len(dims) < 2 else (*dims[:-2], UNKNOWN if length is None else dim_of(length))),
        x.dtype,
        x,
    )


@op("keras.ops.extract_sequences")
def extract_sequences(call: OpCall) -> TensorSpec:
    """The last axis cut into frames that may overlap."""
    x = tensor(argument(call, "x"))
    length, step = (integer(argument(call, name)) for name in ("sequence_length", "sequence_stride"))
    return _with_last(x, x.dtype, _frames(_last(x), length, step), UNKNOWN if length is None else length)


def _same(operand: str) -> Callable[[OpCall], TensorSpec]:
    def same(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        return result(x.shape, x.dtype, x)

    return same


op(*(f"tf.signal.{name}" for name in ("fft", "fft2d", "fft3d", "ifft", "ifft2d", "ifft3d")), operand="input")(
    _same("input")
)
op("tf.signal.fftshift", "tf.signal.ifftshift")(_same("x"))
op("tf.signal.mfccs_from_log_mel_spectrograms", operand="log_mel_spectrograms")(_same("log_mel_spectrograms"))


def _spectrum(axes: int, *, inverse: bool) -> Callable[[OpCall], TensorSpec]:
    """A real transform over the last ``axes``, whose lengths may be given."""

    def transformed(call: OpCall) -> TensorSpec:
        x, given = tensor(argument(call, "input_tensor")), argument(call, "fft_length")
        dims = x.shape.dims
        dtype = (_REAL if inverse else _COMPLEX).get(x.dtype or "")
        if dims is None or len(dims) < axes:
            return result(Shape(None), dtype, x)
        if given is None:
            lengths = [*dims[-axes:-1], 2 * (dims[-1] - 1) if inverse else dims[-1]]
        else:
            lengths = list(sizes(given) or ())
            lengths = lengths if len(lengths) == axes else [UNKNOWN] * axes
        if not inverse:
            lengths[-1] = floor_div(lengths[-1], 2) + 1
        return result(Shape((*dims[:-axes], *lengths)), dtype, x)

    return transformed


for _axes, _suffix in ((1, ""), (2, "2d"), (3, "3d")):
    op(f"tf.signal.rfft{_suffix}", operand="input_tensor")(_spectrum(_axes, inverse=False))
    op(f"tf.signal.irfft{_suffix}", operand="input_tensor")(_spectrum(_axes, inverse=True))


@op("tf.signal.stft", operand="signals")
def tf_stft(call: OpCall) -> TensorSpec:
    """The spectrum of each frame, of the power of two that holds it where no length is given."""
    x, given = tensor(argument(call, "signals")), argument(call, "fft_length")
    length, step = (integer(argument(call, name)) for name in ("frame_length", "frame_step"))
    frames: Dim = UNKNOWN
    match argument(call, "pad_end"):
        case False:
            frames = _frames(_last(x), length, step)
        case True if step:
            frames = ceil_div(_last(x), step)
    fft_length: Dim = UNKNOWN
    if given is not None:
        fft_length = dim_of(given)
    elif length is not None and length > 0:
        fft_length = 1 << (length - 1).bit_length()
    return _with_last(x, _COMPLEX.get(x.dtype or ""), frames, floor_div(fft_length, 2) + 1)


@op("tf.signal.inverse_stft", operand="stfts")
def tf_inverse_stft(call: OpCall) -> TensorSpec:
    """The frames added up where they overlap."""
    x = tensor(argument(call, "stfts"))
    return _overlapping(x, dim_of(argument(call, "frame_length")), dim_of(argument(call, "frame_step")), _REAL)


@op("tf.signal.overlap_and_add", operand="signal")
def overlap_and_add(call: OpCall) -> TensorSpec:
    """The frames added up where they overlap."""
    x = tensor(argument(call, "signal"))
    return _overlapping(x, _last(x), dim_of(argument(call, "frame_step")), {x.dtype or "": x.dtype or ""})


def _overlapping(x: TensorSpec, length: Dim, step: Dim, dtypes: dict[str, str]) -> TensorSpec:
    dims, dtype = x.shape.dims, dtypes.get(x.dtype or "") or None
    if dims is None or len(dims) < 2:
        return result(Shape(None), dtype, x)
    return result(Shape((*dims[:-2], (dims[-2] - 1) * step + length)), dtype, x)


@op("tf.signal.dct", "tf.signal.idct", operand="input")
def cosine_transform(call: OpCall) -> TensorSpec:
    """The last axis cut or filled up to ``n`` where that is given."""
    x, length = tensor(argument(call, "input")), argument(call, "n")
    return result(x.shape, x.dtype, x) if length is None else _with_last(x, x.dtype, dim_of(length))


_WINDOWS = ("hann_window", "hamming_window", "kaiser_window", "vorbis_window", "kaiser_bessel_derived_window")


@op(*(f"tf.signal.{name}" for name in _WINDOWS), operand="window_length")
def window(call: OpCall) -> TensorSpec:
    """A window of so many points."""
    return TensorSpec(Shape.of(dim_of(argument(call, "window_length"))), dtype_name(argument(call, "dtype"), "float32"))


@op("tf.signal.linear_to_mel_weight_matrix", operand="num_mel_bins")
def mel_matrix(call: OpCall) -> TensorSpec:
    """A weight for each linear bin and each mel bin."""
    rows, columns = (dim_of(argument(call, name)) for name in ("num_spectrogram_bins", "num_mel_bins"))
    return TensorSpec(Shape.of(rows, columns), dtype_name(argument(call, "dtype"), "float32"))


@op("tf.signal.mdct", operand="signals")
@op("tf.signal.inverse_mdct", operand="mdcts")
def mdct(call: OpCall) -> TensorSpec:
    """Overlapping transforms of blocks: the axes after the batch are not followed."""
    return unknown_like(tensor(call.arguments.get("signals", call.arguments.get("mdcts"))))
