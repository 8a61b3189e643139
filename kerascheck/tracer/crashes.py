"""What the exception that ended the user's code says: members of layers that are not there."""

from __future__ import annotations

import ast
from types import FrameType, TracebackType
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import TensorMember, UnbuiltRead
from kerascheck.semantics.reserved import KERNELS, LAYER_MEMBERS
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.statements import position, statement_at


def note_missing_member(runtime: Runtime, error: BaseException, source: Source) -> None:
    """Note the member that was read last, if an AttributeError ended the code."""
    found = _innermost(runtime, error.__traceback__) if isinstance(error, AttributeError) else None
    if found is None:
        return
    frame, instruction = found
    node = _attribute_at(runtime, frame, instruction)
    if node is None:
        return
    owner = _value(node.value, frame)
    for library in runtime.libraries:
        if library.is_layer(owner) and KERNELS.get(library.canonical(type(owner)) or "") == node.attr:
            if not owner.built:
                made = runtime.watched.constructions.get(id(owner))
                where = made.source.span if made is not None and made.source is not None else None
                op, name = library.canonical(type(owner)) or "", str(owner.name)
                places = (source.span, source.text, where, source.stack)
                runtime.notes.add(UnbuiltRead(op, name, node.attr, library.generation, *places))
        elif library.is_symbolic(owner) and node.attr in LAYER_MEMBERS:
            member = _member(runtime, library, owner, node.attr, source)
            if member is not None:
                runtime.notes.add(member)


def _member(runtime: Runtime, library: Library, tensor: Live, name: str, source: Source) -> TensorMember | None:
    history = library.history(tensor)
    if history is None or history.is_input or not library.is_layer(history.operation):
        return None
    site = runtime.watched.sites.get(history.key)
    call = site.source if site is not None else None
    op = library.canonical(type(history.operation)) or type(history.operation).__name__
    where = None if call is None else call.span
    return TensorMember(op, name, library.generation, source.span, source.text, where, source.stack)


def _innermost(runtime: Runtime, traceback: TracebackType | None) -> tuple[FrameType, int] | None:
    """The innermost frame of the user's in a traceback, with the instruction it is at."""
    found = None
    while traceback is not None:
        if runtime.user.owns(traceback.tb_frame.f_code.co_filename):
            found = (traceback.tb_frame, traceback.tb_lasti)
        traceback = traceback.tb_next
    return found


def _attribute_at(runtime: Runtime, frame: FrameType, instruction: int) -> ast.Attribute | None:
    """The member that the instruction reads, as it is written."""
    statement = statement_at(runtime.user, frame, position(frame, instruction)[0])
    here = position(frame, instruction)
    for node in ast.walk(statement.node) if statement is not None else ():
        if isinstance(node, ast.Attribute) and here == (
            node.lineno,
            node.end_lineno,
            node.col_offset,
            node.end_col_offset,
        ):
            return node
    return None


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a name, or an attribute of an object that has it as such, stands for in a frame; None where unknown."""
    match node:
        case ast.Name(id=name):
            return frame.f_locals.get(name, frame.f_globals.get(name))
        case ast.Attribute(value=inner, attr=name):
            try:
                return vars(_value(inner, frame)).get(name)
            except TypeError:
                return None
    return None
