"""Other people's packages: read where they are installed, only as far as they are asked, and never judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck import check_paths
from kerascheck.program import Program
from tests.interpreter.support import run_files, shapes, sizes

SITE = ".venv/lib/python3.11/site-packages"
BLOCK = """
from keras import layers
def block(x, units):
    return layers.Dense(units, name="block")(x)
"""
USES_BLOCK = """
from keras import Input, Model
from netlib import block
inputs = Input((4,), name="in")
Model(inputs, block(inputs, 9))
"""


def project(folder: Path, main: str, package: dict[str, str]) -> Program:
    """A project with an environment of its own in which a package is installed."""
    files = {"model.py": main, "pyproject.toml": ""}
    return run_files(folder, files | {f"{SITE}/{name}": text for name, text in package.items()})


def test_a_package_in_the_projects_environment_is_read(tmp_path: Path) -> None:
    done = project(tmp_path, USES_BLOCK, {"netlib/__init__.py": BLOCK})
    assert shapes(done) == {"in": "(None, 4)", "block": "(None, 9)"}


def test_a_package_on_the_python_path_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "there"))
    done = run_files(tmp_path / "here", {"model.py": USES_BLOCK, "../there/netlib.py": BLOCK})
    assert shapes(done)["block"] == "(None, 9)"


def test_a_package_that_has_nothing_to_do_with_keras_is_not(tmp_path: Path) -> None:
    done = project(
        tmp_path, "import keras\nfrom plain import SIZE\nkeras.Input((SIZE,))\n", {"plain/__init__.py": "SIZE = 7\n"}
    )
    assert sizes(done) == ["?"]


def test_its_metadata_tells_what_a_package_is_built_on(tmp_path: Path) -> None:
    installed = {
        "plain/__init__.py": "SIZE = 7\n",
        "plain-1.0.dist-info/METADATA": "Name: plain\nRequires-Dist: numpy\nRequires-Dist: tensorflow>=2.16\n",
    }
    done = project(tmp_path, "import keras\nfrom plain import SIZE\nkeras.Input((SIZE,))\n", installed)
    assert sizes(done) == [7]


def test_without_the_package_what_it_gives_is_unknown(tmp_path: Path) -> None:
    done = run_files(tmp_path, {"model.py": USES_BLOCK})
    assert shapes(done) == {"in": "(None, 4)"}


def test_an_export_tree_leads_to_the_definition(tmp_path: Path) -> None:
    package = {
        "netlib/__init__.py": "from netlib import layers as layers\n",
        "netlib/layers/__init__.py": "from netlib.src.block import block as block\n",
        "netlib/src/block.py": BLOCK,
        "netlib-1.0.dist-info/METADATA": "Requires-Dist: keras\n",
    }
    main = USES_BLOCK.replace("from netlib import block", "import netlib").replace("block(", "netlib.layers.block(")
    assert shapes(project(tmp_path, main, package))["block"] == "(None, 9)"


def test_a_module_that_finds_its_names_itself(tmp_path: Path) -> None:
    package = {
        "netlib/__init__.py": "from . import src\nimport keras\ndef __getattr__(name):\n    return src.block\n",
        "netlib/src.py": BLOCK,
    }
    assert shapes(project(tmp_path, USES_BLOCK, package))["block"] == "(None, 9)"


def test_an_exporting_decorator_changes_nothing(tmp_path: Path) -> None:
    export = """
    from keras.saving import register_keras_serializable
    class export:
        def __init__(self, path):
            self.path = path
        def __call__(self, symbol):
            register_keras_serializable()(symbol)
            return symbol
    """
    package = {
        "netlib/export.py": export,
        "netlib/__init__.py": "from .export import export\nfrom keras import layers\n@export('netlib.block')\n"
        + "def block(x, units):\n    return layers.Dense(units, name='block')(x)\n",
    }
    assert shapes(project(tmp_path, USES_BLOCK, package))["block"] == "(None, 9)"


def test_only_what_is_reached_is_read(tmp_path: Path) -> None:
    package = {"netlib/__init__.py": "raise RuntimeError\nfrom .broken import other\n" + BLOCK, "netlib/broken.py": "("}
    assert shapes(project(tmp_path, USES_BLOCK, package))["block"] == "(None, 9)"


def test_a_name_that_is_bound_twice_is_what_it_was_bound_to_last(tmp_path: Path) -> None:
    package = {"netlib.py": "import keras\nSIZE = 3\nTWICE = SIZE * 2\nSIZE = 4\n"}
    main = "import keras\nfrom netlib import SIZE, TWICE\nkeras.Input((TWICE, SIZE))\n"
    assert sizes(project(tmp_path, main, package)) == [6, 4]


def test_what_is_done_to_a_name_after_it_was_bound_counts(tmp_path: Path) -> None:
    package = {"netlib.py": "import keras\nSIZES = {'a': 1}\nSIZES.update(b=2)\nSIZES['c'] = 3\n"}
    main = "import keras\nfrom netlib import SIZES\nkeras.Input((SIZES['a'], SIZES['b'], SIZES['c']))\n"
    assert sizes(project(tmp_path, main, package)) == [1, 2, 3]


def test_a_registry_that_functions_fill_is_not_known(tmp_path: Path) -> None:
    package = {
        "netlib/__init__.py": "import keras\nfrom .registry import SIZES\n",
        "netlib/registry.py": "SIZES = {}\ndef register(name, size):\n    SIZES[name] = size\n",
    }
    main = "import keras\nfrom netlib import SIZES\nkeras.Input((SIZES['a'],))\n"
    assert sizes(project(tmp_path, main, package)) == ["?"]


def test_what_a_branch_asks_for_first_is_there_after_it(tmp_path: Path) -> None:
    main = """
    import sys
    from keras import Input, Model
    import netlib
    inputs = Input((4,), name="in")
    if len(sys.argv) > 1:
        netlib.block(inputs, 2)
    Model(inputs, netlib.block(inputs, 9))
    """
    done = project(tmp_path, main, {"netlib/__init__.py": BLOCK})
    assert {str(node.shape) for _, node in done.nodes() if node.name == "block"} == {"(None, 2)", "(None, 9)"}


def test_a_package_that_refuses_is_not_understood(tmp_path: Path) -> None:
    main = "import keras\nfrom netlib import block\nblock(keras.Input((4,)))\nkeras.Input((5,))\n"
    done = project(tmp_path, main, {"netlib.py": "import keras\ndef block(x):\n    raise ValueError(x)\n"})
    assert sizes(done) == [5]
    assert [(each.span.line, each.why) for each in done.unknown] == [(3, "netlib raises")]


def test_what_is_not_understood_in_a_package_is_told_of_the_call(tmp_path: Path) -> None:
    package = {"netlib.py": "from keras import ops\ndef block(x):\n    return ops.mystery(x)\n"}
    done = project(tmp_path, "import keras\nfrom netlib import block\nblock(keras.Input((4,)))\n", package)
    assert [(each.span.line, each.what, each.why) for each in done.unknown] == [
        (3, "keras.ops.mystery", "no shape rule, in netlib")
    ]


def test_nothing_is_told_of_other_peoples_code(tmp_path: Path) -> None:
    wrong = "from keras import layers\ndef block(x, units):\n    return layers.Conv2D(units, 3)(x)\n"
    project(tmp_path, USES_BLOCK, {"netlib/__init__.py": wrong})
    assert check_paths([str(tmp_path / "model.py")]) == []
    (tmp_path / "netlib.py").write_text(wrong, encoding="utf-8")
    assert {found.code for found in check_paths([str(tmp_path / "model.py")])} == {"KC101"}
