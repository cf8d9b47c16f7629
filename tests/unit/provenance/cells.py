"""A real IPython shell in this process, and the fingerprint of what its cells define."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.fingerprint import CodeChange, Fingerprint, compare, fingerprint


class Notebook:
    """Runs cells as a notebook does."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def run(self, cell: str) -> None:
        self._shell.run_cell(cell, store_history=True).raise_error()

    def __getitem__(self, name: str) -> Any:
        return self._shell.user_ns[name]

    def fingerprint(self, name: str = "f", **options: Any) -> Fingerprint:
        return fingerprint(Code("function", {"fn": self[name]}, **options))


def changes(before: Fingerprint, after: Fingerprint) -> list[CodeChange]:
    return compare(before.dependencies, after.dependencies)


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    main, hooks = sys.modules["__main__"], (sys.displayhook, sys.excepthook)
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config, colors="nocolor")
    try:
        yield Notebook(shell)
    finally:
        sys.modules["__main__"] = main
        sys.displayhook, sys.excepthook = hooks
        atexit.unregister(shell.atexit_operations)
