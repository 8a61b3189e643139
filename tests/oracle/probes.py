"""What the oracle looks at once a card's program has run: one probe for each word of the outcome vocabulary.

A probe is given the program's names and the expression that follows its word, and returns whether the outcome holds
and what was seen. It raises nothing of its own: what the program's code raises comes through.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
import tensorflow

Names = dict[str, Any]
Verdict = tuple[bool, str]
Probe = Callable[[Names, str], Verdict]

BATCH = 3
FREE_SIZE = 5
TRAINING_SAMPLES = 8


def runs(names: Names, expression: str) -> Verdict:
    """The program ran, and the expression, if any, is true."""
    if not expression:
        return True, "ran"
    return bool(eval(expression, names)), f"{expression} is {eval(expression, names)}"


def refuses(names: Names, expression: str) -> Verdict:
    """Evaluating the expression raises, for its shapes."""
    try:
        eval(expression, names)
    except (ValueError, tensorflow.errors.InvalidArgumentError) as error:
        return True, f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
    return False, f"{expression} does not raise"


def mixes_samples(names: Names, expression: str) -> Verdict:
    """Changing one sample changes another's output, or the batch axis is lost."""
    found = _leak(names)
    return found is not None, found or "each sample's output depends on that sample alone"


def independent(names: Names, expression: str) -> Verdict:
    """Each sample's output depends on that sample alone."""
    found = _leak(names)
    return found is None, found or "each sample's output depends on that sample alone"


def _leak(names: Names) -> str | None:
    """How samples leak into each other in ``model``, or None."""
    sample = names.get("sample")
    inputs = _make_inputs(names["model"], BATCH) if sample is None else sample
    leaves = [numpy.array(leaf) for leaf in tensorflow.nest.flatten(inputs)]
    batch = leaves[0].shape[0]
    before = _outputs(names["model"], inputs, leaves)
    lost = [output.shape for output in before if output.ndim == 0 or output.shape[0] != batch]
    if lost:
        return f"{batch} samples in, an output of shape {lost[0]}"
    for position in range(batch):
        for change in (_add, _negate, _shrink):
            after = _outputs(names["model"], inputs, [_perturbed(leaf, position, change) for leaf in leaves])
            for first, second in zip(before, after, strict=True):
                others = numpy.arange(batch) != position
                if first.shape != second.shape or not numpy.allclose(
                    first[others], second[others], rtol=1e-4, atol=1e-6, equal_nan=True
                ):
                    return f"sample {position} changed and so did the output of another"
    return None


def _add(values: Any) -> Any:
    return values + (3 if values.dtype.kind == "f" else 1)


def _negate(values: Any) -> Any:
    return -10 * values if values.dtype.kind == "f" else values


def _shrink(values: Any) -> Any:
    return values * 0


def _perturbed(leaf: Any, position: int, change: Callable[[Any], Any]) -> Any:
    copy = leaf.copy()
    if copy.dtype.kind in "fiu":
        copy[position] = change(copy[position])
    return copy


def _outputs(model: Any, inputs: Any, leaves: Sequence[Any]) -> list[Any]:
    """The outputs at inference, drawn with the same random numbers each time."""
    tensorflow.random.set_seed(7)
    numpy.random.seed(7)
    arguments = tensorflow.nest.pack_sequence_as(inputs, [tensorflow.constant(leaf) for leaf in leaves])
    try:
        outputs = model(arguments, training=False)
    except TypeError as error:
        if "training" not in str(error):
            raise
        outputs = model(arguments)
    return [numpy.array(output) for output in tensorflow.nest.flatten(outputs)]


def _make_inputs(model: Any, batch: int) -> Any:
    """Random inputs for a model that knows its own."""
    generator = numpy.random.default_rng(0)

    def make(tensor: Any) -> Any:
        shape = [batch, *(FREE_SIZE if size is None else size for size in tensor.shape[1:])]
        kind = str(getattr(tensor.dtype, "name", tensor.dtype))
        if "int" in kind:
            return generator.integers(0, 2, shape).astype(kind)
        return generator.normal(size=shape).astype(kind)

    made = [make(tensor) for tensor in model.inputs]
    return made[0] if len(made) == 1 else made


def untrained(names: Names, expression: str) -> Verdict:
    """A few steps of training leave the variable as it was, and it is no trainable weight of the model."""
    moved, listed = _train(names, expression)
    return not moved and not listed, _told(expression, moved, listed)


def trained(names: Names, expression: str) -> Verdict:
    """A few steps of training change the variable, and it is a trainable weight of the model."""
    moved, listed = _train(names, expression)
    return moved and listed, _told(expression, moved, listed)


def stuck(names: Names, expression: str) -> Verdict:
    """A few steps of training leave the variable as it was, though it is a trainable weight of the model."""
    moved, listed = _train(names, expression)
    return not moved and listed, _told(expression, moved, listed)


def saved(names: Names, expression: str) -> Verdict:
    """Saving the model's weights and loading them again brings the value of a variable back."""
    same = _survives(names, expression)
    return same, f"{expression} {'is' if same else 'is not'} what was saved"


