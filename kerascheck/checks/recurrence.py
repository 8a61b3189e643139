"""Whether a call fails only because the recurrent layer before it gave no sequence."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import failing_nodes
from kerascheck.graph import ModelGraph, Node
from kerascheck.problems import ProblemKind
from kerascheck.program import Program

_SEQUENCE_RANK = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN", "CuDNNLSTM", "CuDNNGRU"), 3),
    "ConvLSTM1D": 4,
    "ConvLSTM2D": 5,
    "ConvLSTM3D": 6,
}
"""The rank of what each recurrent layer takes, and of what it gives with ``return_sequences=True``."""

_INPUT_RANK = {
    **_SEQUENCE_RANK,
    **dict.fromkeys(("Conv1D", "Conv1DTranspose", "SeparableConv1D", "DepthwiseConv1D", "LocallyConnected1D"), 3),
    **dict.fromkeys(("MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D", "GlobalAveragePooling1D"), 3),
    **dict.fromkeys(("UpSampling1D", "ZeroPadding1D", "Cropping1D"), 3),
    **dict.fromkeys(("Conv3D", "MaxPooling3D", "AveragePooling3D", "GlobalMaxPooling3D", "GlobalAveragePooling3D"), 5),
}
"""The rank that a layer takes, for the layers that may follow a recurrent layer for the sake of its time axis."""

_RANK_KEEPING = frozenset(
    f"keras.layers.{name}"
    for name in (
        "Activation",
        "ActivityRegularization",
        "AlphaDropout",
        "BatchNormalization",
        "Dense",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "LayerNormalization",
        "LeakyReLU",
        "PReLU",
        "ReLU",
        "Softmax",
    )
)
"""Layers that take a sequence or one vector alike, and give back what they took."""


def calls_missing_sequences(program: Program) -> Iterator[tuple[ModelGraph, Node, Node]]:
    """Every call with a problem of rank that ``return_sequences=True`` in the layer before it would cure.

    Yields the model, the call and the recurrent layer.
    """
    for model, node in program.shared(failing_nodes):
        if node.problem is not None and node.problem.kind is ProblemKind.RANK:
            recurrent = _recurrent_without_sequences(model, node)
            if recurrent is not None:
                yield model, node, recurrent


def _recurrent_without_sequences(model: ModelGraph, node: Node) -> Node | None:
    wanted = _input_rank(node)
    operands = model.operands(node)
    at_fault = node.problem.operands if node.problem is not None and node.problem.operands else range(len(operands))
    for position in at_fault:
        if position < len(operands):
            source, edge = operands[position]
            made = _behind_rank_keeping(model, source)
            rank = _sequence_rank(made)
            if made is not None and rank is not None and edge.output == 0 and wanted in (rank, "any"):
                return made
    return None


def _behind_rank_keeping(model: ModelGraph, node: Node) -> Node | None:
    """The layer that gave ``node`` its rank."""
    while node.op in _RANK_KEEPING:
        operands = model.operands(node)
        if len(operands) != 1 or operands[0][1].output != 0:
            return None
        node = operands[0][0]
    return node


def _class_name(op: str) -> str:
    return op.removeprefix("keras.layers.")


def _input_rank(node: Node) -> int | str | None:
    """The rank that a layer takes; "any" for one that applies another at each step, whatever that takes."""
    match _class_name(node.op):
        case "TimeDistributed":
            return "any"
        case "Bidirectional":
            return _INPUT_RANK.get(_class_name(_wrapped(node)[0]))
        case name:
            return _INPUT_RANK.get(name)


def _sequence_rank(node: Node | None) -> int | None:
    """The rank of the sequence a recurrent layer would give, or None for one that gives it already, or for another."""
    if node is None:
        return None
    name, returns_sequences = _class_name(node.op), node.config.get("return_sequences", False)
    if name == "Bidirectional":
        wrapped, returns_sequences = _wrapped(node)
        name = _class_name(wrapped)
    return _SEQUENCE_RANK.get(name) if returns_sequences is False else None


def _wrapped(node: Node) -> tuple[str, object]:
    """The class of the layer inside a Bidirectional, and its ``return_sequences``."""
    match node.config.get("layer"):
        case object(name=str(name), config=dict(config)):
            return name, config.get("return_sequences", False)
    return "", None
