"""Files and folders as values: their content is stored, and laid out again when it is read.

What is read again is the original where that still has the recorded content, else a copy. Beside a
copy stands a text that says where the original was, so that both have one digest.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Callable

import platformdirs
import xxhash

from daggr_nb._ids import Digest
from daggr_nb._json import decode_json
from daggr_nb._paths import private_folder, user_folder
from daggr_nb._provenance.blob import Blob, FileContent
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.folders import Folder, entries
from daggr_nb._provenance.digest.paths import file_digest
from daggr_nb._provenance.digest.places import PLACE, path_at, place_of
from daggr_nb.errors import DamagedError, DigestError

logger = logging.getLogger("daggr_nb")

BytesLookup = Callable[[Digest], bytes]
FileLookup = Callable[[Digest], "pathlib.Path | None"]
_SHORT = 1 << 20  # bytes of a file that are taken as they are
_DIGEST = re.compile(r"[0-9a-f]{32}")


def file_bytes(path: pathlib.Path, parts: dict[Digest, Blob]) -> bytes:
    """Return where a file is, with the digest of its bytes, which go into ``parts``."""
    content = _put(path, parts)
    return json.dumps(
        {"path": os.fspath(path), "place": place_of(path), "content": content}
    ).encode()


def folder_bytes(folder: Folder, parts: dict[Digest, Blob]) -> bytes:
    """Return where a folder is and what is in it; the files' bytes go into ``parts``."""
    listing: list[tuple[str, str, str]] = []
    for entry in entries(folder):
        detail = entry.target
        if entry.kind == "file":
            detail = _put(entry.path, parts)
        listing.append((entry.kind, entry.name, detail))
    return json.dumps(
        {
            "path": os.fspath(folder),
            "place": place_of(folder),
            "patterns": folder.patterns,
            "budget": [folder.files, folder.megabytes, folder.milliseconds],
            "listing": listing,
        }
    ).encode()


def read_file(
    data: bytes, content: Digest, load: BytesLookup, copies: list[str], find: FileLookup
) -> pathlib.Path:
    """Return the file that :func:`file_bytes` wrote down; a copy is told in ``copies``."""
    fields = decode_json(data)
    original = path_at(fields["place"], fields["path"])
    if _stands(original, content):
        return original
    copies.append(_what_became_of(original))
    copy = _copy_path(original.name, content, fields["place"])
    if not _stands(copy, content):
        draft = _draft(copy)
        _write(draft, fields["content"], load, find)
        draft.replace(copy)
    return copy


def read_folder(
    data: bytes, content: Digest, load: BytesLookup, copies: list[str], find: FileLookup
) -> Folder:
    """Return the folder that :func:`folder_bytes` wrote down; a copy is told in ``copies``."""
    fields = decode_json(data)
    files, megabytes, milliseconds = fields["budget"]

    def chosen(path: pathlib.Path) -> Folder:
        budget = {"files": files, "megabytes": megabytes, "milliseconds": milliseconds}
        return Folder(path, *fields["patterns"], **budget)

    original = chosen(path_at(fields["place"], fields["path"]))
    if _stands(original, content):
        return original
    copies.append(_what_became_of(original))
    copy = chosen(_copy_path(original.name, content, fields["place"]))
    if _stands(copy, content):
        return copy
    draft = _draft(copy)
    draft.mkdir()
    # Links come last, so that nothing is written through them.
    for kind, inner, detail in sorted(fields["listing"], key=lambda row: row[0] == "link"):
        target = draft / _inner(inner, content)
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == "folder":
            target.mkdir(exist_ok=True)
        elif kind == "link":
            target.symlink_to(detail)
        else:
            _write(target, detail, load, find)
    shutil.rmtree(copy, ignore_errors=True)
    draft.rename(copy)
    return copy


