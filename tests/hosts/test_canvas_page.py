"""The whole canvas in a real browser, with a fake kernel: hooks, commands, manners, access."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import expect

from tests.hosts import lab
from tests.hosts.canvas_page import CanvasPage

EDGE = "voice.script->answer.script"
WHEEL = """([x, y, deltaY, ctrlKey]) => {
    const event = new WheelEvent('wheel', {
        deltaY, ctrlKey, clientX: x, clientY: y, bubbles: true, cancelable: true,
    });
    document.elementFromPoint(x, y).dispatchEvent(event);
    return event.defaultPrevented;
}"""
LISTEN = """() => {
    window.heard = [];
    document.body.addEventListener('keydown', event => heard.push(event.key));
}"""
# From now on, in each frame: which cards cover each other, and where `answer` stands.
WATCH = """() => {
    window.covered = [];
    window.tops = [];
    const look = () => {
        const cards = [...document.querySelectorAll('article')];
        const boxes = cards.map(card => [card.dataset.node, card.getBoundingClientRect()]);
        for (const [a, p] of boxes) for (const [b, q] of boxes) {
            const apart = p.right <= q.left || q.right <= p.left
                || p.bottom <= q.top || q.bottom <= p.top;
            if (a < b && !apart) covered.push(`${a} ${b}`);
        }
        tops.push(Object.fromEntries(boxes).answer.top);
    };
    // What is painted, and no state before it: observers of sizes run last, in their order.
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.position = 'fixed';
    new ResizeObserver(look).observe(probe);
    const frame = number => {
        probe.style.width = `${number % 2 + 1}px`;
        probe.style.height = '1px';
        requestAnimationFrame(() => frame(number + 1));
    };
    frame(0);
}"""
SHEETS = "sheets('stale', 'Sheet 1', 'Night shots', 'A rather long name of a sheet')"
ASKING = ["choices()", "questions()", "manyOptions()", "itemLists()"]
COLOR = "element => getComputedStyle(element).stroke"


def zoom_of(canvas: CanvasPage) -> int:
    return int((canvas.root.locator(".daggr-percent").text_content() or "").split()[0])


# ---------------------------------------------------------------- hooks and state


def test_the_promised_hooks_are_there(canvas: CanvasPage) -> None:
    root = canvas.show("otters('stale')")
    expect(root).to_have_attribute("data-graph", "Otters")
    draft = canvas.card("draft")
    expect(draft).to_have_attribute("data-status", "succeeded")
    expect(draft).to_have_attribute("data-freshness", "stale")
    expect(draft.locator('[data-port="in:photo"]')).to_be_visible()
    expect(draft.locator('[data-port="out:text"]')).to_be_visible()
    expect(draft.locator('[data-item="2"]')).to_contain_text("Where they sleep")
    expect(root.locator(f'[data-edge="{EDGE}"]')).to_have_attribute("data-fresh", "true")
    for name in ("Run to here", "Previous result", "Next result", "More ways to run"):
        expect(draft.get_by_role("button", name=name)).to_be_visible()
    for control in ("run-to-here", "run-more", "previous", "next", "history", "menu"):
        expect(draft.locator(f'[data-control="{control}"]')).to_be_visible()
    for name in ("Run stale", "Fit", "Search"):
        expect(root.get_by_role("button", name=name)).to_be_visible()
    for control in ("run", "undo", "fit", "search", "more"):
        expect(root.locator(f'.daggr-toolbar [data-control="{control}"]')).to_be_visible()


def test_a_batch_changes_words_edges_and_the_run(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    line = root.locator(f'[data-edge="{EDGE}"] path').first
    orange = line.evaluate(COLOR)
    canvas.change_state(2, "answer", status="running")
    expect(canvas.card("answer")).to_have_attribute("data-status", "running")
    expect(canvas.card("answer").locator("header")).to_contain_text("running")
    assert line.evaluate(COLOR) != orange
    run = {"id": "r", "done": 12, "total": 40, "stopping": False}
    canvas.batch(3, {"kind": "edges", "fresh": {EDGE: False}}, {"kind": "run", "run": run})
    expect(root.locator(f'[data-edge="{EDGE}"]')).to_have_attribute("data-fresh", "false")
    expect(root).to_contain_text("12/40")


def test_a_lost_batch_is_asked_for(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    before = len(canvas.commands("sync"))
    canvas.batch(5, {"kind": "notice", "text": "too soon"})
    assert canvas.wait_for_command("sync", before + 1) == {"rev": 1}
    expect(canvas.root).not_to_contain_text("too soon")


def test_views_of_a_model_share_state_and_keep_their_own_camera(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')", views=2, height=500)
    first, second = canvas.page.locator(".daggr-root").all()
    canvas.change_state(2, "draft", status="queued")
    for view in (first, second):
        expect(view.locator('article[data-node="draft"]')).to_have_attribute(
            "data-status", "queued"
        )
    unmoved = second.locator(".daggr-percent").text_content()
    first.get_by_role("button", name="Zoom in").click()
    expect(first.locator(".daggr-percent")).not_to_have_text(unmoved or "")
    expect(second.locator(".daggr-percent")).to_have_text(unmoved or "")


def test_what_was_shown_is_there_again_after_a_reload(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    canvas.change_state(2, "draft", status="failed", error=None)
    kept = "model.get('snapshot').rev === 2 && structuredClone(model.get('snapshot'))"
    saved = canvas.page.wait_for_function(kept).json_value()
    canvas.page.reload()
    canvas.page.wait_for_function("window.ready")
    canvas.page.evaluate("saved => { show(saved, { silent: true }) }", saved)
    expect(canvas.card("draft")).to_have_attribute("data-status", "failed")
    expect(canvas.root).to_contain_text("No kernel", timeout=10_000)
    expect(canvas.root.get_by_label("Topic")).to_be_disabled()
    expect(canvas.root.get_by_text("Pictures are not saved with the page.").first).to_be_visible()


def test_the_saved_state_is_not_sent_back_with_a_new_height(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    canvas.batch(2, {"kind": "notice", "text": "kept"})
    canvas.page.wait_for_function("model.get('snapshot').notice === 'kept'")
    canvas.root.get_by_role("separator", name="Height of the canvas").press("ArrowDown")
    assert canvas.page.evaluate("model.saved") == [{"height": 660}]


def test_a_closed_view_leaves_nothing_behind(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    canvas.page.evaluate("model.close()")
    expect(canvas.page.locator(".daggr-root")).to_have_count(0)
    canvas.batch(2, {"kind": "notice", "text": "nobody looks"})


# ---------------------------------------------------------------- commands


def test_a_slider_sends_its_value(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.get_by_role("slider", name="Photos").press("ArrowRight")
    sent = canvas.wait_for_command("set_input")
    assert sent == {"node": "Parameters", "port": "Photos", "value": 5}
    expect(root.get_by_role("slider", name="Photos")).to_have_value("5")


def test_text_is_sent_without_leaving_the_field_and_not_overwritten(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    field = root.get_by_label("Topic")
    field.fill("Herons")
    assert canvas.wait_for_command("set_input")["value"] == "Herons"
    echo = {"kind": "input", "node": "Parameters", "port": "Topic", "value": "Otters"}
    canvas.batch(2, echo)
    canvas.batch(3, {"kind": "notice", "text": "shown"})
    expect(root).to_contain_text("shown")
    expect(field).to_have_value("Herons")


def test_a_dropdown_sends_the_value_behind_its_label(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.get_by_label("Tone", exact=True).first.select_option(label="dry")
    sent = canvas.wait_for_command("set_input")
    assert sent == {"node": "Parameters", "port": "Tone", "value": "dry"}


def test_a_rejected_edit_is_taken_back_and_said(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.get_by_role("slider", name="Photos").press("ArrowRight")
    canvas.wait_for_command("set_input")
    command = canvas.commands("set_input")[0]
    canvas.emit({"kind": "command_rejected", "id": command["id"], "error": "at most 4 photos"})
    expect(root.get_by_role("alert")).to_contain_text("at most 4 photos")
    expect(root.get_by_role("slider", name="Photos")).to_have_value("4")


def test_a_card_runs_in_four_ways_and_stops(canvas: CanvasPage) -> None:
    canvas.show("otters('stale')")
    draft = canvas.card("draft")
    draft.get_by_role("button", name="Run to here").click()
    assert canvas.wait_for_command("run") == {
        "targets": ["draft"],
        "mode": "to_here",
        "force": False,
        "item": "",
    }
    draft.get_by_role("button", name="More ways to run").click()
    draft.get_by_role("menuitem", name="Run this step").click()
    assert canvas.wait_for_command("run", 2)["mode"] == "step"
    canvas.change_state(2, "draft", status="running")
    draft.get_by_role("button", name="Stop").click()
    assert canvas.wait_for_command("stop") == {"node": "draft"}


def test_run_stale_counts_and_runs_what_is_not_fresh(canvas: CanvasPage) -> None:
    root = canvas.show("otters('stale')")
    button = root.get_by_role("button", name="Run stale")
    expect(button).to_have_text("Run 3 steps")
    button.click()
    sent = canvas.wait_for_command("run")
    assert sent == {"targets": [], "mode": "stale", "force": False, "item": ""}
    canvas.show("otters('fresh')")
    expect(root.get_by_role("button", name="Run stale")).to_be_disabled()
    expect(root).to_contain_text("Up to date")


def test_history_selects_records(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    canvas.card("draft").get_by_role("button", name="Previous result").click()
    assert canvas.wait_for_command("select") == {"node": "draft", "record": "d3"}


def test_a_failed_card_shows_its_traceback_and_a_retry(canvas: CanvasPage) -> None:
    canvas.show("otters('failed')")
    card = canvas.card("z-image-turbo")
    expect(card).to_contain_text("The Space is asleep (503)")
    expect(card.get_by_text("503 Service Unavailable")).to_be_visible()
    card.get_by_role("button", name="Retry").click()
    assert canvas.wait_for_command("run")["targets"] == ["z-image-turbo"]


def test_pictures_are_fetched_small_and_zoom_over_the_canvas(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    for name in ("load_photos", "contact_sheet"):
        expect(canvas.card(name).locator("img").first).to_be_visible()
    widths = {command["port"]: command["max_width"] for command in canvas.commands("fetch")}
    assert widths == {"photos": 160, "sheet": 488}
    canvas.card("contact_sheet").get_by_role("button", name="Enlarge sheet").click()
    dialog = root.get_by_role("dialog")
    expect(dialog.locator("img")).to_be_visible()
    dialog.press("Escape")
    expect(dialog).to_have_count(0)
    expect(canvas.card("contact_sheet").get_by_role("button", name="Enlarge sheet")).to_be_focused()


def test_a_card_is_dragged_by_its_header(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    header = canvas.card("voice").locator("header")
    box = header.bounding_box()
    assert box
    mouse = canvas.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 10)
    mouse.down()
    mouse.move(box["x"] + 100, box["y"] + 70, steps=4)
    mouse.up()
    moved = canvas.wait_for_command("move")
    assert moved["node"] == "voice"
    assert moved["x"] > 342
    assert moved["y"] > 300


def test_heights_are_reported_once(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    canvas.wait_for_command("measured")
    heights = canvas.commands("measured")[0]["heights"]  # a picture that is late comes on its own
    assert len(heights) == 7
    assert all(height > 90 for height in heights.values())


def failing(frames: int) -> dict[str, object]:
    lines = [
        f'  File "cell {i}", line {i}, in step\n    value = step(value)' for i in range(frames)
    ]
    traceback = "\n".join(["Traceback (most recent call last):", *lines, "ValueError: the end"])
    error = {"type": "ValueError", "message": "no such step " * 40, "traceback": traceback}
    return {"status": "failed", "freshness": "missing", "error": error}


def test_a_card_that_grows_covers_no_other_in_any_frame(canvas: CanvasPage) -> None:
    canvas.page.emulate_media(reduced_motion="no-preference")
    canvas.show("otters('fresh')", height=1100)
    canvas.wait_for_command("measured")
    canvas.page.evaluate(WATCH)
    before = canvas.card("draft").bounding_box()
    canvas.change_state(2, "draft", **failing(30))
    expect(canvas.card("draft")).to_contain_text("ValueError: the end")
    canvas.wait_for_command("measured", 2)
    canvas.page.wait_for_timeout(300)
    after = canvas.card("draft").bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"] + 100
    assert canvas.page.evaluate("window.covered") == []
    canvas.batch(3, {"kind": "layout", "positions": {"answer": [694, 900]}})
    canvas.page.wait_for_timeout(400)
    assert canvas.page.evaluate("window.covered") == []
    tops = set(canvas.page.evaluate("window.tops"))
    assert len(tops) > 2, "the kernel's layout is a movement"


def test_a_traceback_shows_its_end_and_little_of_it(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    canvas.change_state(2, "answer", **failing(30))
    text = canvas.card("answer").get_by_role("group", name="Traceback")
    expect(text).to_be_visible()
    height, rest = text.evaluate(
        "e => [e.offsetHeight, e.scrollHeight - e.scrollTop - e.clientHeight]"
    )
    assert height <= 140
    assert rest < 2


def test_items_open_by_keyboard(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    card = canvas.card("draft")
    items = canvas.page.evaluate(
        "model.get('snapshot').nodes.find(node => node.id === 'draft').state.items"
    )
    quiet = {**items, "failed": 0, "total": 2, "rows": items["rows"][:2]}
    canvas.change_state(2, "draft", items=quiet)
    button = card.get_by_role("button", name="2 items · 2.3 s")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(card.locator("[data-item]")).to_have_count(0)
    button.press("Enter")
    expect(card.locator("[data-item]")).to_have_count(2)


# ---------------------------------------------------------------- choices


def edges_of(canvas: CanvasPage) -> list[str]:
    found: list[str] = canvas.root.locator("[data-edge]").evaluate_all(
        "all => all.map(each => each.dataset.edge)"
    )
    return found


def test_a_choice_shows_the_rows_and_edges_of_one_variant(canvas: CanvasPage) -> None:
    canvas.show("choices()")
    voice = canvas.card("voice")
    variants = voice.get_by_role("radiogroup", name="variant")
    expect(variants.get_by_role("radio", name="melo")).to_be_checked()
    expect(voice.locator('[data-port="in:melo.text"]')).to_be_visible()
    expect(voice.locator('[data-port="in:kokoro.text"]')).to_have_count(0)
    assert edges_of(canvas) == ["topic.text->voice.melo.text", "voice.audio->mix.audio"]
    variants.get_by_role("radio", name="kokoro").click()
    sent = canvas.wait_for_command("set_input")
    assert sent == {"node": "voice", "port": "variant", "value": "kokoro"}
    expect(voice.get_by_label("Voice", exact=True)).to_have_value("nicole")
    expect(voice.get_by_label("Speed")).to_have_count(0)
    assert edges_of(canvas) == ["topic.title->voice.kokoro.text", "voice.audio->mix.audio"]


def test_an_edge_meets_the_row_of_its_variant(canvas: CanvasPage) -> None:
    canvas.show("choices()")
    voice = canvas.card("voice")
    voice.get_by_role("radio", name="kokoro").click()
    row = voice.locator('[data-port="in:kokoro.text"]').bounding_box()
    line = canvas.root.locator('[data-edge="topic.title->voice.kokoro.text"] path').first
    end = line.evaluate(
        "p => { const q = p.getPointAtLength(p.getTotalLength());"
        " return new DOMPoint(q.x, q.y).matrixTransform(p.getScreenCTM()).y }"
    )
    assert row
    assert row["y"] < end < row["y"] + row["height"]


def test_a_rejected_variant_is_taken_back_with_its_rows(canvas: CanvasPage) -> None:
    canvas.show("choices()")
    voice = canvas.card("voice")
    voice.get_by_role("radio", name="kokoro").click()
    canvas.wait_for_command("set_input")
    canvas.reject("set_input", "kokoro is away")
    expect(voice.get_by_role("radio", name="melo")).to_be_checked()
    expect(voice.get_by_label("Speed")).to_be_visible()
    assert "topic.text->voice.melo.text" in edges_of(canvas)


def test_variants_are_switched_with_the_arrow_keys(canvas: CanvasPage) -> None:
    root = canvas.show("choices()")
    expect(canvas.card("voice")).to_have_attribute(
        "aria-label", "voice, fresh, input from topic, feeds mix"
    )
    expect(canvas.card("long_voice")).to_have_attribute("aria-label", "long_voice, fresh")
    root.locator(".daggr-stage").focus()
    for name in ("topic", "voice"):
        canvas.page.keyboard.press("ArrowRight")
        expect(canvas.card(name)).to_be_focused()
    canvas.page.keyboard.press("Enter")
    expect(root.get_by_role("radio", name="melo")).to_be_focused()
    canvas.page.keyboard.press("ArrowRight")
    assert canvas.wait_for_command("set_input")["value"] == "kokoro"


def test_long_names_of_variants_are_a_dropdown(canvas: CanvasPage) -> None:
    canvas.show("choices()")
    card = canvas.card("long_voice")
    canvas.wait_for_command("measured")
    card.get_by_role("combobox", name="variant").select_option("espeak")
    sent = canvas.wait_for_command("set_input")
    assert sent == {"node": "long_voice", "port": "variant", "value": "espeak"}
    expect(card.locator('[data-port="in:espeak.text"]')).to_be_visible()
    assert "topic.text->long_voice.espeak.text" in edges_of(canvas)
    assert "long_voice" in canvas.wait_for_command("measured", 2)["heights"]


# ---------------------------------------------------------------- questions


def test_a_card_asks_for_approval(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    review = canvas.card("review")
    expect(review.locator("header")).to_contain_text("waiting for you")
    panel = review.get_by_role("region", name="Question of review")
    expect(panel).to_contain_text("Leave the dog")
    panel.get_by_role("button", name="Approve").click()
    assert canvas.wait_for_command("answer") == {
        "node": "review",
        "key": "approve-1",
        "answer": True,
    }
    expect(panel.get_by_role("button", name="Reject")).to_be_disabled()
    canvas.reject("answer", "asked too long ago")
    expect(canvas.root.get_by_role("alert")).to_contain_text("asked too long ago")
    panel.get_by_role("button", name="Reject").click()
    assert canvas.wait_for_command("answer", 2)["answer"] is False
    canvas.change_state(2, "review", status="succeeded", question=None)
    expect(panel).to_have_count(0)


@pytest.mark.parametrize(("word", "answer"), [("Yes", True), ("No", False)])
def test_a_card_asks_whether_it_was_called_otherwise(
    canvas: CanvasPage, word: str, answer: bool
) -> None:
    canvas.show('otters("stale")')
    question = {
        "kind": "rename",
        "key": "renamed-1",
        "text": "Is draft what was sketch?",
        "port": None,
        "item": "",
        "waiting": 1,
        "options": [],
        "count": 0,
        "component": None,
        "value": None,
    }
    canvas.change_state(2, "draft", question=question)
    panel = canvas.card("draft").get_by_role("region", name="Question of draft")
    expect(panel).to_contain_text("Is draft what was sketch?")
    panel.get_by_role("button", name=word, exact=True).click()
    sent = canvas.wait_for_command("answer")
    assert sent == {"node": "draft", "key": "renamed-1", "answer": answer}
    canvas.change_state(3, "draft", question=None)
    expect(panel).to_have_count(0)


def test_the_next_question_is_open_again(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    card = canvas.card("title")
    expect(card).to_contain_text("1 of 3 questions · item 2")
    card.get_by_text("Otters at dusk").click()
    card.get_by_role("button", name="Choose").click()
    assert canvas.wait_for_command("answer") == {"node": "title", "key": "title", "answer": 0}
    asked = canvas.page.evaluate(
        "model.get('snapshot').nodes.find(node => node.id === 'title').state.question"
    )
    canvas.change_state(2, "title", question={**asked, "key": "other", "waiting": 2, "item": "3"})
    expect(card).to_contain_text("1 of 2 questions · item 3")
    expect(card.get_by_role("radio", name="Otters at dusk")).to_be_enabled()
    expect(card.get_by_role("radio", name="Otters at dusk")).not_to_be_checked()
    expect(card.get_by_role("button", name="Choose")).to_be_disabled()


def test_one_of_several_pictures_is_chosen(canvas: CanvasPage) -> None:
    root = canvas.show("questions()")
    card = canvas.card("cover")
    group = card.get_by_role("radiogroup", name="Which photo is the cover?")
    expect(group.get_by_role("radio")).to_have_count(8)
    fetched = [each for each in canvas.commands("fetch") if each["node"] == "cover"]
    assert sorted(each["path"][0] for each in fetched) == list(range(8))
    assert {(each["port"], each["question"]) for each in fetched} == {("input", True)}
    group.locator("img").nth(2).click()
    expect(group.get_by_role("radio", name="Option 3")).to_be_checked()
    group.get_by_role("button", name="Enlarge Option 3").click()
    expect(root.get_by_role("dialog").locator("img")).to_be_visible()
    canvas.page.keyboard.press("Escape")
    assert canvas.commands("answer") == []
    group.locator("img").nth(4).dblclick()
    assert canvas.wait_for_command("answer") == {"node": "cover", "key": "cover", "answer": 4}


def test_a_question_is_answered_with_the_keyboard(canvas: CanvasPage) -> None:
    root = canvas.show("questions()")
    keyboard = canvas.page.keyboard
    waiting = root.get_by_role("button", name="9 waiting for you")
    waiting.press("Enter")
    expect(canvas.card("review")).to_be_focused()
    waiting.press("Enter")
    expect(canvas.card("cover")).to_be_focused()
    waiting.press("Enter")
    expect(canvas.card("title")).to_be_focused()
    keyboard.press("Enter")
    expect(canvas.card("title").get_by_role("radio").first).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    assert canvas.wait_for_command("answer")["answer"] == 1
    expect(canvas.card("title")).to_be_focused()


@pytest.mark.parametrize(
    ("node", "field", "value"),
    [("words", "Textbox", "Otters!"), ("note", "Textbox", "two\nlines")],
)
def test_a_text_is_asked_for(canvas: CanvasPage, node: str, field: str, value: str) -> None:
    canvas.show("questions()")
    card = canvas.card(node)
    card.get_by_label(field).fill(value)
    card.get_by_role("button", name="Answer").click()
    assert canvas.wait_for_command("answer") == {"node": node, "key": node, "answer": value}


def test_enter_in_a_line_answers(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    field = canvas.card("words").get_by_label("Textbox")
    field.fill("Otters!")
    field.press("Enter")
    assert canvas.wait_for_command("answer")["answer"] == "Otters!"
    assert canvas.commands("set_input") == []


def test_a_value_is_asked_for_with_its_control(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    card = canvas.card("colour")
    expect(card.get_by_role("button", name="Answer")).to_be_disabled()
    card.get_by_role("combobox").select_option(label="Green")
    card.get_by_role("button", name="Answer").click()
    assert canvas.wait_for_command("answer")["answer"] == "g"


def test_a_file_goes_along_with_the_answer(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    picker = canvas.card("upload").get_by_label("Choose an image file")
    picker.set_input_files({"name": "otter.png", "mimeType": "image/png", "buffer": b"pixels"})
    sent = canvas.wait_for_command("answer")
    assert sent == {"node": "upload", "key": "upload", "answer": {"$file": "there/otter.png"}}
    assert canvas.page.evaluate("model.files") == ["pixels"]


def test_a_file_is_dropped(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    panel = canvas.card("upload").locator(".daggr-drop")
    drop = canvas.page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        " data.items.add(new File(['dropped'], 'a.png')); return data }"
    )
    panel.dispatch_event("dragover", {"dataTransfer": drop})
    expect(panel).to_have_attribute("data-over", "true")
    panel.dispatch_event("drop", {"dataTransfer": drop})
    assert canvas.wait_for_command("answer")["answer"] == {"$file": "there/a.png"}
    assert canvas.page.evaluate("model.files") == ["dropped"]


def test_a_file_that_no_message_carries_goes_in_pieces(canvas: CanvasPage) -> None:
    canvas.show("questions()")
    picker = canvas.card("upload").get_by_label("Choose an image file")
    picker.set_input_files(
        {"name": "huge.png", "mimeType": "image/png", "buffer": b"0" * 9_100_000}
    )
    assert canvas.wait_for_command("answer")["answer"] == {"$file": "there/huge.png"}
    pieces = canvas.commands("upload")
    assert [piece["at"] for piece in pieces] == list(range(0, 9_100_000, 1_000_000))
    assert {piece["size"] for piece in pieces} == {9_100_000}


def test_who_waits_is_said_once(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    asked = canvas.page.evaluate("graphs.question('approve')")
    canvas.change_state(2, "draft", status="waiting", question=asked)
    expect(root.get_by_role("button", name="1 waiting for you")).to_be_visible()
    expect(root.locator(".daggr-announcer")).to_have_text("draft: waiting for you")
    canvas.change_state(3, "draft", status="running", question=None)
    expect(root.get_by_role("button", name="waiting for you")).to_have_count(0)


def test_without_a_kernel_nobody_answers(canvas: CanvasPage) -> None:
    root = canvas.show("questions()", silent=True)
    expect(root).to_contain_text("No kernel", timeout=10_000)
    card = canvas.card("title")
    expect(card.get_by_role("radio").first).to_be_disabled()
    expect(card.get_by_role("button", name="Choose")).to_be_disabled()


@pytest.mark.parametrize("graph", ASKING)
def test_nothing_is_clipped(canvas: CanvasPage, graph: str) -> None:
    canvas.show(graph)
    wide = canvas.root.locator("article").evaluate_all(
        """cards => cards.flatMap(card => [...card.querySelectorAll('*')]
            .filter(each => each.getBoundingClientRect().right
                > card.getBoundingClientRect().right + 8)
            .map(each => `${card.dataset.node}: ${each.outerHTML.slice(0, 90)}`))"""
    )
    assert wide == []


# ---------------------------------------------------------------- lists of items


def items(canvas: CanvasPage, count: int = 1) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = canvas.wait_for_command("override", count)["value"]
    return [{name: row[name] for name in row if name != "#"} for row in rows]


def places(canvas: CanvasPage) -> list[int | None]:
    return [row.get("#") for row in canvas.commands("override")[-1]["value"]]


def test_items_are_edited(canvas: CanvasPage) -> None:
    canvas.show("itemLists()")
    card = canvas.card("dialogue")
    card.get_by_label("Speaker, item 1").select_option(label="The host")
    assert canvas.wait_for_command("override")["port"] == "lines"
    assert [row["speaker"] for row in items(canvas)] == ["host", "host", "host"]
    field = card.get_by_label("Text, item 0")
    field.fill("Good evening.")
    field.press("Enter")
    rows = items(canvas, 2)
    assert rows[0] == {"speaker": "host", "text": "Good evening."}
    assert rows[1]["speaker"] == "host"
    expect(field).to_have_value("Good evening.")


def test_items_are_added_removed_and_moved(canvas: CanvasPage) -> None:
    canvas.show("itemLists()")
    card = canvas.card("dialogue")
    card.get_by_role("button", name="Add item").first.click()
    assert items(canvas)[3] == {"speaker": "host", "text": ""}
    assert places(canvas) == [0, 1, 2, None], "the kernel knows three of them"
    expect(card.get_by_label("Speaker, item 3")).to_be_focused()
    card.get_by_role("button", name="Remove item 3").click()
    assert len(items(canvas, 2)) == 3
    expect(card.get_by_role("button", name="Remove item 2")).to_be_focused()
    card.get_by_role("button", name="Move item 0 down").click()
    assert [row["speaker"] for row in items(canvas, 3)] == ["guest", "host", "host"]
    expect(card.get_by_role("button", name="Move item 1 down")).to_be_focused()
    canvas.page.keyboard.press("Enter")
    texts = [str(row["text"])[:7] for row in items(canvas, 4)]
    assert texts[2] == "Welcome"
    assert places(canvas) == [0, 2, 1], "places in the list that was sent before"
    expect(card.get_by_role("button", name="Move item 2 up")).to_be_focused()


def test_a_text_that_is_left_is_not_lost_with_the_next_click(canvas: CanvasPage) -> None:
    canvas.show("itemLists()")
    card = canvas.card("dialogue")
    card.get_by_label("Text, item 1").fill("Short.")
    card.get_by_role("button", name="Remove item 0").click()
    assert items(canvas, 2)[0] == {"speaker": "guest", "text": "Short."}


def test_rejected_items_are_as_they_were(canvas: CanvasPage) -> None:
    root = canvas.show("itemLists()")
    card = canvas.card("dialogue")
    card.get_by_role("button", name="Remove item 0").click()
    items(canvas)
    expect(card.get_by_label("Text, item 2")).to_have_count(0)
    canvas.reject("override", "at least three lines")
    expect(root.get_by_role("alert")).to_contain_text("at least three lines")
    expect(card.get_by_label("Text, item 0")).to_have_value("Welcome back.")
    expect(card.get_by_label("Text, item 2")).to_be_visible()


def test_a_long_label_is_there_to_the_end(canvas: CanvasPage) -> None:
    label = "What shall be said to somebody who has come a long way"
    fields = ("Textbox", "''"), ("Slider", "3"), ("Checkbox", "true")
    controls = [f"graphs.control('{t}', '{t}', {v}, {{}}, '{label}')" for t, v in fields]
    node = f"graphs.node('long', 0, 0, {{inputs: [{', '.join(controls)}]}})"
    canvas.show(f"snapshot([{node}], [])")
    for shown in canvas.card("long").get_by_text(label).all():
        assert shown.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), shown.inner_text()


def test_texts_among_many_fields_have_the_width_of_the_card(canvas: CanvasPage) -> None:
    canvas.show("itemLists()")
    card = canvas.card("shots")
    listed = card.locator(".daggr-entries > ol").bounding_box()
    assert listed
    for name in ("line", "area"):
        field = card.get_by_label(f"{name}, item 0").bounding_box()
        assert field
        assert field["width"] > 0.8 * listed["width"]
    count = canvas.page.evaluate(
        "(e) => { const r = document.createRange(); r.selectNodeContents(e);"
        " return r.getBoundingClientRect().right; }",
        card.locator(".daggr-source", has_text="1 item").element_handle(),
    )
    assert abs(count - listed["x"] - listed["width"]) < 2, "in line with the list's edge"


def test_every_type_of_field_is_edited(canvas: CanvasPage) -> None:
    canvas.show("itemLists()")
    card = canvas.card("shots")
    card.get_by_label("line, item 0").fill("Sea")
    card.get_by_label("area, item 0").fill("blue")
    card.get_by_label("Seconds, item 0").fill("99")
    card.get_by_label("Strength, item 0").press("ArrowRight")
    card.get_by_label("Sure, item 0").uncheck()
    card.get_by_role("group", name="Tags, item 0").get_by_label("b").check()
    card.get_by_role("radiogroup", name="Kind, item 0").get_by_label("moving").check()
    canvas.page.wait_for_function(
        "model.sent.filter(each => each.kind === 'override').at(-1)?.value[0].kind === 'moving'"
    )
    assert items(canvas)[0] == {
        "line": "Sea",
        "area": "blue",
        "seconds": 60,
        "strength": 0.5,
        "sure": False,
        "tags": ["a", "b"],
        "kind": "moving",
        "ink": "#2a9d8f",
        "model": "otter.glb",
    }


def test_long_lists_are_drawn_in_part(canvas: CanvasPage) -> None:
    canvas.show("itemLists()")
    card = canvas.card("names")
    expect(card.locator("[data-row]")).to_have_count(50)
    card.get_by_role("button", name="… 20 more").click()
    expect(card.locator("[data-row]")).to_have_count(70)
    card.get_by_role("button", name="Add item").click()
    expect(card.get_by_label("name, item 70")).to_be_focused()
    assert len(items(canvas)) == 71


# ---------------------------------------------------------------- sheets and undo


def on_sheets(canvas: CanvasPage, rev: int, *names: str, shown: str) -> None:
    """Answer as the kernel does: with a whole snapshot."""
    canvas.page.evaluate(
        "([rev, names, sheet]) => model.emit({ ...graphs.otters('fresh'), rev, sheets: names,"
        " sheet })",
        [rev, list(names), shown],
    )


def test_one_sheet_has_no_tabs(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    expect(root.get_by_role("tab")).to_have_count(0)
    root.get_by_role("button", name="Sheets: Sheet 1").click()
    menu = root.get_by_role("menu")
    expect(menu.get_by_role("menuitem")).to_have_count(3)
    menu.get_by_role("menuitem", name="New empty sheet").click()
    assert canvas.wait_for_command("sheet") == {"action": "create", "name": "", "to": ""}
    expect(menu).to_have_count(0)
    expect(root.get_by_role("button", name="Sheets: Sheet 1")).to_be_focused()
    root.get_by_role("button", name="Sheets: Sheet 1").click()
    menu.get_by_role("menuitem", name="Duplicate").click()
    assert canvas.wait_for_command("sheet", 2) == {
        "action": "duplicate",
        "name": "Sheet 1",
        "to": "",
    }


def test_a_tab_shows_its_sheet_and_the_camera_stays(canvas: CanvasPage) -> None:
    root = canvas.show(SHEETS)
    tabs = root.get_by_role("tablist", name="Sheets").get_by_role("tab")
    expect(tabs).to_have_count(3)
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    root.get_by_role("button", name="Zoom in").click()
    world = "root => root.querySelector('.daggr-world').style.transform"
    camera = root.evaluate(world)
    tabs.nth(1).click()
    assert canvas.wait_for_command("sheet") == {"action": "use", "name": "Night shots", "to": ""}
    on_sheets(canvas, 2, "Sheet 1", "Night shots", shown="Night shots")
    expect(tabs).to_have_count(2)
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(canvas.card("draft")).to_have_attribute("data-freshness", "fresh")
    assert root.evaluate(world) == camera
    tabs.nth(1).click()
    assert len(canvas.commands("sheet")) == 1


def test_what_was_typed_does_not_follow_to_another_sheet(canvas: CanvasPage) -> None:
    root = canvas.show(SHEETS)
    root.get_by_role("slider", name="Photos").press("ArrowRight")
    expect(root.get_by_role("slider", name="Photos")).to_have_value("5")
    on_sheets(canvas, 2, "Sheet 1", "Night shots", shown="Night shots")
    expect(root.get_by_role("slider", name="Photos")).to_have_value("4")


def test_tabs_by_keyboard(canvas: CanvasPage) -> None:
    root = canvas.show(SHEETS)
    keyboard = canvas.page.keyboard
    tab = root.get_by_role("tab")
    tab.first.focus()
    keyboard.press("ArrowRight")
    expect(tab.nth(1)).to_be_focused()
    keyboard.press("Enter")
    assert canvas.wait_for_command("sheet")["name"] == "Night shots"
    keyboard.press("F2")
    field = root.get_by_label("Name of the sheet")
    expect(field).to_be_focused()
    expect(field).to_have_value("Night shots")
    assert canvas.axe() == []
    field.fill("Dusk")
    keyboard.press("Escape")
    expect(tab.nth(1)).to_be_focused()
    keyboard.press("F2")
    field.fill(" Dusk ")
    keyboard.press("Enter")
    sent = canvas.wait_for_command("sheet", 2)
    assert sent == {"action": "rename", "name": "Night shots", "to": "Dusk"}
    expect(tab.nth(1)).to_be_focused()


def test_a_sheet_is_deleted_when_asked_twice(canvas: CanvasPage) -> None:
    root = canvas.show(SHEETS)
    keyboard = canvas.page.keyboard
    root.get_by_role("tab", name="Night shots").focus()
    keyboard.press("Delete")
    menu = root.get_by_role("menu")
    expect(menu.get_by_role("menuitem")).to_have_count(2)
    menu.get_by_role("menuitem", name="Keep it").click()
    expect(menu).to_have_count(0)
    assert canvas.commands("sheet") == []
    root.get_by_role("button", name="Sheets: Sheet 1").click()
    menu.get_by_role("menuitem", name="Delete…").click()
    expect(menu.get_by_role("menuitem", name="Delete Sheet 1")).to_be_focused()
    keyboard.press("Enter")
    assert canvas.wait_for_command("sheet") == {"action": "delete", "name": "Sheet 1", "to": ""}


def test_the_only_sheet_is_renamed_in_place(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.get_by_role("button", name="Sheets: Sheet 1").click()
    root.get_by_role("menuitem", name="Rename").click()
    field = root.get_by_label("Name of the sheet")
    expect(field).to_be_focused()
    field.fill("Dusk")
    root.locator(".daggr-stage").focus()
    assert canvas.wait_for_command("sheet")["to"] == "Dusk"
    expect(root.get_by_role("tab")).to_have_count(0)


def test_tabs_of_a_narrow_canvas_have_a_row_of_their_own(canvas: CanvasPage) -> None:
    for width in (400, 640, 1000):
        canvas.page.set_viewport_size({"width": width, "height": 900})
        root = canvas.show(SHEETS)
        tabs = root.get_by_role("tablist").bounding_box()
        assert tabs
        assert tabs["x"] + tabs["width"] <= width
        for card in root.locator("article").all():
            box = card.bounding_box()
            assert box
            assert box["y"] >= tabs["y"] + tabs["height"]
        root.get_by_role("button", name="Sheets: Sheet 1").click()
        menu = root.get_by_role("menu").bounding_box()
        assert menu
        assert menu["x"] >= 0
        assert menu["x"] + menu["width"] <= width
        assert canvas.axe() == []


@pytest.mark.parametrize("width", [430, 620, 810, 870, 1010])
def test_the_toolbar_fits_when_all_of_it_is_there(canvas: CanvasPage, width: int) -> None:
    canvas.page.set_viewport_size({"width": width, "height": 700})
    root = canvas.show(SHEETS.replace("stale", "running"))
    canvas.change_state(2, "answer", status="waiting")
    expect(root.get_by_role("button", name="1 waiting for you")).to_be_visible()
    expect(root.get_by_role("tablist")).to_be_visible()
    boxes = root.locator(".daggr-toolbar > *").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(b => [b.left, b.right, b.top])"
    )
    first = sorted(box for box in boxes if box[2] < 40)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(first))
    assert max(box[1] for box in boxes) <= width


def test_undo_is_a_key_and_a_button(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    undo = root.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()  # there is nothing to take back
    canvas.batch(2, {"kind": "toolbar", "undoable": True, "redoable": False, "autorun": False})
    expect(undo).to_be_enabled()
    keyboard = canvas.page.keyboard
    slider = root.get_by_role("slider", name="Photos")
    slider.press("ArrowRight")
    expect(slider).to_have_value("5")
    keyboard.press("Control+z")
    canvas.wait_for_command("undo")
    expect(slider).to_have_value("4")
    root.locator(".daggr-stage").focus()
    keyboard.press("Control+z")
    canvas.wait_for_command("undo", 2)
    undo.click()
    canvas.wait_for_command("undo", 3)
    redo = root.get_by_role("button", name="Redo")
    expect(redo).to_have_count(0)
    canvas.batch(3, {"kind": "toolbar", "undoable": True, "redoable": True, "autorun": False})
    redo.click()
    root.locator(".daggr-stage").focus()
    for keys in ("Control+Shift+Z", "Control+y"):
        keyboard.press(keys)
    canvas.wait_for_command("undo", 6)
    assert [command["again"] for command in canvas.commands("undo")] == [False] * 3 + [True] * 3


def test_after_the_last_step_back_the_keys_are_still_the_canvas_s(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    back = canvas.card("draft").get_by_role("button", name="Previous result")
    back.focus()
    canvas.page.keyboard.press("Enter")
    canvas.wait_for_command("select")
    history = {"index": 1, "total": 2, "older": None, "newer": "later"}
    canvas.change_state(2, "draft", history=history)
    expect(back).to_be_disabled()
    expect(back).to_be_focused()
    canvas.page.keyboard.press("Enter")
    canvas.page.keyboard.press("Control+z")
    canvas.wait_for_command("undo")
    assert len(canvas.commands("select")) == 1


def test_in_a_text_field_the_text_is_undone(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    field = root.get_by_label("Topic")
    field.focus()
    canvas.page.keyboard.press("End")
    canvas.page.keyboard.type("!")
    canvas.page.keyboard.press("Control+z")
    expect(field).to_have_value("Otters at dusk")
    assert canvas.commands("undo") == []


# ---------------------------------------------------------------- manners


def test_keys_stay_inside(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    canvas.page.evaluate(LISTEN)
    stage = root.locator(".daggr-stage")
    stage.focus()
    # Notebook 7 hears keys before the canvas does, and asks the focused element alone.
    expect(stage).to_have_attribute("data-lm-suppress-shortcuts", "")
    canvas.page.keyboard.press("d")
    canvas.page.keyboard.press("d")
    assert canvas.page.evaluate("window.heard") == []


def test_a_plain_wheel_scrolls_the_page_until_the_canvas_has_the_focus(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    free = [120, 500, 100, False]
    assert canvas.page.evaluate(WHEEL, free) is False
    root.locator(".daggr-stage").focus()
    assert canvas.page.evaluate(WHEEL, free) is True


def test_the_ring_is_for_the_keyboard(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    ring = "root => getComputedStyle(root, '::after').boxShadow"
    without = root.evaluate(ring)
    canvas.page.mouse.click(120, 500)
    expect(root.locator(".daggr-stage")).to_be_focused()
    lab.wait_for_fades(canvas.page)
    assert root.evaluate(ring) == without
    assert canvas.page.evaluate(WHEEL, [120, 500, 100, False]) is True
    canvas.page.keyboard.press("Shift+Tab")
    canvas.page.keyboard.press("Tab")
    expect(root.locator(".daggr-stage")).to_be_focused()
    lab.wait_for_fades(canvas.page)
    assert root.evaluate(ring) != without


def test_ctrl_and_the_wheel_zoom(canvas: CanvasPage) -> None:
    canvas.show("otters('fresh')")
    before = zoom_of(canvas)
    assert canvas.page.evaluate(WHEEL, [120, 500, 100, True]) is True
    assert zoom_of(canvas) < before


def test_the_keyboard_travels_enters_runs_and_leaves(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    keyboard = canvas.page.keyboard
    root.locator(".daggr-stage").focus()
    keyboard.press("ArrowRight")
    expect(canvas.card("Parameters")).to_be_focused()
    keyboard.press("ArrowRight")
    expect(canvas.card("load_photos")).to_be_focused()
    keyboard.press("r")
    assert canvas.wait_for_command("run")["targets"] == ["load_photos"]
    keyboard.press("ArrowDown")
    expect(canvas.card("voice")).to_be_focused()
    keyboard.press("Enter")
    expect(root.get_by_role("slider", name="Speed")).to_be_focused()
    keyboard.press("Escape")
    expect(canvas.card("voice")).to_be_focused()
    keyboard.press("?")
    expect(root.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_tab_into_what_is_outside_moves_the_camera(canvas: CanvasPage) -> None:
    canvas.page.set_viewport_size({"width": 700, "height": 500})
    root = canvas.show("otters('fresh')", height=420)
    camera = "root => root.querySelector('.daggr-world').style.transform"
    before = root.evaluate(camera)
    button = canvas.card("contact_sheet").get_by_role("button", name="Enlarge sheet")
    button.evaluate("button => button.focus()")
    canvas.page.wait_for_function(
        "before => document.querySelector('.daggr-world').style.transform !== before", arg=before
    )
    stage = root.locator(".daggr-stage")
    assert stage.evaluate("stage => [stage.scrollLeft, stage.scrollTop]") == [0, 0]
    expect(button).to_be_in_viewport()


def test_the_graph_is_one_tab_stop(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    stops = root.locator(".daggr-stage [tabindex='0'], .daggr-stage[tabindex='0']")
    expect(stops).to_have_count(1)
    root.locator(".daggr-stage").focus()
    canvas.page.keyboard.press("ArrowRight")
    expect(canvas.card("Parameters")).to_be_focused()
    expect(stops).to_have_count(1)


def test_a_narrow_canvas_is_no_higher_than_its_cards(canvas: CanvasPage) -> None:
    canvas.page.set_viewport_size({"width": 400, "height": 900})
    root = canvas.show("big(1)", height=0)
    expect(canvas.card("n0")).to_be_visible()
    fits = """root => {
        const [outer, card] = [root, root.querySelector('article')]
            .map(each => each.getBoundingClientRect());
        return outer.bottom - card.bottom > 12 && outer.height <= 240;
    }"""
    canvas.page.wait_for_function(fits, arg=root.element_handle())
    # More than there is room for: as high as most of the page.
    root = canvas.show("otters('stale')", height=0)
    tall = "root => root.offsetHeight === Math.round(0.8 * innerHeight)"
    canvas.page.wait_for_function(tall, arg=root.element_handle())


def test_a_narrow_canvas_is_a_list_in_order(canvas: CanvasPage) -> None:
    canvas.page.set_viewport_size({"width": 400, "height": 900})
    root = canvas.show("otters('stale')")
    expect(root).to_have_attribute("data-mode", "list")
    names = root.locator("article").evaluate_all("all => all.map(each => each.dataset.node)")
    assert names.index("Parameters") < names.index("voice") < names.index("answer")
    widths = root.locator("article").evaluate_all("all => all.map(each => each.offsetWidth)")
    assert max(widths) <= 400
    canvas.show("otters('running')")
    canvas.change_state(2, "draft", status="waiting")
    last = root.get_by_role("button", name="More", exact=True).bounding_box()
    assert last
    assert last["x"] + last["width"] <= 400
    expect(root.get_by_role("button", name="1 waiting for you")).to_be_visible()
    canvas.show("otters('stale')")
    assert canvas.commands("measured") == []


def test_a_large_graph_paints_little_and_shows_what_is_panned_to(canvas: CanvasPage) -> None:
    root = canvas.show("big(300)")
    cards = root.locator("article")
    expect(cards.first).to_be_visible()
    assert 5 < cards.count() < 90
    expect(canvas.card("n299")).to_have_count(0)
    root.get_by_role("button", name="Fit").click()
    expect(canvas.card("n299")).to_be_attached()
    for _ in range(4):
        root.get_by_role("button", name="Zoom out").click()
    expect(cards).to_have_count(0)
    expect(root.locator("canvas.daggr-far")).to_be_visible()


# ---------------------------------------------------------------- access


@pytest.mark.parametrize("theme", ["light", "dark", "forced"])
@pytest.mark.parametrize(
    "graph",
    [
        "otters('stale')",
        "otters('running')",
        "otters('failed')",
        "controls()",
        "chats()",
        SHEETS,
        *ASKING,
    ],
)
def test_axe_finds_nothing(canvas: CanvasPage, graph: str, theme: str) -> None:
    canvas.page.emulate_media(
        color_scheme="dark" if theme == "dark" else "light",
        forced_colors="active" if theme == "forced" else "none",
        reduced_motion="reduce",
    )
    root = canvas.show(graph)
    for image in root.locator("img").all():
        expect(image).to_be_visible()
    assert canvas.axe(theme) == []


def test_axe_finds_nothing_in_a_list_a_sheet_and_from_afar(canvas: CanvasPage) -> None:
    canvas.page.set_viewport_size({"width": 400, "height": 900})
    root = canvas.show("otters('stale')")
    assert canvas.axe() == []
    canvas.page.set_viewport_size({"width": 1400, "height": 900})
    root.get_by_role("button", name="Keyboard shortcuts").click()
    assert canvas.axe() == []
    canvas.show("big(300)")
    root.get_by_role("button", name="Fit").click()
    expect(canvas.card("n299")).to_be_attached()
    assert canvas.axe() == []


ATTACKS = """
# Title

