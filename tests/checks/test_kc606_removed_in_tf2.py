from __future__ import annotations

from dataclasses import replace

import pytest

from kerascheck.checks.kc606_removed_in_tf2 import check
from kerascheck.diagnostic import Edit, Span
from kerascheck.program import ArgumentUse, Program, SymbolUse

HERE = Span("model.py", 3, 5, 3, 19)
LAST = Span("model.py", 3, 8, 3, 19)


def symbol(name: str, **changes) -> Program:
    use = SymbolUse(name, "tf", 3, HERE, called=True, attribute=LAST)
    return Program("model.py", symbols=[replace(use, **changes)])


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("tf.placeholder", "instead: `keras.Input`, or an argument of a `tf.function`"),
        ("tf.layers.dense", "instead: `keras.layers.Dense`"),
        ("tf.contrib.layers.flatten", "instead: `keras.layers.Flatten`"),
        ("tf.train.AdamOptimizer", "instead: `keras.optimizers.Adam`"),
        ("tf.Session", "remove it: code runs eagerly; `tf.function` compiles it"),
    ],
)
def test_a_name_that_is_gone_names_what_to_write_instead(name, help):
    (finding,) = check(symbol(name))
    assert (finding.span, finding.message, finding.help) == (HERE, f"`{name}` is not in TensorFlow 2", help)


def test_through_compat_v1_it_is_still_there():
    assert list(check(symbol("tf.placeholder", compat=True))) == []


def test_a_name_that_tensorflow_2_has_is_silent():
    assert list(check(symbol("tf.reduce_sum"))) == []


def test_a_name_that_no_tensorflow_ever_had_is_another_rules():
    assert list(check(symbol("tf.placeholdr"))) == []


def test_a_name_that_only_moved_is_moved_where_it_stands():
    (finding,) = check(symbol("tf.log"))
    assert finding.fix is not None
    assert finding.fix.safe
    assert finding.fix.edits == (Edit(LAST, "math.log"),)


def test_a_bare_name_that_was_imported_cannot_be_moved_by_one_edit():
    (finding,) = check(symbol("tf.log", attribute=None))
    assert (finding.help, finding.fix) == ("instead: `tf.math.log`", None)


def test_a_renamed_argument_is_renamed_where_it_stands():
    keyword = Span("model.py", 4, 21, 4, 35)
    use = ArgumentUse("tf.reduce_sum", "keep_dims", 3, HERE, keyword)
    (finding,) = check(Program("model.py", arguments=[use]))
    assert finding.message == "`tf.reduce_sum` takes no argument `keep_dims` in TensorFlow 2"
    assert finding.fix is not None
    assert finding.fix.edits == (Edit(Span("model.py", 4, 21, 4, 30), "keepdims"),)
