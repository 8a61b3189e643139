"""Python's own semantics, told by the sizes that a program gives ``keras.Input``."""

from __future__ import annotations

import pytest

from tests.interpreter.support import given, run, shapes, variables


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for n in [1, 2, 3]: seen.append(n)", [1, 2, 3]),
        ("for i, n in enumerate([7, 8], 1): seen.append(i * n)", [7, 16]),
        ("for a, b in zip((1, 2, 3), [4, 5]): seen.append(a * b)", [4, 10]),
        ("for n in range(5, 0, -2): seen.append(n)", [5, 3, 1]),
        ("for n in reversed([1, 2, 3]): seen.append(n)", [3, 2, 1]),
        ("for n in sorted([2, 3, 1], key=lambda n: -n): seen.append(n)", [3, 2, 1]),
        ("for k, (a, b) in {'x': (1, 2)}.items(): seen.extend([len(k), a, b])", [1, 1, 2]),
        ("for first, *rest in [(1, 2, 3)]: seen += [first, *rest]", [1, 2, 3]),
        ("for n in map(lambda n: n * n, filter(lambda n: n % 2, range(4))): seen.append(n)", [1, 9]),
        ("for n in 'ab': seen.append(len(n))", [1, 1]),
    ],
)
def test_a_loop_over_a_known_sequence_is_unrolled(loop: str, expected: list[int]) -> None:
    assert given(f"seen = []\n{loop}\nInput(tuple(seen))\n") == expected


def test_a_loop_can_be_broken_and_continued() -> None:
    program = """
    seen = []
    for n in range(1, 10):
        if n % 2:
            continue
        if n > 6:
            break
        seen.append(n)
    else:
        seen.append(100)
    Input(seen)
    """
    assert given(program) == [2, 4, 6]


def test_the_else_of_a_loop_runs_where_nothing_broke_it() -> None:
    program = """
    for n in range(3):
        pass
    else:
        n = 50
    Input((n,))
    """
    assert given(program) == [50]


def test_a_while_loop_with_a_known_condition_is_unrolled() -> None:
    program = """
    n = 64
    count = 0
    while n > 1:
        n //= 2
        count += 1
    Input((n, count))
    """
    assert given(program) == [1, 6]


def test_while_true_runs_until_its_break() -> None:
    program = """
    n = 1
    while True:
        n += 1
        if n == 3:
            break
    Input((n,))
    """
    assert given(program) == [3]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[2 * n for n in range(1, 4)]", [2, 4, 6]),
        ("[n for n in range(6) if n % 2 if n > 1]", [3, 5]),
        ("[a * b for a in (1, 2) for b in (3, 4)]", [3, 4, 6, 8]),
        ("[n for row in [[1, 2], [3]] for n in row]", [1, 2, 3]),
        ("tuple(n + 1 for n in (1, 2))", [2, 3]),
        ("list({k: v for k, v in zip('ab', (5, 6))}.values())", [5, 6]),
        ("[(lambda n, k=k: n + k)(1) for k in (1, 2)]", [2, 3]),
        ("[m for n in (2, 3) if (m := n * n) > 4]", [9]),
    ],
)
def test_a_comprehension_over_a_known_sequence_is_known(expression: str, expected: list[int]) -> None:
    assert given(f"Input({expression})\n") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 // 2, 7 % 4, 2 ** 5, -(-7 // 2)", [3, 3, 32, 4]),
        ("int(7 / 2), round(2.6), abs(-4)", [3, 3, 4]),
        ("max(3, 8), min([3, 8]), sum([1, 2, 3])", [8, 3, 6]),
        ("len('abc'), len([1, 2]), len({'a': 1}), len(range(9))", [3, 2, 1, 9]),
        ("1 if 2 < 3 < 4 else 5, 1 if 2 < 3 > 4 else 5", [1, 5]),
        ("0 or 4, 3 and 4, 5 or 1 // 0", [4, 4, 5]),
        ("{'a': 1}.get('a'), {'a': 1}.get('b', 9), {**{'a': 1}, 'a': 6}['a']", [1, 9, 6]),
        ("[1, 2, 3][-1], (4, 5, 6)[1:][0], [1, 2, 3, 4][::-2][0]", [3, 5, 4]),
        ("*(1, 2), *[3] * 2", [1, 2, 3, 3]),
        ("6 & 3, 6 | 1, 1 << 3, 6 ^ 2", [2, 7, 8, 4]),
        ("int('12'), int(3.9), int(True)", [12, 3, 1]),
        ("'abc'.index('c') + 1, len('a b'.split()), len('x'.join(['a', 'b']))", [3, 2, 3]),
        ("3 in [1, 3], 2 in (1, 3)", [True, False]),
        ("len(str(1234)), len(f'{7:03d}'), len(repr('a'))", [4, 3, 3]),
    ],
)
def test_an_expression_has_pythons_value(expression: str, expected: list[int]) -> None:
    assert given(f"a, *rest = ({expression})\nInput([int(n) for n in (a, *rest)])\n") == expected


