"""The limits of work: beyond them values are unknown, and what was found before stays."""

from __future__ import annotations

import pytest

from kerascheck.interpreter.core import MAXIMUM_DEPTH, MAXIMUM_ITERATIONS, MAXIMUM_LONG_LOOPS
from tests.interpreter.support import given, run, sizes

LIMIT = "the analysis stopped at its limit of work"


def test_what_was_found_before_the_limit_stays() -> None:
    program = """
    from keras import Input
    Input((3,))
    def f(n):
        f(n - 1)
        f(n - 1)
    f(40)
    Input((4,))
    """
    done = run(program)
    assert ([each.why for each in done.unknown if each.what == "the file"], sizes(done)) == ([LIMIT], [3])


def test_calls_that_nest_too_deeply_give_an_unknown_value() -> None:
    program = """
    from keras import Input
    def f(n):
        return 0 if n == 0 else 1 + f(n - 1)
    Input((f({depth}),))
    """
    assert given(program.replace("{depth}", str(MAXIMUM_DEPTH - 1))) == [MAXIMUM_DEPTH - 1]
    assert given(program.replace("{depth}", str(MAXIMUM_DEPTH + 1))) == ["?"]


def test_a_long_loop_is_followed_as_long_as_its_work_is_little() -> None:
    program = "n = 0\nfor i in range({}):\n    n += 1\nInput((n, 3))\n"
    few, many = MAXIMUM_ITERATIONS + 1, MAXIMUM_LONG_LOOPS // 2
    assert given(program.format(few)) == [few, 3]
    assert given(program.format(many)) == ["?", 3]


def test_the_work_of_long_loops_is_counted_together() -> None:
    loops = "n = 0\nfor i in range(10000):\n    n += 1\n" * 10
    assert given(f"{loops}Input((n, 3))\n") == ["?", 3]


def test_one_function_that_nobody_calls_takes_nothing_from_another() -> None:
    program = """
    from keras import Input, Model, layers
    def endless(n=40):
        endless(n - 1)
        endless(n - 1)
    def build():
        x = Input((4,))
        return Model(x, layers.Dense(3)(x), name="built")
    """
    done = run(program)
    assert [model.name for model in done.models] == ["built"]
    assert [each.what for each in done.unknown if each.why == LIMIT] == ["what nobody calls"]


def test_a_large_number_or_text_is_unknown() -> None:
    program = (
        "n = 10 ** 10 ** 10\ns = 'a' * 10 ** 12\nt = [0] * 10 ** 12\nInput((n, len(s), len(t), len((0,) * 10 ** 12)))\n"
    )
    assert given(program) == ["?", "?", "?", "?"]


def test_a_number_that_grows_in_a_loop_becomes_unknown() -> None:
    assert given("n = 3\nfor _ in range(200):\n    n = n * n\nInput((n,))\n") == ["?"]


def test_a_text_that_doubles_in_a_loop_becomes_unknown() -> None:
    assert given("s = 'ab'\nfor _ in range(100):\n    s = s + s\nInput((len(s),))\n") == ["?"]


def test_a_list_that_doubles_in_a_loop_becomes_unknown() -> None:
    assert given("a = [1]\nfor _ in range(100):\n    a = a + a\nInput((len(a),))\n") == ["?"]


def test_a_list_that_extends_itself_in_a_loop_becomes_unknown() -> None:
    assert given("a = [1]\nfor _ in range(100):\n    a.extend(a)\nInput((len(a),))\n") == ["?"]


@pytest.mark.parametrize(("display", "count"), [("[{}]", [1000]), ("list({})", [1000]), ("{{{}}}", [None])])
def test_a_costly_comprehension_leaves_work_to_the_code_behind_it(display: str, count: list[int | None]) -> None:
    comprehension = display.format("word(rules, n) for n in range(1000)")
    program = run(
        f"""
        import random
        from keras import Input

        rules = [[("a", 1), ("b", 2)], [("c", 2), ("d", None)], [("e", 1), ("f", None)]]

        def word(rules, n):
            state, letters = 0, []
            while state is not None:
                letter, state = random.choice(rules[state])
                letters.append(letter)
            for _ in range(200):
                letters.append(random.choice("abc"))
            return "".join(letters)

        words = {comprehension}
        Input((len(words), 7))
        """
    )
    assert not any(each.why == LIMIT for each in program.unknown)
    assert [size if isinstance(size, int) else None for size in sizes(program)] == [*count, 7]
