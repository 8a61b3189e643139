"""The runtime front end: runs the user's code in a child process and fills the same graph from the live models."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any, TypeAlias

from kerascheck.program import Program
from kerascheck.tracer.request import Outcome, Request, TargetError, target_kind

__all__ = ["Outcome", "TargetError", "TraceError", "trace", "trace_outcome"]

InputShape: TypeAlias = "str | Sequence[str] | Sequence[int | None]"


class TraceError(RuntimeError):
    """The target could not be run to where it has a model; the message is one sentence."""


def trace(
    target: Any,
    *,
    stop_at_model: bool = False,
    run_training: bool = False,
    timeout: float = 120.0,
    keras: str = "auto",
    device: str = "auto",
    memory: int | None = None,
    input_shape: InputShape = (),
    unsafe: bool = False,
    probe: bool = False,
) -> Program:
    """What the live models of ``target`` look like: the same Program as the static front end fills.

    A text names code or a file. The code is run in a child process; see :func:`trace_outcome` for how it ended. Any
    other target is a live model, of Keras 3 or tf_keras. It is called once more in this process, in a scratch graph in
    which nothing is executed; a model that was never built is built by that.

    Args:
        target: a ``.py`` file, a notebook, ``module:attribute``, a ``.keras`` or ``.h5`` file, a SavedModel's folder,
            or a live model.
        stop_at_model: end a script at its first fit, evaluate or predict.
        run_training: really run training calls, which otherwise return at once.
        timeout: seconds after which the code is stopped.
        keras: ``"2"`` or ``"3"`` for what ``tf.keras`` is; ``"auto"`` leaves it to the environment.
        device: what the code is meant for: cpu, gpu or tpu; ``auto`` tells it by the code.
        memory: how many MiB the code may use, 0 for no limit; None for three quarters of what there is.
        input_shape: the inputs of a model that knows none, without the batch: the sizes of the only one, or texts
            such as ``"28,28,1"`` and ``"ids=None:int32"``.
        unsafe: let the code change files, start programs, use the network, and run what a saved model holds.
        probe: run the models on made-up samples, to prove which samples depend on each other.

    Raises:
        TargetError: ``target`` is nothing that can be traced.
        TraceError: nothing could be found out.
    """
    if not isinstance(target, (str, PathLike)):
        from kerascheck.tracer.in_process import trace_model

        try:
            return trace_model(target, device=device, input_shapes=_texts(input_shape), probe=probe)
        except TargetError:
            raise
        except Exception as error:
            raise TraceError(f"internal error in trace: {type(error).__name__}: {error}") from error
    outcome = trace_outcome(
        fspath(target),
        stop_at_model=stop_at_model,
        run_training=run_training,
        timeout=timeout,
        keras=keras,
        device=device,
        memory=memory,
        input_shape=input_shape,
        unsafe=unsafe,
        probe=probe,
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
    device: str = "auto",
    memory: int | None = None,
    input_shape: InputShape = (),
    unsafe: bool = False,
    probe: bool = False,
) -> Outcome:
    """As :func:`trace`, with how the code ended beside what it built.

    Raises:
        TargetError: ``target`` is nothing that can be traced.
    """
    from kerascheck.tracer.confine import default_memory
    from kerascheck.tracer.input_shapes import parse_inputs
    from kerascheck.tracer.parent import run_child

    shapes = _texts(input_shape)
    parse_inputs(shapes)
    return run_child(
        Request(
            target,
            target_kind(target),
            stop_at_model,
            run_training,
            timeout,
            keras,
            device,
            memory=default_memory() if memory is None else memory,
            input_shapes=shapes,
            unsafe=unsafe,
            probe=probe,
        )
    )


def _texts(shape: InputShape) -> tuple[str, ...]:
    """Input shapes as texts, from one shape or several."""
    if isinstance(shape, str):
        return (shape,)
    given = tuple(shape)
    if given and not any(isinstance(each, str) for each in given):
        return (",".join(map(str, given)),)
    return tuple(str(each) for each in given)
