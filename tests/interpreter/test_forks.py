"""Conditions that are not known: what both branches agree on is kept, and nothing else is taken for certain."""

from __future__ import annotations

import pytest

from kerascheck import check_source
from tests.interpreter.support import given, named, run, shapes

UNKNOWN = "import sys\nflag = len(sys.argv) > 1\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = 1\nif flag:\n    n = 2\n", ["?"]),
        ("n = 1\nif flag:\n    n = 1\n", [1]),
        ("if flag:\n    n = 4\nelse:\n    n = 4\n", [4]),
        ("if flag:\n    n = 4\nelse:\n    n = 5\n", ["?"]),
        ("n = 3 if flag else 3\n", [3]),
        ("n = 3 if flag else 4\n", ["?"]),
        ("n = flag or 4\n", ["?"]),
        ("if flag:\n    n = 4\nelse:\n    raise ValueError\n", [4]),
        ("if flag:\n    n = 4\n", [4]),
        ("n = 1\nif flag:\n    pass\nelif n == 1:\n    n = 2\n", ["?"]),
    ],
    ids=[
        "one",
        "same-as-before",
        "same",
        "different",
        "same-expression",
        "expression",
        "or",
        "raises",
        "unbound",
        "elif",
    ],
)
def test_what_branches_agree_on_is_known_after_them(body: str, expected: list[int | str]) -> None:
    assert given(f"{UNKNOWN}{body}Input((n,))\n") == expected


def test_each_branch_sees_its_own_writes() -> None:
    program = """
    from keras import Input
    import sys
    n = 1
    if len(sys.argv) > 1:
        n = 2
        Input((n,), name="then")
    else:
        n += 2
        Input((n,), name="otherwise")
    """
    assert [str(node.shape) for node in run(program).recorder.nodes.values()] == ["(None, 2)", "(None, 3)"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if flag:\n        return 1\n    return 1", [1]),
        ("if flag:\n        return 1\n    return 2", ["?"]),
        ("if flag:\n        return 1\n    else:\n        return 1\n    return 2", [1]),
        ("if flag:\n        raise ValueError\n    return 2", [2]),
        ("for n in range(3):\n        if flag:\n            return 5\n    return 5", [5]),
        ("for n in range(3):\n        if flag:\n            return 5\n    return 6", ["?"]),
        ("if flag:\n        return 1", ["?"]),
    ],
)
def test_an_early_return_meets_the_later_ones(body: str, expected: list[int | str]) -> None:
    assert given(f"{UNKNOWN}def f():\n    {body}\nInput((f(),))\n") == expected


def test_what_an_early_return_skipped_is_undecided() -> None:
    program = """
    import sys
    n = [1]
    def f():
        if len(sys.argv) > 1:
            return
        n[0] = 2
    f()
    Input((n[0],))
    """
    assert given(program) == ["?"]


def test_a_list_changed_in_one_branch_is_undecided_through_every_name() -> None:
    program = """
    import sys
    a = [1]
    b = a
    c = [1]
    if len(sys.argv) > 1:
        b.append(2)
    d = list(a)
    Input(a)
    Input((c[0], len(a)))
    """
    assert given(program) == [1, "?"]


def test_a_list_changed_alike_in_both_branches_is_known() -> None:
    program = """
    import sys
    a = [1]
    if len(sys.argv) > 1:
        a.append(2)
    else:
        a.append(2)
    Input(a)
    """
    assert given(program) == [1, 2]


def test_which_of_two_lists_a_name_is_bound_to_is_undecided() -> None:
    program = """
    import sys
    if len(sys.argv) > 1:
        a = [1]
    else:
        a = [1]
    b = a
    b.append(2)
    Input((len(b),))
    """
    assert given(program) == ["?"]


def test_a_key_of_a_dict_set_in_one_branch_leaves_the_others_known() -> None:
    program = """
    import sys
    d = {"a": 1, "b": 2}
    if len(sys.argv) > 1:
        d["a"] = 9
    Input((d["b"], d["a"]))
    """
    assert given(program) == [2, "?"]


def test_an_attribute_set_in_one_branch_leaves_the_others_known() -> None:
    program = """
    import sys
    class A:
        pass
    a = A()
    a.m, a.n = 1, 2
    if len(sys.argv) > 1:
        a.n = 9
    Input((a.m, a.n))
    """
    assert given(program) == [1, "?"]


