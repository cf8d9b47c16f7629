"""Runs as resources: start, watch, answer, cancel, and the events with nothing lost or repeated."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from typing import Any

import httpx
import pytest

from daggr_nb import Context, FnNode, Graph, ui
from daggr_nb._serve.served import Limits
from daggr_nb.ops import Approve, ChooseOne
from tests.serve.conftest import Serve, events_of
from tests.waiting import wait_for


def talk(text: str, ctx: Context) -> str:
    for word in text.split():
        ctx.stream(word + " ")
    return text


def shout(text: str) -> str:
    return text.upper()


def talker() -> Graph:
    inputs = {"text": ui.Textbox("a b c d e")}
    return Graph("Talker", [FnNode(talk, "talk", inputs=inputs, outputs={"said": ui.Textbox()})])


def approval() -> Graph:
    draft = FnNode(
        lambda topic: f"on {topic}",
        "draft",
        inputs={"topic": ui.Textbox("otters")},
        outputs={"text": ui.Textbox()},
    )
    ok = Approve("ok", draft.text)
    send = FnNode(shout, "send", inputs={"text": ok.output}, outputs={"done": ui.Textbox()})
    return Graph("Approval", [send])


class Gate:
    """A node that waits until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def graph(self) -> Graph:
        def wait(x: int, ctx: Context) -> int:
            self.begun.set()
            while not (self.go.wait(0.02) or ctx.cancelled):
                pass
            return x

        node = FnNode(wait, "wait", inputs={"x": ui.Number(1)}, outputs={"y": ui.Number()})
        return Graph("Gate", [node])


def start(client: httpx.Client, **body: Any) -> str:
    answer = client.post("/api/runs", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def ended(client: httpx.Client, run: str, status: str) -> dict[str, Any]:
    """Wait until a run stands so; return it."""
    wait_for(lambda: client.get(f"/api/runs/{run}").json()["status"], status)
    shown: dict[str, Any] = client.get(f"/api/runs/{run}").json()
    return shown


def test_a_run_is_started_looked_at_and_has_its_outputs(served: Serve) -> None:
    client = served(talker())
    run = start(client, inputs={"talk__text": "x y"})
    shown = ended(client, run, "succeeded")
    assert shown["outputs"] == {"talk": {"said": "x y"}}
    assert shown["steps"] == {"talk": "succeeded"}
    assert shown["progress"] == {"done": 1, "total": 1}
    assert (shown["error"], shown["questions"]) == (None, [])


def test_targets_and_force_say_what_runs(served: Serve) -> None:
    calls = []

    def count(x: int) -> int:
        calls.append(x)
        return x

    one = FnNode(count, "one", inputs={"x": ui.Number(1)}, outputs={"y": ui.Number()})
    two = FnNode(count, "two", inputs={"x": ui.Number(2)}, outputs={"y": ui.Number()})
    client = served(Graph("Two parts", [one, two]))
    ended(client, start(client, targets=["two"]), "succeeded")
    assert calls == [2]
    assert ended(client, start(client, targets=["two"]), "succeeded")["steps"] == {"two": "cached"}
    ended(client, start(client, targets=["two"], force=True), "succeeded")
    assert calls == [2, 2]
    assert set(ended(client, start(client), "succeeded")["outputs"]) == {"one", "two"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"targets": ["nope"]}, 404),
        ({"targets": "talk"}, 400),
        ({"inputs": {"talk__typo": 1}}, 400),
        ({"force": "yes"}, 400),
        ({"timeout": -1}, 400),
        ({"timeout": True}, 400),
    ],
)
def test_what_cannot_be_started_is_the_callers_fault(
    served: Serve, body: dict[str, Any], status: int
) -> None:
    answer = served(talker()).post("/api/runs", json=body)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


def test_a_call_changes_nobodys_inputs_and_is_on_record(served: Serve) -> None:
    graph = talker()
    client = served(graph)
    graph.inputs["talk__text"] = "mine"
    answer = client.post("/api/call", json={"inputs": {"talk__text": "yours"}})
    assert answer.json() == {"outputs": {"talk": {"said": "yours"}}}
    assert graph.inputs["talk__text"] == "mine"
    assert [run.outputs["said"] for run in graph.history("talk")] == ["yours"]
    # What is left out is what the component begins with, whatever is on the sheet.
    assert client.post("/api/call").json()["outputs"]["talk"]["said"] == "a b c d e"


def test_cancel_stops_a_run(served: Serve) -> None:
    gate = Gate()
    client = served(gate.graph())
    run = start(client)
    assert gate.begun.wait(10)
    assert client.delete(f"/api/runs/{run}").status_code == 202
    assert ended(client, run, "cancelled")["outputs"] == {}
    last = events_of(client.get(f"/api/runs/{run}/events").text)[-1]
    assert last["event"] == "run.aborted"


