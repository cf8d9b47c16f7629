"""A store that has been damaged: what is damaged is named, all else goes on, a run heals it."""

from __future__ import annotations

import pathlib
import shutil
import sqlite3
from collections.abc import Callable

import numpy
import pytest

from daggr_nb import FnNode, Graph, InputNode, salvage, ui
from daggr_nb.errors import DamagedError, NodeFailed, StoreError

Damage = Callable[[pathlib.Path], None]


def opened(store: pathlib.Path) -> Graph:
    form = InputNode("form", ports={"n": ui.Number(2)})
    options = {"inputs": {"n": form.n}, "outputs": ["y"], "version": "1"}
    large = FnNode(lambda n: numpy.full(40_000, n), "large", **options)
    text = FnNode(lambda n: "word " * 300 * int(n), "text", **options)
    tree = FnNode(lambda n: [("x", numpy.arange(100 * int(n)))], "tree", **options)
    end = FnNode(
        lambda a, t, r: [float(a.sum()), len(t), len(r[0][1])],
        "end",
        inputs={"a": large.y, "t": text.y, "r": tree.y},
        outputs=["y"],
        version="1",
    )
    return Graph("Damage", [end], store=store)


@pytest.fixture
def store(tmp_path: pathlib.Path) -> pathlib.Path:
    graph = opened(tmp_path)
    for n in (2, 3):
        graph.run(inputs={"form__n": n})
    for _ in range(70):
        graph.run("text", force=True)
    graph.close()
    return tmp_path


def database(store: pathlib.Path) -> sqlite3.Connection:
    return sqlite3.connect(store / "damage" / "cache.db", isolation_level=None)


def key_of(store: pathlib.Path, node: str) -> str:
    graph = opened(store)
    digest = graph.history(node)[0].record.outputs["y"].digest
    graph.close()
    return f"a:{digest}"


def file_of(store: pathlib.Path, node: str) -> pathlib.Path:
    select = "SELECT filename FROM Cache WHERE key = ?"
    (name,) = database(store).execute(select, (key_of(store, node),)).fetchone()
    return store / "damage" / str(name)


def cut_file(store: pathlib.Path) -> None:
    path = file_of(store, "large")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def flip_file(store: pathlib.Path) -> None:
    path = file_of(store, "large")
    data = bytearray(path.read_bytes())
    data[200_000] ^= 0x10
    path.write_bytes(data)


def flip_row(node: str, at: int) -> Damage:
    def damage(store: pathlib.Path) -> None:
        key, connection = key_of(store, node), database(store)
        (value,) = connection.execute("SELECT value FROM Cache WHERE key = ?", (key,)).fetchone()
        changed = bytearray(value)
        changed[at] ^= 0x01
        connection.execute("UPDATE Cache SET value = ? WHERE key = ?", (bytes(changed), key))

    return damage


VALUES: dict[str, tuple[str, Damage]] = {
    "a file cut short": ("large", cut_file),
    "a file with flipped bits": ("large", flip_file),
    "a row with a flipped bit": ("text", flip_row("text", 700)),
    "a tree with a flipped bit": ("tree", flip_row("tree", 22)),
}


@pytest.mark.parametrize("what", VALUES)
def test_a_damaged_value_is_named_and_a_run_heals_it(store: pathlib.Path, what: str) -> None:
    node, damage = VALUES[what]
    damage(store)
    graph = opened(store)
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    damaged = graph.history(node)[0]
    with pytest.raises(DamagedError) as caught:
        damaged.outputs["y"]
    assert damaged.id in str(caught.value)
    assert damaged.record.outputs["y"].digest in str(caught.value)
    assert caught.value.node == node

    others = {"large", "text", "tree", "end"} - {node}
    assert all(run.outputs["y"] is not None for other in others for run in graph.history(other))
    assert graph.history(node)[-1].outputs["y"] is not None  # that of the other input

    status = graph.status()[node]
    assert status.freshness == "unverified"
    assert [str(reason) for reason in status.reasons] == ["its value is damaged"]
    graph.run()
    assert graph[node].y.value is not None
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    graph.close()

    graph = opened(store)
    assert all(run.outputs["y"] is not None for run in graph.history(node))


@pytest.mark.parametrize("what", VALUES)
def test_what_needs_a_damaged_value_fails_and_says_what_to_run(
    store: pathlib.Path, what: str
) -> None:
    node, damage = VALUES[what]
    damage(store)
    graph = opened(store)
    with pytest.raises(NodeFailed, match=r"[Rr]un the node again") as caught:
        graph.run("end", force=True)
    assert repr(node) in str(caught.value)
    assert graph.run() == {"end": {"y": [120_000.0, 4500, 300]}}


INDEX = ["h:text", "p:0:text", "e:head", "writer", "s:Sheet 1", "stars", "sheets"]


