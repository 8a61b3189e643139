"""Gives the recorded nodes their symbolic sizes, by the semantics where they agree with what was measured."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerascheck.graph import Endpoint, Node
from kerascheck.problems import Problem, ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, OpCall, Structure, find_layer, find_op
from kerascheck.shapes import Expression, Shape, TensorSpec, compare, substitute
from kerascheck.shapes.dim import batch
from kerascheck.tracer.binding import replace_leaves
from kerascheck.tracer.library import Construction, Library, Live
from kerascheck.tracer.measure import BATCH_NAME, Pair, agrees, solve
from kerascheck.tracer.records import Detail
from kerascheck.tracer.session import Session


@dataclass(frozen=True, slots=True)
class LiveSublayer:
    """A live layer given to another layer's constructor, as the semantics want it."""

    name: str
    config: Mapping[str, Any]


@dataclass(slots=True)
class Symbolic:
    """Both walks over the same program, and what came of them.

    Attributes:
        first, second: the two sessions; their nodes correspond one to one. There is no second of TF1 graph code.
        pair: the sizes they ran at.
        names: the named sizes of the inputs.
    """

    first: Session
    second: Session | None
    pair: Pair
    names: tuple[str, ...]
    specs: dict[str, tuple[TensorSpec, ...]] = field(default_factory=dict)

    def run(self) -> None:
        """Give every node of the first session its symbolic outputs, and the failed ones their problem."""
        for identifier, node in self.first.recorder.nodes.items():
            detail = self.first.details[identifier]
            twin = None if self.second is None else self.second.recorder.nodes.get(identifier)
            measured = tuple(_pairs(node, twin))
            outputs, updates, problem = self._semantics(node, detail)
            if problem is not None and detail.failed:
                node.problem = problem
            node.updates = updates
            node.outputs = tuple(
                self._settle(a, b, outputs[index] if outputs is not None and len(outputs) == len(measured) else None)
                for index, (a, b) in enumerate(measured)
            )
            self.specs[identifier] = node.outputs

    def fix_batches(self, made: Iterable[Iterable[str]]) -> None:
        """Give what each model made the batch that all its Inputs fix, where it was only measured.

        ``tf.zeros((x.shape[0], 3))`` grows with the batch, and no tensor says which that is.
        """
        nodes = self.first.recorder.nodes
        for names in made:
            group = [nodes[name] for name in names if name in nodes]
            fixed = {_fixed_batch(node) for node in group if node.kind == "input"}
            size = fixed.pop() if len(fixed) == 1 else None
            if size is not None:
                for node in group:
                    node.outputs = tuple(_with_batch(spec, size) for spec in node.outputs)

    def _settle(self, first: TensorSpec, second: TensorSpec | None, expected: TensorSpec | None) -> TensorSpec:
        if self.second is None:
            known = expected is not None and expected.shape.rank == first.shape.rank
            return TensorSpec(_fill(first.shape, expected.shape) if known and expected else first.shape, first.dtype)
        other = second.shape if second is not None else Shape(None)
        if expected is not None and agrees(expected.shape, first.shape, other, self.pair):
            solved = solve(first.shape, other, self.pair, self.names)
            return replace(expected, shape=_fill(expected.shape, solved), dtype=first.dtype)
        return TensorSpec(solve(first.shape, other, self.pair, self.names), first.dtype)

    def _semantics(self, node: Node, detail: Detail) -> tuple[tuple[TensorSpec, ...] | None, int, Problem | None]:
        if node.kind == "input":
            return detail.arguments["specs"], 0, None
        if detail.container:
            return tuple(_flat(self._with_specs(detail.arguments.get("output", ())))), 0, None
        if node.kind == "variable":
            return None, 0, None
        try:
            if node.kind == "op":
                return self._op(node, detail), 0, None
            return self._layer(node, detail)
        except ShapeProblem as error:
            return None, 0, error.problem
        except Exception:
            # A shape function may not know what a live call was given; what was measured stands.
            return None, 0, None

    def _op(self, node: Node, detail: Detail) -> tuple[TensorSpec, ...] | None:
        info = find_op(node.op)
        if info is None:
            return None
        arguments = {name: self._with_specs(value) for name, value in detail.arguments.items()}
        return tuple(_flat(info.function(OpCall(node.op, node.generation, arguments))))

    def _layer(self, node: Node, detail: Detail) -> tuple[tuple[TensorSpec, ...] | None, int, Problem | None]:
        function = find_layer(node.op)
        if function is None:
            return None, 0, None
        library = self.first.library_of(detail.layer)
        config = {name: self._sublayer(library, value) for name, value in node.config.items()}
        names = _parameters(detail.layer)
        arguments = {names.get(name, name): self._with_specs(value) for name, value in detail.arguments.items()}
        inputs = arguments.pop("0", None)
        call = LayerCall(node.op, node.generation, config, inputs, arguments, _call_sublayer)
        result = function(call)
        if detail.failed:
            return None, 0, self._against_built(library, detail, result, _flat(inputs))
        return tuple(_flat(result.outputs)), result.updates if node.trainable != 0 or not node.params else 0, None

    def _against_built(
        self, library: Library, detail: Detail, result: LayerResult, inputs: Iterator[TensorSpec]
    ) -> Problem | None:
        """The problem of calling a layer on another size than it was built for."""
        built = [library.describe(weight) for weight in library.weights(detail.layer)]
        if len(built) != len(result.weights):
            return None
        called = next(inputs, TensorSpec())
        for before, now in zip(built, result.weights, strict=True):
            old, new = before.shape.dims, now.shape.dims
            if old is None or new is None or len(old) != len(new):
                continue
            if any(compare(a, b) is False for a, b in zip(old, new, strict=True)):
                return Problem(
                    ProblemKind.SIZE,
                    f"layer `{detail.layer.name}` was built for {self._first_inputs(detail)} and is called on "
                    f"{called.shape}",
                    label=f"its {now.name} would have shape {now.shape} instead of {before.shape}",
                    help="use a second layer, or give both calls inputs of the same size",
                )
        return None

    def _first_inputs(self, detail: Detail) -> str:
        """The shape that the layer was first called on."""
        for identifier in self.specs:
            other = self.first.details[identifier]
            if other.layer is detail.layer and not other.failed:
                for spec in _flat(self._with_specs(other.arguments.get("0"))):
                    return str(spec.shape)
        return "another size"

    def _sublayer(self, library: Library, value: Any) -> Any:
        def live(leaf: Live) -> Any:
            if not library.is_layer(leaf):
                return leaf
            made = self.first.watched.constructions.get(id(leaf), Construction(leaf, None, {}))
            return LiveSublayer(library.canonical(type(leaf)) or type(leaf).__name__, made.arguments)

        return replace_leaves(value, live)

    def _with_specs(self, value: Any) -> Any:
        def spec(leaf: Any) -> Any:
            if isinstance(leaf, Endpoint):
                outputs = self.specs.get(leaf.node, ())
                return outputs[leaf.output] if leaf.output < len(outputs) else TensorSpec()
            return leaf

        return replace_leaves(value, spec)


