"""Write kerascheck/catalog/data/identifiers.tsv: the strings that Keras takes for activations, losses and the like.

``python tools/make_identifiers.py`` asks both packages' own ``get`` for every name that they list anywhere.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "kerascheck" / "catalog" / "data" / "identifiers.tsv"
KINDS = ("activations", "initializers", "regularizers", "constraints", "losses", "metrics", "optimizers")
SHORT = (
    "acc", "accuracy", "bce", "ce", "cosine", "crossentropy", "glorot", "kl_divergence", "kld", "l1_l2", "leakyrelu",
    "mae", "mape", "mse", "msle", "nonneg", "normal", "one", "uniform", "xent", "zero",
)  # fmt: skip
"""Short forms that some release has taken."""


def spellings(names: set[str]) -> set[str]:
    """Names as they are, in lower case and with underlines."""
    split = {re.sub("([a-z0-9])([A-Z])", r"\1_\2", name).lower() for name in names}
    return {name for name in (*names, *split, *(name.lower() for name in names)) if not name.startswith("_")}


def taken(package: str) -> dict[str, list[str]]:
    """The strings that the package takes, by kind."""
    from importlib import import_module

    top = import_module(package)
    found = {}
    for kind in KINDS:
        public, inner = getattr(top, kind), import_module(f"{package}.src.{kind}")
        listed = {*dir(public), *dir(inner), *vars(inner).get("ALL_OBJECTS_DICT", {}), *SHORT}
        # tf_keras takes the names of layers such as LeakyReLU for activations, too.
        listed |= {*dir(top.layers)} if kind == "activations" else set()
        found[kind] = sorted(name for name in spellings(listed) if takes(public.get, name))
    return found


def takes(get: object, name: str) -> bool:
    """Whether ``get`` makes something of the name."""
    assert callable(get)
    try:
        return get(name) is not None
    except ImportError:
        # What it stands for needs a package that is not installed.
        return True
    except Exception:
        return False


def main() -> None:
    """Ask both packages, each in a process of its own."""
    if len(sys.argv) > 1:
        print(json.dumps(taken(sys.argv[1])))
        return
    lines = [""]
    for package in ("keras", "tf_keras"):
        command = [sys.executable, __file__, package]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = json.loads(answer.splitlines()[-1])
        lines += [f"{package}.{kind}\t{json.dumps(found[kind])}" for kind in KINDS]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