@pytest.mark.parametrize("key", INDEX)
def test_garbage_in_the_index_stops_nobody(store: pathlib.Path, key: str) -> None:
    connection = database(store)
    connection.execute("DELETE FROM Cache WHERE key = ?", (key,))
    connection.execute(
        "INSERT INTO Cache(key, raw, store_time, access_time, size, mode, value)"
        " VALUES (?, 1, 0, 0, 0, 1, ?)",
        (key, b"\xff{garbage"),
    )
    graph = opened(store)
    assert graph.run(inputs={"form__n": 2}) == {"end": {"y": [80_000.0, 3000, 200]}}
    graph.run("text", force=True)
    assert len(graph.history("large")) == 2
    assert graph.history("text")[0].outputs["y"]
    assert graph.status()["end"].freshness == "fresh"


def test_a_record_that_is_garbage_is_named(store: pathlib.Path) -> None:
    graph = opened(store)
    identity = graph.history("large")[0].id
    graph.close()
    row = f"r:{identity.rpartition('-')[2]}"
    database(store).execute("UPDATE Cache SET value = ? WHERE key = ?", (b"\xffgarbage", row))
    graph = opened(store)
    with pytest.raises(DamagedError, match=identity):
        _ = graph.history("large")[0].status
    assert graph.history("large")[1].outputs["y"][0] == 2
    assert graph.status()["large"].freshness == "missing"
    assert graph.run() == {"end": {"y": [120_000.0, 4500, 300]}}
    assert graph.history("large")[0].status == "succeeded"


def test_a_record_in_which_a_bit_has_flipped_is_named_although_it_parses(
    store: pathlib.Path,
) -> None:
    graph = opened(store)
    kept = graph.history("large")[1].record
    identity = graph.history("large")[0].id
    graph.close()
    row, connection = f"r:{identity.rpartition('-')[2]}", database(store)
    (lines,) = connection.execute("SELECT value FROM Cache WHERE key = ?", (row,)).fetchone()
    start = lines.index(f'"id":"{identity}'.encode())
    place = lines.index(b'"started_at":', start) + len('"started_at":')
    spoiled = lines[:place] + bytes([lines[place] ^ 1]) + lines[place + 1 :]
    connection.execute("UPDATE Cache SET value = ? WHERE key = ?", (spoiled, row))
    graph = opened(store)
    with pytest.raises(DamagedError, match=f"{identity}.*not what was written"):
        _ = graph.history("large")[0].started_at
    assert graph.history("large")[1].record == kept
    assert graph.run() == {"end": {"y": [120_000.0, 4500, 300]}}
    assert graph.history("large")[0].status == "succeeded"


# ---------------------------------------------------------------- the database itself


def cut_database(store: pathlib.Path, copy: pathlib.Path, part: float) -> pathlib.Path:
    connection = database(store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    beside = shutil.ignore_patterns("cache.db-*")
    folder = shutil.copytree(store / "damage", copy / "damage", ignore=beside)
    with (folder / "cache.db").open("r+b") as file:
        file.truncate(int((folder / "cache.db").stat().st_size * part))
    return folder


@pytest.mark.parametrize("part", [0.9, 0.5])
def test_a_database_cut_short_says_what_to_do_and_is_salvaged_on_request(
    store: pathlib.Path, part: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    folder = cut_database(store, copy, part)
    before = (folder / "cache.db").read_bytes()
    with pytest.raises(StoreError, match=r"daggr_nb\.salvage\('.*damage'\)"):
        opened(copy).status()
    assert (folder / "cache.db").read_bytes() == before

    saved = salvage(folder)
    assert saved.records > 0
    assert (saved.aside / "cache.db").read_bytes() == before
    assert saved.aside.parent == folder
    graph = opened(copy)
    found = {name: graph.history(name) for name in graph.nodes if name != "form"}
    assert sum(map(len, found.values())) == saved.records
    assert all(run.status == "succeeded" for runs in found.values() for run in runs)
    assert graph.run(inputs={"form__n": 3}) == {"end": {"y": [120_000.0, 4500, 300]}}
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    graph.close()
    assert {s.freshness for s in opened(copy).status().values()} == {"fresh"}


def test_salvage_of_a_whole_database_loses_nothing(store: pathlib.Path) -> None:
    graph = opened(store)
    before = {name: [run.id for run in graph.history(name)] for name in ("large", "text", "end")}
    seq = graph.session.events.next_expected()
    graph.close()
    saved = salvage(store / "damage")
    assert saved.lost == ()
    graph = opened(store)
    assert {name: [run.id for run in graph.history(name)] for name in before} == before
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    assert graph.inputs["form__n"] == 3
    assert graph.session.events.next_expected() >= seq


def test_salvage_says_when_there_is_nothing(tmp_path: pathlib.Path, store: pathlib.Path) -> None:
    with pytest.raises(StoreError, match="holds no database"):
        salvage(tmp_path / "elsewhere")
    beside = shutil.ignore_patterns("cache.db-*")
    shutil.copytree(store / "damage", tmp_path / "other", ignore=beside)
    (tmp_path / "other" / "cache.db").write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError, match="Nothing of the database"):
        salvage(tmp_path / "other")
    assert (tmp_path / "other" / "cache.db").exists()
