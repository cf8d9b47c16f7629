"""GradioNode against a real app: values there and back, streams, progress, hooks, names."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from daggr_nb import Event, FnNode, GradioNode, Graph, ui
from daggr_nb.errors import AppFailed, InputError, NodeFailed, RunCancelled, Unreachable
from tests.remote.servers import Zoo, call, wait_until
from tests.unit.canvas.test_bridge import View


def graph_of(*nodes: Any, name: str = "Remote") -> Graph:
    return Graph(name, list(nodes), persist_key=False)


def given(zoo: Zoo, api_name: str, inputs: Mapping[str, Any], outputs: Any = ("output",)) -> Any:
    """Return what one call gives, by port, or the value of the only one."""
    node = GradioNode(zoo.url, api_name, name="it", inputs=inputs, outputs=list(outputs))
    graph = graph_of(node)
    result = graph.run()["it"]
    graph.close()
    return next(iter(result.values())) if len(result) == 1 else result


def failure(graph: Graph, *targets: str) -> BaseException:
    with pytest.raises(NodeFailed) as failed:
        graph.run(*targets)
    assert failed.value.__cause__ is not None
    return failed.value.__cause__


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "a red ü.png"
    Image.new("RGB", (20, 10), (255, 0, 0)).save(path)
    return path


def size(path: Any) -> tuple[int, int]:
    assert isinstance(path, Path)
    with Image.open(path) as picture:
        return picture.size


# ---------------------------------------------------------------- there and back

PLAIN: list[tuple[str, dict[str, Any], Any]] = [
    ("echo", {"text": "héllo 🎈\nthere"}, "héllo 🎈\nthere"),
    ("echo", {"text": ""}, ""),
    ("choose", {"one": "a", "several": ["x", "y"], "yes": True, "number": 3.5}, "a x+y True 3.5"),
    ("choose", {"one": "b", "several": [], "yes": False, "number": np.int64(2)}, "b  False 2"),
    ("label", {}, {"cat": 0.8, "dog": 0.2}),
    ("highlighted", {"text": "a longer word"}, [("a", None), ("longer", "long"), ("word", None)]),
    (
        "json",
        {"value": {"a": [1, None, 2.5], "b": {"c": True}}},
        {"a": [1, None, 2.5], "b": {"c": True}},
    ),
    ("json", {"value": {"n": math.nan}}, {"n": None}),
    ("json", {"value": [np.float32(0.5), {1, 2}, (3,)]}, [0.5, [1, 2], [3]]),
    ("json", {"value": None}, None),
    ("updated", {"text": "x"}, "X"),
    ("remember", {"text": "a"}, "a"),
    ("batch", {"texts": "abc"}, "cba"),
    ("direct", {"text": "d"}, "d"),
    ("with_button", {"text": "d"}, "d"),
    ("defaults", {}, "hellohello"),
    ("defaults", {"times": 3, "exact": True}, "hellohellohello!"),
    ("nothing", {"value": 1}, None),
    ("picture", {"image": None}, None),
]


@pytest.mark.parametrize(("endpoint", "inputs", "expected"), PLAIN)
def test_data_goes_there_and_back(
    zoo: Zoo, endpoint: str, inputs: dict[str, Any], expected: Any
) -> None:
    assert given(zoo, endpoint, inputs) == expected


def as_is(path: Path) -> Any:
    return path


def opened(path: Path) -> Any:
    with Image.open(path) as picture:
        return picture.copy()


@pytest.mark.parametrize(
    "form",
    [
        as_is,
        str,
        Path.read_bytes,
        opened,
        lambda path: np.asarray(opened(path)),
        lambda path: np.asarray(opened(path)) / 255.0,
        lambda path: opened(path).convert("L"),
        lambda path: opened(path).convert("RGBA"),
        lambda path: {"path": str(path)},
    ],
    ids=["path", "text", "bytes", "PIL", "array", "floats", "grey", "transparent", "dict"],
)
def test_a_picture_in_every_form(zoo: Zoo, png: Path, form: Any) -> None:
    assert size(given(zoo, "picture", {"image": form(png)})) == (20, 10)


def test_sounds_files_galleries_pairs_and_frames(zoo: Zoo, png: Path, tmp_path: Path) -> None:
    text = tmp_path / "x.txt"
    text.write_text("hello")
    sound = (8000, (np.sin(np.arange(8000) / 5) * 20_000).astype("int16"))
    assert given(zoo, "sound", {"audio": sound}).suffix == ".wav"
    copy = given(zoo, "file", {"path": text})
    assert (copy.name, copy.read_text()) == ("x.txt", "hello")
    assert [path.name for path in given(zoo, "files", {"paths": [text, png]})] == [
        "x.txt",
        png.name,
    ]
    assert given(zoo, "length", {"path": b"12345"}) == 5
    gallery = given(zoo, "gallery", {"items": [png, (opened(png), "a caption")]})
    assert size(gallery[0]) == size(gallery[1][0]) == (20, 10)
    assert gallery[1][1] == "a caption"
    assert [size(path) for path in given(zoo, "pair", {"image": png})] == [(20, 10)] * 2
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [1.5, math.nan]})
    pd.testing.assert_frame_equal(given(zoo, "frame", {"table": frame}), frame)


def test_a_chat_keeps_its_messages(zoo: Zoo) -> None:
    messages = given(zoo, "chat", {"message": "hi there"})
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert "You said hi there" in str(messages[1]["content"])


def test_outputs_are_by_position(zoo: Zoo) -> None:
    assert given(zoo, "three", {}, ["a", "b", "c"]) == {"a": "a", "b": 1.5, "c": True}
    assert given(zoo, "three", {}, ["a", "b"]) == {"a": "a", "b": 1.5}
    assert given(zoo, "skipped", {}, ["a", "b"]) == {"a": "first", "b": None}
    graph = graph_of(GradioNode(zoo.url, "three", name="it", outputs=["a", "b", "c", "d"]))
    assert "returns 3" in str(failure(graph))
    card = graph.canvas().bridge.snapshot()["nodes"][0]["state"]
    assert card["remarks"] == ["4 outputs, of which the app returns 3: take out the rest"]


@pytest.mark.parametrize(
    ("endpoint", "inputs", "says"),
    [
        ("picture", {"image": "/nowhere/x.png"}, "there is none at"),
        ("picture", {"image": Path("/nowhere/x.png")}, "there is none at"),
        ("picture", {"image": np.zeros((2, 3, 7))}, "1, 3 or 4 channels"),
        ("picture", {"image": 7}, "expected a file"),
        ("json", {"value": object()}, "what JSON can say"),
    ],
)
def test_what_cannot_be_sent(zoo: Zoo, endpoint: str, inputs: Any, says: str) -> None:
    graph = graph_of(GradioNode(zoo.url, endpoint, name="it", inputs=inputs))
    error = failure(graph)
    assert isinstance(error, InputError)
    assert says in str(error)


def test_hooks_see_gradios_shapes(zoo: Zoo, png: Path) -> None:
    seen: list[Any] = []

    def before(inputs: dict[str, Any]) -> dict[str, Any]:
        seen.append(inputs)
        return {"image": inputs["photo"]}

    def after(first: str, second: str) -> str:
        seen.append((first, second))
        return second

    node = GradioNode(
        zoo.url,
        "pair",
        name="it",
        inputs={"photo": png},
        outputs={"image": ui.Image()},
        preprocess=before,
        postprocess=after,
    )
    assert size(graph_of(node).run()["it"]["image"]) == (20, 10)
    assert seen[0] == {"photo": str(png)}
    assert [type(each) for each in seen[1]] == [str, str]


def test_a_file_feeds_the_next_app(zoo: Zoo, png: Path) -> None:
    first = GradioNode(zoo.url, "picture", name="first", inputs={"image": png})
    second = GradioNode(zoo.url, "pair", name="second", inputs={"image": first.output})
    read = FnNode(lambda pair: size(pair[0]), name="read", inputs={"pair": second.output})
    assert graph_of(read).run() == {"read": {"output": (20, 10)}}


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("api_name", "inputs", "says"),
    [
        ("/eco", {"text": "a"}, "Did you mean '/echo'?"),
        ("/echo", {"txt": "a"}, "Did you mean 'text'?"),
        ("/echo", {}, "needs a value for 'text' (str)"),
        ("/slow", {"tag": "a"}, "needs a value for 'seconds' (float)"),
    ],
)
def test_names_are_checked_before_any_call(
    zoo: Zoo, api_name: str, inputs: dict[str, Any], says: str
) -> None:
    graph = graph_of(GradioNode(zoo.url, api_name, name="it", inputs=inputs))
    assert says in str(failure(graph))


def test_of_makes_all_ports(zoo: Zoo) -> None:
    node = GradioNode.of(zoo.url, "choose", name="it")
    kinds = {port: type(feed.component).__name__ for port, feed in node.inputs.items()}  # type: ignore[attr-defined]
    assert kinds == {
        "one": "Radio",
        "several": "CheckboxGroup",
        "yes": "Checkbox",
        "number": "Slider",
    }
    counted = GradioNode.of(zoo.url, "count", inputs={"n": 2})
    assert list(counted.outputs) == ["counted"]
    assert counted.inputs["pause"].component.value == 0.05  # type: ignore[attr-defined]
    assert graph_of(counted).run() == {counted.name: {"counted": "0 1 "}}


def test_a_client_that_somebody_has(zoo: Zoo) -> None:
    from gradio_client import Client

    client = Client(zoo.url, verbose=False)
    node = GradioNode(client, "echo", name="it", inputs={"text": "by the client"})
    assert graph_of(node).run() == {"it": {"output": "by the client"}}
    client.close()


# ---------------------------------------------------------------- while it runs


def test_a_stream_arrives_while_it_is_made(zoo: Zoo) -> None:
    graph = graph_of(GradioNode(zoo.url, "timed", name="it", inputs={"n": 10, "pause": 0.05}))
    late = []

    def heard(event: Event) -> None:
        if event.type == "node.chunk" and event.delta:
            late.append(time.time() - float(event.delta))

    graph.subscribe(heard)
    graph.run()
    wait_until(lambda: len(late) == 10)
    assert sorted(late)[5] < 1  # the figures are those of the benchmark


def test_an_album_grows_on_its_card(zoo: Zoo) -> None:
    graph = graph_of(GradioNode(zoo.url, "album", "album", inputs={"n": 4}))
    view = View(graph)
    run = graph.submit()
    counts: list[int] = []
    while run.status == "running":
        view.hear()
        preview = view.nodes["album"]["values"].get("output")
        counts += [len(preview["items"])] if preview else []
    assert len(run.result()["album"]["output"]) == 4
    assert counts == sorted(counts)
    assert len({count for count in counts if count < 4}) >= 2  # on their way, not at the end


def test_text_travels_as_its_end_and_pictures_are_shown(zoo: Zoo) -> None:
    count = GradioNode(zoo.url, "count", name="count", inputs={"n": 5, "pause": 0.02})
    pictures = GradioNode(zoo.url, "pictures", name="pictures", inputs={"n": 6})
    graph = graph_of(count, pictures)
    events = list(graph.stream())
    chunks = [e for e in events if e.type == "node.chunk"]
    assert [e.delta for e in chunks if e.node == "count"] == ["0 ", "1 ", "2 ", "3 ", "4 "]
    assert any(e.node == "pictures" for e in chunks)


def test_progress_queue_and_log(zoo: Zoo) -> None:
    graph = graph_of(GradioNode(zoo.url, "steps", name="it", inputs={"n": 4}))
    events = list(graph.stream())
    progress = [(e.done, e.total, e.text) for e in events if e.type == "node.progress"]
    assert (2, 4, "working") in progress
    assert graph.history("it")[0].logs == "half of it was easy\nwarning: the rest was not\n"


def test_the_place_in_the_queue_is_told(zoo: Zoo) -> None:
    naps = [GradioNode(zoo.url, "nap", name=f"nap {n}", inputs={"seconds": 0.4}) for n in range(3)]
    events = list(graph_of(*naps).stream())
    texts = {e.text for e in events if e.type == "node.progress"}
    assert any(text.startswith("queue 2 of ") for text in texts), texts


def test_scattered_items_all_arrive(zoo: Zoo) -> None:
    texts = FnNode(lambda: [f"text {n}" for n in range(60)], name="texts")
    node = GradioNode(zoo.url, "echo", name="it", inputs={"text": texts.output.each})
    joined = FnNode(
        lambda texts: len(set(texts)), name="joined", inputs={"texts": node.output.all()}
    )
    assert graph_of(joined).run() == {"joined": {"output": 60}}


# ---------------------------------------------------------------- stopping and breaking


def test_cancel_frees_the_caller_and_reaches_the_app(zoo: Zoo) -> None:
    inputs = {"n": 1000, "pause": 0.05, "tag": "cancelled"}
    graph = graph_of(GradioNode(zoo.url, "count", name="it", inputs=inputs))
    run = graph.submit("it")
    wait_until(lambda: call(zoo.url, "running", "cancelled") == [True])
    run.cancel()
    with pytest.raises(RunCancelled):
        run.result(10)  # the app would take 50
    wait_until(lambda: call(zoo.url, "running", "cancelled") == [False], 3)


def test_a_queued_call_that_is_cancelled_never_runs(zoo: Zoo) -> None:
    first = graph_of(GradioNode(zoo.url, "nap", name="it", inputs={"seconds": 1.0}), name="A")
    second = graph_of(GradioNode(zoo.url, "nap", name="it", inputs={"seconds": 60.0}), name="B")
    third = graph_of(GradioNode(zoo.url, "nap", name="it", inputs={"seconds": 0.0}), name="C")
    runs = [first.submit()]
    waiting = threading.Event()
    second.subscribe(lambda e: waiting.set() if "queue" in str(e.as_dict().get("text")) else None)
    runs.append(second.submit())
    assert waiting.wait(10)
    runs[1].cancel()
    runs[0].result()
    third.submit().result(30)  # waits for the first one only
    for graph in (first, second, third):
        graph.close()


def test_an_app_says_what_went_wrong(zoo: Zoo) -> None:
    graph = graph_of(GradioNode(zoo.url, "fails", name="it", inputs={"message": "no such voice"}))
    error = failure(graph)
    assert isinstance(error, AppFailed)
    assert "no such voice" in str(error)
    silent = failure(graph_of(GradioNode(zoo.url, "crashes", name="it")))
    assert isinstance(silent, AppFailed)
    assert "does not say why" in str(silent)


def test_an_app_that_dies_comes_back(tmp_path: Path) -> None:
    # A port of its own: Gradio and the system would give another one away while it is down.
    app = Zoo(tmp_path / "app", 27_860 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
    try:
        dies = GradioNode(app.url, "dies", name="dies")
        other = FnNode(lambda: "fine", name="other")
        graph = graph_of(dies, other)
        run = graph.submit()
        with pytest.raises(NodeFailed) as failed:
            run.result()
        error = failed.value.__cause__
        assert isinstance(error, Unreachable)
        assert "went away" in str(error)
        assert app.url in str(error)
        assert graph.results["other"]["output"] == "fine"
        port = app.port
        app.kill()
        app.start(port)
        echo = GradioNode(app.url, "echo", name="echo", inputs={"text": "back"})
        assert graph_of(echo, name="Again").run() == {"echo": {"output": "back"}}
    finally:
        app.close()
