"""What a viewer folds a model into: a tree of groups over its nodes, found in how the model was written.

A group is, in this order: what a custom layer or nested model holds (the graph's own scopes); what one call of the
user's functions built; neighbours whose names begin or end alike (``conv2_block1_1_conv``); what lies between a
branch and where it joins again; a layer with the normalization and activation behind it; a run of what is left.
Within a scope every group is an interval of a topological order, so that the folded graph has no cycle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, TypeAlias, TypeVar

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node

GroupKind = Literal["scope", "call", "name", "block", "chain", "run"]

SMALL = 16
"""A level of no more units than this is shown as it is."""

READABLE = 30
"""Groups are opened, level by level, while no more units than this are seen."""

READABLE_WITH_FINDINGS = 120
"""The groups around a finding are opened while no more units than this are seen."""

_SMALLEST_GROUP = 3
_RUN = 12


@dataclass(slots=True)
class Group:
    """A group of nodes and groups.

    Attributes:
        identifier: unique in the model.
        kind: what makes it a group.
        title: what it is called.
        members: the identifiers of the nodes and groups in it, in topological order.
        node: the node that stands for it, the call of the layer or model that holds the rest; None where none does.
        is_open: whether it is shown open at first.
    """

    identifier: str
    kind: GroupKind
    title: str
    members: list[str]
    node: str | None = None
    is_open: bool = False


@dataclass(slots=True)
class Folding:
    """The groups of one model by identifier, each after those it holds, and the units of the outermost level."""

    groups: dict[str, Group] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)


Scope: TypeAlias = tuple[str, ...]

TextOf: TypeAlias = Callable[[Span], str]
"""The source at a span, empty where it cannot be read."""

Part = TypeVar("Part")

FamilyOf: TypeAlias = Callable[[Node], str]
"""What kind of layer a node is."""


def fold(model: ModelGraph, text_of: TextOf, family_of: FamilyOf, marked: Iterable[str] = ()) -> Folding:
    """The groups of ``model``; those around the ``marked`` nodes are opened where the rest leaves room."""
    folder = _Folder(model, text_of, family_of)
    folder.run()
    _open(folder.folding, set(marked))
    return folder.folding


def snake_name(node: Node) -> bool:
    """Whether a node has the name that Keras gives a layer nobody named: its class and a number."""
    plain = re.sub(r"_\d+$", "", node.name).replace("_", "")
    return plain == node.op.rpartition(".")[2].replace("_", "").lower()


class _Folder:
    """Makes the groups of one model."""

    def __init__(self, model: ModelGraph, text_of: TextOf, family_of: FamilyOf) -> None:
        self.model = model
        self.text_of = text_of
        self.family_of = family_of
        self.folding = Folding()
        self.holder: dict[str, str] = {}
        self.scopes = {node.identifier: node.scope for node in model.nodes()}
        for node in reversed(list(model.nodes())):
            if node.kind in ("variable", "constant"):
                users = [self.scopes[user] for user in model.successors(node.identifier)]
                self.scopes[node.identifier] = max(_common(users), node.scope, key=len)

    def run(self) -> None:
        top = self._by_scope()
        self.folding.top = self._level(self._ordered(top))

    def _by_scope(self) -> list[str]:
        """Put what each container holds into a group, the innermost first; returns the outermost level."""
        pending: dict[Scope, list[str]] = {}
        for node in self.model.nodes():
            path = (*self.scopes[node.identifier], node.name)
            held = [scope for scope in pending if scope[: len(path)] == path]
            if held and node.kind in ("layer", "model"):
                members = self._closed(pending, held, len(path))
                unit = self._group("scope", node.name, [*self._level(self._ordered(members)), node.identifier])
                self.folding.groups[unit].node = node.identifier
            else:
                unit = node.identifier
            pending.setdefault(self.scopes[node.identifier], []).append(unit)
        return self._closed(pending, list(pending), 0)

    def _closed(self, pending: dict[Scope, list[str]], scopes: list[Scope], depth: int) -> list[str]:
        """Take the units of ``scopes``; what lies deeper than ``depth`` becomes groups of its own."""
        found: list[str] = []
        for scope, units in sorted((scope, pending.pop(scope)) for scope in scopes):
            if len(scope) == depth:
                found += units
                continue
            members = self._level(self._ordered(units))
            found.append(self._group("scope", "/".join(scope[depth:]), members))
        return found

    def _level(self, units: list[str]) -> list[str]:
        """The units of one level, in topological order, folded further where they are many."""
        if len(units) <= SMALL:
            return units
        folded = self._by_calls(units) or self._by_names(units) or self._by_blocks(units)
        if folded is not None:
            units = folded
        units = self._chains(units) if len(units) > _RUN else units
        return self._runs(units) if len(units) > READABLE else units

    def _made(self, kind: GroupKind, units: Sequence[str], keys: Sequence[str | None]) -> list[str]:
        """Turn every run of units with one key, its group's title, into a group."""
        found: list[str] = []
        for key, run in groupby(zip(keys, units, strict=True), key=lambda pair: pair[0]):
            members = [unit for _, unit in run]
            if key is None or len(members) < _SMALLEST_GROUP:
                found += members
            else:
                title = self._shared_name(members, key) if kind == "name" else key.partition("\0")[0]
                found.append(self._group(kind, title, self._level(members)))
        return found

    def _by_calls(self, units: list[str]) -> list[str] | None:
        """Group by the calls of the user's functions that built the units."""
        stacks = {unit: self._stack(unit) for unit in units}
        known = [stack for stack in stacks.values() if stack]
        shared = len(_common([stack[:-1] for stack in known]))
        keys: list[str | None] = []
        frame: Span | None = None
        first: Span | None = None
        last: Span | None = None
        instance = 0
        for unit in units:
            stack = stacks[unit][shared:]
            if len(stack) < 2:
                keys.append(None)
                frame = None
                continue
            here = stack[1]
            if stack[0] != frame or (here == first and last != first):
                frame, first, instance = stack[0], here, instance + 1
            last = here
            keys.append(f"{self._call_title(stack[0])}\0{instance}")
        sizes = _run_sizes(keys)
        covered = sum(size for size in sizes if size >= _SMALLEST_GROUP)
        if not covered or len(units) - covered + len(sizes) > 0.8 * len(units) or max(sizes) == len(units):
            return None
        return self._made("call", units, keys)

    def _call_title(self, span: Span) -> str:
        text = " ".join(self.text_of(span).split()) or f"line {span.line}"
        return text if len(text) <= 48 else f"{text[:45]}..."

    def _by_names(self, units: list[str]) -> list[str] | None:
        """Group neighbours whose names share their first or their last words, by the words that leave the fewest."""
        words = [self._words(unit) for unit in units]
        longest = max((len(each) for each in words if each is not None), default=0)
        best: tuple[int, list[str | None]] | None = None
        for count in range(1, min(longest, 8)):
            for at_end in (False, True):
                keys = _filled([_name_key(each, count, at_end) for each in words], words)
                sizes = [size for size in _run_sizes(keys) if size >= _SMALLEST_GROUP]
                left = len(units) - sum(sizes) + len(sizes)
                useful = len(sizes) >= 2 and max(sizes) <= 0.75 * len(units) and left <= 0.7 * len(units)
                if useful and (best is None or left < best[0]):
                    best = left, keys
        return None if best is None else self._made("name", units, best[1])

    def _shared_name(self, members: Sequence[str], key: str) -> str:
        """All that the names of ``members`` begin with, or a star and all that they end in."""
        words = [each for each in map(self._words, members) if each is not None]
        start = "_".join(_common(words))
        if f"{start}_".startswith(f"{key}_"):
            return start
        return "*_" + "_".join(reversed(_common([each[::-1] for each in words])))

    def _words(self, unit: str) -> list[str] | None:
        """The words of a unit's name; None where nobody named it."""
        group = self.folding.groups.get(unit)
        if group is not None:
            return re.split(r"[_/]", group.title)
        node = self.model.node(unit)
        return None if node.kind != "layer" or snake_name(node) else re.split(r"[_/]", node.name)

    def _by_blocks(self, units: list[str]) -> list[str] | None:
        """Group what lies between one tensor that all the rest depends on and the next."""
        position = {unit: index for index, unit in enumerate(units)}
        last_use = dict(position)
        for unit, targets in self._followers(units).items():
            last_use[unit] = max((position[target] for target in targets), default=position[unit])
        keys: list[str | None] = []
        start = 0
        alive: set[str] = set()
        for index, unit in enumerate(units):
            alive = {other for other in alive if last_use[other] > index}
            if self._carries(unit):
                alive.add(unit)
            if alive <= {unit}:
                size = index - start + 1
                title = f"{self._title(unit)}\0{index}"
                keys += [title if size >= _SMALLEST_GROUP else None] * size
                start = index + 1
        keys += [None] * (len(units) - len(keys))
        sizes = [size for size in _run_sizes(keys) if size >= _SMALLEST_GROUP]
        if len(sizes) < 2:
            return None
        return self._made("block", units, keys)

    def _carries(self, unit: str) -> bool:
        """Whether a unit is part of the way from input to output, and no variable or constant beside it."""
        return unit in self.folding.groups or self.model.node(unit).kind not in ("variable", "constant")

    def _chains(self, units: list[str]) -> list[str]:
        """Group a layer with what normalizes and activates its output alone."""
        followers = self._followers(units)
        feeders: dict[str, set[str]] = {unit: set() for unit in units}
        for unit, targets in followers.items():
            for target in targets:
                if self._carries(unit):
                    feeders[target].add(unit)
        found: list[str] = []
        for unit in units:
            before = found[-1] if found else None
            last = self._last(before)
            alone = last is not None and followers[last] == {unit} and feeders[unit] == {last}
            if before is not None and last is not None and alone and self._finishes(last, unit):
                found[-1] = self._extended(before, unit)
            else:
                found.append(unit)
        return found

    def _last(self, unit: str | None) -> str | None:
        """The last node of a chain, or the node itself."""
        if unit is None:
            return None
        group = self.folding.groups.get(unit)
        if group is None:
            return unit
        return group.members[-1] if group.kind == "chain" else None

    def _finishes(self, before: str, unit: str) -> bool:
        if unit in self.folding.groups:
            return False
        node, head = self.model.node(unit), self.model.node(before)
        same = head.outputs[:1] == node.outputs[:1] and head.kind == "layer"
        return same and self.family_of(node) in ("normalization", "activation", "regularization")

    def _extended(self, before: str, unit: str) -> str:
        group = self.folding.groups.get(before)
        if group is None:
            title = f"{self._class(before)} + {self._class(unit)}"
            return self._group("chain", title, [before, unit])
        group.title += f" + {self._class(unit)}"
        group.members.append(unit)
        self.holder[unit] = group.identifier
        return before

    def _class(self, unit: str) -> str:
        return self.model.node(unit).op.rpartition(".")[2]

    def _runs(self, units: list[str]) -> list[str]:
        """Cut what is still too long to be read into runs of neighbours."""
        found: list[str] = []
        for start in range(0, len(units), _RUN):
            members = units[start : start + _RUN]
            if len(members) < _SMALLEST_GROUP:
                found += members
                continue
            title = f"{self._title(members[0])} to {self._title(members[-1])}"
            found.append(self._group("run", title, members))
        return self._runs(found) if len(found) > READABLE else found

    def _title(self, unit: str) -> str:
        group = self.folding.groups.get(unit)
        return self.model.node(unit).name if group is None else group.title

    def _group(self, kind: GroupKind, title: str, members: list[str]) -> str:
        identifier = f"g{len(self.folding.groups) + 1}"
        self.folding.groups[identifier] = Group(identifier, kind, title, members)
        for member in members:
            self.holder[member] = identifier
        return identifier

    def _stack(self, unit: str) -> list[Span]:
        """The calls that led to a unit, outermost first, its own last; of a group what its members share."""
        group = self.folding.groups.get(unit)
        if group is not None and group.node is not None:
            return self._stack(group.node)
        if group is not None:
            return list(_common([self._stack(member) for member in group.members]))
        source = self.model.node(unit).source
        return [] if source is None else [*reversed(source.stack), source.span]

    def _followers(self, units: Sequence[str]) -> dict[str, set[str]]:
        """The units that each of ``units`` feeds."""
        chosen = set(units)
        found: dict[str, set[str]] = {unit: set() for unit in units}
        for unit in units:
            for target in self._targets(unit):
                at = self._unit_of(target, chosen)
                if at is not None and at != unit:
                    found[unit].add(at)
        return found

    def _targets(self, unit: str) -> Iterator[str]:
        group = self.folding.groups.get(unit)
        if group is None:
            yield from self.model.successors(unit)
        else:
            for member in group.members:
                yield from self._targets(member)

    def _unit_of(self, node: str, chosen: set[str]) -> str | None:
        current: str | None = node
        while current is not None and current not in chosen:
            current = self.holder.get(current)
        return current

    def _ordered(self, units: list[str]) -> list[str]:
        """``units`` so that each comes after those that feed it, otherwise as they are."""
        before: dict[str, list[str]] = {unit: [] for unit in units}
        for unit, targets in self._followers(units).items():
            for target in targets:
                before[target].append(unit)
        found: dict[str, None] = {}
        entered: set[str] = set()
        for root in units:
            stack = [(root, iter(before[root]))]
            entered.add(root)
            while stack:
                unit, rest = stack[-1]
                following = next((each for each in rest if each not in entered), None)
                if following is None:
                    found[unit] = None
                    stack.pop()
                else:
                    entered.add(following)
                    stack.append((following, iter(before[following])))
        return list(found)