def _parameters(layer: Live) -> dict[str, str]:
    """What the ``call`` of a layer calls its arguments behind the first, by their positions."""
    parameters = inspect.signature(layer.call).parameters.values()
    named = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    return {str(position): name for position, name in enumerate(named) if position}


def _call_sublayer(layer: Any, inputs: Structure) -> LayerResult:
    function = find_layer(layer.name)
    if function is None:
        return LayerResult(TensorSpec())
    return function(LayerCall(layer.name, 3, layer.config, inputs, {}, _call_sublayer))


def _pairs(node: Node, twin: Node | None) -> Iterator[tuple[TensorSpec, TensorSpec | None]]:
    for index, spec in enumerate(node.outputs):
        same = twin is not None and twin.op == node.op and index < len(twin.outputs)
        yield spec, twin.outputs[index] if same and twin is not None else None


def _fill(expected: Shape, solved: Shape) -> Shape:
    """``expected``, with what it leaves unknown as it was measured."""
    if expected.dims is None or solved.dims is None or len(expected.dims) != len(solved.dims):
        return solved if expected.dims is None else expected
    return Shape(
        tuple(b if str(a) == "?" else a for a, b in zip(expected.dims, solved.dims, strict=True)),
    )


def _fixed_batch(node: Node) -> int | None:
    """The number of samples that an Input fixes."""
    for spec in node.outputs:
        for dim in (spec.shape.dims or ())[:1]:
            if isinstance(dim, Expression):
                return next((found.value for found in dim.symbols if found.name == BATCH_NAME), None)
    return None


def _with_batch(spec: TensorSpec, size: int) -> TensorSpec:
    if spec.shape.dims is None:
        return spec
    return replace(spec, shape=Shape(tuple(substitute(dim, {BATCH_NAME: batch(size)}) for dim in spec.shape.dims)))


def _flat(structure: Any) -> Iterator[TensorSpec]:
    match structure:
        case TensorSpec():
            yield structure
        case list() | tuple():
            for item in structure:
                yield from _flat(item)
        case dict():
            for key in sorted(structure):
                yield from _flat(structure[key])
