"""Data that the functions of several nodes capture, and that their runs change."""

from __future__ import annotations

import collections
import textwrap
from typing import Any

import pytest

from daggr_nb import FnNode, Graph

# What is written to and never read; "state" is what is changed.
ONLY_WRITTEN = {
    "a list": ("state = []", "state.append(word)"),
    "a list, extended": ("state = []", "state.extend([word, word])"),
    "a list, added to": ("state = []", "global state; state += [word]"),
    "the first of a list": ("state = ['']", "state[0] = word"),
    "a set": ("state = set()", "state.add(word)"),
    "a dict": ("state = {}", "state[word] = len(word)"),
    "a dict, updated": ("state = {}", "state.update({word: 1})"),
    "a dict of lists": ("state = {'calls': []}", "state['calls'].append(word)"),
    "a default": ("state = {}", "state.setdefault(word, 1)"),
    "counts by key": ("state = collections.Counter()", "state[word] += 1"),
    "a queue": ("state = collections.deque(maxlen=3)", "state.append(word)"),
    "a counter": ("state = 0", "global state; state += 1"),
    "an attribute": ("class State: last = ''\nstate = State()", "state.last = word"),
    "a counting attribute": ("class State: n = 0\nstate = State()", "state.n += 1"),
    "a list of an object": (
        "class State:\n    def __init__(self): self.log = []\nstate = State()",
        "state.log.append(word)",
    ),
    "in a loop": ("state = []", "for letter in word: state.append(letter)"),
    "in a list": ("state = []", "[state.append(letter) for letter in word]"),
    "in an inner function": ("state = []", "def note(): state.append(word)\n    note()"),
    "taken out": ("state = ['x'] * 99", "state.pop()"),
    "deleted": ("state = dict.fromkeys('draft')", "state.pop(word[0], None)"),
}
# What runs both read and write: it counts as it was before any of them.
REMEMBERED = {
    "a memo": (
        "state = {}",
        "if word not in state: state[word] = word.upper()\n    return state[word]",
    ),
    "a memo by default": ("state = {}", "return state.setdefault(word, word.upper())"),
    "a counter": (
        "state = 0",
        "global state; state += 1\n    return word.upper() + str(state)[:0]",
    ),
    "a counter, written out": (
        "state = 0",
        "global state; state = state + 1\n    return word.upper() + str(state)[:0]",
    ),
    "an object": (
        "class State:\n    def __init__(self): self.seen = []\n"
        "    def put(self, word):\n        self.seen.append(word)\n        return word.upper()\n"
        "state = State()",
        "return state.put(word)",
    ),
    "a list that is looked at": (
        "state = []",
        "state.append(word)\n    return state[-1].upper()",
    ),
    "through a helper": (
        "state = {}\ndef remember(memo, word): return memo.setdefault(word, word.upper())",
        "return remember(state, word)",
    ),
}
TEMPLATE = """
import collections
{state}
calls = []
def ask(word):
    calls.append(word)
    {body}
    return word.upper()
def draft(): return ask("draft")
def polish(text): return ask("polish " + text)
def aside(): return ask("aside")
"""


def module(state: str, body: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__", "collections": collections}
    source = TEMPLATE.format(state=state, body=body)
    filename = f"<cell {abs(hash(source))}>"
    import linecache

    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), names)
    return names


def graph_of(names: dict[str, Any], key: str | None = None) -> Graph:
    draft = FnNode(names["draft"])
    polish = FnNode(names["polish"], inputs={"text": draft.output})
    return Graph("Shared data", [polish, FnNode(names["aside"])], persist_key=key or False)


def stale(graph: Graph) -> dict[str, list[str]]:
    return {
        name: [str(reason) for reason in status.reasons]
        for name, status in graph.status().items()
        if status.freshness != "fresh"
    }


