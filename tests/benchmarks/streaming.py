"""100,000 chunks of one function, logged, against writing as many lines of JSON to a file.

A subscriber that takes a millisecond for each must not make the run slower. A text that grows costs
the canvas little more than its bytes, and the kernel what is new.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from daggr_nb import Context, FnNode, Graph, ui
from daggr_nb._canvas.bridge import Bridge
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST
from tests.benchmarks.peers.serving import Timed, timed

ROUNDS = 3
CHUNKS, FEW = 100_000, 10_000
SPOKEN = 1_000
MICRO, MILLI = 1e6, 1e3
DELTA = "word "


def findings() -> list[Finding]:
    run(deltas)
    return [*per_chunk(), slow_subscriber(), *on_canvas()]


def per_chunk() -> list[Finding]:
    appended, few, yielded, lines = in_turns(
        ROUNDS, lambda: cpu(deltas), lambda: cpu(deltas, FEW), lambda: cpu(values), json_lines
    )
    found = [
        compared("ctx.stream", appended, lines),
        compared("yield", yielded, lines),
    ]
    ratio = median_ratio(appended, few)
    what = f"{CHUNKS:,} chunks by ctx.stream / a chunk of {FEW:,}"
    return [*found, Finding(what, ratio, "×", 1.15, note=f"{median(few) * MICRO:.1f} µs each")]


def compared(how: str, taken: list[float], lines: list[float]) -> Finding:
    note = f"{median(taken) * MICRO:.1f} µs of CPU each, {median(lines) * MICRO:.1f} µs a line"
    ratio = median_ratio(taken, lines)
    return Finding(f"{CHUNKS:,} chunks by {how} / lines of JSON", ratio, "×", 3, note=note)


def slow_subscriber() -> Finding:
    plain, watched = in_turns(5, lambda: wall(deltas), lambda: wall(deltas, slow))
    note = f"{median(plain):.2f} s without, {median(watched):.2f} s with it"
    what = f"{CHUNKS:,} chunks: time with a slow subscriber / without"
    return Finding(what, median_ratio(watched, plain), "×", 1.1, note=note)


def on_canvas() -> list[Finding]:
    """What a canvas is told of an answer that is spoken in two seconds."""
    spoken = SPOKEN * 24
    told, _ = told_of(SPOKEN, 2.0)
    what = f"bytes to the canvas for {spoken // 1000} kB of text in {SPOKEN:,} chunks / the text"
    found = [Finding(what, told / spoken, "×", 3, note=f"{told / 1e3:.0f} kB")]
    (short, long) = in_turns(ROUNDS, lambda: told_of(500, 2.0)[1], lambda: told_of(500, 2.0, 5)[1])
    note = f"{median(short) * MILLI:.1f} and {median(long) * MILLI:.1f} ms of CPU"
    what = "CPU of a canvas for 12 kB after 5 MB of text / after nothing"
    return [*found, Finding(what, median_ratio(long, short), "×", 1.5, note=note)]


def told_of(count: int, seconds: float, before: int = 0) -> tuple[int, float]:
    """Return the bytes and the CPU seconds with which a canvas follows a text, chunk by chunk.

    ``before`` are the millions of characters that were said already.
    """
    sizes: list[int] = []
    heard, begun = threading.Event(), threading.Event()

    def speak(ctx: Context) -> str:
        ctx.stream("x" * (before * 1_000_000) + "|")
        begun.wait(20)
        for number in range(count):
            ctx.stream(f"word {number:06} of many more. "[:24])
            time.sleep(seconds / count)
        return "said"

    node = FnNode(speak, name="speak", outputs={"text": ui.Markdown()}, version="1")
    graph = Graph("Speak", nodes=[node], persist_key=False)

    def take(message: dict[str, Any], buffers: list[bytes]) -> None:
        sizes.append(len(json.dumps(message, ensure_ascii=False).encode()))
        if any("values" in change for change in message.get("changes", ())):
            heard.set()

    bridge = Bridge(graph.session, graph.name, take)
    run = graph.submit()
    heard.wait(20)
    sizes.clear()
    began = time.process_time()
    begun.set()
    assert run.wait(60)
    taken = time.process_time() - began
    bridge.end()
    graph.close()
    return sum(sizes), taken


def deltas(ctx: Context, count: int) -> str:
    for _ in range(count):
        ctx.stream(DELTA)
    return DELTA * count


def values(count: int) -> Iterator[int]:
    yield from range(count)


def slow(event: object) -> None:
    time.sleep(0.001)


def cpu(fn: Callable[..., object], count: int = CHUNKS) -> float:
    """Return the CPU seconds for a chunk."""
    return run(fn, count).cpu / count


def wall(fn: Callable[..., object], subscriber: Callable[..., object] | None = None) -> float:
    return run(fn, CHUNKS, subscriber).wall


def run(
    fn: Callable[..., object],
    count: int = CHUNKS,
    subscriber: Callable[..., object] | None = None,
) -> Timed:
    """Run into a new store."""
    # A listener that is behind may be reading when the graph is closed.
    with tempfile.TemporaryDirectory(dir=FAST, ignore_cleanup_errors=True) as folder:
        node = FnNode(fn, name="talk", inputs={"count": count}, outputs={"y": None})
        graph = Graph("Talk", nodes=[node], store=Path(folder))
        listening = graph.subscribe(subscriber) if subscriber else None
        found = timed(graph.run)
        if listening is not None:
            listening.close()
        graph.close()
    assert found.answer["talk"]["y"] in (DELTA * count, count - 1)
    return found


def json_lines() -> float:
    """Return the CPU seconds to write the like of a chunk's event as a line, and flush it."""
    event = {"seq": 0, "at": 0.0, "type": "node.chunk", "node": "talk", "port": "y", "delta": DELTA}

    def work() -> None:
        with tempfile.TemporaryFile("w", dir=FAST) as file:
            for i in range(CHUNKS):
                file.write(json.dumps({**event, "seq": i, "at": time.time(), "i": i}) + "\n")
                file.flush()

    return timed(work).cpu / CHUNKS
