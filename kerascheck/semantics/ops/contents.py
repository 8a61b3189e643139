"""Arithmetic on the values of shape-like tensors: ``tf.shape(x)[1] * 2`` stays a size."""

from __future__ import annotations

from collections.abc import Callable

from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, Unknown, as_int, compare, floor_div
from kerascheck.shapes.tensor import Content


def _minimum(left: Dim, right: Dim) -> Dim:
    if compare(left, right) is True:
        return left
    a, b = as_int(left), as_int(right)
    return UNKNOWN if a is None or b is None else min(a, b)


def _maximum(left: Dim, right: Dim) -> Dim:
    if compare(left, right) is True:
        return left
    a, b = as_int(left), as_int(right)
    return UNKNOWN if a is None or b is None else max(a, b)


ARITHMETIC: dict[str, Callable[[Dim, Dim], Dim]] = {
    "add": lambda left, right: left + right,
    "subtract": lambda left, right: left - right,
    "multiply": lambda left, right: left * right,
    "floor_divide": floor_div,
    "mod": lambda left, right: left - right * floor_div(left, right),
    "minimum": _minimum,
    "maximum": _maximum,
}
"""Functions of two sizes, by the ``keras.ops`` name."""


def combine(function: Callable[[Dim, Dim], Dim], left: Content | None, right: Content | None) -> Content | None:
    """``function`` on each pair of the sizes of two contents, a scalar with every size of a tuple; None if unknown."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        return _combine_tuples(function, left, right)
    one, other = _size(left), _size(right)
    if one is None or other is None:
        return None
    return known(function(one, other))


def known(content: Content | None) -> Content | None:
    """``content``, or None for a size that is not known."""
    return None if isinstance(content, Unknown) else content


def _combine_tuples(function: Callable[[Dim, Dim], Dim], left: Content | None, right: Content | None) -> Content | None:
    if left is None or right is None:
        return None
    lefts = left if isinstance(left, tuple) else (left,)
    rights = right if isinstance(right, tuple) else (right,)
    length = max(len(lefts), len(rights))
    if 0 in {len(lefts), len(rights)} or len(lefts) not in {1, length} or len(rights) not in {1, length}:
        return None
    lefts, rights = lefts * (length // len(lefts)), rights * (length // len(rights))
    values: list[Content] = []
    for a, b in zip(lefts, rights, strict=True):
        one, other = _size(a), _size(b)
        if one is None or other is None:
            return None
        values.append(function(one, other))
    return tuple(values)


def _size(content: Content | None) -> Dim | None:
    match content:
        case bool():
            return None
        case int() | Expression() | Unknown():
            return content
    return None


def total(content: Content | None, function: Callable[[Dim, Dim], Dim], start: Dim) -> Content | None:
    """The sizes of a one-dimensional content combined to one, as ``tf.reduce_prod(tf.shape(x))`` does."""
    if not isinstance(content, tuple):
        return None
    value: Content | None = None if isinstance(start, Unknown) else start
    for element in content:
        value = combine(function, value, element)
    return value


def shape_of_content(content: Content) -> Shape:
    """The shape of a tensor that holds ``content``."""
    if not isinstance(content, tuple):
        return Shape(())
    inner = shape_of_content(content[0]).dims if content else ()
    return Shape((len(content), *(inner or ())))


def content_tensor(content: Content, dtype: str | None) -> TensorSpec:
    """The tensor that holds ``content``."""
    return TensorSpec(shape_of_content(content), dtype, content)
