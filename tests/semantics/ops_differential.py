"""Compares the rule of a function with the real function: one call, exact, and then with facts withheld."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kerascheck.problems import ShapeProblem
from kerascheck.semantics.api import OpCall, find_op
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec, as_int, substitute
from kerascheck.shapes.dim import symbol


@dataclass(frozen=True)
class T:
    """A tensor of ones to make on both sides."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    fill: float = 1


@dataclass(frozen=True)
class V:
    """A tensor of known integers to make on both sides."""

    value: Any
    dtype: str = "int32"


def t(*shape: int, dtype: str = "float32", fill: float = 1) -> T:
    return T(shape, dtype, fill)


def ids(*shape: int, dtype: str = "int32") -> T:
    """Class numbers or indices, all 0."""
    return T(shape, dtype, 0)


def mask(*shape: int) -> T:
    return T(shape, "bool", 1)


@dataclass(frozen=True)
class Sample:
    """One call. ``loose`` is whether a size, or all, may stay unknown to the rule."""

    name: str
    args: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    loose: bool = False

    def __str__(self) -> str:
        return self.name


def sample(name: str, *args: Any, **options: Any) -> Sample:
    return Sample(name, args, options)


def loose(name: str, *args: Any, **options: Any) -> Sample:
    return Sample(name, args, options, loose=True)


def each(prefix: str, names: str, *args: Any, **options: Any) -> list[Sample]:
    """The same call of several functions, each in every place of ``prefix``."""
    return [sample(f"{place}.{name}", *args, **options) for place in prefix.split() for name in names.split()]


@cache
def real_function(name: str) -> Any:
    package, _, path = name.partition(".")
    if name.startswith(("keras.backend.", "tf_keras.")):
        import tf_keras as module
    elif package == "keras":
        import keras as module
    else:
        import tensorflow as module
    found: Any = module
    for part in path.split("."):
        found = getattr(found, part)
    return found


def map_structure(value: Any, convert: Any) -> Any:
    match value:
        case list():
            return [map_structure(element, convert) for element in value]
        case tuple():
            return tuple(map_structure(element, convert) for element in value)
        case dict():
            return {key: map_structure(element, convert) for key, element in value.items()}
        case slice():
            return slice(*(map_structure(bound, convert) for bound in (value.start, value.stop, value.step)))
    return convert(value)


def real_value(value: Any) -> Any:
    import tensorflow as tf

    match value:
        case T():
            if value.dtype == "string":
                return tf.fill(value.shape, "1")
            filled = tf.fill(value.shape, value.fill) if value.shape else tf.constant(value.fill)
            return tf.cast(filled, value.dtype)
        case V():
            return tf.constant(value.value, value.dtype)
    return value


def tuples(value: Any) -> Any:
    return tuple(tuples(element) for element in value) if isinstance(value, list | tuple) else value


def spec_value(value: Any) -> Any:
    match value:
        case T():
            return TensorSpec(Shape(value.shape), value.dtype)
        case V():
            content = tuples(value.value)
            shape: list[int] = []
            part = content
            while isinstance(part, tuple):
                shape.append(len(part))
                part = part[0] if part else 0
            return TensorSpec(Shape(tuple(shape)), value.dtype, content)
    return value


def bound_arguments(example: Sample) -> dict[str, Any]:
    """The arguments by name, the defaults applied, a dtype by its name."""
    import tensorflow as tf

    signature = inspect.signature(real_function(example.name))
    bound = signature.bind(*example.args, **example.options)
    bound.apply_defaults()
    return {
        name: value.name if isinstance(value, tf.DType) else map_structure(value, spec_value)
        for name, value in bound.arguments.items()
    }


def flattened(structure: Any) -> list[Any]:
    match structure:
        case list() | tuple() if not type(structure).__name__.startswith("TensorShape"):
            return [leaf for element in structure for leaf in flattened(element)]
        case dict():
            return [leaf for key in sorted(structure) for leaf in flattened(structure[key])]
    return [structure]


