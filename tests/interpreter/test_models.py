"""The models of a program: their kind, nodes, shapes and parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import model_of, named, run, run_files, shapes, sizes


def test_a_functional_model() -> None:
    program = """
    from keras import Input, Model, layers
    inputs = Input((28, 28, 1), name="image")
    x = layers.Conv2D(8, 3, name="conv")(inputs)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Flatten(name="flat")(x)
    outputs = layers.Dense(10, name="head")(x)
    model = Model(inputs, outputs, name="digits")
    """
    done = run(program)
    model = model_of(done)
    assert (model.name, model.kind, model.complete, model.params, model.trainable) == (
        "digits", "functional", True, 80 + 13_530, 80 + 13_530,
    )  # fmt: skip
    assert shapes(done) == {
        "image": "(None, 28, 28, 1)",
        "conv": "(None, 26, 26, 8)",
        "pool": "(None, 13, 13, 8)",
        "flat": "(None, 1352)",
        "head": "(None, 10)",
    }


def test_a_model_of_several_inputs_and_outputs_knows_its_ends() -> None:
    program = """
    from keras import Input, Model, layers
    a, b = Input((3,), name="a"), Input((4,), name="b")
    joined = layers.Concatenate(name="both")([a, b])
    Model(inputs={"a": a, "b": b}, outputs=[joined, layers.Dense(1, name="score")(joined)])
    """
    model = model_of(run(program))
    assert [model.node(end.node).name for end in model.inputs] == ["a", "b"]
    assert [model.node(end.node).name for end in model.outputs] == ["both", "score"]


def test_a_layer_on_no_way_to_the_output_is_no_part_of_the_model() -> None:
    program = """
    from keras import Input, Model, layers
    inputs = Input((3,), name="in")
    layers.Dense(2, name="aside")(inputs)
    Model(inputs, layers.Dense(1, name="out")(inputs), name="main")
    """
    done = run(program)
    assert {model.kind: [node.name for node in model.nodes() if node.kind == "layer"] for model in done.models} == {
        "functional": ["out"],
        "fragment": ["aside"],
    }


def test_a_subclassed_model_is_called_on_the_data_it_is_given() -> None:
    program = """
    import keras
    import numpy as np
    from keras import layers
    class Net(keras.Model):
        def __init__(self, width):
            super().__init__()
            self.hidden = layers.Dense(width, name="hidden")
            self.head = layers.Dense(1, name="head")
        def call(self, x):
            return self.head(self.hidden(x))
    Net(6)(np.zeros((8, 4)))
    """
    done = run(program)
    (model,) = [model for model in done.models if model.kind == "subclassed"]
    assert (model.name, model.params, str(named(done, "hidden").shape)) == ("net", 30 + 7, "(None, 6)")


def test_a_layer_called_twice_is_two_nodes_of_one_layer_counted_once() -> None:
    program = """
    from keras import Input, Model, layers
    shared = layers.Dense(5, name="shared")
    a, b = Input((3,)), Input((3,))
    Model([a, b], layers.Add()([shared(a), shared(b)]))
    """
    model = model_of(run(program))
    nodes = [node for node in model.nodes() if node.name == "shared"]
    assert len(nodes) == 2
    assert nodes[0].layer == nodes[1].layer
    assert ([node.params for node in nodes], model.params) == ([20, 0], 20)


def test_two_layers_of_one_class_are_two_layers() -> None:
    program = """
    from keras import Input, Model, layers
    x = Input((5,))
    Model(x, layers.Dense(5, name="b")(layers.Dense(5, name="a")(x)))
    """
    done = run(program)
    assert named(done, "a").layer != named(done, "b").layer


def test_a_model_in_a_model_is_a_container() -> None:
    program = """
    from keras import Input, Model, layers
    x = Input((4,), name="inner_in")
    inner = Model(x, layers.Dense(3, name="deep")(x), name="inner")
    y = Input((4,), name="outer_in")
    outer = Model(y, layers.Dense(2, name="head")(inner(y)), name="outer")
    """
    done = run(program)
    outer = next(model for model in done.models if model.name == "outer")
    assert outer.params == 15 + 8
    deep = next(node for node in outer.nodes() if node.name == "deep")
    container = next(node for node in outer.nodes() if node.name == "inner")
    assert (deep.scope, str(deep.shape), container.kind, str(container.shape)) == (
        ("inner",), "(None, 3)", "model", "(None, 3)",
    )  # fmt: skip


def test_a_shared_model_is_counted_once() -> None:
    program = """
    import keras
    from keras import Input, Model, layers
    tower = keras.Sequential([Input((4,)), layers.Dense(3)], name="tower")
    a, b = Input((4,)), Input((4,))
    Model([a, b], layers.Concatenate(name="both")([tower(a), tower(b)]), name="siamese")
    """
    done = run(program)
    siamese = next(model for model in done.models if model.name == "siamese")
    assert (siamese.params, str(siamese.node(siamese.outputs[0].node).shape)) == (15, "(None, 6)")


def test_a_subclass_that_calls_super_with_its_ends_is_functional() -> None:
    program = """
    import keras
    from keras import layers
    class Net(keras.Model):
        def __init__(self, units):
            inputs = keras.Input((4,))
            super().__init__(inputs=inputs, outputs=layers.Dense(units, name="out")(inputs))
    Net(6)
    """
    model = model_of(run(program))
    assert (model.kind, model.params) == ("functional", 30)


def test_a_subclassed_model_holds_other_models() -> None:
    program = """
    import keras
    from keras import layers
    encoder = keras.Sequential([keras.Input((8,)), layers.Dense(4, name="enc")])
    class Auto(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = encoder
            self.decoder = layers.Dense(8, name="dec")
        def call(self, x):
            return self.decoder(self.encoder(x))
    x = keras.Input((8,))
    keras.Model(x, Auto(name="auto")(x), name="whole")
    """
    done = run(program)
    whole = next(model for model in done.models if model.name == "whole")
    assert whole.params == 36 + 40
    assert {node.name: node.scope for node in whole.nodes() if node.name in ("enc", "dec")} == {
        "enc": ("auto", "sequential"),
        "dec": ("auto",),
    }


def test_a_frozen_layer_has_no_trainable_parameters() -> None:
    program = """
    from keras import Input, Model, layers
    x = Input((4,))
    frozen = layers.Dense(3)
    frozen.trainable = False
    Model(x, layers.Dense(2)(frozen(x)))
    """
    model = model_of(run(program))
    assert (model.params, model.trainable) == (23, 8)


def test_batch_normalization_has_parameters_that_do_not_train() -> None:
    program = """
    from keras import Input, Model, layers
    x = Input((4,))
    Model(x, layers.BatchNormalization()(x))
    """
    model = model_of(run(program))
    assert (model.params, model.trainable) == (16, 8)


def test_a_layer_on_the_inner_tensor_of_a_model_is_a_model_of_its_own() -> None:
    program = """
    from keras import Input, Model, layers
    x = Input((4,))
    y = layers.Dense(3, name="features")(x)
    base = Model(x, layers.Dense(2, name="head")(y), name="base")
    Model(base.input, base.get_layer("features").output, name="cut")
    """
    cut = next(model for model in run(program).models if model.name == "cut")
    assert ([node.name for node in cut.nodes() if node.kind == "layer"], cut.params) == (["features"], 15)


def test_arithmetic_on_keras_tensors_is_a_node() -> None:
    program = """
    from keras import Input, Model, ops
    a, b = Input((4,)), Input((4,))
    Model([a, b], ops.mean(a * 2 + b, axis=-1))
    """
    model = model_of(run(program))
    assert [node.op for node in model.nodes() if node.kind == "op"] == [
        "keras.ops.multiply",
        "keras.ops.add",
        "keras.ops.mean",
    ]


def test_a_function_nobody_calls_is_called_with_its_defaults() -> None:
    program = """
    from keras import Input, Model, layers
    def build(units=3):
        x = Input((4,))
        return Model(x, layers.Dense(units)(x))
    """
    assert model_of(run(program)).params == 15


def test_open_axes_are_named() -> None:
    program = """
    from keras import Input, layers
    x = Input((None, None, 3))
    layers.UpSampling2D(name="twice")(layers.MaxPooling2D()(x))
    """
    assert named(run(program), "twice").outputs[0].shape.texts() == ["B", "2*(H//2)", "2*(W//2)", 3]


def test_a_fixed_batch_size_stays_the_batch() -> None:
    program = """
    from keras import Input, layers
    layers.ReLU(name="same")(Input((4,), batch_size=32))
    """
    shape = named(run(program), "same").shape
    assert (shape.texts(), shape.public()) == (["B", 4], [32, 4])


def test_dtype_is_carried() -> None:
    program = """
    from keras import Input, layers
    x = Input((4,), dtype="int32", name="ids")
    layers.Embedding(10, 3, name="vectors")(x)
    """
    done = run(program)
    assert (named(done, "ids").outputs[0].dtype, named(done, "vectors").outputs[0].dtype) == ("int32", "float32")


def test_a_functional_model_minds_the_size_of_data() -> None:
    program = """
    import numpy as np
    from keras import Input, Model, layers
    x = Input((10, 4))
    model = Model(x, layers.Dense(3)(x), name="net")
    model(np.zeros((2, 20, 4)))
    """
    problems = [node.problem.message for _, node in run(program).nodes() if node.problem is not None]
    assert problems == ["model `net` takes (None, 10, 4) and is called on (2, 20, 4)"]


def test_a_model_of_unknown_outputs_has_unknown_parameters() -> None:
    program = """
    import json
    from keras import Input, Model, layers
    x = Input((4,))
    Model(x, {name: layers.Dense(size)(x) for name, size in json.load(open("heads")).items()}, name="heads")
    """
    model = next(model for model in run(program).models if model.name == "heads")
    assert (model.complete, model.params, model.trainable) == (False, None, None)


def test_names_are_counted_anew_after_the_session_was_cleared() -> None:
    program = run(
        """
        import keras

        keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(2)])
        keras.backend.clear_session()
        keras.Sequential([keras.Input((None, 5)), keras.layers.Dense(3)])
        """
    )
    assert [(node.name, str(node.shape)) for _, node in program.nodes() if node.kind == "layer"] == [
        ("dense", "(None, None, 2)"),
        ("dense", "(None, None, 3)"),
    ]
    sizes = [node.outputs[0].shape.dims for _, node in program.nodes() if node.kind == "input"]
    assert sizes[0] is not None and sizes[1] is not None and sizes[0][1] != sizes[1][1]


def test_the_inputs_that_a_tensor_was_computed_from() -> None:
    program = run(
        """
        import keras
        from keras import layers

        a, b, c = keras.Input((3,)), keras.Input((4,)), keras.Input((5,))
        y = layers.Concatenate()([c, layers.Concatenate()([a, b]), a])
        keras.Input(tuple(each.shape[1] for each in keras.utils.get_source_inputs(y)))
        """
    )
    assert sizes(program) == [5, 3, 4]


@pytest.mark.parametrize(("package", "name"), [("keras", "input_layer"), ("tf_keras", "input_1")])
def test_an_input_is_found_by_its_name_among_the_layers(package: str, name: str) -> None:
    done = run(f"""
    from {package} import Input, Model, layers
    inputs = Input((4,))
    first = Model(inputs, layers.Dense(3)(inputs))
    second = Model(inputs, layers.Dense(2, name="again")(first.get_layer("{name}").output))
    """)
    assert shapes(done)["again"] == "(None, 2)"


def test_the_layers_of_a_model_begin_with_those_of_its_inputs() -> None:
    program = run(
        """
        import keras
        from keras import layers
        inputs = keras.Input((8, 8, 3), name="image")
        model = keras.Model(inputs, layers.Flatten()(layers.Conv2D(4, 3)(inputs)))
        last = [layer for layer in model.layers if len(layer.output.shape) == 4 and layer.name != "image"][-1]
        convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
        x = layers.Dense(len(convolutions), name="chosen")(model.layers[0].output)
        cut = keras.Model(inputs, layers.ReLU(name="cut")(last.output))
        """
    )
    assert shapes(program)["cut"] == "(None, 6, 6, 4)"
    assert shapes(program)["chosen"] == "(None, 8, 8, 1)"


def test_the_layers_of_a_model_are_not_known_where_an_output_is_not() -> None:
    program = run(
        """
        import keras
        from keras import layers
        from somewhere import crf
        inputs = keras.Input((4,))
        model = keras.Model(inputs, [crf(layers.Dense(3)(inputs))])
        dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
        size = 7 if dense else 1
        keras.Model(inputs, layers.Dense(size, name="chosen")(inputs))
        """
    )
    assert shapes(program)["chosen"] == "(None, None)"


def test_a_model_that_another_file_defines_is_run_where_it_was_made(tmp_path: Path) -> None:
    files = {
        "train.py": "from nets import Net\nnet = Net()\nnet.build((None, 8))\n",
        "nets.py": """
        import keras
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.head = keras.layers.Dense(4, name="head")
            def call(self, x):
                return self.head(x)
        """,
    }
    head = named(run_files(tmp_path, files), "head")
    assert str(head.shape) == "(None, 4)"
    assert head.source is not None
    assert [(Path(span.file).name, span.line) for span in head.source.stack] == [("train.py", 2)]


def test_build_of_a_model_of_keras_2_runs_its_call_before_data_do() -> None:
    program = run(
        """
        import numpy as np
        import tf_keras as keras
        class Net(keras.Model):
            def build(self, shape):
                self.body = keras.Sequential([keras.layers.Dense(4, name="hidden")], name="body")
                super().build(shape)
            def call(self, x):
                return self.body(x)
        net = Net()
        net.build((None, 8))
        net(np.ones((1, 8), "float32"))
        """,
        keras="2",
    )
    found = {str(node.shape) for _, node in program.nodes() if node.kind == "input"}
    assert found == {"(None, 8)"}
    assert shapes(program)["hidden"] == "(None, 4)"


def test_a_model_within_another_has_a_graph_of_its_own_for_what_it_was_called_on() -> None:
    program = run(
        """
        import keras
        import numpy as np
        class Tower(keras.Model):
            def __init__(self):
                super().__init__(name="tower")
                self.dense = keras.layers.Dense(4, name="dense")
            def call(self, x):
                return self.dense(x)
        class Pair(keras.Model):
            def __init__(self):
                super().__init__()
                self.tower = Tower()
            def call(self, pair):
                return self.tower(pair[0]) - self.tower(pair[1])
        Pair()((np.ones((2, 6)), np.ones((2, 6))))
        """
    )
    inputs = {node.name: str(node.shape) for _, node in program.nodes() if node.kind == "input"}
    assert inputs["tower_input"] == "(None, 6)"
    counted = {node.identifier: node.params for _, node in program.nodes() if node.name == "dense"}
    assert sum(params or 0 for params in counted.values()) == 28


def test_what_a_loop_over_an_empty_default_gathers_is_no_mistake_of_an_op() -> None:
    program = """
    import tensorflow as tf
    class Detect(tf.keras.layers.Layer):
        def __init__(self, anchors=()):
            super().__init__()
            self.count = len(anchors)
        def call(self, inputs):
            gathered = [inputs[:, index] for index in range(self.count)]
            return tf.transpose(gathered, [0, 0])
    {use}
    """
    unused = run(program.format(use=""))
    assert [node.problem for node in unused.recorder.nodes.values() if node.problem is not None] == []
    used = run(program.format(use="Detect()(tf.keras.Input((4,)))"))
    assert [node.op for node in used.recorder.nodes.values() if node.problem is not None] == ["tf.transpose"]
