"""More members of the kinds: found by a reading of the whole wire and store code."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import queue
import shutil
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.excerpts import RunExcerpt
from daggr_nb._canvas.uploads import Uploads
from daggr_nb._engine.run.dispatcher import Dispatcher
from daggr_nb._ids import Digest, RunId
from daggr_nb._interrupts import StateLock
from daggr_nb._protocol.commands import PIECE
from daggr_nb._provenance.log import leases
from daggr_nb._provenance.log.log import Commit, Log
from daggr_nb._provenance.log.prune import prune
from daggr_nb._provenance.log.rows import encode_row
from daggr_nb._provenance.log.salvage import salvage
from daggr_nb._provenance.log.store import DiskStore
from daggr_nb.errors import DaggrError, InputError, StoreError
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.interrupting import count_instructions, interrupt_at, sample
from tests.unit.trust.visits import Visitor, refused, told

OLD = time.time() - 10 * 86_400


def old(path: Path) -> Path:
    os.utime(path, (OLD, OLD))
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Files of a person, outside any store, that nobody has touched for long."""
    folder = tmp_path / "home"
    (folder / "thesis").mkdir(parents=True)
    for name in ("thesis/chapter.txt", "notes.txt", ".profile"):
        (folder / name).write_text("years of work")
        old(folder / name)
    old(folder / "thesis")
    return folder


def untouched(home: Path) -> bool:
    names = {path.name for path in home.rglob("*")}
    return names == {"thesis", "chapter.txt", "notes.txt", ".profile"}


# ---------------------------------------------------------------- T18: links in stores


