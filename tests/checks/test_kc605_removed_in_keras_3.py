from __future__ import annotations

from dataclasses import replace

import pytest

from kerascheck.checks.kc605_removed_in_keras_3 import check
from kerascheck.diagnostic import Edit, Span, TrailStep
from kerascheck.program import ArgumentUse, MemberUse, Program, SymbolUse

HERE = Span("model.py", 5, 9, 5, 25)
CALLER = Span("model.py", 9, 1, 9, 8)


def symbol(name: str, **changes) -> Program:
    use = SymbolUse(name, "keras", 3, HERE, called=True)
    return Program("model.py", symbols=[replace(use, **changes)])


def member(owner: str, name: str, **changes) -> Program:
    use = MemberUse(owner, name, 3, HERE, called=True)
    return Program("model.py", members=[replace(use, **changes)])


def argument(callee: str, name: str, **changes) -> Program:
    use = ArgumentUse(callee, name, 3, Span("model.py", 5, 1, 7, 2))
    return Program("model.py", arguments=[replace(use, **changes)])


def test_a_function_that_is_gone_names_what_takes_its_place():
    (finding,) = check(symbol("keras.backend.learning_phase"))
    assert finding.span == HERE
    assert finding.message == "`keras.backend.learning_phase` is not in Keras 3"
    assert finding.help == "instead: pass `training=` to the call"


def test_a_name_that_keras_3_has_is_silent():
    assert list(check(symbol("keras.layers.Dense"))) == []


def test_a_name_that_no_keras_ever_had_is_another_rules():
    assert list(check(symbol("keras.layers.Dnese"))) == []


def test_tf_keras_is_keras_2_and_has_them_all():
    assert list(check(symbol("keras.backend.learning_phase", package="tf_keras", generation=2))) == []


def test_tf_dot_keras_still_has_the_old_backend():
    assert list(check(symbol("keras.backend.dot", package="tf.keras"))) == []
    assert [finding.message for finding in check(symbol("keras.backend.dot"))] == [
        "`keras.backend.dot` is not in Keras 3"
    ]


def test_a_class_kept_for_its_message_raises_only_when_called():
    assert [finding.message for finding in check(symbol("keras.optimizers.legacy.Adam"))] == [
        "`keras.optimizers.legacy.Adam` is not in Keras 3"
    ]
    assert list(check(symbol("keras.optimizers.legacy.Adam", called=False))) == []


def test_tf_dot_keras_still_has_the_reduction_names():
    assert list(check(symbol("keras.losses.Reduction.NONE", package="tf.keras", called=False))) == []
    assert [finding.message for finding in check(symbol("keras.losses.Reduction.NONE", called=False))] == [
        "`keras.losses.Reduction.NONE` is not in Keras 3"
    ]


def test_a_use_inside_a_function_shows_who_called_it():
    (finding,) = check(symbol("keras.backend.learning_phase", stack=(CALLER,)))
    assert finding.trail == (TrailStep(CALLER, "called from here"),)


def test_a_use_that_many_calls_reach_is_told_once():
    program = symbol("keras.backend.learning_phase")
    program.symbols.append(replace(program.symbols[0], stack=(CALLER,)))
    assert len(list(check(program))) == 1


def test_an_outer_name_is_not_told_besides_the_inner_one():
    program = symbol("keras.preprocessing.text.Tokenizer", span=Span("model.py", 5, 9, 5, 43))
    program.symbols.append(replace(program.symbols[0], name="keras.preprocessing.text", span=HERE))
    (finding,) = check(program)
    assert finding.message == "`keras.preprocessing.text.Tokenizer` is not in Keras 3"


@pytest.mark.parametrize(
    ("owner", "name", "called", "message"),
    [
        ("keras.layers.Dense", "set_input", True, "`Dense` has no method `set_input` in Keras 3"),
        ("keras.Sequential", "fit_generator", True, "`Sequential` has no method `fit_generator` in Keras 3"),
        ("keras.Model", "updates", False, "`Model` has no attribute `updates` in Keras 3"),
    ],
)
def test_a_member_that_is_gone_is_told_with_its_class(owner, name, called, message):
    assert [finding.message for finding in check(member(owner, name, called=called))] == [message]


def test_a_member_that_keras_3_has_under_another_contract_may_be_used_rightly():
    assert list(check(member("keras.layers.Layer", "add_variable"))) == []


def test_a_member_of_a_keras_2_object_is_silent():
    assert list(check(member("keras.Model", "updates", generation=2))) == []


def test_a_renamed_argument_is_renamed_where_it_stands():
    (finding,) = check(argument("keras.optimizers.Adam", "lr", keyword=Span("model.py", 6, 5, 6, 12)))
    assert finding.span == Span("model.py", 6, 5, 6, 12)
    assert finding.message == "`keras.optimizers.Adam` takes no argument `lr` in Keras 3"
    assert finding.help == "instead: `learning_rate=`"
    assert finding.fix is not None
    assert finding.fix.safe
    assert finding.fix.edits == (Edit(Span("model.py", 6, 5, 6, 7), "learning_rate"),)


def test_an_argument_with_no_new_name_has_help_and_no_fix():
    (finding,) = check(argument("keras.Model.fit", "workers"))
    assert (finding.help, finding.fix) == ("instead: `keras.utils.PyDataset(workers=…)`", None)


def test_an_argument_that_is_only_ignored_does_not_raise_and_is_another_rules():
    assert list(check(argument("keras.optimizers.Adam", "decay"))) == []


def test_an_argument_that_no_keras_ever_had_is_another_rules():
    assert list(check(argument("keras.layers.Dense", "colour"))) == []
