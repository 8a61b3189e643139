"""Dotted names of keras and tensorflow: which package and generation they mean, and their one canonical form."""

from __future__ import annotations

from functools import lru_cache

from kerascheck import catalog
from kerascheck.records import immutable

KERAS_PREFIXES = (
    ("tensorflow.compat.v1.keras", "tf.keras"),
    ("tensorflow.compat.v2.keras", "tf.keras"),
    ("tensorflow.python.keras", "tf.keras"),
    ("tensorflow.keras", "tf.keras"),
    ("tf_keras", "tf_keras"),
    ("keras", "keras"),
)
ONLY_IN_COMPAT_V2 = frozenset({".enable_v2_behavior"})
"""What ``tf.compat.v2`` has and TensorFlow 2 itself has not."""
EXTERNAL_PACKAGES = frozenset({"keras", "tf_keras", "tensorflow"})


@immutable()
class Described:
    """What a dotted name means.

    Attributes:
        name: in its package's own terms, ``keras.layers.Dense`` or ``tf.placeholder``.
        package: ``keras``, ``tf_keras``, ``tf.keras`` or ``tf``.
        generation: 2 or 3.
        compat: reached through ``tf.compat.v1``.
        internal: reached through a private module (``keras.src``), where the public rules do not hold.
    """

    name: str
    package: str
    generation: int
    compat: bool = False
    internal: bool = False


@lru_cache(maxsize=4096)
def describe(name: str, generation: int) -> Described | None:
    """What ``name`` means in a file whose Keras is of ``generation``; None for another package's name."""
    for prefix, package in KERAS_PREFIXES:
        if name == prefix or name.startswith(prefix + "."):
            rest = name[len(prefix) :]
            internal = ".python." in prefix
            for private in (".src", ".api", "._tf_keras.keras", ".python"):
                if rest == private or rest.startswith(private + "."):
                    rest, internal = rest[len(private) :], private != ".api"
            own = 2 if package == "tf_keras" else generation
            return Described(f"keras{rest}", package, own, internal=internal)
    if name == "tensorflow" or name.startswith("tensorflow."):
        rest = name.removeprefix("tensorflow")
        inner, compat = _without_compat(rest)
        if inner != rest and not compat and inner in ONLY_IN_COMPAT_V2:
            return None
        internal = inner.startswith(".python.")
        rest, compat = _without_compat(_public(inner)) if inner.startswith(_OF_OPS) else (inner, compat)
        return Described(f"tf{rest}", "tf", generation, compat, internal)
    return None


_OF_OPS = (".python.ops.", ".python.framework.", ".python.eager.", ".python.util.")


def _public(rest: str) -> str:
    """The public name of a function of TensorFlow's inner modules, which have those of TensorFlow 1.

    ``array_ops.shape`` is ``tf.compat.v1.shape``, ``image_ops.flip_up_down`` is ``tf.image.flip_up_down``.
    """
    *_, module, last = rest.split(".")
    about = module.removesuffix("_impl").removesuffix("_ops")
    candidates = (f"tf.compat.v1.{inner}{last}" for inner in (f"{about}.", "", "nn.", "math."))
    public = next((symbol for each in candidates if (symbol := catalog.find(each)) is not None), None)
    return rest if public is None else public.canonical.removeprefix("tf")


def _without_compat(rest: str) -> tuple[str, bool]:
    """What is behind any number of ``compat.v1`` and ``compat.v2``, and whether the last one is TensorFlow 1's."""
    compat = False
    while rest == ".compat.v1" or rest.startswith((".compat.v1.", ".compat.v2.")):
        compat, rest = rest.startswith(".compat.v1"), rest[len(".compat.v1") :]
    return rest, compat


PREFERRED = {
    "keras.models.Model": "keras.Model",
    "keras.models.Sequential": "keras.Sequential",
    "keras.layers.Input": "keras.Input",
    "keras.engine.Input": "keras.Input",
    "keras.models.Functional": "keras.Model",
    "keras.Functional": "keras.Model",
    "keras.engine.topology.Layer": "keras.layers.Layer",
    "keras.Layer": "keras.layers.Layer",
    "keras.engine.Layer": "keras.layers.Layer",
    "keras.engine.Model": "keras.Model",
    "keras.engine.base_layer.Layer": "keras.layers.Layer",
}
"""Names that several generations spell differently, and the one kerascheck uses."""


@lru_cache(maxsize=4096)
def canonical(name: str, generation: int) -> str | None:
    """The canonical public name that node ``op`` attributes carry; None for another package's name."""
    described = describe(name, generation)
    if described is None:
        return None
    if described.name in PREFERRED:
        return PREFERRED[described.name]
    symbol = find_symbol(described)
    if symbol is None:
        return _by_last_part(described)
    found = symbol.canonical
    for prefix in ("tf_keras.", "tf.keras."):
        if found.startswith(prefix):
            found = "keras." + found.removeprefix(prefix)
    return PREFERRED.get(found, found)


def _by_last_part(described: Described) -> str:
    """A name reached through a private module, by the public name that ends alike."""
    if described.internal and described.name.startswith("keras."):
        last = described.name.rsplit(".", maxsplit=1)[1]
        if last in ("Model", "Functional", "Sequential", "Input", "Layer"):
            return PREFERRED.get(f"keras.{last}", f"keras.{last}")
        for module in ("layers", "ops", "activations"):
            if f".{module}." in described.name and catalog.find(f"keras.{module}.{last}") is not None:
                return f"keras.{module}.{last}"
    return described.name


@lru_cache(maxsize=4096)
def find_symbol(described: Described) -> catalog.Symbol | None:
    """The catalogue's entry for a described name, in the generation it means."""
    name = described.name
    if name.startswith("keras"):
        prefix = "tf_" if described.generation == 2 else "tf." if described.package == "tf.keras" else ""
        return catalog.find(prefix + name)
    if described.compat:
        return catalog.find("tf.compat.v1" + name.removeprefix("tf"))
    return catalog.find(name) or catalog.find("tf.compat.v1" + name.removeprefix("tf"))
