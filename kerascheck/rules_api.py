"""What rules of your own are written with: the names here stay.

A plugin is a module with a list ``RULES`` of :class:`UserRule`. It is loaded where ``[tool.kerascheck]`` names it::

    plugins = ["mycompany.rules"]

A rule's ``check`` takes a :class:`Program`, what a front end found out about a file, and yields a :class:`Finding` for
each mistake. ``Program.nodes()`` gives every node of every model with the model that holds it.
"""

from __future__ import annotations

from kerascheck.checks.api import Finding, call_trail, expression, operand_trail, shape_note
from kerascheck.diagnostic import Edit, Fix, Span, TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.user_rules import UserRule

__all__ = [
    "Edit",
    "Finding",
    "Fix",
    "ModelGraph",
    "Node",
    "Program",
    "Span",
    "TrailStep",
    "UserRule",
    "call_trail",
    "expression",
    "operand_trail",
    "shape_note",
]
