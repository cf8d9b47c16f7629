"""What is late, double, restarted or dead: the canvas says what it knows, and recovers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.hosts import lab, server
from tests.hosts.canvas import Canvas
from tests.hosts.everywhere import NOTEBOOK, Lab
from tests.hosts.scenario import CELLS, GRAPH, LOST
from tests.hosts.server import Jupyter

pytestmark = [pytest.mark.everywhere, pytest.mark.own_page]


def test_a_canvas_that_joins_late_shows_the_run_that_is_on(page: Page, jupyter: Jupyter) -> None:
    cells = {**CELLS, "shown": "run = graph.submit(waited)"}
    lab.write_notebook(jupyter, NOTEBOOK, *cells.values())
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    lab.wait_for_all(page)
    lab.run_in_new_cell(page, "graph")
    wait = Canvas.on(page, GRAPH).card("wait")
    wait.expect_status("running")
    wait.press("Stop")
    wait.expect_status("cancelled")


def test_a_reload_in_mid_run_finds_it_and_can_stop_it(page: Page, jupyter: Jupyter) -> None:
    host = Lab(page, jupyter)
    host.show().card("wait").press("Run to here")
    host.canvas().card("wait").expect_status("running")
    wait = host.reload().card("wait")
    wait.expect_status("running")
    wait.press("Stop")
    wait.expect_status("cancelled")


def test_two_tabs_show_one_state(page: Page, jupyter: Jupyter) -> None:
    here = Lab(page, jupyter).show()
    lab.save(page)
    other_page = page.context.new_page()
    lab.open_notebook(other_page, jupyter, NOTEBOOK)
    there = Canvas.on(other_page, GRAPH)

    here.slider("times").press("ArrowRight")
    there.expect_slider("times", "3")
    there.card("shout").press("Run to here")
    here.card("shout").expect_freshness("fresh")
    expect(here.card("shout").element).to_contain_text("HELLO ADA! HELLO ADA! HELLO ADA!")
    there.slider("times").press("ArrowLeft")
    here.expect_slider("times", "2")
    here.card("shout").expect_freshness("stale")


def test_a_restarted_kernel_goes_on_where_the_last_one_was(page: Page, jupyter: Jupyter) -> None:
    host = Lab(page, jupyter)
    canvas = host.show()
    canvas.slider("times").press("ArrowRight")
    canvas.card("shout").press("Run to here")
    canvas.card("shout").expect_freshness("fresh")

    lab.restart_kernel(page)
    expect(canvas.root.locator(LOST)).to_be_visible(timeout=30_000)
    expect(canvas.card("shout").element).to_contain_text("HELLO ADA!")  # what it knows
    lab.run_all(page)
    expect(canvas.root.locator(LOST)).to_have_count(0, timeout=30_000)
    canvas = host.canvas()
    canvas.card("shout").expect_freshness("fresh")
    canvas.expect_slider("times", "3")


def test_a_dead_server_is_said_and_the_next_one_knows_all(page: Page, tmp_path: Path) -> None:
    with server.jupyterlab(tmp_path) as first:
        canvas = Lab(page, first).show()
        canvas.card("shout").press("Run to here")
        canvas.card("shout").expect_freshness("fresh")
    expect(canvas.root.locator(LOST)).to_be_visible(timeout=30_000)
    expect(canvas.card("shout").element).to_contain_text("HELLO ADA!")
    with server.jupyterlab(tmp_path) as second:
        canvas = Lab(page, second).show()
        canvas.card("shout").expect_freshness("fresh")
        canvas.card("shout").expect_history("1/1")