def test_branches_nest() -> None:
    program = """
    import sys
    m = n = k = 1
    if len(sys.argv) > 1:
        if len(sys.argv) > 2:
            m = 2
        else:
            m = 2
        n = 3
    else:
        m, k = 2, 1
    Input((m, n, k))
    """
    assert given(program) == [2, "?", 1]


def test_what_a_loop_of_unknown_length_changes_is_undecided() -> None:
    program = """
    import sys
    total, fixed, seen = 1, 5, []
    for name in sys.argv:
        total *= 2
        fixed = 5
        seen.append(1)
    Input((total, fixed, len(seen)))
    """
    assert given(program) == ["?", 5, "?"]


def test_a_while_loop_of_unknown_length_is_undecided() -> None:
    program = """
    import sys
    n, m = 1, 2
    while len(sys.argv) > n:
        n += 1
    Input((n, m))
    """
    assert given(program) == ["?", 2]


def test_a_break_in_a_loop_is_undecided() -> None:
    program = """
    import sys
    n = 0
    for n in range(1, 4):
        if len(sys.argv) > n:
            break
    Input((n, 7))
    """
    assert given(program) == ["?", 7]


def test_a_continue_in_a_loop_is_undecided() -> None:
    program = """
    import sys
    n, m = 0, 0
    for i in range(3):
        m += 1
        if len(sys.argv) > i:
            continue
        n += 1
    Input((n, m))
    """
    assert given(program) == ["?", 3]


def test_a_value_that_only_the_second_round_of_a_loop_changes_is_undecided() -> None:
    program = """
    import sys
    a = b = 3
    for _ in sys.argv:
        a = b
        b = 4
    Input((a, b))
    """
    assert given(program) == ["?", "?"]


def test_a_list_read_before_it_grows_in_a_loop_is_undecided() -> None:
    program = """
    import sys
    a, sizes = 3, [3]
    for _ in sys.argv:
        a = sizes[-1]
        sizes.append(4)
    Input((a,))
    """
    assert given(program) == ["?"]


def test_a_loop_of_unknown_length_keeps_a_tensor_whose_shape_it_keeps() -> None:
    program = """
    import sys
    from keras import Input, Model, layers
    x = inputs = Input((8, 4))
    for _ in sys.argv:
        h = layers.Dense(16)(x)
        h = layers.Dense(4)(h)
        x = layers.Add()([x, h])
    x = layers.Flatten(name="flat")(x)
    Model(inputs, x)
    """
    assert shapes(run(program))["flat"] == "(None, 32)"


def test_a_loop_of_unknown_length_forgets_the_size_it_changes() -> None:
    program = """
    import sys
    from keras import Input, Model, layers
    x = inputs = Input((8, 4))
    for _ in sys.argv:
        x = layers.Concatenate()([x, x])
    layers.ReLU(name="last")(x)
    """
    assert str(named(run(program), "last").outputs[0].shape.texts()) == "['B', 8, '?']"


def test_tensors_of_two_branches_keep_the_sizes_they_share() -> None:
    program = """
    import sys
    from keras import Input, layers
    inputs = Input((8, 4))
    if len(sys.argv) > 1:
        x = layers.Dense(3)(inputs)
    else:
        x = layers.Dense(5)(inputs)
    layers.ReLU(name="last")(x)
    """
    assert named(run(program), "last").outputs[0].shape.texts() == ["B", 8, "?"]


def test_a_tensor_that_one_branch_changes_may_be_either() -> None:
    program = """
    import sys
    from keras import Input, layers
    x = Input((8, 4), name="first")
    if len(sys.argv) > 1:
        x = layers.Dense(4, name="second")(x)
    layers.ReLU(name="last")(x)
    """
    done = run(program)
    (model,) = done.models
    assert {node.name for node, _ in model.operands(named(done, "last"))} == {"first", "second"}


def findings(text: str) -> list[tuple[str, int]]:
    return [(found.code, found.span.line) for found in check_source(text)]


def test_a_sequential_model_gets_one_of_two_layers() -> None:
    program = """\
import keras, sys
from keras import layers
model = keras.Sequential([keras.Input((8, 8, 3))])
if len(sys.argv) > 1:
    model.add(layers.Flatten())
else:
    model.add(layers.GlobalAveragePooling2D())
model.add(layers.Dense(5))
"""
    assert findings(program) == []