def test_a_client_that_goes_away_cancels_its_call(served: Serve) -> None:
    gate, graph = Gate(), None
    graph = gate.graph()
    client = served(graph)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/api/call", timeout=0.5)
    assert gate.begun.wait(10)
    wait_for(lambda: graph.session.runs.busy, False)
    assert [run.status for run in graph.history("wait")] == ["cancelled"]


def test_a_timeout_ends_a_run(served: Serve) -> None:
    client = served(Gate().graph())
    shown = ended(client, start(client, timeout=0.05), "cancelled")
    assert "timeout" in shown["error"]


def test_a_call_that_takes_too_long_is_ended(served: Serve) -> None:
    graph = Gate().graph()
    client = served(graph, limits=Limits(call_seconds=0.2))
    answer = client.post("/api/call")
    assert answer.status_code == 504
    assert "0.2 s" in answer.json()["error"]
    assert "0.2 s" in ended(client, start(client), "cancelled")["error"]
    assert graph.session.runs.busy is False


def test_a_call_that_asks_a_person_says_what(served: Serve) -> None:
    answer = served(approval()).post("/api/call")
    assert answer.status_code == 409
    (question,) = answer.json()["questions"]
    assert (question["node"], question["kind"], question["options"]) == (
        "ok",
        "approve",
        ["on otters"],
    )


def test_a_run_waits_for_an_answer_and_goes_on(served: Serve) -> None:
    graph = approval()
    client = served(graph)
    run = start(client)
    (question,) = ended(client, run, "waiting")["questions"]
    assert graph.questions() == []  # nobody's sheet asks
    wrong = client.post(
        f"/api/runs/{run}/answers", json={"node": "ok", "key": question["key"], "value": "perhaps"}
    )
    assert (wrong.status_code, list(wrong.json())) == (400, ["error"])
    answer = client.post(
        f"/api/runs/{run}/answers", json={"node": "ok", "key": question["key"], "value": True}
    )
    assert answer.status_code == 202
    assert ended(client, run, "succeeded")["outputs"] == {"send": {"done": "ON OTTERS"}}
    again = client.post(
        f"/api/runs/{run}/answers", json={"node": "ok", "key": question["key"], "value": True}
    )
    assert again.status_code == 409
    events = [each["event"] for each in events_of(client.get(f"/api/runs/{run}/events").text)]
    assert "run.paused" in events
    assert events[-1] == "run.succeeded"


def test_a_choice_is_answered_by_its_index(served: Serve) -> None:
    pair = FnNode(lambda: ["dry", "warm"], "pair", outputs={"tones": ui.JSON()})
    choose = ChooseOne("choose", pair.tones)
    said = FnNode(shout, "said", inputs={"text": choose.selected}, outputs={"loud": ui.Textbox()})
    client = served(Graph("Choice of a person", [said]))
    run = start(client)
    (question,) = ended(client, run, "waiting")["questions"]
    assert question["options"] == ["dry", "warm"]
    body = {"node": "choose", "key": question["key"], "value": 1}
    assert client.post(f"/api/runs/{run}/answers", json=body).status_code == 202
    assert ended(client, run, "succeeded")["outputs"] == {"said": {"loud": "WARM"}}


def test_events_that_are_cut_anywhere_are_whole(served: Serve) -> None:
    client = served(talker())
    run = start(client, inputs={"talk__text": " ".join(map(str, range(30)))})
    ended(client, run, "succeeded")
    whole = events_of(client.get(f"/api/runs/{run}/events").text)
    kinds = [each["event"] for each in whole]
    assert (kinds[0], kinds[-1]) == ("run.started", "run.succeeded")
    chunks = [json.loads(e["data"])["delta"] for e in whole if e["event"] == "node.chunk"]
    assert "".join(chunks).split() == [str(n) for n in range(30)]
    numbers = [int(each["id"]) for each in whole]
    assert numbers == sorted(set(numbers))
    for index, last in enumerate(numbers):
        rest = client.get(f"/api/runs/{run}/events", headers={"Last-Event-ID": str(last)})
        assert events_of(rest.text) == whole[index + 1 :]