def test_a_format_string_names_a_layer() -> None:
    program = """
    from keras import Input, layers
    x = Input((4,))
    for index, units in enumerate((3, 2)):
        x = layers.Dense(units, name=f"dense_{index:02d}_{units!r}")(x)
    """
    assert shapes(run(program)) == {
        "input_layer": "(None, 4)",
        "dense_00_3": "(None, 3)",
        "dense_01_2": "(None, 2)",
    }


@pytest.mark.parametrize(
    "name", ["'block_' + str(1)", "'block_%d' % 1", "'block_{}'.format(1)", "'_'.join(['block', '1'])"]
)
def test_text_can_be_put_together_in_other_ways(name: str) -> None:
    program = f"""
    from keras import Input
    Input((4,), name={name})
    Input((2,))
    """
    assert "block_1" in {node.name for node in run(program).recorder.nodes.values()}


def test_a_list_is_shared_between_its_names() -> None:
    program = """
    a = [1]
    b = a
    b.append(2)
    c = a + [3]
    c.append(4)
    Input((len(a), len(c)))
    """
    assert given(program) == [2, 4]


def test_a_list_is_changed_in_the_function_it_is_passed_to() -> None:
    program = """
    def grow(values):
        values += [5]
        values = [6]
    a = [1]
    grow(a)
    Input(a)
    """
    assert given(program) == [1, 5]


def test_list_methods_change_the_list() -> None:
    program = """
    a = [3, 1]
    a.insert(0, 9)
    a.extend((7, 8))
    last = a.pop()
    a.sort()
    a.remove(9)
    a.reverse()
    del a[0]
    Input((*a, last))
    """
    assert given(program) == [3, 1, 8]


def test_targets_are_unpacked() -> None:
    program = """
    (a, b), *c = [(1, 2), 3, 4]
    d = e = 5
    a, b = b, a
    Input((a, b, *c, d, e))
    """
    assert given(program) == [2, 1, 3, 4, 5, 5]


def test_a_dict_is_a_configuration() -> None:
    program = """
    config = {"size": 4, "inner": {"units": [8, 16]}}
    config["size"] *= 2
    config.setdefault("depth", 3)
    config.update(extra=1)
    Input((config["size"], *config["inner"]["units"], config["depth"], config.pop("extra"), len(config)))
    """
    assert given(program) == [8, 8, 16, 3, 1, 3]


def test_a_match_statement_takes_the_matching_case() -> None:
    program = """
    def size(kind):
        match kind:
            case "small":
                return 1
            case ("wide", n):
                return n
            case _:
                return 3
    Input((size("small"), size(("wide", 7)), size("other")))
    """
    assert given(program) == [1, 7, 3]


def test_an_exception_is_caught_by_its_class() -> None:
    program = """
    def size(kind):
        try:
            if kind == 1:
                raise ValueError("no")
            if kind == 2:
                raise KeyError("no")
            n = 10
        except ValueError:
            n = 20
        except (KeyError, OSError) as error:
            n = 30
        else:
            n += 1
        finally:
            n += 100
        return n
    Input((size(0), size(1), size(2)))
    """
    assert given(program) == [111, 120, 130]


def test_an_exception_passes_a_handler_of_another_class() -> None:
    program = """
    n = 1
    try:
        try:
            raise ValueError
        except KeyError:
            n = 2
    except ValueError:
        n = 3
    Input((n,))
    """
    assert given(program) == [3]


def test_an_exception_is_caught_by_a_base_of_its_class() -> None:
    program = """
    class Broken(ValueError):
        pass
    try:
        raise Broken("no")
    except ValueError:
        n = 3
    Input((n,))
    """
    assert given(program) == [3]


def test_what_a_try_wrote_before_it_raised_stays() -> None:
    program = """
    n = 1
    try:
        n = 2
        raise ValueError
        n = 3
    except ValueError:
        pass
    Input((n,))
    """
    assert given(program) == [2]


def test_nothing_after_a_certain_raise_runs() -> None:
    program = """
    Input((1,))
    raise ValueError
    Input((2,))
    """
    assert given(program) == [1]


