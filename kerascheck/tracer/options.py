"""The options of ``kerascheck trace``."""

from __future__ import annotations

import argparse

from kerascheck.report.graph_output import GRAPH_FORMATS
from kerascheck.tracer.input_shapes import parse_inputs
from kerascheck.tracer.request import TargetError

LEAST_MEMORY = 1024

DESCRIPTION = """\
Build the live model and check it.

trace RUNS your code, in a child process, with TensorFlow: everything at the top level of the script or notebook, or
the module that TARGET names and, where its attribute is a callable, that callable. The models are then called once
more in a scratch graph, without data and without executing anything, to see which sizes follow the batch. What no live
model shows is read in the source of the files that were run.

Your code is run with care:

  training    is not run: fit, evaluate, predict, train_on_batch and the like, and Session.run, return at once with
              an empty result, unless --run-training is given
  data        are not loaded: keras.datasets gives made-up data of the right shapes, pretrained weights stay random,
              and what would download anything else ends the code there
  files       are not changed: models are not saved, and all else that is written goes to a scratch folder where only
              your code finds it again
  programs    are not started and the network is not used: your code gets a PermissionError
  limits      --timeout and --memory-limit end it; what it built before is reported
  saved files are read without running any code in them, such as a Lambda

--unsafe lifts what is said of files, programs and saved files. This guards against accidents and careless code. Code
that means harm can get around part of it where the kernel does not help (Linux with Landlock does).
"""

TARGET_HELP = """\
a .py file, a notebook, module:attribute (a model, or a callable that returns one, such as
package.module:build_model or package.module:build_model(num_classes=10)), a .keras or .h5 file, or the folder of a
SavedModel
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
    parser.add_argument(
        "--memory-limit",
        type=_mebibytes,
        metavar="MIB",
        help="the memory that the code may use; 0 for no limit (default: three quarters of what there is)",
    )
    parser.add_argument(
        "--input-shape",
        action="append",
        type=_input_shape,
        default=[],
        metavar="SHAPE",
        help="an input of a model that is never called, as [NAME=]SIZE,SIZE,...[:DTYPE] without the batch, such as "
        "28,28,1 or ids=None:int32; once for each input. Names are arguments of the model's call, or keys of its dict",
    )
    parser.add_argument(
        "--graph",
        choices=GRAPH_FORMATS,
        help="print the live models' graph with the findings in it, in place of the findings alone",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT",
        help="write the graph into this file, replacing what is there, and print the findings as well; without --graph "
        "the name says the format",
    )
    parser.add_argument(
        "--ops", action="store_true", help="show the TensorFlow ops of every call (--graph html has them in any case)"
    )
    parser.add_argument(
        "--probe",
        action="store_true",
        help="run the models on made-up samples, to prove which samples depend on each other (KC217)",
    )
    parser.add_argument(
        "--unsafe", action="store_true", help="let the code change files, start programs, use the network and Lambdas"
    )


def _mebibytes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of MiB")
    if 0 < int(text) < LEAST_MEMORY:
        raise argparse.ArgumentTypeError(f"TensorFlow alone needs {LEAST_MEMORY} MiB")
    return int(text)


def _input_shape(text: str) -> str:
    try:
        parse_inputs([text])
    except TargetError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("--input-shape ")) from None
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("expected more than 0 and at most 86400 seconds")
    return seconds
