"""Which texts are told to be Python 2."""

from __future__ import annotations

import pytest

import kerascheck

PYTHON_2 = {
    "print": 'print "epoch", 3\n',
    "exec": 'exec "import keras"\n',
    "except": "try:\n    import keras\nexcept ImportError, error:\n    raise\n",
    "raise": 'raise ValueError, "no data"\n',
    "raise-with-traceback": "raise ValueError, text, trace\n",
    "unequal": "if a <> b:\n    pass\n",
    "backticks": "text = `model`\n",
    "long": "seed = 10L\n",
    "long-hexadecimal": "seed = 0xFFL\n",
    "raw-unicode": 'pattern = ur"\\d"\n',
}

PYTHON_3 = {
    "assignment": "x = = 1\n",
    "unclosed": "x = (1,\n",
    "comma": "x = {1: 2 3}\n",
    "colon": "for i in range(3)\n    pass\n",
    "octal": "mode = 0755\n",
    "indent": "def f():\nreturn 1\n",
    "backtick-in-a-string": 'x = "see `model`" = 1\n',
    "unequal-in-a-comment": "x = = 1  # a <> b\n",
}


@pytest.mark.parametrize("text", PYTHON_2.values(), ids=PYTHON_2)
def test_what_only_python_2_parses_is_told_as_such(text: str) -> None:
    (found,) = kerascheck.check_source(text)
    assert (found.code, found.message.startswith("this is written in Python 2: ")) == ("KC614", True)


@pytest.mark.parametrize("text", PYTHON_3.values(), ids=PYTHON_3)
def test_a_slip_in_python_3_is_a_syntax_error(text: str) -> None:
    assert [found.code for found in kerascheck.check_source(text)] == ["KC001"]


def test_it_is_silenced_by_its_own_name_alone() -> None:
    settings = kerascheck.Settings(ignore=("python-2-source",))
    assert kerascheck.check_source(PYTHON_2["print"], settings=settings) == []
    assert len(kerascheck.check_source(PYTHON_2["print"], settings=kerascheck.Settings(ignore=("KC001",)))) == 1
