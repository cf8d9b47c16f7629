"""The log of a node is what a terminal shows in the end; so are errors."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import Context, FnNode, Graph
from daggr_nb._canvas.displays.previews import content, preview
from daggr_nb._engine.task.streamed_output import LIMIT, OutputLog, end_of
from daggr_nb._terminal import settled
from daggr_nb._text import brief

ENDS: dict[str, tuple[str, str]] = {
    "plain": ("one\ntwo\n", "one\ntwo\n"),
    "spaces": ("  a  \n\tb ", "  a  \n\tb "),
    "returns": ("10 %\r20 %\rdone\n", "done\n"),
    "a shorter one": ("hello\rhi\n", "hillo\n"),
    "Windows": ("a\r\nb\r\n", "a\nb\n"),
    "twice returned": ("a\r\r\nb", "a\nb"),
    "backspace": ("12\b\b34\n", "34\n"),
    "too far back": ("a\b\b\bb", "b"),
    "a spinner": ("|\b/\b-\b\\\bdone", "done"),
    "colours": ("\x1b[1;31mred\x1b[0m \x1b[38;5;12mblue\x1b[m", "red blue"),
    "true colours": ("\x1b[38;2;1;2;3mx\x1b[0;48:2::1:2:3my", "xy"),
    "erased to the end": ("long line\rab\x1b[K\n", "ab\n"),
    "erased whole": ("long line\x1b[2K\rab", "ab"),
    "up": ("one\ntwo\x1b[A\rONE", "ONE\ntwo"),
    "up and down": ("a\nb\nc\x1b[2A\rA\x1b[2B\rC", "A\nb\nC"),
    "columns": ("abcdef\x1b[3GX\x1b[2DY\x1b[2CZ", "aYXdZf"),
    "previous and next lines": ("a\nb\x1b[FA\x1b[EB", "A\nB"),
    "the screen": ("old\nlines\x1b[2J\x1b[Hnew", "new"),
    "saved": ("ab\x1b7cd\x1b8X", "abXd"),
    "hidden cursor": ("\x1b[?25l5 %\x1b[?25h", "5 %"),
    "a title": ("\x1b]0;title\x07text\x1b]2;other\x1b\\!", "text!"),
    "a link": ("\x1b]8;;https://x\x1b\\here\x1b]8;;\x1b\\", "here"),
    "a charset": ("\x1b(Btext", "text"),
    "a bell": ("ding\a\n", "ding\n"),
    "8 bits": ("\x9b31mred\x9b0m", "red"),
    "a page": ("a\fb\vc", "a\nb\nc"),
    "nothing left": ("100 %\r      \r", ""),
    "not ended": ("x\x1b[3", "x"),
    "beyond ASCII": ("ä 🦦\rö", "ö 🦦"),
}


@pytest.mark.parametrize(("printed", "end"), ENDS.values(), ids=ENDS)
def test_a_text_is_as_a_terminal_ends_up(printed: str, end: str) -> None:
    assert settled(printed) == end
    assert settled(end) == end


@pytest.mark.parametrize(("printed", "end"), ENDS.values(), ids=ENDS)
def test_it_may_come_in_pieces_of_any_size(printed: str, end: str) -> None:
    for size in (1, 2, 3):
        log = OutputLog()
        for at in range(0, len(printed), size):
            log.add(printed[at : at + size])
        assert str(log) == end


pieces = st.lists(
    st.sampled_from(
        [
            *("\r", "\n", "\r\n", "\b", "ab", "  ", "x", "\x1b[A", "\x1b[2B", "\x1b[K", "\x1b[1K"),
            *("\x1b[2K", "\x1b[31m", "\x1b[5G", "\x1b[D", "\x1b[3C", "\x1b[J", "\x1b[2J"),
            *("\x1b[H", "\x1b]0;t\x07", "\x1b7", "\x1b8", "\x1b", "[", "é", "\x1b[1P"),
            *("\x1b[2X", "\x1b[", "3", "\x1b]8;;\x1b\\", "]", "\\"),
        ]
    ),
    max_size=30,
)


@given(pieces, st.data())
def test_where_a_text_is_cut_makes_no_difference(parts: list[str], data: Any) -> None:
    text = "".join(parts)
    whole, cut = OutputLog(), OutputLog()
    whole.add(text)
    at = 0
    while at < len(text):
        size = data.draw(st.integers(1, 5))
        cut.add(text[at : at + size])
        at += size
    assert str(cut) == str(whole) == settled(text)
    assert "\x1b" not in str(whole)
    assert "\r" not in str(whole)


def log_of(body: Any) -> str:
    graph = Graph("Log", [FnNode(body, "it")], persist_key=False)
    graph.run()
    return graph.history("it")[0].logs


def test_200_kb_of_a_bar_are_one_line() -> None:
    def body() -> int:
        for step in range(2_000):
            sys.stderr.write(f"\r{step / 20:5.1f} %|{'#' * (step // 20):100}|")
        sys.stderr.write("\n")
        return 1

    log = log_of(body)
    assert log.count("\n") == 1
    assert len(log) < 120


def test_what_is_above_a_screen_stays() -> None:
    log = OutputLog()
    for number in range(500):
        log.add(f"line {number}\n")
    log.add("\x1b[400Aabove")
    lines = str(log).splitlines()
    assert len(lines) >= 500 - 1
    assert lines[:400] == [f"line {number}" for number in range(400)]


@pytest.mark.parametrize("text", ["x", "word ", "\x1b[31mx\x1b[0m", "a\rb", "line\n"])
def test_a_log_has_its_bounds_whatever_is_printed(text: str) -> None:
    log = OutputLog()
    for _ in range(LIMIT * 4 // 1_000):
        log.add(text * 1_000)
    assert len(str(log)) <= LIMIT + 100


def test_bars_of_tqdm_end_as_they_stand() -> None:
    tqdm = pytest.importorskip("tqdm")

    def one() -> int:
        for _ in tqdm.tqdm(range(3), desc="one"):
            pass
        return 1

    def nested() -> int:
        for _ in tqdm.trange(2, desc="outer"):
            for _ in tqdm.trange(3, desc="inner", leave=False):
                pass
        return 1

    (line,) = log_of(one).splitlines()
    assert line.startswith("one: 100%|")
    (line,) = log_of(nested).splitlines()
    assert line.startswith("outer: 100%|")


def test_bars_of_nodes_side_by_side_do_not_mix() -> None:
    tqdm = pytest.importorskip("tqdm")
    both = threading.Barrier(2)

    def body() -> int:
        bar = tqdm.tqdm(range(2))
        both.wait(20)
        for _ in bar:
            pass
        both.wait(20)
        return 1

    nodes = [FnNode(body, name, concurrent=True, ignore=["both"]) for name in "ab"]
    graph = Graph("Side by side", nodes, persist_key=False)
    graph.run()
    for name in "ab":
        (line,) = graph.history(name)[0].logs.splitlines()
        assert line.startswith("100%|")


def test_bars_for_notebooks_are_lines_of_the_log() -> None:
    notebook = pytest.importorskip("tqdm.notebook")

    class Auto(notebook.tqdm_notebook):  # type: ignore[misc]  # as tqdm.auto has it in a notebook
        pass

    Auto.__module__ = "tqdm.auto"

    def body() -> int:
        for _ in Auto(range(3), desc="auto"):
            for _ in notebook.tnrange(2, leave=False, display=True):
                pass
        return 1

    (line,) = log_of(body).splitlines()
    assert line.startswith("auto: 100%|")


def test_a_bar_is_nothing_to_watch() -> None:
    tqdm = pytest.importorskip("tqdm")
    bar = tqdm.tqdm(total=9, disable=False, file=sys.stdout)

    class Own(tqdm.tqdm):  # type: ignore[misc]
        """A bar of the person's own."""

    def body() -> int:
        bar.update()
        for _ in Own(range(2)):
            pass
        return 1

    graph = Graph("Bars", [FnNode(body, "it")], persist_key=False)
    for _ in range(2):
        graph.run(force=True)
        assert graph.status()["it"].freshness == "fresh"
        (card,) = graph.canvas().bridge.snapshot()["nodes"]
        assert card["state"]["remarks"] == []
    bar.close()


