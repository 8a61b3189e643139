"""What KC902 says of a get_config that leaves out several arguments."""

from __future__ import annotations

import kerascheck

PROGRAM = """\
import keras


class Layer(keras.layers.Layer):
    def __init__(self, a, b=1, c=2, d=3, e=4, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b, self.c, self.d, self.e = a, b, c, d, e
        self.sum = a + b + c + d + e

    def call(self, inputs):
        return inputs * self.sum

    def get_config(self):
        return {{**super().get_config(), {kept}}}
"""


def message(kept: str) -> str:
    (found,) = kerascheck.check_source(PROGRAM.format(kept=kept))
    return found.message.removeprefix("`get_config` of `Layer` leaves out ")


def test_what_cannot_be_left_out_is_told_first() -> None:
    assert message('"b": self.b, "c": self.c, "d": self.d') == "`a` and `e`: it cannot be loaded without `a`"


def test_one_default_is_told() -> None:
    kept = '"a": self.a, "b": self.b, "c": self.c, "d": self.d'
    assert message(kept) == "`e`: a loaded one has the default, 4, whatever the saved one had"


def test_more_than_three_are_counted() -> None:
    expected = "`b`, `c`, `d` and 1 more: a loaded one has their defaults, whatever the saved one had"
    assert message('"a": self.a') == expected


def test_keys_that_are_not_known_are_not_missed() -> None:
    assert not kerascheck.check_source(PROGRAM.format(kept="**unknown_arguments(self)"))
