"""Visits of the page, at the level of its socket: whose inputs, how long, how many."""

from __future__ import annotations

import contextlib
import json
import re
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from daggr_nb import FnNode, Graph, ui
from daggr_nb._serve.served import Limits
from tests.serve.conftest import Serve
from tests.waiting import wait_for


def shout(text: str) -> str:
    return text.upper()


def letters(**options: Any) -> Graph:
    node = FnNode(shout, "shout", {"text": ui.Textbox("hi")}, {"said": ui.Textbox()})
    return Graph("Letters", [node], **options)


class Socket:
    """The socket of a page, with what the server said first."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        first = json.loads(connection.recv(10))
        self.visit, self.state = first["visit"], first.get("state")

    def tell(self, **command: Any) -> None:
        self._connection.send(json.dumps({"message": {"id": "1", **command}}))

    def hear(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Return the next message of a kind."""
        while True:
            frame = self._connection.recv(10)
            if isinstance(frame, bytes):
                (length,) = struct.unpack_from(">I", frame)
                frame = frame[4 : 4 + length].decode()
            message: dict[str, Any] = json.loads(frame)["message"]
            if message["kind"] == kind:
                return message

    def shown(self) -> dict[str, Any]:
        """Return the snapshot of all that is shown."""
        self.tell(kind="sync", rev=-1)
        return self.hear("snapshot")

    def text(self) -> Any:
        return self.shown()["nodes"][0]["inputs"][0]["value"]


@contextlib.contextmanager
def page(client: httpx.Client, visit: str = "", has: str = "") -> Iterator[Socket]:
    address = str(client.base_url).replace("http", "ws").rstrip("/")
    token = client.headers.get("Authorization")
    headers = {"Authorization": token} if token else {}
    query = f"visit={visit}&has={has}"
    with connect(f"{address}/ws?{query}", additional_headers=headers, max_size=None) as connection:
        yield Socket(connection)


def test_each_page_has_inputs_of_its_own(served: Serve) -> None:
    graph = letters()
    client = served(graph)
    with page(client) as ada, page(client) as ben:
        assert ada.visit != ben.visit
        assert len(ada.visit) >= 32
        ada.tell(kind="set_input", node="shout", port="text", value="otters")
        wait_for(ada.text, "otters")
        assert ben.text() == "hi"
    assert graph.inputs["shout__text"] == "hi"


def test_a_visit_waits_for_its_page(served: Serve) -> None:
    client = served(letters())
    with page(client) as ada:
        ada.tell(kind="set_input", node="shout", port="text", value="otters")
        wait_for(ada.text, "otters")
    with page(client, ada.visit) as again:  # a reload, which knows nothing
        assert again.visit == ada.visit
        assert again.state["snapshot"]["nodes"][0]["inputs"][0]["value"] == "otters"
    with page(client, ada.visit, has="1") as again:  # a line that was cut
        assert again.state is None
        assert again.text() == "otters"


def test_a_visit_that_nobody_comes_back_to_ends(served: Serve) -> None:
    client = served(letters(), limits=Limits(visit_seconds=0.01))
    with page(client) as ada:
        pass

    def is_there() -> bool:
        with page(client, ada.visit) as other:  # which is one more that it waits for
            return other.visit == ada.visit

    wait_for(is_there, False, pause=lambda seconds: time.sleep(4 * seconds))


def test_a_visit_at_rest_has_no_thread(served: Serve) -> None:
    client = served(letters())
    before = set(threading.enumerate())
    with page(client) as ada:
        ada.tell(kind="set_input", node="shout", port="text", value="otters")
        wait_for(ada.text, "otters")

        def own() -> list[str]:
            names = [thread.name for thread in set(threading.enumerate()) - before]
            return [name for name in names if name in ("daggr-nb-canvas", "daggr-nb-writer")]

        wait_for(own, [], seconds=30)
        ada.tell(kind="set_input", node="shout", port="text", value="voles")
        wait_for(ada.text, "voles")


