"""A program's models as one HTML page that needs nothing else: the graph to look around in, with its findings.

The page is the same for the same input. Whatever it shows of the user's is data to it, never markup: it lies in the
page as JSON without ``<``, ``>`` and ``&``, its script makes elements and text of it, and the page's own policy lets
no other script run and nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from kerascheck.diagnostic import Diagnostic
from kerascheck.program import Program
from kerascheck.report.graph_page_data import PageData
from kerascheck.report.graph_text import render_graph_text
from kerascheck.report.style import harmless, one_line
from kerascheck.source import SourceCache

SCRIPTS = ("layout.js", "graph.js", "arrange.js", "view.js", "panel.js", "main.js")
"""The page's scripts, in the order they are put together."""


def render_graph_html(program: Program, findings: Sequence[Diagnostic], sources: SourceCache) -> str:
    """The page of every model of ``program``."""
    style = _asset("style.css")
    script = '"use strict";\n' + "\n".join(_asset(name) for name in SCRIPTS)
    parts = {
        "title": html.escape(one_line(f"{program.file} - kerascheck")),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "data": _embedded(PageData(program, findings, sources).collect()),
        "text": html.escape(harmless(render_graph_text(program, findings))),
    }
    return _filled(_asset("page.html"), parts)


def _asset(name: str) -> str:
    return (files("kerascheck.report") / "html" / name).read_text(encoding="utf-8")


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """``template`` with its ``$names`` replaced, all at once: what is put in is not looked at again."""
    return re.sub(r"\$(\w+)", lambda found: parts[found[1]], template)


def _embedded(data: object) -> str:
    """``data`` as JSON that ends no script element and starts no comment."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    """What a Content-Security-Policy calls an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
