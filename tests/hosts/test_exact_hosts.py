"""What a person types, picks and reads is the same in JupyterLab, Notebook 7 and Voila."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.everywhere import Servers

pytestmark = pytest.mark.own_page

CELL = r"""
import enum
import pandas
from daggr_nb import FnNode, Graph, InputNode, ui

class Size(enum.Enum):
    SMALL = (512, 512)
    LARGE = (1024, 512)

form = InputNode("form", ports={
    "pair": ui.Dropdown([("square", (512, 512)), ("wide", (1024, 512))], label="Pair"),
    "size": ui.Radio(list(Size), label="Size"),
    "words": ui.Textbox("", label="Words"),
    "rows": ui.Dataframe(pandas.DataFrame({"a": ["x", "y"], "n": [1, 2]}), label="Rows"),
})

def tell(pair, size, words, rows):
    return f"{pair!r} {size!r} {words!r} {rows['a'].tolist()!r}"

def half(words):
    return ["\ud83d broken", {"\udc00": words}, "whole"]

def page(words):
    return '<a id="out" href="https://x.invalid/">out</a>'

told = FnNode(tell, inputs={name: getattr(form, name) for name in form.ports}, outputs=["text"])
halves = FnNode(half, inputs={"words": form.words}, outputs=["all"])
linked = FnNode(page, inputs={"words": form.words}, outputs={"html": ui.HTML()})
graph = Graph("Alike", [told, halves, linked], persist_key=False)
graph
"""


def opened(page: Page, servers: Servers, host: Literal["lab", "notebook", "voila"]) -> Canvas:
    if host == "voila":
        lab.write_notebook(servers.voila, "alike.ipynb", CELL.strip())
        page.goto(f"{servers.voila.url}/voila/render/alike.ipynb", timeout=90_000)
    else:
        lab.write_notebook(servers.jupyter, "alike.ipynb", CELL.strip())
        lab.open_notebook(page, servers.jupyter, "alike.ipynb", host)
        lab.run_all(page)
        lab.wait_for_all(page)
    return Canvas.on(page, "Alike")


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("lab", marks=pytest.mark.everywhere),
        pytest.param("notebook", marks=pytest.mark.everywhere),
        "voila",
    ],
)
def test_what_is_typed_picked_and_read_is_what_python_has(
    page: Page, servers: Servers, host: Literal["lab", "notebook", "voila"]
) -> None:
    canvas = opened(page, servers, host)
    form = canvas.card("form").element
    # Letters in a table are for the table.
    form.get_by_role("gridcell", name="x", exact=True).click()
    page.keyboard.type("r")
    page.keyboard.press("Enter")
    canvas.card("tell").expect_freshness("missing")
    # Choices are what they are in Python.
    form.get_by_label("Pair").select_option(label="wide")
    form.get_by_text("Size.LARGE").click()
    # A half character is shown as one, and hides nothing.
    form.get_by_label("Words").fill("otters \U0001f9a6")
    form.get_by_label("Words").blur()
    canvas.root.locator('.daggr-toolbar [data-control="run"]').click()
    for name in ("tell", "half", "page"):
        canvas.card(name).expect_status("succeeded")
    text = canvas.card("tell").element
    expect(text).to_contain_text("(1024, 512) <Size.LARGE: (1024, 512)>")
    expect(text).to_contain_text("'otters \U0001f9a6' ['r', 'y']")
    halves = canvas.card("half").element
    for words in ("\ufffd broken", "otters \U0001f9a6", "whole"):
        expect(halves).to_contain_text(words)
    # A link in HTML leads out.
    page.context.route(
        "https://x.invalid/", lambda route: route.fulfill(body="there", content_type="text/html")
    )
    with page.context.expect_page() as other:
        canvas.card("page").element.locator("iframe").content_frame.locator("#out").click()
    expect(other.value.locator("body")).to_have_text("there")
    other.value.close()
