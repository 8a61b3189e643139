"""What a call gave and what it left out, and what is told of a function that it was given."""

from __future__ import annotations

import pytest

from kerascheck.tracer.binding import left_out, user_function


def reduced(x: object, axis: int | None = None, *rest: object, keepdims: bool = False, **options: object) -> None:
    """Stands for a public function."""


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((1,), {}, ("axis", "keepdims")),
        ((1, 0), {}, ("keepdims",)),
        ((1,), {"axis": None, "name": "r"}, ("keepdims",)),
        ((), {}, ()),
    ],
)
def test_the_parameters_that_a_call_leaves_to_their_defaults(
    args: tuple[object, ...], kwargs: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert left_out(reduced, args, kwargs) == expected


def carried(state: float, value: float) -> float:
    return state + value


def mapped(_: float, value: float) -> float:
    return 2 * value


def nested(state: float, value: float) -> list[float]:
    return [state * each for each in (value,)]


class Steps:
    def step(self, state: float, value: float) -> float:
        return value - state


def test_a_function_is_told_by_the_parameters_that_it_reads() -> None:
    assert user_function(carried, carried.__code__).read == ("state", "value")
    assert user_function(mapped, mapped.__code__).read == ("value",)
    assert user_function(nested, nested.__code__).read == ("state", "value")


def test_a_method_is_told_without_its_receiver() -> None:
    step = Steps().step
    assert user_function(step, step.__code__).parameters == ("state", "value")
