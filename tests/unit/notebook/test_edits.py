"""Every edit turns stale what it must, says why, and leaves the rest alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.notebook.edit_cases import EDITS, UNDECIDABLE
from tests.unit.notebook.edits import judge


@pytest.mark.parametrize("what", EDITS)
def test_edit(what: str, tmp_path: Path) -> None:
    edit = EDITS[what]
    if edit.needs:
        pytest.importorskip(edit.needs)
    verdict, said = judge(edit, tmp_path)
    assert verdict.right, (verdict, edit.stale, said)


@pytest.mark.parametrize("what", UNDECIDABLE)
def test_what_nobody_can_decide_is_on_the_list(what: str, tmp_path: Path) -> None:
    """What is noticed after all belongs among the edits."""
    verdict, _ = judge(UNDECIDABLE[what], tmp_path)
    assert verdict.false_fresh == ("edited", "below")
