"""Write the table of what XLA compiles, ``kerascheck/catalog/data/xla_*.tsv``, by asking the installed TensorFlow.

Run ``python tools/make_xla_table.py [DIRECTORY]`` in an environment that has tensorflow. Three files:

``xla_ops.tsv``
    one graph op type a line with its flags: ``x`` XLA has a kernel (registered for ``XLA_CPU_JIT`` once something has
    been compiled), ``d`` seen with an output shape that depends on values, ``h`` runs on the host, ``t`` on the list of
    operators documented for TPUs, ``kerascheck/catalog/tpu_operators.txt``.
``xla_types.tsv``
    one element type a line, with ``t`` where TensorFlow registers kernels of TPUs for it, by its own header.
``xla_functions.tsv``
    one public function a line, by canonical name: a list of ways to call it, ``o`` op types made, ``v`` verdict,
    ``w`` the arguments that choose this way (the last way has none), ``n`` a note.

Each function is traced with sample arguments (below for those that need particular ones, else by trying), then lowered
to HLO from shapes alone: a bounded dimension (``<=``) in the result is a dynamic shape, as is a size that must be a
constant and is not; a refusal of ops without a kernel is ``no-kernel``. A function that is one graph op and could not
be sampled has the verdict of its op.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from xla_samples import BY_NAME, COMPUTED_SIZE, FLAVOURS, SAMPLES, F

from kerascheck.catalog import Parameter, ParameterKind, SymbolKind, find, names
from kerascheck.catalog.symbols import REQUIRED

CATALOG = Path(__file__).resolve().parent.parent / "kerascheck" / "catalog"
DOCUMENTED = frozenset(
    line for line in (CATALOG / "tpu_operators.txt").read_text(encoding="utf-8").split("\n") if line[:1].isalpha()
)
FACTS = tomllib.loads((CATALOG / "xla.toml").read_text(encoding="utf-8"))

MODULES = [
    "tf",
    "tf.math",
    "tf.nn",
    "tf.linalg",
    "tf.image",
    "tf.signal",
    "tf.strings",
    "tf.bitwise",
    "tf.random",
    "tf.random.experimental",
    "tf.sparse",
    "tf.ragged",
    "tf.sets",
    "tf.quantization",
    "tf.audio",
    "tf.io",
    "tf.debugging",
    "tf.dtypes",
    "tf.nn.experimental",
    "tf.image.experimental",
]
# Functions that change the process, or read and write files, rather than make ops.
NOT_SAMPLED = re.compile(
    r"\.(load_|register|set_|enable_|disable_|import_|init_scope|device|control_dependencies|name_scope|function$|"
    r"no_gradient|write|read_file|matching_files|get_logger|get_global|create_|recompute_grad|custom_gradient|"
    r"Generator|experimental\.get|inside_function|executing_eagerly|make_tensor_proto|make_ndarray)"
)


# --- tracing and lowering --------------------------------------------------------------------------------------------


def graph_ops(graph: Any) -> Iterator[Any]:
    """The operations of a traced function and of the functions it calls."""
    seen: set[str] = set()
    definition = graph.as_graph_def()
    yield from (node.op for node in definition.node)
    for function in definition.library.function:
        if function.signature.name not in seen:
            seen.add(function.signature.name)
            yield from (node.op for node in function.node_def)


@dataclass
class Seen:
    """What the traces showed of each op type whose input shapes were all known."""

    unknown: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def look(self, graph: Any) -> None:
        """Note which operations of a trace have a known output shape."""
        for operation in graph.get_operations():
            outputs = [o for o in operation.outputs if o.dtype not in (tf.resource, tf.variant)]
            if operation.inputs and all(i.shape.is_fully_defined() for i in operation.inputs):
                static = all(o.shape.is_fully_defined() for o in outputs)
                (self.known if static else self.unknown).add(operation.type)

    @property
    def dynamic(self) -> set[str]:
        """The op types whose output shape was never known: it depends on values."""
        return self.unknown - self.known


class Tracer:
    """What one sample of a function gives."""

    def __init__(self, function: Callable[..., Any], arrays: tuple[Any, ...]) -> None:
        self._specs = [tf.TensorSpec(np.shape(array), tf.as_dtype(np.asarray(array).dtype)) for array in arrays]
        compiled = tf.function(tensors_of(function), jit_compile=True, autograph=False)
        self._compiled = compiled
        self.graph = compiled.get_concrete_function(*self._specs).graph

    def lower(self) -> str:
        """The HLO, made from shapes alone."""
        return str(self._compiled.experimental_get_compiler_ir(*self._specs)(stage="hlo"))


def tensors_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, giving only its tensors: ragged and sparse ones in parts."""

    def call(*arguments: Any) -> Any:
        flat = tf.nest.flatten(function(*arguments), expand_composites=True)
        return [item for item in flat if tf.is_tensor(item) and item.dtype not in (tf.variant, tf.resource)]

    return call


