"""Components on a page of their own, with a fake kernel behind them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.hosts.canvas_page import CanvasPage

FILE = {"name": "otter.png", "mimeType": "image/png", "buffer": b"pixels"}


def files(canvas: CanvasPage, *contents: str) -> object:
    return canvas.page.evaluate_handle(
        "names => { const data = new DataTransfer(); for (const name of names) {"
        " const type = name.endsWith('png') ? 'image/png' : '';"
        " data.items.add(new File([name], name, { type })) } return data }",
        list(contents),
    )


def test_a_file_is_chosen_dropped_and_pasted(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    photo = root.get_by_label("photo")
    photo.set_input_files(FILE)
    sent = {"node": "give", "port": "photo", "value": {"$file": "there/otter.png"}}
    assert canvas.wait_for_command("set_input") == sent
    drop = root.locator("[data-port='in:many'] .daggr-drop")
    drop.dispatch_event("drop", {"dataTransfer": files(canvas, "a.txt", "b.txt")})
    both = [{"$file": "there/a.txt"}, {"$file": "there/b.txt"}]
    assert canvas.wait_for_command("set_input", 2)["value"] == both
    canvas.page.evaluate(
        "data => document.querySelector(\"[data-port='in:many'] .daggr-drop\").dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))",
        files(canvas, "c.txt"),
    )
    assert canvas.wait_for_command("set_input", 3)["value"] == [{"$file": "there/c.txt"}]


def test_a_file_of_another_kind_is_refused_where_it_was_given(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    drop = root.locator("[data-port='in:photo'] .daggr-drop")
    drop.dispatch_event("dragover", {"dataTransfer": files(canvas, "a.png")})
    expect(drop).to_have_attribute("data-over", "true")
    text = canvas.page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        " data.items.add(new File(['x'], 'a.txt', { type: 'text/plain' })); return data }"
    )
    drop.dispatch_event("drop", {"dataTransfer": text})
    expect(root.get_by_role("alert")).to_have_text("a.txt is not an image file.")
    assert canvas.commands("upload") == []


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    canvas.page.evaluate("model.room = 1_000_000")
    root.get_by_label("photo").set_input_files({**FILE, "buffer": b"0" * 4_000_000})
    bar = root.get_by_role("progressbar", name="Upload of otter.png")
    canvas.wait_for_command("upload", 2)
    expect(bar).to_have_attribute("aria-valuenow", "25")
    root.get_by_role("button", name="Cancel the upload of otter.png").click()
    canvas.page.evaluate("model.makeRoom()")
    expect(bar).to_have_count(0)
    canvas.wait_for_command("cancel_upload")
    expect(root.get_by_label("photo")).to_be_attached()
    assert canvas.commands("set_input") == []


def test_rows_are_edited_by_keyboard(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    grid = root.get_by_role("grid", name="rows")
    grid.focus()
    grid.press("ArrowDown")
    grid.press("Enter")
    cell = grid.get_by_label("n, row 1")
    expect(cell).to_have_value("1")
    cell.press("Escape")
    expect(cell).to_have_count(0)
    assert canvas.commands("set_input") == []
    grid.press("7")
    cell.fill("7")
    cell.press("Enter")
    assert canvas.wait_for_command("set_input")["value"] == {"$edits": [["set", 1, 0, "7"]]}
    root.get_by_role("button", name="Add row").click()
    assert canvas.wait_for_command("set_input", 2)["value"] == {"$edits": [["add", 2]]}


def test_a_button_counts_and_runs(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    root.get_by_role("button", name="Again").click()
    assert canvas.wait_for_command("set_input")["value"] == 1
    run = canvas.wait_for_command("run")
    assert (run["targets"], run["mode"]) == (["give"], "to_here")


def test_values_of_a_persons_own(canvas: CanvasPage) -> None:
    root = canvas.show("fields()")
    other = root.get_by_label("tags: another value")
    other.fill("green")
    other.press("Enter")
    assert canvas.wait_for_command("set_input")["value"] == ["green"]
    expect(root.locator("[data-port='in:fixed']")).to_contain_text("4")
    expect(root.locator("[data-port='in:strange']")).to_contain_text("1")
    assert root.locator("[data-port='in:fixed'] input").count() == 0


def test_a_long_table_asks_for_the_rows_in_sight(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    table = root.get_by_role("table", name="table")
    expect(table.get_by_text("NaN").first).to_be_visible()
    assert table.get_by_role("row").count() < 30
    table.evaluate("table => { table.scrollTop = 50_000 * 24 }")
    expect(table.get_by_text("row 50000")).to_be_visible()
    asked = canvas.wait_for_command("fetch")
    assert asked["rows"][0] % 100 == 0
    assert len([each for each in canvas.commands("fetch") if each["rows"]]) <= 3
    expect(root).to_contain_text("+ 2 columns")


def test_an_editor_begins_with_the_whole_cell(canvas: CanvasPage) -> None:
    root = canvas.show("money()")
    grid = root.get_by_role("grid", name="rows")
    pay, number, text = (grid.get_by_role("gridcell").nth(at) for at in range(3))
    expect(pay).to_have_text("1234567.891")
    pay.dblclick()
    expect(grid.get_by_role("textbox")).to_have_value("1234567.891")
    grid.get_by_role("textbox").press("Escape")
    number.dblclick()
    expect(grid.get_by_role("textbox")).to_have_value("9007199254740993")
    grid.get_by_role("textbox").press("Enter")
    text.dblclick()
    expect(grid.get_by_role("textbox")).to_have_value("long " * 100 + "end")
    grid.get_by_role("textbox").press("Enter")
    assert canvas.commands("set_input") == [], "nobody changed anything"
    text.dblclick()
    grid.get_by_role("textbox").fill("")
    grid.get_by_role("textbox").press("Enter")
    assert canvas.wait_for_command("set_input")["value"] == {"$edits": [["set", 0, 2, ""]]}


def test_cells_go_to_a_spreadsheet_and_come_from_one(canvas: CanvasPage) -> None:
    canvas.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    root = canvas.show("fields()")
    grid = root.get_by_role("grid", name="rows")

    def cell(row: int, column: int) -> Locator:
        return grid.get_by_role("row").nth(row + 1).get_by_role("gridcell").nth(column)

    def clipboard() -> str:
        return str(canvas.page.evaluate("navigator.clipboard.readText()"))

    cell(0, 2).click()
    expect(grid).to_be_focused()
    canvas.page.keyboard.press("Control+c")
    assert clipboard() == "row 0"
    cell(0, 0).click()
    cell(1, 2).click(modifiers=["Shift"])
    canvas.page.keyboard.press("Control+c")
    assert clipboard() == "0\t0.5\trow 0\n1\t\trow 1"
    expect(grid.locator("[aria-selected=true]")).to_have_count(6)
    canvas.page.keyboard.press("Shift+ArrowUp")
    expect(grid.locator("[aria-selected=true]")).to_have_count(3)
    canvas.page.keyboard.press("Delete")
    gone = [["fill", 0, 0, [[None, None, None]]]]
    assert canvas.wait_for_command("set_input")["value"] == {"$edits": gone}

    def pasted(text: str) -> object:
        count = len(canvas.commands("set_input"))
        canvas.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        canvas.page.keyboard.press("Control+v")
        return canvas.wait_for_command("set_input", count + 1)["value"]

    cell(1, 1).click()
    block = [["2,5", "two\nlines"], ["7", 'says "x"']]
    assert pasted('2,5\t"two\nlines"\r\n7\t"says ""x"""\r\n') == {"$edits": [["fill", 1, 1, block]]}
    assert pasted("a, b") == {"$edits": [["fill", 1, 1, [["a, b"]]]]}


