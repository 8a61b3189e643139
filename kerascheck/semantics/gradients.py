"""What lets no gradient through."""

from __future__ import annotations

STOPS = frozenset({"round", "rint", "floor", "ceil", "sign", "floordiv", "floor_divide", "stop_gradient"})
"""The last part of the names of functions of floats that give floats, and through which no gradient comes but zero."""

REPLACED = frozenset({"custom_gradient", "gradient_override_map", "RegisterGradient", "grad_pass_through"})
"""The last part of the names of what gives an operation another gradient than its own."""
