"""Code that is broken, careless or means harm: none of it hangs, writes, or makes kerascheck fail.

Each target first builds the model ``net``, unless it says otherwise, and then does what its name says. All of them run
in one process, each in a fork, beside files that must be the same afterwards.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kerascheck.tracer.request import Request, TargetKind

from .forked import Ended, run_all

pytestmark = pytest.mark.tensorflow

NET = """\
import keras
inputs = keras.Input((4,))
model = keras.Model(inputs, keras.layers.Dense(2)(inputs), name="net")
"""
LINES = NET.count("\n")

PRECIOUS = {"precious.txt": "old", "trained.keras": "trained", "data/one.csv": "1,2"}


@dataclass(frozen=True)
class Hostile:
    """One target: what it does behind ``net``, and how that is told.

    Attributes:
        ending: how it ends.
        sentence: what is told, behind the file's name; where there is a line, behind that.
        line: the line, counted behind ``net``.
        models: what is reported.
        notes: what is told beside it.
        seconds: the time limit.
        memory: the memory limit.
    """

    code: str
    ending: str
    sentence: str = ""
    line: int | None = None
    models: tuple[str, ...] = ("net",)
    notes: tuple[str, ...] = ()
    seconds: float = 20.0
    memory: int = 4096
    net: bool = True
    options: dict[str, object] = field(default_factory=dict)

    def text(self) -> str:
        return (NET if self.net else "") + textwrap.dedent(self.code).lstrip("\n")


TOLD = " without --unsafe"
DIED = "the traced process died of {} while it ran your code"
ENDED = "the traced process ended with exit code {} while it ran your code"

TARGETS: dict[str, Hostile] = {
    # What ends the process.
    "dies of a bad address": Hostile("import ctypes\nctypes.string_at(0)", "lost", DIED.format("SIGSEGV"), 2),
    "dies before it has built anything": Hostile(
        "import ctypes\nctypes.string_at(0)", "lost", DIED.format("SIGSEGV"), 2 - LINES, models=(), net=False
    ),
    "aborts": Hostile("import os\nos.abort()", "lost", DIED.format("SIGABRT"), 2),
    "kills itself": Hostile("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "lost", DIED.format("SIGKILL")),
    "kills its process group": Hostile("import os\nos.killpg(0, 9)", "lost", DIED.format("SIGKILL")),
    "leaves without a word": Hostile("import os\nos._exit(0)", "lost", ENDED.format(0)),
    "leaves in the line that builds": Hostile(
        "import os; keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], name='late'); os._exit(7)",
        "lost",
        ENDED.format(7),
        models=("net", "late"),
    ),
    "overflows the stack of C": Hostile(
        """
        import sys
        sys.setrecursionlimit(10**8)
        class Endless:
            def __getattr__(self, name):
                return getattr(self, name + "x")
        Endless().a
        """,
        "lost",
        DIED.format("SIGSEGV"),
    ),
    "dies in a thread": Hostile(
        """
        import ctypes, threading
        thread = threading.Thread(target=ctypes.string_at, args=(0,))
        thread.start()
        thread.join()
        """,
        "lost",
        DIED.format("SIGSEGV"),
    ),
    # Where the tests run in the background, the signal is ignored unless the program asks for it.
    "interrupts itself": Hostile(
        "import os, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.kill(os.getpid(), signal.SIGINT)",
        "crashed",
        "KeyboardInterrupt",
        3,
    ),
    "raises what is no exception": Hostile("raise GeneratorExit", "crashed", "GeneratorExit", 1),
    "exits with a text": Hostile("raise SystemExit('done')", "finished"),
    # What never ends.
    "loops": Hostile("while True:\n    pass", "timeout", seconds=1.0),
    "loops and catches everything": Hostile(
        """
        import time
        while True:
            try:
                time.sleep(0.01)
            except BaseException:
                pass
        """,
        "timeout",
        seconds=1.0,
    ),
    "loops in C": Hostile("import itertools\nsum(itertools.repeat(0))", "timeout", line=2, seconds=1.0),
    "matches for ever": Hostile("import re\nre.match('(a+)+$', 'a' * 50 + 'b')", "timeout", seconds=1.0),
    "takes over every signal": Hostile(
        """
        import signal
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            pass
        """,
        "timeout",
        seconds=1.0,
    ),
    "waits for a lock": Hostile(
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", "timeout", line=4, seconds=1.0
    ),
    "leaves threads behind": Hostile(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()", "finished"
    ),
    "hangs at its exit": Hostile("import atexit, time\natexit.register(time.sleep, 1000)", "finished"),
    "asks a question": Hostile("input('really? ')", "crashed", "EOFError: EOF when reading a line", 1),
    "splits off without end": Hostile(
        """
        import os
        while True:
            os.fork()
        """,
        "crashed",
        "the code would have split off more than 64 processes, which is refused" + TOLD,
        3,
    ),
    "lives on in another process": Hostile(
        """
        import os, time
        if not os.fork():
            os.setsid()
            time.sleep(1000)
        """,
        "finished",
    ),
    "recurses": Hostile(
        "def again():\n    again()\nagain()", "crashed", "RecursionError: maximum recursion depth exceeded", 2
    ),
    # What takes too much.
    "takes all memory": Hostile(
        "import numpy\nnumpy.ones((1 << 34,))",
        "crashed",
        "needs more than 4096 MiB of memory (--memory-limit): MemoryError: Unable to allocate 128. GiB for an "
        "array with shape (17179869184,) and data type float64",
        2,
    ),
    "takes memory bit by bit": Hostile(
        "kept = []\nwhile True:\n    kept.append(bytearray(1 << 24))",
        "crashed",
        "needs more than 2048 MiB of memory (--memory-limit): MemoryError",
        3,
        memory=2048,
    ),
    "prints without end": Hostile("while True:\n    print('x' * 10_000)", "timeout", seconds=1.0),
    # What it leaves undone.
    "misses a module": Hostile(
        "import no_such_module", "crashed", "ModuleNotFoundError: No module named 'no_such_module'", 1
    ),
    "misses its data": Hostile(
        "open('data/train.csv')",
        "crashed",
        "FileNotFoundError: [Errno 2] No such file or directory: 'data/train.csv'",
        1,
    ),
    "is not Python": Hostile("def broken(:", "crashed", "SyntaxError: invalid syntax", 1, models=()),
    "fails while it makes a model": Hostile(
        """
        class Half(keras.Model):
            def __init__(self):
                raise ValueError("half made")
        Half()
        """,
        "crashed",
        "ValueError: half made",
        3,
    ),
    "fails in a way that fails": Hostile(
        """
        class Rude(Exception):
            def __str__(self):
                raise RuntimeError
        raise Rude
        """,
        "crashed",
        "Rude",
        4,
    ),
    # What it does to files.
    "writes over what is there": Hostile(
        """
        for name in ("precious.txt", "trained.keras"):
            with open(name, "w") as file:
                file.write("new")
            assert open(name).read() == "new"
        """,
        "finished",
    ),
    "removes all": Hostile(
        "import os, shutil\nshutil.rmtree('data')\nos.remove('precious.txt')\nassert not os.path.exists('data')",
        "finished",
    ),
    "renames and reads back": Hostile(
        """
        import os
        os.makedirs("runs/1", exist_ok=True)
        os.rename("precious.txt", "runs/1/moved.txt")
        assert open("runs/1/moved.txt").read() == "old" and os.listdir("runs") == ["1"]
        assert not os.path.exists("precious.txt")
        """,
        "finished",
    ),
    "saves over a trained model": Hostile(
        "model.save('trained.keras')\nassert keras.models.load_model('trained.keras') is model",
        "finished",
        notes=("did not run save('trained.keras'): no file is written (--unsafe writes it)",),
    ),
    "writes through C": Hostile(
        """
        import ctypes
        library = ctypes.CDLL(None)
        assert library.creat(b"precious.txt", 0o644) == -1
        assert library.unlink(b"precious.txt") == -1
        assert library.rename(b"precious.txt", b"other.txt") == -1
        """,
        "finished",
    ),
    "writes through TensorFlow": Hostile(
        """
        import tensorflow as tf
        tf.io.write_file("precious.txt", "new")
        with tf.io.gfile.GFile("data/one.csv", "w") as file:
            file.write("new")
        assert tf.io.gfile.GFile("data/one.csv").read() == "new"
        tf.saved_model.save(tf.Module(), "data")
        """,
        "finished",
        notes=("did not run tf.saved_model.save('data'): no file is written (--unsafe writes it)",),
    ),
    "deletes its own file": Hostile(
        "import os\nos.remove(__file__)\nraise KeyError('gone')", "crashed", "KeyError: 'gone'", 3
    ),
    "starts a program": Hostile(
        "import subprocess\nsubprocess.run(['touch', 'precious.txt'])",
        "crashed",
        "the code would have started the program touch, which is refused" + TOLD,
        2,
    ),
    "starts a shell in spite of that": Hostile(
        """
        import os
        try:
            os.system("echo new > precious.txt")
        except PermissionError:
            pass
        """,
        "finished",
    ),
    "uses the network": Hostile(
        "import urllib.request\nurllib.request.urlopen('http://example.com/data.csv')",
        "crashed",
        "the code would have used the network (example.com), which is refused" + TOLD,
        2,
    ),
    "downloads a file": Hostile(
        "keras.utils.get_file('a.zip', 'https://example.com/a.zip')",
        "stopped",
        "the code was ended at target.py:4, at get_file(), which would have downloaded https://example.com/a.zip",
    ),
    # What it does to the interpreter.
    "goes elsewhere": Hostile("import os\nos.chdir('/')\nraise KeyError('away')", "crashed", "KeyError: 'away'", 3),
    "closes its streams": Hostile(
        "import os, sys\nsys.stdout.close()\nsys.stderr.close()\nos.closerange(0, 400)", "finished"
    ),
    "breaks json": Hostile("import json\njson.dumps = json.loads = json.JSONEncoder = None", "finished"),
    "breaks the builtins": Hostile(
        "import builtins\nbuiltins.isinstance = builtins.len = builtins.open = builtins.getattr = None", "finished"
    ),
    "breaks os": Hostile("import os\nos.open = os.write = os.replace = os._exit = os.getpid = None", "finished"),
    "forgets all modules": Hostile("import sys\nsys.modules.clear()", "finished"),
    "leaves no depth": Hostile("import sys\nsys.setrecursionlimit(60)", "finished"),
    "traces itself": Hostile(
        """
        import sys
        def tracer(frame, event, argument):
            raise RuntimeError(event)
        sys.setprofile(None)
        sys.settrace(lambda *_: None)
        """,
        "finished",
    ),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Ended, Path]]:
    """How each target ended, and the folder it ran in."""
    jobs = []
    for number, hostile in enumerate(TARGETS.values()):
        folder = tmp_path_factory.mktemp(f"hostile{number}") / "work"
        for name, text in {**PRECIOUS, "target.py": hostile.text()}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        request = Request("target.py", TargetKind.SCRIPT, seconds=hostile.seconds, memory=hostile.memory)
        jobs.append((folder, request))
    done = run_all(jobs)
    return {name: (how, folder) for name, how, (folder, _) in zip(TARGETS, done, jobs, strict=True)}


@pytest.mark.parametrize("name", TARGETS)
def test_it_is_told_in_one_sentence_and_what_was_built_is_reported(
    name: str, ended: dict[str, tuple[Ended, Path]]
) -> None:
    hostile, (how, _) = TARGETS[name], ended[name]
    outcome = how.outcome
    line = None if hostile.line is None else hostile.line + LINES
    if hostile.ending == "timeout":
        sentence = f"target.py was stopped after {hostile.seconds:g} s (--timeout)"
        assert outcome.sentence.startswith(sentence if line is None else f"{sentence}, at target.py:{line}")
    elif hostile.ending == "stopped" or not hostile.sentence:
        assert outcome.sentence == hostile.sentence
    else:
        where, _, told = outcome.sentence.partition(": ")
        assert told == hostile.sentence
        assert where in (("target.py",) if line is None else (f"target.py:{line}",)) or line is None
    assert (outcome.ending, how.models, outcome.notes) == (hostile.ending, hostile.models, hostile.notes)


@pytest.mark.parametrize("name", TARGETS)
def test_it_neither_writes_nor_hangs_nor_shows_a_traceback(name: str, ended: dict[str, tuple[Ended, Path]]) -> None:
    hostile, (how, folder) = TARGETS[name], ended[name]
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    expected = {**PRECIOUS, "target.py": hostile.text()}
    assert {file: path.read_text(encoding="utf-8") for file, path in files.items()} == expected
    assert "kerascheck/" not in how.printed
    assert how.seconds < hostile.seconds + 30


def test_there_are_forty_of_them() -> None:
    assert len(TARGETS) >= 40
