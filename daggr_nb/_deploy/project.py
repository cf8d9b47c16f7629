"""The files of a project that go to a Space, by its ignore files."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from daggr_nb._deploy.ignores import FILE, Pattern, ignored, pattern, patterns_above, patterns_in
from daggr_nb._provenance.redaction import key_like
from daggr_nb.errors import InputError

_NEVER = frozenset({"__pycache__", "node_modules", "site-packages"})
_ENVIRONMENT = "pyvenv.cfg"
_STORE = "cache.db"
_LOOKED_AT = 2_000_000  # bytes of a text that may hold a key
MOST_FILES, MOST_BYTES = 10_000, 5_000_000_000


@dataclass(frozen=True)
class Project:
    """A folder and its files that go, by their path within it; ``left_out`` are names that do not.

    ``entry`` is the script or notebook with the graph.
    """

    folder: pathlib.Path
    entry: str
    files: Sequence[str]
    left_out: Sequence[str] = ()
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(self.sizes.values())

    def path(self, name: str) -> pathlib.Path:
        """Return where a file of it is."""
        return self.folder / name

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return self.path(name).read_text("utf-8", "replace")


def find_project(
    file: pathlib.Path,
    folder: pathlib.Path | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Project:
    """Return the project of a script or notebook: its folder, unless a larger one is given.

    Left out are files that its ``.gitignore`` names and ``exclude``, hidden ones (such as
    ``.env``), environments, stores of results, and links that lead elsewhere; ``include`` takes
    some in again. Raises :class:`~daggr_nb.errors.InputError` where that cannot go.
    """
    if file.suffix.lower() not in (".py", ".ipynb") or not file.is_file():
        raise InputError(f"A script (.py) or a notebook (.ipynb) was expected, got {file}.")
    top = (folder or file.parent).resolve()
    if not file.resolve().is_relative_to(top):
        raise InputError(f"The folder was expected to hold {file.name}, and {top} does not.")
    walk = _Walk(top, [pattern(each) for each in include], [pattern(each) for each in exclude])
    entry = file.resolve().relative_to(top).as_posix()
    files = sorted({*walk.files(), entry})
    sizes = {name: (top / name).stat().st_size for name in files}
    project = Project(top, entry, files, sorted(walk.left_out), sizes)
    _check(project, walk)
    return project


def _check(project: Project, walk: _Walk) -> None:
    if len(project.files) > MOST_FILES or project.size > MOST_BYTES:
        raise InputError(
            f"{project.folder} has {len(project.files):,} files with {project.size:,} bytes, which "
            f"is more than goes to a Space at once ({MOST_FILES:,} files, {MOST_BYTES:,} bytes). "
            "Leave out what the graph does not need: --exclude PATTERN, or a .gitignore."
        )
    for name in project.files:
        if not walk.includes(name) and _tells_a_key(project, name):
            raise InputError(
                f"{name} looks as if it held a key or a password, and would be on the Hub for "
                "others to read. Take it out, read it from os.environ and hand it over with "
                f"--secret NAME; or say --include {name}, if it is none."
            )


def _tells_a_key(project: Project, name: str) -> bool:
    if project.sizes[name] > _LOOKED_AT:
        return False
    data = project.path(name).read_bytes()
    return b"\x00" not in data[:1024] and any(
        True for _ in key_like(data.decode("utf-8", "replace"))
    )


class _Walk:
    """Goes through a folder and knows what stays behind."""

    def __init__(
        self, top: pathlib.Path, include: Sequence[Pattern], exclude: Sequence[Pattern]
    ) -> None:
        self._top = top
        self._include = include
        self._exclude = exclude
        self.left_out: list[str] = []

    def includes(self, path: str) -> bool:
        """Whether somebody has said that a file goes, or a folder that it is in."""
        parents = [parent.as_posix() for parent in pathlib.PurePosixPath(path).parents][:-1]
        return any(
            each.matches(part, part != path) for each in self._include for part in [path, *parents]
        )

    def files(self) -> Iterator[str]:
        """Yield the files that go."""
        yield from self._below(self._top, "", [*patterns_above(self._top)])

    def _below(self, folder: pathlib.Path, base: str, patterns: Sequence[Pattern]) -> Iterator[str]:
        own = folder / FILE
        if own.is_file():
            patterns = [*patterns, *patterns_in(own.read_text("utf-8", "replace"), base)]
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            path = f"{base}/{entry.name}" if base else entry.name
            is_folder = entry.is_dir()
            if self.includes(path) and not is_folder:
                yield path
            elif self._stays(entry, path, is_folder, patterns):
                self.left_out.append(f"{path}/" if is_folder else path)
                if is_folder and self._include and not entry.is_symlink():
                    yield from filter(self.includes, self._below(folder / entry.name, path, []))
            elif is_folder:
                yield from self._below(folder / entry.name, path, patterns)
            else:
                yield path

    def _stays(
        self, entry: os.DirEntry[str], path: str, is_folder: bool, patterns: Sequence[Pattern]
    ) -> bool:
        if entry.name.startswith(".") or entry.name in _NEVER or entry.name.endswith(".pyc"):
            return True
        place = pathlib.Path(entry.path)
        if entry.is_symlink() and not place.resolve().is_relative_to(self._top):
            return True
        if not is_folder and not entry.is_file():
            return True
        if is_folder and entry.is_symlink():  # what it leads to goes where it is
            return True
        if is_folder and ((place / _ENVIRONMENT).is_file() or (place / _STORE).is_file()):
            return True
        return ignored(path, is_folder, [*patterns, *self._exclude])
