"""Shape functions of the attention layers.

Keras 3 declares their outputs without looking whether the inputs fit each other, and fails when the model runs; what
fails there is a problem here.
"""

from __future__ import annotations

from collections.abc import Mapping

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import LayerCall, LayerResult, Structure, layer
from kerascheck.semantics.layers.arguments import (
    demand_rank,
    flag,
    invalid_value,
    is_size,
    short_name,
    weight,
)
from kerascheck.semantics.layers.weights import (
    defined,
    derived,
    optional,
    parameter_weight,
    undefined,
    units,
    unknown_output,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, compare, public_size


@immutable()
class Operands:
    """The three tensors; ``key`` is the value where it is not given."""

    query: TensorSpec
    value: TensorSpec
    key: TensorSpec

    @property
    def keras_tensor(self) -> bool:
        """Whether all three are symbolic Keras tensors."""
        return self.query.keras_tensor and self.value.keras_tensor and self.key.keras_tensor


def _operands(call: LayerCall) -> Operands:
    """Query, value and key as ``layer(query, value, key)`` gives them."""
    query = call.inputs if call.inputs is not None else call.arguments.get("query")
    if isinstance(query, list | tuple) and "value" not in call.arguments:
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"{short_name(call)} takes query and value as two arguments and gets a list",
            label="the value is missing",
            help="`layer(query, value)`",
        )
    value = call.arguments.get("value", UNKNOWN)
    key = call.arguments.get("key")
    key = value if key is None else key
    return Operands(*(one if isinstance(one, TensorSpec) else TensorSpec() for one in (query, value, key)))


def _shape_problem(call: LayerCall, what: str, label: str, *, help: str | None = None) -> ShapeProblem:
    return ShapeProblem(ProblemKind.ATTENTION, f"{short_name(call)} {what}", label=label, help=help)


def _check_together(call: LayerCall, operands: Operands) -> None:
    """The ranks are equal, and value and key have the same steps."""
    query, value, key = operands.query.shape, operands.value.shape, operands.key.shape
    ranks = {shape.rank for shape in (query, value, key)}
    if None not in ranks and len(ranks) > 1:
        raise _shape_problem(
            call,
            f"takes query, value and key of one rank and gets {query}, {value} and {key}",
            "the ranks differ",
        )
    for axis, (one, other) in enumerate(zip(value, key, strict=False)):
        last = value.rank is not None and axis == value.rank - 1
        strict = call.generation == 3 and axis > 0 and operands.keras_tensor
        if not last and (compare(one, other) is False or (strict and _one_is_none(one, other))):
            raise _shape_problem(
                call,
                f"takes value and key with the same steps and gets value {value} and key {key}",
                f"axis {axis} differs",
            )


def _one_is_none(one: Dim, other: Dim) -> bool:
    """Whether Keras sees a fixed size on one side and None on the other, which it takes for a difference."""
    return (undefined(one) and as_int(other) is not None) or (undefined(other) and as_int(one) is not None)


def _check_batches(call: LayerCall, operands: Operands) -> None:
    query, value = operands.query.shape, operands.value.shape
    if query.dims and value.dims and compare(query.dims[0], value.dims[0]) is False:
        sizes = {as_int(query.dims[0]), as_int(value.dims[0])}
        if None not in sizes and 1 not in sizes:
            raise _shape_problem(
                call, f"gets a query {query} and a value {value} of different batch sizes", "the batch sizes differ"
            )


# Multi-head attention


