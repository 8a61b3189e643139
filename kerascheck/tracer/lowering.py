"""Lowers the models and their train steps with XLA from shapes alone, and reads what the compiler made or refused.

Nothing is executed: TensorFlow traces a step into a graph, and its bridge turns the graph into HLO. The variables keep
their values. A TPU compiles the same HLO; what it refuses beyond what XLA here refuses is in the table of ops.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kerascheck.catalog import is_structural, tpu_only, xla_kernel
from kerascheck.graph import JIT_GUARD, ModelGraph
from kerascheck.program import CompiledStep
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.hlo import read_hlo
from kerascheck.tracer.library import Live
from kerascheck.tracer.limits import TooLongError, time_limit
from kerascheck.tracer.messages import first_line
from kerascheck.tracer.refusal import RefusedOp, read_refusal
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.steps import Step, steps_of
from kerascheck.tracer.study import Study
from kerascheck.tracer.whereabouts import graph_operations, place_of

SECONDS = 40.0
"""How long all steps together may take; those behind are not lowered."""

STEP_SECONDS = 25.0
"""How long tracing one step may take."""

MAXIMUM_OPERATIONS = 40_000
"""A step of more ops than this is not lowered: the compiler cannot be stopped."""


def compiled_steps(study: Study) -> list[CompiledStep]:
    """What XLA makes of every step: of those that the code itself has compiled, or of all where a TPU is meant."""
    deadline = time.monotonic() + SECONDS
    found: list[CompiledStep] = []
    if not study.runtime.tensorflow.executing_eagerly():
        return found
    with _undisturbed(study.runtime):
        for step in steps_of(study):
            if step.jit and step.model is not None:
                _mark_compiled(step.model)
            elif study.program.device != "tpu":
                continue
            told = CompiledStep(step.name, _index(study, step), step.span)
            left = deadline - time.monotonic()
            if left <= 0:
                found.append(replace(told, message=f"not lowered: the {SECONDS:g} s for it were up"))
                continue
            try:
                with time_limit(min(left, STEP_SECONDS)):
                    found.append(_lower(study, step, told))
            except TooLongError:
                found.append(replace(told, message="not lowered: tracing it took too long"))
            except Exception as error:
                # The user's code runs while it is traced, and may raise anything.
                found.append(replace(told, message=f"not lowered: {type(error).__name__}: {first_line(error)}"))
    return found


def _index(study: Study, step: Step) -> int | None:
    return next((index for index, model in enumerate(study.program.models) if model is step.model), None)


def _mark_compiled(model: ModelGraph) -> None:
    """Say of the calls in a model that XLA compiles them, on whatever device."""
    for node in model.nodes():
        if node.kind in ("input", "variable", "constant"):
            continue
        node.guards = tuple(dict.fromkeys((*node.guards, JIT_GUARD)))


class _Nobody(UserCode):
    """While a step is traced, no place in the user's code is the cause of what is seen."""

    def here(self, boundary: Any = None) -> None:
        """Nowhere."""


@contextlib.contextmanager
def _undisturbed(runtime: Runtime) -> Iterator[None]:
    """While it lasts, tf.functions are traced as they are for fit, nothing is noted, and nothing is printed."""
    config = runtime.tensorflow.config
    eagerly, user, watched = config.functions_run_eagerly(), runtime.user, runtime.watched
    applied, trained, tapes = watched.applied, set(watched.trained), list(watched.tapes)
    config.run_functions_eagerly(False)
    runtime.user = _Nobody()
    try:
        with runtime.within(), Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            yield
    finally:
        runtime.user = user
        watched.applied, watched.trained, watched.tapes = applied, trained, tapes
        config.run_functions_eagerly(eagerly)


def _lower(study: Study, step: Step, told: CompiledStep) -> CompiledStep:
    """Trace one step and lower it."""
    if any(not spec.shape.is_fully_defined() for spec in step.specs):
        return replace(told, message="not lowered: a size of its inputs is not known")
    step.prepare()
    function = study.runtime.tensorflow.function(step.function, jit_compile=True, autograph=False)
    graph = function.get_concrete_function(*step.specs).graph
    operations = list(graph_operations(graph))
    if len(operations) > MAXIMUM_OPERATIONS:
        return replace(told, message=f"not lowered: {len(operations)} ops are too many")
    try:
        text = function.experimental_get_compiler_ir(*step.specs)(stage="hlo")
    except Exception as error:
        # The compiler raises errors of many types; its text says what it refused.
        return _refused(study, step, told, str(error), operations)
    lowered = read_hlo(text)
    return replace(
        told,
        lowers=True,
        dynamic=lowered.dynamic,
        dtypes=lowered.dtypes,
        instructions=lowered.instructions,
        flops=lowered.flops,
        bytes=lowered.bytes,
        padded=lowered.padded,
    )


def _refused(study: Study, step: Step, told: CompiledStep, text: str, operations: list[Live]) -> CompiledStep:
    refusal = read_refusal(text)
    message = refusal.message
    candidates = [_Candidate(op, _find(op, operations)) for op in refusal.ops]
    if not any(candidate.operation is not None for candidate in candidates):
        # The compiler broke down before it could name an op: what has no kernel is the likely cause.
        missing = [each for each in operations if _is_missing(each.type)]
        candidates = [_Candidate(RefusedOp(each.name, each.type), each) for each in missing]
        if missing:
            message = f"XLA has no kernel for {', '.join(sorted({each.type for each in missing}))}"
    chosen = next((each for each in candidates if not tpu_only(each.type or "")), None) or next(iter(candidates), None)
    if chosen is None:
        return replace(told, lowers=False, message=message)
    place = place_of(study, step.model, chosen.type, chosen.op.name, chosen.operation)
    return replace(
        told,
        lowers=False,
        message=message,
        operation=chosen.type,
        node=place.node,
        refused=place.span or place.line,
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An op that may be what the compiler refused."""

    op: RefusedOp
    operation: Live

    @property
    def type(self) -> str | None:
        return self.op.type or (None if self.operation is None else str(self.operation.type))


def _find(op: RefusedOp, operations: list[Live]) -> Live:
    """The op of the traced graph that the compiler's name means: the bridge puts the names of callers before it."""
    best: Live = None
    for each in operations:
        if (op.type is None or each.type == op.type) and f"/{op.name}".endswith(f"/{each.name}"):
            best = each if best is None or len(each.name) > len(best.name) else best
    return best


def _is_missing(kind: str) -> bool:
    return xla_kernel(kind) is False and not is_structural(kind)
