"""Functions that make a layer and call it at once: ``layers.add([a, b])``, ``tf.layers.dense(x, 64)``."""

from __future__ import annotations

import ast

from kerascheck.interpreter.classes import layer_class
from kerascheck.interpreter.core import ExternalHandler, Interpreter
from kerascheck.interpreter.layers import make_layer
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.tensors import call_op
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, External, Value
from kerascheck.semantics.api import find_layer

MERGES = {
    f"keras.layers.{name}": name.capitalize()
    for name in ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot")
}
"""The merge layers' functions."""


def _functional_merge(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``layers.add([a, b], name="sum")``: the layer of that name, made and called at once."""
    name = canonical(function.name, interpreter.program.generation) or ""
    layer_name = f"{function.name.rpartition('.')[0]}.{MERGES[name]}"
    base = layer_class(layer_name, interpreter.program.generation)
    if base is None or arguments.open:
        return call_op(interpreter, function, arguments, node)
    inputs = arguments.get(0, "inputs")
    keywords = {key: value for key, value in arguments.keywords.items() if key != "inputs"}
    layer = make_layer(interpreter, External(layer_name), base, Arguments(arguments.positional[1:], keywords), node)
    return interpreter.call(layer, Arguments((inputs,)), node)


def call_layer_function(interpreter: Interpreter, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``tf.layers.dense(x, 64)``: the layer of that name, made and called at once."""
    short = name.rsplit(".", maxsplit=1)[-1]
    class_name = "".join(part[:1].upper() + part[1:] for part in short.split("_"))
    class_name = class_name.replace("1d", "1D").replace("2d", "2D").replace("3d", "3D")
    base = f"keras.layers.{class_name}"
    if not arguments.positional and "inputs" in arguments.keywords:
        rest = {key: value for key, value in arguments.keywords.items() if key != "inputs"}
        arguments = Arguments((arguments.keywords["inputs"],), rest, arguments.open)
    if find_layer(base) is None or not arguments.positional:
        return NOTHING_KNOWN
    function = External(f"tensorflow.compat.v1.layers.{class_name}")
    keywords = {key: value for key, value in arguments.keywords.items() if key not in ("training", "reuse")}
    layer = make_layer(interpreter, function, (base, 2), Arguments(arguments.positional[1:], keywords), node)
    training = {"training": arguments.keywords["training"]} if "training" in arguments.keywords else {}
    return interpreter.call(layer, Arguments(arguments.positional[:1], training), node)


HANDLERS: dict[str, ExternalHandler] = dict.fromkeys(MERGES, _functional_merge)
