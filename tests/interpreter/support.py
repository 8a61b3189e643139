"""Small programs, interpreted: what came of them, in plain Python."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from kerascheck.config import Generation, Settings
from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node
from kerascheck.interpreter import interpret
from kerascheck.interpreter.calls import call_value
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.expressions import EXPRESSIONS
from kerascheck.interpreter.loader import Loader, Module, run_module
from kerascheck.interpreter.recording import Facts
from kerascheck.interpreter.statements import STATEMENTS
from kerascheck.interpreter.values import Scope
from kerascheck.program import Program
from kerascheck.source import parse, read_source, source_from_text


def run(text: str, *, keras: Generation = "auto") -> Program:
    """One file, ``model.py``, interpreted."""
    return interpret(source_from_text(dedent(text), "model.py"), Settings(keras=keras))


def run_files(folder: Path, files: dict[str, str]) -> Program:
    """The first of some files, interpreted; the others are for it to import."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return interpret(read_source(str(folder / next(iter(files)))), Settings())


def variables(text: str, generation: int = 3) -> dict[str, Any]:
    """The names that a program's top level leaves, with the interpreter's values."""
    source = source_from_text(dedent(text), "model.py")
    loader = Loader.for_source(source)
    interpreter = Interpreter(
        Program(source.path, generation=generation), loader, EXPRESSIONS, STATEMENTS, call_value, facts=Facts()
    )
    module = Module("__main__", source, interpreter.heap.new(Scope()))
    run_module(interpreter, module, parse(source), "__main__")
    return module.scope.variables


def imported(folder: Path, files: dict[str, str], name: str) -> Module:
    """One of the files that the first imports, as its top level left it."""
    run_files(folder, files)
    source = read_source(str(folder / next(iter(files))))
    loader = Loader.for_source(source)
    interpreter = Interpreter(Program(source.path), loader, EXPRESSIONS, STATEMENTS, call_value, facts=Facts())
    module = Module("__main__", source, interpreter.heap.new(Scope()))
    run_module(interpreter, module, parse(source), "__main__")
    return loader.modules[str(folder / name)]


def model_of(program: Program) -> ModelGraph:
    """The only model of a program."""
    (model,) = program.models
    return model


def named(program: Program, name: str) -> Node:
    """The only node of that name."""
    (node,) = [node for _, node in program.nodes() if node.name == name]
    return node


def shapes(program: Program) -> dict[str, str]:
    """The shape of every layer and input by its name, as Keras prints it."""
    return {node.name: str(node.shape) for _, node in program.nodes() if node.kind in ("input", "layer", "model")}


def sizes(program: Program) -> list[int | str]:
    """The sizes that the program gave its last ``keras.Input``; ``?`` for one that was not followed."""
    inputs = [node for node in program.recorder.nodes.values() if node.kind == "input"]
    texts = inputs[-1].shape.texts()
    return ["?"] if texts is None else texts[1:]


def given(text: str) -> list[int | str]:
    """The sizes that a program, to which ``Input`` is imported, gave the last one."""
    return sizes(run("from keras import Input\n" + dedent(text)))


def lines(spans: list[Span] | tuple[Span, ...]) -> list[int]:
    """The lines on which some spans start."""
    return [span.line for span in spans]
