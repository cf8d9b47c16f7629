"""What is kept of a sheet beside its cursors: a row for every place, such as an input.

Kernels that change different places of one sheet do not take each other's changes back.
``s:SHEET`` says that there is such a sheet; former versions kept all of it there, which is read
still, and moves to rows of its own with the first change.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daggr_nb._json import decode_json, encode_json
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.rows import Form, decode_row, encode_row, is_ref, shaped
from daggr_nb._provenance.log.store import Store, read_json
from daggr_nb.errors import DamagedError

logger = logging.getLogger("daggr_nb")

Place = tuple[str, ...]
"""What kind it is of, and the names of what it belongs to: ``("inputs", "form", "n")``."""
Rows = dict[Place, bytes]

_NAMES = {"inputs": 2, "positions": 1, "collapsed": 1, "widths": 1, "asking": 1}
_RESTS: Mapping[str, Form] = {
    "inputs": (is_ref,),
    "positions": (float, float),
    "collapsed": (),
    "widths": (float,),
    "asking": (float, float, [(str, bool, bool)]),
}
_MARK = encode_row({})


def rows_of(content: Mapping[str, Any]) -> Rows:
    """Return the rows of a sheet's content; raises ``ValueError`` for what is no such content.

    >>> rows = rows_of({"inputs": [["form", "n", ["7", "json"]]], "collapsed": ["form"]})
    >>> rows["inputs", "form", "n"]
    b'[["7","json"]]#1be0c9c7a7ff0b66'
    """
    rows: Rows = {}
    for kind in _NAMES:
        for entry in shaped(content.get(kind, []), list):
            place, rest = _row(kind, entry)
            rows[place] = encode_row(rest)
    return rows


def _row(kind: str, entry: Any) -> tuple[Place, list[Any]]:
    """Return the place of an entry of a sheet's content, and the rest of it."""
    whole: list[Any] = shaped([entry] if isinstance(entry, str) else entry, list)
    names = shaped(whole[: _NAMES[kind]], (str,) * _NAMES[kind])
    as_read = decode_json(
        encode_json(whole[_NAMES[kind] :])
    )  # what is a tuple here is a list there
    return (kind, *names), shaped(as_read, _RESTS[kind])


def differences(former: Rows, rows: Rows) -> dict[Place, bytes | None]:
    """Return the places that are others now; ``None`` for those that are gone."""
    places = dict.fromkeys([*former, *rows])
    return {p: rows.get(p) for p in places if former.get(p) != rows.get(p)}


def renamed_rows(rows: Rows, former: str, latter: str) -> Rows:
    """Return rows with a node called otherwise; inputs that are set by the new name stay.

    >>> renamed_rows({("inputs", "a", "n"): b"1", ("widths", "b"): b"2"}, "a", "c")
    {('widths', 'b'): b'2', ('inputs', 'c', 'n'): b'1'}
    """
    rows = {
        place: _with_steps_renamed(row, former, latter) if place[0] == "asking" else row
        for place, row in rows.items()
    }
    renamed = {place: row for place, row in rows.items() if place[1] != former}
    for (kind, node, *rest), row in rows.items():
        place = (kind, latter, *rest)
        if node == former and (kind != "inputs" or place not in renamed):
            renamed[place] = row
    return renamed


def _with_steps_renamed(row: bytes, former: str, latter: str) -> bytes:
    *times, steps = decode_row(row)
    renamed = [[latter if node == former else node, *options] for node, *options in steps]
    return encode_row([*times, renamed])


def refs_of(rows: Mapping[Place, bytes | None]) -> Iterator[ValueRef]:
    """Yield what inputs refer to that is kept elsewhere."""
    for (kind, *_), row in rows.items():
        if kind == "inputs" and row is not None:
            ref = ValueRef.from_json(decode_row(row)[0])
            if ref.inline is None and ref.encoding != "none":
                yield ref


def read(
    store: Store, sheet: str, complain: Callable[[str], object] = logger.warning
) -> dict[str, Any]:
    """Return a sheet's content, or nothing; a row that makes no sense is told, and left out."""
    mark = read_json(store, f"s:{sheet}", dict)
    if mark is None:
        return {}
    content: dict[str, list[Any]] = {kind: [] for kind in _NAMES}
    in_mark = {kind: entries for kind, entries in mark.items() if type(entries) is list}
    entries = [(f"s:{sheet}", kind, e) for kind in _NAMES for e in in_mark.get(kind, ())]
    start = _start(sheet)
    for key, data in store.rows(start):
        try:
            kind, *names = shaped(decode_json(f"[{key.removeprefix(start)}"), [str])
            entries.append((key, kind, [*names, *decode_row(data, list)]))
        except ValueError as error:
            complain(f"{key!r} in the store cannot be read: {error}.")
    for key, kind, entry in entries:
        try:
            (_, *names), rest = _row(kind, entry)
            content[kind].append([*names, *rest] if rest else names[0])
        except (ValueError, KeyError) as error:
            complain(f"{key!r} in the store cannot be read: {error}.")
    return {kind: entries for kind, entries in content.items() if entries}


def write(store: Store, sheet: str, changes: Mapping[Place, bytes | None]) -> None:
    """Change places of a sheet, within a transaction."""
    if store.get(f"s:{sheet}") != _MARK:
        store.set_rows({_key(sheet, p): row for p, row in _in_one_row(store, sheet).items()})
        store.set(f"s:{sheet}", _MARK)
    store.set_rows({_key(sheet, p): row for p, row in changes.items() if row is not None})
    for place, row in changes.items():
        if row is None:
            store.delete(_key(sheet, place))


def remove(store: Store, sheet: str) -> None:
    """Take a sheet away, within a transaction."""
    for key in (f"s:{sheet}", *(key for key, _ in store.rows(_start(sheet)))):
        store.delete(key)


def identities(store: Store) -> Iterator[str]:
    """Yield the sheets of which something is kept."""
    for key in store.keys("s:"):
        yield key[2:]


def _in_one_row(store: Store, sheet: str) -> Rows:
    try:
        return rows_of(read_json(store, f"s:{sheet}", dict) or {})
    except (DamagedError, ValueError, TypeError):  # it is written anew
        return {}


def _start(sheet: str) -> str:
    return f"i:[{json.dumps(sheet)}, "


def _key(sheet: str, place: Place) -> str:
    return f"i:{json.dumps([sheet, *place])}"
