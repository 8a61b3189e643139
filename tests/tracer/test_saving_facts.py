"""What running code saves and loads, where no source tells it."""

from __future__ import annotations

import pytest

from kerascheck.config import Settings
from kerascheck.engine import check_program
from kerascheck.tracer.request import Request, TargetKind

from .forked import Ended, run_all

pytestmark = pytest.mark.tensorflow

BEGIN = """\
import contextlib, json, pathlib, keras, numpy as np
said = json.loads('{"name": "model", "ending": "tf"}')
path = pathlib.Path("out") / f"{said['name']}.{said['ending']}"
class Own(keras.layers.Layer):
    def __init__(self, inner=None, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner
    def call(self, inputs):
        return inputs * 2.0
def made(layer, name="net"):
    return keras.Sequential([keras.Input((4,)), layer], name=name)
"""

SOURCES = {
    "path": BEGIN + "made(keras.layers.Dense(1)).save(path)\n",
    "expected": BEGIN
    + """\
model = made(keras.layers.Dense(1))
try:
    model.save(path)
except ValueError:
    model.save(str(path) + ".keras")
with contextlib.suppress(ValueError):
    model.save(path)
keras.callbacks.ModelCheckpoint("best.keras")
""",
    "object": BEGIN
    + """\
layers = {"plain": Own(3), "held": Own(inner=keras.layers.Dense(2))}
for name, layer in layers.items():
    made(layer).save(f"{name}.keras")
""",
    "code": BEGIN
    + """\
double = eval("lambda x: x * 2.0")
made(keras.layers.Lambda(double)).save("code.keras")
""",
    "trusted": BEGIN
    + """\
keras.config.enable_unsafe_deserialization()
made(keras.layers.Lambda(lambda x: x * 2.0)).save("code.keras")
""",
    "classes": BEGIN
    + """\
made(Own()).save("own.keras")
getattr(keras.saving, "load" + "_model")("own.keras")
with keras.saving.custom_object_scope({"Own": Own}):
    keras.saving.load_model("own.keras")
""",
    "weights": BEGIN
    + """\
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(2)
    def call(self, inputs):
        return self.head(inputs)
nets = [Net(), Net()]
nets[0](np.ones((1, 4)))
for net in nets:
    net.load_weights("any.weights.h5")
""",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """How each script ended."""
    folder = tmp_path_factory.mktemp("saving") / "work"
    folder.mkdir()
    for name, text in SOURCES.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    jobs = [(folder, Request(f"{name}.py", TargetKind.SCRIPT, keras="3")) for name in SOURCES]
    return dict(zip(SOURCES, run_all(jobs), strict=True))


def _told(how: Ended) -> list[tuple[str, int]]:
    found = check_program(how.program, Settings(select=("KC9",))).diagnostics
    return [(each.code, each.span.line) for each in found]


def test_a_path_that_is_computed_is_known(ended: dict[str, Ended]) -> None:
    (call,) = ended["path"].program.saving_calls
    assert (call.method, call.path, call.path_span.column) == ("save", "out/model.tf", 34)
    assert _told(ended["path"]) == [("KC907", 12)]


def test_an_error_that_the_code_expects_is_not_told(ended: dict[str, Ended]) -> None:
    assert _told(ended["expected"]) == []
    assert [call.method for call in ended["expected"].program.saving_calls] == ["ModelCheckpoint"]


def test_a_layer_that_cannot_describe_itself_is_told_where_it_is_made(ended: dict[str, Ended]) -> None:
    assert _told(ended["object"]) == [("KC901", 12)]


@pytest.mark.parametrize(("name", "told"), [("code", [("KC904", 13)]), ("trusted", [])])
def test_code_in_a_file_is_told_unless_it_is_trusted(
    ended: dict[str, Ended], name: str, told: list[tuple[str, int]]
) -> None:
    assert _told(ended[name]) == told


def test_a_class_must_be_known_where_the_model_is_loaded(ended: dict[str, Ended]) -> None:
    assert _told(ended["classes"]) == [("KC905", 13)]


def test_weights_are_loaded_into_a_model_that_has_some(ended: dict[str, Ended]) -> None:
    assert [found.why for found in ended["weights"].program.unready_weights] == ["unbuilt"]
    assert _told(ended["weights"]) == [("KC908", 21)]
