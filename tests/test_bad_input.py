"""Bad and hostile input: each ends within seconds with a clear outcome, and nothing of it is ever run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = "good.py"
MISTAKE = "import keras\nkeras.layers.Reshape((3,))(keras.Input((4,)))\n"
"""What lies beside the bad file: it must be checked whatever its neighbour does."""
FOUND = "good.py:2:1: KC108 [reshape-mismatch] cannot reshape (None, 4) to (3,): a sample has 4 elements"
SECONDS = 60
"""Far above what any of them takes, so that only an analysis that hangs is caught."""


class Finished:
    """How the command ended."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.findings = done.stdout.splitlines()
        self.err = done.stderr


Check = Callable[..., Finished]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs kerascheck in a folder of its own, in a process of its own."""

    def run(*paths: str) -> Finished:
        (tmp_path / GOOD).write_text(MISTAKE)
        command = [sys.executable, "-m", "kerascheck", "--output-format", "concise", *paths]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
        return Finished(
            subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        )

    return run


def assert_only_the_mistake(done: Finished) -> None:
    assert (done.code, done.findings) == (1, [FOUND])
    assert "Traceback" not in done.err


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


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_checked(
    name: str, check: Check, tmp_path: Path
) -> None:
    content, finding = UNREADABLE[name]
    (tmp_path / name).write_bytes(content)
    done = check(".")
    told = [line for line in done.findings if line.startswith(name)]
    assert (len(told), told[0][: len(finding)]) == (1, finding)
    assert [line for line in done.findings if line not in told] == [FOUND]
    assert done.code == (2 if "unreadable-file" in finding else 1)
    assert "Traceback" not in done.err


HARMLESS = {
    "empty": "",
    "comment": "# nothing\n",
    "byte order mark": "\ufeffimport keras\n",
    "no line feed at the end": "import keras",
    "carriage returns": "import keras\r\nx = 1\r\n",
    "form feed": "import keras\n\x0cx = 1\n",
    "endless loop": "import keras\nwhile True: pass\nkeras.Input((1,))\n",
    "endless loop with work": "import keras\nn = 0\nwhile True:\n    n += 1\n",
    "endless iterator": "import keras, itertools\nfor i in itertools.count():\n    x = i\n",
    "endless generator": "import keras\ndef g():\n    while True:\n        yield 1\nfor x in g():\n    pass\n",
    "endless recursion": "import keras\ndef f(n):\n    return f(n + 1)\nf(0)\n",
    "mutual recursion": "import keras\ndef f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nf(1)\n",
    "recursive property": "import keras\nclass A:\n    @property\n    def a(self):\n        return self.a\nA().a\n",
    "recursive getattr": "import keras\nclass A:\n    def __getattr__(self, n):\n        return getattr(self, n)\nA().b\n",
    "recursive init": "import keras\nclass A:\n    def __init__(self):\n        self.a = A()\nA()\n",
    "recursive default": "import keras\nf = lambda g=None: (g or f)(f)\nf()\n",
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
    "many functions": "import keras\n" + "".join(f"def f{number}():\n    return f{number - 1}()\n" for number in range(5_000)),
    "many classes": "import keras\n" + "".join(f"class C{number}(keras.Model): pass\n" for number in range(2_000)),
    "long class chain": "import keras\nclass C0: pass\n"
    + "".join(f"class C{number}(C{number - 1}): pass\n" for number in range(1, 300))
    + "C299().method\n",
    "huge range": "import keras\nfor i in range(10**12):\n    x = i\n",
    "huger range": "import keras\nr = range(10**30)\nlen(r), list(r), r[5], 3 in r, sum(r), reversed(r)\nfor i in r: pass\n",
    "huge repetition": "import keras\nx = 'a' * 10**12\ny = [0] * 10**12\nz = (0,) * 10**12\nw = b'a' * 10**12\n",
    "huge power": "import keras\nx = 10**10**10\ny = 2**(2**200)\nz = 1 << 10**12\nw = 10.0**10**10\npow(10, 10**10)\n",
    "huge format": "import keras\nf'{1:>999999999999}'\n'{:>999999999999}'.format(1)\n'%999999999999d' % 1\n"
    "'a'.ljust(10**12)\n'\\t'.expandtabs(10**10)\n",
    "huge join": "import keras\ns = 'a' * 900000\nt = s.join(['x'] * 900000)\nu = s.replace('a', s)\n",
    "growing text": "import keras\ns = 'ab'\nfor _ in range(200):\n    s = f'{s}{s}' + s\n    s = '{}{}'.format(s, s)\n",
    "growing list": "import keras\na = [1]\nfor _ in range(200):\n    a = a + a\n    a += a\n    a.extend(a)\n    a = [*a, *a]\n",
    "growing tuple": "import keras\nt = (1,)\nfor _ in range(200):\n    t = t + t\n    t = (*t, *t)\n    t *= 2\n",
    "growing nest": "import keras\nt = (1,)\nfor _ in range(200):\n    t = (t, t)\nkeras.Input(t)\nprint(t + t, t in [t], -len(t))\n",
    "growing list nest": "import keras\na = [1]\nfor _ in range(200):\n    a = [a, a]\nkeras.layers.Add()(a)\nkeras.Model(a, a)\n",
    "list in itself": "import keras\na = []\na.append(a)\nb = a == a\nkeras.layers.Add()(a)\nkeras.Input(a)\nkeras.Model(a, a)\n",
    "dict in itself": "import keras\nd = {}\nd['d'] = d\nkeras.Model(d, d)\nkeras.layers.Dense(1)(d)\nimport copy\ncopy.deepcopy(d)\n",
    "object in itself": "import keras\nclass A(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.me = self\n    def call(self, x):\n        return self.me(x)\nA()(keras.Input((1,)))\n",
    "model in itself": "import keras\nm = keras.Sequential()\nm.add(m)\nm.build((None, 3))\nm(keras.Input((3,)))\n",
    "two models in each other": "import keras\na = keras.Sequential()\nb = keras.Sequential([a])\na.add(b)\na(keras.Input((3,)))\n",
    "layer that makes layers": "import keras\nclass A(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.a = A()\n        self.b = A()\nA()\n",
    "exponential calls": "import keras\ndef f(n):\n    if n:\n        f(n - 1)\n        f(n - 1)\nf(40)\n",
    "exponential calls nobody makes": "import keras\ndef f(n=40):\n    return f(n - 1), f(n - 1)\n",
    "exponential layers": "import keras\nx = keras.Input((1,))\ndef f(x, n):\n    return x if n == 0 else keras.layers.Add()([f(x, n - 1), f(x, n - 1)])\n"
    "keras.Model(x, f(x, 30))\n",
    "exponential models": "import keras\nm = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
    "for _ in range(30):\n    m = keras.Sequential([keras.Input((1,)), m, m])\n",
    "exponential branches": "import keras, unknown\na = []\n" + "if unknown.x:\n    a.append(1)\nelse:\n    a.append(2)\n" * 40,
    "exponential nested branches": "import keras, unknown\n"
    + "".join(" " * depth + f"if unknown.x{depth}:\n" + " " * depth + " x = 1\n" for depth in range(60)),
    "exponential early returns": "import keras, unknown\ndef f(a):\n" + "    if unknown.x:\n        return a\n    a = [a]\n" * 300 + "f(1)\n",
    "exponential expressions": "import keras, unknown\nx = " + "(unknown.x and " * 40 + "1" + ")" * 40 + "\n"
    "y = " + "(1 if unknown.x else " * 40 + "1" + ")" * 40 + "\n",
    "exponential comprehension": "import keras\nx = [1" + " for a in range(1000)" * 8 + "]\n",
    "exponential product": "import keras, itertools\nx = list(itertools.product(range(100), range(100), range(100), range(100)))\n",
    "exponential sizes": "import keras\nx = keras.Input((None, None, None))\ny = x.shape[1] + x.shape[2]\n"
    "for _ in range(100):\n    y = y * y\nkeras.layers.Reshape((y,))(x)\n",
    "deep model": "import keras\nx = i = keras.Input((1,))\nfor _ in range(250):\n    x = keras.layers.Dense(1)(x)\nkeras.Model(i, x)\n",
    "class that extends itself": "import keras\nclass A(A): pass\nclass B(C): pass\nclass C(B): pass\nC().x\n",
    "class that becomes its own base": "import keras\nclass A: pass\nclass B(A): pass\nA.__bases__ = (B,)\nA.__mro__ = (B,)\nB().x\n",
    "inconsistent bases": "import keras\nclass A: pass\nclass B(A): pass\nclass C(A, B): pass\nC().x\nclass D(A, A): pass\nD().x\n",
    "metaclass": "import keras\nclass M(type):\n    def __call__(cls):\n        raise ValueError\nclass A(metaclass=M): pass\nA()\n",
    "decorator that raises": "import keras\ndef bad(f):\n    raise ValueError\ntry:\n    @bad\n    def g(): pass\nexcept ValueError:\n    pass\n",
    "decorator that returns itself": "import keras\ndef d(f):\n    return d\n@d\n@d\ndef g(): pass\ng(g)(g)\n",
    "odd arguments": "import keras\nkeras.Input(None)\nkeras.Input(-1)\nkeras.Input((-3, 0))\nkeras.Input('abc')\nkeras.layers.Dense()\n"
    "keras.layers.Dense('a')\nkeras.layers.Conv2D(3, -1)(1)\nkeras.Model()\nkeras.Model(1, 2)\nkeras.Sequential(5)\n",
    "shadowed names": "import keras\nlen = range = print = super = property = 1\nlen(2)\nclass A:\n    @property\n    def f(self): return super().g\nA().f\n",
    "odd statements": "import keras\nasync def f():\n    async with a as b:\n        async for c in d:\n            await e\n"
    "def g():\n    yield from g()\n    x = yield\n    del x\nlist(g())\nglobal z\nz: int\nassert 0, z\n",
    "return outside": "import keras\nclass A:\n    x = [y := 1]\n    for i in range(3):\n        locals()[i] = i\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Finished]:
    """Checks each hostile program beside a good file."""

    def run(name: str) -> Finished:
        folder = tmp_path_factory.mktemp("bad")
        (folder / "bad.py").write_text(HARMLESS[name], encoding="utf-8", newline="")
        (folder / GOOD).write_text(MISTAKE)
        command = [
            sys.executable,
            "-m",
            "kerascheck",
            "--output-format",
            "concise",
            "--select",
            "KC001,KC002,KC108",
            ".",
        ]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
        return Finished(
            subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        )

    return run


@pytest.mark.parametrize("name", HARMLESS)
def test_a_hostile_program_ends_and_the_others_are_checked(name: str, checked: Callable[[str], Finished]) -> None:
    done = checked(name)
    assert (done.code, done.findings) == (1, [FOUND])
    assert "Traceback" not in done.err
    assert "internal" not in done.err


def test_a_path_that_is_missing_is_exit_2(check: Check) -> None:
    done = check("nowhere.py")
    assert (done.code, done.findings) == (2, [])
    assert "nowhere.py" in done.err


def test_a_folder_without_python_is_clean(check: Check, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("x = = 1")
    done = check("empty")
    assert (done.code, done.findings) == (0, [])


def test_a_folder_named_like_a_module_is_looked_through(check: Check, tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder.py" / "a.py").write_text(MISTAKE)
    assert check("folder.py").code == 1


def test_a_link_to_nowhere_is_a_finding_and_the_others_are_checked(check: Check, tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to(tmp_path / "nowhere.py")
    done = check(".")
    assert FOUND in done.findings
    assert "Traceback" not in done.err


def test_folders_that_link_to_each_other_end(check: Check, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    done = check(".")
    assert done.findings == [FOUND]


def test_a_program_that_would_delete_files_is_never_run(check: Check, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("kept")
    (tmp_path / "wipe.py").write_text(
        "import keras, os, shutil, subprocess, sys\n"
        "os.remove('precious.txt')\nshutil.rmtree('.')\nopen('proof', 'w').write('ran')\n"
        "subprocess.run(['touch', 'proof'])\nos.system('touch proof')\nexec(\"open('proof', 'w')\")\n"
        "__import__('os').remove('precious.txt')\nsys.exit(3)\n"
    )
    (tmp_path / "imports.py").write_text("import keras\nimport wipe\nfrom wipe import *\n")
    (tmp_path / "conftest.py").write_text("import os\nos.remove('precious.txt')\n")
    (tmp_path / "sitecustomize.py").write_text("import keras\n")
    assert_only_the_mistake(check("."))
    assert (tmp_path / "precious.txt").read_text() == "kept"
    assert not (tmp_path / "proof").exists()


def test_a_project_file_that_is_no_toml_is_exit_2(check: Check, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.kerascheck\n")
    done = check(".")
    assert done.code == 2
    assert "pyproject.toml" in done.err
    assert "Traceback" not in done.err
