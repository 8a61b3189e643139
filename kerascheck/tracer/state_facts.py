"""Which state each layer is to update in training, and whether the traced training step does."""

from __future__ import annotations

from kerascheck.program import StateFact
from kerascheck.tracer.study import Study


def state_facts(study: Study) -> list[StateFact]:
    """A fact for every variable that a layer is to update, or does."""
    del study
    return []
