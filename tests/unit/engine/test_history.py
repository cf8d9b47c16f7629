"""The history of a node as a table, and two node runs side by side."""

from __future__ import annotations

from daggr_nb import FnNode, Graph, ui


def write(tone: str, n: int = 1) -> str:
    return f"<b>{tone}</b>" * n


def graph() -> Graph:
    node = FnNode(write, inputs={"tone": ui.Textbox("dry"), "n": 1})
    return Graph("History", nodes=[node], persist_key=False)


def test_a_history_is_a_list_and_a_table() -> None:
    letters = graph()
    letters.run()
    letters.run(inputs={"write__tone": "warm"})
    history = letters.history("write")
    assert [run.inputs["tone"] for run in history] == ["warm", "dry"]
    shown = history._repr_html_()
    assert "tone=warm, n=1" in shown
    assert "&lt;b&gt;warm&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert shown.count("<tr>") == 3


def test_a_failure_shows_its_message() -> None:
    def fails() -> None:
        raise ValueError("not today")

    broken = Graph("Broken", nodes=[FnNode(fails)], persist_key=False)
    broken.submit().wait(10)
    assert "not today" in broken.history("fails")._repr_html_()


def test_two_node_runs_are_compared_the_older_first() -> None:
    letters = graph()
    letters.run()
    letters.run(inputs={"write__tone": "warm"})
    newer, older = letters.history("write")
    for found in (newer.compare(older), older.compare(newer)):
        assert found.inputs == {"tone": ("dry", "warm")}
        assert found.outputs == {"output": ("<b>dry</b>", "<b>warm</b>")}
        assert (found.code, found.environment, found.same) == ((), {}, False)
        assert "input tone: dry → warm" in str(found)
        assert "&lt;b&gt;warm" in found._repr_html_()


def test_a_change_of_code_is_named_with_its_diff() -> None:
    limit = [3]

    def limited() -> int:
        return limit[0]

    found = Graph("Code", nodes=[FnNode(limited)], persist_key=False)
    found.run()
    limit[0] = 4
    found.run()
    newer, older = found.history("limited")
    (change,) = newer.compare(older).code
    assert change.text == "limit: [3] → [4]"
    assert change.diff is not None
    assert "+[4]" in change.diff
    assert "limit: [3] → [4]" in str(newer.compare(older))


def test_values_on_record_show_themselves_as_far_as_they_are_short() -> None:
    made = FnNode(lambda: ("two\nwords", 1.5, "x" * 100_000), "made", outputs=["a", "b", "c"])
    found = Graph("Shown", [made], persist_key=False)
    found.run()
    assert repr(made.last.outputs) == r"{'a': 'two\nwords', 'b': 1.5, 'c': …}"
    assert made.last.outputs["c"] == "x" * 100_000


def test_the_same_result_twice_differs_in_nothing() -> None:
    letters = graph()
    letters.run()
    letters.run("write", force=True)
    newer, older = letters.history("write")
    assert newer.compare(older).same
    assert str(newer.compare(older)) == "nothing differs"


def test_a_value_that_cannot_be_read_does_not_hide_the_rest() -> None:
    def token(api_key: str) -> str:
        return "ok"

    node = FnNode(token, inputs={"api_key": ui.Textbox("one")})
    found = Graph("Secret", nodes=[node], persist_key=False)
    found.run()
    found.run(inputs={"token__api_key": "two"})
    newer, older = found.history("token")
    old, new = newer.compare(older).inputs["api_key"]
    assert "one" not in old
    assert "was not stored" in new