def test_a_table_without_rows_gets_some_and_a_cell_is_typed_over(canvas: CanvasPage) -> None:
    canvas.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    root = canvas.show("blank()")
    grid = root.get_by_role("grid", name="rows")
    grid.evaluate("grid => { grid.tabIndex = 0; grid.focus() }")
    canvas.page.keyboard.press("ArrowDown")
    canvas.page.evaluate("navigator.clipboard.writeText('1\\t2')")
    canvas.page.keyboard.press("Control+v")
    pasted = {"$edits": [["fill", 0, 0, [["1", "2"]]]]}
    assert canvas.wait_for_command("set_input")["value"] == pasted
    root.get_by_role("button", name="Add row").click()
    assert canvas.wait_for_command("set_input", 2)["value"] == {"$edits": [["add", 0]]}

    root = canvas.show("fields()")
    grid = root.get_by_role("grid", name="rows")
    grid.get_by_text("row 1").click()
    canvas.page.keyboard.type("abc\n")
    typed = {"$edits": [["set", 1, 2, "abc"]]}
    assert canvas.wait_for_command("set_input")["value"] == typed
    expect(grid).to_be_focused()


def test_a_number_is_sent_with_all_its_digits_and_never_half(canvas: CanvasPage) -> None:
    root = canvas.show("exact()")
    number, ratio = root.get_by_label("id"), root.get_by_label("ratio")
    expect(number).to_have_value("9007199254740993")
    expect(ratio).to_have_attribute("placeholder", "inf")
    number.focus()
    canvas.page.keyboard.press("Control+a")
    canvas.page.keyboard.type("-")
    ratio.focus()
    expect(number).to_have_value("9007199254740993")
    number.fill("-12345678901234567890")
    number.press("Enter")
    assert canvas.wait_for_command("set_input")["value"] == "-12345678901234567890"
    number.fill("")
    number.press("Enter")
    assert canvas.wait_for_command("set_input", 2)["value"] is None
    assert len(canvas.commands("set_input")) == 2


