"""Start a rule: ``python tools/new_rule.py KC116 wrong-number-of-inputs`` writes its card, its check and its test."""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

from make_rule_index import FAMILIES

ROOT = Path(__file__).resolve().parent.parent

CARD = """\
+++
code = "{code}"
name = "{name}"
severity = "error"
since = "{version}"
fix = "none"
default = true
front-ends = ["static", "trace"]
keras = [2, 3]
+++

# {name} ({code})

## What it does

Finds TODO.

## Why is this bad

TODO: what happens, when, and what makes it hard to see.

## Example

```python bad keras=3 outcome="raises ValueError: TODO"
import keras
from keras import layers

inputs = keras.Input(shape=(8,))
model = keras.Model(inputs, layers.Dense(1)(inputs))  # error: {code}
```

## Use instead

TODO.

```python good keras=3
import keras
from keras import layers

inputs = keras.Input(shape=(8,))
model = keras.Model(inputs, layers.Dense(1)(inputs))
```

## Known limits

TODO.

## References

- [Keras: TODO](https://keras.io/api/)
"""

CHECK = '''\
"""TODO: the mistake, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every TODO."""
    for _, node in program.nodes():
        if node.source is not None and node.op == "TODO":
            yield Finding(node.source.span, f"`{{expression(node)}}` TODO", "TODO", call_trail(node), "TODO")
'''

TEST = '''\
from __future__ import annotations

import kerascheck

BAD = """
TODO
"""


def test_the_message_names_the_users_expression() -> None:
    (finding,) = kerascheck.check_source(BAD, settings=kerascheck.Settings(keras=3))
    assert (finding.code, finding.message) == ("{code}", "TODO")
'''


def main() -> int:
    """Write the three files, unless one of them is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("code", help="the next free number of its family, as KC116")
    parser.add_argument("name", help="the mistake in kebab-case, as wrong-number-of-inputs")
    arguments = parser.parse_args()
    code, name = arguments.code, arguments.name
    if not re.fullmatch(r"KC[1-9]\d\d", code) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name):
        parser.error("a code is KC and three digits; a name is lower-case words with hyphens")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    stem = f"{code.lower()}_{name.replace('-', '_')}"
    files = {
        ROOT / "rules" / FAMILIES[code[:3]][0] / f"{code}-{name}.md": CARD,
        ROOT / "kerascheck" / "checks" / f"{stem}.py": CHECK,
        ROOT / "tests" / "checks" / f"test_{stem}.py": TEST,
    }
    taken = [*(ROOT / "rules").glob(f"*/{code}-*.md"), *(path for path in files if path.exists())]
    if taken:
        parser.error(f"{code} is taken: {taken[0].relative_to(ROOT)}")
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(code=code, name=name, version=version), encoding="utf-8")
        print(path.relative_to(ROOT))
    print("now fill in the TODOs, and run: python tools/make_rule_index.py; pytest -k", code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
