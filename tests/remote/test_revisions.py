"""A Space that moves on is a reason of its own; without a network nothing turns stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from daggr_nb import FnNode, GradioNode, Graph
from daggr_nb.errors import GraphError, NodeFailed
from tests.remote.servers import Hub, ScriptedApp

OLD, NEW = "a1b2c3d" + "0" * 33, "c3d4e5f" + "0" * 33


@pytest.fixture
def space(hub: Hub, app: ScriptedApp) -> str:
    hub.spaces["org/x"] = {"sha": OLD, "host": app.url, "runtime": {"stage": "RUNNING"}}
    return "org/x"


def opened(store: Path, space: str, **options: object) -> Graph:
    """Return the graph as the next kernel has it."""
    node = GradioNode(space, name="it", inputs={"text": "a"}, **options)  # type: ignore[arg-type]
    shout = FnNode(lambda text: text.upper(), name="shout", inputs={"text": node.output})
    return Graph("Revisions", [shout], persist_key="revisions", store=store)


def reasons(graph: Graph, node: str = "it") -> list[tuple[str, str]]:
    return [(reason.kind, reason.text) for reason in graph.status()[node].reasons]


def test_a_space_that_moved_on_is_stale_with_both_commits(
    hub: Hub, app: ScriptedApp, space: str, tmp_path: Path
) -> None:
    first = opened(tmp_path, space)
    first.run()
    assert [first.status()[name].freshness for name in ("it", "shout")] == ["fresh", "fresh"]
    hub.spaces[space]["sha"] = NEW
    assert first.status()["it"].freshness == "fresh"  # looked up once per session
    first.close()

    second = opened(tmp_path, space)
    assert reasons(second) == [("REVISION", "the Space org/x changed: a1b2c3d → c3d4e5f")]
    assert reasons(second, "shout") == [("UPSTREAM", "waits for it")]
    calls = app.calls
    second.run()
    assert app.calls == calls + 1
    assert second.status()["it"].freshness == "fresh"
    assert OLD in str(second.history("it")[1].code) + str(second.prov(second.history("it")[1]))
    second.close()

    hub.spaces[space]["sha"] = OLD  # moved back: the first result is known
    third = opened(tmp_path, space)
    calls = app.calls
    third.run()
    assert app.calls == calls
    third.close()


def test_off_line_nothing_turns_stale(
    monkeypatch: pytest.MonkeyPatch, hub: Hub, space: str, tmp_path: Path
) -> None:
    first = opened(tmp_path, space)
    first.run()
    first.close()
    hub.close()
    second = opened(tmp_path, space)
    assert reasons(second) == []
    assert second.run() == {"shout": {"output": "HI"}}
    second.close()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    third = opened(tmp_path, space)
    assert reasons(third) == []
    third.close()


def test_a_pinned_space_that_moved_on_names_both_ways_out(
    hub: Hub, app: ScriptedApp, space: str, tmp_path: Path
) -> None:
    graph = opened(tmp_path, space, revision=OLD[:7])
    graph.run()
    graph.close()
    hub.spaces[space]["sha"] = NEW
    again = opened(tmp_path, space, revision=OLD[:7])
    assert reasons(again) == []
    with pytest.raises(NodeFailed, match="run_locally=True, or duplicate") as failed:
        again.run("it", force=True)
    assert isinstance(failed.value.__cause__, GraphError)
    again.close()


@pytest.mark.parametrize("revision", ["main", "xyz", "A1B2C3D", 7])
def test_a_revision_is_a_commit(revision: object) -> None:
    with pytest.raises(GraphError, match="commit"):
        GradioNode("org/x", revision=revision)  # type: ignore[arg-type]
    with pytest.raises(GraphError, match="pins a Space"):
        GradioNode("http://127.0.0.1:1", revision="a1b2c3d")


@pytest.mark.parametrize(
    ("check", "freshness", "runs"),
    [("skip", "fresh", 0), ("update", "fresh", 0), ("error", "stale", None)],
)
def test_what_people_want_of_a_space_that_moved_on(
    monkeypatch: pytest.MonkeyPatch,
    hub: Hub,
    app: ScriptedApp,
    space: str,
    tmp_path: Path,
    check: str,
    freshness: str,
    runs: int | None,
) -> None:
    first = opened(tmp_path, space)
    first.run()
    first.close()
    hub.spaces[space]["sha"] = NEW
    monkeypatch.setenv("DAGGR_DEPENDENCY_CHECK", check)
    second = opened(tmp_path, space)
    app.calls = 0
    assert second.status()["it"].freshness == freshness
    if runs is None:
        with pytest.raises(NodeFailed, match="DAGGR_DEPENDENCY_CHECK"):
            second.run()
        assert app.calls == 0
    else:
        second.run()
        assert app.calls == runs
    second.close()
