"""Tables that an imported file computes: made when they are asked for, and as the import would have made them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import imported, run_files, sizes

USE = "from keras import Input\nimport widths\nInput(({size},))\n"
PARSED = (
    "def parsed(texts):\n    found = []\n    for text in texts:\n        found.append(int(text[1:]))\n"
    "    return found\n"
)


def _size(tmp_path: Path, widths: str, size: str) -> list[object]:
    return sizes(run_files(tmp_path, {"model.py": USE.format(size=size), "widths.py": widths}))


@pytest.mark.parametrize(
    ("widths", "size"),
    [
        pytest.param(f"{PARSED}WIDTHS = parsed(['w5', 'w7'])\n", "widths.WIDTHS[1]", id="of constants"),
        pytest.param(f"{PARSED}TEXTS = ['w5', 'w7']\nWIDTHS = parsed(TEXTS)\n", "widths.WIDTHS[1]", id="of a table"),
        pytest.param(
            f"{PARSED}WIDTHS = {{'small': parsed(['w5'])}}\nWIDTHS.update({{'large': parsed(['w7'])}})\n",
            "widths.WIDTHS['large'][0]",
            id="filled afterwards",
        ),
        pytest.param(
            "import collections\nWIDTHS = collections.defaultdict(list)\nWIDTHS['large'].append(7)\n",
            "widths.WIDTHS['large'][0]",
            id="made empty, and filled afterwards",
        ),
        pytest.param(
            "from collections import OrderedDict\nWIDTHS = OrderedDict()\n"
            "def keep(width):\n    WIDTHS['large'] = width\nkeep(7)\n",
            "widths.WIDTHS['large']",
            id="made empty, and filled by a function",
        ),
        pytest.param(
            "def list():\n    return {'large': 7}\nimport collections\nWIDTHS = collections.OrderedDict(list())\n",
            "widths.WIDTHS['large']",
            id="made of what has a builtin's name",
        ),
        pytest.param(
            f"{PARSED}WIDTHS = parsed(['w5'])\nALL = [WIDTHS]\nWIDTHS.append(7)\n",
            "widths.ALL[0][1]",
            id="filled after something else has it",
        ),
        pytest.param(
            "FOUND = {}\ndef keep(width):\n    FOUND['wide'] = width\n    return width\nWIDE = keep(7)\n",
            "widths.FOUND['wide']",
            id="noted elsewhere",
        ),
        pytest.param(
            "def longer(widths):\n    widths.append(7)\n    return widths\nWIDTHS = [5]\nLONGER = longer(WIDTHS)\n",
            "widths.WIDTHS[1]",
            id="changing what it is given",
        ),
        pytest.param(
            "def longer(tables):\n    for table in tables:\n        table['wide'] = 7\n    return 1\n"
            "TABLE = {}\nTABLES = [TABLE]\nLONGER = longer(TABLES)\n",
            "widths.TABLE['wide']",
            id="changing a part of what it is given",
        ),
        pytest.param(
            "FOUND = {}\ndef keep(width):\n    FOUND['wide'] = width\n    return width\n"
            "def outer(width):\n    return keep(width)\nWIDE = outer(7)\n",
            "widths.FOUND['wide']",
            id="through another function",
        ),
    ],
)
def test_a_computed_table_is_what_the_import_made(tmp_path: Path, widths: str, size: str) -> None:
    assert _size(tmp_path, widths, size) == [7]


SLOW = (
    "def counted(rounds):\n    found = 0\n    for outer in range(rounds):\n        for inner in range(rounds):\n"
    "            found += 1\n    return found\nCOUNT = counted(150)\n"
)


def test_a_table_that_takes_long_is_made_for_a_function_that_nobody_calls(tmp_path: Path) -> None:
    model = "from keras import Input\nimport widths\ndef build():\n    return Input((widths.COUNT // 22500 + 6,))\n"
    found = run_files(tmp_path, {"model.py": model, "widths.py": SLOW})
    assert sizes(found) == [7]
    assert found.unknown == []


def test_a_table_that_nobody_asks_for_is_not_made(tmp_path: Path) -> None:
    files = {"model.py": "import widths\nprint(widths.WIDTH)\n", "widths.py": f"{SLOW}WIDTH = 7\n"}
    deferred = imported(tmp_path, files, "widths.py").deferred
    assert deferred is not None
    assert set(deferred.values) == {"WIDTH", "counted"}


def test_an_empty_table_that_nobody_asks_for_is_not_made(tmp_path: Path) -> None:
    made = "FOUND = collections.defaultdict(list)\nLOCAL = threading.local()\nWIDTH = 7\n"
    files = {
        "model.py": "import widths\nprint(widths.WIDTH)\n",
        "widths.py": f"import collections\nimport threading\n{made}",
    }
    deferred = imported(tmp_path, files, "widths.py").deferred
    assert deferred is not None
    assert {"FOUND", "LOCAL"}.isdisjoint(deferred.values)
