"""Records and their log: nothing that was recorded is lost, changed, or out of order."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb._ids import Digest, NodeId, RunId, new_run_id
from daggr_nb._provenance.artifacts.codec import ValueRef, encode
from daggr_nb._provenance.code.dependency import Dependency
from daggr_nb._provenance.code.fingerprint import Fingerprint
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.log import prune
from daggr_nb._provenance.log.log import Commit, Log
from daggr_nb._provenance.log.records import ErrorInfo, InputRef, Record
from daggr_nb._provenance.log.store import DiskStore, MemoryStore, Store
from daggr_nb.errors import DamagedError

Open = Callable[[], Store]


@pytest.fixture(params=["disk", "memory"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    store: Store = DiskStore(tmp_path / "s") if request.param == "disk" else MemoryStore()
    yield Log(store)
    store.close()


def record(commit: Commit, node: str = "a", n: int = 0, **fields: Any) -> Record:
    ref = encode(n, digest(n), commit.values)
    known: dict[str, Any] = {
        "id": RunId(f"{new_run_id()}-{commit.segment}"),
        "node": NodeId(node),
        "scope": "",
        "key": digest([node, n]),
        "status": "succeeded",
        "run": RunId("run"),
        "sheet": "main",
        "started_at": 1.5,
        "ended_at": 2.5,
        "inputs": {},
        "outputs": {"output": ref},
        "code": digest("code"),
        "environment": digest("environment"),
    }
    return Record(**{**known, **fields})


def append(log: Log, node: str = "a", n: int = 0, **fields: Any) -> Record:
    commit = Commit()
    commit.records.append(record(commit, node, n, **fields))
    return log.append(commit)[0]


# ---------------------------------------------------------------- records

texts = st.text(max_size=8)
digests = st.integers(0, 2**128 - 1).map(lambda n: Digest(f"{n:032x}"))
refs = st.builds(
    ValueRef, digests, st.sampled_from(["text", "json", "npy", "none"]), st.none() | texts
)
inputs = st.builds(
    InputRef,
    refs,
    st.sampled_from(["component", "port", "constant", "callable"]),
    st.none() | st.tuples(texts.map(NodeId), texts),
    st.none() | texts.map(RunId),
)
records = st.builds(
    Record,
    id=texts.map(RunId),
    node=texts.map(NodeId),
    scope=st.sampled_from(["", "[3]", "[3][0]"]),
    key=digests,
    status=st.sampled_from(["succeeded", "failed", "cancelled"]),
    run=texts.map(RunId),
    sheet=texts,
    started_at=st.floats(allow_nan=False),
    ended_at=st.floats(allow_nan=False),
    inputs=st.dictionaries(texts, inputs, max_size=3),
    outputs=st.dictionaries(texts, refs, max_size=3),
    code=digests,
    environment=digests,
    attempt=st.integers(1, 5),
    logs=texts,
    error=st.none() | st.builds(ErrorInfo, texts, texts, texts),
    items=st.lists(texts.map(RunId), max_size=3).map(tuple),
    unverified=texts,
    index=st.integers(0, 10**6),
)


@given(records)
def test_a_record_is_one_line_and_comes_back_equal(original: Record) -> None:
    line = original.to_bytes()
    assert b"\n" not in line
    assert Record.from_bytes(line) == original


@given(records, st.integers(0))
def test_no_flipped_bit_of_a_record_goes_unnoticed(original: Record, bit: int) -> None:
    line = bytearray(original.to_bytes())
    line[bit // 8 % len(line)] ^= 1 << bit % 8
    try:
        found = Record.from_bytes(bytes(line))
    except (ValueError, TypeError, IndexError, KeyError):
        return  # which the log names
    assert found == original  # the bit was of the checksum's own name


def test_a_record_of_a_former_version_has_no_checksum_and_is_read() -> None:
    original = record(Commit())
    fields = json.loads(original.to_bytes())
    assert len(fields.pop("check")) == 16
    assert Record.from_bytes(json.dumps(fields, separators=(",", ":")).encode()) == original


def test_fields_that_a_later_version_adds_are_passed_over() -> None:
    original = record(Commit())
    later = {**json.loads(original.to_bytes()), "colour": "red"}
    assert Record.from_bytes(json.dumps(later).encode()) == original


# ---------------------------------------------------------------- history


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 129, 500])
def test_history_is_complete_and_in_order_at_any_length(log: Log, count: int) -> None:
    written = [append(log, n=n).id for n in range(count)]
    for reader in (log, Log(log.store)):
        assert reader.total("a") == count
        assert list(reader.history("a")) == written[::-1]
        assert list(reader.history("a", 3)) == written[::-1][:3]
        assert list(reader.history("a", 100)) == written[::-1][:100]
        assert [reader.at("a", n) for n in range(1, count + 1)] == written
        assert (reader.at("a", 0), reader.at("a", count + 1), reader.at("b", 1)) == (None,) * 3
        for n, identity in enumerate(written):
            found = reader.record(identity)
            assert (found.index, reader.value(found.outputs["output"])) == (n + 1, n)


def test_any_key_is_found_however_old(log: Log) -> None:
    written = [append(log, n=n) for n in range(300)]
    for reader in (log, Log(log.store)):
        for one in written:
            for place in ("a", None) if one.index < 200 else ("a",):
                found = reader.find(one.key, place)
                assert found is not None
                assert found.id == one.id
        assert reader.find(digest("other"), "a") is None
        assert reader.find(written[0].key, "b") is None


def test_the_newest_of_a_key_is_found(log: Log) -> None:
    for _ in range(150):
        newest = append(log, n=7)
    found = log.find(newest.key, "a")
    assert found is not None
    assert found.id == newest.id


def test_failures_and_cancellations_are_kept_but_answer_no_key(log: Log) -> None:
    good = append(log)
    failed = append(log, n=1, status="failed", error=ErrorInfo("ValueError", "no", "trace"))
    stopped = append(log, n=2, status="cancelled")
    assert list(log.history("a")) == [stopped.id, failed.id, good.id]
    assert log.record(failed.id).error == failed.error
    assert log.find(failed.key, "a") is None
    assert log.find(stopped.key, "a") is None
    assert log.cursor("main", "a") == failed.id  # what was stopped is not shown


def test_items_have_histories_of_their_own(log: Log) -> None:
    whole, item = append(log), append(log, scope="[3]", n=3)
    assert list(log.history("a")) == [whole.id]
    assert list(log.history("a[3]")) == [item.id]
    found = log.find(item.key)
    assert found is not None
    assert found.id == item.id


def test_each_sheet_has_its_own_cursor(log: Log) -> None:
    first = append(log, sheet="one")
    second = append(log, n=1, sheet="two")
    log.append(Commit(cursors={("one", "a"): second.id, ("three", "b"): first.id}))
    for reader in (log, Log(log.store)):
        assert reader.cursor("one", "a") == second.id
        assert reader.cursor("two", "a") == second.id
        assert reader.cursor("three", "b") == first.id
        assert reader.cursor("main", "a") is None


def test_one_commit_may_hold_many_records_of_many_nodes(log: Log) -> None:
    commit = Commit()
    commit.records += [record(commit, "ab"[n % 2], n) for n in range(300)]
    log.append(commit)
    assert (log.total("a"), log.total("b")) == (150, 150)
    assert [log.record(i).key for i in log.history("a", 2)] == [
        digest(["a", 298]),
        digest(["a", 296]),
    ]


def test_code_events_and_sheets_come_back(log: Log) -> None:
    code = Fingerprint(Digest("c"), {"fn": Dependency("fn", "f", "function", Digest("d"), "def f")})
    log.append(Commit(codes={code.digest: code}, events=[{"seq": 1, "x": "a"}, {"seq": 2}]))
    log.append(Commit(events=[{"seq": 3}]))
    sheet = {"inputs": [["form", "n", ["v", "text"]]], "collapsed": ["form"]}
    assert log.write_sheet("main", sheet, {Digest("v"): b"value"}) == []
    for reader in (log, Log(log.store)):
        assert reader.code(code.digest) == code.dependencies
        assert reader.code(Digest("other")) == {}
        assert [e["seq"] for e in reader.events()] == [1, 2, 3]
        assert [e["seq"] for e in reader.events(3)] == [3]
        assert reader.last_seq() == 3
        assert reader.read_sheet("main") == sheet
        assert reader.read_sheet("other") == {}


# ---------------------------------------------------------------- several writers


class Fails(Exception):
    pass


class Flaky:
    """A store in which the ``at``-th write of a transaction fails."""

    def __init__(self, store: Store, at: int) -> None:
        self._store, self._left = store, at

    def set(self, key: str, value: bytes) -> None:
        self._left -= 1
        if self._left == 0:
            raise Fails
        self._store.set(key, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("at", range(1, 9))
def test_a_transaction_that_fails_anywhere_leaves_everything_right(log: Log, at: int) -> None:
    earlier = [append(log, n=n).id for n in range(70)]
    working, log.store = log.store, Flaky(log.store, at)  # type: ignore[assignment]
    log.index._store = log.store  # noqa: SLF001 - the index writes too
    failed = Commit(events=[{"seq": 1}], cursors={("other", "a"): earlier[0]})
    failed.records.append(
        record(failed, n=70, outputs={"o": encode("v" * 999, digest("v"), failed.values)})
    )
    try:
        log.append(failed)
    except Fails:
        log.store = log.index._store = working  # noqa: SLF001
        log.append(failed)  # the same again, now that there is room
    log.store = log.index._store = working  # noqa: SLF001
    for reader in (log, Log(working)):
        assert list(reader.history("a"))[::-1] == [*earlier, failed.records[0].id]
        assert reader.record(failed.records[0].id).index == 71
        assert reader.cursor("other", "a") == earlier[0]
        assert reader.value(failed.records[0].outputs["o"]) if at == 0 else True
        assert len(reader.events()) == 1
    assert append(log, n=71).index == 72


def test_two_logs_on_one_folder_take_turns(log: Log) -> None:
    other = Log(log.store)
    written = [append([log, other][n % 2], n=n) for n in range(200)]
    assert [one.index for one in written] == list(range(1, 201))
    for reader in (log, other):
        reader.refresh()
        assert list(reader.history("a")) == [one.id for one in reversed(written)]
        assert all(reader.find(one.key, "a") for one in written)
        assert reader.cursor("main", "a") == written[-1].id


def _write_many(folder: Path, name: str, count: int) -> None:
    log = Log(DiskStore(folder))
    for n in range(count):
        append(log, n=n, run=name)
        append(log, name, n)
    log.store.close()


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write_many, args=(tmp_path, name, 150)) for name in ("b", "c")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    log = Log(DiskStore(tmp_path))
    both = [log.record(identity) for identity in log.history("a")]
    assert [one.index for one in both] == list(range(300, 0, -1))
    assert sorted(one.run for one in both) == ["b"] * 150 + ["c"] * 150
    assert (log.total("b"), log.total("c")) == (150, 150)
    log.store.close()


KILLED = """
import sys
from pathlib import Path
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import DiskStore
from tests.unit.provenance.test_log import append
log = Log(DiskStore(Path(sys.argv[1])))
n = 0
while True:
    print(append(log, n=n, logs="x" * 200_000).id, flush=True)
    n += 1
