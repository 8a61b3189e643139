"""Everything a rule may read: the models of a program, and what the code did around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Endpoint, ModelGraph, Node, Recorder
from kerascheck.shapes import Shape

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class SymbolUse:
    """A name of keras or tensorflow that the code read, by whatever alias.

    Attributes:
        name: the dotted name in its package's own terms: ``tf.placeholder``, ``keras.backend.learning_phase``.
        package: the top-level package it came from: ``keras``, ``tf_keras``, ``tf.keras`` or ``tf``.
        generation: 2 or 3 for a Keras name.
        called: whether it was called there.
        compat: whether it was reached through ``tf.compat.v1``.
        attribute: the span of the last attribute alone (``placeholder`` in ``tf.placeholder``), for fixes.
    """

    name: str
    package: str
    generation: int
    span: Span
    called: bool
    stack: tuple[Span, ...] = ()
    compat: bool = False
    attribute: Span | None = None


@dataclass(frozen=True, slots=True)
class MemberUse:
    """An attribute read or called on a Keras object: ``layer.set_input``.

    ``owner`` is the canonical Keras class it was read from (``keras.layers.Dense``; for a user's class the nearest
    Keras base, ``keras.layers.Layer`` or ``keras.Model``), and ``own`` says that the class is the user's. ``old_form``
    where it still exists and is called in the way that only the older package took. Of what may be mended,
    ``positional`` are the positional arguments, empty where a ``*`` hides them, ``keywords`` the others by name, and
    ``attribute`` is the member's name alone.
    """

    owner: str
    member: str
    generation: int
    span: Span
    called: bool
    stack: tuple[Span, ...] = ()
    old_form: bool = False
    positional: tuple[Span, ...] = ()
    keywords: tuple[tuple[str, Span], ...] = ()
    attribute: Span | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class ArgumentUse:
    """An argument given to a Keras or TensorFlow callable that its signature does not have.

    ``old_form`` where the signature has it and what is given is what only the older package took.
    """

    callee: str
    argument: str
    generation: int
    span: Span
    keyword: Span | None = None
    stack: tuple[Span, ...] = ()
    old_form: bool = False


NUMPY_METHOD = ".numpy"
"""The use of a symbolic tensor by ``tensor.numpy()``."""


@dataclass(frozen=True, slots=True)
class SymbolicUse:
    """A symbolic tensor where Python or NumPy want a value.

    Attributes:
        use: what wants it: ``if``, ``while``, ``for``, ``len``, :data:`NUMPY_METHOD`, or a function of NumPy's:
            ``numpy.log``.
        tensor: the identifier of the node that gives it.
        in_call: whether a layer's ``call`` was running, so that it is a tensor of TensorFlow's graph, no KerasTensor.
    """

    use: str
    tensor: str
    generation: int
    in_call: bool
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


class ArgumentMistake(StrEnum):
    """What is wrong with an argument of a call."""

    UNEXPECTED = "unexpected"
    MISSING = "missing"
    DOUBLED = "doubled"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class WrongArguments:
    """An argument of a call that is certainly refused, in every version of the callable that is known.

    Attributes:
        callee: what is called: a name of keras or tensorflow, a class of the user's, or its ``call``.
        mistake: what is wrong; ``argument`` with which, empty where there are too many.
        keyword: the argument itself, where it is written by name.
        accepted: the names that the callable takes; empty where any.
        places, given: how many arguments it takes by position, and how many it is given; ``named`` those by name.
        defined: where the user defines it.
    """

    callee: str
    mistake: ArgumentMistake
    argument: str
    span: Span
    keyword: Span | None = None
    accepted: tuple[str, ...] = ()
    places: int = 0
    given: int = 0
    named: tuple[str, ...] = ()
    defined: Span | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class AddedLoss:
    """``add_loss`` called on a model or layer, outside of any ``call``.

    ``model`` is what it was called on by name, ``functional`` whether that was made of inputs and outputs; ``symbolic``
    whether the loss is a symbolic tensor.
    """

    model: str
    functional: bool
    symbolic: bool
    generation: int
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """A string that Keras does not know, given for an ``activation``, ``loss`` or another ``kind`` of object."""

    kind: str
    argument: str
    value: str
    generation: int
    span: Span
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedName:
    """A name that the code gives a layer, model, input or weight, and that Keras refuses.

    ``op`` is what was named; ``model`` the model that has the name already, where it was given at ``other``.
    """

    name: str
    op: str
    generation: int
    span: Span
    model: str | None = None
    other: Span | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ShapeArgument:
    """A number given for a shape, where the callable takes a tuple and certainly raises.

    Attributes:
        callee: ``keras.Input``, or the layer that was given an ``input_shape``.
        parameter: ``shape``, ``input_shape`` or ``batch_shape``.
        span: the call.
        text: the number as it is written; ``value`` its place, None where it is not an argument of that call.
        constant: whether it is a number whenever the call runs, and not only as it was called here.
        enclosed: whether it stands in parentheses of its own: ``Input((784))``.
    """

    callee: str
    parameter: str
    generation: int
    span: Span
    text: str = ""
    value: Span | None = None
    enclosed: bool = False
    constant: bool = False
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightListEdit:
    """An edit of the list that a ``trainable_weights``-like property returns, which is a copy.

    ``what`` is the attribute, ``method`` the list method (``extend``) and ``variables`` where those put in were made.
    """

    owner: str
    what: str
    method: str
    generation: int
    span: Span
    variables: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class CreatedInCall:
    """A layer or variable that is made anew each time a layer's ``call`` runs.

    Attributes:
        kind: ``layer`` or ``variable``.
        owner: the class whose ``call`` it is; ``Lambda`` where it is the function of one.
        span: the expression that makes it, ``text`` as written.
        in_lambda: whether it is made by the function of a Lambda.
        made_by_layer: whether ``add_weight`` makes it.
    """

    kind: str
    owner: str
    generation: int
    span: Span
    text: str
    stack: tuple[Span, ...] = ()
    in_lambda: bool = False
    made_by_layer: bool = False


@dataclass(frozen=True, slots=True)
class UnheldLayer:
    """A layer with weights that is called and that no layer or model holds.

    Attributes:
        how: ``lambda`` where the function of a Lambda calls it, ``class`` where it is an attribute of a class.
        layer: the identity of the layer in :attr:`kerascheck.graph.Node.layer`; ``name`` its name.
        span: where it is made.
        target: the class and the attribute that hold it: ``Net.dense``.
    """

    how: str
    layer: str
    name: str
    generation: int
    span: Span
    stack: tuple[Span, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class LateState:
    """State given to a Keras 3 layer that is built and takes no more.

    Attributes:
        layer: the layer's class; ``attribute`` the name it was to have, None for ``add_weight``.
        in_call: whether the layer's own ``call`` does it.
        span: where; ``text`` as written.
        built: where the layer was built, if its own code does not tell.
    """

    layer: str
    attribute: str | None
    in_call: bool
    span: Span
    text: str
    stack: tuple[Span, ...] = ()
    built: Span | None = None


@dataclass(frozen=True, slots=True)
class ReservedAttribute:
    """An attribute assigned that Keras keeps for itself: ``self.weights = []``.

    ``owner`` is the canonical Keras class, ``layer`` the class as the code calls it.
    """

    owner: str
    layer: str
    attribute: str
    generation: int
    span: Span
    text: str
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingInit:
    """A layer of the user's whose constructor does not call that of the class it extends, or calls it too late.

    Attributes:
        layer: the class.
        is_model: whether it is a model.
        span: the line that begins ``__init__``; the assignment that comes too early.
        early: the attribute that Keras 2 does not take of a model before that call; None where there is no such call.
    """

    layer: str
    is_model: bool
    generation: int
    span: Span
    early: str | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class PythonState:
    """A Python number or list of a layer's that its ``call`` goes on from, each time it runs.

    ``kind`` is ``number``, ``list``, or ``tensor`` where the number becomes one; ``made`` where the layer was made.
    """

    layer: str
    attribute: str
    kind: str
    generation: int
    span: Span
    text: str
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeIgnored:
    """A Keras layer made and built in a ``variable_scope`` that is to share or change its variables.

    ``asks`` is what the scope was given: ``reuse`` or ``custom_getter``; ``scope`` where it was opened.
    """

    layer: str
    name: str
    asks: str
    span: Span
    scope: Span
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class UnbuiltRead:
    """A weight of one of Keras's own layers that is read before the layer has any.

    ``member`` is the weight's name, ``made`` where the layer was made.
    """

    layer: str
    name: str
    member: str
    generation: int
    span: Span
    text: str
    made: Span | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class TensorMember:
    """A member of a layer's that is read from the tensor a layer gave.

    ``layer`` is the class of that layer, ``call`` the call that gave the tensor.
    """

    layer: str
    member: str
    generation: int
    span: Span
    text: str
    call: Span | None = None
    call_text: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class DroppedWeight:
    """A trainable weight that is made and that nothing refers to any more.

    ``how`` is ``dropped`` where the call's result is not used, ``name`` where a local name gets it that nobody reads,
    ``overwritten`` where an attribute got it that the same method assigns again; ``node`` is the variable's.
    """

    layer: str
    how: str
    target: str
    generation: int
    node: str
    span: Span
    text: str
    by: Span | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class RebindingUse:
    """An attribute of a layer that held a variable, and holds a tensor computed from it once a method has ended.

    ``method`` is ``init``, ``build`` or ``call``; ``variable`` is the variable's node, ``made`` where it was made.
    """

    layer: str
    attribute: str
    method: str
    generation: int
    variable: str
    span: Span
    text: str
    stack: tuple[Span, ...] = ()
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class TensorWeight:
    """A tensor where a weight is meant.

    Attributes:
        layer: the layer's class; ``attribute`` what is assigned.
        nodes: the nodes that give the tensor, ``variables`` those of the new variables that it is computed from.
        replaces: whether it takes the place of a weight of one of Keras's own layers.
    """

    layer: str
    attribute: str
    generation: int
    span: Span
    text: str
    stack: tuple[Span, ...] = ()
    nodes: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A model or layer called on real data, as a hand-written training loop does.

    Attributes:
        layers: canonical ops of the layers inside that behave otherwise in training, with where each was made.
        training: the value of ``training`` it was called with: True, False, None (not given) or "unknown".
        in_tape: whether a GradientTape was recording.
        trained: whether gradients from that tape are applied to variables.
        fitted: whether the same model is also trained by ``fit`` elsewhere in the program.
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


class TapeFaultKind(StrEnum):
    """What goes wrong with a GradientTape."""

    FORWARD_OUTSIDE = "forward outside"
    LOSS_OUTSIDE = "loss outside"
    USED_TWICE = "used twice"
    NOT_WATCHED = "not watched"
    NOT_TRAINABLE = "not trainable"
    NOT_FLOAT = "not float"
    REBOUND = "rebound"
    NUMPY = "numpy"
    PREDICTED = "predicted"
    METRIC = "metric"


@dataclass(frozen=True, slots=True)
class TapeFault:
    """A gradient that is certainly None, or that a tape certainly refuses.

    Attributes:
        kind: why.
        span: what is at fault; ``text`` that expression.
        gradient: the call that takes the gradient; ``gradient_text`` its text.
        tape: where the tape was made.
        other: another place that belongs to it: the first use of the tape, where a source was made, the variable.
        name: what is at fault, by its name in the program or its library: ``keras.metrics.Mean``.
    """

    kind: TapeFaultKind
    span: Span
    text: str
    gradient: Span
    gradient_text: str
    generation: int
    tape: Span | None = None
    other: Span | None = None
    name: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class NanBranch:
    """A ``where`` that keeps zeros from a function whose gradient is infinite there, and not from its gradient.

    Attributes:
        span: that function's call or division; ``text`` its text.
        choice: the ``where``; ``choice_text`` its text.
        operands: the nodes of the tensors whose gradient is not a number there.
        certain: whether a gradient certainly goes back to one of them.
    """

    span: Span
    text: str
    choice: Span
    choice_text: str
    operands: tuple[str, ...]
    certain: bool
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class FlatLoss:
    """A loss given to ``compile`` that has no gradient: a metric, or a function of the user's that stops it.

    Attributes:
        span: where it is: the argument of ``compile``, or the operation that stops the gradient.
        text: the text there; ``name`` the loss's name.
        metric: whether it is one of Keras's metrics.
        compiled: the call of ``compile``.
    """

    span: Span
    text: str
    name: str
    metric: bool
    model: str
    generation: int
    compiled: Span
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrace:
    """A jit-compiled function that is called with one Python number after another.

    Attributes:
        function, parameter: the function's name and the parameter's.
        values: the numbers it was given, in order, each once.
        span: the first of the calls; ``text`` its text.
        made: where the function is.
    """

    function: str
    parameter: str
    values: tuple[float, ...]
    span: Span
    text: str
    made: Span
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideStrategy:
    """A model that is compiled in the scope of a distribution strategy, and whose weights were made before it.

    Attributes:
        model: the model's name.
        span: the call of ``compile``; ``text`` its text.
        layer: the first layer with such weights, where it was made.
        scope: where the scope was opened.
    """

    model: str
    generation: int
    span: Span
    text: str
    layer: Span
    scope: Span | None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class NoneUse:
    """The size of an open batch, which Python knows as None, used as a number: that certainly raises.

    ``use`` is what takes it for one: an operator, ``range`` or a function's canonical name; ``text`` the expression.
    """

    span: Span
    use: str
    text: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class DataCall:
    """A call that hands data to a model or loads them, stopped by the live front end before it did.

    ``method`` is ``fit``, ``evaluate``, ``load_data``…; ``shapes`` what it was given or would have given, by argument.
    """

    method: str
    span: Span
    model: str | None = None
    shapes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class VariableFact:
    """What becomes of one variable of a live model.

    Attributes:
        model: the model's place in :attr:`Program.models`.
        variable: a number, the same in the facts of several models about one variable.
        name, shape, dtype: the variable's own.
        span: where it was made; ``stack`` the calls that led there.
        node: the identifier of its node, where it has one.
        layer: the name of the layer that holds it; None where no layer does.
        owner: who holds it where no layer does: see :attr:`kerascheck.graph.Node.owner`.
        trainable: its own flag.
        in_weights, in_trainable_weights: whether those lists of the model hold it.
        saved: whether saving the model keeps it; None where that is not known.
        read: whether the forward pass, at inference or in training, reads it.
        used: whether the model's outputs at inference depend on it.
        assigned: whether the code writes it, other than by an optimizer.
        trained: whether the code trains it: in the ``fit`` of some model that was compiled, or by hand.
        gradient: ``flows``, ``none`` or ``zero``; None where it was not looked at.
        stopped_by: the nodes at which every path from it to the loss ends, with what ends it.
        layer_span: where the layer that holds it was made; ``layer_own`` whether the layer's class is the user's own.
        in_lambda: whether the layer that holds it was called by the function of a Lambda.
        reader: the call that reads it first.
        forgotten: whether the user's own code holds it, or computes with it, and leaves out what comes of it.
    """

    model: int
    variable: int
    name: str
    shape: Shape
    dtype: str | None = None
    span: Span | None = None
    stack: tuple[Span, ...] = ()
    node: str | None = None
    layer: str | None = None
    owner: str | None = None
    trainable: bool = True
    in_weights: bool = True
    in_trainable_weights: bool = True
    saved: bool | None = None
    read: bool = True
    used: bool = True
    assigned: bool = False
    trained: bool = False
    gradient: str | None = None
    stopped_by: tuple[tuple[str, str], ...] = ()
    layer_span: Span | None = None
    layer_own: bool = False
    in_lambda: bool = False
    reader: str | None = None
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class TrainableChange:
    """``trainable`` was set, and a later training took no notice of it.

    Attributes:
        model: the name of the model that was trained; ``layer`` that of the layer or model whose ``trainable`` was set.
        value: what it was set to.
        span: where; ``text`` is that statement's, ``stack`` the calls that led there.
        compiled: where the model was compiled last; ``trained`` where it was trained.
    """

    model: str
    layer: str
    value: bool
    generation: int
    span: Span
    trained: Span
    compiled: Span | None = None
    stack: tuple[Span, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Connection:
    """A functional model, by what its outputs depend on.

    Attributes:
        model: the model's name; ``span`` where it was made, ``stack`` the calls that led there.
        inputs: the nodes of the inputs it was given.
        used: those of them that an output depends on.
        missing: the nodes of other Inputs that an output depends on.
        whole: whether ``used`` is all there is: nothing that an output may depend on is unknown, and neither a method
            nor a loss that was added can use an input otherwise.
    """

    model: str
    generation: int
    span: Span
    stack: tuple[Span, ...]
    inputs: tuple[str, ...]
    used: tuple[str, ...]
    missing: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class WeightsGiven:
    """Arrays that a layer is given for its weights.

    Attributes:
        layer: the layer's name; ``made`` where it was made.
        argument: ``set_weights`` for a call of that method, ``weights`` for the constructor's argument.
        given: their shapes.
        expected: those of the layer's weights, in order; none where it has none yet.
        span: the call, or where the layer was made.
    """

    layer: str
    generation: int
    argument: str
    given: tuple[Shape, ...]
    expected: tuple[Shape, ...]
    span: Span
    stack: tuple[Span, ...] = ()
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class PositionalNumbers:
    """A layer of Keras's own that was made with numbers by position.

    Attributes:
        op: the canonical name of its class; ``layer`` the identity of its calls' nodes.
        numbers: the parameters that were given an integer by position, with what; in order.
        literal: the parameters among ``numbers`` whose value is written in the call itself.
        span: the call; ``text`` is the user's own.
    """

    op: str
    layer: str
    generation: int
    numbers: tuple[tuple[str, int], ...]
    literal: tuple[str, ...]
    span: Span
    stack: tuple[Span, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class UnusedLayer:
    """A layer that the code makes and that nothing can use.

    Attributes:
        name: the layer's name; ``target`` the name or attribute it was given, None where it was dropped at once.
        attribute: whether that is an attribute of a layer or model of the user's.
        span: where it is made; ``text`` is the user's own.
    """

    name: str
    target: str | None
    attribute: bool
    span: Span
    stack: tuple[Span, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class IndicesGiven:
    """Data that go into an Embedding as they are.

    Attributes:
        layer: the layer's name; ``rows`` how many its table has, ``layer_span`` where it was made.
        lowest, highest: integers that the data certainly hold, the smallest and the largest known; ``exact`` where
            there are none beyond them.
        span: where they are given; ``text`` is the user's own, ``made`` where the data were made.
    """

    layer: str
    generation: int
    rows: int
    lowest: int
    highest: int
    exact: bool
    span: Span
    stack: tuple[Span, ...]
    text: str
    layer_span: Span
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class Downcast:
    """Data that a model's Input takes in another type than they have.

    Attributes:
        model: the model's name.
        given, taken: the type of the data, and that of the Input.
        largest: the size of the largest integer that the data certainly hold, where that is known.
        span: where they are given; ``text`` is the user's own, ``made`` where the data were made.
    """

    model: str
    given: str
    taken: str
    largest: int | None
    span: Span
    stack: tuple[Span, ...]
    text: str
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class HostDraw:
    """A random number that the ``call`` of a layer has NumPy or Python draw: ``np.random.normal(size=4)``.

    ``layer`` is the layer's class.
    """

    function: str
    layer: str
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class ReboundFeed:
    """A ``Session.run`` that feeds what was made of a placeholder, by the name that the placeholder had before.

    ``placeholder`` and ``made`` are where the two tensors were made.
    """

    name: str
    span: Span
    placeholder: Span
    made: Span
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class UninitializedRun:
    """A ``Session.run`` of what reads variables, in a session in which nothing initialises any.

    ``variables`` are where those variables, or the layers that hold them, were made; ``session`` where the session was.
    """

    span: Span
    variables: tuple[Span, ...]
    session: Span | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class UnrunAssign:
    """An assignment made in graph code whose op is dropped: no session runs it.

    ``text`` is the call, ``variable`` where the variable was made and ``run`` where something else is run.
    """

    span: Span
    text: str
    run: Span
    variable: Span | None = None
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A model or its train step as XLA lowers it, from shapes alone.

    Attributes:
        name: ``inference``, ``training`` or a jit-compiled function's name.
        model: the model's place in :attr:`Program.models`; None for a function.
        span: where the model or function was made.
        lowers: whether the compiler takes it; None where it was not asked.
        message: the compiler's error, in one line.
        operation: the type of the op it refused, where it names one.
        node: the call that the op belongs to; ``refused`` is the user's line of it.
        dynamic: results of a size that depends on values, as the compiler bounds them: ``f32[<=4,3]``.
        dtypes: the element types in the lowered program.
        instructions: how many HLO instructions it has.
        flops: floating-point operations of one step; None where unknown.
        padded, bytes: the size of the step's arrays with and without what a TPU's tiles (8 by 128) add.
    """

    name: str
    model: int | None = None
    span: Span | None = None
    lowers: bool | None = None
    message: str = ""
    operation: str | None = None
    node: str | None = None
    refused: Span | None = None
    dynamic: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    instructions: int | None = None
    flops: float | None = None
    padded: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FedDataset:
    """A dataset that a model is fitted on, by the sizes that its elements' types leave open.

    Attributes:
        model: the model's name.
        span: the call of fit.
        shapes: those of the elements' types: ``(None, 4)``.
        open_batch: whether the number of samples in a batch is not fixed; ``open_sizes``: whether another size is not.
        whole: whether the batches certainly are of one size all the same; None where that is not known.
        batched: where the dataset was batched.
    """

    model: str
    span: Span
    shapes: tuple[str, ...] = ()
    open_batch: bool = False
    open_sizes: bool = False
    whole: bool | None = None
    batched: Span | None = None


