"""``fit``, ``evaluate`` and ``predict``: what they build, what comes out, and what does not fit."""

from __future__ import annotations

import pytest

from kerascheck.interpreter.values import TensorValue
from kerascheck.program import FedKind
from tests.interpreter.support import model_of, run, variables

HEAD = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers
"""
DENSE = "model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\nmodel.compile('sgd', 'mse')\n"
UNBUILT = "model = keras.Sequential([layers.Dense(3), layers.Dense(2)])\nmodel.compile('sgd', 'mse')\n"
SUBCLASSED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(3)
    def call(self, x):
        return self.hidden(x)
model = Net()
model.compile('sgd', 'mse')
"""


def shape_of(text: str) -> str:
    """The shape of what the program's last assignment, to ``found``, gives."""
    found = variables(HEAD + text)["found"]
    assert isinstance(found, TensorValue), found
    return str(found.spec.shape)


def problems(text: str) -> list[FedKind]:
    """The kinds of what does not fit."""
    return [found.kind for found in run(HEAD + text).fed_problems]


@pytest.mark.parametrize("model", [DENSE, SUBCLASSED])
def test_predict_gives_an_output_for_each_sample(model: str) -> None:
    assert shape_of(model + "found = model.predict(np.zeros((7, 4)))") == "(7, 3)"


@pytest.mark.parametrize("model", [DENSE, SUBCLASSED])
def test_a_call_on_an_array_gives_its_output(model: str) -> None:
    assert shape_of(model + "found = model(np.zeros((7, 4)))") == "(7, 3)"


def test_an_unbuilt_sequential_is_built_by_its_first_data() -> None:
    program = run(HEAD + UNBUILT + "model.fit(np.zeros((8, 5)), np.zeros((8, 2)))")
    assert model_of(program).params == 5 * 3 + 3 + 3 * 2 + 2


def test_a_dataset_builds_a_sequential_by_its_batches() -> None:
    program = run(
        HEAD + UNBUILT + "model.fit(tf.data.Dataset.from_tensor_slices((np.zeros((8, 5)), np.zeros((8, 2)))).batch(2))"
    )
    assert model_of(program).params == 26


def test_a_trial_leaves_nothing_behind() -> None:
    program = run(HEAD + SUBCLASSED + "found = model.predict(np.zeros((7, 4)))\n")
    assert [node.name for _, node in program.nodes() if node.kind == "layer"] == ["dense"]


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_data_of_another_size_do_not_fit(method: str) -> None:
    assert problems(DENSE + f"model.{method}(np.zeros((8, 5)), np.zeros((8, 3)))") == [FedKind.INPUT]


def test_validation_data_are_looked_at_too() -> None:
    text = "model.fit(np.zeros((8, 4)), np.zeros((8, 3)), validation_data=(np.zeros((8, 5)), np.zeros((8, 3))))"
    assert problems(DENSE + text) == [FedKind.INPUT]


def test_a_generator_is_known_by_what_it_yields() -> None:
    text = "def rows():\n    while True:\n        yield np.zeros((2, 5)), np.zeros((2, 3))\nmodel.fit(rows())"
    assert problems(DENSE + text) == [FedKind.INPUT]


def test_a_sequence_is_known_by_its_items() -> None:
    text = """
class Rows(keras.utils.PyDataset):
    def __len__(self):
        return 3
    def __getitem__(self, index):
        return np.zeros((2, 5)), np.zeros((2, 3))
model.fit(Rows())
"""
    assert problems(DENSE + text) == [FedKind.INPUT]


def test_data_of_unknown_shape_say_nothing() -> None:
    assert problems(DENSE + "import files\nmodel.fit(files.read(), files.read())") == []


def test_a_train_step_of_the_users_takes_the_data_apart_itself() -> None:
    own = SUBCLASSED.replace("    def call", "    def train_step(self, data):\n        return {}\n    def call")
    assert problems(own + "model.fit(np.zeros((8, 4)), np.zeros((8, 9)))") == []


def test_a_train_step_is_run_on_a_batch_of_what_the_model_is_fitted_on() -> None:
    text = """
class Net(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def train_step(self, data):
        return self.inner(data)
inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
model = Net(inner)
model.compile('sgd')
model.fit(np.zeros((8, 5)))
"""
    found = [node.problem.kind for _, node in run(HEAD + text).nodes() if node.problem is not None]
    assert found == ["incompatible-input-size"]


def test_a_train_step_is_not_run_on_the_data_of_an_inner_model_that_was_replaced() -> None:
    text = """
class Net(keras.Model):
    def grow(self, size):
        self.inner = keras.Sequential([keras.Input((size,)), layers.Dense(3)])
    def train_step(self, data):
        return self.inner(data)
model = Net()
model.grow(4)
model.compile('sgd')
model.fit(np.zeros((8, 4)))
model.grow(5)
model.fit(np.zeros((8, 5)))
"""
    assert all(node.problem is None for _, node in run(HEAD + text).nodes())


@pytest.mark.parametrize(("size", "kinds"), [(2, [FedKind.TARGET]), (3, []), (1, [])])
def test_targets_must_fit_the_output_or_broadcast(size: int, kinds: list[FedKind]) -> None:
    assert problems(DENSE + f"model.fit(np.zeros((8, 4)), np.zeros((8, {size})))") == kinds


def test_a_loss_that_differs_between_branches_is_not_known() -> None:
    text = (
        "import sys\nif len(sys.argv) > 1:\n    model.compile('sgd', f)\nmodel.fit(np.zeros((8, 4)), np.zeros((8, 2)))"
    )
    assert problems(DENSE + text) == []


def test_the_numbers_of_samples_must_agree() -> None:
    assert problems(DENSE + "model.fit(np.zeros((8, 4)), np.zeros((7, 3)))") == [FedKind.COUNT]


@pytest.mark.parametrize("call", ["pytest.raises", "np.testing.assert_raises", "self.assertRaisesRegex"])
def test_what_a_test_expects_to_raise_is_no_mistake(call: str) -> None:
    text = f"with {call}(ValueError):\n    model.fit(np.zeros((8, 5)), np.zeros((8, 3)))"
    assert problems(DENSE + text) == []


def test_the_trail_names_the_data_and_the_input() -> None:
    program = run(HEAD + "x = np.zeros((8, 5))\n" + DENSE + "model.predict(x)\n")
    (found,) = program.fed_problems
    assert [step.note for step in found.trail] == ["(8, 5)", "takes (None, 4)"]


def test_a_dataset_is_told_of_with_where_it_was_batched() -> None:
    data = "tf.data.Dataset.from_tensor_slices((np.zeros((8, 4)), np.zeros((8, 3)))).batch(3)"
    (found,) = run(HEAD + DENSE + f"model.fit({data})").datasets
    assert (found.open_batch, found.whole, found.shapes) == (True, False, ("(None, 4)", "(None, 3)"))


def test_a_while_loop_of_more_rounds_than_are_followed_leaves_its_list_unknown() -> None:
    text = (
        "rows = []\nwhile len(rows) < 50000:\n    rows.append(1)\nmodel.fit(np.zeros((len(rows), 4)), np.zeros((8, 3)))"
    )
    assert problems(DENSE + text) == []
