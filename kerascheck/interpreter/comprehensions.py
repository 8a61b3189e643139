"""List, set, dict and generator comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from kerascheck.interpreter.core import MAXIMUM_ITERATIONS, Frame, Interpreter
from kerascheck.interpreter.iteration import element_of, iterate
from kerascheck.interpreter.loops import Work
from kerascheck.interpreter.nests import truth
from kerascheck.interpreter.scopes import assign_target
from kerascheck.interpreter.symbolic_uses import note_symbolic_use
from kerascheck.interpreter.values import NOTHING_KNOWN, Scope, Value


def comprehend(
    interpreter: Interpreter,
    generators: list[ast.comprehension],
    frame: Frame,
    element: Callable[[Frame], Value],
    *,
    counted: bool = False,
) -> list[Value] | None:
    """The elements of a comprehension, or None where their number is unknown.

    Where it would be too much work to follow all of them, those behind are not known, if ``counted`` says that each
    counts whatever it is.
    """
    inner = frame.within(interpreter.heap.new(Scope(frame.scope)))
    items: list[Value] = []
    complete = _generate(interpreter, generators, inner, element, items, counted=counted)
    return items if complete else None


def _generate(
    interpreter: Interpreter,
    generators: list[ast.comprehension],
    frame: Frame,
    element: Callable[[Frame], Value],
    items: list[Value],
    *,
    counted: bool,
) -> bool:
    if not generators:
        items.append(element(frame))
        return True
    first, rest = generators[0], generators[1:]
    source = interpreter.evaluate(first.iter, frame)
    note_symbolic_use(interpreter, "for", source, first.iter)
    values = iterate(interpreter, source)
    complete = values is not None and len(values) <= MAXIMUM_ITERATIONS * 4
    if values is None or not complete:
        values = [element_of(interpreter, source, first.iter)]
    work = Work(interpreter)
    for index, value in enumerate(values):
        interpreter.step()
        if index and not work.allows(len(values) - index, index):
            if rest or first.ifs or not counted:
                return False
            items += [NOTHING_KNOWN] * (len(values) - index)
            break
        assign_target(interpreter, first.target, value, frame)
        keep: bool | None = True
        for condition in first.ifs:
            decided = truth(interpreter.evaluate(condition, frame))
            keep = None if decided is None else (keep and decided)
            if decided is False:
                break
        if keep is False:
            continue
        if keep is None:
            complete = False
        complete = _generate(interpreter, rest, frame, element, items, counted=counted) and complete
    return complete
