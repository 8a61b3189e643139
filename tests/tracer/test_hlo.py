"""What is read from the text of an HLO program."""

from __future__ import annotations

from kerascheck.tracer.hlo import read_hlo

DENSE = """HloModule step, entry_computation_layout={(f32[8,4]{1,0}, f32[4,3]{1,0})->f32[8,3]{1,0}}

ENTRY %step (x: f32[8,4], w: f32[4,3]) -> f32[8,3] {
  %x = f32[8,4]{1,0} parameter(0), metadata={op_name="XLA_Args"}
  %w = f32[4,3]{1,0} parameter(1)
  ROOT %dot.1 = f32[8,3]{1,0} dot(f32[8,4]{1,0} %x, f32[4,3]{1,0} %w), lhs_contracting_dims={1}
}
"""


def program(*instructions: str) -> str:
    return "\n".join(("HloModule step", "", "ENTRY %step () -> f32[] {", *instructions, "}"))


def test_a_matrix_product_takes_two_operations_for_each_pair() -> None:
    assert read_hlo(DENSE).flops == 2 * 8 * 4 * 3


def test_instructions_are_counted() -> None:
    assert read_hlo(DENSE).instructions == 3


def test_the_types_of_the_numbers_are_told() -> None:
    made = "  %a = (f64[2]{0}, (s32[], pred[3]{0})) custom-call()"
    assert read_hlo(program(made)).dtypes == ("f64", "pred", "s32")


def test_types_in_metadata_do_not_count() -> None:
    made = '  %a = f32[2]{0} parameter(0), metadata={op_name="f64[2]"}'
    assert read_hlo(program(made)).dtypes == ("f32",)


def test_a_bounded_size_is_dynamic() -> None:
    made = "  %a = f32[<=32,4]{1,0} set-dimension-size(f32[32,4]{1,0} %b, s32[] %n), dimensions={0}"
    assert read_hlo(program(made)).dynamic == ("f32[<=32,4]",)


def test_fixed_sizes_are_not_dynamic() -> None:
    assert read_hlo(DENSE).dynamic == ()


def test_the_two_last_sizes_are_padded_to_eight_and_a_hundred_and_twenty_eight() -> None:
    made = "  %a = f32[2,9,3]{2,1,0} parameter(0)"
    lowered = read_hlo(program(made))
    assert (lowered.bytes, lowered.padded) == (2 * 9 * 3 * 4, 2 * 16 * 128 * 4)


def test_a_vector_is_padded_to_a_hundred_and_twenty_eight_and_a_scalar_is_not() -> None:
    lowered = read_hlo(program("  %a = bf16[5]{0} parameter(0)", "  %b = f32[] parameter(1)"))
    assert (lowered.bytes, lowered.padded) == (14, 128 * 2 + 4)


def test_views_take_no_memory() -> None:
    assert read_hlo(program("  %a = f32[8,8]{1,0} broadcast(f32[] %c), dimensions={}")).bytes == 0


def test_a_convolution_takes_two_operations_for_each_weight_of_each_output() -> None:
    made = (
        "  %a = f32[8,6,6,4]{3,2,1,0} convolution(f32[8,8,8,3]{3,2,1,0} %x, f32[3,3,3,4]{3,2,1,0} %k), "
        "window={size=3x3}, dim_labels=b01f_01io->b01f"
    )
    assert read_hlo(program(made)).flops == 2 * (8 * 6 * 6 * 4) * (3 * 3 * 3)


def test_a_grouped_convolution_reads_the_inputs_of_its_group_alone() -> None:
    made = (
        "  %a = f32[1,4,4,6]{3,2,1,0} convolution(f32[1,4,4,6]{3,2,1,0} %x, f32[1,1,1,6]{3,2,1,0} %k), "
        "window={size=1x1}, dim_labels=b01f_01io->b01f, feature_group_count=6"
    )
    assert read_hlo(program(made)).flops == 2 * (4 * 4 * 6)


CALLED = """HloModule step

%inner (x: f32[8,4]) -> f32[8,8] {
  ROOT %dot.1 = f32[8,8]{1,0} dot(f32[8,4]{1,0} %x, f32[4,8]{1,0} %w), lhs_contracting_dims={1}
}

ENTRY %step (x: f32[8,4]) -> f32[8,8] {
  ROOT %r = f32[8,8]{1,0} HOW(f32[8,4]{1,0} %x), WHERE=%inner
}
"""


def test_what_a_called_computation_does_counts_each_time() -> None:
    assert read_hlo(CALLED.replace("HOW", "call").replace("WHERE", "to_apply")).flops == 2 * 8 * 4 * 8


def test_the_work_of_a_loop_is_unknown() -> None:
    assert read_hlo(CALLED.replace("HOW", "while").replace("WHERE", "body")).flops is None
