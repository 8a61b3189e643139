"""What becomes of variables and of the layers that hold them."""

from __future__ import annotations

from kerascheck.diagnostic import Span
from kerascheck.records import immutable
from kerascheck.shapes import Shape


@immutable()
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


@immutable()
class CreatedInCall:
    """A layer or variable that is made anew each time a layer's ``call`` runs.

    Attributes:
        kind: ``layer`` or ``variable``.
        owner: the class whose ``call`` it is; ``Lambda`` where it is the function of one.
        span: the expression that makes it, ``text`` as written.
        in_lambda: whether it is made by the function of a Lambda.
        function: what makes it, as a message calls it, if that is neither a layer nor a Lambda: a loss.
    """

    kind: str
    owner: str
    generation: int
    span: Span
    text: str
    stack: tuple[Span, ...] = ()
    in_lambda: bool = False
    function: str = ""


@immutable()
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


@immutable()
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


@immutable()
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


@immutable()
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


@immutable()
class PythonState:
    """A Python number or list of a layer's that its ``call`` or ``train_step`` goes on from, each time it runs.

    ``kind`` is ``number``, ``list``, or ``tensor`` where the number becomes one; ``method`` the one that Keras traces.
    """

    layer: str
    attribute: str
    kind: str
    generation: int
    span: Span
    text: str
    stack: tuple[Span, ...] = ()
    method: str = "call"


@immutable()
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


@immutable()
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


@immutable()
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
    stack: tuple[Span, ...] = ()


@immutable()
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


@immutable()
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


@immutable()
class TensorWeight:
    """A tensor where a weight is meant.

    Attributes:
        layer: the layer's class; ``attribute`` what is assigned.
        nodes: the nodes that give the tensor, ``variables`` those of the new variables that it is computed from.
        replaces: whether it takes the place of a weight of one of Keras's own layers.
        filled: what it was made of where it is new, ``zeros``, ``ones`` or ``random``, and nothing else is assigned.
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
    filled: str = ""


@immutable()
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
        set_first: whether each call puts a value that comes of the model's inputs into it before anything reads it.
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
    set_first: bool = False


@immutable()
class TrainableChange:
    """``trainable`` was set, and a later training took no notice of it, or has nothing left to train.

    Attributes:
        model: the name of the model that was trained; ``layer`` that of the layer or model whose ``trainable`` was set.
        value: what it was set to.
        span: where; ``text`` is that statement's, ``stack`` the calls that led there.
        compiled: where the model was compiled last; ``trained`` where it was trained.
        idle: whether the whole model was frozen between the two, so that its training changes nothing.
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
    idle: bool = False
