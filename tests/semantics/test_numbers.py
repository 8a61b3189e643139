"""Every function of the table raises where a size of an open batch is given for the parameter that it names."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from kerascheck.semantics.numbers import NUMBERS

pytestmark = pytest.mark.tensorflow

CASES = [(name, parameter) for name, parameters in NUMBERS.items() for parameter in parameters]
LISTS = {"shape", "newshape", "dims", "multiples", "size"}
OTHERS: dict[str, dict[str, Any]] = {
    "tf.linspace": {"start": 0.0, "stop": 1.0},
    "tf.scatter_nd": {"indices": [[0]], "updates": [[1.0] * 4]},
    "tf.one_hot": {"indices": [0]},
    "tf.fill": {"value": 1.0},
    "keras.ops.full": {"fill_value": 1.0},
    "tf.slice": {"begin": [0, 0]},
    "keras.ops.slice": {"start_indices": [0, 0]},
}


def called(function: Any, name: str, parameter: str, x: Any) -> Any:
    """``function`` on ``x`` of shape ``(None, 4)``, with the static batch size for ``parameter``."""
    size = x.shape[0]
    names = list(inspect.signature(function).parameters)
    arguments = dict(OTHERS.get(name, {}))
    arguments[parameter] = [size, 4] if parameter in LISTS else size
    for tensor in ("tensor", "x", "input", "input_", "value", "inputs"):
        if tensor in names and tensor not in arguments and not name.endswith(("normal", "uniform")):
            arguments[tensor] = x
            break
    if name.endswith(".cast"):
        arguments["dtype"] = "float32"
    return function(**arguments)


@pytest.mark.parametrize(("name", "parameter"), CASES, ids=[f"{name}-{parameter}" for name, parameter in CASES])
def test_the_function_raises_on_the_static_size_of_an_open_batch(name: str, parameter: str) -> None:
    import keras
    import tensorflow
    import tf_keras

    root, _, path = name.partition(".")
    function: Any = {"tf": tensorflow, "keras": tf_keras if name.startswith("keras.backend.") else keras}[root]
    for part in path.split("."):
        function = getattr(function, part)

    @tensorflow.function(input_signature=[tensorflow.TensorSpec((None, 4))], autograph=False)
    def run(x: Any) -> Any:
        with pytest.raises((TypeError, ValueError), match=r"None|num_rows"):
            called(function, name, parameter, x)
        return called(function, name, parameter, tensorflow.ensure_shape(x, (4, 4)))

    run.get_concrete_function()
