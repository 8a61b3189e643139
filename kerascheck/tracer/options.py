"""The options of ``kerascheck trace``."""

from __future__ import annotations

import argparse

DESCRIPTION = """\
Build the live model and check it.

trace RUNS your code, in a child process, with TensorFlow: everything at the top level of the script or notebook, or
the module that TARGET names and, where its attribute is a callable, that callable. Training is not run: fit, evaluate,
predict, train_on_batch and the like, and Session.run, return at once with an empty result, unless --run-training is
given. What else the code does (reading and writing files, downloading) it does. A .keras file is loaded in safe mode,
so that no Lambda of it runs. The models are then called once more in a scratch graph, without data and without
executing anything, to see which sizes follow the batch.
"""

TARGET_HELP = """\
a .py file, a notebook, module:attribute (a model, or a callable that returns one, such as
package.module:build_model or package.module:build_model(num_classes=10)), or a .keras file
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the target and the options that only ``trace`` has."""
    parser.description = DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("target", metavar="TARGET", help=TARGET_HELP)
    training = parser.add_mutually_exclusive_group()
    training.add_argument(
        "--stop-at",
        choices=["model"],
        metavar="model",
        help="end the script at its first fit, evaluate or predict, once its models are there",
    )
    training.add_argument("--run-training", action="store_true", help="really run fit, evaluate, predict and sessions")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="stop the code after this long and report what was built until then (default: 120)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("expected more than 0 and at most 86400 seconds")
    return seconds
