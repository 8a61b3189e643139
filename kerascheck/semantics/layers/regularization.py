"""Shape functions of dropout, noise and activity regularisation: the shape stays, and there are no weights.

Keras 3 keeps the state of the random generator in a variable, which neither ``weights`` nor ``count_params`` counts.
"""

from __future__ import annotations

from kerascheck.semantics.api import LayerCall, LayerResult, layer
from kerascheck.semantics.layers.arguments import channels_first, demand_rank, invalid_value
from kerascheck.semantics.layers.weights import elementwise
from kerascheck.shapes import TensorSpec


def _check_fraction(call: LayerCall, parameter: str = "rate") -> None:
    value = call.config.get(parameter)
    if isinstance(value, int | float) and not 0 <= value <= 1:
        raise invalid_value(call, parameter, "a number from 0 to 1")


@layer("Dropout")
def dropout(call: LayerCall) -> LayerResult:
    """The shape of the input."""
    _check_fraction(call)
    return elementwise(call)


@layer("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def spatial_dropout(call: LayerCall) -> LayerResult:
    """The shape of the input, which has one, two or three axes between batch and channels."""
    _check_fraction(call)
    rank = int(call.name[-2]) + 2
    if rank > 3:
        channels_first(call)
    return elementwise(call, lambda spec: _check_rank(call, spec, rank))


def _check_rank(call: LayerCall, spec: TensorSpec, rank: int) -> None:
    names = {3: ("batch", "steps", "channels"), 4: ("batch", "height", "width", "channels")}
    demand_rank(call, spec, rank, names.get(rank, ("batch", "depth", "height", "width", "channels")))


@layer("GaussianDropout", "AlphaDropout")
def noisy_dropout(call: LayerCall) -> LayerResult:
    """The shape of the input; only Keras 3 checks the rate."""
    if call.generation == 3:
        _check_fraction(call)
    return elementwise(call)


@layer("GaussianNoise")
def gaussian_noise(call: LayerCall) -> LayerResult:
    """The shape of the input; only Keras 3 checks the deviation."""
    if call.generation == 3:
        _check_fraction(call, "stddev")
    return elementwise(call)


@layer("ActivityRegularization")
def activity_regularization(call: LayerCall) -> LayerResult:
    """The shape of the input."""
    return elementwise(call)
