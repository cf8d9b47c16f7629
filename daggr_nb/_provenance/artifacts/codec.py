"""Values as bytes: each kind in its natural form, and back.

Text and bytes are kept raw, plain data and Plotly's figures as JSON, arrays as npy, tensors as
safetensors, frames by column, pictures as PNG or their pixels, files as their content. Containers
of such values are a tree that refers to their parts, each stored once. What has no form of its own
is pickled and signed; a pickle without this user's signature is not loaded. Files in it are stored
beside it.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from daggr_nb._ids import Digest
from daggr_nb._json import decode_json
from daggr_nb._provenance.artifacts.signing import load_signed, signed_pickle
from daggr_nb._provenance.blob import Blob
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.folders import Folder
from daggr_nb._provenance.digest.places import path_at, place_of
from daggr_nb._provenance.values.files import (
    BytesLookup,
    FileLookup,
    file_bytes,
    folder_bytes,
    read_file,
    read_folder,
)
from daggr_nb._provenance.values.libraries import LIBRARIES
from daggr_nb._provenance.values.library import Library, Reader, StructuredForm, Writer
from daggr_nb._provenance.values.numpy import map_array
from daggr_nb.errors import DamagedError, DigestError, StoreError, is_interrupt, text_of

_INLINE = 512
_to_json = json.JSONEncoder(separators=(",", ":")).encode
_MAX_DEPTH = 50
_DEEP = 4  # levels, below which a container that is met again is not written again
_NO_LIBRARY = Library()
_MAX_INT_BITS = 10_000  # bits; longer integers cannot be written in decimal
_UNVERIFIED = frozenset(
    {
        "pickle",  # which is signed for its digest
        "path",  # of what was not there, and may have come since
    }
)
"""Encodings whose values need not have the digest that they are found by."""

STRUCTURES = frozenset({"tree"}).union(
    library.structure.encoding for library in LIBRARIES.values() if library.structure is not None
)
"""Encodings of values that refer to their parts."""


_BETWEEN = "|"  # the names of classes


def joined_classes(names: Iterable[str]) -> str:
    """Return names of classes, with digests of their code or not, as a reference keeps them."""
    return _BETWEEN.join(names)


class ValueRef(NamedTuple):
    """A stored value: its digest, how it is encoded, and its bytes when they are few.

    ``encoding`` is ``"none"`` for a value that lives in this kernel only. There are many of these:
    a tuple of texts is quick to make, and the garbage collector passes it over. ``classes`` names
    the person's own classes in it, and the digests of their code for who has consumed it.
    """

    digest: Digest
    encoding: str
    inline: str | None = None
    classes: str = ""

    def class_names(self) -> list[str]:
        """Return the names of the person's own classes in the value."""
        return [name for name, _, _ in self._class_entries()]

    def class_digests(self) -> dict[str, Digest]:
        """Return the digests of the code of its classes, by name, as far as they are known."""
        return {name: Digest(content) for name, _, content in self._class_entries() if content}

    def _class_entries(self) -> Iterator[tuple[str, str, str]]:
        entries = self.classes.split(_BETWEEN) if self.classes else ()
        yield from (entry.partition("=") for entry in entries)

    def as_json(self) -> list[Any]:
        """Return the form in which records keep a reference."""
        return list(self if self.classes else self[:3])

    @staticmethod
    def from_json(parts: list[Any]) -> ValueRef:
        """Return the reference that :meth:`as_json` wrote."""
        return ValueRef(*parts)


class Source(NamedTuple):
    """Where stored bytes come from, ``find`` being where some have a file of their own.

    ``copies`` tells which files are not the originals, and why.
    """

    load: BytesLookup
    copies: list[str]
    find: FileLookup


Parts = dict[Digest, Blob]
Decoder = Callable[[bytes, ValueRef, Source], Any]
_FILES = ":files"  # the end of an encoding that says there are files among the parts


def holds_files(ref: ValueRef) -> bool:
    """Whether a value is a file or a folder, or has one in it, which others may change."""
    encoding = ref.encoding
    return encoding.startswith(("file:", "folder:", "object")) or encoding.endswith(_FILES)


def encode(value: Any, content: Digest, parts: Parts) -> ValueRef:
    """Return a reference to ``value``; bytes too long for it are put into ``parts`` by digest.

    What cannot be written, whatever it does meanwhile, is not stored.
    """
    try:
        encoding, data = _encode_by_type(value, content, parts)
    except StoreError:
        raise
    except BaseException as error:  # a foreign __reduce__ may raise anything
        if is_interrupt(error):
            raise
        encoding, data = "none", b""
    if encoding == "none":
        return ValueRef(content, encoding)
    short = isinstance(data, bytes) and len(data) <= _INLINE
    if short and encoding in ("text", "json") and _is_unicode(data):
        return ValueRef(content, encoding, data.decode())
    parts[content] = data
    return ValueRef(content, encoding)


