"""Classes and objects as Python has them, told by the sizes that a program gives ``keras.Input``."""

from __future__ import annotations

import pytest

from tests.interpreter.support import given, variables


def test_a_method_is_found_along_the_resolution_order() -> None:
    program = """
    class A:
        def size(self):
            return 1
    class B(A):
        def size(self):
            return 10 + super().size()
    class C(A):
        def size(self):
            return 100 + super().size()
    class D(B, C):
        pass
    Input((D().size(),))
    """
    assert given(program) == [111]


def test_super_with_arguments_starts_after_the_class() -> None:
    program = """
    class A:
        def __init__(self, n):
            self.n = n
    class B(A):
        def __init__(self, n):
            super(B, self).__init__(n + 1)
    Input((B(1).n,))
    """
    assert given(program) == [2]


def test_an_instances_attribute_hides_its_classs() -> None:
    program = """
    class A:
        n = 1
    a, b = A(), A()
    a.n = 5
    A.n = 2
    Input((a.n, b.n, A.n))
    """
    assert given(program) == [5, 2, 2]


def test_a_class_attribute_can_be_shared_and_changed() -> None:
    program = """
    class A:
        seen = []
        def add(self):
            self.seen.append(1)
    A().add()
    A().add()
    Input((len(A.seen),))
    """
    assert given(program) == [2]


def test_a_property_is_computed_and_set() -> None:
    program = """
    class A:
        def __init__(self):
            self._n = 1
        @property
        def n(self):
            return self._n + 1
        @n.setter
        def n(self, value):
            self._n = value * 10
    a = A()
    before = a.n
    a.n = 2
    Input((before, a.n))
    """
    assert given(program) == [2, 21]


def test_static_and_class_methods_are_bound_as_python_binds_them() -> None:
    program = """
    class A:
        n = 3
        @staticmethod
        def double(value):
            return 2 * value
        @classmethod
        def make(cls, value):
            made = cls()
            made.value = value + cls.n
            return made
    class B(A):
        n = 5
    Input((A.double(4), B().double(1), B.make(1).value))
    """
    assert given(program) == [8, 2, 6]


def test_a_dataclass_takes_its_fields_in_order() -> None:
    program = """
    from dataclasses import dataclass, field
    @dataclass
    class Config:
        width: int
        height: int = 2
        depths: list = field(default_factory=lambda: [3, 4])
        def area(self):
            return self.width * self.height
    config = Config(5)
    Input((config.width, config.height, config.area(), *config.depths, Config(1, height=9).area()))
    """
    assert given(program) == [5, 2, 10, 3, 4, 9]


def test_a_dataclass_has_the_fields_of_its_bases() -> None:
    program = """
    from dataclasses import dataclass
    @dataclass
    class A:
        a: int = 1
        b: int = 2
    @dataclass
    class B(A):
        b: int = 3
        c: int = 4
    made = B(10)
    Input((made.a, made.b, made.c))
    """
    assert given(program) == [10, 3, 4]


def test_a_class_that_extends_a_dataclass_takes_its_fields() -> None:
    program = """
    from dataclasses import dataclass
    @dataclass
    class A:
        a: int = 1
        b: int = 2
    class B(A):
        def total(self):
            return self.a + self.b
    Input((B(10).total(), B(b=5).total()))
    """
    assert given(program) == [12, 6]


def test_a_dataclass_runs_its_post_init() -> None:
    program = """
    import dataclasses
    @dataclasses.dataclass(frozen=False)
    class A:
        a: int
        def __post_init__(self):
            self.b = self.a + 1
    Input((A(1).b,))
    """
    assert given(program) == [2]


def test_an_object_is_called_and_indexed_by_its_methods() -> None:
    program = """
    class A:
        def __call__(self, n):
            return n + 1
        def __getitem__(self, n):
            return n * 3
        def __add__(self, other):
            return other + 100
        def __len__(self):
            return 6
    a = A()
    Input((a(1), a[2], a + 1, len(a)))
    """
    assert given(program) == [2, 6, 101, 6]


def test_isinstance_tells_the_users_classes_apart() -> None:
    program = """
    class A: pass
    class B(A): pass
    def kind(value):
        if isinstance(value, B):
            return 1
        if isinstance(value, (A, int)):
            return 2
        return 3
    Input((kind(B()), kind(A()), kind(7), kind("x"), kind([])))
    """
    assert given(program) == [1, 2, 2, 3, 3]


def test_getattr_and_hasattr_read_the_users_objects() -> None:
    program = """
    class A:
        n = 4
    setattr(A, "m", 5)
    a = A()
    setattr(a, "k", 6)
    Input((getattr(a, "n"), getattr(a, "none", 9), 1 if hasattr(a, "k") else 2, getattr(a, "k"), a.m))
    """
    assert given(program) == [4, 9, 1, 6, 5]


def test_a_context_manager_of_the_users_is_entered() -> None:
    program = """
    class Scope:
        def __enter__(self):
            return 8
        def __exit__(self, *error):
            pass
    with Scope() as n:
        Input((n,))
    """
    assert given(program) == [8]


def test_an_enum_member_is_itself() -> None:
    program = """
    from enum import Enum
    class Kind(Enum):
        SMALL = "small"
        WIDE = "wide"
    def size(kind):
        return 1 if kind is Kind.SMALL else 2
    Input((size(Kind.SMALL), 3))
    """
    assert given(program) == [1, 3]


