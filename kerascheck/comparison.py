"""The static graph of a file held against the graph of its live models, call by call.

A call of the live program is looked up among the static ones by the user's line that made it, by what was called, and
by its place among the calls of that line. What the static front end says of it is then agreed, unknown or disagreeing.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from kerascheck.diagnostic import Span
from kerascheck.graph import Node
from kerascheck.program import Program
from kerascheck.shapes import Expression, Shape, Unknown, as_int

COMPARED = frozenset({"input", "layer", "model", "op"})
"""The kinds of nodes that are compared: what is called, not what it is called on."""

GLUE = "tf.raw_ops."
"""How the names of nodes begin that only stand for ops between two recorded calls: nobody wrote them."""


LOSSES = frozenset({"keras.losses", "keras.metrics"})
"""The modules of the functions that give a number for each sample."""


class Verdict(StrEnum):
    """What the static front end says of a fact of the live program."""

    AGREED = "agreed"
    UNKNOWN = "unknown"
    DISAGREEING = "disagreeing"


@dataclass(frozen=True, slots=True)
class Fact:
    """One output of one live call, and what the static front end says of it.

    Attributes:
        span: the user's line that made the call.
        op, name: what was called, and the layer's name.
        live, static: the shape and, for a layer, the parameters, as text; no ``static`` where the call was not found.
        verdict: whether they agree.
        why: what is unknown, or what differs.
    """

    span: Span
    op: str
    name: str
    live: str
    static: str | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every fact of a live program, in the order of the source."""

    file: str
    facts: tuple[Fact, ...]

    def count(self, verdict: Verdict) -> int:
        """How many facts there are of one verdict."""
        return sum(fact.verdict is verdict for fact in self.facts)


def compare(static: Program, live: Program) -> Comparison:
    """Hold ``static`` against ``live``, two programs of the same file."""
    here = os.path.realpath(static.file)
    facts: list[Fact] = []
    of_layer = _of_layers(static) | _of_layers(live)
    candidates = _by_line(static, here)
    elsewhere = _elsewhere(candidates)
    imported = _by_innermost(node for _, node in static.nodes() if users_place(node, here) is None)
    for key, nodes in _by_line(live, here).items():
        if key in candidates or not imported:
            pairs = list(_pairs(nodes, candidates.get(key, [])))
        else:
            # The live side knows which import ran a module's code: it is told by its own lines.
            made = _by_innermost(nodes)
            pairs = [pair for place in made for pair in _pairs(made[place], imported.get(place, []))]
        for node, twin in pairs:
            here_too = candidates.get(key, [])
            twin = twin or elsewhere.get(_told_by_all(key, node)) or _standing_for(node, here_too, of_layer)
            if twin is None or (_sizes(twin) != _sizes(node) and _may_be_another(twin, node, nodes, of_layer)):
                # A model that only one side goes through by itself shows its layers' calls once more.
                twin = _alike(node, here_too, of_layer) or twin
            facts += _facts(node, twin, here, of_layer)
    return Comparison(static.file, tuple(sorted(facts, key=lambda fact: fact.span)))


def _of_layers(program: Program) -> dict[int, int | None]:
    """The parameters of the layer that each call is of, by the id of its node; None where they are unknown."""
    nodes = {node.identifier: node for _, node in program.nodes()}
    made: dict[str, list[int | None]] = defaultdict(list)
    for node in nodes.values():
        made[node.layer or node.identifier].append(node.params)
    totals = {layer: None if None in each else sum(filter(None, each)) for layer, each in made.items()}
    return {id(node): totals[node.layer or node.identifier] for _, node in program.nodes()}


def _is_same_layer(live: Node, static: Node, of_layer: dict[int, int | None]) -> bool:
    """Whether both are calls of one layer, of which either may be the first, and count its parameters.

    Which call is the first depends on which model is gone through first, and that is not the same on both sides.
    """
    total = of_layer[id(live)]
    return total is not None and live.name == static.name and total == of_layer[id(static)]


def _by_line(program: Program, file: str) -> dict[Hashable, list[Node]]:
    """The calls by the user's line, each list in the order of the calls."""
    found: dict[Hashable, list[Node]] = defaultdict(list)
    seen = {node.identifier: node for _, node in program.nodes()}
    for node in seen.values():
        place = users_place(node, file)
        if node.kind in COMPARED and place is not None and not node.op.startswith(GLUE):
            found[place.line, place.cell].append(node)
    return found


