"""A node kind that somebody writes outside the package, with public names only."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from daggr_nb import (
    ChoiceNode,
    Code,
    FnNode,
    Graph,
    Limits,
    Node,
    NodeFailed,
    Policy,
    RunContext,
    feed,
    ui,
)
from daggr_nb.errors import GraphError, RunCancelled, TypeMismatchWarning

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from daggr_nb import RunOptions
from tests.unit.waiting import wait_until


class Download(Node):
    """Fetch a page in parts from ``server``, which calls back with every part."""

    kind = "download"

    def __init__(
        self, name: str, url: Any, server: Callable[..., None], **options: Unpack[RunOptions]
    ) -> None:
        policy, limits = Policy.of(options, name), Limits.of(options, name, concurrent=True)
        inputs, outputs = {"url": feed(url)}, {"page": ui.Textbox(), "size": None}
        super().__init__(name, inputs, outputs, policy=policy, limits=limits)
        self.server = server

    @property
    def output_types(self) -> Mapping[str, Any]:
        return {"page": str, "size": int}

    def code(self) -> Code:
        return Code(self.kind, config={"outputs": list(self.outputs)}, version="1")

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        parts: list[str] = []
        stopped = threading.Event()
        context.when_stopped(stopped.set)

        def receive(part: str, total: int) -> None:
            parts.append(part)
            context.stream(part)
            context.progress(len(parts), total, f"part {len(parts)}")
            context.note(f"{total - len(parts)} parts to go")
            context.log(f"received {len(part)} characters")

        self.server(inputs["url"], receive, stopped)
        if context.cancelled:
            raise RunCancelled("The download was cancelled.")
        return {"page": "".join(parts), "size": len(parts)}


def three_parts(url: str, receive: Callable[[str, int], None], stopped: threading.Event) -> None:
    for part in (url, " ", "end"):
        receive(part, 3)


def shout(text: str) -> str:
    return text.upper()


def test_what_it_reports_are_events_and_the_log_is_on_record() -> None:
    page = Download("page", ui.Textbox("a.org"), three_parts)
    graph = Graph("Pages", [page, FnNode(shout, inputs={"text": page.page})])
    events = list(graph.stream())
    chunks = [(e.port, e.delta) for e in events if e.type == "node.chunk"]
    assert chunks == [("page", "a.org"), ("page", " "), ("page", "end")]
    progress = [(e.done, e.total, e.text) for e in events if e.type == "node.progress"]
    assert progress[-1] == (3, 3, "part 3")
    assert [e.text for e in events if e.type == "node.note"][-1] == "0 parts to go"
    assert graph.results["page"]["size"] == 3
    assert graph.results["shout"]["output"] == "A.ORG END"
    assert graph.history(page)[0].logs.splitlines() == [
        "received 5 characters",
        "received 1 characters",
        "received 3 characters",
    ]


def test_its_result_is_recorded_and_found_again() -> None:
    calls: list[str] = []

    def counted(url: str, receive: Callable[[str, int], None], stopped: threading.Event) -> None:
        calls.append(url)
        receive(url, 1)

    for kernel in range(2):
        graph = Graph("Again", [Download("page", ui.Textbox("a.org"), counted)])
        assert graph.run()["page"] == {"page": "a.org", "size": 1}
        assert graph.status()["page"].freshness == "fresh", kernel
        graph.close()
    assert calls == ["a.org"]
    graph = Graph("Again", [Download("page", ui.Textbox("a.org"), counted)])
    graph.inputs["page__url"] = "b.org"
    assert graph.status()["page"].freshness == "stale"
    assert graph.run()["page"]["page"] == "b.org"
    graph.inputs["page__url"] = "a.org"
    assert graph.run()["page"]["page"] == "a.org"
    assert calls == ["a.org", "b.org"]


def test_retries_and_what_stands_in_for_a_failure() -> None:
    attempts: list[str] = []

    def flaky(url: str, *_: Any) -> None:
        attempts.append(url)
        raise OSError("no route to host")

    page = Download("page", "a.org", flaky, retries=2, retry_on=OSError, default="n/a")
    assert Graph("Flaky", [page]).run()["page"] == {"page": "n/a", "size": "n/a"}
    assert len(attempts) == 3
    picky = Download("picky", "b.org", flaky, retries=2, retry_on=KeyError)
    with pytest.raises(NodeFailed, match="no route to host"):
        Graph("Picky", [picky]).run()
    assert attempts.count("b.org") == 1


def test_a_failure_can_take_a_route_of_its_own() -> None:
    def broken(*_: Any) -> None:
        raise OSError("no route to host")

    page = Download("page", "a.org", broken, on_error="route")
    mend = FnNode(lambda error: error["message"], "mend", inputs={"error": page.ports["error"]})
    use = FnNode(shout, "use", inputs={"text": page.page})
    graph = Graph("Routes", [mend, use])
    assert graph.run() == {"mend": {"output": "no route to host"}}
    assert graph.status()["use"].status == "skipped"


def test_a_timeout_ends_it() -> None:
    def endless(url: str, receive: Callable[[str, int], None], stopped: threading.Event) -> None:
        assert stopped.wait(20)

    page = Download("page", "a.org", endless, timeout=0.1)
    with pytest.raises(NodeFailed, match=r"0\.1"):
        Graph("Endless", [page]).run()


def test_cancel_stops_it_and_keeps_nothing() -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(url: str, receive: Callable[[str, int], None], stopped: threading.Event) -> None:
        begun.set()
        if stopped.wait(20):
            ended.set()

    page = Download("page", "a.org", endless)
    graph = Graph("Cancel", [page])
    run = graph.submit()
    assert begun.wait(20)
    run.cancel()
    assert ended.wait(20)
    assert run.wait(20)
    wait_until(graph, lambda: graph.status()["page"].status == "cancelled")
    assert [record.status for record in graph.history(page)] == ["cancelled"]


@pytest.mark.parametrize(("options", "most"), [({}, 3), ({"concurrent": False}, 1)])
def test_concurrent_says_how_many_run_at_once(options: RunOptions, most: int) -> None:
    lock, at_work, peak = threading.Lock(), set[str](), 0
    together = threading.Barrier(most)

    def server(url: str, receive: Callable[[str, int], None], stopped: threading.Event) -> None:
        nonlocal peak
        with lock:
            at_work.add(url)
            peak = max(peak, len(at_work))
        together.wait(20)
        with lock:
            at_work.discard(url)

    graph = Graph("Crowd", [Download(name, name, server, **options) for name in "abc"])
    graph.run()
    assert peak == most


def test_it_can_be_a_variant_with_limits_and_policy_of_its_own() -> None:
    def broken(*_: Any) -> None:
        raise OSError("no route to host")

    page = Download("fast", "a.org", broken, default="n/a")
    choice = ChoiceNode([page, FnNode(shout, inputs={"text": "b.org"}, outputs=["page"])], "page")
    graph = Graph("Choice", [choice])
    assert graph.run()["page"]["page"] == "n/a"
    graph.inputs["page__variant"] = "shout"
    assert graph.run()["page"]["page"] == "B.ORG"


def test_it_scatters_and_its_types_are_compared() -> None:
    pages = FnNode(lambda: ["a", "b"], "pages", outputs=["urls"])
    each = Download("each", pages.urls.each, three_parts)
    total = FnNode(" + ".join, "total", inputs={"iterable": each.page.all()})
    assert Graph("Items", [total]).run()["total"]["output"] == "a end + b end"
    with pytest.warns(TypeMismatchWarning, match="text expects str"):
        Graph("Types", [FnNode(shout, inputs={"text": each.size.all()}), pages])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"retrys": 1}, TypeError, "'p' got an unexpected keyword .*Did you mean 'retries'"),
        ({"retries": -1}, GraphError, "'p': retries and retry_delay expected numbers from 0"),
        ({"timeout": 0}, GraphError, "'p': timeout expected seconds above 0, got 0"),
        ({"on_error": "rise"}, GraphError, "'p': on_error= expected one of .*Did you mean 'raise'"),
        ({"max_concurrent": 0}, GraphError, "max_concurrent expected a number from 1, got 0"),
        ({"default": 1, "on_error": "route"}, GraphError, "'p': default= stands in"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_at_once(
    options: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Download("p", "a.org", three_parts, **options)


def test_a_kind_has_defaults_of_its_own() -> None:
    assert Policy.of({}, "p", timeout=60).timeout == 60
    assert Policy.of({"timeout": None}, "p", timeout=60).timeout is None
    assert Limits.of({}, concurrent=True) == Limits()
    assert Limits.of({"concurrent": False}, concurrent=True).slots == 1
    assert Policy.of({"default": None}).default == (None,)


def test_the_options_of_functions_are_those_of_every_kind() -> None:
    from daggr_nb import RunOptions

    signature = inspect.signature(FnNode)
    assert RunOptions.__optional_keys__ <= signature.parameters.keys()
    plain = FnNode(shout, inputs={"text": "hi"})
    assert (plain.policy, plain.limits) == (Policy.of({}), Limits.of({}))
