"""The HTML page in a headless Chromium: it draws, folds, searches, tells the findings, and loads nothing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hand_made import Graph

from kerascheck.diagnostic import Diagnostic, Severity, Span, TrailStep
from kerascheck.graph import Endpoint, Node, Operation, Source, Weight
from kerascheck.program import Program
from kerascheck.report.graph_html import render_graph_html
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.shapes.dim import batch
from kerascheck.source import SourceCache, SourceFile

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 60_000
"""Milliseconds that a page may take: a machine may be busy."""

TEXT = """\
import keras

image = keras.Input((8,))
hidden = keras.layers.Dense(4, activation="relu")(image)
total = keras.ops.sum(hidden, axis=0)
"""
HOSTILE = "</script><img src=x onerror=document.title='stolen'><svg onload=document.title='stolen'>"


def skip(reason: str) -> None:
    print(f"the page is not tested in a browser: {reason}", file=sys.stderr)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; where there is none, the reason is printed and the tests are skipped."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        skip(f"no Chromium found (looked for {', '.join(BROWSERS)})")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        skip(f"playwright is not installed ({error})")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=path)
        except Error as error:
            skip(f"{path} does not start: {str(error).splitlines()[0]}")
        yield started
        started.close()


Opener = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """Opens the page of a program; afterwards nothing may have gone wrong in it, or been loaded by it."""
    told: list[str] = []
    contexts = []

    def opened(program: Program, *findings: Diagnostic, dark: bool = False) -> Any:
        path = tmp_path / "model.html"
        path.write_text(render_graph_html(program, findings, SourceCache([SourceFile("model.py", TEXT)])), "utf-8")
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, color_scheme="dark" if dark else "light", offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("request", lambda request: request.url == path.as_uri() or told.append(f"request: {request.url}"))
        page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert told == []


def small() -> Program:
    """An input, a layer with its TensorFlow ops, and a sum over the batch."""
    graph = Graph()
    image = graph.input(batch(), 8)
    image.name = "image"
    weights = (Weight("kernel", Shape.of(8, 4)), Weight("bias", Shape.of(4)))
    config = {"units": 4, "activation": "relu"}
    hidden = graph.layer("Dense", image, (batch(), 4), params=36, trainable=36, weights=weights, config=config)
    hidden.name = "hidden"
    total = graph.op("keras.ops.sum", (4,), {"axis": 0}, x=hidden)
    total.name = "total"
    for made, line, start, end in ((image, 3, 9, 26), (hidden, 4, 10, 57), (total, 5, 9, 38)):
        made.source = Source(Span("model.py", line, start, line, end))
    program = graph.model(total)
    call = hidden.identifier
    product = Operation(f"{call}/MatMul", "MatMul", call, (Endpoint(image.identifier),), hidden.outputs)
    activation = Operation(f"{call}/Relu", "Relu", call, (Endpoint(product.identifier),), hidden.outputs)
    program.models[0].operations = {call: (product, activation)}
    return program


def finding() -> Diagnostic:
    """About the sum."""
    trail = (TrailStep(Span("model.py", 4, 10, 4, 57), "(None, 4)"),)
    url = "https://example.com/KC201"
    span = Span("model.py", 5, 9, 5, 38)
    return Diagnostic(
        "KC201",
        "batch-axis-reduction",
        Severity.ERROR,
        "adds up the samples",
        span,
        "axis 0",
        trail,
        "sum axis 1",
        url=url,
    )


def blocks(count: int) -> Program:
    """Residual blocks of four layers, named by their block."""
    graph = Graph()
    node = graph.input(batch(), 16, 16, 8)
    for block in range(count):
        entry = node
        for layer, op in enumerate(("Conv2D", "BatchNormalization", "ReLU")):
            node = named(graph.layer(op, node, (batch(), 16, 16, 8), params=10), f"block{block}_{layer}")
        node = named(graph.op("keras.layers.Add", (batch(), 16, 16, 8), {}, a=node, b=entry), f"block{block}_add")
        node.kind = "layer"
    return graph.model(node)


def named(node: Node, name: str) -> Node:
    node.name = name
    return node


def shown(page: Any) -> list[str]:
    """The names of the closed nodes that are drawn, from above; the kind of one without a name."""
    return page.evaluate("""() => [...document.querySelectorAll(".node")]
      .map((each) => [each.getBoundingClientRect().top, each.querySelector(".second") || each.querySelector(".first")])
      .sort((a, b) => a[0] - b[0])
      .map(([, name]) => name.textContent)""")


def node(page: Any, name: str) -> Any:
    return page.locator(f".node:has(.second:text-is('{name}'))")


def test_the_graph_is_drawn_with_the_shapes_on_its_edges(open_page: Opener) -> None:
    page = open_page(small())
    assert shown(page) == ["image", "hidden", "total", "Output"]
    assert page.locator(".labels text").all_text_contents() == ["(None, 8)", "(None, 4)", "(4,)"]
    assert page.locator(".edges path").count() == 3


def test_named_sizes_take_the_place_of_none(open_page: Opener) -> None:
    page = open_page(small())
    page.get_by_label("named sizes").check()
    assert page.locator(".labels text").all_text_contents() == ["(B, 8)", "(B, 4)", "(4,)"]


def test_a_finding_that_is_clicked_shows_its_node_and_its_story(open_page: Opener) -> None:
    page = open_page(small(), finding())
    assert page.locator(".node.has-error").count() == 1
    page.get_by_role("button", name="error KC201 adds up the samples").click()
    selected = page.locator(".node.selected")
    assert selected.locator(".second").text_content() == "total"
    assert "pointed" in str(selected.get_attribute("class"))
    story = page.locator(".story").inner_text()
    assert "model.py:4:10" in story
    assert "(None, 4)" in story
    assert "total = keras.ops.sum(hidden, axis=0)" in story
    assert "help sum axis 1" in story
    assert page.locator(".story mark.error").text_content() == "keras.ops.sum(hidden, axis=0)"
    assert page.locator(".story a").get_attribute("href") == "https://example.com/KC201"


def test_a_link_that_is_no_web_address_is_left_out(open_page: Opener) -> None:
    found = finding()
    harmful = Diagnostic(found.code, found.name, found.severity, found.message, found.span, url="javascript:alert(1)")
    page = open_page(small(), harmful)
    page.locator(".finding").click()
    assert page.locator(".story a").count() == 0


def test_a_node_that_is_clicked_shows_what_is_known_of_it(open_page: Opener) -> None:
    page = open_page(small())
    node(page, "hidden").click()
    details = page.locator("#page-details").inner_text()
    for told in (
        "keras.layers.Dense", "36 (36 trained)", "units", "relu", "kernel", "(8, 4) float32", "(None, 4)", "(B, 4)",
        'hidden = keras.layers.Dense(4, activation="relu")(image)', "model.py:4:10",
    ):  # fmt: skip
        assert told in details


def test_a_call_opens_into_its_tensorflow_ops(open_page: Opener) -> None:
    page = open_page(small())
    node(page, "hidden").locator(".fold").click()
    assert shown(page) == ["image", "MatMul", "Relu", "total", "Output"]
    page.locator(".holder .fold").click()
    assert shown(page) == ["image", "hidden", "total", "Output"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hidden", ["hidden"]),
        ("dense", ["hidden"]),
        ("(4,)", ["total"]),
        ("line 3", ["image"]),
        ("keras (None,8)", ["image"]),
        ("KC201", ["total"]),
        ("nothing", []),
    ],
)
def test_search_finds_by_name_op_shape_line_and_code(open_page: Opener, text: str, found: list[str]) -> None:
    page = open_page(small(), finding())
    page.get_by_role("combobox", name="Search the nodes").fill(text)
    assert page.locator("#results [role=option] b").all_text_contents() == found


def test_the_keyboard_reaches_search_findings_and_nodes(open_page: Opener) -> None:
    page = open_page(small(), finding())
    page.keyboard.press("/")
    page.keyboard.type("hidden")
    page.keyboard.press("Enter")
    assert page.locator(".node.selected .second").text_content() == "hidden"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowDown")
    assert page.locator(".node.selected .second").text_content() == "total"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert shown(page) == ["image", "MatMul", "Relu", "total", "Output"]
    page.keyboard.press("-")
    page.keyboard.press("n")
    assert page.locator(".node.selected .second").text_content() == "total"
    page.keyboard.press("Escape")
    assert page.locator(".selected").count() == 1  # the finding's entry alone


def test_folding_changes_what_is_drawn(open_page: Opener) -> None:
    page = open_page(blocks(6))
    page.get_by_role("button", name="Fold all", exact=True).click()
    assert len(shown(page)) == 8
    page.locator(".node.group .fold").first.click()
    assert len(shown(page)) == 11
    page.get_by_role("button", name="Unfold all").click()
    assert len(shown(page)) == 26
    page.get_by_role("button", name="Fold all", exact=True).click()
    assert len(shown(page)) == 8


def test_what_is_searched_for_is_unfolded(open_page: Opener) -> None:
    page = open_page(blocks(6))
    page.get_by_role("button", name="Fold all", exact=True).click()
    page.get_by_role("combobox", name="Search the nodes").fill("block3_1")
    page.keyboard.press("Enter")
    assert page.locator(".node.selected .second").text_content() == "block3_1"


GEOMETRY = """() => {
  const boxes = app.view.arranged.boxes;
  const [right, bottom] = [(box) => box.x + box.width, (box) => box.y + box.height];
  const inside = (a, b) => a.x >= b.x && a.y >= b.y && right(a) <= right(b) && bottom(a) <= bottom(b);
  const apart = (a, b) => right(a) <= b.x || right(b) <= a.x || bottom(a) <= b.y || bottom(b) <= a.y;
  const bad = [];
  for (const a of boxes) {
    const holder = boxes.find((each) => each.item === a.item.parent);
    if (holder && !inside(a, holder)) bad.push(`${a.item.id} sticks out of ${holder.item.id}`);
    for (const b of boxes) {
      const besides = a.item.id < b.item.id && a.item.parent === b.item.parent;
      if (besides && !apart(a, b)) bad.push(`${a.item.id} lies on ${b.item.id}`);
    }
  }
  const place = new Map(boxes.map((box) => [box.item, box]));
  for (const edge of app.graph.edges()) {
    const [from, to] = [place.get(edge.from), place.get(edge.to)];
    if (from.y + from.height > to.y) bad.push(`${edge.from.id} is not above ${edge.to.id}`);
  }
  return bad;
}"""


def test_a_model_of_a_thousand_nodes_can_be_read(open_page: Opener) -> None:
    page = open_page(blocks(260))
    assert len(shown(page)) <= 50
    page.get_by_role("button", name="Unfold all").click()
    assert len(shown(page)) == 1042
    assert page.evaluate(GEOMETRY) == []
    page.get_by_role("button", name="Fit", exact=True).click()
    frame = page.locator("#canvas").bounding_box()
    drawn = page.locator(".drawing > g").bounding_box()
    assert frame["x"] <= drawn["x"]
    assert frame["y"] <= drawn["y"]
    assert drawn["x"] + drawn["width"] <= frame["x"] + frame["width"]
    assert drawn["y"] + drawn["height"] <= frame["y"] + frame["height"]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_nodes_lie_apart_and_edges_lead_down(open_page: Opener, count: int) -> None:
    """Every third node feeds several later ones, over layers and borders of groups."""
    graph = Graph()
    nodes = [graph.input(batch(), 4)]
    for index in range(40):
        operands = {str(step): nodes[-step] for step in (1, 2 * count, 3 * count + 1) if step <= len(nodes)}
        made = graph.op("keras.layers.Add", (batch(), 4 * index), {}, **operands)
        made.kind = "layer"
        nodes.append(named(made, f"part{index // 7}_{index}"))
    page = open_page(graph.model(nodes[-1]))
    page.get_by_role("button", name="Unfold all").click()
    assert len(shown(page)) == 42
    assert page.evaluate(GEOMETRY) == []


def test_an_op_with_a_body_unfolds_further(open_page: Opener) -> None:
    program = small()
    call = program.models[0].node("n2").identifier
    loop = Operation(f"{call}/while", "While", call, (Endpoint("n1"),), program.models[0].node("n2").outputs)
    step = Operation(f"{call}/while/body/Tanh", "Tanh", call, (Endpoint("n1"),), loop.outputs, loop.identifier, "body")
    program.models[0].operations = {call: (loop, step)}
    page = open_page(program)
    node(page, "hidden").locator(".fold").click()
    assert shown(page) == ["image", "while", "total", "Output"]
    node(page, "while").locator(".fold").click()
    assert shown(page) == ["image", "Tanh", "total", "Output"]


def test_several_outputs_have_a_shape_each(open_page: Opener) -> None:
    graph = Graph()
    image = graph.input(batch(), 5, 8)
    recurrent = graph.layer("LSTM", image, (batch(), 4))
    recurrent.outputs = tuple(TensorSpec(Shape.of(batch(), size), "float32") for size in (4, 5, 6))
    program = graph.model(recurrent)
    program.models[0].outputs = tuple(Endpoint(recurrent.identifier, index) for index in range(3))
    page = open_page(program)
    assert page.locator(".labels text").all_text_contents() == ["(None, 5, 8)", "(None, 4)", "(None, 5)", "(None, 6)"]


def test_text_that_tries_to_be_markup_stays_text(open_page: Opener) -> None:
    program = small()
    program.file = HOSTILE
    model = program.models[0]
    model.name = HOSTILE
    hidden = model.node("n2")
    hidden.name, hidden.op = HOSTILE, HOSTILE
    hidden.config = {HOSTILE: HOSTILE}
    hidden.weights = (Weight(HOSTILE, Shape.of(1)),)
    harmful = Diagnostic(
        "KC999", HOSTILE, Severity.ERROR, HOSTILE, Span("model.py", 4, 10, 4, 57), HOSTILE, help=HOSTILE
    )
    page = open_page(program, harmful)
    page.locator(".finding").click()
    page.get_by_role("tab", name="Model").click()
    page.get_by_role("tab", name="Details").click()
    page.get_by_role("combobox", name="Search the nodes").fill("img")
    assert page.locator("#results [role=option] b").all_text_contents() == [HOSTILE]
    assert page.locator("img").count() == 0
    assert page.title() == f"{HOSTILE} - kerascheck"


def test_the_page_follows_the_systems_dark_mode(open_page: Opener) -> None:
    colors = [
        open_page(small(), dark=dark).evaluate("getComputedStyle(document.body).backgroundColor")
        for dark in (False, True)
    ]
    assert colors == ["rgb(255, 255, 255)", "rgb(22, 25, 29)"]


def test_the_models_of_a_program_are_chosen_from_a_list(open_page: Opener) -> None:
    program = small()
    other = small().models[0]
    other.name = "other"
    other.outputs = ()
    program.models.append(other)
    page = open_page(program)
    page.get_by_role("combobox", name="Model", exact=True).select_option("1")
    assert shown(page) == ["image", "hidden", "total"]


def test_a_program_without_models_says_so(open_page: Opener) -> None:
    page = open_page(Program("model.py"))
    assert page.locator("#canvas").inner_text() == "No models found."


def test_every_node_says_what_it_is_to_a_screen_reader(open_page: Opener) -> None:
    page = open_page(small(), finding())
    name = "Dense hidden, output (None, 4), 36 parameters, folded"
    assert page.get_by_role("button", name=name, exact=True).count() == 1
    assert page.get_by_role("button", name="sum total, output (4,), 1 finding", exact=True).count() == 1
