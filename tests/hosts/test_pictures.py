"""How graphs use their room in a real JupyterLab on a laptop, as ``make pictures`` measures it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.hosts import pictures
from tests.hosts.server import Jupyter

SUBJECTS = {subject.name: subject for subject in pictures.SUBJECTS}
LEAST_USED = 0.6
LEAST_TEXT = 11.0
READABLE = 0.9


@pytest.mark.parametrize(
    "name", ["chain", "retrieval", pytest.param("components", marks=pytest.mark.everywhere)]
)
def test_a_graph_uses_its_room_on_the_first_view_and_after_its_run(
    page: Page, jupyter: Jupyter, name: str
) -> None:
    subject = SUBJECTS[name]
    page.set_viewport_size({"width": 1280, "height": 720})
    try:
        canvas = subject.open(page, jupyter)
        for moment in ("first view", "after the run"):
            if moment == "after the run":
                pictures.run_and_wait(page, canvas)
            seen = pictures.look(canvas.root)
            assert seen["used"] >= LEAST_USED, moment
            assert seen["height"] <= 0.8 * 720 + 1, moment
            if subject.small:
                assert seen["text"] >= LEAST_TEXT - 0.05, (moment, seen["smallest"])
                # Cards are cut only where all of them could not be read.
                assert seen["cut"] == [] or seen["zoom"] == pytest.approx(READABLE), moment
    finally:
        page.set_viewport_size({"width": 1600, "height": 1200})
