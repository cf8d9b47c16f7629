"""Templates on the canvas, in a real JupyterLab: read while their sources are being made."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

SETUP = """
import collections, threading
from daggr_nb import FnNode, Graph, RouteNode, TemplateNode, ui

gates = collections.defaultdict(threading.Event)

def speaks(name, *pieces, fails=0):
    "A node that says its pieces, each when the gate of the one before it is open."
    attempts = []
    def speak():
        attempts.append(1)
        said = ""
        for number, piece in enumerate(pieces if len(attempts) > fails else pieces[:1]):
            said += piece
            yield said
            gates[f"{name}{number}"].wait(60)
        if len(attempts) <= fails:
            gates[f"{name}0"].clear()
            raise ConnectionError("gone")
    options = dict(concurrent=True, version="1", retries=1 if fails == 1 else 0)
    return FnNode(speak, name, {}, {"text": ui.Markdown()}, **options)
"""

ORDER = """
slow, fast = speaks("slow", "one ", "and a half"), speaks("fast", "two")
both = TemplateNode(
    "Both: {slow}, {fast}. *Done*", "both", {"slow": slow.text, "fast": fast.text}
)
graph = Graph("Order", [both], persist_key=False)
graph
"""


def open_graph(page: Page, jupyter: Jupyter, title: str, code: str) -> Canvas:
    name = f"{title.lower()}.ipynb"
    lab.write_notebook(jupyter, name, SETUP, code)
    lab.open_notebook(page, jupyter, name)
    lab.run_all(page)
    lab.wait_for_all(page)
    return Canvas.on(page, title)


def release(page: Page, *gates: str) -> None:
    for gate in gates:
        lab.execute(page, f"gates[{gate!r}].set()")


def test_two_models_that_finish_out_of_order_are_read_in_order(
    page: Page, jupyter: Jupyter
) -> None:
    canvas = open_graph(page, jupyter, "Order", ORDER)
    both = canvas.card("both")
    canvas.run_stale()
    expect(both.element).to_contain_text("Both: one", timeout=20_000)
    release(page, "fast0")
    canvas.card("fast").expect_freshness("fresh")
    both.expect_status("running")
    canvas.card("slow").expect_status("running")
    expect(both.element).not_to_contain_text("two")
    release(page, "slow0")
    expect(both.element).to_contain_text("Both: one and a half")
    expect(both.element).not_to_contain_text("two")
    release(page, "slow1")
    both.expect_freshness("fresh")
    expect(both.element).to_contain_text("Both: one and a half, two. Done")


TROUBLE = """
again, broken = speaks("again", "par", "tial", fails=1), speaks("broken", "half", fails=2)
long = speaks("long", "abc", "def")
texts = [
    TemplateNode(f"«{{x}}» said {node.name}", f"of {node.name}", {"x": node.text})
    for node in (again, broken, long)
]

def choose():
    gates["choice"].wait(60)
    return "left", "L"

way = RouteNode(choose, ["left", "right"], "way", {}, version="1", concurrent=True)
texts += [TemplateNode(f"went {n} {{x}}", f"to {n}", {"x": way.ports[n]}) for n in way.routes]
graph = Graph("Trouble", texts, persist_key=False)
graph
"""


def test_a_retry_a_failure_a_skipped_branch_and_stop_in_mid_stream(
    page: Page, jupyter: Jupyter
) -> None:
    canvas = open_graph(page, jupyter, "Trouble", TROUBLE)
    again, broken, long = (canvas.card(f"of {n}").element for n in ("again", "broken", "long"))
    left, right = canvas.card("to left"), canvas.card("to right")
    canvas.run_stale()
    expect(again).to_contain_text("«par", timeout=20_000)
    expect(broken).to_contain_text("«half")
    expect(long).to_contain_text("«abc")
    expect(left.element).not_to_contain_text("went left")  # nothing before the choice
    release(page, "again0", "choice")
    left.expect_freshness("fresh")
    expect(left.element).to_contain_text("went left L")
    right.expect_status("skipped")
    expect(again).to_contain_text("«par")  # the second attempt says the same
    release(page, "again0", "again1")
    expect(again).to_contain_text("«partial» said again")
    release(page, "broken0")
    canvas.card("broken").expect_status("failed")
    canvas.card("of broken").expect_status("blocked")
    expect(broken).not_to_contain_text("half")
    release(page, "long0")
    expect(long).to_contain_text("«abcdef")
    canvas.card("of long").press("Stop")
    canvas.card("of long").expect_status("cancelled")
    kept = lab.execute(page, "print(graph.history('of long')[0].outputs['text'])")
    assert kept == "«abcdef"
    release(page, "long1")
    canvas.card("long").expect_freshness("fresh")  # its source was not stopped
