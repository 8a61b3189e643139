"""What live models are compiled with and given, where no source tells it."""

from __future__ import annotations

import pytest

from kerascheck.config import Settings
from kerascheck.diagnostic import Span
from kerascheck.engine import check_program
from kerascheck.program import Objective, ObjectiveForm
from kerascheck.tracer.request import Request, TargetKind

from .forked import Ended, run_all

pytestmark = pytest.mark.tensorflow

BEGIN = """\
import json, os, keras, numpy as np, tensorflow as tf
said = json.loads(os.environ.get("NOWHERE", '{"head": null, "loss": "sparse_categorical_crossentropy", "units": 3}'))
inputs = keras.Input((4,))
head = keras.layers.Dense(said["units"], activation=said["head"])
model = keras.Model(inputs, head(inputs), name="net")
x = np.ones((8, 4), "float32")
"""

SOURCES = {
    "compiled": BEGIN
    + 'model.compile("sgd", said["loss"], metrics=["accuracy", keras.metrics.BinaryAccuracy(threshold=0.2)])\n',
    "only predicts": BEGIN + 'model.compile("sgd", said["loss"])\nmodel.predict(x)\n',
    "labels": BEGIN
    + """\
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
labels = np.array(json.loads("[0, 1, 2, 3, 0, 1, 2, 3]"))
model.fit(
    x,
    labels,
)
""",
    "encoding": BEGIN
    + """\
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, np.eye(said["units"])[[0, 1, 2, 0, 1, 2, 0, 1]])
""",
    "loop": BEGIN
    + """\
loss = keras.losses.get(said["loss"])
made = getattr(keras.losses, "Sparse" + "CategoricalCrossentropy")()
accuracy = keras.metrics.Accuracy()
for step in range(2):
    with tf.GradientTape() as tape:
        scores = model(x, training=True)
        value = made(np.zeros(8), scores)
    accuracy.update_state(np.zeros(8), scores)
""",
    "own loss": BEGIN
    + """\
class Weighted(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return tf.reduce_mean(tf.square(y_true - y_pred))
model.compile("sgd", Weighted())
model.fit(x, np.zeros((8, 3)), sample_weight=np.ones(8))
""",
    "own step": BEGIN
    + """\
class Net(keras.Model):
    def train_step(self, data):
        return {}
net = Net(inputs, head(inputs))
net.compile("sgd", said["loss"])
net.fit(x, np.zeros(8))
""",
    "pairs": BEGIN
    + """\
one = keras.Model(inputs, keras.layers.Dense(1)(inputs))
given = one(x)
prices = np.array(json.loads("[1, 2, 3, 4, 5, 6, 7, 8]"), "float32")
error = tf.reduce_mean((prices - tf.nn.relu(given)) ** 2)
fine = tf.squeeze(given, -1) - prices
pairs = given - tf.squeeze(given, -1)
ranks = given - np.squeeze(given.numpy())
""",
    "two outputs": BEGIN
    + """\
both = keras.Model(inputs, {"a": head(inputs), "b": keras.layers.Dense(2, activation="softmax", name="b")(inputs)})
losses = {"b": "mse", "a": said["loss"]}
both.compile("sgd", losses, metrics={"b": ["accuracy"]})
""",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """How each script ended."""
    folder = tmp_path_factory.mktemp("objectives") / "work"
    folder.mkdir()
    jobs = []
    for name, text in SOURCES.items():
        (folder / f"{name.replace(' ', '_')}.py").write_text(text, encoding="utf-8")
        jobs.append((folder, Request(f"{name.replace(' ', '_')}.py", TargetKind.SCRIPT, keras="3")))
    return dict(zip(SOURCES, run_all(jobs), strict=True))


def _told(how: Ended) -> list[tuple[str, int]]:
    """What the live program alone tells of losses."""
    found = check_program(how.program, Settings(select=("KC8",))).diagnostics
    return [(each.code, each.span.line) for each in found]


def test_a_loss_that_is_read_from_a_file_is_known(ended: dict[str, Ended]) -> None:
    program = ended["compiled"].program
    (fact,) = program.losses
    assert (fact.loss, fact.model, fact.span.line) == (
        Objective(
            "sparse_categorical_crossentropy", ObjectiveForm.TEXT, Span("compiled.py", 7, 22, 7, 34), 'said["loss"]'
        ),
        "net",
        7,
    )
    assert [metric.name for metric in fact.metrics] == ["accuracy", "BinaryAccuracy"]
    assert fact.metrics[1].arguments["threshold"] == pytest.approx(0.2)
    assert ("KC802", 7) in _told(ended["compiled"])


def test_a_model_that_only_predicts_uses_no_loss(ended: dict[str, Ended]) -> None:
    assert _told(ended["only predicts"]) == []


def test_labels_are_looked_at(ended: dict[str, Ended]) -> None:
    (target,) = ended["labels"].program.fed_targets
    assert (target.lowest, target.highest, target.text, target.span.line) == (0, 3, "labels", 11)
    assert _told(ended["labels"]) == [("KC808", 11)]


def test_one_hot_rows_are_told_from_classes(ended: dict[str, Ended]) -> None:
    assert _told(ended["encoding"]) == [("KC804", 8)]


def test_losses_and_metrics_of_a_loop_are_told_where_they_are_called(ended: dict[str, Ended]) -> None:
    assert _told(ended["loop"]) == [("KC802", 13), ("KC807", 14)]
    assert [(fact.span.line, len(fact.metrics)) for fact in ended["loop"].program.losses] == [(13, 0), (14, 1)]


def test_a_loss_of_the_users_own_is_run_once_for_its_shape(ended: dict[str, Ended]) -> None:
    assert _told(ended["own loss"]) == [("KC810", 10)]


def test_a_model_with_a_step_of_its_own_uses_the_loss_as_it_likes(ended: dict[str, Ended]) -> None:
    assert ended["own step"].program.losses == []
    assert ended["own step"].program.fed_targets == []


def test_predictions_that_are_paired_with_all_targets_are_told(ended: dict[str, Ended]) -> None:
    (found,) = ended["pairs"].program.stretched
    assert (str(found.prediction), str(found.other), str(found.result)) == ("(8, 1)", "(8,)", "(8, 8)")
    assert _told(ended["pairs"]) == [("KC806", 10)]


def test_what_is_given_by_name_is_for_that_output(ended: dict[str, Ended]) -> None:
    first, second = ended["two outputs"].program.losses
    assert (first.loss and first.loss.name, first.metrics) == ("sparse_categorical_crossentropy", ())
    assert (second.loss and second.loss.name, len(second.metrics)) == ("mean_squared_error", 1)
    assert _told(ended["two outputs"]) == [("KC802", 9)]
