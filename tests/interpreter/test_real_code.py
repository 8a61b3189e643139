"""Idioms of published models that were once misread, each reduced to a few lines."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from kerascheck import check_source
from tests.interpreter.support import lines, named, run, run_files

TRAINED = """\
import keras
import tensorflow as tf


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.BatchNormalization()

    def call(self, x{parameter}):
        return self.norm(x{given})


net = Net()
x = tf.ones((8, 4))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(net(x{passed}))
gradients = tape.gradient(loss, net.trainable_variables)
keras.optimizers.SGD().apply_gradients(zip(gradients, net.trainable_variables))
"""


def test_a_layer_of_the_users_in_a_sequential_nobody_calls_is_followed() -> None:
    program = run(
        """
        import keras


        class Block(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.dense = keras.layers.Dense(3)

            def build(self, input_shape):
                self.dense.build(input_shape)

            def call(self, x):
                return self.dense(x)


        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.blocks = keras.Sequential([Block()])


        Net()
        """
    )
    assert {str(node.shape) for _, node in program.nodes() if node.name == "block"} == {"?"}


def test_a_sequential_with_a_layer_nobody_knows_gives_what_nobody_knows() -> None:
    program = run(
        """
        import keras
        from elsewhere import Mystery

        model = keras.Sequential(name="encoder")
        model.add(Mystery(64))
        model.add(keras.layers.Dropout(0.3))
        model(keras.Input((5,)))
        """
    )
    assert str(named(program, "encoder").shape) == "?"


def test_a_layer_given_an_argument_no_keras_takes_has_an_unknown_shape() -> None:
    program = run(
        """
        import keras
        keras.layers.Conv2D(16, 3, 3, border_mode="same", name="conv")(keras.Input((1, 28, 28)))
        """
    )
    conv = named(program, "conv")
    assert (str(conv.shape), conv.problem) == ("?", None)


def test_a_layer_given_an_argument_only_keras_2_takes_keeps_its_shape() -> None:
    program = run(
        """
        import keras
        keras.layers.BatchNormalization(fused=True, name="norm")(keras.Input((28, 28, 1)))
        """
    )
    assert str(named(program, "norm").shape) == "(None, 28, 28, 1)"


def test_an_argument_that_a_try_expects_to_fail_is_not_told() -> None:
    program = run(
        """
        import tensorflow as tf


        def total(x):
            try:
                return tf.reduce_sum(x, keep_dims=True)
            except TypeError:
                return tf.reduce_sum(x, keepdims=True)


        total(tf.ones((2, 3)))
        """
    )
    assert program.arguments == []


def test_a_name_that_a_function_gave_is_told_where_it_is_written() -> None:
    program = run(
        """
        import tensorflow as tf


        def keys():
            return tf.GraphKeys


        keys().TRAINABLE_VARIABLES
        """
    )
    assert lines([use.span for use in program.symbols if use.name.startswith("tf.GraphKeys")]) == [6]


def test_a_relative_import_names_its_file_without_detours(tmp_path) -> None:  # type: ignore[no-untyped-def]
    files = {
        "pkg/models/main.py": "from ..layers import scale\nimport keras\nscale(keras.Input((4,)))\n",
        "pkg/layers.py": "import keras\n\n\ndef scale(x):\n    return keras.layers.Dense(2, name='dense')(x)\n",
        "pkg/__init__.py": "",
        "pkg/models/__init__.py": "",
    }
    program = run_files(tmp_path, files)
    source = named(program, "dense").source
    assert source is not None
    assert source.span.file == str(tmp_path / "pkg" / "layers.py")


@pytest.mark.parametrize(
    ("parameter", "given", "passed", "expected"),
    [
        (", training=None", ", training=training", "", None),
        (", training=False", ", training=training", "", None),
        (", training=True", ", training=training", "", True),
        (", mask=None, training=None", ", training=training", ", None, True", True),
        (", is_training=False", ", training=is_training", ", is_training=True", "unknown"),
    ],
)
def test_the_training_of_a_call_is_what_the_models_own_call_takes(
    parameter: str, given: str, passed: str, expected: object
) -> None:
    (told,) = run(TRAINED.format(parameter=parameter, given=given, passed=passed)).model_calls
    assert told.training == expected


def test_a_layer_always_called_in_training_mode_does_not_depend_on_the_call() -> None:
    (told,) = run(TRAINED.format(parameter="", given=", training=True", passed="")).model_calls
    assert told.layers == ()


def test_a_model_built_for_several_inputs_is_not_one_of_a_lower_rank() -> None:
    program = run(
        """
        import keras


        class Pair(keras.Model):
            def __init__(self):
                super().__init__()
                self.conv = keras.layers.Conv2D(4, 3, name="conv")

            def call(self, inputs):
                left, right = inputs
                return self.conv(keras.ops.concatenate([left, right], axis=-1))


        Pair().build([(2, 8, 8, 3), (2, 8, 8, 3)])
        """
    )
    assert named(program, "conv").problem is None


def test_a_variable_of_a_shape_with_an_open_size_has_no_known_size() -> None:
    program = run("""
        import tensorflow as tf
        table = tf.Variable([], shape=(None,), dtype="int64")
        """)
    (node,) = [node for node in program.recorder.nodes.values() if node.kind == "variable"]
    assert node.shape.public() == [None]


def test_a_sequential_whose_layers_are_not_all_known_is_not_run() -> None:
    program = run("""
        import sys
        from keras import Sequential, layers
        model = Sequential()
        if len(sys.argv) > 1:
            model.add(layers.Dense(3))
        else:
            model.add(layers.Dense(4))
        model.build((None, 2))
        """)
    assert program.models == []


def test_a_sum_that_is_multiplied_by_zero_mixes_nothing() -> None:
    findings = check_source(
        dedent("""
        import keras
        from keras import ops
        inputs = keras.Input((4,))
        model = keras.Model(inputs, inputs + ops.sum(inputs) * 0.0)
        """)
    )
    assert findings == []


def test_a_tensor_of_tf_keras_goes_into_a_function_of_tensorflow_from_a_file_that_names_no_keras(
    tmp_path: Path,
) -> None:
    main = """
        import tensorflow as tf
        from encoder import make
        model = make()
    """
    encoder = """
        import tensorflow as tf
        import tf_keras
        def make():
            inputs = tf_keras.Input((5, 4))
            hidden = tf_keras.layers.Dense(3)(inputs)
            return tf_keras.Model(inputs, tf.squeeze(hidden[:, 0:1, :], axis=1))
    """
    (tmp_path / "encoder.py").write_text(dedent(encoder))
    assert not list(check_source(dedent(main), str(tmp_path / "model.py")))


def test_inspect_tells_a_class_from_its_object() -> None:
    program = """
        import inspect
        import keras


        class Embeddings(keras.Model):
            def __init__(self, size):
                super().__init__()
                self.dense = keras.layers.Dense(size)

            def call(self, inputs):
                return self.dense(inputs)


        def network(given, config):
            if inspect.isclass(given):
                return given(**config)
            return given


        network(Embeddings(4), {"nothing": 3})
        network(Embeddings, {"size": 3})
    """
    assert not list(check_source(dedent(program), "model.py"))


@pytest.mark.parametrize(
    ("decorator", "told"),
    [
        ("gin.register", []),
        ("gin.configurable()", []),
        ("unknown_registry", []),
        ("keras.saving.register_keras_serializable()", ["KC609"]),
    ],
)
def test_a_decorator_of_another_package_may_give_a_layer_its_arguments(decorator: str, told: list[str]) -> None:
    program = f"""
        import gin
        import keras
        from somewhere import unknown_registry


        @{decorator}
        class Block(keras.layers.Layer):
            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.dense = keras.layers.Dense(units)

            def call(self, x):
                return self.dense(x)


        keras.Sequential([keras.Input((3,)), Block()])
    """
    assert [each.code for each in check_source(dedent(program), "model.py")] == told


@pytest.mark.parametrize(("decorator", "told"), [("slim.add_arg_scope", []), ("functools.cache", ["KC112"])])
def test_a_decorator_of_another_package_may_give_a_function_its_arguments(decorator: str, told: list[str]) -> None:
    program = f"""
        import functools

        import keras
        import tf_slim as slim


        @{decorator}
        def recurrent(units, **options):
            return keras.layers.GRU(units, **options)


        with slim.arg_scope([recurrent], return_sequences=True):
            model = keras.Sequential([keras.Input((None, 8)), recurrent(16), recurrent(32)])
    """
    assert [each.code for each in check_source(dedent(program), "model.py")] == told


@pytest.mark.parametrize(
    ("replacement", "told"), [('sys.modules["keras"] = tf.keras', []), ('sys.modules["other"] = tf.keras', ["KC605"])]
)
def test_a_package_that_the_code_replaces_is_not_known(replacement: str, told: list[str]) -> None:
    program = f"""
        import os
        import sys

        import tensorflow as tf

        if os.environ.get("TF_KERAS", "0") == "1":
            {replacement}

        import keras.backend as K

        mean = K.mean
    """
    assert [each.code for each in check_source(dedent(program), "model.py")] == told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ('options["dynamic"] = True', ["KC605"]),
        ('if settings:\n            options["dynamic"] = True', []),
        ('options = {**options, **({"dynamic": True} if settings else {})}', []),
        ('if settings:\n            options["dynamic"] = True\n        options = dict(options)', []),
    ],
)
def test_a_key_that_a_branch_leaves_out_is_no_certain_argument(options: str, told: list[str]) -> None:
    program = f"""
        import keras
        from somewhere import settings

        options = {{"name": "own"}}
        {options}
        layer = keras.layers.Layer(**options)
    """
    assert [each.code for each in check_source(dedent(program), "model.py") if each.code == "KC605"] == told
