"""Folders for one user alone; files that are there when they are whole."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator


def user_folder(place: Callable[[str], pathlib.Path]) -> pathlib.Path:
    """Return our folder in one of ``platformdirs``; ``OSError`` when this user has no home."""
    try:
        folder = pathlib.Path(place("daggr_nb"))
    except RuntimeError as error:
        raise FileNotFoundError(str(error)) from error
    if not folder.is_absolute():
        raise FileNotFoundError(f"no home folder is known for {str(folder)!r}")
    return folder


def private_folder(path: pathlib.Path) -> None:
    """Make a folder, and those above it that are not there, for nobody but this user."""
    if path.is_dir():
        return
    if path.parent != path:
        private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def written_beside(path: pathlib.Path, *, anew: bool = False) -> Iterator[pathlib.Path]:
    """Hand out a path beside ``path``; what is there at the end takes the place of ``path``.

    If the block does not end well, nothing is left, and ``path`` is what it was. ``anew`` says that
    nothing may be there: raises ``FileExistsError`` then.
    """
    if anew and path.exists():
        raise FileExistsError(path)
    draft = path.with_name(f".daggr_nb-{os.urandom(6).hex()}")
    try:
        yield draft
        if anew and path.exists():  # somebody else was quicker
            raise FileExistsError(path)
        draft.replace(path)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                draft.unlink()
