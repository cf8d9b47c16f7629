"""Files that are there when they are whole: written beside, then renamed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator


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