def decode(
    ref: ValueRef,
    load: BytesLookup,
    file: FileLookup | None = None,
    copies: list[str] | None = None,
    find: FileLookup | None = None,
) -> Any:
    """Return the value behind ``ref``, reading bytes with ``load``.

    An array that ``file`` finds in a file of its own is mapped into memory, not read. ``copies``
    gets a few words for every file that is a copy, as the original is not what it was. ``find``,
    by default ``file``, says where the content of files is to be copied from.

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
    source = Source(load, [] if copies is None else copies, find or file or (lambda content: None))
    try:
        value = map_array(path) if path is not None else reader(data, ref, source)
        is_intact = form in _UNVERIFIED or digest(value) == ref.digest
    except StoreError:
        raise
    except BaseException as error:  # a foreign __setstate__ may raise anything
        if is_interrupt(error):
            raise
        raise DamagedError(
            f"Value {ref.digest} ({ref.encoding}) cannot be read: {text_of(error)}. "
            "Run the node again."
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
    return form if form is not None else _encode_pickle(value, content, parts)


def _base_name(kind: type) -> str:
    """The name of the class just above ``object`` for a picture, else the type's own."""
    return "Image" if kind.__module__.startswith("PIL.") else kind.__qualname__


def _plain(value: Any, depth: int = 0, seen: set[int] | None = None) -> bool:
    """Whether JSON gives ``value`` back exactly, in about the room that it takes.

    ``seen`` are containers far down: what is there twice may be there a million times.
    """
    kind = type(value)
    if kind is str:
        return value.isascii() or _is_unicode(value.encode("utf-8", "surrogatepass"))
    if kind is int:
        return bool(value.bit_length() < _MAX_INT_BITS)
    if kind in (float, bool, type(None)):
        return True
    if depth > _MAX_DEPTH:
        return False
    if kind is not list and kind is not dict:
        return False
    seen = set() if seen is None else seen
    if _met_again(value, depth, seen):
        return False
    if kind is list:
        return all(_plain(item, depth + 1, seen) for item in value)
    return all(
        type(k) is str and _plain(k) and _plain(v, depth + 1, seen) for k, v in value.items()
    )


def _met_again(value: Any, depth: int, seen: set[int]) -> bool:
    """Whether a container far down is in its value twice; an empty one does no harm."""
    if depth < _DEEP or not value:
        return False
    if id(value) in seen:
        return True
    seen.add(id(value))
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
        return f"file:{value.name}", file_bytes(value, parts)
    if isinstance(value, Folder) and value.is_dir():
        return f"folder:{value.name}", folder_bytes(value, parts)
    place = place_of(value, drawn=False)
    return "path", json.dumps([str(value), place]).encode()


def _encode_tree(value: Any, content: Digest, parts: Parts) -> tuple[str, bytes]:
    inner_parts: Parts = {}
    try:
        tree = json.dumps(_tree(value, inner_parts), separators=(",", ":")).encode()
    except (DigestError, RecursionError):
        return _encode_pickle(value, content, parts)
    parts.update(inner_parts)
    return _encoded_tree("tree", tree) or ("none", b"")


def _encoded_tree(encoding: str, tree: bytes) -> tuple[str, bytes] | None:
    """Return a tree with its encoding, which tells of files; nothing if a part is not stored."""
    refs: list[ValueRef] = []
    if b'"none"' in tree or b'"file:' in tree or b'"folder:' in tree or b'"object"' in tree:
        refs = list(_refs(decode_json(tree)))
    if any(ref.encoding == "none" for ref in refs):
        return None
    return encoding + (_FILES if any(map(holds_files, refs)) else ""), tree


def _encode_structure(
    value: Any, structure: StructuredForm, content: Digest, parts: Parts
) -> tuple[str, bytes] | None:
    """Return a value as its structure, if it can be put together again exactly."""
    inner_parts: Parts = {}
    try:
        plain = structure.take_apart(value)
        if plain is None:
            return None
        again = structure.put_together(plain)
        if not structure.same(value, again) and digest(again) != content:
            return None
        tree = _to_json(_tree(plain, inner_parts)).encode()
    except BaseException as error:  # a library may raise anything; a pickle may do then
        if is_interrupt(error):
            raise
        return None
    form = _encoded_tree(structure.encoding, tree)
    if form is not None:
        parts.update(inner_parts)
    return form


