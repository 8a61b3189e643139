"""What a distribution strategy runs."""

from __future__ import annotations

import pytest

from kerascheck.graph import JIT_GUARD
from tests.interpreter.support import named, run

STEP = """\
import tensorflow as tf
resolver = tf.distribute.cluster_resolver.TPUClusterResolver("")
strategy = {strategy}
@tf.function
def step(x, y):
    valid = tf.where(y > 0)
    return tf.gather_nd(x, valid)
{call}
"""


@pytest.mark.parametrize("method", ["run", "experimental_run_v2"])
def test_a_step_that_a_tpu_strategy_runs_is_compiled(method: str) -> None:
    call = f"strategy.{method}(step, (tf.zeros((8, 8)), tf.ones((8, 1))))"
    program = run(STEP.format(strategy="tf.distribute.TPUStrategy(resolver)", call=call))
    assert program.device == "tpu"
    assert named(program, "where").guards == (JIT_GUARD,)


def test_another_strategy_compiles_nothing() -> None:
    call = "strategy.run(step, args=(tf.zeros((8, 8)), tf.ones((8, 1))))"
    program = run(STEP.format(strategy="tf.distribute.MirroredStrategy()", call=call))
    assert all(node.op != "tf.where" for node in program.recorder.nodes.values())


BUILT_BEFORE = """
model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
with strategy.scope():
    model.compile("sgd", "mse")
"""

TPU_OR_NONE = """\
import keras
import tensorflow as tf
try:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    strategy = tf.distribute.TPUStrategy(resolver)
except ValueError:
    strategy = tf.distribute.get_strategy()
"""

GPUS_OR_NONE = """\
import keras
import tensorflow as tf
if len(tf.config.list_physical_devices("GPU")) > 1:
    strategy = tf.distribute.MirroredStrategy()
else:
    strategy = tf.distribute.get_strategy()
"""


def test_a_tpu_is_meant_where_the_code_falls_back_to_the_default() -> None:
    program = run(TPU_OR_NONE + BUILT_BEFORE)
    assert [found.part for found in program.outside_strategies] == ["weights"]


def test_several_gpus_may_not_be_there() -> None:
    program = run(GPUS_OR_NONE + BUILT_BEFORE)
    assert program.outside_strategies == []
