"""HTML of results in a real browser: links lead out, scripts run in a tab of their own alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.hosts.canvas_page import CanvasPage

SCRIPTED = (
    "<div id='plot'></div><script>"
    "document.getElementById('plot').textContent = 'drawn';"
    "try { document.title = String(top.document.title); } catch { document.body.dataset.out = 1; }"
    "</script>"
)


def shown(canvas: CanvasPage, html: str) -> Any:
    canvas.show("otters('fresh')")
    value = {"summary": "HTML", "mime": "text/html", "digest": None, "data": html}
    value |= {"kind": "html", "inline": True, "items": [], "count": None, "note": "", "size": None}
    canvas.batch(2, {"kind": "node_values", "node": "answer", "values": {"text": value}})
    return canvas.card("answer")


def test_links_lead_out_and_tell_nobody_where_from(canvas: CanvasPage) -> None:
    html = (
        '<a id="out" href="https://x.invalid/" rel="opener" target="_top">out</a> '
        '<a id="in" href="#below">in</a> <a id="bad" href="javascript:alert(1)">bad</a>'
        '<p id="below" style="margin-top:2000px">part</p>'
    )
    card = shown(canvas, html)
    frame = card.locator("iframe").content_frame
    expect(frame.locator("#out")).to_have_attribute("rel", "noopener noreferrer")
    assert frame.locator("#out").get_attribute("target") is None
    assert frame.locator("#bad").get_attribute("href") is None
    canvas.page.context.route(
        "https://x.invalid/", lambda route: route.fulfill(body="there", content_type="text/html")
    )
    with canvas.page.context.expect_page() as opened:
        frame.locator("#out").press("Enter")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("() => window.opener") is None
    opened.value.close()
    frame.locator("#in").press("Enter")
    expect(frame.locator("#below")).to_be_in_viewport()
    assert len(canvas.page.context.pages) == 1


def test_what_lives_by_scripts_runs_in_a_tab_of_its_own(canvas: CanvasPage) -> None:
    card = shown(canvas, SCRIPTED)
    expect(card.get_by_text("Scripts do not run here.")).to_be_visible()
    expect(card.locator("iframe")).to_have_count(0)
    with canvas.page.context.expect_page() as opened:
        card.get_by_role("link", name="Open it in a new tab").click()
    frame = opened.value.frame_locator("iframe")
    expect(frame.locator("#plot")).to_have_text("drawn")
    expect(frame.locator("body")).to_have_attribute("data-out", "1")
    opened.value.close()


def test_another_page_is_a_link_to_it(canvas: CanvasPage) -> None:
    card = shown(canvas, '<iframe src="https://www.youtube.com/embed/x"></iframe>')
    expect(card.get_by_text("Other pages are not shown here.")).to_be_visible()
    link = card.get_by_role("link", name="Open it in a new tab")
    expect(link).to_have_attribute("href", "https://www.youtube.com/embed/x")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
