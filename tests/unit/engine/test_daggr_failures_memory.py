"""What daggr 0.8.0 gets wrong when it remembers, and must not happen here.

The numbers are those of the list of its failures; each was seen with the released package.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import ChoiceNode, FnNode, Graph, InputNode, NodeFailed, ui
from daggr_nb.testing import Return, ScriptNode, VirtualTime


def speak(prompt: str) -> str:
    return f"said {prompt}"


def shout(text: str) -> str:
    return text.upper()


def count(text: str) -> int:
    return len(text)


def speech(**options: Any) -> Graph:
    """``speak`` with a prompt that people type, then ``shout``, with ``count`` beside it."""
    first = FnNode(speak, inputs={"prompt": ui.Textbox("default")}, outputs=["text"])
    nodes = [
        FnNode(shout, inputs={"text": first.text}, outputs=["loud"]),
        FnNode(count, inputs={"text": first.text}, outputs=["n"]),
    ]
    return Graph("Speech", nodes, **options)


def freshness(graph: Graph) -> dict[str, str]:
    return {name: status.freshness for name, status in graph.status().items()}


def shown(graph: Graph) -> dict[str, Any]:
    """What each node of a ``speech`` shows."""
    values = graph["speak"].text, graph["shout"].loud, graph["count"].n
    return {port.node.name: port.value for port in values}


# ---------------------------------------------------------------- 1 and 2: browsing


def test_failure_01_an_old_result_comes_back_also_when_it_was_made_twice() -> None:
    """daggr stays at 2/2 as it matches results of all nodes, an unrelated sibling's included."""
    graph = speech(persist_key=False)
    for prompt in ("a", "bb", "a", "bb"):
        graph.run(inputs={"speak__prompt": prompt})
        graph.run("count", force=True)
    older = graph.history("speak")[-1]
    graph.select(older)
    assert shown(graph) == {"speak": "said a", "shout": "SAID A", "count": 6}
    graph.select(graph.history("speak")[0])
    assert shown(graph) == {"speak": "said bb", "shout": "SAID BB", "count": 7}


def test_failure_01_going_back_leaves_a_node_that_has_nothing_to_do_with_it() -> None:
    """daggr refuses to move when a sibling that shows something newer is in the graph."""
    aside = FnNode(count, "aside", inputs={"text": ui.Textbox("x")})
    one = FnNode(speak, inputs={"prompt": ui.Textbox("default")})
    graph = Graph("Aside", [one, aside], persist_key=False)
    graph.run(inputs={"speak__prompt": "a"})
    graph.run(inputs={"speak__prompt": "b", "aside__text": "xyz"})
    graph.select(graph.history("speak")[-1])
    assert one.output.value == "said a"
    assert aside.output.value == 3
    assert freshness(graph) == {"speak": "fresh", "aside": "fresh"}


def test_failure_02_the_prompt_comes_back_with_its_result() -> None:
    """daggr shows the old result beside the new prompt when the old one was the default."""
    graph = speech(persist_key=False)
    graph.run()
    graph.run(inputs={"speak__prompt": "new"})
    graph.select(graph.history("speak")[-1])
    assert graph.inputs["speak__prompt"] == "default"
    assert shown(graph)["speak"] == "said default"
    assert set(freshness(graph).values()) == {"fresh"}


# ---------------------------------------------------------------- 3: provenance


def test_failure_03_run_to_here_takes_no_ancestor_of_other_inputs() -> None:
    """daggr takes any stored ancestor, and records the new prompt against the old one."""
    graph = speech(persist_key=False)
    graph.run(inputs={"speak__prompt": "old"})
    graph.inputs["speak__prompt"] = "new"
    assert graph.run("shout") == {"shout": {"loud": "SAID NEW"}}
    (made, *_), (source, *_) = graph.history("shout"), graph.history("speak")
    assert made.parents == {"text": source.id}
    assert source.inputs["prompt"] == "new"
    assert made.inputs["text"] == source.outputs["text"] == "said new"


# ---------------------------------------------------------------- 4 to 7: freshness


def test_failure_04_everything_below_an_edit_is_stale() -> None:
    """daggr compares the two ends of each edge in the browser: only the first turns grey."""
    first = FnNode(speak, inputs={"prompt": ui.Textbox("a")})
    second = FnNode(shout, inputs={"text": first.output})
    third = FnNode(count, inputs={"text": second.output})
    graph = Graph("Chain", [third], persist_key=False)
    graph.run()
    graph.inputs["speak__prompt"] = "b"
    assert set(freshness(graph).values()) == {"stale"}
    assert [str(reason) for reason in graph.status()["count"].reasons] == ["waits for shout"]
    assert not any(fresh for *_, fresh in graph.edge_status())


