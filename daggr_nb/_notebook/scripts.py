"""Running a script or a notebook for the graph in it, as Python or a kernel would."""

from __future__ import annotations

import json
import os
import pathlib
import sys
import types
from typing import Any

from daggr_nb._notebook.launch import commanded
from daggr_nb._notebook.own_file import run_by_command
from daggr_nb.errors import InputError


def run_file(path: pathlib.Path) -> tuple[dict[str, Any], list[Any]]:
    """Run a ``.py`` or ``.ipynb`` file; return its variables, and the graphs that it launched.

    Raises :class:`~daggr_nb.errors.InputError` for what is neither, and whatever the file raises.
    """
    if not path.is_file():
        raise InputError(f"A script or a notebook was expected, and there is no file {path}.")
    run = {".py": _run_script, ".ipynb": _run_notebook}.get(path.suffix.lower())
    if run is None:
        raise InputError(f"A file that ends in .py or .ipynb was expected, got {path.name!r}.")
    folder = os.fspath(path.resolve().parent)
    if sys.path[:1] != [folder]:
        sys.path.insert(0, folder)
    sys.argv = [os.fspath(path)]
    run_by_command(path)
    with commanded() as launched:
        variables: dict[str, Any] = {}
        try:
            variables = run(path)
        except SystemExit as error:
            if error.code not in (None, 0) or not launched:
                raise InputError(f"{path.name} ended itself with exit({error.code!r}).") from error
        return variables, launched


def _run_script(path: pathlib.Path) -> dict[str, Any]:
    module = types.ModuleType("__main__")
    module.__file__ = os.fspath(path.resolve())
    code = compile(path.read_bytes(), module.__file__, "exec")
    sys.modules["__main__"] = module  # whoever pickles a class of the script looks there
    exec(code, vars(module))
    return vars(module)


def _run_notebook(path: pathlib.Path) -> dict[str, Any]:
    """Run the cells of a notebook in this process; no kernel is started."""
    try:
        from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - only here
    except ModuleNotFoundError as error:
        raise InputError(
            "A notebook needs IPython, which is not installed. Run: pip install ipython"
        ) from error
    shell = InteractiveShell.instance()
    shell.reset(new_session=False)  # type: ignore[no-untyped-call]
    for source in _cells(path):
        result = shell.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]
        if not result.success:
            raise result.error_before_exec or result.error_in_exec
    return dict(shell.user_ns)


def code_of(path: pathlib.Path) -> str:
    """Return the code of a script, or of all cells of a notebook, with their magics as calls."""
    if path.suffix.lower() != ".ipynb":
        return path.read_text("utf-8", "replace")
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415 - notebooks only

    transform = TransformerManager().transform_cell  # type: ignore[no-untyped-call]
    return "\n".join(transform(source) for source in _cells(path))


def _cells(path: pathlib.Path) -> list[str]:
    """Return the texts of the cells of code."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source) for source in code]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path.name} was expected to be a notebook of nbformat 4: {error!r}."
        ) from error