<script>window.hit = 1</script><img src="data:," onerror="window.hit = 2">
<style>* { display: none }</style><p style="position: fixed">paragraph</p>
<form action="https://example.org"><button>Go</button><input name="a"></form>
<iframe src="https://example.org"></iframe>

[click](javascript:window.hit=3)
![far](https://example.org/far.png) <svg onload="window.hit = 4"></svg>
"""


def test_markdown_can_neither_run_nor_ask_nor_cover_anything(canvas: CanvasPage) -> None:
    asked: list[str] = []
    canvas.page.on("request", lambda request: asked.append(request.url))
    canvas.show("otters('fresh')")
    value = {"summary": "text", "mime": "text/markdown", "digest": None, "data": ATTACKS}
    value |= {"kind": "markdown", "inline": True, "items": [], "count": None}
    node = canvas.page.evaluate(
        "model.get('snapshot').nodes.find(n => n.runnable && n.outputs.length)"
    )
    port = node["outputs"][0]["name"]
    canvas.batch(2, {"kind": "node_values", "node": node["id"], "values": {port: value}})
    text = canvas.card(node["id"]).locator(".daggr-markdown")
    expect(text).to_contain_text("paragraph")
    expect(text.get_by_role("link", name="far")).to_have_attribute("rel", re.compile("noopener"))
    assert text.locator("script, style, form, button, iframe, [style], [onerror]").count() == 0
    assert text.locator("a[href^=javascript]").count() == 0
    assert canvas.page.evaluate("window.hit") is None
    assert not [url for url in asked if "example.org" in url]
