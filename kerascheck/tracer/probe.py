"""Proof by execution: one sample is changed, and another's output is watched."""

from __future__ import annotations

from kerascheck.tracer.study import Study


def probe(study: Study) -> None:
    """Run every model on made-up samples, and add to the program what depends on what."""
    del study
