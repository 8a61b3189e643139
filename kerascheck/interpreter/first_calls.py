"""The first call of a user's layer or model on data: it builds the layer, and gives it a graph of its own."""

from __future__ import annotations

import ast

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.classes import find_member
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import Context, Interpreter, UserRaise
from kerascheck.interpreter.inputs import MOST_INPUTS, input_tensor
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, Instance, TensorValue, Value
from kerascheck.shapes import as_int


def call_first(
    interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST, *, whole: bool = True
) -> Value:
    """Call a layer on symbolic inputs like its data, of any number of samples; what it gives is unknown if it raises.

    Real Keras builds the layer here, so that the layers it makes in ``build`` and ``call`` get the next names. The data
    are the ``whole`` of what it is built for, or ``fit`` takes its batches from them.
    """
    state: LayerState = instance.layer
    inputs: list[TensorValue] = []
    given = [pair[1] for value in (*arguments.positional, *arguments.keywords.values()) for pair in tensors_in(value)]
    data = given[0] if given else None

    def like(tensor: TensorValue) -> TensorValue:
        dims = tensor.spec.shape.dims
        shape = None if not dims else (None, *dims[1:])
        name = f"{state.name}_input" if not inputs else f"{state.name}_input_{len(inputs)}"
        made = input_tensor(
            interpreter, shape, tensor.spec.dtype, name, source=state.source, keras_tensor=False,
            samples=not inputs or may_be_samples(tensor),
        )  # fmt: skip
        inputs.append(made)
        if not whole and find_member(instance.cls, "train_step") is not None:
            # What a train step of the user's own gives to the model is for that step to say.
            interpreter.facts.made_up.update(origin.node for origin in made.origins)
        return made

    def may_be_samples(tensor: TensorValue) -> bool:
        """Whether an argument behind the first is of as many samples, and not one of many that may be anything."""
        sizes = [as_int(each.spec.shape.dims[0]) for each in (given[0], tensor) if each.spec.shape.dims]
        return len(given) <= MOST_INPUTS and (None in sizes or len(set(sizes)) < 2)

    def symbolic(value: Value) -> Value:
        return map_tensors(value, like, interpreter.heap.new)

    context, owners = interpreter.context, interpreter.facts.call_instances
    guards = [guard for guard in context.guards if guard == EXPECTED_GUARD]
    samples = None if not whole or data is None or not data.spec.shape.dims else as_int(data.spec.shape.dims[0])
    interpreter.context = Context(
        list(context.stack), list(context.modules), guards, depth=context.depth, samples=samples
    )
    interpreter.facts.call_instances = []
    outputs: Value = NOTHING_KNOWN
    try:
        positional = tuple(symbolic(value) for value in arguments.positional)
        keywords = {name: symbolic(value) for name, value in arguments.keywords.items()}
        outputs = interpreter.call(instance, Arguments(positional, keywords, arguments.open), node)
    except UserRaise:
        # That such a call raises is for the user's own code to say.
        pass
    finally:
        interpreter.context, interpreter.facts.call_instances = context, owners
    interpreter.facts.on_data.append((instance, tuple(inputs), outputs))
    return outputs
