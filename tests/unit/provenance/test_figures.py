"""Figures as values: equal content, equal digest; another line or number, another digest."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph
from daggr_nb._provenance.artifacts.codec import decode, encode
from daggr_nb._provenance.digest.content import digest

np = pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def plt() -> Any:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as pyplot

    return pyplot


def chart(plt: Any, *, color: str = "C0", last: float = 3, title: str = "T", **more: Any) -> Any:
    figure, (left, right) = plt.subplots(1, 2, **more)
    left.plot([1, 2, last], color=color)
    left.set_title(title)
    right.scatter([1, 2], [3, 4], c=[0.1, last])
    plt.close(figure)
    return figure


@pytest.mark.parametrize("layout", ["none", "constrained", "tight"])
def test_a_figure_counts_by_what_it_draws(plt: Any, layout: str) -> None:
    figure = chart(plt, layout=layout)
    first = digest(figure)
    assert digest(figure) == first
    assert digest(chart(plt, layout=layout)) == first
    others = [
        chart(plt, layout=layout, color="C1"),
        chart(plt, layout=layout, last=3.0000001),
        chart(plt, layout=layout, title="t"),
        chart(plt, layout=layout, figsize=(3, 3)),
        chart(plt, layout=layout, dpi=71),
    ]
    assert len({first, *map(digest, others)}) == 1 + len(others)


def shown(plt: Any, draw: Callable[[Any], object], **more: Any) -> str:
    figure, axes = plt.subplots(subplot_kw=more)
    draw(axes)
    plt.close(figure)
    return digest(figure)


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax, x: ax.imshow(np.full((900, 900), 2.0) + (np.arange(900) == 450) * x / 1e6),
        lambda ax, x: ax.pcolormesh(np.ones((3, 3)) * x),
        lambda ax, x: ax.bar(["a", "b"], [1, x], hatch="//"),
        lambda ax, x: ax.hist([1, 2, 2, x]),
        lambda ax, x: ax.text(0.1, 0.1, f"$x^{x}$"),
        lambda ax, x: ax.contourf(np.arange(9).reshape(3, 3) * x),
        lambda ax, x: ax.errorbar([1], [2], yerr=[x]),
        lambda ax, x: ax.fill_between([0, 1], [x, 1], alpha=0.5),
        lambda ax, x: ax.quiver([x], [1]),
        lambda ax, x: ax.pie([1, x]),
        lambda ax, x: ax.tripcolor([0, 1, 0], [0, 0, 1], [x, 2, 3], shading="gouraud"),
        lambda ax, x: ax.legend(ax.plot([1, 2]), [f"line {x}"]),
    ],
)
def test_every_kind_of_mark_counts(plt: Any, draw: Callable[[Any, float], object]) -> None:
    told = [shown(plt, lambda axes, x=x: draw(axes, x)) for x in (1, 1, 5)]
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_other_axes_than_the_plain_ones(plt: Any) -> None:
    for more in ({"projection": "3d"}, {"projection": "polar"}):
        told = [
            shown(plt, lambda axes, x=x: axes.plot([0, 1, 2], [1, 2, x]), **more) for x in (3, 3, 4)
        ]
        assert told[0] == told[1]
        assert told[0] != told[2]


def test_an_axes_is_its_figure_and_its_place_in_it(plt: Any) -> None:
    left, right = chart(plt).axes
    assert digest(left) == digest(chart(plt).axes[0])
    assert len({digest(left), digest(right), digest(left.figure)}) == 3


def test_to_digest_a_figure_leaves_it_as_it_is(plt: Any) -> None:
    def painted(figure: Any) -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="rgba")
        return buffer.getvalue()

    for layout in ("none", "constrained"):
        figure = chart(plt, layout=layout)
        digest(figure)
        assert figure.get_layout_engine() is None or layout == "constrained"
        assert painted(figure) == painted(chart(plt, layout=layout))


def test_a_figure_that_was_stored_is_the_same(plt: Any) -> None:
    figure = chart(plt)
    assert digest(pickle.loads(pickle.dumps(figure))) == digest(figure)  # noqa: S301 - our own


def test_a_node_that_draws_is_fresh_and_its_figure_outlives_the_kernel(
    plt: Any, tmp_path: Path
) -> None:
    graph = Graph("Drawn", [FnNode(lambda: chart(plt), "draw")], store=tmp_path)
    graph.run()
    assert graph.status()["draw"].freshness == "fresh"
    before = digest(graph["draw"].output.value)
    graph.close()
    again = Graph("Drawn", [FnNode(lambda: chart(plt), "draw")], store=tmp_path)
    assert again.status()["draw"].freshness == "fresh"
    assert digest(again["draw"].output.value) == before


def test_a_figure_of_plotly_counts_by_what_it_is_drawn_from_and_reads_back() -> None:
    go = pytest.importorskip("plotly.graph_objects")

    def figure(y: float, height: int = 200) -> Any:
        return go.Figure(go.Scatter(x=np.arange(3), y=[1, None, y]), {"height": height})

    first = figure(3)
    content = digest(first)
    assert digest(figure(3)) == content
    assert len({content, digest(figure(3.5)), digest(figure(3, 201))}) == 3
    parts: dict[Any, Any] = {}
    ref = encode(first, content, parts)
    back = decode(ref, lambda at: parts[at])
    assert ref.encoding == "plotly"
    assert type(back) is go.Figure
    assert digest(back) == content