def test_choices_of_one_label_are_told_apart(canvas: CanvasPage) -> None:
    root = canvas.show("exact()")
    twin = root.get_by_label("twin")
    expect(twin).to_have_value("1")
    twin.select_option(index=0)
    first = {"$choice": 0, "label": "same"}
    assert canvas.wait_for_command("set_input")["value"] == first
    expect(root.get_by_role("radio", name="(512, 512)")).to_be_checked()
    root.get_by_role("radio", name="same").nth(1).click()
    assert canvas.wait_for_command("set_input", 2)["value"] == first | {"$choice": 1}
    combo = root.get_by_label("combo")
    combo.press("Control+a")
    combo.press_sequentially("same (2)")
    combo.press("Tab")
    assert canvas.wait_for_command("set_input", 3)["value"] == first | {"$choice": 1}


def test_a_text_that_is_composed_is_sent_when_it_is_done(canvas: CanvasPage) -> None:
    root = canvas.show("exact()")
    text = root.get_by_label("text")
    text.fill("")
    text.focus()
    keyboard = canvas.page.context.new_cdp_session(canvas.page)
    for part in ("に", "にほ", "日本"):
        at = {"selectionStart": len(part), "selectionEnd": len(part)}
        keyboard.send("Input.imeSetComposition", {"text": part, **at})
        canvas.page.wait_for_timeout(400)
    expect(text).to_have_value("日本")
    sent = [command["value"] for command in canvas.commands("set_input")]
    assert sent in ([], [""])
    keyboard.send("Input.insertText", {"text": "日本"})
    assert canvas.wait_for_command("set_input", len(sent) + 1)["value"] == "日本"


def test_a_field_shows_what_python_has_once_that_is_something_else(canvas: CanvasPage) -> None:
    root = canvas.show("exact()")
    text = root.get_by_label("text")
    text.fill("mine")
    canvas.wait_for_command("set_input")

    def says(rev: int, value: str) -> None:
        canvas.batch(rev, {"kind": "input", "node": "give", "port": "text", "value": value})

    says(1, "mine")
    says(2, "theirs")
    expect(text).to_have_value("theirs")
    expect(text).to_be_focused()