"""


@pytest.mark.parametrize("after", [0.05, 0.11, 0.23])
def test_what_was_recorded_before_a_kill_can_be_read(tmp_path: Path, after: float) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.getcwd()) as worker:
        assert worker.stdout is not None
        told = [worker.stdout.readline().strip()]
        time.sleep(after)
        worker.send_signal(signal.SIGKILL)
        told += worker.stdout.read().splitlines()
    told = [line for line in told if len(line) == 37]
    log = Log(DiskStore(tmp_path))
    kept = list(log.history("a"))[::-1]
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1
    for n, identity in enumerate(kept):
        assert log.record(identity).index == n + 1
        assert log.value(log.record(identity).outputs["output"]) == n
    assert append(log, n=9999).index == len(kept) + 1
    log.store.close()


# ---------------------------------------------------------------- damage


def _spoil(folder: Path, key: str, value: bytes | None) -> None:
    with closing(sqlite3.connect(folder / "cache.db")) as base, base:
        if value is None:
            base.execute("DELETE FROM Cache WHERE key = ?", [key])
        else:
            base.execute("UPDATE Cache SET value = ? WHERE key = ?", [value, key])


@pytest.mark.parametrize("value", [None, b"", b'{"id":"', b"\xff\x00", b"[]"])
def test_a_spoilt_record_is_named_and_the_rest_still_reads(
    tmp_path: Path, value: bytes | None
) -> None:
    log = Log(DiskStore(tmp_path))
    first, second = append(log), append(log, n=1)
    log.store.close()
    segment = first.id.rpartition("-")[2]
    if value is not None and value.startswith(b'{"id'):
        value = f'{{"id":"{first.id}","node":'.encode()
    _spoil(tmp_path, f"r:{segment}", value)
    log = Log(DiskStore(tmp_path))
    with pytest.raises(DamagedError, match=first.id):
        log.record(first.id)
    assert log.find(first.key, "a") is None
    assert log.record(second.id) == second
    assert list(log.history("a")) == [second.id, first.id]
    log.store.close()


@pytest.mark.parametrize("value", [b"", b"[1,2", b"{}", b"\xff"])
@pytest.mark.parametrize("key", ["h:a", "p:0:a", "e:head", "s:main", "c:"])
def test_a_spoilt_index_is_named_not_a_crash(tmp_path: Path, key: str, value: bytes) -> None:
    log = Log(DiskStore(tmp_path))
    code = Fingerprint(digest("code"), {})
    for n in range(200):
        append(log, n=n)
    other = append(log, "b")
    log.append(Commit(codes={code.digest: code}, events=[{"seq": 1}]))
    log.write_sheet("main", {"inputs": []}, {})
    log.store.close()
    _spoil(tmp_path, key + code.digest if key == "c:" else key, value)
    log = Log(DiskStore(tmp_path))
    named: list[str] = []
    for read in (
        lambda: list(log.history("a")),
        lambda: log.at("a", 1),
        lambda: log.total("a"),
        lambda: log.cursor("main", "a"),
        lambda: log.find(digest("x"), "a"),
        log.events,
        log.last_seq,
        lambda: log.read_sheet("main"),
        lambda: log.code(code.digest),
    ):
        try:
            read()
        except DamagedError as error:
            named.append(str(error))
    assert all(key in text for text in named)
    assert append(log, n=999).index == (161 if key == "h:a" else 201)
    assert log.record(other.id) == other
    assert list(log.history("b")) == [other.id]
    log.store.close()


@pytest.mark.parametrize("key", ["h:a", "p:0:a", "p:3:a", "r:"])
def test_prune_keeps_what_stands_behind_what_cannot_be_read(tmp_path: Path, key: str) -> None:
    log = Log(DiskStore(tmp_path))
    records = [append(log, n=n) for n in range(200)]
    append(log, "b")
    log.store.close()
    segment = records[0].id.rpartition("-")[2]
    spoilt = key + segment if key == "r:" else key
    _spoil(tmp_path, spoilt, b'{"id":"half a line')
    log = Log(DiskStore(tmp_path))
    count = len(list(log.store.keys("r:")))
    prune.prune(log, 200)
    assert [record.id for record in records if not log.has(record.id)] == (
        [records[0].id] if key == "r:" else []
    )
    assert len(list(log.store.keys("r:"))) == count
    if key == "r:":
        assert log.store.get(spoilt) == b'{"id":"half a line'
    else:
        assert list(log.history("a")) == [record.id for record in reversed(records)]
    assert append(log, n=999).index == (200 if key == "r:" else 201)
    log.store.close()


def test_prune_lets_go_of_what_was_found_again_next_time(tmp_path: Path) -> None:
    log = Log(DiskStore(tmp_path))
    records = [append(log, n=n) for n in range(200)]
    log.store.close()
    _spoil(tmp_path, "p:0:a", b"[1,2")
    log = Log(DiskStore(tmp_path))
    assert prune.prune(log, 10).records == 200 - 32 - 10
    assert list(log.history("a"))[10:] == [record.id for record in reversed(records[:32])]
    assert prune.prune(log, 10).records == 32
    assert list(log.history("a")) == [record.id for record in reversed(records[-10:])]
    log.store.close()


def test_a_large_array_is_mapped_not_read(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    log = Log(DiskStore(tmp_path))
    array = np.arange(400_000, dtype="int64").reshape(400, 1000)
    parts: Any = {}
    ref = encode(array, digest(array), parts)
    log.write_drafts(parts, {})
    log.append(Commit(values=parts))
    back = log.value(ref)
    assert (back == array).all()
    assert back.dtype == array.dtype
    assert not back.flags.writeable
    assert isinstance(back.base, np.memmap)
    path = log.store.file(f"a:{ref.digest}")
    assert path is not None
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    with pytest.raises(DamagedError, match=f"{ref.digest}.*not what was stored"):
        log.value(ref)
