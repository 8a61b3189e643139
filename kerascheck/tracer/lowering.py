"""The live models and their train steps lowered by XLA from shapes alone: nothing is executed."""

from __future__ import annotations

from kerascheck.program import CompiledStep
from kerascheck.tracer.study import Study


def compiled_steps(study: Study) -> list[CompiledStep]:
    """What XLA makes of each model's inference and training step."""
    del study
    return []
