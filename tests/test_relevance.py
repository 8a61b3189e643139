"""Which rules are asked about a program: those that read something there that an empty program has not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hand_made import Graph, line

from kerascheck.config import Settings
from kerascheck.engine import Chosen, interpret, load_check
from kerascheck.program import NotUnderstood, Program, SymbolUse
from kerascheck.registry import check_rules
from kerascheck.relevance import Relevance
from kerascheck.source import read_source

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))
NAME = SymbolUse("tf.Session", "tf", 2, line(1), called=True)
GAP = NotUnderstood(line(2), "exec", "not followed")

Check = Callable[[Program], Iterable[object]]


def is_asked(check: Check, program: Program) -> bool:
    return Relevance([check]).of(program) == [0]


def with_layer(op: str) -> Program:
    graph = Graph()
    return graph.model(graph.layer(op, graph.input(8, 4), (8, 2)))


def dense(program: Program) -> Iterable[object]:
    return list(program.nodes_of({"keras.layers.Dense"}))


def test_a_rule_is_asked_where_the_list_that_it_reads_has_something() -> None:
    def names(program: Program) -> Iterable[object]:
        return (use for use in program.symbols if use.called)

    assert not is_asked(names, Program("model.py", unknown=[GAP], device="tpu"))
    assert is_asked(names, Program("model.py", symbols=[NAME]))


def test_a_rule_that_reads_a_list_only_behind_another_is_asked_for_either_that_it_may_get_to() -> None:
    def gaps_of_others(program: Program) -> Iterable[object]:
        return program.unknown if not program.symbols else program.none_uses

    assert is_asked(gaps_of_others, Program("model.py", unknown=[GAP]))
    assert is_asked(gaps_of_others, Program("model.py", symbols=[NAME]))
    assert not is_asked(gaps_of_others, Program("model.py", adds_losses=True))


def test_a_rule_is_asked_where_a_setting_is_another_than_usual() -> None:
    def of_the_device(program: Program) -> Iterable[object]:
        return [program.models] if program.device == "tpu" else []

    assert is_asked(of_the_device, Program("model.py", device="tpu"))
    assert not is_asked(of_the_device, with_layer("Dense"))


@pytest.mark.parametrize("check", [dense, lambda program: program.shared(dense)], ids=["nodes", "shared"])
def test_a_rule_about_some_calls_is_asked_where_there_are_such(check: Check) -> None:
    assert not is_asked(check, with_layer("Conv2D"))
    assert is_asked(check, with_layer("Dense"))


def test_rules_that_ask_the_same_are_told_apart_by_what_else_they_read() -> None:
    def dense_or_gap(program: Program) -> Iterable[object]:
        return [*program.shared(dense), *program.unknown]

    relevance = Relevance([lambda program: program.shared(dense), dense_or_gap])
    assert relevance.of(with_layer("Dense")) == [0, 1]
    assert relevance.of(Program("model.py", unknown=[GAP])) == [1]


def test_a_rule_of_which_nothing_is_learnt_is_asked_about_every_program() -> None:
    def never_silent(program: Program) -> Iterable[object]:
        return ["no model"] if not program.models else []

    def broken(program: Program) -> Iterable[object]:
        return [program.models[0]]

    def blind(program: Program) -> Iterable[object]:
        return ()

    assert Relevance([never_silent, broken, blind, None, dense]).of(with_layer("Conv2D")) == [0, 1, 2, 3]


def test_a_rule_is_asked_where_what_it_shares_with_others_fails() -> None:
    def failing(program: Program) -> object:
        return program.models[0].name.index("z") if program.models else ()

    def check(program: Program) -> Iterable[object]:
        return [program.shared(failing)] if program.shared(failing) else []

    assert is_asked(check, with_layer("Dense"))
    assert not is_asked(check, Program("model.py", unknown=[GAP]))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_rule_that_is_not_asked_has_nothing_to_say(path: Path) -> None:
    program = interpret(read_source(str(path)), Settings())
    chosen = Chosen(check_rules(), load_check)
    asked = chosen.relevant(program)
    silent = [rule for rule in chosen.rules if rule not in asked]
    assert len(silent) > len(chosen.rules) / 2
    assert [rule.code for rule in silent if list(load_check(rule)(program))] == []
