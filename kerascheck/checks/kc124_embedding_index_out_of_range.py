"""An Embedding is given an index that its table has no row for."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, on_one_line, operand_trail
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import IndicesGiven, Program
from kerascheck.shapes import TensorSpec, as_int

EMBEDDING = "keras.layers.Embedding"
RANGES = frozenset({"keras.ops.arange", "keras.backend.arange", "tf.range"})


def check(program: Program) -> Iterator[Finding]:
    """A finding for every Embedding that certainly gets such an index, as data or as positions."""
    return once((*_of_data(program), *_of_positions(program)))


def _of_data(program: Program) -> Iterator[Finding]:
    for given in program.indices_given:
        if given.highest < given.rows and given.lowest >= 0:
            continue
        wrong = given.highest if given.highest >= given.rows else given.lowest
        steps = [TrailStep(given.layer_span, f"has rows 0 to {given.rows - 1}")]
        if given.made is not None and given.made != given.span:
            steps.append(TrailStep(given.made, "the data"))
        calls = [TrailStep(span, "called from here") for span in reversed(given.stack)]
        message = f"`{on_one_line(given.text)}` gives the Embedding `{given.layer}` {_named(wrong, given)}"
        yield Finding(given.span, message, _label(wrong, given), (*steps, *calls), _help(wrong, given.rows))


def _label(wrong: int, given: IndicesGiven) -> str:
    if wrong < 0 and given.generation == 3:
        return "Keras 3 takes the rows from the end for negative indices"
    return f"its table has {given.rows} rows"


def _named(wrong: int, given: IndicesGiven) -> str:
    if wrong < 0:
        return f"the index {wrong}"
    return f"indices up to {wrong}" if given.exact else f"indices of {wrong} and more"


def _help(wrong: int, rows: int) -> str:
    if wrong < 0:
        return "shift the indices so that the smallest is 0, and give the table a row more"
    return f"give the Embedding the largest index plus one as `input_dim`, or keep the indices below {rows}"


def _of_positions(program: Program) -> Iterator[Finding]:
    """Indices that the code counts itself: ``self.positions(ops.arange(length))``."""
    for model, node in program.nodes_of((EMBEDDING,)):
        rows = node.config.get("input_dim")
        if not isinstance(rows, int) or node.source is None:
            continue
        for source, edge in model.operands(node)[:1]:
            spec = source.outputs[edge.output] if edge.output < len(source.outputs) else TensorSpec()
            highest = _highest(source, spec)
            if highest is not None and highest >= rows:
                yield _finding(model, node, rows, highest)


def _highest(node: Node, spec: TensorSpec) -> int | None:
    """The largest number of a range."""
    if node.op not in RANGES or spec.shape.rank != 1:
        return None
    count = as_int((spec.shape.dims or (0,))[0])
    values = [node.config.get(name) for name in ("start", "stop", "limit", "step", "delta")]
    start, stop, step = values[0], values[1] if values[2] is None else values[2], values[3] or values[4] or 1
    first = 0 if stop is None else start
    if not isinstance(first, int) or step != 1 or not count:
        return None
    return first + count - 1


def _finding(model: ModelGraph, node: Node, rows: int, highest: int) -> Finding:
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` reaches the index {highest} of an Embedding with {rows} rows",
        f"rows 0 to {rows - 1}",
        (*operand_trail(model, node), *(TrailStep(span, "called from here") for span in reversed(node.source.stack))),
        f"give the Embedding `input_dim={highest + 1}`, or shorten the input",
    )
