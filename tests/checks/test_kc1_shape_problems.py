"""The shape rules hand on the problem that the semantics found, each of its own kind, with the lines that led there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.problems import Problem, ProblemKind
from kerascheck.program import Program

RULES = {
    ProblemKind.RANK: "kc101_incompatible_input_rank",
    ProblemKind.SIZE: "kc102_incompatible_input_size",
    ProblemKind.CONCATENATE: "kc104_concatenate_mismatch",
    ProblemKind.MERGE: "kc105_merge_mismatch",
    ProblemKind.NEGATIVE: "kc107_negative_output_size",
    ProblemKind.RESHAPE: "kc108_reshape_mismatch",
    ProblemKind.MATMUL: "kc109_matmul_mismatch",
}


def check(rule: str, program: Program) -> list[Finding]:
    run: Callable[[Program], Iterator[Finding]] = import_module(f"kerascheck.checks.{rule}").check
    return list(run(program))


@pytest.mark.parametrize("kind", RULES, ids=list(RULES.values()))
def test_a_rule_tells_problems_of_its_own_kind_and_no_other(kind, build):
    inputs = build.input(8)
    for each in ProblemKind:
        build.failing("keras.layers.Layer", Problem(each, f"a {each}"), inputs)
    (finding,) = check(RULES[kind], build.finish())
    assert finding.message == f"a {kind}"


def test_the_finding_is_at_the_call_and_carries_label_and_help(build, span):
    inputs = build.input(26, 26, 32)
    build.failing("keras.layers.Add", Problem(ProblemKind.MERGE, "no", "the label", "the help"), inputs)
    (finding,) = check("kc105_merge_mismatch", build.finish())
    assert (finding.span, finding.label, finding.help) == (span(2), "the label", "the help")


def test_the_trail_shows_the_operands_with_their_shapes_in_the_order_of_their_lines(build, span):
    down = build.input(26, 26, 32)
    up = build.node("keras.layers.UpSampling2D", (13, 13, 32), down)
    build.failing("keras.layers.Concatenate", Problem(ProblemKind.CONCATENATE, "no"), up, down)
    (finding,) = check("kc104_concatenate_mismatch", build.finish())
    assert finding.trail == (
        TrailStep(span(1), "(None, 26, 26, 32)"),
        TrailStep(span(2), "(None, 13, 13, 32)"),
    )


def test_the_trail_shows_only_the_operands_at_fault(build, span):
    first, second = build.input(4), build.input(5)
    build.failing("keras.layers.Concatenate", Problem(ProblemKind.CONCATENATE, "no", operands=(1,)), first, second)
    (finding,) = check("kc104_concatenate_mismatch", build.finish())
    assert finding.trail == (TrailStep(span(2), "(None, 5)"),)


def test_a_program_without_problems_is_silent(build):
    build.node("keras.layers.Dense", (4,), build.input(8))
    program = build.finish()
    assert [finding for rule in RULES.values() for finding in check(rule, program)] == []


def test_a_layer_called_with_another_size_shows_the_call_that_built_it(build, span):
    question, answer = build.input(64), build.input(32)
    build.node("keras.layers.Dense", (16,), question, layer="dense")
    build.failing("keras.layers.Dense", Problem(ProblemKind.SIZE, "no"), answer, layer="dense")
    (finding,) = check("kc102_incompatible_input_size", build.finish())
    assert finding.trail == (TrailStep(span(2), "(None, 32)"), TrailStep(span(3), "built here for (None, 64)"))


def test_a_layer_whose_own_arguments_do_not_fit_its_first_input_was_built_nowhere_else(build, span):
    build.failing("keras.layers.Conv2D", Problem(ProblemKind.SIZE, "no"), build.input(32, 32, 10), layer="conv")
    (finding,) = check("kc102_incompatible_input_size", build.finish())
    assert finding.trail == (TrailStep(span(1), "(None, 32, 32, 10)"),)


def test_the_trail_of_an_exhausted_map_shows_what_shrank_it_and_nothing_else(build, span):
    image = build.input(28, 28, 1)
    first = build.node("keras.layers.Conv2D", (26, 26, 8), image)
    wider = build.node("keras.layers.Conv2D", (26, 26, 16), first)
    pooled = build.node("keras.layers.MaxPooling2D", (2, 2, 16), wider)
    build.failing("keras.layers.Conv2D", Problem(ProblemKind.NEGATIVE, "no"), pooled)
    (finding,) = check("kc107_negative_output_size", build.finish())
    assert finding.trail == (
        TrailStep(span(1), "(None, 28, 28, 1)"),
        TrailStep(span(2), "(None, 26, 26, 8)"),
        TrailStep(span(4), "(None, 2, 2, 16)"),
    )
