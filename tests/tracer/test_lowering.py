"""Models and train steps lowered with XLA, from shapes alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kerascheck.checks.kc501_op_without_xla_kernel import check as kc501
from kerascheck.checks.kc502_dynamic_shape_op import check as kc502
from kerascheck.checks.kc508_does_not_lower import check as kc508
from kerascheck.program import CompiledStep, Program

from .conftest import Run

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def program(traced: Run) -> Program:
    outcome = traced("lowering.py", device="tpu", keras="3")
    assert outcome.program is not None
    return outcome.program


def _step(program: Program, model: str | None, name: str) -> CompiledStep:
    named = {index: each.name for index, each in enumerate(program.models)}
    (found,) = [
        each
        for each in program.steps
        if each.name == name and (named[each.model] if each.model is not None else None) == model
    ]
    return found


def test_a_models_call_lowers(program: Program) -> None:
    step = _step(program, "whole", "inference")
    assert step.lowers is True
    assert step.dtypes == ("f32",)
    assert step.dynamic == ()


def test_the_work_of_a_call_is_that_of_its_layers_for_the_batch_of_fit(program: Program) -> None:
    convolution, dense = 2 * (5 * 6 * 6 * 4) * (3 * 3 * 3), 2 * 5 * (6 * 6 * 4) * 3
    assert _step(program, "whole", "inference").flops == convolution + dense


def test_the_whole_train_step_lowers(program: Program) -> None:
    training = _step(program, "whole", "training")
    assert training.lowers is True
    assert (training.flops or 0) > 2 * (_step(program, "whole", "inference").flops or 0)


def test_padding_only_adds(program: Program) -> None:
    step = _step(program, "whole", "training")
    assert 0 < (step.bytes or 0) < (step.padded or 0)


def test_a_hand_written_train_step_lowers(program: Program) -> None:
    assert _step(program, None, "train_step").lowers is True


def test_the_compilers_error_names_the_op_and_the_users_line(program: Program) -> None:
    step = _step(program, "refused", "inference")
    assert (step.lowers, step.operation) == (False, "MatrixDeterminant")
    assert step.refused is not None
    assert step.refused.line == 23


def test_a_breakdown_of_the_compiler_is_put_down_to_what_has_no_kernel(program: Program) -> None:
    step = _step(program, "table", "inference")
    assert (step.lowers, step.operation) == (False, "LookupTableFindV2")
    assert step.refused is not None
    assert step.refused.line == 30


def test_sizes_that_depend_on_values_are_told(program: Program) -> None:
    assert _step(program, "dynamic", "inference").dynamic[-1] == "f32[<=32]"


def test_each_refusal_is_told_by_one_rule(program: Program) -> None:
    told = [(finding.span.line, rule.__module__[-3:]) for rule in (kc501, kc502, kc508) for finding in rule(program)]
    assert sorted(line for line, _ in told) == [23, 30, 35]


def test_a_gradient_without_a_kernel_is_found_through_the_train_step(traced: Run) -> None:
    outcome = traced("lowering_keras2.py", keras="2")
    assert outcome.program is not None
    inference, training = outcome.program.steps
    assert (inference.lowers, training.lowers, training.operation) == (True, False, "ResizeNearestNeighborGrad")
    (finding,) = kc501(outcome.program)
    assert finding.span.line == 7
    assert not list(kc508(outcome.program))


def test_a_kernel_that_tpus_have_is_no_finding_for_one(traced: Run) -> None:
    outcome = traced("lowering_keras2.py", keras="2", device="tpu")
    assert outcome.program is not None
    assert not [*kc501(outcome.program), *kc508(outcome.program)]


def test_a_program_for_a_cpu_is_not_lowered(traced: Run) -> None:
    outcome = traced("lowering.py", keras="3", device="cpu")
    assert outcome.program is not None
    assert outcome.program.steps == []


KEEPS = """
import sys
from pathlib import Path
import numpy
from kerascheck.tracer.child import prepare, reply
from kerascheck.tracer.request import Request, TargetKind

request = Request(sys.argv[1], TargetKind.SCRIPT, keras="3", device="tpu")
folder = Path(sys.argv[2])
answer = reply(request, prepare(request), folder)
code = sys.modules["__main__"]
steps = answer["program"]["steps"]
kept = all(map(numpy.array_equal, code.before, [numpy.array(each) for each in code.model.weights]))
print([step["lowers"] for step in steps], kept, int(code.model.optimizer.iterations))
"""

FITTED = """
import numpy
from tensorflow import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.BatchNormalization()])
model.compile("adam", "mse", metrics=["mae"])
model.fit(numpy.ones((8, 4)), numpy.ones((8, 2)))
before = [numpy.array(each) for each in model.weights]
"""


def test_nothing_is_executed_and_the_variables_keep_their_values(tmp_path: Path) -> None:
    script, runner = tmp_path / "fitted.py", tmp_path / "keeps.py"
    script.write_text(FITTED, encoding="utf-8")
    runner.write_text(KEEPS, encoding="utf-8")
    command = [sys.executable, str(runner), str(script), str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["[True, True] True 0"], done.stderr[-2000:]
