"""What can certainly go wrong with one layer call or op, as the shape semantics find it.

The semantics raise a :class:`ShapeProblem`; the front end keeps its :class:`Problem` on the node; a rule turns it
into a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """The kinds of problem. Each is told by the rule of the same name in the manual."""

    RANK = "incompatible-input-rank"
    SIZE = "incompatible-input-size"
    UNDEFINED = "undefined-dimension"
    CONCATENATE = "concatenate-mismatch"
    MERGE = "merge-mismatch"
    NEGATIVE = "negative-output-size"
    RESHAPE = "reshape-mismatch"
    MATMUL = "matmul-mismatch"
    EINSUM = "einsum-mismatch"
    AXIS = "invalid-axis"
    INPUTS = "wrong-number-of-inputs"
    VALUE = "invalid-argument-value"
    CROP = "negative-upsampling-or-crop"
    ATTENTION = "attention-mismatch"
    POSITIONAL = "positional-argument-mistake"


@dataclass(frozen=True, slots=True)
class Problem:
    """A call that certainly fails.

    Attributes:
        kind: what sort of failure.
        message: the finding's title, in Keras's terms, without a full stop; shapes as Keras prints them.
        label: the few words under the carets.
        help: one line that says what to write instead, or None.
        operands: the positions of the tensor operands at fault, which the trail shows; empty for all.
    """

    kind: ProblemKind
    message: str
    label: str = ""
    help: str | None = None
    operands: tuple[int, ...] = ()


class ShapeProblem(Exception):
    """Raised by a shape function where real Keras certainly raises for these operands."""

    def __init__(
        self,
        kind: ProblemKind,
        message: str,
        *,
        label: str = "",
        help: str | None = None,
        operands: tuple[int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.problem = Problem(kind, message, label, help, operands)
