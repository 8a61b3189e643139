"""The page of a graph, as text: what is in it, and that nothing of the user's is markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hand_made import Graph

from kerascheck.diagnostic import Diagnostic, Severity, Span
from kerascheck.graph import Operation
from kerascheck.program import Program
from kerascheck.report.graph_html import render_graph_html
from kerascheck.shapes.dim import batch
from kerascheck.source import SourceCache, SourceFile

HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>${x}`\u2028&amp;"
SOURCES = SourceCache([SourceFile("model.py", f"import keras\nx = keras.Input((4,))  # {HOSTILE}\n")])


def hostile_program() -> Program:
    """A model all of whose texts try to be markup."""
    graph = Graph()
    image = graph.input(batch(), 4)
    image.name = HOSTILE
    node = graph.layer("Dense", image, (batch(), 2), config={HOSTILE: HOSTILE}, scope=(HOSTILE,))
    program = graph.model(node)
    program.file = HOSTILE
    program.models[0].name = HOSTILE
    program.models[0].operations = {
        node.identifier: (Operation(f"{node.identifier}/{HOSTILE}", HOSTILE, node.identifier),)
    }
    return program


def finding(message: str = HOSTILE) -> Diagnostic:
    span = Span("model.py", 2, 1, 2, 5)
    return Diagnostic("KC999", "x", Severity.ERROR, message, span, message, help=message, url="javascript:alert(1)")


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style"):
            self.texts.append((self.elements[-1][0], data))


def data_of(page: str) -> Any:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_page_holds_the_model() -> None:
    data = data_of(render_graph_html(hostile_program(), [], SOURCES))
    assert data["models"][0]["nodes"][0]["name"] == HOSTILE
    assert data["specs"][data["models"][0]["nodes"][1]["out"][0]] == ["(None, 2)", "(B, 2)", "float32"]


def test_nothing_of_the_users_is_an_element() -> None:
    plain = hostile_program()
    plain.file = plain.models[0].name = "plain"
    ours = [tag for tag, _ in Page(render_graph_html(Program("plain"), [], SOURCES)).elements]
    theirs = [tag for tag, _ in Page(render_graph_html(hostile_program(), [finding()], SOURCES)).elements]
    assert theirs == ours
    assert "img" not in theirs


def test_the_data_end_no_script() -> None:
    page = render_graph_html(hostile_program(), [finding()], SOURCES)
    between = page[page.index('type="application/json">') : page.index("</script>")]
    assert "<" not in between
    assert data_of(page)["findings"][0]["message"] == HOSTILE


def test_the_policy_lets_the_pages_own_script_and_style_run_and_nothing_else() -> None:
    page = Page(render_graph_html(hostile_program(), [], SOURCES))
    policy = next(attributes["content"] for tag, attributes in page.elements if "http-equiv" in attributes)
    code = next(text for tag, text in page.texts if tag == "script" and text.startswith('"use strict"'))
    style = next(text for tag, text in page.texts if tag == "style")
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (code, style)]
    assert policy == (
        f"default-src 'none'; script-src {hashes[0]}; style-src {hashes[1]}; base-uri 'none'; form-action 'none'"
    )


def test_the_page_names_no_other_file() -> None:
    page = Page(render_graph_html(hostile_program(), [], SOURCES))
    assert not [attributes for _, attributes in page.elements if {"src", "href", "action"} & attributes.keys()]
    assert not any("url(http" in text or "@import" in text for _, text in page.texts)


def test_the_scripts_make_no_markup_of_text() -> None:
    scripts = "".join(
        text for tag, text in Page(render_graph_html(Program("m.py"), [], SOURCES)).texts if tag == "script"
    )
    assert "textContent" in scripts
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch("):
        assert name not in scripts


def test_the_page_without_scripts_shows_the_text() -> None:
    page = render_graph_html(hostile_program(), [finding("too small")], SOURCES)
    shown = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "error[KC999]: too small" in shown


def test_the_same_input_gives_the_same_page() -> None:
    first = render_graph_html(hostile_program(), [finding()], SOURCES)
    assert first == render_graph_html(hostile_program(), [finding()], SOURCES)


def test_the_identity_of_layer_objects_is_not_told() -> None:
    pages = []
    for identity in ("layer140", "layer999"):
        program = hostile_program()
        for node in program.models[0].nodes():
            node.layer = identity
        pages.append(render_graph_html(program, [], SOURCES))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -float("inf")])
def test_numbers_that_json_lacks_are_text(value: float) -> None:
    graph = Graph()
    node = graph.layer("Dense", graph.input(4), (2,), config={"rate": value})
    program = graph.model(node)
    made = Operation("n2/Clip", "Clip", "n2", attributes={"by": value}, constants={0: value, 1: [value]})
    program.models[0].operations = {"n2": (made,)}
    assert data_of(render_graph_html(program, [], SOURCES))["models"][0]["operations"]["1"][0][1] == "Clip"


def test_a_program_without_models_has_a_page() -> None:
    assert data_of(render_graph_html(Program("m.py"), [], SOURCES))["models"] == []
