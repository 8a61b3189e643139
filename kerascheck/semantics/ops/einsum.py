"""Einstein sums and einops patterns, matched with their operands: the batch goes to wherever its letter goes."""

from __future__ import annotations

from collections.abc import Sequence

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import argument, result, tensor, tensors, unknown_like
from kerascheck.semantics.ops.broadcasting import broadcast_shapes
from kerascheck.semantics.ops.dtypes import common_dtype
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, as_int, compare, exact_div, product
from kerascheck.shapes.dim import depends_on

ELLIPSIS = "..."


@immutable()
class Equation:
    """An einsum's equation: the labels of each operand and of the result, an ellipsis being one label ``...``."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Equation | None:
        """The equation in ``text``, or None where it is not one."""
        left, arrow, right = text.replace(" ", "").partition("->")
        inputs = [_labels(term) for term in left.split(",")]
        output = _labels(right) if arrow else _implicit_output([term for term in inputs if term is not None])
        if output is None:
            return None
        found: list[tuple[str, ...]] = []
        for term in inputs:
            if term is None:
                return None
            found.append(term)
        return cls(tuple(found), output)


def _labels(term: str) -> tuple[str, ...] | None:
    before, dots, after = term.partition(ELLIPSIS)
    letters = before + after
    if letters and not (letters.isalpha() and letters.isascii()):
        return None
    return (*before, *((ELLIPSIS,) if dots else ()), *after)


def _implicit_output(terms: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    written = [label for term in terms for label in term if label != ELLIPSIS]
    once = tuple(sorted(label for label in set(written) if written.count(label) == 1))
    return (ELLIPSIS, *once) if any(ELLIPSIS in term for term in terms) else once


def einsum_shape(equation: Equation, shapes: Sequence[Shape], text: str, *, ones_repeat: bool) -> Shape:
    """The shape of the result; raises EINSUM where the equation certainly does not fit the operands.

    ``ones_repeat`` is whether a size of one may meet another size, as some equations of ``keras.ops.einsum`` let it.
    """
    return _Matching(equation, shapes, text, ones_repeat=ones_repeat).output()


class _Matching:
    """The sizes that the operands give to the labels of an equation."""

    def __init__(self, equation: Equation, shapes: Sequence[Shape], text: str, *, ones_repeat: bool) -> None:
        self.equation = equation
        self.shapes = shapes
        self.text = text
        self.ones_repeat = ones_repeat
        self.sizes: dict[str, Dim] = {}
        self.leading: list[Shape] = []
        if len(equation.inputs) != len(shapes):
            label = f"{len(equation.inputs)} terms for {len(shapes)} operands"
            raise self._problem(label, "write one term for each operand")
        for term, shape in zip(equation.inputs, shapes, strict=True):
            self._bind(term, shape)

    def output(self) -> Shape:
        """The shape of the result."""
        written = {label for term in self.equation.inputs for label in term}
        for label in self.equation.output:
            if label not in written:
                raise self._problem(f"{label} is in no operand", "use only letters of the operands in the result")
        spread = broadcast_shapes(*self.leading)
        if ELLIPSIS in self.equation.output and spread.dims is None:
            return Shape(None)
        dims: list[Dim] = []
        for label in self.equation.output:
            dims.extend((spread.dims or ()) if label == ELLIPSIS else (self.sizes.get(label, UNKNOWN),))
        return Shape(tuple(dims))

    def _bind(self, term: tuple[str, ...], shape: Shape) -> None:
        """Give the labels of one operand its sizes."""
        dims = shape.dims
        if dims is None:
            if ELLIPSIS in term:
                self.leading.append(Shape(None))
            return
        letters = len(term) - (ELLIPSIS in term)
        if letters > len(dims) or (ELLIPSIS not in term and letters != len(dims)):
            label = f"{''.join(term)} has {letters} letters, its operand {len(dims)} axes"
            raise self._problem(label, "write one letter for each axis, or ... for the leading ones")
        if ELLIPSIS in term:
            at = term.index(ELLIPSIS)
            width = len(dims) - letters
            self.leading.append(Shape(dims[at : at + width]))
            dims = dims[:at] + dims[at + width :]
            term = term[:at] + term[at + 1 :]
        for label, dim in zip(term, dims, strict=True):
            self.sizes[label] = self._meet(label, self.sizes[label], dim) if label in self.sizes else dim

    def _meet(self, label: str, left: Dim, right: Dim) -> Dim:
        if compare(left, right) is False:
            if self.ones_repeat and 1 in {as_int(left), as_int(right)}:
                return right if as_int(left) == 1 else left
            sizes = " and ".join(str(Shape.of(dim)).strip("(,)") for dim in (left, right))
            raise self._problem(f"{label} is {sizes}", f"give the axes called {label} one size")
        if isinstance(left, Unknown) or (depends_on(right) and not depends_on(left)):
            return right
        return right if as_int(left) is None and as_int(right) is not None and not depends_on(left) else left

    def _problem(self, label: str, help: str) -> ShapeProblem:
        operands = " and ".join(str(shape) for shape in self.shapes)
        message = f'einsum "{self.text}" does not fit {operands}'
        return ShapeProblem(ProblemKind.EINSUM, message, label=label, help=help)


def _einsum(call: OpCall, equation: str, operands: str) -> TensorSpec:
    text, values = argument(call, equation), tensors(argument(call, operands))
    if values is not None and len(values) == 1 and isinstance(argument(call, operands)[0], list | tuple):
        values = tensors(argument(call, operands)[0])
    if values is None:
        return TensorSpec()
    dtype = common_dtype(call.name, values)
    parsed = Equation.parse(text) if isinstance(text, str) else None
    if parsed is None or not isinstance(text, str):
        return unknown_like(*values)
    shapes = [value.shape for value in values]
    shape = einsum_shape(parsed, shapes, text, ones_repeat=call.name.startswith("keras."))
    return result(shape, dtype, *values)


@op("keras.ops.einsum", family=Family.CONTRACTION, operand="operands")
def keras_einsum(call: OpCall) -> TensorSpec:
    """The sum that the equation writes."""
    return _einsum(call, "subscripts", "operands")


@op("tf.einsum", family=Family.CONTRACTION, operand="inputs")
def tf_einsum(call: OpCall) -> TensorSpec:
    """The sum that the equation writes."""
    return _einsum(call, "equation", "inputs")


@op("keras.ops.rearrange", family=Family.RESHAPE, operand="tensor")
def rearrange(call: OpCall) -> TensorSpec:
    """The axes split, merged and reordered by a pattern such as ``"b h w c -> b (h w) c"``."""
    x, pattern = tensor(argument(call, "tensor")), argument(call, "pattern")
    lengths = call.arguments.get("axes_lengths")
    if not isinstance(pattern, str) or "->" not in pattern or "..." in pattern or x.shape.dims is None:
        return unknown_like(x)
    left, right = (_groups(side) for side in pattern.split("->", 1))
    if len(left) != len(x.shape.dims):
        return unknown_like(x)
    known: dict[str, Dim] = {"1": 1}
    if isinstance(lengths, dict):
        known |= {name: value for name, value in lengths.items() if isinstance(value, int)}
    for group, dim in zip(left, x.shape.dims, strict=True):
        free = [name for name in group if name not in known]
        if len(free) > 1:
            return unknown_like(x)
        if free:
            known[free[0]] = exact_div(dim, product(known[name] for name in group if name in known))
    return result(Shape(tuple(product(known.get(name, UNKNOWN) for name in group) for group in right)), x.dtype, x)


def _groups(side: str) -> list[list[str]]:
    groups: list[list[str]] = []
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            groups.append(["("])
        elif word == ")":
            groups[-1] = [name for name in groups[-1] if name != "("]
            groups[-1].append(")")
        elif groups and groups[-1][:1] == ["("]:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [[name for name in group if name not in "()"] for group in groups]
