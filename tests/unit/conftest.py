"""What unit tests share: a test leaves no session at work, and IPython has a folder of its own."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from daggr_nb._engine.session.session import Session


@pytest.fixture(autouse=True, scope="session")
def frozen_imports() -> None:
    """Spare the collector what was imported: tests that count objects collect many times."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def ipython_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the history of shells and kernels out of the person's own, and of other workers'."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield


@pytest.fixture(autouse=True)
def sessions_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End the sessions that a test began: each would be asked after every cell of later tests."""
    begun: weakref.WeakSet[Session] = weakref.WeakSet()
    begin = Session.__init__

    def noted(session: Session, *arguments: Any, **options: Any) -> None:
        begin(session, *arguments, **options)
        begun.add(session)

    monkeypatch.setattr(Session, "__init__", noted)
    yield
    for session in list(begun):
        session.close()
