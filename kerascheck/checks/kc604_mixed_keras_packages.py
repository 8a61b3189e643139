"""Layers, tensors and models of keras and tf_keras are put together."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from, expression, step_for
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import ForeignPart, Program

PACKAGES = {2: "tf_keras", 3: "keras"}
MADE_BY_KERAS = ("input", "layer", "model")


def check(program: Program) -> Iterator[Finding]:
    """Every layer of one package that is called on a KerasTensor of the other, and every such model."""
    both = program.shared(_has_both)
    if both:
        yield from once(found for _, node in program.nodes() if (found := _layer(program, node)) is not None)
        yield from once(found for model in program.models if (found := _model(program, model)) is not None)
    yield from once(map(_part, program.foreign_parts))
    if both and not any(use.package == "tf.keras" for use in program.symbols):
        # What a model of its own package holds may be trained there.
        held = {node.layer for model in program.models if model.generation == 2 for node in model.nodes()}
        within = ((model, node) for model, node in program.nodes() if _is_untracked(model, node))
        yield from once(_untracked(model, node) for model, node in within if node.layer not in held)


def _has_both(program: Program) -> bool:
    """Whether the nodes and models are of both packages."""
    generations = {node.generation for node in program.recorder.nodes.values()}
    return len(generations.union(model.generation for model in program.models)) > 1


def _part(part: ForeignPart) -> Finding:
    own = PACKAGES[part.generation]
    theirs = next(name for generation, name in PACKAGES.items() if generation != part.generation)
    name = part.part.rpartition(".")[2]
    made = () if part.made in (None, part.span) else (TrailStep(part.made, f"{part.kind} of {theirs}"),)
    return Finding(
        part.span,
        f"model `{part.model}` of {own} is given `{name}`, {_article(part.kind)} of {theirs}",
        f"{own} takes only its own" if part.kind == "optimizer" else f"{own} cannot use it",
        (*made, *called_from(part.stack)),
        f"import everything from one package: `{own}.{part.kind}s.{name}` here",
    )


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "optimizer" else f"a {kind}"


def _is_untracked(model: ModelGraph, node: Node) -> bool:
    """Whether a layer of tf_keras works within a layer or model of Keras 3, which tracks no weights of it."""
    if (model.generation, node.generation, node.kind) != (3, 2, "layer") or model.kind == "fragment":
        return False
    trains = any(weight.trainable for weight in node.weights)
    return trains and not node.on_keras_tensor and node.source is not None and not node.op.startswith("tf.")


def _untracked(model: ModelGraph, node: Node) -> Finding:
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}`: a layer of tf_keras is called within `{model.name}` of keras, which lacks its weights",
        "never trained, nor saved",
        called_from(node.source.stack),
        "import everything from one package: `keras.layers` here",
    )


def _layer(program: Program, node: Node) -> Finding | None:
    if node.kind not in ("layer", "model") or not node.on_keras_tensor or node.source is None:
        return None
    # TensorFlow's own old layers are neither's.
    other = None if node.op.startswith("tf.") else _of_the_other(program, [node.identifier], node.generation)
    if other is None:
        return None
    own, theirs = PACKAGES[node.generation], PACKAGES[other.generation]
    return Finding(
        node.source.span,
        f"`{expression(node)}`: a layer of {own} is called on a tensor of {theirs}",
        f"{own} on {theirs}",
        _steps(other, theirs),
        f"import everything from one package: `{theirs}.layers` here, or `{own}.Input` there",
    )


def _model(program: Program, model: ModelGraph) -> Finding | None:
    if model.kind != "functional" or model.span is None or not model.inputs:
        return None
    first = program.recorder.nodes.get(model.inputs[0].node)
    if first is None or first.kind != "input" or first.generation == model.generation:
        return None
    own, theirs = PACKAGES[model.generation], PACKAGES[first.generation]
    return Finding(
        model.span,
        f"a model of {own} is made of tensors of {theirs}",
        f"{own} on {theirs}",
        _steps(first, theirs),
        f"import everything from one package: `{theirs}.Model` here, or `{own}.Input` there",
    )


def _of_the_other(program: Program, starts: list[str], generation: int) -> Node | None:
    """What of the other package a layer's tensors come from, through functions that belong to neither."""
    recorder, seen = program.recorder, set(starts)
    pending = [edge.source for start in starts for edge in recorder.incoming.get(start, ())]
    while pending:
        current = recorder.nodes[pending.pop()]
        if current.identifier in seen:
            continue
        seen.add(current.identifier)
        if current.kind not in MADE_BY_KERAS:
            pending += [edge.source for edge in recorder.incoming.get(current.identifier, ())]
        elif current.generation != generation and not current.op.startswith("tf."):
            return current
    return None


def _steps(node: Node, package: str) -> tuple[TrailStep, ...]:
    step = step_for(node)
    return () if step is None else (TrailStep(step.span, f"a tensor of {package}, {step.note}"),)
