"""Facts that are noted while the code runs: each once, and of exceptions only those that end it."""

from __future__ import annotations

import pytest

from kerascheck.diagnostic import Span
from kerascheck.program import LateState, Program, ReservedAttribute
from kerascheck.tracer.notes import MOST_FACTS, Notes

HERE = Span("model.py", 3, 1, 3, 9)
LATE = LateState("Net", "head", False, HERE, "net.head = Dense(1)")
RESERVED = ReservedAttribute("keras.Model", "Net", "layers", 3, HERE, "self.layers = []")


def filled(notes: Notes) -> Program:
    program = Program("model.py")
    notes.fill(program)
    return program


def test_a_fact_is_told_once() -> None:
    notes = Notes()
    notes.add_all([LATE, LATE])
    assert filled(notes).late_state == [LATE]


def test_what_raises_is_a_fact_only_where_it_ends_the_code() -> None:
    notes = Notes()
    expected, unexpected = AttributeError("expected"), ValueError("not expected")
    notes.expect(expected, RESERVED)
    notes.expect(unexpected, LATE)
    notes.crashed(unexpected)
    assert filled(notes).late_state == [LATE]
    assert filled(notes).reserved_attributes == []


def test_an_exception_may_end_the_code_by_another() -> None:
    notes, first = Notes(), ValueError("of Keras's own")
    notes.expect(first, LATE)
    with pytest.raises(ValueError, match="with the layer's name") as raised:
        try:
            raise first
        except ValueError:
            raise ValueError("with the layer's name") from None
    notes.crashed(raised.value)
    assert filled(notes).late_state == [LATE]


def test_a_loop_that_makes_one_mistake_again_and_again_does_not_fill_the_memory() -> None:
    notes = Notes()
    for line in range(2 * MOST_FACTS):
        notes.add(LateState("Net", "head", False, Span("model.py", line + 1, 1, line + 1, 9), ""))
    assert len(filled(notes).late_state) == MOST_FACTS
