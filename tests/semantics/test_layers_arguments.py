"""No configuration, however odd, makes a layer's shape function fail otherwise than by a ShapeProblem."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.problems import Problem
from kerascheck.semantics.api import LayerResult
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import call

PARAMETERS: dict[str, Any] = {
    "filters": 4,
    "kernel_size": 2,
    "strides": 1,
    "padding": "valid",
    "output_padding": None,
    "dilation_rate": 1,
    "groups": 1,
    "depth_multiplier": 1,
    "use_bias": True,
    "data_format": None,
    "pool_size": 2,
    "keepdims": False,
    "output_size": 2,
    "target_shape": (-1,),
    "dims": (1,),
    "n": 2,
    "cropping": 1,
    "size": 2,
    "interpolation": "nearest",
    "axis": -1,
    "axes": 1,
    "dtype": None,
}
ODD: list[Any] = [
    None,
    UNKNOWN,
    0,
    -1,
    True,
    1.5,
    "x",
    (),
    (1,),
    [None, None],
    (UNKNOWN, UNKNOWN),
    ((1, 2), (UNKNOWN, 3)),
    ((1, UNKNOWN), "x", None),
    (symbol("K"), 2, UNKNOWN),
    symbol("K"),
    object(),
    TensorSpec(Shape.of(), "int32"),
    {"a": 1},
]
SPATIAL = ["Conv{}D", "Conv{}DTranspose", "MaxPooling{}D", "GlobalMaxPooling{}D", "AdaptiveMaxPooling{}D"]
SPATIAL += ["ZeroPadding{}D", "Cropping{}D", "UpSampling{}D"]
ONE_INPUT = [name.format(2) for name in SPATIAL]
ONE_INPUT += ["Conv1D", "ZeroPadding1D", "Cropping1D", "UpSampling1D", "UpSampling3D", "Conv3DTranspose"]
ONE_INPUT += ["DepthwiseConv2D", "SeparableConv2D"]
ONE_INPUT += ["Flatten", "Reshape", "Permute", "RepeatVector"]
SEVERAL_INPUTS = ["Concatenate", "Add", "Subtract", "Average", "Dot"]
SHAPES = [Shape.of(batch(), *(symbol(f"S{axis}") for axis in range(axes)), 4) for axes in range(4)]
SHAPES += [Shape(None), Shape.of(), Shape.of(UNKNOWN), Shape.of(batch(), 3, UNKNOWN, 4)]


def survives(generation: int, name: str, config: dict[str, Any], inputs: Any) -> None:
    result = call(generation, name, config, inputs)
    assert isinstance(result, LayerResult | Problem)
    if isinstance(result, Problem):
        assert result.message
        assert not result.message.endswith(".")


@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", ONE_INPUT)
def test_layer_of_one_input_survives_odd_arguments(generation: int, name: str) -> None:
    for parameter in PARAMETERS:
        for value in ODD:
            for shape in SHAPES:
                survives(generation, name, {**PARAMETERS, parameter: value}, TensorSpec(shape, "float32"))


@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", SEVERAL_INPUTS)
def test_layer_of_several_inputs_survives_odd_arguments(generation: int, name: str) -> None:
    for parameter in ("axis", "axes", "dtype"):
        for value in ODD:
            for left in SHAPES:
                for right in SHAPES:
                    inputs = [TensorSpec(left, "float32"), TensorSpec(right, "int32")]
                    survives(generation, name, {**PARAMETERS, parameter: value}, inputs)


@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", ONE_INPUT + SEVERAL_INPUTS)
@pytest.mark.parametrize("inputs", [None, [], {}, [None], [[TensorSpec()]], {"a": TensorSpec()}, TensorSpec()])
def test_layer_survives_odd_inputs(generation: int, name: str, inputs: Any) -> None:
    survives(generation, name, dict(PARAMETERS), inputs)


def test_nothing_known_is_no_problem() -> None:
    unknown = dict.fromkeys(PARAMETERS, UNKNOWN)
    for name in ONE_INPUT:
        assert isinstance(call(3, name, unknown, TensorSpec()), LayerResult), name
    for name in SEVERAL_INPUTS:
        assert isinstance(call(3, name, unknown, [TensorSpec(), TensorSpec()]), LayerResult), name