@layer("MultiHeadAttention")
def multi_head_attention(call: LayerCall) -> LayerResult:
    """Like the query, or with ``output_shape`` for its last axis; four projections."""
    heads, key_size = _heads(call), units(call, "key_dim")
    value_size = _value_size(call, key_size)
    operands = _operands(call)
    _check_together(call, operands)
    _check_batches(call, operands)
    _check_mask(call, operands)
    query, value, key = operands.query, operands.value, operands.key
    if call.generation == 2 and query.shape.rank == 2 and call.config.get("attention_axes") is None:
        demand_rank(call, query, 3, ("batch", "time", "features"))
    output = _output_sizes(call, query)
    projections = _Projections(call, flag(call, "use_bias"))
    weights = (
        *projections.make((_features(call, query),), (heads, key_size)),
        *projections.make((_features(call, key),), (heads, key_size)),
        *_gate(call, projections, _features(call, query), (heads, value_size)),
        *projections.make((_features(call, value),), (heads, value_size)),
        *projections.make((heads, value_size), output),
    )
    shape = Shape(None) if query.shape.dims is None or output is None else Shape((*query.shape.dims[:-1], *output))
    result = derived(call, query, shape)
    return LayerResult(_with_scores(call, result, _multi_head_scores(call, operands, heads)), weights)


def _heads(call: LayerCall) -> Dim:
    """The number of heads; tf_keras builds a layer of none."""
    if call.generation == 2 and call.config.get("num_heads") == 0:
        return 0
    return units(call, "num_heads")


def _value_size(call: LayerCall, key_size: Dim) -> Dim:
    value = call.config.get("value_dim")
    if value is None or (call.generation == 2 and value == 0):
        return key_size
    return units(call, "value_dim")


def _features(call: LayerCall, spec: TensorSpec) -> Dim:
    return defined(call, spec, -1) if spec.shape.dims else UNKNOWN


def _output_sizes(call: LayerCall, query: TensorSpec) -> tuple[Dim, ...] | None:
    """The axes that replace the query's last one; None where not even their number is known."""
    given = call.config.get("output_shape")
    if given is UNKNOWN:
        return None
    if isinstance(given, list | tuple) and given:
        return tuple(one if is_size(one) else UNKNOWN for one in given)
    if is_size(given) and given != 0:
        return (given,)
    return (_features(call, query),)


@immutable()
class _Projections:
    """Makes the kernel and bias of one projection, as an EinsumDense has them."""

    call: LayerCall
    use_bias: bool | None

    def make(self, inputs: tuple[Dim, ...], outputs: tuple[Dim, ...] | None) -> tuple[Weight, ...]:
        if outputs is None:
            unknown = Shape(None)
            return (
                parameter_weight(self.call, "kernel", unknown),
                *optional(self.use_bias, parameter_weight(self.call, "bias", unknown)),
            )
        return (
            weight(self.call, "kernel", *inputs, *outputs),
            *optional(self.use_bias, weight(self.call, "bias", *outputs)),
        )


def _gate(call: LayerCall, projections: _Projections, features: Dim, outputs: tuple[Dim, ...]) -> tuple[Weight, ...]:
    present = flag(call, "use_gate") if "use_gate" in call.config else False
    return optional(present, *projections.make((features,), outputs))


def _check_mask(call: LayerCall, operands: Operands) -> None:
    """``attention_mask`` is (batch, query steps, value steps)."""
    mask = call.arguments.get("attention_mask")
    query, value = operands.query.shape, operands.value.shape
    if not isinstance(mask, TensorSpec) or not mask.shape.dims or query.rank != 3 or value.rank != 3:
        return
    if len(mask.shape.dims) < 2 or query.dims is None or value.dims is None:
        return
    for given, wanted in zip(mask.shape.dims[-2:], (query.dims[1], value.dims[1]), strict=True):
        if as_int(given) != 1 and compare(given, wanted) is False:
            raise _shape_problem(
                call,
                f"takes an attention_mask of {Shape((query.dims[0], query.dims[1], value.dims[1]))} "
                f"and gets {mask.shape}",
                "query steps by value steps are expected",
            )
    heads = call.config.get("num_heads")
    if len(mask.shape.dims) == 4 and isinstance(heads, int) and call.config.get("attention_axes") is None:
        given = mask.shape.dims[1]
        if as_int(given) not in {None, 1, heads}:
            raise _shape_problem(
                call,
                f"with {heads} heads gets an attention_mask of {mask.shape}",
                f"axis 1 of a mask of four axes is 1, or one for each of the {heads} heads",
            )


