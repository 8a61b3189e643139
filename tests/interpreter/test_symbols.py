"""The uses of keras and tensorflow names, members and arguments that the rules about the API are told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck.config import Generation
from tests.interpreter.support import run, run_files


def symbols(text: str) -> list[tuple[str, int, bool]]:
    return [(use.name, use.span.line, use.called) for use in run(text).symbols]


def test_a_dotted_name_is_one_use() -> None:
    assert symbols("import tensorflow as tf\ntf.layers.dense(1, 2)\n") == [
        ("tf", 1, False),
        ("tf.layers.dense", 2, True),
    ]


def test_a_part_of_a_dotted_name_is_the_use_where_the_whole_is_none_or_a_shorter_one() -> None:
    imported = "import keras\nimport tensorflow as tf\n"
    assert symbols(f"{imported}keras.layers.__version__\n")[-1] == ("keras.layers", 3, False)
    assert symbols(f"{imported}tf.compat.v1.add\n")[-1] == ("tf.compat", 3, False)
    assert symbols(f"{imported}keras.layers.Dense.build()\n")[-1] == ("keras.layers.Dense.build", 3, True)


def test_a_name_that_is_read_and_not_called() -> None:
    assert symbols("import keras\nf = keras.backend.learning_phase\n")[-1] == ("keras.backend.learning_phase", 2, False)


def test_an_imported_name_is_a_use_where_it_is_imported() -> None:
    assert symbols("from keras.layers import Dense, Merge\nMerge()\nDense(1)\n") == [
        ("keras.layers.Dense", 1, False),
        ("keras.layers.Merge", 1, False),
    ]


def test_an_alias_is_followed() -> None:
    assert symbols("import keras.backend as K\nphase = K.learning_phase\n")[-1][0] == "keras.backend.learning_phase"


def test_the_same_text_says_what_it_means_in_each_run() -> None:
    program = "import keras\ndef build():\n    keras.layers.Merge()\nbuild()\n"
    generations: tuple[Generation, ...] = (3, 2, 3)
    for generation in generations:
        *_, use = run(program, keras=generation).symbols
        assert (use.name, use.generation, use.called) == ("keras.layers.Merge", generation, True)
        assert [call.line for call in use.stack] == [4]


def test_a_module_that_two_files_import_is_told_of_for_both(tmp_path: Path) -> None:
    made = {"made.py": "import keras\ndef make():\n    return keras.layers.Merge()\n"}
    for name, lines in (("one.py", "from made import make\nmake()\n"), ("two.py", "from made import make\n\nmake()\n")):
        found = run_files(tmp_path, {name: lines, **made}).symbols
        assert {use.span.file for use in found} == {str(tmp_path / "made.py")}
        assert [call.line for call in found[-1].stack] == [lines.count("\n")]


def test_a_use_tells_its_package_generation_and_way() -> None:
    program = "import tensorflow as tf\ntf.compat.v1.placeholder\ntf.keras.layers\n"
    uses = {use.span.line: use for use in run(program).symbols}
    assert (uses[2].name, uses[2].package, uses[2].compat) == ("tf.placeholder", "tf", True)
    assert (uses[3].name, uses[3].package, uses[3].compat, uses[3].generation) == ("keras.layers", "tf.keras", False, 3)


def test_a_use_tells_where_its_last_name_is() -> None:
    (use,) = [use for use in run("import tensorflow as tf\nx = tf.placeholder\n").symbols if use.span.line == 2]
    assert use.attribute is not None
    assert ((use.span.column, use.span.end_column), (use.attribute.column, use.attribute.end_column)) == (
        (5, 19), (8, 19),
    )  # fmt: skip


def test_a_use_in_a_function_tells_who_called_it() -> None:
    program = "import tensorflow as tf\ndef f():\n    tf.placeholder\nf()\n"
    (use,) = [use for use in run(program).symbols if use.name == "tf.placeholder"]
    assert [span.line for span in use.stack] == [4]


@pytest.mark.parametrize(
    "guard",
    [
        "try:\n    {use}\nexcept AttributeError:\n    pass\n",
        "try:\n    {use}\nexcept (ImportError, Exception):\n    pass\n",
        "if tf.__version__ < '2':\n    {use}\n",
        "if tf.__version__.startswith('1.'):\n    {use}\n",
        "if int(tf.__version__.split('.')[0]) < 2:\n    {use}\n",
        "if hasattr(tf, 'placeholder'):\n    {use}\n",
        "if not hasattr(tf, 'function'):\n    {use}\n",
        "x = {use} if tf.__version__[0] == '1' else None\n",
        "if False:\n    {use}\n",
    ],
)
def test_a_use_that_some_version_is_asked_for_is_not_told(guard: str) -> None:
    found = symbols("import tensorflow as tf\n" + guard.format(use="tf.placeholder(1)"))
    assert "tf.placeholder" not in {name for name, _, _ in found}


def test_a_use_after_a_guard_is_told() -> None:
    program = "import tensorflow as tf\ntry:\n    pass\nexcept ImportError:\n    pass\ntf.placeholder(1)\n"
    assert symbols(program)[-1] == ("tf.placeholder", 6, True)


def test_a_use_in_a_handler_is_told() -> None:
    program = "import tensorflow as tf\ntry:\n    raise ValueError\nexcept ValueError:\n    tf.placeholder(1)\n"
    assert symbols(program)[-1] == ("tf.placeholder", 5, True)


def test_a_local_name_hides_the_package() -> None:
    assert symbols("class K:\n    learning_phase = 1\nK.learning_phase\n") == []


def test_the_sources_of_installed_packages_are_not_told_of() -> None:
    program = "import keras\nkeras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3))\n"
    assert {use.span.file for use in run(program).symbols} == {"model.py"}


def members(text: str) -> list[tuple[str, str, int, bool]]:
    return [(use.owner, use.member, use.span.line, use.called) for use in run(text).members]


def test_a_member_is_told_with_the_class_it_was_read_from() -> None:
    program = "import keras\nlayer = keras.layers.Dense(1)\nlayer.set_input(3)\nu = layer.updates\n"
    assert members(program) == [
        ("keras.layers.Dense", "set_input", 3, True),
        ("keras.layers.Dense", "updates", 4, False),
    ]


def test_a_member_of_a_class_of_the_users_is_told_with_its_keras_base() -> None:
    program = """\
