"""What a canvas does with keys, wheels, fingers, menus and drops, and what it leaves to others."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.hosts.canvas_page import CanvasPage
from tests.hosts.test_components_page import files

CLICKABLE = (
    "button, input, select, textarea, summary, label, td, th, li, pre, [role=gridcell],"
    " [role=treeitem], [role=option], [contenteditable], .daggr-scroll, .daggr-field"
)
WHEEL = """(element, options) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const event = new WheelEvent('wheel', {
        clientX: x + width / 2, clientY: y + height / 2, bubbles: true, cancelable: true,
        ...options,
    });
    element.dispatchEvent(event);
    return event.defaultPrevented;
}"""
TOUCH = """(stage, [type, pointerId, x, y]) => {
    const { left, top } = stage.getBoundingClientRect();
    stage.dispatchEvent(new PointerEvent(type, {
        pointerId, pointerType: 'touch', clientX: left + x, clientY: top + y, button: 0,
        bubbles: true, cancelable: true, isPrimary: pointerId === 1,
    }));
}"""
HEAR = """() => {
    window.heard = [];
    window.silent = [];
    const note = list => event => list.push(
        (event.target.closest('[data-lm-suppress-shortcuts]') ? '!' : '') + event.key);
    document.addEventListener('keydown', note(silent), true);
    document.body.addEventListener('keydown', note(heard));
    addEventListener('keydown', event => event.ctrlKey && event.preventDefault());
}"""


def camera(root: Locator) -> dict[str, float]:
    found: dict[str, float] = root.locator(".daggr-stage").evaluate(
        """stage => {
            const { x, y } = stage.querySelector('[data-host]').getBoundingClientRect();
            return { x, y, zoom: Number(getComputedStyle(stage).getPropertyValue('--zoom')) };
        }"""
    )
    return found


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    "graph",
    [
        "fields()",
        "otters('failed')",
        pytest.param("results()", marks=pytest.mark.everywhere),
        pytest.param("controls()", marks=pytest.mark.everywhere),
    ],
)
def test_letters_over_whatever_was_clicked_are_no_commands(canvas: CanvasPage, graph: str) -> None:
    root = canvas.show(graph)
    page = canvas.page
    expect(root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    count = root.locator("article").locator(CLICKABLE).count()
    assert count > 5
    panels = root.locator(".daggr-side, .daggr-lightbox, .daggr-menu, .daggr-keys")
    for index in range(count):
        target = root.locator("article").locator(CLICKABLE).nth(index)
        if not target.is_visible() or target.is_disabled():
            continue
        # As a click does, wherever it stands: also what scrolled out of its box.
        target.evaluate(
            """element => {
                element.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
                element.click();
                const focusable = 'button, input, select, textarea, [tabindex]';
                if (!element.contains(document.activeElement))
                    element.closest(focusable)?.focus();
            }"""
        )
        before, open_before = sent(canvas), panels.count()
        if page.evaluate("!!document.activeElement.closest('article')"):
            page.keyboard.type("rRscahmft/0+-")
            new = sent(canvas)[len(before) :]
            assert [kind for kind in new if kind not in QUIET] == [], target.evaluate(
                "e => e.outerHTML"
            )
            assert panels.count() <= open_before
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")


QUIET = {
    "list_items",
    "fetch_module",
    "list_runs",
    "set_input",
    "override",
    "measured",
    "fetch",
    "sync",
    "show_record",
    "plan",
    "chat",
}


def sent(canvas: CanvasPage) -> list[str]:
    kinds: list[str] = canvas.page.evaluate("model.sent.map(command => command.kind)")
    return kinds


def test_letters_and_arrows_on_a_card_or_the_stage_are_commands(canvas: CanvasPage) -> None:
    root = canvas.show("otters('stale')")
    canvas.card("draft").focus()
    canvas.page.keyboard.press("r")
    assert canvas.wait_for_command("run")["targets"] == ["draft"]
    root.locator(".daggr-stage").focus()
    canvas.page.keyboard.press("?")
    expect(root.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_chords_without_a_use_here_go_on_to_the_page(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    page = canvas.page
    expect(root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    page.evaluate(HEAR)
    for place in (root.locator(".daggr-stage"), root.get_by_label("Topic")):
        place.focus()
        for key in ("Control+s", "Control+b", "Control+Shift+F", "Control+z", "Control+a", "x"):
            page.keyboard.press(key)
    letters = page.evaluate("heard.filter(key => key.length === 1)")
    assert letters == ["s", "b", "F"] * 2
    first = page.evaluate("silent.filter(key => key.replace('!', '').length === 1)")
    assert first == ["s", "b", "F", "!z", "!a", "!x"] * 2


# ---------------------------------------------------------------- wheels and fingers


def test_a_wheel_that_goes_sideways_scrolls_what_can(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    table = root.get_by_role("table", name="table")
    expect(table).to_be_visible()
    box = table.evaluate_handle("table => table.closest('.daggr-scroll') ?? table")
    box.evaluate("box => { box.style.width = '120px'; box.scrollTop = 0 }")
    root.locator(".daggr-stage").focus()
    wheel: Any = box.evaluate
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert wheel(WHEEL, {"deltaX": 100}) is False
    assert wheel(WHEEL, {"deltaY": 100, "shiftKey": True}) is False
    assert wheel(WHEEL, {"deltaX": -100}) is True  # it stands at its left edge
    box.evaluate("box => { box.scrollLeft = 10_000 }")
    assert wheel(WHEEL, {"deltaX": 100}) is True
    assert wheel(WHEEL, {"deltaX": -100}) is False
    assert wheel(WHEEL, {"deltaY": 100}) is False


def test_a_mouse_with_shift_pans_sideways(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    stage = root.locator(".daggr-stage")
    stage.focus()
    before = camera(root)
    stage.evaluate(WHEEL, {"deltaY": 60, "shiftKey": True})
    after = camera(root)
    assert after["x"] == pytest.approx(before["x"] - 60, abs=1)
    assert after["y"] == pytest.approx(before["y"], abs=1)


def test_a_wheel_over_a_number_leaves_it_as_it_is(canvas: CanvasPage) -> None:
    root = canvas.show("controls()")
    number = root.locator("input[type=number]").first
    expect(root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    number.focus()
    before = number.input_value()
    box = number.bounding_box()
    assert box
    canvas.page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    canvas.page.mouse.wheel(0, -100)
    expect(number).not_to_be_focused()
    expect(number).to_have_value(before)


def test_two_fingers_zoom_about_their_middle(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    expect(root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    stage = root.locator(".daggr-stage")
    before = camera(root)
    stage.evaluate("stage => { stage.setPointerCapture = () => {} }")  # there are no real fingers
    for finger in (
        ["pointerdown", 1, 300, 300],
        ["pointermove", 1, 320, 300],
        ["pointerdown", 2, 400, 300],
        ["pointermove", 1, 280, 300],
        ["pointermove", 2, 440, 300],
    ):
        stage.evaluate(TOUCH, finger)
    after = camera(root)
    assert after["zoom"] == pytest.approx(before["zoom"] * 2, rel=0.01)
    stage.evaluate(TOUCH, ["pointerup", 2, 440, 300])
    stage.evaluate(TOUCH, ["pointermove", 1, 100, 100])  # one finger that is left moves nothing
    assert camera(root) == after
    stage.evaluate(TOUCH, ["pointerup", 1, 100, 100])


@pytest.mark.parametrize("style", ["transform: scale(0.5); transform-origin: 0 0", "zoom: 0.5"])
def test_a_page_that_is_scaled_is_dragged_and_zoomed_where_the_pointer_is(
    canvas: CanvasPage, style: str
) -> None:
    root = canvas.show("otters('fresh')")
    canvas.page.evaluate("style => { document.querySelector('#cells').style = style }", style)
    card = canvas.card("voice")
    zoom = camera(root)["zoom"]
    box = card.locator("header").bounding_box()
    assert box
    mouse = canvas.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 5)
    mouse.down()
    mouse.move(box["x"] + 60, box["y"] + 45, steps=4)
    mouse.up()
    moved = card.bounding_box()
    assert moved
    assert moved["x"] - box["x"] == pytest.approx(30, abs=1.5)
    assert moved["y"] - box["y"] == pytest.approx(40, abs=1.5)
    canvas.page.keyboard.down("Control")
    mouse.wheel(0, -60)
    canvas.page.keyboard.up("Control")
    canvas.page.wait_for_function(
        "zoom => Number(getComputedStyle(document.querySelector('.daggr-stage'))"
        ".getPropertyValue('--zoom')) > zoom",
        arg=zoom,
    )
    grown = card.locator("header").bounding_box()
    assert grown
    part = (moved["x"] + 30 - moved["x"]) / moved["width"]
    assert grown["x"] + part * grown["width"] == pytest.approx(box["x"] + 60, abs=2.5)


def test_a_page_that_reads_from_right_to_left_shows_the_same_canvas(canvas: CanvasPage) -> None:
    """Cards, sliders and numbers stand as ever; a text goes as its letters do."""
    places = {}
    for way in ("ltr", "rtl"):
        root = canvas.show("otters('fresh')")
        canvas.page.evaluate("way => { document.documentElement.dir = way }", way)
        root.locator('[data-control="fit"]').click()
        canvas.page.wait_for_function(
            "document.querySelector('.daggr-stage').getAnimations({ subtree: true }).length === 0"
        )
        look = "all => all.map(each => Math.round(each.getBoundingClientRect().x))"
        parts = "article, .daggr-toolbar button, [data-port], input, .daggr-slider-value"
        places[way] = root.locator(parts).evaluate_all(look)
        expect(root.get_by_label("Topic")).to_have_attribute("dir", "auto")
    assert places["rtl"] == places["ltr"]


# ---------------------------------------------------------------- menus, marks, drops


def test_the_right_button_opens_the_card_s_menu_and_leaves_fields_to_the_browser(
    canvas: CanvasPage,
) -> None:
    root = canvas.show("otters('fresh')")
    expect(root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    canvas.page.evaluate(
        "() => { window.asked = []; document.addEventListener('contextmenu', e => asked.push(1)) }"
    )
    canvas.card("voice").locator("header").click(button="right")
    expect(canvas.card("voice").get_by_role("menuitem", name="History")).to_be_focused()
    canvas.page.keyboard.press("Escape")
    root.locator(".daggr-stage").click(button="right", position={"x": 8, "y": 400})
    expect(root.get_by_role("menuitem", name="Tidy")).to_be_visible()
    canvas.page.keyboard.press("Escape")
    root.get_by_label("Topic").click(button="right")
    expect(root.get_by_role("menu")).to_have_count(0)
    assert canvas.page.evaluate("asked") == []  # the host's menu deletes cells


def test_a_pull_at_a_port_marks_no_text(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    port = canvas.card("voice").locator('[data-port="out:script"]')
    box = port.bounding_box()
    assert box
    mouse = canvas.page.mouse
    mouse.move(box["x"] + box["width"] - 1, box["y"] + 9)
    mouse.down()
    mouse.move(box["x"] + box["width"] + 200, box["y"] + 150, steps=5)
    mouse.up()
    assert canvas.page.evaluate("getSelection().toString()") == ""


def test_a_file_dropped_anywhere_on_a_field_is_taken_and_elsewhere_on_the_canvas_refused(
    canvas: CanvasPage,
) -> None:
    root = canvas.show("fields()")
    expect(root.get_by_role("separator", name="Height of the canvas")).to_be_attached()
    drop = """(element, data) => {
        const options = { dataTransfer: data, bubbles: true, cancelable: true };
        const event = new DragEvent('drop', options);
        element.dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    many = root.locator("[data-port='in:many'] .daggr-filefield")
    assert many.evaluate(drop, files(canvas, "a.txt")) is True
    assert canvas.wait_for_command("set_input")["value"] == [{"$file": "there/a.txt"}]
    for place in (".daggr-stage", "article header", ".daggr-toolbar"):
        assert root.locator(place).first.evaluate(drop, files(canvas, "b.txt")) is True
    assert len(canvas.commands("set_input")) == 1


def test_a_picture_dropped_on_the_one_that_is_there_takes_its_place(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    there = canvas.page.evaluate(
        """() => ({ ...structuredClone(model.get('snapshot').nodes[0].inputs[2].value),
            kind: 'image', mime: 'image/png', summary: 'Image 4 × 4', digest: 'd', inline: false,
            data: { name: 'old.png', width: 4, height: 4 }, count: null })"""
    )
    canvas.batch(2, {"kind": "input", "node": "give", "port": "photo", "value": there})
    field = root.locator("[data-port='in:photo'] .daggr-filefield")
    expect(field.locator(".daggr-drop")).to_have_count(0)
    field.dispatch_event("dragover", {"dataTransfer": files(canvas, "new.png")})
    expect(field).to_have_attribute("data-over", "true")
    field.dispatch_event("drop", {"dataTransfer": files(canvas, "new.png")})
    sent = canvas.wait_for_command("set_input")
    assert sent == {"node": "give", "port": "photo", "value": {"$file": "there/new.png"}}
    field.dispatch_event("drop", {"dataTransfer": files(canvas, "new.txt")})
    assert len(canvas.commands("set_input")) <= 2