def test_results_say_what_they_are(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    expect(root.get_by_role("group", name="label")).to_contain_text("90 %")
    expect(root.get_by_role("group", name="marked")).to_contain_text("Annwho is glad0.80sad-0.40")
    expect(root.get_by_role("group", name="tree")).to_contain_text('"</script>"')
    expect(root.get_by_text("There is no file nowhere.png.")).to_be_visible()
    expect(root.get_by_text("Nothing has been said.")).to_be_visible()
    expect(root.get_by_role("button", name="Play a.wav")).to_be_visible()
    assert canvas.commands("fetch") == [], "nothing heavy before somebody looks"


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
@pytest.mark.parametrize("graph", ["fields()", "results()"])
def test_axe_finds_nothing(canvas: CanvasPage, graph: str, look: str) -> None:
    scheme = "dark" if look == "dark" else "light"
    forced = "active" if look == "forced" else "none"
    canvas.page.emulate_media(color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")  # type: ignore[arg-type]
    root = canvas.show(graph)
    expect(root.get_by_role("grid").or_(root.get_by_role("table")).first).to_be_visible()
    assert canvas.axe(look) == []


# ---------------------------------------------------------------- enlarged


def enlarge(root: Locator, port: str) -> Locator:
    button = root.locator(f"[data-port='out:{port}'] [data-control='enlarge']").first
    button.evaluate("button => { button.focus(); button.click() }")
    dialog = root.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_every_output_is_shown_large_and_the_focus_comes_back(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    ports = [
        (port or "").removeprefix("out:")
        for each in root.locator("[data-port^='out:']").all()
        if (port := each.get_attribute("data-port")) not in ("out:lost", "out:empty")
    ]
    assert len(ports) > 9
    for port in ports:
        dialog = enlarge(root, port)
        expect(dialog).to_have_accessible_name(re.compile(port))
        expect(dialog.locator(".daggr-large-body > *").first).to_be_visible()
        canvas.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        button = root.locator(f"[data-port='out:{port}'] [data-control='enlarge']").first
        expect(button).to_be_focused()


def test_the_keyboard_stays_in_the_panel_and_goes_through_the_outputs(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    dialog = enlarge(root, "table")
    inside = "root => root.querySelector('[role=dialog]').contains(document.activeElement)"
    for _ in range(14):
        canvas.page.keyboard.press("Tab")
        assert root.evaluate(inside)
    dialog.focus()
    canvas.page.keyboard.press("ArrowRight")
    expect(dialog).to_have_accessible_name(re.compile("tree"))
    canvas.page.keyboard.press("ArrowLeft")
    expect(dialog).to_have_accessible_name(re.compile("table"))
    canvas.page.keyboard.press("R")
    assert canvas.commands("run") == [], "keys of the canvas do nothing behind it"


def test_a_text_is_searched_and_grows(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    dialog = enlarge(root, "code")
    canvas.page.keyboard.press("/")
    field = dialog.get_by_role("searchbox")
    expect(field).to_be_focused()
    field.fill("=")
    expect(dialog.get_by_role("status")).to_have_text("1 of 2")
    field.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("2 of 2")
    marks = "() => [...CSS.highlights.get('daggr-found')].map(range => String(range))"
    assert canvas.page.evaluate(marks) == ["=", "="]
    field.fill("nowhere")
    expect(dialog.get_by_role("status")).to_have_text("none")
    text = dialog.locator(".daggr-code")
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    before = text.evaluate(size)
    dialog.locator("[data-control='larger']").click()
    assert text.evaluate(size) > before


def test_a_table_is_searched_where_its_rows_are_not_here(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    dialog = enlarge(root, "table")
    dialog.get_by_role("searchbox").fill("row 30000")
    status = dialog.get_by_role("status")
    expect(status).to_contain_text("1 of 1")
    expect(status).to_contain_text("+")  # not all of it was looked through
    expect(dialog.locator("[data-found]")).to_have_text("row 30000")


def test_a_table_says_that_there_is_more_and_is_reached_from_outside(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    table = root.get_by_role("table", name="table")
    sides = root.locator(".daggr-table-sides").first
    expect(table).to_have_attribute("tabindex", "0")
    wide = table.evaluate("table => table.scrollWidth > table.clientWidth + 1")
    expect(sides).to_have_attribute("data-more", "after" if wide else "")
    table.evaluate("table => { table.parentElement.style.width = '150px' }")
    expect(sides).to_have_attribute("data-more", "after")
    table.evaluate("table => { table.scrollLeft = 20 }")
    expect(sides).to_have_attribute("data-more", "before after")
    table.evaluate("table => { table.scrollLeft = 9999 }")
    expect(sides).to_have_attribute("data-more", "before")
    for head in table.get_by_role("columnheader").all()[1:]:
        assert head.evaluate("e => e.scrollWidth <= e.clientWidth"), head.inner_text()


def test_data_has_colours_and_the_same_kind_the_same(canvas: CanvasPage) -> None:
    root = canvas.show("results()")
    bars = root.locator("[data-port='out:label'] i")
    expect(bars).to_have_count(2)
    colours = bars.evaluate_all("all => all.map(e => getComputedStyle(e).backgroundImage)")
    assert len(set(colours)) == 2
    mark = root.locator("[data-port='out:marked'] mark").first
    assert mark.evaluate("e => e.style.getPropertyValue('--mark')") == "#2a9d8f"


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
@pytest.mark.parametrize("port", ["table", "code", "marked", "sound", "tree"])
def test_axe_finds_nothing_in_the_panel(canvas: CanvasPage, port: str, look: str) -> None:
    scheme = "dark" if look == "dark" else "light"
    forced = "active" if look == "forced" else "none"
    canvas.page.emulate_media(color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")  # type: ignore[arg-type]
    root = canvas.show("results()")
    dialog = enlarge(root, port)
    if port == "code":
        dialog.get_by_role("searchbox").fill("a")
    assert canvas.axe(look) == []
