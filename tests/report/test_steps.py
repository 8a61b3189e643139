"""The section about compiled steps."""

from __future__ import annotations

from hand_made import line

from kerascheck.program import CompiledStep, Program
from kerascheck.report.steps import render_steps


def shown(**fields: object) -> str:
    program = Program("model.py")
    program.steps.append(CompiledStep("train_step", **fields))  # type: ignore[arg-type]
    return render_steps(program)


def test_nothing_is_said_where_nothing_was_lowered() -> None:
    assert render_steps(Program("model.py")) == ""


def test_a_step_that_lowers_is_measured() -> None:
    text = shown(lowers=True, instructions=1200, flops=2.5e9, dtypes=("f32", "s32"), bytes=100, padded=400)
    assert text == (
        "train_step: lowers to 1,200 HLO instructions, 2.5 GFLOPs, f32, s32\n"
        "  arrays of 100 B, 400 B in a TPU's tiles of 8 by 128: 75% padding"
    )


def test_unknown_work_is_said_to_be_unknown() -> None:
    assert shown(lowers=True, instructions=3, dtypes=("f32",)) == (
        "train_step: lowers to 3 HLO instructions, FLOPs unknown (a loop), f32"
    )


def test_sizes_that_depend_on_values_are_shown() -> None:
    text = shown(lowers=True, instructions=3, flops=0.0, dtypes=("f32",), dynamic=("f32[<=32]",))
    assert text.splitlines()[1] == "  sizes that depend on values: f32[<=32]"


def test_a_refusal_is_shown_with_its_line() -> None:
    text = shown(lowers=False, message="XLA has no kernel for AsString", refused=line(7))
    assert text == "train_step: does not lower: XLA has no kernel for AsString (model.py:7)"


def test_a_step_that_was_not_lowered_says_why() -> None:
    assert shown(message="not lowered: tracing it took too long") == "train_step: not lowered: tracing it took too long"