def _open(folding: Folding, marked: set[str]) -> None:
    """Open the groups that are shown open at first."""
    seen = len(folding.top)
    level = list(folding.top)
    while True:
        groups = [folding.groups[unit] for unit in level if unit in folding.groups and _opens(folding.groups[unit])]
        growth = sum(len(group.members) - 1 for group in groups)
        if not groups or seen + growth > READABLE:
            break
        for group in groups:
            group.is_open = True
        seen += growth
        level = [member for group in groups for member in group.members]
    holder = {member: group for group in folding.groups.values() for member in group.members}
    for node in sorted(marked):
        above: list[Group] = []
        current = node
        while current in holder:
            group = holder[current]
            if not group.is_open and group.node != current:
                above.append(group)
            current = group.identifier
        growth = sum(len(group.members) - 1 for group in above)
        if seen + growth <= READABLE_WITH_FINDINGS:
            seen += growth
            for group in above:
                group.is_open = True


def _opens(group: Group) -> bool:
    return group.kind != "chain"


def _common(paths: Sequence[Sequence[Part]]) -> tuple[Part, ...]:
    """What all ``paths`` begin with."""
    if not paths:
        return ()
    found: list[Part] = []
    for parts in zip(*paths, strict=False):
        if any(part != parts[0] for part in parts):
            break
        found.append(parts[0])
    return tuple(found)


def _run_sizes(keys: Iterable[str | None]) -> list[int]:
    """The lengths of the runs of one key."""
    return [len(list(run)) for key, run in groupby(keys) if key is not None]


def _name_key(words: list[str] | None, count: int, at_end: bool) -> str | None:
    if words is None or len(words) <= count:
        return None
    return "_".join(words[-count:] if at_end else words[:count])


def _filled(keys: list[str | None], words: list[list[str] | None]) -> list[str | None]:
    """``keys`` with those of units nobody named filled in between two of the same key."""
    found = list(keys)
    following: str | None = None
    after: dict[int, str | None] = {}
    for index in range(len(keys) - 1, -1, -1):
        after[index] = following
        if words[index] is not None:
            following = keys[index]
    before: str | None = None
    for index, key in enumerate(keys):
        if words[index] is not None:
            before = key
        elif before is not None and before == after[index]:
            found[index] = before
    return found