def is_host(op: str) -> bool:
    return any(re.fullmatch(pattern, op) for pattern in FACTS["host"])


def describe(function: Callable[..., Any], arrays: tuple[Any, ...], compiled: set[str], seen: Seen) -> dict[str, Any]:
    """One way's row: its ops and XLA's verdict; no verdict where the sample fails for another reason."""
    traced = Tracer(function, arrays)
    seen.look(traced.graph)
    ops = sorted(set(graph_ops(traced.graph)).intersection(all_ops()) - set(FACTS["structural"]))
    row: dict[str, Any] = {"o": ops}
    if any(map(is_host, ops)):
        return row | {"v": "host-callback"}
    try:
        hlo = traced.lower()
    except Exception as error:
        if any(op not in compiled for op in ops):
            return row | {"v": "no-kernel"}
        if "compile-time constant" in str(error):
            return row | {"v": "dynamic-shape", "n": COMPUTED_SIZE}
        return row | ({"v": "no-kernel", "n": "strings"} if re.search("DT_STRING|string", str(error)) else {})
    if any(op not in compiled for op in ops):
        # The sample's constants let TensorFlow fold the op away: that says nothing of other arguments.
        return row
    # The entry layout ends with the result's shapes.
    result = hlo.split("->", 1)[1].split("\n", 1)[0]
    if "<=" in result:
        return row | {"v": "dynamic-shape"}
    return row | {"v": "compiles"} | ({"n": "a bounded dynamic size inside"} if "<=" in hlo else {})


# --- the functions ---------------------------------------------------------------------------------------------------


def resolve(name: str) -> Any:
    value: Any = tf
    for part in name.split(".")[1:]:
        value = getattr(value, part)
    return value


def functions() -> Iterator[str]:
    """The canonical names of the functions to sample."""
    seen = set()
    for name in names("tf"):
        symbol = find(name)
        if symbol is None or symbol.kind is not SymbolKind.FUNCTION or symbol.canonical in seen:
            continue
        seen.add(symbol.canonical)
        if symbol.canonical.rpartition(".")[0] in MODULES and not NOT_SAMPLED.search(symbol.canonical):
            yield symbol.canonical