class ObjectiveForm(StrEnum):
    """In what form a loss or metric was given."""

    TEXT = "text"
    OBJECT = "object"
    FUNCTION = "function"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Objective:
    """A loss or metric, as it was given to ``compile`` or called.

    Attributes:
        name: a loss by the name of its function, ``binary_crossentropy``, whatever it was written as; a metric by the
            last part of its own name, ``BinaryAccuracy``; a function of the user's by its name.
        form: a text, an object of Keras's, a function of Keras's or TensorFlow's, or one of the user's own.
        span: where it was given, with its ``text``.
        from_logits: whether it takes logits; None where that is not known.
        arguments: what it was made with, as far as these are constants.
        made: where the object was made, if elsewhere.
        called: the name of the function, where that is another than the loss's.
    """

    name: str
    form: ObjectiveForm
    span: Span
    text: str = ""
    from_logits: bool | None = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    made: Span | None = None
    called: str | None = None

    @property
    def shown(self) -> str:
        """What to call it in a message."""
        return self.called or self.name


@dataclass(frozen=True, slots=True)
class LossFact:
    """A loss that meets a prediction: that of one output of a compiled model, or a call in the user's code.

    Attributes:
        loss: the loss; None where it is not known, or no output has one.
        outputs: the node outputs that the prediction may be; empty where they are not known.
        shape: the prediction's shape.
        span: the call of ``compile``, or of the loss.
        model: the name of the compiled model; None for a call of the loss.
        metrics: what is measured of this output.
        methods: the methods with which the model is given data anywhere in the program.
        weighted: the calls that give it weights of samples or classes.
        scalar: for a loss of the user's, whether it certainly gives one number for a whole batch.
    """

    loss: Objective | None
    outputs: tuple[Endpoint, ...]
    shape: Shape
    generation: int
    span: Span
    model: str | None = None
    metrics: tuple[Objective, ...] = ()
    methods: tuple[str, ...] = ()
    weighted: tuple[Span, ...] = ()
    scalar: bool = False
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class OptimizerUse:
    """An optimizer of Keras's that the code makes, with the learning rate it is given, if that is a number."""

    name: str
    learning_rate: float
    span: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """What one of Keras's metric functions gave, a number for each sample, printed or put into a text as it is.

    Attributes:
        name: the function's name; ``shape`` that of what it gave.
        span: the call, with its ``text``.
        shown: where the value is printed.
    """

    name: str
    shape: Shape
    span: Span
    shown: Span
    text: str = ""
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class StretchedPrediction:
    """An operation that pairs every prediction of a batch with every target: one of them has an axis of one more.

    Attributes:
        span: the operation, with its ``text``.
        prediction, other, result: the shapes.
        trail: where the prediction and the other operand were made.
    """

    span: Span
    text: str
    prediction: Shape
    other: Shape
    result: Shape
    trail: tuple[TrailStep, ...] = ()


