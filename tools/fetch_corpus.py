"""Get the code that kerascheck is tried on: the packages and repositories that ``tools/corpus.toml`` pins.

``python tools/fetch_corpus.py DIRECTORY [NAME ...]`` puts the source of each into a folder of its name, without
installing anything. Those for Keras 2 that import ``keras`` are written to import ``tf_keras``, which is what they
mean now, so that both front ends read the same text. Needs git and pip.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_name("corpus.toml")

IMPORT = re.compile(r"^(\s*(?:\"\s*)?)(?:import keras(?= *$| *\\n| as )|from keras(?=[. ]))", re.MULTILINE)
"""An import of Keras by its own name, in a script or in a cell of a notebook."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="*", help="default: all of them")
    options = parser.parse_args()
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    for kind, get in (("package", get_package), ("repository", get_repository)):
        for entry in listed[kind]:
            folder = options.directory / entry["name"].rpartition("/")[2]
            if (options.names and entry["name"] not in options.names) or folder.exists():
                continue
            print(entry["name"], flush=True)
            get(entry, folder)
            if entry["keras"] == 2:
                for file in [*folder.rglob("*.py"), *folder.rglob("*.ipynb")]:
                    name_tf_keras(file)


def get_package(entry: dict[str, Any], folder: Path) -> None:
    """Unpack a package's wheel, or what pip builds of its source."""
    with tempfile.TemporaryDirectory() as wheels:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels]
        subprocess.run([*command, f"{entry['name']}=={entry['version']}"], check=True)
        for wheel in Path(wheels).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)


def get_repository(entry: dict[str, Any], folder: Path) -> None:
    """Check out one commit of a repository."""
    folder.mkdir(parents=True)
    address = f"https://github.com/{entry['name']}"
    for command in (
        ["init", "--quiet"],
        ["fetch", "--quiet", "--depth", "1", address, entry["commit"]],
        ["checkout", "--quiet", "FETCH_HEAD"],
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)


def name_tf_keras(file: Path) -> None:
    """Let a file that imports ``keras`` import ``tf_keras``."""
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    renamed = IMPORT.sub(_renamed, text)
    if renamed != text:
        file.write_text(renamed, encoding="utf-8", errors="surrogateescape")


def _renamed(found: re.Match[str]) -> str:
    if "from" in found.group(0):
        return f"{found.group(1)}from tf_keras"
    following = found.string[found.end() :].lstrip()
    return f"{found.group(1)}import tf_keras" + ("" if following.startswith("as ") else " as keras")


if __name__ == "__main__":
    main()
