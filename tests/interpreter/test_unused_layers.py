"""Layers that are made and never used, in a notebook: what a cell shows is not forgotten."""

from __future__ import annotations

import json

from kerascheck import check_source

IMPORTS = "import keras\nfrom keras import layers"
MODEL = 'model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2, activation="softmax")])'


def _lines(*cells: str) -> list[tuple[int | None, int]]:
    entries = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    text = json.dumps({"nbformat": 4, "metadata": {}, "cells": entries})
    found = check_source(text, "lesson.ipynb")
    return [(finding.span.cell, finding.span.line) for finding in found if finding.code == "KC119"]


def test_a_layer_with_a_cell_to_itself_is_shown() -> None:
    assert _lines(IMPORTS, "layer = layers.Dense(32)", MODEL) == []


def test_a_layer_beside_others_is_forgotten() -> None:
    assert _lines(IMPORTS, f"layer = layers.Dense(32)\n{MODEL}") == [(2, 1)]


def test_a_name_that_a_later_cell_reads_is_used() -> None:
    assert _lines(IMPORTS, f"layer = layers.Dense(32)\n{MODEL}", "config = layer.get_config()") == []


def test_a_layer_that_ends_a_cell_is_printed() -> None:
    assert _lines(IMPORTS, f"{MODEL}\nlayers.Dense(32)") == []
