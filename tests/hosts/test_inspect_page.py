"""Panels, plans, lists and the map in a real browser, with a fake kernel that answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.hosts.canvas_page import PAINTED, CanvasPage

STARTED = 1_700_000_000
THEMES = ["light", "dark", "forced"]
OPACITY = "element => Number(getComputedStyle(element).opacity)"


def value(data: object) -> dict[str, Any]:
    return {
        "kind": "text",
        "summary": "text",
        "mime": "text/plain",
        "digest": None,
        "data": data,
        "inline": True,
        "items": [],
        "count": None,
    }


def run(index: int, **changes: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "record": f"r{index}",
        "index": index,
        "status": "succeeded",
        "started_at": STARTED + index,
        "duration": 1.5,
        "label": f"tone: {index - 1} → {index}",
        "changes": [],
        "sweep": "",
        "name": "",
        "error": "",
        "starred": False,
        "shown": index == 3,
        "edited": False,
    }
    return {**row, **changes}


def pair(name: str, former: object, latter: object) -> dict[str, Any]:
    same = former == latter
    values = {"former": value(former), "latter": value(latter)}
    more = {"how": "", "table": None, "node": "", "port": "", "records": [None, None]}
    return {"name": name, **values, "same": same, "component": None, **more}


RUNS = {
    "kind": "runs_listed",
    "rows": [run(3), run(2, starred=True), run(1, status="failed", error="no such river")],
    "more": False,
    "sweeps": [],
}
COMPARED = {
    "kind": "compared",
    "former": run(2),
    "latter": run(3),
    "causes": [{**pair("tone", "dry", "warm"), "node": "draft", "port": "tone"}],
    "inputs": [pair("tone", "dry", "warm"), pair("photo", "p.jpg", "p.jpg")],
    "code": [
        {
            "kind": "CODE",
            "subject": "clean",
            "text": "code of clean changed",
            "diff": "-old line\n+new line\n",
        }
    ],
    "outputs": [pair("text", "An otter.", "A warm otter.")],
    "environment": [],
}
STEP = {"kind": "INPUT", "subject": "tone", "text": "tone: dry → warm", "diff": None}
PLANNED = {
    "kind": "planned",
    "steps": [
        {"node": "draft", "reasons": [STEP]},
        {"node": "contact_sheet", "reasons": []},
    ],
}
VARIANTS = {
    "kind": "variants_listed",
    "variants": [
        {
            "name": name,
            "chosen": name == "fast",
            "running": False,
            "run": run(number),
            "outputs": [{"name": "image", "preview": value(name.upper()), "component": None}],
        }
        for number, name in ((1, "fast"), (2, "careful"))
    ],
}
ITEMS = """command => {
    const all = Array.from({ length: 10000 }, (_, index) => ({
        path: String(index), label: `item number ${index}`, record: `i${index}`, duration: 0.5,
        status: index % 100 === 7 ? 'failed' : 'succeeded', error: index % 100 === 7
            ? { type: 'ValueError', message: `bad ${index}`, traceback: '' } : null,
    }));
    const fit = command.failed ? all.filter(item => item.status === 'failed') : all;
    const rows = fit.slice(command.offset, command.offset + command.limit);
    return { kind: 'items_listed', offset: command.offset, total: fit.length, rows };
}"""
RECORD = {
    "kind": "record_shown",
    "run": run(1, status="failed"),
    "inputs": [{"name": "x", "preview": value("seven"), "component": None}],
    "outputs": [],
    "error": {"type": "ValueError", "message": "bad 7", "traceback": "Traceback\nValueError: 7"},
    "log": "",
}


def answer(canvas: CanvasPage, **answers: object) -> None:
    """Let the fake kernel answer commands, by kind: with a message, or with a function of one."""
    for kind, reply in answers.items():
        said = reply if isinstance(reply, str) else f"() => ({json.dumps(reply)})"
        canvas.page.evaluate(f"() => {{ model.answers.{kind} = {said} }}")


def opened(canvas: CanvasPage, panel: str) -> None:
    """Open one of the panels."""
    if panel == "variants":
        canvas.show("choices()")
        answer(canvas, list_variants=VARIANTS)
        canvas.root.get_by_role("button", name="compare variants").first.click()
        expect(canvas.root.locator('[data-variant="careful"]')).to_be_visible()
        return
    canvas.show("otters('stale')")
    answer(canvas, list_runs=RUNS, compare=COMPARED, plan=PLANNED)
    if panel == "search":
        canvas.root.get_by_role("button", name="Search").click()
    elif panel == "plan":
        canvas.root.get_by_role("button", name="Run stale").hover()
        expect(canvas.root.locator(".daggr-peek")).to_be_visible()
    else:
        canvas.card("draft").get_by_role("button", name="history of draft").click()
        expect(canvas.root.locator("[data-record]")).to_have_count(3)


# ---------------------------------------------------------------- the plan before the click


def test_pointing_at_a_way_to_run_shows_what_would_run_and_why(canvas: CanvasPage) -> None:
    opened(canvas, "plan")
    peek = canvas.root.locator(".daggr-peek")
    expect(peek).to_contain_text("Runs 2 steps")
    expect(peek).to_contain_text("tone: dry → warm")
    assert canvas.wait_for_command("plan") == {"targets": [], "mode": "stale", "force": False}
    hosts = canvas.root.locator('[data-spot="plan"]')
    names = hosts.evaluate_all("all => all.map(host => host.dataset.host)")
    assert sorted(names) == ["contact_sheet", "draft"]
    assert canvas.root.locator('[data-host="voice"] > article').evaluate(OPACITY) < 0.5
    canvas.page.mouse.move(700, 620)
    expect(peek).to_have_count(0)
    expect(canvas.root.locator("[data-spot]")).to_have_count(0)
    assert canvas.commands("run") == []


def test_the_run_menu_shows_the_plan_of_each_way_by_keyboard(canvas: CanvasPage) -> None:
    canvas.show("otters('stale')")
    answer(canvas, plan=PLANNED)
    canvas.card("draft").get_by_role("button", name="More ways to run").click()
    expect(canvas.root.get_by_role("menuitem").first).to_be_focused()
    canvas.page.keyboard.press("ArrowDown")
    expect(canvas.root.locator(".daggr-peek")).to_be_visible()
    asked = canvas.wait_for_command("plan")
    assert asked == {"targets": ["draft"], "mode": "step", "force": False}
    for _ in range(2):
        canvas.page.keyboard.press("ArrowDown")
    canvas.page.wait_for_function(
        "() => model.commands('plan').at(-1).force && model.commands('plan').at(-1).mode === 'step'"
    )


# ---------------------------------------------------------------- edges


def test_an_edge_shows_the_value_that_went_along_it(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    expect(root.locator("[data-edge]").first).to_be_attached()
    root.locator(".daggr-stage").focus()
    canvas.page.keyboard.press("ArrowRight")
    canvas.page.keyboard.press("ArrowRight")
    canvas.page.keyboard.press("e")
    peek = root.locator(".daggr-peek")
    expect(peek).to_contain_text("load_photos.")
    expect(peek).to_contain_text("fresh")
    canvas.page.keyboard.press("Escape")
    expect(peek).to_have_count(0)


# ---------------------------------------------------------------- history


def test_the_history_lists_stars_restores_and_compares(canvas: CanvasPage) -> None:
    opened(canvas, "history")
    root = canvas.root
    expect(root.locator('[data-record="r3"]')).to_contain_text("tone: 2 → 3")
    expect(root.locator('[data-record="r1"]')).to_contain_text("no such river")
    answer(canvas, star={"kind": "done"})
    root.get_by_role("button", name="Star run 3").click()
    assert canvas.wait_for_command("star") == {"record": "r3", "on": True}
    root.locator('[data-record="r2"] .daggr-runs-main').click()
    assert canvas.wait_for_command("select") == {"node": "draft", "record": "r2"}
    for index in (3, 2):
        root.get_by_label(f"Compare run {index}", exact=True).check()
    assert canvas.wait_for_command("compare") == {"node": "draft", "records": ["r3", "r2"]}
    tone = root.locator('[data-pair="tone"]')
    expect(tone).to_contain_text("dry")
    expect(tone).to_contain_text("warm")
    expect(root.locator('[data-line="add"]')).to_contain_text("new line")
    expect(root.locator('[data-pair="text"]')).to_contain_text("A warm otter.")
    canvas.page.keyboard.press("Escape")
    expect(root.locator(".daggr-side")).to_have_count(0)


SWEPT = [
    {"values": [tone, size], "run": run(index, sweep="s1", **changes)}
    for index, (tone, size, changes) in enumerate(
        [
            ("dry", "1", {}),
            ("dry", "2", {"name": "the best"}),
            ("warm", "1", {}),
            ("warm", "2", {"status": "failed", "error": "no river", "shown": False}),
        ],
        1,
    )
]
SWEEP = {
    "kind": "runs_listed",
    "rows": [cell["run"] for cell in SWEPT],
    "more": False,
    "sweeps": [{"id": "s1", "inputs": ["tone", "size"], "cells": SWEPT}],
}


def test_a_sweep_is_a_grid_in_the_history_and_over_the_whole_window(canvas: CanvasPage) -> None:
    root = canvas.show("otters('stale')")
    first = {"name": "text", "preview": value("An otter."), "component": None}
    shown = {"kind": "record_shown", "run": run(1), "inputs": [], "outputs": [first]}
    answer(canvas, list_runs=SWEEP, show_record={**shown, "error": None, "log": ""})
    canvas.card("draft").get_by_role("button", name="history of draft").click()
    group = root.locator("[data-sweep]")
    expect(group).to_contain_text("4 runs · tone × size")
    headings = group.get_by_role("columnheader")
    assert headings.all_inner_texts() == ["tone \\ size", "1", "2"]
    assert group.get_by_role("rowheader").all_inner_texts() == ["dry", "warm"]
    expect(group.locator("[data-cell=r1]")).to_contain_text("An otter.")
    failed = group.get_by_role("button", name="Show run 4: tone warm, size 2")
    expect(failed).to_contain_text("failed")
    assert canvas.axe() == []
    group.get_by_role("button", name="as a list").click()
    expect(group.locator("[data-record]")).to_have_count(4)
    expect(group.locator('[data-record="r2"]')).to_contain_text("the best")
    answer(canvas, label={"kind": "done"})
    group.locator('[data-record="r1"] .daggr-runs-main').focus()
    canvas.page.keyboard.press("F2")
    field = group.locator(".daggr-runs-naming")
    expect(field).to_be_focused()
    field.fill("plain")
    field.press("Enter")
    assert canvas.wait_for_command("label") == {"record": "r1", "text": "plain"}
    group.get_by_role("button", name="as a grid").click()
    group.get_by_role("button", name="large grid").click()
    large = root.get_by_role("dialog", name="Sweep of draft by tone × size")
    expect(large.locator("[data-cell=r1]")).to_contain_text("An otter.")
    assert canvas.axe() == []
    large.locator("[data-cell=r1]").click()
    assert canvas.wait_for_command("select") == {"node": "draft", "record": "r1"}
    canvas.page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(group.get_by_role("button", name="large grid")).to_be_focused()


# ---------------------------------------------------------------- variants


def test_variants_stand_side_by_side_and_several_are_run(canvas: CanvasPage) -> None:
    opened(canvas, "variants")
    expect(canvas.root.locator('[data-variant="careful"]')).to_contain_text("CAREFUL")
    expect(canvas.root.locator('[data-variant="fast"]')).to_contain_text("chosen")
    answer(canvas, run_variants={"kind": "done"})
    canvas.root.get_by_role("button", name="Run 2 variants").click()
    assert canvas.wait_for_command("run_variants")["variants"] == ["fast", "careful"]


# ---------------------------------------------------------------- items


def test_ten_thousand_items_are_drawn_and_asked_for_as_they_come_into_view(
    canvas: CanvasPage,
) -> None:
    canvas.show("otters('fresh')")
    answer(canvas, list_items=ITEMS, show_record=RECORD)
    items = {"total": 10000, "done": 10000, "failed": 100, "rows": [], "key": "k"}
    canvas.change_state(2, "draft", items=items)
    card = canvas.card("draft")
    expect(card.locator('[data-item="0"]')).to_contain_text("item number 0")
    window = card.locator(".daggr-item-window")
    window.evaluate("element => { element.scrollTop = 5000 * 27 }")
    expect(card.locator('[data-item="5003"]')).to_be_visible()
    assert card.locator("[data-item]").count() < 40
    assert len(canvas.commands("list_items")) <= 4
    card.get_by_label("failed only").check()
    expect(card.locator('[data-item="107"]')).to_contain_text("bad 107")
    card.locator('[data-item="7"] .daggr-item-button').click()
    expect(card.get_by_role("region", name="Item 8")).to_contain_text("ValueError: 7")
    card.get_by_role("button", name="Retry item 108").click()
    sent = canvas.wait_for_command("run")
    assert sent == {"targets": ["draft"], "mode": "step", "force": False, "item": "107"}
    card.get_by_role("button", name="Retry this item").click()
    card.get_by_role("button", name="Retry all 100").click()
    assert [command["item"] for command in canvas.commands("run")] == ["107", "7", "failed"]
    assert canvas.axe() == []


# ---------------------------------------------------------------- search, kin, collapse, map


def test_search_finds_by_name_kind_and_status_and_leads_to_the_card(canvas: CanvasPage) -> None:
    root = canvas.show("otters('failed')")
    root.locator(".daggr-stage").focus()
    canvas.page.keyboard.press("/")
    field = root.get_by_role("searchbox")
    expect(field).to_be_focused()
    expect(root.get_by_role("treeitem")).to_have_count(7)
    canvas.page.keyboard.type("failed")
    expect(root.get_by_role("treeitem")).to_have_count(1)
    canvas.page.keyboard.press("Enter")
    expect(canvas.card("z-image-turbo")).to_be_focused()
    expect(root.locator(".daggr-side")).to_have_count(0)


def test_search_finds_what_stands_on_a_card_and_shows_it(canvas: CanvasPage) -> None:
    root = canvas.show("otters('failed')")
    root.get_by_role("button", name="Search").click()
    field = root.get_by_role("searchbox")
    for words, card, found in (
        ("melodic", "voice", "Melodic"),
        ("asleep", "z-image-turbo", "Space is asleep (503)"),
        ("at dusk", "Parameters", "Otters at dusk"),
    ):
        field.fill(words)
        expect(root.locator(f'[data-line="{card}"]')).to_contain_text(found)
    field.fill("parameters")
    expect(root.get_by_role("treeitem")).to_have_text("Parameters")


def test_the_tree_is_walked_with_arrows(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.get_by_role("button", name="Search").click()
    canvas.page.keyboard.press("ArrowDown")
    first = root.get_by_role("treeitem").first
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-level", "1")
    count = root.get_by_role("treeitem").count()
    unfolded = root.locator('[role=treeitem][aria-expanded="true"]').first
    unfolded.focus()
    name = unfolded.get_attribute("data-line")
    while root.locator(":focus").get_attribute("data-line") != name:
        canvas.page.keyboard.press("ArrowDown")
    canvas.page.keyboard.press("End")
    canvas.page.keyboard.press("Home")
    expect(first).to_be_focused()
    if first.get_attribute("aria-expanded") == "true":
        canvas.page.keyboard.press("ArrowLeft")
        assert root.get_by_role("treeitem").count() < count


def test_what_a_card_has_to_do_with_stands_out(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.locator(".daggr-stage").focus()
    canvas.page.keyboard.press("ArrowRight")
    canvas.page.keyboard.press("ArrowRight")
    expect(canvas.card("load_photos")).to_be_focused()
    canvas.page.keyboard.press("a")
    expect(root.locator('[data-host="draft"]')).to_have_attribute("data-spot", "kin")
    expect(root.locator('[data-host="voice"]')).to_have_attribute("data-spot", "faded")
    canvas.page.keyboard.press("Escape")
    expect(root.locator("[data-spot]")).to_have_count(0)


def test_a_collapsed_card_shows_its_header_only(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    canvas.card("draft").get_by_role("button", name="Menu of draft").click()
    root.get_by_role("menuitem", name="Collapse").click()
    assert canvas.wait_for_command("collapse") == {"nodes": ["draft"], "on": True}
    canvas.batch(2, {"kind": "collapsed", "nodes": {"draft": True}})
    expect(canvas.card("draft").locator("footer")).to_have_count(0)
    box = canvas.card("draft").bounding_box()
    assert box is not None
    assert box["height"] < 45


def test_a_card_s_value_is_copied_as_python(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    canvas.card("draft").get_by_role("button", name="Menu of draft").click()
    root.get_by_role("menuitem", name="Copy as Python").click()
    asked = canvas.wait_for_command("export")
    assert (asked["form"], asked["node"]) == ("python", "draft")
    canvas.reject("export", "It shows no value yet.")
    expect(root.locator(".daggr-toasts")).to_contain_text("It shows no value yet.")


def test_a_menu_stays_within_the_canvas(canvas: CanvasPage) -> None:
    root = canvas.show("otters('fresh')")
    root.evaluate("root => { root.style.height = '300px'; }")
    for name in ("Menu of draft", "More ways to run"):
        canvas.card("draft").get_by_role("button", name=name).click()
        menu, around = root.get_by_role("menu").bounding_box(), root.bounding_box()
        assert menu is not None
        assert around is not None
        assert menu["y"] >= around["y"]
        assert menu["y"] + menu["height"] <= around["y"] + around["height"]
        canvas.page.keyboard.press("Escape")


def test_the_map_shows_a_large_graph_and_moves_the_view(canvas: CanvasPage) -> None:
    root = canvas.show("big(300)")
    plane = root.get_by_role("img", name="Map of the graph")
    expect(plane).to_be_visible()
    expect(plane.locator(".daggr-map-frame")).to_have_attribute("style", re.compile("translate"))
    before = root.locator(".daggr-world").get_attribute("style")
    plane.click(position={"x": 120, "y": 60})
    expect(root.locator(".daggr-world")).not_to_have_attribute("style", before or "")
    root.get_by_role("button", name="Map", exact=True).click()
    expect(plane).to_have_count(0)
    canvas.show("otters('fresh')")
    expect(canvas.root.locator(".daggr-map")).to_have_count(0)


def test_the_map_is_painted_again_in_the_colours_of_another_theme(canvas: CanvasPage) -> None:
    canvas.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    root = canvas.show("big(300)")
    plane = root.locator(".daggr-map canvas").element_handle()
    light = canvas.page.wait_for_function(PAINTED, arg=plane).json_value()
    canvas.page.emulate_media(color_scheme="dark")
    another = f"([plane, light]) => ({PAINTED})(plane) !== light"
    canvas.page.wait_for_function(another, arg=[plane, light])


# ---------------------------------------------------------------- access


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("panel", ["history", "variants", "search", "plan"])
def test_axe_finds_nothing_in_panels(canvas: CanvasPage, panel: str, theme: str) -> None:
    scheme: Any = "dark" if theme == "dark" else "light"
    forced: Any = "active" if theme == "forced" else "none"
    canvas.page.emulate_media(color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")
    opened(canvas, panel)
    if panel == "history":
        for index in (3, 2):
            canvas.root.get_by_label(f"Compare run {index}", exact=True).check()
        expect(canvas.root.locator('[data-pair="tone"]')).to_be_visible()
    if panel == "plan":
        # Cards that fade on purpose, for as long as somebody points, are not what is looked at.
        canvas.page.evaluate(
            "() => document.querySelectorAll('[data-spot=faded]').forEach(e => e.remove())"
        )
    assert canvas.axe(theme) == []


def test_what_is_typed_after_the_search_key_is_searched_for_and_nothing_else(
    canvas: CanvasPage,
) -> None:
    """The second part of the canvas comes with the first key; nobody waits for it."""
    root = canvas.show("otters('fresh')")
    root.locator(".daggr-stage").focus()
    keys = "keys => { for (const key of keys) document.activeElement.dispatchEvent("
    keys += "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })) }"
    canvas.page.evaluate(keys, ["/", "d", "r", "a", "f"])
    expect(root.get_by_role("searchbox")).to_have_value("draf")
    expect(root.get_by_role("searchbox")).to_be_focused()
    assert canvas.commands("run") == []

    canvas.page.keyboard.press("Escape")
    expect(root.get_by_role("searchbox")).to_have_count(0)
    root.locator(".daggr-stage").focus()
    canvas.page.evaluate(keys, ["/", "d", "r", "a", "f", "Enter"])
    expect(canvas.card("draft")).to_be_focused()
    assert canvas.commands("run") == []
    assert canvas.commands("stop") == []
