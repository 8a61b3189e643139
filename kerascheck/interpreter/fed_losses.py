"""Losses of the user's own, called on targets and predictions of the shapes that training gives them."""

from __future__ import annotations

import ast

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import MAXIMUM_STEPS_ALONE, BudgetExceeded, Interpreter, UserRaise
from kerascheck.interpreter.datasets import OPEN_BATCH
from kerascheck.interpreter.flat_losses import own_loss
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.trials import unrecorded
from kerascheck.interpreter.values import Arguments, Instance, PartialValue, TensorValue, Value
from kerascheck.shapes import Shape, TensorSpec, as_int


def run_on_columns(
    interpreter: Interpreter, state: LayerState, loss: Value, output: Shape, target: Shape, node: ast.AST
) -> None:
    """Call a loss of the user's on a column of predictions, as ``fit`` does: what it pairs in error is noted.

    The numbers of other predictions have an axis of their own, which a target without it fits nowhere.
    """
    given = _target(state.generation, loss, target)
    if given is None or not _is_column(output) or EXPECTED_GUARD in interpreter.context.guards:
        return
    bound = Arguments()
    if isinstance(loss, PartialValue):
        loss, bound = loss.function, loss.arguments
    function, receiver = own_loss(loss)
    if function is None or bound.open:
        return
    own = () if receiver is None else (receiver,)
    true = TensorValue(TensorSpec(given, "float32"), is_array=True)
    predicted = TensorValue(TensorSpec(Shape((OPEN_BATCH, 1)), "float32"), is_array=True, prediction=True)
    arguments = Arguments((*own, *bound.positional, true, predicted), bound.keywords)
    from kerascheck.interpreter.calls import call_function

    total = interpreter.limit
    interpreter.limit = min(total, interpreter.steps + MAXIMUM_STEPS_ALONE)
    with unrecorded(interpreter):
        try:
            interpreter.heap.branch(lambda: call_function(interpreter, function, arguments, node, receiver))
        except (UserRaise, RecursionError, BudgetExceeded):
            return
        finally:
            interpreter.limit = total


def _target(generation: int, loss: Value, target: Shape) -> Shape | None:
    """The shape in which a loss gets a target: an object of a class gets a vector in Keras 3 as it is."""
    dims = target.dims
    if dims is None or not (len(dims) == 1 or _is_column(target)):
        return None
    if len(dims) == 1 and generation == 3 and isinstance(loss, Instance):
        return Shape((OPEN_BATCH,))
    return Shape((OPEN_BATCH, 1))


def _is_column(shape: Shape) -> bool:
    return shape.dims is not None and len(shape.dims) == 2 and as_int(shape.dims[1]) == 1
