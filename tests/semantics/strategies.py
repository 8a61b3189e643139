"""What the tests of single layers generate."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


def sizes_for(axes: int, values: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """An argument with one size for all spatial axes, or one each."""
    several = st.lists(values, min_size=axes, max_size=axes)
    return st.one_of(values, several.map(tuple), several)


def often_right(
    right: st.SearchStrategy[dict[str, Any]], mistakes: list[tuple[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """A right configuration, one in four times with one of the ``mistakes``, pairs of parameter and value."""
    edits = st.one_of(st.just(None), st.just(None), st.just(None), st.sampled_from(mistakes))
    return st.builds(lambda config, edit: config if edit is None else {**config, edit[0]: edit[1]}, right, edits)


def input_shapes(
    axes: int, *, smallest: int = 1, largest: int = 12, channels: st.SearchStrategy[int] | None = None
) -> st.SearchStrategy[tuple[int | None, ...]]:
    """The shape of an input with that many axes, one in ten times of another rank or with unknown channels."""
    size = st.one_of(st.integers(smallest, largest), st.integers(5, largest), st.integers(5, largest), st.none())
    batch_size = st.sampled_from([None, None, 3])
    right = st.tuples(batch_size, *(size for _ in range(axes - 2)), st.integers(1, 6) if channels is None else channels)
    wrong = st.one_of(
        right.map(lambda shape: (*shape[:-1], None)),
        st.sampled_from([axes - 1, axes + 1]).map(lambda rank: (None, *(4,) * (rank - 1))),
    )
    return st.integers(0, 9).flatmap(lambda number: wrong if number == 9 else right)


DATA_FORMATS = st.sampled_from([None, "channels_last", "Channels_Last", "channels_first"])
