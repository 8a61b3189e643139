"""A TensorFlow function, or one of Keras 2's backend, is called on a KerasTensor, which Keras 3 refuses."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import find, removed_in_keras_3, twin
from kerascheck.checks.api import Finding, call_trail, expression, operand_trail
from kerascheck.checks.removals import advice, rename_symbol
from kerascheck.checks.translation import in_words_of, translate
from kerascheck.diagnostic import Edit, Fix, TrailStep
from kerascheck.graph import VERSION_GUARDS, ModelGraph, Node
from kerascheck.program import Program, SymbolUse

BACKEND = "keras.backend."
"""Where Keras 2 had its functions on tensors: ``tf.keras`` still has them, ``keras`` has not."""

ACCEPTING = frozenset(
    {
        "tf.as_dtype",
        "tf.control_dependencies",
        "tf.debugging.Assert",
        "tf.debugging.assert_equal",
        "tf.debugging.assert_proper_iterable",
        "tf.debugging.is_numeric_tensor",
        "tf.dtypes.as_dtype",
        "tf.get_static_value",
        "tf.group",
        "tf.is_symbolic_tensor",
        "tf.is_tensor",
        "tf.no_op",
        "tf.print",
        "tf.tuple",
    }
)
"""Functions that let a KerasTensor of Keras 3.15 in: seen by calling each public function of TensorFlow 2.21 on one."""

ACCEPTING_MODULES = ("tf.autograph.", "tf.config.", "tf.experimental.", "tf.keras.", "tf.nest.", "tf.summary.")
"""Modules whose functions handle any Python object."""


def check(program: Program) -> Iterator[Finding]:
    """Every TensorFlow function of Keras 3 code that is called on a KerasTensor."""
    # What a loss does with one is told of the loss, which no function of another name would mend.
    used = [program.recorder.nodes[name].source for loss in program.symbolic_losses for name in loss.uses]
    in_losses = {source.span for source in used if source is not None}
    for model, node in program.nodes_like(_may_refuse):
        if node.source is None or not node.on_keras_tensor or node.generation != 3 or node.source.span in in_losses:
            continue
        if not VERSION_GUARDS.isdisjoint(node.guards) or _of_keras_2(model, node):
            continue
        if node.op.startswith(BACKEND):
            yield from _of_the_backend(program, model, node)
        elif _refuses(node.op):
            yield Finding(
                node.source.span,
                f"`{expression(node)}`: a KerasTensor cannot be used as input to a TensorFlow function",
                f"{node.op} on a KerasTensor",
                _keras_tensors(model, node),
                _advice(node),
                _fix(program, node, node.op),
            )


def _of_the_backend(program: Program, model: ModelGraph, node: Node) -> Iterator[Finding]:
    """A call of ``tf.keras.backend.mean``; what is read from ``keras``, which lacks it, is told as removed."""
    uses = [use for use in program.symbols if use.name == node.op]
    function = find(f"tf.{node.op}")
    told = any(use.package == "keras" for use in uses)
    if function is None or not function.refuses_keras_tensors or told or node.source is None:
        return
    removal = removed_in_keras_3(node.op)
    fix = _fix(program, node, f"tf.{node.op}")
    if fix is None and removal is not None:
        fix = next((rename_symbol(use, removal, program.aliases) for use in uses if _is_callee(use, node)), None)
    yield Finding(
        node.source.span,
        f"`{expression(node)}`: a KerasTensor cannot be used as input to a function of Keras 2's backend",
        f"tf.{node.op} on a KerasTensor",
        _keras_tensors(model, node),
        None if removal is None else advice(removal),
        fix,
    )


def _is_callee(use: SymbolUse, node: Node) -> bool:
    """Whether a name is what the call of a node begins with."""
    if node.source is None:
        return False
    call = node.source.span
    return (use.span.line, use.span.column) == (call.line, call.column) and call.holds(use.span)


def _of_keras_2(model: ModelGraph, node: Node) -> bool:
    """Whether a layer or Input of tf_keras made what it is called on, whatever Keras the rest of the program is for."""
    made_by = model.behind([node.identifier], lambda each: each.kind == "op")
    return any(each.kind != "op" and each.generation == 2 for each in made_by)


def _may_refuse(op: str) -> bool:
    return op.startswith(BACKEND) or _refuses(op)


def _refuses(op: str) -> bool:
    name = op.replace("tf.compat.v1.", "tf.", 1)
    return name.startswith("tf.") and name not in ACCEPTING and not name.startswith(ACCEPTING_MODULES)


def _keras_tensors(model: ModelGraph, node: Node) -> tuple[TrailStep, ...]:
    """The lines that made the symbolic tensors, each with its shape."""
    symbolic = [
        position
        for position, (source, edge) in enumerate(model.operands(node))
        if edge.output < len(source.outputs) and source.outputs[edge.output].keras_tensor
    ]
    calls = call_trail(node)
    made = operand_trail(model, node, symbolic)[: -len(calls) or None] if symbolic else ()
    return tuple(TrailStep(step.span, f"KerasTensor of shape {step.note}") for step in made) + calls


def _fix(program: Program, node: Node, function: str) -> Fix | None:
    """The call written with its exact twin, where the file has a name for Keras and the call is on one line.

    What takes its layers from ``tf.keras`` has a name for that in TensorFlow's.
    """
    if node.source is None or node.source.span.line != node.source.span.end_line:
        return None
    written = translate(function, node.source.text)
    if written is None:
        return None
    text = in_words_of(written, program.aliases)
    if text is None and any(meaning.startswith("tensorflow.keras") for meaning in program.aliases.values()):
        text = in_words_of(f"tensorflow.{written}", program.aliases)
    if text is None:
        return None
    return Fix(f"write `{text}`", (Edit(node.source.span, text),), safe=True)


def _advice(node: Node) -> str:
    replacement = twin(node.op)
    if replacement is None:
        return f"call `{node.op}` inside the `call` of a layer of your own, and that layer on the tensor"
    written = None if node.source is None else translate(node.op, node.source.text)
    return f"write `{written}`" if written else f"write `{replacement}` instead of `{node.op}`"