def made_by(formula: Callable[[int], int], store: pathlib.Path | None = None) -> Graph:
    node = FnNode(formula, "made", inputs={"x": 3})
    return Graph("Formula", [node], store=store)


@pytest.mark.parametrize("restart", [False, True])
def test_failure_05_another_body_is_stale(restart: bool) -> None:
    """daggr never looks at the code: the old value stays, fresh, after a restart too."""
    graph = made_by(lambda x: x + 1)
    graph.run()
    if restart:
        graph.close()
    graph = made_by(lambda x: x * 10)
    assert freshness(graph) == {"made": "stale"}
    assert graph.status()["made"].reasons[0].kind == "CODE"
    assert graph.run() == {"made": {"output": 30}}


def test_failure_06_a_switched_variant_runs_when_something_below_is_asked_for() -> None:
    """daggr calls nothing, keeps the other variant's value, and paints its edge fresh."""
    variants = [FnNode(speak, inputs={"prompt": "x"}), FnNode(shout, inputs={"text": "x"})]
    pick = ChoiceNode(variants, name="pick")
    below = FnNode(str, "below", inputs={"object": pick.output})
    graph = Graph("Switch", [below], persist_key=False)
    assert graph.run("below") == {"below": {"output": "said x"}}
    graph.inputs["pick__variant"] = "shout"
    assert freshness(graph) == {"pick": "stale", "below": "stale"}
    assert graph.run("below") == {"below": {"output": "X"}}
    assert set(freshness(graph).values()) == {"fresh"}


def test_failure_07_nothing_is_pinned_when_nothing_persists() -> None:
    """daggr keeps every ancestor's first result for the session if persistence is off."""
    graph = speech(persist_key=False)
    for prompt in ("a", "b", "c"):
        assert graph.run("shout", inputs={"speak__prompt": prompt}) == {
            "shout": {"loud": f"SAID {prompt.upper()}"}
        }


# ---------------------------------------------------------------- 8 and 9: values


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: float


