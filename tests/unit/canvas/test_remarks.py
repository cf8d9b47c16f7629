"""What cards say of what cannot be followed: what, once, and the one step that mends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Folder, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge


def remarks(graph: Graph) -> dict[str, list[str]]:
    """Return what the cards say, as a view gets it."""
    bridge = Bridge(graph.session, graph.name, lambda message, buffers: None)
    nodes = bridge.snapshot()["nodes"]
    return {node["id"]: node["state"]["remarks"] for node in nodes if node["state"]["remarks"]}


def graph_of(*nodes: Any) -> Graph:
    made = [node if isinstance(node, (FnNode, InputNode)) else FnNode(node) for node in nodes]
    return Graph("Remarks", made, persist_key=False)


class Client:
    """Stands in for what a library connects with."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def one_client() -> Graph:
    client = Client()
    return graph_of(FnNode(lambda: str(client), "use"))


def one_client_in_two_helpers() -> Graph:
    client = Client()

    def first() -> str:
        return str(client)

    def second() -> str:
        return str(client)

    return graph_of(FnNode(lambda: first() + second(), "use"))


def two_clients() -> Graph:
    client, session = Client(), Client()
    return graph_of(FnNode(lambda: f"{client}{session}", "use"))


def a_client_of_a_partial() -> Graph:
    client = Client()

    def call(client: Client) -> str:
        return str(client)

    return graph_of(FnNode(lambda client=client: call(client), "use"))


def left_out() -> Graph:
    client = Client()
    return graph_of(FnNode(lambda: str(client), "use", ignore=["client"]))


def a_cache() -> Graph:
    cache: dict[str, int] = {}

    def use() -> int:
        return cache.setdefault("a", len(cache))

    return graph_of(use)


def a_cache_left_out() -> Graph:
    cache: dict[str, int] = {}
    return graph_of(FnNode(lambda: cache.setdefault("a", len(cache)), "use", ignore=["cache"]))


def a_box() -> Graph:
    box: list[int] = []

    def put() -> None:
        box.append(1)

    def use() -> int:
        return len(box)

    return graph_of(put, use)


def a_box_by_assignment() -> Graph:
    box = {"n": 0}

    def put() -> int:
        box["n"] += 1
        return box["n"]

    def use() -> int:
        return box["n"]

    return graph_of(put, use)


def a_box_of_two_readers() -> Graph:
    box: list[int] = []

    def put() -> None:
        box.append(1)

    def use() -> int:
        return len(box)

    def other() -> int:
        return len(box) + 1

    return graph_of(put, use, other)


def a_box_that_both_change() -> Graph:
    box: list[int] = []

    def put() -> int:
        box.append(1)
        return len(box)

    def use() -> int:
        box.append(2)
        return len(box)

    return graph_of(put, use)


def large_data() -> Graph:
    data = b"x" * 17_000_000
    return graph_of(FnNode(lambda: len(data), "use"))


def another_node() -> Graph:
    other = InputNode("other", {"n": ui.Number(1)})
    return graph_of(other, FnNode(lambda: other.n.value, "use"))


def another_node_twice() -> Graph:
    other = InputNode("other", {"n": ui.Number(1)})

    def helper() -> Any:
        return other.n.value

    return graph_of(other, FnNode(lambda: helper() + other.n.value, "use"))


def in_memory() -> Graph:
    return graph_of(FnNode(threading.Lock, "use"))


def shared_in_memory() -> Graph:
    use = FnNode(threading.Lock, "use")
    return graph_of(*(FnNode(lambda x: 1, name, inputs={"x": use.output}) for name in "ab"))


def nothing_to_say() -> Graph:
    limit = 3
    return graph_of(FnNode(lambda: limit, "use"))


