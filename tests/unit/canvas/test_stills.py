"""What a still picture shows of values that play, or that a script draws."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from daggr_nb import FnNode, Graph, ui


def drawn(tmp_path: Path, value: Any, component: ui.Component | None) -> str:
    graph = Graph("Stills", [FnNode(lambda: value, "made", outputs={"out": component})], store=None)
    graph.run()
    return graph.export(tmp_path / "stills.svg").read_text(encoding="utf-8")


def bars(svg: str) -> list[float]:
    return [float(high) for high in re.findall(r"class='data'[^>]*?height='([\d.]+)'", svg)]


def test_a_sound_has_its_waveform(tmp_path: Path) -> None:
    silence_then_noise = np.concatenate([np.zeros(4000), np.ones(4000)]).astype("f4")
    heights = bars(drawn(tmp_path, (8000, silence_then_noise), ui.Audio()))
    assert len(heights) > 30
    first, last = heights[: len(heights) // 2 - 1], heights[len(heights) // 2 + 1 :]
    assert max(first) < 2
    assert min(last) > 20


def test_a_sound_that_nobody_here_can_read_has_a_plain_track(tmp_path: Path) -> None:
    path = tmp_path / "heard.ogg"
    path.write_bytes(b"OggS" + bytes(200))
    assert bars(drawn(tmp_path, path, ui.Audio())) == []


def test_a_film_says_which_one_it_is(tmp_path: Path) -> None:
    path = tmp_path / "otters at dusk.webm"
    path.write_bytes(b"\x1aE\xdf\xa3" + bytes(200))
    assert ">otters at dusk.webm<" in drawn(tmp_path, path, ui.Video())


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (go.Figure([go.Bar(y=[1, 3, 2])], layout={"title": "Otters <a> year"}), "Otters &lt;a&gt;"),
        (go.Figure([go.Bar(y=[1]), go.Scatter(y=[2]), go.Bar(y=[3])]), "Plotly: bar, scatter"),
        (go.Figure(), "Plotly"),
    ],
)
def test_a_figure_that_a_script_draws_is_named(tmp_path: Path, figure: Any, said: str) -> None:
    assert said in drawn(tmp_path, figure, ui.Plot())
