from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck.tracer.request import Request, TargetError, TargetKind, parse_attribute, target_kind


def test_a_call_in_the_target_keeps_its_literal_arguments() -> None:
    target = parse_attribute("pkg.models:Zoo.build(10, size=(2, 3), name='a')")
    assert (target.module, target.names) == ("pkg.models", ("Zoo", "build"))
    assert target.arguments == ((10,), {"size": (2, 3), "name": "a"})


def test_a_target_without_parentheses_calls_nothing() -> None:
    assert parse_attribute("pkg:model").arguments is None


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("pkg:build(width)", "must be literals"),
        ("pkg:build(**{'a': 1})", "** is not taken"),
        ("pkg:1 + 1", "not an attribute or a call"),
        ("pkg:(", "not an attribute or a call"),
        ("a-b:model", "not a module's name"),
        ("nowhere.py", "no such file"),
        ("nowhere.keras", "no such file"),
        ("nowhere", "no such file"),
    ],
)
def test_what_cannot_be_traced_is_told_in_one_sentence(target: str, told: str) -> None:
    with pytest.raises(TargetError) as caught:
        target_kind(target)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"expected a \.py or \.ipynb file"):
        target_kind(str(tmp_path))


def test_a_request_survives_json() -> None:
    request = Request("a.py", TargetKind.SCRIPT, stop_at_model=True, seconds=3.5, keras="2")
    assert Request.from_json(request.to_json()) == request
