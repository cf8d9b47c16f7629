"""Retention: old records go on request only; what is shown, starred or led to it stays."""

from __future__ import annotations

import contextlib
import logging
import os
import pathlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from daggr_nb._ids import RunId
from daggr_nb._interrupts import interrupt_check
from daggr_nb._json import decode_json
from daggr_nb._provenance.artifacts.codec import STRUCTURES
from daggr_nb._provenance.log import labels, leases, sheet_rows, sweeps
from daggr_nb._provenance.log.condense import joined
from daggr_nb._provenance.log.log import PRUNE_MARK, Log, line_id
from daggr_nb._provenance.log.records import Record
from daggr_nb._provenance.log.rows import encode_row
from daggr_nb._provenance.log.store import read_json
from daggr_nb.errors import DamagedError, StoreError

logger = logging.getLogger("daggr_nb")

UPLOADS = "uploads"
"""The folder beside the records in which uploaded files are, each in one named by its digest."""
UPLOAD_SECONDS = 3600
"""How long an upload may be under way, or wait to become a value."""
GRACE_SECONDS = 3600
"""How old a value is at least that goes because nobody refers to it."""
_STARS = "stars"


@dataclass(frozen=True)
class PruneResult:
    """What :func:`prune` let go of: so many records and values, of so many bytes."""

    records: int
    values: int
    bytes: int

    def __str__(self) -> str:
        return f"{self.records} records and {self.values} values, {self.bytes / 1e6:.1f} MB"


# ---------------------------------------------------------------- stars


def stars(log: Log) -> list[str]:
    """Return the ids of the starred records."""
    return read_json(log.store, _STARS, [str]) or []


def starred(log: Log) -> list[str]:
    """Return the same where the rest makes sense without it."""
    try:
        return stars(log)
    except DamagedError as error:
        logger.warning("%s", error)
        return []


def write_stars(log: Log, identities: list[str]) -> None:
    """Write which records are starred, within a transaction."""
    log.store.set(_STARS, encode_row(identities))


def star(log: Log, identity: str, on: bool) -> None:
    """Mark a record as one to keep, or no longer."""

    def write() -> None:
        try:
            identities = [other for other in stars(log) if other != identity]
        except DamagedError as error:
            logger.warning("%s Stars begin anew.", error)
            identities = []
        write_stars(log, [*identities, identity] if on else identities)

    log.store.write(write)


# ---------------------------------------------------------------- walking


def record_keys(log: Log) -> Iterator[str]:
    """Yield every record key: the names of nodes, and items of nodes."""
    for key in log.store.keys("h:"):
        yield key[2:]


def records_of(log: Log, record_key: str) -> list[Record]:
    """Return the records of a record key that can be read, oldest first."""
    records = []
    for identity in reversed(list(log.history(record_key))):
        try:
            records.append(log.record(identity))
        except DamagedError:
            continue
    return records


def values_of(records: Iterable[Record], log: Log) -> set[str]:
    """Return the digests of all values that records refer to, parts of values included."""
    digests: set[str] = set()
    for record in records:
        digests.add(record.environment)
        refs = [*(ref.value for ref in record.inputs.values()), *record.outputs.values()]
        for ref in refs:
            _add_value(ref.digest, ref.encoding, log, digests)
    return digests


_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
_WITH_PARTS = {*STRUCTURES, "object", "folder", "file"}


def _add_value(digest: str, encoding: str, log: Log, digests: set[str]) -> None:
    if digest in digests or encoding == "none":
        return
    digests.add(digest)
    form = encoding.partition(":")[0]
    data = log.store.get(f"a:{digest}") if form in _WITH_PARTS else None
    if data is None:
        return
    with contextlib.suppress(*_DAMAGE):  # it has no parts to keep
        content = decode_json(data)
        if form == "folder":
            digests.update(detail for kind, _, detail in content["listing"] if kind == "file")
        elif form == "file":
            digests.add(content["content"])
        else:
            for inner, inner_encoding in _refs(content):
                _add_value(inner, inner_encoding, log, digests)


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


