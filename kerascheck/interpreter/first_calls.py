"""The first call of a user's layer or model on data: it builds the layer, and gives it a graph of its own."""

from __future__ import annotations

import ast
from dataclasses import field

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.classes import find_member
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import Context, Interpreter, UserRaise
from kerascheck.interpreter.inputs import MOST_INPUTS, input_tensor, may_be_one_sample
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, Instance, TensorValue, Value
from kerascheck.records import immutable
from kerascheck.shapes import as_int


@immutable()
class _SymbolicInputs:
    """Inputs like the data that an instance is called on, of any number of samples."""

    interpreter: Interpreter
    instance: Instance
    data: list[TensorValue]
    whole: bool
    made: list[TensorValue] = field(default_factory=list)

    def of(self, value: Value) -> Value:
        """An argument with an input for each tensor in it."""
        return map_tensors(value, self._like, self.interpreter.heap.new)

    def _like(self, tensor: TensorValue) -> TensorValue:
        state: LayerState = self.instance.layer
        dims = tensor.spec.shape.dims
        shape = None if not dims else (None, *dims[1:])
        name = f"{state.name}_input_{len(self.made)}" if self.made else f"{state.name}_input"
        lone = self.whole and may_be_one_sample(self.data)
        made = input_tensor(
            self.interpreter, shape, tensor.spec.dtype, name, source=state.source, keras_tensor=False,
            samples=not lone and (not self.made or self._may_be_samples(tensor)),
        )  # fmt: skip
        self.made.append(made)
        if not self.whole and find_member(self.instance.cls, "train_step") is not None:
            # What a train step of the user's own gives to the model is for that step to say.
            self.interpreter.facts.made_up.update(origin.node for origin in made.origins)
        return made

    def _may_be_samples(self, tensor: TensorValue) -> bool:
        """Whether an argument behind the first is of as many samples, and not one of many that may be anything."""
        sizes = [as_int(each.spec.shape.dims[0]) for each in (self.data[0], tensor) if each.spec.shape.dims]
        return len(self.data) <= MOST_INPUTS and (None in sizes or len(set(sizes)) < 2)


def call_first(
    interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST, *, whole: bool = True
) -> Value:
    """Call a layer on symbolic inputs like its data, of any number of samples; what it gives is unknown if it raises.

    Real Keras builds the layer here, so that the layers it makes in ``build`` and ``call`` get the next names. The data
    are the ``whole`` of what it is built for, or ``fit`` takes its batches from them.
    """
    values = arguments.given
    data = [tensor for value in values for _, tensor in tensors_in(value)]
    inputs = _SymbolicInputs(interpreter, instance, data, whole)
    context, owners = interpreter.context, interpreter.facts.call_instances
    guards = [guard for guard in context.guards if guard == EXPECTED_GUARD]
    samples = as_int(data[0].spec.shape.dims[0]) if whole and data and data[0].spec.shape.dims else None
    interpreter.context = Context(
        list(context.stack), list(context.modules), guards, depth=context.depth, samples=samples
    )
    interpreter.facts.call_instances = []
    outputs: Value = NOTHING_KNOWN
    try:
        positional = tuple(inputs.of(value) for value in arguments.positional)
        keywords = {name: inputs.of(value) for name, value in arguments.keywords.items()}
        outputs = interpreter.call(instance, Arguments(positional, keywords, arguments.open), node)
    except UserRaise:
        # That such a call raises is for the user's own code to say.
        pass
    finally:
        interpreter.context, interpreter.facts.call_instances = context, owners
    interpreter.facts.on_data.append((instance, tuple(inputs.made), outputs))
    return outputs
