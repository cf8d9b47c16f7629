"""A conversation on its card and beside it, in a real JupyterLab, and for visitors in Voila."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.canvas_page import AXE, RUN_AXE, CanvasPage
from tests.hosts.everywhere import Servers
from tests.hosts.server import Jupyter

# The model says the first word at once, and the last one when it is told to (or stopped).
SOURCE = """
import pathlib, time
from daggr_nb import Conversation, Context, FnNode, Graph, ui

said = Conversation("Chat", system="Be kind.", examples=["Do otters sleep?"])

def model(messages, ctx: Context):
    last = messages[-1]["content"]
    if "fail" in last:
        raise ValueError("the model is overloaded")
    yield "They **"
    while "slowly" in last and not ctx.cancelled:
        time.sleep(0.02)
    yield f"They **do** {len(messages)}"

answer = FnNode(model, inputs={"messages": said.messages}, outputs={"answer": ui.Markdown()})
graph = Graph("Otters", [answer])
"""
NOTEBOOK = "chat.ipynb"


def part(page: Page) -> Locator:
    return page.locator('.daggr-root[data-part="chat"]')


def messages(talk: Locator) -> Locator:
    return talk.locator(".daggr-said-text")


def say(talk: Locator, text: str) -> None:
    field = talk.get_by_label("Message in Chat")
    field.fill(text)
    field.press("Enter")


def press(talk: Locator, button: str) -> None:
    talk.get_by_role("button", name=button, exact=True).click()


def expect_messages(talk: Locator, *texts: str) -> None:
    expect(messages(talk)).to_have_text([*texts], timeout=30_000)


def test_a_graph_answers_on_its_card_and_beside_it(page: Page, jupyter: Jupyter) -> None:
    lab.write_notebook(jupyter, NOTEBOOK, SOURCE, "graph", "graph.chat()")
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    talk, card = part(page), Canvas.on(page, "Otters").card("Chat").element
    press(talk, "Do otters sleep?")
    for view in (talk, card):
        expect_messages(view, "Do otters sleep?", "They do 2")

    say(talk, "Tell me slowly")
    expect(talk.locator("[data-phase=speaking]").first).to_be_attached(timeout=30_000)
    expect(messages(talk).last).to_contain_text("They")
    say(talk, "too early")
    expect(talk.get_by_role("status")).to_contain_text("still answering")
    press(talk, "Stop answering")
    expect(talk).to_contain_text("What it said so far counts.")
    talk.get_by_label("Message in Chat").press("Enter")
    for view in (talk, card):
        expect(messages(view)).to_have_count(6, timeout=30_000)
        expect(messages(view).last).to_have_text("They do 6", timeout=30_000)

    press(talk, "Answer again")
    expect(talk.locator(".daggr-talk-versions")).to_have_text("2/2", timeout=30_000)
    press(talk, "Previous answer")
    expect(card.locator(".daggr-talk-versions")).to_have_text("1/2", timeout=30_000)

    say(talk, "please fail")
    expect(talk.locator(".daggr-talk-problem")).to_have_text(
        "the model is overloaded", timeout=30_000
    )
    first = talk.locator("[data-who=user]").first
    first.hover()
    first.get_by_role("button", name="Edit message").click()
    editor = talk.get_by_role("textbox", name="Edit message")
    editor.fill("Do seals?")
    editor.press("Enter")
    for view in (talk, card):
        expect_messages(view, "Do seals?", "They do 2")
    assert lab.execute(page, "print(graph.chat('And you?'))") == "They **do** 4"
    expect_messages(talk, "Do seals?", "They do 2", "And you?", "They do 4")

    lab.restart_kernel(page)
    lab.run_all(page)
    expect_messages(part(page), "Do seals?", "They do 2", "And you?", "They do 4")


def test_axe_finds_nothing_beside_it(page: Page, jupyter: Jupyter) -> None:
    lab.write_notebook(jupyter, NOTEBOOK, SOURCE, "graph.chat('Hi')", "graph.chat()")
    lab.open_notebook(page, jupyter, NOTEBOOK)
    lab.run_all(page)
    expect_messages(part(page), "Hi", "They do 2")
    page.add_script_tag(path=AXE)
    for theme in ("Light", "Dark"):
        lab.use_theme(page, theme)
        part(page).screenshot(path=lab.SCREENSHOTS / f"chat-{theme.lower()}.png")
        assert page.evaluate(RUN_AXE) == []


@pytest.mark.parametrize("phase", ["waiting", "speaking", "stopped", "failed", "missing"])
def test_axe_finds_nothing_however_an_answer_stands(canvas: CanvasPage, phase: str) -> None:
    root = canvas.show(f"chats('{phase}', {{ text: 'Sea ot', problem: 'overloaded' }})")
    expect(root.get_by_role("log")).to_be_visible()
    assert canvas.axe() == []


def test_a_conversation_is_held_by_keys_alone(canvas: CanvasPage) -> None:
    root, page = canvas.show("chats()"), canvas.page
    canvas.card("Chat").focus()
    page.keyboard.press("Enter")
    root.get_by_label("Message in Chat").focus()
    page.keyboard.type("r and s and f", delay=5)  # which are keys of the canvas elsewhere
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("are letters")
    page.keyboard.press("Enter")
    said = page.evaluate("() => model.sent.filter(({ kind }) => kind === 'chat')")
    assert [each["text"] for each in said] == ["r and s and f\nare letters"]
    assert page.evaluate("() => model.sent.filter(({ kind }) => kind === 'run')") == []
    expect(root.get_by_label("Message in Chat")).to_be_focused()


def test_every_visitor_has_a_conversation_of_their_own(
    page: Page, servers: Servers, chromium: Browser
) -> None:
    lab.write_notebook(servers.voila, NOTEBOOK, SOURCE, "graph.chat()")
    address = f"{servers.voila.url}/voila/render/{NOTEBOOK}"
    elsewhere = chromium.new_context()
    mine, theirs = page, elsewhere.new_page()
    for each in (mine, theirs):
        each.goto(address, timeout=90_000)
        expect(part(each).get_by_role("button", name="Do otters sleep?")).to_be_visible(
            timeout=60_000
        )
    say(part(mine), "Tell me slowly")
    expect(part(mine).locator("[data-phase=speaking]").first).to_be_attached(timeout=30_000)
    press(part(mine), "Stop answering")
    expect_messages(part(mine), "Tell me slowly", "They **")
    press(part(theirs), "Do otters sleep?")
    expect_messages(part(theirs), "Do otters sleep?", "They do 2")
    say(part(mine), "Go on")
    expect(messages(part(mine)).last).to_have_text("They do 4", timeout=30_000)
    expect(messages(part(theirs))).to_have_count(2)
    elsewhere.close()
