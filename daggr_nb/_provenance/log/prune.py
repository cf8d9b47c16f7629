"""Letting go of old records, on request only: what is shown, starred or led to it stays."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daggr_nb._ids import RunId
from daggr_nb._provenance.log.log import PRUNED, Log
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.store import read_json
from daggr_nb.errors import DamagedError

UPLOADS = "uploads"
"""The folder beside the records in which uploaded files are, each in one named by its digest."""
UPLOAD_SECONDS = 3600
"""How long an upload may be under way, or wait to become a value."""
_STARS = "stars"


@dataclass(frozen=True)
class Pruned:
    """What :func:`prune` let go of: so many records and values, of so many bytes."""

    records: int
    values: int
    bytes: int

    def __str__(self) -> str:
        return f"{self.records} records and {self.values} values, {self.bytes / 1e6:.1f} MB"


# ---------------------------------------------------------------- stars


def stars(log: Log) -> list[str]:
    """Return the ids of the starred records."""
    return read_json(log.store, _STARS, list) or []


def star(log: Log, identity: str, on: bool) -> None:
    """Mark a record as one to keep, or no longer."""
    with log.store.transaction():
        found = [known for known in stars(log) if known != identity]
        log.store.set(_STARS, json.dumps([*found, identity] if on else found).encode())


# ---------------------------------------------------------------- walking


def places(log: Log) -> Iterator[str]:
    """Yield every place that has records: nodes, and items of nodes."""
    for key in log.store.keys("h:"):
        yield key[2:]


def records_of(log: Log, place: str) -> list[Record]:
    """Return the records of a place that can be read, oldest first."""
    found = []
    for identity in reversed(list(log.history(place))):
        try:
            found.append(log.record(identity))
        except DamagedError:
            continue
    return found


def values_of(records: Iterable[Record], log: Log) -> set[str]:
    """Return the digests of all values that records refer to, parts of values included."""
    found: set[str] = set()
    for record in records:
        found.add(record.environment)
        refs = [*(ref.value for ref in record.inputs.values()), *record.outputs.values()]
        for ref in refs:
            _add(ref.digest, ref.encoding, log, found)
    return found


def _add(digest: str, encoding: str, log: Log, found: set[str]) -> None:
    if digest in found or encoding == "none":
        return
    found.add(digest)
    form = encoding.partition(":")[0]
    data = log.store.get(f"a:{digest}") if form in ("tree", "frame", "folder") else None
    if data is None:
        return
    if form == "folder":
        found.update(part for _, part in json.loads(data) if part is not None)
    else:
        for inner, inner_encoding in _refs(json.loads(data)):
            _add(inner, inner_encoding, log, found)


def _refs(tree: list[object]) -> Iterator[tuple[str, str]]:
    tag, body = tree
    if tag == "ref" and isinstance(body, list):
        yield body[0], body[1]
    elif tag == "dict" and isinstance(body, list):
        for pair in body:
            for part in pair:
                yield from _refs(part)
    elif tag != "json" and isinstance(body, list):
        for part in body:
            yield from _refs(part)


# ---------------------------------------------------------------- pruning


def prune(log: Log, keep: int, sheets: Iterable[str]) -> Pruned:
    """Keep the newest ``keep`` records of every node, and what anybody still needs.

    That is what a sheet shows, what is starred, the records whose outputs these consumed, their
    items, and the values of sheets' inputs. One transaction: all of it happens, or nothing.
    Uploaded files that none of these is go after it.
    """
    sheets = list(sheets)
    before = log.store.size()
    with log.store.transaction():
        log.forget()
        by_place = {place: records_of(log, place) for place in places(log)}
        known = {record.id: record for records in by_place.values() for record in records}
        roots = (
            {record.id for found in by_place.values() for record in found[-keep:]}
            if keep
            else set()
        )
        cursors = {place: _cursors(log, place, sheets) for place in by_place}
        roots |= {identity for found in cursors.values() for identity in found.values()}
        roots |= {RunId(identity) for identity in stars(log)}
        kept = _with_what_they_need(roots, known)
        values = values_of((known[i] for i in kept), log) | _inputs_of(log, sheets)
        gone = _drop_values(log, values, {known[i].code for i in kept})
        _write_anew(log, by_place, kept, cursors)
        log.store.set(PRUNED, os.urandom(8))
    freed = _drop_uploads(log.store.folder, values)
    return Pruned(len(known) - len(kept), gone, freed + max(0, before - log.store.size()))


def _drop_uploads(folder: pathlib.Path | None, values: set[str]) -> int:
    """Remove the uploaded files whose content is no value, but for new ones; return their bytes."""
    freed = 0
    for found in (folder / UPLOADS).iterdir() if folder and (folder / UPLOADS).is_dir() else ():
        old = time.time() - found.stat().st_mtime > UPLOAD_SECONDS
        if found.name in values or not old:
            continue
        files = [found] if found.is_file() else [each for each in found.iterdir() if each.is_file()]
        freed += sum(each.stat().st_size for each in files)
        found.unlink() if found.is_file() else shutil.rmtree(found, ignore_errors=True)
    return freed


def _cursors(log: Log, place: str, sheets: Iterable[str]) -> dict[str, RunId]:
    found = {sheet: log.cursor(sheet, place) for sheet in sheets}
    return {sheet: identity for sheet, identity in found.items() if identity is not None}


def _with_what_they_need(roots: Iterable[str], known: dict[RunId, Record]) -> set[RunId]:
    kept: set[RunId] = set()
    stack = [RunId(identity) for identity in roots]
    while stack:
        identity = stack.pop()
        record = known.get(identity)
        if record is None or identity in kept:
            continue
        kept.add(identity)
        stack += [ref.record for ref in record.inputs.values() if ref.record is not None]
        stack += record.items
        if record.edited is not None:
            stack.append(record.edited)
    return kept


def _inputs_of(log: Log, sheets: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for sheet in sheets:
        for _, _, (digest, encoding, _inline) in log.read_sheet(sheet).get("inputs", []):
            _add(digest, encoding, log, found)
    return found


def _drop_values(log: Log, values: set[str], codes: Iterable[str]) -> int:
    gone = [key for key in log.store.keys("a:") if key[2:] not in values]
    left = set(codes)
    gone_codes = [key for key in log.store.keys("c:") if key[2:] not in left]
    for key in (*gone, *gone_codes):
        log.store.delete(key)
    return len(gone)


def _write_anew(
    log: Log,
    by_place: dict[str, list[Record]],
    kept: set[RunId],
    cursors: dict[str, dict[str, RunId]],
) -> None:
    for prefix in ("h:", "p:", "k:", "r:"):
        for key in list(log.store.keys(prefix)):
            log.store.delete(key)
    log.forget()
    left = (record for records in by_place.values() for record in records if record.id in kept)
    log.adopt(left)
    for place, found in cursors.items():
        for sheet, identity in found.items():
            if identity in kept:
                log.heads.point(place, sheet, identity)
    log.heads.write()