VALUES = [
    {1, 2},
    (1, (2, "3")),
    {1: "a", None: b"b"},
    1 + 2j,
    datetime.datetime(2024, 5, 6, 7, 8, tzinfo=datetime.timezone.utc),
    Point(1, 2.5),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_failure_08_an_object_is_the_same_object_on_the_second_run(value: Any) -> None:
    """daggr stores results as JSON with ``default=str``: the second run gets a string."""

    def graph(ending: str) -> Graph:
        source = FnNode(lambda: value, "source", outputs=["made"], version="1")
        kind = FnNode(
            lambda thing: (type(thing).__name__, thing == value),
            "kind",
            inputs={"thing": source.made},
            version=ending,
        )
        return Graph("Objects", [kind])

    first = graph("first")
    first.run()
    first.close()
    second = graph("second")  # source is known, and read from the store
    assert [step.node for step in second.plan()] == ["kind"]
    assert second.run() == {"kind": {"output": (type(value).__name__, True)}}


def test_failure_09_a_drawn_seed_is_on_record_and_comes_back() -> None:
    """daggr calls the function and forgets what it gave."""
    seeds = iter(range(100, 200))
    node = FnNode(lambda seed: seed * 2, "noise", inputs={"seed": lambda: next(seeds)})
    graph = Graph("Seeds", [node], persist_key=False)
    for _ in range(3):
        graph.run("noise")
    assert [run.inputs["seed"] for run in graph.history("noise")] == [102, 101, 100]
    graph.select(graph.history("noise")[-1])
    assert node.output.value == 200
    assert freshness(graph) == {"noise": "fresh"}
    assert graph.run() == {"noise": {"output": 200}}


# ---------------------------------------------------------------- 10 to 12: what is kept

EDITS = """
import os, sys
from daggr_nb import Graph, InputNode, ui
graph = Graph("Edits", [InputNode("form", ports={"a": ui.Textbox(), "b": ui.Textbox()})])
graph.inputs["form__a"] = "first"
graph.inputs["form__b"] = "second"
graph.inputs["form__b"] = "third"
os._exit(0)  # at once, as a kernel that is killed
"""


def test_failure_10_no_edit_is_lost_however_fast_they_come() -> None:
    """daggr waits half a second before it saves, and saves only the latest node's edit."""
    subprocess.run([sys.executable, "-c", EDITS], check=True, timeout=60)
    graph = Graph("Edits", [InputNode("form", ports={"a": ui.Textbox(), "b": ui.Textbox()})])
    assert dict(graph.inputs) == {"form__a": "first", "form__b": "third"}


def test_failure_11_a_large_input_is_kept_once_and_can_be_let_go() -> None:
    """daggr writes every upload, as base64, into every record of every node; for ever."""
    large = os.urandom(1_000_000)
    source = FnNode(lambda n: large + bytes([n]), "upload", inputs={"n": ui.Number(0)}, version="1")
    sizes = [
        FnNode(lambda data, by=by: len(data) * by, f"size {by}", inputs={"data": source.output})
        for by in range(5)
    ]
    graph = Graph("Uploads", sizes)
    for n in (1, 2, 1, 2):
        graph.run(inputs={"upload__n": n})
        graph.run("size 1", "size 2", force=True)
    assert graph.store.size < 2.2e6
    assert graph.store.prune(keep=1).values >= 1
    assert graph.store.size < 1.2e6
    assert graph.run() == {f"size {by}": {"output": 1_000_001 * by} for by in range(5)}


def test_failure_12_a_file_written_over_does_not_rewrite_history(tmp_path: pathlib.Path) -> None:
    """daggr records the path, so that all old results show what is in the file now."""
    place = tmp_path / "result.txt"

    def write(text: str) -> pathlib.Path:
        place.write_text(text)
        return place

    node = FnNode(write, inputs={"text": ui.Textbox()}, version="1")
    graph = Graph("Files", [node])
    for text in ("one", "two"):
        graph.run(inputs={"write__text": text})
    place.unlink()
    graph.close()
    graph = Graph("Files", [FnNode(write, inputs={"text": ui.Textbox()}, version="1")])
    contents = [run.outputs["output"].read_text() for run in graph.history("write")]
    assert contents == ["two", "one"]


# ---------------------------------------------------------------- 13: what is on record


def test_failure_13_a_failure_is_on_record_with_its_traceback() -> None:
    """daggr shows the message once, and records nothing."""

    def halve(x: str) -> float:
        return float(x) / 2

    graph = Graph("Halves", [FnNode(halve, inputs={"x": ui.Textbox("a lot")})])
    with pytest.raises(NodeFailed):
        graph.run()
    graph.close()
    graph = Graph("Halves", [FnNode(halve, inputs={"x": ui.Textbox("a lot")})])
    (run,) = graph.history("halve")
    assert run.status == "failed"
    assert run.inputs["x"] == "a lot"
    assert "could not convert string to float: 'a lot'" in (run.error or "")


def test_failure_13_history_is_in_the_order_of_the_runs_whatever_the_clock_says() -> None:
    """daggr sorts by the local time of day, which is set back now and then."""
    time = VirtualTime()
    time.now = 1_000_000
    session = time.session([ScriptNode("step", script=[Return("x")])])
    times = [1_000_000, 996_400, 998_000]
    for now in times:
        time.now = now
        session.submit(["step"], mode="step", force=True)
        time.run()
    records = [session.log.record(identity) for identity in session.log.history("step")]
    assert [record.started_at for record in records] == times[::-1]
    assert session.current.sheet.shown["step"].id == records[0].id


def test_failure_13_two_views_agree_about_what_is_selected() -> None:
    """daggr keeps the selection in each browser tab."""
    graph, other = speech(), speech()
    for prompt in ("a", "b"):
        graph.run(inputs={"speak__prompt": prompt})
    graph.select(graph.history("speak")[-1])
    assert shown(other) == shown(graph) == {"speak": "said a", "shout": "SAID A", "count": 6}
    assert other.inputs["speak__prompt"] == "a"


# ---------------------------------------------------------------- 14: names


def test_failure_14_a_cell_that_is_run_again_renames_nothing() -> None:
    """daggr counts names per process: the second time the node is ``speak_1``, without a past."""

    def cell() -> Graph:
        return Graph("Names", [FnNode(speak, inputs={"prompt": p}) for p in ("a", "b")])

    graph = cell()
    graph.run()
    for _ in range(3):
        graph = cell()
        assert list(graph.nodes) == ["speak", "speak_1"]
        assert [len(graph.history(name)) for name in graph.nodes] == [1, 1]
        assert set(freshness(graph).values()) == {"fresh"}