def users_place(node: Node, file: str) -> Span | None:
    """The innermost place in ``file``, a real path, from which the call was made."""
    if node.source is None:
        return None
    places = (node.source.span, *node.source.stack)
    return next((place for place in places if os.path.realpath(place.file) == file), None)


def _by_innermost(nodes: Iterable[Node]) -> dict[Hashable, list[Node]]:
    """The calls by the line, of whichever file, that made them, each list in the order of the calls."""
    found: dict[Hashable, list[Node]] = defaultdict(list)
    for node in {node.identifier: node for node in nodes}.values():
        if node.source is not None and node.kind in COMPARED and not node.op.startswith(GLUE):
            span = node.source.span
            found[os.path.realpath(span.file), span.line, span.cell].append(node)
    return found


def _called(node: Node) -> str:
    """What was called, by its last name: a function is known by several, and so is a layer's call in a model.

    A loss is told from what it calls itself: `losses.binary_crossentropy` averages `backend.binary_crossentropy`.
    """
    module, _, name = node.op.rpartition(".")
    return f"loss {name}" if module in LOSSES else name


def _pairs(live: list[Node], static: list[Node]) -> Iterator[tuple[Node, Node | None]]:
    """Each live call of a line with the static one that is the same.

    That is told by what was called and, in turn, by the layer's name, by the calls that led to it, and by their order.
    What is left is told by its place alone: a function may go by another name on the other side.
    """
    left, right = live, static
    shifted = _shifted(live, static)
    keys: list[Callable[[Node], Hashable]] = [
        lambda node: (_called(node), node.name) if node.kind != "op" and _called(node) not in shifted else None,
        lambda node: (_called(node), _place(node)),
        _called,
        lambda node: _place(node) if node.kind == "op" else None,
    ]
    for key in keys:
        pairs, left, right = _match(left, right, key)
        yield from pairs
    for node in left:
        yield node, None


def _standing_for(live: Node, static: list[Node], of_layer: dict[int, int | None]) -> Node | None:
    """The static call that stands for one of a round of a loop, or of a model, which only the live side went through.

    All show the same.
    """
    alike = [node for node in static if _called(node) == _called(live)]
    shown = {(_sizes(node), of_layer[id(node)]) for node in alike}
    if shown != {(_sizes(live), of_layer[id(live)])}:
        return None
    return next((node for node in alike if node.params == live.params or node.name == live.name), None)


def _may_be_another(twin: Node, node: Node, live: list[Node], of_layer: dict[int, int | None]) -> bool:
    """Whether a static call was taken for a live one by its name alone, as of two models that name layers alike."""
    weighs = bool(of_layer[id(node)]) and _is_same_layer(node, twin, of_layer)
    return not weighs or _alike(twin, live, of_layer) is not None


def _alike(node: Node, others: list[Node], of_layer: dict[int, int | None]) -> Node | None:
    """Among the calls of that line on the other side, one of the same layer that gave the same.

    A layer without weights may be made where it is called, and then has another name each time: as an op has.
    """
    if node.kind == "op":
        return None
    alike = [each for each in others if _called(each) == _called(node) and _sizes(each) == _sizes(node)]
    same = next((each for each in alike if _is_same_layer(node, each, of_layer)), None)
    if same is not None or node.kind != "layer" or of_layer[id(node)] != 0:
        return same
    return next((each for each in alike if of_layer[id(each)] == 0), None)


def _sizes(node: Node) -> tuple[str, ...]:
    return tuple(str(spec.shape) for spec in node.outputs)


def _shifted(live: list[Node], static: list[Node]) -> set[str]:
    """What is called as often on either side, by other names: they were counted from another number."""
    names: list[dict[str, list[str]]] = []
    for nodes in (live, static):
        names.append(defaultdict(list))
        for node in nodes:
            names[-1][_called(node)].append(node.name)
    mine, theirs = names
    return {
        called
        for called, each in mine.items()
        if len(each) == len(theirs.get(called, ())) and sorted(each) != sorted(theirs[called])
    }


def _place(node: Node) -> Hashable:
    return None if node.source is None else (node.source.span, node.source.stack)