@pytest.mark.parametrize("name", ["drafts", "uploads"])
def test_t18_folders_of_a_foreign_store_that_are_links_are_not_swept(
    name: str, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    DiskStore(folder).close()
    (folder / name).symlink_to(home)
    with contextlib.suppress(DaggrError):
        store = DiskStore(folder)
        Uploads(folder).close()
        with contextlib.suppress(DaggrError):
            prune(Log(store), 1)
        store.close()
    assert untouched(home)


@pytest.mark.parametrize("name", ["drafts", "uploads"])
def test_t18_nothing_is_written_through_a_link(name: str, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    DiskStore(folder).close()
    (folder / name).symlink_to(home)
    store = DiskStore(folder)
    if name == "drafts":
        with pytest.raises(StoreError, match="is a link"):
            store.draft([b"x" * 200_000])
    else:
        with pytest.raises(InputError, match="is a link"):
            Uploads(folder).take("one", "a.txt", 4, 0, b"abcd")
    store.close()
    assert untouched(home)


@pytest.mark.parametrize("filename", ["../home/notes.txt", "zz/notes.txt", "/nowhere/notes.txt"])
def test_t18_what_takes_the_place_of_a_foreign_file_removes_none(
    filename: str, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    store = DiskStore(folder)
    store.set("a:1", b"x" * 200_000)
    store.set("a:2", b"x" * 200_000)
    with contextlib.closing(sqlite3.connect(folder / "cache.db")) as database, database:
        database.execute("UPDATE Cache SET filename = ?", (filename,))
    (folder / "zz").symlink_to(home)
    store.set("a:1", b"anew")
    store.delete("a:2")
    assert store.get("a:1") == b"anew"
    assert not store.has("a:2")
    store.close()
    assert untouched(home)


def test_t18_no_value_is_written_through_a_link(home: Path, tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    for number in range(256):
        (tmp_path / "store" / f"{number:02x}").symlink_to(home)
    for value in (b"x" * 200_000, (b"x" * 200_000,)):
        with pytest.raises(StoreError, match="are links"):
            store.set("a:1", value)
    assert not store.has("a:1")
    assert untouched(home)
    store.close()


# ---------------------------------------------------------------- T12, T05: several kernels


def test_t12_a_value_that_another_kernel_has_let_go_of_is_written_again(tmp_path: Path) -> None:
    one, other = Log(DiskStore(tmp_path)), Log(DiskStore(tmp_path))
    content = {"inputs": [["form", "text", ["d1", "text"]]]}
    value = {Digest("d1"): b"a long text"}
    assert one.write_sheet("Sheet 1", content, dict(value), {}) == []
    other.store.delete("a:d1")
    prune(other, 1)
    assert one.write_sheet("Sheet 2", content, dict(value), {}) == []
    assert other.store.get("a:d1") == b"a long text"
    assert other.read_sheet("Sheet 2") == content
    one.store.close()
    other.store.close()


def test_t12_a_sheet_is_not_written_that_would_refer_to_what_is_gone(tmp_path: Path) -> None:
    one, other = Log(DiskStore(tmp_path)), Log(DiskStore(tmp_path))
    content = {"inputs": [["form", "text", ["d1", "text"]]]}
    one.store.set("a:d1", b"a long text")
    assert one.write_sheet("Sheet 1", content, {}) == []
    other.store.delete("a:d1")
    missing = one.write_sheet("Sheet 2", content, {})
    assert [ref.digest for ref in missing] == ["d1"]
    assert other.read_sheet("Sheet 2") == {}
    one.store.close()
    other.store.close()


def test_t05_a_run_that_never_began_leaves_no_lease(tmp_path: Path) -> None:
    is_open = threading.Event()

    def slow() -> int:
        is_open.wait(20)
        return 1

    graph = Graph("Leases", [FnNode(slow)], store=tmp_path)
    session = graph.session
    first = session.submit([])
    second = session.submit([])
    second.cancel()
    assert second.wait(20)
    is_open.set()
    assert first.wait(20)
    graph.run()  # whatever was deferred has had its turn
    assert session.log.in_use == {}
    graph.run(force=True)
    assert not list(session.log.store.keys("lease:"))
    graph.close()


# ---------------------------------------------------------------- T22, T28: what is left behind


def drafts(folder: Path) -> list[Path]:
    return list((folder / "drafts").glob("*"))


@pytest.mark.parametrize("size", [10, 300_000])
def test_t28_a_transaction_that_fails_leaves_no_draft_that_nobody_knows(
    size: int, tmp_path: Path
) -> None:
    store = DiskStore(tmp_path)

    def write() -> None:
        store.set("a:1", (b"x" * size, b"y"))
        raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            store.write(write)
    assert drafts(tmp_path) == []
    assert not list(tmp_path.rglob("*.val"))
    kept = store.draft([b"z" * size])

    def write_kept() -> None:
        store.set("a:2", kept)
        raise LookupError

    with pytest.raises(LookupError):
        store.write(write_kept)
    store.set("a:2", kept)
    assert store.get("a:2") == b"z" * size
    assert drafts(tmp_path) == []
    store.close()


def test_t28_a_draft_outlives_a_transaction_that_did_not_need_it(tmp_path: Path) -> None:
    log, other = Log(DiskStore(tmp_path)), DiskStore(tmp_path)
    content = b"x" * 200_000
    log.store.set("a:d1", content)
    commit = Commit(values={Digest("d1"): log.store.draft([content])})
    commit.codes[Digest("c1")] = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        log.append(commit)
    other.delete("a:d1")
    commit.codes.clear()
    log.append(commit)
    assert other.get("a:d1") == content
    assert drafts(tmp_path) == []
    log.store.close()
    other.close()


def test_t28_a_load_that_fails_leaves_no_drafts(tmp_path: Path) -> None:
    def large() -> list[bytes]:
        return [bytes([i]) * 3_000_000 for i in range(2)]

    graph = Graph("From", [FnNode(large)], store=tmp_path / "one")
    graph.run()
    graph.store.export(tmp_path / "out")
    graph.close()
    last = max((tmp_path / "out" / "values").iterdir())
    names = {path.name for path in (tmp_path / "out" / "values").iterdir()}
    assert len(names) > 1
    (last.parent / ("f" * 32)).mkdir()  # which is no value
    target = Graph("To", [FnNode(large)], store=tmp_path / "two")
    with pytest.raises(StoreError):
        target.store.load(tmp_path / "out")
    assert target.store.folder is not None
    assert drafts(target.store.folder) == []
    target.close()


def test_t22_an_upload_that_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    first = Uploads(tmp_path)
    _, place = first.take("one", "a.txt", 4, 0, b"abcd")
    first.file(place).unlink()
    (tmp_path / "uploads" / place).mkdir()
    with pytest.raises(InputError, match=r"a\.txt"):
        first.take("two", "a.txt", 4, 0, b"abcd")
    assert not list((tmp_path / "uploads").glob(".*"))


# ---------------------------------------------------------------- T16: rows of any shape


def answered_row(store: DiskStore, key: str, value: object) -> None:
    with contextlib.closing(sqlite3.connect(store.folder / "cache.db")) as database, database:
        database.execute("UPDATE Cache SET value = ?, mode = 1 WHERE key = ?", (value, key))


def doubled(n: float) -> float:
    return n * 2


def cells(store: Path) -> Graph:
    form = InputNode("form", ports={"n": ui.Number(0)})
    return Graph("Cells", [FnNode(doubled, inputs={"n": form.n})], store=store)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with so many records that each kind of row is there."""
    folder = tmp_path_factory.mktemp("recorded")
    graph = cells(folder)
    for n in range(66):
        graph.run(inputs={"form__n": n})
    graph.sheets.create("Other")
    graph.close()
    return folder


@pytest.mark.parametrize("value", [b"\xff\xfe", "text", 10**12, 1.5, None])
@pytest.mark.parametrize("prefix", ["sheets", "h:", "p:", "k:", "r:", "e:head", "i:", "s:"])
def test_t16_a_cell_of_another_type_stops_nobody(
    prefix: str, value: object, recorded: Path, tmp_path: Path
) -> None:
    shutil.copytree(recorded, tmp_path, dirs_exist_ok=True)
    store = DiskStore(tmp_path / "cells")
    keys = list(store.keys(prefix))
    assert keys
    for key in keys:
        answered_row(store, key, value)
    store.close()
    graph = cells(tmp_path)
    assert graph.run(inputs={"form__n": 3})["doubled"]["output"] == 6
    graph.store.prune()
    graph.close()


@pytest.mark.parametrize(
    "row", [[10**15 + 1, [["x-1", ""]], {}], [3 * 32 * 10**9, [], {}]], ids=["odd", "even"]
)
def test_t16_a_history_that_says_it_is_endless_ends(row: Any, tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.set("h:node", encode_row(row))
    log = Log(store)
    answers: queue.Queue[int] = queue.Queue()

    def read() -> None:
        answers.put(len(list(log.history("node"))))

    threading.Thread(target=read, daemon=True).start()
    assert answers.get(timeout=10) <= 1
    store.close()


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ('i:["Sheet 1", ' + "[" * 50_000, b"[]"),
        ("lease:x", DEEP),
        ("a:odd", b'["list",[["ref",[1,2]]]]'),
        ("a:odd", b'["list",[["ref",[]]]]'),
        ("a:odd", b'["list",[["ref",["a",5]]]]'),
        ("a:odd", DEEP),
        ("a:odd", b"[[], []]"),
    ],
)
def test_t16_odd_rows_stop_no_sheet_and_no_prune(key: str, data: bytes, tmp_path: Path) -> None:
    def one() -> list[int]:
        return [1]

    graph = Graph("Odd", [FnNode(one)], store=tmp_path)
    graph.run()
    log = graph.session.log
    inputs = {"inputs": [["form", "n", ["odd", "list"]]]}
    log.write_sheet("Sheet 1", inputs, {Digest("odd"): b"{}"}, {})
    log.store.set(key, data)
    graph.close()
    graph = Graph("Odd", [FnNode(one)], store=tmp_path)
    assert graph.run()["one"]["output"] == [1]
    graph.store.prune()
    graph.close()


def test_t16_a_damaged_row_of_stars_hides_no_history(tmp_path: Path) -> None:
    graph = Graph("Stars", [FnNode(lambda: 1, "one")], store=tmp_path)
    graph.run()
    graph.session.log.store.set("stars", b"{")
    view = View(graph)
    assert refused(view, "list_runs", node="one") == ""
    graph.close()


# ---------------------------------------------------------------- a lock while others wait


def test_t21_a_slow_page_holds_no_session_up() -> None:
    graph = Graph("Slow", [FnNode(lambda: 1, "one")], persist_key=False)
    is_sending, go_on = threading.Event(), threading.Event()

    def send(message: dict[str, Any], buffers: list[bytes]) -> None:
        if message["kind"] == "snapshot":
            is_sending.set()
            go_on.wait(20)

    bridge = Bridge(graph.session, "Slow", send)
    graph.sheets.create("Other")
    assert is_sending.wait(20)
    is_over = threading.Event()

    def run() -> None:
        graph.run()
        is_over.set()

    threading.Thread(target=run, daemon=True).start()
    is_in_time = is_over.wait(5)
    go_on.set()
    bridge.end()
    assert is_in_time, "the page was waited for"
    graph.close()


# ---------------------------------------------------------------- an error that ends a thread


def test_t14_a_subscriber_hears_what_happens_though_the_store_is_gone(tmp_path: Path) -> None:
    graph = Graph("Gone", [FnNode(lambda: 1, "one")], store=tmp_path / "store")
    graph.run()
    (tmp_path / "store").rename(tmp_path / "moved")
    heard: queue.Queue[Any] = queue.Queue()
    subscription = graph.session.subscribe(heard.put, 0)
    for _ in range(3):
        graph.session.say("news")
        with contextlib.suppress(DaggrError):
            graph.run(force=True)
    assert heard.get(timeout=10) is not None
    subscription.close()
    (tmp_path / "moved").rename(tmp_path / "store")
    graph.close()


def test_t07_the_dispatcher_goes_on_though_what_is_staged_cannot_be_told() -> None:
    class Fails(Exception):
        pass

    settled: list[int] = []
    calls: queue.Queue[str] = queue.Queue()
    over = threading.Event()

    def settle() -> None:
        settled.append(1)
        if len(settled) == 1:
            raise Fails
        over.set()

    dispatcher = Dispatcher(StateLock(), settle, lambda: False)
    dispatcher.start()
    dispatcher.post(lambda: calls.put("first"))
    assert calls.get(timeout=10) == "first"
    deadline = time.monotonic() + 10
    while not settled and time.monotonic() < deadline:
        dispatcher.post(lambda: None)
    dispatcher.post(lambda: calls.put("second"))
    assert calls.get(timeout=10) == "second"
    assert over.wait(10)
    dispatcher.stop()


# ---------------------------------------------------------------- salvage, and what is never full


@pytest.mark.parametrize(
    ("key", "column", "value"),
    [
        ("a:", "filename", "../../outside"),
        ("a:", "filename", 7),
        ("r:", "value", 10**12),
        ("r:", "value", "text"),
        ("h:", "value", None),
        ("p:", "value", b"[7]"),
        ("e:0", "value", b'{"events": 5}'),
        ("e:0", "value", b'{"events": [5]}'),
        ("e:0", "value", b'{"events": [{"seq": "x"}]}'),
        ("e:0", "key", "e:nonsense"),
        ("e:0", "value", b"[" * 100_000),
        ("a:", "size", "x"),
        ("a:", "mode", None),
    ],
)
def test_t16_salvage_takes_what_can_be_read_whatever_the_rest_is(
    key: str, column: str, value: object, recorded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cells"
    shutil.copytree(recorded / "cells", folder)
    with contextlib.closing(sqlite3.connect(folder / "cache.db")) as database, database:
        name = database.execute("SELECT max(key) FROM Cache WHERE key LIKE ?", (f"{key}%",))
        [[row]] = name.fetchall()
        database.execute(f"UPDATE Cache SET {column} = ? WHERE key = ?", (value, row))
        database.execute("DELETE FROM Cache WHERE key = 'e:head'")
    result = salvage(folder)
    assert result.records >= 65
    assert result.records + len(result.lost) >= 66
    graph = cells(tmp_path)
    assert graph.run(inputs={"form__n": 3})["doubled"]["output"] == 6
    graph.close()


def test_t22_what_a_visitor_sends_and_nobody_has_taken_yet_is_bounded() -> None:
    graph = Graph("Flood", [FnNode(lambda: 1, "one")], persist_key=False)
    visitor = Visitor(graph)
    piece = b"x" * PIECE
    with visitor.session.lock:  # nobody takes anything now
        visitor.say("list_runs", node="one")
        for number in range(20):
            at = {"upload": "a", "name": "a", "size": 20 * PIECE, "at": number * PIECE}
            visitor.say("upload", piece, **at)
        answers = [visitor.arrived.get(timeout=10)[0] for _ in range(10)]
    assert all("at once" in answer["error"] for answer in answers)
    visitor.bridge.end()
    graph.close()


def test_t19_a_canvas_may_be_ended_twice() -> None:
    graph = Graph("Ended", [FnNode(lambda: 1, "one")], persist_key=False)
    view = View(graph)
    view.bridge.end()
    view.bridge.end()
    graph.close()


# ---------------------------------------------------------------- and some alone


@pytest.mark.parametrize("seconds", [1e300, -1e300, float("inf"), float("nan")])
def test_t16_a_record_from_no_time_stops_no_page(seconds: float, tmp_path: Path) -> None:
    graph = Graph("Times", [FnNode(lambda: 1, "one")], store=tmp_path)
    graph.run()
    log = graph.session.log
    record = log.record(graph.history("one")[0].id)
    odd = dataclasses.replace(record, id=RunId("odd-odd"), ended_at=seconds)
    log.store.write(lambda: log.insert([odd]))
    log.invalidate()
    graph.close()
    graph = Graph("Times", [FnNode(lambda: 1, "one")], store=tmp_path)
    assert "<section>" in graph.export(tmp_path / "page.html").read_text()
    view = View(graph)
    assert refused(view, "list_runs", node="one") == ""
    assert view.nodes["one"]["outputs"]
    graph.close()


@pytest.mark.parametrize("until", [1e300, float("inf"), float("nan")])
def test_t05_a_lease_from_elsewhere_expires(until: float, tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    lease = {"until": until, "records": [], "all_values": True}
    store.set("lease:x", json.dumps(lease).encode())
    assert not store.write(lambda: leases.in_use(store)).all_values
    store.close()


def test_t01_ctrl_c_while_large_values_are_written_holds_up_nobody(tmp_path: Path) -> None:
    log = Log(DiskStore(tmp_path))

    def write() -> None:
        log.write_drafts({Digest("d1"): (b"x" * 10,)}, {})

    write()
    for index in sample(count_instructions(write), 150):
        interrupt_at(write, index)
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive(), "who was interrupted counts still as one who writes"
    log.store.close()


def test_t10_a_part_of_a_graph_tells_visitors_nothing_of_the_rest(tmp_path: Path) -> None:
    hidden = FnNode(lambda: 1, "hidden")
    graph = Graph(
        "Part", [FnNode(lambda n: n, "page", inputs={"n": hidden.output})], store=tmp_path
    )
    visitor = Visitor(graph, RunExcerpt(["page"]))
    plan = told(visitor, "plan", targets=["page"])
    assert [step["node"] for step in plan["steps"]] == ["page"]
    whole = Visitor(graph)
    plan = told(whole, "plan", targets=["page"])
    assert [step["node"] for step in plan["steps"]] == ["hidden", "page"]
    visitor.session.close()
    whole.session.close()
    graph.close()


def test_t16_sheets_outlive_a_damaged_list_of_them(tmp_path: Path) -> None:
    def graph() -> Graph:
        return Graph(
            "Sheets", [FnNode(lambda x: x, "it", inputs={"x": ui.Number(1)})], store=tmp_path
        )

    first = graph()
    for name, x in {"Mine": 2, "Yours": 3}.items():
        first.sheets.create(name)
        first.sheets.use(name)
        first.inputs["it__x"] = x
    first.session.log.store.set("sheets", b"nothing of the kind")
    first.close()
    again = graph()
    assert len(again.sheets) == 3
    again.sheets.create("New")
    values = set()
    for name in list(again.sheets):
        again.sheets.use(name)
        values.add(again.inputs["it__x"])
    assert values == {1, 2, 3}
    again.close()