def _tree(value: Any, parts: Parts, depth: int = 0, seen: set[int] | None = None) -> Any:
    kind = type(value)
    seen = set() if seen is None else seen
    if depth > _MAX_DEPTH or (kind in (list, tuple, dict) and _met_again(value, depth, seen)):
        raise RecursionError
    if kind in (list, tuple):
        return [kind.__name__, [_tree(item, parts, depth + 1, seen) for item in value]]
    if kind is dict:
        pairs = value.items()
        return ["dict", [[_tree(part, parts, depth + 1, seen) for part in pair] for pair in pairs]]
    if _plain(value):
        return ["json", value]
    return ["ref", encode(value, digest(value), parts).as_json()]


def _refs(tree: Any) -> Iterator[ValueRef]:
    """Yield the references in a tree."""
    tag, body = tree
    if tag == "ref":
        yield ValueRef.from_json(body)
    elif tag == "dict":
        yield from (ref for pair in body for part in pair for ref in _refs(part))
    elif tag != "json":
        yield from (ref for part in body for ref in _refs(part))


def _try_write(write: Writer, value: Any) -> tuple[str, Any] | None:
    try:
        return write(value)
    except BaseException as error:  # a library may raise anything; a pickle may do then
        if is_interrupt(error):
            raise
        return None


def _encode_pickle(value: Any, content: Digest, parts: Parts) -> tuple[str, bytes]:
    """Return a value as a pickle; with files in it, as a list of the pickle and the files."""
    files: list[ValueRef] = []
    inner_parts: Parts = {}

    def file_part(path: pathlib.Path) -> tuple[int, Digest] | None:
        if not (path.is_file() or (isinstance(path, Folder) and path.is_dir())):
            return None
        files.append(encode(path, digest(path), inner_parts))
        return len(files), files[-1].digest

    data = signed_pickle(value, content, file_part)
    if data is None:
        return "none", b""
    if not files:
        return "pickle", data
    body = digest(data)
    parts.update(inner_parts)
    parts[body] = data
    refs = [ValueRef(body, "bytes"), *files]
    return "object", _to_json(["list", [["ref", ref.as_json()] for ref in refs]]).encode()


# ---------------------------------------------------------------- reading


def _read_tree(data: bytes, ref: ValueRef, source: Source) -> Any:
    return _decode_tree(decode_json(data), source)


def _decode_tree(tree: Any, source: Source) -> Any:
    tag, inner = tree
    if tag == "json":
        return inner
    if tag == "ref":
        return decode(ValueRef.from_json(inner), source.load, None, source.copies, source.find)
    if tag == "dict":
        return {_decode_tree(k, source): _decode_tree(v, source) for k, v in inner}
    items = [_decode_tree(item, source) for item in inner]
    return tuple(items) if tag == "tuple" else items


def _read_object(data: bytes, ref: ValueRef, source: Source) -> Any:
    body, *files = _refs(decode_json(data))

    def file_part(index: int, content: Digest) -> Any:
        part = files[index - 1]
        if part.digest != content:
            raise DamagedError(f"Value {ref.digest} has another file than was stored with it.")
        return decode(part, source.load, None, source.copies, source.find)

    return load_signed(source.load(body.digest), ref.digest, file_part)


def _read_path(data: bytes) -> pathlib.Path:
    given, place = decode_json(data)
    return path_at(place, given)


def _by_library() -> Iterator[tuple[str, Decoder]]:
    for library in LIBRARIES.values():
        for form, read in library.readers.items():
            yield form, functools.partial(_read_form, read)
        if library.structure is not None:
            yield library.structure.encoding, functools.partial(_read_structure, library.structure)


def _read_form(read: Reader, data: bytes, ref: ValueRef, source: Source) -> Any:
    return read(data)


def _read_structure(form: StructuredForm, data: bytes, ref: ValueRef, source: Source) -> Any:
    return form.put_together(_decode_tree(decode_json(data), source))


_DECODERS: Mapping[str, Decoder] = {
    **dict(_by_library()),
    "text": lambda data, ref, source: data.decode("utf-8", "surrogatepass"),
    "bytes": lambda data, ref, source: data,
    "json": lambda data, ref, source: decode_json(data),
    "path": lambda data, ref, source: _read_path(data),
    "file": lambda data, ref, source: read_file(data, ref.digest, *source),
    "folder": lambda data, ref, source: read_folder(data, ref.digest, *source),
    "tree": _read_tree,
    "object": _read_object,
    "pickle": lambda data, ref, source: load_signed(data, ref.digest),
}