class FileDraft:
    """A file that comes from elsewhere, block by block, until its content gives it a place.

    There it is kept beside the files of the store, read-only; it counts by content and suffix, as
    files with drawn names do. :meth:`drop` leaves nothing behind of one that was not kept.
    """

    def __init__(self, name: str) -> None:
        self._name = _plain_name(name)
        folder = _copies_in(platformdirs.user_cache_path)
        self._path = folder / f".{os.urandom(6).hex()}"
        self._file = open(self._path, "xb")  # noqa: SIM115 - closed by keep or drop
        self._hash = xxhash.xxh3_128()

    def write(self, block: bytes) -> None:
        """Take the next bytes."""
        self._file.write(block)
        self._hash.update(block)

    def keep(self) -> pathlib.Path:
        """Return the file at its place."""
        self._file.close()
        self._hash.update(b"\0" + self._name.encode("utf-8", "surrogateescape"))
        suffix = pathlib.PurePosixPath(self._name).suffix
        place = _copy_path(self._name, Digest(self._hash.hexdigest()), f"temporary:{suffix}")
        self._path.chmod(0o400)
        self._path.replace(place)
        return place

    def drop(self) -> None:
        """Let go of what was not kept."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _plain_name(name: str) -> str:
    """Return the last part of a foreign name, short enough for any disk, with its ending."""
    plain = (
        re.sub(r"[\x00-\x1f]", "_", name.replace("\\", "/").rpartition("/")[2]).strip() or "file"
    )
    stem, dot, suffix = plain.rpartition(".")
    ending = f"{dot}{suffix}" if stem and len(suffix) <= 12 else ""
    body = plain[: len(plain) - len(ending)] if ending else plain
    return body.encode("utf-8", "replace")[:180].decode("utf-8", "ignore") + ending


def _put(path: pathlib.Path, parts: dict[Digest, Blob]) -> Digest:
    """Put a file's content into ``parts``: itself if it is short, else where it is to be had."""
    if path.stat().st_size > _SHORT:
        content = Digest(file_digest(path).hex())
        parts[content] = FileContent(path.absolute(), content)
        return content
    data = path.read_bytes()
    content = Digest(xxhash.xxh3_128_hexdigest(data))
    parts[content] = data
    return content


def _stands(path: pathlib.Path, content: Digest) -> bool:
    try:
        return path.exists() and digest(path) == content
    except (DigestError, OSError):
        return False


def _what_became_of(original: pathlib.Path) -> str:
    gone = not os.path.lexists(original)
    return f"{original.name} is gone" if gone else f"{original.name} has changed since"


def _inner(name: str, content: Digest) -> pathlib.PurePosixPath:
    relative = pathlib.PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise DamagedError(f"Value {content} is a folder with a file outside it: {name!r}.")
    return relative


def _copy_path(name: str, content: Digest, place: str) -> pathlib.Path:
    if not _DIGEST.fullmatch(content):
        raise DamagedError(f"{content!r} is not the digest of a file.")
    folder = _copies_in(platformdirs.user_cache_path) / content
    private_folder(folder)
    note = folder / PLACE
    draft = _draft(note)
    draft.write_text(place, encoding="utf-8", errors="surrogateescape")
    draft.replace(note)
    filename = pathlib.PurePosixPath(name).name
    return folder / (filename if filename not in ("", ".", "..", PLACE) else "file")


def _copies_in(place: Callable[[str], pathlib.Path]) -> pathlib.Path:
    """Return the folder for copies; one for this kernel alone where there is no such place."""
    try:
        folder = user_folder(place) / "files"
        private_folder(folder)
        if os.access(folder, os.W_OK):
            return folder
        raise PermissionError(f"{folder} cannot be written to")
    except OSError as error:
        return _own_folder(str(error))


@functools.cache
def _own_folder(reason: str) -> pathlib.Path:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="daggr_nb-")) / "files"
    logger.warning("Files from the store are laid out in %s: %s", folder, reason)
    return folder


def _draft(path: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(path).with_name(f".{os.urandom(6).hex()}")


def _write(path: pathlib.Path, content: Digest, load: BytesLookup, find: FileLookup) -> None:
    stored = find(content)
    if stored is None:
        path.write_bytes(load(content))
    else:
        shutil.copyfile(stored, path)
    path.chmod(0o400)  # it is a record: work on a copy
