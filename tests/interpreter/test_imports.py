"""Imports within a project: the source of the module is read, and nothing is ever run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import run_files, shapes, sizes

PACKAGE = {"model.py": "", "pkg/__init__.py": "", "pkg/sizes.py": "WIDTH = 7\n_HIDDEN = 8\n"}


def test_a_name_of_a_file_beside_it(tmp_path: Path) -> None:
    done = run_files(
        tmp_path,
        {"model.py": "from keras import Input\nfrom sizes import WIDTH\nInput((WIDTH,))\n", "sizes.py": "WIDTH = 7\n"},
    )
    assert sizes(done) == [7]


def test_a_function_of_another_file_builds_the_model(tmp_path: Path) -> None:
    blocks = """
    from keras import layers
    def block(x, units):
        return layers.Dense(units, name="block")(x)
    """
    main = """
    from keras import Input, Model
    import blocks as b
    inputs = Input((4,), name="in")
    Model(inputs, b.block(inputs, 9))
    """
    done = run_files(tmp_path, {"model.py": main, "blocks.py": blocks})
    assert shapes(done) == {"in": "(None, 4)", "block": "(None, 9)"}


def test_a_node_made_in_another_file_names_both_places(tmp_path: Path) -> None:
    blocks = "from keras import layers\ndef block(x):\n    return layers.Dense(2)(x)\n"
    main = "from keras import Input\nfrom blocks import block\nblock(Input((4,)))\n"
    done = run_files(tmp_path, {"model.py": main, "blocks.py": blocks})
    (node,) = [node for _, node in done.nodes() if node.kind == "layer"]
    assert node.source is not None
    places = [(Path(span.file).name, span.line) for span in (node.source.span, *node.source.stack)]
    assert places == [("blocks.py", 3), ("model.py", 3)]


def test_a_module_of_a_package(tmp_path: Path) -> None:
    main = "from keras import Input\nimport pkg.sizes\nfrom pkg import sizes\nInput((pkg.sizes.WIDTH, sizes._HIDDEN))\n"
    assert sizes(run_files(tmp_path, {**PACKAGE, "model.py": main})) == [7, 8]


def test_a_package_gives_the_names_of_its_init(tmp_path: Path) -> None:
    given = {
        **PACKAGE,
        "pkg/__init__.py": "from .sizes import WIDTH as SIZE\n",
        "model.py": "import keras\nfrom pkg import SIZE\nkeras.Input((SIZE,))\n",
    }
    assert sizes(run_files(tmp_path, given)) == [7]


def test_a_relative_import_starts_from_the_files_own_package(tmp_path: Path) -> None:
    given = {
        "pkg/sub/model.py": "from keras import Input\nfrom ..sizes import WIDTH\nfrom . import near\n"
        "from .near import N as M\nInput((WIDTH, near.N, M))\n",
        "pkg/__init__.py": "",
        "pkg/sub/__init__.py": "",
        "pkg/sizes.py": "WIDTH = 7\n",
        "pkg/sub/near.py": "N = 3\n",
    }
    assert sizes(run_files(tmp_path, given)) == [7, 3, 3]


def test_an_absolute_import_starts_from_the_folder_that_holds_the_package(tmp_path: Path) -> None:
    given = {
        "pkg/model.py": "from keras import Input\nfrom pkg.sizes import WIDTH\nInput((WIDTH,))\n",
        "pkg/__init__.py": "",
        "pkg/sizes.py": "WIDTH = 7\n",
    }
    assert sizes(run_files(tmp_path, given)) == [7]


def test_a_star_import_brings_the_public_names(tmp_path: Path) -> None:
    main = "from keras import Input\n_HIDDEN = 1\nfrom pkg.sizes import *\nInput((WIDTH, _HIDDEN))\n"
    assert sizes(run_files(tmp_path, {**PACKAGE, "model.py": main})) == [7, 1]


def test_a_star_import_brings_what_all_names(tmp_path: Path) -> None:
    main = "from keras import Input\nM = 1\nfrom names import *\nInput((M, _N))\n"
    names = "__all__ = ['_N']\nM = 2\n_N = 3\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "names.py": names})) == [1, 3]


def test_a_star_import_of_keras_brings_its_names(tmp_path: Path) -> None:
    main = "from keras import *\nfrom keras.layers import *\nDense(3, name='d')(Input((4,), name='i'))\n"
    assert shapes(run_files(tmp_path, {"model.py": main})) == {"i": "(None, 4)", "d": "(None, 3)"}


def test_files_that_import_each_other_see_what_is_bound_so_far(tmp_path: Path) -> None:
    given = {
        "model.py": "from keras import Input\nimport a\nInput((a.A, a.B, a.LATE))\n",
        "a.py": "A = 1\nimport b\nB = b.B\nLATE = 3\n",
        "b.py": "import a\nB = a.A + 1\n",
    }
    assert sizes(run_files(tmp_path, given)) == [1, 2, 3]


def test_what_either_branch_imports_from_one_place_is_one_thing(tmp_path: Path) -> None:
    main = """
    import sys
    from keras import Input
    if len(sys.argv) > 1:
        from sizes import width
        Input((width(),))
    else:
        from sizes import width
    Input((width(),))
    """
    done = run_files(tmp_path, {"model.py": main, "sizes.py": "def width():\n    return 7\n"})
    assert sizes(done) == [7]


def test_a_function_is_what_it_was_when_it_was_imported_whoever_binds_its_name_anew(tmp_path: Path) -> None:
    main = """
    from keras import Input
    import sizes
    from sizes import width
    sizes.width = lambda: 8
    Input((width(), sizes.width()))
    """
    done = run_files(tmp_path, {"model.py": main, "sizes.py": "def width():\n    return 7\n"})
    assert sizes(done) == [7, 8]


def test_a_module_is_interpreted_once(tmp_path: Path) -> None:
    given = {
        "model.py": "from keras import Input\nimport a, b\nfrom c import seen\nInput((len(seen),))\n",
        "a.py": "from c import seen\nseen.append(1)\n",
        "b.py": "from c import seen\nseen.append(1)\n",
        "c.py": "seen = []\n",
    }
    assert sizes(run_files(tmp_path, given)) == [2]


def test_an_imported_files_main_guard_does_not_hold(tmp_path: Path) -> None:
    given = {
        "model.py": "from keras import Input\nfrom a import N\nInput((N,))\n",
        "a.py": "N = 1\nif __name__ == '__main__':\n    N = 2\n",
    }
    assert sizes(run_files(tmp_path, given)) == [1]


def test_a_module_whose_import_would_delete_files_is_read_and_never_run(tmp_path: Path) -> None:
    wipe = """
    import os, shutil, subprocess, pathlib
    here = os.path.dirname(os.path.abspath(__file__))
    os.remove(os.path.join(here, "precious.txt"))
    pathlib.Path(here, "precious.txt").unlink()
    subprocess.run(["touch", os.path.join(here, "proof")])
    open(os.path.join(here, "proof"), "w").close()
    eval("open('proof', 'w')")
    exec("import os; os.remove('precious.txt')")
    shutil.rmtree(here)
    N = 5
    """
    (tmp_path / "precious.txt").write_text("kept")
    done = run_files(
        tmp_path, {"model.py": "from keras import Input\nfrom wipe import N\nInput((N,))\n", "wipe.py": wipe}
    )
    assert sizes(done) == [5]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.py", "precious.txt", "wipe.py"]


def test_a_module_that_is_nowhere_is_unknown(tmp_path: Path) -> None:
    main = "from keras import Input\nfrom nowhere_at_all import N\nimport also.nowhere\nInput((N, also.nowhere.M, 3))\n"
    assert sizes(run_files(tmp_path, {"model.py": main})) == ["?", "?", 3]


def test_a_module_with_a_syntax_error_is_unknown(tmp_path: Path) -> None:
    given = {"model.py": "from keras import Input\nfrom broken import N\nInput((N, 3))\n", "broken.py": "N = = 1\n"}
    assert sizes(run_files(tmp_path, given)) == ["?", 3]


def test_the_name_of_a_standard_module_is_not_taken_for_a_file_beside_it(tmp_path: Path) -> None:
    given = {"model.py": "from keras import Input\nimport math\nInput((math.ceil(2.5),))\n", "math.py": "ceil = 7\n"}
    assert sizes(run_files(tmp_path, given)) == [3]


def test_an_import_within_a_function_is_followed(tmp_path: Path) -> None:
    main = "import keras\ndef f():\n    from pkg.sizes import WIDTH\n    return WIDTH\nkeras.Input((f(),))\n"
    assert sizes(run_files(tmp_path, {**PACKAGE, "model.py": main})) == [7]


def test_a_class_of_another_file_is_extended(tmp_path: Path) -> None:
    given = {
        "model.py": "import keras\nfrom base import Base\nclass Net(Base):\n    def size(self):\n"
        "        return 2 * super().size()\nkeras.Input((Net().size(),))\n",
        "base.py": "class Base:\n    def size(self):\n        return 4\n",
    }
    assert sizes(run_files(tmp_path, given)) == [8]


REGISTRY = """
class Registry:
    def __init__(self):
        self.entries = {}
    def register(self, name):
        def keep(function):
            self.entries[name] = function
            return function
        return keep
