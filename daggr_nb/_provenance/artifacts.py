"""Values as bytes: each kind in its natural form, and back.

Text and bytes are kept raw, plain data as JSON, arrays as npy, pictures as PNG, files as their
content. Containers of such values are a tree that refers to their parts, each stored once. What
has no form of its own is pickled and signed; a pickle without this user's signature is not loaded.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import pathlib
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import platformdirs

from daggr_nb._ids import Digest
from daggr_nb._provenance.digest import digest
from daggr_nb.errors import DamagedError, DigestError, UntrustedError

_INLINE = 512
_to_json = json.JSONEncoder(separators=(",", ":")).encode
_SIGNATURE = 32
_PNG_MODES = frozenset({"1", "L", "LA", "RGB", "RGBA"})
_SCALARS = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class ValueRef:
    """A stored value: its digest, how it is encoded, and its bytes when they are few.

    ``encoding`` is ``"none"`` for a value that lives in this kernel only.
    """

    digest: Digest
    encoding: str
    inline: str | None = None

    def as_json(self) -> list[Any]:
        """Return the form in which records keep a reference."""
        return [self.digest, self.encoding, self.inline]

    @staticmethod
    def from_json(parts: list[Any]) -> ValueRef:
        """Return the reference that :meth:`as_json` wrote."""
        return ValueRef(Digest(parts[0]), parts[1], parts[2])


Parts = dict[Digest, bytes]
Load = Callable[[Digest], bytes]


def encode(value: Any, content: Digest, parts: Parts) -> ValueRef:
    """Return a reference to ``value``; bytes too long for it are put into ``parts`` by digest."""
    encoding, data = _encoded(value, parts)
    if encoding == "none":
        return ValueRef(content, encoding)
    if len(data) <= _INLINE and encoding in ("text", "json"):
        return ValueRef(content, encoding, data.decode("utf-8", "surrogatepass"))
    parts[content] = data
    return ValueRef(content, encoding)


def decode(ref: ValueRef, load: Load) -> Any:
    """Return the value behind ``ref``, reading bytes with ``load``.

    Raises :class:`~daggr_nb.errors.DamagedError` when they are missing or make no sense, and
    :class:`~daggr_nb.errors.UntrustedError` for a pickle that this user did not write.
    """
    if ref.encoding == "none":
        raise DamagedError(f"Value {ref.digest} lived in another kernel and was not stored.")
    data = _bytes(ref, load)
    reader = _DECODERS.get(ref.encoding.partition(":")[0])
    if reader is None:
        raise DamagedError(f"Value {ref.digest} has the unknown encoding {ref.encoding!r}.")
    try:
        return reader(data, ref, load)
    except (DamagedError, UntrustedError):
        raise
    except Exception as error:
        raise DamagedError(
            f"Value {ref.digest} ({ref.encoding}) cannot be read: {error}"
        ) from error


def _bytes(ref: ValueRef, load: Load) -> bytes:
    if ref.inline is not None:
        return ref.inline.encode("utf-8", "surrogatepass")
    return load(ref.digest)


# ---------------------------------------------------------------- writing


def _encoded(value: Any, parts: Parts) -> tuple[str, bytes]:
    kind = type(value)
    if kind is str:
        return "text", value.encode("utf-8", "surrogatepass")
    if kind is bytes:
        return "bytes", value
    if _plain(value):
        return "json", _to_json(value).encode()
    if kind in (list, tuple, dict):
        return _encode_tree(value, parts)
    if isinstance(value, pathlib.PurePath) and pathlib.Path(value).is_file():
        return f"file:{value.name}", pathlib.Path(value).read_bytes()
    named = _WRITERS.get((kind.__module__.partition(".")[0], _base_name(kind)))
    found = named(value) if named is not None else None
    return found if found is not None else _encode_pickle(value)


def _base_name(kind: type) -> str:
    """The name of the class just above ``object`` for a picture, else the type's own."""
    return "Image" if kind.__module__.startswith("PIL.") else kind.__qualname__


def _plain(value: Any, depth: int = 0) -> bool:
    """Whether JSON gives ``value`` back exactly."""
    kind = type(value)
    if kind in (str, int, float, bool, type(None)):
        return True
    if depth > 50:
        return False
    if kind is list:
        return all(_plain(item, depth + 1) for item in value)
    if kind is dict:
        return all(type(k) is str and _plain(v, depth + 1) for k, v in value.items())
    return False


def _encode_tree(value: Any, parts: Parts) -> tuple[str, bytes]:
    try:
        tree = _to_json(_tree(value, parts)).encode()
    except (DigestError, RecursionError):
        return _encode_pickle(value)
    return ("none", b"") if b'"none"' in tree and _has_none(json.loads(tree)) else ("tree", tree)


