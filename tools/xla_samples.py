"""What the functions of TensorFlow are called with to see which ops they make: a call for each way that matters."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

F = np.linspace(0.1, 0.9, 16).reshape(4, 4).astype("float32")
SYMMETRIC = (np.eye(4) * 2 + 0.1).astype("float32")
IMAGE = np.linspace(0.0, 1.0, 2 * 8 * 8 * 3).reshape(2, 8, 8, 3).astype("float32")
VOLUME = np.zeros((2, 4, 4, 4, 3), "float32")
SEQUENCE = np.zeros((2, 8, 3), "float32")
IDS = np.array([0, 1, 1, 3], "int32")
WORDS = np.array([b"a b", b"c"])
BOOLEANS = F > 0.5
COMPLEX = F.astype("complex64")

COMPUTED_SIZE = "a size is computed from values"

# What a required parameter gets whatever the flavour; an array becomes an input, anything else stays a constant.
BY_NAME: dict[str, Any] = {
    "axis": 0, "axes": [0], "perm": [1, 0], "shape": [4, 4], "dtype": tf.float32, "depth": 4, "num_segments": 4,
    "segment_ids": IDS, "multiples": [1, 2], "repeats": 2, "paddings": [[1, 1], [1, 1]], "block_size": 2,
    "block_shape": [2, 2], "crops": [[0, 0], [0, 0]], "k": 2, "clip_norm": 1.0, "clip_value_min": 0.2,
    "clip_value_max": 0.8, "ksize": 2, "strides": 1, "padding": "SAME", "size": [4, 4], "begin": [0, 0],
    "end": [2, 2], "num": 4, "rate": 0.5, "seed": [1, 2], "dims": [4, 4], "num_or_size_splits": 2, "shift": 1,
    "labels": F, "equation": "ij,jk->ik", "out_type": tf.float32, "type": tf.uint8, "name": None, "num_classes": 4,
    "message": "m", "target_height": 4, "target_width": 4, "crop_height": 4, "crop_width": 4, "offset_height": 1,
    "offset_width": 1, "num_samples": 2, "central_fraction": 0.5, "contrast_factor": 0.5, "saturation_factor": 0.5,
    "delta": 0.1, "gain": 1, "lower": 0.5, "upper": 1.5, "max_delta": 0.1, "min_jpeg_quality": 60,
    "max_jpeg_quality": 90, "jpeg_quality": 80, "max_val": 1.0, "frame_length": 4, "frame_step": 2, "frame_step_": 2,
    "N": 4, "pattern": "a", "rewrite": "b", "pos": 0, "len": 1, "num_buckets": 5, "separator": " ", "num_lower": 1,
    "num_upper": 1, "filters": np.zeros((2, 2, 3, 4), "float32"), "bias": np.zeros(4, "float32"), "lengths": IDS,
    "num_rows": 4, "value": F, "values": [F, F], "data": F, "updates": F[:2],
    "indices": np.array([[0], [1]], "int32"), "minval": 0.0, "maxval": 1.0, "alpha": 0.5, "lam": 1.0,
    "mean": np.zeros(4, "float32"), "variance": np.ones(4, "float32"), "offset": None, "scale": None,
    "variance_epsilon": 0.001, "num_bits": 8, "min": -1.0, "max": 1.0, "input_min": -1.0, "input_max": 1.0,
    "rates": [1, 1, 1, 1], "condition": True, "limit": 4, "start": 0, "stop": 1.0, "target": F, "rhs": F, "tol": 0.1,
    "p": 2, "order": 2, "diagonal": F[0], "loc": 0.0, "global_norm": 1.0, "iterations": 2, "max_output_size": 2,
    "boxes": np.zeros((4, 4), "float32"), "scores": F[0], "rank": 2, "maximum_iterations": 2, "bits": 8,
}  # fmt: skip

# What every other required parameter gets, tried in this order.
FLAVOURS: tuple[Any, ...] = (
    F,
    SYMMETRIC,
    IMAGE,
    F[0],
    IDS,
    BOOLEANS,
    WORDS,
    COMPLEX,
    SEQUENCE,
    VOLUME,
    b"text",
    4,
    0.5,
)


def ragged(values: Any) -> Any:
    return tf.RaggedTensor.from_row_lengths(values, [1, 2, 1])


def sparse(values: Any) -> Any:
    return tf.sparse.SparseTensor([[0, 0], [1, 2]], values[0, :2], [4, 4])


@functools.cache
def table() -> Any:
    with tf.init_scope():
        keys = tf.lookup.KeyValueTensorInitializer(tf.constant([1, 2]), tf.constant([3, 4]))
        return tf.lookup.StaticHashTable(keys, default_value=0)


def summary(write: Callable[[Any], Any]) -> Callable[..., Any]:
    """A call that writes to a summary writer."""

    def call(x: Any) -> Any:
        with TemporaryDirectory() as directory, tf.summary.create_file_writer(directory).as_default(step=1):
            return tf.cast(write(x), tf.float32) + x

    return call


# The arguments that choose a way, then a function of arrays, and the arrays.
Way = tuple[dict[str, Any], Callable[..., Any], tuple[Any, ...]]
RESIZE = ("nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
SAMPLES: dict[str, list[Way]] = {
    "tf.where": [
        ({"x": "given"}, tf.where, (BOOLEANS, F, F)),
        ({}, tf.where, (BOOLEANS,)),
    ],
    "tf.image.resize": [
        *(
            ({"method": method}, lambda x, method=method: tf.image.resize(x, [4, 4], method), (IMAGE,))
            for method in RESIZE
        ),
        ({}, lambda x: tf.image.resize(x, [4, 4]), (IMAGE,)),
    ],
    "tf.boolean_mask": [({}, tf.boolean_mask, (F, F[0] > 0.2))],
    "tf.unique": [({}, tf.unique, (IDS,))],
    "tf.unique_with_counts": [({}, tf.unique_with_counts, (IDS,))],
    "tf.dynamic_partition": [({}, lambda x, p: tf.dynamic_partition(x, p, 4), (F, IDS))],
    "tf.dynamic_stitch": [({}, lambda x: tf.dynamic_stitch([[0, 1, 2, 3]], [x]), (F,))],
    "tf.py_function": [({}, lambda x: tf.py_function(abs, [x], tf.float32), (F,))],
    "tf.numpy_function": [({}, lambda x: tf.numpy_function(np.abs, [x], tf.float32), (F,))],
    "tf.print": [({}, lambda x: (tf.print(x), x)[1], (F,))],
    "tf.debugging.Assert": [({}, lambda x: (tf.debugging.Assert(tf.reduce_all(x > 0), [x]), x)[1], (F,))],
    "tf.summary.write": [({}, summary(lambda x: tf.summary.write("s", x)), (F,))],
    "tf.nn.sampled_softmax_loss": [
        (
            {},
            lambda w, b, y, x: tf.nn.sampled_softmax_loss(w, b, y, x, 2, 4),
            (F, F[0], IDS[:, None].astype("int64"), F),
        )
    ],
    "tf.nn.nce_loss": [
        ({}, lambda w, b, y, x: tf.nn.nce_loss(w, b, y, x, 2, 4), (F, F[0], IDS[:, None].astype("int64"), F))
    ],
    "tf.fill": [({}, lambda x: tf.fill([4, 4], x[0, 0]), (F,))],
    "tf.math.bincount": [({}, tf.math.bincount, (IDS,))],
    "tf.nn.collapse_repeated": [({}, lambda y: tf.nn.collapse_repeated(y, [4]), (IDS[None],))],
    "tf.linspace": [({}, lambda x: tf.linspace(0.0, 1.0, 4) + x, (F,))],
    "tf.tensordot": [({}, lambda a, b: tf.tensordot(a, b, 1), (F, F))],
    "tf.math.add_n": [({}, lambda a, b: tf.math.add_n([a, b]), (F, F))],
    "tf.math.in_top_k": [({}, lambda y, x: tf.math.in_top_k(y, x, 1), (IDS, F))],
    "tf.math.confusion_matrix": [
        ({"num_classes": "given"}, lambda y, p: tf.math.confusion_matrix(y, p, 4), (IDS, IDS)),
        ({}, tf.math.confusion_matrix, (IDS, IDS)),
    ],
    "tf.nn.sigmoid_cross_entropy_with_logits": [
        ({}, lambda y, x: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x), (F, F))
    ],
    "tf.nn.depth_to_space": [({}, lambda x: tf.nn.depth_to_space(x, 2), (np.zeros((2, 4, 4, 4), "float32"),))],
    "tf.nn.pool": [({}, lambda x: tf.nn.pool(x, [2, 2], "MAX", padding="SAME"), (IMAGE,))],
    "tf.nn.ctc_greedy_decoder": [
        ({}, lambda x: tf.nn.ctc_greedy_decoder(tf.transpose(x, [1, 0, 2]), [8, 8])[0][0].values, (SEQUENCE,))
    ],
    "tf.nn.ctc_beam_search_decoder": [
        ({}, lambda x: tf.nn.ctc_beam_search_decoder(tf.transpose(x, [1, 0, 2]), [8, 8])[0][0].values, (SEQUENCE,))
    ],
    **{
        f"tf.random.{kind}_candidate_sampler": [
            (
                {},
                lambda i, kind=kind: getattr(tf.random, f"{kind}_candidate_sampler")(i, 1, 2, True, 4),
                (IDS[:, None].astype("int64"),),
            )
        ]
        for kind in ("uniform", "log_uniform", "learned_unigram")
    },
    "tf.random.gamma": [({}, lambda x: tf.random.gamma([4, 4], 1.0) + x, (F,))],
    "tf.random.stateless_normal": [({}, lambda x: tf.random.stateless_normal([4, 4], [1, 2]) + x, (F,))],
    "tf.random.stateless_uniform": [({}, lambda x: tf.random.stateless_uniform([4, 4], [1, 2]) + x, (F,))],
    "tf.random.stateless_truncated_normal": [
        ({}, lambda x: tf.random.stateless_truncated_normal([4, 4], [1, 2]) + x, (F,))
    ],
    "tf.image.extract_patches": [
        ({}, lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1] * 4, "VALID"), (IMAGE,))
    ],
    "tf.image.pad_to_bounding_box": [({}, lambda x: tf.image.pad_to_bounding_box(x, 1, 1, 12, 12), (IMAGE,))],
    "tf.image.grayscale_to_rgb": [({}, tf.image.grayscale_to_rgb, (IMAGE[..., :1],))],
    "tf.image.ssim": [({}, lambda x, y: tf.image.ssim(x, y, 1.0, filter_size=4), (IMAGE, IMAGE))],
    "tf.linalg.set_diag": [({}, tf.linalg.set_diag, (F, F[0]))],
    "tf.linalg.global_norm": [({}, lambda x: tf.linalg.global_norm([x]), (F,))],
    "tf.batch_to_space": [({}, lambda x: tf.batch_to_space(x, [2], [[0, 0]]), (F,))],
    "tf.reverse_sequence": [({}, lambda x: tf.reverse_sequence(x, [1, 2, 3, 4], 1), (F,))],
    "tf.sparse.reshape": [({}, lambda x: tf.sparse.reshape(sparse(x), [16]).indices, (F,))],
    "tf.sparse.transpose": [({}, lambda x: tf.sparse.transpose(sparse(x)).values, (F,))],
    "tf.sparse.reduce_max": [({}, lambda x: tf.sparse.reduce_max(sparse(x), 0), (F,))],
    "tf.sparse.fill_empty_rows": [({}, lambda x: tf.sparse.fill_empty_rows(sparse(x), 0.0)[0].values, (F,))],
    "tf.sparse.split": [({}, lambda x: tf.sparse.split(sparse(x), 2, 0)[0].values, (F,))],
    "tf.io.encode_png": [({}, lambda x: tf.io.encode_png(tf.cast(x, tf.uint8)), (IMAGE[0],))],
    "tf.io.decode_csv": [({}, lambda s: tf.io.decode_csv(s, [0.0]), (WORDS,))],
    "tf.histogram_fixed_width": [({}, lambda x: tf.histogram_fixed_width(x, [0.0, 1.0], 4), (F,))],
    "tf.strings.ngrams": [({}, lambda s: tf.strings.ngrams(s, 1), (WORDS,))],
    "tf.strings.unicode_decode": [({}, lambda s: tf.strings.unicode_decode(s, "UTF-8").flat_values, (WORDS,))],
    "tf.random.shuffle": [({}, tf.random.shuffle, (F,))],
    "tf.random.categorical": [({}, lambda x: tf.random.categorical(x, 2), (F,))],
    "tf.cond": [({}, lambda x: tf.cond(x[0, 0] > 0, lambda: x, lambda: -x), (F,))],
    "tf.while_loop": [({}, lambda x: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2), (0, x)), (F,))],
    "tf.map_fn": [({}, lambda x: tf.map_fn(lambda y: y * 2, x), (F,))],
    "tf.vectorized_map": [({}, lambda x: tf.vectorized_map(lambda y: y * 2, x), (F,))],
    "tf.scan": [({}, lambda x: tf.scan(lambda a, y: a + y, x), (F,))],
    "tf.foldl": [({}, lambda x: tf.foldl(lambda a, y: a + y, x), (F,))],
    "tf.foldr": [({}, lambda x: tf.foldr(lambda a, y: a + y, x), (F,))],
    "tf.switch_case": [({}, lambda i, x: tf.switch_case(i[0], [lambda: x, lambda: -x]), (IDS, F))],
    "tf.case": [({}, lambda x: tf.case([(x[0, 0] > 0, lambda: x)], default=lambda: -x), (F,))],
    "tf.gather": [({}, tf.gather, (F, IDS))],
    "tf.gather_nd": [({}, tf.gather_nd, (F, np.array([[0], [1]], "int32")))],
    "tf.nn.embedding_lookup": [({}, tf.nn.embedding_lookup, (F, IDS))],
    "tf.concat": [({}, lambda a, b: tf.concat([a, b], 0), (F, F))],
    "tf.stack": [({}, lambda a, b: tf.stack([a, b]), (F, F))],
    "tf.einsum": [({}, lambda a, b: tf.einsum("ij,jk->ik", a, b), (F, F))],
    "tf.meshgrid": [({}, tf.meshgrid, (F[0], F[0]))],
    "tf.one_hot": [({}, lambda i: tf.one_hot(i, 4), (IDS,))],
    "tf.sequence_mask": [({}, lambda i: tf.sequence_mask(i, 4), (IDS,))],
    "tf.nn.conv1d": [({}, lambda x, k: tf.nn.conv1d(x, k, 1, "SAME"), (SEQUENCE, np.zeros((2, 3, 4), "float32")))],
    "tf.nn.conv3d": [
        ({}, lambda x, k: tf.nn.conv3d(x, k, [1] * 5, "SAME"), (VOLUME, np.zeros((2, 2, 2, 3, 4), "float32")))
    ],
    "tf.nn.conv2d_transpose": [
        ({}, lambda x, k: tf.nn.conv2d_transpose(x, k, [2, 16, 16, 4], 2), (IMAGE, np.zeros((2, 2, 4, 3), "float32")))
    ],
    "tf.nn.depthwise_conv2d": [
        ({}, lambda x, k: tf.nn.depthwise_conv2d(x, k, [1] * 4, "SAME"), (IMAGE, np.zeros((2, 2, 3, 1), "float32")))
    ],
    "tf.nn.separable_conv2d": [
        (
            {},
            lambda x, d, p: tf.nn.separable_conv2d(x, d, p, [1] * 4, "SAME"),
            (IMAGE, np.zeros((2, 2, 3, 1), "float32"), np.zeros((1, 1, 3, 4), "float32")),
        )
    ],
    "tf.nn.sparse_softmax_cross_entropy_with_logits": [({}, tf.nn.sparse_softmax_cross_entropy_with_logits, (IDS, F))],
    "tf.nn.ctc_loss": [
        (
            {},
            lambda y, x: tf.nn.ctc_loss(y, x, [2, 2], [8, 8], logits_time_major=False, blank_index=0),
            (np.ones((2, 2), "int32"), SEQUENCE),
        )
    ],
    "tf.image.crop_and_resize": [
        ({}, lambda x, b: tf.image.crop_and_resize(x, b, [0, 1], [4, 4]), (IMAGE, np.zeros((2, 4), "float32")))
    ],
    "tf.image.non_max_suppression": [({}, lambda b, s: tf.image.non_max_suppression(b, s, 2), (F, F[0]))],
    "tf.image.combined_non_max_suppression": [
        (
            {},
            lambda b, s: tf.image.combined_non_max_suppression(b, s, 2, 2),
            (np.zeros((1, 4, 1, 4), "float32"), np.zeros((1, 4, 2), "float32")),
        )
    ],
    **{
        f"tf.image.decode_{kind}": [({}, getattr(tf.image, f"decode_{kind}"), (np.array(b"x"),))]
        for kind in ("png", "gif", "bmp")
    },
    "tf.io.decode_jpeg": [({}, tf.io.decode_jpeg, (np.array(b"x"),))],
    "tf.io.decode_image": [({}, tf.io.decode_image, (np.array(b"x"),))],
    "tf.io.parse_example": [
        ({}, lambda s: tf.io.parse_example(s, {"a": tf.io.FixedLenFeature([2], tf.float32)}), (WORDS,))
    ],
    "tf.io.parse_single_example": [
        ({}, lambda s: tf.io.parse_single_example(s, {"a": tf.io.FixedLenFeature([2], tf.float32)}), (WORDS[0],))
    ],
    "tf.io.decode_raw": [({}, lambda s: tf.io.decode_raw(s, tf.uint8), (WORDS,))],
    "tf.io.read_file": [({}, tf.io.read_file, (np.array(b"x"),))],
    "tf.lookup.StaticHashTable.lookup": [({}, lambda i: table().lookup(i), (IDS,))],
    "tf.ragged.boolean_mask": [({}, lambda x: tf.ragged.boolean_mask(x, x > 0.5).flat_values, (F,))],
    "tf.ragged.constant": [({}, lambda x: tf.ragged.constant([[1.0], [2.0, 3.0]]).flat_values + x[0, 0], (F,))],
    "tf.RaggedTensor.to_tensor": [({}, lambda x: ragged(x).to_tensor(), (F,))],
    "tf.RaggedTensor.from_tensor": [({}, lambda x: tf.RaggedTensor.from_tensor(x).flat_values, (F,))],
    "tf.ragged.stack": [({}, lambda x: tf.ragged.stack([x, x[:2]]).flat_values, (F,))],
    "tf.ragged.range": [({}, lambda i: tf.ragged.range(i).flat_values, (IDS,))],
    "tf.sparse.sparse_dense_matmul": [({}, lambda x: tf.sparse.sparse_dense_matmul(sparse(x), x), (F,))],
    "tf.sparse.to_dense": [({}, lambda x: tf.sparse.to_dense(sparse(x)), (F,))],
    "tf.sparse.from_dense": [({}, lambda x: tf.sparse.from_dense(x).values, (F,))],
    "tf.sparse.reduce_sum": [({}, lambda x: tf.sparse.reduce_sum(sparse(x), 0), (F,))],
    "tf.sparse.reorder": [({}, lambda x: tf.sparse.reorder(sparse(x)).values, (F,))],
    "tf.sparse.concat": [({}, lambda x: tf.sparse.concat(0, [sparse(x), sparse(x)]).values, (F,))],
    "tf.sparse.add": [({}, lambda x: tf.sparse.add(sparse(x), sparse(x)).values, (F,))],
    "tf.sparse.slice": [({}, lambda x: tf.sparse.slice(sparse(x), [0, 0], [2, 2]).values, (F,))],
    "tf.sparse.softmax": [({}, lambda x: tf.sparse.softmax(sparse(x)).values, (F,))],
    "tf.sparse.retain": [({}, lambda x: tf.sparse.retain(sparse(x), [True, False]).values, (F,))],
    "tf.nn.embedding_lookup_sparse": [
        (
            {},
            lambda p, i: tf.nn.embedding_lookup_sparse(p, tf.sparse.SparseTensor([[0, 0], [1, 0]], i, [2, 1]), None),
            (F, IDS[:2].astype("int64")),
        )
    ],
    "tf.strings.format": [({}, lambda x: tf.strings.format("{}", x), (F,))],
    "tf.strings.join": [({}, lambda s: tf.strings.join([s, s]), (WORDS,))],
    "tf.strings.split": [({}, lambda s: tf.strings.split(s).flat_values, (WORDS,))],
    "tf.strings.to_number": [({}, tf.strings.to_number, (WORDS,))],
    "tf.timestamp": [({}, lambda x: tf.cast(tf.timestamp(), tf.float32) + x, (F,))],
    "tf.edit_distance": [
        (
            {},
            lambda i: tf.edit_distance(
                tf.sparse.SparseTensor([[0, 0], [0, 1]], i, [1, 2]), tf.sparse.SparseTensor([[0, 0], [0, 1]], i, [1, 2])
            ),
            (IDS[:2].astype("int64"),),
        )
    ],
    "tf.range": [({}, lambda x: tf.cast(tf.range(4), tf.float32) + x, (F,))],
    "tf.pad": [({}, lambda x: tf.pad(x, [[1, 1], [1, 1]]), (F,))],
    "tf.split": [({}, lambda x: tf.split(x, 2), (F,))],
    "tf.nn.dropout": [({}, lambda x: tf.nn.dropout(x, 0.5), (F,))],
    "tf.clip_by_global_norm": [({}, lambda x: tf.clip_by_global_norm([x], 1.0), (F,))],
    "tf.searchsorted": [({}, tf.searchsorted, (F, F))],
    "tf.scatter_nd": [({}, lambda i, u: tf.scatter_nd(i, u, [4, 4]), (np.array([[0], [1]], "int32"), F[:2]))],
}
