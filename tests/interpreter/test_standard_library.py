"""Parts of Python's library, told by the sizes that a program gives ``keras.Input``."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable

import pytest

from tests.interpreter.support import given, run, sizes


def test_a_named_tuple_has_its_items_by_name_and_by_place() -> None:
    program = """
    from collections import namedtuple
    Block = namedtuple("Block", "filters kernel, stride", defaults=[2])
    block = Block(8, kernel=3)
    filters, *rest = block
    Input((block.filters, block[1], block.stride, len(block), filters, sum(rest)))
    """
    assert given(program) == [8, 3, 2, 3, 8, 5]


def test_replace_and_asdict_of_a_named_tuple() -> None:
    program = """
    import collections
    Block = collections.namedtuple("Block", ["filters", "kernel"])
    block = Block(8, 3)._replace(kernel=5)
    Input((*block, block._asdict()["kernel"], len(block._fields)))
    """
    assert given(program) == [8, 5, 5, 2]


def test_a_class_of_named_tuples_has_defaults_methods_and_properties() -> None:
    program = """
    from typing import NamedTuple
    class Block(NamedTuple):
        filters: int
        repeats: int = 4
        @property
        def total(self):
            return self.filters * self.repeats
        def times(self, number):
            return self.total * number
    class Wide(namedtuple("Pair", "a b")):
        def both(self):
            return self.a + self.b
    """.replace("from typing", "from collections import namedtuple\n    from typing")
    use = """
    Input((Block(2).total, Block(3, 5).times(2), Wide(6, 7).both()))
    """
    assert given(program + use) == [8, 30, 13]


def test_a_program_that_is_run_without_arguments_gets_the_defaults_of_its_parser() -> None:
    program = """
    import argparse
    parser = argparse.ArgumentParser(description="train")
    parser.add_argument("-u", "--hidden-units", type=int, default=32)
    parser.add_argument("--depth", default="3", type=int)
    parser.add_argument("--rate", dest="dropout", default=7)
    group = parser.add_argument_group("more")
    group.add_argument("--wide", action="store_true")
    parser.set_defaults(heads=4)
    args = parser.parse_args()
    known, rest = parser.parse_known_args()
    Input((args.hidden_units, args.depth, args.dropout, 1 if args.wide else 2, known.heads))
    """
    assert given(program) == [32, 3, 7, 2, 4]


@pytest.mark.parametrize("argument", ['"units"', '"--units", required=True', '"--units", **options', "name"], ids=str)
def test_an_argument_that_must_be_given_is_unknown(argument: str) -> None:
    program = f"""
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument({argument})
    Input((parser.parse_args().units,))
    """
    assert given(program) == ["?"]


def test_a_variable_of_the_environment_is_taken_to_be_unset() -> None:
    program = """
    import os
    Input((int(os.environ.get("SIZE", "8")), int(os.getenv("UNITS", "4")), len(os.environ.get("NAME"))))
    """
    assert given(program) == [8, 4, "?"]


LIBRARY = {
    "itertools.chain([1], (2, 3))": list(itertools.chain([1], (2, 3))),
    "itertools.chain.from_iterable([[1, 2], [3]])": [1, 2, 3],
    "itertools.islice(itertools.count(3), 2)": list(itertools.islice(itertools.count(3), 2)),
    "itertools.islice([1, 2, 3, 4], 1, None, 2)": list(itertools.islice([1, 2, 3, 4], 1, None, 2)),
    "itertools.repeat(5, 2)": list(itertools.repeat(5, 2)),
    "itertools.accumulate([1, 2, 3])": list(itertools.accumulate([1, 2, 3])),
    "itertools.accumulate([2, 3, 4], operator.mul)": list(itertools.accumulate([2, 3, 4], operator.mul)),
    "itertools.starmap(operator.pow, [(2, 3), (3, 2)])": [8, 9],
    "[a * b for a, b in itertools.combinations([1, 2, 3], 2)]": [2, 3, 6],
    "[a - b for a, b in itertools.permutations([5, 3], 2) if a > b]": [2],
    "[b - a for a, b in itertools.pairwise([1, 3, 7])]": [2, 4],
    "[a + b for a, b in itertools.product([1, 2], repeat=2)]": [2, 3, 3, 4],
    "[a + b for a, b in itertools.zip_longest([1, 2], [3], fillvalue=9)]": [4, 11],
    "[number + item for number, item in zip(itertools.count(1), [4, 5])]": [5, 7],
    "[operator.itemgetter(1)((4, 6)), sum(operator.itemgetter(0, 1)((4, 6)))]": [6, 10],
    "[operator.attrgetter('real')(3)]": [3],
    "[operator.floordiv(7, 2), operator.add(1, 2), operator.getitem([8], 0)]": [3, 3, 8],
}


@pytest.mark.parametrize(("expression", "sizes"), LIBRARY.items(), ids=LIBRARY)
def test_what_the_library_gives(expression: str, sizes: Iterable[int]) -> None:
    assert given(f"import itertools, operator\nInput(tuple({expression}))") == sizes


def test_too_many_combinations_are_not_gone_through() -> None:
    assert given("import itertools\nInput((len(list(itertools.permutations(range(20)))),))") == ["?"]


def test_an_iterator_is_used_up() -> None:
    program = """
    units = iter([3, 4, 5])
    first = next(units)
    found = []
    while True:
        try:
            found.append(next(units))
        except StopIteration:
            break
    Input((first, len(found), *found, next(units, 9)))
    """
    assert given(program) == [3, 2, 4, 5, 9]


def test_a_loop_that_leaves_itself_is_followed_as_long_as_its_rounds_are_decided() -> None:
    program = """
    size = 1000
    levels = 0
    while True:
        if size < 10:
            break
        size //= 2
        levels += 1
    Input((size, levels))
    """
    assert given(program) == [7, 7]


def test_a_name_that_is_not_known_is_none_of_those_that_keras_counts() -> None:
    program = """
    import keras
    x = keras.Input((3,))
    x = keras.layers.Dense(4, name=open("names").readline())(x)
    model = keras.Model(keras.Input((3,)), keras.layers.Dense(5)(keras.Input((3,))))
    y = keras.layers.Dense(6)(x)
    """
    names = [node.name for _, node in run(program).nodes() if node.kind == "layer"]
    assert sorted(names) == ["dense", "dense_1", "dense_?"]


def test_what_goes_through_values_for_older_python_or_shows_progress_is_followed() -> None:
    program = run(
        """
        import six
        from keras import Input
        from six.moves import range, xrange
        from tqdm import tqdm, trange

        found = []
        for size in xrange(1, 3):
            found.append(size)
        for size in six.moves.range(3, 4):
            found.append(size)
        bar = tqdm([4, 5], desc="sizes")
        for size in bar:
            bar.set_postfix(size=size)
            found.append(size)
        for size in trange(6, 8, leave=False):
            found.append(size)
        with tqdm(total=1) as bar:
            bar.update(1)
            found.append(8)
        Input(tuple(found))
        """
    )
    assert sizes(program) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_the_type_of_a_named_tuple_is_its_class() -> None:
    program = """
    from collections import namedtuple
    State = namedtuple("State", "cell hidden")
    state = State(cell=4, hidden=6)
    copy = type(state)(*state)
    Input((copy.cell, copy.hidden, type(state) is State))
    """
    assert given(program)[:2] == [4, 6]


def test_a_signature_says_which_parameters_a_function_has() -> None:
    program = """
    import inspect
    class Block:
        def __init__(self, filters, *rest, kernel=3, **others):
            pass
    names = inspect.signature(Block(2).__init__).parameters
    plain = inspect.signature(lambda x, y: x).parameters
    Input((int("filters" in names), int("self" in names), int("stride" in names), len(names), len(plain)))
    """
    assert given(program) == [1, 0, 0, 4, 2]


def test_a_list_that_was_shuffled_may_be_in_any_order() -> None:
    program = """
    import random
    sizes = [4, 8]
    random.shuffle(sizes)
    Input((sizes[0], 2))
    """
    assert given(program)[-1] == 2
    assert 4 not in given(program)


def test_a_text_is_taken_apart_by_regular_expressions() -> None:
    program = r"""
    import re
    options = {}
    for part in "r2_k5_s22".split("_"):
        key, value = re.split(r"(\d.*)", part)[:2]
        options[key] = value
    found = re.compile(r"(?P<width>\d+)x(\d+)").match("12x8")
    sizes = [int(each) for each in re.findall(r"\d+", "a3b6")]
    missing = re.search("z", "abc")
    Input((int(options["k"]), int(found.group("width")), int(found.group(2)), *sizes, int(re.sub("a", "", "a9")),
           1 if missing else 2))
    """
    assert given(program) == [5, 12, 8, 3, 6, 9, 2]


def test_a_pattern_that_may_take_for_ever_is_not_tried() -> None:
    program = """
    import re
    Input((len(re.findall("(a+)+$", "a" * 60 + "b")), 2))
    """
    assert given(program) == ["?", 2]


def test_defaults_of_a_named_tuple_can_be_set_later() -> None:
    program = """
    import collections
    Block = collections.namedtuple("Block", ["kernel", "filters", "stride"])
    Block.__new__.__defaults__ = (None,) * len(Block._fields)
    Block.__new__.__defaults__ = (8, 2)
    block = Block(3)
    made = Block._make([5, 6, 7])
    Input((*block, *made))
    """
    assert given(program) == [3, 8, 2, 5, 6, 7]


def test_a_named_tuple_may_have_a_constructor_of_its_own() -> None:
    program = """
    import collections
    class Block(collections.namedtuple("Block", ["kernel", "filters"])):
        def __new__(cls, kernel=3, filters=None):
            return super().__new__(cls, kernel, filters or kernel * 2)
    Input((*Block(), Block(filters=5).filters))
    """
    assert given(program) == [3, 6, 5]


def test_json_text_and_asdict_give_plain_dicts() -> None:
    program = """
    import json
    from dataclasses import asdict, dataclass, field
    @dataclass
    class Stage:
        filters: int
    @dataclass
    class Config:
        stages: list = field(default_factory=lambda: [Stage(4), Stage(6)])
    config = json.loads('{"sizes": [7, 9]}')
    Input((*config["sizes"], asdict(Config())["stages"][1]["filters"]))
    """
    assert given(program) == [7, 9, 6]


def test_tee_gives_the_same_items_twice() -> None:
    program = """
    import itertools
    def pairs(values):
        first, second = itertools.tee(values)
        next(second, None)
        return zip(first, second)
    Input(tuple(b for a, b in pairs([2, 4, 8])))
    """
    assert given(program) == [4, 8]