def _multi_head_scores(call: LayerCall, operands: Operands, heads: Dim) -> TensorSpec:
    query, key = operands.query, operands.key
    match query.shape.dims, key.shape.dims:
        case (samples, steps, _), (_, keyed, _) if call.config.get("attention_axes") is None:
            return derived(call, query, Shape.of(samples, heads, steps, _scored(call, steps, keyed)))
    return derived(call, query, Shape(None))


def _scored(call: LayerCall, queried: Dim, keyed: Dim) -> Dim:
    """The last axis of the scores: Keras 3 declares the query's steps and computes the key's."""
    return keyed if call.generation == 2 or public_size(queried) == public_size(keyed) else UNKNOWN


def _with_scores(call: LayerCall, output: TensorSpec, scores: TensorSpec) -> Structure:
    wanted = call.arguments.get("return_attention_scores", False)
    if not isinstance(wanted, bool):
        return unknown_output(call) if wanted is not None else output
    return (output, scores) if wanted else output


@layer("GroupQueryAttention")
def group_query_attention(call: LayerCall) -> LayerResult:
    """Like the query; several query heads share one head of keys and values."""
    size = _positive_head(call, "head_dim")
    query_heads, shared_heads = _positive_head(call, "num_query_heads"), _positive_head(call, "num_key_value_heads")
    if isinstance(query_heads, int) and isinstance(shared_heads, int) and query_heads % shared_heads:
        raise invalid_value(
            call,
            "num_key_value_heads",
            f"a divisor of num_query_heads={query_heads}",
            kind=ProblemKind.ATTENTION,
        )
    operands = _operands(call)
    for spec in (operands.query, operands.value, operands.key):
        demand_rank(call, spec, 3, ("batch", "time", "features"))
    _check_together(call, operands)
    _check_batches(call, operands)
    features, value_features = _features(call, operands.query), _features(call, operands.value)
    if compare(features, value_features) is False:
        raise _shape_problem(
            call,
            f"takes query and value with the same features and gets query {operands.query.shape} "
            f"and value {operands.value.shape}",
            f"{features} and {value_features} features",
        )
    projections = _Projections(call, flag(call, "use_bias"))
    weights = (
        *projections.make((features,), (query_heads, size)),
        *projections.make((_features(call, operands.key),), (shared_heads, size)),
        *_gate(call, projections, features, (query_heads, size)),
        *projections.make((value_features,), (shared_heads, size)),
        *projections.make((query_heads, size), (features,)),
    )
    output = derived(call, operands.query, operands.query.shape)
    return LayerResult(_with_scores(call, output, _grouped_scores(call, operands, query_heads)), weights)


def _positive_head(call: LayerCall, parameter: str) -> Dim:
    value = call.config.get(parameter)
    return value if is_size(value) and value != 0 else UNKNOWN


def _grouped_scores(call: LayerCall, operands: Operands, heads: Dim) -> TensorSpec:
    query, key = operands.query.shape.dims, operands.key.shape.dims
    if query is None or key is None:
        return derived(call, operands.query, Shape(None))
    return derived(call, operands.query, Shape.of(query[0], heads, query[1], key[1]))


# Attention without projections


