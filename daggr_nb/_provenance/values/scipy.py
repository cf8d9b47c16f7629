"""Sparse matrices of SciPy: digested by their entries, stored as SciPy's npz where that has all.

Operations put entries in order and add up double ones in place, and note on the matrix that they
have: the matrix is the same one before and after. So entries count in order.
"""

from __future__ import annotations

import io
from typing import Any

from daggr_nb._provenance.digest.objects import attributes
from daggr_nb._provenance.digest.reduced import add_reduced
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, type_name

_PARTS = ("data", "indices", "indptr", "offsets", "coords", "row", "col")
_NOTES = frozenset({"_shape", "_has_sorted_indices", "_has_canonical_format", *_PARTS}) | {
    "has_canonical_format"
}
_FORMS = {"csr", "csc", "bsr", "coo", "dia"}


def _add_sparse(value: Any, out: Encoding) -> None:
    """Format, shape, entries with their places, and what else is kept on it."""
    if value.format not in _FORMS:
        add_reduced(value, out)
        return
    beside = {name: each for name, each in attributes(value).items() if name not in _NOTES}
    if not getattr(value, "has_canonical_format", True):
        value = value.copy()
        value.sum_duplicates()
    out.text(b"M", f"{type_name(value)} {value.format}")
    out.add((value.shape, beside))
    for name in _PARTS[:-2]:
        part = getattr(value, name, None)
        if isinstance(part, tuple):  # one array of places for each dimension
            out.add([_places(each) for each in part])
        elif part is not None:
            out.add(part if name == "data" else _places(part))


def _places(part: Any) -> Any:
    return part.astype("int64", copy=False)  # the width of places is a matter of layout


def _write(value: Any) -> tuple[str, bytes] | None:
    from scipy.sparse import save_npz  # noqa: PLC0415 - loaded already

    beside = {name: each for name, each in attributes(value).items() if name not in _NOTES}
    usual = beside == {"maxprint": type(value)((1, 1)).maxprint}
    if not usual or value.ndim != 2 or value.dtype.hasobject:
        return None
    buffer = io.BytesIO()
    save_npz(buffer, value, compressed=False)
    return "sparse", buffer.getvalue()


def _read(data: bytes) -> Any:
    from scipy.sparse import load_npz  # noqa: PLC0415 - loaded already, or needed now

    return load_npz(io.BytesIO(data))


_WRITTEN = [f"{form}_{kind}" for form in sorted(_FORMS) for kind in ("array", "matrix")]

LIBRARY = Library(
    digests={("scipy", "_spbase"): _add_sparse},
    writers={("scipy", name): _write for name in _WRITTEN},
    readers={"sparse": _read},
    caches={("scipy", "rv_generic"): frozenset({"_random_state"})},
)
