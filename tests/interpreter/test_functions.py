"""Functions as Python calls them, told by the sizes that a program gives ``keras.Input``."""

from __future__ import annotations

from tests.interpreter.support import given


def test_a_function_gets_its_real_arguments() -> None:
    program = """
    def f(a, b, c=3, *, d=4):
        return (a, b, c, d)
    Input(f(1, b=2, d=5))
    """
    assert given(program) == [1, 2, 3, 5]


def test_a_default_is_evaluated_once_where_the_function_is_defined() -> None:
    program = """
    n = 1
    def f(size=n, seen=[]):
        seen.append(size)
        return len(seen) + size
    n = 100
    f()
    Input((f(),))
    """
    assert given(program) == [3]


def test_positional_only_arguments_leave_their_names_to_the_keywords() -> None:
    program = """
    def f(a, /, **rest):
        return (a, rest["a"])
    Input(f(1, a=2))
    """
    assert given(program) == [1, 2]


def test_extra_arguments_come_as_a_tuple_and_a_dict() -> None:
    program = """
    def f(first, *rest, **named):
        return (first, len(rest), *rest, *named.values())
    Input(f(1, 2, 3, k=4))
    """
    assert given(program) == [1, 2, 2, 3, 4]


def test_stars_unpack_into_a_call() -> None:
    program = """
    def f(a, b, c, d):
        return (d, c, b, a)
    Input(f(*[1, 2], **{"d": 4, "c": 3}))
    """
    assert given(program) == [4, 3, 2, 1]


def test_a_closure_sees_later_changes_of_its_variable() -> None:
    program = """
    def outer():
        n = 1
        def inner():
            return n
        n = 2
        return inner
    Input((outer()(),))
    """
    assert given(program) == [2]


def test_closures_of_a_loop_share_its_variable() -> None:
    program = """
    functions = [lambda: i for i in range(3)]
    Input((functions[0]() + 1,))
    """
    assert given(program) == [3]


def test_nonlocal_writes_the_enclosing_variable() -> None:
    program = """
    def counter():
        n = 0
        def step():
            nonlocal n
            n += 1
            return n
        return step
    step = counter()
    step()
    Input((step(), counter()()))
    """
    assert given(program) == [2, 1]


def test_global_writes_the_modules_variable() -> None:
    program = """
    n = 1
    def f():
        global n
        n = 7
    f()
    Input((n,))
    """
    assert given(program) == [7]


def test_a_local_assignment_leaves_the_modules_variable() -> None:
    program = """
    n = 1
    def f():
        n = 7
    f()
    Input((n,))
    """
    assert given(program) == [1]


def test_recursion_with_a_known_end_is_followed() -> None:
    program = """
    def factorial(n):
        return 1 if n == 0 else n * factorial(n - 1)
    Input((factorial(5),))
    """
    assert given(program) == [120]


def test_a_generator_gives_what_it_yields() -> None:
    program = """
    def inner(n):
        for i in range(n):
            yield i + 1
    def outer():
        yield 10
        yield from inner(2)
    first, *rest = outer()
    Input((first, *rest, sum(inner(3)), next(inner(1))))
    """
    assert given(program) == [10, 1, 2, 6, 1]


def test_a_partial_keeps_its_arguments() -> None:
    program = """
    import functools
    from functools import partial
    def f(a, b, c=0):
        return a * 100 + b * 10 + c
    g = functools.partial(f, 1, c=3)
    h = partial(g, c=4)
    Input((g(2), h(5)))
    """
    assert given(program) == [123, 154]


def test_a_decorator_of_the_users_replaces_the_function() -> None:
    program = """
    import functools
    def twice(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return 2 * function(*args, **kwargs)
        return wrapper
    def plus(n):
        def decorate(function):
            return lambda *args: function(*args) + n
        return decorate
    @plus(1)
    @twice
    def f(n):
        return n
    Input((f(5),))
    """
    assert given(program) == [11]