@layer("Attention", "AdditiveAttention")
def attention(call: LayerCall) -> LayerResult:
    """``[query, value]`` or ``[query, value, key]`` to the query's steps with the value's features."""
    operands = _listed(call)
    additive = short_name(call) == "AdditiveAttention"
    mode = call.config.get("score_mode")
    if not additive and isinstance(mode, str) and mode not in {"dot", "concat"}:
        raise invalid_value(call, "score_mode", '"dot" or "concat"')
    if operands is None:
        return LayerResult(unknown_output(call), _scales(call, additive, Shape(None)))
    _check_features(call, operands, additive or mode == "concat")
    if operands.query.shape.rank == operands.value.shape.rank == operands.key.shape.rank == 3:
        _check_steps(call, operands)
        _check_batches(call, operands)
    query, value = operands.query.shape.dims, operands.value.shape.dims
    if not query or not value or len(query) != len(value):
        return LayerResult(unknown_output(call), _scales(call, additive, Shape(None)))
    # Keras 3 gives the scale the query's features, tf_keras the value's.
    scaled = operands.query if call.generation == 3 else operands.value
    width = Shape.of(_features(call, scaled) if additive and flag(call, "use_scale") else UNKNOWN)
    rows: tuple[Dim, ...] = query[:-1]
    if as_int(query[0]) == 1 and as_int(value[0]) != 1:
        # Keras declares the query's number of samples; when it runs, a single query is one for all the values.
        rows = (UNKNOWN if operands.query.keras_tensor else value[0], *query[1:-1])
    output = derived(call, operands.query, Shape((*rows, value[-1])))
    key = operands.key.shape.dims
    scores = Shape((*rows, key[-2])) if key and len(key) > 1 else Shape(None)
    return LayerResult(
        _with_scores(call, output, derived(call, operands.query, scores)), _scales(call, additive, width)
    )


def _listed(call: LayerCall) -> Operands | None:
    inputs = call.inputs
    name = short_name(call)
    # What has no known rank may be a list that nobody understood.
    if isinstance(inputs, TensorSpec) and inputs.shape.dims is None:
        return None
    if isinstance(inputs, TensorSpec | tuple | Mapping) or (isinstance(inputs, list) and len(inputs) not in {2, 3}):
        given = f"a list of {len(inputs)}" if isinstance(inputs, list) else _kind(inputs)
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"{name} takes a list [query, value] or [query, value, key] and gets {given}",
            label="a list of 2 or 3 tensors is expected",
            help="`layer([query, value])`",
        )
    if not isinstance(inputs, list):
        return None
    given_tensors = [one if isinstance(one, TensorSpec) else TensorSpec() for one in inputs]
    return Operands(given_tensors[0], given_tensors[1], given_tensors[-1])


def _kind(inputs: object) -> str:
    match inputs:
        case TensorSpec():
            return f"one tensor {inputs.shape}"
        case tuple():
            return "a tuple"
        case _:
            return "a dict"


def _scales(call: LayerCall, additive: bool, width: Shape) -> tuple[Weight, ...]:
    if additive:
        return optional(flag(call, "use_scale"), parameter_weight(call, "scale", width))
    mode = call.config.get("score_mode")
    concat = None if not isinstance(mode, str) else mode == "concat"
    return (
        *optional(flag(call, "use_scale"), weight(call, "scale")),
        *optional(concat, weight(call, "concat_score_weight")),
    )


def _check_features(call: LayerCall, operands: Operands, broadcasts: bool) -> None:
    """Query and key meet in a product, so they have the same features; added scores broadcast."""
    query, key = operands.query.shape, operands.key.shape
    if not query.dims or not key.dims or compare(query.dims[-1], key.dims[-1]) is not False:
        return
    if broadcasts and 1 in {as_int(query.dims[-1]), as_int(key.dims[-1])}:
        return
    side = "key" if operands.key is not operands.value else "value"
    raise _shape_problem(
        call,
        f"takes query and {side} with the same features and gets query {query} and {side} {key}",
        f"{public_size(query.dims[-1])} and {public_size(key.dims[-1])} features",
        help="project one of them: `keras.layers.Dense(...)`",
    )


def _check_steps(call: LayerCall, operands: Operands) -> None:
    value, key = operands.value.shape, operands.key.shape
    if value.dims and key.dims and compare(value.dims[1], key.dims[1]) is False:
        raise _shape_problem(
            call,
            f"takes value and key with the same steps and gets value {value} and key {key}",
            "axis 1 differs",
        )