@pytest.mark.parametrize("case", [*ONLY_WRITTEN, *REMEMBERED])
def test_nothing_runs_again_for_what_runs_left_behind(case: str) -> None:
    names = module(*{**REMEMBERED, **ONLY_WRITTEN}[case])
    graph = graph_of(names)
    graph.run()
    # What a helper does with what it is handed is only known from runs: once around is enough.
    if case in ("an object", "through a helper"):
        graph.run()
    before = len(names["calls"])
    for _ in range(3):
        graph.run()
        assert stale(graph) == {}
    assert len(names["calls"]) == before <= 4
    graph.run("draft", force=True)
    assert stale(graph) == {}


@pytest.mark.parametrize("case", [*ONLY_WRITTEN, *REMEMBERED])
def test_what_holds_holds_in_the_next_kernel(case: str) -> None:
    key = f"next kernel {case}"
    for nth in range(2):
        names = module(*{**REMEMBERED, **ONLY_WRITTEN}[case])
        graph = graph_of(names, key)
        if nth == 0:
            graph.run()
            graph.run()
        else:
            assert stale(graph) == {}
            assert names["calls"] == []
        graph.close()


@pytest.mark.parametrize("case", ONLY_WRITTEN)
def test_what_is_only_written_to_is_no_edit_whoever_changes_it(case: str) -> None:
    names = module(*ONLY_WRITTEN[case])
    graph = graph_of(names)
    graph.run()
    state = names["state"]
    if isinstance(state, list):
        state.append("by hand")
    elif isinstance(state, dict):
        state["by hand"] = 9
    elif isinstance(state, int):
        names["state"] = 40
    elif isinstance(state, set):
        state.add("by hand")
    assert stale(graph) == {}


@pytest.mark.parametrize("case", ["a memo", "a memo by default", "a list that is looked at"])
def test_what_is_read_too_is_an_edit_when_somebody_else_changes_it(case: str) -> None:
    names = module(*REMEMBERED[case])
    graph = graph_of(names)
    graph.run()
    state = names["state"]
    state.update({"draft": "by hand"}) if isinstance(state, dict) else state.append("by hand")
    told = stale(graph)
    assert set(told) == {"draft", "polish", "aside"}
    assert told["draft"][0].startswith("state")


READERS = {
    "its length": ("state.append(word)", "len(state)"),
    "its items": ("state.append(word)", "[w for w in state]"),
    "its last": ("state.append(word)", "state[-1:]"),
    "a copy": ("state.extend([word])", "list(state)"),
    "a sum": ("state += [word]", "''.join(state)"),
}


@pytest.mark.parametrize("case", READERS)
def test_a_reader_is_told_whose_run_changed_what_it_reads(case: str) -> None:
    write, read = READERS[case]
    names: dict[str, Any] = {"__name__": "__main__"}
    source = textwrap.dedent(f"""
        state = ["x"]
        def put(word):
            global state
            {write}
            return word
        def use(): return {read}
        """)
    filename = f"<cell {abs(hash(source))}>"
    import linecache

    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), names)
    use = FnNode(names["use"])
    graph = Graph("Hidden edge", [use, FnNode(names["put"], inputs={"word": "y"})], False)
    graph.run("use")
    graph.run("put")
    judged = graph.session.current.freshness.judged["use"]  # as the card has it, nobody asked
    said = "state was changed by the run of put: make it an output"
    assert [str(reason) for reason in judged.reasons] == [said]
    assert graph.run()["use"]["output"] == names["use"]()
    assert stale(graph) == {}


def test_who_changed_it_is_named_also_within_the_run_that_read_it() -> None:
    box: list[int] = []

    def use() -> int:
        return len(box)

    def put() -> None:
        box.append(1)

    reading = FnNode(use)
    after = FnNode(lambda x: put(), "put", inputs={"x": reading.output})
    graph = Graph("One run", [after], persist_key=False)
    graph.run()
    assert [reason.text for reason in graph.status()["use"].reasons] == [
        "box was changed by the run of put: make it an output"
    ]
