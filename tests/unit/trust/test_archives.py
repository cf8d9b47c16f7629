"""Stores and exports from elsewhere are data: bounded, nothing followed, nothing believed."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._provenance.log.store import DATABASE
from daggr_nb.errors import DamagedError, StoreError, UntrustedError


def numbers(n: int) -> list[int]:
    return list(range(n))


def graph(store: Path, name: str = "Archived") -> Graph:
    return Graph(name, [FnNode(numbers, inputs={"n": ui.Number(9)})], store=store)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    source = graph(tmp_path / "source")
    source.run()
    source.store.export(tmp_path / "export")
    source.close()
    return tmp_path / "export"


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                file.write(each, each.relative_to(folder).as_posix())
    return path


DIGEST = "ab" * 16


@pytest.mark.parametrize("name", [f"values/{DIGEST}", f"code/{DIGEST}.json"])
@pytest.mark.parametrize("packed", [True, False])
def test_t18_a_bomb_is_refused_at_its_bound(
    name: str, packed: bool, exported: Path, tmp_path: Path
) -> None:
    with (exported / name).open("wb") as file:
        file.truncate(100_000_000)
    path = zipped(exported) if packed else exported
    target = graph(tmp_path / "target")
    with pytest.raises(StoreError, match="up to 50,000,000 bytes was expected"):
        target.store.load(path, max_bytes=50_000_000)
    assert not target.history("numbers")
    assert target.store.size < 1_000_000, "nothing of it is here"


@pytest.mark.parametrize("name", ["records.jsonl", "sheets.json", "manifest.json"])
@pytest.mark.parametrize("packed", [True, False])
def test_t18_so_is_a_text_that_would_not_fit_into_memory(
    name: str, packed: bool, exported: Path, tmp_path: Path
) -> None:
    with (exported / name).open("ab") as file:
        file.truncate(20_000_000)
    path = zipped(exported) if packed else exported
    with pytest.raises(StoreError, match="larger max_bytes="):
        graph(tmp_path / "target").store.load(path, max_bytes=100_000_000)


LOADS = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.unit.trust.test_archives import graph
target = graph(Path({target!r}))
target.history("numbers")
def peak():  # what getrusage says begins with the peak of who started this process
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
before = peak()
target.store.load({path!r})
after = peak()
print((after - before) // 1024, target.store.size)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
def test_t18_what_is_large_goes_to_disk_piece_by_piece(exported: Path, tmp_path: Path) -> None:
    with (exported / "values" / DIGEST).open("wb") as file:
        file.truncate(300_000_000)
    root = str(Path(__file__).resolve().parents[3])
    code = LOADS.format(root=root, target=str(tmp_path / "target"), path=str(zipped(exported)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    grown, size = map(int, done.stdout.split())
    assert grown < 60, "megabytes"
    assert size > 300_000_000


@pytest.mark.parametrize("name", [f"values/{DIGEST}", f"code/{DIGEST}.json", "sheets.json"])
def test_t18_no_link_is_followed(name: str, exported: Path, tmp_path: Path) -> None:
    private = tmp_path / "private.txt"
    private.write_text("the-private-text")
    (exported / name).unlink(missing_ok=True)
    (exported / name).symlink_to(private)
    target = graph(tmp_path / "target")
    with pytest.raises(StoreError, match="is a link"):
        target.store.load(exported)
    assert not target.history("numbers")


@pytest.mark.parametrize("folder", ["values", "code"])
def test_t18_nor_is_a_folder_that_is_one(folder: str, exported: Path, tmp_path: Path) -> None:
    (exported / folder).rename(tmp_path / "elsewhere")
    (exported / folder).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link"):
        graph(tmp_path / "target").store.load(exported)


def test_t18_nothing_is_waited_for_that_is_no_file(exported: Path, tmp_path: Path) -> None:
    os.mkfifo(exported / "values" / DIGEST)
    with pytest.raises(StoreError, match="expected to be a file"):
        graph(tmp_path / "target").store.load(exported)


def test_t18_a_picture_under_the_digest_of_another_is_not_shown_as_that(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")

    def drawn(shade: int) -> image.Image:  # type: ignore[name-defined]
        return image.effect_noise((64, 64), 9).point(lambda value: shade).convert("RGB")

    def pictures() -> Graph:
        node = FnNode(drawn, inputs={"shade": ui.Number(7)}, outputs={"it": ui.Image()})
        return Graph("Pictures", [node], store=tmp_path)

    source = pictures()
    source.run()
    source.run(inputs={"drawn__shade": 200})
    refs = [run.record.outputs["it"] for run in source.history("drawn")]
    assert refs[0].digest != refs[1].digest
    source.store.export(tmp_path / "export")
    source.close()
    values = tmp_path / "export" / "values"
    (values / refs[0].digest).write_bytes((values / refs[1].digest).read_bytes())
    target = Graph("Forged", [*pictures()], store=tmp_path)
    target.store.load(tmp_path / "export")
    shown = {run.record.outputs["it"].digest: run for run in target.history("drawn")}
    assert shown[refs[1].digest].outputs["it"].size == (64, 64)
    with pytest.raises(DamagedError, match="is not what was stored"):
        shown[refs[0].digest].outputs["it"]


SETTINGS = {
    "sqlite_locking_mode": "EXCLUSIVE",
    "sqlite_journal_mode": "off",
    "sqlite_query_only": 1,
    "sqlite_user_version = 99; --": "",
    "disk_evil": 1,
    "disk_min_file_size": "x",
    "_transact": "gone",
    "eviction_policy": "nonsense",
    "cull_limit": 10,
    "size_limit": 1,
}


def test_t18_settings_of_a_foreign_store_are_not_taken(tmp_path: Path) -> None:
    first = graph(tmp_path)
    first.run()
    folder = first.store.folder
    assert folder is not None
    first.close()
    with sqlite3.connect(folder / DATABASE) as database:
        for key, value in SETTINGS.items():
            insert = "INSERT OR REPLACE INTO Settings(key, value) VALUES (?, ?)"
            database.execute(insert, (key, value))
    database.close()
    again = graph(tmp_path)
    assert again.run(inputs={"numbers__n": 3})["numbers"]["output"] == [0, 1, 2]
    assert len(again.history("numbers")) == 2
    with sqlite3.connect(folder / DATABASE, timeout=1) as beside:
        pragmas = [
            beside.execute(f"PRAGMA {p}").fetchone()[0] for p in ("journal_mode", "user_version")
        ]
        beside.execute("CREATE TABLE Probe(x)")
    beside.close()
    assert pragmas == ["wal", 0]


def test_t18_a_store_that_was_exported_loads_as_before(exported: Path, tmp_path: Path) -> None:
    for path in (exported, zipped(exported)):
        target = graph(tmp_path / path.suffix.strip(".") / "target")
        count = target.store.load(path)
        assert count.records == 1
        assert target.run()["numbers"]["output"] == list(range(9))
        assert target.status()["numbers"].status in ("cached", "succeeded")
        assert json.loads((exported / "manifest.json").read_text())["records"] == 1


@pytest.mark.parametrize("folder_too", [False, True])
def test_t18_a_link_in_a_foreign_store_is_not_followed(folder_too: bool, tmp_path: Path) -> None:
    def large() -> str:
        return "x" * 1_000_000

    def again() -> Graph:
        return Graph("Linked", [FnNode(large)], store=tmp_path)

    first = again()
    first.run()
    folder = first.store.folder
    assert folder is not None
    first.close()
    [file] = [path for path in folder.rglob("*.val") if path.stat().st_size > 500_000]
    outside = tmp_path / "outside"
    target = file.parent if folder_too else file
    target.rename(outside)
    target.symlink_to(outside)
    second = again()
    with pytest.raises(UntrustedError, match="is a link"):
        second.history("large")[0].outputs["output"]
    second.close()
