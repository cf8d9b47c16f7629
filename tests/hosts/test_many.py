"""Twenty canvases on a slow machine: none is deaf."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.hosts import lab, many
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

pytestmark = pytest.mark.own_page

COUNT = 20


@pytest.mark.everywhere
def test_no_widget_is_deaf_on_a_processor_six_times_slower(page: Page, jupyter: Jupyter) -> None:
    """anywidget gives a module two seconds; whoever is late hears nothing for ever."""
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    many.show(page, jupyter, COUNT)
    lab.execute(page, "for graph in graphs: graph.inputs['start__x'] = 5")
    many.wait_until_all_hear(page, COUNT, "5")
    last = Canvas.on(page, f"Graph {COUNT - 1}")
    last.run_stale()
    last.card("step 3").expect_freshness("fresh")
    assert lab.execute(page, f"print(graphs[{COUNT - 1}]['step 3'].z.value)") == "30"


# As if every module took longer to load than anywidget waits for it.
TOO_LATE = """
const after = AbortSignal.timeout;
AbortSignal.timeout = ms => after.call(AbortSignal, ms === 2000 ? 0 : ms);
"""


def test_a_widget_that_anywidget_gave_up_hears_all_the_same(page: Page, jupyter: Jupyter) -> None:
    page.add_init_script(TOO_LATE)
    many.show(page, jupyter, 2)
    lab.execute(page, "for graph in graphs: graph.inputs['start__x'] = 5")
    many.wait_until_all_hear(page, 2, "5")
    canvas = Canvas.on(page, "Graph 1")
    canvas.run_stale()
    canvas.card("step 3").expect_freshness("fresh")
