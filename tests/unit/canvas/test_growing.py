"""Values that grow: only what is new of them travels, and every view has all of them."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import Context, FnNode, Graph, ui
from daggr_nb._canvas.displays.rendering import TEXT
from daggr_nb._canvas.excerpts import OutputExcerpt
from daggr_nb._canvas.growth import splices
from daggr_nb._engine.task.streamed_output import Partial
from daggr_nb._provenance.secrecy import ScrubbedText, scrubbed
from tests.unit.canvas.test_bridge import View, spliced
from tests.unit.trust.visits import Visitor
from tests.unit.waiting import wait_until

KEY = "hf_" + "x" * 24
SECRET = "(secret)"


class Speaker:
    """A node that says what a test hands it, and ends when it is told to."""

    def __init__(self, component: Any = None, retries: int = 0, whole: bool = False) -> None:
        self.said: queue.Queue[Any] = queue.Queue()

        def speak(ctx: Context) -> Iterator[Any]:
            value: Any = None
            while (part := self.said.get(timeout=20)) is not Ellipsis:
                if isinstance(part, BaseException):
                    raise part
                value = part if whole or value is None else value + part
                if whole:
                    yield part
                else:
                    ctx.stream(part)
            yield value

        node = FnNode(speak, "talk", outputs={"text": component}, version="1", retries=retries)
        self.graph = Graph("Talk", [node], persist_key=False)
        self.view = View(self.graph)
        self.sizes: list[int] = []

    def begin(self) -> Any:
        return self.graph.submit()

    def say(self, *parts: Any) -> None:
        for part in parts:
            self.said.put(part)

    def shown(self, view: View | None = None) -> Any:
        preview = (view or self.view).nodes["talk"]["values"].get("text")
        return preview and preview["data"]

    def until(self, data: Any, view: View | None = None) -> None:
        """Wait until a view shows it; count the bytes of what it hears on the way."""
        view = view or self.view
        while self.shown(view) != data:
            message, _ = view.hear()
            self.sizes.append(len(json.dumps(message, ensure_ascii=False).encode()))

    def end(self, view: View | None = None) -> None:
        self.say(...)
        (view or self.view).until(
            lambda: (view or self.view).state("talk")["status"] == "succeeded"
        )


TEXTS = {
    "plain": None,
    "a text box": ui.Textbox(),
    "Markdown": ui.Markdown(),
    "code": ui.Code(),
    "HTML": ui.HTML(),
}


@pytest.mark.parametrize("component", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("whole", [False, True], ids=["deltas", "values"])
def test_a_text_grows_to_its_end(component: Any, whole: bool) -> None:
    talk = Speaker(component, whole=whole)
    talk.begin()
    text = ""
    for part in ("An ", "otter 🦦 ", "ünder ", "水", "\ud83d", "."):
        text += part
        talk.say(text if whole else part)
        talk.until(text.replace("\ud83d", "\ufffd"))
    late = View(talk.graph)
    assert talk.shown(late) == talk.shown()
    talk.say(text + "!" if whole else "!")
    talk.until(text.replace("\ud83d", "\ufffd") + "!")
    talk.until(text.replace("\ud83d", "\ufffd") + "!", late)
    talk.end()
    assert talk.view.without_times()["nodes"] == talk.view.nodes


def test_24_kb_in_a_thousand_chunks_cost_little_more_than_the_text() -> None:
    talk = Speaker(ui.Markdown())
    talk.begin()
    chunks = [f"Word {number:04} of many, and so on. "[:24] for number in range(1_000)]
    text = ""
    for at in range(0, len(chunks), 20):
        some = chunks[at : at + 20]
        talk.say(*some)
        text += "".join(some)
        talk.until(text)
    talk.end()
    preview = talk.view.nodes["talk"]["values"]["text"]
    assert (preview["data"], preview["inline"]) == (text, True)
    assert preview["digest"], "what is shown is on record"
    assert sum(talk.sizes) < 3 * len(text)


def test_the_end_says_no_text_again() -> None:
    talk = Speaker()
    talk.begin()
    talk.say("x" * 20_000)
    talk.until("x" * 20_000)
    talk.say(...)
    sizes = []
    while talk.view.state("talk")["status"] != "succeeded" or talk.view.run is not None:
        sizes.append(len(json.dumps(talk.view.hear()[0])))
    assert sum(sizes) < 5_000
    assert talk.view.nodes["talk"]["values"]["text"]["digest"]


def test_what_is_too_long_is_cut_and_goes_on_to_be_counted() -> None:
    talk = Speaker()
    talk.begin()
    talk.say("a" * (TEXT - 1), "b")
    talk.until("a" * (TEXT - 1) + "b")
    talk.say("c")
    talk.until("a" * (TEXT - 1) + "…")
    assert not talk.view.nodes["talk"]["values"]["text"]["inline"]
    talk.sizes.clear()
    for count in range(1, 6):
        talk.say("d" * 1_000_000)
        summary = f"text, {TEXT + 1 + count * 1_000_000:,} characters"
        talk.view.until(lambda s=summary: talk.view.nodes["talk"]["values"]["text"]["summary"] == s)
    late = View(talk.graph)
    assert talk.shown(late) == talk.shown()
    talk.end()
    assert talk.view.without_times()["nodes"] == talk.view.nodes


CHATS = [
    [{"role": "user", "content": "Hi"}],
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ""}],
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hel"}],
    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello 🦦"}],
    [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello 🦦!"},
        {"role": "user", "content": "And?"},
    ],
    [{"role": "user", "content": "Hey"}],
]
LISTS = [[1], [1, "two"], [1, "two", {"three": 3}], [1, "two", {"three": 4}, None], [True, "two"]]


@pytest.mark.parametrize(
    ("component", "values"), [(ui.Chatbot(), CHATS), (ui.JSON(), LISTS), (None, LISTS)]
)
def test_lists_grow_too(component: Any, values: list[Any]) -> None:
    talk = Speaker(component, whole=True)
    talk.begin()
    for value in values:
        talk.say(value)
        data = (
            [{"who": m["role"], "text": m["content"], "chat": True} for m in value]
            if component and component.type == "Chatbot"
            else value
        )
        talk.until(data)
    talk.end()
    assert talk.view.without_times()["nodes"] == talk.view.nodes


def test_a_long_conversation_costs_what_is_new() -> None:
    talk = Speaker(ui.Chatbot(), whole=True)
    talk.begin()
    history = [{"role": "user", "content": "word " * 1_000}] * 4
    for length in range(1, 20):
        talk.say([*history, {"role": "assistant", "content": "no " * length}])
        wait_until(talk.graph, lambda: talk.said.empty())
        talk.until(
            [
                *({"who": "user", "text": m["content"], "chat": True} for m in history),
                {"who": "assistant", "text": "no " * length, "chat": True},
            ]
        )
    assert sum(talk.sizes) < 2 * 20_000


def test_a_value_that_is_another_one_takes_the_place_of_the_last() -> None:
    talk = Speaker(whole=True)
    talk.begin()
    for value in ("abcdef", "abxyz", "", "abxyz and more", 5, "five", [1], "abc"):
        talk.say(value)
        talk.until(value)
        assert talk.shown(View(talk.graph)) == value
    talk.end()


def test_a_retry_begins_anew() -> None:
    talk = Speaker(retries=1)
    talk.begin()
    talk.say("par")
    talk.until("par")
    talk.say(ValueError("not yet"), "ok")
    talk.until("ok")
    talk.say(" then")
    talk.until("ok then")
    talk.end()


def test_what_was_said_stays_when_it_is_stopped_and_goes_with_the_next_run() -> None:
    talk = Speaker()
    run = talk.begin()
    talk.say("half of")
    talk.until("half of")
    run.cancel()
    talk.say(...)
    talk.view.until(lambda: talk.view.state("talk")["status"] == "cancelled")
    assert talk.shown() == "half of"
    assert talk.view.without_times()["nodes"] == talk.view.nodes
    talk.begin()
    talk.view.until(lambda: talk.view.state("talk")["status"] == "running")
    talk.say("all")
    talk.until("all")
    talk.end()


def test_a_gap_is_filled_with_what_was_missed() -> None:
    talk = Speaker()
    talk.begin()
    talk.say("one ")
    talk.until("one ")
    rev, nodes = talk.view.rev, json.loads(json.dumps(talk.view.nodes))
    for part in ("two ", "three ", "four "):
        talk.say(part)
        talk.until("one two three four "[: "one two three four ".index(part) + len(part)])
    talk.view.rev, talk.view.nodes = rev, nodes
    talk.view.say("sync", rev=rev)
    talk.until("one two three four ")
    talk.end()


def test_a_view_that_comes_at_any_moment_has_it_all() -> None:
    talk = Speaker()
    talk.begin()
    views = [talk.view]
    text = ""
    for number in range(12):
        part = f"part {number}, "
        text += part
        talk.say(part)
        talk.until(text, views[number % len(views)])
        joined = View.__new__(View)  # a page that is reloaded: another view of the same bridge
        joined.arrived, joined.fetched, joined.rejected = queue.Queue(), [], []
        joined.take(talk.view.bridge.snapshot())
        views.append(View(talk.graph))
    for view in views:
        talk.until(text, view)
    talk.end()


def test_a_snapshot_between_two_batches_is_gone_on_from() -> None:
    """The snapshot has more than the last batch told; the next one fits both."""
    talk = Speaker(whole=True)
    talk.begin()
    for first, between, last in (("ab", "abcd", "abcdef"), ("abc", "xyz", "abcq"), ("", "x", "y")):
        talk.say(first)
        talk.until(first)
        with talk.graph.session.reading() as current:
            live = current.live[next(iter(current.structure.nodes))]
            live.partial.set("text", between)  # type: ignore[attr-defined]
            snapshot = talk.view.bridge.snapshot()
        late = View.__new__(View)
        late.arrived, late.fetched, late.rejected = queue.Queue(), [], []
        late.take(snapshot)
        assert talk.shown(late) == between
        talk.say(last)
        while talk.shown() != last:
            message, _ = talk.view.hear()
            if message["kind"] == "batch" and message["rev"] > late.rev:
                late.rev = message["rev"]
                for change in message["changes"]:
                    late.apply(change)
        assert talk.shown(late) == last
    talk.end()


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize("whole", [False, True])
def test_a_secret_in_two_pieces_is_never_shown_whole(whole: bool) -> None:
    talk = Speaker(whole=whole)
    talk.begin()
    parts = ["the key is ", KEY[:12], KEY[12:], " they say", f" and {KEY}"]
    text = ""
    for part in parts:
        text += part
        talk.say(text if whole else part)
        talk.until(scrubbed(text))
        assert KEY not in json.dumps(talk.view.nodes)
        assert KEY not in json.dumps(View(talk.graph).nodes)
    assert SECRET in talk.shown()
    talk.say(...)
    talk.view.until(lambda: talk.view.state("talk")["status"] == "succeeded")
    assert KEY not in json.dumps(talk.view.nodes)


def test_a_secret_in_a_message_hides_the_conversation() -> None:
    talk = Speaker(ui.Chatbot(), whole=True)
    talk.begin()
    talk.say([{"role": "user", "content": KEY[:9]}])
    talk.until([{"who": "user", "text": KEY[:9], "chat": True}])
    talk.say([{"role": "user", "content": KEY}])
    talk.until([{"who": "", "text": SECRET, "chat": False}])
    talk.say(...)


def test_an_output_that_is_called_a_secret_is_hidden_while_it_grows() -> None:
    said: queue.Queue[str] = queue.Queue()

    def speak(ctx: Context) -> str:
        ctx.stream(said.get(timeout=20))
        return said.get(timeout=20)

    graph = Graph("Hush", [FnNode(speak, "talk", outputs=["api_key"])], persist_key=False)
    view = View(graph)
    graph.submit()
    said.put("tell nobody")
    view.until(lambda: "api_key" in view.nodes["talk"]["values"])
    assert "tell nobody" not in json.dumps(view.nodes)
    said.put("done")


PIECES = [
    *("word ", "line\n", "Bearer ", "sk-", "hf_" + "B" * 18 + " ", "https://", "user:pw", "@"),
    *("-----BEGIN RSA PRIVATE KEY-----\n", "AAAA BBBB\n" * 30, "-----END RSA PRIVATE KEY-----\n"),
    *("x" * 50, " ", "字字字 ", "Basic ", "dXNlcjpwdzEyMzQ1 ", "lorem ipsum " * 60, "a" * 20),
]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.integers(0, 40)), max_size=60))
def test_a_growing_text_is_scrubbed_as_the_whole_is(pieces: list[tuple[str, int]]) -> None:
    text, whole = ScrubbedText(), ""
    for piece, cut in pieces:
        part = piece[: max(1, len(piece) - cut)]
        whole += part
        text.add(part)
        assert text.text == scrubbed(whole)


# ---------------------------------------------------------------- who is told


def test_a_part_is_told_of_its_own_ports_only() -> None:
    said: queue.Queue[Any] = queue.Queue()

    def speak(ctx: Context) -> dict[str, str]:
        while (part := said.get(timeout=20)) is not Ellipsis:
            ctx.stream(part, "left")
            ctx.stream(part.upper(), "right")
        return {"left": "l", "right": "r"}

    node = FnNode(speak, "talk", outputs=["left", "right"])
    graph = Graph("Two", [node], persist_key=False)
    part, whole = View(graph, excerpt=OutputExcerpt([("talk", "right")])), View(graph)
    graph.submit()
    for text in ("a", "ab", "abc"):
        said.put(text[-1])
        whole.until(lambda t=text: _texts(whole) == {"left": t, "right": t.upper()})
        part.until(lambda t=text: _texts(part) == {"right": t.upper()})
    said.put(...)


def _texts(view: View) -> dict[str, str]:
    return {port: preview["data"] for port, preview in view.nodes["talk"]["values"].items()}


def test_a_visitor_sees_it_grow() -> None:
    talk = Speaker()
    visitor = Visitor(talk.graph)
    visitor.say("run")
    for text in ("a", "ab", "abc"):
        talk.say(text[-1])
        talk.until(text, visitor)
    assert talk.shown() is None
    talk.say(...)


# ---------------------------------------------------------------- pictures


def test_pictures_so_far_are_fetched_once_each() -> None:
    image = pytest.importorskip("PIL.Image")
    talk = Speaker(ui.Image(), whole=True)
    talk.begin()
    digests = set()
    for width in (100, 200, 300):
        talk.say(image.new("RGB", (width, 50)))
        preview = _preview_until(talk, f"Image {width} × 50")
        digests.add(preview["digest"])
        assert _size(talk, image, []) == (width, 50)
    assert len(digests) == 3
    late = View(talk.graph)
    assert late.nodes["talk"]["values"]["text"]["digest"] in digests
    talk.end()
    assert len(talk.graph.history("talk")) == 1


def test_a_gallery_so_far_names_each_picture_once() -> None:
    image = pytest.importorskip("PIL.Image")
    talk = Speaker(ui.Gallery(), whole=True)
    talk.begin()
    pictures = [image.new("RGB", (width, 50)) for width in (100, 200, 300)]
    former: list[str] = []
    for count in (1, 2, 3):
        talk.say(pictures[:count])
        preview = _preview_until(talk, f"{count} picture" + "s" * (count > 1))
        digests = [item["digest"] for item in preview["items"]]
        assert digests[:-1] == former, "those before are the same pictures"
        assert len({*digests}) == count
        assert _size(talk, image, [count - 1]) == (100 * count, 50)
        former = digests
    talk.end()


def _preview_until(talk: Speaker, summary: str) -> dict[str, Any]:
    def shown() -> Any:
        return talk.view.nodes["talk"]["values"].get("text")

    talk.view.until(lambda: shown() and shown()["summary"] == summary)
    preview: dict[str, Any] = shown()
    return preview


def _size(talk: Speaker, image: Any, path: list[int]) -> Any:
    talk.view.say("fetch", node="talk", port="text", path=path, max_width=400)
    while talk.view.hear()[0]["kind"] != "fetched":
        pass
    with image.open(__import__("io").BytesIO(talk.view.fetched[0])) as picture:
        return picture.size


# ---------------------------------------------------------------- items


def test_the_row_of_an_item_shows_the_end_of_what_it_has_said() -> None:
    said: dict[str, queue.Queue[Any]] = {name: queue.Queue() for name in "ab"}

    def speak(name: str, ctx: Context) -> str:
        while (part := said[name].get(timeout=20)) is not Ellipsis:
            ctx.stream(part)
        return "done"

    names = FnNode(lambda: ["a", "b"], "names", outputs=["names"])
    talk = FnNode(speak, "talk", inputs={"name": names.names.each}, concurrent=True)
    graph = Graph("Each", [talk], persist_key=False)
    view = View(graph)
    graph.submit()

    def rows() -> list[str]:
        items = view.state("talk")["items"]
        return [row["said"] for row in items["rows"]] if items else []

    said["b"].put("first\nof b")
    view.until(lambda: rows() == ["", "first of b"])
    said["a"].put("word " * 100 + f"{KEY[:20]}")
    view.until(lambda: rows()[:1] != [""] and rows()[0].startswith("…"))
    said["a"].put(KEY[20:])
    view.until(lambda: rows()[0].endswith(SECRET))
    assert len(rows()[0]) <= 60
    key = view.state("talk")["items"]["key"]
    said["b"].put(" more")
    view.until(lambda: rows()[1] == "first of b more")
    assert view.state("talk")["items"]["key"] != key, "rows further down are asked for again"
    said["b"].put(...)
    view.until(lambda: view.state("talk")["items"]["rows"][1]["status"] == "succeeded")
    assert rows()[1] == ""
    said["a"].put(...)
    view.until(lambda: view.run is None)


# ---------------------------------------------------------------- the parts of it

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("a🦦b", max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=12,
)


@given(JSON, JSON)
def test_splices_lead_from_one_value_to_the_other(former: Any, now: Any) -> None:
    for splice in splices(former, now):
        former = spliced(former, **splice.model_dump())
    assert (former, repr(former)) == (now, repr(former))
    assert json.dumps(former, sort_keys=True) == json.dumps(now, sort_keys=True)


def _appended(partial: Partial, text: str) -> None:
    partial.append("p", text)


def _set(partial: Partial, text: str) -> None:
    partial.set("p", text)


def _extended(partial: Partial, text: str) -> None:
    partial.set("p", partial.get("p", "") + text)


def _read(partial: Partial, text: str) -> None:
    partial.get("p")


STEPS = st.lists(
    st.tuples(st.sampled_from([_appended, _set, _extended, _read]), st.text("ab", max_size=3))
)


@given(STEPS, st.integers(1, 4))
def test_a_reader_of_what_is_new_has_the_whole(
    steps: list[tuple[Callable[..., None], str]], every: int
) -> None:
    partial, mark, text = Partial(), (0, 0), ""
    partial.set("p", "")
    for number, (act, said) in enumerate(steps):
        act(partial, said)
        if number % every == 0:
            found = partial.since("p", mark)
            assert found is not None
            former, (mark, new) = mark, found
            text = text + new if mark[0] == former[0] else new
            assert text == partial["p"]


def test_a_run_that_fails_takes_what_was_said_along() -> None:
    talk = Speaker()
    talk.begin()
    talk.say("half")
    talk.until("half")
    talk.say(ValueError("no end"))
    talk.view.until(lambda: talk.view.state("talk")["status"] == "failed")
    assert talk.view.without_times()["nodes"] == talk.view.nodes
