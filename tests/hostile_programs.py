"""Files that no tool should stumble over: texts that are no source, and programs made to stop one that follows them."""

from __future__ import annotations

UNREADABLE = {
    "syntax.py": (b"x = = 1\n", "syntax.py:1:5: KC001 [syntax-error] invalid syntax"),
    "null.py": (b"x = 1\0\n", "null.py:1:6: KC002 [unreadable-file]"),
    "latin.py": ("# 'caf\xe9'\n".encode("latin-1"), "latin.py:1:1: KC002 [unreadable-file]"),
    "unknown-encoding.py": (b"# -*- coding: nonsense -*-\n", "unknown-encoding.py:1:1: KC002 [unreadable-file]"),
    "notes.ipynb": (b"not json", "notes.ipynb:1:1: KC003 [invalid-notebook]"),
    "list.ipynb": (b"[1, 2]", "list.ipynb:1:1: KC003 [invalid-notebook]"),
    "empty.ipynb": (b"", "empty.ipynb:1:1: KC003 [invalid-notebook]"),
    "indent.py": (b"def f():\nreturn 1\n", "indent.py:2:1: KC001 [syntax-error]"),
    "unclosed.py": (b"x = (1,\n", "unclosed.py:1:5: KC001 [syntax-error]"),
    "parentheses.py": (b"x = " + b"(" * 10_000 + b")" * 10_000 + b"\n", "parentheses.py:1:"),
    "nested-list.py": (b"x = " + b"[" * 5_000 + b"]" * 5_000 + b"\n", "nested-list.py:1:"),
    "sum.py": (b"x = " + b"1+" * 20_000 + b"1\n", "sum.py:1:1: KC001 [syntax-error] too deeply nested"),
    "digits.py": (b"x = " + b"9" * 10_000 + b"\n", "digits.py:1:"),
}