sizes = Registry()
@sizes.register("narrow")
def narrow():
    return 3
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sizes.entries['narrow']()", 3),
        ("sizes.entries['wide']()", "?"),
        ("sizes.entries.get('wide', narrow)()", "?"),
        ("sizes.entries.pop('wide', narrow)()", "?"),
        ("sizes.entries.pop('wide')()", "?"),
        ("sizes.entries.setdefault('wide', narrow)()", "?"),
        ("7 if 'wide' in sizes.entries else 3", "?"),
        ("7 if 'narrow' in sizes.entries else 3", 7),
        ("{'narrow': 3}.get('wide', 7)", 7),
    ],
)
def test_a_table_that_an_import_fills_may_have_entries_of_files_that_nobody_read(
    tmp_path: Path, expression: str, expected: int | str
) -> None:
    main = f"from keras import Input\nfrom registry import narrow, sizes\nInput(({expression},))\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "registry.py": REGISTRY})) == [expected]


def test_a_module_has_the_names_that_it_imports_with_a_star(tmp_path: Path) -> None:
    files = {
        "net.py": """
        import keras
        import functional
        inputs = keras.Input((4, 6))
        outputs = keras.layers.Lambda(lambda x: functional.reduce_mean(x, axis=1), name="mean")(inputs)
        """,
        "functional.py": "from tensorflow.nn import *\nfrom tensorflow.math import *\n",
    }
    assert shapes(run_files(tmp_path, files))["mean"] == "(None, 6)"
