"""A graph's records in a folder or a zip, to take elsewhere; nothing in it is ever run.

``manifest.json`` says what it is; ``records.jsonl`` holds a record a line, node by node, oldest
first; ``values/DIGEST`` and ``code/DIGEST.json`` what they refer to; ``sheets.json`` the sheets.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from daggr_nb._ids import RunId
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.prune import places, records_of, stars
from daggr_nb._provenance.log.records import Record
from daggr_nb.errors import DamagedError, StoreError

if TYPE_CHECKING:
    from zipfile import ZipFile

FORMAT = 1
_HEX = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Exchanged:
    """How many records and values were written, or are new here."""

    records: int
    values: int


class Bundle(Protocol):
    """Named bytes: a folder or a zip."""

    def write(self, name: str, data: bytes) -> None: ...
    def read(self, name: str) -> bytes: ...
    def names(self, folder: str) -> list[str]: ...


class Folder:
    """A folder as a bundle. Names come from a listing of the folder itself."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def write(self, name: str, data: bytes) -> None:
        place = self._path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()

    def names(self, folder: str) -> list[str]:
        place = self._path / folder
        return sorted(child.name for child in place.iterdir()) if place.is_dir() else []


class Zip:
    """A zip as a bundle; nothing is ever extracted to where its names point."""

    def __init__(self, file: ZipFile) -> None:
        self._file = file

    def write(self, name: str, data: bytes) -> None:
        self._file.writestr(name, data)

    def read(self, name: str) -> bytes:
        return self._file.read(name)

    def names(self, folder: str) -> list[str]:
        prefix = f"{folder}/"
        found = (n.removeprefix(prefix) for n in self._file.namelist() if n.startswith(prefix))
        return sorted(name for name in found if name and "/" not in name)


@contextlib.contextmanager
def bundle(path: pathlib.Path, *, write: bool) -> Iterator[Bundle]:
    """Open a zip (by its name) or a folder."""
    import zipfile  # noqa: PLC0415 - slow to load, rarely needed

    try:
        if path.suffix == ".zip" or (path.is_file() and not write):
            with zipfile.ZipFile(path, "x" if write else "r", zipfile.ZIP_DEFLATED) as file:
                yield Zip(file)
        else:
            if write:
                path.mkdir(parents=True, exist_ok=False)
            yield Folder(path)
    except FileExistsError as error:
        raise StoreError(
            f"{path} is there already. Choose another name; nothing was written."
        ) from error
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise StoreError(f"{path} cannot be {'written' if write else 'read'}: {error}") from error


# ---------------------------------------------------------------- out


def export(log: Log, path: pathlib.Path, about: dict[str, Any]) -> Exchanged:
    """Write all of a log into ``path``, a new folder or a new ``.zip``."""
    with bundle(path, write=True) as out:
        records = [record for place in places(log) for record in records_of(log, place)]
        out.write("records.jsonl", b"\n".join(record.to_bytes() for record in records))
        values = [key[2:] for key in log.store.keys("a:")]
        for digest in values:
            out.write(f"values/{digest}", log.store.get(f"a:{digest}") or b"")
        for key in log.store.keys("c:"):
            out.write(f"code/{key[2:]}.json", log.store.get(key) or b"")
        out.write("sheets.json", json.dumps(_sheets(log)).encode())
        manifest = {"format": FORMAT, **about, "records": len(records), "values": len(values)}
        out.write("manifest.json", json.dumps(manifest, indent=1).encode())
    return Exchanged(len(records), len(values))


def _sheets(log: Log) -> dict[str, Any]:
    ids = [key[2:] for key in log.store.keys("s:")]
    at = {place: log.heads.read(place).at for place in places(log)}
    return {
        "index": log.read_sheets(),
        "content": {identity: log.read_sheet(identity) for identity in ids},
        "cursors": at,
        "stars": stars(log),
    }


# ---------------------------------------------------------------- in


def load(log: Log, path: pathlib.Path) -> Exchanged:
    """Add what ``path`` holds and this log does not have; sheets only where there is none yet."""
    with bundle(path, write=False) as source:
        _check(source, path)
        records = _records(source, path)
        with log.store.transaction():
            log.forget()
            first = next(places(log), None) is None and not log.read_sheets()
            fresh = [record for record in records if not log.has(record.id)]
            values = _take(log, source, "values", "a:", "")
            _take(log, source, "code", "c:", ".json")
            before = {place: dict(log.heads.read(place).at) for place in _places_of(fresh)}
            log.adopt(fresh)
            at = json.loads(source.read("sheets.json"))
            if first:
                _take_sheets(log, at)
            _point(log, at["cursors"] if first else before)
    return Exchanged(len(fresh), values)


def _check(source: Bundle, path: pathlib.Path) -> None:
    try:
        manifest = json.loads(source.read("manifest.json"))
        known = manifest["format"] == FORMAT
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise StoreError(
            f"{path} is no export of a graph: its manifest.json cannot be read ({error})."
        ) from error
    if not known:
        raise StoreError(
            f"{path} has the format {manifest['format']!r}, this version reads {FORMAT}. Update "
            "daggr_nb to open it."
        )


def _records(source: Bundle, path: pathlib.Path) -> list[Record]:
    found = []
    for number, line in enumerate(source.read("records.jsonl").splitlines(), 1):
        try:
            found.append(Record.from_bytes(line))
        except (ValueError, TypeError, IndexError, KeyError) as error:
            raise DamagedError(
                f"Line {number} of records.jsonl in {path} is damaged: {error}"
            ) from error
    return found


def _take(log: Log, source: Bundle, folder: str, prefix: str, ending: str) -> int:
    count = 0
    for name in source.names(folder):
        digest = name.removesuffix(ending)
        if _HEX.fullmatch(digest) and log.store.get(prefix + digest) is None:
            log.store.set(prefix + digest, source.read(f"{folder}/{name}"))
            count += 1
    return count


def _places_of(records: list[Record]) -> set[str]:
    return {f"{record.node}{record.scope}" for record in records}


def _take_sheets(log: Log, found: dict[str, Any]) -> None:
    for identity, content in found["content"].items():
        log.store.set(f"s:{identity}", json.dumps(content).encode())
    if found["index"]:
        log.write_sheets(found["index"])
    log.store.set("stars", json.dumps(found["stars"]).encode())


def _point(log: Log, cursors: Mapping[str, Mapping[str, str]]) -> None:
    """Let sheets show what they showed: adding records must not move anything on screen."""
    for place, at in cursors.items():
        for sheet in {*at, *log.heads.remembered(place).at}:
            log.heads.point(place, sheet, RunId(at.get(sheet, "")))
    log.heads.write()
