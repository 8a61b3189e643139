"""What becomes of every variable that the live models read: tracked, trained, saved, given a gradient."""

from __future__ import annotations

from kerascheck.program import VariableFact
from kerascheck.tracer.study import Study


def variable_facts(study: Study) -> list[VariableFact]:
    """A fact for every variable that a model holds or reads."""
    del study
    return []
