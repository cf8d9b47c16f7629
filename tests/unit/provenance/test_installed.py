"""What counts as a package, by version, and what is the person's own code, by content."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from daggr_nb._provenance.packages import installed


def module(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> object:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text("def clean(text): return text.strip()\n")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    loaded = importlib.import_module(name)
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, name, loaded)
    return loaded


@pytest.mark.parametrize(
    "folder",
    ["env/lib/python3.11/site-packages", "usr/local/lib/python3.11/dist-packages"],
)
def test_packages_of_another_environment_are_installed(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"tool_{folder.rpartition('/')[2].replace('-', '_')}"
    assert installed(module(tmp_path / folder, name, monkeypatch))


def test_what_pip_put_into_any_folder_is_installed_and_what_lies_beside_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "libs" / "tool_of_pip-1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tool-of-pip\nVersion: 1.2\n")
    (about / "RECORD").write_text("tool_of_pip.py,,\ntool_of_pip-1.2.dist-info/METADATA,,\n")
    assert installed(module(tmp_path / "libs", "tool_of_pip", monkeypatch))
    assert not installed(module(tmp_path / "libs", "tool_of_mine", monkeypatch))


def test_a_folder_of_the_person_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not installed(module(tmp_path / "project", "tool_beside", monkeypatch))
