"""Values as bytes: each kind in its natural form, and back.

Text and bytes are kept raw, plain data and Plotly's figures as JSON, arrays as npy, tensors as
safetensors, frames by column, pictures as PNG or their pixels, files as their content. Containers
of such values are a tree that refers to their parts, each stored once. What has no form of its own
is pickled and signed; a pickle without this user's signature is not loaded.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from daggr_nb._ids import Digest
from daggr_nb._provenance.artifacts.signing import load_signed, signed_pickle
from daggr_nb._provenance.blob import Blob
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.values.files import (
    BytesLookup,
    folder_bytes,
    lay_out_file,
    lay_out_folder,
)
from daggr_nb._provenance.values.libraries import LIBRARIES
from daggr_nb._provenance.values.library import Library, Reader, StructuredForm, Writer
from daggr_nb._provenance.values.numpy import map_array
from daggr_nb.errors import DamagedError, DigestError, StoreError

_INLINE = 512
_to_json = json.JSONEncoder(separators=(",", ":")).encode
_MAX_DEPTH = 50
_NO_LIBRARY = Library()
_MAX_INT_BITS = 10_000  # bits; longer integers cannot be written in decimal
_VERIFIED = frozenset(
    {
        "text",
        "bytes",
        "json",
        "npy",
        "file",
        "folder",
        "pixels",
        "picture",
        "frame",
        "tree",
        "safetensors",
        "plotly",
    }
)

STRUCTURES = frozenset({"tree"}).union(
    library.structure.encoding for library in LIBRARIES.values() if library.structure is not None
)
"""Encodings of values that refer to their parts."""


class ValueRef(NamedTuple):
    """A stored value: its digest, how it is encoded, and its bytes when they are few.

    ``encoding`` is ``"none"`` for a value that lives in this kernel only. There are many of these:
    a tuple of texts is quick to make, and the garbage collector passes it over.
    """

    digest: Digest
    encoding: str
    inline: str | None = None

    def as_json(self) -> list[Any]:
        """Return the form in which records keep a reference."""
        return list(self)

    @staticmethod
    def from_json(parts: list[Any]) -> ValueRef:
        """Return the reference that :meth:`as_json` wrote."""
        return ValueRef(*parts)


Parts = dict[Digest, Blob]
FileLookup = Callable[[Digest], "pathlib.Path | None"]
Decoder = Callable[[bytes, "ValueRef", BytesLookup], Any]


def encode(value: Any, content: Digest, parts: Parts) -> ValueRef:
    """Return a reference to ``value``; bytes too long for it are put into ``parts`` by digest."""
    encoding, data = _encode_by_type(value, content, parts)
    if encoding == "none":
        return ValueRef(content, encoding)
    short = isinstance(data, bytes) and len(data) <= _INLINE
    if short and encoding in ("text", "json") and _is_unicode(data):
        return ValueRef(content, encoding, data.decode())
    parts[content] = data
    return ValueRef(content, encoding)


def decode(ref: ValueRef, load: BytesLookup, file: FileLookup | None = None) -> Any:
    """Return the value behind ``ref``, reading bytes with ``load``.

    An array that ``file`` finds in a file of its own is mapped into memory, not read.

    Raises :class:`~daggr_nb.errors.DamagedError` when they are missing or make no sense, and
    :class:`~daggr_nb.errors.UntrustedError` for a pickle that this user did not write.
    """
    if ref.encoding == "none":
        raise DamagedError(f"Value {ref.digest} lived in another kernel and was not stored.")
    form = ref.encoding.partition(":")[0]
    reader = _DECODERS.get(form)
    if reader is None:
        raise DamagedError(f"Value {ref.digest} has the unknown encoding {ref.encoding!r}.")
    path = file(ref.digest) if file is not None and form == "npy" else None
    data = b"" if path else load(ref.digest) if ref.inline is None else ref.inline.encode()
    try:
        value = map_array(path) if path is not None else reader(data, ref, load)
        is_intact = form not in _VERIFIED or digest(value) == ref.digest
    except StoreError:
        raise
    except Exception as error:
        raise DamagedError(
            f"Value {ref.digest} ({ref.encoding}) cannot be read: {error}. Run the node again."
        ) from error
    if not is_intact:
        raise DamagedError(
            f"Value {ref.digest} ({ref.encoding}) is not what was stored. Run the node again."
        )
    return value


# ---------------------------------------------------------------- writing


def _encode_by_type(value: Any, content: Digest, parts: Parts) -> tuple[str, Any]:
    kind = type(value)
    if kind is str:
        return "text", value.encode("utf-8", "surrogatepass")
    if kind is bytes:
        return "bytes", value
    if _plain(value):
        return "json", json.dumps(value, separators=(",", ":")).encode()
    if kind in (list, tuple, dict):
        return _encode_tree(value, content, parts)
    if isinstance(value, pathlib.Path):
        return _encode_path(value, parts)
    package = kind.__module__.partition(".")[0]
    library = LIBRARIES.get(package, _NO_LIBRARY)
    write = library.writers.get((package, _base_name(kind)))
    form = _try_write(write, value) if write is not None else None
    if form is None and library.structure is not None:
        form = _encode_structure(value, library.structure, content, parts)
    return form if form is not None else _encode_pickle(value, content)


def _base_name(kind: type) -> str:
    """The name of the class just above ``object`` for a picture, else the type's own."""
    return "Image" if kind.__module__.startswith("PIL.") else kind.__qualname__


