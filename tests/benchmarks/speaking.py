"""Templates that speak while their sources stream, beside the same run without them."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

from daggr_nb import Context, FnNode, Graph, TemplateNode
from daggr_nb._engine.run.certainty import Certainty
from daggr_nb.testing import Return, ScriptNode, VirtualTime
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST
from tests.benchmarks.peers.serving import Timed, timed

ROUNDS = 3
CHUNKS = 100_000
DELTA = "word "
DIAMONDS = 30
HEARD = 200
STREAMS = 100


def findings() -> list[Finding]:
    return [two_templates(), set_up(), heard(), many_streams()]


def two_templates() -> Finding:
    spoken, silent = in_turns(ROUNDS, lambda: talk(2).cpu, lambda: talk(0).cpu)
    note = f"{median(spoken):.2f} and {median(silent):.2f} s of processor"
    what = f"{CHUNKS:,} chunks into 2 templates / into none"
    return Finding(what, median_ratio(spoken, silent), "x", 2.5, note=note)


def talk(templates: int) -> Timed:
    """Run a function that streams, with so many templates that say what it does."""

    def words(ctx: Context) -> str:
        for _ in range(CHUNKS):
            ctx.stream(DELTA)
        return DELTA * CHUNKS

    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        source = FnNode(words, outputs={"y": None})
        said = [
            TemplateNode(f"{n}: {{y}}.", f"said_{n}", {"y": source.y}) for n in range(templates)
        ]
        graph = Graph("Said", [source, *said], store=Path(folder))
        found = timed(graph.run)
        texts = [graph[node.name].text.value for node in said]
        graph.close()
    assert texts == [f"{n}: {DELTA * CHUNKS}." for n in range(templates)]
    return found


def set_up() -> Finding:
    """Return what it takes to know whether a template below diamonds is certain to run."""
    node = ScriptNode("start", script=[Return("x")])
    for number in range(DIAMONDS):
        route = ScriptNode(f"r{number}", {"x": node.output}, [Return()], ["p", "q"])
        p, q = (ScriptNode(f"{n}{number}", {"x": route.ports[n]}) for n in "pq")
        both = {"p": p.output, "q": q.output}
        node = ScriptNode(f"j{number}", both, [Return("j")], optional=["p", "q"])
    template = TemplateNode("So: {x}", "said", {"x": node.output})
    session = VirtualTime().session([template])
    inputs = session.current.inputs
    names = list(inputs.structure.nodes)
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        certainty = Certainty(inputs, names, [inputs.name_of(template)])
        taken.append(1000 * (time.perf_counter() - started))
        assert certainty.certain
    what = f"set-up of {DIAMONDS} diamonds and a template"
    return Finding(what, median(taken), "ms", 10, note=f"{max(taken):.2f} ms at most")


def heard() -> Finding:
    """Return the time from a piece of text to who listens to the template."""
    delays: list[float] = []

    def clock(ctx: Context) -> str:
        said = []
        for _ in range(HEARD):
            time.sleep(0.005)
            said.append(f"{time.perf_counter()!r} ")
            ctx.stream(said[-1])
        return "".join(said)

    def listen(event: Any) -> None:
        if event.type == "template.delta" and event.kind == "variable":
            delays.append(1000 * (time.perf_counter() - float(event.text.split()[-1])))

    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        source = FnNode(clock)
        graph = Graph("Heard", [TemplateNode("{t}", inputs={"t": source.output})], store=folder)
        listening = graph.subscribe(listen)
        graph.run()
        listening.close()
        graph.close()
    note = f"95 %: {sorted(delays)[int(0.95 * len(delays))]:.2f} ms, of {len(delays)}"
    return Finding(
        "said there to heard of the template here: median", median(delays), "ms", 5, note=note
    )


def many_streams() -> Finding:
    """Return how many characters of many streams at once a listener misses."""
    texts: dict[str, str] = {}
    done, all_done = set[str](), threading.Event()

    def slowly(number: int, ctx: Context) -> str:
        for index in range(50):
            time.sleep(0.02)
            ctx.stream(f"{number}.{index} ")
        return "".join(f"{number}.{index} " for index in range(50))

    def listen(event: Any) -> None:
        if event.type == "template.delta":
            texts[event.node] = texts.get(event.node, "") + event.text
        elif event.type == "template.reset":
            texts[event.node] = texts[event.node][: event.offset]
        elif event.type == "template.done":
            done.add(event.node)
            if len(done) == STREAMS:
                all_done.set()

    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        sources = [FnNode(slowly, f"s{n}", {"number": n}, concurrent=True) for n in range(STREAMS)]
        said = [TemplateNode("{t}", f"t{n}", {"t": s.output}) for n, s in enumerate(sources)]
        graph = Graph("Streams", said, store=folder)
        listening = graph.subscribe(listen)
        found = timed(graph.run)
        all_done.wait(10)
        listening.close()
        missing = sum(texts[n.name] != graph[n.name].text.value for n in said)
        graph.close()
    note = f"{found.wall:.2f} s, {found.cpu:.2f} s of processor"
    return Finding(f"of {STREAMS} streams at once, not whole", missing, "", 0, note=note)