def test_events_come_as_they_happen(served: Serve) -> None:
    gate = Gate()
    client = served(gate.graph())
    run = start(client)
    kinds = []
    with client.stream("GET", f"/api/runs/{run}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        for line in answer.iter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
                if kinds[-1] == "node.started":
                    gate.go.set()  # the stream brought it before the node was over
    assert kinds[-1] == "run.succeeded"


def test_many_listeners_of_a_live_run_read_the_same(served: Serve) -> None:
    gate = threading.Event()

    def tell(ctx: Context) -> str:
        assert gate.wait(10)
        for number in range(300):
            ctx.stream(f"{number} ")
        return "told"

    client = served(Graph("Told", [FnNode(tell, "tell", outputs={"said": ui.Textbox()})]))
    run = start(client)
    texts: list[str] = []
    opened = threading.Barrier(21)

    def listen() -> None:
        with client.stream("GET", f"/api/runs/{run}/events") as answer:
            opened.wait(10)
            texts.append(answer.read().decode())

    threads = [threading.Thread(target=listen) for _ in range(20)]
    for thread in threads:
        thread.start()
    opened.wait(10)
    gate.set()
    for thread in threads:
        thread.join(20)
    assert len(texts) == 20
    assert {json.dumps(events_of(text)) for text in texts} == {json.dumps(events_of(texts[0]))}
    chunks = [e for e in events_of(texts[0]) if e["event"] == "node.chunk"]
    assert len(chunks) == 300


def test_events_tell_nothing_of_the_server(served: Serve, tmp_path: Any) -> None:
    plans = tmp_path / "plans.txt"

    def broken(x: int) -> int:
        raise FileNotFoundError(f"no file '{plans}'")

    node = FnNode(broken, "broken", inputs={"x": ui.Number(1)}, outputs={"y": ui.Number()})
    client = served(Graph("Broken", [node]))
    run = start(client)
    shown = ended(client, run, "failed")
    told = client.get(f"/api/runs/{run}/events").text
    call = client.post("/api/call")
    assert call.status_code == 500
    for text in (told, json.dumps(shown), call.text):
        assert "broken" in text
        assert "…/plans.txt" in text.replace("\\u2026", "…")
        assert str(tmp_path) not in text
        assert "Traceback" not in text


def test_an_unknown_run_is_not_found(served: Serve) -> None:
    client = served(talker())
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/events"), ("POST", "/answers")]:
        answer = client.request(method, f"/api/runs/nope{path}")
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


def test_a_call_looks_at_no_node_that_it_does_not_need(served: Serve) -> None:
    called: list[str] = []

    def one(x: int) -> int:
        called.append("one")
        return x

    def other(x: int, y: int) -> int:
        called.append("other")
        return x + y

    first = FnNode(one, "first", {"x": ui.Number(1)}, {"y": ui.Number()})
    beside = FnNode(one, "beside", {"x": ui.Number(2)}, {"y": ui.Number()})
    last = FnNode(other, "last", {"x": first.y, "y": beside.y}, {"z": ui.Number()})
    client = served(Graph("Parts", [last]))
    body = {"inputs": {"first__x": 5}}
    assert client.post("/api/run/first", json=body).json() == {"outputs": {"first": {"y": 5}}}
    assert called == ["one"]
    refused = client.post("/api/run/first", json={"inputs": {"beside__x": 5}})
    assert refused.status_code == 400
    assert "another part" in refused.json()["error"]
    assert client.post("/api/call", json=body).json() == {"outputs": {"last": {"z": 7}}}
    assert called == ["one", "one", "other"]  # what the first call made is known


def test_a_run_that_is_over_holds_no_value(served: Serve) -> None:
    class Large:
        pass

    living: list[weakref.ref[Large]] = []

    def make(x: int) -> int:
        return x

    def keep(y: int) -> Any:
        large = Large()
        living.append(weakref.ref(large))
        return large

    first = FnNode(make, "make", {"x": ui.Number(1)}, {"y": ui.Number()})
    node = FnNode(keep, "keep", {"y": first.y}, {"it": None})
    last = FnNode(lambda it: "done", "last", {"it": node.it}, {"said": ui.Textbox()})
    client = served(Graph("Large", [last]))
    run = start(client)
    assert ended(client, run, "succeeded")["outputs"] == {"last": {"said": "done"}}

    def let_go() -> bool:
        gc.collect()
        return living[0]() is None

    wait_for(let_go)
    assert client.get(f"/api/runs/{run}").json()["outputs"] == {"last": {"said": "done"}}


def test_a_live_stream_that_is_cut_goes_on_where_it_was(served: Serve) -> None:
    steps = threading.Semaphore(0)

    def tell(ctx: Context) -> str:
        for number in range(40):
            assert steps.acquire(timeout=20)
            ctx.stream(f"{number} ")
        return "told"

    client = served(Graph("Steps", [FnNode(tell, "tell", outputs={"said": ui.Textbox()})]))
    run = start(client)
    heard: list[dict[str, str]] = []
    while not heard or heard[-1]["event"] != "run.succeeded":
        last = heard[-1]["id"] if heard else "0"
        steps.release(8)
        with client.stream(
            "GET", f"/api/runs/{run}/events", headers={"Last-Event-ID": last}
        ) as answer:
            text = ""
            for piece in answer.iter_text():
                text += piece
                if text.endswith("\n\n") and (events := events_of(text)):
                    heard += events
                    break  # the line is cut while the run goes on
    whole = events_of(client.get(f"/api/runs/{run}/events").text)
    assert heard == whole