def prune(log: Log, keep: int, sheets: Iterable[str] = ()) -> PruneResult:
    """Keep the newest ``keep`` records of every node, and what anybody still needs.

    That is what any sheet shows, or one of ``sheets``, what is starred, what other kernels have in
    use, the records whose outputs these consumed, their items, and the values of sheets' inputs.
    One transaction: all of it happens, or nothing. Uploaded files that none of these is go after
    it.
    """
    store, size = log.store, log.store.size()
    freed = _drop_uploads(store.folder, {key[2:] for key in store.keys("a:")})
    store.make_room()
    try:
        check = interrupt_check()
        records, value_count, values = log.store.write(lambda: _prune(log, keep, {*sheets}, check))
    finally:
        log.invalidate()
    freed += _drop_uploads(store.folder, values) + max(0, size - store.size())
    return PruneResult(records, value_count, freed)


def _prune(
    log: Log, keep: int, sheets: set[str], check: Callable[[], None]
) -> tuple[int, int, set[str]]:
    """Prune; return how many records and values went, and which values stay."""
    log.invalidate()
    sheets |= {*sheet_rows.identities(log.store), *log.sheet_ids()}
    in_use = leases.in_use(log.store)
    histories: dict[str, list[Record]] = {}
    cursors: dict[str, dict[str, RunId]] = {}
    is_whole = next(log.store.keys("damaged:"), None) is None
    for record_key in record_keys(log):
        check()
        try:
            histories[record_key] = records_of(log, record_key)
            cursors[record_key] = _cursors(log, record_key, sheets)
            is_whole &= len(histories[record_key]) == log.total(record_key)
        except DamagedError as error:
            logger.warning("%s", error)
            is_whole = False
    strays = _Strays() if is_whole else _strays(log, histories, check)
    for record in strays.records:
        histories.setdefault(f"{record.node}{record.scope}", []).append(record)
    for record_key in {f"{record.node}{record.scope}" for record in strays.records}:
        histories[record_key].sort(key=lambda record: record.index)
    records = {record.id: record for group in histories.values() for record in group}
    roots = (
        {record.id for group in histories.values() for record in group[-keep:]} if keep else set()
    )
    roots |= {record.id for record in strays.records}
    roots |= {identity for by_sheet in cursors.values() for identity in by_sheet.values()}
    roots |= {RunId(identity) for identity in stars(log)} | in_use.records
    retained = _ancestry(roots, records)
    values = values_of((records[i] for i in retained), log)
    is_known = not strays.segments
    for sheet in sheets:
        try:
            values |= _inputs_of(log, sheet)
        except DamagedError as error:
            logger.warning("%s", error)
            is_known = False
    codes = {code for i in retained for code in records[i].codes}
    value_count = 0
    if is_known and not in_use.all_values:
        gone = [record for i, record in records.items() if i not in retained]
        values |= _new_values(log, values_of(gone, log))
        value_count = _drop_values(log, values, codes, check)
    _rewrite(log, histories, retained, cursors, strays)
    _drop_events(log, records, retained)
    labels.keep_only(log, {*map(str, retained)})
    sweeps.keep_only(log, {*map(str, retained)})
    log.store.set(PRUNE_MARK, os.urandom(8))
    return len(records) - len(retained), value_count, values


@dataclass
class _Strays:
    """What the index does not name, as part of it cannot be read: nobody can say that it may go.

    ``records`` can be read, ``lines`` of a segment cannot, nor can ``segments`` as a whole.
    """

    records: list[Record] = field(default_factory=list)
    lines: dict[str, list[bytes]] = field(default_factory=dict)
    segments: set[str] = field(default_factory=set)


def _strays(log: Log, histories: Mapping[str, list[Record]], check: Callable[[], None]) -> _Strays:
    strays = _Strays()
    named = {record.id.encode() for group in histories.values() for record in group}
    for key in log.store.keys("r:"):
        check()
        try:
            lines = (log.store.get(key) or b"").split(b"\n")
        except StoreError:
            strays.segments.add(key)
            continue
        for line in lines:
            if not line or line_id(line) in named:
                continue
            try:
                strays.records.append(Record.from_bytes(line))
            except (ValueError, TypeError, LookupError, RecursionError):
                strays.lines.setdefault(key, []).append(line)
    return strays


