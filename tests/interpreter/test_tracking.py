"""Which variables Keras holds: it depends on its generation, and on where the program keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import run, run_files

LAYER = """
import tensorflow as tf
import {package} as keras
class Scale(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        {statement}
    def call(self, x):
        return x
keras.Model(x := keras.Input((3,)), Scale()(x))
"""


def tracked(package: str, statement: str) -> list[tuple[bool | None, str | None]]:
    done = run(LAYER.format(package=package, statement=statement))
    return [(node.tracked, node.owner) for node in done.recorder.nodes.values() if node.kind == "variable"]


@pytest.mark.parametrize(
    ("package", "statement", "expected"),
    [
        ("keras", "self.v = tf.Variable(tf.ones([3]))", (False, "attribute")),
        ("tf_keras", "self.v = tf.Variable(tf.ones([3]))", (True, None)),
        ("keras", "self.v = keras.Variable(tf.ones([3]))", (True, None)),
        ("keras", "self.v = self.add_weight(shape=(3,))", (True, None)),
        ("keras", "self.add_weight(shape=(3,))", (True, None)),
        ("keras", "self.v = [[keras.Variable(1.0)]]", (True, None)),
        ("keras", "self.v = {'a': (keras.Variable(1.0),)}", (True, None)),
        ("tf_keras", "self.v = {'a': [tf.Variable(1.0)]}", (True, None)),
        ("keras", "self.v = [tf.Variable(1.0)]", (False, "attribute")),
        ("keras", "v = tf.Variable(1.0)", (False, "closure")),
        ("tf_keras", "v = tf.Variable(1.0)", (False, "closure")),
    ],
)
def test_what_a_layer_holds_is_tracked_as_its_generation_tracks(
    package: str, statement: str, expected: tuple[bool | None, str | None]
) -> None:
    assert tracked(package, statement) == [expected]


@pytest.mark.parametrize(
    ("package", "statement", "expected"),
    [
        ("keras", "self.v = collections.deque([keras.Variable(1.0)])", False),
        ("keras", "self.v = [collections.deque([keras.Variable(1.0)])]", False),
        ("tf_keras", "self.v = collections.deque([tf.Variable(1.0)])", True),
        ("tf_keras", "self.v = {'a': collections.deque([tf.Variable(1.0)])}", True),
    ],
)
def test_a_variable_in_a_deque_is_held_by_keras_2_alone(package: str, statement: str, expected: bool) -> None:
    assert [held for held, _ in tracked(package, f"import collections; {statement}")] == [expected]


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_variable_in_a_plain_object_is_held_by_nobody(package: str) -> None:
    program = f"""
    import tensorflow as tf
    import {package} as keras
    class Box:
        def __init__(self):
            self.v = tf.Variable(1.0)
    class Scale(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.box = Box()
        def call(self, x):
            return x * self.box.v
    keras.Model(x := keras.Input((3,)), Scale()(x))
    """
    assert [node.tracked for node in run(program).recorder.nodes.values() if node.kind == "variable"] == [False]


@pytest.mark.parametrize(("package", "expected"), [("keras", False), ("tf_keras", True)])
def test_a_variable_in_a_module_of_tensorflow_is_held_by_keras_2_alone(package: str, expected: bool) -> None:
    program = f"""
    import tensorflow as tf
    import {package} as keras
    class Box(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0)
    class Scale(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.box = Box()
        def call(self, x):
            return x * self.box.v
    keras.Model(x := keras.Input((3,)), Scale()(x))
    """
    assert [node.tracked for node in run(program).recorder.nodes.values() if node.kind == "variable"] == [expected]


def owners(text: str) -> list[str | None]:
    return [node.owner for node in run(text).recorder.nodes.values() if node.kind == "variable"]


def test_a_variable_of_the_module_is_global() -> None:
    assert owners("import tensorflow as tf\nv = tf.Variable(1.0)\n") == ["global"]


def test_a_variable_in_a_list_of_the_module_is_global() -> None:
    assert owners("import tensorflow as tf\nvs = [tf.Variable(1.0) for _ in range(2)]\n") == ["global", "global"]


def test_a_variable_of_a_function_is_in_its_closure() -> None:
    program = """
    import tensorflow as tf
    def make():
        v = tf.Variable(1.0)
        return lambda x: x * v
    f = make()
    """
    assert owners(program) == ["closure"]


def test_a_variable_of_a_tf1_scope_is_in_the_scope() -> None:
    program = """
    import tensorflow as tf
    def make():
        tf.compat.v1.get_variable("v", [3])
    make()
    """
    assert owners(program) == ["scope"]


def test_a_variable_that_the_program_trains_itself_is_undecided() -> None:
    program = """
    import tensorflow as tf
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        loss = v * 2.0
    tape.gradient(loss, [v])
    """
    (node,) = [node for node in run(program).recorder.nodes.values() if node.kind == "variable"]
    assert node.tracked is None


def test_a_layer_in_a_list_or_dict_is_part_of_the_model() -> None:
    program = """
    import keras
    from keras import layers
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = {"a": [layers.Dense(2)], "b": (layers.Dense(3),)}
        def call(self, x):
            return self.blocks["b"][0](self.blocks["a"][0](x))
    x = keras.Input((4,))
    keras.Model(x, Net()(x), name="whole")
    """
    whole = next(model for model in run(program).models if model.name == "whole")
    assert whole.params == 10 + 9


def edits(text: str) -> list[tuple[str, str, str, int]]:
    return [(edit.owner, edit.what, edit.method, edit.span.line) for edit in run(text).weight_list_edits]


def test_an_edit_of_the_list_that_a_property_returns_is_told() -> None:
    program = """\
import keras
layer = keras.layers.Dense(1, name="d")
v = keras.Variable(1.0)
layer.trainable_weights.append(v)
layer.weights.extend([v])
"""
    assert edits(program) == [("d", "trainable_weights", "append", 4), ("d", "weights", "extend", 5)]


def test_an_edit_of_a_list_of_the_users_own_is_not_told() -> None:
    program = """\
import keras
layer = keras.layers.Dense(1)
mine = layer.trainable_weights + []
mine.append(1)
names = ["weights"]
names.append("b")
"""
    assert edits(program) == []


def test_a_layer_in_a_set_is_held_by_keras_3() -> None:
    program = """\
import keras
import numpy as np
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = {keras.layers.Dropout(0.5)}
    def call(self, x):
        return x
Net()(np.zeros((2, 3)))
"""
    (call,) = run(program).model_calls
    assert [op for op, _ in call.layers] == ["keras.layers.Dropout"]


@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
def test_the_weights_that_a_layer_adds_itself_are_listed(keras: str) -> None:
    program = run(
        f"""
        import {keras} as keras

        class Stack(keras.layers.Layer):
            def __init__(self, **settings):
                super().__init__(**settings)
                for before, after in ((4, 5), (5, 6)):
                    self.add_weight(shape=(before, after), name=f"kernel{{after}}")
                    self.add_weight(shape=(after,), name=f"bias{{after}}")
                self.add_weight(shape=(), name="steps", trainable=False)

            def call(self, x):
                weights = self.trainable_weights
                for place in range(0, len(weights), 2):
                    x = x @ weights[place] + weights[place + 1]
                return x

        Stack(name="end")(keras.Input((4,)))
        """
    )
    assert [str(node.shape) for _, node in program.nodes() if node.name == "end"] == ["(None, 6)"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("def update(self, rate):\n        self.rate.assign(rate)", None),
        ("def describe(self):\n        return self.name", False),
    ],
    ids=["assigns it", "does not use it"],
)
def test_a_variable_that_an_imported_file_may_write_is_left_open(
    tmp_path: Path, method: str, expected: bool | None
) -> None:
    scaling = f"""
import tensorflow as tf
import keras
class Scale(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.rate = tf.Variable(0.5)
    def call(self, x):
        return x * self.rate
    {method}
"""
    main = "import keras\nfrom scaling import Scale\nx = keras.Input((3,))\nkeras.Model(x, Scale()(x))\n"
    done = run_files(tmp_path, {"model.py": main, "scaling.py": scaling})
    assert [node.tracked for _, node in done.nodes() if node.kind == "variable"] == [expected]