HARMLESS = {
    "empty": "",
    "comment": "# nothing\n",
    "byte order mark": "\ufeffimport keras\n",
    "no line feed at the end": "import keras",
    "carriage returns": "import keras\r\nx = 1\r\n",
    "form feed": "import keras\n\x0cx = 1\n",
    "sizes that no tensor has": """\
import keras
import tensorflow as tf
from keras import ops
x = keras.Input((10 ** 40,))
ops.arange(0, float("nan"), 0.5), ops.arange(0.0, float("inf")), x[:, 5:], tf.data.Dataset.range(10 ** 40)
keras.Input((3,), batch_size="all")
""",
    "endless loop": """\
import keras
while True: pass
keras.Input((1,))
""",
    "endless loop with work": """\
import keras
n = 0
while True:
    n += 1
""",
    "endless iterator": """\
import keras, itertools
for i in itertools.count():
    x = i
""",
    "endless generator": """\
import keras
def g():
    while True:
        yield 1
for x in g():
    pass
""",
    "endless recursion": """\
import keras
def f(n):
    return f(n + 1)
f(0)
""",
    "mutual recursion": """\
import keras
def f(n):
    return g(n)
def g(n):
    return f(n)
f(1)
""",
    "recursive property": """\
import keras
class A:
    @property
    def a(self):
        return self.a
A().a
""",
    "recursive getattr": """\
import keras
class A:
    def __getattr__(self, n):
        return getattr(self, n)
A().b
""",
    "recursive init": """\
import keras
class A:
    def __init__(self):
        self.a = A()
A()
""",
    "recursive default": """\
import keras
f = lambda g=None: (g or f)(f)
f()
""",
    "long sum": "import keras\nx = " + "1+" * 2_000 + "1\n",
    "long comparison": "import keras\nx = " + "1 < " * 5_000 + "1\n",
    "long boolean": "import keras\nx = " + "y and " * 5_000 + "1\n",
    "long call chain": "import keras\nx = y" + ".a()" * 1_000 + "\n",
    "long elif chain": "import keras\nif x: pass\n" + "elif x: pass\n" * 1_000,
    "nested lists": "import keras\nx = " + "[" * 90 + "]" * 90 + "\n",
    "nested blocks": "import keras\n" + "".join(" " * depth + "if x:\n" for depth in range(90)) + " " * 90 + "pass\n",
    "nested functions": "import keras\n"
    + "".join(" " * depth + f"def f{depth}():\n" for depth in range(90))
    + " " * 90
    + "pass\n",
    "nested lambdas": "import keras\nf = " + "lambda: " * 80 + "1\nf" + "()" * 80 + "\n",
    "many assignments": "import keras\n" + "".join(f"x{number} = {number}\n" for number in range(50_000)),
    "many functions": "import keras\n"
    + "".join(f"def f{number}():\n    return f{number - 1}()\n" for number in range(5_000)),
    "many classes": "import keras\n" + "".join(f"class C{number}(keras.Model): pass\n" for number in range(2_000)),
    "long class chain": "import keras\nclass C0: pass\n"
    + "".join(f"class C{number}(C{number - 1}): pass\n" for number in range(1, 300))
    + "C299().method\n",
    "huge range": """\
import keras
for i in range(10**12):
    x = i
""",
    "huger range": """\
import keras
r = range(10**30)
len(r), list(r), r[5], 3 in r, sum(r), reversed(r)
for i in r: pass
""",
    "huge repetition": """\
import keras
x = 'a' * 10**12
y = [0] * 10**12
z = (0,) * 10**12
w = b'a' * 10**12
""",
    "huge power": """\
import keras
x = 10**10**10
y = 2**(2**200)
z = 1 << 10**12
w = 10.0**10**10
pow(10, 10**10)
""",
    "huge format": """\
import keras
f'{1:>999999999999}'
'{:>999999999999}'.format(1)
'%999999999999d' % 1
'a'.ljust(10**12)
'\\t'.expandtabs(10**10)
""",
    "huge join": """\
import keras
s = 'a' * 900000
t = s.join(['x'] * 900000)
u = s.replace('a', s)
""",
    "growing text": """\
import keras
s = 'ab'
for _ in range(200):
    s = f'{s}{s}' + s
    s = '{}{}'.format(s, s)
""",
    "growing list": """\
import keras
a = [1]
for _ in range(200):
    a = a + a
    a += a
    a.extend(a)
    a = [*a, *a]
""",
    "growing tuple": """\
import keras
t = (1,)
for _ in range(200):
    t = t + t
    t = (*t, *t)
    t *= 2
""",
    "growing nest": """\
import keras
t = (1,)
for _ in range(200):
    t = (t, t)
keras.Input(t)
print(t + t, t in [t], -len(t))
""",
    "growing list nest": """\
import keras
a = [1]
for _ in range(200):
    a = [a, a]
keras.layers.Add()(a)
keras.Model(a, a)
""",
    "list in itself": """\
import keras
a = []
a.append(a)
b = a == a
keras.layers.Add()(a)
keras.Input(a)
keras.Model(a, a)
""",
    "dict in itself": """\
import keras
d = {}
d['d'] = d
keras.Model(d, d)
keras.layers.Dense(1)(d)
import copy
copy.deepcopy(d)
""",
    "object in itself": """\
import keras
class A(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.me = self
    def call(self, x):
        return self.me(x)
A()(keras.Input((1,)))
""",
    "model in itself": """\
import keras
m = keras.Sequential()
m.add(m)
m.build((None, 3))
m(keras.Input((3,)))
""",
    "two models in each other": """\
import keras
a = keras.Sequential()
b = keras.Sequential([a])
a.add(b)
a(keras.Input((3,)))
""",
    "layer that makes layers": """\
import keras
class A(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.a = A()
        self.b = A()
A()
""",
    "exponential calls": """\
import keras
def f(n):
    if n:
        f(n - 1)
        f(n - 1)
f(40)
""",
    "exponential calls nobody makes": """\
import keras
def f(n=40):
    return f(n - 1), f(n - 1)
""",
    "exponential layers": """\
import keras
x = keras.Input((1,))
def f(x, n):
    return x if n == 0 else keras.layers.Add()([f(x, n - 1), f(x, n - 1)])
keras.Model(x, f(x, 30))
""",
    "exponential models": """\
import keras
m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
for _ in range(30):
    m = keras.Sequential([keras.Input((1,)), m, m])
""",
    "exponential branches": "import keras, unknown\na = []\n"
    + "if unknown.x:\n    a.append(1)\nelse:\n    a.append(2)\n" * 40,
    "exponential nested branches": "import keras, unknown\n"
    + "".join(" " * depth + f"if unknown.x{depth}:\n" + " " * depth + " x = 1\n" for depth in range(60)),
    "exponential early returns": "import keras, unknown\ndef f(a):\n"
    + "    if unknown.x:\n        return a\n    a = [a]\n" * 300
    + "f(1)\n",
    "exponential expressions": "import keras, unknown\nx = " + "(unknown.x and " * 40 + "1" + ")" * 40 + "\n"
    "y = " + "(1 if unknown.x else " * 40 + "1" + ")" * 40 + "\n",
    "exponential comprehension": "import keras\nx = [1" + " for a in range(1000)" * 8 + "]\n",
    "exponential product": """\
import keras, itertools
x = list(itertools.product(range(100), range(100), range(100), range(100)))
""",
    "exponential sizes": """\
import keras
x = keras.Input((None, None, None))
y = x.shape[1] + x.shape[2]
for _ in range(100):
    y = y * y
keras.layers.Reshape((y,))(x)
""",
    "deep model": """\
import keras
x = i = keras.Input((1,))
for _ in range(250):
    x = keras.layers.Dense(1)(x)
keras.Model(i, x)
""",
    "class that extends itself": """\
import keras
class A(A): pass
class B(C): pass
class C(B): pass
C().x
""",
    "class that becomes its own base": """\
import keras
class A: pass
class B(A): pass
A.__bases__ = (B,)
A.__mro__ = (B,)
B().x
""",
    "inconsistent bases": """\
import keras
class A: pass
class B(A): pass
class C(A, B): pass
C().x
class D(A, A): pass
D().x
""",
    "metaclass": """\
import keras
class M(type):
    def __call__(cls):
        raise ValueError
class A(metaclass=M): pass
A()
""",
    "decorator that raises": """\
import keras
def bad(f):
    raise ValueError
try:
    @bad
    def g(): pass
except ValueError:
    pass
""",
    "decorator that returns itself": """\
import keras
def d(f):
    return d
@d
@d
def g(): pass
g(g)(g)
""",
    "odd arguments": """\
import keras
keras.Input(None)
keras.Input(-1)
keras.Input((-3, 0))
keras.Input('abc')
keras.layers.Dense()
keras.layers.Dense('a')
keras.layers.Conv2D(3, -1)(1)
keras.Model()
keras.Model(1, 2)
keras.Sequential(5)
""",
    "shadowed names": """\
import keras
len = range = print = super = property = 1
len(2)
class A:
    @property
    def f(self): return super().g
A().f
""",
    "odd statements": """\
import keras
async def f():
    async with a as b:
        async for c in d:
            await e
def g():
    yield from g()
    x = yield
    del x
list(g())
global z
z: int
assert 0, z
""",
    "return outside": """\
import keras
class A:
    x = [y := 1]
    for i in range(3):
        locals()[i] = i
""",
}
