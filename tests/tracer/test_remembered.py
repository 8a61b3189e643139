"""What is known of objects is forgotten with them, and never told of another."""

from __future__ import annotations

from kerascheck.tracer.remembered import Remembered


class Thing:
    """Something that can be referred to weakly, and is equal to every other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_objects_are_told_apart_by_identity() -> None:
    known: Remembered[str] = Remembered()
    first, second = Thing(), Thing()
    known.put(first, "first")
    assert (known.get(first), known.get(second), second in known) == ("first", None, False)


def test_an_object_that_goes_away_is_forgotten() -> None:
    gone: list[int] = []
    known: Remembered[str] = Remembered(gone.append)
    thing = Thing()
    key = id(thing)
    known.put(thing, "known")
    known.put(thing, "known better")
    assert list(known.items()) == [(thing, "known better")]
    del thing
    assert (len(known), list(known.items()), gone) == (0, [], [key])


def test_what_cannot_be_referred_to_weakly_is_left_out() -> None:
    known: Remembered[str] = Remembered()
    known.put(None, "nothing")
    known.put(7, "a number")
    assert len(known) == 0
