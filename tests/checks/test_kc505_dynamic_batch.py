from __future__ import annotations

from hand_made import line

from kerascheck.checks.kc505_dynamic_batch import check
from kerascheck.program import FedDataset, Program


def found(device: str = "tpu", **fields: object) -> list[int]:
    program = Program("model.py", device=device)
    program.datasets.append(FedDataset("model", line(9), ("(None, 4)",), **fields))  # type: ignore[arg-type]
    return [finding.span.line for finding in check(program)]


def test_batches_of_no_fixed_size_are_told_where_they_are_made() -> None:
    assert found(open_batch=True, whole=False, batched=line(5)) == [5]


def test_a_dataset_batched_elsewhere_is_told_at_fit() -> None:
    assert found(open_batch=True) == [9]


def test_batches_that_are_all_of_one_size_are_silent() -> None:
    assert found(open_batch=True, whole=True, batched=line(5)) == []


def test_samples_of_no_fixed_size_are_told_at_fit() -> None:
    assert found(open_batch=True, open_sizes=True, whole=True, batched=line(5)) == [9]


def test_fixed_sizes_are_silent() -> None:
    assert found(batched=line(5)) == []


def test_a_cpu_takes_any_size() -> None:
    assert found("cpu", open_batch=True, whole=False) == []