def test_processes_are_read_as_a_terminal() -> None:
    def body() -> int:
        code = "print('\\x1b[32m10 %\\r20 %\\x1b[0m\\r\\ndone')"
        subprocess.run([sys.executable, "-c", code], check=True)
        return 1

    assert log_of(body) == "20 %\ndone\n"


def test_errors_notes_and_progress_have_no_colours() -> None:
    told: list[Any] = []

    def body(ctx: Context) -> None:
        ctx.note("\x1b[31mhalf\x1b[0m done\r")
        ctx.progress(1, 2, "\x1b[1mstep\x1b[0m")
        raise ValueError("\x1b[31mred\x1b[0m\r\nbad\rgood")

    graph = Graph("Errors", [FnNode(body, "it")], persist_key=False)
    graph.subscribe(told.append)
    run = graph.submit()
    assert run.wait(20)
    record = graph.history("it")[0].record
    assert record.error is not None
    assert record.error.message == "red\ngood"
    assert "\x1b" not in record.error.traceback
    texts = [str(event.fields.get("text")) for event in run.events()]
    assert "half done" in texts
    assert "step" in texts


def test_a_value_in_a_line_has_no_colours() -> None:
    assert brief("\x1b[31mred\x1b[0m") == "red"


def test_a_text_of_a_result_is_shown_without_colours_and_kept_with_them() -> None:
    text = "\x1b[31mred\x1b[0m\nplain"
    assert preview(text).data == "red\nplain"
    assert content(text)[1].decode() == text
    assert preview("a\rb").data == "a\rb"


def test_a_log_of_before_ends_as_others_do() -> None:
    assert end_of("1 %\r2 %\r\n" * 5_000, 40_000) == "2 %\n" * 5_000
    assert end_of("\x1b[32mok\x1b[0m\n", 100) == "ok\n"
