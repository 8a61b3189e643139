"""How models are trained and run, and what that updates."""

from __future__ import annotations

from kerascheck.diagnostic import Span
from kerascheck.records import immutable


@immutable()
class ModelCall:
    """A model or layer called on real data, as a hand-written training loop does.

    Attributes:
        layers: canonical ops of the layers inside that behave otherwise in training, with where each was made.
        training: the value of ``training`` it was called with: True, False, None (not given) or "unknown".
        in_tape: whether a GradientTape was recording.
        trained: whether gradients from that tape are applied to variables.
        fitted: whether the same model is also trained by ``fit`` elsewhere in the program.
        only_recorded: whether the script does nothing with the tape but record.
    """

    model: str
    layers: tuple[tuple[str, Span], ...]
    training: bool | str | None
    in_tape: bool
    trained: bool
    span: Span
    generation: int
    stack: tuple[Span, ...] = ()
    fitted: bool = False
    only_recorded: bool = False


@immutable()
class TrainOp:
    """A TF1 train op: ``optimizer.minimize(loss)``, and whether its graph's update ops are run with it.

    ``node`` and ``loss`` are node identifiers; ``run`` says whether a session ran the op; ``updates_run`` whether
    the update ops are among its control dependencies, grouped with it, or fetched beside it (None if undecided).
    ``collected`` are the nodes of updates that the code itself put into ``GraphKeys.UPDATE_OPS`` and that are not run.
    ``idle`` are the dropout and noise layers that the loss depends on and that wait for the learning phase, with where
    they are called, where no run of the op feeds it.
    """

    node: str
    loss: str
    span: Span
    run: bool
    updates_run: bool | None
    run_span: Span | None = None
    collected: tuple[str, ...] = ()
    idle: tuple[tuple[str, Span], ...] = ()


@immutable()
class StateFact:
    """State that a layer updates as it runs, and whether the traced steps do.

    Attributes:
        model: the model's place in :attr:`Program.models`.
        layer: the canonical class of the layer; ``layer_name`` its name, ``span`` where it was made.
        variable: the variable's name.
        what: ``moving statistics``, ``random seed``, ``recurrent state``, ``metric`` or ``state``.
        expected: whether training is to update it.
        in_training, at_inference: whether the traced training and inference steps do; None where there is no such step.
        step: where the step that was traced was asked for: compile, fit or the line of a hand-written loop.
    """

    model: int
    layer: str
    layer_name: str
    variable: str
    what: str
    expected: bool
    in_training: bool | None
    at_inference: bool | None
    span: Span | None = None
    step: Span | None = None


@immutable()
class FitMode:
    """A model that ``fit`` trains, by what its train step leaves as at inference.

    Attributes:
        model: the model's name.
        generation: 2 for tf_keras, 3 for Keras 3.
        takes_training: whether the model's own ``call`` has the argument; ``call`` where the user defines it.
        own_step: whether the user wrote the train step.
        idle: the layers that behave otherwise in training, which the step does not have them do, with where each was
            made.
        step: where the training was asked for: fit or compile.
    """

    model: str
    generation: int
    takes_training: bool
    own_step: bool
    idle: tuple[tuple[str, Span], ...]
    call: Span | None = None
    step: Span | None = None


@immutable()
class FlaggedCall:
    """A layer called with a literal ``training`` in a functional model, and what becomes of the flag.

    Attributes:
        model: the name of the model that is trained or run.
        layer: the canonical class of what was called.
        training: what it was given.
        updating: the BatchNormalization layers in it whose averages the model's training updates; ``at_inference`` the
            same of its inference.
        drawing: whether it draws random numbers when it is told to train, ``lost`` that the model's inference does not.
        fitted, predicted: where the model is trained, and where it is run at inference.
    """

    model: str
    generation: int
    layer: str
    training: bool
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()
    updating: tuple[Span, ...] = ()
    at_inference: tuple[Span, ...] = ()
    drawing: bool = False
    fitted: Span | None = None
    predicted: Span | None = None


@immutable()
class StatefulFit:
    """A call of ``fit`` or ``predict`` on a model with recurrent layers that keep their state from batch to batch.

    Attributes:
        model: the model's name; ``method`` which of the two it is.
        layers: those layers, with where each was made.
        epochs: how often it goes through its data; None where that is not known.
        again: whether the same model went through the same data just before, and nothing reset its states since.
        open: whether code that was not looked at runs meanwhile and may reset them.
    """

    model: str
    generation: int
    span: Span
    layers: tuple[tuple[str, Span], ...]
    epochs: int | None
    again: bool
    open: bool
    method: str = "fit"
    stack: tuple[Span, ...] = ()


@immutable()
class HostDraw:
    """A random number that the ``call`` of a layer has NumPy or Python draw: ``np.random.normal(size=4)``.

    ``layer`` is the layer's class.
    """

    function: str
    layer: str
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@immutable()
class OptimizerWrite:
    """An attribute set on an optimizer of Keras's own: ``model.optimizer.lr = 0.001``.

    ``text`` is the target as written; ``also`` the other attributes that the program sets on the same optimizer.
    """

    attribute: str
    generation: int
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()
    also: tuple[str, ...] = ()


@immutable()
class MetricRead:
    """The result of a metric that a loop over epochs updates and reads, and that nothing resets.

    Attributes:
        metric: the canonical class of the metric.
        span: where the result is read; ``text`` as it is written.
        updated, made, loop: where the metric is updated and made, and the loop over epochs.
    """

    metric: str
    generation: int
    span: Span
    text: str
    updated: Span
    loop: Span
    made: Span | None = None
    stack: tuple[Span, ...] = ()


@immutable()
class DroppedLosses:
    """A model called in a hand-written training step whose loss leaves out the losses that the model's layers add.

    Attributes:
        model: the model's name.
        layers: where those layers were made, each with the argument that adds a loss, or ``add_loss``.
        span: the call of the model.
    """

    model: str
    generation: int
    layers: tuple[tuple[str, Span], ...]
    span: Span
    stack: tuple[Span, ...] = ()


@immutable()
class ReboundFeed:
    """A ``Session.run`` that feeds what was made of a placeholder, by the name that the placeholder had before.

    ``placeholder`` and ``made`` are where the two tensors were made.
    """

    name: str
    span: Span
    placeholder: Span
    made: Span
    stack: tuple[Span, ...] = ()


@immutable()
class UninitializedRun:
    """A ``Session.run`` of what reads variables, in a session in which nothing initialises any.

    ``variables`` are where those variables, or the layers that hold them, were made; ``session`` where the session was.
    """

    span: Span
    variables: tuple[Span, ...]
    session: Span | None = None
    stack: tuple[Span, ...] = ()


@immutable()
class UnrunAssign:
    """An assignment made in graph code whose op is dropped: no session runs it.

    ``text`` is the call, ``variable`` where the variable was made and ``run`` where something else is run.
    """

    span: Span
    text: str
    run: Span
    variable: Span | None = None
    stack: tuple[Span, ...] = ()


@immutable()
class ThawedFit:
    """A call of ``fit`` that trains BatchNormalization layers of a model within the model, frozen in a fit before.

    Attributes:
        model: the name of the model that is trained; ``base`` that of the one within it.
        span: the call; ``made`` where the base was made.
        layers: where those BatchNormalization layers were made.
    """

    model: str
    base: str
    generation: int
    span: Span
    made: Span
    layers: tuple[Span, ...] = ()
    stack: tuple[Span, ...] = ()
