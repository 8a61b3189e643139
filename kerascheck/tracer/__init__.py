"""The runtime front end: runs the user's code in a child process and fills the same graph from the live models."""

from __future__ import annotations

from kerascheck.program import Program
from kerascheck.tracer.request import Outcome, Request, TargetError, target_kind

__all__ = ["Outcome", "TargetError", "TraceError", "trace", "trace_outcome"]


class TraceError(RuntimeError):
    """The target could not be run to where it has a model; the message is one sentence."""


def trace(
    target: str,
    *,
    stop_at_model: bool = False,
    run_training: bool = False,
    timeout: float = 120.0,
    keras: str = "auto",
    device: str = "cpu",
) -> Program:
    """What the live models of ``target`` look like: the same Program as the static front end fills.

    This runs the code that ``target`` names in a child process; see :func:`trace_outcome` for how it ended.

    Args:
        target: a ``.py`` file, a notebook, ``module:attribute`` or a ``.keras`` file.
        stop_at_model: end a script at its first fit, evaluate or predict.
        run_training: really run training calls, which otherwise return at once.
        timeout: seconds after which the code is stopped.
        keras: ``"2"`` or ``"3"`` for what ``tf.keras`` is; ``"auto"`` leaves it to the environment.
        device: what the code is meant for: cpu, gpu or tpu.

    Raises:
        TargetError: ``target`` is nothing that can be traced.
        TraceError: nothing could be found out.
    """
    outcome = trace_outcome(
        target, stop_at_model=stop_at_model, run_training=run_training, timeout=timeout, keras=keras, device=device
    )
    if outcome.program is None:
        raise TraceError(outcome.sentence)
    return outcome.program


def trace_outcome(
    target: str,
    *,
    stop_at_model: bool = False,
    run_training: bool = False,
    timeout: float = 120.0,
    keras: str = "auto",
    device: str = "cpu",
) -> Outcome:
    """As :func:`trace`, with how the code ended beside what it built.

    Raises:
        TargetError: ``target`` is nothing that can be traced.
    """
    from kerascheck.tracer.parent import run_child

    kind = target_kind(target)
    return run_child(Request(target, kind, stop_at_model, run_training, timeout, keras, device))
