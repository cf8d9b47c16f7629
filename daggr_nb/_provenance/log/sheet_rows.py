"""What is kept of a sheet beside its cursors: a row for every place, such as an input.

Kernels that change different places of one sheet do not take each other's changes back.
``s:SHEET`` says that there is such a sheet; former versions kept all of it there, which is read
still, and moves to rows of its own with the first change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.store import Store, read_json
from daggr_nb.errors import DamagedError

Place = tuple[str, ...]
"""What kind it is of, and the names of what it belongs to: ``("inputs", "form", "n")``."""
Rows = dict[Place, bytes]

_NAMES = {"inputs": 2, "positions": 1, "collapsed": 1, "asking": 1}
_MARK = b"{}"


def rows_of(content: Mapping[str, Any]) -> Rows:
    """Return the rows of a sheet's content.

    >>> rows_of({"inputs": [["form", "n", ["7", "json"]]], "collapsed": ["form"]})
    {('inputs', 'form', 'n'): b'[["7", "json"]]', ('collapsed', 'form'): b'[]'}
    """
    rows: Rows = {}
    for kind, count in _NAMES.items():
        for entry in content.get(kind, ()):
            whole = [entry] if isinstance(entry, str) else entry
            place = (kind, *whole[:count])
            if not all(isinstance(name, str) for name in place):
                raise ValueError(f"{place!r} is no place of a sheet")
            rows[place] = json.dumps(whole[count:]).encode()
    return rows


def differences(former: Rows, rows: Rows) -> dict[Place, bytes | None]:
    """Return the places that are others now; ``None`` for those that are gone."""
    places = dict.fromkeys([*former, *rows])
    return {p: rows.get(p) for p in places if former.get(p) != rows.get(p)}


def refs_of(rows: Mapping[Place, bytes | None]) -> Iterator[ValueRef]:
    """Yield what inputs refer to that is kept elsewhere."""
    for (kind, *_), row in rows.items():
        if kind == "inputs" and row is not None:
            ref = ValueRef.from_json(json.loads(row)[0])
            if ref.inline is None and ref.encoding != "none":
                yield ref


def read(store: Store, sheet: str) -> dict[str, Any]:
    """Return a sheet's content, or nothing; a row that makes no sense is an error that names it."""
    mark = read_json(store, f"s:{sheet}", _content)
    if mark is None:
        return {}
    content: dict[str, list[Any]] = {kind: list(mark.get(kind, ())) for kind in _NAMES}
    start = _start(sheet)
    for key, data in store.rows(start):
        try:
            kind, *names = json.loads(f"[{key.removeprefix(start)}")
            rest = json.loads(data)
            content[kind].append([*names, *rest] if rest else names[0])
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise DamagedError(f"{key!r} in the store cannot be read: {error}.") from error
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
        return rows_of(read_json(store, f"s:{sheet}", _content) or {})
    except (DamagedError, ValueError, TypeError):  # it is written anew
        return {}


def _content(parts: Any) -> dict[str, Any]:
    return dict(parts)


def _start(sheet: str) -> str:
    return f"i:[{json.dumps(sheet)}, "


def _key(sheet: str, place: Place) -> str:
    return f"i:{json.dumps([sheet, *place])}"
