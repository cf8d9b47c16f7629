"""A store that cannot be written: nothing computed is lost, nothing is told that is not so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode
from daggr_nb._engine.session.session import Session
from daggr_nb._model.structure import build
from daggr_nb._provenance.log.store import Blob, MemoryStore
from daggr_nb.errors import StoreError

resource = pytest.importorskip("resource")


class Tight(MemoryStore):
    """A store that may be full."""

    full = False

    def set(self, key: str, value: Blob) -> None:
        if self.full:
            raise StoreError("no room")
        super().set(key, value)

    def set_rows(self, rows: Mapping[str, bytes]) -> None:
        if self.full:
            raise StoreError("no room")
        super().set_rows(rows)


def double(x: int) -> int:
    return 2 * x


def fail(x: int) -> int:
    raise ValueError("by itself")


def session_with(store: Tight, **more: Any) -> Session:
    first = FnNode(double, "first", inputs={"x": 1}, outputs=["y"])
    second = FnNode(double, "second", inputs={"x": first.y}, outputs=["y"], **more)
    session = Session(store)
    session.attach(build([second]))
    return session


def freshness(session: Session) -> dict[str, tuple[str, list[str]]]:
    with session.reading() as state:
        return {
            str(name): (found.freshness, [str(reason) for reason in found.reasons])
            for name, found in state.freshness.judged.items()
        }


@pytest.fixture
def store() -> Tight:
    return Tight()


def ran_while_full(store: Tight) -> Session:
    session = session_with(store)
    store.full = True
    run = session.submit([])
    with pytest.raises(StoreError, match="no room"):
        run.result(20)
    assert run.status == "failed"
    return session


def test_what_could_not_be_recorded_is_usable_and_says_so(store: Tight) -> None:
    session = ran_while_full(store)
    assert session.current.inputs.value("second", "y") == 4
    expected = ("unverified", ["not on record: no room"])
    assert freshness(session) == {"first": expected, "second": expected}
    assert session.current.notice == "no room"
    assert session.current.status_of("second") == "succeeded"


def test_events_tell_no_success_that_is_not_on_record(store: Tight) -> None:
    session = ran_while_full(store)
    events = session.events.since(1)
    types = [event["type"] for event in events]
    assert not {"node.succeeded", "run.succeeded"} & set(types)
    assert types.count("run.failed") == 1
    failed = [event for event in events if event["type"] == "node.failed"]
    assert [event["node"] for event in failed] == ["first", "second"]
    assert all(e["error"] == "no room" and e["error_type"] == "StoreError" for e in failed)
    assert all(event["record"] for event in failed)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    told = {e["node"]: e["freshness"] for e in events if e["type"] == "state.freshness"}
    assert told == {"first": "unverified", "second": "unverified"}


def test_it_is_recorded_as_soon_as_there_is_room(store: Tight) -> None:
    session = ran_while_full(store)
    store.full = False
    fresh = ("fresh", [])
    assert freshness(session) == {"first": fresh, "second": fresh}
    assert session.current.notice == ""
    again = session_with(store)
    assert freshness(again) == {"first": fresh, "second": fresh}
    assert again.current.inputs.value("second", "y") == 4
    events = again.events.since(1)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[: len(session.events.since(1))] == session.events.since(1)


def test_several_commits_are_written_in_their_order(store: Tight) -> None:
    session = ran_while_full(store)
    for _ in range(3):
        with pytest.raises(StoreError):
            session.submit(["first"], mode="step", force=True).result(20)
    store.full = False
    session.submit(["first"], mode="step", force=True).result(20)
    history = [session.log.record(i) for i in session.log.history("first")]
    assert [record.index for record in history] == [5, 4, 3, 2, 1]
    starts = [record.started_at for record in history]
    assert starts == sorted(starts, reverse=True)
    assert session.log.cursor(session.current.sheet.id, "first") == history[0].id


def test_nothing_runs_again_when_there_is_room(store: Tight) -> None:
    session = ran_while_full(store)
    store.full = False
    run = session.submit([])
    assert run.result(20) == {"second": {"y": 4}}
    assert set(run.steps.values()) <= {"cached"}
    assert session.log.total("second") == 1


def test_other_failures_stay_what_they_are(store: Tight) -> None:
    session = Session(store)
    good = FnNode(double, "good", inputs={"x": 1})
    bad = FnNode(fail, "bad", inputs={"x": 1})
    session.attach(build([good, bad]))
    store.full = True
    run = session.submit([])
    with pytest.raises(StoreError):
        run.result(20)
    failed = {e["node"]: e for e in session.events.since(1) if e["type"] == "node.failed"}
    assert failed["bad"]["error_type"] == "ValueError"
    assert failed["good"]["error_type"] == "StoreError"
    (ended,) = [e for e in session.events.since(1) if e["type"] == "run.failed"]
    assert ended["error"]["bad"] == "by itself"


def test_a_stand_in_is_told_as_a_failure_too(store: Tight) -> None:
    session = Session(store)
    session.attach(build([FnNode(fail, "bad", inputs={"x": 1}, default=7)]))
    store.full = True
    with pytest.raises(StoreError):
        session.submit([]).result(20)
    (failed,) = [e for e in session.events.since(1) if e["type"] == "node.failed"]
    assert failed["error"] == "no room"
    assert "strategy" not in failed
    assert session.current.inputs.value("bad", "output") == 7


SCRIPT = """
import json, resource, signal, sys
import numpy
from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb.errors import StoreError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
form = InputNode("form", ports={"n": ui.Number(1)})
options = {"inputs": {"n": form.n}, "outputs": ["y"], "version": "1"}
rows = FnNode(lambda n: list(range(int(n))), "rows", **options)
large = FnNode(lambda n: numpy.full(300_000, n), "large", **options)
graph = Graph("Full", [rows, large], store=sys.argv[1])
graph.run()
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
said = {"raised": []}
for n in (5, 6, 7):
    try:
        graph.run(inputs={"form__n": n})
    except StoreError as error:
        said["raised"].append(str(error))
said["values"] = [rows.y.value, float(large.y.value[0])]
said["full"] = {n: [s.freshness, *map(str, s.reasons)] for n, s in graph.status().items()}
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
said["room"] = {n: s.freshness for n, s in graph.status().items()}
said["seqs"] = [event.seq for event in graph.session.events.follow(0, lambda: True)]
print(json.dumps(said))
"""


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    said = json.loads(made.stdout)
    assert len(said["raised"]) == 3
    assert "make room" in said["raised"][0]
    assert said["values"] == [list(range(7)), 7.0]
    assert [s[0] for s in said["full"].values()] == ["fresh", "unverified", "unverified"]
    assert said["full"]["large"][1].startswith("not on record: The store in")
    assert set(said["room"].values()) == {"fresh"}
    assert said["seqs"] == list(range(1, len(said["seqs"]) + 1))

    script = SCRIPT.partition("graph.run()")[0] + (
        "assert {s.freshness for s in graph.status().values()} == {'fresh'}, graph.status()\n"
        "found = [[float(r.outputs['y'][0]) for r in graph.history('large')],\n"
        "         [len(r.outputs['y']) for r in graph.history('rows')], graph.inputs['form__n']]\n"
        "print(json.dumps(found))"
    )
    again = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == [[7.0, 6.0, 5.0, 1.0], [7, 6, 5, 1], 7]
    assert not list(tmp_path.glob("*/drafts/*"))