def test_a_dataclass_field_may_be_no_argument() -> None:
    program = """
    from dataclasses import dataclass, field
    from typing import ClassVar
    @dataclass
    class A:
        kind: ClassVar[int] = 9
        a: int
        b: int = field(init=False, default=7)
        c: int = field(default=3)
    made = A(1, 2)
    Input((made.a, made.b, made.c, made.kind))
    """
    assert given(program) == [1, 7, 2, 9]


def test_dataclasses_replace_keeps_the_fields_that_are_not_given() -> None:
    program = """
    import dataclasses
    @dataclasses.dataclass
    class Config:
        units: int = 2
        depth: int = 3
    config = dataclasses.replace(Config(units=7), depth=5)
    Input((config.units, config.depth))
    """
    assert given(program) == [7, 5]


def test_an_object_is_gone_through_by_its_own_iter() -> None:
    program = """
        class Sizes:
            def __init__(self):
                self.items = [3, 4]
            def __iter__(self):
                return iter(self.items)
        class Drawn:
            def __iter__(self):
                yield 5
                yield 6
        found = [size for size in Sizes()] + list(Drawn())
        """
    assert variables(program)["found"].items == [3, 4, 5, 6]


def test_what_is_written_to_the_dict_of_an_object_are_its_attributes() -> None:
    program = """
    class Config:
        def __init__(self, **settings):
            self.size = 1
            self.__dict__.update(settings)
    config = Config(size=2)
    sizes = [config.size]
    config.__dict__["size"] = 3
    sizes.append(config.size)
    vars(config).update(size=4)
    Input((*sizes, config.size, vars(config)["size"]))
    """
    assert given(program) == [2, 3, 4, 4]


def test_an_object_whose_dict_gets_what_nobody_knows_has_any_attributes() -> None:
    program = """
    import json
    class Config:
        def __init__(self, path):
            self.size = 1
            self.__dict__.update(json.load(open(path)))
    config = Config("config.json")
    Input((config.size, config.other))
    """
    assert given(program) == ["?", "?"]


@pytest.mark.parametrize("made_by", ["from types import SimpleNamespace", "from argparse import Namespace"])
def test_a_simple_namespace_has_what_it_is_given(made_by: str) -> None:
    program = f"""
    {made_by} as Settings
    config = Settings(size=3, **{{"other": 4}})
    config.third = 5
    Input((config.size, config.other, config.third))
    """
    assert given(program) == [3, 4, 5]


def test_members_of_an_enumeration_are_found_by_value_and_name_and_in_order() -> None:
    program = """
    from enum import Enum
    class Norm(Enum):
        BATCH = "batch"
        LAYER = "layer"
        @property
        def size(self):
            return len(self.value) + len(self.name)
    def chosen(norm):
        match norm:
            case Norm.BATCH:
                return 3
            case Norm.LAYER:
                return 4
    Input((chosen(Norm("layer")), chosen(Norm["BATCH"]), len(list(Norm)), Norm.BATCH.size, 5 if Norm.BATCH else 6,
           7 if Norm.BATCH == Norm.LAYER else 8))
    """
    assert given(program) == [4, 3, 2, 10, 5, 8]


def test_an_object_that_says_nothing_else_is_true() -> None:
    program = """
    import abc
    class Config(abc.ABC):
        filters = 4
    class Empty(Config):
        def __len__(self):
            return unknown
    config = Config()
    Input(((config or None).filters, 5 if Empty() else 6))
    """
    assert given(program) == [4, "?"]


def test_what_an_object_lacks_its_getattr_gives() -> None:
    program = """
    class Config:
        def __init__(self, values):
            self.values = values
        def __getattr__(self, name):
            if name not in self.values:
                raise AttributeError(name)
            return self.values[name]
    config = Config({"filters": 8})
    Input((config.filters, getattr(config, "kernel", 3)))
    """
    assert given(program) == [8, 3]


def test_a_dict_of_the_users_gives_its_entries_as_attributes() -> None:
    program = """
    class Config(dict):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.depth = 2
        def __getattr__(self, name):
            try:
                return self[name]
            except KeyError:
                raise AttributeError(name)
        @property
        def wide(self):
            return self["filters"] * 2
    config = Config({"filters": 8}, kernel=3)
    config["stride"] = 4
    Input((config.filters, config.kernel, config.stride, config.depth, config.wide, getattr(config, "rate", 5),
           len(config), int(isinstance(config, Config)), int(isinstance(config, dict))))
    """
    assert given(program) == [8, 3, 4, 2, 16, 5, 3, 1, 1]


def test_the_attributes_of_a_dict_may_be_its_entries() -> None:
    program = """
    class Shared(dict):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.__dict__ = self
    class Mapped(dict):
        __getattr__ = dict.get
        __setattr__ = dict.__setitem__
    shared, mapped = Shared(filters=8), Mapped(filters=6)
    shared.kernel = 3
    mapped.kernel = 5
    Input((shared.filters, shared["kernel"], mapped.filters, mapped["kernel"], 1 if mapped.rate is None else 2))
    """
    assert given(program) == [8, 3, 6, 5, 1]
