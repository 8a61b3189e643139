"""Which versions a specifier allows."""

from __future__ import annotations

import pytest

from kerascheck.project.bounds import Bounds, bounds, release


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3.6.0", (3, 6)), ("3.12", (3, 12)), ("2.16.0rc0", (2, 16)), ("2.16.1.dev20", (2, 16, 1)), ("3", (3,))],
)
def test_a_release_is_its_numbers(text: str, expected: tuple[int, ...]) -> None:
    assert release(text) == expected


@pytest.mark.parametrize(
    ("specifier", "lowest", "below"),
    [
        ("", None, None),
        (">=2.4", (2, 4), None),
        (">2.4", (2, 4), None),
        ("<2.16", None, (2, 16)),
        (">=2.4, <2.16", (2, 4), (2, 16)),
        ("~=2.4", (2, 4), (3,)),
        ("~=2.4.1", (2, 4, 1), (2, 5)),
        ("^2.4", (2, 4), (3,)),
        ("~2.4", (2, 4), (2, 5)),
        ("==2.4.*", (2, 4), (2, 5)),
        ("=2.4", (2, 4), (2, 5)),
        ("!=2.5,>=2.4", (2, 4), None),
        ("<2.4 || >=3", None, None),
        ("latest", None, None),
    ],
)
def test_a_specifier_has_a_lowest_and_a_limit(
    specifier: str, lowest: tuple[int, ...] | None, below: tuple[int, ...] | None
) -> None:
    assert bounds(specifier) == Bounds(lowest, below)


@pytest.mark.parametrize("specifier", ["==2.15.1", "2.15.1", "===2.15.1"])
def test_one_version_is_exact(specifier: str) -> None:
    found = bounds(specifier)
    assert found.exact == "2.15.1"
    assert found.before((2, 16)) and not found.before((2, 15, 1))
    assert found.from_((2, 15)) and not found.from_((2, 16))