import keras
class Net(keras.Model):
    def own(self):
        return self.updates
net = Net()
net.own()
net.fit_generator(None)
"""
    assert members(program) == [
        ("keras.Model", "updates", 4, False),
        ("keras.Model", "fit_generator", 7, True),
    ]


def test_a_member_that_the_user_defined_is_not_told() -> None:
    program = """\
import keras
class Net(keras.Model):
    def fit_generator(self):
        self.extra = 1
net = Net()
net.fit_generator()
net.extra
"""
    assert members(program) == []


def test_a_member_of_anything_else_is_not_told() -> None:
    assert members("class A:\n    pass\nA().fit_generator\n[].fit_generator\nunknown.fit_generator\n") == []


def arguments(text: str) -> list[tuple[str, str, int]]:
    return [(use.callee, use.argument, use.span.line) for use in run(text).arguments]


def test_an_argument_that_the_signature_lacks_is_told() -> None:
    program = "import keras\nkeras.layers.Dense(1, output_dim=3)\nkeras.optimizers.Adam(lr=0.1)\n"
    assert arguments(program) == [("keras.layers.Dense", "output_dim", 2), ("keras.optimizers.Adam", "lr", 3)]


def test_an_argument_is_told_with_its_own_place() -> None:
    (use,) = run("import keras\nkeras.layers.Dense(1, units_=3)\n").arguments
    assert use.keyword is not None
    assert (use.keyword.column, use.keyword.end_column) == (23, 31)


@pytest.mark.parametrize(
    "call",
    [
        "keras.layers.Dense(1, name='a', dtype='float32', trainable=False)",
        "keras.layers.Dense(1, **options)",
        "keras.layers.Conv2D(1, 3, input_shape=(8, 8, 3))",
        "keras.Input(shape=(3,), batch_size=2)",
    ],
)
def test_an_argument_of_the_signature_or_of_every_layer_is_not_told(call: str) -> None:
    assert arguments(f"import keras\n{call}\n") == []


def test_the_arguments_of_a_class_of_the_users_are_its_own() -> None:
    program = """\
import keras
class Mine(keras.layers.Dense):
    def __init__(self, units, lr=1, **kwargs):
        super().__init__(units, **kwargs)
Mine(3, lr=2)
"""
    assert arguments(program) == []


def test_an_argument_of_another_generation_is_told_by_the_files() -> None:
    program = "from {} import layers\nlayers.LSTM(3, time_major=True)\n"
    assert arguments(program.format("keras")) == [("keras.layers.LSTM", "time_major", 2)]
    assert arguments(program.format("tf_keras")) == []


def test_arguments_that_only_keras_1_took_are_noted_and_understood() -> None:
    program = run("""
        from keras import Input, Model, layers
        inputs = Input((4,))
        model = Model(input=inputs, output=layers.Dense(3)(inputs))
        model.fit(inputs, nb_epoch=2)
        """)
    assert [(use.callee, use.argument) for use in program.arguments] == [
        ("keras.Model", "input"),
        ("keras.Model", "output"),
        ("keras.Model.fit", "nb_epoch"),
    ]
    assert [model.params for model in program.models] == [15]