def test_an_id_that_nobody_has_been_given_begins_a_visit(served: Serve) -> None:
    with page(served(letters()), "guessed") as ada:
        assert ada.visit != "guessed"
        assert ada.state is not None


def test_there_are_so_many_visits_at_once(served: Serve) -> None:
    client = served(letters(), limits=Limits(visits=1))
    with page(client):
        with pytest.raises(ConnectionClosed) as error, page(client):
            pass
        assert error.value.rcvd is not None
        assert error.value.rcvd.code == 1013


def test_a_visitor_may_do_what_the_page_offers_and_no_more(served: Serve) -> None:
    with page(served(letters())) as ada:
        ada.tell(kind="export", form="html")
        assert "owns this page" in ada.hear("command_rejected")["error"]
        ada.tell(kind="nonsense")
        assert ada.hear("command_rejected")["id"] == "1"


@pytest.mark.parametrize(
    "frame",
    ["no json", "[]", "{}", "null", "[" * 10_000, b"", b"\xff\xff\xff\xff", b"\0\0\0\2{}"],
)
def test_a_frame_that_is_none_ends_the_socket_and_nothing_else(
    served: Serve, frame: str | bytes
) -> None:
    client = served(letters())
    address = str(client.base_url).replace("http", "ws").rstrip("/")
    with connect(f"{address}/ws") as connection:
        connection.recv(10)
        connection.send(frame)
        with contextlib.suppress(ConnectionClosed):
            for _ in connection:  # what is sent until it is closed
                pass
        assert connection.close_code == 1007
    with page(client) as ada:
        assert ada.text() == "hi"


def test_a_graph_that_is_defined_again_is_what_visits_show(served: Serve) -> None:
    graph = letters()
    client = served(graph)
    with page(client) as ada:
        graph.add(FnNode(shout, "more", {"text": graph["shout"].said}, {"said": ui.Textbox()}))
        wait_for(lambda: len(ada.shown()["nodes"]), 2)
    assert len(client.get("/api/schema").json()["subgraphs"][0]["outputs"]) == 1


def test_what_a_visitor_has_set_stays_when_the_owner_renames_the_node(served: Serve) -> None:
    graph = letters()
    with page(served(graph)) as ada:
        ada.tell(kind="set_input", node="shout", port="text", value="hush")
        wait_for(ada.text, "hush")
        graph.rename("shout", "whisper")
        wait_for(lambda: [node["id"] for node in ada.shown()["nodes"]], ["whisper"])
        assert ada.text() == "hush"


def test_visitors_of_a_graph_without_a_store(served: Serve) -> None:
    with page(served(letters(persist_key=False))) as ada:
        ada.tell(kind="run", targets=[], mode="stale", force=False, item="")
        wait_for(lambda: ada.shown()["nodes"][0]["state"]["status"], "succeeded")


def test_the_page_names_nothing_elsewhere_and_has_a_policy(served: Serve) -> None:
    client = served(letters())
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self' blob:;" in policy
    assert not re.search(r"https?:|//", answer.text.replace("<!doctype", ""))
    for name in ("index.js", "index.css", "page.js"):
        assert client.get(f"/static/{name}").status_code == 200
    for name in ("more.js", "../widget.py", "%2e%2e/widget.py", "..%2f..%2ferrors.py"):
        assert client.get(f"/static/{name}").status_code == 404
    frame = client.get("/frame").headers["content-security-policy"]
    assert frame.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in frame


def test_a_name_cannot_break_out_of_the_page(served: Serve) -> None:
    node = FnNode(shout, "shout", {"text": ui.Textbox("hi")})
    text = served(Graph("</title><script>x()</script>", [node])).get("/").text
    assert "<script>x()" not in text