@dataclass(frozen=True, slots=True)
class FedTarget:
    """A target that ``fit`` or ``evaluate`` was given for one output of a model, under a loss of Keras's.

    Attributes:
        model: the model's name.
        loss: the name of the loss function.
        target, output: the shapes of a batch of each.
        given: the shape of what was given.
        taken: whether the loss takes the two; None where that is not decided.
        span: the target where it was given, with its ``text``.
        outputs: the node outputs that the prediction may be.
        classes: how many classes the labels are of, where they are certainly 0 up to that.
        lowest, highest: the smallest and largest label, where they are known.
        trail: where the target and the output were made.
    """

    model: str
    generation: int
    loss: str
    target: Shape
    output: Shape
    given: Shape
    taken: bool | None
    span: Span
    text: str = ""
    outputs: tuple[Endpoint, ...] = ()
    classes: int | None = None
    lowest: int | None = None
    highest: int | None = None
    trail: tuple[TrailStep, ...] = ()


class FedKind(StrEnum):
    """What does not fit of the data that a model is fed."""

    INPUT = "input"
    BATCH_IN_INPUT = "batch in input"
    TARGET = "target"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class FedProblem:
    """Data given to ``fit``, ``evaluate`` or ``predict`` that certainly make it fail.

    Attributes:
        kind: the model's input, its input because that has the batch in its shape, a target, or the number of samples.
        span: the data where they are given; where the input was declared, if that is at fault.
        trail: where the data were made and batched, where the model's input or output was.
    """

    kind: FedKind
    message: str
    span: Span
    label: str = ""
    trail: tuple[TrailStep, ...] = ()
    help: str | None = None