def real_outcome(example: Sample) -> list[tuple[tuple[int, ...], str]]:
    """Shape and dtype of each output; raises what the real function raises."""
    import numpy as np
    import tensorflow as tf

    args = map_structure(example.args, real_value)
    made = real_function(example.name)(*args, **map_structure(dict(example.options), real_value))
    found = []
    for leaf in flattened(made):
        if isinstance(leaf, tf.Tensor | tf.Variable):
            found.append((tuple(leaf.shape.as_list()), leaf.dtype.name.removesuffix("_ref")))
        elif leaf is not None:
            array = np.asarray(leaf)
            found.append((array.shape, ""))
    return found


def our_outcome(name: str, arguments: Mapping[str, Any]) -> list[TensorSpec] | None:
    generation = 2 if name.startswith("tf_keras.") else 3
    name = name.removeprefix("tf_")
    info = find_op(name)
    assert info is not None, f"no rule for {name}"
    made = info.function(OpCall(name, generation, arguments))
    leaves = flattened(made)
    assert all(isinstance(leaf, TensorSpec) or leaf is None for leaf in leaves), made
    return None if None in leaves else leaves


def assert_exact(example: Sample, real: list[tuple[tuple[int, ...], str]]) -> None:
    ours = our_outcome(example.name, bound_arguments(example))
    if ours is None:
        assert example.loose, f"{example.name} gave nothing, real {real}"
        return
    assert len(ours) == len(real), (example, ours, real)
    for spec, (shape, dtype) in zip(ours, real, strict=True):
        if example.loose:
            assert_consistent(example, spec, shape, {})
        else:
            assert spec.shape.dims is not None, f"{example}: rank unknown, really {shape}"
            assert spec.shape.public() == list(shape), f"{example}: {spec.shape}, really {shape}"
        assert spec.dtype is None or not dtype or spec.dtype == dtype, f"{example}: {spec.dtype}, really {dtype}"


def assert_consistent(example: Sample, spec: TensorSpec, shape: tuple[int, ...], sizes: Mapping[str, int]) -> None:
    """Nothing that ``spec`` says is contradicted by the real ``shape``."""
    if spec.shape.dims is None:
        return
    assert len(spec.shape.dims) == len(shape), f"{example}: {spec.shape}, really {shape}"
    for dim, size in zip(spec.shape.dims, shape, strict=True):
        number = as_int(substitute(dim, sizes))
        assert number is None or number == size, f"{example}: {spec.shape.texts()}, really {shape}"


def symbolic(arguments: Mapping[str, Any], chosen: Any) -> tuple[dict[str, Any], dict[str, int]]:
    """The arguments with every size that ``chosen`` takes written as a symbol, and what the symbols stand for."""
    sizes: dict[str, int] = {}

    def convert(value: Any) -> Any:
        if not isinstance(value, TensorSpec) or value.shape.dims is None or value.content is not None:
            return value
        dims = []
        for axis, dim in enumerate(value.shape.dims):
            if isinstance(dim, int) and dim > 1 and chosen(axis, dim):
                sizes[f"n{dim}"] = dim
                dims.append(symbol(f"n{dim}"))
            else:
                dims.append(dim)
        return TensorSpec(Shape(tuple(dims)), value.dtype)

    return {name: map_structure(value, convert) for name, value in arguments.items()}, sizes


