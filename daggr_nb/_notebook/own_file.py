"""Which notebook or script the running code is."""

from __future__ import annotations

import os
import pathlib
import sys
import sysconfig
from collections.abc import Iterator

from daggr_nb._notebook.launch import in_notebook

_commanded: pathlib.Path | None = None


def own_file() -> pathlib.Path | None:
    """Return the notebook or script that runs; ``None`` where the host does not tell.

    Jupyter's server, VS Code, Voila, marimo and Python itself do; Colab, nbconvert and the prompt
    do not.
    """
    for place in _places():
        if place and os.path.isfile(place):
            return pathlib.Path(place).resolve()
    return None


def run_by_command(path: pathlib.Path) -> None:
    """Note which file a command runs in this process."""
    global _commanded
    _commanded = path


def _places() -> Iterator[str]:
    if _commanded is not None:
        yield str(_commanded)
    elif in_notebook():
        shell = sys.modules["IPython"].get_ipython()
        yield str(shell.user_ns.get("__vsc_ipynb_file__") or "")
        if os.environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
            # Its kernels start in the folder of the notebook that the address names.
            name = os.path.basename(os.environ.get("SCRIPT_NAME", ""))
            yield os.path.join(_BEGUN_IN, name)
        else:
            yield os.environ.get("JPY_SESSION_NAME", "")
    else:
        script = getattr(sys.modules.get("__main__"), "__file__", None)
        if isinstance(script, str) and not _is_installed(script):
            yield script


def _is_installed(path: str) -> bool:
    """Whether a path is that of a tool, such as pytest, which runs code of others."""
    folders = sysconfig.get_paths()
    there = pathlib.Path(os.path.abspath(path))
    return any(
        there.is_relative_to(folders[name]) for name in ("scripts", "purelib", "platlib", "stdlib")
    )


_BEGUN_IN = os.getcwd()
