"""What the parent asks of the child, and how the run in the child ended."""

from __future__ import annotations

import ast
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.parsing import parse_expression
from kerascheck.program import Program


class TargetKind(StrEnum):
    """What sort of thing is traced."""

    SCRIPT = "script"
    NOTEBOOK = "notebook"
    ATTRIBUTE = "attribute"
    SAVED = "saved"
    HDF5 = "hdf5"
    SAVED_MODEL = "saved-model"
    LIVE = "live"


KINDS = {
    ".py": TargetKind.SCRIPT,
    ".ipynb": TargetKind.NOTEBOOK,
    ".keras": TargetKind.SAVED,
    ".h5": TargetKind.HDF5,
    ".hdf5": TargetKind.HDF5,
}
"""What a file is, by its suffix."""


class TargetError(ValueError):
    """The target cannot be traced at all; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run of the child.

    Attributes:
        target: as the user gave it.
        kind: what sort of target it is.
        stop_at_model: whether the script is ended at the first training call.
        run_training: whether training calls really run.
        seconds: after which the child stops of its own accord.
        keras: auto, 2 or 3: what ``tf.keras`` is.
        device: cpu, gpu or tpu: what the code is meant for; ``auto`` tells it by the code.
        probe: whether the models are executed on made-up samples.
        unsafe: whether code in a saved model may run and files may be written.
        input_shapes: the shapes of inputs, for a model that knows none, as the user wrote them.
        memory: how much the child may use, in MiB; 0 for no limit.
        stop_after: the event after which the code is stopped, where it died in an earlier run.
    """

    target: str
    kind: TargetKind
    stop_at_model: bool = False
    run_training: bool = False
    seconds: float = 120.0
    keras: str = "auto"
    device: str = "cpu"
    probe: bool = False
    unsafe: bool = False
    input_shapes: tuple[str, ...] = ()
    memory: int = 0
    stop_after: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The request as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Request:
        """The request that :meth:`to_json` wrote."""
        return cls(**{**data, "kind": TargetKind(data["kind"]), "input_shapes": tuple(data["input_shapes"])})


class Ending(StrEnum):
    """How the user's code ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended and what it found.

    Attributes:
        program: what was built until then; None where the child gave no answer.
        ending: how the user's code ended.
        sentence: what to tell the user, empty where all went well.
        span: the user's line at which it crashed.
        notes: what was left out on purpose, such as training calls that did not run.
    """

    program: Program | None
    ending: Ending
    sentence: str = ""
    span: Span | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Attribute:
    """``package.module:attribute(argument=1)``, parsed. ``arguments`` is None where nothing is called."""

    module: str
    names: tuple[str, ...]
    arguments: tuple[tuple[Any, ...], dict[str, Any]] | None = None


def target_kind(target: str) -> TargetKind:
    """What ``target`` is.

    Raises:
        TargetError: it is nothing that can be traced, or the file is missing.
    """
    path = Path(target)
    suffix = path.suffix.lower()
    if (path / "saved_model.pb").is_file() or (path / "saved_model.pbtxt").is_file():
        return TargetKind.SAVED_MODEL
    if suffix in KINDS:
        if not path.is_file():
            raise TargetError(f"{target}: no such file")
        return KINDS[suffix]
    if ":" in target:
        parse_attribute(target)
        return TargetKind.ATTRIBUTE
    if path.exists():
        raise TargetError(
            f"{target}: expected a .py or .ipynb file, a .keras or .h5 file, a SavedModel's folder, or module:attribute"
        )
    raise TargetError(f"{target}: no such file")


def parse_attribute(target: str) -> Attribute:
    """``target`` as a module, an attribute path and literal call arguments.

    Raises:
        TargetError: it is not of that form, or an argument is not a literal.
    """
    module, _, expression = target.partition(":")
    if not re.fullmatch(r"\w+(\.\w+)*", module):
        raise TargetError(f"{target}: {module!r} is not a module's name")
    node = parse_expression(expression.strip())
    arguments = None
    if isinstance(node, ast.Call):
        arguments = _literal_arguments(target, node)
        node = node.func
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise TargetError(f"{target}: {expression!r} is not an attribute or a call")
    return Attribute(module, (node.id, *reversed(names)), arguments)


def _literal_arguments(target: str, call: ast.Call) -> tuple[tuple[Any, ...], dict[str, Any]]:
    try:
        positional = tuple(ast.literal_eval(argument) for argument in call.args)
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg is not None}
    except (ValueError, TypeError):
        raise TargetError(f"{target}: the arguments of the call must be literals, such as 10 or 'same'") from None
    if len(named) != len(call.keywords):
        raise TargetError(f"{target}: ** is not taken here")
    return positional, named