@dataclass(frozen=True, slots=True)
class SampleDependence:
    """Executed proof that one sample's output depends on another sample.

    Attributes:
        model: the model's place in :attr:`Program.models`.
        mode: ``inference`` or ``training``.
        output: which output moved, by ``tree.flatten`` order.
        perturbed, moved: the sample that was changed, and one whose output changed with it.
        by: the largest change of that sample's output.
        node: the first node behind which samples depend on each other, where it was found.
        evidence: one line that says what was done and seen.
    """

    model: int
    mode: str
    output: int
    perturbed: int
    moved: int
    by: float
    node: str | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ConfigParameter:
    """An argument of a constructor: its default as it is written, and whether what an object does depends on it."""

    name: str
    span: Span
    default: str | None
    used: bool


@dataclass(frozen=True, slots=True)
class SavedConfig:
    """What ``get_config`` of a class of the user's keeps of its constructor's arguments.

    Attributes:
        name: the class; ``owner`` the one whose ``get_config`` it has, ``own`` whether that is the class itself.
        span: the line that begins ``get_config``; where that is inherited the one that begins ``__init__``.
        keys: what it gives, with what Keras keeps or leaves out by itself.
        parameters: those of ``__init__``; ``takes_rest`` whether it has a ``**kwargs`` besides.
    """

    name: str
    owner: str
    own: bool
    span: Span
    keys: tuple[str, ...]
    parameters: tuple[ConfigParameter, ...]
    takes_rest: bool = False


