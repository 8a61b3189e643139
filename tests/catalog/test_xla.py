"""What XLA makes of TensorFlow functions."""

from __future__ import annotations

import pytest

from kerascheck import catalog
from kerascheck.catalog import TypeVerdict, Verdict, xla


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("tf.reduce_sum", Verdict.COMPILES),
        ("tf.matmul", Verdict.COMPILES),
        ("tf.nn.dropout", Verdict.COMPILES),
        ("tf.boolean_mask", Verdict.DYNAMIC_SHAPE),
        ("tf.unique", Verdict.DYNAMIC_SHAPE),
        ("tf.dynamic_partition", Verdict.DYNAMIC_SHAPE),
        ("tf.py_function", Verdict.HOST_CALLBACK),
        ("tf.numpy_function", Verdict.HOST_CALLBACK),
        ("tf.print", Verdict.HOST_CALLBACK),
        ("tf.summary.scalar", Verdict.HOST_CALLBACK),
        ("tf.strings.join", Verdict.NO_KERNEL),
        ("tf.io.decode_jpeg", Verdict.NO_KERNEL),
        ("tf.image.decode_jpeg", Verdict.NO_KERNEL),
        ("tf.math.segment_mean", Verdict.NO_KERNEL),
        ("tf.math.unsorted_segment_mean", Verdict.COMPILES),
        ("tf.nn.sampled_softmax_loss", Verdict.NO_KERNEL),
        ("tf.linalg.det", Verdict.NO_KERNEL),
        ("tf.image.crop_and_resize", Verdict.NO_KERNEL),
        ("tf.sparse.sparse_dense_matmul", Verdict.NO_KERNEL),
        ("tf.lookup.StaticHashTable.lookup", Verdict.NO_KERNEL),
        ("tf.RaggedTensor.to_tensor", Verdict.NO_KERNEL),
        ("tf.raw_ops.Where", Verdict.DYNAMIC_SHAPE),
        ("tf.raw_ops.PyFunc", Verdict.HOST_CALLBACK),
    ],
)
def test_verdicts(name: str, verdict: Verdict) -> None:
    found = xla(name)
    assert found is not None and found.verdict is verdict


def test_where_depends_on_its_arguments() -> None:
    one, three = xla("tf.where", {"condition": 1}), xla("tf.where", {"condition": 1, "x": 2, "y": 3})
    assert one is not None and one.verdict is Verdict.DYNAMIC_SHAPE
    assert three is not None and three.verdict is Verdict.COMPILES


def test_resizing_depends_on_the_method() -> None:
    bicubic, bilinear = xla("tf.image.resize", {"method": "bicubic"}), xla("tf.image.resize", {"method": "bilinear"})
    assert bicubic is not None and bicubic.note == "XLA has no kernel for ResizeBicubic"
    assert bilinear is not None and bilinear.verdict is Verdict.COMPILES


def test_an_argument_that_chooses_and_is_unknown_gives_no_verdict() -> None:
    assert xla("tf.image.resize", {"method": object()}) is None


def test_a_function_outside_the_table_gives_no_verdict() -> None:
    assert xla("tf.config.list_physical_devices") is None


def test_the_op_types_are_told() -> None:
    found = xla("tf.py_function")
    assert found is not None and "EagerPyFunc" in found.ops


def test_the_version_is_told() -> None:
    found = xla("tf.unique")
    assert found is not None and found.version == catalog.versions()["tensorflow"]


@pytest.mark.parametrize(("op", "expected"), [("AddV2", True), ("StringJoin", False), ("NoSuchOp", None)])
def test_kernels(op: str, expected: bool | None) -> None:
    assert catalog.xla_kernel(op) is expected


def test_an_op_only_tpus_take_says_so() -> None:
    found = xla("tf.raw_ops.ResizeNearestNeighborGrad")
    assert found is not None and found.note == "XLA has no kernel for ResizeNearestNeighborGrad except on a TPU"


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float32", TypeVerdict.TAKEN),
        ("bfloat16", TypeVerdict.TAKEN),
        ("int64", TypeVerdict.TAKEN),
        ("uint8", TypeVerdict.TAKEN),
        ("float64", TypeVerdict.EMULATED),
        ("complex128", TypeVerdict.REFUSED),
        ("string", TypeVerdict.REFUSED),
        ("no_such_type", None),
    ],
)
def test_types_on_a_tpu(dtype: str, expected: TypeVerdict | None) -> None:
    assert catalog.tpu_type(dtype) is expected


@pytest.mark.parametrize(("op", "expected"), [("MatMul", True), ("AddV2", False), ("MatrixDeterminant", False)])
def test_the_documented_operators(op: str, expected: bool) -> None:
    assert catalog.is_documented(op) is expected


def test_the_date_of_the_list_is_told() -> None:
    assert catalog.documented_date() == "2026-04-09"


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["tf.boolean_mask", "tf.math.segment_sum", "tf.math.unsorted_segment_sum"])
def test_compiling_does_as_the_table_says(name: str) -> None:
    import tensorflow as tf

    ids = tf.constant([0, 0, 1])
    calls = {
        "tf.boolean_mask": lambda x: tf.boolean_mask(x, x > 1.0),
        "tf.math.segment_sum": lambda x: tf.math.segment_sum(x, ids),
        "tf.math.unsorted_segment_sum": lambda x: tf.math.unsorted_segment_sum(x, ids, 2),
    }
    lower = tf.function(calls[name], jit_compile=True).experimental_get_compiler_ir(tf.TensorSpec([3]))
    found = xla(name)
    assert found is not None
    if found.verdict is Verdict.NO_KERNEL:
        with pytest.raises(ValueError, match="Detected unsupported operations"):
            lower(stage="hlo")
    else:
        assert ("<=" in lower(stage="hlo").splitlines()[0]) is (found.verdict is Verdict.DYNAMIC_SHAPE)