def _plain(value: Any, depth: int = 0) -> bool:
    """Whether JSON gives ``value`` back exactly."""
    kind = type(value)
    if kind is str:
        return value.isascii() or _is_unicode(value.encode("utf-8", "surrogatepass"))
    if kind is int:
        return bool(value.bit_length() < _MAX_INT_BITS)
    if kind in (float, bool, type(None)):
        return True
    if depth > _MAX_DEPTH:
        return False
    if kind is list:
        return all(_plain(item, depth + 1) for item in value)
    if kind is dict:
        return all(type(k) is str and _plain(k) and _plain(v, depth + 1) for k, v in value.items())
    return False


def _is_unicode(data: bytes) -> bool:
    """Whether text is free of lone surrogates, which JSON may join into pairs."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _encode_path(value: pathlib.Path, parts: Parts) -> tuple[str, bytes]:
    if value.is_file():
        return f"file:{value.name}", value.read_bytes()
    if value.is_dir():
        return f"folder:{value.name}", folder_bytes(value, parts)
    return "path", str(value).encode("utf-8", "surrogateescape")


def _encode_tree(value: Any, content: Digest, parts: Parts) -> tuple[str, bytes]:
    inner_parts: Parts = {}
    try:
        tree = json.dumps(_tree(value, inner_parts), separators=(",", ":")).encode()
    except (DigestError, RecursionError):
        return _encode_pickle(value, content)
    parts.update(inner_parts)
    return ("none", b"") if b'"none"' in tree and _has_none(json.loads(tree)) else ("tree", tree)


def _encode_structure(
    value: Any, structure: StructuredForm, content: Digest, parts: Parts
) -> tuple[str, bytes] | None:
    """Return a value as its structure, if it can be put together again exactly."""
    inner_parts: Parts = {}
    try:
        plain = structure.take_apart(value)
        if plain is None or digest(structure.put_together(plain)) != content:
            return None
        tree = _to_json(_tree(plain, inner_parts)).encode()
    except Exception:  # noqa: BLE001 - a library may raise anything; a pickle may do then
        return None
    if b'"none"' in tree and _has_none(json.loads(tree)):
        return None
    parts.update(inner_parts)
    return structure.encoding, tree


def _tree(value: Any, parts: Parts, depth: int = 0) -> Any:
    kind = type(value)
    if depth > _MAX_DEPTH:
        raise RecursionError
    if kind in (list, tuple):
        return [kind.__name__, [_tree(item, parts, depth + 1) for item in value]]
    if kind is dict:
        pairs = value.items()
        return ["dict", [[_tree(part, parts, depth + 1) for part in pair] for pair in pairs]]
    if _plain(value):
        return ["json", value]
    return ["ref", encode(value, digest(value), parts).as_json()]


def _has_none(tree: Any) -> bool:
    tag, body = tree
    if tag == "ref":
        return bool(body[1] == "none")
    if tag == "dict":
        return any(_has_none(k) or _has_none(v) for k, v in body)
    return tag != "json" and any(map(_has_none, body))


def _try_write(write: Writer, value: Any) -> tuple[str, Any] | None:
    try:
        return write(value)
    except Exception:  # noqa: BLE001 - a library may raise anything; a pickle may do then
        return None


def _encode_pickle(value: Any, content: Digest) -> tuple[str, bytes]:
    data = signed_pickle(value, content)
    return ("pickle", data) if data is not None else ("none", b"")


# ---------------------------------------------------------------- reading


def _read_tree(data: bytes, ref: ValueRef, load: BytesLookup) -> Any:
    return _decode_tree(json.loads(data), load)


def _decode_tree(tree: Any, load: BytesLookup) -> Any:
    tag, inner = tree
    if tag == "json":
        return inner
    if tag == "ref":
        return decode(ValueRef.from_json(inner), load)
    if tag == "dict":
        return {_decode_tree(k, load): _decode_tree(v, load) for k, v in inner}
    items = [_decode_tree(item, load) for item in inner]
    return tuple(items) if tag == "tuple" else items


def _file_name(ref: ValueRef) -> str:
    return ref.encoding.partition(":")[2]


def _by_library() -> Iterator[tuple[str, Decoder]]:
    for library in LIBRARIES.values():
        for form, read in library.readers.items():
            yield form, functools.partial(_read_form, read)
        if library.structure is not None:
            yield library.structure.encoding, functools.partial(_read_structure, library.structure)


def _read_form(read: Reader, data: bytes, ref: ValueRef, load: BytesLookup) -> Any:
    return read(data)


def _read_structure(form: StructuredForm, data: bytes, ref: ValueRef, load: BytesLookup) -> Any:
    return form.put_together(_decode_tree(json.loads(data), load))


_DECODERS: Mapping[str, Decoder] = {
    **dict(_by_library()),
    "text": lambda data, ref, load: data.decode("utf-8", "surrogatepass"),
    "bytes": lambda data, ref, load: data,
    "json": lambda data, ref, load: json.loads(data),
    "path": lambda data, ref, load: pathlib.Path(data.decode("utf-8", "surrogateescape")),
    "file": lambda data, ref, load: lay_out_file(_file_name(ref), ref.digest, data),
    "folder": lambda data, ref, load: lay_out_folder(_file_name(ref), ref.digest, data, load),
    "tree": _read_tree,
    "pickle": lambda data, ref, load: load_signed(data, ref.digest),
}
