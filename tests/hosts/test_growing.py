"""Values that grow on their cards, in a real JupyterLab: texts, a conversation, pictures, items."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.hosts import lab
from tests.hosts.canvas import Canvas
from tests.hosts.server import Jupyter

SOURCE = """
import queue
from collections import defaultdict
from PIL import Image
from daggr_nb import Context, FnNode, Graph, ui

said = defaultdict(queue.Queue)

def heard(name):
    while (part := said[name].get(timeout=120)) is not ...:
        yield part

def answer():
    text = ""
    for part in heard("answer"):
        text += part
        yield text

def talk():
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ""}]
    for part in heard("talk"):
        messages[-1]["content"] += part
        yield messages

def paint():
    for colour in heard("paint"):
        yield Image.new("RGB", (320, 160), colour)

def each(name, ctx: Context):
    for part in heard(name):
        ctx.stream(part)
    return name

names = FnNode(lambda: ["ann", "bob"], name="names", outputs=["names"])
graph = Graph("Growing", nodes=[
    FnNode(answer, outputs={"text": ui.Markdown()}, concurrent=True),
    FnNode(talk, outputs={"messages": ui.Chatbot()}, concurrent=True),
    FnNode(paint, outputs={"picture": ui.Image()}, concurrent=True),
    FnNode(each, inputs={"name": names.names.each}, concurrent=True),
], persist_key=False)
graph
"""
# Notes every moment at which a picture that was there is none.
WATCH_PICTURE = """image => {
    window.blanks = 0;
    const look = () => {
        const now = document.querySelector('article[data-node=paint] img');
        if (!now || !now.complete || now.naturalWidth === 0) window.blanks++;
        window.watching = requestAnimationFrame(look);
    };
    look();
}"""
COLOUR = """image => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).join();
}"""
AT_END = "box => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight)"


def say(page: Page, name: str, *parts: object) -> None:
    lab.execute(page, f"for part in {[*parts]!r}: said[{name!r}].put(part)")


def start(page: Page, canvas: Canvas, name: str) -> Locator:
    card = canvas.card(name)
    card.press("Run to here")
    card.expect_status("running")
    return card.element


def test_values_grow_on_their_cards(page: Page, jupyter: Jupyter) -> None:
    lab.write_notebook(jupyter, "growing.ipynb", SOURCE)
    lab.open_notebook(page, jupyter, "growing.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    canvas = Canvas.on(page, "Growing")

    # a text: its first characters are there before it is finished
    card = start(page, canvas, "answer")
    say(page, "answer", "# Otters\n\nThey hold", " *hands*.\n\nWhile")
    expect(card.locator(".daggr-h1")).to_have_text("Otters")
    expect(card.locator("em")).to_have_text("hands")
    expect(card.locator(".daggr-markdown")).to_contain_text("While")
    canvas.card("answer").expect_status("running")
    # what is selected in it stays selected
    card.locator("em").evaluate("em => getSelection().selectAllChildren(em)")
    say(page, "answer", " they sleep.\n\n", *(f"{n}. a reason to\n" for n in range(1, 30)))
    box = card.locator(".daggr-markdown")
    expect(box.locator("li")).to_have_count(29)
    assert page.evaluate("String(getSelection())") == "hands"
    # its end is in view, unless somebody looks at something else
    assert box.evaluate(AT_END) <= 1
    box.evaluate("box => { box.scrollTop = 40; }")
    page.wait_for_timeout(100)
    say(page, "answer", *(f"{n}. a reason to\n" for n in range(30, 40)))
    expect(box.locator("li")).to_have_count(39)
    assert box.evaluate("box => box.scrollTop") == 40
    box.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    page.wait_for_timeout(100)
    say(page, "answer", "40. a reason to\n")
    expect(box.locator("li")).to_have_count(40)
    assert box.evaluate(AT_END) <= 1

    # a conversation: its last message grows
    card = start(page, canvas, "talk")
    say(page, "talk", "Hello", " **you**")
    expect(card.locator(".daggr-chat li").last.locator("strong").last).to_have_text("you")
    canvas.card("talk").expect_status("running")

    # pictures: one follows the other without a gap
    card = start(page, canvas, "paint")
    say(page, "paint", "red")
    picture = card.locator("img")
    expect_colour(picture, "255,0,0")
    page.evaluate(WATCH_PICTURE)
    for colour, numbers in (("lime", "0,255,0"), ("blue", "0,0,255")):
        say(page, "paint", colour)
        expect_colour(picture, numbers)
    assert page.evaluate("window.blanks") == 0

    # items: each row shows what its item says
    card = start(page, canvas, "each")
    say(page, "bob", "good", " day")
    expect(card.locator("[data-item='1']")).to_contain_text("good day")
    expect(card.locator("[data-item='0']")).not_to_contain_text("good day")

    # a page that is reloaded shows all of it, and more as it comes
    lab.reload(page)
    canvas = Canvas.on(page, "Growing")
    card = canvas.card("answer").element
    expect(card.locator("li")).to_have_count(40)
    expect_colour(canvas.card("paint").element.locator("img"), "0,0,255")
    say(page, "answer", "41. a last one\n")
    expect(card.locator("li")).to_have_count(41)
    say(page, "paint", "yellow")
    expect_colour(canvas.card("paint").element.locator("img"), "255,255,0")
    lab.execute(page, "for each in said: said[each].put(...)")
    lab.execute(page, "said['ann'].put(...)")
    for name in ("answer", "talk", "paint", "each"):
        canvas.card(name).expect_status("succeeded")
    expect(card.locator("li")).to_have_count(41)
    expect_colour(canvas.card("paint").element.locator("img"), "255,255,0")
    assert lab.execute(page, "print(len(graph.history('paint')))") == "1"


def expect_colour(picture: Locator, numbers: str) -> None:
    expect(picture).to_be_visible()
    for _ in range(100):
        if (seen := picture.evaluate(COLOUR)) == numbers:
            return
        picture.page.wait_for_timeout(50)
    assert seen == numbers
