"""Runs the programs of the cards in real Keras, many in one process.

``python runner.py GENERATION DIRECTORY`` reads ``[{"id", "code", "outcome"}]`` from standard input and prints one
JSON object a line: ``{"id", "agrees", "observed"}``. GENERATION is 3, 2 (tf_keras) or tf1 (tf_keras in a graph
session). Each program is written to DIRECTORY first, since tf.function and Keras read the source of functions.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import types
import warnings
from pathlib import Path
from typing import Any

GENERATION, DIRECTORY = sys.argv[1], Path(sys.argv[2]).resolve()

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_USE_LEGACY_KERAS"] = "0" if GENERATION == "3" else "1"
os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow  # noqa: E402

if GENERATION == "tf1":
    tensorflow.compat.v1.disable_eager_execution()

from probes import PROBES  # noqa: E402


def run(identifier: str, code: str, outcome: str) -> dict[str, Any]:
    """Run one program and say whether its outcome is the one named."""
    word, _, rest = outcome.partition(":")
    word, rest = word.strip(), rest.strip()
    _forget()
    name = "card_" + "".join(letter if letter.isalnum() else "_" for letter in identifier)
    path = DIRECTORY / f"{name}.py"
    path.write_text(code, encoding="utf-8")
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(code, str(path), "exec"), module.__dict__)
        if word.startswith("raises"):
            agrees, observed = False, "raised nothing"
        elif word not in PROBES:
            agrees, observed = False, f"no probe is called {word!r}"
        else:
            agrees, observed = PROBES[word](module.__dict__, rest)
    except (Exception, SystemExit) as error:
        observed = f"raised {type(error).__name__}: {error}"
        agrees = word == f"raises {type(error).__name__}" and rest in str(error)
    return {"id": identifier, "agrees": agrees, "observed": observed}


def _forget() -> None:
    """Forget the layers' names, graphs and random state of the program before."""
    if GENERATION == "tf1":
        tensorflow.compat.v1.reset_default_graph()
    tensorflow.keras.backend.clear_session()
    tensorflow.random.set_seed(0)


def main() -> None:
    """Run every program of standard input."""
    results = sys.stdout
    # Programs save files of their own.
    os.chdir(DIRECTORY)
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):
        for block in json.load(sys.stdin):
            print(json.dumps(run(block["id"], block["code"], block["outcome"])), file=results, flush=True)


if __name__ == "__main__":
    main()