def _tree(value: Any, parts: Parts) -> Any:
    kind = type(value)
    if kind in (list, tuple):
        return [kind.__name__, [_tree(item, parts) for item in value]]
    if kind is dict:
        return ["dict", [[_tree(k, parts), _tree(v, parts)] for k, v in value.items()]]
    if isinstance(value, _SCALARS) and kind in _SCALARS:
        return ["json", value]
    return ["ref", encode(value, digest(value), parts).as_json()]


def _has_none(tree: Any) -> bool:
    tag, body = tree
    if tag == "ref":
        return bool(body[1] == "none")
    if tag == "dict":
        return any(_has_none(k) or _has_none(v) for k, v in body)
    return tag != "json" and any(map(_has_none, body))


def _write_array(value: Any) -> tuple[str, bytes] | None:
    if value.dtype.hasobject:
        return None
    import numpy  # noqa: PLC0415 - loaded already, or needed now

    buffer = io.BytesIO()
    numpy.lib.format.write_array(buffer, value, allow_pickle=False)
    return "npy", buffer.getvalue()


def _write_image(value: Any) -> tuple[str, bytes] | None:
    if value.mode not in _PNG_MODES or 0 in value.size:
        return None
    from PIL import Image  # noqa: PLC0415 - loaded already, or needed now

    buffer = io.BytesIO()
    bare = Image.frombytes(value.mode, value.size, value.tobytes())
    bare.save(buffer, "png", compress_level=1)
    return "png", buffer.getvalue()


_WRITERS: Mapping[tuple[str, str], Callable[[Any], tuple[str, bytes] | None]] = {
    ("numpy", "ndarray"): _write_array,
    ("PIL", "Image"): _write_image,
}


def _encode_pickle(value: Any) -> tuple[str, bytes]:
    try:
        data = pickle.dumps(value, protocol=5)
    except Exception:  # noqa: BLE001 - a foreign __reduce__ may raise anything
        return "none", b""
    return "pickle", _sign(data) + data


# ---------------------------------------------------------------- reading


def _read_array(data: bytes, ref: ValueRef, load: Load) -> Any:
    import numpy  # noqa: PLC0415 - loaded already, or needed now

    return numpy.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def _read_image(data: bytes, ref: ValueRef, load: Load) -> Any:
    from PIL import Image  # noqa: PLC0415 - loaded already, or needed now

    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.copy()


def _read_file(data: bytes, ref: ValueRef, load: Load) -> Any:
    """Lay the file out again, under its own name, where nobody overwrites it."""
    folder = pathlib.Path(platformdirs.user_cache_path("daggr_nb")) / "files" / ref.digest
    path = folder / pathlib.PurePath(ref.encoding.partition(":")[2]).name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{os.getpid()}-{path.name}")
        draft.write_bytes(data)
        draft.replace(path)
    return path


def _read_tree(data: bytes, ref: ValueRef, load: Load) -> Any:
    return _grow(json.loads(data), load)


def _grow(tree: Any, load: Load) -> Any:
    tag, inner = tree
    if tag == "json":
        return inner
    if tag == "ref":
        return decode(ValueRef.from_json(inner), load)
    if tag == "dict":
        return {_grow(k, load): _grow(v, load) for k, v in inner}
    items = [_grow(item, load) for item in inner]
    return tuple(items) if tag == "tuple" else items


def _read_pickle(data: bytes, ref: ValueRef, load: Load) -> Any:
    signature, body = data[:_SIGNATURE], data[_SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(body)):
        raise UntrustedError(
            f"Value {ref.digest} is a pickle without your signature, so it was not loaded: a "
            "pickle can run anything. Run the node again to make the value here."
        )
    try:
        return pickle.loads(body)  # noqa: S301 - signed by this user
    except AttributeError as error:
        raise DamagedError(
            f"Value {ref.digest} needs a class that is not defined yet ({error}). Run the cell "
            "that defines it first."
        ) from error


_DECODERS: Mapping[str, Callable[[bytes, ValueRef, Load], Any]] = {
    "text": lambda data, ref, load: data.decode("utf-8", "surrogatepass"),
    "bytes": lambda data, ref, load: data,
    "json": lambda data, ref, load: json.loads(data),
    "npy": _read_array,
    "png": _read_image,
    "file": _read_file,
    "tree": _read_tree,
    "pickle": _read_pickle,
}


# ---------------------------------------------------------------- signing


def _sign(data: bytes) -> bytes:
    return hmac.new(_signing_key(), data, hashlib.sha256).digest()


def _signing_key() -> bytes:
    path = pathlib.Path(platformdirs.user_config_path("daggr_nb")) / "signing.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{os.getpid()}.key")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
        try:
            os.link(draft, path)  # the first kernel wins; the others use its key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
