"""Where nodes may put the files that they make, under the name that daggr has for it.

>>> from daggr_nb.state import get_daggr_files_dir
>>> get_daggr_files_dir().is_dir()
True
"""

from __future__ import annotations

import getpass
import pathlib
import tempfile

from daggr_nb._paths import private_folder

__all__ = ["get_daggr_files_dir"]


def get_daggr_files_dir() -> pathlib.Path:
    """Return a folder for files that nodes make, for this user alone.

    What a node returns is kept by its content, so that the file may go, or be written anew. The
    folder is below the system's temporary one, where names that are drawn do not count as content.
    """
    folder = pathlib.Path(tempfile.gettempdir()) / f"daggr_nb-{_user()}" / "made"
    private_folder(folder)
    return folder


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        return "user"
