"""Controls in a real JupyterLab: what is picked, typed and pasted is what Python has."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

CELL = """
import numpy as np, pandas as pd
from daggr_nb import FnNode, Graph, InputNode, ui

form = InputNode("Form", ports={
    "year": ui.Dropdown(list(pd.Series([2024, 2025]).unique()), label="Year"),
    "size": ui.Dropdown([("square", (512, 512)), ("wide", (1024, 512))], label="Size"),
    "how": ui.Dropdown([("mean", np.mean), ("max", np.max)], label="How"),
    "f": ui.Slider(0.0, 2.0, 1.0, step=0.5, label="F"),
    "id": ui.Number(1, label="Id"),
    "note": ui.Textbox("a", label="Note"),
})
rows = InputNode("Rows", ports={
    "pop": ui.Dataframe(pd.DataFrame(
        {"pop": [5, 9, 7], "pay": [1234567.891, 0.5, 2.0]}, index=["Oslo", "Rome", "Lima"]
    ), label="Pop"),
})
kind = FnNode(lambda f: np.full(2, f).dtype.name, "kind", inputs={"f": form.f}, outputs=["o"])
use = FnNode(
    lambda pop, **rest: len(pop), "use", outputs=["n"],
    inputs={"pop": rows.pop, **{name: getattr(form, name)
                                for name in ("year", "size", "how", "id", "note")}},
)
graph = Graph("Exact", [kind, use])
_ = graph.run()
graph
"""


def test_what_is_given_is_what_python_has(page: Page, jupyter: Jupyter) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.write_notebook(jupyter, "exact.ipynb", CELL)
    lab.open_notebook(page, jupyter, "exact.ipynb")
    lab.run_all(page)
    canvas = Canvas.on(page, "Exact")
    root = canvas.root
    root.get_by_label("Year").select_option(label="2025")
    root.get_by_label("Size").select_option(label="wide")
    root.get_by_label("How", exact=True).select_option(label="max")
    root.get_by_label("Id", exact=True).fill(str(2**53 + 1))
    wanted = ["np.int64(2025)", "(1024, 512)", True, str(2**53 + 1)]
    inputs = "(lambda i: [repr(i['Form__year']), repr(i['Form__size']), i['Form__how'] is np.max, "
    lab.wait_for_python(page, inputs + "repr(i['Form__id'])])(graph.inputs)", wanted)

    for there in ("1.5", "1"):
        root.get_by_label("F", exact=True).fill(there)
        fresh = "graph.status()['kind'].freshness"
        lab.wait_for_python(page, fresh, "stale" if there == "1.5" else "fresh")
    lab.wait_for_python(page, "repr(graph.inputs['Form__f'])", "1.0")

    note = root.get_by_label("Note")
    note.fill("mine")
    lab.wait_for_python(page, "graph.inputs['Form__note']", "mine")
    lab.execute(page, "graph.inputs['Form__note'] = 'theirs'")
    expect(note).to_have_value("theirs")

    grid = root.get_by_role("grid", name="Pop")
    expect(grid.get_by_text("1234567.891")).to_be_visible()
    grid.get_by_text("9", exact=True).click()
    root.get_by_role("button", name="Remove row 1").click()
    pop = "graph.inputs['Rows__pop']"
    lab.wait_for_python(page, f"{pop}['pop'].to_dict()", {"Oslo": 5, "Lima": 7})
    grid.get_by_text("7", exact=True).click()
    page.keyboard.press("Control+c")
    page.wait_for_function("navigator.clipboard.readText().then(text => text === '7')")
    page.evaluate("navigator.clipboard.writeText('8\\t2,5\\r\\n10\\t\\r\\n')")
    page.keyboard.press("Control+v")
    lab.wait_for_python(page, f"{pop}['pop'].tolist()", [5, 8, 10])
    lab.wait_for_python(
        page, f"[*{pop}.index, *{pop}['pay'].tolist()[:2]]", ["Oslo", "Lima", "", 1234567.891, 2.5]
    )
    lab.execute(page, "graph.undo()")
    lab.wait_for_python(page, f"{pop}['pop'].to_dict()", {"Oslo": 5, "Lima": 7})