def _match(
    live: list[Node], static: list[Node], key: Callable[[Node], Hashable]
) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """The calls that ``key`` tells to be the same, and those left on either side.

    Calls of one key are taken in order, and only where both sides have as many: otherwise which is which is a guess.
    """
    mine, theirs = _grouped(live, key), _grouped(static, key)
    agreed = {each for each in mine if each is not None and len(mine[each]) == len(theirs.get(each, ()))}
    pairs = [pair for each in mine if each in agreed for pair in _in_turn(mine[each], theirs[each])]
    return (
        pairs,
        [node for node in live if key(node) not in agreed],
        [node for node in static if key(node) not in agreed],
    )


def _in_turn(live: list[Node], static: list[Node]) -> Iterator[tuple[Node, Node]]:
    """As many calls of one layer on either side: those that show the same first, the others in their order.

    Which of a layer's calls is the first, and counts its parameters, depends on which model is gone through first.
    """
    left, right = list(live), list(static)
    for key in (lambda node: _told_by_all(None, node), _sizes):
        for node in list(left):
            twin = next((each for each in right if key(each) == key(node)), None)
            if twin is not None:
                left.remove(node)
                right.remove(twin)
                yield node, twin
    yield from zip(left, right, strict=True)


def _grouped(nodes: Iterable[Node], key: Callable[[Node], Hashable]) -> dict[Hashable, list[Node]]:
    found: dict[Hashable, list[Node]] = defaultdict(list)
    for node in nodes:
        found[key(node)].append(node)
    return found


def _elsewhere(static: dict[Hashable, list[Node]]) -> dict[Hashable, Node]:
    """The calls by all that is known of them, for those that the live side tells at another line or another time.

    It tells what a model's ``build`` makes, and what is in a Sequential that only ``fit`` builds, at the line of the
    call; and a function that is called in two models there may be called in one here.
    """
    return {_told_by_all(line, node): node for line, nodes in static.items() for node in nodes}


def _told_by_all(line: Hashable, node: Node) -> Hashable:
    return _called(node), _sizes(node), line if node.kind == "op" else (node.name, node.params)


def _facts(live: Node, static: Node | None, file: str, of_layer: dict[int, int | None]) -> Iterator[Fact]:
    """A fact for each output of a live call whose shape is known."""
    span = users_place(live, file)
    assert span is not None
    for output, spec in enumerate(live.outputs):
        if spec.shape.rank is None:
            continue
        shown = _shown(live, output)
        if static is None or output >= len(static.outputs):
            yield Fact(span, live.op, live.name, shown, None, Verdict.UNKNOWN, "the call was not found")
            continue
        verdict, why = _judge_shape(static.outputs[output].shape, spec.shape)
        if (
            verdict is Verdict.AGREED
            and live.kind == "layer"
            and output == 0
            and not _is_same_layer(live, static, of_layer)
        ):
            verdict, why = _judge_parameters(static.params, live.params)
        yield Fact(span, live.op, live.name, shown, _shown(static, output), verdict, why)


def _judge_shape(static: Shape, live: Shape) -> tuple[Verdict, str]:
    if static.dims is None or live.dims is None:
        return Verdict.UNKNOWN, "the rank is unknown"
    if len(static.dims) != len(live.dims):
        return Verdict.DISAGREEING, "the ranks differ"
    verdict, why = Verdict.AGREED, ""
    for axis, (said, real) in enumerate(zip(static.dims, live.dims, strict=True)):
        ours, theirs = as_int(said), as_int(real)
        if ours == theirs and not isinstance(said, Unknown):
            continue
        # The live side leaves a size open that it could not measure; a symbolic size may come out as any number.
        if ours is None or isinstance(real, Unknown):
            verdict, why = Verdict.UNKNOWN, f"the size of axis {axis} is unknown"
        elif theirs is not None or isinstance(real, Expression):
            return Verdict.DISAGREEING, f"the sizes of axis {axis} differ"
    return verdict, why


def _judge_parameters(static: int | None, live: int | None) -> tuple[Verdict, str]:
    if static == live:
        return Verdict.AGREED, ""
    if static is None or live is None:
        return Verdict.UNKNOWN, "the number of parameters is unknown"
    return Verdict.DISAGREEING, "the numbers of parameters differ"


def _shown(node: Node, output: int) -> str:
    """A node's output as a fact shows it."""
    shape = str(node.outputs[output].shape)
    if node.kind != "layer" or output:
        return shape
    return f"{shape}, {'?' if node.params is None else f'{node.params:,}'} parameters"
