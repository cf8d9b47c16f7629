"""A small file system that fills up under a graph at work, and has room again later."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb.errors import StoreError


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB in memory; only root may make one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def noise(n: float) -> object:
    return numpy.random.default_rng(int(n)).bytes(300_000)


def graph_in(store: Path) -> Graph:
    form = InputNode("form", ports={"n": ui.Number(0)})
    made = FnNode(noise, inputs={"n": form.n})
    return Graph("Small", [FnNode(len, "size", inputs={"obj": made.output})], store=store)


@pytest.mark.stress
def test_a_disk_that_fills_up_and_has_room_again(small: Path) -> None:
    filler = small / "filler"
    filler.write_bytes(bytes(6_000_000))
    graph = graph_in(small)
    raised = 0
    for n in range(12):
        try:
            graph.run(inputs={"form__n": n})
        except StoreError as error:
            assert "full" in str(error) or "No space" in str(error)  # noqa: PT017 - not all raise
            raised += 1
        assert graph["noise"].output.value == noise(n)
    assert raised
    assert graph.status()["noise"].freshness == "unverified"

    filler.unlink()
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    graph.close()
    graph = graph_in(small)
    runs = graph.history("noise")[::-1]
    assert [run.outputs["output"] for run in runs] == [noise(n) for n in range(12)]
    events = [event.seq for event in graph.session.events.follow(0, lambda: True)]
    assert events == list(range(1, len(events) + 1))


@pytest.mark.stress
def test_a_prune_makes_room_on_a_disk_that_is_full(small: Path) -> None:
    graph = graph_in(small)
    for n in range(8):
        graph.run(inputs={"form__n": n})
    filler = small / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    with pytest.raises(StoreError):
        graph.run(inputs={"form__n": 100})
    graph.inputs["form__n"] = 1
    graph.store.prune(keep=1)
    graph.run(inputs={"form__n": 101})
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    graph.close()