def unsaved(names: Names, expression: str) -> Verdict:
    """The value of a variable is not brought back by saving the model's weights and loading them again."""
    same, told = saved(names, expression)
    return not same, told


def _survives(names: Names, expression: str) -> bool:
    variable = eval(expression, names)
    before = _value(variable)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "model.weights.h5"))
        names["model"].save_weights(path)
        variable.assign(variable + 1)
        names["model"].load_weights(path)
    return _same(before, _value(variable))


def _told(expression: str, moved: bool, listed: bool) -> str:
    return f"{expression} {'changed' if moved else 'did not change'}, {'in' if listed else 'not in'} trainable_weights"


def _train(names: Names, expression: str) -> tuple[bool, bool]:
    before = _value(eval(expression, names))
    if "train" in names:
        names["train"]()
    else:
        _fit(names["model"], names.get("sample"), names.get("target"))
    variable = eval(expression, names)
    weights = names["model"].trainable_weights
    listed = any(weight is variable or getattr(weight, "_value", None) is variable for weight in weights)
    return not _same(before, _value(variable)), listed


def _fit(model: Any, sample: Any, target: Any) -> None:
    """Three steps of gradient descent on random data, with the model's own loss and optimizer if it has them."""
    inputs = _make_inputs(model, TRAINING_SAMPLES) if sample is None else sample
    generator = numpy.random.default_rng(1)
    if target is None:
        outputs = tensorflow.nest.flatten(model(inputs))
        made = [generator.normal(size=output.shape).astype("float32") for output in outputs]
        target = made[0] if len(made) == 1 else made
    if getattr(model, "optimizer", None) is None:
        model.compile("sgd", "mse")
    model.fit(inputs, target, epochs=3, batch_size=len(tensorflow.nest.flatten(inputs)[0]), verbose=0)


def unchanged(names: Names, expression: str) -> Verdict:
    """The program's own ``train()`` leaves the value of the expression as it was."""
    before = _value(eval(expression, names))
    names["train"]()
    same = _same(before, _value(eval(expression, names)))
    return same, f"{expression} {'did not change' if same else 'changed'}"


def changes(names: Names, expression: str) -> Verdict:
    """The program's own ``train()`` changes the value of the expression."""
    same, told = unchanged(names, expression)
    return not same, told


def _value(thing: Any) -> list[Any]:
    """The values of a variable, a tensor, an array, or a nest of these."""
    if tensorflow.executing_eagerly():
        return [numpy.array(leaf) for leaf in tensorflow.nest.flatten(thing)]
    from tf_keras.backend import get_value

    return [numpy.array(get_value(leaf)) for leaf in tensorflow.nest.flatten(thing)]


def _same(before: list[Any], after: list[Any]) -> bool:
    return len(before) == len(after) and all(map(numpy.array_equal, before, after))


def lowers(names: Names, expression: str) -> Verdict:
    """XLA compiles ``step(*sample)``, or the model's call, with every shape known."""
    reason = _lowering_failure(names)
    return reason is None, reason or "lowers with static shapes"


def does_not_lower(names: Names, expression: str) -> Verdict:
    """XLA refuses ``step(*sample)`` or the model's call, or leaves a shape that depends on values."""
    reason = _lowering_failure(names)
    return reason is not None, reason or "lowers with static shapes"


def lowers_to(names: Names, expression: str) -> Verdict:
    """XLA's program for ``step(*sample)``, or the model's call, has the text in it, such as ``f64[``."""
    program = _lowered(names)
    return expression in program, f"{'' if expression in program else 'no '}{expression} in the lowered program"


def lowers_without(names: Names, expression: str) -> Verdict:
    """XLA compiles ``step(*sample)``, or the model's call, and the program has not the text in it."""
    there, told = lowers_to(names, expression)
    return not there, told


def _lowering_failure(names: Names) -> str | None:
    try:
        program = _lowered(names)
    except Exception as error:  # whatever it is, it is the compiler's refusal
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return "a shape depends on values" if "[<=" in program or ",<=" in program else None


def _lowered(names: Names) -> str:
    """The HLO of ``step(*sample)``, or of the model's call; a TensorSpec in ``sample`` stands for itself."""
    sample = names.get("sample")
    if "step" in names:
        called = names["step"]
        arguments = sample if isinstance(sample, tuple) else (sample,)
    else:
        called = names["model"]
        arguments = (_make_inputs(called, BATCH) if sample is None else sample,)
    arguments = tensorflow.nest.map_structure(
        lambda leaf: leaf if isinstance(leaf, tensorflow.TensorSpec) else tensorflow.constant(leaf), arguments
    )
    compiled = tensorflow.function(called, jit_compile=True)
    return str(compiled.experimental_get_compiler_ir(*arguments)(stage="hlo"))


PROBES: dict[str, Probe] = {
    "runs": runs,
    "refuses": refuses,
    "mixes-samples": mixes_samples,
    "independent": independent,
    "untrained": untrained,
    "trained": trained,
    "stuck": stuck,
    "saved": saved,
    "unsaved": unsaved,
    "unchanged": unchanged,
    "changes": changes,
    "lowers": lowers,
    "does-not-lower": does_not_lower,
    "lowers-to": lowers_to,
    "lowers-without": lowers_without,
}
