"""What a view shows: it follows the cards until a person moves it, and says what it leaves out."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, expect

from tests.hosts.canvas_page import CanvasPage
from tests.hosts.pictures import look

BOX = "card => { const { x, y, width, height } = card.getBoundingClientRect(); return { x, y }; }"


def zoom_of(root: Locator) -> float:
    stage = root.locator(".daggr-stage")
    return float(stage.evaluate("e => getComputedStyle(e).getPropertyValue('--zoom')"))


def layout(canvas: CanvasPage, rev: int, positions: dict[str, Any], **widths: float) -> None:
    canvas.batch(rev, {"kind": "layout", "positions": positions, "widths": widths})


def test_the_view_follows_cards_that_the_kernel_moves(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    before = look(root)
    layout(canvas, 2, {"load_photos": [-900, 0]})
    after = look(root)
    assert after["zoom"] < before["zoom"] or after["cut"] != before["cut"]
    expect(canvas.card("load_photos")).to_be_in_viewport(ratio=0.9)


def test_who_has_moved_the_view_is_left_where_they_are(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.locator('[data-control="zoom-in"]').click()
    zoom = zoom_of(root)
    layout(canvas, 2, {"load_photos": [-900, 0]})
    look(root)
    assert zoom_of(root) == zoom
    root.locator('[data-control="fit"]').click()
    fitted = look(root)
    assert fitted["cut"] == []
    layout(canvas, 3, {"load_photos": [-1500, 0]})
    assert look(root)["cut"] == []  # who asked for all sees all


def test_pressing_run_or_typing_does_not_stop_the_view_from_following(canvas: CanvasPage) -> None:
    root = canvas.show("otters('stale')")
    root.locator('.daggr-toolbar [data-control="run"]').click()
    root.get_by_role("slider", name="Photos").press("ArrowRight")
    layout(canvas, 2, {"load_photos": [-900, 0]})
    look(root)
    expect(canvas.card("load_photos")).to_be_in_viewport(ratio=0.9)


def test_a_view_says_what_room_it_has_until_a_person_moves_it(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    canvas.wait_for_command("measured")
    width, height = canvas.commands("measured")[0]["room"]
    size = canvas.page.viewport_size
    assert size
    assert size["width"] - 60 < width < size["width"]
    assert 0.6 * size["height"] < height < 0.8 * size["height"]
    root.locator('[data-control="zoom-in"]').click()
    count = len(canvas.commands("measured"))
    canvas.change_state(
        2,
        "draft",
        status="failed",
        error={
            "type": "ValueError",
            "message": "no such step " * 20,
            "traceback": "ValueError: no",
        },
    )
    canvas.wait_for_command("measured", count + 1)
    assert canvas.commands("measured")[-1]["room"] is None


def test_the_canvas_is_as_high_as_its_cards_need_and_no_higher_than_the_page(
    canvas: CanvasPage,
) -> None:
    heights = {}
    for graph in ("sheets('fresh', 'Sheet 1')", "otters('fresh')", "big(300)"):
        heights[graph] = look(canvas.show(graph, height=0))["height"]
    size = canvas.page.viewport_size
    assert size
    assert max(heights.values()) <= 0.8 * size["height"] + 2
    assert heights["big(300)"] > 0.7 * size["height"]
    assert min(heights.values()) >= 240


def test_what_is_out_of_view_is_counted_at_the_edge_and_gone_to(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    look(root)
    for _ in range(4):
        root.locator('[data-control="zoom-in"]').click()
    chips = root.locator(".daggr-beyond")
    expect(chips.first).to_be_visible()
    hidden = sum(int(text.split()[0]) for text in chips.all_inner_texts())
    shown = root.evaluate(
        """root => {
            const frame = root.getBoundingClientRect();
            return [...root.querySelectorAll('article')].filter(card => {
                const box = card.getBoundingClientRect();
                const wide = Math.min(box.right, frame.right) - Math.max(box.left, frame.left);
                const high = Math.min(box.bottom, frame.bottom) - Math.max(box.top, frame.top + 45);
                return wide > 0 && high > 0 && wide * high >= 0.25 * box.width * box.height;
            }).length;
        }"""
    )
    assert abs(hidden + shown - 7) <= 1
    right = root.locator('[data-control="more-right"]')
    label = right.get_attribute("aria-label") or ""
    right.click()
    look(root)
    assert label.endswith("to the right")
    expect(root.locator(f'.daggr-beyond[aria-label="{label}"]')).to_have_count(0)


def test_full_screen_shows_all_and_gives_the_view_back(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    canvas.page.set_viewport_size({"width": 1600, "height": 1000})
    for _ in range(3):
        root.locator('[data-control="zoom-in"]').click()
    before = zoom_of(root)
    button = root.locator('.daggr-toolbar [data-control="full-screen"]')
    button.click()
    expect(button).to_have_attribute("aria-label", "Leave full screen")
    large = look(root)
    assert large["cut"] == []
    assert large["whole"] == 7
    button.click()
    expect(button).to_have_attribute("aria-label", "Full screen")
    look(root)
    assert zoom_of(root) == before


def test_the_toolbar_stays_in_sight_while_the_page_scrolls(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')", height=1400)
    canvas.page.set_viewport_size({"width": 1280, "height": 600})
    run = root.locator('.daggr-toolbar [data-control="search"]')
    expect(root.locator(".daggr-resize")).to_be_attached()
    canvas.page.mouse.move(600, 300)
    canvas.page.mouse.wheel(0, 500)
    canvas.page.wait_for_function("window.scrollY > 300")
    expect(run).to_be_in_viewport()


def test_a_card_is_pulled_wider_by_its_right_edge(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    look(root)
    expect(root.locator(".daggr-resize")).to_be_attached()
    card = canvas.card("voice")
    box = card.bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 1, box["y"] + 12
    mouse = canvas.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 60, y, steps=3)
    mouse.up()
    sent = canvas.wait_for_command("resize")
    assert sent["node"] == "voice"
    assert 300 < sent["width"] < 360
    after = card.bounding_box()
    assert after
    assert after["width"] > box["width"] + 40
    assert canvas.commands("move") == []


def test_pointing_at_a_port_lights_its_edges_and_no_others(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    look(root)
    expect(root.locator(".daggr-resize")).to_be_attached()
    canvas.card("draft").locator('[data-port="in:photo"] .daggr-label').hover()
    lit = root.locator('[data-edge][data-lit="true"]')
    expect(lit).to_have_count(1)
    expect(lit).to_have_attribute("data-edge", "load_photos.photos->draft.photo")
    canvas.page.mouse.move(5, 5)
    expect(lit).to_have_count(0)


def test_what_failed_is_counted_in_the_toolbar_and_gone_to(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    error = {"type": "ValueError", "message": "no", "traceback": "ValueError: no"}
    canvas.change_state(2, "answer", status="failed", error=error)
    chip = root.locator('[data-control="failures"]')
    expect(chip).to_have_text("1 failed")
    chip.click()
    expect(canvas.card("answer")).to_be_focused()


def test_enter_in_a_text_goes_on_with_it(canvas: CanvasPage) -> None:
    root = canvas.show("otters('stale')")
    field = root.get_by_role("textbox", name="Topic")
    field.fill("Otters at dawn")
    field.press("Enter")
    assert canvas.wait_for_command("run")["mode"] == "stale"
    kinds = canvas.page.evaluate("model.sent.map(command => command.kind)")
    assert kinds.index("set_input") < kinds.index("run")


def test_the_menu_turns_runs_after_edits_on_and_the_toolbar_says_so(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    more = root.locator('.daggr-toolbar [data-control="more"]')
    choice = root.locator('[data-control="autorun"]')
    more.click()
    expect(choice).to_have_attribute("aria-checked", "false")
    choice.click()
    assert canvas.wait_for_command("set_autorun")["on"] is True
    canvas.batch(2, {"kind": "toolbar", "undoable": False, "redoable": False, "autorun": True})
    expect(root.locator(".daggr-toolbar")).to_contain_text("runs after edits")
    more.click()
    expect(choice).to_have_attribute("aria-checked", "true")
    assert canvas.axe() == []
    choice.click()
    assert canvas.wait_for_command("set_autorun", 2)["on"] is False


def test_a_run_says_about_how_long_it_still_takes(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    canvas.page.evaluate("Date.now = () => 1_000_000 * 1000")
    canvas.batch(2, {"kind": "run", "run": {"id": "r", "done": 0, "total": 2}})
    canvas.change_state(3, "draft", status="running", typical=95.0, started_at=1_000_000 - 35.0)
    # The kernel's clock may be ahead of the browser's.
    canvas.change_state(4, "answer", status="running", typical=60.0, started_at=1_000_500.0)
    expect(root.locator(".daggr-run")).to_contain_text("about 2 min 00 s left")


def test_the_title_of_a_page_in_the_background_tells_that_a_long_run_has_ended(
    canvas: CanvasPage,
) -> None:
    canvas.show("otters('running')")
    page = canvas.page
    expect(canvas.root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, writable: true })")
    before = page.title()
    page.evaluate(
        "began => { performance.now = () => began + 11_000 }", page.evaluate("performance.now()")
    )
    canvas.batch(2, {"kind": "run", "run": None})
    page.wait_for_function("document.title.includes('done · Otters')")
    page.evaluate("document.hidden = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert page.title() == before


def test_all_can_be_run_again(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.locator('.daggr-toolbar [data-control="more"]').click()
    root.locator('[data-control="run-all"]').click()
    sent = canvas.wait_for_command("run")
    assert (sent["targets"], sent["force"]) == ([], True)