def withheld(arguments: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, int]]]:
    """The same call with facts withheld, each time with the sizes of the symbols in it."""
    yield symbolic(arguments, lambda axis, size: True)
    yield symbolic(arguments, lambda axis, size: axis == 0)
    for wanted in sorted({dim for spec in flattened(list(arguments.values())) for dim in known_sizes(spec)}):
        yield symbolic(arguments, lambda axis, size, wanted=wanted: size == wanted)

    def no_sizes(value: Any) -> Any:
        if isinstance(value, TensorSpec) and value.shape.dims is not None:
            return TensorSpec(Shape((UNKNOWN,) * len(value.shape.dims)), value.dtype)
        return value

    yield {name: map_structure(value, no_sizes) for name, value in arguments.items()}, {}

    def no_shape(value: Any) -> Any:
        return TensorSpec() if isinstance(value, TensorSpec) else value

    yield {name: map_structure(value, no_shape) for name, value in arguments.items()}, {}
    for name in arguments:
        yield {**arguments, name: UNKNOWN}, {}
        yield {**arguments, name: object()}, {}


def known_sizes(value: Any) -> list[int]:
    if isinstance(value, TensorSpec) and value.shape.dims is not None:
        return [dim for dim in value.shape.dims if isinstance(dim, int) and dim > 1]
    return []


def assert_sound(example: Sample, real: list[tuple[tuple[int, ...], str]]) -> None:
    """With facts withheld from a call that works, the rule raises nothing and says nothing false."""
    for arguments, sizes in withheld(bound_arguments(example)):
        try:
            ours = our_outcome(example.name, arguments)
        except ShapeProblem as problem:
            raise AssertionError(f"{example} with {arguments}: {problem}, really {real}") from problem
        if ours is None or len(ours) != len(real):
            continue
        for spec, (shape, _) in zip(ours, real, strict=True):
            assert_consistent(example, spec, shape, sizes)


def assert_both_fail(example: Sample, kind: Any) -> None:
    """The rule raises a problem of ``kind``, and the real function raises too."""
    try:
        found = our_outcome(example.name, bound_arguments(example))
    except ShapeProblem as problem:
        assert problem.problem.kind is kind, (example, problem.problem)
    else:
        raise AssertionError(f"{example}: no problem, but {found}")
    try:
        made = real_outcome(example)
    except Exception:
        return
    raise AssertionError(f"{example}: a problem, but really {made}")


def assert_symbolic(example: Sample) -> None:
    """On KerasTensors whose first axis is None, the rule contradicts nothing that Keras's own inference says."""
    import keras

    def real(value: Any) -> Any:
        if isinstance(value, T) and value.shape:
            return keras.KerasTensor((None if value.shape[0] > 1 else 1, *value.shape[1:]), dtype=value.dtype)
        return real_value(value)

    def ours(value: Any) -> Any:
        if isinstance(value, T) and value.shape:
            first = symbol(f"n{value.shape[0]}") if value.shape[0] > 1 else 1
            return TensorSpec(Shape((first, *value.shape[1:])), value.dtype, None, keras_tensor=True)
        return spec_value(value)

    function = real_function(example.name)
    try:
        made = function(*map_structure(example.args, real), **map_structure(dict(example.options), real))
    except Exception:
        return
    leaves = flattened(made)
    bound = inspect.signature(function).bind(*example.args, **example.options)
    bound.apply_defaults()
    found = our_outcome(example.name, map_structure(dict(bound.arguments), ours))
    if found is None or not all(isinstance(leaf, keras.KerasTensor) for leaf in leaves):
        return
    assert len(found) == len(leaves), example
    for spec, leaf in zip(found, leaves, strict=True):
        public = spec.shape.public()
        if public is not None:
            said = f"{example}: {spec.shape}, Keras says {leaf.shape}"
            assert len(public) == len(leaf.shape), said
            assert all(a == b for a, b in zip(public, leaf.shape, strict=True) if None not in {a, b}), said
        assert spec.dtype is None or spec.dtype == leaf.dtype, f"{example}: {spec.dtype}, Keras says {leaf.dtype}"


def agree(example: Sample) -> None:
    """Where the real function works the rule is right; where the rule raises, the real function raises."""
    try:
        real = real_outcome(example)
    except Exception:
        return
    assert_exact(example, real)
    assert_sound(example, real)
