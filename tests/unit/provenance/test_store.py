"""A store keeps bytes, runs nothing, and survives what happens to it."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diskcache
import pytest

from daggr_nb._provenance.log.store import DiskStore, MemoryStore, Store, default_home, open_store
from daggr_nb.errors import DamagedError, StoreError, UntrustedError

BIG = os.urandom(300_000)


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    found: Store = DiskStore(tmp_path / "s") if request.param == "disk" else MemoryStore()
    yield found
    found.close()


def test_bytes_come_back(store: Store) -> None:
    assert store.get("a") is None
    for value in (b"", b"x", BIG):
        store.set("a", value)
        assert store.get("a") == value


def test_a_failed_transaction_leaves_what_was_there(store: Store) -> None:
    store.set("a", b"1")

    def fail() -> None:
        store.set("a", b"2")
        store.set("b", BIG)
        assert store.get("a") == b"2"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(fail)
    assert store.get("a") == b"1"
    assert store.get("b") is None
    store.write(lambda: store.set("a", b"3"))
    assert store.get("a") == b"3"


def test_an_inner_transaction_belongs_to_the_outer(store: Store) -> None:
    store.set("a", b"1")

    def change() -> None:
        store.set("a", b"2")
        store.set("b", b"2")

    def fail() -> None:
        store.write(change)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(fail)
    assert (store.get("a"), store.get("b")) == (b"1", None)


def test_transactions_of_threads_do_not_mix(store: Store) -> None:
    store.set("n", b"0")

    def add() -> None:
        store.set("n", str(int(store.get("n") or b"0") + 1).encode())

    def add_many() -> None:
        for _ in range(50):
            store.write(add)

    threads = [threading.Thread(target=add_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("n") == b"200"


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "store"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    DiskStore(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_evicted(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store._cache.reset("size_limit", 1000)  # noqa: SLF001 - instead of a gigabyte
    for n in range(50):
        store.set(f"k{n}", b"x" * 10_000)
    assert all(store.get(f"k{n}") for n in range(50))
    store.close()


# ---------------------------------------------------------------- from elsewhere


class Canary:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return pathlib.Path.touch, (self.file,)


def test_pickles_planted_in_the_database_are_refused_unread(tmp_path: Path) -> None:
    bird, folder = tmp_path / "bird", tmp_path / "s"
    DiskStore(folder).close()
    with diskcache.Cache(str(folder)) as foreign:
        foreign.set("value", Canary(bird))
        foreign.set("large", [Canary(bird), "x" * 300_000])
        foreign.set(Canary(bird), b"x")
        foreign.set("h:a", b"fine")
    bird.unlink(missing_ok=True)  # diskcache itself may have looked
    store = DiskStore(folder)
    for key in ("value", "large"):
        with pytest.raises(UntrustedError, match="pickled value"):
            store.get(key)
    assert store.get("h:a") == b"fine"
    store.set("value", b"ours")
    assert store.get("value") == b"ours"
    with pytest.raises(UntrustedError, match="pickled key"):
        list(store._cache)  # noqa: SLF001 - as pruning will
    store.close()
    assert not bird.exists()


@pytest.mark.parametrize("place", ["../precious", "{0}/precious"])
def test_a_planted_name_of_a_file_reaches_nothing_outside(tmp_path: Path, place: str) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    store = DiskStore(tmp_path / "s")
    store.set("a", BIG)
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "s" / "cache.db")) as base, base:
        base.execute("UPDATE Cache SET filename = ?", [place.format(tmp_path)])
    store = DiskStore(tmp_path / "s")
    with pytest.raises(UntrustedError, match="outside its folder"):
        store.get("a")
    with contextlib.suppress(StoreError):
        store.set("a", b"new")
    store.close()
    assert precious.read_bytes() == b"mine"


# ---------------------------------------------------------------- damage


def test_a_lost_file_is_as_if_it_had_not_been_stored(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.set("a", BIG)
    store.set("b", b"fine")
    for file in tmp_path.rglob("*.val"):
        file.unlink()
    assert store.get("a") is None
    assert store.get("b") == b"fine"
    store.close()


def test_what_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "cache.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="cannot be opened"):
        DiskStore(tmp_path)


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="DAGGR_NB_HOME"):
        DiskStore(tmp_path / "file" / "s")


def test_a_database_spoilt_in_use_is_damaged_not_a_crash(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    for n in range(200):
        store.set(f"k{n}", b"x" * 3000)
    store.close()
    with open(tmp_path / "cache.db", "r+b") as file:
        file.seek(40_000)
        file.write(os.urandom(300_000))
    with contextlib.suppress(StoreError):
        store = DiskStore(tmp_path)
        for n in range(200):
            with contextlib.suppress(DamagedError):
                assert store.get(f"k{n}") in (None, b"x" * 3000) or n


# ---------------------------------------------------------------- where


def test_where_stores_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGGR_NB_HOME", str(tmp_path / "home"))
    assert default_home() == tmp_path / "home"
    monkeypatch.delenv("DAGGR_NB_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_home() == tmp_path / "data" / "daggr_nb"
    store = open_store("paper", tmp_path / "given")
    assert isinstance(store, DiskStore)
    assert store.folder == tmp_path / "given" / "paper"
    store.close()
    assert isinstance(open_store(None, tmp_path), MemoryStore)


def test_a_large_value_is_written_ahead_and_moves_into_place(tmp_path: pathlib.Path) -> None:
    store = DiskStore(tmp_path)
    draft = store.draft((b"head", memoryview(b"x" * 300_000)))
    assert list((tmp_path / "drafts").iterdir())
    store.write(lambda: store.set("a:1", draft))
    assert store.get("a:1") == b"head" + b"x" * 300_000
    path = store.file("a:1")
    assert path is not None
    assert path.stat().st_size == 300_004
    assert not list((tmp_path / "drafts").iterdir())
    assert store.has("a:1")
    path.unlink()
    assert not store.has("a:1")  # so that it is written again
    store.close()


def test_drafts_of_a_killed_kernel_are_swept_when_they_are_old(tmp_path: pathlib.Path) -> None:
    DiskStore(tmp_path).close()
    for name, age in (("old", 200_000), ("new", 0)):
        path = tmp_path / "drafts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    DiskStore(tmp_path).close()
    assert [path.name for path in (tmp_path / "drafts").iterdir()] == ["new"]