@dataclass(frozen=True, slots=True)
class SavingCall:
    """A call that saves or loads a model or its weights.

    Attributes:
        method: ``save``, ``save_weights``, ``load_weights``, ``save_model``, ``load_model`` or ``ModelCheckpoint``.
        path: where to, where that is known; ``path_span`` where it is written.
        weights_only: whether a ModelCheckpoint saves the weights alone; None where that is not known.
        keywords: the names of the keyword arguments.
        explained: whether it is told what the model's own classes are.
    """

    method: str
    generation: int
    path: str | None
    span: Span
    path_span: Span
    weights_only: bool | None = False
    keywords: tuple[str, ...] = ()
    explained: bool = False
    stack: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadyWeights:
    """``load_weights`` of a model that has no weights to load into.

    ``why`` is ``unbuilt``, or ``empty build`` where Keras's own ``build`` was called, which makes none; ``made`` where
    the model was made.
    """

    call: SavingCall
    model: str
    why: str
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class UnbuiltSublayers:
    """A model whose own ``build`` leaves layers to ``call``, so that loading does not restore them.

    ``build`` is the line that begins it; ``layers`` their classes, with where each was made; ``saved`` where the model
    is saved, None where its class is registered to be.
    """

    model: str
    generation: int
    build: Span
    layers: tuple[tuple[str, Span], ...]
    saved: Span | None = None


