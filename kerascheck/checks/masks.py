"""Where the masks of a model are made, and where they are lost on the way."""

from __future__ import annotations

from dataclasses import replace

from kerascheck.checks.batch import SIZE_FUNCTIONS
from kerascheck.graph import ModelGraph, Node
from kerascheck.records import immutable
from kerascheck.semantics.masking import DROPS, ELEMENTWISE_MERGES, KEEPS, NEEDS, RECURRENT
from kerascheck.shapes.dim import Symbol, symbols_of


@immutable()
class Mask:
    """A mask on its way.

    Attributes:
        made: the layer that makes it.
        lost: the layer or op whose result certainly has none.
        certain: whether it is known what became of it.
    """

    made: Node
    lost: Node | None = None
    certain: bool = True


MAKING = frozenset({"keras.layers.Masking", "keras.layers.Embedding"})
"""The layers that make a mask, an Embedding where it is told to."""


def masks(model: ModelGraph) -> dict[str, Mask]:
    """What became of the mask of each node's result, for those that descend from one with a mask."""
    found: dict[str, Mask] = {}
    for node in model.nodes():
        given = [found.get(source.identifier) for source, _ in model.operands(node)]
        mask = Mask(node) if makes_mask(node) else _after(node, given)
        if mask is not None:
            found[node.identifier] = mask
    return found


def makes_mask(node: Node) -> bool:
    """Whether a node is of a layer that makes a mask."""
    return node.op in MAKING and (node.op != "keras.layers.Embedding" or node.config.get("mask_zero") is True)


def _after(node: Node, given: list[Mask | None]) -> Mask | None:
    """The mask of what a node gives, from those of what it is given."""
    known = [mask for mask in given if mask is not None]
    if not known or not _is_sequence(node) or all(_has_other_steps(node, mask.made) for mask in known):
        return None
    unsure = next((replace(mask, certain=False) for mask in known if not mask.certain), None)
    if unsure is not None:
        return unsure
    lost = next((mask for mask in known if mask.lost is not None), None)
    if node.kind == "op":
        return None if node.op in SIZE_FUNCTIONS else lost or replace(known[0], lost=node)
    if node.kind == "layer" and not node.op.startswith("keras."):
        return _of_own_layer(node, lost or known[0])
    if node.kind != "layer":
        return replace(known[0], certain=False)
    return _of_layer(node, given, lost, known[0])


def _of_layer(node: Node, given: list[Mask | None], lost: Mask | None, kept: Mask) -> Mask | None:
    """The mask behind one of Keras's own layers."""
    if node.op in RECURRENT and node.config.get("return_sequences") is not True:
        return None
    if node.op in DROPS[node.generation] and node.config.get("mask") is None:
        return replace(lost or kept, lost=node) if lost is None or _is_within(lost.lost, node) else lost
    if node.op not in KEEPS[node.generation]:
        return replace(kept, certain=False)
    if node.op in ELEMENTWISE_MERGES and node.generation == 3 and lost is None and None in given:
        return replace(kept, lost=node)
    if node.op in ELEMENTWISE_MERGES or node.op == "keras.layers.Concatenate":
        alive = [mask for mask in given if mask is not None and mask.lost is None]
        if alive and (node.generation == 2 or node.op not in ELEMENTWISE_MERGES):
            return alive[0]
        return lost or kept
    return given[0]


def _of_own_layer(node: Node, inner: Mask) -> Mask:
    """The mask behind a layer of the user's, from that of what its ``call`` returns."""
    if node.masking or inner.lost is None:
        # What is returned as it is keeps its mask, whatever the layer says.
        return replace(inner, certain=False)
    return replace(inner, lost=node) if _is_within(inner.lost, node) else inner


def _is_within(inner: Node | None, layer: Node) -> bool:
    """Whether a node was made by the ``call`` of a layer."""
    within = (*layer.scope, layer.name)
    return inner is not None and inner.scope[: len(within)] == within


def _is_sequence(node: Node) -> bool:
    """Whether what a node gives may still have the axis that the mask goes along."""
    rank = node.shape.rank
    return rank is None or rank >= 3 or (node.op in NEEDS and rank >= 2)


def _has_other_steps(node: Node, made: Node) -> bool:
    """Whether what a node gives certainly goes along other steps than the mask: those that a product selected."""
    masked, steps = _steps(made), _steps(node)
    return bool(masked) and bool(steps) and masked.isdisjoint(steps)


def _steps(node: Node) -> frozenset[Symbol]:
    """The named sizes of the axis behind the batch; none where that has a fixed size, or is not known."""
    dims = node.shape.dims or ()
    return symbols_of(dims[1]) if len(dims) > 1 else frozenset()


def needing(model: ModelGraph, found: dict[str, Mask]) -> list[tuple[Node, Mask]]:
    """The layers that need a mask and whose input has certainly lost it."""
    needs: list[tuple[Node, Mask]] = []
    for node in model.nodes():
        if node.kind != "layer" or node.op not in NEEDS or node.masking:
            continue
        for source, edge in model.operands(node):
            mask = found.get(source.identifier)
            if mask is not None and mask.certain and mask.lost is not None and not _is_state(node, edge.argument):
                needs.append((node, mask))
                break
    return needs


def _is_state(node: Node, argument: str) -> bool:
    return node.op in RECURRENT and "state" in argument
