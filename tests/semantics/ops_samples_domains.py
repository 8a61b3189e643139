"""Sample calls of the functions of one domain: losses, Keras's image functions, signals, strings, matrices, data."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from struct import pack

from tests.semantics.ops_differential import Sample, V, each, ids, loose, sample, t


def losses() -> Iterator[Sample]:
    by_axis = """binary_crossentropy binary_focal_crossentropy categorical_crossentropy
    categorical_focal_crossentropy"""
    plain = """categorical_hinge hinge squared_hinge kl_divergence mean_absolute_error mean_absolute_percentage_error
    mean_squared_error mean_squared_logarithmic_error poisson"""
    for x in (t(4, 3), t(4, 5, 3), t(4), t(4, 3, dtype="float16")):
        yield from each("keras.metrics", by_axis + " " + plain, x, x)
        yield from each("keras.losses", "cosine_similarity huber log_cosh categorical_hinge", x, x)
        yield sample("keras.metrics.binary_accuracy", x, x)
    yield from each("keras.metrics", plain, t(4, 1), t(4, 3))
    yield from each("keras.metrics", plain, t(1, 3), t(4, 3))
    yield from (loose(f"keras.metrics.{name}", t(4), t(4, 1)) for name in plain.split())
    yield from (loose(f"keras.losses.{name}", t(4), t(4, 1)) for name in ("huber", "log_cosh", "cosine_similarity"))
    yield from (loose(f"keras.metrics.{name}", t(4, 3, 1), t(4, 3)) for name in ("mean_squared_error",))
    yield loose("keras.metrics.binary_accuracy", t(4), t(4, 1))
    yield from each("keras.metrics", "categorical_crossentropy binary_crossentropy", t(4, 3, 5), t(4, 3, 5), axis=1)
    yield sample("keras.metrics.binary_crossentropy", t(4, 3, 5), t(4, 3, 5), axis=(1, 2))
    yield sample("keras.losses.cosine_similarity", t(4, 3, 5), t(4, 3, 5), axis=1)
    for options in ({}, {"axis": (1, 2)}, {"axis": -1}):
        yield from each("keras.losses", "dice tversky", t(4, 5, 3), t(4, 5, 3), **options)
    yield from each("keras.metrics", "concordance_correlation pearson_correlation", t(4, 3), t(4, 3))
    for true, predicted in (((4,), (4, 3)), ((4, 1), (4, 3)), ((4, 5), (4, 5, 3)), ((4, 5, 1), (4, 5, 3))):
        yield sample("keras.metrics.sparse_categorical_crossentropy", ids(*true), t(*predicted))
        yield loose("keras.metrics.sparse_categorical_accuracy", ids(*true), t(*predicted))
        yield loose("keras.metrics.sparse_top_k_categorical_accuracy", ids(*true), t(*predicted), 2)
    for name in ("categorical_accuracy", "top_k_categorical_accuracy"):
        yield sample(f"keras.metrics.{name}", t(4, 3), t(4, 3))
        yield sample(f"keras.metrics.{name}", t(4, 5, 3), t(4, 5, 3))
    yield sample("keras.metrics.sparse_categorical_accuracy", ids(4, 5), t(4, 5, 3))
    yield sample("keras.metrics.sparse_top_k_categorical_accuracy", ids(4), t(4, 3), k=2)
    yield sample("keras.losses.circle", ids(4), t(4, 3))
    yield sample("keras.losses.circle", ids(4, 1), t(4, 3))
    yield sample("keras.losses.ctc", t(4, 2, dtype="int32"), t(4, 7, 5))
    yield sample("keras.losses.categorical_generalized_cross_entropy", ids(4), t(4, 3), 0.7)


def keras_images() -> Iterator[Sample]:
    image, photos, first = t(6, 8, 3), t(2, 6, 8, 3), t(2, 3, 6, 8)
    prefix = "keras.ops.image"
    for x in (image, photos, t(2, 6, 8, 3, dtype="uint8")):
        yield sample(f"{prefix}.resize", x, (12, 16))
        yield sample(f"{prefix}.resize", x, (3, 4), interpolation="nearest")
        yield sample(f"{prefix}.pad_images", x, 1, 1, 1, 2)
        yield sample(f"{prefix}.crop_images", x, 1, 1, 1, 2)
        yield sample(f"{prefix}.rgb_to_grayscale", x)
    for x in (image, photos):
        yield sample(f"{prefix}.resize", x, (3, 4), crop_to_aspect_ratio=True)
        yield sample(f"{prefix}.resize", x, (3, 4), pad_to_aspect_ratio=True)
        yield sample(f"{prefix}.pad_images", x, top_padding=1, right_padding=2, target_height=13, target_width=14)
        yield sample(f"{prefix}.crop_images", x, top_cropping=1, left_cropping=1, target_height=3, target_width=4)
        yield from each(prefix, "rgb_to_hsv hsv_to_rgb gaussian_blur elastic_transform", x)
        yield sample(f"{prefix}.affine_transform", x, t(8))
        yield sample(f"{prefix}.extract_patches", x, 2)
        yield sample(f"{prefix}.extract_patches", x, (2, 3), strides=1, padding="same")
        yield sample(f"{prefix}.extract_patches", x, 3, strides=(1, 1), dilation_rate=2)
    corners = V([[0.0, 0.0], [0.0, 5.0], [5.0, 0.0], [5.0, 5.0]], "float32")
    yield sample(f"{prefix}.perspective_transform", image, corners, corners)
    yield sample(f"{prefix}.resize", first, (3, 4), data_format="channels_first")
    yield sample(f"{prefix}.pad_images", first, 1, 1, 1, 2, data_format="channels_first")
    yield sample(f"{prefix}.crop_images", first, 1, 1, 1, 2, data_format="channels_first")
    yield sample(f"{prefix}.rgb_to_grayscale", first, data_format="channels_first")
    yield sample(f"{prefix}.extract_patches", first, 2, data_format="channels_first")
    yield sample(f"{prefix}.extract_patches", t(3, 6, 8), 2, data_format="channels_first")
    yield sample(f"{prefix}.extract_patches", t(2, 4, 6, 8, 3), (2, 2, 4))
    yield sample(f"{prefix}.extract_patches_3d", t(4, 6, 8, 3), 2)
    yield sample(f"{prefix}.extract_patches_3d", t(2, 4, 6, 8, 3), (2, 3, 4), strides=(1, 1, 2))
    yield sample(f"{prefix}.sobel_edges", photos)
    yield sample(f"{prefix}.ssim", t(2, 16, 16, 3), t(2, 16, 16, 3))
    yield sample(f"{prefix}.ssim", t(16, 16, 3), t(16, 16, 3))
    yield sample(f"{prefix}.map_coordinates", t(4, 5), t(2, 7, 9), 1)
    yield sample(f"{prefix}.scale_and_translate", image, (12, 16, 3), t(2), t(2), (0, 1), "linear")


def signals() -> Iterator[Sample]:
    x, spectrum = t(2, 16), t(2, 16, dtype="complex64")
    for operand in (x, t(2, 3, 7)):
        yield from each("keras.ops", "fft fft2 ifft2", (operand, operand))
        yield sample("keras.ops.rfft", operand)
        yield sample("keras.ops.rfft", operand, 8)
        yield sample("keras.ops.irfft", (operand, operand))
        yield sample("keras.ops.irfft", (operand, operand), 9)
    yield sample("keras.ops.stft", x, 4, 2, 8)
    yield sample("keras.ops.stft", x, 4, 2, 9)
    yield sample("keras.ops.stft", x, 4, 3, 8, center=False)
    yield loose("keras.ops.istft", (t(2, 5, 5), t(2, 5, 5)), 4, 2, 8)
    yield sample("keras.ops.istft", (t(2, 5, 5), t(2, 5, 5)), 4, 2, 8, length=7)
    yield sample("keras.ops.extract_sequences", x, 5, 3)
    yield from each("tf.signal", "fft ifft fftshift ifftshift irfft", spectrum)
    yield from each("tf.signal", "fft2d ifft2d fft3d ifft3d irfft2d irfft3d", t(4, 6, 8, dtype="complex64"))
    yield sample("tf.signal.irfft", spectrum, [9])
    yield sample("tf.signal.irfft2d", t(2, 6, 8, dtype="complex128"), [4, 5])
    yield sample("tf.signal.rfft", x)
    yield sample("tf.signal.rfft", x, V([9]))
    yield from each("tf.signal", "rfft2d rfft3d", t(4, 6, 7))
    yield sample("tf.signal.rfft2d", t(2, 6, 8), [4, 5])
    yield sample("tf.signal.stft", x, 5, 3)
    yield sample("tf.signal.stft", x, 5, 3, fft_length=16, pad_end=True)
    yield loose("tf.signal.stft", x, 16, 3)
    yield sample("tf.signal.inverse_stft", t(2, 4, 5, dtype="complex64"), 5, 3)
    yield sample("tf.signal.overlap_and_add", t(2, 4, 5), 3)
    for name in ("dct", "idct"):
        yield sample(f"tf.signal.{name}", x)
        yield sample(f"tf.signal.{name}", x, n=7)
    yield from each("tf.signal", "hann_window hamming_window kaiser_window vorbis_window", 6)
    yield sample("tf.signal.kaiser_bessel_derived_window", 6)
    yield sample("tf.signal.linear_to_mel_weight_matrix", 20, 33)
    yield sample("tf.signal.mfccs_from_log_mel_spectrograms", t(2, 5, 20))
    yield loose("tf.signal.mdct", x, 8)
    yield loose("tf.signal.inverse_mdct", t(2, 3, 4))


def strings() -> Iterator[Sample]:
    words = t(2, 3, dtype="string")
    yield from each("tf.strings", "length lower upper strip to_number", words)
    yield sample("tf.strings.to_number", words, "int64")
    yield sample("tf.strings.as_string", t(2, 3))
    yield sample("tf.strings.regex_full_match", words, "a")
    yield sample("tf.strings.regex_replace", words, "a", "b")
    yield from each("tf.strings", "to_hash_bucket to_hash_bucket_fast", words, 5)
    yield sample("tf.strings.to_hash_bucket_strong", words, 5, [1, 2])
    yield sample("tf.strings.unicode_script", t(2, 3, dtype="int32"))
    yield sample("tf.strings.unicode_transcode", words, "UTF-8", "UTF-16-BE")
    yield sample("tf.strings.substr", words, 0, 1)
    yield sample("tf.strings.substr", words, ids(3), ids(3))
    yield sample("tf.strings.join", [words, words, "x"], separator=" ")
    yield sample("tf.strings.reduce_join", words)
    yield sample("tf.strings.reduce_join", words, 1)
    yield sample("tf.strings.reduce_join", words, axis=-1, keepdims=True)
    yield sample("tf.strings.format", "{}", words)


def decompositions() -> Iterator[Sample]:
    square, wide = t(2, 3, 3), t(2, 3, 5)
    yield from each("tf.linalg", "eig eigvals eigvalsh slogdet", square)
    yield from each("keras.ops", "eig slogdet", square)
    yield from each("tf.linalg keras.ops", "matrix_rank", wide)
    yield sample("keras.ops.pinv", wide)
    yield sample("tf.linalg.cholesky_solve", square, t(2, 3, 4))
    yield sample("tf.linalg.lstsq", t(2, 5, 3), t(2, 5, 4), l2_regularizer=0.1)
    triangle = V([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], "float32")
    yield sample("keras.ops.lstsq", triangle, t(3))
    yield sample("keras.ops.lstsq", triangle, t(3, 4))
    yield sample("keras.ops.corrcoef", t(2, 7))
    yield sample("keras.ops.cross", t(4, 3), t(4, 3))
    yield sample("keras.ops.cross", t(3), t(4, 3))
    yield loose("keras.ops.cross", t(4, 2), t(4, 3))
    yield loose("keras.ops.cross", t(4, 2), t(4, 2))
    yield sample("keras.ops.diagflat", t(4))
    yield sample("keras.ops.diagflat", t(2, 3), k=-1)
    yield sample("keras.ops.vander", t(4))
    yield sample("keras.ops.vander", t(4), 3)
    yield from each("keras.ops", "polar", t(2, 5), t(2, 5))
    regular = V([[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.0, 2.0]], "float32")
    yield sample("tf.linalg.lu", regular)
    yield sample("keras.ops.lu_factor", regular)
    yield sample("tf.linalg.lu_solve", regular, V([0, 1, 2]), t(3, 4))
    yield sample("keras.ops.histogram", t(9), 7)
    yield loose("keras.ops.histogram", t(9))


def adaptive() -> Iterator[Sample]:
    names = "adaptive_average_pool adaptive_max_pool"
    yield from each("keras.ops", names, t(2, 6, 8, 3), 2)
    yield from each("keras.ops", names, t(2, 6, 8, 3), (2, 3))
    yield from each("keras.ops", names, t(2, 3, 6, 8), (2, 3), data_format="channels_first")
    yield from each("keras.ops", names, t(2, 6, 3), 2)
    yield sample("keras.ops.unfold", t(2, 3, 6, 8), 2)
    yield sample("keras.ops.unfold", t(2, 3, 6, 8), (2, 3), 1, 1, (2, 1))
    yield sample("keras.ops.fold", t(2, 12, 12), (6, 8), 2, stride=2)
    for mode in ("valid", "same", "full"):
        yield loose("keras.ops.correlate", t(7), t(3), mode=mode)
    yield sample("keras.ops.correlate", t(7), t(3), mode="full")
    yield sample("keras.ops.view_as_complex", t(4, 2))
    yield sample("keras.ops.view_as_real", t(4, 3, dtype="complex64"))
    yield sample("keras.ops.allclose", t(2, 3), t(3))
    yield sample("tf.histogram_fixed_width_bins", t(2, 3), [0.0, 2.0])
    yield sample("tf.math.invert_permutation", V([1, 0, 2]))


def sampled_losses() -> Iterator[Sample]:
    for name in ("sampled_softmax_loss", "nce_loss"):
        yield sample(f"tf.nn.{name}", t(9, 4), t(9), ids(2, 1, dtype="int64"), t(2, 4), 3, 9)
    labels, lengths = t(2, 3, dtype="int32"), V([3, 3])
    yield sample("tf.nn.ctc_loss", labels, t(7, 2, 5), lengths, V([7, 7]))
    yield sample("tf.nn.ctc_loss", labels, t(2, 7, 5), lengths, V([7, 7]), logits_time_major=False)
    yield sample("keras.ops.ctc_loss", labels, t(2, 7, 5), lengths, V([7, 7]))
    yield sample("tf.nn.compute_average_loss", t(4))
    yield sample("keras.backend.ctc_batch_cost", t(2, 3), t(2, 7, 5), V([[7], [7]]), V([[3], [3]]))
    yield sample("keras.backend.binary_focal_crossentropy", t(2, 3), t(2, 3))
    yield sample("tf.nn.scale_regularization_loss", t())


def preparing() -> Iterator[Sample]:
    for x in (ids(4), ids(4, 1), ids(4, 2), ids(1), ids(1, 1), ids(4, 2, 1)):
        yield sample("keras.utils.to_categorical", x, 7)
    yield loose("keras.utils.to_categorical", [0, 1, 2])
    yield sample("keras.utils.normalize", t(4, 3))
    yield sample("keras.utils.normalize", t(4, 3, 5), axis=1)
    yield loose("keras.utils.normalize", t(4))
    yield sample("keras.utils.bounding_boxes.compute_iou", t(5, 4), t(6, 4), "xyxy")
    yield sample("keras.utils.bounding_boxes.compute_iou", t(2, 5, 4), t(2, 6, 4), "xyxy")
    yield loose("keras.utils.bounding_boxes.compute_iou", t(2, 5, 4), t(6, 4), "xyxy")
    yield sample("keras.preprocessing.image.smart_resize", t(6, 8, 3), (3, 4))
    yield sample("keras.preprocessing.image.smart_resize", t(2, 6, 8, 3), (3, 4))
    yield sample("keras.utils.pad_sequences", [[1, 2], [3]], 5)
    yield sample("keras.utils.pad_sequences", [[1, 2], [3, 4]], maxlen=5, dtype="float32", padding="post")
    yield loose("keras.utils.pad_sequences", [[1, 2], [3]])


def files() -> Iterator[Sample]:
    png, jpeg, gif, bmp = (V(picture, "string") for picture in (PNG, JPEG, GIF, BMP))
    yield sample("tf.io.read_file", __file__)
    yield sample("tf.io.serialize_tensor", t(2, 3))
    yield sample("tf.io.encode_jpeg", t(4, 5, 3, dtype="uint8"))
    for x in (t(4, 5, 3, dtype="uint8"), t(2, 4, 5, 3, dtype="uint8")):
        yield sample("tf.io.encode_png", x)
    yield from each("tf.io", "encode_base64", t(2, 3, dtype="string"))
    yield sample("tf.io.decode_base64", V("MTIz", "string"))
    for name, picture in (("png", png), ("jpeg", jpeg), ("bmp", bmp)):
        yield loose(f"tf.io.decode_{name}", picture)
        yield loose(f"tf.io.decode_{name}", picture, channels=3)
    yield loose("tf.io.decode_png", png, dtype="uint16")
    yield loose("tf.io.decode_and_crop_jpeg", jpeg, [0, 0, 1, 2])
    yield sample("tf.io.decode_and_crop_jpeg", jpeg, [0, 0, 1, 2], channels=3)
    yield loose("tf.io.decode_gif", gif)
    yield loose("tf.io.decode_image", png)
    yield loose("tf.io.decode_image", png, channels=3, expand_animations=False)
    yield loose("tf.io.decode_image", png, dtype="float32")
    yield loose("tf.io.decode_raw", t(2, 3, dtype="string"), "uint8")
    yield sample("tf.io.decode_csv", V(["1,2", "3,4", "5,6"], "string"), [[0.0], [1]])
    yield loose("tf.io.decode_csv", V(["1,2"], "string"), [[1]], select_cols=[0])


PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVQImWNgYGBgYGAAAAAHAAHV3tbYAAAAAElFTkSuQmCC")
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQEBLAEsAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggL"
    "DAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/"
    "wAARCAABAAIDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIh"
    "MUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqD"
    "hIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEB"
    "AQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLR"
    "ChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmq"
    "srO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD+f+iiigD/2Q=="
)
BMP = pack("<2sIHHIIiiHHIIiiII", b"BM", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)
"""The smallest pictures of each kind."""


def tensorflow_1_losses() -> Iterator[Sample]:
    x, prefix = t(4, 3), "tf.compat.v1.losses"
    by_sample = "absolute_difference hinge_loss huber_loss log_loss mean_squared_error"
    for name in (*by_sample.split(), "sigmoid_cross_entropy", "softmax_cross_entropy"):
        yield sample(f"{prefix}.{name}", x, x)
        yield loose(f"{prefix}.{name}", x, x, reduction="none")
        yield sample(f"{prefix}.{name}", x, x, reduction="weighted_sum")
    yield sample(f"{prefix}.mean_pairwise_squared_error", x, x)
    yield sample(f"{prefix}.sparse_softmax_cross_entropy", ids(4), x)
    yield sample(f"{prefix}.compute_weighted_loss", x)
    yield sample(f"{prefix}.cosine_distance", x, x, axis=1)
    yield sample(f"{prefix}.get_regularization_loss")


DOMAINS = (
    files,
    tensorflow_1_losses,
    losses,
    sampled_losses,
    keras_images,
    signals,
    strings,
    decompositions,
    adaptive,
    preparing,
)