def test_a_layer_called_in_each_of_two_branches_is_built_once_in_a_run() -> None:
    program = """\
import keras, sys
dense = keras.layers.Dense(3)
if len(sys.argv) > 1:
    y = dense(keras.Input((4,)))
else:
    y = dense(keras.Input((5,)))
"""
    assert findings(program) == []


def test_a_layer_built_in_one_branch_is_not_held_to_it_afterwards() -> None:
    program = """\
import keras, sys
dense = keras.layers.Dense(3)
if len(sys.argv) > 1:
    y = dense(keras.Input((4,)))
z = dense(keras.Input((5,)))
"""
    assert findings(program) == []


def test_a_layer_of_the_users_is_built_in_each_branch() -> None:
    program = """
    import sys
    from keras import Input, layers
    class Scale(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1],))
        def call(self, x):
            return x * self.kernel
    scale = Scale(name="scale")
    x = Input((4,))
    if len(sys.argv) > 1:
        y = scale(x)
    else:
        y = scale(x)
    layers.ReLU(name="last")(y)
    """
    done = run(program)
    assert [str(node.shape) for _, node in done.nodes() if node.name in ("scale", "last")] == ["(None, 4)"] * 3


def test_a_function_that_returns_on_one_path_does_not_certainly_raise() -> None:
    program = """
    import sys
    def size():
        if len(sys.argv) > 1:
            return 4
        raise ValueError
    Input((size(),))
    """
    assert given(program) == [4]


def test_a_mistake_in_a_branch_is_told() -> None:
    program = """\
import keras, sys
x = keras.Input((4,))
if len(sys.argv) > 1:
    keras.layers.Reshape((3,))(x)
"""
    assert findings(program) == [("KC108", 4)]


def test_a_mistake_in_a_branch_that_never_runs_is_not_told() -> None:
    program = """\
import keras
x = keras.Input((4,))
if False:
    keras.layers.Reshape((3,))(x)
"""
    assert findings(program) == []


def test_what_one_branch_raised_on_is_settled_afterwards() -> None:
    program = """
    import sys
    n = len(sys.argv)
    def size(kind):
        if kind == "a":
            return 1
        raise ValueError(kind)
    Input((size("a") if n else size("b"),))
    """
    assert given(program) == [1]


def test_code_that_only_reads_a_name_one_branch_bound_sees_it() -> None:
    program = """
    import sys
    if len(sys.argv) > 1:
        n = 5
    if len(sys.argv) > 1:
        Input((n,))
    """
    assert given(program) == [5]


def test_a_condition_that_an_early_return_leaves_ends_with_its_branch() -> None:
    program = """
    import sys
    from keras import Input, layers, ops

    class Scaled(layers.Layer):
        def call(self, x, training=False):
            if len(sys.argv) > 1:
                if training:
                    return x
                x = ops.add(x, 1)
            return ops.multiply(x, 2)

    Scaled()(Input((4,)))
    """
    done = run(program)
    nodes = {node.op: node.guards for node in done.recorder.nodes.values() if node.kind == "op"}
    assert nodes == {"keras.ops.add": ("undecided", "not training"), "keras.ops.multiply": ()}


def test_the_training_argument_guards_its_branch() -> None:
    program = """
    from keras import Model, layers
    class Net(Model):
        def __init__(self):
            super().__init__()
            self.noise = layers.GaussianNoise(0.1, name="noise")
            self.dense = layers.Dense(2, name="dense")
        def call(self, x, training=None):
            if training:
                x = self.noise(x)
            elif not training:
                x = self.dense(x)
            return x
    Net()
    """
    done = run(program)
    assert (named(done, "noise").guards, named(done, "dense").guards[0]) == (("training",), "not training")


def test_a_try_that_may_be_cut_short_leaves_what_either_way_agrees_on() -> None:
    program = """
        import os
        size, same = 4, 5
        try:
            os.something()
            size, same = 8, 5
        except ValueError:
            pass
        Input((size, same))
        """
    assert given(program) == ["?", 5]


def test_a_round_that_may_go_on_before_it_raises_does_not_end_the_program() -> None:
    program = """
        import sys
        for size in (1, 2):
            if len(sys.argv) > size:
                continue
            raise ValueError(size)
        Input((7,))
        """
    assert given(program) == [7]