def _drop_events(log: Log, records: Mapping[RunId, Record], retained: set[RunId]) -> None:
    """Let go of the events of runs that are gone; of the others deltas are joined.

    What belongs to no record that stays is kept for an hour: its run may go on.
    """
    runs = {record.run for i, record in records.items() if i in retained}
    gone = {record.run for i, record in records.items() if i not in retained} - runs
    since = time.time() - GRACE_SECONDS
    events = log.events()
    kept = [
        event
        for event in events
        if event.get("run_id") in runs
        or (event.get("run_id") not in gone and event.get("at", 0.0) >= since)
    ]
    fewer = joined(kept)
    if len(fewer) < len(events):
        log.replace_events(fewer)


def _new_values(log: Log, of_records: set[str]) -> set[str]:
    """Return new values that no record refers to: another kernel may be about to do so."""
    since = time.time() - GRACE_SECONDS
    return {key[2:] for key in log.store.written_since("a:", since)} - of_records


def _drop_uploads(folder: pathlib.Path | None, values: set[str]) -> int:
    """Remove the uploaded files whose content is no value, but for new ones; return their bytes."""
    uploads = folder / UPLOADS if folder is not None else None
    if uploads is None or uploads.is_symlink() or not uploads.is_dir():
        return 0  # what a link leads to may be anybody's
    freed = 0
    for upload in uploads.iterdir():
        with contextlib.suppress(OSError):  # another kernel may prune, too
            is_old = time.time() - upload.lstat().st_mtime > UPLOAD_SECONDS
            if upload.name in values or not is_old:
                continue
            is_folder = upload.is_dir() and not upload.is_symlink()
            files = [f for f in upload.iterdir() if f.is_file()] if is_folder else [upload]
            size = sum(file.lstat().st_size for file in files)
            shutil.rmtree(upload, ignore_errors=True) if is_folder else upload.unlink()
            freed += size
    return freed


def _cursors(log: Log, record_key: str, sheets: Iterable[str]) -> dict[str, RunId]:
    cursors = {sheet: log.cursor(sheet, record_key) for sheet in sheets}
    return {sheet: identity for sheet, identity in cursors.items() if identity is not None}


def _ancestry(roots: Iterable[str], records: dict[RunId, Record]) -> set[RunId]:
    retained: set[RunId] = set()
    stack = [RunId(identity) for identity in roots]
    while stack:
        identity = stack.pop()
        record = records.get(identity)
        if record is None or identity in retained:
            continue
        retained.add(identity)
        stack += [ref.record for ref in record.inputs.values() if ref.record is not None]
        stack += record.items
        if record.edited is not None:
            stack.append(record.edited)
    return retained


def _inputs_of(log: Log, sheet: str) -> set[str]:
    digests: set[str] = set()
    for _, _, (digest, encoding, *_) in log.read_sheet(sheet).get("inputs", []):
        _add_value(digest, encoding, log, digests)
    return digests


def _drop_values(
    log: Log, values: set[str], codes: Iterable[str], check: Callable[[], None]
) -> int:
    value_keys = [key for key in log.store.keys("a:") if key[2:] not in values]
    retained_codes = set(codes)
    code_keys = [key for key in log.store.keys("c:") if key[2:] not in retained_codes]
    for key in (*value_keys, *code_keys):
        check()
        log.store.delete(key)
    return len(value_keys)


def _rewrite(
    log: Log,
    histories: dict[str, list[Record]],
    retained: set[RunId],
    cursors: dict[str, dict[str, RunId]],
    strays: _Strays,
) -> None:
    for record_key in {*record_keys(log)} - cursors.keys():
        log.index.put_aside(record_key)
    for prefix in ("h:", "p:", "k:", "r:"):
        for key in {*log.store.keys(prefix)} - strays.segments:
            log.store.delete(key)
    for key, lines in strays.lines.items():
        log.store.set(key, b"\n".join(lines))
    log.invalidate()
    records = (record for group in histories.values() for record in group if record.id in retained)
    log.insert(records)
    for record_key, by_sheet in cursors.items():
        for sheet, identity in by_sheet.items():
            if identity in retained:
                log.index.set_cursor(record_key, sheet, identity)
    log.index.write()