HIDDEN = "`box` is changed by **put** and read by **{}**: make it an output of **put**"
CLIENT = (
    "`client` is watched by its definition only: name what it depends on with `depends=[...]`, "
    "or leave it out with `ignore=['client']`"
)
SITUATIONS: list[tuple[Callable[[], Graph], dict[str, list[str]]]] = [
    (nothing_to_say, {}),
    (one_client, {"use": [CLIENT]}),
    (one_client_in_two_helpers, {"use": [CLIENT]}),
    (
        two_clients,
        {
            "use": [
                "`client`, `session` are watched by their definitions only: name what they depend "
                "on with `depends=[...]`, or leave them out with `ignore=['client', 'session']`"
            ]
        },
    ),
    (
        a_client_of_a_partial,
        {
            "use": [
                "`default client` is watched by its definition only: name what it depends on with "
                "`depends=[...]`"
            ]
        },
    ),
    (left_out, {}),
    (
        a_cache,
        {
            "use": [
                "`cache` is changed by its own runs, which does not count: `ignore=['cache']` "
                "spares looking"
            ]
        },
    ),
    (a_cache_left_out, {}),
    (a_box, {"put": [HIDDEN.format("use")], "use": [HIDDEN.format("use")]}),
    (a_box_by_assignment, {"put": [HIDDEN.format("use")], "use": [HIDDEN.format("use")]}),
    (
        a_box_of_two_readers,
        {
            "put": [HIDDEN.format("other"), HIDDEN.format("use")],
            "use": [HIDDEN.format("use")],
            "other": [HIDDEN.format("other")],
        },
    ),
    (
        large_data,
        {
            "use": [
                "`data` holds more than 16 MB, looked through before every run: pass it as an input"
            ]
        },
    ),
    (
        another_node,
        {"use": ["`other` is read inside: feed it as an input, `inputs={...: other.n}`"]},
    ),
    (
        another_node_twice,
        {"use": ["`other` is read inside: feed it as an input, `inputs={...: other.n}`"]},
    ),
    (in_memory, {"use": ["kept in memory only: output; the next kernel makes it anew"]}),
    (
        shared_in_memory,
        {
            "use": [
                "kept in memory only: output; the next kernel makes it anew",
                "Can't tell if `output` changed, as several nodes get it: "
                "`register_digest(lock, …)`, or give each node its own",
            ]
        },
    ),
]


@pytest.mark.parametrize(
    ("situation", "said"), SITUATIONS, ids=[make.__name__ for make, _ in SITUATIONS]
)
def test_a_card_says_what_and_what_to_do(
    situation: Callable[[], Graph], said: dict[str, list[str]]
) -> None:
    graph = situation()
    for _ in range(2):
        graph.run()
        assert {name: sorted(texts) for name, texts in remarks(graph).items()} == {
            name: sorted(texts) for name, texts in said.items()
        }


def test_who_changes_what_they_read_is_no_hidden_edge() -> None:
    graph = a_box_that_both_change()
    graph.run()
    assert not any(
        "is changed by **" in text for texts in remarks(graph).values() for text in texts
    )


def test_a_hidden_edge_is_known_before_anything_runs() -> None:
    assert remarks(a_box()).keys() == {"put", "use"}


def test_a_hidden_edge_that_only_runs_show_is_known_from_then_on() -> None:
    box: list[int] = []

    def add(things: list[int]) -> None:
        things.append(1)

    graph = graph_of(FnNode(lambda: add(box), "put"), FnNode(lambda: len(box), "use"))
    graph.run("use")
    assert remarks(graph) == {}
    graph.run("put")
    assert remarks(graph).keys() == {"put", "use"}


def test_an_edge_in_its_place_ends_it() -> None:
    box: list[int] = []

    def put() -> list[int]:
        return [*box, 1]

    node = FnNode(put)
    graph = graph_of(FnNode(lambda box: len(box), "use", inputs={"box": node.output}))
    graph.run()
    assert remarks(graph) == {}


def test_a_folder_beyond_its_budget_says_what_to_choose(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text("x")
    folder = Folder(tmp_path, files=2)
    graph = graph_of(FnNode(lambda: 1, "use", depends=[folder, folder]))
    (text,) = remarks(graph)["use"]
    assert "holds more than 2 files" in text
    assert "'*.csv'" in text
    assert "files=" in text


def test_several_come_together_in_one_order() -> None:
    client, data = Client(), b"x" * 17_000_000
    other = InputNode("other", {"n": ui.Number(1)})
    graph = graph_of(other, FnNode(lambda: (client, data, other.n.value), "use"))
    assert [text.partition(" ")[0] for text in remarks(graph)["use"]] == [
        "`other`",
        "`client`",
        "`data`",
    ]
