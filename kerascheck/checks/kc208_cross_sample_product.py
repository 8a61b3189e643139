"""A product sums over the batch axis, or pairs the samples of a batch with each other, and the output depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail, shape_note
from kerascheck.checks.batch import carries_values, is_batch, once, output_ops, values_behind
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import (
    inputs_behind,
    is_predicting,
    operands_by_argument,
    operands_in_order,
    predictions,
    shape_at,
)
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.records import immutable
from kerascheck.semantics.api import Family
from kerascheck.semantics.contractions import EINSUM_OPERANDS, PRODUCT_OPERANDS, product_equation
from kerascheck.semantics.ops.einsum import Equation
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Shape, TensorSpec, Unknown

DIAGONALS = (".diag_part", ".diagonal", ".tensor_diag_part")
CONSEQUENCE = "every sample's result depends on the others"


@immutable()
class Product:
    """A product as the Einstein sum it is, with what goes into it in the order of its terms."""

    model: ModelGraph
    node: Node
    equation: Equation
    operands: tuple[tuple[Node, TensorSpec], ...]


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such product; not for those that only go on with the result of another."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    told: dict[int, set[str]] = {}
    for found in output_ops(program, Family.CONTRACTION):
        if not any(is_batch(dim) for spec in found.model.operand_specs(found.node) for dim in spec.shape):
            continue
        product = _product(found.model, found.node)
        what = None if product is None else _across_samples(product)
        if product is None or what is None or not is_predicting(found) or not _is_taken_apart(product):
            continue
        earlier = told.setdefault(id(found.model), set())
        if not earlier & values_behind(found.model, [found.node.identifier]):
            yield _finding(product, what)
        earlier.add(found.node.identifier)
    for effect in batch_effects(program, Effect.PRODUCT):
        does = f"multiplies samples of {effect.operand.shape} with each other: {CONSEQUENCE}"
        yield operation_finding(effect, does, help="keep the batch axis of both operands in front")


def _product(model: ModelGraph, node: Node) -> Product | None:
    operands = _terms(model, node)
    if operands is None:
        return None
    ranks = [spec.shape.rank for _, spec in operands]
    if any(rank is None for rank in ranks):
        return None
    equation = product_equation(node.op, node.config, [rank for rank in ranks if rank is not None])
    return None if equation is None else Product(model, node, equation, operands)


def _terms(model: ModelGraph, node: Node) -> tuple[tuple[Node, TensorSpec], ...] | None:
    """What the product multiplies, in order; None where that is not known."""
    found = operands_by_argument(model, node)
    if node.op in EINSUM_OPERANDS:
        # A live call names its parameter alone, a call in source the place among its values, too.
        numbered = any("." in edge.argument for _, edge in model.operands(node))
        return operands_in_order(model, node) if found is not None or not numbered else None
    names = PRODUCT_OPERANDS.get(node.op, ())
    if found is None or found.keys() != set(names):
        return None
    return tuple(found[name] for name in names)


def _across_samples(product: Product) -> str | None:
    """What the product does across samples; None where each sample stays by itself, or that is not certain."""
    owners = _batch_labels(product)
    if any(label not in product.equation.output for label in owners):
        return f"sums over the batch axis of {' and '.join(str(spec.shape) for _, spec in product.operands)}"
    kept = [label for label in product.equation.output if label in owners]
    for position, label in enumerate(kept):
        for other in kept[position + 1 :]:
            if other != label and _of_the_same_samples(product, owners[label], owners[other]):
                first, second = _shape_of(product, label), _shape_of(product, other)
                return f"pairs every sample of {first} with every sample of {second}"
    return None


def _is_taken_apart(product: Product) -> bool:
    """Whether what it makes goes into an output as rows of samples.

    A table of samples by samples beside an output of rows is meant as one, and its diagonal is of each sample alone.
    """
    model = product.model
    rows = {
        (end.node, end.output) for end in predictions(model) if sum(map(is_batch, shape_at(model, end).dims or ())) < 2
    }
    if not rows:
        return True
    seen: set[tuple[str, int]] = set()
    pending = [(product.node.identifier, 0)]
    while pending:
        current = pending.pop()
        if current in rows:
            return True
        if current in seen:
            continue
        seen.add(current)
        for edge in model.outgoing[current[0]]:
            target = model.node(edge.target)
            if edge.output != current[1] or not carries_values(model, edge) or target.op.endswith(DIAGONALS):
                continue
            # What a layer's own code gives is one of the layer's outputs; anything else may be in all of them.
            ends, _, place = edge.argument.partition(".")
            outputs = [int(place)] if ends == "output" and place.isdigit() else range(len(target.outputs))
            pending += [(edge.target, output) for output in outputs]
    return False


def _batch_labels(product: Product) -> dict[str, set[int]]:
    """The labels that run over samples wherever they stand, each with the operands that have it."""
    owners: dict[str, set[int]] = {}
    others: set[str] = set()
    for position, (term, (_, spec)) in enumerate(zip(product.equation.inputs, product.operands, strict=True)):
        for label, dim in zip(term, spec.shape, strict=True):
            if is_batch(dim):
                owners.setdefault(label, set()).add(position)
            elif isinstance(dim, Unknown) or dim != 1:
                others.add(label)
    return {label: places for label, places in owners.items() if label not in others}


def _shape_of(product: Product, label: str) -> Shape:
    """The shape of the first operand that has the label."""
    terms = zip(product.equation.inputs, product.operands, strict=True)
    return next(spec.shape for term, (_, spec) in terms if label in term)


def _of_the_same_samples(product: Product, first: set[int], second: set[int]) -> bool:
    """Whether both labels come from the same input, so that a batch is paired with itself."""
    sources = [
        set().union(*(inputs_behind(product.model, product.operands[place][0]) for place in places))
        for places in (first, second)
    ]
    return not first & second and bool(sources[0] & sources[1])


def _finding(product: Product, what: str) -> Finding:
    node = product.node
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` {what}: {CONSEQUENCE}",
        f"the result is {shape_note(node)}",
        operand_trail(product.model, node),
        "keep the batch axis of both operands in front: multiply (None, 1, n) by (None, n, 1), or `bi,bj->bij`",
    )