def test_a_server_that_closes_ends_its_visits_at_once(served: Serve) -> None:
    graph = letters()
    server = graph.serve(port=0, block=False)
    client = httpx.Client(base_url=server.address)
    with page(client), page(client):
        begin = time.monotonic()
        server.close()
        assert time.monotonic() - begin < 10
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("daggr-nb-serve", "daggr-nb-events"))]
    client.close()
    graph.close()


def status(visitor: Socket) -> str:
    return str(visitor.shown()["nodes"][0]["state"]["status"])


def test_a_bound_holds_for_all_visits_and_calls_together(served: Serve) -> None:
    at_once, most, lock = 0, 0, threading.Lock()
    begun, go = threading.Semaphore(0), threading.Event()

    def work(text: str) -> str:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        begun.release()
        assert go.wait(20)
        with lock:
            at_once -= 1
        return text

    inputs, limits = {"text": ui.Textbox("hi")}, {"concurrency_group": "gpu", "max_concurrent": 2}
    node = FnNode(work, "work", inputs, {"said": ui.Textbox()}, concurrent=True, **limits)
    graph = Graph("Letters", [node])
    client = served(graph)
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(page(client)) for _ in range(3)]
        for number, each in enumerate(pages):
            each.tell(kind="set_input", node="work", port="text", value=f"visitor {number}")
            each.tell(kind="run", targets=[], mode="stale", force=False, item="")
        runs = [client.post("/api/runs", json={"inputs": {"work__text": n}}) for n in "abc"]
        assert [run.status_code for run in runs] == [202] * 3
        for _ in range(2):
            assert begun.acquire(timeout=10)
        assert at_once == 2  # of six
        go.set()
        wait_for(lambda: [status(each) for each in pages], ["succeeded"] * 3)
        paths = [f"/api/runs/{run.json()['id']}" for run in runs]
        wait_for(lambda: [client.get(p).json()["status"] for p in paths], ["succeeded"] * 3)
    assert most == 2


def test_a_visit_that_ends_lets_others_in(served: Serve) -> None:
    begun, go = threading.Semaphore(0), threading.Event()

    def work(text: str) -> str:
        begun.release()
        assert text != "for ever" or go.wait(30)
        return text

    node = FnNode(work, "work", {"text": ui.Textbox("hi")}, {"said": ui.Textbox()})
    client = served(Graph("Letters", [node]), limits=Limits(visit_seconds=0.05))
    with page(client) as ada:
        ada.tell(kind="set_input", node="work", port="text", value="for ever")
        ada.tell(kind="run", targets=[], mode="stale", force=False, item="")
        assert begun.acquire(timeout=10)
        with page(client) as ben:
            ben.tell(kind="run", targets=[], mode="stale", force=False, item="")
            wait_for(lambda: status(ben), "queued")
            begin = client.post("/api/runs").json()["id"]
        # Ben has gone while he stood in line, and Ada goes while she is at work.
    wait_for(lambda: client.get(f"/api/runs/{begin}").json()["status"], "succeeded", seconds=20)
    go.set()


def test_all_share_one_canvas_where_that_is_asked(served: Serve) -> None:
    graph = letters()
    client = served(graph, shared=True)
    with page(client) as ada, page(client, "guessed") as ben:
        assert ada.visit == ben.visit
        ada.tell(kind="set_input", node="shout", port="text", value="otters")
        wait_for(ben.text, "otters")
        ben.tell(kind="run", targets=[], mode="stale", force=False, item="")
        wait_for(lambda: status(ada), "succeeded")
        ada.tell(kind="export", form="html")  # they are visitors still
        assert "owns this page" in ada.hear("command_rejected")["error"]
    with page(client) as later:
        assert later.text() == "otters"
    assert graph.inputs["shout__text"] == "hi"


def test_people_who_come_at_once_share_one_canvas(served: Serve) -> None:
    client, seen, gate = served(letters(), shared=True), set(), threading.Barrier(4)

    def come() -> None:
        gate.wait(10)
        with page(client) as visitor:
            seen.add(visitor.visit)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(seen) == 1