def guesses(required: list[Parameter]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Arguments to try: for each parameter a constant or the index of an array, and the arrays."""
    for flavour in FLAVOURS:
        for named in (True, False):
            arguments, arrays = [], []
            for parameter in required:
                value = BY_NAME[parameter.name] if named and parameter.name in BY_NAME else flavour
                if isinstance(value, np.ndarray | bytes):
                    arrays.append(np.asarray(value))
                    value = Slot(len(arrays) - 1)
                arguments.append(value)
            yield arguments, arrays


class Slot(int):
    """Stands for the input of this index."""


def try_out(name: str, compiled: set[str], seen: Seen) -> dict[str, Any] | None:
    """The row of the first guess that traces; one that also has a verdict if there is any."""
    symbol = find(name)
    if symbol is None or symbol.parameters is None:
        return None
    function = resolve(name)
    positional = (ParameterKind.POSITIONAL, ParameterKind.POSITIONAL_ONLY)
    required = [p for p in symbol.parameters if p.default is REQUIRED and p.kind in positional]
    fallback = None
    for arguments, arrays in guesses(required):

        def call(*inputs: Any, arguments: list[Any] = arguments) -> Any:
            return function(*(inputs[a] if isinstance(a, Slot) else a for a in arguments))

        try:
            row = describe(call, tuple(arrays) or (F,), compiled, seen)
        except Exception:
            continue
        # A guessed tensor may stand where everybody writes a constant: that size is no finding.
        if "v" in row and row["o"] and row.get("n") != COMPUTED_SIZE:
            return row
        fallback = fallback or (row if row["o"] else None)
    return None if fallback is None else {"o": fallback["o"]}


def op_of() -> Mapping[Any, str]:
    """The graph op type each generated Python wrapper makes, by its code."""
    from tensorflow.python.util import tf_decorator

    found = {}
    for name in dir(tf.raw_ops):
        if not name.startswith("_"):
            _, bare = tf_decorator.unwrap(getattr(tf.raw_ops, name))
            found[bare.__code__] = name
    return found


def wrapped_op(function: Any, wrappers: Mapping[Any, str]) -> str | None:
    """The op type a public function wraps directly."""
    from tensorflow.python.util import tf_decorator

    _, bare = tf_decorator.unwrap(function)
    return wrappers.get(getattr(bare, "__code__", None))


def op_verdict(op: str, compiled: set[str], dynamic: set[str]) -> str:
    if is_host(op):
        return "host-callback"
    if op not in compiled:
        return "no-kernel"
    return "dynamic-shape" if op in dynamic else "compiles"


def compiled_ops() -> set[str]:
    """The op types with an XLA kernel. These register when something is first compiled."""
    from tensorflow.python.framework import kernels

    tf.function(lambda x: x + 1, jit_compile=True)(tf.ones([2]))
    return {kernel.op for kernel in kernels.get_all_registered_kernels().kernel if kernel.device_type == "XLA_CPU_JIT"}


@functools.cache
def all_ops() -> tuple[str, ...]:
    """Every op type this TensorFlow defines."""
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    buffer = pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    return tuple(sorted(op.name for op in op_def_pb2.OpList.FromString(buffer).op))


def make() -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    """The flags of every op type, and the ways of every function."""
    compiled, seen, wrappers = compiled_ops(), Seen(), op_of()
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, ways in SAMPLES.items():
        try:
            rows[name] = [{"w": when} | describe(f, arrays, compiled, seen) for when, f, arrays in ways]
        except Exception as error:
            raise RuntimeError(f"the sample of {name} does not trace") from error
    for name in functions():
        if name not in rows and (row := try_out(name, compiled, seen)) is not None:
            rows[name] = [{"w": {}} | row]
    for name in functions():
        op = wrapped_op(resolve(name), wrappers)
        if op is not None and (name not in rows or "v" not in rows[name][-1]):
            rows[name] = [{"w": {}, "o": [op], "v": op_verdict(op, compiled, seen.dynamic)}]
    for name, other in FACTS["like"].items():
        rows[name] = rows[other]
    flags = {
        op: ("x" if op in compiled else "")
        + ("d" if op in seen.dynamic else "")
        + ("h" if is_host(op) else "")
        + ("t" if op in DOCUMENTED else "")
        for op in all_ops()
    }
    kept = {name: [row for row in ways if "v" in row] for name, ways in rows.items()}
    return flags, {name: ways for name, ways in kept.items() if ways and not ways[-1]["w"]}


def tpu_types() -> frozenset[str]:
    """The element types that TensorFlow registers the kernels of TPUs for, as its header says."""
    header = Path(tf.sysconfig.get_include()) / "tensorflow" / "core" / "tpu" / "tpu_defs.h"
    found = re.search(r"kTpuAllTypes = \{\s*\{(.*?)\}\}", header.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise RuntimeError(f"{header} lists no types")
    return frozenset(tf.as_dtype(getattr(types_pb2, name)).name for name in re.findall(r"DT_\w+", found[1]))


def all_types() -> Iterator[str]:
    """Every element type that has a public name."""
    for value in vars(tf.dtypes).values():
        if isinstance(value, tf.DType):
            yield value.name


def write(directory: Path) -> Iterable[Path]:
    """Write the files and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    flags, rows = make()
    ops = directory / "xla_ops.tsv"
    ops.write_text("\n" + "".join(f"{op}\t{flags[op]}\n" for op in sorted(flags)), encoding="utf-8")
    yield ops
    types, taken = directory / "xla_types.tsv", tpu_types()
    lines = (f"{name}\t{'t' if name in taken else ''}\n" for name in sorted(set(all_types())))
    types.write_text("\n" + "".join(lines), encoding="utf-8")
    yield types
    ways = directory / "xla_functions.tsv"
    text = (f"{name}\t{json.dumps(rows[name], separators=(',', ':'), sort_keys=True)}\n" for name in sorted(rows))
    ways.write_text("\n" + "".join(text), encoding="utf-8")
    yield ways


def main() -> None:
    """Write the table and print the size of each file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path, default=CATALOG / "data")
    for path in write(parser.parse_args().directory):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