class SavedObjectKind(StrEnum):
    """What saving or loading refuses of a model's layer."""

    ARGUMENT = "object argument"
    NO_NAME = "no name argument"
    LAMBDA = "lambda"
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class SavedObject:
    """A layer that a saved model cannot be saved or loaded with.

    Attributes:
        name: its class; of a Lambda the layer's name.
        span: where it was made; its class's ``__init__`` where that lacks an argument, and where the model is loaded
            for a class that is not known there.
        argument: what it was made with, ``a layer``, or the argument that it lacks.
        saved: where the model is saved; None where the class is registered to be.
        made: where it was made, if ``span`` is something else.
    """

    kind: SavedObjectKind
    name: str
    generation: int
    span: Span
    argument: str = ""
    saved: Span | None = None
    made: Span | None = None


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something the front end could not follow, counted and shown on request."""

    span: Span
    what: str
    why: str


@dataclass(slots=True)
class Program:
    """What one run of a front end over one target found out.

    Attributes:
        file: the file or target.
        models: every model, custom layer nobody uses, and fragment.
        recorder: all nodes, those in no model included.
        device: the device the code is meant for: cpu, gpu or tpu.
        device_reason: why that device: ``option``, ``configuration``, or the span of the strategy in the code.
        generation: the Keras generation of the file, 2 or 3.
        tensorflow: the TensorFlow it is written for: 1 where its project needs TensorFlow 1, else 2.
        data_calls, variables, trainable_changes, states, steps, dependences: what only the live front end finds out.
        connections: the functional models, by what their outputs depend on.
        runs_eagerly: whether some model is compiled, or told, to run its steps eagerly.
        datasets: the datasets that models are fitted on.
        tape_faults: gradients that are certainly None, and tapes that are used wrongly; from the static front end.
        downcasts: the data that models take in another type than they have.
        indices_given: the data that go into an Embedding as they are.
        unused_layers: the layers that are made and that nothing can use.
        positional_numbers: the layers that were made with numbers by position.
        weights_given: the arrays that layers are given for their weights.
        auto_jit_models: the names of those that Keras 3 compiles with XLA where there is a GPU; static only.
        compiled_models: the names of the models that are compiled with a loss; from the static front end.
        adds_losses: whether the code adds a loss to some layer or model; from the static front end.
        nan_branches: choices whose branch not taken makes a gradient NaN; only the static front end looks for them.
        outside_strategies: models made before the strategy they are compiled in; from the static front end.
        retraces: compiled functions that are given Python numbers; only the static front end looks for them.
        flat_losses: losses without a gradient, given to ``compile``; only the static front end looks for them.
        fed_problems: what does not fit of the data given to models; only the static front end looks for it.
        fit_modes: the models that ``fit`` trains, by whether it runs them in training.
        saving_calls, unready_weights, saved_objects, unbuilt_sublayers, saved_configs: what saving and loading keep and
            take; only the static front end looks at it.
        ignored_arguments: arguments that are taken and do nothing.
        saved_configs: what saving keeps of the user's own classes; only the static front end looks at it.
        fed_targets: the targets that outputs were given under a loss; only the static front end looks for them.
        stretched: the predictions that are paired with all targets; only the static front end looks for them.
        fed_problems: what does not fit of the data given to models; only the static front end looks for it.
        fit_modes: the models that ``fit`` trains, by whether it runs them in training.
        optimizers: the optimizers that the code makes; only the static front end looks for them.
        shown_metrics: the metrics of samples that are printed; only the static front end looks for them.
        losses: the losses that meet predictions, in ``compile`` and in the user's own code.
        probed: the models, by their place, whose samples were perturbed one by one.
        aliases: the file's top-level names for modules and names of keras and tensorflow: ``{"K": "keras.backend"}``.
        library_calls: the user's calls whose nodes were made by the code of an installed package.
        library_files: the files of those packages that were read.
    """

    file: str
    generation: int = 3
    tensorflow: int = 2
    device: str = "cpu"
    device_span: Span | None = None
    models: list[ModelGraph] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)
    symbols: list[SymbolUse] = field(default_factory=list)
    members: list[MemberUse] = field(default_factory=list)
    arguments: list[ArgumentUse] = field(default_factory=list)
    shape_arguments: list[ShapeArgument] = field(default_factory=list)
    weight_list_edits: list[WeightListEdit] = field(default_factory=list)
    symbolic_uses: list[SymbolicUse] = field(default_factory=list)
    wrong_arguments: list[WrongArguments] = field(default_factory=list)
    added_losses: list[AddedLoss] = field(default_factory=list)
    refused_names: list[RefusedName] = field(default_factory=list)
    refused_values: list[RefusedValue] = field(default_factory=list)
    created_in_call: list[CreatedInCall] = field(default_factory=list)
    runs_eagerly: bool = False
    unheld_layers: list[UnheldLayer] = field(default_factory=list)
    late_state: list[LateState] = field(default_factory=list)
    reserved_attributes: list[ReservedAttribute] = field(default_factory=list)
    missing_inits: list[MissingInit] = field(default_factory=list)
    python_states: list[PythonState] = field(default_factory=list)
    ignored_scopes: list[ScopeIgnored] = field(default_factory=list)
    unbuilt_reads: list[UnbuiltRead] = field(default_factory=list)
    tensor_members: list[TensorMember] = field(default_factory=list)
    dropped_weights: list[DroppedWeight] = field(default_factory=list)
    rebound_weights: list[RebindingUse] = field(default_factory=list)
    tensor_weights: list[TensorWeight] = field(default_factory=list)
    model_calls: list[ModelCall] = field(default_factory=list)
    train_ops: list[TrainOp] = field(default_factory=list)
    ignored_arguments: list[ArgumentUse] = field(default_factory=list)
    metric_reads: list[MetricRead] = field(default_factory=list)
    dropped_losses: list[DroppedLosses] = field(default_factory=list)
    host_draws: list[HostDraw] = field(default_factory=list)
    optimizer_writes: list[OptimizerWrite] = field(default_factory=list)
    rebound_feeds: list[ReboundFeed] = field(default_factory=list)
    uninitialized_runs: list[UninitializedRun] = field(default_factory=list)
    unrun_assigns: list[UnrunAssign] = field(default_factory=list)
    thawed_fits: list[ThawedFit] = field(default_factory=list)
    unknown: list[NotUnderstood] = field(default_factory=list)
    none_uses: list[NoneUse] = field(default_factory=list)
    tape_faults: list[TapeFault] = field(default_factory=list)
    compiled_models: set[str] = field(default_factory=set)
    adds_losses: bool = False
    auto_jit_models: set[str] = field(default_factory=set)
    nan_branches: list[NanBranch] = field(default_factory=list)
    outside_strategies: list[OutsideStrategy] = field(default_factory=list)
    retraces: list[Retrace] = field(default_factory=list)
    flat_losses: list[FlatLoss] = field(default_factory=list)
    data_calls: list[DataCall] = field(default_factory=list)
    variables: list[VariableFact] = field(default_factory=list)
    trainable_changes: list[TrainableChange] = field(default_factory=list)
    states: list[StateFact] = field(default_factory=list)
    steps: list[CompiledStep] = field(default_factory=list)
    fit_modes: list[FitMode] = field(default_factory=list)
    flagged_calls: list[FlaggedCall] = field(default_factory=list)
    stateful_fits: list[StatefulFit] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    datasets: list[FedDataset] = field(default_factory=list)
    downcasts: list[Downcast] = field(default_factory=list)
    indices_given: list[IndicesGiven] = field(default_factory=list)
    unused_layers: list[UnusedLayer] = field(default_factory=list)
    positional_numbers: list[PositionalNumbers] = field(default_factory=list)
    weights_given: list[WeightsGiven] = field(default_factory=list)
    fed_problems: list[FedProblem] = field(default_factory=list)
    saving_calls: list[SavingCall] = field(default_factory=list)
    unready_weights: list[UnreadyWeights] = field(default_factory=list)
    saved_objects: list[SavedObject] = field(default_factory=list)
    unbuilt_sublayers: list[UnbuiltSublayers] = field(default_factory=list)
    saved_configs: list[SavedConfig] = field(default_factory=list)
    fed_targets: list[FedTarget] = field(default_factory=list)
    stretched: list[StretchedPrediction] = field(default_factory=list)
    dependences: list[SampleDependence] = field(default_factory=list)
    losses: list[LossFact] = field(default_factory=list)
    shown_metrics: list[ShownMetric] = field(default_factory=list)
    optimizers: list[OptimizerUse] = field(default_factory=list)
    probed: tuple[int, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    library_calls: set[Span] = field(default_factory=set)
    library_files: set[str] = field(default_factory=set)
    _shared: dict[Callable[[Program], Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_about_library(self, span: Span) -> bool:
        """Whether a finding at ``span`` would be about the code of an installed package, not about the user's."""
        if span.file in self.library_files:
            return True
        if span not in self.library_calls:
            return False
        nodes = self.recorder.nodes.values()
        return not any(node.problem and node.source is not None and node.source.span == span for node in nodes)

    def shared(self, find: Callable[[Program], Found]) -> Found:
        """``find`` of this program, which depends on nothing else: found once for all the rules that ask.

        Only once the front end is done with it: a rule changes nothing.
        """
        if find not in self._shared:
            self._shared[find] = find(self)
        found: Found = self._shared[find]
        return found

    def nodes(self) -> Iterator[tuple[ModelGraph, Node]]:
        """Every node of every model, each node once, with the first model that holds it."""
        seen: set[str] = set()
        for model in self.models:
            for node in model.nodes():
                if node.identifier not in seen:
                    seen.add(node.identifier)
                    yield model, node
