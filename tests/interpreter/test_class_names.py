"""Names of a class for what its module imports, which are read when somebody asks the class for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import imported, run_files, sizes

NETS = "class Net:\n    width = 7\n    def wide(self):\n        return 7\n"


@pytest.mark.parametrize(
    ("body", "size"),
    [
        pytest.param("net = Net", "Named.net.width", id="of the class"),
        pytest.param("net = Net", "Named().net().wide()", id="of an object"),
        pytest.param("net = Net\n    def made(self):\n        return self.net()", "Named().made().wide()", id="inside"),
        pytest.param("net = Net\n    width = net.width", "Named.width", id="read by the class's body"),
        pytest.param("net = Net\n    width = [each.width for each in (net,)][0]", "Named.width", id="in a list"),
        pytest.param(
            "net = Net\n    def width(self, net=net):\n        return net.width", "Named().width()", id="default"
        ),
        pytest.param("net = None\n    net = Net", "Named.net.width", id="bound twice"),
        pytest.param("net = Net\n    if True:\n        net = Other", "Named.net.width + 2", id="bound anew"),
        pytest.param("net = Other\n    def net(self):\n        return 7", "Named().net()", id="a method of that name"),
        pytest.param("Net = Other\n    net = Net", "Named.net.width + 2", id="a name of the class's own"),
        pytest.param("net = Net\n    width = vars()['net'].width if 0 else 7", "Named.width", id="all names"),
    ],
)
@pytest.mark.parametrize("own", [True, False], ids=["of the file under check", "of an imported file"])
def test_a_name_is_what_the_body_gives_it_to(tmp_path: Path, body: str, size: str, own: bool) -> None:
    named = f"from nets import Net, Other\nclass Named:\n    {body}\n"
    model = f"from keras import Input\n{named if own else 'from named import Named'}\nInput(({size},))\n"
    nets = f"{NETS}class Other:\n    width = 5\n"
    assert sizes(run_files(tmp_path, {"model.py": model, "named.py": named, "nets.py": nets})) == [7]


def test_a_class_that_nobody_asks_for_is_not_read(tmp_path: Path) -> None:
    files = {"model.py": "from nets import Net\nclass Named:\n    net = Net\n", "nets.py": NETS}
    assert imported(tmp_path, files, "nets.py").classes == []


def test_a_subclass_has_the_name_too(tmp_path: Path) -> None:
    model = (
        "from keras import Input\nfrom nets import Net\nclass Named:\n    net = Net\nclass Other(Named):\n    pass\n"
        "Input((Other().net.width,))\n"
    )
    assert sizes(run_files(tmp_path, {"model.py": model, "nets.py": NETS})) == [7]


def test_what_the_module_s_name_stands_for_later_is_another_thing(tmp_path: Path) -> None:
    model = (
        "from keras import Input\nimport nets\nfrom nets import Net\nclass Named:\n    net = Net\nnets.Net = None\n"
        "Net = None\nInput((Named.net.width,))\n"
    )
    assert sizes(run_files(tmp_path, {"model.py": model, "nets.py": NETS})) == [7]