def test_finally_runs_though_the_block_returned() -> None:
    program = """
    seen = []
    def f():
        try:
            return 1
        finally:
            seen.append(2)
    Input((f(), *seen))
    """
    assert given(program) == [1, 2]


def test_reduce_goes_through_a_known_sequence() -> None:
    program = """
    from functools import reduce
    Input((reduce(lambda a, b: a * b, [2, 3, 4]), reduce(lambda a, b: a + b, [1, 2], 10)))
    """
    assert given(program) == [24, 13]


def test_the_main_guard_holds_for_the_file_under_check() -> None:
    program = """
    def main(n):
        Input((n,))
    if __name__ == "__main__":
        main(5)
    """
    assert given(program) == [5]


def test_math_is_computed() -> None:
    program = """
    import math
    import numpy as np
    Input((math.ceil(7 / 2), math.prod((2, 3)), int(np.prod([4, 5])), int(math.log2(8)), math.floor(2.5)))
    """
    assert given(program) == [4, 6, 20, 3, 2]


def test_a_known_condition_runs_one_branch_only() -> None:
    program = """
    n = 1
    if n > 5:
        n = 2
    elif n == 1 and not False:
        n = 3
    else:
        n = 4
    Input((n,))
    """
    assert given(program) == [3]


def test_an_assignment_expression_binds_its_name() -> None:
    program = """
    if (n := 5) > 3:
        Input((n,))
    """
    assert given(program) == [5]


def test_deleting_a_name_or_item_removes_it() -> None:
    program = """
    d = {"a": 1, "b": 2}
    del d["a"]
    Input((len(d), d["b"]))
    """
    assert given(program) == [1, 2]


def test_a_string_formatted_with_the_percent_sign_from_a_tuple_is_known() -> None:
    program = """
    sizes = {"block_1_2": 7}
    Input((sizes["block_%d_%s" % (1, 2)],))
    """
    assert given(program) == [7]


def test_a_shallow_copy_shares_its_items_and_a_deep_copy_shares_none() -> None:
    program = """
    import copy
    a = [[1], 2]
    shallow, deep = copy.copy(a), copy.deepcopy(a)
    a[0].append(3)
    a.append(4)
    Input((len(shallow[0]), len(deep[0]), len(shallow), len(deep)))
    """
    assert given(program) == [2, 1, 2, 2]


def test_the_order_of_a_set_is_not_known_and_its_items_are() -> None:
    program = """
    sizes = {5, 3, 5}
    Input((*sorted(sizes), 1 if 3 in sizes else 2))
    """
    assert given(program) == [3, 5, 1]
    assert given("Input((list({8, 16})[0],))\n") == ["?"]


def test_an_index_that_is_out_of_range_raises() -> None:
    program = """
    n = 1
    try:
        n = range(3000)[2500]
        n = [1, 2][2]
    except IndexError:
        n += 1
    Input((n,))
    """
    assert given(program) == [2501]


def test_an_exception_of_a_library_is_caught_by_a_tuple_of_handlers() -> None:
    program = """
    import json
    try:
        raise json.JSONDecodeError("no", "", 0)
    except (json.JSONDecodeError, KeyError):
        Input((4,))
    """
    assert given(program) == [4]


def test_a_keras_tensor_has_a_length_only_in_tf_keras() -> None:
    program = "import keras\nx = keras.Input((3,))\nfound = hasattr(x, '__len__')\n"
    assert [variables(program, generation)["found"] for generation in (3, 2)] == [False, True]


def test_the_dtype_that_the_backend_tells_is_a_text() -> None:
    program = "import tf_keras as keras\nfound = keras.backend.dtype(keras.Input((3,), dtype='int32')) == 'int32'\n"
    assert variables(program, 2)["found"] is True


def test_locals_are_the_names_of_the_function_so_far() -> None:
    program = """
    def net(filters, kernel=3, **rest):
        return Input((filters, kernel, rest["depth"], len(rest["kwargs"])))
    def small(filters=8, **kwargs):
        depth = 2
        return net(**locals(), **kwargs)
    small(kernel=5)
    """
    assert given(program) == [8, 5, 2, 1]


def test_a_function_is_found_by_its_name_among_the_globals() -> None:
    program = """
    def small():
        return 4
    Input((globals()["small"](), 1 if "other" in globals() else 2))
    """
    assert given(program) == [4, "?"]


def test_an_extreme_is_found_by_a_key() -> None:
    program = """
    sizes = ("conv", "a", "pooling")
    Input((len(max(sizes, key=len)), len(min(sizes, key=lambda each: -len(each))), max([], default=6)))
    """
    assert given(program) == [7, 7, 6]
