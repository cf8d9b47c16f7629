"""Installed packages as wheels again: for those that no index has.

A wheel is a zip of what is installed, so that one can be made without a network and without the
tools that built the package.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import pathlib
import re
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from daggr_nb.errors import InputError

_LEFT = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "WHEEL"})
_COMPILED = (".so", ".pyd", ".dylib", ".dll")
_WHEEL = "Wheel-Version: 1.0\nGenerator: daggr_nb\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same package is the same wheel, and not sent again


def canonical(name: str) -> str:
    """Return the name of a distribution as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def origin(distribution: importlib.metadata.Distribution) -> dict[str, Any]:
    """Return where a distribution was installed from, if not from an index (PEP 610)."""
    try:
        data = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def folder_of(distribution: importlib.metadata.Distribution) -> pathlib.Path | None:
    """Return the folder that a distribution is edited in, if it is."""
    place = origin(distribution)
    if not place.get("dir_info", {}).get("editable"):
        return None
    return pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(place["url"]).path))


def write_wheel(
    distribution: importlib.metadata.Distribution,
    modules: Sequence[pathlib.Path],
    folder: pathlib.Path,
) -> pathlib.Path:
    """Write a distribution as a wheel into a folder; return its path.

    ``modules`` are the folders and files of its modules, for one that is edited where it is and so
    has not listed them. Raises :class:`~daggr_nb.errors.InputError` for compiled parts.
    """
    name = re.sub(r"[-_.]+", "_", distribution.metadata["Name"])
    info = f"{name}-{distribution.version}.dist-info"
    contents = dict(_contents(distribution, modules, info))
    compiled = next((path for path in contents if path.endswith(_COMPILED)), None)
    if compiled is not None:
        raise InputError(
            f"{name} {distribution.version} is on no index, and has compiled parts ({compiled}) "
            "that may not run on a Space. Put a wheel of it for Linux into the project, and say so "
            "in a requirements.txt."
        )
    contents[f"{info}/WHEEL"] = _WHEEL.encode()
    path = folder / f"{name}-{distribution.version}-py3-none-any.whl"
    _write(path, contents, f"{info}/RECORD")
    return path


def _contents(
    distribution: importlib.metadata.Distribution, modules: Sequence[pathlib.Path], info: str
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a wheel by their path in it."""
    for path in distribution.files or ():
        inside = ".." not in path.parts and "__pycache__" not in path.parts
        is_info = path.parts[0].endswith(".dist-info")
        if not inside or path.name.endswith(".pth") or (modules and not is_info):
            continue
        if is_info and path.name in _LEFT:
            continue
        parts = (info, *path.parts[1:]) if is_info else path.parts
        place = pathlib.Path(str(path.locate()))
        if place.is_file():
            yield "/".join(parts), place.read_bytes()
    for module in modules:
        files = [module] if module.is_file() else sorted(module.rglob("*"))
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(module.parent).as_posix(), file.read_bytes()


def _write(path: pathlib.Path, contents: Mapping[str, bytes], record: str) -> None:
    lines = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:

        def add(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, data, zipfile.ZIP_DEFLATED)

        for name, data in sorted(contents.items()):
            add(name, data)
            content = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={content},{len(data)}\n")
        add(record, "".join([*lines, f"{record},,\n"]).encode())
