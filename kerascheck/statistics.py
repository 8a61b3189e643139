"""How much of the code was understood: models, calls and shapes counted, and what was not, most frequent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Node
from kerascheck.program import NotUnderstood, Program
from kerascheck.shapes import TensorSpec, Unknown

CALLS = frozenset({"input", "layer", "model", "op"})
"""The kinds of nodes that are calls, not what is called on."""


@dataclass(slots=True)
class Statistics:
    """Counts over one or more programs.

    Attributes:
        files: the files that mention keras or tensorflow and could be parsed.
        models: how many models were found, ``complete`` those understood in full.
        calls: the calls of layers, models and functions, inputs included.
        shapes: their outputs, ``known`` those with every size known, as a number or an expression, and ``partly``
            those with a known number of axes.
        unknown: what was not followed, by what it is, each place of the source once.
        unknown_shapes: what gave the outputs whose shape is not known, or known in part only.
    """

    files: int = 0
    models: int = 0
    complete: int = 0
    calls: int = 0
    shapes: int = 0
    known: int = 0
    partly: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    unknown_shapes: Counter[str] = field(default_factory=Counter)
    _places: set[tuple[Span, str]] = field(default_factory=set)

    def add(self, program: Program) -> None:
        """Count one program."""
        self.files += 1
        models = [model for model in program.models if model.kind != "fragment"]
        self.models += len(models)
        self.complete += sum(model.complete for model in models)
        for _, node in program.nodes():
            if node.kind in CALLS:
                self._add_call(node)
        self._add_unknown(program.unknown)

    def _add_call(self, node: Node) -> None:
        self.calls += 1
        for spec in node.outputs or (TensorSpec(),):
            self.shapes += 1
            if spec.shape.dims is None:
                self.unknown_shapes[node.op] += 1
            elif any(isinstance(dim, Unknown) for dim in spec.shape.dims):
                self.partly += 1
                self.unknown_shapes[node.op] += 1
            else:
                self.known += 1

    def _add_unknown(self, unknown: Iterable[NotUnderstood]) -> None:
        for each in unknown:
            what = f"{each.what}: {each.why}"
            if (each.span, what) not in self._places:
                self._places.add((each.span, what))
                self.unknown[what] += 1


def count(*programs: Program) -> Statistics:
    """The statistics of programs."""
    found = Statistics()
    for program in programs:
        found.add(program)
    return found


def statistics_json(found: Statistics) -> dict[str, Any]:
    """The counts as JSON; ``not_understood`` and ``without_shape`` most frequent first."""
    return {
        "files": found.files,
        "models": {"found": found.models, "complete": found.complete},
        "calls": found.calls,
        "shapes": {
            "total": found.shapes,
            "known": found.known,
            "partly": found.partly,
            "unknown": found.shapes - found.known - found.partly,
        },
        "not_understood": [{"what": what, "count": count} for what, count in ranked(found.unknown)],
        "without_shape": [{"op": op, "count": count} for op, count in ranked(found.unknown_shapes)],
    }


def ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first, those equally frequent by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
