"""Shape functions of the core layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, Structure, layer
from kerascheck.semantics.layers.arguments import (
    cast_dtype,
    flag,
    is_size,
    single_input,
    weight,
)
from kerascheck.semantics.layers.einsum_equation import EinsumShapes, parse, resolve
from kerascheck.semantics.layers.weights import (
    defined,
    derived,
    elementwise,
    optional,
    parameter_weight,
    undefined,
    units,
    unknown_output,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec


@layer("Dense")
def dense(call: LayerCall) -> LayerResult:
    """``(batch, ..., features)`` to ``(batch, ..., units)``; kernel ``(features, units)``, bias ``(units,)``."""
    spec = single_input(call)
    size = units(call, tolerant=True)
    if spec.shape.dims is not None and len(spec.shape.dims) < 2:
        raise ShapeProblem(
            ProblemKind.RANK,
            f"Dense takes at least 2 axes (batch, ..., features) and gets {spec.shape}",
            label="at least 2 axes are expected",
            help="add the axis of features: `keras.layers.Reshape((1,))`" if spec.shape.rank == 1 else None,
            operands=(0,),
        )
    kernel = weight(call, "kernel", defined(call, spec, -1), size)
    bias = optional(flag(call, "use_bias"), weight(call, "bias", size))
    return LayerResult(
        derived(call, spec, spec.shape.replace(-1, size)), _with_lora(call, kernel, bias, "lora_kernel_{}")
    )


def _with_lora(call: LayerCall, main: Weight, rest: tuple[Weight, ...], names: str) -> tuple[Weight, ...]:
    """Keras 3's ``lora_rank`` freezes the main weight and adds two of low rank."""
    rank = call.config.get("lora_rank")
    if rank is None or rank == 0:
        return (main, *rest)
    size = rank if is_size(rank) else UNKNOWN
    dims = main.shape.dims or (UNKNOWN, UNKNOWN)
    first = weight(call, names.format("a"), *dims[:-1], size)
    second = weight(call, names.format("b"), size, dims[-1])
    return (
        replace(main, trainable=False),
        *rest,
        replace(first, dtype="float32"),
        replace(second, dtype="float32"),
    )


@layer("EinsumDense")
def einsum_dense(call: LayerCall) -> LayerResult:
    """The product of the input and a kernel that an einsum equation says."""
    spec = single_input(call)
    equation, given = call.config.get("equation"), call.config.get("output_shape")
    bias_axes = call.config.get("bias_axes")
    if not isinstance(equation, str):
        return LayerResult(unknown_output(call), (_unknown_weight(call, "kernel"), _unknown_weight(call, "bias")))
    parsed = parse(equation)
    if spec.shape.dims is None or given is UNKNOWN or not isinstance(bias_axes, str | None):
        biases = () if bias_axes is None else (_unknown_weight(call, "bias"),)
        return LayerResult(unknown_output(call), (_unknown_weight(call, "kernel"), *biases))
    shapes = resolve(parsed, _partial_shape(given), bias_axes, spec.shape)
    kernel = _einsum_weight(call, spec, "kernel", shapes.kernel)
    bias = () if shapes.bias is None else (_einsum_weight(call, spec, "bias", shapes.bias),)
    return LayerResult(derived(call, spec, _printed(call, shapes)), _with_lora(call, kernel, bias, "lora_kernel_{}"))


def _partial_shape(given: object) -> tuple[Dim | None, ...]:
    match given:
        case list() | tuple():
            return tuple(one if one is None or is_size(one) else UNKNOWN for one in given)
        case _ if is_size(given):
            return (given,)
        case _:
            raise ShapeProblem(
                ProblemKind.VALUE,
                f"EinsumDense takes an integer or a tuple as output_shape and gets {given!r}",
                label=f"output_shape={given!r}",
            )


def _printed(call: LayerCall, shapes: EinsumShapes) -> Shape:
    """The output's shape; Keras 3 declares None where ``output_shape`` does, so a size only where both say it."""
    if call.generation == 2:
        return Shape(shapes.output)
    if len(shapes.declared) != len(shapes.output):
        return Shape(None)
    return Shape(
        tuple(
            actual if declared == actual else UNKNOWN
            for declared, actual in zip(shapes.declared, shapes.output, strict=True)
        )
    )


def _einsum_weight(call: LayerCall, spec: TensorSpec, name: str, dims: Iterable[Dim | None]) -> Weight:
    known = tuple(dims)
    if any(dim is None or undefined(dim) for dim in known):
        raise ShapeProblem(
            ProblemKind.UNDEFINED,
            f'EinsumDense with the equation "{call.config.get("equation")}" needs to know every size of its {name} '
            f"and gets {spec.shape}",
            label=f"a size of the {name} is None",
            help="give the size in output_shape, or fix it in the Input's shape",
            operands=(0,),
        )
    return weight(call, name, *(dim for dim in known if dim is not None))


def _unknown_weight(call: LayerCall, name: str) -> Weight:
    return parameter_weight(call, name, Shape(None))


@layer("Embedding")
def embedding(call: LayerCall) -> LayerResult:
    """Integers of any shape to vectors: one more axis of ``output_dim``."""
    spec = single_input(call)
    rows, width = units(call, "input_dim"), units(call, "output_dim")
    shape = Shape(None) if spec.shape.dims is None else Shape((*spec.shape.dims, width))
    table = weight(call, "embeddings", rows, width)
    return LayerResult(derived(call, spec, shape), _with_lora(call, table, (), "lora_embeddings_{}"))


@layer("ReversibleEmbedding")
def reversible_embedding(call: LayerCall) -> LayerResult:
    """An Embedding; with ``reverse=True``, ``(..., output_dim)`` back to ``(..., input_dim)``, by its own weights."""
    spec = single_input(call)
    rows, width = units(call, "input_dim"), units(call, "output_dim")
    table = weight(call, "embeddings", rows, width)
    tied = flag(call, "tie_weights")
    own = parameter_weight(call, "reverse_embeddings", Shape((width, rows)))
    reverse = call.arguments.get("reverse", False)
    weights = _with_lora(call, table, optional(None if tied is None else not tied, own), "lora_embeddings_{}")
    if spec.shape.dims is None or not isinstance(reverse, bool):
        return LayerResult(unknown_output(call), weights)
    shape = spec.shape.replace(-1, rows) if reverse else Shape((*spec.shape.dims, width))
    return LayerResult(derived(call, spec, shape), weights)


@layer("Activation", "Masking")
def same_shape(call: LayerCall) -> LayerResult:
    """The shape of the input."""
    return elementwise(call)


@layer("Identity")
def identity(call: LayerCall) -> LayerResult:
    """The input, in its nesting."""
    return LayerResult(_identical(call, call.inputs))


def _identical(call: LayerCall, structure: Structure) -> Structure:
    match structure:
        case TensorSpec():
            return replace(structure, dtype=cast_dtype(call, structure.dtype))
        case list():
            return [_identical(call, one) for one in structure]
        case tuple():
            return tuple(_identical(call, one) for one in structure)
        case dict():
            return {name: _identical(call, one) for name, one in structure.items()}
        case _:
            return structure
