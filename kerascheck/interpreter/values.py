"""Abstract values: what an expression may evaluate to.

Python's immutable constants stand for themselves (``None``, numbers, strings, ``Ellipsis``), and so do tuples of
values. Everything else is one of the classes below. Those that Python lets one change are :class:`Mutable`: they live
on the heap, and a fork saves them before their first write.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.records import immutable
from kerascheck.shapes import Dim, TensorSpec

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Interpreter
    from kerascheck.interpreter.loader import Module

Value: TypeAlias = Any
"""A Python constant, a tuple of values, or one of the classes of this module."""

Constant = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis))
CONSTANT_TYPES = frozenset(Constant)
"""The same, for the type of a value: most are constants, and where each is asked for its kind this is the quick way."""


@immutable(eq=False)
class UnknownValue:
    """A value that was not followed, and why.

    ``guard`` names the condition it is, such as ``training``; ``unless`` one that certainly holds where it is false, as
    in ``not training or rate == 0``; ``number`` is the dtype that NumPy has for it, where it certainly is one of
    Python's numbers.
    """

    why: str = ""
    guard: str | None = None
    number: str | None = None
    unless: str | None = None


NOTHING_KNOWN = UnknownValue()


@immutable(eq=False)
class Flow:
    """How a value was computed, as far as gradients care.

    Attributes:
        op: the canonical name of the function, or one of the marks of :mod:`kerascheck.interpreter.flows`.
        operands: what it was given.
        source: where.
        tapes: the GradientTapes that were recording.
        layer: the layer or model that was called, for a call of one.
    """

    op: str
    operands: tuple[Value, ...]
    source: Source | None = None
    tapes: tuple[Value, ...] = ()
    layer: Value = None


@immutable(eq=False)
class ComputedValue(UnknownValue):
    """What came of tensors in a way that was not followed."""

    flow: Flow | None = None


@immutable()
class SizeValue:
    """A size that Python does not know as a number, and the shape algebra does: ``x.shape[1]`` of an open axis.

    ``missing`` where Python sees None there (a static shape's open axis), so that ``is None`` is True;
    ``parameter`` where it stands for an argument nobody gave, which may be no size at all; ``open_batch`` where it
    depends on a batch size that Python certainly does not know.
    """

    dim: Dim
    missing: bool = False
    parameter: bool = False
    open_batch: bool = False


class KerasShape(tuple["Value", ...]):
    """The shape of a KerasTensor of Keras 3: Python's own tuple, with none of a ``TensorShape``'s members."""

    __slots__ = ()


class Mutable:
    """A value that Python lets one change. ``born`` orders it against the forks of the run."""

    __slots__ = ("born",)
    born: int

    def snapshot(self) -> Any:
        """A copy of the contents."""
        raise NotImplementedError

    def restore(self, contents: Any) -> None:
        """Put contents back."""
        raise NotImplementedError


@immutable()
class Alike:
    """The contents of a list of unknown length whose items all look like ``element``."""

    element: Value


class ListValue(Mutable):
    """A list (``items`` None where its contents are unknown; ``alike`` then says what is known of each, if anything).

    ``copy_of`` names the attribute and the layer whose weights it lists; no layer where it lists those of several.
    """

    __slots__ = ("alike", "copy_of", "items", "kind")

    def __init__(self, items: list[Value] | None, kind: str = "list", copy_of: tuple[str, Value] | None = None) -> None:
        self.items = items
        self.alike: Alike | None = None
        self.kind = kind
        self.copy_of = copy_of

    def forget(self) -> None:
        """From here on nothing is known of the contents."""
        self.items = self.alike = None

    def snapshot(self) -> list[Value] | Alike | None:
        """A copy of the contents."""
        return self.alike if self.items is None else list(self.items)

    def restore(self, contents: Any) -> None:
        """Put contents back."""
        self.alike = contents if isinstance(contents, Alike) else None
        self.items = list(contents) if isinstance(contents, list) else None


class DictValue(Mutable):
    """A dict (``items`` None where its contents are unknown); keys are constants, tuples or values by identity.

    ``filled`` says that entries were put into it after it was made, ``spelled`` that all its keys are written where it
    is made, and that it was not changed since; ``doubtful`` are the keys that some branch left out.
    """

    __slots__ = ("default_factory", "doubtful", "filled", "items", "spelled")

    def __init__(self, items: dict[Any, Value] | None, default_factory: Value = None) -> None:
        self.items = items
        self.default_factory = default_factory
        self.filled = False
        self.spelled = False
        self.doubtful: frozenset[Any] = frozenset()

    @property
    def may_have_more(self) -> bool:
        """Whether modules that nobody has read yet may put entries into it: a table that an import made."""
        return self.born < 0 and (self.filled or not self.items)

    def snapshot(self) -> dict[Any, Value] | None:
        """A copy of the contents."""
        return None if self.items is None else dict(self.items)

    def restore(self, contents: Any) -> None:
        """Put contents back."""
        self.items = None if contents is None else dict(contents)


class AttributesValue(DictValue):
    """``instance.__dict__``: what is written to it are attributes of the ``owner``."""

    __slots__ = ("owner",)

    def __init__(self, owner: Instance) -> None:
        super().__init__(None if owner.open or owner.layer is not None else dict(owner.attributes))
        self.owner = owner


class Scope(Mutable):
    """The names of a module, a function call or a class body."""

    __slots__ = ("global_names", "nonlocal_names", "parent", "variables")

    def __init__(self, parent: Scope | None = None) -> None:
        self.variables: dict[str, Value] = {}
        self.parent = parent
        self.global_names: set[str] = set()
        self.nonlocal_names: set[str] = set()

    def snapshot(self) -> dict[str, Value]:
        """A copy of the names."""
        return dict(self.variables)

    def restore(self, contents: Any) -> None:
        """Put the names back."""
        self.variables = dict(contents)


@dataclass(slots=True, eq=False)
class FunctionValue:
    """A function or lambda of the user's, with what it closes over.

    ``compiled`` is set where XLA compiles it (``tf.function(jit_compile=True)``); ``configured`` where a decorator may
    give it arguments that the code does not write; ``running`` holds, for each of its calls that have not ended, how
    many branches were open when it began.
    """

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    module: Module
    defaults: tuple[Value, ...] = ()
    keyword_defaults: dict[str, Value] = field(default_factory=dict)
    owner: ClassValue | None = None
    decorators: tuple[Value, ...] = ()
    compiled: bool = False
    configured: bool = False
    is_generator: bool | None = None
    calls: int = 0
    running: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class ClassValue:
    """A class of the user's. ``bases`` holds classes, external names and unknown values.

    ``configured`` where a decorator may give its constructor arguments that the code does not write; ``methods`` are
    those that its namespace has as pending and somebody has asked for, by their definitions.
    """

    name: str
    node: ast.ClassDef | None
    bases: tuple[Value, ...]
    namespace: Scope
    module: Module | None
    keywords: dict[str, Value] = field(default_factory=dict)
    instances: int = 0
    dataclass_fields: tuple[str, ...] | None = None
    tuple_fields: tuple[str, ...] | None = None
    order: tuple[Value, ...] | None = None
    assigned: frozenset[str] | None = None
    configured: bool = False
    methods: dict[ast.AST, Value] = field(default_factory=dict)


@immutable()
class External:
    """A name of a package whose code is not the user's: ``tf.keras.layers.Dense``.

    ``name`` is the dotted path from the package's own top (``tensorflow.compat.v1.placeholder``).
    """

    name: str


@immutable(eq=False)
class BoundMethod:
    """A function bound to its receiver."""

    receiver: Value
    function: Value


@immutable(eq=False)
class NativeMethod:
    """A method that kerascheck models itself: ``name`` of ``receiver`` (``list.append``, ``Model.fit``)."""

    receiver: Value
    name: str


@immutable(eq=False)
class Builtin:
    """A function of Python's or its library's that kerascheck models."""

    name: str
    function: Callable[[Interpreter, Arguments, ast.AST], Value]


@immutable(eq=False)
class PartialValue:
    """``functools.partial``."""

    function: Value
    arguments: Arguments


@immutable(eq=False)
class SuperValue:
    """``super()``: attribute lookup on ``receiver`` after ``owner`` in the method resolution order."""

    owner: Value
    receiver: Value


@immutable(eq=False)
class PropertyValue:
    """A property of a user's class."""

    getter: Value
    setter: Value = None


@immutable(eq=False)
class FieldValue:
    """``dataclasses.field``: a default, or a function that makes one; ``given`` where it is an argument at all."""

    default: Value
    factory: Value = None
    given: bool = True


@immutable(eq=False)
class StaticValue:
    """A staticmethod or classmethod of a user's class."""

    function: Value
    is_class: bool


@immutable(eq=False)
class RangeValue:
    """A ``range`` with known ends."""

    values: range


@immutable(eq=False)
class ManyValue:
    """What gives any number of values that all look like ``element``: ``enumerate(images)``, ``zip(x, y)``."""

    element: Value


@immutable()
class Arguments:
    """The arguments of one call. ``open`` where a ``*`` or ``**`` brought an unknown number of them.

    ``spelled`` are the names that a ``**`` certainly brought.
    """

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    open: bool = False
    spelled: tuple[str, ...] = ()

    @property
    def given(self) -> tuple[Value, ...]:
        """All values that are given."""
        return (*self.positional, *self.keywords.values()) if self.keywords else self.positional

    def get(self, position: int, keyword: str, default: Value = None) -> Value:
        """The argument at ``position`` or named ``keyword``."""
        if position < len(self.positional):
            return self.positional[position]
        if keyword in self.keywords:
            return self.keywords[keyword]
        return NOTHING_KNOWN if self.open else default


@immutable()
class Origin:
    """Where a tensor comes from: an output of a node."""

    node: str
    output: int = 0


@dataclass(slots=True, eq=False)
class KerasCall:
    """One call of a layer or op on KerasTensors, as Keras's own history keeps it, so that a model can be replayed."""

    function: Value
    arguments: Arguments
    outputs: Value
    source: Source | None


@dataclass(slots=True, eq=False)
class Extremes:
    """What is certain of an array's integers: one is at most ``lowest``, and one at least ``highest``.

    Arrays that share their numbers share this too; ``changed`` once one of them may have been written to. ``exact``
    where there are none beyond them.
    """

    lowest: int
    highest: int
    changed: bool = False
    exact: bool = False


@immutable(eq=False)
class TensorValue:
    """A tensor or array.

    Attributes:
        spec: its shape, dtype and content.
        origins: the node outputs it may be, several after branches met.
        history: the call that made it, for a KerasTensor.
        variable: the variable it is, for a variable.
        is_array: whether it is data (a NumPy array or an eager tensor) and belongs to no model.
        is_numpy: whether it is certainly NumPy's, and follows NumPy's rules.
        derived: for data, whether something was computed of the outputs in ``origins``, and it is none of them.
        rows: which run of a loop over a dataset it is of: what is of one has one number of rows.
        metric: the metric function that gave it, a number for each sample, and the call.
        prediction: whether it is data that a model gave, or that was computed of such number by number.
        source: for an array, the user's expression that gave it its shape: what a trail shows of it.
        classes: for an array of labels, how many classes there are: it holds each of the integers below, and no other.
        flow: how it was computed; None where that was not followed.
        extremes: for an array of integers, what is known of the smallest and the largest.
    """

    spec: TensorSpec
    origins: tuple[Origin, ...] = ()
    history: KerasCall | None = None
    variable: VariableState | None = None
    is_array: bool = False
    is_numpy: bool = False
    source: Source | None = None
    classes: int | None = None
    flow: Flow | None = None
    extremes: Extremes | None = None
    derived: bool = False
    prediction: bool = False
    rows: int | None = None
    metric: tuple[str, Source] | None = None


@dataclass(slots=True, eq=False)
class VariableState:
    """A variable: which node stands for it, what made it and who holds it."""

    node: str
    kind: str
    trainable: bool | None
    span: Span | None
    owned: bool = False
    trained_by_hand: bool = False
    target: str | None = None
    made_in_call: bool = False


@immutable(eq=False)
class LayerSnapshot:
    """What a branch may change of a layer: how it was built, and between which ends a model runs."""

    built: bool
    built_for: Any
    weights: tuple[Any, ...]
    own: tuple[Value, ...]
    inputs: Value
    outputs: Value


LAYER_STATE = "\0layer"
"""Where an object's contents hold the :class:`LayerSnapshot`: no attribute has such a name."""


class Instance(Mutable):
    """An object: of a user's class, or a Keras layer, model, optimizer, tape and so on.

    ``layer`` is set for layers and models; ``native`` names what else kerascheck models itself (``tape``).
    """

    __slots__ = ("attributes", "cls", "layer", "native", "open", "span")

    def __init__(self, cls: Value, layer: Any = None, native: str | None = None, span: Span | None = None) -> None:
        self.cls = cls
        self.attributes: dict[str, Value] = {}
        self.layer = layer
        self.native = native
        self.span = span
        self.open = False

    @property
    def class_name(self) -> str:
        """The name of its class, the whole dotted path of a library's; empty where the class is not known."""
        return self.cls.name if isinstance(self.cls, ClassValue | External) else ""

    def snapshot(self) -> dict[str, Value]:
        """A copy of the attributes, and of a layer's state."""
        contents = dict(self.attributes)
        if self.layer is not None:
            contents[LAYER_STATE] = self.layer.snapshot()
        return contents

    def restore(self, contents: Any) -> None:
        """Put the attributes and a layer's state back."""
        self.attributes = dict(contents)
        state = self.attributes.pop(LAYER_STATE, None)
        if state is not None:
            self.layer.restore(state)
