"""``numpy.random``: an array of the ``size`` asked for, else one number, or one for each of the parameters."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import Structure
from kerascheck.semantics.numpy.api import NumpyCall, rule
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.ops.arguments import integer, sizes
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, broadcast

PARAMETERS = frozenset(
    [
        "a",
        "alpha",
        "b",
        "df",
        "dfden",
        "dfnum",
        "high",
        "kappa",
        "lam",
        "left",
        "loc",
        "low",
        "mean",
        "mode",
        "mu",
        "n",
        "nbad",
        "ngood",
        "nonc",
        "nsample",
        "p",
        "right",
        "scale",
        "shape",
        "sigma",
    ]
)
"""The parameters of a distribution: of more than one value, one number is drawn for each."""


@rule(
    *(
        f"random.{name}"
        for name in (
            "beta", "binomial", "chisquare", "exponential", "f", "gamma", "geometric", "gumbel", "hypergeometric",
            "integers", "laplace", "logistic", "lognormal", "logseries", "negative_binomial", "noncentral_chisquare",
            "noncentral_f", "normal", "pareto", "poisson", "power", "randint", "random", "random_integers",
            "random_sample", "rayleigh", "standard_cauchy", "standard_exponential", "standard_gamma",
            "standard_normal", "standard_t", "triangular", "uniform", "vonmises", "wald", "weibull", "zipf",
        )
    )
)  # fmt: skip
def drawn(call: NumpyCall) -> TensorSpec:
    """Numbers of a distribution."""
    size = call.get("size")
    dtype = call.dtype(call.made)
    if size is not None:
        return TensorSpec(Shape(sizes(size)), dtype)
    shape: Shape | None = Shape(())
    for name in PARAMETERS & call.arguments.keys():
        value = call.arguments[name]
        shape = broadcast(shape, as_array(value).shape) if shape is not None and value is not None else shape
    return TensorSpec(Shape(None) if shape is None else shape, dtype)


@rule("random.rand", "random.randn")
def of_sizes(call: NumpyCall) -> TensorSpec:
    """Numbers of the standard distributions, the sizes given one by one."""
    return TensorSpec(Shape(sizes(call.get("args", default=UNKNOWN))), "float64")


@rule("random.ranf", "random.sample")
def of_size(call: NumpyCall) -> TensorSpec:
    """Other names of ``random_sample``."""
    given = call.get("args", default=())
    size: Any = given[0] if given else call.get("size", default=())
    return TensorSpec(Shape(sizes(size)), "float64")


@rule("random.choice")
def choice(call: NumpyCall) -> TensorSpec:
    """Elements of ``a``, which for a number are those of ``arange(a)``; along its axis, for a generator."""
    given, size = call.array("a"), () if call.get("size") is None else sizes(call.get("size"))
    axis = integer(call.get("axis", default=0))
    rank = given.shape.rank
    if size is None or rank is None or axis is None or (rank and not -rank <= axis < rank):
        return TensorSpec(dtype=given.dtype)
    around = given.shape.dims or ()
    place = axis % rank if rank else 0
    shape = Shape((*around[:place], *size, *around[place + 1 :]))
    return TensorSpec(shape, given.dtype)


@rule("random.permutation", "random.permuted")
def permutation(call: NumpyCall) -> TensorSpec:
    """A shuffled copy; of a number, the numbers below it."""
    x = call.array("x")
    if x.shape.rank == 0:
        count = integer(x)
        size: Dim = UNKNOWN if count is None else count
        return TensorSpec(Shape.of(size), "int64")
    return TensorSpec(x.shape, x.dtype)


@rule("random.dirichlet", "random.multinomial", "random.multivariate_normal")
def vectors(call: NumpyCall) -> Structure:
    """Vectors, as long as the parameter is."""
    length = call.array(*{"dirichlet": ("alpha",), "multinomial": ("pvals",)}.get(call.name.split(".")[-1], ("mean",)))
    size = () if call.get("size") is None else sizes(call.get("size"))
    if size is None or length.shape.dims is None or len(length.shape.dims) != 1:
        return TensorSpec()
    dtype = "int64" if call.name.endswith("multinomial") else "float64"
    return TensorSpec(Shape((*size, *length.shape.dims)), dtype)
