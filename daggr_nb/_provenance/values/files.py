"""Files and folders as values: their content is stored, and laid out again when it is read."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
from collections.abc import Callable

import platformdirs

from daggr_nb._ids import Digest
from daggr_nb._provenance.blob import Blob
from daggr_nb._provenance.digest.content import digest
from daggr_nb.errors import DamagedError

BytesLookup = Callable[[Digest], bytes]
_DIGEST = re.compile(r"[0-9a-f]{32}")


def folder_bytes(folder: pathlib.Path, parts: dict[Digest, Blob]) -> bytes:
    """Return what is in a folder, as names with digests; the files' bytes go into ``parts``."""
    listing: list[tuple[str, str | None]] = []
    for path in sorted(folder.rglob("*")):
        content = digest(path) if path.is_file() else None
        if content is not None:
            parts[content] = path.read_bytes()
        listing.append((path.relative_to(folder).as_posix(), content))
    return json.dumps(listing).encode()


def lay_out_file(name: str, content: Digest, data: bytes) -> pathlib.Path:
    """Return a file of that name and content, where nobody overwrites it."""
    path = _cache_path(name, content)
    if not path.is_file() or digest(path) != content:
        draft = _draft(path)
        _write(draft, data)
        draft.replace(path)
    return path


def lay_out_folder(name: str, content: Digest, listing: bytes, load: BytesLookup) -> pathlib.Path:
    """Return a folder of that name and content, where nobody overwrites it."""
    path = _cache_path(name, content)
    if path.is_dir() and digest(path) == content:
        return path
    draft = _draft(path)
    draft.mkdir()
    for inner, part in json.loads(listing):
        relative = pathlib.PurePosixPath(inner)
        if relative.is_absolute() or ".." in relative.parts:
            raise DamagedError(f"Value {content} is a folder with a file outside it: {inner!r}.")
        if part is None:
            (draft / relative).mkdir(parents=True, exist_ok=True)
        else:
            (draft / relative).parent.mkdir(parents=True, exist_ok=True)
            _write(draft / relative, load(part))
    shutil.rmtree(path, ignore_errors=True)
    draft.rename(path)
    return path


def _cache_path(name: str, content: Digest) -> pathlib.Path:
    if not _DIGEST.fullmatch(content):
        raise DamagedError(f"{content!r} is not the digest of a file.")
    folder = pathlib.Path(platformdirs.user_cache_path("daggr_nb")) / "files" / content
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    filename = pathlib.PurePosixPath(name).name
    return folder / (filename if filename not in ("", ".", "..") else "file")


def _draft(path: pathlib.Path) -> pathlib.Path:
    return path.with_name(f".{os.urandom(6).hex()}")


def _write(path: pathlib.Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o400)  # it is a record: work on a copy
