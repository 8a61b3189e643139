"""What is read from the compiler's errors, which were captured from TensorFlow 2.21."""

from __future__ import annotations

from kerascheck.tracer.refusal import RefusedOp, read_refusal

UNREGISTERED = (
    "Failed getting HLO text: 'Detected unsupported operations when trying to compile graph __inference_f_54[] on "
    "XLA_CPU_JIT: MatrixDeterminant (No registered 'MatrixDeterminant' OpKernel for XLA_CPU_JIT devices compatible "
    "with node {{node model/volume/MatrixDeterminant}}){{node model/volume/MatrixDeterminant}}\n"
    "The op is created at: \n"
    'File "model.py", line 16, in <module>\n\ttf2xla conversion failed while converting __inference_f_54[].\''
)

CONSTANT = (
    "Failed getting HLO text: 'Input 1 to node `PartitionedCall/Reshape` with op Reshape must be a compile-time "
    "constant.\n\nXLA compilation requires that operator arguments that represent shapes or dimensions be evaluated to "
    "concrete values at compile time.\n\n\t [[{{function_node __inference_f_72}}{{node Reshape}}]]'"
)

INTERNAL = (
    "Failed getting HLO text: 'RET_CHECK failure (tensorflow/compiler/jit/get_compiler_ir.cc:214) variable.var() && "
    "variable.var()->is_initialized '"
)


def test_an_op_without_a_kernel_is_named() -> None:
    refusal = read_refusal(UNREGISTERED)
    assert refusal.message == "XLA has no kernel for MatrixDeterminant"
    assert refusal.ops == (RefusedOp("model/volume/MatrixDeterminant", "MatrixDeterminant"),)


def test_a_size_that_is_no_constant_is_named_with_the_op_and_its_input() -> None:
    refusal = read_refusal(CONSTANT)
    assert refusal.message == "input 1 of Reshape must be a compile-time constant"
    assert refusal.ops[0] == RefusedOp("PartitionedCall/Reshape", "Reshape")


def test_a_breakdown_of_the_compiler_names_no_op() -> None:
    refusal = read_refusal(INTERNAL)
    assert refusal.message == "variable.var() && variable.var()->is_initialized"
    assert refusal.ops == ()


def test_an_error_without_text_is_told_as_such() -> None:
    assert read_refusal("").message == "the compiler gave no reason"
