"""The equation of an EinsumDense: which axes its kernel and bias take from the input and from ``output_shape``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.shapes import UNKNOWN, Dim, Shape, as_int
from kerascheck.shapes.dim import Unknown

Side = Literal["none", "left", "right"]

_FORMS: tuple[tuple[str, Side], ...] = (
    (r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", "none"),
    (r"\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)", "left"),
    (r"([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\.", "right"),
)


@immutable()
class Equation:
    """The letters of the three terms, and on which side an ellipsis stands for further axes."""

    text: str
    input: str
    kernel: str
    output: str
    elided: Side


@immutable()
class EinsumShapes:
    """The shapes that follow; ``declared`` is what Keras 3 prints, ``output`` what the product has."""

    kernel: tuple[Dim | None, ...]
    bias: tuple[Dim | None, ...] | None
    declared: tuple[Dim | None, ...]
    output: tuple[Dim, ...]


def parse(text: str) -> Equation:
    """The equation in its parts.

    Raises:
        ShapeProblem: it is not in one of the three forms that Keras takes, or a letter comes from nowhere.
    """
    for form, elided in _FORMS:
        found = re.match(form, text)
        if found:
            equation = Equation(text, found[1], found[2], found[3], elided)
            _check_letters(equation)
            return equation
    raise ShapeProblem(
        ProblemKind.EINSUM,
        f'EinsumDense takes an equation such as "...x,xy->...y", without spaces, and gets "{text}"',
        label="one input, one kernel, one output",
    )


def _check_letters(equation: Equation) -> None:
    for letter in equation.output:
        if letter not in equation.input + equation.kernel:
            raise _letter_problem(equation, letter, "stands in the output and in neither the input nor the kernel")
    for letter in equation.kernel:
        if letter not in equation.input + equation.output:
            raise _letter_problem(equation, letter, "stands in the kernel and in neither the input nor the output")


def _letter_problem(equation: Equation, letter: str, why: str) -> ShapeProblem:
    return ShapeProblem(ProblemKind.EINSUM, f'in the equation "{equation.text}", {letter} {why}', label=f"{letter}")


def resolve(equation: Equation, given: Sequence[Dim | None], bias_axes: str | None, shape: Shape) -> EinsumShapes:
    """The shapes for an input; ``given`` is the layer's ``output_shape``, None where it leaves a size to the input.

    Raises:
        ShapeProblem: the input has another rank, or another size where input and output share a letter.
    """
    dims = shape.dims or ()
    more = _elided_count(equation, shape)
    elided = dims[1:more] if equation.elided == "left" else dims[len(dims) - more :]
    # Keras 3 puts each elided axis in front of the one before, which reverses them; so its declared shape does too.
    declared = (dims[0], *reversed(elided), *given) if equation.elided == "left" else (dims[0], *given, *elided)
    offset = more if equation.elided == "left" else 0
    inputs = {letter: dims[offset + index] for index, letter in enumerate(equation.input)}
    outputs: dict[str, Dim | None] = {}
    for index, letter in enumerate(equation.output):
        outputs[letter] = declared[offset + index] if offset + index < len(declared) else UNKNOWN
    _check_shared(equation, inputs, outputs, shape)
    lettered = tuple(inputs[one] if one in inputs else _known(outputs[one]) for one in equation.output)
    actual = (*dims[:more], *lettered) if equation.elided == "left" else (*lettered, *elided)
    kernel = tuple(outputs[one] if one in outputs else inputs[one] for one in equation.kernel)
    ones = more if equation.elided == "right" else 0
    return EinsumShapes(kernel, _bias(equation, bias_axes, outputs, ones), declared, actual)


def _elided_count(equation: Equation, shape: Shape) -> int:
    rank = shape.rank or 0
    more = rank - len(equation.input)
    if more < 0 or (more and equation.elided == "none"):
        at_least = "at least " if equation.elided != "none" else ""
        raise ShapeProblem(
            ProblemKind.RANK,
            f'EinsumDense with the equation "{equation.text}" takes {at_least}{len(equation.input)} axes '
            f"({', '.join(equation.input)}) and gets {shape}",
            label=f"{at_least}{len(equation.input)} axes are expected, {rank} given",
            help='"..." in the equation stands for any further axes' if more > 0 else None,
            operands=(0,),
        )
    return more


def _check_shared(equation: Equation, inputs: dict[str, Dim], outputs: dict[str, Dim | None], shape: Shape) -> None:
    for letter, dim in inputs.items():
        wanted = outputs.get(letter)
        if wanted is None or isinstance(wanted, Unknown) or isinstance(dim, Unknown):
            continue
        # Keras compares what it prints, so a fixed size against None is refused.
        if as_int(wanted) != as_int(dim):
            raise ShapeProblem(
                ProblemKind.EINSUM,
                f'EinsumDense with the equation "{equation.text}" has {as_int(wanted)} for {letter} in its '
                f"output_shape and gets {as_int(dim)} for it in {shape}",
                label=f"input and output share {letter}",
                help=f"write None for {letter} in output_shape: it is then taken from the input",
                operands=(0,),
            )


def _bias(
    equation: Equation, bias_axes: str | None, outputs: dict[str, Dim | None], ones: int
) -> tuple[Dim | None, ...] | None:
    if bias_axes is None:
        return None
    for letter in bias_axes:
        if letter not in equation.output:
            raise _letter_problem(equation, letter, f'stands in bias_axes="{bias_axes}" and not in the output')
    first = min((equation.output.index(letter) for letter in bias_axes), default=None)
    if first is None:
        raise ShapeProblem(ProblemKind.VALUE, "EinsumDense takes bias_axes=None for no bias and gets an empty string")
    spanned = tuple(outputs[one] if one in bias_axes else 1 for one in equation.output[first:])
    return (*spanned, *(1,) * ones)


def _known(dim: Dim | None) -> Dim:
    return UNKNOWN if dim is None else dim
