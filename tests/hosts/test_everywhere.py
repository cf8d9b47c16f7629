"""The scenario in one host of each kind; `make hosts` plays it in all, and keeps the table."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.hosts import matrix
from tests.hosts.everywhere import HOSTS, ColabLike, Servers
from tests.hosts.scenario import play

LATER = """
import threading

def change():
    for times in (3, 4, 5):
        time.sleep(0.1)
        graph.inputs["greet__times"] = times

threading.Thread(target=change).start()
"""


NOTEBOOK_7 = pytest.param("Notebook 7", marks=pytest.mark.everywhere)  # see test_notebook7


FEW = pytest.param("Colab-like page, few messages", marks=pytest.mark.everywhere)  # see below


@pytest.mark.parametrize("name", [NOTEBOOK_7, "Voila", FEW])
def test_a_host_does_what_the_table_says(name: str, page: Page, servers: Servers) -> None:
    with HOSTS[name](page, servers) as host:
        assert dict(play(host)) == matrix.recorded()[name]["steps"]


def test_few_messages_are_few(page: Page, servers: Servers) -> None:
    """What a cell says once it is over is withheld, and the heartbeat repairs it."""
    with HOSTS["Colab-like page, few messages"](page, servers) as host:
        assert isinstance(host, ColabLike)
        canvas = host.show()
        asked = page.evaluate("counts.asked")
        page.wait_for_function("asked => counts.asked > asked", arg=asked)  # a heartbeat
        host.execute(LATER)
        canvas.expect_slider("times", "5")
        assert page.evaluate("counts.withheld") > 0


def test_the_readme_has_the_table_of_the_last_full_run() -> None:
    readme = matrix.README.read_text(encoding="utf-8")
    assert matrix.with_table(readme, matrix.recorded()) == readme, "run `make hosts`"
